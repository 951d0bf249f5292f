"""Write ontology/context.jsonld, the JSON-LD context of exports, from the ontology.

``python scripts/make_context.py`` after a property was added or its range changed; a test says when it is due.

A property's key is its local name. Values of object properties are references; literals for which JSON has no exact
form (decimals, dates) are typed by the context; integers, booleans and strings are JSON's own. A property's type is its
range; where OWL allows none (dates), that of its SHACL shape or of its values.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import rdflib
from rdflib import OWL, RDF, RDFS, SH, XSD

import her2kg
from her2kg.terms import HER2, PREFIXES, curie

ONTOLOGY = Path(__file__).parent.parent / "ontology"
JSON_HAS = {XSD.string, XSD.integer, XSD.boolean, RDF.langString}


def context(graph: rdflib.Graph, shapes: rdflib.Graph) -> dict[str, Any]:
    """Return the context for the properties that a graph declares or uses."""
    found: dict[str, Any] = {
        "@version": 1.1,
        "@vocab": HER2,
        **PREFIXES,
        "id": "@id",
        "type": "@type",
        "graph": "@graph",
    }
    kinds = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
    declared = {str(term) for kind in kinds for term in graph.subjects(RDF.type, kind)}
    used = {str(term) for term in graph.predicates() if term != RDF.type}
    # The project's own names come first, so that a foreign property of the same name keeps its prefix.
    for iri in sorted(declared | used, key=lambda iri: (not iri.startswith(HER2), iri)):
        local = curie(iri).partition(":")[2]
        if local not in found:
            kind = value_type(graph, shapes, rdflib.URIRef(iri))
            found[local] = {"@id": curie(iri), "@type": kind} if kind else {"@id": curie(iri)}
    return found


def value_type(graph: rdflib.Graph, shapes: rdflib.Graph, term: rdflib.URIRef) -> str:
    """Return the JSON-LD type to which a property's values are coerced; empty for none."""
    if (term, RDF.type, OWL.ObjectProperty) in graph:
        return "@id"
    kinds = set(graph.objects(term, RDFS.range))
    if not kinds:
        kinds = {kind for shape in shapes.subjects(SH.path, term) for kind in shapes.objects(shape, SH.datatype)}
    if not kinds:
        values = set(graph.objects(None, term))
        kinds = {value.datatype or XSD.string for value in values if isinstance(value, rdflib.Literal)}
        if values and not kinds:
            return "@id"
    return curie(str(kinds.pop())) if len(kinds) == 1 and not kinds & JSON_HAS else ""


def text() -> str:
    """Return the file's text."""
    shapes = rdflib.Graph().parse(ONTOLOGY / "shapes.ttl")
    return json.dumps({"@context": context(her2kg.load().graph(), shapes)}, indent=2) + "\n"


if __name__ == "__main__":
    (ONTOLOGY / "context.jsonld").write_text(text(), encoding="utf-8")
