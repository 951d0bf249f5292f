"""One estimate as printed, and every rule that applies to it.

>>> t_act = Estimate(label="T-ACT PFS", measure="HR", estimate="0.91", lower="0.67", upper="1.22", level="95", p="0.33")
>>> [(finding.rule, str(finding.severity)) for finding in check_estimate(t_act)]
[('p-fits-interval', 'warning')]
"""

import re
from dataclasses import dataclass, fields, replace

from her2kg.consistency.effects import Effect, check_effect, effect_readings
from her2kg.consistency.errors import (
    ImpossibleNumberError,
    PrintedNumberError,
    UnknownMeasureError,
    shorten,
)
from her2kg.consistency.findings import Finding, Severity
from her2kg.consistency.measures import Kind, Measure, find_measure
from her2kg.consistency.medians import Medians, check_medians, find_unit
from her2kg.consistency.order import check_order
from her2kg.consistency.printed import Domain, Printed, is_missing, parse_printed
from her2kg.consistency.proportions import Proportion, check_enrolment, check_proportion
from her2kg.consistency.ranges import Sides


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is printed about one estimate; every field is the text itself, "" where nothing is printed.

    Parameters
    ----------
    label : what the estimate is, such as ``"JACOB OS"``
    measure : HR, OR, RR, RD, MD, ratio, difference, percentage, proportion, median, value or a usual name of these
    estimate, lower, upper : value and limits; percentages as 0 to 100
    level : coverage of the interval, ``"95"``, ``"95%"`` or ``"0.95"``; unstated is read as 95%
    p : ``"0.057"``, ``"<0.001"``, ``"NS"``
    sides : ``"two"``, ``"one"``, ``"one-benefit"``, ``"one-harm"``; unstated means two-sided until that does not fit
    margin : non-inferiority margin, same scale as the estimate
    better : ``"lower"`` or ``"higher"`` estimates favour the experimental arm; unstated, a margin on the side of
        "no difference" that harm lies on decides, else ``"lower"``
    unit : unit of the estimate, where it has one (not checked, kept for the reader)
    events, n : patients with the event and patients in all; for a percentage, its numerator and denominator
    enrolled : patients in the two arms together
    median_experimental, median_control and their limits : medians of the two arms
    unit_experimental, unit_control : days, weeks, months or years
    events_experimental, n_experimental, percent_experimental, and the same for control : shares of the two arms
    """

    label: str = ""
    measure: str = ""
    estimate: str = ""
    lower: str = ""
    upper: str = ""
    level: str = ""
    p: str = ""
    sides: str = ""
    margin: str = ""
    better: str = ""
    unit: str = ""
    events: str = ""
    n: str = ""
    enrolled: str = ""
    median_experimental: str = ""
    median_experimental_lower: str = ""
    median_experimental_upper: str = ""
    median_control: str = ""
    median_control_lower: str = ""
    median_control_upper: str = ""
    unit_experimental: str = ""
    unit_control: str = ""
    events_experimental: str = ""
    n_experimental: str = ""
    percent_experimental: str = ""
    events_control: str = ""
    n_control: str = ""
    percent_control: str = ""


FIELDS = tuple(field.name for field in fields(Estimate))
"""Names of the fields of an `Estimate`, in order."""

_ARM_FIELDS = FIELDS[FIELDS.index("enrolled") :]

_SHARES = tuple(
    (f"percent_{arm}", f"events_{arm}", f"n_{arm}", "lower", "upper") for arm in ("experimental", "control")
)
_SHARE_FIELDS = ("enrolled", *_SHARES[0][:3], *_SHARES[1][:3])
_MEDIANS = {arm: (f"median_{arm}", f"median_{arm}_lower", f"median_{arm}_upper") for arm in ("experimental", "control")}

_SIDES: dict[str, tuple[Sides, ...]] = {
    **dict.fromkeys(("two", "2", "twosided", "2sided", "twotailed", "2tailed", "both"), (Sides.TWO,)),
    **dict.fromkeys(("one", "1", "onesided", "1sided", "onetailed", "1tailed"), (Sides.ONE_BENEFIT, Sides.ONE_HARM)),
    **dict.fromkeys(("less", "greater", "superiority", "noninferiority"), (Sides.ONE_BENEFIT, Sides.ONE_HARM)),
    **dict.fromkeys(("onebenefit", "onesidedbenefit", "onesidedforbenefit", "benefit"), (Sides.ONE_BENEFIT,)),
    **dict.fromkeys(("oneharm", "onesidedharm", "onesidedforharm", "harm"), (Sides.ONE_HARM,)),
    **dict.fromkeys(("", "notstated", "unstated", "unknown", "unclear"), ()),
}
_BETTER = {"lower": True, "less": True, "smaller": True, "higher": False, "greater": False, "larger": False}
_SHORT = 80
"""Characters of a text that go into a finding."""
_NOT_LETTER = re.compile(r"[^a-z0-9]+")
_WORDED_SIDES = re.compile(r"\b(one|two|1|2)[\s-]*(?:sided|tailed)", re.IGNORECASE)
_WORDED_LEVEL = re.compile(r"[0-9]+(?:[.,][0-9]+)?\s*%")
_P_SIDES = re.compile(
    r"(?P<p>.*?)[\s,;(\[]*(?P<sides>(?:one|two|1|2)[\s-]*(?:sided|tailed))[)\]\s]*", re.IGNORECASE | re.DOTALL
)


class _Reader:
    """Reads the fields of one estimate, each once, and notes what cannot be read."""

    __slots__ = ("_numbers", "estimate", "found")

    def __init__(self, estimate: Estimate) -> None:
        self.estimate = estimate
        self.found: list[Finding] = []
        self._numbers: dict[str, Printed | None] = {}

    def number(self, field: str, domain: Domain, text: str | None = None) -> Printed | None:
        """Return the number of a field, None where there is none or it cannot be read; `text` replaces the field's."""
        if text is None:
            text = getattr(self.estimate, field)
        if not text:
            return None
        if field in self._numbers:
            return self._numbers[field]
        value = None
        try:
            value = parse_printed(text, domain)
        except ImpossibleNumberError as error:
            self.note("value-possible", Severity.ERROR, field, text, error.problem)
        except PrintedNumberError as error:
            self.note("field-readable", Severity.WARNING, field, text, error.problem)
        self._numbers[field] = value
        return value

    def note(self, rule: str, severity: Severity, field: str, text: str, problem: str) -> None:
        self.found.append(
            Finding(
                rule,
                severity,
                "",
                {field: text[:_SHORT]},
                "",
                None,
                f"The field {field} is {shorten(text)}, which {problem}.",
                ("a typing error", "the text belongs in another column"),
                (field,),
            )
        )


def check_estimate(estimate: Estimate) -> list[Finding]:
    """Check one estimate against every rule that applies to what is printed.

    Returns
    -------
    Findings with `subject` set to the label, in the order of the fields; empty where all fits. Never raises for the
    content of a field: what cannot be read is a finding itself.
    """
    reader = _Reader(estimate)
    found = reader.found
    measure = _measure(reader)
    effect = _effect(reader, measure)
    if effect is not None:
        found += check_effect(effect)
    elif measure is not None and measure.compares and estimate.p:
        # Nothing to compare p with, but a p of 1.3 is worth saying.
        _p_and_sides(reader)
    if estimate.events or estimate.n:
        found += _check_counts(reader, measure)
    if any(getattr(estimate, field) for field in _ARM_FIELDS):
        found += _check_arms(reader, effect)
    return [replace(finding, subject=estimate.label) for finding in found] if found else found


def consistent_sides(estimate: Estimate) -> set[Sides]:
    """Return what the p value can be, at the printed level and nothing else.

    Returns
    -------
    Every sidedness whose range meets the printed p, whatever p is labelled to be. Empty where a number or the level
    is not printed, where nothing fits, or where estimate and interval do not fit each other: no inference may rest on
    those.

    Examples
    --------
    >>> tytan = Estimate(measure="HR", estimate="0.84", lower="0.64", upper="1.11", level="95", p="0.1044")
    >>> sorted(consistent_sides(tytan))
    [<Sides.ONE_BENEFIT: 'one-benefit'>]
    """
    reader = _Reader(estimate)
    effect = _effect(reader, _measure(reader))
    if effect is None or effect.p is None or effect.level is None:
        return set()
    if not effect.in_order:
        return set()
    return {
        reading.sides for reading in effect_readings(effect) if reading.gap == 0.0 and reading.level == effect.level
    }


def _measure(reader: _Reader) -> Measure | None:
    text = reader.estimate.measure
    try:
        measure = find_measure(text)
    except UnknownMeasureError as error:
        reader.found.append(_unknown_measure(text, f"The measure {error}."))
        return None
    if measure is None and reader.estimate.estimate and (reader.estimate.lower or reader.estimate.p):
        reader.found.append(_unknown_measure(text, "No measure is named."))
    return measure


def _unknown_measure(text: str, said: str) -> Finding:
    return Finding(
        "measure-known",
        Severity.INFO,
        "",
        {"measure": text[:_SHORT]},
        "",
        None,
        f"{said} Only the order of estimate and limits was checked.",
        (),
        ("measure",),
    )


def _effect(reader: _Reader, measure: Measure | None) -> Effect | None:
    """Read a comparison of two arms; anything else is checked for its order here and gives None."""
    printed = reader.estimate
    domain = Domain.REAL if measure is None else measure.domain
    value, lower, upper = (reader.number(field, domain) for field in ("estimate", "lower", "upper"))
    if (
        value is None
        or lower is None
        or upper is None
        or measure is None
        or not measure.compares
        or _bounds(value, lower, upper)
    ):
        if lower is not None or upper is not None:
            reader.found += check_order(value, lower, upper, ("estimate", "lower", "upper"))
        return None
    p, sides = _p_and_sides(reader) if printed.p else (None, ())
    margin = reader.number("margin", measure.domain) if printed.margin else None
    lower_is_better = True if margin is None else margin.value >= measure.null
    if printed.better:
        lower_is_better = _BETTER.get(printed.better.strip().lower(), lower_is_better)
    level = _level(reader) if printed.level else None
    return Effect(measure, value, lower, upper, level, p, sides, margin, lower_is_better)


def _bounds(*values: Printed | None) -> bool:
    """Say whether any number is printed as a bound: "> 10" has no rounding box to compute with."""
    return any(value is not None and value.operator for value in values)


def _level(reader: _Reader) -> float | None:
    printed = reader.estimate.level
    said = _WORDED_LEVEL.search(printed[:_SHORT])
    # "95% CI" and "two-sided 95%" are read by their percentage, "95" and "0.95" as they stand.
    level = reader.number("level", Domain.REAL, said[0] if said else None)
    if level is None:
        return None
    share = said is None and 0.0 < level.value < 1.0
    value = round(level.value * 100.0 if share else level.value, 9)
    if not 0.0 < value < 100.0 or level.operator:
        reader.note("value-possible", Severity.ERROR, "level", printed, "is no coverage between 0 and 100%")
        return None
    return value


def _p_and_sides(reader: _Reader) -> tuple[Printed | None, tuple[Sides, ...]]:
    text = reader.estimate.p
    label = reader.estimate.sides
    said = _P_SIDES.fullmatch(text) if "d" in text and len(text) < _SHORT else None
    if said is not None:
        # "0.33 (one-sided)" labels itself.
        text, label = said["p"], label or said["sides"]
    p = reader.number("p", Domain.PROBABILITY, text)
    if not label or is_missing(label):
        return p, ()
    sides = _SIDES.get(label)
    if sides is None:
        sides = _SIDES.get(_NOT_LETTER.sub("", label.lower()))
    if sides is None and (said := _WORDED_SIDES.search(label[:_SHORT])) is not None:
        sides = _SIDES[said[1].lower()]
    if sides is None:
        reader.note("field-readable", Severity.WARNING, "sides", label, "is neither one- nor two-sided")
        return p, ()
    return p, sides


def _check_counts(reader: _Reader, measure: Measure | None) -> list[Finding]:
    """Check events against patients, and against the share where the estimate is one."""
    events, n = reader.number("events", Domain.COUNT), reader.number("n", Domain.COUNT)
    if measure is None or measure.kind not in {Kind.PERCENT, Kind.FRACTION}:
        return check_proportion(Proportion(None, events, n))
    share, lower, upper = (reader.number(field, measure.domain) for field in ("estimate", "lower", "upper"))
    level = _level(reader) if reader.estimate.level else None
    if check_order(share, lower, upper, ("estimate", "lower", "upper")):
        lower = upper = None
    scale = 100.0 if measure.kind is Kind.PERCENT else 1.0
    return check_proportion(Proportion(share, events, n, lower, upper, level, scale))


def _check_arms(reader: _Reader, effect: Effect | None) -> list[Finding]:
    printed = reader.estimate
    found: list[Finding] = []
    if any(getattr(printed, name) for name in _SHARE_FIELDS):
        sizes = []
        for names in _SHARES:
            share = reader.number(names[0], Domain.PERCENT)
            events, n = reader.number(names[1], Domain.COUNT), reader.number(names[2], Domain.COUNT)
            sizes.append(n)
            found += check_proportion(Proportion(share, events, n, fields=names))
        found += check_enrolment(sizes[0], sizes[1], reader.number("enrolled", Domain.COUNT))
    if printed.median_experimental or printed.median_control:
        found += _check_medians(reader, effect)
    return found


def _check_medians(reader: _Reader, effect: Effect | None) -> list[Finding]:
    printed = reader.estimate
    found: list[Finding] = []
    values = []
    for arm, names in _MEDIANS.items():
        value = reader.number(names[0], Domain.POSITIVE)
        if getattr(printed, names[1]) or getattr(printed, names[2]):
            lower, upper = reader.number(names[1], Domain.POSITIVE), reader.number(names[2], Domain.POSITIVE)
            out_of_order = check_order(value, lower, upper, names, f"The median of the {arm} arm,")
            found += out_of_order
            # A median outside its own interval is not compared with anything else.
            value = None if out_of_order else value
        values.append(value)
    units = [_unit(reader, "unit_experimental"), _unit(reader, "unit_control")]
    experimental, control = values
    if experimental is None or control is None or _bounds(experimental, control):
        return found
    if effect is None or not effect.measure.survival or not effect.in_order:
        return found + check_medians(Medians(experimental, control, None, None, None, 95.0, *units))
    ratio, lower, upper = effect.estimate, effect.lower, effect.upper
    return found + check_medians(Medians(experimental, control, ratio, lower, upper, effect.read_level, *units))


def _unit(reader: _Reader, field: str) -> str | None:
    text: str = getattr(reader.estimate, field)
    if not text:
        return None
    unit = find_unit(text)
    if unit is None and not is_missing(text):
        reader.note("field-readable", Severity.WARNING, field, text, "is no unit of time known here")
    return unit
