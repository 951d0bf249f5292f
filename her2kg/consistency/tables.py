"""A whole file of estimates from any field: CSV, TSV, JSON or XLSX in, findings out.

>>> print(template().splitlines()[0])
label,measure,estimate,lower,upper,level,p,sides,margin,events,n,median_experimental,median_control,unit_experimental,unit_control,n_experimental,n_control,enrolled
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from her2kg.consistency.columns import Columns, map_columns
from her2kg.consistency.errors import TableError
from her2kg.consistency.estimates import Estimate, check_estimate
from her2kg.consistency.readers import Row, read_rows
from her2kg.consistency.reports import Report

if TYPE_CHECKING:
    from her2kg.consistency.findings import Finding, Severity

MOST_FINDINGS = 10_000
"""Findings a report keeps; all are counted."""

_TEMPLATE = """\
label,measure,estimate,lower,upper,level,p,sides,margin,events,n,median_experimental,median_control,\
unit_experimental,unit_control,n_experimental,n_control,enrolled
Trial A overall survival,HR,0.74,0.60,0.91,95,0.0046,two,,,,13.8,11.1,months,months,294,290,584
Trial B response,OR,2.10,1.20,3.68,95,0.009,,,,,,,,,,,
Trial C non-inferiority,HR,1.01,0.90,1.13,95,0.0002,one,1.25,,,,,,,,,
Trial D response in one arm,percentage,43.2,28.3,59.0,95,,,,19,44,,,,,,,
Trial E median survival in one arm,median,2.9,2.3,3.4,95,,,,,,,,,,,,
Trial F change in score,MD,-3.0,-5.1,-0.9,95,<0.01,two,,,,,,,,,,
"""


def template() -> str:
    """Return a table to start from: the usual columns and one row of each kind, all of which fit as printed."""
    return _TEMPLATE


def check_table(path: str | Path, *, measure: str = "", most: int = MOST_FINDINGS, name: str = "") -> Report:
    """Check every row of a table.

    Parameters
    ----------
    path : .csv, .tsv, .txt (separated by comma, semicolon, tab or bar), .json, .jsonl, .xlsx (needs openpyxl); UTF-8
    measure : what rows measure that do not say it themselves
    most : findings to keep; counts are always complete
    name : what findings and errors call the table, its path where none is given

    Raises
    ------
    TableError : the file cannot be read as a table; one line that names the file and, where known, the line
    """
    name = name or str(path)
    rows = read_rows(path, name)
    columns = _columns(rows, name, measure)
    word = "row" if Path(path).suffix.lower() in {".json", ".xlsx", ".xlsm"} else "line"
    kept: list[Finding] = []
    by_severity: Counter[Severity] = Counter()
    by_rule: Counter[str] = Counter()
    checked = 0
    for line, estimate in read_estimates(rows, columns):
        checked += 1
        for finding in check_estimate(estimate):
            by_severity[finding.severity] += 1
            by_rule[finding.rule] += 1
            if len(kept) < most:
                kept.append(replace(finding, where=f"{name}, {word} {line}"))
    if not checked:
        raise TableError(name, "has a header and no rows", 1)
    return Report(name, checked, tuple(kept), by_severity, by_rule, columns.used, columns.ignored)


def _columns(rows: Iterator[Row], name: str, measure: str) -> Columns:
    header = next(rows, None)
    if header is None:
        raise TableError(name, "has no header")
    line, cells = header
    try:
        return map_columns(cells, {"measure": measure} if measure else None)
    except ValueError as error:
        raise TableError(name, f"{error}; 'her2kg check --template' prints a table to start from", line) from None


def read_estimates(rows: Iterable[Row], columns: Columns) -> Iterator[tuple[int, Estimate]]:
    """Yield the line and the estimate of every row below the header."""
    for line, cells in rows:
        yield line, columns.read(cells)
