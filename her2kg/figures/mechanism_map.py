"""The map of resistance: what is altered, the mechanism, the evidence for it, against whom, what may overcome it.

Each mechanism is a row. On its left it is joined to genes and pathways; on its right runs one line per evidence system
to the agents, which stand as vertical bars: the style of the line is the system, a dot on a bar says that the evidence
is about that agent. Evidence that finds no difference, or refutes, is a line of its own with a cross. Strategies stand
at the far right.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from her2kg.figures.errors import FigureError
from her2kg.figures.layout import by_neighbours, link, stack
from her2kg.figures.mechanisms import SYSTEMS, strands
from her2kg.figures.metrics import LEADING, text_width, wrap
from her2kg.figures.scene import Circle, Group, Line, Rect, Text
from her2kg.figures.sheet import BODY, SMALL, Key, Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from her2kg.figures.mechanisms import Link, Strand
    from her2kg.figures.scene import Item, Scene

_SEEN = "Seen in: items"
_STRAND = 15.0
_GAP = 9.0
_PAD = 6.0


def draw(rows: Sequence[Link], as_of: str, width: float = 1120.0) -> Scene:
    """Return the figure.

    Raises
    ------
    FigureError : nothing to draw, or a width in which the columns do not fit
    """
    if not rows:
        raise FigureError(
            f"no mechanism of resistance fits what you ask for as of {as_of}: ask for another agent or day"
        )
    title = "Resistance: mechanisms, evidence and strategies"
    sheet = Sheet(width)
    sheet.head(
        title,
        f"As of {as_of}. Lines to the right of a mechanism are the evidence that it brings resistance, by where it was "
        "seen; a dot marks the agent the evidence is about.",
    )
    lines = {mechanism: strands(rows, mechanism) for mechanism in {row.mechanism for row in rows}}
    _keys(sheet, rows, lines)
    sheet.rule(4)
    _Map(sheet, rows, lines).draw()
    sheet.rule(2)
    sheet.notes(
        [
            "Numbers count evidence items. Counted are statements that a mechanism brings resistance, poor response, "
            "worse outcome or progression. That an alteration occurs in tumours, or what it does inside a cell, is no "
            "evidence of resistance and is not counted. An open dot: the mechanism is said to act against the agent, "
            "without an item of evidence of its own.",
        ]
    )
    return sheet.scene(title, _describe(rows, lines, as_of))


class _Map:
    """The map in the making: measured columns, ordered rows."""

    def __init__(self, sheet: Sheet, rows: Sequence[Link], lines: dict[str, list[Strand]]) -> None:
        self.sheet, self.lines = sheet, lines
        self.rows = list(dict.fromkeys(rows))
        self.kinds = {
            mechanism: " and ".join(sorted({row.kind for row in rows if row.mechanism == mechanism}, reverse=True))
            for mechanism in lines
        }
        self.agents = sorted(
            {row.thing for row in rows if row.sort == "resistance to"},
            key=lambda agent: (-sum(row.thing == agent and row.sort == "resistance to" for row in rows), agent),
        )
        self.pathways = {row.thing for row in rows if row.sort == "pathway"}
        self.order = self._ordered()
        self._measure()

    def _measure(self) -> None:
        """Place the columns.

        Raises
        ------
        FigureError : they do not fit
        """
        sheet, inner = self.sheet, self.sheet.inner
        strands = [strand for own in self.lines.values() for strand in own]
        labels = [text_width(strand.label, SMALL) for strand in strands]
        heading = text_width(_SEEN, BODY, bold=True)
        gutter = 0.045 * inner
        self.left_wide, self.middle_wide, self.right_wide = 0.13 * inner, 0.15 * inner, 0.16 * inner
        self.middle_left = sheet.left + self.left_wide + gutter
        self.right_left = sheet.right - self.right_wide
        self.label_right = self.middle_left + self.middle_wide + 14 + max([heading, *labels])
        self.line_left = self.label_right + 7
        self.lines_end = self.right_left - gutter
        words = [text_width(word, SMALL, bold=True) for agent in self.agents for word in agent.split()]
        self.room = max(words, default=0.0) + 8
        step = (self.lines_end - 14 - self.line_left - self.room / 2) / max(1, len(self.agents))
        if step < self.room:
            lacking = (
                (self.room - step) * max(1, len(self.agents)) / 0.39
            )  # the share of the width that these columns have
            raise FigureError(
                f"a width of {sheet.width:g} is too small for {len(self.agents)} agents: "
                f"{math.ceil(sheet.width + lacking)} or more"
            )
        step = min(step, 1.6 * self.room)
        self.bars = {agent: self.line_left + self.room / 2 + 12 + i * step for i, agent in enumerate(self.agents)}
        self.reach = max(self.bars.values(), default=self.line_left) + 14

    def _pairs(self, *sorts: str) -> list[tuple[str, str]]:
        return sorted({(row.mechanism, row.thing) for row in self.rows if row.sort in sorts})

    def _ordered(self) -> list[str]:
        """Return the mechanisms by kind, and within a kind so that those with the same neighbours stand together."""
        names = sorted(self.lines)
        links = self._pairs("gene or factor", "pathway", "may be overcome by")
        ranked = by_neighbours(names, links)
        kinds = sorted(set(self.kinds.values()), reverse=True)
        return [name for kind in kinds for name in ranked if self.kinds[name] == kind]

    def draw(self) -> None:
        """Draw rows, then what stands beside them."""
        sheet = self.sheet
        top = self._headings()
        rows: list[Item] = []
        centres: dict[str, float] = {}
        previous = ""
        sheet.y = top
        for name in self.order:
            kind = self.kinds[name]
            if kind != previous:
                sheet.y += 4
                words = kind[0].upper() + kind[1:]
                rows.append(Text(self.middle_left, sheet.y + 12, words, SMALL, bold=True, colour="muted"))
                sheet.y += 20
                previous = kind
            centres[name] = self._mechanism(name, rows)
        bottom = sheet.y
        left = self._side(self._pairs("gene or factor", "pathway"), centres, top, bottom, left=True)
        right = self._side(self._pairs("may be overcome by"), centres, top, bottom, left=False)
        bars = [Line(x, top + 2, x, bottom - 2, "grid", 7) for x in self.bars.values()]
        sheet.items += [*bars, *left, *right, *rows]
        lowest = max((text.box.bottom for text in _texts([*left, *right])), default=bottom)
        sheet.y = max(bottom, lowest + 6)

    def _headings(self) -> float:
        sheet = self.sheet
        parts = [
            (sheet.left, self.left_wide, "Gene, factor or pathway"),
            (self.middle_left, self.middle_wide, "Mechanism of resistance"),
            (self.right_left, self.right_wide, "May be overcome by"),
        ]
        lowest = sheet.y
        for x, wide, words in parts:
            lines = wrap(words, BODY, wide, bold=True)
            sheet.items += [
                Text(x, sheet.y + 12 + i * BODY * LEADING, line, BODY, bold=True) for i, line in enumerate(lines)
            ]
            lowest = max(lowest, sheet.y + len(lines) * BODY * LEADING)
        sheet.items.append(Text(self.label_right, sheet.y + 12, _SEEN, BODY, "end", bold=True))
        for agent, x in self.bars.items():
            lines = wrap(agent, SMALL, self.room - 4, bold=True)
            sheet.items += [
                Text(x, sheet.y + 12 + i * SMALL * LEADING, line, SMALL, "middle", bold=True)
                for i, line in enumerate(lines)
            ]
            lowest = max(lowest, sheet.y + len(lines) * BODY * LEADING)
        return lowest + 6

    def _mechanism(self, name: str, items: list[Item]) -> float:
        """Draw a mechanism with its evidence, and return the height of its middle."""
        sheet = self.sheet
        words = wrap(name, BODY, self.middle_wide - 2 * _PAD, bold=True)
        own = self.lines[name]
        shown = {agent for strand in own for agent in strand.agents}
        named = sorted(
            {row.thing for row in self.rows if row.mechanism == name and row.sort == "resistance to"} - shown
        )
        high = max(len(words) * BODY * LEADING + 2 * _PAD, (len(own) + bool(named and not own)) * _STRAND + 4)
        top = sheet.y
        middle = top + high / 2
        box = Rect(self.middle_left, top, self.middle_wide, high, fill="band", stroke="rule", radius=5)
        first = middle - len(words) * BODY * LEADING / 2 + 11.5
        texts = [
            Text(self.middle_left + _PAD, first + i * BODY * LEADING, line, BODY, bold=True)
            for i, line in enumerate(words)
        ]
        items.append(Group((box, *texts), _sentence(name, self.rows, own)))
        y = middle - len(own) * _STRAND / 2 + _STRAND / 2
        for strand in own:
            items.append(self._strand(strand, y))
            y += _STRAND
        last = y - _STRAND if own else middle
        for agent in named:
            x = self.bars[agent]
            items.append(Group((Circle(x, last, 3.4, "ground", "rule", 1.4),), f"{name}: said to act against {agent}"))
        items.insert(
            0,
            Line(
                self.middle_left + self.middle_wide,
                top + high + _GAP / 2,
                self.reach,
                top + high + _GAP / 2,
                "grid",
                0.6,
            ),
        )
        sheet.y = top + high + _GAP
        return middle

    def _strand(self, strand: Strand, y: float) -> Group:
        _, _, dash, thick = SYSTEMS[strand.style]
        colour = "negative" if strand.said else "mark"
        xs = [self.bars[agent] for agent in strand.agents if agent in self.bars]
        refuting = bool(strand.said)
        parts: list[Item] = [
            Text(self.label_right, y + 3.5, strand.label, SMALL, "end", colour="ink" if refuting else "muted"),
            Line(self.line_left, y, max(xs, default=self.reach), y, colour, thick, dash),
        ]
        for x in xs:
            parts += _against(x, y) if refuting else [Circle(x, y, 4, fill=colour, stroke="ground", stroke_width=0.8)]
        return Group(tuple(parts), f"{strand.label}, about {', '.join(strand.agents)}")

    def _side(
        self, pairs: Sequence[tuple[str, str]], centres: dict[str, float], top: float, bottom: float, *, left: bool
    ) -> list[Item]:
        """Return the boxes of one side, each as near as there is room to its mechanisms, and the links."""
        sheet = self.sheet
        wide = self.left_wide if left else self.right_wide
        edge = sheet.left if left else self.right_left
        things = sorted({thing for _, thing in pairs})
        wanted = {
            thing: sum(centres[m] for m, t in pairs if t == thing) / sum(t == thing for _, t in pairs)
            for thing in things
        }
        text = {thing: wrap(thing, SMALL, wide - 2 * _PAD) for thing in things}
        heights = {thing: len(text[thing]) * SMALL * LEADING + 8 for thing in things}
        places = stack(wanted, heights, top, bottom, gap=6)
        items: list[Item] = []
        for mechanism, thing in pairs:
            here, there = places[thing], centres[mechanism]
            start = (edge + wide, here) if left else (self.lines_end, there)
            stop = (self.middle_left, there) if left else (edge, here)
            items.append(link(start, stop, self._role(thing, left), 1.2))
        if not left:
            linked = sorted({centres[mechanism] for mechanism, _ in pairs})
            items += [Line(self.reach, y, self.lines_end, y, "category-3", 1.2) for y in linked]
        for thing in things:
            high, middle = heights[thing], places[thing]
            corner = 3.0 if not left else 0.0 if thing in self.pathways else min(high / 2, 9)
            box = Rect(edge, middle - high / 2, wide, high, "ground", self._role(thing, left), 1.3, corner)
            first = middle - high / 2 + 4 + SMALL
            texts = [Text(edge + _PAD, first + i * SMALL * LEADING, line, SMALL) for i, line in enumerate(text[thing])]
            near = ", ".join(m for m, t in pairs if t == thing)
            items.append(Group((box, *texts), f"{thing}: {near}"))
        return items

    def _role(self, thing: str, left: bool) -> str:
        return "category-3" if not left else "category-5" if thing in self.pathways else "category-6"


def _against(x: float, y: float) -> list[Item]:
    return [
        Circle(x, y, 5.5, fill="ground"),
        Line(x - 4, y - 4, x + 4, y + 4, "negative", 2.2),
        Line(x - 4, y + 4, x + 4, y - 4, "negative", 2.2),
    ]


def _texts(items: Sequence[Item]) -> list[Text]:
    return [
        t
        for item in items
        for t in (_texts(item.items) if isinstance(item, Group) else [item] if isinstance(item, Text) else [])
    ]


def _keys(sheet: Sheet, rows: Sequence[Link], lines: dict[str, list[Strand]]) -> None:
    used = {strand.style for own in lines.values() for strand in own}
    sheet.keys(
        "Evidence from",
        [Key(partial(_line, dash, thick), name, 34) for i, (name, _, dash, thick) in enumerate(SYSTEMS) if i in used],
    )
    marks = [Key(lambda x, y: (Circle(x, y, 4, fill="mark"),), "supports, about this agent")]
    if any(strand.said for own in lines.values() for strand in own):
        marks.append(Key(_against, "finds no difference, or refutes"))
    marks.append(Key(lambda x, y: (Circle(x, y, 3.4, "ground", "rule", 1.4),), "named, without evidence of its own"))
    sheet.keys("Marks", marks)
    boxes = (
        ("gene or factor", "gene or factor", "category-6", 7.0),
        ("pathway", "pathway", "category-5", 0.0),
        ("may be overcome by", "strategy", "category-3", 3.0),
    )
    used_sorts = {row.sort for row in rows}
    sheet.keys(
        "Boxes",
        [Key(partial(_box, role, corner), words, 28) for sort, words, role, corner in boxes if sort in used_sorts],
    )


def _line(dash: tuple[float, ...], thick: float, x: float, y: float) -> tuple[Line]:
    return (Line(x - 17, y, x + 17, y, "mark", thick, dash),)


def _box(role: str, corner: float, x: float, y: float) -> tuple[Rect]:
    return (Rect(x - 13, y - 7, 26, 14, "ground", role, 1.3, corner),)


def _sentence(name: str, rows: Sequence[Link], own: Sequence[Strand]) -> str:
    def things(sort: str) -> str:
        return ", ".join(sorted({row.thing for row in rows if row.mechanism == name and row.sort == sort}))

    parts = [
        f"{words} {things(sort)}"
        for sort, words in (
            ("gene or factor", "through"),
            ("pathway", "in"),
            ("resistance to", "against"),
            ("may be overcome by", "may be overcome by"),
        )
        if things(sort)
    ]
    seen = ", ".join(strand.label for strand in own) or "no evidence of resistance"
    return f"{name}, {'; '.join(parts)}; evidence: {seen}"


def _describe(rows: Sequence[Link], lines: dict[str, list[Strand]], as_of: str) -> str:
    return f"Mechanisms of resistance as of {as_of}. " + " ".join(
        f"{_sentence(name, rows, lines[name])}." for name in sorted(lines)
    )
