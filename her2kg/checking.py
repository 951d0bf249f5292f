"""What ``her2kg check`` and ``her2kg rules`` say: the checks over the graph or over a table, and every rule."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from her2kg import resources
from her2kg.consistency.errors import TableError
from her2kg.consistency.findings import Severity
from her2kg.consistency.pages import as_html
from her2kg.consistency.reports import Report, as_json, as_sarif, as_text
from her2kg.consistency.tables import check_table, template
from her2kg.errors import ResourceError
from her2kg.headers import read_rule
from her2kg.inspection import all_rules as check_rules
from her2kg.inspection import inspect
from her2kg.tables import Column, Table
from her2kg.terms import curie

if TYPE_CHECKING:
    from her2kg.knowledge import KnowledgeGraph

__all__ = ["all_rules", "check_file", "check_graph", "check_text", "has_warnings", "render", "template"]

_LOUDEST = {
    Severity.INFO: frozenset(Severity),
    Severity.WARNING: frozenset({Severity.WARNING, Severity.ERROR}),
    Severity.ERROR: frozenset({Severity.ERROR}),
}
"""A severity to itself and all above it."""
_PLACES = "SELECT ?report ?source ?locator WHERE { ?report her2:source/rdfs:label ?source ; her2:locator ?locator }"


def check_graph(kg: KnowledgeGraph) -> Report:
    """Check every report of the graph; each finding says which source prints it, and where."""
    places = {str(row["report"]): f"{row['source']}, {row['locator']}" for row in kg.sparql(_PLACES)}
    found = inspect(kg.engine)
    findings = [replace(f.finding, where=places.get(curie(f.report), "")) for f in found]
    count = kg.sparql(
        "SELECT (COUNT(DISTINCT ?r) AS ?n) WHERE { ?r a/rdfs:subClassOf* her2:Report ; her2:valueText|her2:pText ?v }"
    )[0]["n"]
    return Report.of("her2kg", int(str(count)), findings)


def check_file(path: str, measure: str = "") -> Report:
    """Check every row of a table of estimates.

    Raises
    ------
    ResourceError : the file cannot be read as a table; names file and line
    """
    try:
        return check_table(path, measure=measure)
    except TableError as error:
        raise ResourceError(str(error)) from None


def check_text(table: str, measure: str = "") -> Report:
    """Check every row of a table that is a text: separated by comma, semicolon, tab or bar, header first.

    Raises
    ------
    ResourceError : the text cannot be read as a table; names the line
    """
    import os
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = os.path.join(folder, "table.csv")
        try:
            with open(path, "w", encoding="utf-8", newline="") as stream:
                stream.write(table)
            return check_table(path, measure=measure, name="table")
        except UnicodeEncodeError:
            raise ResourceError("table: holds half a surrogate pair, which is no character") from None
        except TableError as error:
            raise ResourceError(str(error)) from None


def has_warnings(report: Report) -> bool:
    """Say whether a report holds a warning or an error."""
    return any(report.by_severity.get(severity) for severity in _LOUDEST[Severity.WARNING])


def render(report: Report, form: str, severity: str) -> str:
    """Return a report as text, JSON, SARIF or a page of HTML; text leaves out what is below a severity."""
    if form == "json":
        return as_json(report)
    if form == "sarif":
        return as_sarif(report, check_rules())
    if form == "html":
        shown = tuple(finding for finding in report.findings if finding.severity in _LOUDEST[Severity(severity)])
        filtered = report if len(shown) == len(report.findings) else Report.of(report.name, report.checked, shown)
        return as_html(filtered, known=check_rules())
    return as_text(report, Severity(severity))


def all_rules() -> Table:
    """Return every rule: derivations, statistical checks, shapes."""
    from her2kg.validation import shapes

    rows = [
        ("derivation", rule.name, f"version {rule.version}", rule.summary)
        for rule in map(read_rule, resources.rule_files())
    ]
    rows += [("check", rule.id, ", ".join(rule.severities), rule.title) for rule in check_rules().values()]
    rows += [("shape", shape.id, shape.severity, shape.definition) for shape in shapes()]
    columns = (Column("kind", "kind"), Column("id", "id"), Column("level", "level"), Column("says", "what it says"))
    return Table(columns, tuple(rows))
