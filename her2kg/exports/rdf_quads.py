"""The triples of an export: as known on a day, in a settled order, blank nodes named after what is said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from her2kg.engine import DERIVED
from her2kg.projection.known import export_query, known_quads
from her2kg.terms import HER2, TYPE

if TYPE_CHECKING:
    from her2kg.exports.formats import Export
    from her2kg.knowledge import KnowledgeGraph

_UNTIL = ox.NamedNode(HER2 + "knownUntil")


class Version(NamedTuple):
    """What the ontology's header says of the data: the version's IRI and number, ISO day of issue, authors, licence."""

    iri: str
    number: str
    issued: str
    creator: str
    licence: str


def data_version(kg: KnowledgeGraph) -> Version:
    """Return the version of a graph's data; exports are dated by it and not by the clock."""
    iri, *others = kg.sparql(export_query("version", None)).rows[0]
    return Version(str(iri), str(iri).rpartition("/")[2], *map(str, others))


def quads(export: Export) -> list[ox.Quad]:
    """Return ontology, data and derived facts, sorted; the derived ones in their named graph.

    As of a day, what was not known is left out with all that is said of it and all that points to it, and a verdict
    that was replaced later still holds.
    """
    engine = export.knowledge.engine
    found = known_quads(engine, export.as_of)
    derived = {quad.triple for quad in engine.store.quads_for_pattern(None, None, None, DERIVED)}
    return sorted((_placed(quad, derived) for quad in found), key=_order)


def _placed(quad: ox.Quad, derived: set[ox.Triple]) -> ox.Quad:
    """Return a quad in the graph it belongs to; the end of a verdict was derived even where it is not the final one."""
    known = quad.triple in derived or quad.predicate == _UNTIL
    return ox.Quad(quad.subject, quad.predicate, quad.object, DERIVED if known else ox.DefaultGraph())


def _order(quad: ox.Quad) -> tuple[str, str, str, str]:
    """Sort by subject; its types come first."""
    predicate = "" if quad.predicate.value == TYPE else quad.predicate.value
    return (str(quad.subject), predicate, str(quad.object), str(quad.graph_name))
