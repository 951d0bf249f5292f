"""How things look: one palette for every format that carries a style.

Fills take white text, and stand out from a white and from a near-black page. What a colour says, a shape or a line
style says too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from her2kg.projection.model import WEIGHT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from her2kg.projection.model import Value, View


class NodeLook(NamedTuple):
    """Fill, shape (in the words of Cytoscape) and column of a kind of node."""

    fill: str
    shape: str
    column: int


class EdgeLook(NamedTuple):
    """Colour, line style (solid, dashed, dotted) and width of an edge."""

    colour: str
    line: str
    width: float


_BLUE, _GREEN, _PURPLE, _BROWN, _RED, _GREY = "#0072b2", "#00795c", "#9a4c84", "#8a5a00", "#b0480f", "#6b6b6b"
TEXT_ON_FILL = "#ffffff"
MUTED = "#808080"
"""For edge labels and edges without a verdict: legible on white and on black."""

KINDS: dict[str, NodeLook] = {
    "agent": NodeLook(_BLUE, "ellipse", 0),
    "group of agents": NodeLook(_BLUE, "ellipse", 0),
    "trial": NodeLook(_GREY, "round-rectangle", 1),
    "endpoint": NodeLook(_BROWN, "diamond", 2),
    "regimen": NodeLook(_BLUE, "round-rectangle", 0),
    "resistance mechanism": NodeLook(_PURPLE, "hexagon", 1),
    "alteration": NodeLook(_RED, "octagon", 2),
    "gene": NodeLook(_GREEN, "ellipse", 3),
    "microRNA": NodeLook(_GREEN, "ellipse", 3),
    "target": NodeLook(_GREEN, "ellipse", 3),
    "biological entity": NodeLook(_GREEN, "ellipse", 3),
    "biological process": NodeLook(_GREEN, "rectangle", 4),
    "pathway": NodeLook(_GREEN, "rectangle", 4),
    "strategy": NodeLook(_BROWN, "parallelogram", 0),
    "estimate": NodeLook(_BLUE, "ellipse", 3),
    "publication": NodeLook(_BROWN, "rectangle", 4),
    "endpoint verdict": NodeLook(_PURPLE, "hexagon", 2),
    "comparison verdict": NodeLook(_PURPLE, "hexagon", 1),
    "agent verdict": NodeLook(_PURPLE, "hexagon", 0),
    "class": NodeLook(_BLUE, "round-rectangle", 1),
    "object property": NodeLook(_GREEN, "ellipse", 0),
    "datatype property": NodeLook(_BROWN, "ellipse", 0),
    "annotation property": NodeLook(_BROWN, "ellipse", 0),
    "datatype": NodeLook(_GREY, "rectangle", 1),
}
OTHER_NODE = NodeLook(_GREY, "ellipse", 5)

_YES, _NO, _PARTLY = (
    EdgeLook("#009e73", "solid", 2.0),
    EdgeLook("#d55e00", "dashed", 2.0),
    EdgeLook("#cc8400", "solid", 2.0),
)
VERDICTS: dict[str, EdgeLook] = {
    "met": _YES,
    "succeeded": _YES,
    "not met": _NO,
    "failed": _NO,
    "nominally significant": _PARTLY,
    "mixed": _PARTLY,
    "contested": _PARTLY,
}
EVIDENCE: dict[str, EdgeLook] = {
    "both": EdgeLook(_PURPLE, "solid", 3.0),
    "clinical": EdgeLook(_PURPLE, "solid", 2.0),
    "preclinical": EdgeLook(_PURPLE, "dashed", 2.0),
    "other": EdgeLook(_PURPLE, "dotted", 1.5),
}
OTHER_EDGE = EdgeLook(MUTED, "solid", 1.0)
STYLED_BY: dict[str, dict[str, EdgeLook]] = {"verdict": VERDICTS, "evidence": EVIDENCE}
"""The edge attributes that choose a look, and the look of each value."""


THINNEST, THICKEST = 1.0, 8.0
"""Widths of the edges with no weight or the least, and with the greatest, in a view whose edges have weights."""


def heaviest(view: View) -> float | None:
    """Return the greatest weight of an edge, None where a view has no weights: there a verdict says the width."""
    weights = (
        [float(str(edge.values[WEIGHT])) for edge in view.edges() if WEIGHT in edge.values] if view.weighted else []
    )
    return max(weights, default=None)


def edge_width(values: Mapping[str, Value], greatest: float | None) -> float:
    """Return the width of an edge: by its weight, from nothing to the `greatest`, else by its verdict or evidence."""
    if greatest is None:
        return edge_look(values).width
    share = float(str(values.get(WEIGHT, 0.0))) / greatest
    return round(THINNEST + (THICKEST - THINNEST) * share, 2)


def node_look(values: Mapping[str, Value]) -> NodeLook:
    """Return the look of a node."""
    return KINDS.get(str(values["kind"]), OTHER_NODE)


def edge_look(values: Mapping[str, Value]) -> EdgeLook:
    """Return the look of an edge."""
    for name, looks in STYLED_BY.items():
        if values.get(name) in looks:
            return looks[str(values[name])]
    return OTHER_EDGE
