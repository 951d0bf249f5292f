"""Two medians beside their hazard ratio: whether they say the same, in the same arm order and the same unit.

With exponential survival the hazard ratio is the inverse ratio of the medians, so Delta = ln(median of control / median
of experimental) - ln(hazard ratio) is near zero, with a standard deviation of about 1.04 times the standard error of
ln(hazard ratio). Survival is seldom exponential, so the rule is soft: an info beyond 2 standard errors at the printed
values, a warning only where no rounding and no plausible Weibull shape brings Delta within 3.
"""

import math
from dataclasses import dataclass

from her2kg.consistency.effects import DEFAULT_LEVEL
from her2kg.consistency.findings import Finding, Severity
from her2kg.consistency.printed import Box, Printed
from her2kg.consistency.ranges import Additive, critical_value, log_box, se_range
from her2kg.consistency.wording import number

INFO_BEYOND, WARNING_BEYOND = 2.0, 3.0
"""Distance of the medians from the hazard ratio, in standard errors."""

_ORDER_FROM = 1.0
"""Below one standard error two medians may well go the other way than the hazard ratio by chance."""

_SHAPES = Box(0.7, 1.5)
"""Weibull shapes trials show: under shape k the medians differ by ln(hazard ratio) / k."""

MONTH_LENGTHS = {"days": 1.0 / 30.4375, "weeks": 7.0 / 30.4375, "months": 1.0, "years": 12.0}
"""Months in one unit of time, at 365.25 days a year."""

_UNIT_NAMES = {
    **dict.fromkeys(("d", "day", "days"), "days"),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), "weeks"),
    **dict.fromkeys(("m", "mo", "mos", "mon", "month", "months", "mth", "mths"), "months"),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), "years"),
}


def find_unit(text: str) -> str | None:
    """Return the unit of time a text names ("days", "weeks", "months", "years"), None for anything else."""
    return _UNIT_NAMES.get(text.strip().strip(".").lower())


@dataclass(frozen=True, slots=True)
class Medians:
    """The medians of two arms beside their hazard ratio.

    Parameters
    ----------
    experimental, control : time, in the unit named beside
    ratio, lower, upper : hazard ratio of experimental against control with its interval
    level : coverage of the interval in percent
    experimental_unit, control_unit : names of `MONTH_LENGTHS`, None where not stated
    """

    experimental: Printed
    control: Printed
    ratio: Printed | None = None
    lower: Printed | None = None
    upper: Printed | None = None
    level: float = DEFAULT_LEVEL
    experimental_unit: str | None = None
    control_unit: str | None = None

    @property
    def units_differ(self) -> bool:
        """Say whether both units are stated and differ."""
        return bool(self.experimental_unit and self.control_unit and self.experimental_unit != self.control_unit)

    @property
    def log_units(self) -> float:
        """The logarithm of what converts control over experimental into one unit, 0 where nothing is to convert."""
        if self.experimental_unit is None or self.control_unit is None or not self.units_differ:
            return 0.0
        return math.log(MONTH_LENGTHS[self.control_unit] / MONTH_LENGTHS[self.experimental_unit])


def check_medians(medians: Medians) -> list[Finding]:
    """Check units (``units-agree``), size (``medians-match-ratio``) and arm order (``medians-in-arm-order``).

    Returns
    -------
    Findings with an empty subject. Without an interval there is no standard error, and only the units are checked.
    """
    found = [_units(medians)] if medians.units_differ else []
    ratio, lower, upper = medians.ratio, medians.lower, medians.upper
    if ratio is None or lower is None or upper is None:
        return found
    if min(ratio.value, lower.value, medians.experimental.value, medians.control.value) <= 0.0:
        # "0.0" stands for a small positive number, and its printed value has no logarithm.
        return found
    width = math.log(upper.value) - math.log(lower.value)
    if width <= 0.0:
        return found
    se = width / (2.0 * critical_value(medians.level))
    gain = math.log(medians.control.value / medians.experimental.value) + medians.log_units
    delta, swapped = gain - math.log(ratio.value), -gain - math.log(ratio.value)
    size = abs(delta) / se
    if size < _ORDER_FROM:
        return found
    effect = Additive(log_box(ratio.box), log_box(lower.box), log_box(upper.box))
    control, experimental = log_box(medians.control.box), log_box(medians.experimental.box)
    gains = Box(control.lo - experimental.hi + medians.log_units, control.hi - experimental.lo + medians.log_units)
    surely = _least_distance(gains, effect.estimate) > WARNING_BEYOND * se_range(effect, medians.level).hi
    opposite = (gains.lo > 0.0 and effect.estimate.hi < 0.0) or (gains.hi < 0.0 and effect.estimate.lo > 0.0)
    if opposite and abs(swapped) <= 0.5 * abs(delta):
        found.append(_order(medians, size, abs(swapped) / se, surely=surely))
    elif size > INFO_BEYOND:
        found.append(_size(medians, gain, delta, se, surely=surely))
    return found


def _least_distance(gain: Box, log_ratio: Box) -> float:
    """Return the least |Delta| over the rounding boxes and the Weibull shapes."""
    implied = [
        log_ratio.lo / _SHAPES.lo,
        log_ratio.lo / _SHAPES.hi,
        log_ratio.hi / _SHAPES.lo,
        log_ratio.hi / _SHAPES.hi,
    ]
    return max(gain.lo - max(implied), min(implied) - gain.hi, 0.0)


def _inputs(medians: Medians) -> dict[str, str]:
    found = {"median_experimental": medians.experimental.text, "median_control": medians.control.text}
    if medians.experimental_unit:
        found["unit_experimental"] = medians.experimental_unit
    if medians.control_unit:
        found["unit_control"] = medians.control_unit
    for name, value in (("estimate", medians.ratio), ("lower", medians.lower), ("upper", medians.upper)):
        if value is not None:
            found[name] = value.text
    return found


def _said(medians: Medians) -> str:
    first = f"{medians.experimental.text}{f' {medians.experimental_unit}' if medians.experimental_unit else ''}"
    second = f"{medians.control.text}{f' {medians.control_unit}' if medians.control_unit else ''}"
    return f"medians {first} (experimental) and {second} (control)"


def _units(medians: Medians) -> Finding:
    return Finding(
        rule="units-agree",
        severity=Severity.WARNING,
        subject="",
        inputs=_inputs(medians),
        computed="both arms in one unit",
        computed_range=None,
        explanation=f"The {_said(medians)} stand in different units and cannot be compared as printed.",
        reasons=("one of the units is mistyped", "the two come from different sources"),
        fields=("unit_experimental", "unit_control", "median_experimental", "median_control"),
    )


def _order(medians: Medians, size: float, swapped: float, *, surely: bool) -> Finding:
    ratio = medians.ratio.text if medians.ratio else ""
    longer = "experimental" if medians.ratio and medians.ratio.value < 1.0 else "control"
    return Finding(
        rule="medians-in-arm-order",
        severity=Severity.WARNING if surely else Severity.INFO,
        subject="",
        inputs=_inputs(medians),
        computed=f"{number(size, 3)} standard errors apart as printed, {number(swapped, 2)} with the medians swapped",
        computed_range=None,
        explanation=(
            f"A hazard ratio of {ratio} says that the {longer} arm does better; the {_said(medians)} say the other. "
            f"They are {number(size, 3)} standard errors apart as printed and {number(swapped, 2)} when swapped: "
            f"the arms are possibly printed in the other order."
        ),
        reasons=(
            "the medians are printed in the other arm order",
            "the hazard ratio is of control against experimental",
            "the survival curves cross",
        ),
        fields=("median_experimental", "median_control", "estimate", "lower", "upper"),
    )


def _size(medians: Medians, gain: float, delta: float, se: float, *, surely: bool) -> Finding:
    ratio = medians.ratio.text if medians.ratio else ""
    size = abs(delta) / se
    implied = Box(math.exp(gain - INFO_BEYOND * se), math.exp(gain + INFO_BEYOND * se))
    said = (
        f"The {_said(medians)} have a ratio of {number(math.exp(gain), 3)}, beside a hazard ratio of {ratio}: "
        f"{number(size, 3)} standard errors apart."
    )
    if size > WARNING_BEYOND and not medians.units_differ:
        said += _other_unit(delta, se)
    return Finding(
        rule="medians-match-ratio",
        severity=Severity.WARNING if surely else Severity.INFO,
        subject="",
        inputs=_inputs(medians),
        computed=(
            f"hazard ratio from {number(implied.lo, 3)} to {number(implied.hi, 3)} "
            f"(medians, exponential survival, {number(INFO_BEYOND)} standard errors)"
        ),
        computed_range=(implied.lo, implied.hi),
        explanation=said,
        reasons=(
            "the hazards are not proportional or survival is not exponential",
            "medians and hazard ratio come from different populations, endpoints or data cuts",
            "the medians stand in different units",
            "a typing error in one of the numbers",
        ),
        fields=("estimate", "median_experimental", "median_control", "lower", "upper"),
    )


def _other_unit(delta: float, se: float) -> str:
    """Return a sentence naming the unit error that would explain Delta, empty where none does."""
    for small, large in (("weeks", "months"), ("days", "weeks"), ("days", "months"), ("months", "years")):
        shift = math.log(MONTH_LENGTHS[large] / MONTH_LENGTHS[small])
        for sign, first, second in ((1.0, small, large), (-1.0, large, small)):
            if abs(delta + sign * shift) <= se:
                return f" They would agree if control stood in {second} and experimental in {first}."
    return ""
