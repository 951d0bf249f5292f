"""Files too large to be validated in one piece: cut and worked out in batches as by a build, and nothing kept."""

from __future__ import annotations

import os
import tempfile
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from her2kg import resources
from her2kg.building.batches import Judge
from her2kg.building.progress import Progress
from her2kg.building.working import cut, here, load, store_of, work_out
from her2kg.errors import ResourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from her2kg.violations import Violation

Finding = tuple[str, str, str, str]
"""Of a check: IRIs of report and severity, explanation, IRI of the rule; as `queries/checks/kept-findings.rq` says."""


class Found(NamedTuple):
    """What validation of the shipped data with some files found.

    Parameters
    ----------
    violations : of the shapes, without file and line, in no order
    findings : of the statistical checks, in no order
    """

    violations: set[Violation]
    findings: set[Finding]


def find(files: Sequence[str], processes: int = 0, *, checks: bool = True) -> Found:
    """Validate the shipped data with files laid over it, over the processors.

    Parameters
    ----------
    files : Turtle or N-Triples
    processes : how many work at a time; 0 for one per processor
    checks : whether to derive verdicts and run the statistical checks too, or the shapes alone

    Raises
    ------
    TurtleError : a file cannot be read; names file and line
    ResourceError : the disk is full, or no engine for shapes is installed
    """
    found = Found(set(), set())
    progress = Progress()
    try:
        with tempfile.TemporaryDirectory(prefix="her2kg-", ignore_cleanup_errors=True) as folder:
            os.mkdir(os.path.join(folder, "parts"))
            load(folder, [os.path.abspath(path) for path in files], progress)
            batches = range(1, cut(folder, progress) + 1)
            task = _shapes_and_checks if checks else _shapes
            with closing(work_out(folder, batches, task, processes or os.cpu_count() or 1, progress)) as outcomes:
                for batch in outcomes:
                    found.violations.update(batch.violations)
                    found.findings.update(batch.findings)
            judge = Judge()
            evidence = judge.evidence(ox.Store.read_only(store_of(folder)))
            return found._replace(violations=judge.of_the_whole(evidence, found.violations))
    except OSError as error:
        raise ResourceError(f"{error.filename or tempfile.gettempdir()}: {error.strerror or error}") from None
    finally:
        progress.end()


def _shapes(number: int) -> Found:
    working = here()
    return Found(set(working.judge.violations(working.cut(number))), set())


def _shapes_and_checks(number: int) -> Found:
    working = here()
    batch = working.cut(number)
    rows = working.judge.derive(batch).select(resources.inner_query("checks", "kept-findings")).rows
    findings = {tuple(str(getattr(term, "value", "")) for term in row) for row in rows}
    return Found(set(working.judge.violations(batch)), {(a, b, c, d) for a, b, c, d in findings})
