"""Cytoscape.js: elements, style and layout in one JSON object, to be given to ``cytoscape({container, ...json})``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from her2kg.exports.formats import Export, Format
from her2kg.exports.layout import places
from her2kg.exports.style import (
    KINDS,
    MUTED,
    OTHER_EDGE,
    OTHER_NODE,
    STYLED_BY,
    TEXT_ON_FILL,
    THICKEST,
    THINNEST,
    heaviest,
)
from her2kg.exports.text import json_list, lines, plain, to_json
from her2kg.projection.model import WEIGHT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from her2kg.projection.model import View


def write(export: Export) -> Iterable[tuple[str, Iterable[bytes]]]:
    """Return the one file."""
    return [("graph.cyjs", lines(_document(export.graph)))]


def _document(view: View) -> Iterator[str]:
    about = {"name": f"her2kg {view.name}", "title": view.title}
    if view.as_of:
        about["as_of"] = view.as_of
    yield f'{{"data":{to_json(about)},'
    yield '"elements":{"nodes":'
    at = places(view)
    yield from json_list(
        {"data": {"id": node.id, **plain(node.values)}, "position": {"x": at[node.id][0], "y": at[node.id][1]}}
        for node in view.nodes()
    )
    yield ',"edges":'
    yield from json_list(
        {"data": {"id": edge.id, "source": edge.source, "target": edge.target, **plain(edge.values)}}
        for edge in view.edges()
    )
    yield '},"style":'
    yield from json_list(_style(view))
    yield ',"layout":{"name":"preset"}}'


def _style(view: View) -> Iterator[dict[str, Any]]:
    """Yield rules without a page colour: text is white on its node's fill, or a grey that both pages carry."""
    yield {
        "selector": "node",
        "style": {
            "label": "data(label)",
            "background-color": OTHER_NODE.fill,
            "shape": OTHER_NODE.shape,
            "color": TEXT_ON_FILL,
            "font-size": 10,
            "text-wrap": "wrap",
            "text-max-width": 132,
            "text-valign": "center",
            "text-halign": "center",
            "width": 160,
            "height": 46,
        },
    }
    for kind in sorted({str(node.values["kind"]) for node in view.nodes()} & set(KINDS)):
        look = KINDS[kind]
        wide = {"height": 60, "text-max-width": 90} if look.shape == "diamond" else {}
        yield {
            "selector": f"node[kind = {to_json(kind)}]",
            "style": {"background-color": look.fill, "shape": look.shape, **wide},
        }
    yield {
        "selector": "edge",
        "style": {
            "label": "data(label)",
            "curve-style": "bezier",
            "line-color": OTHER_EDGE.colour,
            "width": OTHER_EDGE.width,
            "target-arrow-shape": "triangle",
            "target-arrow-color": OTHER_EDGE.colour,
            "color": MUTED,
            "font-size": 8,
            # Hundreds of labels at once are a smear: they come with zooming in.
            "min-zoomed-font-size": 9,
            "text-rotation": "autorotate",
        },
    }
    greatest = heaviest(view)
    names = {attribute.name for attribute in view.edge_attributes}
    for name in sorted(STYLED_BY.keys() & names):
        for value, edge in STYLED_BY[name].items():
            yield {
                "selector": f"edge[{name} = {to_json(value)}]",
                "style": {
                    "line-color": edge.colour,
                    "target-arrow-color": edge.colour,
                    "line-style": edge.line,
                    **({} if greatest else {"width": edge.width}),
                },
            }
    if greatest:
        yield {
            "selector": f"edge[{WEIGHT}]",
            "style": {"width": f"mapData({WEIGHT}, 0, {greatest}, {THINNEST}, {THICKEST})"},
        }


FORMATS = (
    Format(
        "cytoscape",
        "Cytoscape.js JSON, with style (web pages, Jupyter; Cytoscape reads the elements)",
        ".cyjs",
        "application/json",
        "Days are text; Cytoscape for the desktop takes no style from this file, cx2 is for it.",
        write,
    ),
)
