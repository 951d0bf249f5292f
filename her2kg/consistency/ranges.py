r"""The arithmetic: what an interval implies for the standard error, z and p, when every number is a rounding box.

All functions work on the additive scale, where the interval is symmetric and "no difference" is zero: logarithms for
ratios, the numbers themselves for differences. With estimate h, limits l and u and the critical value
z\ :sub:`c` = quantile((1 + level) / 2):

* standard error: (u - l) / (2 z\ :sub:`c`)
* z = 2 z\ :sub:`c` h / (u - l), monotone in each of h, l and u while u > l, so its extremes are among the eight corners
  of the three boxes. They are found by sign instead of by trying all eight.

Sources: Parmar, Torri, Stewart. Stat Med 1998;17:2815 (standard error from an interval); Altman, Bland. BMJ
2011;343:d2304 (p from an interval). The boxes are this project's own.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

from her2kg.consistency.printed import Box, Printed

_NORMAL = NormalDist()
_ROOT_2 = math.sqrt(2.0)
_TOUCH = 1e-12
"""Boxes this close on the additive scale or in p do touch: logarithms are rounded too."""

USUAL_LEVELS = (95.0, 80.0, 90.0, 97.5, 99.0)
"""Coverages (percent) journals print, the most usual first."""

_UNIT_LEVEL = 100.0 * math.erf(1.0 / _ROOT_2)
"""Coverage at which the critical value is 1."""


class Sides(StrEnum):
    """What a p value can be."""

    TWO = "two"
    ONE_BENEFIT = "one-benefit"
    ONE_HARM = "one-harm"


@dataclass(frozen=True, slots=True)
class Additive:
    """An estimate and its limits as boxes on the additive scale, no difference at zero."""

    estimate: Box
    lower: Box
    upper: Box


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a p value beside an interval.

    Parameters
    ----------
    level : coverage of the interval, percent
    sides : sidedness of the p value
    against_margin : the p value tests the non-inferiority margin, not "no difference"
    p : range of p under this reading
    gap : distance in z from the printed value to the range; 0 where the printed box meets the range
    """

    level: float
    sides: Sides
    against_margin: bool
    p: Box
    gap: float


def log_box(box: Box) -> Box:
    """Return the natural logarithm of a box above zero."""
    return Box(math.log(box.lo), math.log(box.hi) if box.hi < math.inf else math.inf)


def critical_value(level: float) -> float:
    """Return the two-sided critical value of a coverage in percent, 0 < level < 100."""
    return _NORMAL.inv_cdf(0.5 + level / 200.0)


def is_symmetric(effect: Additive) -> bool:
    """Say whether some estimate, lower and upper limit inside the boxes have the estimate in the middle."""
    return (
        2.0 * effect.estimate.lo <= effect.upper.hi + effect.lower.hi + _TOUCH
        and effect.lower.lo + effect.upper.lo <= 2.0 * effect.estimate.hi + _TOUCH
    )


def se_range(effect: Additive, level: float) -> Box:
    """Return the range of the standard error the limits imply; the low end is 0 where the limits' boxes overlap."""
    twice = 2.0 * critical_value(level)
    return Box(max(effect.upper.lo - effect.lower.hi, 0.0) / twice, max(effect.upper.hi - effect.lower.lo, 0.0) / twice)


def z_range(effect: Additive, level: float, null: float = 0.0) -> Box:
    """Return the range of (estimate - null) / standard error."""
    se = se_range(effect, level)
    low, high = effect.estimate.lo - null, effect.estimate.hi - null
    return Box(_ratio(low, se.lo if low < 0 else se.hi), _ratio(high, se.hi if high < 0 else se.lo))


def _ratio(numerator: float, denominator: float) -> float:
    if denominator > 0.0:
        return numerator / denominator
    return math.copysign(math.inf, numerator) if numerator else 0.0


def lower_tail(z: float) -> float:
    """Return the standard normal probability below z, accurate far into the tail."""
    return 0.5 * math.erfc(-z / _ROOT_2)


def quantile(probability: float) -> float:
    """Return the standard normal quantile; 0 and 1 give the infinities."""
    if probability <= 0.0:
        return -math.inf
    return _NORMAL.inv_cdf(probability) if probability < 1.0 else math.inf


def p_range(z: Box, sides: Sides) -> Box:
    """Return the range of p for a range of z, where negative z favours the experimental arm."""
    if sides is Sides.TWO:
        size = absolute(z)
        return Box(2.0 * lower_tail(-size.hi), 2.0 * lower_tail(-size.lo))
    if sides is Sides.ONE_BENEFIT:
        return Box(lower_tail(z.lo), lower_tail(z.hi))
    return Box(lower_tail(-z.hi), lower_tail(-z.lo))


def absolute(z: Box) -> Box:
    """Return the range of the absolute value."""
    if z.lo <= 0.0 <= z.hi:
        return Box(0.0, max(-z.lo, z.hi))
    return Box(min(abs(z.lo), abs(z.hi)), max(abs(z.lo), abs(z.hi)))


def _as_z(probability: float, sides: Sides) -> float:
    """Return the z (its size, when two-sided) that a p value states."""
    if sides is Sides.TWO:
        return -quantile(probability / 2.0)
    return quantile(probability) if sides is Sides.ONE_BENEFIT else -quantile(probability)


def read_p(p: Printed, z: Box, level: float, sides: Sides, *, against_margin: bool = False) -> Reading:
    """Compare a printed p with the range implied by z (negative favours the experimental arm).

    The gap is measured from the printed value itself, or from the nearer end where a bound was printed ("<0.001").
    """
    implied = p_range(z, sides)
    if p.lo <= implied.hi + _TOUCH and implied.lo <= p.hi + _TOUCH:
        return Reading(level, sides, against_margin, implied, 0.0)
    above = p.lo > implied.hi
    # "0.000" and "1.00" have infinite z: their boxes speak for them.
    point = p.value if 0.0 < p.value < 1.0 else (p.lo if above else p.hi)
    stated = _as_z(point, sides)
    size = absolute(z) if sides is Sides.TWO else z
    gap = max(size.lo - stated, stated - size.hi, 0.0)
    return Reading(level, sides, against_margin, implied, gap)


def all_readings(
    p: Printed, effect: Additive, level: float, margin: float | None = None, *, lower_is_better: bool = True
) -> Iterator[Reading]:
    """Yield every reading: the stated level first, then the usual ones; each sidedness; against the margin if any.

    Parameters
    ----------
    margin : non-inferiority margin on the additive scale
    """
    # z is proportional to the critical value, so one division serves every level.
    units = [
        (orient(z_range(effect, _UNIT_LEVEL, null), lower_is_better=lower_is_better), null != 0.0)
        for null in ((0.0,) if margin is None else (0.0, margin))
    ]
    for tried in (level, *(usual for usual in USUAL_LEVELS if usual != level)):
        factor = critical_value(tried)
        for unit, against_margin in units:
            z = Box(unit.lo * factor, unit.hi * factor)
            for sides in Sides:
                yield read_p(p, z, tried, sides, against_margin=against_margin)


def orient(z: Box, *, lower_is_better: bool) -> Box:
    """Turn z so that negative favours the experimental arm."""
    return z if lower_is_better else Box(-z.hi, -z.lo)


def implied_level(p: Printed, effect: Additive, sides: Sides, *, lower_is_better: bool = True) -> Box | None:
    """Return the range of coverages (percent) at which p and interval agree, None where no coverage does.

    Unbounded cases (the estimate's box holds zero, or p was printed as a bound) give an end at 0 or 100.
    """
    unit = orient(z_range(effect, _UNIT_LEVEL), lower_is_better=lower_is_better)
    stated = sorted((_as_z(p.lo, sides), _as_z(p.hi, sides)))
    if sides is Sides.TWO:
        unit = absolute(unit)
    elif unit.hi < 0.0:
        unit, stated = Box(-unit.hi, -unit.lo), [-stated[1], -stated[0]]
    if unit.lo < 0.0 or stated[1] < 0.0:
        return None
    low = max(stated[0], 0.0) / unit.hi if 0.0 < unit.hi < math.inf else 0.0
    high = stated[1] / unit.lo if unit.lo > 0.0 else math.inf
    return Box(100.0 * math.erf(low / _ROOT_2), 100.0 * math.erf(high / _ROOT_2))
