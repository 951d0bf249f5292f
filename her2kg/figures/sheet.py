"""A sheet that fills from the top: title, what was drawn by a figure of its own kind, keys, notes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from her2kg.figures.metrics import LEADING, text_width, wrap
from her2kg.figures.scene import Line, Scene, Text, paragraph

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from her2kg.figures.scene import Item

    Draw = Callable[[float, float], Sequence[Item]]
    """Draws a key's mark around a point."""

MARGIN = 24.0
TITLE, BODY, SMALL = 16.0, 11.5, 10.0
"""Font sizes; nothing is smaller than `SMALL`."""


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a legend: a mark as wide as `width` and what it stands for."""

    draw: Draw
    label: str
    width: float = 14.0
    height: float = 14.0


@dataclass(slots=True)
class Sheet:
    """A figure in the making; `y` is where the next part begins."""

    width: float
    y: float = MARGIN
    items: list[Item] = field(default_factory=list)

    @property
    def left(self) -> float:
        """Left edge of the content."""
        return MARGIN

    @property
    def right(self) -> float:
        """Right edge of the content."""
        return self.width - MARGIN

    @property
    def inner(self) -> float:
        """Width of the content."""
        return self.width - 2 * MARGIN

    def head(self, title: str, subtitle: str) -> None:
        """Write the title and the line under it."""
        texts, y = paragraph(self.left, self.y + TITLE * 0.8, title, self.inner, size=TITLE, bold=True)
        more, y = paragraph(self.left, y - 2.0, subtitle, self.inner, size=BODY, colour="muted")
        self.items += [*texts, *more]
        self.y = y + 4.0

    def keys(self, heading: str, keys: Sequence[Key]) -> None:
        """Write one row of a legend, or as many as it takes: heading, then marks with their labels."""
        if not keys:
            return
        indent = self.left + _heading_width(self.inner)
        rule = LEADING * SMALL
        texts, below = paragraph(self.left, self.y + SMALL, heading, indent - self.left - 10, size=SMALL, bold=True)
        self.items += texts
        x, top, row = indent, self.y, 0.0
        for key in keys:
            room = self.right - indent - key.width - 6
            lines = wrap(key.label, SMALL, room)
            wide = key.width + 6 + max((text_width(line, SMALL) for line in lines), default=0.0)
            high = max(key.height, len(lines) * rule)
            if x > indent and x + wide > self.right + 0.01:
                x, top, row = indent, top + row + 5, 0.0
            first = top + max(key.height, rule) / 2
            self.items += key.draw(x + key.width / 2, first)
            self.items += [
                Text(x + key.width + 6, first + 0.35 * SMALL + i * rule, line, SMALL) for i, line in enumerate(lines)
            ]
            x += wide + 16
            row = max(row, high)
        self.y = max(top + row, below - SMALL) + 7

    def notes(self, notes: Sequence[str]) -> None:
        """Write notes under everything, one paragraph each."""
        for note in notes:
            texts, y = paragraph(self.left, self.y + SMALL, note, self.inner, size=SMALL, colour="muted")
            self.items += texts
            self.y = y - SMALL + 3

    def rule(self, gap: float = 8.0) -> None:
        """Draw a line across the sheet."""
        self.y += gap
        self.items.append(Line(self.left, self.y, self.right, self.y, "grid"))
        self.y += gap

    def scene(self, title: str, description: str) -> Scene:
        """Return the figure, as high as it has become."""
        return Scene(self.width, round(self.y + MARGIN - 6), title, description, tuple(self.items))


def fit(parts: Sequence[str], size: float, width: float) -> list[str]:
    """Return parts joined by commas as lines no wider than `width`, broken between parts where that is enough."""
    lines: list[str] = []
    for i, part in enumerate(parts):
        text = part if i == len(parts) - 1 else f"{part},"
        if lines and text_width(f"{lines[-1]} {text}", size) <= width:
            lines[-1] += f" {text}"
        else:
            lines += wrap(text, size, width)
    return lines


def _heading_width(inner: float) -> float:
    return min(110.0, inner / 5)
