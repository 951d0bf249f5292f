"""SHACL validation of curated data: the only room that knows pySHACL.

Ontology and data are one graph, so that a shape can ask whether a term is declared. Rules about the whole graph have
the ontology as focus node and the node at fault as value (see the head of ontology/shapes.ttl); a finding here is
always about the node at fault.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from her2kg import fast_shapes, resources
from her2kg.engine import DERIVED, parse_turtle
from her2kg.errors import ResourceError
from her2kg.terms import HER2, PREFIXES, curie
from her2kg.violations import SEVERITIES, Violation

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    import rdflib
    from rdflib.plugins.sparql.sparql import Query
    from rdflib.term import Node

    from her2kg.engine import Engine

_WHOLE_GRAPH = HER2.removesuffix("#")
_SH = PREFIXES["sh"]
_PREFIX = re.compile(r"^\s*@?prefix\s+([\w.-]*):\s*<([^>]*)>", re.IGNORECASE)
_SUBJECT = re.compile(r"^(?:<([^>]*)>|([\w.-]*):(\S+))(?=\s|$)")


class Shape(NamedTuple):
    """One rule, as the list of shapes shows it."""

    id: str
    severity: str
    label: str
    definition: str
    message: str


def validate(
    data_files: Sequence[str | os.PathLike[str]] | None = None, user_files: Sequence[str | os.PathLike[str]] = ()
) -> list[Violation]:
    """Validate Turtle files together with the ontology, by the fast engine where it is installed, else by pySHACL.

    Parameters
    ----------
    data_files : the curated data; by default those that her2kg ships
    user_files : further files, checked together with the data

    Returns
    -------
    findings, worst first, then by file and line

    Raises
    ------
    TurtleError : a file cannot be opened or read; names file and line
    ResourceError : no engine is installed
    """
    chosen = resources.data_files() if data_files is None else [os.fspath(path) for path in data_files]
    chosen = [*chosen, *(os.fspath(path) for path in user_files)]
    files = [*resources.ontology_files(), *chosen]
    if fast_shapes.installed():
        found = fast_shapes.find(quad for path in files for quad in parse_turtle(path))
    else:
        found = validate_graph(graph_of(files))
    return located(found, chosen)


def located(found: Collection[Violation], files: Iterable[str]) -> list[Violation]:
    """Return findings with file and line where their node is first described, worst first, then by file and line."""
    places = _places(files, {one.focus for one in found})
    placed = []
    for one in found:
        file, line = places.get(one.focus, ("", 0))
        placed.append(one._replace(file=file, line=line))
    return sorted(placed, key=lambda one: (SEVERITIES.index(one.severity), one.file, one.line, one))


def validate_graph(graph: rdflib.Graph) -> list[Violation]:
    """Validate a graph that holds ontology and data by pySHACL, the reference; the findings have no file and line.

    Raises
    ------
    ResourceError : pySHACL is not installed
    """
    try:
        import pyshacl
    except ImportError:
        raise ResourceError("validation needs pySHACL: pip install pyshacl") from None

    _, report, _ = pyshacl.validate(graph, shacl_graph=_shapes_graph(), inplace=True, inference="none")
    found = {_finding(report, result) for result in report.subjects(_sh("sourceShape"))}
    return sorted(found, key=lambda one: (SEVERITIES.index(one.severity), one))


def graph_of(paths: Iterable[str]) -> rdflib.Graph:
    """Return the triples of Turtle files as one rdflib Graph whose queries are parsed only once.

    Raises
    ------
    TurtleError : a file cannot be opened or read; names file and line
    """
    return graph_of_quads(quad for path in paths for quad in parse_turtle(path))


def graph_of_quads(quads: Iterable[ox.Quad]) -> rdflib.Graph:
    """Return triples of the engine as one rdflib Graph whose queries are parsed only once."""
    graph = _query_once_graph()
    for quad in quads:
        graph.add((_term(quad.subject), _term(quad.predicate), _term(quad.object)))
    return graph


def underived(engine: Engine) -> list[ox.Quad]:
    """Return what a store holds besides what rules derived: what curators wrote, and the ontology."""
    derived = {quad.triple for quad in engine.store.quads_for_pattern(None, None, None, DERIVED)}
    held = engine.store.quads_for_pattern(None, None, None, ox.DefaultGraph())
    return [quad for quad in held if quad.triple not in derived]


def validate_store(engine: Engine) -> list[Violation]:
    """Validate what a store holds besides what rules derived.

    Raises
    ------
    ResourceError : no engine is installed
    """
    written = underived(engine)
    if fast_shapes.installed():
        return sorted(fast_shapes.find(written), key=lambda one: (SEVERITIES.index(one.severity), one))
    graph = _query_once_graph()
    for quad in written:
        graph.add((_term(quad.subject), _term(quad.predicate), _term(quad.object)))
    return validate_graph(graph)


def shapes() -> list[Shape]:
    """Return every named shape in the order of the file."""
    from rdflib import RDF, RDFS, SKOS

    graph = _shapes_graph()

    def shape(node: Node) -> Shape:
        texts = (str(graph.value(node, prop)) for prop in (RDFS.label, SKOS.definition, _sh("message")))
        return Shape(curie(str(node)), _local(graph.value(node, _sh("severity"))), *texts)

    named = [node for kind in ("NodeShape", "PropertyShape") for node in graph.subjects(RDF.type, _sh(kind))]
    rows = {curie(str(node)): shape(node) for node in named}
    with open(resources.shapes_file(), encoding="utf-8") as stream:
        order = [match[1] for match in re.finditer(r"^(her2:\w+Shape) a ", stream.read(), re.MULTILINE)]
    return [rows[name] for name in order]


def shapes_page() -> str:
    """Return docs/shapes.md: one row per shape."""
    rows = shapes()
    counts = ", ".join(f"{sum(row.severity == level for row in rows)} {level}" for level in SEVERITIES)
    lines = [
        "# Shapes",
        "",
        "What `her2kg validate` demands of the data, one row per SHACL shape of `ontology/shapes.ttl`. Each shape has",
        "a passing and a failing example in `tests/shapes/`. Generated by `her2kg.validation.shapes_page()`;",
        "a test keeps it equal to the shapes.",
        "",
        f"{len(rows)} shapes: {counts}.",
        "",
        "| shape | severity | what it demands | what to do |",
        "| --- | --- | --- | --- |",
    ]
    lines += [f"| `{row.id}` | {row.severity} | {row.definition} | {row.message} |" for row in rows]
    return "\n".join(lines) + "\n"


def _sh(name: str) -> rdflib.URIRef:
    from rdflib import URIRef

    return URIRef(_SH + name)


def _local(node: object) -> str:
    return str(node).rpartition("#")[2]


def _term(node: object) -> Node:
    """Return a term of the engine as rdflib's."""
    from rdflib import BNode, Literal, URIRef

    datatype = getattr(node, "datatype", None)
    if datatype is not None:
        text, language = str(getattr(node, "value", "")), getattr(node, "language", None)
        if language or datatype.value == PREFIXES["xsd"] + "string":  # rdflib's plain strings have no datatype
            return Literal(text, lang=language)
        return Literal(text, datatype=URIRef(datatype.value))
    written = str(node)
    return BNode(written[2:]) if written.startswith("_:") else URIRef(written[1:-1])


@lru_cache(maxsize=1)
def _shapes_graph() -> rdflib.Graph:
    """Return the shapes; parsing them takes longer than validating a small file."""
    import rdflib

    return rdflib.Graph().parse(resources.shapes_file(), format="turtle")


@lru_cache(maxsize=256)
def _prepared(sparql: str) -> Query:
    from rdflib.plugins.sparql import prepareQuery

    return prepareQuery(sparql)


def _query_once_graph() -> rdflib.Graph:
    import rdflib

    class QueryOnceGraph(rdflib.Graph):
        """Translates each query text once: rdflib needs 10 to 70 ms for it, and pySHACL hands over text."""

        def query(self, query_object, *args, **kwargs):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN003, ANN202
            return super().query(
                _prepared(query_object) if isinstance(query_object, str) else query_object, *args, **kwargs
            )

    return QueryOnceGraph()


def _finding(report: rdflib.Graph, result: Node) -> Violation:
    from rdflib import URIRef

    def get(name: str) -> str:
        node = report.value(result, _sh(name))
        return "" if node is None else curie(str(node)) if isinstance(node, URIRef) else str(node)

    focus, value = str(report.value(result, _sh("focusNode"))), get("value")
    if focus == _WHOLE_GRAPH:
        focus, value = value, ""
    path = report.value(result, _sh("resultPath"))
    short = curie(focus)
    return Violation(
        get("sourceShape"),
        _local(report.value(result, _sh("resultSeverity"))),
        short,
        curie(str(path)) if isinstance(path, URIRef) else "",
        "" if value == short else value,
        get("resultMessage"),
    )


def _places(paths: Iterable[str], wanted: Collection[str]) -> dict[str, tuple[str, int]]:
    """Return where each wanted subject that stands at the start of a line is first described: CURIE -> file, line."""
    found: dict[str, tuple[str, int]] = {}
    for path in paths:
        prefixes: dict[str, str] = {}
        with open(path, encoding="utf-8", errors="replace") as stream:
            for number, text in enumerate(stream, 1):
                if declared := _PREFIX.match(text):
                    prefixes[declared[1]] = declared[2]
                elif subject := _SUBJECT.match(text):
                    iri = subject[1] or prefixes.get(subject[2], "") + (subject[3] or "")
                    if (name := curie(iri)) in wanted:
                        found.setdefault(name, (path, number))
    return found
