"""The graph pattern that a query walks, as a diagram.

Read from the algebra of the parsed query, so that every triple pattern is there and nothing else. Each subject is a
box. What nothing else is asked of (a constant, a value, a thing that appears once) is a row in the box of its subject;
the rest are arrows. Filters and computed values are left to the text of the query.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rdflib import RDF, BNode, Literal, URIRef, Variable
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Node

from her2kg.terms import HER2, PREFIXES, curie
from scripts.site.drawing import Arrow, Box, Text, draw

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    Link = Callable[[str], str]

MODES = {
    "": "asked for",
    "either": "one of several branches (UNION)",
    "optional": "shown where it exists (OPTIONAL)",
    "absent": "must be absent (MINUS, NOT EXISTS)",
}
"""How firmly a pattern asks for a triple, firmest first, in words."""


class Asked(NamedTuple):
    """One triple pattern and how firmly it is asked for, a key of `MODES`."""

    subject: Node
    predicate: object
    object: Node
    mode: str


class Pattern(NamedTuple):
    """What a query asks of the graph, and, of a CONSTRUCT, what it says."""

    where: list[Asked]
    template: list[Asked]


def read(sparql: str) -> Pattern:
    """Return the triple patterns of a SELECT or CONSTRUCT query, each once, with the firmest mode."""
    algebra = prepareQuery(sparql).algebra
    template = [Asked(s, p, o, "") for s, p, o in algebra["template"]] if "template" in algebra else []
    firmest: dict[tuple[object, ...], Asked] = {}
    order = list(MODES)
    for asked in _walk(algebra.p, ""):
        known = firmest.get(asked[:3])
        if known is None or order.index(asked.mode) < order.index(known.mode):
            firmest[asked[:3]] = asked
    return Pattern(list(firmest.values()), template)


def _walk(part: object, mode: str) -> Iterator[Asked]:
    if isinstance(part, (list, tuple, set)) and not isinstance(part, str):
        for item in part:
            yield from _walk(item, mode)
    if not isinstance(part, CompValue):
        return
    if part.name == "BGP":
        yield from (Asked(s, p, o, mode) for s, p, o in part.triples)
    elif part.name in {"LeftJoin", "Minus"}:
        yield from _walk(part.p1, mode)
        yield from _walk(part.p2, mode or ("optional" if part.name == "LeftJoin" else "absent"))
    elif part.name == "Union":
        yield from _walk(part.p1, mode or "either")
        yield from _walk(part.p2, mode or "either")
    elif part.name == "Builtin_NOTEXISTS":
        yield from _walk(part.graph, "absent")
    else:
        for name, value in part.items():
            if name not in {"_vars", "PV", "template"}:
                yield from _walk(value, mode)


def diagram(
    asked: Iterable[Asked], title: str, link: Link, parameters: Collection[str] = (), shown: Collection[str] = ()
) -> str:
    """Return triple patterns as an SVG element.

    Parameters
    ----------
    link : gives the address of a term's description for its CURIE, empty where there is none
    parameters, shown : names of variables that are parameters, and that are columns
    """
    asked = sorted(asked, key=lambda one: (_term(one.subject), _predicate(one.predicate), _term(one.object)))
    pointed = [one for one in asked if one.predicate != RDF.type or not isinstance(one.object, URIRef)]
    subjects = {one.subject for one in asked}
    joined = {one.object: sum(other.object == one.object and not other.mode for other in pointed) for one in pointed}

    def is_row(one: Asked) -> bool:
        alone = isinstance(one.object, (Literal, URIRef)) or joined[one.object] < 2
        return one.object == one.subject or (one.object not in subjects and alone)

    def style(term: object) -> str:
        if not isinstance(term, Variable):
            return "constant"
        return "parameter" if str(term) in parameters else "shown" if str(term) in shown else ""

    boxes = []
    for node in dict.fromkeys([*(one.subject for one in asked), *(one.object for one in pointed if not is_row(one))]):
        own = [one for one in asked if one.subject == node]
        kinds = [curie(str(one.object)) for one in own if one not in pointed]
        rows = tuple(
            Text(
                f"{_predicate(one.predicate)} {_term(one.object)}",
                f"{style(one.object)} {one.mode}",
                link(_first(one.predicate)),
            )
            for one in own
            if one in pointed and is_row(one)
        )
        head = tuple(
            [Text(_term(node), style(node))] + [Text(kind.partition(":")[2], "kind", link(kind)) for kind in kinds]
        )
        reached = {one.mode for one in asked if node in (one.subject, one.object)}
        boxes.append(Box(_key(node), head, rows, next(mode for mode in MODES if mode in reached)))
    arrows: dict[tuple[str, str, str], list[Text]] = {}
    for one in pointed:
        if not is_row(one):
            label = Text(_predicate(one.predicate), one.mode, link(_first(one.predicate)))
            arrows.setdefault((_key(one.subject), _key(one.object), one.mode), []).append(label)
    return draw(boxes, [Arrow(a, b, tuple(lines), mode) for (a, b, mode), lines in arrows.items()], title)


def modes(asked: Iterable[Asked]) -> list[str]:
    """Return the modes that occur, firmest first."""
    found = {one.mode for one in asked}
    return [mode for mode in MODES if mode in found]


def _key(node: Node) -> str:
    return node.n3()


def _term(node: Node) -> str:
    if isinstance(node, Variable):
        return f"?{node}"
    if isinstance(node, BNode):
        return "[ ]"
    if isinstance(node, Literal):
        return f'"{node}"'
    return _short(str(node))


def _short(iri: str) -> str:
    """Return a name without the prefix of the vocabulary, which nearly every term has."""
    return iri.removeprefix(HER2) if iri.startswith(HER2) else curie(iri)


def _predicate(predicate: object) -> str:
    if isinstance(predicate, Variable):
        return f"?{predicate}"
    text = predicate.n3() if isinstance(predicate, Node) else str(predicate)
    if not isinstance(predicate, (URIRef, Variable)):
        text = predicate.n3()  # type: ignore[attr-defined]
    for prefix, namespace in PREFIXES.items():
        text = text.replace(f"<{namespace}", f"<{prefix}:" if prefix != "her2" else "<")
    return "a" if text == "<rdf:type>" else text.replace("<", "").replace(">", "")


def _first(predicate: object) -> str:
    """Return the CURIE of a predicate, of a path its first step."""
    while not isinstance(predicate, URIRef):
        args = getattr(predicate, "args", None) or [getattr(predicate, "path", getattr(predicate, "arg", None))]
        if args[0] is None:
            return ""
        predicate = args[0]
    return curie(str(predicate))
