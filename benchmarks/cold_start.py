"""How long a look-up takes from a cold start, beside a bare interpreter and one that only imports click.

Each command is a process of its own. The commands run in turn, round after round, so that a slow spell of the machine falls on all of them;
the figures are medians. "Known" answers were asked before and are remembered, "new" ones are not: their cache is a copy without remembered answers.

The package is installed as a user installs it, from a wheel into an environment of its own, with byte code: an editable install and a shell with
PYTHONDONTWRITEBYTECODE set would measure the compiling of the modules instead.

    python benchmarks/cold_start.py [--rounds 15]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"
BARE = "bare interpreter"
CLICK = "import click"
LIMIT = 1.6
LOOK_UPS: dict[str, list[str]] = {
    "her2kg --help": ["--help"],
    'her2kg ask "which agents failed phase III in second line"': ["ask", "which agents failed phase III in second line"],
    "her2kg show ToGA": ["show", "ToGA"],
    "her2kg query hazard-ratios": ["query", "hazard-ratios"],
    "her2kg why lapatinib": ["why", "lapatinib"],
}


def environment_of(cache: Path) -> dict[str, str]:
    """Return the environment of a measured process: nothing of the shell's Python settings, and a cache of its own."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")} | {"HER2KG_CACHE": str(cache)}


def install(folder: Path) -> tuple[Path, Path]:
    """Install the package into a fresh environment and return its interpreter and its command."""
    clean = environment_of(folder / "cache")
    subprocess.run([sys.executable, "-m", "venv", str(folder / "env")], check=True, env=clean)
    python = folder / "env" / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "-q", str(ROOT)], check=True, env=clean)
    subprocess.run([str(python), "-m", "compileall", "-q", str(folder / "env" / "lib")], check=False, env=clean, stdout=subprocess.DEVNULL)
    return python, folder / "env" / "bin" / "her2kg"


def byte_code_is_there(python: Path) -> bool:
    """Say whether the installed modules have byte code that belongs to this interpreter."""
    code = "import her2kg.cli as c, os, importlib.util as u; print(os.path.exists(u.cache_from_source(c.__file__)))"
    return subprocess.run([str(python), "-c", code], check=True, capture_output=True, text=True, env=environment_of(Path("unused"))).stdout.strip() == "True"


def forget(cache: Path) -> None:
    """Remove remembered answers from a cache."""
    for path in cache.glob("*/answers-*"):
        shutil.rmtree(path)


def measure(command: list[str], cache: Path) -> float:
    """Return the milliseconds a process takes, its output thrown away."""
    settings = environment_of(cache)
    before = time.perf_counter()
    subprocess.run(command, check=True, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=cache.parent)
    return (time.perf_counter() - before) * 1000


def run(python: Path, command: Path, folder: Path, rounds: int) -> dict[str, list[float]]:
    """Return the times of every look-up, known and new, and of the two yardsticks."""
    known, new = folder / "cache", folder / "cache-new"
    for arguments in LOOK_UPS.values():
        measure([str(command), *arguments], known)
    shutil.copytree(known, new)
    yardsticks = {BARE: [str(python), "-c", "pass"], CLICK: [str(python), "-c", "import click"]}
    times: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, yardstick in yardsticks.items():
            times.setdefault(name, []).append(measure(yardstick, known))
        for name, arguments in LOOK_UPS.items():
            times.setdefault(f"{name} | known", []).append(measure([str(command), *arguments], known))
            forget(new)
            times.setdefault(f"{name} | new", []).append(measure([str(command), *arguments], new))
    return times


def table(medians: dict[str, float], notes: list[str]) -> str:
    """Return the medians and their ratios as Markdown."""
    lines = ["| command | answer | median, ms | to bare | to click |", "|---|---|---:|---:|---:|"]
    for name, median in medians.items():
        command, _, kind = name.partition(" | ")
        lines.append(f"| `{command}` | {kind or '-'} | {median:.1f} | {median / medians[BARE]:.2f} | {median / medians[CLICK]:.2f} |")
    return "\n".join([*lines, "", *notes, ""])


def main() -> None:
    """Measure, print and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="her2kg-cold-start-") as place:
        folder = Path(place)
        python, command = install(folder)
        byte_code = byte_code_is_there(python)
        times = run(python, command, folder, rounds)
    medians = {name: statistics.median(values) for name, values in times.items()}
    machine = f"{platform.python_implementation()} {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores"
    notes = [f"{rounds} rounds, {machine}. Limit for `ask` and `show`: {LIMIT} times `import click`."]
    if not byte_code:
        notes.append("**No byte code: these figures include the compiling of every module.**")
    text = table(medians, notes)
    sys.stdout.write(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "cold_start.md").write_text("# Cold start\n\n" + text, encoding="utf-8")
    kept = {"rounds": rounds, "machine": machine, "byte_code": byte_code, "milliseconds": {k: [round(x, 2) for x in v] for k, v in times.items()}}
    (RESULTS / "cold_start.json").write_text(json.dumps(kept | {"medians": {k: round(v, 2) for k, v in medians.items()}}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
