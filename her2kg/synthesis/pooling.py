r"""Pooling of study estimates on the log scale.

With weights w\ :sub:`i` = 1/(v\ :sub:`i` + tau\ :sup:`2`), tau\ :sup:`2` = 0 in the equal-effect model:

* pooled estimate m = sum w y / sum w, variance 1 / sum w, interval from the normal distribution
* Hartung-Knapp-Sidik-Jonkman: variance sum w (y - m)\ :sup:`2` / ((k - 1) sum w), interval from t with k - 1 degrees of
  freedom. Hartung, Knapp. Stat Med 2001;20:3875; Sidik, Jonkman. Stat Med 2002;21:3153. It is narrower than the usual
  interval where the studies agree by chance (Q(tau\ :sup:`2`) < k - 1); that is said in a note, never changed silently.
* prediction interval m -+ c sqrt(tau\ :sup:`2` + variance of m), the quantile c by a named convention, see `Prediction`

The pooled number is no verdict: verdicts come from each trial's own primary analysis.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from her2kg.synthesis.distributions import chi2_above, half_width_factor, two_sided_p
from her2kg.synthesis.errors import SynthesisError
from her2kg.synthesis.guards import admit
from her2kg.synthesis.heterogeneity import (
    Range,
    dersimonian_laird,
    paule_mandel,
    q_profile,
    restricted_maximum_likelihood,
    typical_variance,
    weigh,
)
from her2kg.synthesis.models import USUAL_LEVEL, StudyEstimate

_Kind = TypeVar("_Kind", bound=StrEnum)


class Method(StrEnum):
    """How tau2, the variance between studies, is estimated."""

    EE = "ee"
    DL = "dl"
    REML = "reml"
    PM = "pm"

    @property
    def words(self) -> str:
        """The method's name for a reader."""
        return {
            Method.EE: "equal effect",
            Method.DL: "DerSimonian-Laird",
            Method.REML: "restricted maximum likelihood",
            Method.PM: "Paule-Mandel",
        }[self]


class Prediction(StrEnum):
    """Which quantile a prediction interval uses; there is no agreed one, so each result names its own.

    ``HTS``: t with k - 2 degrees of freedom. Higgins, Thompson, Spiegelhalter. J R Stat Soc A 2009;172:137; Riley,
    Higgins, Deeks. BMJ 2011;342:d549. In metafor ``predict(..., pi.type = "riley")``.

    ``SAME``: the quantile of the pooled interval, normal or, with Hartung-Knapp, t with k - 1 degrees of freedom; what
    metafor's ``predict`` gives by default.
    """

    HTS = "hts"
    SAME = "same"


_ESTIMATORS = {
    Method.DL: dersimonian_laird,
    Method.REML: restricted_maximum_likelihood,
    Method.PM: paule_mandel,
}
FEWEST = 3
"""Studies below which Hartung-Knapp and prediction intervals are refused: one degree of freedom or none is left."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """A pooled ratio. Everything named `...i` or `estimate` is on the log scale.

    Parameters
    ----------
    k : number of studies
    method : as used; `Method.EE` where there is one study, whatever was asked
    hksj : whether variance and interval are those of Hartung, Knapp, Sidik and Jonkman
    estimate, se, lower, upper : pooled logarithm, standard error, limits
    level : coverage of the intervals, percent
    statistic, p : z (or t with `freedom`) and its two-sided p value
    freedom : degrees of freedom of t, None for the normal distribution
    tau2, tau2_range : variance between studies and its Q-profile interval; the interval is None for one study and where
        it is empty (see `notes`)
    q, q_freedom, q_p : Cochran's Q, its degrees of freedom and p value
    i2, h2 : I2 in percent, and H2
    weights : share of each study in percent, in the order of the studies
    prediction : limits of the prediction interval, None where there is none
    prediction_rule : convention behind it
    notes : what a reader must be told
    """

    k: int
    measure: str
    method: Method
    hksj: bool
    level: float
    estimate: float
    se: float
    lower: float
    upper: float
    statistic: float
    p: float
    freedom: int | None
    tau2: float
    tau2_range: Range | None
    q: float
    q_freedom: int
    q_p: float
    i2: float
    h2: float
    weights: tuple[float, ...]
    prediction: Range | None
    prediction_rule: Prediction
    notes: tuple[str, ...] = ()

    @property
    def ratio(self) -> float:
        """The pooled ratio."""
        return math.exp(self.estimate)

    @property
    def limits(self) -> Range:
        """Its limits as ratios."""
        return Range(_exp(self.lower), _exp(self.upper))

    @property
    def prediction_limits(self) -> Range | None:
        """The limits of the prediction interval as ratios."""
        return None if self.prediction is None else Range(_exp(self.prediction.lower), _exp(self.prediction.upper))

    def i2_range(self, vi: Sequence[float]) -> Range | None:
        """Return the interval of I2 (percent) that follows from that of tau2; `vi` are the studies' variances."""
        if self.tau2_range is None:
            return None
        typical = typical_variance(vi)
        return Range(*(100.0 * end / (end + typical) for end in self.tau2_range))


def _exp(value: float) -> float:
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def pool(
    studies: Sequence[StudyEstimate],
    method: Method | str = Method.REML,
    *,
    hksj: bool = False,
    level: float = USUAL_LEVEL,
    prediction: Prediction | str = Prediction.HTS,
    force: bool = False,
) -> Pooled:
    """Pool estimates.

    Parameters
    ----------
    hksj : Hartung-Knapp-Sidik-Jonkman interval; for a random-effects method and three studies or more
    level : coverage of the intervals, percent
    force : pool what the guards refuse; every objection becomes a note

    Raises
    ------
    InadmissiblePoolError : different agents, controls, endpoints, measures, settings or designs, or patients counted
        twice
    SynthesisError : no study, an unknown method, Hartung-Knapp with fewer than three studies or the equal-effect model

    Examples
    --------
    >>> from her2kg.synthesis.models import from_printed
    >>> pooled = pool([from_printed("A", "0.74", "0.60", "0.91"), from_printed("B", "0.91", "0.73", "1.12")], "ee")
    >>> round(pooled.ratio, 4), [round(limit, 4) for limit in pooled.limits]
    (0.8183, [0.7048, 0.95])
    """
    return combine(studies, method, hksj=hksj, level=level, prediction=prediction, warnings=admit(studies, force=force))


def combine(
    studies: Sequence[StudyEstimate],
    method: Method | str = Method.REML,
    *,
    hksj: bool = False,
    level: float = USUAL_LEVEL,
    prediction: Prediction | str = Prediction.HTS,
    warnings: tuple[str, ...] = (),
) -> Pooled:
    """Pool estimates that were admitted already; `warnings` are passed on as notes. See `pool`."""
    method, prediction = choose(Method, method), choose(Prediction, prediction)
    if not studies:
        raise SynthesisError("nothing to pool: no study has an estimate with an interval; widen the selection")
    if not 0.0 < level < 100.0:
        raise SynthesisError(f"a level of {level} is no percentage between 0 and 100")
    k = len(studies)
    notes = [*warnings, *(note for study in studies for note in study.notes)]
    if hksj and method is Method.EE:
        raise SynthesisError("Hartung-Knapp needs a random-effects method: choose dl, reml or pm")
    if hksj and k < FEWEST:
        raise SynthesisError(
            f"Hartung-Knapp needs {FEWEST} studies or more, there {'is' if k == 1 else 'are'} {k}: leave --hksj out"
        )
    if k == 1 and method is not Method.EE:
        notes.append("one study: nothing is pooled, and heterogeneity cannot be estimated")
        method = Method.EE
    yi, vi = [study.yi for study in studies], [study.vi for study in studies]
    tau2 = 0.0 if method is Method.EE else _ESTIMATORS[method](yi, vi)
    equal, at = weigh(yi, vi), weigh(yi, vi, tau2)
    variance, freedom = 1.0 / at.total, None
    if hksj:
        usual, freedom = variance, k - 1
        variance = at.q / ((k - 1) * at.total)
        if variance <= 0.0:
            raise SynthesisError("Hartung-Knapp gives a standard error of 0, all estimates are equal: leave --hksj out")
        if variance < usual:
            notes.append("Hartung-Knapp standard error below the usual one: the studies differ less than by chance")
    se = math.sqrt(variance)
    half = half_width_factor(level, freedom) * se
    statistic = at.mean / se
    i2, h2 = _inconsistency(method, equal.q, tau2, vi)
    tau2_range = None
    if k > 1 and method is not Method.EE:
        tau2_range = q_profile(yi, vi, level)
        if tau2_range is None:
            notes.append("the interval of tau2 is empty: the studies agree better than chance would have it")
    interval = None
    if method is not Method.EE:
        if k < FEWEST:
            notes.append(f"no prediction interval: it needs {FEWEST} studies or more")
        else:
            spread = _prediction_factor(prediction, level, k, freedom) * math.sqrt(tau2 + variance)
            interval = Range(at.mean - spread, at.mean + spread)
    return Pooled(
        k=k,
        measure=studies[0].measure if len({study.measure for study in studies}) == 1 else "ratio",
        method=method,
        hksj=hksj,
        level=level,
        estimate=at.mean,
        se=se,
        lower=at.mean - half,
        upper=at.mean + half,
        statistic=statistic,
        p=two_sided_p(statistic, freedom),
        freedom=freedom,
        tau2=tau2,
        tau2_range=tau2_range,
        q=equal.q if k > 1 else 0.0,
        q_freedom=k - 1,
        q_p=chi2_above(equal.q, k - 1) if k > 1 else 1.0,
        i2=i2,
        h2=h2,
        weights=tuple(100.0 * weight / at.total for weight in at.weights),
        prediction=interval,
        prediction_rule=prediction,
        notes=tuple(dict.fromkeys(notes)),
    )


def _inconsistency(method: Method, q: float, tau2: float, vi: Sequence[float]) -> tuple[float, float]:
    """Return I2 in percent and H2, by the definition that goes with the model."""
    freedom = len(vi) - 1
    if freedom == 0:
        return 0.0, 1.0
    if method is Method.EE:
        return (max(0.0, 100.0 * (q - freedom) / q) if q > 0.0 else 0.0), q / freedom
    typical = typical_variance(vi)
    return 100.0 * tau2 / (tau2 + typical), tau2 / typical + 1.0


def _prediction_factor(rule: Prediction, level: float, k: int, freedom: int | None) -> float:
    return half_width_factor(level, k - 2 if rule is Prediction.HTS else freedom)


def choose(kind: type[_Kind], value: str) -> _Kind:
    """Return the member of an enumeration that a text names.

    Raises
    ------
    SynthesisError : it names none
    """
    try:
        return kind(value.casefold())
    except ValueError:
        known = ", ".join(member.value for member in kind)
        raise SynthesisError(f"no {kind.__name__.lower()} named {value!r}; known: {known}") from None
