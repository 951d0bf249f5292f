"""What a page links its thing to, as a picture: the thing in the middle, its neighbours on cards by kind.

Neighbours are the things that the tables of the page name and that one could look up in turn; those named most often
come first. Nothing is shown that the page does not say, so what was not known on a day is not here either.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from her2kg.composing import SECTIONS
from her2kg.figures.errors import FigureError
from her2kg.figures.figure import Figure
from her2kg.figures.layout import link, stack
from her2kg.figures.metrics import LEADING, wrap
from her2kg.figures.scene import Group, Rect, Text
from her2kg.figures.sheet import BODY, SMALL, Sheet
from her2kg.tables import Column, Table, Thing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from her2kg.figures.scene import Item, Scene
    from her2kg.knowledge import KnowledgeGraph
    from her2kg.pages import Page

NARROWEST = 560
"""Least width of the figure in pixels."""
MOST = 10
"""Things on a card; further ones are counted."""
WIDTH = 960.0

_PAD = 8.0
_GAP = 12.0


KINDS = ("Outcome", *SECTIONS, "Arm", "Comparison", "Population", "Alteration", "Strategy", "Proposition", "Disease")
"""Classes of neighbours: those with pages of their own, and those that explain a trial or a mechanism."""


class Card(NamedTuple):
    """Neighbours of one kind, most often named first."""

    kind: str
    things: tuple[Thing, ...]


def cards(kg: KnowledgeGraph, page: Page) -> list[Card]:
    """Return the neighbours on a page, by kind; sources are all that the page rests on."""
    counts = Counter(
        cell
        for section in page.sections
        for row in section.table.rows
        for cell in row
        if isinstance(cell, Thing) and cell.id != page.thing.id
    )
    counts.update(use.source for use in page.sources)
    found: dict[str, list[Thing]] = {}
    for thing in sorted(counts, key=lambda thing: (-counts[thing], thing.label, thing.id)):
        kinds = kg.names.kinds(thing.id)
        kind = next((kind for kind in KINDS if kind in kinds), "")
        if kind:
            found.setdefault(kind, []).append(thing)
    return [Card(kg.names.label(f"her2:{kind}"), tuple(found[kind])) for kind in KINDS if kind in found]


def drawn(kg: KnowledgeGraph, name: str, as_of: str | None = None, width: float | None = None) -> Figure:
    """Draw the neighbourhood of a thing.

    Raises
    ------
    UnknownNameError : nothing goes by this name
    FigureError : its page names nothing, or a width below `NARROWEST`
    """
    page = kg.show(name, as_of)
    found = cards(kg, page)
    rows = tuple((card.kind, thing) for card in found for thing in card.things)
    table = Table((Column("kind", "kind"), Column("thing", "thing")), rows)
    return Figure(draw(page, found, width or WIDTH), table.render("csv") + "\n")


def draw(page: Page, found: Sequence[Card], width: float = WIDTH) -> Scene:
    """Return the figure of some cards around the thing of a page."""
    if not found:
        raise FigureError(f"the page of {page.thing.label} names nothing else")
    if width < NARROWEST:
        raise FigureError(f"a width of {width:g} is too small for a neighbourhood: {NARROWEST} or more")
    title = f"Neighbourhood of {page.thing.label}"
    sheet = Sheet(width)
    sheet.head(title, f"As of {page.as_of}. What its page names, by kind; most often named first.")
    sheet.y += 8
    wide, middle_wide = 0.34 * sheet.inner, 0.2 * sheet.inner
    said = {card.kind: f"{card.kind}: {', '.join(thing.label for thing in card.things)}" for card in found}
    drawings = {card.kind: _card(card, wide) for card in found}
    left, right = _sides({role: high for role, (_, _, high) in drawings.items()})
    tallest = max(sum(drawings[role][2] + _GAP for role in side) for side in (left, right))
    centre = sheet.y + tallest / 2
    middle = (sheet.left + sheet.right) / 2
    names = wrap(page.thing.label, BODY + 1, middle_wide - 2 * _PAD, bold=True)
    kinds = wrap(", ".join(page.kinds), SMALL, middle_wide - 2 * _PAD)
    high = len(names) * (BODY + 1) * LEADING + len(kinds) * SMALL * LEADING + 2 * _PAD
    lines: list[Item] = []
    boxes: list[Item] = []
    for side, edge, ends in ((left, sheet.left, sheet.left + wide), (right, sheet.right - wide, sheet.right - wide)):
        heights = {role: drawings[role][2] for role in side}
        wanted = {role: centre + i * 1e-3 for i, role in enumerate(side)}
        places = stack(wanted, heights, sheet.y, sheet.y + tallest, _GAP)
        start = middle + (middle_wide / 2 if edge > middle else -middle_wide / 2)
        for role in side:
            texts, colour, height = drawings[role]
            top = places[role] - height / 2
            lines.append(link((start, centre), (ends, places[role]), colour, 1.4))
            card = Rect(edge, top, wide, height, "ground", colour, 1.3, 5)
            moved = [_moved(text, edge + _PAD, top) for text in texts]
            boxes.append(
                Group(
                    (card, *moved), f"{role}: {', '.join(t.label for c in found if c.kind == role for t in c.things)}"
                )
            )
    box = Rect(middle - middle_wide / 2, centre - high / 2, middle_wide, high, "band", "mark", 2, 7)
    base = centre - high / 2 + _PAD + BODY
    boxes.append(box)
    boxes += [
        Text(middle, base + i * (BODY + 1) * LEADING, line, BODY + 1, "middle", bold=True)
        for i, line in enumerate(names)
    ]
    base += len(names) * (BODY + 1) * LEADING - 2
    boxes += [
        Text(middle, base + i * SMALL * LEADING, line, SMALL, "middle", colour="muted") for i, line in enumerate(kinds)
    ]
    sheet.items += [*lines, *boxes]
    sheet.y = max(sheet.y + tallest, centre + high / 2)
    return sheet.scene(title, f"{title} as of {page.as_of}. {' '.join(f'{words}.' for words in said.values())}")


def _card(card: Card, wide: float) -> tuple[list[Text], str, float]:
    """Return the texts of a card from its corner, its colour and its height."""
    y = _PAD + SMALL
    texts = []
    for line in wrap(card.kind[0].upper() + card.kind[1:], SMALL, wide - 2 * _PAD, bold=True):
        texts.append(Text(0, y, line, SMALL, bold=True, colour="muted"))
        y += SMALL * LEADING
    y += 2
    shown = [thing.label for thing in card.things[:MOST]]
    more = len(card.things) - len(shown)
    for label in [*shown, *([f"and {more} more"] if more else [])]:
        for i, line in enumerate(wrap(label, BODY, wide - 2 * _PAD - 10)):
            texts.append(Text(10 if i else 0, y + 1, line, BODY))
            y += BODY * LEADING
    role = "category-6" if card.kind == "source" else "category-3"
    return texts, role, y - SMALL + _PAD - 2


def _moved(text: Text, x: float, y: float) -> Text:
    return Text(text.x + x, text.y + y, text.text, text.size, bold=text.bold, colour=text.colour)


def _sides(heights: dict[str, float]) -> tuple[list[str], list[str]]:
    """Share roles out to two sides of about equal height, the order kept on each."""
    half, used = sum(heights.values()) / 2, 0.0
    left: list[str] = []
    for role, high in heights.items():
        if left and used + high / 2 > half:
            break
        left.append(role)
        used += high
    return left, [role for role in heights if role not in left]
