"""The drawing layer: a figure is a `Scene` of a few primitives, laid out by its maker and written by `svg` or `plates`.

How a figure is made
--------------------
1. Take values from the graph (named queries) and lay them out with measured text: `metrics.text_width`, `metrics.wrap`,
   `paragraph`. Place columns by the widest text in them, never by a fixed number.
2. Return ``Scene(width, height, title, description, items)``: a pure function of values, no clock, no set order.
3. The command writes it with ``saving.save(scene, "file.svg", theme)`` (or .pdf, .png) or ``svg.to_svg(scene, theme)``.
4. A test says ``assert scene.faults() == []`` for all the graph offers: no two texts overlap, all is on the canvas.

>>> row = Group((Text(10, 20, "ToGA"), Rect(60, 10, 12, 12, fill="mark")), title="ToGA, hazard ratio 0.74")
>>> Scene(100, 40, "One trial", "ToGA, hazard ratio 0.74.", (row,)).faults()
[]

Conventions
-----------
* Lengths are CSS pixels of 1/96 inch, y grows downward. PDF has the same physical size; PNG is finer by `plates.SCALE`.
* Colours are role names of `her2kg.figures.theme.ROLES`, never values: ``ink``, ``muted`` for text, ``mark``,
  ``positive``, ``grid`` ... A shape with neither fill nor stroke is not drawn.
* ``Text`` has its baseline at ``y``. Its box (`Text.box`) reaches `metrics.ASCENT` above and `metrics.DESCENT` below.
* Items are drawn in order, later ones on top. ``Group(items, title=..., href=...)`` gives its items a tooltip (also
  read by screen readers) and a link; groups nest.
* Text that must stay readable on lines gets ``halo=True``: an outline in the colour of the ground.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal, NamedTuple

from her2kg.figures.metrics import ASCENT, DESCENT, LEADING, printable, text_width, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Anchor = Literal["start", "middle", "end"]
Point = tuple[float, float]
Step = tuple[str, *tuple[float, ...]]
"""``("M", x, y)``, ``("L", x, y)``, ``("Q", x1, y1, x, y)``, ``("C", x1, y1, x2, y2, x, y)`` or ``("Z",)``."""

RAISED_SIZE, RAISED_BY, RAISED_GAP = 0.7, 0.3, 2.0
"""Size of raised signs and how far they are raised, in sizes of their text; space before them in pixels."""
_SLACK = 0.01  # pixels; rounding of sums is no overlap


class Box(NamedTuple):
    """A text and the rectangle it is drawn in."""

    left: float
    top: float
    right: float
    bottom: float
    text: str

    def meets(self, other: Box) -> bool:
        """Whether two boxes share more than an edge."""
        return (
            self.left < other.right - _SLACK
            and other.left < self.right - _SLACK
            and self.top < other.bottom - _SLACK
            and other.top < self.bottom - _SLACK
        )


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; control characters and line breaks in it become spaces or U+FFFD.

    Parameters
    ----------
    x, y : where `anchor` and the baseline are
    size : font size
    colour : a role for text, or of a mark with enough contrast
    halo : outlined in the colour of the ground, to stand on lines
    raised : small signs behind a text that starts at `x`, such as those of footnotes; they follow it closely in any
        font, which a text of their own could not
    """

    x: float
    y: float
    text: str
    size: float = 12.0
    anchor: Anchor = "start"
    bold: bool = False
    italic: bool = False
    colour: str = "ink"
    halo: bool = False
    raised: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", printable(self.text))
        object.__setattr__(self, "raised", printable(self.raised))

    @property
    def width(self) -> float:
        """Width as measured, an upper bound of that drawn."""
        own = text_width(self.text, self.size, bold=self.bold)
        return own + raised_width(self.raised, self.size) if self.raised else own

    @property
    def box(self) -> Box:
        """The rectangle it is drawn in."""
        left = self.x - {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor] * self.width
        return Box(left, self.y - ASCENT * self.size, left + self.width, self.y + DESCENT * self.size, self.text)


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line; `dash` are lengths of strokes and gaps."""

    x1: float
    y1: float
    x2: float
    y2: float
    stroke: str = "ink"
    stroke_width: float = 1.0
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle from its left upper corner; `radius` rounds its corners."""

    x: float
    y: float
    width: float
    height: float
    fill: str | None = None
    stroke: str | None = None
    stroke_width: float = 1.0
    radius: float = 0.0
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle."""

    cx: float
    cy: float
    r: float
    fill: str | None = None
    stroke: str | None = None
    stroke_width: float = 1.0
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed shape with straight sides."""

    points: tuple[Point, ...]
    fill: str | None = None
    stroke: str | None = None
    stroke_width: float = 1.0


@dataclass(frozen=True, slots=True)
class Path:
    """A line of straight and curved steps, open unless it ends with ``("Z",)``."""

    steps: tuple[Step, ...]
    fill: str | None = None
    stroke: str | None = None
    stroke_width: float = 1.0
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Items that belong together.

    Parameters
    ----------
    title : what it is, in a sentence; shown as a tooltip, read by screen readers
    href : address it leads to
    """

    items: tuple[Item, ...]
    title: str = ""
    href: str = ""


Shape = Line | Rect | Circle | Polygon | Path
Item = Text | Shape | Group


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole figure.

    Parameters
    ----------
    title : one line, the accessible name
    description : what a reader sees who cannot see it: one sentence per row or node
    items : in the order of drawing
    """

    width: float
    height: float
    title: str
    description: str
    items: tuple[Item, ...]

    def boxes(self) -> list[Box]:
        """Return the boxes of all texts, in the order of drawing; empty texts have none."""
        return [item.box for item in _flat(self.items) if isinstance(item, Text) and item.text]

    def faults(self) -> list[str]:
        """Return what is wrong with the layout, a sentence each: texts that overlap or leave the canvas."""
        boxes = self.boxes()
        out = [
            f"{box.text!r} leaves the canvas of {self.width:g} by {self.height:g}: {_place(box)}"
            for box in boxes
            if min(box.left, box.top) < -_SLACK or box.right > self.width + _SLACK or box.bottom > self.height + _SLACK
        ]
        crossed = [
            f"{one.text!r} at {_place(one)} overlaps {other.text!r} at {_place(other)}"
            for one, other in combinations(boxes, 2)
            if one.meets(other)
        ]
        return out + crossed


def raised_width(signs: str, size: float) -> float:
    """Return the width of raised signs behind a text of a size, with the space before them."""
    return text_width(signs, RAISED_SIZE * size) + RAISED_GAP


def paragraph(
    x: float,
    y: float,
    text: str,
    width: float,
    *,
    size: float = 12.0,
    anchor: Anchor = "start",
    bold: bool = False,
    italic: bool = False,
    colour: str = "ink",
) -> tuple[list[Text], float]:
    """Return a text wrapped to `width` from the baseline `y` down, and the baseline of the line that would follow."""
    lines = wrap(text, size, width, bold=bold)
    step = LEADING * size
    texts = [Text(x, y + i * step, line, size, anchor, bold, italic, colour) for i, line in enumerate(lines)]
    return texts, y + len(lines) * step


def _flat(items: Iterable[Item]) -> Iterator[Text | Shape]:
    for item in items:
        if isinstance(item, Group):
            yield from _flat(item.items)
        else:
            yield item


def _place(box: Box) -> str:
    return f"({box.left:.1f}, {box.top:.1f}) to ({box.right:.1f}, {box.bottom:.1f})"
