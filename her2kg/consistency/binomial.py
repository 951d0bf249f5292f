r"""The binomial tail and the intervals people print beside a percentage.

The tail is the regularised incomplete beta function, P(X >= k) = I\ :sub:`p`\ (k, n - k + 1), by the continued fraction
of Lentz's method (Press et al., Numerical Recipes, 3rd ed., section 6.4). Intervals, with share x = k / n and critical
value z:

* exact: Clopper, Pearson. Biometrika 1934;26:404
* Wilson, with and without continuity correction: Newcombe. Stat Med 1998;17:857, methods 3 and 4
* Wald: x -+ z sqrt(x (1 - x) / n), cut to [0, 1]
* Agresti-Coull, Jeffreys: Brown, Cai, DasGupta. Stat Sci 2001;16:101
* mid-p: Berry, Armitage. Statistician 1995;44:417
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from her2kg.consistency.printed import Box
from her2kg.consistency.ranges import critical_value

_TINY = 1e-300
_STEPS = 10_000
_PRECISE = 1e-15
_SLACK = 1e-9


def beta_share(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b).

    Parameters
    ----------
    x : in [0, 1]
    a, b : above zero

    Examples
    --------
    >>> round(beta_share(0.3, 2, 5), 6)
    0.579825
    """
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - _beta_low(1.0 - x, b, a)
    return _beta_low(x, a, b)


def _beta_low(x: float, a: float, b: float) -> float:
    """Return I_x(a, b) where the fraction converges fast, x at or below (a + 1) / (a + b + 2)."""
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > _TINY else _TINY)
    fraction = d
    for m in range(1, _STEPS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 + term * d
            d = 1.0 / (d if abs(d) > _TINY else _TINY)
            c = 1.0 + term / c
            c = c if abs(c) > _TINY else _TINY
            fraction *= c * d
        if abs(c * d - 1.0) < _PRECISE:
            break
    return math.exp(front) * fraction / a


def at_least(k: int, n: int, share: float) -> float:
    """Return the binomial probability of `k` or more events among `n`, each with probability `share`."""
    if k <= 0:
        return 1.0
    return beta_share(share, k, n - k + 1.0) if k <= n else 0.0


def at_most(k: int, n: int, share: float) -> float:
    """Return the binomial probability of `k` or fewer events among `n`."""
    return at_least(n - k, n, 1.0 - share)


def exact_tail(k: int, n: int, share: float) -> float:
    """Return the tail whose value is half of alpha at the lower limit of the exact interval; rises with the share."""
    return at_least(k, n, share)


def mid_p_tail(k: int, n: int, share: float) -> float:
    """Return the same for the mid-p interval: half the probability of the observed count belongs to the tail."""
    return 0.5 * (at_least(k, n, share) + at_least(k + 1, n, share))


def jeffreys_tail(k: int, n: int, share: float) -> float:
    """Return the same for the Jeffreys interval: the posterior below the share, prior Beta(1/2, 1/2)."""
    return beta_share(share, k + 0.5, n - k + 0.5)


def _solve(rising: Callable[[float], float], target: float) -> float:
    """Return where a rising function on [0, 1] reaches the target: false position, halving when one end sticks."""
    low, high = 0.0, 1.0
    below, above = rising(low) - target, rising(high) - target
    for step in range(200):
        if high - low < _PRECISE:
            break
        middle = low - below * (high - low) / (above - below)
        if step % 3 == 2 or not low < middle < high:
            middle = 0.5 * (low + high)
        value = rising(middle) - target
        if abs(value) <= _PRECISE * 10.0 * target:
            return middle
        if value < 0.0:
            low, below, above = middle, value, above * (0.5 if value * below > 0.0 else 1.0)
        else:
            high, above, below = middle, value, below * (0.5 if value * above > 0.0 else 1.0)
    return 0.5 * (low + high)


def _interval(tail: Callable[[int, int, float], float], k: int, n: int, level: float) -> Box:
    """Return the interval of a tail; the upper limit is the lower one of the patients without the event."""
    half_alpha = 0.5 - level / 200.0
    low = 0.0 if k == 0 else _solve(lambda share: tail(k, n, share), half_alpha)
    high = 1.0 if k == n else 1.0 - _solve(lambda share: tail(n - k, n, share), half_alpha)
    return Box(low, high)


def exact_interval(k: int, n: int, level: float) -> Box:
    """Return the Clopper-Pearson interval as shares; `level` in percent, 0 <= k <= n, n >= 1.

    Examples
    --------
    >>> [round(100 * end, 1) for end in exact_interval(19, 44, 95.0)]
    [28.3, 59.0]
    """
    return _interval(exact_tail, k, n, level)


def mid_p_interval(k: int, n: int, level: float) -> Box:
    """Return the mid-p interval as shares."""
    return _interval(mid_p_tail, k, n, level)


def jeffreys_interval(k: int, n: int, level: float) -> Box:
    """Return the Jeffreys interval as shares, with its ends at 0 and 1 for no and for all events."""
    return _interval(jeffreys_tail, k, n, level)


def wilson_interval(k: int, n: int, level: float) -> Box:
    """Return the Wilson score interval as shares.

    Examples
    --------
    >>> [round(100 * end, 1) for end in wilson_interval(19, 44, 95.0)]
    [29.7, 57.8]
    """
    z = critical_value(level)
    middle, half = k + 0.5 * z * z, z * math.sqrt(k * (n - k) / n + 0.25 * z * z)
    return _cut(Box((middle - half) / (n + z * z), (middle + half) / (n + z * z)))


def corrected_wilson_interval(k: int, n: int, level: float) -> Box:
    """Return the Wilson interval with continuity correction as shares."""
    z = critical_value(level)
    x, base = k / n, 2.0 * (n + z * z)
    low = high = 0.0
    if k > 0:
        low = (2 * k + z * z - 1 - z * math.sqrt(z * z - 2 - 1 / n + 4 * x * (n * (1 - x) + 1))) / base
    if k < n:
        high = (2 * k + z * z + 1 + z * math.sqrt(z * z + 2 - 1 / n + 4 * x * (n * (1 - x) - 1))) / base
    return _cut(Box(low, high if k < n else 1.0))


def wald_interval(k: int, n: int, level: float) -> Box:
    """Return the Wald interval as shares, cut to [0, 1]."""
    half = critical_value(level) * math.sqrt(k * (n - k) / n) / n
    return _cut(Box(k / n - half, k / n + half))


def agresti_coull_interval(k: int, n: int, level: float) -> Box:
    """Return the Agresti-Coull interval as shares, cut to [0, 1]."""
    z = critical_value(level)
    size = n + z * z
    share = (k + 0.5 * z * z) / size
    half = z * math.sqrt(share * (1.0 - share) / size)
    return _cut(Box(share - half, share + half))


def _cut(box: Box) -> Box:
    return Box(max(box.lo, 0.0), min(box.hi, 1.0))


FORMULAS: Mapping[str, Callable[[int, int, float], Box]] = MappingProxyType(
    {
        "Wilson": wilson_interval,
        "Wald": wald_interval,
        "Agresti-Coull": agresti_coull_interval,
        "Wilson with continuity correction": corrected_wilson_interval,
    }
)
"""Methods that give an interval at once."""

TAILS: Mapping[str, Callable[[int, int, float], float]] = MappingProxyType(
    {"exact": exact_tail, "mid-p": mid_p_tail, "Jeffreys": jeffreys_tail}
)
"""Methods whose limits solve an equation; whether a limit lies in a box is known from the tail at both ends."""


def fitting_methods(k: int, n: int, low: Box, high: Box, levels: Sequence[float]) -> Iterator[tuple[float, str]]:
    """Yield the levels (percent) and methods whose interval has its ends in two boxes of shares.

    The cheap methods come first, at the first level, so that a caller who only asks whether anything fits is done soon.
    The tails are evaluated at the ends of the boxes, once for all levels, instead of being inverted for each.
    """
    for level in levels[:1]:
        yield from _fitting_formulas(k, n, low, high, level)
    for name, tail in TAILS.items():
        below = _bracket(tail, k, n, low)
        fitting = [level for level in levels if _holds(below, 0.5 - level / 200.0)]
        if fitting:
            above = _bracket(tail, n - k, n, Box(1.0 - high.hi, 1.0 - high.lo))
            yield from ((level, name) for level in fitting if _holds(above, 0.5 - level / 200.0))
    for level in levels[1:]:
        yield from _fitting_formulas(k, n, low, high, level)


def _fitting_formulas(k: int, n: int, low: Box, high: Box, level: float) -> Iterator[tuple[float, str]]:
    for name, method in FORMULAS.items():
        interval = method(k, n, level)
        if _holds(low, interval.lo) and _holds(high, interval.hi):
            yield level, name


def _bracket(tail: Callable[[int, int, float], float], k: int, n: int, box: Box) -> Box:
    """Return the tail at both ends of a box; without events the lower limit is 0 at every level."""
    if k == 0:
        return Box(0.0, 1.0) if box.lo <= _SLACK else Box(2.0, 2.0)
    return Box(tail(k, n, box.lo), tail(k, n, box.hi))


def _holds(box: Box, value: float) -> bool:
    return box.lo - _SLACK <= value <= box.hi + _SLACK


INTERVALS: Mapping[str, Callable[[int, int, float], Box]] = MappingProxyType(
    {**FORMULAS, "exact": exact_interval, "mid-p": mid_p_interval, "Jeffreys": jeffreys_interval}
)
"""Every method by name."""
