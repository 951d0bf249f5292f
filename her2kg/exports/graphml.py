"""GraphML: yEd, igraph, networkx, Cytoscape, Gephi. Written to http://graphml.graphdrawing.org/specification.html."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from her2kg.exports.formats import Export, Format
from her2kg.exports.text import flat, lines, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from her2kg.projection.model import Attribute, Value

_TYPES = {"integer": "long", "double": "double", "boolean": "boolean"}
_SCHEMA = "http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd"


def write(export: Export) -> Iterable[tuple[str, Iterable[bytes]]]:
    """Return the one file."""
    return [("graph.graphml", lines(_document(export)))]


def _document(export: Export) -> Iterator[str]:
    view = export.graph
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield (
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        f' xsi:schemaLocation="{_SCHEMA}">'
    )
    for owner, attributes in (("node", view.node_attributes), ("edge", view.edge_attributes)):
        for attribute in attributes:
            yield (
                f'<key id="{owner[0]}_{attribute.name}" for="{owner}" attr.name="{attribute.name}"'
                f' attr.type="{_TYPES.get(attribute.type, "string")}"><desc>{escape(attribute.title)}</desc></key>'
            )
    # Cytoscape names the kind of an edge "interaction", and shows a dash where that is missing.
    yield '<key id="e_interaction" for="edge" attr.name="interaction" attr.type="string"/>'
    yield f'<graph id="{view.name}" edgedefault="directed"><desc>{escape(view.title)}</desc>'
    for node in view.nodes():
        yield f"<node id={quoted(node.id)}>{_data('n', view.node_attributes, node.values)}</node>"
    for edge in view.edges():
        kind = f'<data key="e_interaction">{escape(str(edge.values["kind"]))}</data>'
        yield (
            f"<edge id={quoted(edge.id)} source={quoted(edge.source)} target={quoted(edge.target)}>"
            f"{_data('e', view.edge_attributes, edge.values)}{kind}</edge>"
        )
    yield "</graph>"
    yield "</graphml>"


def _data(owner: str, attributes: Iterable[Attribute], values: Mapping[str, Value]) -> str:
    return "".join(
        f'<data key="{owner}_{attribute.name}">{escape(flat(values[attribute.name]))}</data>'
        for attribute in attributes
        if attribute.name in values
    )


FORMATS = (
    Format(
        "graphml",
        "GraphML (yEd, igraph, networkx, Gephi, Cytoscape)",
        ".graphml",
        "application/graphml+xml",
        "Lists become one text joined by '; ', and days are text; there is no style.",
        write,
    ),
)
