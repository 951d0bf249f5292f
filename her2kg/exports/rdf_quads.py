"""The triples of an export: as known on a day, in a settled order, blank nodes named after what is said of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from her2kg import resources
from her2kg.engine import DERIVED
from her2kg.files import read_query_text
from her2kg.headers import placeholder
from her2kg.terms import HER2, LATEST, PREFIXES, TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from her2kg.exports.formats import Export
    from her2kg.knowledge import KnowledgeGraph

_UNTIL = ox.NamedNode(HER2 + "knownUntil")
_DATE = ox.NamedNode(PREFIXES["xsd"] + "date")
_STILL = ox.Literal("9999-12-31", datatype=_DATE)


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
    store = export.knowledge.engine.store
    derived = {quad.triple for quad in store.quads_for_pattern(None, None, None, DERIVED)}
    plain = ox.DefaultGraph()
    found: Iterable[ox.Quad] = (
        ox.Quad(quad.subject, quad.predicate, quad.object, DERIVED if quad.triple in derived else plain)
        for quad in store.quads_for_pattern(None, None, None, plain)
    )
    if export.as_of is not None:
        found = _known(found, export.as_of, _not_yet_known(export))
    return sorted(_with_settled_blank_nodes(list(found)), key=_order)


def export_query(name: str, as_of: str | None) -> str:
    """Return the text of a query that an export asks, as of a day."""
    text = read_query_text(os.path.join(resources.root(), "queries", "exports", f"{name}.rq"))
    return placeholder("asOf").sub(f'VALUES ?asOf {{ "{as_of or LATEST}"^^xsd:date }}', text)


def _not_yet_known(export: Export) -> set[object]:
    rows = export.knowledge.engine.select(export_query("not-yet-known", export.as_of)).rows
    return {thing for (thing,) in rows}


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
            yield ox.Quad(quad.subject, _UNTIL, _STILL, quad.graph_name)


def _with_settled_blank_nodes(found: list[ox.Quad]) -> list[ox.Quad]:
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


def _order(quad: ox.Quad) -> tuple[str, str, str, str]:
    """Sort by subject; its types come first."""
    predicate = "" if quad.predicate.value == TYPE else quad.predicate.value
    return (str(quad.subject), predicate, str(quad.object), str(quad.graph_name))
