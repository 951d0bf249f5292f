"""What the pages are made from: the graph, the named queries, the composition of pages, the words; as one JSON value.

The page runs the same named queries in the same engine (compiled to WebAssembly), so that whatever it shows as of any
day is what Python would answer. Nothing here is typed in twice: sections come from `her2kg.composing`, columns and
parameters from the headers of the queries, marks and colours from `her2kg.figures`, formats from `her2kg.exports`.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from her2kg import composing, resources
from her2kg.ask import understand
from her2kg.dates import today
from her2kg.engine import DERIVED
from her2kg.errors import Her2kgError
from her2kg.explorer.drawings import drawings, marks
from her2kg.exports.formats import NAMES as FORMATS
from her2kg.exports.formats import Export
from her2kg.exports.formats import find as find_format
from her2kg.exports.rdf_quads import quads
from her2kg.figures.log_axis import REACHES
from her2kg.figures.maps import MAPS
from her2kg.figures.theme import ROLES
from her2kg.names import KIND, NAMES
from her2kg.proofs import VERSIONS
from her2kg.sensitivity import hinging
from her2kg.tables import Thing
from her2kg.terms import LABEL, LATEST, PREFIXES, curie

if TYPE_CHECKING:
    from her2kg.headers import NamedQuery
    from her2kg.knowledge import KnowledgeGraph

HOME = (
    "which agents failed phase III in second line",
    "which HER2-targeted agents succeeded in phase III",
    "which resistance mechanisms have clinical evidence",
    "which numbers differ between the review and the original paper",
    "which phase III trials are missing a hazard ratio in the review",
)
"""Questions on the first page, answered there as of the day chosen."""


def bundle(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return everything a page needs, as plain JSON values.

    Raises
    ------
    Her2kgError : the graph does not say what it is
    """
    about = _about(kg)
    return {
        "about": about,
        "made": today(),
        "latest": LATEST,
        "prefixes": PREFIXES,
        "graph": _graph(kg),
        "things": _things(kg),
        "links": _links(kg),
        "queries": [_query(kg, query) for query in kg.queries()],
        "pages": _pages(),
        "proof": {"query": "verdict-proof", "versions": VERSIONS},
        "home": [{"text": text, **_understood(kg, text)} for text in HOME],
        "marks": marks(),
        "colours": {role: list(pair) for role, pair in ROLES.items()},
        "lowerIsBetter": [
            cell.id
            for (cell,) in kg.sparql(resources.inner_query("explorer", "benefit")).rows
            if isinstance(cell, Thing)
        ],
        "axis": [[reach, list(ticks)] for reach, ticks in REACHES],
        "maps": {name: map_.query for name, map_ in MAPS.items()},
        "drawings": drawings(kg),
        "hinging": hinging(kg),
        "deciding": resources.inner_query("checks", "deciding-reports"),
        "formats": [{"name": f.name, "title": f.title, "loss": f.loss} for f in map(find_format, FORMATS)],
    }


def packed(kg: KnowledgeGraph) -> bytes:
    """Return the bundle as compressed JSON; the same graph on the same day gives the same bytes."""
    text = json.dumps(bundle(kg), ensure_ascii=False, separators=(",", ":"))
    return gzip.compress(text.encode(), 9, mtime=0)


def _about(kg: KnowledgeGraph) -> dict[str, str]:
    rows = kg.sparql(resources.inner_query("explorer", "about")).rows
    if len(rows) != 1:
        raise Her2kgError("the graph does not say once what it is: see data/graph.ttl, her2:EvidenceGraph")
    title, description, version, licence, review, since = rows[0]
    said = {
        "title": title,
        "description": description,
        "version": version,
        "licence": licence,
        "review": review.id if isinstance(review, Thing) else "",
        "reviewDay": since,
    }
    return {name: str(value or "") for name, value in said.items()}


def _graph(kg: KnowledgeGraph) -> dict[str, str]:
    """Return what curators wrote and what rules derived, apart, as Turtle; each in a settled order."""
    plain: list[ox.Triple] = []
    derived: list[ox.Triple] = []
    for quad in quads(Export(kg)):
        (derived if quad.graph_name == DERIVED else plain).append(quad.triple)

    def turtle(triples: list[ox.Triple]) -> str:
        return (ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=PREFIXES) or b"").decode()

    return {"plain": turtle(plain), "derived": turtle(derived), "derivedName": DERIVED.value}


def _things(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return everything that has a name: CURIE, label, other names, and its place among the sets of kinds."""
    store = kg.engine.store
    kinds: dict[str, set[str]] = defaultdict(set)
    for quad in store.quads_for_pattern(None, KIND, None, NAMES):
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.Literal):
            kinds[curie(quad.subject.value)].add(quad.object.value)
    # Classes and properties have a label, but no kind and no page.
    for quad in store.quads_for_pattern(None, ox.NamedNode(LABEL), None, ox.DefaultGraph()):
        if isinstance(quad.subject, ox.NamedNode):
            kinds.setdefault(curie(quad.subject.value), set())
    sets = sorted({tuple(sorted(of)) for of in kinds.values()})
    place = {of: number for number, of in enumerate(sets)}
    rows = [
        [short, kg.names.label(short), list(kg.names.aliases(short)), place[tuple(sorted(kinds[short]))]]
        for short in sorted(kinds)
    ]
    return {"kinds": [list(of) for of in sets], "rows": rows}


def _links(kg: KnowledgeGraph) -> dict[str, tuple[str, str, str]]:
    """Return DOI, PMID and address of every source."""
    store = kg.engine.store
    sources = sorted(
        curie(quad.subject.value)
        for quad in store.quads_for_pattern(None, KIND, ox.Literal("Source"), NAMES)
        if isinstance(quad.subject, ox.NamedNode)
    )
    return {short: kg.names.links(short) or ("", "", "") for short in sources}


def _query(kg: KnowledgeGraph, query: NamedQuery) -> dict[str, Any]:
    asked = [{"text": text, **_understood(kg, text)} for text in query.questions]
    return {
        "name": query.name,
        "summary": query.summary,
        "description": query.description,
        "tags": list(query.tags),
        "parameters": [parameter._asdict() for parameter in query.parameters],
        "columns": [column._asdict() for column in query.columns],
        "answer": query.answer,
        # A question that another query answers better is found there.
        "questions": [{"text": q["text"], "parameters": q["parameters"]} for q in asked if q["query"] == query.name],
        "sparql": _without_header(query.sparql),
    }


def _understood(kg: KnowledgeGraph, text: str) -> dict[str, Any]:
    """Return the query and parameters by which a question in plain English is answered; none where it is not."""
    try:
        meaning = understand(text, kg.snapshot.lexicon)
    except Her2kgError:  # of a graph that lacks what the question is about
        return {"query": "", "parameters": {}}
    return {"query": meaning.query, "parameters": dict(meaning.parameters)}


def _pages() -> dict[str, Any]:
    return {
        "sections": [
            {"kind": kind, "slug": parts[0][2], "parts": [list(part) for part in parts]}
            for kind, parts in composing.SECTIONS.items()
        ],
        "facts": composing.FACTS.format(iri="{iri}"),
        "factNames": composing.FACT_NAMES,
        "hidden": sorted(composing.HIDDEN),
        "mentions": composing.MENTIONS.format(iri="{iri}"),
        "subclasses": composing.SUBCLASSES,
    }


def _without_header(sparql: str) -> str:
    return re.sub(r"\A(#\+[^\n]*\n)+", "", sparql)
