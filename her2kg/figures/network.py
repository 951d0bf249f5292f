"""The trial network: regimens as boxes, comparisons as lines from the control to the experimental regimen.

One panel for each line of therapy, since patients of different lines are not exchanged for one another. Within a panel
controls stand left of what was tested against them, so that the chain of evidence reads from left to right. A
comparison ends in a port of its own at its experimental regimen: parallel comparisons stay apart. Colour and mark are
the verdict, width is the size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from her2kg.figures import marks
from her2kg.figures.errors import FigureError
from her2kg.figures.layout import layers, stack
from her2kg.figures.metrics import LEADING, text_width, wrap
from her2kg.figures.scene import Group, Line, Path, Rect, Text
from her2kg.figures.sheet import BODY, MARGIN, SMALL, Key, Sheet, fit
from her2kg.tables import Thing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from her2kg.figures.scene import Item, Scene
    from her2kg.tables import Table

QUERY = "trial-network"

_THIN = 1.4
_PER_PATIENT = 7.0 / 1000  # pixels
_LONGEST = 120.0  # a word beyond is broken
_CURVE = 46.0
_MARK = 16.0
_PAD = 7.0
_GAP = 8.0
_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Comparison:
    """One randomised comparison.

    Parameters
    ----------
    panel : line of therapy, or the setting where that is not advanced disease
    regimen, against : experimental and control regimen
    arm : the experimental arm as the study names it
    n : patients of the study, None where no source known by then gives them
    outcome, verdict : CURIE of the outcome, empty without a verdict; and in words
    """

    study: str
    panel: str
    line_number: int
    phase: str
    regimen: str
    against: str
    arm: str
    n: int | None
    outcome: str
    verdict: str
    comparison: str

    def sentence(self) -> str:
        """Return everything about it, for a tooltip."""
        size = f"n = {self.n}" if self.n is not None else "n not stated"
        facts = ", ".join(part for part in (self.study, self.phase, self.panel, size) if part)
        return f"{facts}: {self.comparison}: {self.verdict or 'no verdict so far'}"


def comparisons(table: Table) -> list[Comparison]:
    """Return the rows of the named query `QUERY`."""
    found = []
    for row in table:
        setting, line, number, n = row["ofSetting"], row["ofLine"], row["lineNumber"], row["n"]
        advanced = not isinstance(setting, Thing) or setting.id == "her2:Advanced"
        outcome, question, arm = row["outcome"], row["question"], str(row["experimentalArm"])
        of_dose = isinstance(question, Thing) and question.id == "her2:DoseQuestion"
        found.append(
            Comparison(
                study=str(row["study"]),
                panel=(str(line) if line is not None else "line not stated") if advanced else str(setting),
                line_number=int(number) if advanced and isinstance(number, (int, float)) else 0,
                phase="" if row["ofPhase"] is None else str(row["ofPhase"]),
                # Arms that hold the same agents in other doses are regimens of their own.
                regimen=arm if of_dose or row["regimen"] == row["against"] else str(row["regimen"]),
                against=str(row["against"]),
                arm=arm,
                n=int(n) if isinstance(n, (int, float)) else None,
                outcome=outcome.id if isinstance(outcome, Thing) else marks.NO_VERDICT,
                verdict="" if outcome is None else str(outcome),
                comparison=str(row["comparison"]),
            )
        )
    return found


def thickness(n: int | None) -> float:
    """Return the width of a comparison's line in pixels: a thin one, and more in proportion to `n`."""
    return _THIN + _PER_PATIENT * (n or 0)


def draw(rows: Sequence[Comparison], as_of: str, width: float = 1120.0) -> Scene:
    """Return the figure.

    Raises
    ------
    FigureError : nothing to draw, or a width in which the columns do not fit
    """
    if not rows:
        raise FigureError(
            f"no randomised comparison fits what you ask for as of {as_of}: ask for another agent, line or day"
        )
    title = "Trial network: which regimen was set against which"
    sheet = Sheet(width)
    sheet.head(
        title,
        f"As of {as_of}. Each line is a comparison, from its control on the left to what was tested on the right.",
    )
    _keys(sheet, rows)
    sheet.y += 4
    panels = sorted({(row.line_number == 0, row.line_number, row.panel) for row in rows})
    columns = _columns(rows, sheet.inner)
    for *_, panel in panels:
        sheet.items.append(Rect(sheet.left, sheet.y, sheet.inner, 20, fill="band"))
        sheet.items.append(
            Text(sheet.left + 6, sheet.y + 14, panel[0].upper() + panel[1:], SMALL, bold=True, colour="muted")
        )
        sheet.y += 20 + 12
        _Panel(sheet, [row for row in rows if row.panel == panel], columns).draw()
        sheet.y += 14
    sheet.rule(0)
    sheet.notes(
        [
            "Regimens are told apart by their agents; cytotoxic drugs, whichever they are, stand as chemotherapy and "
            "placebo is left out, so one box can hold different backbones. ± is optional; n is that of the trial.",
            "Panels are not joined: patients of different lines of therapy are not exchangeable.",
        ]
    )
    return sheet.scene(title, _describe(rows, as_of))


@dataclass(frozen=True, slots=True)
class _Port:
    """Where a comparison ends: text above and below its line."""

    row: Comparison
    above: tuple[str, ...]
    below: tuple[str, ...]

    @property
    def rise(self) -> float:
        return len(self.above) * SMALL * LEADING + thickness(self.row.n) / 2 + 3

    @property
    def height(self) -> float:
        return self.rise + thickness(self.row.n) / 2 + len(self.below) * SMALL * LEADING + 9


@dataclass(frozen=True, slots=True)
class _Columns:
    """Widths that all panels share: of a box, of the labels before it, of the curves before those."""

    box: float
    label: float
    curve: float


def _columns(rows: Sequence[Comparison], inner: float) -> _Columns:
    """Share the width out.

    Raises
    ------
    FigureError : the longest words do not fit
    """
    panels = {row.panel for row in rows}
    last = max(max(layers((r.against, r.regimen) for r in rows if r.panel == panel).values()) for panel in panels)
    nodes = {node for row in rows for node in (row.regimen, row.against)}
    words = [text_width(word, BODY, bold=True) for node in nodes for word in node.split()]
    facts = [text_width(word, SMALL) for row in rows for word in (*row.study.split(), *row.phase.split(), "stated")]
    box = min(max(words), _LONGEST) + 2 * _PAD
    label = min(max(facts), _LONGEST) + _MARK + 6
    spare = inner - (last + 1) * box - last * (label + _CURVE)
    if spare < 0:
        raise FigureError(
            f"a width of {inner + 2 * MARGIN:g} is too small for {last + 1} layers of regimens: "
            f"{math.ceil(inner + 2 * MARGIN - spare)} or more"
        )
    # Beyond a comfortable measure more width would only pull related things apart.
    box, extra = min(box + 0.4 * spare / (last + 1), 1.5 * box), spare / last
    return _Columns(box, min(label + 0.4 * extra, 1.5 * label), min(_CURVE + 0.2 * extra, 2 * _CURVE))


class _Panel:
    """One panel in the making: layered nodes."""

    def __init__(self, sheet: Sheet, rows: Sequence[Comparison], columns: _Columns) -> None:
        self.sheet, self.rows = sheet, rows
        self.box, self.label, self.curve = columns.box, columns.label, columns.curve
        self.layer = layers((row.against, row.regimen) for row in rows)
        self.ports = {node: self._ports(node) for node in self.layer}
        self.text = {node: wrap(node, BODY, self.box - 2 * _PAD, bold=True) for node in self.layer}
        self.heights = {
            node: max(
                sum(port.height for port in self.ports[node]) + 2,
                len(self.text[node]) * BODY * LEADING + 2 * _PAD - 2,
            )
            for node in self.layer
        }

    def _left(self, node: str) -> float:
        return self.sheet.left + self.layer[node] * (self.box + self.curve + self.label)

    def _ports(self, node: str) -> list[_Port]:
        room = self.label - _MARK - 6
        own = [row for row in self.rows if row.regimen == node]
        ports = []
        for row in sorted(own, key=lambda r: (r.study, marks.place(r.outcome), r.arm)):
            size = f"n = {row.n}" if row.n is not None else "n not stated"
            below = fit([part for part in (row.phase, size) if part], SMALL, room)
            if sum(other.study == row.study for other in own) > 1:
                below += wrap(row.arm, SMALL, room)
            ports.append(_Port(row, tuple(wrap(row.study, SMALL, room)), tuple(below)))
        return ports

    def _places(self) -> dict[str, float]:
        """Return the middle of each box below the top of the panel, near what it is compared with."""
        ranks = [[node for node in self.layer if self.layer[node] == i] for i in range(max(self.layer.values()) + 1)]
        tallest = max(sum(self.heights[n] for n in rank) + _GAP * (len(rank) - 1) for rank in ranks)
        places = dict.fromkeys(self.layer, tallest / 2)
        neighbours = {
            node: [row.against for row in self.rows if row.regimen == node]
            + [row.regimen for row in self.rows if row.against == node]
            for node in self.layer
        }
        for turn in range(_ROUNDS):
            for rank in ranks if turn % 2 == 0 else ranks[::-1]:
                wanted = {n: sum(places[o] for o in neighbours[n]) / len(neighbours[n]) for n in rank}
                heights = {n: self.heights[n] for n in rank}
                places.update(stack(wanted, heights, 0.0, tallest, _GAP))
        return places

    def draw(self) -> None:
        """Draw lines, then boxes over them."""
        sheet, top = self.sheet, self.sheet.y
        places = self._places()
        lines: list[Item] = []
        boxes: list[Item] = []
        for node, middle in places.items():
            left, high, centre = self._left(node), self.heights[node], top + middle
            box = Rect(left, centre - high / 2, self.box, high, "band", "rule", 1.0, 5)
            first = centre - len(self.text[node]) * BODY * LEADING / 2 + 11.5
            texts = [
                Text(left + _PAD, first + i * BODY * LEADING, line, BODY, bold=True)
                for i, line in enumerate(self.text[node])
            ]
            boxes.append(Group((box, *texts), node))
            used = sum(port.height for port in self.ports[node])
            y = centre - used / 2
            for port in sorted(self.ports[node], key=lambda p: places[p.row.against]):
                start = (self._left(port.row.against) + self.box, top + places[port.row.against])
                lines.append(self._line(port, start, left, y + port.rise))
                y += port.height
        sheet.items += [*lines, *boxes]
        sheet.y = top + max(places[node] + self.heights[node] / 2 for node in places)

    def _line(self, port: _Port, start: tuple[float, float], end: float, y: float) -> Group:
        """Return one comparison: a curve from its control, then level through its label to the box."""
        row, thick = port.row, thickness(port.row.n)
        colour = marks.role(row.outcome)
        bend = end - self.label
        half = (bend - start[0]) / 2
        curve = Path(
            (
                ("M", *start),
                ("C", start[0] + half, start[1], bend - half, y, bend, y),
                ("L", end, y),
            ),
            stroke=colour,
            stroke_width=thick,
            dash=() if row.outcome else (5, 3),
        )
        left = bend + _MARK + 2
        above = [
            Text(left, y - thick / 2 - 4 - (len(port.above) - 1 - i) * SMALL * LEADING, line, SMALL)
            for i, line in enumerate(port.above)
        ]
        below = [
            Text(left, y + thick / 2 + SMALL + 1 + i * SMALL * LEADING, line, SMALL, colour="muted")
            for i, line in enumerate(port.below)
        ]
        return Group((curve, *marks.mark(row.outcome, bend + 6, y, 6.5), *above, *below), row.sentence())


def _keys(sheet: Sheet, rows: Sequence[Comparison]) -> None:
    drawn = {row.outcome: row.verdict or "no verdict so far" for row in rows}
    sheet.keys("Verdict", marks.keys(drawn))
    sheet.keys("Width", [Key(partial(_thick, n), f"{n} patients", 30) for n in (50, 250, 1000)])


def _thick(n: int, x: float, y: float) -> tuple[Line]:
    return (Line(x - 15, y, x + 15, y, "rule", thickness(n)),)


def _describe(rows: Sequence[Comparison], as_of: str) -> str:
    said = " ".join(f"{row.sentence()}." for row in sorted(rows, key=lambda r: (r.panel, r.study, r.comparison)))
    return f"Randomised comparisons as of {as_of}. {said}"
