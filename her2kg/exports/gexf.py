"""GEXF 1.3 for Gephi, with time where asked. Written to https://gexf.net/primer.html, validated with its schema.

Gephi reads colour, weight and label, not shape or thickness, so a verdict is told by colour. The schema wants viz
elements without a prefix, the primer and all programs want them in the viz namespace: the programs are followed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from her2kg.exports.formats import Export, Format
from her2kg.exports.style import edge_look, node_look
from her2kg.exports.text import flat, lines, quoted
from her2kg.projection.model import WEIGHT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from her2kg.projection.model import Attribute, Value, View

_TYPES = {"integer": "long", "double": "double", "boolean": "boolean"}


def write(export: Export) -> Iterable[tuple[str, Iterable[bytes]]]:
    """Return the one file."""
    return [("graph.gexf", lines(_document(export.graph, export.timeline)))]


def _document(view: View, timeline: bool) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<gexf xmlns="http://gexf.net/1.3" xmlns:viz="http://gexf.net/1.3/viz" version="1.3">'
    written = f' lastmodifieddate="{view.as_of}"' if view.as_of else ""
    yield f"<meta{written}><creator>her2kg</creator><description>{escape(view.title)}</description></meta>"
    mode = 'mode="dynamic" timeformat="date" timerepresentation="interval"' if timeline else 'mode="static"'
    yield f'<graph defaultedgetype="directed" {mode} idtype="string">'
    # An edge's weight has a place of its own in the format.
    of_edges = tuple(a for a in view.edge_attributes if not (view.weighted and a.name == WEIGHT))
    for owner, attributes in (("node", view.node_attributes), ("edge", of_edges)):
        yield f'<attributes class="{owner}">'
        for attribute in attributes:
            kind = _TYPES.get(attribute.type, "string")
            yield f'<attribute id="{attribute.name}" title="{attribute.name}" type="{kind}"/>'
        yield "</attributes>"
    starts = _starts(view) if timeline else {}
    yield "<nodes>"
    for node in view.nodes():
        yield (
            f"<node id={quoted(node.id)} label={quoted(str(node.values['label']))}"
            f"{_time(starts, node.id)}>"
            f"{_values(view.node_attributes, node.values)}{_colour(node_look(node.values).fill)}</node>"
        )
    yield "</nodes>"
    yield "<edges>"
    for edge in view.edges():
        yield (
            f"<edge id={quoted(edge.id)} source={quoted(edge.source)} target={quoted(edge.target)} "
            f"kind={quoted(str(edge.values['kind']))} label={quoted(str(edge.values['label']))}"
            f"{_weight(edge.values, view)}"
            f"{_time(starts, edge.id)}>"
            f"{_values(of_edges, edge.values)}{_colour(edge_look(edge.values).colour)}</edge>"
        )
    yield "</edges>"
    yield "</graph>"
    yield "</gexf>"


def _values(attributes: Iterable[Attribute], values: Mapping[str, Value]) -> str:
    held = "".join(
        f'<attvalue for="{attribute.name}" value={quoted(flat(values[attribute.name]))}/>'
        for attribute in attributes
        if attribute.name in values
    )
    return f"<attvalues>{held}</attvalues>"


def _weight(values: Mapping[str, Value], view: View) -> str:
    return f' weight="{values[WEIGHT]}"' if view.weighted and WEIGHT in values else ""


def _colour(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f'<viz:color r="{red}" g="{green}" b="{blue}"/>'


def _starts(view: View) -> dict[str, str]:
    """Return the day from which each element was known: an edge's own, and for a node the first of its edges'."""
    starts: dict[str, str] = {}
    starts |= {node.id: str(node.values["known_from"]) for node in view.nodes() if "known_from" in node.values}
    starts |= {edge.id: str(edge.values["known_from"]) for edge in view.edges() if "known_from" in edge.values}
    for edge in view.edges():
        if edge.id in starts:
            for end in (edge.source, edge.target):
                starts[end] = min(starts.get(end, starts[edge.id]), starts[edge.id])
    for edge in view.edges():
        # An edge without a day of its own cannot be there before both its ends.
        days = [starts[end] for end in (edge.source, edge.target) if end in starts]
        if days:
            starts.setdefault(edge.id, max(days))
    return starts


def _time(starts: Mapping[str, str], key: str) -> str:
    return f' start="{starts[key]}"' if key in starts else ""


FORMATS = (
    Format(
        "gexf",
        "GEXF 1.3 (Gephi, Gephi Lite)",
        ".gexf",
        "application/gexf+xml",
        "Lists become one text joined by '; ', and days are text; colours are kept, shapes and line styles are not. "
        "With --timeline an element begins on the day it became known, which is not when a trial began.",
        write,
    ),
)
