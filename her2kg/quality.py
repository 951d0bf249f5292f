"""``her2kg validate``: shapes, statistical checks and vocabulary in one report with one verdict."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

from her2kg import resources
from her2kg.built import is_built, read_violations
from her2kg.consistency.findings import Severity
from her2kg.inspection import inspect
from her2kg.knowledge import load
from her2kg.tables import Column, Table
from her2kg.terms import curie
from her2kg.validation import located, validate, validate_store
from her2kg.vocabulary import vocabulary_defects

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from her2kg.knowledge import KnowledgeGraph
    from her2kg.violations import Violation

_NAMES = {Severity.ERROR: "Warning", Severity.WARNING: "Warning", Severity.INFO: "Info"}
"""A finding on print is never a violation of ours: what a source prints is kept, and the finding stands beside it."""

LARGE = 2_000_000
"""Bytes of the user's files from which batches over the processors are quicker than one piece; see docs/scale.md."""

Row = tuple[str, str, str, str, str, str]
_COLUMNS = ("kind", "severity", "where", "focus", "message", "rule")


def quality(files: Sequence[str] = (), *, info: bool = False) -> Table:
    """Return every violation, warning and, if asked, info on the shipped graph with files of the user's laid over it.

    Parameters
    ----------
    files : Turtle files; or the folder of a graph built on disk, of which what was found at building is told
    info : list what is only worth knowing too

    Raises
    ------
    ResourceError, TurtleError : a file cannot be read; names file and line
    """
    if _is_large(files):
        from her2kg.building.validating import find

        found = find(files)
        where = [*resources.data_files(), *files]
        return _report(located(found.violations, where), _kept_findings(found.findings), info)
    kg = load(files)
    if len(files) == 1 and is_built(files[0]):
        kept = kg.engine.select(resources.inner_query("checks", "kept-findings")).rows
        return _report(read_violations(files[0]), _kept_findings(kept), info)
    return _report(validate(user_files=files), _findings(kg), info)


def _is_large(files: Sequence[str]) -> bool:
    """Say whether files are quicker validated in batches, each in a process, than in one piece."""
    return all(map(os.path.isfile, files)) and sum(map(os.path.getsize, files)) > LARGE


def quality_of_store(kg: KnowledgeGraph, *, info: bool = False) -> Table:
    """Return the same on what a graph's store holds, wherever it came from; the shapes see what was not derived.

    Parameters
    ----------
    info : list what is only worth knowing too
    """
    return _report(validate_store(kg.engine), _findings(kg), info)


def _report(
    violations: Sequence[Violation], findings: Sequence[tuple[str, str, str, str, str, str]], info: bool
) -> Table:
    rows: list[Row] = [
        (
            "shape",
            v.severity,
            f"{os.path.relpath(v.file)}:{v.line}" if v.file else "",
            v.focus,
            " ".join(filter(None, (v.path, v.value, v.message))),
            v.shape,
        )
        for v in violations
    ]
    rows += [("vocabulary", d.severity, "", d.term, d.message, d.rule) for d in vocabulary_defects()]
    rows += findings
    order = ("Violation", "Warning", "Info")
    kept = [row for row in rows if info or row[1] != "Info"]
    return Table(
        tuple(Column(name, name) for name in _COLUMNS), tuple(sorted(kept, key=lambda row: order.index(row[1])))
    )


def _findings(kg: KnowledgeGraph) -> list[Row]:
    """Return the findings of the statistical checks on a graph, worked out anew."""
    return [
        (
            "check",
            _NAMES[found.finding.severity],
            "",
            curie(found.report),
            found.finding.explanation,
            found.finding.rule,
        )
        for found in inspect(kg.engine)
    ]


def _kept_findings(kept: Iterable[Sequence[object]]) -> list[Row]:
    """Return the findings of the statistical checks as `queries/checks/kept-findings.rq` gives them."""
    levels = {f"her2:{severity.capitalize()}": name for severity, name in _NAMES.items()}
    cells = {tuple(str(getattr(term, "value", term)) for term in row) for row in kept}
    return [
        ("check", levels[curie(severity)], "", curie(report), explanation, curie(rule).removeprefix("kg:check-"))
        for report, severity, explanation, rule in sorted(cells, key=lambda cell: (cell[0], cell[3], cell[2]))
    ]


def as_text(report: Table) -> str:
    """Return one line per finding, as compilers write them, and a line that counts."""
    lines = [
        f"{row['where'] or row['focus']}: {str(row['severity']).lower()}: "
        + (f"{row['focus']} " if row["where"] else "")
        + f"{row['message']} [{row['rule']}]"
        for row in report
    ]
    counts = Counter(str(severity).lower() for severity in report.column("severity"))
    total = ", ".join(
        f"{number} {name}{'s' if number > 1 and name != 'info' else ''}" for name, number in counts.items()
    )
    return "\n".join([*lines, total or "nothing to report"])


def violated(report: Table) -> bool:
    """Say whether a report holds a violation."""
    return "Violation" in report.column("severity")
