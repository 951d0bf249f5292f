"""Neo4j: tables for ``neo4j-admin database import``, and the same as Cypher for those who may only run statements."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from her2kg.exports.formats import Export, Format
from her2kg.exports.tables import rows_as_csv
from her2kg.exports.text import flat, lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from her2kg.projection.model import Attribute, Value, View

_TYPES = {"integer": "long", "double": "double", "boolean": "boolean", "date": "date", "strings": "string[]"}
_README = """\
// Either import the tables into a new database, with the database stopped:
//   neo4j-admin database import full --multiline-fields=true --nodes=nodes.csv --relationships=relationships.csv neo4j
// or run this file in any database; running it twice changes nothing:
//   cypher-shell -f load.cypher"""


def write(export: Export) -> Iterable[tuple[str, Iterable[bytes]]]:
    """Return two tables and a script."""
    view = export.graph
    heads = ["id:ID", *(_head(attribute) for attribute in view.node_attributes), ":LABEL"]
    nodes = (
        [node.id, *_cells(view.node_attributes, node.values), f"Entity;{_label(str(node.values['kind']))}"]
        for node in view.nodes()
    )
    joins = ["id", ":START_ID", ":END_ID", *(_head(attribute) for attribute in view.edge_attributes), ":TYPE"]
    edges = (
        [edge.id, edge.source, edge.target, *_cells(view.edge_attributes, edge.values), _type(str(edge.values["kind"]))]
        for edge in view.edges()
    )
    return [
        ("nodes.csv", rows_as_csv(heads, nodes)),
        ("relationships.csv", rows_as_csv(joins, edges)),
        ("load.cypher", lines(_cypher(view))),
    ]


def _head(attribute: Attribute) -> str:
    kind = _TYPES.get(attribute.type)
    return f"{attribute.name}:{kind}" if kind else attribute.name


def _cells(attributes: Iterable[Attribute], values: Mapping[str, Value]) -> list[str]:
    return [_cell(values[attribute.name]) if attribute.name in values else "" for attribute in attributes]


def _cell(value: Value) -> str:
    # The import cuts lists at each semicolon, whatever is quoted.
    return ";".join(item.replace(";", ",") for item in value) if isinstance(value, tuple) else flat(value)


def _label(kind: str) -> str:
    """Return a kind as a label: 'randomised trial' is RandomisedTrial."""
    words = re.findall(r"[A-Za-z0-9]+", kind)
    name = "".join(word[0].upper() + word[1:] for word in words) or "Thing"
    return name if name[0].isalpha() else f"N{name}"


def _type(kind: str) -> str:
    """Return a kind as a relationship type: 'given in' is GIVEN_IN."""
    name = "_".join(re.findall(r"[A-Za-z0-9]+", kind)).upper() or "RELATED"
    return name if name[0].isalpha() else f"R_{name}"


def _cypher(view: View) -> Iterator[str]:
    yield _README
    yield "CREATE CONSTRAINT her2kg_id IF NOT EXISTS FOR (n:Entity) REQUIRE n.id IS UNIQUE;"
    dates = {a.name for a in (*view.node_attributes, *view.edge_attributes) if a.type == "date"}
    for node in view.nodes():
        label = _label(str(node.values["kind"]))
        yield f"MERGE (n:Entity {{id: {_literal(node.id)}}}) SET n:{label}, n += {_map(node.values, dates)};"
    for edge in view.edges():
        yield (
            f"MATCH (a:Entity {{id: {_literal(edge.source)}}}), (b:Entity {{id: {_literal(edge.target)}}})"
            f" MERGE (a)-[r:{_type(str(edge.values['kind']))} {{id: {_literal(edge.id)}}}]->(b)"
            f" SET r += {_map(edge.values, dates)};"
        )


def _map(values: Mapping[str, Value], dates: set[str]) -> str:
    pairs = (
        f"{name}: {f'date({_literal(value)})' if name in dates else _literal(value)}" for name, value in values.items()
    )
    return f"{{{', '.join(pairs)}}}"


def _literal(value: Value) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_literal(item) for item in value)}]"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\t", "\\t")
        return f"'{escaped}'"
    return flat(value)


FORMATS = (
    Format(
        "neo4j",
        "Neo4j: tables for neo4j-admin import, and Cypher",
        "",
        "text/csv",
        "In the tables a semicolon inside a list's item becomes a comma; kinds become labels and relationship types "
        "(GIVEN_IN). There is no style.",
        write,
    ),
)
