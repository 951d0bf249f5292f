"""Every rule: what it asks, how loudly it can speak, and an estimate that passes and one that fails.

The rules that carry a number in ``../docs/checks.md`` (R1 to R9) follow the specification of this project; see there
for the formulas.
"""

from collections.abc import Mapping
from types import MappingProxyType

from her2kg.consistency.findings import Rule, Severity

_INFO, _WARNING, _ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR
_TOGA = {"measure": "HR", "estimate": "0.74", "lower": "0.60", "upper": "0.91", "level": "95", "p": "0.0046"}


def _example(base: Mapping[str, str] | None = None, **changes: str) -> Mapping[str, str]:
    return MappingProxyType({**(base or {}), **changes})


_ALL = (
    Rule(
        "field-readable",
        "Every field can be read",
        (_WARNING,),
        "A text that stands where a number, a unit or a sidedness is expected, and is neither that nor one of the "
        "usual words for a missing value (NR, NE, NA, NS, a dash).",
        _example(_TOGA, p="NS"),
        _example(_TOGA, p="see text"),
    ),
    Rule(
        "value-possible",
        "Every number is one its kind can take",
        (_ERROR,),
        "A ratio or a time lies above zero, a p value between 0 and 1, a percentage between 0 and 100, a coverage "
        "between 0 and 100%, and a count is a whole number.",
        _example(_TOGA),
        _example(_TOGA, p="4.6"),
    ),
    Rule(
        "measure-known",
        "The measure is named and known",
        (_INFO,),
        "Whether no difference lies at 1 or at 0 depends on the measure. Without it only the order of estimate and "
        "limits is checked; nothing is guessed.",
        _example(_TOGA, measure="hazard ratio"),
        _example(_TOGA, measure=""),
    ),
    Rule(
        "estimate-inside-interval",
        "An estimate lies inside its own interval (R1)",
        (_ERROR,),
        "Lower limit, estimate and upper limit are in order for some values that round to what is printed. It holds "
        "for every estimate with an interval: ratios, differences, medians, percentages and rates.",
        _example(measure="median", estimate="2.9", lower="2.3", upper="3.4"),
        _example(measure="median", estimate="2.1", lower="2.3", upper="3.4"),
    ),
    Rule(
        "interval-symmetric",
        "A Wald interval has its estimate in the middle (R2)",
        (_WARNING, _INFO),
        "On the logarithmic scale for ratios and on the printed scale for differences. It speaks only when no values "
        "that round to the three numbers are symmetric, and as an info for risk differences, whose usual intervals are "
        "skewed. Profile likelihood, exact and bootstrap intervals are honest exceptions.",
        _example(measure="OR", estimate="2.10", lower="1.20", upper="3.68"),
        _example(measure="OR", estimate="2.60", lower="1.20", upper="3.68"),
    ),
    Rule(
        "p-fits-interval",
        "The p value lies in the range the interval implies (R3 to R7)",
        (_WARNING, _INFO),
        "Estimate and limits imply a range of p. A printed p outside it is an info up to a distance of 0.10 in z, "
        "since the p is often from a log-rank or stratified test and the interval from a Cox model, and a warning "
        "beyond. The finding names every usual level (80, 90, 95, 97.5, 99%, and the printed one) and sidedness "
        "that would fit.",
        _example(_TOGA),
        _example(measure="HR", estimate="0.91", lower="0.67", upper="1.22", level="95", p="0.33"),
    ),
    Rule(
        "decision-agrees",
        "Interval and two-sided p decide alike (R8)",
        (_ERROR, _WARNING),
        "An interval excludes no difference exactly when the two-sided p lies below 1 - coverage. It speaks only where "
        "rounding leaves both decidable and p is not one-sided: as an error where p does not fit the interval either, "
        "as a warning where the two are within 0.10 in z. It stands in for the finding of p-fits-interval.",
        _example(_TOGA, sides="two"),
        _example(_TOGA, sides="two", p="0.2"),
    ),
    Rule(
        "decision-decidable",
        "No limit rounds to the value that decides (R8)",
        (_INFO,),
        "A limit printed as 1.00 stands for 0.995 to 1.005: whether the interval excludes 1 cannot be told. The same "
        "holds for a limit that rounds to a non-inferiority margin. Never a defect, but no verdict may rest on it.",
        _example(measure="HR", estimate="0.82", lower="0.68", upper="0.99", level="95", p="0.0381"),
        _example(measure="HR", estimate="0.84", lower="0.71", upper="1.00", level="95", p="0.057"),
    ),
    Rule(
        "medians-match-ratio",
        "The medians say what the hazard ratio says (R9)",
        (_INFO, _WARNING),
        "With exponential survival the hazard ratio is the inverse ratio of the medians. An info beyond 2 standard "
        "errors at the printed values; a warning where no rounding and no Weibull shape from 0.7 to 1.5 brings them "
        "within 3. Survival curves that are not exponential or cross are honest reasons.",
        _example(_TOGA, median_experimental="13.8", median_control="11.1"),
        _example(_TOGA, median_experimental="13.8", median_control="7.1"),
    ),
    Rule(
        "medians-in-arm-order",
        "The medians are in the arm order of the hazard ratio (R9)",
        (_INFO, _WARNING),
        "The hazard ratio favours one arm, the medians the other, at least 1 standard error apart, and swapping the "
        "medians at least halves the distance: the arms are possibly printed in the other order. A warning under the "
        "same condition as for medians-match-ratio. It stands in for the finding of that rule.",
        _example(_TOGA, median_experimental="13.8", median_control="11.1"),
        _example(_TOGA, median_experimental="11.1", median_control="13.8"),
    ),
    Rule(
        "units-agree",
        "The medians of the two arms stand in one unit",
        (_WARNING,),
        "Weeks beside months. Where both are known, the medians are converted before they are compared with the hazard "
        "ratio.",
        _example(median_experimental="16", unit_experimental="weeks", median_control="14", unit_control="weeks"),
        _example(median_experimental="16", unit_experimental="weeks", median_control="3.2", unit_control="months"),
    ),
    Rule(
        "count-within-denominator",
        "There are no more events than patients",
        (_ERROR,),
        "A count of patients cannot exceed the patients counted among.",
        _example(events="19", n="44"),
        _example(events="44", n="19"),
    ),
    Rule(
        "percentage-matches-count",
        "A percentage is its count divided by its denominator",
        (_WARNING, _INFO),
        "19 of 44 is 43.2%. An info where the number was merely cut off instead of rounded. Kaplan-Meier and adjusted "
        "percentages are honest exceptions.",
        _example(measure="percentage", estimate="43.2", events="19", n="44"),
        _example(measure="percentage", estimate="41.2", events="19", n="44"),
    ),
    Rule(
        "percentage-fits-denominator",
        "Some whole number of patients gives the percentage",
        (_WARNING, _INFO),
        "88.6% of 37 is no number of patients: 32 of 37 is 86.5% and 33 of 37 is 89.2%. The finding names the nearest "
        "denominators that fit, here 31 of 35. An info where the number was merely cut off instead of rounded.",
        _example(measure="percentage", estimate="88.6", n="35"),
        _example(measure="percentage", estimate="88.6", n="37"),
    ),
    Rule(
        "interval-matches-count",
        "The interval of a percentage is one that a usual method gives",
        (_WARNING, _INFO),
        "Exact (Clopper-Pearson), Wilson with and without continuity correction, Wald, Agresti-Coull, Jeffreys and "
        "mid-p intervals are recomputed from the count. The finding names methods that fit at another level. An info "
        "where a method is within one unit of the last digit.",
        _example(measure="percentage", estimate="43.2", events="19", n="44", lower="28.3", upper="59.0"),
        _example(measure="percentage", estimate="43.2", events="19", n="44", lower="26.3", upper="59.0"),
    ),
    Rule(
        "arms-sum-to-enrolment",
        "The arms add up to the patients enrolled",
        (_WARNING, _INFO),
        "A warning where the arms have more patients than the trial, an info where they have fewer: an analysis set "
        "leaves patients out, and a trial may have a further arm.",
        _example(n_experimental="298", n_control="296", enrolled="594"),
        _example(n_experimental="298", n_control="296", enrolled="584"),
    ),
)

RULES: Mapping[str, Rule] = MappingProxyType({rule.id: rule for rule in _ALL})
"""Every rule by id, in the order of the checks."""
