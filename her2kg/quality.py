"""``her2kg validate``: shapes, statistical checks and vocabulary in one report with one verdict."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

from her2kg.consistency.findings import Severity
from her2kg.inspection import inspect
from her2kg.knowledge import load
from her2kg.tables import Column, Table
from her2kg.terms import curie
from her2kg.validation import underived, validate, validate_graph
from her2kg.vocabulary import vocabulary_defects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from her2kg.knowledge import KnowledgeGraph
    from her2kg.validation import Violation

_NAMES = {Severity.ERROR: "Warning", Severity.WARNING: "Warning", Severity.INFO: "Info"}
"""A finding on print is never a violation of ours: what a source prints is kept, and the finding stands beside it."""

_COLUMNS = ("kind", "severity", "where", "focus", "message", "rule")


def quality(files: Sequence[str] = (), *, info: bool = False) -> Table:
    """Return every violation, warning and, if asked, info on the shipped graph with files of the user's laid over it.

    Parameters
    ----------
    files : Turtle files
    info : list what is only worth knowing too

    Raises
    ------
    ResourceError, TurtleError : a file cannot be read; names file and line
    """
    return _report(validate(user_files=files), load(files), info)


def quality_of_store(kg: KnowledgeGraph, *, info: bool = False) -> Table:
    """Return the same on what a graph's store holds, wherever it came from; the shapes see what was not derived.

    Parameters
    ----------
    info : list what is only worth knowing too
    """
    return _report(validate_graph(underived(kg.engine)), kg, info)


def _report(violations: Sequence[Violation], kg: KnowledgeGraph, info: bool) -> Table:
    rows = [
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
    rows += [
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
    order = ("Violation", "Warning", "Info")
    kept = [row for row in rows if info or row[1] != "Info"]
    return Table(
        tuple(Column(name, name) for name in _COLUMNS), tuple(sorted(kept, key=lambda row: order.index(row[1])))
    )


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
