"""The four maps by name: which named query feeds each, and what draws it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from her2kg.figures import evidence_map, mechanism_map, mechanisms, network, timeline
from her2kg.figures.errors import FigureError
from her2kg.figures.figure import Figure
from her2kg.sensitivity import conditional
from her2kg.tables import Column, Table, Thing

if TYPE_CHECKING:
    from collections.abc import Callable

    from her2kg.figures.scene import Scene
    from her2kg.knowledge import KnowledgeGraph


class Map(NamedTuple):
    """A kind of map.

    Parameters
    ----------
    query : named query behind it
    read : its rows as values
    draw : the scene of such values, for a day and a width
    width : width where none is asked for, pixels
    """

    query: str
    read: Callable[[Table], list[Any]]
    draw: Callable[[list[Any], str, float], Scene]
    width: float


MAPS = {
    "evidence": Map(evidence_map.QUERY, evidence_map.trials, evidence_map.draw, 1000.0),
    "timeline": Map(timeline.QUERY, timeline.events, timeline.draw, 960.0),
    "mechanisms": Map(mechanisms.QUERY, mechanisms.links, mechanism_map.draw, 1120.0),
    "network": Map(network.QUERY, network.comparisons, network.draw, 1120.0),
}


def drawn(
    kg: KnowledgeGraph,
    kind: str,
    *,
    as_of: str | None = None,
    line: str | None = None,
    agent: str | None = None,
    width: float | None = None,
) -> Figure:
    """Draw a map of the graph.

    Parameters
    ----------
    kind : one of `MAPS`
    as_of, line, agent : only what was known on a day, in a line of therapy, of an agent
    width : of the figure in pixels

    Raises
    ------
    FigureError : no such map, nothing to draw, a line where there are none, or too small a width
    UnknownNameError, AmbiguousNameError, ParameterError : a value does not fit
    """
    found = MAPS.get(kind)
    if found is None:
        raise FigureError(f"no map named {kind[:60]!r}; known: {', '.join(MAPS)}")
    values = {name: value for name, value in (("line", line), ("agent", agent)) if value is not None}
    if line is not None and kg.named(found.query).parameter("line") is None:
        raise FigureError(f"a map of {kind} has no lines of therapy: leave the line out")
    answer = kg.query(found.query, as_of, **values)
    table = with_conditions(kg, answer.table, as_of) if kind == "evidence" else answer.table
    scene = found.draw(found.read(table), answer.as_of, width or found.width)
    return Figure(scene, table.render("csv") + "\n")


def with_conditions(kg: KnowledgeGraph, table: Table, as_of: str | None) -> Table:
    """Return a table of comparisons with a column that says whose verdict hinges on what a source does not state."""
    hinging = conditional(kg, as_of)
    said = tuple(isinstance(cell, Thing) and cell.id in hinging for cell in table.column("comparison"))
    column = Column("conditional", "conditional on what a source does not state")
    rows = tuple((*row, answer) for row, answer in zip(table.rows, said, strict=True))
    return Table((*table.columns, column), rows)
