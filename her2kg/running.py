"""Running a query and making its rows a table or an answer."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from her2kg.answers import Answer, collect_sources
from her2kg.binding import bind
from her2kg.engine import cell, mentioned
from her2kg.tables import Column, Table, Thing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from her2kg.headers import NamedQuery
    from her2kg.knowledge import KnowledgeGraph


def table(kg: KnowledgeGraph, sparql: str, columns: Sequence[Column] = ()) -> Table:
    """Run a SELECT or ASK query; columns that are not described are named after their variables."""
    solutions = kg.engine.select(sparql)
    described = {column.name: column for column in columns}
    shown = tuple(described.get(name, Column(name, name)) for name in solutions.variables)
    kg.names.gather(mentioned(solutions))
    shown_as = cache(lambda term: cell(term, kg.names.label))  # a term stands in many rows
    return Table(shown, tuple(tuple(map(shown_as, row)) for row in solutions.rows))


def run(kg: KnowledgeGraph, query: NamedQuery, parameters: Mapping[str, str | list[str]], as_of: str | None) -> Answer:
    """Bind a named query's parameters, run it, and return the answer with what a reader must be told."""
    sparql, effective = bind(kg.names, query, parameters, as_of)
    rows = table(kg, sparql, query.columns)
    # A dictionary, because a list would be searched once for each of its members.
    answer: dict[Thing | str, None] = {}
    for value in rows.column(query.answer):
        if value is not None:
            answer[value if isinstance(value, Thing) else str(value)] = None
    notes = [
        f"Only {p.label} {effective[p.name]}, as is usual here; -p {p.name}=... changes it."
        for p in query.parameters
        if p.unless and p.name in effective and p.name not in parameters
    ]
    if as_of is not None and all(p.name != "asOf" for p in query.parameters):
        notes.append("This answer does not depend on the date.")
    effective.pop("asOf", None)
    aliases = tuple(kg.names.aliases(value.id) if isinstance(value, Thing) else () for value in answer)
    sources = collect_sources(rows, cache(kg.names.links))
    return Answer(
        query.name,
        query.summary,
        effective,
        as_of or "",
        rows,
        tuple(answer),
        aliases,
        sources,
        sparql,
        "",
        tuple(notes),
    )
