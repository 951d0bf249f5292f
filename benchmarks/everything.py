"""Run every benchmark, one after the other, and say where its results are.

    python benchmarks/everything.py [--long]

Each writes a table (Markdown) and its raw figures (JSON) to `benchmarks/results`. Without --long the graphs stay below
2,000 studies and the whole takes about half an hour on two cores. Run it on a quiet machine: the scripts compare
alternately and give ratios, but what else runs still shows.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
SCRIPTS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("cold_start.py", (), ()),
    ("consistency_speed.py", (), ()),
    ("consistency_simulation.py", (), ()),
    ("scale.py", ("operations", "100", "1000"), ("operations", "1000", "10000", "100000")),
    ("scale.py", ("queries", "120"), ("queries", "120", "1200")),
    ("serving.py", (), ()),
)
"""Script, its arguments, and its arguments with --long."""


def main() -> None:
    """Run them all; exit with 1 where one failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--long", action="store_true", help="graphs up to 100,000 studies; takes hours")
    long = parser.parse_args().long
    failed = 0
    for script, short, full in SCRIPTS:
        arguments = full if long else short
        print(f"{script} {' '.join(arguments)}", flush=True)
        start = time.monotonic()
        failed += subprocess.run([sys.executable, str(HERE / script), *arguments], check=False).returncode != 0
        print(f"  {time.monotonic() - start:.0f} s", flush=True)
    print(f"results: {HERE / 'results'}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
