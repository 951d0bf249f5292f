"""The evidence map: agents down, lines of therapy across, one mark per comparison.

Shape and colour of a mark are the verdict, its area is the number of patients of the trial. Trials without a control
arm have no verdict and are named in small print. What was tried before surgery stands apart from advanced disease.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from her2kg.figures import marks
from her2kg.figures.errors import FigureError
from her2kg.figures.metrics import LEADING, text_width, wrap
from her2kg.figures.scene import Circle, Group, Line, Rect, Text, paragraph
from her2kg.figures.sheet import BODY, SMALL, Key, Sheet, fit
from her2kg.tables import Thing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from her2kg.figures.scene import Item, Scene
    from her2kg.tables import Table

QUERY = "evidence-map"

_RADIUS = 15.0  # of a trial of _LARGE patients
_LARGE = 1000
_SMALLEST = 3.6  # pixels; a shape below cannot be told from another
_UNSIZED = 5.0  # where the source gives no number
_PAD = 9.0
_CENTRE = _RADIUS + 4  # of a mark, from the left of its cell: room for the ring of the largest
_INDENT = 2 * _CENTRE + 3
_GUTTER = 10.0
_LABEL = 0.16  # most of the width that names of agents may take
_LONGEST = 140.0  # a word beyond is broken
_APART = 14.0  # between settings, beyond the gutter
_NOWHERE = "line not stated"


@dataclass(frozen=True, slots=True)
class Trial:
    """An agent in one line of therapy of one study: a comparison and its verdict, or a study that has none.

    Parameters
    ----------
    column : line of therapy, or the setting where that is not advanced disease
    line_number : 1 and up; 0 where the column is no line
    n : patients of the study, None where no source known by then gives them
    outcome : CURIE of the verdict's outcome, empty if there is none
    verdict : the outcome in words
    dose : the comparison asks about a dose of the agent, not about the agent
    conditional : the verdict hinges on what a source does not state
    """

    agent: str
    hits_her2: bool
    column: str
    study: str
    design: str
    phase: str
    n: int | None
    outcome: str
    verdict: str
    dose: bool
    arm: str
    comparison: str
    known: str
    line_number: int = 0
    conditional: bool = False

    @property
    def compares(self) -> bool:
        """Whether it has a control arm, so that a verdict is possible."""
        return self.design != "single-arm trial"

    def sentence(self) -> str:
        """Return everything about it, for a tooltip."""
        said = self.verdict or ("no verdict so far" if self.compares else "no control arm, no verdict")
        what = f"; {self.comparison}" if self.comparison else ""
        asks = "; asks about a dose" if self.dose else ""
        hinges = "; conditional on what a source does not state" if self.conditional else ""
        facts = ", ".join(part for part in (self.design, self.phase, _size(self)) if part)
        return f"{self.agent}, {self.column}: {self.study} ({facts}): {said}{what}{asks}{hinges}"


def trials(table: Table) -> list[Trial]:
    """Return the rows of the named query `QUERY`, with a column ``conditional`` if there is one."""
    found = []
    for row in table:
        setting, line = row["ofSetting"], row["ofLine"]
        outcome, question = row["outcome"], row["question"]
        advanced = not isinstance(setting, Thing) or setting.id == "her2:Advanced"
        n, line_number = row["n"], row["lineNumber"]
        found.append(
            Trial(
                agent=str(row["agent"]),
                hits_her2=bool(row["hitsHER2"]),
                column=(str(line) if line is not None else _NOWHERE) if advanced else str(setting),
                study=str(row["study"]),
                design=str(row["design"]),
                phase=_said(row["ofPhase"]),
                n=int(n) if isinstance(n, (int, float)) else None,
                outcome=outcome.id if isinstance(outcome, Thing) else marks.NO_VERDICT,
                verdict=_said(outcome),
                dose=isinstance(question, Thing) and question.id == "her2:DoseQuestion",
                arm=_said(row["arm"]),
                comparison=_said(row["comparison"]),
                known=str(row["known"]),
                conditional=row.get("conditional") is True,
                line_number=int(line_number) if advanced and isinstance(line_number, (int, float)) else 0,
            )
        )
    return found


def disagree(cell: Iterable[Trial]) -> bool:
    """Whether comparisons of an agent in one line succeeded and others failed; questions of dose do not count."""
    outcomes = {trial.outcome for trial in cell if not trial.dose}
    return "her2:Succeeded" in outcomes and "her2:Failed" in outcomes


def radius(n: int | None) -> float:
    """Return the radius of a mark: area in proportion to `n`, but never too small to be seen."""
    return _UNSIZED if n is None else max(_SMALLEST, _RADIUS * math.sqrt(n / _LARGE))


def draw(rows: Sequence[Trial], as_of: str, width: float = 960.0) -> Scene:
    """Return the figure.

    Raises
    ------
    FigureError : nothing to draw, or a width in which the longest words do not fit
    """
    if not rows:
        raise FigureError(f"nothing was tried in what you ask for as of {as_of}: ask for another agent, line or day")
    title = "Evidence map: agents by line of therapy and verdict"
    sheet = Sheet(width)
    sheet.head(
        title,
        f"As of {as_of}. One mark per comparison: shape and colour tell the verdict, area the number of patients.",
    )
    _keys(sheet, rows)
    sheet.rule(4)
    columns = _columns(rows)
    agents = sorted({row.agent for row in rows}, key=lambda agent: _first(rows, agent))
    label = min(max(text_width(name, BODY, bold=True) for name in [*agents, "Agent"]), _LABEL * width) + _PAD
    spans = _spans(sheet, columns, label, rows)
    _headings(sheet, columns, spans)
    for hits, heading in ((True, "Agents that target HER2"), (False, "Other agents")):
        group = [agent for agent in agents if any(row.agent == agent and row.hits_her2 == hits for row in rows)]
        if not group:
            continue
        sheet.items.append(Rect(sheet.left, sheet.y, sheet.inner, 20, fill="band"))
        sheet.items.append(Text(sheet.left + 6, sheet.y + 14, heading, SMALL, bold=True, colour="muted"))
        sheet.y += 20
        for i, agent in enumerate(group):
            if i:
                sheet.items.append(Line(sheet.left, sheet.y, sheet.right, sheet.y, "grid"))
            names, below = paragraph(sheet.left, sheet.y + _PAD + 11, agent, label - _PAD, size=BODY, bold=True)
            sheet.items += names
            lowest = below - 11
            for (column, _), (left, wide) in zip(columns, spans, strict=True):
                cell = [row for row in rows if row.agent == agent and row.column == column]
                items, bottom = _cell(cell, left, sheet.y + _PAD, wide)
                sheet.items += items
                lowest = max(lowest, bottom)
            sheet.y = lowest + _PAD
    sheet.rule(2)
    _notes(sheet, rows)
    return sheet.scene(title, _describe(rows, as_of))


def _columns(rows: Iterable[Trial]) -> list[tuple[str, bool]]:
    """Return the columns, lines in order and other settings last, and whether each is such a setting."""
    rows = list(rows)
    lines = sorted({(row.line_number, row.column) for row in rows if row.line_number})
    others = {row.column for row in rows if not row.line_number}
    nowhere = [_NOWHERE] if _NOWHERE in others else []
    return [
        *((line, False) for _, line in lines),
        *((n, False) for n in nowhere),
        *((s, True) for s in sorted(others - {_NOWHERE})),
    ]


def _first(rows: Iterable[Trial], agent: str) -> tuple[bool, str, str]:
    """Return what agents are ordered by: the day of their first verdict, then of their first trial."""
    own = [row for row in rows if row.agent == agent]
    decided = [row.known for row in own if row.outcome]
    return not decided, min(decided or (row.known for row in own)), agent


def _spans(
    sheet: Sheet, columns: Sequence[tuple[str, bool]], label: float, rows: Sequence[Trial]
) -> list[tuple[float, float]]:
    """Return left edge and width of each column: room for its longest word, and a share of the rest by its content."""
    least, share = [], []
    for column, _ in columns:
        own = [row for row in rows if row.column == column]
        words = {(word, BODY) for row in own for word in row.study.split()}
        words |= {(word, SMALL) for row in own for part in (row.arm, row.study, *_facts(row)) for word in part.split()}
        widest = max(text_width(word, size) for word, size in words)
        heading = max(text_width(word, BODY, bold=True) for word in column.split())
        least.append(max(heading, _INDENT + min(widest, _LONGEST)))
        share.append(len({(row.agent, row.study, row.comparison) for row in own}) + 3.0)
    gaps = (len(columns) - 1) * _GUTTER + (_APART if any(special for _, special in columns) else 0.0)
    spare = sheet.inner - label - gaps - sum(least)
    if spare < 0:
        raise FigureError(
            f"a width of {sheet.width:g} is too small for {len(columns)} columns: "
            f"{math.ceil(sheet.width - spare / (1 - _LABEL))} or more"
        )
    spans: list[tuple[float, float]] = []
    left = sheet.left + label
    for i, (_, special) in enumerate(columns):
        left += _APART if special and not (i and columns[i - 1][1]) else 0.0
        wide = least[i] + spare * share[i] / sum(share)
        spans.append((left, wide))
        left += wide + _GUTTER
    return spans


def _headings(sheet: Sheet, columns: Sequence[tuple[str, bool]], spans: Sequence[tuple[float, float]]) -> None:
    lowest = sheet.y
    groups: list[tuple[float, float]] = []
    for kind, above in ((False, "Advanced disease"), (True, "Before and after surgery")):
        own = [span for (_, special), span in zip(columns, spans, strict=True) if special == kind]
        if own:
            left, right = own[0][0], own[-1][0] + own[-1][1]
            lines, _ = paragraph(left, sheet.y + SMALL, above, right - left, size=SMALL, colour="muted")
            sheet.items += lines
            lowest = max(lowest, sheet.y + len(lines) * SMALL * LEADING)
            groups.append((left, right))
    base = lowest + 2
    sheet.items += [Line(left, base, right, base, "rule") for left, right in groups]
    bottom = base
    for (column, _), (left, wide) in zip(columns, spans, strict=True):
        text, below = paragraph(left, base + 16, column[0].upper() + column[1:], wide, size=BODY, bold=True)
        sheet.items += text
        bottom = max(bottom, below - 8)
    sheet.items.append(Text(sheet.left, base + 16, "Agent", BODY, bold=True))
    sheet.y = bottom + 2


def _cell(cell: Sequence[Trial], left: float, top: float, width: float) -> tuple[list[Item], float]:
    """Return the marks of one agent in one column, and where they end."""
    items: list[Item] = []
    y = top
    compared = sorted(
        (row for row in cell if row.compares),
        key=lambda r: (marks.place(r.outcome), -(r.n or 0), r.study, r.comparison),
    )
    for row in compared:
        name = wrap(row.study, BODY, width - _INDENT)
        several = sum(other.study == row.study for other in compared) > 1
        facts = fit(_facts(row), SMALL, width - _INDENT)
        facts += wrap(row.arm, SMALL, width - _INDENT) if several else []
        r = radius(row.n)
        high = len(name) * BODY * LEADING + len(facts) * SMALL * LEADING
        middle = y + max(_reach(r) if row.conditional else r, BODY * LEADING / 2)
        texts = [Text(left + _INDENT, y + 11 + i * BODY * LEADING, line, BODY) for i, line in enumerate(name)]
        below = y + len(name) * BODY * LEADING + 10
        texts += [
            Text(left + _INDENT, below + i * SMALL * LEADING, line, SMALL, colour="muted")
            for i, line in enumerate(facts)
        ]
        middle = max(middle, y + min(high, 2 * BODY * LEADING) / 2)
        halo = _ring(left + _CENTRE, middle, r) if row.conditional else ()
        items.append(Group((*marks.mark(row.outcome, left + _CENTRE, middle, r), *halo, *texts), row.sentence()))
        y += max(high, middle - y + (_reach(r) if row.conditional else r)) + 6
    single = sorted((row for row in cell if not row.compares), key=lambda r: (-(r.n or 0), r.study))
    if single:
        names = [f"{row.study}{f' ({row.n})' if row.n is not None else ''}" for row in single]
        lines, below = paragraph(left + _INDENT, y + 10, ", ".join(names), width - _INDENT, size=SMALL, colour="muted")
        ring = Circle(left + _CENTRE, y + 6.5, 3, stroke="pending", stroke_width=1.2)
        items.append(Group((ring, *lines), "; ".join(row.sentence() for row in single)))
        y = below - 10 + 4
    if disagree(cell):
        lines, below = paragraph(left + 9, y + 10, "verdicts differ", width - 9, size=SMALL, bold=True, colour="mixed")
        items += lines
        y = below - 10 + 4
        items.append(Line(left - 1, top - 3, left - 1, y - 5, "mixed", 2.5))
        items.append(Line(left - 1, y - 5 - SMALL / 2, left + 6, y - 5 - SMALL / 2, "mixed", 2.5))
    return items, (y - 6 if y > top else y)


def _size(row: Trial) -> str:
    return f"n = {row.n}" if row.n is not None else "n not stated"


def _facts(row: Trial) -> list[str]:
    design = "" if row.design == "randomised trial" else row.design
    return [
        part
        for part in (
            row.phase,
            design,
            _size(row),
            "dose question" if row.dose else "",
            "conditional" if row.conditional else "",
        )
        if part
    ]


def _said(cell: object) -> str:
    return "" if cell is None else str(cell)


def _keys(sheet: Sheet, rows: Sequence[Trial]) -> None:
    drawn = {row.outcome: row.verdict or "no verdict so far" for row in rows if row.compares}
    keys = marks.keys(drawn)
    if any(not row.compares for row in rows):
        keys.append(
            Key(lambda x, y: (Circle(x, y, 3, stroke="pending", stroke_width=1.2),), "trials without a control arm (n)")
        )
    if any(row.conditional for row in rows):
        keys.append(Key(lambda x, y: _ring(x, y, 4), "conditional on what a source does not state"))
    sheet.keys("Verdict", keys)
    sizes = [
        Key(partial(_disc, n), f"{n} patients", 2 * radius(n) + 2, 2 * radius(_LARGE) + 2) for n in (50, 250, 1000)
    ]
    sheet.keys("Area", sizes)


def _reach(r: float) -> float:
    """Return the radius of a ring around a mark, corners of a cross included."""
    return 1.2 * r + 2.5


def _ring(x: float, y: float, r: float) -> tuple[Circle]:
    return (Circle(x, y, _reach(r), stroke="mixed", stroke_width=1.3, dash=(2.5, 2.0)),)


def _disc(n: int, x: float, y: float) -> tuple[Circle]:
    return (Circle(x, y, radius(n), stroke="rule"),)


def _notes(sheet: Sheet, rows: Sequence[Trial]) -> None:
    least = round(_LARGE * (_SMALLEST / _RADIUS) ** 2)
    notes = [
        "A verdict is that of one comparison on its own primary endpoints, derived by a rule; n is that of the whole "
        f"trial, and marks of trials below {least} patients are drawn as large as {least}. An agent that was added to "
        "another, or tested together with one, stands in the rows of both.",
    ]
    if any(row.dose for row in rows):
        notes.append(
            "Dose question: both arms hold the agent, and the comparison asks about its dose, not about the agent."
        )
    if any(row.conditional for row in rows):
        notes.append(
            "Conditional: under one way of filling in what the deciding report leaves unstated (level or sides of its "
            "test) the endpoint is met, under another it is not; for confirmatory trials her2kg why --sensitivity "
            "shows which."
        )
    if any(disagree(cell) for _, cell in _cells(rows)):
        notes.append("Verdicts differ: of comparisons about one agent in one line, some succeeded and some failed.")
    sheet.notes(notes)


def _cells(rows: Sequence[Trial]) -> list[tuple[tuple[str, str], list[Trial]]]:
    def key(row: Trial) -> tuple[str, str]:
        return row.agent, row.column

    return [(where, list(cell)) for where, cell in groupby(sorted(rows, key=key), key=key)]


def _describe(rows: Sequence[Trial], as_of: str) -> str:
    said = " ".join(
        f"{row.sentence()}." for row in sorted(rows, key=lambda r: (r.agent, r.column, r.study, r.comparison))
    )
    differ = [f"{agent}, {column}" for (agent, column), cell in _cells(rows) if disagree(cell)]
    conflict = f" Verdicts differ for {'; '.join(differ)}." if differ else ""
    return f"Agents by line of therapy as of {as_of}.{conflict} {said}"
