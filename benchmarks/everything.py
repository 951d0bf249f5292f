"""Run every benchmark, one after the other, and say where its results are.

    python benchmarks/everything.py [--long | --quick]

Each writes a table (Markdown) and its raw figures (JSON) to `benchmarks/results`. Without --long the graphs stay below
2,000 studies and the whole takes about half an hour on two cores. Run it on a quiet machine: the scripts compare
alternately and give ratios, but what else runs still shows.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
SCRIPTS = (
    ("cold_start.py", "--rounds 2", "", ""),
    ("consistency_speed.py", "--rows 500", "", ""),
    ("consistency_simulation.py", "--trials 500", "", ""),
    ("scale.py", "operations 5 10", "operations 100 1000", "operations 1000 10000 100000"),
    ("scale.py", "stages 5 10", "stages 100 1000", "stages 1000 10000"),
    ("scale.py", "shapes 5", "shapes 100 400 1000", "shapes 100 400 1000 2000 4000 8000"),
    ("scale.py", "queries 5 --limit 0.1", "queries 120", "queries 12 120 1200"),
    ("serving.py", "--rounds 1 --seconds 1", "", ""),
)
"""Script, and its arguments with --quick, with neither, and with --long."""


def main() -> None:
    """Run them all; exit with 1 where one failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--long", action="store_true", help="graphs up to 100,000 studies; takes hours")
    how.add_argument("--quick", action="store_true", help="only see that all run: tiny graphs, results thrown away")
    chosen = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as thrown:
        places = {**os.environ, "BENCHMARK_RESULTS": thrown} if chosen.quick else None
        for script, quick, usual, long in SCRIPTS:
            arguments = quick if chosen.quick else long if chosen.long else usual
            print(f"{script} {arguments}", flush=True)
            start = time.monotonic()
            command = [sys.executable, str(HERE / script), *arguments.split()]
            failed += subprocess.run(command, check=False, env=places).returncode != 0
            print(f"  {time.monotonic() - start:.0f} s", flush=True)
        if chosen.quick:
            print((Path(thrown) / "scale.md").read_text(encoding="utf-8"))
        else:
            print(f"results: {HERE / 'results'}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
