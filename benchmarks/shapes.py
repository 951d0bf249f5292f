"""Validation by plain pySHACL, by the compiled engine in one piece and in batches over two cores, on the same file.

    python benchmarks/scale.py shapes 100 400 1000 2000 4000

A tenth of the studies are broken on purpose, and all three must find the same. Each run is a process of its own that
starts, reads the files and validates: wall and CPU seconds and peak memory are those of the process and its children.
The three run in turn, five rounds of them; pySHACL has fewer where a round of it takes more than a minute, and is
ended at ten minutes or 8 GiB. "pySHACL" is pySHACL over triples read by Oxigraph, with each query parsed once: plain
pySHACL, which reads Turtle by rdflib and parses each query again, takes longer.

    python benchmarks/shapes.py ENGINE FILE FOUND        # one run: validate FILE, write what was found
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import generator
from measuring import OverLimitError, exponent, keep, process

from her2kg import fast_shapes, resources, validation
from her2kg.building import validating
from her2kg.engine import parse_turtle

if TYPE_CHECKING:
    from her2kg.violations import Violation

ROUNDS = 5
ENOUGH = 60.0
"""Seconds that all runs of pySHACL at one size may take before another one is left out."""
SECONDS, MIB = 600, 8192
"""What pySHACL may take at most."""
ENGINES = ("pyshacl", "piece", "batches")
MEASURES = ("seconds", "cpu", "peak_mib")


def find(engine: str, path: str) -> set[Violation]:
    """Validate the shipped data with a file laid over it."""
    if engine == "batches":
        return validating.find([path], processes=2, checks=False).violations
    files = [*resources.ontology_files(), *resources.data_files(), path]
    quads = [quad for file in files for quad in parse_turtle(file)]
    if engine == "piece":
        return set(fast_shapes.find(quads))
    return set(validation.validate_graph(validation.graph_of_quads(quads)))


def measure(size: int) -> None:
    """Measure all three at one size and keep what came of it."""
    with tempfile.TemporaryDirectory() as place:
        trials = Path(place) / "trials.nt"
        with trials.open("w", encoding="utf-8") as to, (Path(place) / "key.tsv").open("w", encoding="utf-8") as key:
            generator.write(size, 1, to, key, broken=0.1)
        runs: dict[str, list[dict[str, float]]] = {engine: [] for engine in ENGINES}
        told: dict[str, Any] = {}
        stopped = ""
        for _ in range(ROUNDS):
            for engine in ENGINES:
                if engine == "pyshacl" and (stopped or sum(run["seconds"] for run in runs[engine]) > ENOUGH):
                    continue
                out = Path(place) / f"{engine}.json"
                command = (sys.executable, __file__, engine, str(trials), str(out))
                try:
                    runs[engine].append(process(command, SECONDS, MIB) if engine == "pyshacl" else process(command))
                except OverLimitError as over:
                    stopped = str(over)
                    continue
                told[engine] = json.loads(out.read_text())
    found: dict[str, Any] = {
        engine: {"runs": len(of), **{what: round(median(run[what] for run in of), 2) for what in MEASURES}}
        for engine, of in runs.items()
        if of
    }
    found |= {"findings": len(told["batches"]), "same": all(one == told["batches"] for one in told.values())}
    keep("shapes", {str(size): {**found, "stopped": stopped}})
    sys.stdout.write(f"{size:,} studies: {json.dumps(found)} {stopped}\n")


def page(done: dict[str, Any]) -> list[str]:
    """Return the table of all sizes."""
    lines = [
        "## Validation by pySHACL, and by the compiled engine in one piece and in batches over two cores",
        "",
        "Wall seconds (CPU seconds, peak memory) of a process that reads the files and validates; medians. Ratios are",
        "of wall time, pySHACL to the other; see benchmarks/shapes.py.",
        "",
        "| studies | pySHACL | runs | one piece | ratio | batches | ratio | runs | findings | the same |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|",
    ]
    sizes = sorted(map(int, done))
    for size in sizes:
        row = done[str(size)]
        slow = row.get("pyshacl")
        cells = [f"{size:,}", cell(slow) if slow else f"ended after {row['stopped']}", str(slow["runs"] if slow else 0)]
        for engine in ("piece", "batches"):
            ratio = f"{slow['seconds'] / row[engine]['seconds']:.0f}" if slow else "-"
            cells += [cell(row[engine]), ratio]
        cells += [str(row["batches"]["runs"]), str(row["findings"]), "yes" if row["same"] else "no"]
        lines.append("| " + " | ".join(cells) + " |")
    if len(sizes) > 1:
        growth = {
            engine: exponent(sizes, [done[str(size)][engine]["cpu"] for size in sizes])
            for engine in ENGINES
            if all(engine in done[str(size)] for size in sizes[-2:])
        }
        told = ", ".join(f"{engine} {value}" for engine, value in growth.items())
        lines += ["", f"Growth exponent of CPU time between the two largest sizes: {told}."]
    return [*lines, ""]


def cell(row: dict[str, float]) -> str:
    """Return wall, CPU and memory as a cell."""
    return f"{row['seconds']} s ({row['cpu']} s, {row['peak_mib']:,} MiB)"


def main() -> None:
    """Validate a file once and write what was found."""
    engine, path, to = sys.argv[1:]
    Path(to).write_text(json.dumps(sorted(map(list, find(engine, path)))))


if __name__ == "__main__":
    main()
