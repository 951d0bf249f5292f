r"""One study's estimate on the log scale, from the numbers as printed.

With estimate h, limits l and u and the critical value z\ :sub:`c` of the interval's own level:

* y = ln h
* standard error = (ln u - ln l) / (2 z\ :sub:`c`); v is its square

Source: Parmar, Torri, Stewart. Stat Med 1998;17:2815; Cochrane Handbook 6.5, section 6.3.2. Because each interval is
read with its own level, intervals of 80% and 95% can stand in one synthesis; what was rescaled is said in `notes`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from her2kg.consistency.errors import PrintedNumberError
from her2kg.consistency.printed import Domain, Printed, parse_printed
from her2kg.consistency.ranges import Additive, critical_value, is_symmetric, log_box
from her2kg.synthesis.errors import EstimateError

if TYPE_CHECKING:
    from collections.abc import Iterable

USUAL_LEVEL = 95.0
"""Coverage (percent) that needs no remark."""

RATIOS = {"HR": "hazard ratio", "OR": "odds ratio", "RR": "risk ratio"}
"""Measures that can be pooled, all on the log scale."""


@dataclass(frozen=True, slots=True)
class StudyEstimate:
    """One comparison of one study on one endpoint in one population.

    Parameters
    ----------
    label : how the study is called in tables, unique within a synthesis
    measure : key of `RATIOS`
    yi, vi : natural logarithm of the ratio and its variance
    value_text, lower_text, upper_text : as printed, empty where the estimate was made from numbers
    level : coverage of the printed interval, percent
    n : patients in the population
    line : line of therapy
    setting : "advanced disease", "perioperative"
    agents : what the experimental arm has and the control arm lacks; sorted labels
    control : what the control arm gives, placebo aside; sorted labels
    regimen : everything the experimental arm gives; tells "added to the control" from "in its place"
    population_of : the populations of the same study that hold this one, nearest first
    design : class of the study, such as "randomised trial"
    date : day on which the estimate became known, ISO
    study, comparison, population_id, report : identity in the graph (CURIE); `study` is the label where there is none
    notes : what a reader must be told of this estimate
    """

    label: str
    measure: str
    yi: float
    vi: float
    value_text: str = ""
    lower_text: str = ""
    upper_text: str = ""
    level: float = USUAL_LEVEL
    n: int | None = None
    line: str = ""
    agents: tuple[str, ...] = ()
    control: tuple[str, ...] = ()
    regimen: tuple[str, ...] = ()
    endpoint: str = ""
    population: str = ""
    population_of: tuple[str, ...] = ()
    design: str = ""
    setting: str = ""
    role: str = ""
    date: str = ""
    source: str = ""
    source_id: str = ""
    locator: str = ""
    study: str = ""
    comparison: str = ""
    population_id: str = ""
    report: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.measure not in RATIOS:
            raise EstimateError(f"{self.label}: no ratio measure {self.measure!r}; known: {', '.join(RATIOS)}")
        if not (math.isfinite(self.yi) and math.isfinite(self.vi) and self.vi > 0.0):
            raise EstimateError(
                f"{self.label}: needs a finite logarithm and a variance above zero, not {self.yi}, {self.vi}"
            )
        if not self.study:
            object.__setattr__(self, "study", self.label)

    @property
    def sei(self) -> float:
        """Standard error of `yi`."""
        return math.sqrt(self.vi)

    @property
    def ratio(self) -> float:
        """The ratio itself."""
        return math.exp(self.yi)

    def limits(self, level: float = USUAL_LEVEL) -> tuple[float, float]:
        """Return the limits of the ratio at a coverage in percent, computed from `yi` and `vi`."""
        half = critical_value(level) * self.sei
        return math.exp(self.yi - half), math.exp(self.yi + half)


def from_printed(
    label: str,
    value: str,
    lower: str,
    upper: str,
    *,
    level: float = USUAL_LEVEL,
    measure: str = "HR",
    n: int | None = None,
    line: str = "",
    agents: Iterable[str] = (),
    control: Iterable[str] = (),
    endpoint: str = "",
    population: str = "",
    date: str = "",
    source: str = "",
    study: str = "",
) -> StudyEstimate:
    """Return the estimate that a printed ratio with its interval stands for.

    Raises
    ------
    EstimateError : a number is missing, unreadable or a bound ("<0.5"), the limits are in the wrong order or equal, the
        estimate lies outside them even when all are taken as rounded, or the level is no percentage

    Examples
    --------
    >>> toga = from_printed("ToGA", "0.74", "0.60", "0.91")
    >>> round(toga.yi, 6), round(toga.sei, 6)
    (-0.301105, 0.106256)
    """
    if not 0.0 < level < 100.0:
        raise EstimateError(f"{label}: a level of {level} is no percentage between 0 and 100")
    h, low, high = (
        _read(label, what, text) for what, text in (("estimate", value), ("lower limit", lower), ("upper limit", upper))
    )
    if low.value >= high.value:
        raise EstimateError(f"{label}: limits {lower} and {upper} are equal or in the wrong order")
    if h.hi < low.lo or h.lo > high.hi:
        raise EstimateError(f"{label}: {value} lies outside its own interval, {lower} to {upper}")
    sei = (math.log(high.value) - math.log(low.value)) / (2.0 * critical_value(level))
    plain = StudyEstimate(
        label,
        measure,
        math.log(h.value),
        sei * sei,
        h.text,
        low.text,
        high.text,
        level,
        n,
        line,
        tuple(sorted(agents)),
        tuple(sorted(control)),
        endpoint=endpoint,
        population=population,
        date=date,
        source=source,
        study=study,
    )
    notes = []
    if level != USUAL_LEVEL:
        notes.append(
            f"{label}: the printed interval has a level of {level:g}%; "
            f"rescaled, the {USUAL_LEVEL:g}% interval is {_interval_text(plain)}"
        )
    if not is_symmetric(Additive(log_box(h.box), log_box(low.box), log_box(high.box))):
        notes.append(
            f"{label}: {value} is not in the middle of {lower} to {upper} on the log scale; the standard error from "
            "the limits is approximate"
        )
    return replace(plain, notes=tuple(notes)) if notes else plain


def _interval_text(estimate: StudyEstimate) -> str:
    low, high = estimate.limits()
    return f"{low:.2f} to {high:.2f}"


def _read(label: str, what: str, text: str) -> Printed:
    try:
        number = parse_printed(text, Domain.POSITIVE)
    except PrintedNumberError as error:
        raise EstimateError(f"{label}: {what} {error}") from None
    if number is None:
        raise EstimateError(f"{label}: no {what} printed")
    if number.operator or number.value <= 0.0:
        raise EstimateError(f"{label}: {what} {text!r} is no number above zero to compute with")
    return number
