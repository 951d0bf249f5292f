"""The triples of the graph as known on a day, in the one way that every export means it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pyoxigraph as ox

from her2kg import resources
from her2kg.files import read_query_text
from her2kg.headers import placeholder
from her2kg.terms import HER2, LATEST, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from her2kg.engine import Engine

_UNTIL = ox.NamedNode(HER2 + "knownUntil")
_DATE = ox.NamedNode(PREFIXES["xsd"] + "date")
_STILL = ox.Literal("9999-12-31", datatype=_DATE)


def export_query(name: str, as_of: str | None) -> str:
    """Return the text of a query that an export asks, as of a day."""
    text = read_query_text(os.path.join(resources.root(), "queries", "exports", f"{name}.rq"))
    return placeholder("asOf").sub(f'VALUES ?asOf {{ "{as_of or LATEST}"^^xsd:date }}', text)


def known_quads(engine: Engine, as_of: str | None) -> list[ox.Quad]:
    """Return the triples of the default graph as known on a day (ISO; None for now), with settled blank nodes.

    What was not known (``queries/exports/not-yet-known.rq``) is left out with all that is said of it and all that
    points to it, later days are left out, and a verdict that was replaced later still holds.
    """
    found: Iterable[ox.Quad] = engine.store.quads_for_pattern(None, None, None, ox.DefaultGraph())
    if as_of is not None:
        unknown = {thing for (thing,) in engine.select(export_query("not-yet-known", as_of)).rows}
        found = _known(found, as_of, unknown)
    return _with_settled_blank_nodes(found)


def _known(found: Iterable[ox.Quad], day: str, unknown: set[object]) -> Iterable[ox.Quad]:
    for quad in found:
        if quad.subject in unknown or quad.object in unknown:
            continue
        later = (
            isinstance(quad.object, ox.Literal)
            and quad.object.datatype == _DATE
            and quad.object.value > day
            and quad.predicate.value.startswith(HER2)
        )
        if not later:
            yield quad
        elif quad.predicate == _UNTIL:
            yield ox.Quad(quad.subject, _UNTIL, _STILL)


def _with_settled_blank_nodes(found: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Name blank nodes by RDF Dataset Canonicalization (RDFC-1.0), as the store's own names change from run to run.

    Only quads with blank nodes matter to it, and they are few.
    """
    plain, blank = [], ox.Dataset()
    for quad in found:
        if isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode):
            blank.add(quad)
        else:
            plain.append(quad)
    blank.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return [*plain, *blank]
