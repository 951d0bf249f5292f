"""How long a look-up takes from a cold start, beside a bare interpreter and one that only imports click.

Each command is a process of its own. The commands run in turn, round after round. On a shared machine a process
takes twice as long while another one computes, and that changes within a round; so both yardsticks run directly
before every look-up, and a ratio is the median over the pairs, not the ratio of two medians. "Known" answers were
asked before and are remembered, "new" ones are not: their cache is a copy without remembered answers.

The package is installed as a user installs it, from a wheel into an environment of its own, with byte code: an
editable install and a shell with PYTHONDONTWRITEBYTECODE set would measure the compiling of the modules instead.

    python benchmarks/cold_start.py [--rounds 15]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from measuring import RESULTS

ROOT = Path(__file__).parent.parent
Times = tuple[float, float, float]
"""Milliseconds of the bare interpreter, of importing click, and of the look-up itself."""
LIMIT = 1.4
LIMIT_OF_HELP = 1.25
"""Multiples of importing click that a known answer, and the help, may take."""
LOOK_UPS: dict[str, list[str]] = {
    "her2kg --help": ["--help"],
    'her2kg ask "which agents failed phase III in second line"': [
        "ask",
        "which agents failed phase III in second line",
    ],
    "her2kg show ToGA": ["show", "ToGA"],
    "her2kg query hazard-ratios": ["query", "hazard-ratios"],
    "her2kg why lapatinib": ["why", "lapatinib"],
    "her2kg changes": ["changes"],
    "her2kg queries": ["queries"],
    "her2kg stats": ["stats"],
    "her2kg rules": ["rules"],
    "her2kg coverage": ["coverage"],
    "her2kg check": ["check"],
    "her2kg synthesize ToGA": ["synthesize", "--endpoint", "OS", "--study", "ToGA"],
    "her2kg forest": ["forest", "--endpoint", "OS", "--format", "text"],
    "her2kg map network": ["map", "network"],
    "her2kg export sigma": ["export", "sigma"],
    "her2kg export turtle": ["export", "turtle"],
}
REMEMBERED = {"ask", "show", "query", "why", "changes"}
"""Commands whose answers are remembered; the others work everything out each time."""


def environment_of(cache: Path) -> dict[str, str]:
    """Return the environment of a measured process: nothing of the shell's Python settings, and a cache of its own."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")} | {
        "HER2KG_CACHE": str(cache)
    }


def install(folder: Path) -> tuple[Path, Path]:
    """Install the package into a fresh environment and return its interpreter and its command."""
    clean = environment_of(folder / "cache")
    subprocess.run([sys.executable, "-m", "venv", str(folder / "env")], check=True, env=clean)
    python = folder / "env" / "bin" / "python"
    subprocess.run(
        [str(python), "-m", "pip", "install", "-q", str(ROOT)], check=True, env=clean, stderr=subprocess.DEVNULL
    )
    subprocess.run(
        [str(python), "-m", "compileall", "-q", str(folder / "env" / "lib")],
        check=False,
        env=clean,
        stdout=subprocess.DEVNULL,
    )
    return python, folder / "env" / "bin" / "her2kg"


def byte_code_is_there(python: Path) -> bool:
    """Say whether the installed modules have byte code that belongs to this interpreter."""
    code = "import her2kg.cli as c, os, importlib.util as u; print(os.path.exists(u.cache_from_source(c.__file__)))"
    return (
        subprocess.run(
            [str(python), "-c", code], check=True, capture_output=True, text=True, env=environment_of(Path("unused"))
        ).stdout.strip()
        == "True"
    )


def forget(cache: Path) -> None:
    """Remove remembered answers from a cache."""
    for path in cache.glob("*/answers-*"):
        shutil.rmtree(path)


def measure(command: list[str], cache: Path) -> float:
    """Return the milliseconds a process takes, its output thrown away."""
    settings = environment_of(cache)
    before = time.perf_counter()
    subprocess.run(
        command, check=True, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=cache.parent
    )
    return (time.perf_counter() - before) * 1000


def run(python: Path, command: Path, folder: Path, rounds: int) -> dict[str, list[Times]]:
    """Return for every look-up, known and new, the times of both yardsticks and its own, one triple a round."""
    known, new = folder / "cache", folder / "cache-new"
    for arguments in LOOK_UPS.values():
        measure([str(command), *arguments], known)
    shutil.copytree(known, new)
    times: dict[str, list[Times]] = {}
    for _ in range(rounds):
        for name, arguments in LOOK_UPS.items():
            for kind, cache in (("known", known), ("new", new)) if arguments[0] in REMEMBERED else (("-", known),):
                if cache == new:
                    forget(new)
                bare = measure([str(python), "-c", "pass"], known)
                click = measure([str(python), "-c", "import click"], known)
                times.setdefault(f"{name} | {kind}", []).append(
                    (bare, click, measure([str(command), *arguments], cache))
                )
    return times


def summary(times: dict[str, list[Times]]) -> dict[str, dict[str, float]]:
    """Return median milliseconds, and median ratios to the two yardsticks, of each command."""
    every = [triple for triples in times.values() for triple in triples]
    rows = {
        "python -c pass | -": {
            "ms": median(bare for bare, _, _ in every),
            "to_bare": 1.0,
            "to_click": median(bare / click for bare, click, _ in every),
        },
        "import click | -": {
            "ms": median(click for _, click, _ in every),
            "to_bare": median(click / bare for bare, click, _ in every),
            "to_click": 1.0,
        },
    }
    for name, triples in times.items():
        rows[name] = {
            "ms": median(own for _, _, own in triples),
            "to_bare": median(own / bare for bare, _, own in triples),
            "to_click": median(own / click for _, click, own in triples),
        }
    return rows


def table(rows: dict[str, dict[str, float]], notes: list[str]) -> str:
    """Return medians and ratios as Markdown."""
    lines = ["| command | answer | median, ms | to bare | to click |", "|---|---|---:|---:|---:|"]
    for name, row in rows.items():
        command, _, kind = name.partition(" | ")
        lines.append(f"| `{command}` | {kind} | {row['ms']:.1f} | {row['to_bare']:.2f} | {row['to_click']:.2f} |")
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
    rows = summary(times)
    clicks = [click for triples in times.values() for _, click, _ in triples]
    machine = (
        f"{platform.python_implementation()} {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores"
    )
    notes = [
        f"{rounds} rounds, {machine}. Limit: {LIMIT} times `import click` for known answers, {LIMIT_OF_HELP} for help;",
        f"that import itself took {min(clicks):.0f} to {max(clicks):.0f} ms.",
    ]
    if not byte_code:
        notes.append("**No byte code: these figures include the compiling of every module.**")
    text = table(rows, notes)
    sys.stdout.write(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "cold_start.md").write_text("# Cold start\n\n" + text, encoding="utf-8")
    kept = {
        "rounds": rounds,
        "machine": machine,
        "byte_code": byte_code,
        "summary": {name: {k: round(x, 3) for k, x in row.items()} for name, row in rows.items()},
    }
    triples = {name: [[round(ms, 2) for ms in triple] for triple in found] for name, found in times.items()}
    (RESULTS / "cold_start.json").write_text(
        json.dumps(kept | {"milliseconds: bare, click, own": triples}, indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
