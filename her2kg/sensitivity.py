"""How a verdict depends on what its source does not state: ``her2kg why --sensitivity``.

The report that decides is read again by the very rule that read it (`queries/rules/30-readings.rq`), in a store of
its own, once for each way of filling in what is unsaid: the significance level with its sides, and the sides of p.
What the source states is never varied.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from her2kg import resources
from her2kg.dates import parse_date
from her2kg.engine import Engine
from her2kg.headers import placeholder, read_rule
from her2kg.tables import Cell, Column, Table, Thing
from her2kg.terms import HER2, LATEST, PREFIXES, expand

if TYPE_CHECKING:
    from her2kg.knowledge import KnowledgeGraph

_ALPHAS = (
    ("0.05", "TwoSided"),
    ("0.05", "OneSided"),
    ("0.025", "OneSided"),
    ("0.10", "OneSided"),
    ("0.01", "TwoSided"),
)
"""Levels in use in phase II and III trials."""

_SIDES = ("TwoSided", "OneSided")
_OUTCOME = "SELECT ?outcome ?basis WHERE { ?reading a her2:Reading ; her2:outcome ?outcome ; her2:verdictBasis ?basis }"


class Scenario(NamedTuple):
    """One way of filling in what a source leaves unsaid; empty where it is said."""

    alpha: str
    alpha_sides: str
    p_sides: str


def sensitivity(kg: KnowledgeGraph, report: str) -> Table:
    """Return what a report's reading would be under every way of filling in what is not stated.

    Parameters
    ----------
    report : CURIE of an effect report

    Returns
    -------
    one row per scenario: alpha, its sides, sides of p, outcome, basis; a single row where everything is stated
    """
    triples = _neighbourhood(kg.engine, report)
    rule = read_rule(next(path for path in resources.rule_files() if path.endswith("-readings.rq"))).sparql
    rows: list[tuple[Cell, ...]] = []
    for scenario in _scenarios(triples):
        engine = Engine(ox.Store())
        engine.store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in _filled(triples, scenario))
        engine.add_derived(engine.construct(rule))
        for outcome, basis in engine.select(_OUTCOME).rows:
            shown = tuple(
                _label(kg, f"her2:{part}") if part else "as stated" for part in (scenario.alpha_sides, scenario.p_sides)
            )
            rows.append((scenario.alpha or "as stated", *shown, _thing(kg, outcome), _thing(kg, basis)))
    columns = (
        ("alpha", "alpha"),
        ("alphaSides", "sides of alpha"),
        ("pSides", "sides of p"),
        ("outcome", "outcome"),
        ("basis", "decided"),
    )
    return Table(tuple(Column(*column) for column in columns), tuple(rows))


def conditional(kg: KnowledgeGraph, as_of: str | None = None) -> frozenset[str]:
    """Return the comparisons whose verdict hinges on what a source does not state.

    These are the CURIEs of comparisons that succeeded, failed or are mixed as of a day, where a report that decides is
    met under one way of filling in what is unstated and not met under another.
    """
    day = parse_date(as_of) if as_of is not None else LATEST
    filled = f'VALUES ?asOf {{ "{day}"^^xsd:date }}'
    rows = kg.sparql(placeholder("asOf").sub(lambda _: filled, resources.inner_query("checks", "deciding-reports")))
    reports = hinging(kg)
    return frozenset(
        row["comparison"].id
        for row in rows
        if isinstance(row["comparison"], Thing) and isinstance(row["report"], Thing) and row["report"].id in reports
    )


def hinging(kg: KnowledgeGraph) -> tuple[str, ...]:
    """Return the CURIEs of the reports that ever decided a verdict and hinge on what they do not state."""
    key = repr(("hinging",))
    known: tuple[str, ...] | None = kg.snapshot.recall(key)
    if known is None:
        rows = kg.sparql(resources.inner_query("checks", "ever-deciding-reports")).rows
        known = tuple(cell.id for (cell,) in rows if isinstance(cell, Thing) and _hinges(kg, cell.id))
        kg.snapshot.remember(key, known)
    return known


def _hinges(kg: KnowledgeGraph, report: str) -> bool:
    """Whether a report is met under one way of filling in what is unstated and not met under another."""
    outcomes = {cell.id for cell in sensitivity(kg, report).column("outcome") if isinstance(cell, Thing)}
    return {"her2:Met", "her2:NotMet"} <= outcomes


def _neighbourhood(engine: Engine, report: str) -> list[ox.Triple]:
    text = placeholder("report").sub(
        f"VALUES ?report {{ <{expand(report)}> }}", resources.inner_query("checks", "neighbourhood")
    )
    return engine.construct(text)


def _scenarios(triples: list[ox.Triple]) -> list[Scenario]:
    said = {t.predicate.value.removeprefix(HER2): t.object for t in triples}
    stated = {"TwoSided", "OneSided"}
    alphas = [("", "")] if "alpha" in said and _local(said.get("alphaSides")) in stated else list(_ALPHAS)
    if "alpha" in said and alphas != [("", "")]:
        alphas = [("", sides) for sides in _SIDES]
    sides = ("",) if "p" not in said or _local(said.get("pSides")) in stated else _SIDES
    return [Scenario(alpha, alpha_sides, p_sides) for (alpha, alpha_sides), p_sides in product(alphas, sides)]


def _filled(triples: list[ox.Triple], scenario: Scenario) -> list[ox.Triple]:
    """Return the triples with the scenario in the place of what is unsaid or was inferred."""
    replaced = {"inferredPSides"}
    if scenario.alpha_sides:
        replaced |= {"alphaSides"}
    if scenario.p_sides:
        replaced |= {"pSides"}
    kept = [t for t in triples if t.predicate.value.removeprefix(HER2) not in replaced]
    analysis = next(t.object for t in triples if t.predicate.value == HER2 + "ofAnalysis")
    report = next(t.subject for t in triples if t.predicate.value == HER2 + "ofAnalysis")
    if isinstance(analysis, ox.NamedNode) and scenario.alpha:
        decimal = ox.NamedNode(PREFIXES["xsd"] + "decimal")
        kept.append(ox.Triple(analysis, ox.NamedNode(HER2 + "alpha"), ox.Literal(scenario.alpha, datatype=decimal)))
    if isinstance(analysis, ox.NamedNode) and scenario.alpha_sides:
        kept.append(ox.Triple(analysis, ox.NamedNode(HER2 + "alphaSides"), ox.NamedNode(HER2 + scenario.alpha_sides)))
    if scenario.p_sides:
        kept.append(ox.Triple(report, ox.NamedNode(HER2 + "pSides"), ox.NamedNode(HER2 + scenario.p_sides)))
    return kept


def _thing(kg: KnowledgeGraph, term: object) -> Cell:
    return Thing(f"her2:{_local(term)}", _label(kg, f"her2:{_local(term)}"))


def _label(kg: KnowledgeGraph, short: str) -> str:
    return kg.names.label(short)


def _local(term: object) -> str:
    return term.value.rpartition("#")[2] if isinstance(term, ox.NamedNode) else ""
