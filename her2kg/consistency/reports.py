"""Findings for people and for programs: text, JSON, SARIF.

A report holds every count but only so many findings, so that a table of a million defects stays within memory.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from her2kg.consistency.findings import Finding, Rule, Severity
from her2kg.consistency.rules import RULES

_SARIF_LEVELS = {Severity.INFO: "note", Severity.WARNING: "warning", Severity.ERROR: "error"}
_LINE = re.compile(r", line ([0-9]+)\Z")
"""Rows of JSON and of workbooks are no lines, and SARIF has no word for them."""
_LOUDEST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.INFO)


@dataclass(frozen=True, slots=True)
class Report:
    """What the checks said about a number of estimates.

    Parameters
    ----------
    name : file or collection the estimates come from
    checked : number of estimates
    findings : those kept, in the order of the estimates
    by_severity, by_rule : counts of all findings, kept or not
    columns : header to field, where the estimates come from a table
    ignored : headers of the table that fill no field
    """

    name: str
    checked: int
    findings: tuple[Finding, ...]
    by_severity: Mapping[Severity, int]
    by_rule: Mapping[str, int]
    columns: Mapping[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, checked: int, findings: Iterable[Finding]) -> "Report":
        """Return a report of findings that all fit into memory."""
        kept = tuple(findings)
        return cls(name, checked, kept, Counter(f.severity for f in kept), Counter(f.rule for f in kept))

    @property
    def total(self) -> int:
        """Number of findings, kept or not."""
        return sum(self.by_severity.values())

    @property
    def worst(self) -> Severity | None:
        """The loudest severity found, None where all fits."""
        return next((severity for severity in _LOUDEST_FIRST if self.by_severity.get(severity)), None)

    def summary(self) -> str:
        """Return one sentence of counts."""
        if not self.total:
            return f"{self.name}: {self.checked:,} estimates checked, nothing inconsistent as printed."
        counts = [f"{self.by_severity[s]:,} {s}" for s in _LOUDEST_FIRST if self.by_severity.get(s)]
        said = f"{self.name}: {self.checked:,} estimates checked, {self.total:,} findings ({', '.join(counts)})."
        if len(self.findings) < self.total:
            said += f" Only the first {len(self.findings):,} are kept."
        return said


def as_text(report: Report, least: Severity = Severity.INFO) -> str:
    """Return the findings of at least a severity, one paragraph each, and the counts below."""
    shown = _LOUDEST_FIRST[: _LOUDEST_FIRST.index(least) + 1]
    lines = [finding.as_text() for finding in report.findings if finding.severity in shown]
    if report.ignored:
        lines.append(f"Columns not used: {', '.join(report.ignored)}.")
    lines.append(report.summary())
    return "\n".join(_printable(line) for line in lines) + "\n"


def _printable(text: str) -> str:
    """Replace control characters: a cell of a table must not steer the reader's terminal."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def as_json(report: Report) -> str:
    """Return the report as plain JSON: counts and findings with their fields as printed."""
    return _dumps(
        {
            "name": report.name,
            "checked": report.checked,
            "total": report.total,
            "by_severity": {str(severity): count for severity, count in report.by_severity.items()},
            "by_rule": dict(report.by_rule),
            "columns": dict(report.columns),
            "ignored": list(report.ignored),
            "findings": [finding.as_dict() for finding in report.findings],
        }
    )


def as_sarif(report: Report, known: Mapping[str, Rule] = RULES) -> str:
    """Return the report in SARIF 2.1.0, which code hosts and editors show beside the lines of a file.

    Parameters
    ----------
    known : the rules by id, where there are others than those of this package
    """
    used = [rule for rule in known.values() if report.by_rule.get(rule.id)]
    rules = [
        {
            "id": rule.id,
            "shortDescription": {"text": rule.title},
            "fullDescription": {"text": rule.explanation},
            "defaultConfiguration": {"level": _SARIF_LEVELS[rule.severities[0]]},
        }
        for rule in used
    ]
    return _dumps(
        {
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [
                {
                    "tool": {"driver": {"name": "her2kg check", "rules": rules}},
                    "columnKind": "unicodeCodePoints",
                    "results": [_sarif_result(finding, report.name) for finding in report.findings],
                }
            ],
        }
    )


def _sarif_result(finding: Finding, name: str) -> dict[str, object]:
    subject = f"{finding.subject}: " if finding.subject else ""
    place: dict[str, object] = {"artifactLocation": {"uri": quote(name.replace("\\", "/"))}}
    line = _LINE.search(finding.where)
    if line is not None:
        place["region"] = {"startLine": int(line[1])}
    return {
        "ruleId": finding.rule,
        "level": _SARIF_LEVELS[finding.severity],
        "message": {"text": subject + finding.explanation},
        "locations": [{"physicalLocation": place}],
        "properties": finding.as_dict(),
    }


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
