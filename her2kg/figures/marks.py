"""Marks for verdicts: a shape and a colour for each outcome, so that neither has to be seen to tell them apart."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from her2kg.figures.scene import Circle, Line, Path, Polygon
from her2kg.figures.sheet import Key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from her2kg.figures.scene import Item, Step

NO_VERDICT = ""
"""Outcome of what has no verdict so far."""

ROLES = {
    "her2:Succeeded": "positive",
    "her2:Failed": "negative",
    "her2:Mixed": "mixed",
    "her2:Contested": "mixed",
}
"""Colour of each outcome; all others are ``pending``."""

ORDER = (
    "her2:Succeeded",
    "her2:Mixed",
    "her2:Contested",
    "her2:Failed",
    "her2:Undetermined",
    "her2:NotEvaluable",
    "her2:NotSelected",
    NO_VERDICT,
)
"""Outcomes in the order of a legend."""

_KAPPA = 0.5522847498  # handle of a cubic curve that follows a quarter circle, in radii


def role(outcome: str) -> str:
    """Return the colour role of an outcome's CURIE."""
    return ROLES.get(outcome, "pending")


def place(outcome: str) -> int:
    """Return an outcome's place in a legend."""
    return ORDER.index(outcome) if outcome in ORDER else len(ORDER)


def keys(drawn: Mapping[str, str]) -> list[Key]:
    """Return the legend of the outcomes in a figure, given as CURIE and words."""
    return [Key(partial(mark, outcome, r=6.0), drawn[outcome]) for outcome in sorted(drawn, key=place)]


def mark(outcome: str, x: float, y: float, r: float) -> tuple[Item, ...]:
    """Return the mark of an outcome around a point.

    Parameters
    ----------
    outcome : CURIE; one that is not known gets an open circle with a dot, as undetermined has
    r : radius of the disc of equal area, in pixels: marks of one `r` cover the same area, whatever their shape
    """
    colour = role(outcome)
    line = max(1.2, min(2.0, r / 4))
    match outcome:
        case "her2:Succeeded":
            return (Circle(x, y, r, fill=colour, stroke="ground", stroke_width=0.8),)
        case "her2:Failed":
            return (Polygon(_cross(x, y, r), fill=colour, stroke="ground", stroke_width=0.8),)
        case "her2:Mixed":
            return (
                Circle(x, y, r - line / 2, fill="ground", stroke=colour, stroke_width=line),
                Path(_half(x, y, r - line / 2), fill=colour),
            )
        case "her2:Contested":
            half = r * math.sqrt(math.pi / 2)
            return (
                Polygon(((x, y - half), (x + half, y), (x, y + half), (x - half, y)), "ground", colour, line),
                Line(x, y - half, x, y + half, colour, line),
            )
        case "her2:NotEvaluable":
            half = r * math.sqrt(math.pi) / 2
            corners = ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half))
            return (
                Polygon(corners, "ground", colour, line),
                Line(x - half / 2, y, x + half / 2, y, colour, line),
            )
        case "her2:NotSelected":
            side = r * math.sqrt(math.pi / math.sqrt(3))
            top = y - side / math.sqrt(3)
            return (
                Polygon(((x - side, top), (x + side, top), (x, top + side * math.sqrt(3))), "ground", colour, line),
            )
        case "":
            return (Circle(x, y, r - line / 2, "ground", colour, line, (2.5, 2.0)),)
        case _:
            return (
                Circle(x, y, r - line / 2, "ground", colour, line),
                Circle(x, y, max(1.2, r / 4), fill=colour),
            )


def _cross(x: float, y: float, r: float) -> tuple[tuple[float, float], ...]:
    """Return a saltire of the area of a disc: five squares of side ``a``, turned by an eighth."""
    a = r * math.sqrt(math.pi / 5) / 2
    upright = ((-a, -3 * a), (a, -3 * a), (a, -a), (3 * a, -a), (3 * a, a), (a, a))
    points = [*upright, *((-px, -py) for px, py in upright)]
    s = math.sqrt(0.5)
    return tuple((x + s * (px - py), y + s * (px + py)) for px, py in points)


def _half(x: float, y: float, r: float) -> tuple[Step, ...]:
    """Return the left half of a disc."""
    k = r * _KAPPA
    return (
        ("M", x, y - r),
        ("C", x - k, y - r, x - r, y - k, x - r, y),
        ("C", x - r, y + k, x - k, y + r, x, y + r),
        ("Z",),
    )
