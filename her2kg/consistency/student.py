"""Student's t beside the normal distribution: with few patients, p and interval of a mean come from t.

Reading such an interval with normal quantiles misplaces z by the ratio of the two critical values. The degrees of
freedom are seldom printed, so the question is whether any number of them makes p and interval agree.
"""

import math
from functools import lru_cache

from her2kg.consistency.binomial import beta_share
from her2kg.consistency.printed import Box, Printed
from her2kg.consistency.ranges import Additive, Sides, absolute, critical_value, orient, z_range

_FREEDOM = (3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 24, 28, 32, 40, 50, 60, 80, 100, 150, 200)
"""Degrees of freedom that are tried; above them t and normal differ by less than print shows."""


def t_tail(t: float, freedom: int) -> float:
    """Return the probability below `t` of Student's t with so many degrees of freedom.

    Examples
    --------
    >>> round(2 * t_tail(-2.086, 20), 4)
    0.05
    """
    if math.isinf(t):
        return 0.0 if t < 0 else 1.0
    half = 0.5 * beta_share(freedom / (freedom + t * t), freedom / 2.0, 0.5)
    return half if t <= 0 else 1.0 - half


@lru_cache(maxsize=256)
def t_critical_value(level: float, freedom: int) -> float:
    """Return the two-sided critical value of Student's t for a coverage in percent."""
    tail = 0.5 - level / 200.0
    low, high = 0.0, 1.0
    while t_tail(-high, freedom) > tail and high < 1e12:
        high *= 2.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if t_tail(-middle, freedom) > tail else (low, middle)
    return 0.5 * (low + high)


def t_p_range(effect: Additive, level: float, freedom: int, sides: Sides, *, lower_is_better: bool = True) -> Box:
    """Return the range of p when interval and p both come from Student's t."""
    z = orient(z_range(effect, level), lower_is_better=lower_is_better)
    factor = t_critical_value(level, freedom) / critical_value(level)
    t = Box(z.lo * factor, z.hi * factor)
    if sides is Sides.TWO:
        size = absolute(t)
        return Box(2.0 * t_tail(-size.hi, freedom), 2.0 * t_tail(-size.lo, freedom))
    if sides is Sides.ONE_BENEFIT:
        return Box(t_tail(t.lo, freedom), t_tail(t.hi, freedom))
    return Box(t_tail(-t.hi, freedom), t_tail(-t.lo, freedom))


def fitting_freedom(
    p: Printed, effect: Additive, level: float, sides: Sides, *, lower_is_better: bool = True
) -> int | None:
    """Return the most degrees of freedom (of those tried) at which p and interval agree, None where none does.

    Notes
    -----
    With the interval fixed, p moves in one direction as the degrees of freedom fall, so the search halves.
    """
    low, high = 0, len(_FREEDOM)
    fits = None
    rising = p.value > t_p_range(effect, level, _FREEDOM[-1], sides, lower_is_better=lower_is_better).hi
    while low < high:
        middle = (low + high) // 2
        implied = t_p_range(effect, level, _FREEDOM[middle], sides, lower_is_better=lower_is_better)
        if p.box.meets(implied):
            fits = _FREEDOM[middle]
            low = middle + 1
        elif (p.lo > implied.hi) is rising:
            # Still short of p: fewer degrees of freedom are needed.
            high = middle
        else:
            low = middle + 1
    return fits
