"""Ratios and differences with an interval and a p value, and whether the three fit together as printed.

The rules, on rounding boxes (see `her2kg.consistency.ranges` for the arithmetic):

* order: lower <= estimate <= upper for some values in the boxes;
* symmetry: a Wald interval has the estimate in the middle of the additive scale;
* p: the printed p meets the range the interval implies. A published p is often a log-rank or stratified p beside a Cox
  Wald interval, so a gap of up to 0.10 in z is only worth an info;
* decision: the interval excludes "no difference" exactly when the two-sided p is below 1 - coverage.

Where p does not fit as labelled, every other usual level and sidedness is tried, and all that fit are named.
"""

import math
from dataclasses import dataclass

from her2kg.consistency.findings import Finding, Severity
from her2kg.consistency.measures import Kind, Measure
from her2kg.consistency.order import check_order
from her2kg.consistency.printed import Box, Printed
from her2kg.consistency.ranges import (
    Additive,
    Reading,
    Sides,
    all_readings,
    implied_level,
    is_symmetric,
    log_box,
    orient,
    p_range,
    read_p,
    z_range,
)
from her2kg.consistency.student import fitting_freedom
from her2kg.consistency.wording import (
    coverage,
    interval_name,
    listed,
    number,
    probability_range,
    reading_name,
    sides_name,
)

NEAR = 0.10
"""Gap in z that different tests of the same data explain; beyond it the finding is a warning."""

DEFAULT_LEVEL = 95.0
"""Coverage (percent) an interval is read at when none is printed."""

_SAME_DATA = "p and interval come from different tests, such as a stratified or log-rank p beside a Cox Wald interval"
_TYPING = "a typing error in one of the numbers"
_OTHER = "p and interval belong to different populations, endpoints or data cuts"
_NOT_WALD = "the interval is not a Wald interval (profile likelihood, exact, bootstrap or adjusted for repeated looks)"


@dataclass(frozen=True, slots=True)
class Effect:
    """A comparison of two arms as printed.

    Parameters
    ----------
    measure : scale of the three numbers
    estimate, lower, upper : same scale
    level : coverage of the interval in percent, None where none is printed (then read as 95%)
    p : None where none is printed
    sides : what p is labelled to be: empty (unlabelled, so two-sided by convention), one side, or both one-sided kinds
        where the direction is not stated
    margin : non-inferiority margin on the printed scale, an exact number; p may then test either hypothesis
    lower_is_better : smaller estimates favour the experimental arm; only names the one-sided directions
    """

    measure: Measure
    estimate: Printed
    lower: Printed
    upper: Printed
    level: float | None = None
    p: Printed | None = None
    sides: tuple[Sides, ...] = ()
    margin: Printed | None = None
    lower_is_better: bool = True

    @property
    def read_level(self) -> float:
        """The coverage the interval is read at, percent."""
        return DEFAULT_LEVEL if self.level is None else self.level

    @property
    def boxes(self) -> Additive:
        """The three numbers on the additive scale."""
        if self.measure.kind is Kind.RATIO:
            return Additive(log_box(self.estimate.box), log_box(self.lower.box), log_box(self.upper.box))
        return Additive(self.estimate.box, self.lower.box, self.upper.box)

    @property
    def in_order(self) -> bool:
        """Say whether the estimate lies inside its interval."""
        return (
            self.lower.lo <= self.estimate.hi and self.estimate.lo <= self.upper.hi and self.lower.lo <= self.upper.hi
        )

    @property
    def margin_on_scale(self) -> float | None:
        """The margin on the additive scale."""
        if self.margin is None:
            return None
        value = self.margin.value
        return log_box(Box(value, value)).lo if self.measure.kind is Kind.RATIO else value

    def inputs(self, *, with_p: bool) -> dict[str, str]:
        """Return the fields as printed, for a finding."""
        found = {"estimate": self.estimate.text, "lower": self.lower.text, "upper": self.upper.text}
        if self.level is not None:
            found["level"] = f"{self.level:.6g}"
        if with_p and self.p is not None:
            found["p"] = self.p.text
            if self.sides:
                found["sides"] = "one" if len(self.sides) > 1 else str(self.sides[0])
        if self.margin is not None:
            found["margin"] = self.margin.text
        return found

    def as_text(self) -> str:
        """Return the effect in its usual form, such as "HR 0.84 (0.71-1.00)"."""
        sign = " to " if "-" in self.lower.text + self.upper.text else "-"
        return f"{self.measure.name} {self.estimate.text} ({self.lower.text}{sign}{self.upper.text})"


def check_effect(effect: Effect) -> list[Finding]:
    """Check one comparison against the rules named in the module docstring.

    Returns
    -------
    Findings with an empty subject. Nothing beyond the order is checked when the order itself fails: a standard error
    computed from limits that are out of order means nothing.
    """
    if not effect.in_order:
        fields = ("estimate", "lower", "upper")
        return check_order(effect.estimate, effect.lower, effect.upper, fields, effect.measure.name)
    found = []
    boxes = effect.boxes
    if not is_symmetric(boxes):
        found.append(_asymmetric(effect, boxes))
    found += _decidability(effect, boxes)
    if effect.p is not None:
        found += _check_p(effect, effect.p, boxes)
    return found


def effect_readings(effect: Effect) -> list[Reading]:
    """Return every reading of p: the printed level first, then the usual ones, each sidedness, each hypothesis.

    Empty where no p is printed. A reading with gap 0 fits.
    """
    if effect.p is None:
        return []
    return list(
        all_readings(
            effect.p,
            effect.boxes,
            effect.read_level,
            effect.margin_on_scale,
            lower_is_better=effect.lower_is_better,
        )
    )


def _asymmetric(effect: Effect, boxes: Additive) -> Finding:
    low, high = (boxes.lower.lo + boxes.upper.lo) / 2.0, (boxes.lower.hi + boxes.upper.hi) / 2.0
    scale = "difference"
    if effect.measure.kind is Kind.RATIO:
        low, high, scale = _exp(low), _exp(high), "logarithmic"
    middle = f"{number(low)} to {number(high)}"
    return Finding(
        rule="interval-symmetric",
        severity=Severity.WARNING if effect.measure.wald else Severity.INFO,
        subject="",
        inputs=effect.inputs(with_p=False),
        computed=f"the middle of the interval on the {scale} scale lies from {middle}",
        computed_range=(low, high),
        explanation=(
            f"{effect.as_text()}: the middle of the interval on the {scale} scale lies from {middle}, "
            f"and no value that rounds to {effect.estimate.text} is among them."
        ),
        reasons=(_NOT_WALD, _TYPING),
        fields=("estimate", "lower", "upper"),
    )


def _exp(value: float) -> float:
    """Return the exponential, infinite where a misprint such as "1e300" leaves the range of floats."""
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def _excludes(effect: Effect, point: float) -> bool | None:
    """Say whether the interval excludes a point of the printed scale; None where rounding hides it."""
    lower, upper = effect.lower, effect.upper
    if lower.lo <= point <= lower.hi or upper.lo <= point <= upper.hi:
        return None
    return lower.lo > point or upper.hi < point


def _decidability(effect: Effect, boxes: Additive) -> list[Finding]:
    """Report a limit whose rounding box holds the value that decides (rule ``decision-decidable``)."""
    found = []
    points = [(effect.measure.null, "no difference")]
    if effect.margin is not None:
        points.append((effect.margin.value, "the margin"))
    for point, name in points:
        if _excludes(effect, point) is not None:
            continue
        at_lower = effect.lower.lo <= point <= effect.lower.hi
        limit, field = (effect.lower, "lower") if at_lower else (effect.upper, "upper")
        said = (
            f"The {field} limit of {effect.as_text()} is printed as {limit.text}, which stands for {number(limit.lo)} "
            f"to {number(limit.hi)}: whether the interval excludes {number(point)} ({name}) cannot be told."
        )
        if name == "no difference":
            implied = p_range(z_range(boxes, effect.read_level), Sides.TWO)
            said += f" The two-sided p behind it lies anywhere {probability_range(implied)}"
            said += f"; printed is {effect.p.text}." if effect.p is not None else "."
        found.append(
            Finding(
                rule="decision-decidable",
                severity=Severity.INFO,
                subject="",
                inputs=effect.inputs(with_p=True),
                computed=f"the {field} limit lies from {number(limit.lo)} to {number(limit.hi)}",
                computed_range=(limit.lo, limit.hi),
                explanation=said,
                reasons=("the limit was rounded; one more digit would decide",),
                fields=(field,),
            )
        )
    return found


def _accepted(effect: Effect, reading: Reading) -> bool:
    """Say whether a reading at the printed level is what the p value is labelled to be."""
    if not effect.sides:
        # Beside a margin an unlabelled p may be the usual one-sided test of non-inferiority.
        return reading.sides is Sides.TWO or (reading.against_margin and reading.sides is Sides.ONE_BENEFIT)
    return reading.sides in effect.sides


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What is to be said about a p value: how loudly, whether the decisions clash, the degrees of freedom that fit."""

    severity: Severity
    clash: bool = False
    freedom: int | None = None


def _check_p(effect: Effect, p: Printed, boxes: Additive) -> list[Finding]:
    level = effect.read_level
    if effect.margin is None and (not effect.sides or effect.sides == (Sides.TWO,)):
        # The common case, without building the readings nobody will look at.
        z = orient(z_range(boxes, level), lower_is_better=effect.lower_is_better)
        as_labelled = [read_p(p, z, level, Sides.TWO)]
    else:
        readings = [r for r in effect_readings(effect) if r.level == level]
        as_labelled = [r for r in readings if _accepted(effect, r)]
    best = min(as_labelled, key=lambda r: r.gap)
    clash = _decisions_clash(effect, p, best)
    if best.gap == 0.0 and not clash:
        return []
    near = best.gap <= NEAR
    if near and not clash:
        return [_explain(effect, best, [], _Verdict(Severity.INFO))]
    readings = effect_readings(effect)
    if not effect.sides and any(r.sides is not Sides.TWO and r.gap <= NEAR and r.level == level for r in readings):
        # An unlabelled p that fits this interval as one-sided decides nothing against it.
        clash = False
        if best.gap == 0.0:
            return []
    if clash:
        return [_explain(effect, best, readings, _Verdict(Severity.WARNING if near else Severity.ERROR, clash=True))]
    if not near and effect.measure.t_based:
        freedom = fitting_freedom(p, boxes, level, best.sides, lower_is_better=effect.lower_is_better)
        if freedom is not None:
            return [_explain(effect, best, readings, _Verdict(Severity.INFO, freedom=freedom))]
    return [_explain(effect, best, readings, _Verdict(Severity.INFO if near else Severity.WARNING))]


def _decisions_clash(effect: Effect, p: Printed, best: Reading) -> bool:
    """Say whether interval and two-sided p decide differently, both being decidable."""
    if best.sides is not Sides.TWO or best.against_margin:
        return False
    excludes = _excludes(effect, effect.measure.null)
    if excludes is None:
        return False
    alpha = (100.0 - best.level) / 100.0
    tiny = 1e-12
    below = p.hi < alpha - tiny or (p.operator == "<" and p.hi <= alpha + tiny)
    above = p.lo > alpha + tiny or (p.operator == ">" and p.lo >= alpha - tiny)
    return (excludes and above) or (not excludes and below)


def _explain(effect: Effect, best: Reading, readings: list[Reading], verdict: _Verdict) -> Finding:
    """Word what p was, what the interval implies and every reading that fits."""
    label = effect.sides or (best.sides,)
    kind = "one-sided p" if len(label) > 1 else sides_name(best.sides)
    margin = " against the margin" if best.against_margin else ""
    assumed = "" if effect.level is not None else " (no level is printed)"
    text = effect.p.text if effect.p else ""
    shown = text if text[:1] in {"p", "P"} else f"p {text}" if effect.p and effect.p.operator else f"p = {text}"
    said = (
        f"{effect.as_text()} read as {interval_name(best.level)}{assumed} implies a {kind}{margin} "
        f"{probability_range(best.p)}; printed is {shown}{'' if effect.sides else ', not labelled one- or two-sided'}."
    )
    if verdict.clash:
        inside = "excludes" if _excludes(effect, effect.measure.null) else "includes"
        alpha = number((100.0 - best.level) / 100.0)
        side = "above" if inside == "excludes" else "below"
        said += f" The interval {inside} {number(effect.measure.null)} while p lies {side} {alpha}."
    if best.gap > 0.0:
        said += _remedy(effect, best, readings, verdict.freedom)
    return Finding(
        rule="decision-agrees" if verdict.clash else "p-fits-interval",
        severity=verdict.severity,
        subject="",
        inputs=effect.inputs(with_p=True),
        computed=f"{kind}{margin} {probability_range(best.p)} at {coverage(best.level)}",
        computed_range=(best.p.lo, best.p.hi),
        explanation=said,
        reasons=_reasons(best, readings),
        fields=("p", "estimate", "lower", "upper"),
    )


def _remedy(effect: Effect, best: Reading, readings: list[Reading], freedom: int | None) -> str:
    """Return what would make p fit, as sentences with a blank before them."""
    if freedom is not None:
        return f" It fits if both come from Student's t with about {freedom} degrees of freedom."
    if best.gap <= NEAR:
        return f" The two are {number(best.gap, 2)} apart in z, which two tests of the same data can be."
    fitting = [r for r in readings if r.gap == 0.0]
    close = [r for r in readings if 0.0 < r.gap <= NEAR and r.level == best.level]
    said = ""
    if fitting:
        said += f" It fits as {listed(reading_name(r) for r in fitting)}."
    if close:
        said += f" It nearly fits as {listed(f'{reading_name(r)} ({number(r.gap, 2)} apart in z)' for r in close)}."
    if not said:
        said = " No usual level (80, 90, 95, 97.5, 99%) fits, one- or two-sided."
    level = None
    if effect.p is not None:
        level = implied_level(effect.p, effect.boxes, best.sides, lower_is_better=effect.lower_is_better)
    if level is not None and level.lo > 0.0 and level.hi < 100.0 and not best.against_margin:
        said += f" As a {sides_name(best.sides)} it would need a {number(level.lo)} to {number(level.hi)}% interval."
    return said


def _reasons(best: Reading, readings: list[Reading]) -> tuple[str, ...]:
    """Return the honest reasons, those that a fitting reading supports first."""
    reasons = []
    if best.gap > NEAR:
        for reading in readings:
            parts = []
            if reading.sides is not best.sides:
                parts.append("p is two-sided" if reading.sides is Sides.TWO else "p is one-sided")
            if reading.against_margin and not best.against_margin:
                parts.append("p tests the margin")
            if reading.level != best.level:
                parts.append(f"the interval is {interval_name(reading.level)}")
            fits = reading.gap == 0.0 or (reading.gap <= NEAR and reading.level == best.level)
            if fits and parts and listed(parts, "and") not in reasons:
                reasons.append(listed(parts, "and"))
    return (*reasons, _SAME_DATA, _OTHER, _TYPING)
