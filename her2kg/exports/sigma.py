"""Graphology's JSON, which sigma.js and Gephi Lite open. Written to https://graphology.github.io/serialization.html."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from her2kg.exports.formats import Export, Format
from her2kg.exports.layout import places
from her2kg.exports.style import edge_look, node_look
from her2kg.exports.text import json_list, lines, plain, to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from her2kg.projection.model import View


def write(export: Export) -> Iterable[tuple[str, Iterable[bytes]]]:
    """Return the one file."""
    return [("graph.json", lines(_document(export.graph)))]


def _document(view: View) -> Iterator[str]:
    about = {"name": f"her2kg {view.name}", "title": view.title, **({"as_of": view.as_of} if view.as_of else {})}
    yield f'{{"attributes":{to_json(about)},"options":{{"type":"directed","multi":true,"allowSelfLoops":true}},"nodes":'
    at = places(view)
    degree = dict(view.graph.degree())
    yield from json_list(
        {
            "key": node.id,
            "attributes": {
                **plain(node.values),
                "x": at[node.id][0],
                "y": -at[node.id][1],
                # Sigma draws nothing that has no place; its y goes up.
                "size": round(3 + math.sqrt(degree[node.id]), 2),
                "color": node_look(node.values).fill,
            },
        }
        for node in view.nodes()
    )
    yield ',"edges":'
    yield from json_list(
        {
            "key": edge.id,
            "source": edge.source,
            "target": edge.target,
            "attributes": {
                **plain(edge.values),
                "size": edge_look(edge.values).width,
                "color": edge_look(edge.values).colour,
            },
        }
        for edge in view.edges()
    )
    yield "}"


FORMATS = (
    Format(
        "sigma",
        "Graphology JSON (sigma.js, Gephi Lite)",
        ".json",
        "application/json",
        "Days are text; colours and sizes are kept, shapes and line styles are not.",
        write,
    ),
)
