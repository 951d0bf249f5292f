"""Figures that Python draws for the pages, for every day: two maps, pooled forest plots, and the marks of verdicts.

Knowledge changes on some days only, so a figure is drawn once for each state of what it shows. A version holds from its
day until the next one's; where it names the day it is read on, it has `DAY`, which the page replaces. Most lines of SVG
are the same in many versions, so versions are numbers of lines in one list.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from her2kg import resources
from her2kg.figures.errors import FigureError
from her2kg.figures.forest import assembled
from her2kg.figures.forest_rows import by_line
from her2kg.figures.forest_scene import draw
from her2kg.figures.maps import MAPS
from her2kg.figures.marks import ORDER, mark, role
from her2kg.figures.scene import Group, Scene
from her2kg.figures.svg import to_svg
from her2kg.headers import placeholder
from her2kg.knowledge import KnowledgeGraph
from her2kg.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from her2kg.figures.forest import Forest
    from her2kg.figures.maps import Map
    from her2kg.tables import Cell

DAY = "0000-00-00"
"""Stands in a drawing for the day; no day is written so, and every day is as wide."""

DRAWN_MAPS = ("mechanisms", "network")
"""Maps whose layout is beyond the page, which draws the others itself."""
POOLED = ("OS", "PFS")
"""Endpoints whose pooled forest plot is drawn."""

_ENDPOINTS = {"her2:Met": "her2:Succeeded", "her2:NotMet": "her2:Failed"}
"""Outcomes of an endpoint have the marks of those of a comparison."""

_SIDE = 16.0
_RADIUS = 5.6


def drawings(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return all versions of every figure.

    Returns
    -------
    day : what stands for the day
    lines : every line of SVG
    figures : kind, endpoint, and versions ``[first day, [numbers of lines]]`` by day; no lines where there is nothing
        to draw. Before the first version there is nothing either.
    """
    key = repr(("drawings", DRAWN_MAPS, POOLED))
    known: dict[str, Any] | None = kg.snapshot.recall(key)
    if known is None:
        known = _drawings(kg)
        kg.snapshot.remember(key, known)
    return known


def _drawings(kg: KnowledgeGraph) -> dict[str, Any]:
    # Answers for hundreds of days are not worth keeping on disk.
    asked = KnowledgeGraph(kg.snapshot.held_by(kg.engine))
    # Pooling asks the same two queries for every day and chooses among their rows.
    vars(asked)["sparql"] = cache(kg.sparql)
    days = [str(day) for (day,) in kg.sparql(resources.inner_query("explorer", "days")).rows]
    lines: dict[str, int] = {}
    figures = []
    for figure in _figures(asked, days):
        versions = [
            [day, [lines.setdefault(line, len(lines)) for line in svg.split("\n")] if svg else []]
            for day, svg in _versions(days, figure)
        ]
        figures.append({"kind": figure.kind, "endpoint": figure.endpoint, "versions": versions})
    return {"day": DAY, "lines": list(lines), "figures": figures}


class _Figure(NamedTuple):
    """A figure: what it shows on a day, and how that is drawn."""

    kind: str
    endpoint: str
    state: Callable[[str], Any]
    draw: Callable[[Any], Scene]


def _figures(kg: KnowledgeGraph, days: Sequence[str]) -> Iterator[_Figure]:
    for kind in DRAWN_MAPS:
        map_ = MAPS[kind]
        yield _Figure(kind, "", partial(_map_state, map_, _by_day(kg, map_.query, days)), partial(_map_scene, map_))
    for endpoint in POOLED:
        yield _Figure("forest", endpoint, partial(_forest_state, kg, endpoint), lambda found: draw(assembled(found)))


def _by_day(kg: KnowledgeGraph, query: str, days: Sequence[str]) -> dict[str, Table]:
    """Return the rows of a named query on each of some days, asked in one go with the day as a further column.

    The day only filters what the query puts together; day by day that would be put together hundreds of times.
    """
    every = " ".join(f'"{day}"^^xsd:date' for day in days)
    text = placeholder("asOf").sub(lambda _: f"VALUES ?asOf {{ {every} }}", kg.named(query).sparql)
    body, brace, end = re.sub(r"\bSELECT (DISTINCT )?", r"SELECT \1?asOf ", text, count=1).rpartition("}")
    found = kg.sparql(body + brace + end.replace("GROUP BY", "GROUP BY ?asOf"))
    rows: dict[str, list[tuple[Cell, ...]]] = {day: [] for day in days}
    for day, *row in found.rows:
        rows[str(day)].append(tuple(row))
    return {day: Table(found.columns[1:], tuple(own)) for day, own in rows.items()}


def _map_state(map_: Map, tables: dict[str, Table], day: str) -> list[Any]:
    return map_.read(tables[day])


def _map_scene(map_: Map, rows: list[Any]) -> Scene:
    return map_.draw(rows, DAY, map_.width)


def _forest_state(kg: KnowledgeGraph, endpoint: str, day: str) -> Forest:
    found = by_line(kg, endpoint=endpoint, as_of=day)
    return replace(found, subtitle=found.subtitle.replace(day, DAY))


def _versions(days: Sequence[str], figure: _Figure) -> Iterator[tuple[str, str]]:
    """Yield each day on which what a figure shows changes, and its SVG from then on, empty where there is none."""
    before: Any = None
    for day in days:
        try:
            now = figure.state(day)
        except (FigureError, LookupError):  # nothing to draw in this graph by then
            now = None
        if now == before:
            continue
        before = now
        try:
            yield day, to_svg(figure.draw(now)) if now else ""
        except FigureError:
            yield day, ""


def marks() -> dict[str, dict[str, str]]:
    """Return the colour role and, as SVG, the mark of each outcome; the empty one stands for no verdict."""
    middle = _SIDE / 2
    shown = {**{outcome: outcome for outcome in ORDER}, **_ENDPOINTS}
    return {
        outcome: {
            "role": role(like),
            "svg": to_svg(Scene(_SIDE, _SIDE, "", "", (Group(mark(like, middle, middle, _RADIUS)),))),
        }
        for outcome, like in shown.items()
    }
