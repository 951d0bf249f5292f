"""A logarithmic axis for ratios that reaches as far to either side of 1: 0.5 and 2 are equally far from no effect.

It reaches to every estimate and every pooled interval; to the limits of all printed intervals too, unless a few of them
are so wide that they would squeeze the others. Those are cut, with an arrow at the end of the axis.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from her2kg.figures.forest import Forest

REACHES: tuple[tuple[float, tuple[str, ...]], ...] = (
    (1.25, ("0.8", "0.9", "1", "1.1", "1.25")),
    (1.5, ("0.67", "0.8", "1", "1.25", "1.5")),
    (2.0, ("0.5", "0.7", "1", "1.4", "2")),
    (3.0, ("0.33", "0.5", "0.7", "1", "1.4", "2", "3")),
    (4.0, ("0.25", "0.5", "1", "2", "4")),
    (6.0, ("0.17", "0.5", "1", "2", "6")),
    (10.0, ("0.1", "0.2", "0.5", "1", "2", "5", "10")),
    (20.0, ("0.05", "0.2", "0.5", "1", "2", "5", "20")),
    (50.0, ("0.02", "0.1", "1", "10", "50")),
    (100.0, ("0.01", "0.1", "1", "10", "100")),
    (1000.0, ("0.001", "0.01", "0.1", "1", "10", "100", "1000")),
    (10000.0, ("0.0001", "0.01", "1", "100", "10000")),
    (1000000.0, ("0.000001", "0.001", "1", "1000", "1000000")),
)
"""Ends of the axis, and ticks as they are printed. What lies beyond the last is cut."""

_WIDER_AT_MOST = 1.25
"""Part by which the widest interval may stretch the axis, on the log scale, before it is cut instead."""
_NARROW = math.log(4.0)
"""Reach up to which no interval is cut: such an axis squeezes nothing."""
_ROUNDING = 0.02  # printed ends are rounded: 0.67 and 1.5
_ROOM = 1.05  # between an estimate and the end of the axis, on the log scale


@dataclass(frozen=True, slots=True)
class LogAxis:
    """An axis from ``1 / reach`` to ``reach``; `ticks` are texts, their numbers the places."""

    reach: float
    ticks: tuple[str, ...]

    def place(self, ratio: float) -> float:
        """Return where a ratio stands: 0 at the left end, 1 at the right one, beyond that outside."""
        if ratio <= 0.0:
            return -math.inf
        return 0.5 + 0.5 * math.log(ratio) / math.log(self.reach) if math.isfinite(ratio) else math.inf

    def thinned(self, length: float, gap: float, width: Callable[[str], float]) -> tuple[str, ...]:
        """Return the ticks whose labels fit side by side: all, all but those next to 1, the ends and 1, or 1 alone.

        Parameters
        ----------
        length, gap, width : of the axis, between two labels, of a label; in one unit
        """
        middle = len(self.ticks) // 2
        for ticks in (self.ticks, (*self.ticks[: middle - 1], "1", *self.ticks[middle + 2 :]), self._ends()):
            places = [(self.place(float(tick)) * length, width(tick)) for tick in ticks]
            if all(right - left > 0.5 * (one + other) + gap for (left, one), (right, other) in pairwise(places)):
                return ticks
        return ("1",)

    def _ends(self) -> tuple[str, ...]:
        return self.ticks[0], "1", self.ticks[-1]


def axis_of(forest: Forest) -> LogAxis:
    """Return the axis for everything in a forest plot."""
    return fitting(
        [row.value for row in forest.rows if row.value is not None],
        [row.interval for row in forest.rows if row.interval is not None],
        [ratio for pooled in forest.pools for ratio in (pooled.ratio, *pooled.limits)],
    )


def fitting(estimates: Sequence[float], intervals: Sequence[tuple[float, float]], pools: Sequence[float]) -> LogAxis:
    """Return the axis for a plot.

    Parameters
    ----------
    estimates, intervals : ratios of the rows
    pools : ratios that must be seen, such as the limits of pooled intervals

    Examples
    --------
    >>> fitting([0.74, 0.91], [(0.60, 0.91), (0.73, 1.12)], []).ticks
    ('0.5', '0.7', '1', '1.4', '2')
    """
    needed = _ROOM * max((_far(ratio) for ratio in (*estimates, *pools)), default=0.0)
    limits = sorted(max(_far(lower), _far(upper)) for lower, upper in intervals)
    if limits:
        needed = max(needed, limits[(3 * (len(limits) - 1)) // 4])
        if limits[-1] <= max(_NARROW, _WIDER_AT_MOST * needed):
            needed = max(needed, limits[-1])
    fits = (LogAxis(reach, ticks) for reach, ticks in REACHES if math.log(reach) >= needed - _ROUNDING)
    return next(fits, LogAxis(*REACHES[-1]))


def _far(ratio: float) -> float:
    """Return the distance from 1 on the log scale."""
    return abs(math.log(ratio)) if 0.0 < ratio < math.inf else 0.0
