"""Percentages against their denominators, their intervals against the count, and arm sizes against enrolment.

A percentage of n patients is k / n for a whole number k. With few patients most percentages cannot occur at all:
88.6% of 37 is no patient count, while 31 of 35 is (the GRIM idea: Brown, Heathers. Soc Psychol Personal
Sci 2017;8:363).
"""

import math
from dataclasses import dataclass

from her2kg.consistency.binomial import exact_interval, fitting_methods, wilson_interval
from her2kg.consistency.effects import DEFAULT_LEVEL
from her2kg.consistency.findings import Finding, Severity
from her2kg.consistency.printed import Box, Printed
from her2kg.consistency.ranges import USUAL_LEVELS
from her2kg.consistency.wording import coverage, listed, number

_SLACK = 1e-9
_NEIGHBOURS = 3
_LARGEST = 10**7
"""Patients; beyond, intervals are not recomputed: no study is larger, and a misprint must not cost minutes."""
_SEARCHED = 200
"""How far from the printed denominator another one is looked for."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """A share of patients as printed.

    Parameters
    ----------
    share : percentage, or number between 0 and 1 (see `scale`); None where only the count is printed
    events, n : patients with the event and patients in all
    lower, upper : interval of the share, same scale
    level : coverage of the interval in percent, None where none is printed (then read as 95%)
    scale : 100 for percentages, 1 for shares
    fields : names of the fields share, events, n, lower, upper
    """

    share: Printed | None
    events: Printed | None
    n: Printed | None
    lower: Printed | None = None
    upper: Printed | None = None
    level: float | None = None
    scale: float = 100.0
    fields: tuple[str, str, str, str, str] = ("estimate", "events", "n", "lower", "upper")

    def inputs(self) -> dict[str, str]:
        """Return the fields as printed, for a finding."""
        values = (self.share, self.events, self.n, self.lower, self.upper)
        return {field: value.text for field, value in zip(self.fields, values, strict=True) if value is not None}

    def text(self, value: float) -> str:
        """Return a share (between 0 and 1) on the printed scale, one digit more than printed."""
        digits = 1 if self.share is None else max(self.share.decimals, 0) + 1
        return f"{value * self.scale:.{digits}f}{'%' if self.scale != 1.0 else ''}"


def check_proportion(proportion: Proportion) -> list[Finding]:
    """Check a share against its denominator, its count and its interval.

    Rules ``count-within-denominator``, ``percentage-matches-count``, ``percentage-fits-denominator`` and
    ``interval-matches-count``; each needs the one before to hold, so one defect gives one finding.
    """
    if proportion.n is None:
        return []
    n = int(proportion.n.value)
    events = None if proportion.events is None else int(proportion.events.value)
    if events is not None and events > n:
        return [_too_many(proportion, n)]
    share = proportion.share
    if share is not None and n > 0 and not share.operator:
        counts = _counts(_shares(share, proportion), n)
        if events is not None and events not in counts:
            return [_mismatch(proportion, share, events, n)]
        if not counts:
            return [_impossible(proportion, share, n)]
        if events is None and counts.stop - counts.start == 1:
            events = counts.start
    return [] if events is None or not 0 < n <= _LARGEST else _check_interval(proportion, events, n)


def _too_many(proportion: Proportion, n: int) -> Finding:
    events = proportion.events.text if proportion.events else ""
    return _finding(
        proportion,
        ("count-within-denominator", Severity.ERROR),
        (0.0, float(n)),
        f"{events} events cannot occur among {proportion.n.text if proportion.n else n} patients.",
        ("events counted per patient several times", "count and denominator swapped", "a typing error"),
        (1, 2),
    )


def _shares(share: Printed, proportion: Proportion) -> Box:
    return Box(share.lo / proportion.scale, share.hi / proportion.scale)


def _counts(shares: Box, n: int) -> range:
    """Return the whole numbers of events whose share of n lies in the box."""
    return range(max(math.ceil(shares.lo * n - _SLACK), 0), min(math.floor(shares.hi * n + _SLACK), n) + 1)


def _nearly(shares: Box) -> Box:
    """Return the box of a share that was cut off instead of rounded, or rounded twice: half a unit more each way."""
    half = 0.5 * (shares.hi - shares.lo)
    return Box(shares.lo - half, shares.hi + half)


def _finding(
    proportion: Proportion,
    rule: tuple[str, Severity],
    ends: tuple[float, float],
    said: str,
    reasons: tuple[str, ...],
    offending: tuple[int, ...],
) -> Finding:
    inputs = proportion.inputs()
    first = tuple(proportion.fields[i] for i in offending if proportion.fields[i] in inputs)
    words = number(ends[0]) if ends[0] == ends[1] else f"from {number(ends[0])} to {number(ends[1])}"
    return Finding(*rule, "", inputs, words, ends, said, reasons, first)


def _mismatch(proportion: Proportion, share: Printed, events: int, n: int) -> Finding:
    near = events in _counts(_nearly(_shares(share, proportion)), n)
    value = events / n
    return _finding(
        proportion,
        ("percentage-matches-count", Severity.INFO if near else Severity.WARNING),
        (value * proportion.scale, value * proportion.scale),
        f"{events} of {n} is {proportion.text(value)}; printed is {share.text}.",
        (
            "the number was cut off instead of rounded" if near else "the share has another denominator",
            "the share is a Kaplan-Meier or adjusted estimate, not a count divided by a count",
            "a typing error in one of the numbers",
        ),
        (0, 1, 2),
    )


def _impossible(proportion: Proportion, share: Printed, n: int) -> Finding:
    shares = _shares(share, proportion)
    near = bool(_counts(_nearly(shares), n))
    below = math.floor(shares.lo * n)
    said = (
        f"No whole number of {n} patients is {share.text}: {below} of {n} is {proportion.text(below / n)} and "
        f"{min(below + 1, n)} of {n} is {proportion.text(min(below + 1, n) / n)}."
    )
    others = _other_denominators(shares, n)
    if others:
        said += f" It fits {listed(f'{k} of {size}' for k, size in others)}."
    return _finding(
        proportion,
        ("percentage-fits-denominator", Severity.INFO if near else Severity.WARNING),
        (proportion.scale * below / n, proportion.scale * min(below + 1, n) / n),
        said,
        (
            "the number was cut off instead of rounded" if near else "the share has another denominator",
            "the share is a Kaplan-Meier or adjusted estimate, not a count divided by a count",
            "a typing error in one of the numbers",
        ),
        (0, 2),
    )


def _other_denominators(shares: Box, n: int) -> list[tuple[int, int]]:
    """Return the nearest denominators that can give the share, with their counts, nearest first."""
    found: list[tuple[int, int]] = []
    for step in range(1, _SEARCHED):
        for size in (n - step, n + step):
            counts = _counts(shares, size) if size > 0 else range(0)
            if counts:
                found.append((counts[0], size))
        if len(found) >= _NEIGHBOURS:
            break
    return found[:_NEIGHBOURS]


def _check_interval(proportion: Proportion, events: int, n: int) -> list[Finding]:
    """Look for a method whose interval is the printed one (rule ``interval-matches-count``)."""
    lower, upper = proportion.lower, proportion.upper
    if lower is None or upper is None or lower.operator or upper.operator:
        return []
    scale = proportion.scale
    low, high = Box(lower.lo / scale, lower.hi / scale), Box(upper.lo / scale, upper.hi / scale)
    level = DEFAULT_LEVEL if proportion.level is None else proportion.level
    if any(fitted == level for fitted, _ in fitting_methods(events, n, low, high, (level,))):
        return []
    near = list(fitting_methods(events, n, _nearly(low), _nearly(high), (level,)))
    fitting = [] if near else list(fitting_methods(events, n, low, high, USUAL_LEVELS))
    wilson = wilson_interval(events, n, level)
    exact = exact_interval(events, n, level)
    said = (
        f"{events} of {n} has an exact {coverage(level)} interval of {proportion.text(exact.lo)} to "
        f"{proportion.text(exact.hi)} and a Wilson interval of {proportion.text(wilson.lo)} to "
        f"{proportion.text(wilson.hi)}; printed is {lower.text} to {upper.text}, which no usual method gives."
    )
    if near:
        said += f" It is within one unit of the last digit of {listed(name for _, name in near)}."
    elif fitting:
        said += f" It fits {listed(f'{name} at {coverage(fitted)}' for fitted, name in fitting)}."
    return [
        _finding(
            proportion,
            ("interval-matches-count", Severity.INFO if near else Severity.WARNING),
            (exact.lo * scale, exact.hi * scale),
            said,
            (
                *(("the interval has another level",) if fitting else ()),
                "the interval is stratified, adjusted or from a survival estimate",
                "the interval belongs to another denominator",
                "a typing error in one of the numbers",
            ),
            (3, 4, 1, 2),
        )
    ]


def check_enrolment(experimental: Printed | None, control: Printed | None, enrolled: Printed | None) -> list[Finding]:
    """Check that the two arms add up to the patients enrolled (rule ``arms-sum-to-enrolment``).

    Fewer patients than enrolled are an info: analysis sets leave patients out, and a trial may have a third arm.
    """
    if experimental is None or control is None or enrolled is None:
        return []
    total, size = int(experimental.value) + int(control.value), int(enrolled.value)
    if total == size:
        return []
    more = total > size
    return [
        Finding(
            rule="arms-sum-to-enrolment",
            severity=Severity.WARNING if more else Severity.INFO,
            subject="",
            inputs={"n_experimental": experimental.text, "n_control": control.text, "enrolled": enrolled.text},
            computed=f"{total} in the two arms",
            computed_range=(float(total), float(total)),
            explanation=(
                f"The arms of {experimental.text} and {control.text} add up to {total}, "
                f"{abs(total - size)} {'more' if more else 'fewer'} than the {enrolled.text} enrolled."
            ),
            reasons=(
                ("patients counted in both arms", "enrolment at another data cut")
                if more
                else ("the arms are an analysis set", "there is a further arm")
            )
            + ("a typing error in one of the numbers",),
            fields=("enrolled", "n_experimental", "n_control"),
        )
    ]
