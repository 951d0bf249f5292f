"""Every triple as a property graph: for looking at what is there, not for drawing.

A triple between things is an edge, a literal an attribute of its subject. An attribute is a number, a truth value or a
day where all its values are and no subject has two; otherwise a list of texts as they are written in the data.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from her2kg.engine import cell
from her2kg.projection.known import known_quads
from her2kg.projection.model import Attribute, ProjectionError, Type, View, build, digest, slug, value_of
from her2kg.projection.views import local, shown, told_apart
from her2kg.terms import LABEL, PREFIXES, TYPE, curie

if TYPE_CHECKING:
    from her2kg.knowledge import KnowledgeGraph

_TYPES: dict[str, Type] = {
    "boolean": "boolean",
    "date": "date",
    **dict.fromkeys(("decimal", "double", "float"), "double"),
    **dict.fromkeys(("integer", "int", "long", "short", "nonNegativeInteger", "positiveInteger"), "integer"),
}


def project_raw(knowledge: KnowledgeGraph, title: str, day: str | None) -> View:
    """Return the view of all triples, or of those known on a day: the same that an RDF export holds."""
    triples = [_texts(quad) for quad in known_quads(knowledge.engine, day)]
    label = knowledge.names.label
    literals: dict[str, dict[str, list[ox.Literal]]] = defaultdict(lambda: defaultdict(list))
    things: set[str] = set()
    kinds: dict[str, set[str]] = defaultdict(set)
    edges: list[tuple[str, str, str, dict[str, Any]]] = []
    for subject, predicate, value in triples:
        things.add(subject)
        if isinstance(value, ox.Literal):
            literals[subject][predicate].append(value)
            continue
        things.add(value)
        if predicate == TYPE:
            kinds[subject].add(shown(value, label))
        name = slug(curie(predicate).replace(":", "-"))
        key = f"{name}.{digest(f'{subject} {predicate} {value}')}"
        said = {"iri": predicate, "label": shown(predicate, label), "kind": shown(predicate, label)}
        edges.append((key, _id(subject), _id(value), said))
    schema, values = _folded(literals)
    nodes: dict[str, dict[str, Any]] = {}
    for thing in things:
        kind = ", ".join(sorted(kinds[thing])) or "thing"
        base = {"iri": thing, "label": shown(thing, label), "kind": kind}
        nodes[_id(thing)] = {**values.get(thing, {}), **base}
    told_apart(nodes)
    return build("raw", title, day or "", (schema, {}), nodes.items(), edges)


def _texts(quad: ox.Quad) -> tuple[str, str, str | ox.Literal]:
    value = quad.object if isinstance(quad.object, ox.Literal) else _text(quad.object)
    return _text(quad.subject), quad.predicate.value, value


def _text(term: object) -> str:
    """Return an IRI as it is, and a blank node as ``_:c14n0``."""
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def _id(value: str) -> str:
    short = curie(value)
    return slug(local(value)) if short == value else slug(short.replace(":", "."))


def _folded(
    literals: dict[str, dict[str, list[ox.Literal]]],
) -> tuple[dict[str, tuple[Type, str]], dict[str, dict[str, Any]]]:
    """Return the schema of the literals, and their values by subject and attribute."""
    by_predicate: dict[str, list[list[ox.Literal]]] = defaultdict(list)
    for said in literals.values():
        for predicate, terms in said.items():
            by_predicate[predicate].append(terms)
    names = {predicate: curie(predicate).replace(":", "_") for predicate in sorted(by_predicate) if predicate != LABEL}
    schema = {names[predicate]: (_type_of(by_predicate[predicate]), curie(predicate)) for predicate in names}
    values: dict[str, dict[str, Any]] = {}
    for subject, said in literals.items():
        values[subject] = {}
        for predicate, terms in said.items():
            if predicate in names:
                name = names[predicate]
                values[subject][name] = (
                    [term.value for term in terms] if schema[name][0] == "strings" else cell(terms[0], str)
                )
    return schema, values


def _type_of(groups: list[list[ox.Literal]]) -> Type:
    xsd = PREFIXES["xsd"]
    kinds = {_TYPES.get(term.datatype.value.removeprefix(xsd), "strings") for terms in groups for term in terms}
    if any(len(terms) > 1 for terms in groups):
        return "strings"
    kind: Type = "double" if kinds == {"integer", "double"} else kinds.pop() if len(kinds) == 1 else "strings"
    if kind == "strings":
        return kind
    try:
        for (term,) in groups:
            value_of(term.value, Attribute("", kind, ""), cell(term, str))
    except (ProjectionError, ValueError):
        return "strings"
    return kind
