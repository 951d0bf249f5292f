"""What each stage of judging a graph costs, on one processor: loading, cutting, verdict rules, checks, shapes.

    python benchmarks/scale.py stages 1000 10000

CPU seconds summed over all batches, in one process, so that a stage can be told from the next; `scale.py operations`
measures the whole over all processors. The growth exponent of each stage is the one that the table gives.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import generator
import pyoxigraph as ox
from measuring import exponent, keep

from her2kg import resources
from her2kg.building import working
from her2kg.building.batches import Judge
from her2kg.building.progress import Progress
from her2kg.engine import Engine
from her2kg.headers import read_rule
from her2kg.inspection import inspect
from her2kg.rules import derive

if TYPE_CHECKING:
    from collections.abc import Iterator

STAGES = ("loading", "cutting", "verdict rules", "checks", "shapes")


def measure(size: int) -> None:
    """Measure the stages over some studies and keep what came of it."""
    spent: Counter[str] = Counter()

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        start = time.process_time()
        yield
        spent[name] += time.process_time() - start

    rules = [read_rule(path) for path in resources.rule_files()]
    judge = Judge()
    with tempfile.TemporaryDirectory() as folder:
        trials = Path(folder) / "trials.nt"
        with trials.open("w", encoding="utf-8") as to, Path(os.devnull).open("w", encoding="utf-8") as key:
            generator.write(size, 1, to, key)
        (Path(folder) / "parts").mkdir()
        with stage("loading"):
            working.load(folder, [str(trials)], Progress())
        with stage("cutting"):
            batches = working.cut(folder, Progress())
        own = working.Working(folder, judge, judge.evidence(ox.Store.read_only(working.store_of(folder))))
        for number in range(1, batches + 1):
            with stage("cutting"):
                batch = own.cut(number)
            with stage("verdict rules"):
                engine = Engine(ox.Store())
                engine.store.extend(judge.ontology)
                engine.store.extend(batch.evidence())
                derive(engine, rules)
            with stage("checks"):
                inspect(engine)
            with stage("shapes"):
                judge.violations(batch)
        del own
    keep("stages", {str(size): {name: round(spent[name], 2) for name in STAGES}})


def page(done: dict[str, Any]) -> list[str]:
    """Return the table of all sizes."""
    sizes = sorted(map(int, done))
    lines = [
        "## Stages, CPU seconds on one processor",
        "",
        "| | " + " | ".join(f"{size:,} studies" for size in sizes) + " | growth |",
        "|---|" + "---:|" * (len(sizes) + 1),
    ]
    for name in STAGES:
        costs = [done[str(size)][name] for size in sizes]
        growth = exponent(sizes, costs) if len(sizes) > 1 else ""
        lines.append(f"| {name} | " + " | ".join(f"{cost} s" for cost in costs) + f" | {growth} |")
    return [*lines, ""]
