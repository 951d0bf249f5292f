"""A gate for CI against cost that grows faster than the data: ratios of two sizes in one run, never seconds.

    python benchmarks/gate.py

Every rule, every query of the checks and all shapes (in batches, as a large graph is validated) run over 200 and over
800 invented studies; the least of some CPU times counts. What takes less than a hundredth of a second is too small to
judge. The limit on the growth exponent is generous (linear is 1; the joins that this gate is for have 1.7 to 2.5), so
that a busy machine does not fail it. Named queries must cost no more through the library's engine than the same text
sent straight to pyoxigraph.
"""

from __future__ import annotations

import math
import sys
import time
from typing import TYPE_CHECKING

import generator
import pyoxigraph as ox

import her2kg
from her2kg import fast_shapes, resources
from her2kg.binding import bind
from her2kg.building.batches import Judge
from her2kg.building.making import BATCH
from her2kg.building.partition import Evidence
from her2kg.engine import Engine, parse_turtle
from her2kg.headers import read_rule
from her2kg.rules import p_sides

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL, LARGE = 200, 800
GROWTH = 1.6
STRAIGHT = 1.25
LEAST = 0.01
REPEATS = 5
CHECKS = (
    "arm-values",
    "different-reports",
    "effects",
    "ended-studies",
    "limits-elsewhere",
    "single-values",
    "unstated-sides",
)


def least(action: Callable[[], object]) -> float:
    """Return the least CPU seconds of some runs."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        action()
        times.append(time.process_time() - start)
    return min(times)


def costs(size: int) -> dict[str, float]:
    """Return the cost of every rule, check query and of the shapes over some studies."""
    text = "".join(line for study in generator.studies(size, 1) for line in study.lines).encode()
    quads = list(ox.parse(text, format=ox.RdfFormat.N_TRIPLES))
    shared = [q for path in (*resources.ontology_files(), *resources.data_files()) for q in parse_turtle(path)]
    ontology = [q for path in resources.ontology_files() for q in parse_turtle(path)]
    store = ox.Store()
    store.extend([*ontology, *quads])
    engine = Engine(store)
    everything = ox.Store()
    everything.extend([*shared, *quads])
    evidence = Evidence(everything, {quad.subject for quad in ontology})
    roots = [root for root in evidence.roots() if isinstance(root, ox.NamedNode) and "GX" in root.value]
    found = {"cutting": least(lambda: evidence.cut(roots))}
    engine.add_derived(list(p_sides(engine)))
    for path in resources.rule_files():
        rule = read_rule(path)
        found[f"rule {rule.name}"] = least(lambda rule=rule: engine.construct(rule.sparql))
        engine.add_derived(engine.construct(rule.sparql))
    for name in CHECKS:
        found[f"check {name}"] = least(lambda name=name: engine.select(resources.inner_query("checks", name)))
    if fast_shapes.installed():
        judge = Judge(her2kg.load().snapshot.lexicon)
        batches = [roots[start : start + BATCH] for start in range(0, len(roots), BATCH)]
        found["shapes"] = least(lambda: [judge.violations(evidence.cut(batch)) for batch in batches])
    return found


def growth() -> list[str]:
    """Return what grows too fast."""
    small, large = costs(SMALL), costs(LARGE)
    wrong = []
    for name, cost in large.items():
        if cost >= LEAST:
            exponent = math.log(cost / max(small[name], LEAST / 10)) / math.log(LARGE / SMALL)
            sys.stdout.write(f"{name}: growth exponent {exponent:.2f}\n")
            if exponent > GROWTH:
                wrong.append(f"{name} grows with exponent {exponent:.2f}; the limit is {GROWTH}")
    return wrong


def straight() -> list[str]:
    """Return an error if named queries cost more than their text sent straight to the engine."""
    kg = her2kg.load()
    store = kg.engine.store
    through = direct = 0.0
    for query in kg.queries():
        text, _ = bind(kg.names, query, {p.name: p.example for p in query.parameters if p.required}, None)
        through += least(lambda text=text: kg.engine.select(text))
        direct += least(lambda text=text: [tuple(row) for row in store.query(text)])
    sys.stdout.write(f"named queries: {through / direct:.2f} of straight\n")
    return [f"named queries cost {through / direct:.2f} of straight; the limit is {STRAIGHT}"] * (
        through > STRAIGHT * direct
    )


def main() -> None:
    """Run the gate."""
    wrong = [*growth(), *straight()]
    for line in wrong:
        sys.stderr.write(f"{line}\n")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
