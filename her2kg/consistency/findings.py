"""What a check says, and what a rule is.

A finding is a statement about print, not about people: "inconsistent as printed". It carries the inputs exactly as
they were printed, the range they imply, an explanation one can read aloud and the honest reasons there may be.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How loudly a finding speaks.

    An error is kept for what cannot be true under any reading of the printed numbers: an estimate outside its own
    interval, an interval and a p value that decide differently. Everything else is a warning, because a published p
    is often a stratified log-rank p and its interval a Cox Wald interval. Info is worth knowing and no defect.
    """

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit as printed.

    Parameters
    ----------
    rule : id of the rule, a key of `her2kg.consistency.rules.RULES`
    severity : see `Severity`
    subject : label of the estimate
    inputs : field name to text as printed, only the fields the rule looked at
    computed : what the inputs imply, in words
    computed_range : the same as numbers ``(low, high)`` in the unit of the offending field, where there is one range
    explanation : one or two plain sentences
    reasons : honest reasons that may be behind it, most usual first
    fields : names of the fields that took part, the offending one first
    where : file and line the estimate was read from, empty otherwise
    """

    rule: str
    severity: Severity
    subject: str
    inputs: Mapping[str, str]
    computed: str
    computed_range: tuple[float, float] | None
    explanation: str
    reasons: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    where: str = ""

    def as_text(self) -> str:
        """Return the finding as one paragraph to be read aloud."""
        place = f"{self.where}: " if self.where else ""
        label = f"{self.subject}: " if self.subject else ""
        reasons = f" Possible reasons: {'; '.join(self.reasons)}." if self.reasons else ""
        return f"{place}{self.severity} [{self.rule}] {label}{self.explanation}{reasons}"

    def as_dict(self) -> dict[str, object]:
        """Return the finding as plain values, ready for JSON; infinite ends become None."""
        ends = None
        if self.computed_range is not None:
            ends = [end if abs(end) != float("inf") else None for end in self.computed_range]
        return {
            "rule": self.rule,
            "severity": str(self.severity),
            "subject": self.subject,
            "inputs": dict(self.inputs),
            "computed": self.computed,
            "computed_range": ends,
            "explanation": self.explanation,
            "reasons": list(self.reasons),
            "fields": list(self.fields),
            "where": self.where,
        }


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, described well enough to be listed, documented and tested.

    Parameters
    ----------
    id : kebab-case, stated as what holds when all is well
    title : one line
    severities : every severity its findings can have
    explanation : one paragraph for a reader who does not know the rule
    passing, failing : fields of an `her2kg.consistency.estimates.Estimate`; the first raises no finding at all, the
        second raises findings of this rule and no other
    """

    id: str
    title: str
    severities: tuple[Severity, ...]
    explanation: str
    passing: Mapping[str, str]
    failing: Mapping[str, str]
