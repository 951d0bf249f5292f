"""A forest plot in characters, for a terminal: the same rows, signs and notes as the drawn one."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, NamedTuple

from her2kg.figures.forest import (
    Footnotes,
    difference_text,
    heterogeneity_text,
    pooled_text,
    prediction_text,
    ratio_text,
)
from her2kg.figures.log_axis import LogAxis, axis_of

if TYPE_CHECKING:
    from her2kg.figures.forest import Forest, Row
    from her2kg.synthesis.pooling import Pooled

COLUMNS = 110
"""Usual width in characters."""

_LEAST_LABEL, _LEAST_PLOT = 16, 17


class Signs(NamedTuple):
    """The characters of a plot."""

    line: str
    unsure: str
    square: str
    hollow: str
    dot: str
    hollow_dot: str
    left: str
    right: str
    null: str
    dashed: str
    pool: str
    diamond: str
    prediction: str
    axis: str
    tick: str


UNICODE = Signs("─", "╌", "■", "□", "●", "○", "←", "→", "│", "┊", "━", "◆", "┄", "─", "┴")
ASCII = Signs("-", "~", "#", "o", "*", "o", "<", ">", "|", ":", "=", "@", ".", "-", "+")
_PLAIN = str.maketrans({"τ": "tau", "²": "2", "≥": ">=", "≤": "<=", "–": "-", "—": "-", "−": "-", "’": "'", "×": "x"})


def to_text(forest: Forest, columns: int = COLUMNS, encoding: str = "utf-8") -> str:
    """Return the plot as lines of at most `columns` characters, if that is 80 or more.

    Parameters
    ----------
    encoding : of the terminal; where it has no such characters the plot is made of ASCII, and others become "?"
    """
    try:
        "".join((*UNICODE, "τ²")).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        lines = _Sheet(forest, columns, ASCII).lines()
        return "\n".join(lines).translate(_PLAIN).encode("ascii", "replace").decode("ascii")
    return "\n".join(_Sheet(forest, columns, UNICODE).lines())


class _Sheet:
    """Columns and the axis between them."""

    def __init__(self, forest: Forest, columns: int, signs: Signs) -> None:
        self.forest, self.signs, self.columns = forest, signs, max(columns, 80)
        self.notes = Footnotes(forest.rows)
        self.axis: LogAxis = axis_of(forest)
        pools = forest.pools
        patients = [len(row.patients) for row in forest.rows]
        self.patients = max([*patients, 8]) if any(patients) else 0
        self.estimate = max(
            [
                len(forest.header),
                *(len(row.printed) for row in forest.rows),
                *(len(pooled_text(pool)) for pool in pools),
            ]
        )
        self.weight = 6 if pools else 0
        fixed = sum(room + 2 for room in (self.patients, self.estimate, self.weight) if room)
        free = self.columns - fixed - 2
        # Odd, so that the null has a character of its own in the middle.
        self.plot = max(_LEAST_PLOT, int(0.5 * free)) // 2 * 2 + 1
        self.label = max(free - self.plot, _LEAST_LABEL)

    def lines(self) -> list[str]:
        """Return the whole plot."""
        forest = self.forest
        out = [*textwrap.wrap(forest.title, self.columns), *textwrap.wrap(forest.subtitle, self.columns), ""]
        out += self._cells(forest.heading, "Patients", " " * self.plot, forest.header, "Weight")
        for group in forest.groups:
            out += ["", group.title] if group.title else [""]
            for row, weight in zip(group.rows, group.weights(), strict=True):
                out += self._row(row, "" if weight is None else f"{weight:.1f}%")
            if group.pooled:
                out += self._pool("Pooled", group.pooled)
        if forest.overall:
            out += ["", *self._pool("Pooled over all groups", forest.overall)]
        if forest.difference:
            out += ["", difference_text(forest.difference)]
        out += [*self._axis(), ""]
        dashed = [f"Dashed line: {forest.reference[1]}."] if forest.reference else []
        for note in (*forest.notes, *dashed):
            out += textwrap.wrap(note, self.columns)
        out.append("")
        entries = [(sign, text) for text, sign in self.notes.remarks.items()]
        entries += [(number, str(source)) for number, source in self.notes.sources()]
        for sign, text in entries:
            head = f"[{sign}] "
            out += textwrap.wrap(
                text,
                self.columns,
                initial_indent=head,
                subsequent_indent=" " * len(head),
                break_long_words=False,
                break_on_hyphens=False,
            )
        return [line.rstrip() for line in out]

    def _cells(self, label: str, patients: str, plot: str, estimate: str, weight: str) -> list[str]:
        """Return a row of cells, the label on as many lines as it needs."""
        first, *more = textwrap.wrap(label, self.label) or [""]
        parts = [first.ljust(self.label)]
        if self.patients:
            parts.append(patients.rjust(self.patients))
        parts += [plot, estimate.rjust(self.estimate)]
        if self.weight:
            parts.append(weight.rjust(self.weight))
        return ["  ".join(parts), *(self._below(line) for line in more)]

    def _below(self, text: str) -> str:
        """Return a line of the label column, with the vertical lines of the plot going on beside it."""
        rest = " " * (self.patients + 2) if self.patients else ""
        return f"{text.ljust(self.label)}{rest}  {''.join(self._blank())}"

    def _row(self, row: Row, weight: str) -> list[str]:
        label = f"{row.label} [{self.notes.signs(row)}]"
        out = self._cells(label, row.patients, self._marks(row), row.printed, weight)
        for text in filter(None, (row.comparison, row.population)):
            wrapped = textwrap.wrap(text, self.label, initial_indent="  ", subsequent_indent="  ")
            out += [self._below(line) for line in wrapped]
        return out

    def _pool(self, name: str, pooled: Pooled) -> list[str]:
        canvas = self._blank()
        self._stroke(canvas, *pooled.limits, self.signs.pool)
        self._put(canvas, pooled.ratio, self.signs.diamond)
        out = self._cells(name, "", "".join(canvas), pooled_text(pooled), "100%")
        limits = pooled.prediction_limits
        if limits is not None:
            canvas = self._blank()
            self._stroke(canvas, *limits, self.signs.prediction)
            text = f"{ratio_text(limits.lower)} to {ratio_text(limits.upper)}"
            out += self._cells(prediction_text(pooled), "", "".join(canvas), text, "")
        return [*out, *textwrap.wrap(heterogeneity_text(pooled), self.columns)]

    def _place(self, ratio: float) -> int:
        """Return the character a ratio stands in, below 0 or beyond the last where it is off the axis."""
        return round(max(min(self.axis.place(ratio), 2.0), -1.0) * (self.plot - 1))

    def _blank(self) -> list[str]:
        canvas = [" "] * self.plot
        canvas[self.plot // 2] = self.signs.null
        if self.forest.reference:
            self._put(canvas, self.forest.reference[0], self.signs.dashed)
        return canvas

    def _put(self, canvas: list[str], ratio: float, sign: str) -> None:
        place = self._place(ratio)
        if 0 <= place < self.plot:
            canvas[place] = sign

    def _stroke(self, canvas: list[str], lower: float, upper: float, sign: str) -> None:
        start, end = self._place(lower), self._place(upper)
        for place in range(max(start, 0), min(end, self.plot - 1) + 1):
            canvas[place] = sign
        if self.axis.place(lower) < 0.0:
            canvas[0] = self.signs.left
        if self.axis.place(upper) > 1.0:
            canvas[-1] = self.signs.right

    def _marks(self, row: Row) -> str:
        signs, canvas = self.signs, self._blank()
        if row.interval is not None:
            self._stroke(canvas, *row.interval, signs.unsure if row.level is None else signs.line)
        if row.value is not None:
            full, hollow = (signs.square, signs.hollow) if row.estimate else (signs.dot, signs.hollow_dot)
            self._put(canvas, row.value, hollow if row.hollow else full)
        return "".join(canvas)

    def _axis(self) -> list[str]:
        line, labels = [self.signs.axis] * self.plot, [" "] * self.plot
        for tick in self.axis.thinned(float(self.plot), 1.0, lambda text: len(text) + 0.0):
            place = self._place(float(tick))
            line[place] = self.signs.tick
            start = min(max(place - len(tick) // 2, 0), self.plot - len(tick))
            labels[start : start + len(tick)] = tick
        before = " " * (self.label + (self.patients + 2 if self.patients else 0) + 2)
        # Nothing else stands beside the axis: the words may begin in the columns before it.
        left, right = f"{self.signs.left} {self.forest.ends[0]}", f"{self.forest.ends[1]} {self.signs.right}"
        ends = f"{left.rjust(len(before) + self.plot // 2 - 1)}   {right}"
        return [f"{before}{''.join(line)}", f"{before}{''.join(labels)}", ends]
