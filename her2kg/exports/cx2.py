"""CX2 for Cytoscape and NDEx, with a visual style. Written to https://cytoscape.org/cx/cx2/specification/.

Nodes and edges have whole numbers as ids there; the short ids are kept in ``her2kg_id``.
"""

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
from her2kg.exports.text import json_list, lines, plain
from her2kg.projection.model import WEIGHT
from her2kg.terms import curie

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from her2kg.projection.model import Attribute, Edge, Node, View

_TYPES = {"integer": "long", "double": "double", "boolean": "boolean", "strings": "list_of_string"}


def write(export: Export) -> Iterable[tuple[str, Iterable[bytes]]]:
    """Return the one file."""
    return [("network.cx2", lines(json_list(_aspects(export.graph))))]


def _aspects(view: View) -> Iterator[dict[str, Any]]:
    numbers = {node.id: number for number, node in enumerate(view.nodes())}
    at = places(view)
    nodes = [
        {
            "id": numbers[node.id],
            "x": at[node.id][0],
            "y": at[node.id][1],
            "v": {
                "name": node.values["label"],
                "represents": curie(str(node.values.get("iri", node.id))),
                **_own(node),
            },
        }
        for node in view.nodes()
    ]
    edges = [
        {
            "id": number,
            "s": numbers[edge.source],
            "t": numbers[edge.target],
            "v": {"name": edge.values["label"], "interaction": edge.values["kind"], **_own(edge)},
        }
        for number, edge in enumerate(view.edges())
    ]
    about = {"name": f"her2kg {view.name}", "description": view.title, "rights": "CC BY 4.0"}
    if view.as_of:
        about["version"] = view.as_of
    style = [_style(view)]
    yield {"CXVersion": "2.0", "hasFragments": False}
    counts = {
        "attributeDeclarations": 1,
        "networkAttributes": 1,
        "nodes": len(nodes),
        "edges": len(edges),
        "visualProperties": 1,
    }
    yield {"metaData": [{"name": name, "elementCount": count} for name, count in counts.items() if count]}
    string = {"d": "string"}
    declared = {
        "networkAttributes": dict.fromkeys(about, string),
        "nodes": {"name": string, "represents": string, "her2kg_id": string, **_declared(view.node_attributes)},
        "edges": {"name": string, "interaction": string, "her2kg_id": string, **_declared(view.edge_attributes)},
    }
    yield {"attributeDeclarations": [declared]}
    yield {"networkAttributes": [about]}
    yield {"nodes": nodes}
    yield {"edges": edges}
    yield {"visualProperties": style}
    yield {"status": [{"error": "", "success": True}]}


def _own(element: Node | Edge) -> dict[str, Any]:
    """Return all values but the label, which is ``name`` there, with the short id."""
    values = plain(element.values)
    del values["label"]
    return {"her2kg_id": element.id, **values}


def _declared(attributes: Iterable[Attribute]) -> dict[str, dict[str, str]]:
    return {a.name: {"d": _TYPES.get(a.type, "string")} for a in attributes if a.name != "label"}


def _style(view: View) -> dict[str, Any]:
    """Return the style: kinds by fill and shape, verdicts and evidence by colour and line."""
    kinds = sorted({str(node.values["kind"]) for node in view.nodes()})
    looks = {kind: KINDS.get(kind, OTHER_NODE) for kind in kinds}
    edge: dict[str, Any] = {"EDGE_LABEL": {"type": "PASSTHROUGH", "definition": {"attribute": "name"}}}
    names = {attribute.name for attribute in view.edge_attributes}
    for name, by_value in STYLED_BY.items():
        if name in names:
            edge["EDGE_LINE_COLOR"] = _discrete(name, {value: look.colour for value, look in by_value.items()})
            edge["EDGE_TARGET_ARROW_COLOR"] = edge["EDGE_LINE_COLOR"]
            edge["EDGE_LINE_STYLE"] = _discrete(name, {value: look.line for value, look in by_value.items()})
            edge["EDGE_WIDTH"] = _discrete(name, {value: look.width for value, look in by_value.items()})
            break
    greatest = heaviest(view)
    if greatest:
        edge["EDGE_WIDTH"] = _continuous(WEIGHT, greatest, THINNEST, THICKEST)
    return {
        "default": {
            "network": {},
            "node": {
                "NODE_BACKGROUND_COLOR": OTHER_NODE.fill,
                "NODE_SHAPE": OTHER_NODE.shape,
                "NODE_LABEL_COLOR": TEXT_ON_FILL,
                "NODE_LABEL_FONT_SIZE": 11,
                "NODE_BORDER_WIDTH": 0,
                "NODE_WIDTH": 110,
                "NODE_HEIGHT": 40,
                "NODE_LABEL_MAX_WIDTH": 100,
            },
            "edge": {
                "EDGE_LINE_COLOR": OTHER_EDGE.colour,
                "EDGE_WIDTH": OTHER_EDGE.width,
                "EDGE_TARGET_ARROW_SHAPE": "triangle",
                "EDGE_TARGET_ARROW_COLOR": OTHER_EDGE.colour,
                "EDGE_LABEL_COLOR": MUTED,
                "EDGE_LABEL_FONT_SIZE": 8,
            },
        },
        "nodeMapping": {
            "NODE_LABEL": {"type": "PASSTHROUGH", "definition": {"attribute": "name"}},
            "NODE_BACKGROUND_COLOR": _discrete("kind", {kind: look.fill for kind, look in looks.items()}),
            "NODE_SHAPE": _discrete("kind", {kind: look.shape for kind, look in looks.items()}),
        },
        "edgeMapping": edge,
    }


def _discrete(attribute: str, values: dict[str, Any]) -> dict[str, Any]:
    pairs = [{"v": value, "vp": shown} for value, shown in values.items()]
    return {"type": "DISCRETE", "definition": {"attribute": attribute, "map": pairs}}


def _continuous(attribute: str, greatest: float, least: float, most: float) -> dict[str, Any]:
    """Return a mapping of numbers from 0 to the greatest on visual values from the least to the most."""
    step = {
        "min": 0.0,
        "max": greatest,
        "includeMin": True,
        "includeMax": True,
        "minVPValue": least,
        "maxVPValue": most,
    }
    return {"type": "CONTINUOUS", "definition": {"attribute": attribute, "map": [step]}}


FORMATS = (
    Format(
        "cx2",
        "CX2 (Cytoscape 3.10 and later, Cytoscape Web, NDEx), with style",
        ".cx2",
        "application/json",
        "Days are text; ids are whole numbers, with the short ids in her2kg_id.",
        write,
    ),
)
