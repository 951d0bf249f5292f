"""What is drawn in the plot of a forest plot: squares, intervals, diamonds, bars, lines, axis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from her2kg.figures.metrics import LEADING, text_width, wrap
from her2kg.figures.scene import Circle, Line, Polygon, Rect, Text
from her2kg.synthesis.models import USUAL_LEVEL

if TYPE_CHECKING:
    from her2kg.figures.forest import Row
    from her2kg.figures.log_axis import LogAxis
    from her2kg.figures.scene import Item
    from her2kg.synthesis.pooling import Pooled

SIDE = 14.0
"""Side of the largest square, pixels."""

_THIN, _THICK, _BAR = 1.3, 3.2, 3.6
_DOT = 2.8
_ARROW = (7.0, 4.0)
_SMALL = 11.0


@dataclass(frozen=True, slots=True)
class Plot:
    """Where ratios stand on the page.

    Parameters
    ----------
    left, width : of the plot, in pixels
    """

    axis: LogAxis
    left: float
    width: float

    def x(self, ratio: float) -> float:
        """Return the place of a ratio, not beyond the ends of the axis."""
        return self.left + self.width * min(max(self.axis.place(ratio), 0.0), 1.0)

    def inside(self, ratio: float) -> bool:
        """Whether a ratio is on the axis."""
        return 0.0 <= self.axis.place(ratio) <= 1.0

    def row(self, row: Row, y: float, share: float | None) -> list[Item]:
        """Return interval and square of a row, centred on `y`; a dot where it has no weight.

        Parameters
        ----------
        share : area of the square as a part of the largest one
        """
        items: list[Item] = []
        if row.interval is not None:
            other = row.level is not None and row.level != USUAL_LEVEL
            if other and row.estimate is not None:
                items += self._interval(*row.estimate.limits(), y, _THIN)
            dash = (3.0, 2.0) if row.level is None else ()
            items += self._interval(*row.interval, y, _THICK if other else _THIN, dash)
        if row.value is None or not self.inside(row.value):
            return items
        x, fill = self.x(row.value), "ground" if row.hollow else "mark"
        if share is None:
            return [*items, Circle(x, y, _DOT, fill=fill, stroke="mark", stroke_width=_THIN)]
        side = SIDE * math.sqrt(share)
        # The outline of a hollow square lies inside it, so that its outer size is that of a full one.
        line = min(_THIN, 0.5 * side) if row.hollow else 0.0
        rest = side - line
        square = Rect(
            x - rest / 2, y - rest / 2, rest, rest, fill=fill, stroke="mark" if row.hollow else None, stroke_width=line
        )
        if side < 5.0:  # too small to be found by itself
            items.append(Line(x, y - 4.0, x, y + 4.0, "mark", _THIN))
        return [*items, square]

    def _interval(
        self, lower: float, upper: float, y: float, width: float, dash: tuple[float, ...] = (), colour: str = "mark"
    ) -> list[Item]:
        """Return a line from limit to limit, with an arrow where it is cut."""
        start, end = self.x(lower), self.x(upper)
        items: list[Item] = []
        length, half = _ARROW
        if self.axis.place(lower) < 0.0:
            items.append(Polygon(((start, y), (start + length, y - half), (start + length, y + half)), fill=colour))
            start += length
        if self.axis.place(upper) > 1.0:
            items.append(Polygon(((end, y), (end - length, y - half), (end - length, y + half)), fill=colour))
            end -= length
        return [Line(start, y, end, y, colour, width, dash), *items] if start < end else items

    def diamond(self, pooled: Pooled, y: float) -> Polygon:
        """Return the diamond of a pool, its ends at the limits."""
        middle = self.x(pooled.ratio)
        ends = (self.x(pooled.limits.lower), self.x(pooled.limits.upper))
        return Polygon(((ends[0], y), (middle, y - 6.0), (ends[1], y), (middle, y + 6.0)), fill="pooled")

    def bar(self, lower: float, upper: float, y: float) -> list[Item]:
        """Return the bar of a prediction interval, with an arrow where it is cut."""
        return self._interval(lower, upper, y, _BAR, colour="pooled")

    def vertical(self, ratio: float, top: float, bottom: float, colour: str, dash: tuple[float, ...] = ()) -> Line:
        """Return a line over several rows."""
        return Line(self.x(ratio), top, self.x(ratio), bottom, colour, 1.0, dash)

    def axis_items(self, y: float, ends: tuple[str, str], room: tuple[float, float]) -> tuple[list[Item], float]:
        """Return the axis with its ticks and what its two halves mean, and the bottom of it.

        Parameters
        ----------
        room : left and right edge of the page; nothing else stands beside the axis, so that words may go beyond it
        """
        items: list[Item] = [Line(self.left, y, self.left + self.width, y, "ink", 1.0)]
        ticks = self.axis.thinned(self.width, 4.0, lambda text: text_width(text, _SMALL))
        for tick in ticks:
            x = self.x(float(tick))
            items += [Line(x, y, x, y + 4.0, "ink", 1.0), Text(x, y + 16.0, tick, _SMALL, "middle")]
        null, base, most = self.x(1.0), y + 33.0, 1
        left, right = f"← {ends[0]}", f"{ends[1]} →"
        for text, x, width, anchor in (
            (left, null - 8.0, null - 8.0 - room[0], "end"),
            (right, null + 8.0, room[1] - null - 8.0, "start"),
        ):
            lines = wrap(text, _SMALL, width)
            most = max(most, len(lines))
            items += [
                Text(x, base + i * LEADING * _SMALL, line, _SMALL, "end" if anchor == "end" else "start", italic=True)
                for i, line in enumerate(lines)
            ]
        return items, base + (most - 1) * LEADING * _SMALL + 6.0
