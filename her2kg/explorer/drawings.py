"""Figures that Python draws for the pages: maps and pooled forest plots, and the marks of verdicts.

A drawing holds for the day it was made for, and for every day on which its query gives the same rows; the page
compares them before it shows one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from her2kg.figures.errors import FigureError
from her2kg.figures.maps import MAPS
from her2kg.figures.marks import ORDER, mark, role
from her2kg.figures.scene import Group, Scene
from her2kg.figures.svg import to_svg

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from her2kg.knowledge import KnowledgeGraph

POOLED = ("OS", "PFS")
"""Endpoints whose pooled forest plot is drawn."""
FOREST_QUERY = "hazard-ratios"

_ENDPOINTS = {"her2:Met": "her2:Succeeded", "her2:NotMet": "her2:Failed"}
"""Outcomes of an endpoint have the marks of those of a comparison."""

_SIDE = 16.0
_RADIUS = 5.6


def drawings(kg: KnowledgeGraph, days: Sequence[str]) -> list[dict[str, Any]]:
    """Return every figure as known now, and on each of some days.

    Parameters
    ----------
    days : ISO
    """
    return [drawing for day in (None, *days) for drawing in _on(kg, day)]


def _on(kg: KnowledgeGraph, day: str | None) -> Iterator[dict[str, Any]]:
    for kind, map_ in MAPS.items():
        try:
            figure = kg.map(kind, as_of=day)
        except FigureError:  # nothing to draw in this graph by then
            continue
        yield {"kind": kind, "endpoint": "", "day": day or "", "query": map_.query, "svg": figure.svg()}
    for endpoint in POOLED:
        try:
            figure = kg.forest(endpoint, as_of=day)
        except (FigureError, LookupError):
            continue
        yield {"kind": "forest", "endpoint": endpoint, "day": day or "", "query": FOREST_QUERY, "svg": figure.svg()}


def marks() -> dict[str, dict[str, str]]:
    """Return the colour role and, as SVG, the mark of each outcome; the empty one stands for no verdict."""
    middle = _SIDE / 2
    shown = {**{outcome: outcome for outcome in ORDER}, **_ENDPOINTS}
    return {
        outcome: {
            "role": role(like),
            "svg": to_svg(Scene(_SIDE, _SIDE, "", "", (Group(mark(like, middle, middle, _RADIUS)),))),
        }
        for outcome, like in shown.items()
    }
