"""The catalogue of named queries for a reader, queries of the user's own, and counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from her2kg.errors import QueryError
from her2kg.tables import Column, Table, tabulate

if TYPE_CHECKING:
    from her2kg.headers import NamedQuery
    from her2kg.knowledge import KnowledgeGraph
    from her2kg.tables import Cell

_COUNTS = """
SELECT ?class (COUNT(DISTINCT ?thing) AS ?count) WHERE {
  ?thing a ?class . ?class a owl:Class FILTER(STRSTARTS(STR(?class), STR(her2:)))
} GROUP BY ?class ORDER BY DESC(?count) ?class"""
_TRIPLES = "SELECT (COUNT(*) AS ?count) WHERE { ?s ?p ?o }"


def catalogue(kg: KnowledgeGraph, word: str | None = None) -> Table:
    """Return names and summaries of the named queries, of those alone that mention a word if one is given."""
    wanted = (word or "").casefold()
    rows = tuple(
        (query.name, query.summary, ", ".join(p.name for p in query.parameters), query.questions[0])
        for query in kg.queries()
        if wanted in " ".join((query.name, query.summary, query.description, *query.tags, *query.questions)).casefold()
    )
    columns = (
        Column("name", "name"),
        Column("summary", "summary"),
        Column("parameters", "parameters"),
        Column("question", "answers"),
    )
    return Table(columns, rows)


def describe(query: NamedQuery, form: str) -> str:
    """Return one query with its parameters, columns and the questions it answers."""
    if form != "text":
        pairs = [
            ("name", query.name),
            ("summary", query.summary),
            ("description", query.description),
            ("sparql", query.sparql),
        ]
        return tabulate(pairs).render(form)
    parameters = [
        f"  -p {p.name}=...  {p.label} ({p.type}){', required' if p.required else ''}"
        + (f"; for example {p.example}" if p.example else "")
        for p in query.parameters
    ]
    lines = [
        query.name,
        query.summary,
        *([query.description] if query.description else []),
        "",
        "Parameters",
        *(parameters or ["  none"]),
    ]
    return "\n".join(
        [
            *lines,
            "",
            "Questions it answers",
            *(f"  {question}" for question in query.questions),
            "",
            query.sparql.strip(),
        ]
    )


def run_text(kg: KnowledgeGraph, text: str, form: str) -> str:
    """Run a query of the user's own: a table in the given format, or Turtle for CONSTRUCT and DESCRIBE.

    Raises
    ------
    QueryError : it cannot be read, fails, is an update, asks for SERVICE, or yields triples in a table format
    """
    from her2kg.engine import bare

    if re.search(r"\b(CONSTRUCT|DESCRIBE)\b", bare(text), re.IGNORECASE):
        if form != "text":
            raise QueryError(f"CONSTRUCT and DESCRIBE give Turtle, not {form}: leave --format out")
        return kg.triples(text).rstrip()
    return kg.sparql(text).render(form)


def statistics(kg: KnowledgeGraph) -> Table:
    """Return the number of triples and of things of each class."""
    pairs: list[tuple[str, Cell]] = [("version of the data", kg.snapshot.version or None)]
    pairs += [("triples", kg.sparql(_TRIPLES)[0]["count"])]
    pairs += [(str(row["class"]), row["count"]) for row in kg.sparql(_COUNTS)]
    return tabulate(pairs, "what", "count")
