"""A typed property graph that every writer can take as it is.

Graph formats differ in what breaks them: a NaN, a form feed from a PDF, an attribute called ``id``, two attributes
whose names differ in case, whole numbers among fractions. All of that is settled here, once: a view has a schema,
every value has its attribute's type, no value means no entry, and attribute names are legal in every format.
"""

from __future__ import annotations

import datetime
import hashlib
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import networkx as nx

from her2kg.errors import Her2kgError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Type = Literal["string", "integer", "double", "boolean", "date", "strings"]
Value = str | int | float | bool | tuple[str, ...]
TYPES: tuple[Type, ...] = get_args(Type)

_UNWRITABLE = re.compile(r"[^\t\n\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
"""Characters that XML 1.0 cannot carry at all, and carriage returns, which readers turn into line feeds."""
_LARGEST = 2**53 - 1
"""The largest whole number that JavaScript reads without loss."""
_LONG = 72
_TAKEN = frozenset(
    (
        *("id", "name", "title", "key", "type", "from", "to", "source", "target", "start", "end", "parent", "position"),
        *("x", "y", "z", "s", "t", "v", "d", "o", "size", "color", "colour", "width", "shape", "viz"),
        *("interaction", "represents", "alias", "selected", "shared", "group", "graphics", "timestamp", "her2kg_id"),
        *("subject", "predicate", "object", "category", "knowledge_level", "agent_type", "primary_knowledge_source"),
        *("publications", "node", "edge", "directed", "undirected", "default"),
    )
)
"""Names that some format or reader uses for itself."""


class ProjectionError(Her2kgError):
    """A value that does not fit its attribute, or two where there can be one."""


class Attribute(NamedTuple):
    """An attribute of the nodes, or of the edges, of a view.

    Parameters
    ----------
    name : legal and unambiguous in every format
    type : of every value; ``strings`` is a sorted list, ``date`` an ISO day
    title : for a reader
    """

    name: str
    type: Type
    title: str


class Node(NamedTuple):
    """A node: its id, and its values by attribute name in the order of the schema."""

    id: str
    values: dict[str, Value]


class Edge(NamedTuple):
    """An edge: its id, the ids of its ends, and its values by attribute name in the order of the schema."""

    id: str
    source: str
    target: str
    values: dict[str, Value]


WEIGHT = "weight"
"""Name of the edge attribute (double, above zero) that says how thick an edge is; readers know it by this name."""

BASE = (
    Attribute("label", "string", "label"),
    Attribute("kind", "string", "kind"),
    Attribute("iri", "string", "IRI of the record"),
)
"""Attributes that every node and edge of every view has."""


@dataclass(frozen=True)
class View:
    """A directed property graph with parallel edges, and the types of its attributes.

    Parameters
    ----------
    name, title, as_of : which view, for a reader, and the day on which all of it was known (ISO; empty for now)
    node_attributes, edge_attributes : the schema; the first are `BASE`
    graph : nodes and edges under their ids, values as attributes; nothing is stored for "no value"
    """

    name: str
    title: str
    as_of: str
    node_attributes: tuple[Attribute, ...]
    edge_attributes: tuple[Attribute, ...]
    graph: nx.MultiDiGraph[str]

    @property
    def weighted(self) -> bool:
        """Whether edges have weights."""
        return any(attribute.name == WEIGHT and attribute.type == "double" for attribute in self.edge_attributes)

    def nodes(self) -> Iterator[Node]:
        """Yield the nodes, sorted by id."""
        for key in sorted(self.graph.nodes):
            yield Node(key, self.graph.nodes[key])

    def edges(self) -> Iterator[Edge]:
        """Yield the edges, sorted by id."""
        for source, target, key in sorted(self.graph.edges(keys=True), key=lambda edge: edge[2]):
            yield Edge(key, source, target, self.graph.edges[source, target, key])


def build(
    name: str,
    title: str,
    as_of: str,
    schemas: tuple[Mapping[str, tuple[Type, str]], Mapping[str, tuple[Type, str]]],
    nodes: Iterable[tuple[str, Mapping[str, object]]],
    edges: Iterable[tuple[str, str, str, Mapping[str, object]]],
) -> View:
    """Return a view of raw values.

    Parameters
    ----------
    schemas : type and title of each attribute beyond `BASE`, of nodes and of edges
    nodes : id and values
    edges : id, source, target and values; an end that is no node is an error

    Raises
    ------
    ProjectionError : a value does not fit its attribute, an end is no node, or an id comes twice
    """
    node_names, edge_names = (portable_names(schema) for schema in schemas)
    node_attributes, edge_attributes = (
        (*BASE, *(Attribute(names[key], kind, clean(shown)) for key, (kind, shown) in schema.items()))
        for schema, names in zip(schemas, (node_names, edge_names), strict=True)
    )
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for key, values in sorted(nodes, key=lambda node: node[0]):
        if key in graph:
            raise ProjectionError(f"view {name}: two nodes with the id {key!r}")
        graph.add_node(key)
        graph.nodes[key].update(_typed(key, values, node_attributes, node_names))
    seen: set[str] = set(graph.nodes)
    for key, source, target, values in sorted(edges, key=lambda edge: edge[0]):
        if key in seen:
            raise ProjectionError(f"view {name}: two elements with the id {key!r}")
        if source not in graph or target not in graph:
            raise ProjectionError(f"view {name}: edge {key!r} joins what is no node")
        seen.add(key)
        graph.add_edge(source, target, key=key)
        graph.edges[source, target, key].update(_typed(key, values, edge_attributes, edge_names))
    return View(name, clean(title), as_of, node_attributes, edge_attributes, graph)


def _typed(
    key: str, values: Mapping[str, object], attributes: tuple[Attribute, ...], names: Mapping[str, str]
) -> dict[str, Value]:
    found = {names.get(name, name): value for name, value in values.items()}
    unknown = sorted(set(found) - {attribute.name for attribute in attributes})
    if unknown:
        raise ProjectionError(f"{key}: attribute {unknown[0]!r} is not in the schema of the view")
    typed: dict[str, Value] = {}
    for attribute in attributes:
        value = value_of(key, attribute, found.get(attribute.name))
        if value is not None:
            typed[attribute.name] = value
    return {"label": key, "kind": "thing", **typed}


def value_of(key: str, attribute: Attribute, value: object) -> Value | None:
    """Return a value in the type of its attribute, None for no value: none, an empty text, an empty list.

    Raises
    ------
    ProjectionError : it does not fit; names the element, the attribute and the value
    """
    if value is None:
        return None
    if attribute.type == "strings":
        items = [value] if isinstance(value, str) else list(value) if isinstance(value, (list, tuple, set)) else None
        if items is not None and all(isinstance(item, str) for item in items):
            return tuple(sorted({text for item in items if (text := clean(item))})) or None
    elif attribute.type == "string" and isinstance(value, str):
        return clean(value) or None
    elif attribute.type == "boolean" and isinstance(value, bool):
        return value
    elif attribute.type == "integer" and isinstance(value, int) and not isinstance(value, bool):
        if abs(value) <= _LARGEST:
            return value
    elif attribute.type == "double" and isinstance(value, (int, float)) and not isinstance(value, bool):
        if abs(value) <= _LARGEST if isinstance(value, int) else math.isfinite(value):
            return float(value)
    elif attribute.type == "date" and isinstance(value, str) and _is_day(value):
        return value
    raise ProjectionError(
        f"{key}: {attribute.title} is {str(value)[:60]!r}, which no graph format can carry as {attribute.type}; correct"
        " it in the data"
    )


def _is_day(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def clean(text: str) -> str:
    """Return a text without what some format cannot carry: control characters (as a form feed of a PDF) become blanks.

    >>> clean("median\\x0cOS")
    'median OS'
    """
    return _UNWRITABLE.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")).strip(" \t\n")


def portable_names(wanted: Iterable[str]) -> dict[str, str]:
    """Return for each attribute name one that is legal, unreserved and, whatever the case, unique in every format.

    >>> portable_names(["hr", "HR", "id", "skos:note", "2nd"])
    {'hr': 'hr', 'HR': 'HR_2', 'id': 'id_', 'skos:note': 'skos_note', '2nd': 'a_2nd'}
    """
    used = {attribute.name for attribute in BASE}
    names: dict[str, str] = {}
    for name in wanted:
        legal = re.sub(r"[^A-Za-z0-9_]+", "_", name) or "a"
        if not legal[0].isalpha():
            legal = f"a_{legal.lstrip('_')}"
        if legal.lower() in _TAKEN:
            legal += "_"
        stem, count = legal, 1
        while legal.lower() in used:
            count += 1
            legal = f"{stem}_{count}"
        used.add(legal.lower())
        names[name] = legal
    return names


def slug(text: str) -> str:
    """Return a short id of ASCII letters, digits, dot, dash and underscore; different texts have different ids.

    A text that is no such id, or a long one, is cut and told apart by a digest.

    >>> slug("ToGA-OS")
    'ToGA-OS'
    >>> slug("a b") == slug("a/b")
    False
    """
    legal = re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip("-.") or "x"
    return legal if legal == text and len(legal) <= _LONG else f"{legal[: _LONG - 11]}-{digest(text)}"


def digest(text: str) -> str:
    """Return ten hexadecimal digits that tell texts apart."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]
