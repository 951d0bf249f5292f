"""Answering a query here over triples fetched from a store: for what the store itself would answer wrongly.

Only triples of the predicates that stand in the query are fetched, each predicate once per session; all of the store
where a predicate is a variable. Right whatever the store makes of the query, and as fast as its plain look-ups; for a
graph that does not fit into memory, choose an engine that follows the standard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from her2kg.engine import Engine, Solutions
from her2kg.terms import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Callable

_EVERYTHING = "*"


class Gathered:
    """The triples of a store that were needed so far.

    Parameters
    ----------
    fetch : given predicates, or None for all, return subject, predicate, object and the object's text
    """

    def __init__(self, fetch: Callable[[list[str] | None], Solutions]) -> None:
        self._fetch = fetch
        self._engine = Engine(ox.Store())
        self._held: set[str] = set()

    def select(self, sparql: str) -> Solutions:
        """Run a SELECT or ASK query over what it needs of the store; see `Engine.select`."""
        self._engine.query(sparql)  # a query that cannot be read fetches nothing
        wanted = predicates(sparql)
        if _EVERYTHING not in self._held:
            missing = None if wanted is None else sorted(wanted - self._held)
            if missing is None or missing:
                self._engine.store.extend(as_quads(self._fetch(missing)))
                self._held |= {_EVERYTHING} if missing is None else set(missing)
        return self._engine.select(sparql)


def predicates(sparql: str) -> set[str] | None:
    """Return all IRIs of a query, its predicates among them; None where one is a variable or "any but these"."""
    from rdflib import URIRef, Variable
    from rdflib.paths import NegatedPath, Path
    from rdflib.plugins.sparql import prepareQuery
    from rdflib.plugins.sparql.parserutils import CompValue

    try:
        todo: list[object] = [prepareQuery(sparql, initNs=PREFIXES).algebra]
    except Exception:  # rdflib raises many kinds, on some queries that are right; without it, everything is fetched
        return None
    found: set[str] = set()
    while todo:
        node = todo.pop()
        if isinstance(node, URIRef):
            found.add(str(node))
        elif isinstance(node, NegatedPath):
            return None
        elif isinstance(node, Path):
            todo += vars(node).values()
        elif isinstance(node, CompValue):
            # Flat lists (subject, predicate, object, subject, ...) in EXISTS, triples elsewhere.
            if any(isinstance(term, Variable) for part in node.get("triples") or () for term in list(part)[1::3]):
                return None
            todo += node.values()
        elif isinstance(node, (list, tuple, set)):
            todo += node
    return found


def as_quads(solutions: Solutions) -> list[ox.Quad]:
    """Return rows of subject, predicate, object and the object's text as triples.

    Of a double the text is taken, because some stores round doubles on the way out.
    """
    quads = []
    for subject, predicate, value, text in solutions.rows:
        kept = value
        if isinstance(value, ox.Literal) and isinstance(text, ox.Literal) and value.datatype.value.endswith("#double"):
            kept = ox.Literal(text.value, datatype=value.datatype)
        quads.append(ox.Quad(subject, predicate, kept))  # type: ignore[arg-type]
    return quads
