r"""How much studies differ: Q, tau\ :sup:`2` by four estimators, its Q-profile interval, I\ :sup:`2` and H\ :sup:`2`.

With weights w\ :sub:`i` = 1/(v\ :sub:`i` + t), their mean m(t) = sum w y / sum w and the generalised statistic
Q(t) = sum w (y - m)\ :sup:`2`:

* Q = Q(0). Cochran. Biometrics 1954;10:101
* DL: t = max(0, (Q - (k - 1)) / C), C = sum w - sum w\ :sup:`2` / sum w at t = 0. DerSimonian, Laird. Control Clin
  Trials 1986;7:177
* PM: the t with Q(t) = k - 1, 0 where Q(0) < k - 1. Paule, Mandel. J Res Natl Bur Stand 1982;87:377
* REML: the t >= 0 with the greatest restricted likelihood, -2 l(t) = sum ln(v + t) + ln sum w + Q(t). Harville. J Am
  Stat Assoc 1977;72:320; Viechtbauer. J Educ Behav Stat 2005;30:261
* interval of t: Q(t) at the quantiles of chi-squared with k - 1 degrees of freedom. Viechtbauer. Stat Med 2007;26:37
* with the typical variance s = (k - 1) / C: I\ :sup:`2` = t / (t + s), H\ :sup:`2` = t / s + 1; for the equal-effect
  model I\ :sup:`2` = max(0, 1 - (k - 1) / Q), H\ :sup:`2` = Q / (k - 1). Higgins, Thompson. Stat Med 2002;21:1539

These are the definitions of R metafor (`rma.uni`, `confint`). REML is found as the greatest of all maxima, not by
steps from a start, so it does not depend on a tolerance and does not stop at a lesser maximum. Sums are exact
(`math.fsum`), so the order of studies makes no difference.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from her2kg.synthesis.distributions import chi2_quantile

_GRID = 240


class Weighted(NamedTuple):
    """Sums at one value of tau2: weights, their sum, the weighted mean, and Q around it."""

    weights: tuple[float, ...]
    total: float
    mean: float
    q: float


class Range(NamedTuple):
    """A closed interval."""

    lower: float
    upper: float


def weigh(yi: Sequence[float], vi: Sequence[float], tau2: float = 0.0) -> Weighted:
    """Return inverse-variance weights at a tau2 and what follows from them."""
    weights = tuple(1.0 / (v + tau2) for v in vi)
    total = math.fsum(weights)
    # Around a middle value, so that a common shift of all studies does not cost digits.
    centre = math.fsum(yi) / len(yi)
    mean = centre + math.fsum(w * (y - centre) for w, y in zip(weights, yi, strict=True)) / total
    return Weighted(weights, total, mean, math.fsum(w * (y - mean) ** 2 for w, y in zip(weights, yi, strict=True)))


def _contrast(vi: Sequence[float]) -> float:
    """Return C = sum w - sum w^2 / sum w at tau2 = 0, as sum w (1 - w / sum w) so that no digits cancel."""
    weights = [1.0 / v for v in vi]
    total = math.fsum(weights)
    return (
        math.fsum(w * math.fsum(other for j, other in enumerate(weights) if j != i) for i, w in enumerate(weights))
        / total
    )


def typical_variance(vi: Sequence[float]) -> float:
    """Return the sampling variance of a typical study, for I2 and H2; two studies or more."""
    return (len(vi) - 1) / _contrast(vi)


def dersimonian_laird(yi: Sequence[float], vi: Sequence[float]) -> float:
    """Return tau2 by the method of moments, cut at zero."""
    return max(0.0, (weigh(yi, vi).q - (len(yi) - 1)) / _contrast(vi))


def solve_q(yi: Sequence[float], vi: Sequence[float], target: float) -> float:
    """Return the tau2 >= 0 at which Q(tau2) falls to a target above zero; 0 where it lies below it already."""
    if weigh(yi, vi).q <= target:
        return 0.0
    high = _spread(yi, vi)
    while weigh(yi, vi, high).q > target:
        high *= 4.0
    return _halve(lambda t: weigh(yi, vi, t).q - target, high)


def paule_mandel(yi: Sequence[float], vi: Sequence[float]) -> float:
    """Return tau2 at which Q equals its degrees of freedom, cut at zero."""
    return solve_q(yi, vi, len(yi) - 1.0)


def restricted_likelihood(yi: Sequence[float], vi: Sequence[float], tau2: float) -> float:
    """Return the restricted log-likelihood at a tau2, without its constant."""
    at = weigh(yi, vi, tau2)
    return -0.5 * (math.fsum(math.log(v + tau2) for v in vi) + math.log(at.total) + at.q)


def _score(yi: Sequence[float], vi: Sequence[float], tau2: float) -> float:
    """Return twice the slope of the restricted log-likelihood."""
    at = weigh(yi, vi, tau2)
    squares = math.fsum(w * w for w in at.weights)
    pulled = math.fsum((w * (y - at.mean)) ** 2 for w, y in zip(at.weights, yi, strict=True))
    return pulled - at.total + squares / at.total


def restricted_maximum_likelihood(yi: Sequence[float], vi: Sequence[float]) -> float:
    """Return tau2 with the greatest restricted likelihood.

    The slope is evaluated on a grid, even in the logarithm of tau2; every fall through zero is a maximum and is found
    by halving. The greatest of them and zero is returned. No maximum lies above sum (y - mean)^2: there the slope is
    below zero.
    """
    top = _spread(yi, vi)
    while _score(yi, vi, top) > 0.0:
        top *= 4.0
    bottom = min(vi) * 1e-6
    ratio = (top / bottom) ** (1.0 / _GRID)
    points = [0.0, *(bottom * ratio**step for step in range(_GRID)), top]
    slopes = [_score(yi, vi, point) for point in points]
    falls = [i for i in range(len(points) - 1) if slopes[i] > 0.0 >= slopes[i + 1]]
    maxima = [_halve(lambda t: _score(yi, vi, t), points[i + 1], points[i]) for i in falls]
    return max((0.0, *maxima), key=lambda t: restricted_likelihood(yi, vi, t))


def q_profile(yi: Sequence[float], vi: Sequence[float], level: float) -> Range | None:
    """Return the Q-profile interval of tau2 at a coverage in percent; None where it is empty.

    It is empty where the studies agree so well that even tau2 = 0 is rejected as too much; metafor prints the null set.
    """
    freedom = len(yi) - 1
    tail = 0.5 - level / 200.0
    if weigh(yi, vi).q < chi2_quantile(tail, freedom):
        return None
    return Range(solve_q(yi, vi, chi2_quantile(1.0 - tail, freedom)), solve_q(yi, vi, chi2_quantile(tail, freedom)))


def _spread(yi: Sequence[float], vi: Sequence[float]) -> float:
    """Return a value well above any usual tau2."""
    return 4.0 * (max(yi) - min(yi)) ** 2 + max(vi)


def _halve(falling: Callable[[float], float], high: float, low: float = 0.0) -> float:
    """Return where a function falls through zero between two points, to the last digit."""
    while True:
        middle = 0.5 * (low + high)
        if not low < middle < high:
            return middle
        low, high = (middle, high) if falling(middle) > 0.0 else (low, middle)
