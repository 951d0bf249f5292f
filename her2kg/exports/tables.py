"""A table of nodes and one of edges: CSV for everybody, Parquet for data frames."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from her2kg.errors import ResourceError
from her2kg.exports.formats import Export, Format
from her2kg.exports.text import flat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from her2kg.projection.model import Attribute, Value


def rows_as_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Yield a table as CSV (RFC 4180, lines end in a line feed), a row at a time."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for row in (header, *rows):
        writer.writerow(row)
        yield buffer.getvalue().encode("utf-8")
        buffer.seek(0)
        buffer.truncate()


def write_csv(export: Export) -> Iterable[tuple[str, Iterable[bytes]]]:
    """Return the two tables."""
    view = export.graph
    heads = ["id", *(attribute.name for attribute in view.node_attributes)]
    nodes = ([node.id, *_cells(view.node_attributes, node.values)] for node in view.nodes())
    joins = ["id", "source", "target", *(attribute.name for attribute in view.edge_attributes)]
    edges = ([edge.id, edge.source, edge.target, *_cells(view.edge_attributes, edge.values)] for edge in view.edges())
    return [("nodes.csv", rows_as_csv(heads, nodes)), ("edges.csv", rows_as_csv(joins, edges))]


def _cells(attributes: Iterable[Attribute], values: Mapping[str, Value]) -> list[str]:
    return [flat(values[attribute.name]) if attribute.name in values else "" for attribute in attributes]


def write_parquet(export: Export) -> Iterable[tuple[str, Iterable[bytes]]]:
    """Return the two tables.

    Raises
    ------
    ResourceError : pyarrow is not installed
    """
    view = export.graph
    nodes = [{"id": node.id, **node.values} for node in view.nodes()]
    edges = [{"id": edge.id, "source": edge.source, "target": edge.target, **edge.values} for edge in view.edges()]
    return [
        ("nodes.parquet", [_parquet(("id",), view.node_attributes, nodes)]),
        ("edges.parquet", [_parquet(("id", "source", "target"), view.edge_attributes, edges)]),
    ]


def _parquet(keys: tuple[str, ...], attributes: Iterable[Attribute], rows: list[dict[str, Any]]) -> bytes:
    import datetime

    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise ResourceError("parquet needs pyarrow: pip install 'her2kg[parquet]'") from None
    types = {
        "string": pa.string(),
        "integer": pa.int64(),
        "double": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "strings": pa.list_(pa.string()),
    }
    fields = [pa.field(key, pa.string(), nullable=False) for key in keys]
    columns = [pa.array([row[key] for row in rows], pa.string()) for key in keys]
    for attribute in attributes:
        values = [row.get(attribute.name) for row in rows]
        if attribute.type == "date":
            values = [None if day is None else datetime.date.fromisoformat(day) for day in values]
        fields.append(pa.field(attribute.name, types[attribute.type], metadata={"title": attribute.title}))
        columns.append(pa.array(values, types[attribute.type]))
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.Table.from_arrays(columns, schema=pa.schema(fields)), sink, compression="zstd")
    return bytes(sink.getvalue().to_pybytes())


FORMATS = (
    Format(
        "csv",
        "CSV tables of nodes and edges (spreadsheets, R, Gephi, GraphXR)",
        "",
        "text/csv",
        "Everything is text and lists are joined by '; '; an empty cell is no value. There is no style.",
        write_csv,
    ),
    Format(
        "parquet",
        "Parquet tables of nodes and edges (pandas, Polars, DuckDB, R)",
        "",
        "application/vnd.apache.parquet",
        "Nothing but style: numbers, days and lists keep their types.",
        write_parquet,
    ),
)
