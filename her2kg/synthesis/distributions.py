r"""Chi-squared and Student's t, by the standard library alone.

The chi-squared distribution with f degrees of freedom is the regularised incomplete gamma function P(f/2, q/2): its
series below a + 1, Lentz's continued fraction above (Press et al., Numerical Recipes, 3rd ed., section 6.2). Student's
t and its critical values are those of `her2kg.consistency.student`, the normal ones of `her2kg.consistency.ranges`.
"""

import math
from functools import lru_cache

from her2kg.consistency.ranges import critical_value, lower_tail
from her2kg.consistency.student import t_critical_value, t_tail

_TINY = 1e-300
_STEPS = 100_000
_PRECISE = 1e-16


def _gamma_series(a: float, x: float) -> float:
    """Return P(a, x) by its series, which converges fast for x < a + 1."""
    term = total = 1.0 / a
    for n in range(1, _STEPS):
        term *= x / (a + n)
        total += term
        if term < total * _PRECISE:
            break
    return total * math.exp(a * math.log(x) - x - math.lgamma(a))


def _gamma_fraction(a: float, x: float) -> float:
    """Return Q(a, x) = 1 - P(a, x) by its continued fraction, which converges fast for x >= a + 1."""
    b = x + 1.0 - a
    c = 1.0 / _TINY
    d = 1.0 / b
    fraction = d
    for n in range(1, _STEPS):
        numerator = -n * (n - a)
        b += 2.0
        d = numerator * d + b
        d = 1.0 / (d if abs(d) > _TINY else _TINY)
        c = b + numerator / c
        c = c if abs(c) > _TINY else _TINY
        step = c * d
        fraction *= step
        if abs(step - 1.0) < _PRECISE:
            break
    return fraction * math.exp(a * math.log(x) - x - math.lgamma(a))


def chi2_above(q: float, freedom: int) -> float:
    """Return the probability above `q` of chi-squared with so many degrees of freedom.

    Examples
    --------
    >>> round(chi2_above(3.841459, 1), 6)
    0.05
    """
    a, x = freedom / 2.0, q / 2.0
    if x <= 0.0:
        return 1.0
    if math.isinf(x):
        return 0.0
    return 1.0 - _gamma_series(a, x) if x < a + 1.0 else _gamma_fraction(a, x)


def chi2_below(q: float, freedom: int) -> float:
    """Return the probability below `q`, accurate far into the lower tail."""
    a, x = freedom / 2.0, q / 2.0
    if x <= 0.0:
        return 0.0
    if math.isinf(x):
        return 1.0
    return _gamma_series(a, x) if x < a + 1.0 else 1.0 - _gamma_fraction(a, x)


@lru_cache(maxsize=256)
def chi2_quantile(probability: float, freedom: int) -> float:
    """Return the `q` below which chi-squared falls with a probability in (0, 1), by halving.

    Examples
    --------
    >>> round(chi2_quantile(0.975, 4), 6)
    11.143287
    """
    low, high = 0.0, float(freedom)
    while chi2_below(high, freedom) < probability:
        low, high = high, 2.0 * high
    while high - low > 1e-15 * high:
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        low, high = (middle, high) if chi2_below(middle, freedom) < probability else (low, middle)
    return 0.5 * (low + high)


def half_width_factor(level: float, freedom: int | None) -> float:
    """Return the two-sided critical value of a coverage in percent: normal, or t where degrees of freedom are given."""
    return critical_value(level) if freedom is None else t_critical_value(level, freedom)


def two_sided_p(statistic: float, freedom: int | None) -> float:
    """Return the two-sided p value of a z statistic, or of a t statistic where degrees of freedom are given."""
    size = -abs(statistic)
    return 2.0 * (lower_tail(size) if freedom is None else t_tail(size, freedom))
