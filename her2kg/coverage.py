"""How much of the review the graph carries: claims section by section, references, what is missing, statements.

All numbers come from named queries; nothing is counted by hand. ``coverage`` gives the tables, ``coverage_page`` the
page ``docs/coverage.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from her2kg.tables import Cell, Column, Table, Thing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from her2kg.knowledge import KnowledgeGraph

_UNRESOLVED = "her2:Unresolved"
_NO_REASON = "no reason is recorded"


class Coverage(NamedTuple):
    """The coverage of the review.

    Parameters
    ----------
    sections : per section, claims, those represented, nodes that carry them, references cited; the last row is the sum
    references : how certain the identity of the numbered references is
    missing : claims nothing carries and references not identified, each with the reason
    statements : statements of the graph by kind; the last row is the sum
    """

    sections: Table
    references: Table
    missing: Table
    statements: Table

    def tables(self) -> tuple[tuple[str, Table], ...]:
        """Return the tables under their headings."""
        return (
            ("Claims by section", self.sections),
            ("References", self.references),
            ("Missing, and why", self.missing),
            ("Statements", self.statements),
        )

    def render(self, form: str) -> str:
        """Return the tables in one of `her2kg.tables.FORMATS`; the machine formats keep each under its heading."""
        if form == "json":
            import json

            return json.dumps({title: table.to_dicts() for title, table in self.tables()}, ensure_ascii=False, indent=2)
        mark = {"md": "## ", "csv": "# ", "tsv": "# "}.get(form, "")
        gap = "\n\n" if form == "md" else "\n"
        return "\n\n".join(f"{mark}{title}{gap}{table.render(form)}" for title, table in self.tables())


def coverage(kg: KnowledgeGraph) -> Coverage:
    """Return what of the review is in the graph, what is not, and why."""
    by_section = kg.query("coverage-by-section").table
    shown = ("ofSection", "claims", "represented", "nodes", "references")
    rows = [tuple(row[name] for name in shown) for row in by_section]
    claims = _total(kg)
    sections = Table(
        tuple(column for column in by_section.columns if column.name in shown),
        (*rows, ("all sections", _sum(rows, 1), _sum(rows, 2), *claims)),
    )
    references = list(kg.query("references").table)
    return Coverage(sections, _resolution(references), _missing(kg, references), _statements(kg))


def coverage_page(kg: KnowledgeGraph) -> str:
    """Return the page docs/coverage.md."""
    found = coverage(kg)
    last = found.sections[-1]
    unresolved = sum(1 for row in found.missing if row["what"] == "reference")
    total = found.statements[-1]["statements"]
    intro = [
        "# Coverage of the review",
        "",
        "Generated from the graph (`her2kg coverage --format md`); do not edit.",
        "",
        f"The review was cut into {_number(last['claims'])} claims; {_number(last['represented'])} of them are carried "
        f"by {_number(last['nodes'])} nodes of the graph. It cites {_number(last['references'])} references, "
        f"{unresolved} of which could not be identified. Beyond the review, the graph holds what other sources say "
        f"and what was derived from them: {_number(total)} statements in all.",
        "",
        "A claim is an index entry: where it stands, its kind, its references, and the nodes that carry what it says. "
        "`her2kg query claims` lists them.",
    ]
    return "\n".join([*intro, "", found.render("md")]) + "\n"


def _total(kg: KnowledgeGraph) -> tuple[Cell, Cell]:
    """Return the nodes and references of all claims, each counted once."""
    table = kg.query("claims").table
    return len(set(table.column("node")) - {None}), len(set(table.column("reference")) - {None})


def _resolution(references: list[dict[str, Cell]]) -> Table:
    """Count the references by how certain their identity is."""
    names = list(dict.fromkeys(str(row["resolution"]) for row in references))
    counted = [(name, sum(1 for row in references if str(row["resolution"]) == name)) for name in sorted(names)]
    return Table((Column("resolution", "identity"), Column("references", "references")), tuple(counted))


def _missing(kg: KnowledgeGraph, references: list[dict[str, Cell]]) -> Table:
    """Return the claims nothing carries and the references not identified."""
    rows: list[tuple[Cell, ...]] = [
        ("claim", row["claim"], row["section"], row["reason"] or _NO_REASON)
        for row in kg.query("unrepresented-claims").table
    ]
    rows += [
        ("reference", row["reference"], row["number"], row["remark"] or "no publication was found that fits")
        for row in references
        if isinstance(row["resolution"], Thing) and row["resolution"].id == _UNRESOLVED
    ]
    columns = (
        Column("what", "what"),
        Column("thing", "which"),
        Column("place", "section or number"),
        Column("reason", "why"),
    )
    return Table(columns, tuple(rows))


def _statements(kg: KnowledgeGraph) -> Table:
    table = kg.query("statement-counts").table
    rows = [(row["kind"], row["statements"], row["sources"]) for row in table]
    return Table(table.columns, (*rows, ("all kinds", _sum(rows, 1), None)))


def _sum(rows: Sequence[tuple[Cell, ...]], position: int) -> float:
    return sum(cell for cell in (row[position] for row in rows) if isinstance(cell, (int, float)))


def _number(cell: Cell) -> str:
    return f"{cell:.0f}" if isinstance(cell, (int, float)) else str(cell)
