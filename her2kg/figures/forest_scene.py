"""A forest plot laid out: every column as wide as its widest text, the plot takes what is left.

Where the width allows, study and comparison have a column each; else the comparison stands below its study, and on a
narrow page the number of patients too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from her2kg.figures.errors import FigureError
from her2kg.figures.forest import (
    Footnotes,
    difference_text,
    heterogeneity_text,
    pooled_text,
    prediction_text,
    ratio_text,
)
from her2kg.figures.forest_marks import Plot
from her2kg.figures.log_axis import axis_of
from her2kg.figures.metrics import LEADING, text_width, wrap
from her2kg.figures.scene import Group as Together
from her2kg.figures.scene import Line, Rect, Scene, Text, paragraph, raised_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from her2kg.answers import SourceUse
    from her2kg.figures.forest import Forest, Group, Row
    from her2kg.figures.scene import Anchor, Item
    from her2kg.synthesis.pooling import Pooled

WIDTH = 960.0
"""Usual width in pixels."""

_SIZE, _SMALL = 12.0, 10.5
_STEP = LEADING * _SIZE
_BASE, _MIDDLE = 11.0, 4.2  # from the top of a line down to its baseline, from there up to the middle of its digits
_MARGIN, _GAP, _PAD = 18.0, 16.0, 7.0
_LEAST_TEXT, _MOST_WORD, _LEAST_PLOT = 100.0, 180.0, 110.0  # longer words are broken
_MOST_PLOT = 380.0
_TWO_COLUMNS = 420.0  # room for study and comparison from which each has a column of its own
_ROOMY = 300.0  # room for text and plot below which patients give up their column
_PATIENTS, _WEIGHT = "Patients", "Weight"


@dataclass(frozen=True, slots=True)
class _Columns:
    """Left edges and widths; `comparison` is None where it stands below the study, as patients do where theirs is 0."""

    study: tuple[float, float]
    comparison: tuple[float, float] | None
    patients: tuple[float, float]
    plot: tuple[float, float]
    estimate: tuple[float, float]
    weight: tuple[float, float]

    @property
    def left_part(self) -> float:
        """Width of everything left of the plot."""
        return self.plot[0] - _GAP - self.study[0]


def draw(forest: Forest, width: float = WIDTH) -> Scene:
    """Return the plot as a scene of a given width, as high as it needs to be.

    Raises
    ------
    FigureError : too narrow; the message gives the least width
    """
    sheet = _Sheet(forest, width)
    sheet.title()
    sheet.head()
    for group, shares in zip(forest.groups, forest.shares(), strict=True):
        sheet.group(group, shares)
    sheet.across()
    sheet.axis()
    sheet.foot()
    return Scene(width, sheet.y + _MARGIN, forest.title, forest.describe(), tuple(sheet.items))


class _Sheet:
    """The scene as it grows downward; `y` is the top of what comes next."""

    def __init__(self, forest: Forest, width: float) -> None:
        self.forest, self.width = forest, width
        self.notes = Footnotes(forest.rows)
        self.items: list[Item] = []
        self.y = _MARGIN
        self.columns = _columns(forest, self.notes, width)
        self.plot = Plot(axis_of(forest), *self.columns.plot)
        self._behind: list[Item] = []
        self._dashed: list[tuple[float, float, float]] = []

    def _write(self, texts: Sequence[Text]) -> None:
        self.items += texts

    def title(self) -> None:
        """Add title and subtitle."""
        room = self.width - 2 * _MARGIN
        texts, y = paragraph(_MARGIN, self.y + 15.0, self.forest.title, room, size=16.0, bold=True)
        more, y = paragraph(_MARGIN, y, self.forest.subtitle, room, colour="muted")
        self._write([*texts, *more])
        self.y = y - _SIZE + _PAD

    def head(self) -> None:
        """Add the headings of the columns between two lines; they stand on the lower one."""
        columns = self.columns
        cells: list[tuple[str, tuple[float, float], Anchor]] = [
            (self.forest.heading, columns.study, "start"),
            (_PATIENTS if columns.patients[1] else "", columns.patients, "end"),
            (self.forest.header, columns.estimate, "end"),
            (_WEIGHT if columns.weight[1] else "", columns.weight, "end"),
        ]
        if columns.comparison:
            cells.append(("Comparison", columns.comparison, "start"))
        wrapped = [
            (wrap(text, _SIZE, room, bold=True), left if anchor == "start" else left + room, anchor)
            for text, (left, room), anchor in cells
            if text
        ]
        most = max(len(lines) for lines, _, _ in wrapped)
        self._rule("ink")
        for lines, x, anchor in wrapped:
            top = self.y + _PAD + (most - len(lines)) * _STEP
            self._write(
                [Text(x, top + _BASE + i * _STEP, line, _SIZE, anchor, bold=True) for i, line in enumerate(lines)]
            )
        self.y += 2 * _PAD + most * _STEP - 3.0
        self._rule("rule")

    def _rule(self, colour: str) -> None:
        self.items.append(Line(_MARGIN, self.y, self.width - _MARGIN, self.y, colour, 1.0))

    def group(self, group: Group, shares: Sequence[float | None]) -> None:
        """Add heading, rows and pool of one group."""
        if group.title:
            lines = wrap(group.title, _SIZE, self.width - 2 * _MARGIN - 2 * _PAD, bold=True)
            height = len(lines) * _STEP + _PAD
            self.y += 6.0
            self._behind.append(Rect(_MARGIN, self.y, self.width - 2 * _MARGIN, height, fill="band"))
            self._write(
                [Text(_MARGIN + 4, self.y + 15.0 + i * _STEP, line, _SIZE, bold=True) for i, line in enumerate(lines)]
            )
            self.y += height
        top = self.y
        for row, share, weight in zip(group.rows, shares, group.weights(), strict=True):
            self._row(row, share, weight)
        if group.pooled:
            self._dashed.append((group.pooled.ratio, top, self.y + _PAD + 9.0))
            self._pool("Pooled", group.pooled)

    def _row(self, row: Row, share: float | None, weight: float | None) -> None:
        columns, base = self.columns, self.y + _PAD + _BASE
        texts, y = self._study(row, base)
        under = wrap(row.comparison, _SIZE, (columns.comparison or columns.study)[1])
        where = wrap(row.population, _SMALL, (columns.comparison or columns.study)[1])
        x = (columns.comparison or columns.study)[0]
        if columns.comparison:
            y = base
        for line in under:
            texts.append(Text(x, y, line, _SIZE, colour="ink" if columns.comparison else "muted"))
            y += _STEP
        for line in where:
            texts.append(Text(x, y, line, _SMALL, italic=True, colour="muted"))
            y += LEADING * _SMALL
        if columns.patients[1]:
            texts.append(_right(columns.patients, base, row.patients))
        elif row.patients:
            texts.append(Text(x, y, f"{row.patients} patients", _SMALL, colour="muted"))
        texts.append(_right(columns.estimate, base, row.printed))
        texts.append(_right(columns.weight, base, "" if weight is None else f"{weight:.1f}%"))
        marks = self.plot.row(row, base - _MIDDLE, share)
        self.items.append(Together((*texts, *marks), title=row.sentence))
        lowest = max(text.box.bottom for text in texts if text.text)
        self.y = max(lowest, self.y + 2 * _PAD + 8.0)

    def _study(self, row: Row, base: float) -> tuple[list[Text], float]:
        """Return the label with its signs raised behind its last line, and the baseline below."""
        left, room = self.columns.study
        signs = self.notes.signs(row)
        lines = wrap(row.label, _SIZE, room - raised_width(signs, _SIZE), bold=row.main) or [""]
        texts = [Text(left, base + i * _STEP, line, _SIZE, bold=row.main) for i, line in enumerate(lines)]
        texts[-1] = replace(texts[-1], raised=signs)
        return texts, texts[-1].y + _STEP

    def _pool(self, name: str, pooled: Pooled) -> None:
        """Add a diamond with its number, heterogeneity and prediction interval."""
        columns, base = self.columns, self.y + _PAD + 13.0
        left, room = columns.study[0], columns.left_part
        texts = [
            Text(left, base, name, _SIZE, bold=True),
            _right(columns.estimate, base, pooled_text(pooled), bold=True),
            _right(columns.weight, base, "100%", bold=True),
        ]
        self.items.append(
            Together((*texts, self.plot.diamond(pooled, base - _MIDDLE)), title=f"{name}: {pooled_text(pooled)}")
        )
        small, y = paragraph(left, base + _STEP, _held(heterogeneity_text(pooled)), room, size=_SMALL, colour="muted")
        limits = pooled.prediction_limits
        if limits is not None:
            more, after = paragraph(left, y, prediction_text(pooled), room, size=_SMALL, colour="muted")
            text = f"{ratio_text(limits.lower)} to {ratio_text(limits.upper)}"
            self._write([_right(columns.estimate, y, text, colour="muted"), *more])
            self.items += self.plot.bar(*limits, y - _MIDDLE)
            y = max(after, y + _STEP)
        self._write(small)
        self.y = y - 8.0

    def across(self) -> None:
        """Add the pool over all groups and the test of their difference."""
        forest = self.forest
        if forest.overall:
            self.y += _PAD
            self._rule("rule")
            self._pool("Pooled over all groups", forest.overall)
        if forest.difference:
            text = _held(difference_text(forest.difference))
            texts, y = paragraph(
                self.columns.study[0], self.y + _PAD + _BASE, text, self.columns.left_part, size=_SMALL, colour="muted"
            )
            self._write(texts)
            self.y = y - 8.0
        self.y += _PAD + 4.0

    def axis(self) -> None:
        """Add the axis below the rows, and the bands and vertical lines that go behind everything else."""
        top = next(item.y1 for item in self.items if isinstance(item, Line) and item.stroke == "rule")
        if self.forest.reference:  # it runs through all groups; lines of their own would stand too close to it
            self._dashed = [(self.forest.reference[0], top, self.y)]
        lines = [self.plot.vertical(ratio, start, end, "pooled", dash=(4, 3)) for ratio, start, end in self._dashed]
        self.items[:0] = [*self._behind, self.plot.vertical(1.0, top, self.y, "ink"), *lines]
        items, self.y = self.plot.axis_items(self.y, self.forest.ends, (_MARGIN, self.width - _MARGIN))
        self.items += items

    def foot(self) -> None:
        """Add notes, remarks and sources, in two columns where there is room."""
        forest, room = self.forest, self.width - 2 * _MARGIN
        dashed = forest.reference[1] if forest.reference else "pooled in its group" if self._dashed else ""
        notes = [forest.squares, *forest.notes, f"Dashed line: {dashed}." if dashed else ""]
        self.y += _PAD
        self._rule("rule")
        y = self.y + 18.0
        texts, y = paragraph(_MARGIN, y, " ".join(filter(None, notes)), room, size=_SMALL)
        self._write(texts)
        entries = [(sign, text, "") for text, sign in self.notes.remarks.items()]
        entries += [(number, str(source._replace(url="")), _address(source)) for number, source in self.notes.sources()]
        columns = 2 if self.width >= 720.0 and len(entries) > 3 else 1
        self.y = self._entries(entries, y + 4.0, columns)

    def _entries(self, entries: Sequence[tuple[str, str, str]], y: float, columns: int) -> float:
        """Write signs with their texts, column by column, and return the bottom."""
        room = (self.width - 2 * _MARGIN - (columns - 1) * _GAP) / columns
        indent = max(text_width(sign, _SMALL) for sign, _, _ in entries) + 6.0
        heights = [max(len(wrap(text, _SMALL, room - indent)), 1) for _, text, _ in entries]
        half, done, split = sum(heights) / columns, 0, len(entries)
        for i, height in enumerate(heights):
            if columns == 2 and done >= half:
                split = i
                break
            done += height
        bottom = y
        for x, part in ((_MARGIN, entries[:split]), (_MARGIN + room + _GAP, entries[split:])):
            line = y
            for sign, text, href in part:
                lines, after = paragraph(x + indent, line, text, room - indent, size=_SMALL, colour="muted")
                block: tuple[Item, ...] = (Text(x, line, sign, _SMALL, colour="muted"), *lines)
                self.items += [Together(block, href=href)] if href else block
                line = max(after, line + LEADING * _SMALL)
            bottom = max(bottom, line)
        return bottom - LEADING * _SMALL + 4.0


def _held(text: str) -> str:
    """Return a text in which no line ends before or behind a sign of equality."""
    return re.sub(" ([=<]) ", "\u00a0\\1\u00a0", text)


def _address(source: SourceUse) -> str:
    """Return where a source is found on the web, empty where it is not told; data of a user's own may hold anything."""
    if source.doi:
        return f"https://doi.org/{source.doi}"
    if source.pmid:
        return f"https://pubmed.ncbi.nlm.nih.gov/{source.pmid}/"
    return source.url if source.url.startswith(("https://", "http://")) else ""


def _right(column: tuple[float, float], base: float, text: str, *, bold: bool = False, colour: str = "ink") -> Text:
    return Text(column[0] + column[1], base, text, _SIZE, "end", bold=bold, colour=colour)


def _columns(forest: Forest, notes: Footnotes, width: float) -> _Columns:
    rows = forest.rows
    pools = forest.pools
    estimate = max(
        _widest([row.printed for row in rows], ""),
        _widest([pooled_text(pooled) for pooled in pools], forest.header, bold=True),
    )
    patients = _widest([row.patients for row in rows], _PATIENTS) if any(row.patients for row in rows) else 0.0
    weight = _widest(["100.0%"], _WEIGHT, bold=True) if pools else 0.0
    word = max(text_width(word, _SIZE, bold=True) for row in rows for word in row.label.split() or [""])
    signs = max(raised_width(notes.signs(row), _SIZE) for row in rows)
    least = min(max(_LEAST_TEXT, word + signs), _MOST_WORD) + _LEAST_PLOT

    def left_of(*fixed: float) -> float:
        return width - 2 * _MARGIN - _GAP - sum(room + _GAP for room in fixed if room)

    free = left_of(patients, estimate, weight)
    if free < _ROOMY:
        patients, free = 0.0, left_of(estimate, weight)
    if free < least:
        raise FigureError(f"a width of {width:g} is too small for this plot: {width + least - free:.0f} or more")
    plot = min(max(_LEAST_PLOT, 0.42 * free), _MOST_PLOT, free - least + _LEAST_PLOT)
    text = free - plot
    study, comparison = text, None
    compared = any(row.comparison or row.population for row in rows)
    if compared and text - _GAP >= _TWO_COLUMNS:
        longest = max(text_width(row.label, _SIZE, bold=True) + raised_width(notes.signs(row), _SIZE) for row in rows)
        study = min(max(longest, 70.0), 0.45 * (text - _GAP))
        comparison = text - _GAP - study
    x = _MARGIN
    at: list[tuple[float, float]] = []
    for room in (study, comparison or 0.0, patients, plot, estimate, weight):
        at.append((x, room))
        x += room + _GAP if room else 0.0
    return _Columns(at[0], at[1] if comparison else None, *at[2:])


def _widest(texts: Sequence[str], head: str, *, bold: bool = False) -> float:
    """Return the width of a column: its widest text, or the widest word of its heading."""
    words = [text_width(word, _SIZE, bold=True) for word in head.split()]
    return max([*(text_width(text, _SIZE, bold=bold) for text in texts), *words])
