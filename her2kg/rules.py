"""Derivation: from reports to verdicts, one layer after another.

The rules are SPARQL CONSTRUCT files in queries/rules/, run in the order of their names; what one derives the next may
use. One step needs a normal distribution, which SPARQL lacks: which sides a p value has when the source does not say,
`p_sides`. It runs first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from her2kg import resources
from her2kg.consistency.estimates import Estimate, consistent_sides
from her2kg.consistency.ranges import Sides
from her2kg.terms import HER2

if TYPE_CHECKING:
    from collections.abc import Iterable

    from her2kg.engine import Engine
    from her2kg.headers import Rule

_MEASURES = {"HazardRatio": "HR", "OddsRatio": "OR", "RiskRatio": "RR"}


def p_sides(engine: Engine) -> Iterable[ox.Triple]:
    """Yield the sides of every p value whose source does not state them and whose interval admits only one reading.

    The interval is read at its printed level, every number as the box of values that round to it; see
    `her2kg.consistency`.
    """
    inferred = ox.NamedNode(HER2 + "inferredPSides")
    for report, measure, value, lower, upper, level, p, operator, direction in engine.select(
        resources.inner_query("checks", "unstated-sides")
    ).rows:
        estimate = Estimate(
            measure=_MEASURES[_local(measure)],
            estimate=_text(value),
            lower=_text(lower),
            upper=_text(upper),
            level=_text(level),
            p=("" if _text(operator) == "=" else _text(operator)) + _text(p),
            better="lower" if _local(direction) == "LowerIsBetter" else "higher",
        )
        sides = {"TwoSided" if side is Sides.TWO else "OneSided" for side in consistent_sides(estimate)}
        if len(sides) == 1 and isinstance(report, ox.NamedNode):
            yield ox.Triple(report, inferred, ox.NamedNode(HER2 + sides.pop()))


def derive(engine: Engine, rules: Iterable[Rule]) -> int:
    """Run all rules once, in order, adding what they derive; return the number of triples added."""
    before = len(engine.store)
    engine.add_derived(list(p_sides(engine)))
    for rule in rules:
        engine.add_derived(engine.construct(rule.sparql))
    return len(engine.store) - before


def _local(term: object) -> str:
    return term.value.rpartition("#")[2] if isinstance(term, ox.NamedNode) else ""


def _text(term: object) -> str:
    return term.value if isinstance(term, ox.Literal) else ""
