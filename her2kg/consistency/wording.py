"""How computed numbers and readings are put into words, the same in every finding."""

import math
from collections.abc import Iterable

from her2kg.consistency.printed import Box
from her2kg.consistency.ranges import Reading, Sides

_TINIEST = 1e-5
"""A p below this is worded as a bound: so far out in the tail the normal approximation says little about its digits."""

_SIDES = {
    Sides.TWO: "two-sided p",
    Sides.ONE_BENEFIT: "one-sided p for benefit",
    Sides.ONE_HARM: "one-sided p for harm",
}


def number(value: float, digits: int = 4) -> str:
    """Return a number with so many significant digits and no exponent, "unbounded" for an infinite one."""
    if math.isinf(value):
        return "unbounded"
    if value == 0.0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    text = f"{value:.{max(places, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def probability(value: float) -> str:
    """Return a p value: up to five decimals, a bound below that."""
    if value < _TINIEST:
        return "below 0.00001"
    return f"{value:.5f}" if value < 1.0 else "1"


def probability_range(p: Box) -> str:
    """Return a range of p in words."""
    low, high = probability(p.lo), probability(p.hi)
    return f"about {low}" if low == high else f"from {low} to {high}"


def sides_name(sides: Sides) -> str:
    """Return the kind of p value in words."""
    return _SIDES[sides]


def coverage(level: float) -> str:
    """Return a coverage, such as "95%" or "99.2%"."""
    return f"{level:.6g}%"


def interval_name(level: float) -> str:
    """Return an interval with its article, such as "an 80% interval"."""
    text = coverage(level)
    return f"{'an' if text.startswith('8') else 'a'} {text} interval"


def reading_name(reading: Reading) -> str:
    """Return one way to read a p value beside an interval in words."""
    margin = " against the margin" if reading.against_margin else ""
    return f"a {sides_name(reading.sides)}{margin} beside {interval_name(reading.level)}"


def listed(parts: Iterable[str], word: str = "or") -> str:
    """Join parts as a sentence does: "a, b or c"."""
    items = list(parts)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"
