"""From the graph to a view, by the queries of ``queries/views``.

Each of those files selects one kind of node or edge and says in its header in which views it takes part and what type
each column has, so that a view is defined in one place that can be read and run on its own. A node's query selects
``?iri ?label``, attributes and, where labels are not unique, ``?apart``; an edge's query ``?iri ?label``, its two ends,
and attributes. Rows that speak of the same element are put together: lists are collected, texts that differ are joined,
and numbers, days and truth values must agree.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from her2kg import resources
from her2kg.dates import parse_date
from her2kg.engine import cell
from her2kg.errors import HeaderError, ParameterError
from her2kg.headers import placeholder, split
from her2kg.projection.model import TYPES, ProjectionError, Type, View, build, digest, slug
from her2kg.projection.names import VIEWS
from her2kg.terms import PREFIXES, curie

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from her2kg.knowledge import KnowledgeGraph

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_KEYS = {"summary", "description", "nodes", "edges", "kind", "merge", "columns"}
Values = dict[str, Any]
APART = "apart"
"""Column of a node's query with what tells the node from another of the same label."""


@dataclass(frozen=True)
class Part:
    """One query of a view.

    Parameters
    ----------
    nodes : views it gives nodes to; empty for a query of edges
    edges : for each view it gives edges to, the columns that hold their ends
    kind : of all its elements; empty where a column ``kind`` says
    merge : column by which several things are one node; empty for one node each
    columns : type and title of each attribute
    sparql : text of the query
    """

    nodes: tuple[str, ...]
    edges: Mapping[str, tuple[str, str]]
    kind: str
    merge: str
    columns: Mapping[str, tuple[Type, str]]
    sparql: str


def read_part(path: str) -> Part:
    """Read a query of a view.

    Raises
    ------
    HeaderError : the header is incomplete or has unknown keys, views or types
    """
    header, text = split(path)
    nodes, edges, columns = header.get("nodes", []), header.get("edges", {}), header.get("columns", {})
    if not isinstance(nodes, list) or not isinstance(edges, dict) or not isinstance(columns, dict):
        raise HeaderError(
            f"{path}: 'nodes' is a list of views, 'edges' gives each view two ends, 'columns' their types"
        )
    if set(header) - _KEYS or "summary" not in header or not (nodes or edges) or {*nodes, *edges} - set(VIEWS):
        raise HeaderError(f"{path}: needs summary, and nodes or edges with names of views ({', '.join(VIEWS)})")
    schema: dict[str, tuple[Type, str]] = {}
    for name, said in columns.items():
        if said.get("type") not in TYPES:
            raise HeaderError(f"{path}: column {name!r} needs a type, one of {', '.join(TYPES)}")
        schema[str(name)] = (said["type"], str(said.get("label", name)))
    ends = {view: (str(pair[0]), str(pair[1])) for view, pair in edges.items()}
    return Part(tuple(nodes), ends, str(header.get("kind", "")), str(header.get("merge", "")), schema, text)


def parts() -> list[Part]:
    """Return all queries of views, in the order of their file names."""
    return [read_part(path) for path in resources.files(os.path.join("queries", "views"), ".rq")]


def project(knowledge: KnowledgeGraph, view: str = "trials", as_of: str | None = None) -> View:
    """Return a view of the graph.

    Edges to what was not known yet on the day are left out with it.

    Parameters
    ----------
    view : one of `her2kg.projection.names.VIEWS`
    as_of : only what was known on a day (ISO date, or a month or year for its last day)

    Raises
    ------
    ParameterError : no view of this name, or no date
    ProjectionError : a value of the data does not fit its attribute
    """
    if view not in VIEWS:
        raise ParameterError(f"no view named {view[:60]!r}; there are {', '.join(VIEWS)}")
    day = parse_date(as_of) if as_of is not None else None
    if view == "raw":
        from her2kg.projection.raw import project_raw

        return project_raw(knowledge, VIEWS[view], day)
    mine = [part for part in parts() if view in part.nodes or view in part.edges]
    nodes: dict[str, Values] = {}
    ids: dict[str, str] = {}
    for part in mine:
        if view in part.nodes:
            _add_nodes(knowledge, part, day, nodes, ids)
    edges: dict[str, tuple[str, str, Values]] = {}
    for part in mine:
        if view in part.edges:
            _add_edges(knowledge, part, part.edges[view], day, ids, edges)
    of_nodes = _schema([part for part in mine if view in part.nodes])
    of_edges = _schema([part for part in mine if view in part.edges])
    told_apart(nodes)
    joined = {key: (source, target, _joined(values, of_edges)) for key, (source, target, values) in edges.items()}
    if view == "comparisons":
        from her2kg.projection.weights import SCHEMA, precision

        of_edges |= SCHEMA
        for _, _, values in joined.values():
            values.update(precision(values))
    return build(
        view,
        VIEWS[view],
        day or "",
        (of_nodes, of_edges),
        ((key, _joined(values, of_nodes)) for key, values in nodes.items()),
        ((key, source, target, values) for key, (source, target, values) in joined.items()),
    )


def told_apart(nodes: Mapping[str, Values]) -> None:
    """Give nodes of the same label different ones: with what their query calls ``?apart``, else with their own id."""
    for of in (lambda key: "; ".join(sorted(nodes[key].get(APART, ()))), lambda key: key.partition(".")[2] or key):
        same: dict[str, list[str]] = defaultdict(list)
        for key, values in nodes.items():
            same[str(values["label"] or key)].append(key)
        for label, keys in same.items():
            for key in keys if len(keys) > 1 else ():
                if more := of(key):
                    nodes[key]["label"] = f"{label} ({more})"
    for values in nodes.values():
        values.pop(APART, None)


def _joined(values: Values, schema: Mapping[str, tuple[Type, str]]) -> Values:
    """Return values with the texts of one attribute as one text."""
    texts = {name for name, (kind, _) in schema.items() if kind == "string"} & set(values)
    return {**values, **{name: "; ".join(sorted(values[name])) for name in texts}}


def _schema(mine: list[Part]) -> dict[str, tuple[Type, str]]:
    schema: dict[str, tuple[Type, str]] = {}
    for part in mine:
        for name, said in part.columns.items():
            if schema.setdefault(name, said)[0] != said[0]:
                raise HeaderError(f"queries/views: column {name!r} is {said[0]} here and {schema[name][0]} there")
    return schema


def _rows(knowledge: KnowledgeGraph, part: Part, day: str | None) -> Iterator[dict[str, object]]:
    text = part.sparql
    if day is not None:
        text = placeholder("asOf").sub(f'VALUES ?asOf {{ "{day}"^^xsd:date }}', text)
    solutions = knowledge.engine.select(text)
    for row in solutions.rows:
        yield {name: term for name, term in zip(solutions.variables, row, strict=True) if term is not None}


def _add_nodes(
    knowledge: KnowledgeGraph, part: Part, day: str | None, nodes: dict[str, Values], ids: dict[str, str]
) -> None:
    read = _reader(knowledge)
    for row in _rows(knowledge, part, day):
        iri = _iri(row, "iri")
        if iri is None:
            continue
        kind = part.kind or str(read(row["kind"], "string"))
        key = f"{_stem(kind)}.{slug(str(read(row[part.merge], 'string')) if part.merge else local(iri))}"
        ids[iri] = key
        values = nodes.setdefault(key, {"iri": iri, "kind": kind, "label": read(row.get("label"), "string")})
        values["iri"] = min(values["iri"], iri)
        if "label" in row:
            labels = [text for text in (values["label"], read(row["label"], "string")) if text]
            values["label"] = min(labels, key=lambda text: (len(text), text))
        if APART in row:
            values.setdefault(APART, set()).add(read(row[APART], "string"))
        _gather(key, values, row, part, read)


def _add_edges(
    knowledge: KnowledgeGraph,
    part: Part,
    ends: tuple[str, str],
    day: str | None,
    ids: Mapping[str, str],
    edges: dict[str, tuple[str, str, Values]],
) -> None:
    read = _reader(knowledge)
    found: dict[tuple[str, str, str, str], Values] = {}
    for row in _rows(knowledge, part, day):
        iri, source, target = _iri(row, "iri"), _iri(row, ends[0]), _iri(row, ends[1])
        if iri is None or source not in ids or target not in ids:
            continue
        kind = part.kind or str(read(row["kind"], "string"))
        values = found.setdefault(
            (kind, iri, source or "", target or ""),
            {"iri": iri, "kind": kind, "label": read(row.get("label"), "string") or kind},
        )
        _gather(iri, values, row, part, read)
    # A record of its own names its edge; a statement made on one of the ends is named after both.
    several: dict[str, int] = defaultdict(int)
    for kind, iri, _, _ in found:
        several[f"{_stem(kind)}.{slug(local(iri))}"] += 1
    for (kind, iri, source, target), values in found.items():
        key = f"{_stem(kind)}.{slug(local(iri))}"
        if several[key] > 1 or iri in {source, target}:
            key = f"{_stem(kind)}.{slug(local(source))}.{slug(local(target))}"
        if key in edges:
            key += f".{digest(f'{iri} {source} {target}')}"
        edges[key] = (ids[source], ids[target], values)


def _gather(
    key: str, values: Values, row: Mapping[str, object], part: Part, read: Callable[[object, str], Any]
) -> None:
    """Add the values of a row to those of its element."""
    for name, (kind, title) in part.columns.items():
        value = read(row.get(name), kind)
        if value is None:
            continue
        if kind in {"string", "strings"}:
            values.setdefault(name, set()).add(value)
        elif values.setdefault(name, value) != value:
            raise ProjectionError(f"{key}: {title} is both {values[name]!r} and {value!r}; 'her2kg validate' says more")


def _stem(kind: str) -> str:
    return slug(kind.replace(" ", "-"))


def _iri(row: Mapping[str, object], name: str) -> str | None:
    term = row.get(name)
    return term.value if isinstance(term, ox.NamedNode) else None


def _reader(knowledge: KnowledgeGraph) -> Callable[[object, str], Any]:
    """Return the function from a term to a value of a type; a thing becomes its label."""
    label = knowledge.names.label

    def read(term: object, kind: str) -> Any:
        if term is None:
            return None
        if kind in {"string", "strings"}:
            if isinstance(term, ox.NamedNode):
                return shown(term.value, label)
            return term.value if isinstance(term, ox.Literal) else None
        return cell(term, label)

    return read


def shown(iri: str, label: Callable[[str], str]) -> str:
    """Return the label of a thing, else one made of its local name: never an IRI or CURIE.

    A word of another vocabulary is named after it: owl:NamedIndividual becomes "named individual (owl)".
    """
    short = curie(iri)
    found = label(short)
    if found != short:
        return found
    if short == iri or short.startswith(("kg:", "her2:")):
        return local(iri)
    prefix, _, name = short.partition(":")
    words = " ".join(word if word.isupper() else word.lower() for word in _CAMEL.sub(" ", name).split())
    return f"{words} ({prefix})" if words else prefix


def local(iri: str) -> str:
    """Return what names a thing: the last part of an IRI of ours, else prefix or host with it.

    >>> local("https://w3id.org/her2kg/id/ToGA"), local("http://www.w3.org/2004/02/skos/core#note")
    ('ToGA', 'skos-note')
    """
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and len(iri) > len(namespace):
            name = iri[len(namespace) :]
            return name if prefix in {"kg", "her2"} else f"{prefix}-{name}"
    return iri.partition("://")[2] or iri.removeprefix("_:")
