"""A page per named query, and their index."""

from __future__ import annotations

import shlex
from collections import defaultdict
from typing import TYPE_CHECKING

from her2kg.answers import cite, list_sources
from her2kg.headers import LITERAL_TYPES
from scripts.site import patterns
from scripts.site.markup import code, fence, link, page, plain, prose, raw, table, tree, wide_table

if TYPE_CHECKING:
    from her2kg.answers import Answer
    from her2kg.headers import NamedQuery, Parameter
    from her2kg.knowledge import KnowledgeGraph
    from scripts.site.vocabulary import Vocabulary

_ROWS = 20
"""Rows shown on a page; the command beside them gives all."""


def pages(kg: KnowledgeGraph, vocabulary: Vocabulary) -> dict[str, str]:
    """Return the pages of all named queries and their index, by name."""
    found = {f"queries/{query.name}": _page(kg, vocabulary, query) for query in kg.queries()}
    return {"queries/index": _index(kg.queries()), **found}


def _index(queries: list[NamedQuery]) -> str:
    tagged: dict[str, list[NamedQuery]] = defaultdict(list)
    for query in queries:
        tagged[query.tags[0]].append(query)
    blocks = [
        "# Named queries",
        f"The {len(queries)} questions the graph answers by name. Each is one file of plain SPARQL with a header; "
        "`her2kg ask` understands their example questions and everything alike. Below, they stand under their first "
        "tag.",
    ]
    for tag in sorted(tagged):
        rows = [(link(code(q.name), f"{q.name}.md"), plain(q.summary), plain(q.questions[0])) for q in tagged[tag]]
        blocks += [f"## {plain(tag)}", table(["query", "gives", "answers, for example"], rows)]
    return page(*blocks, tree([query.name for query in queries]))


def _page(kg: KnowledgeGraph, vocabulary: Vocabulary, query: NamedQuery) -> str:
    needed = {p.name: p.example for p in query.parameters if p.required}
    answer = kg.query(query.name, **needed)
    given = "".join(f" -p {shlex.quote(f'{name}={value}')}" for name, value in needed.items())
    return page(
        f"# {query.name}",
        f"{prose(query.summary)}.",
        prose(query.description),
        fence("sh", f'her2kg query {query.name}{given}\nher2kg ask "{query.questions[0]}"'),
        "## Questions it answers",
        "\n".join(f"- {plain(question)}" for question in query.questions),
        "## Rows",
        _rows(answer, f"her2kg query {query.name}{given} --format tsv"),
        "## Pattern",
        pattern(vocabulary, query.sparql, query.name, query),
        "## Parameters",
        _parameters(vocabulary, query) if query.parameters else "None.",
        "## Columns",
        _columns(query),
        "## SPARQL",
        "As it stands, the file means any value of every parameter that it does not set.",
        fence("sparql", "\n".join(line for line in query.sparql.splitlines() if not line.startswith("#+"))),
    )


def _parameters(vocabulary: Vocabulary, query: NamedQuery) -> str:
    def kind(p: Parameter) -> str:
        if p.type in LITERAL_TYPES:
            return p.type
        term = next((t for t in vocabulary.of_sort("class") if t.id.partition(":")[2] == p.type), None)
        return link(plain(term.label), f"#{term.anchor}") if term else p.type

    def default(p: Parameter) -> str:
        if p.required:
            return "needed"
        if p.default == "UNDEF":
            return "any"
        unless = f" unless {', '.join(code(name) for name in p.unless)} is given" if p.unless else ""
        return "now" if p.name == "asOf" else code(p.default) + unless

    rows = [
        (code(p.name), plain(p.label), kind(p), default(p), code(f"-p {p.name}={shlex.quote(p.example)}"))
        for p in query.parameters
    ]
    return table(["name", "what it is", "type", "default", "for example"], rows)


def _columns(query: NamedQuery) -> str:
    parts = {name: column.label for column in query.columns for name in column.companions()}
    rows = [
        (
            code(column.name),
            plain(column.label) + (" (the answer)" if column.name == query.answer else ""),
            "machine formats only"
            if column.hidden
            else f"in {plain(parts[column.name])}"
            if column.name in parts
            else "",
        )
        for column in query.columns
    ]
    return table(["name", "label", "where a reader sees it"], rows)


def pattern(vocabulary: Vocabulary, sparql: str, title: str, query: NamedQuery | None = None) -> str:
    """Return the diagram of what a query asks of the graph, with a legend of what occurs in it."""
    asked = patterns.read(sparql).where
    svg = patterns.diagram(
        asked,
        f"Graph pattern of {title}",
        vocabulary.address,
        {p.name for p in query.parameters} if query else (),
        {c.name for c in query.columns} if query else (),
    )
    words = [f'<span class="key {mode or "firm"}">{patterns.MODES[mode]}</span>' for mode in patterns.modes(asked)]
    if query and query.parameters:
        words.append('<span class="key parameter">parameter</span>')
    if query:
        words.append('<span class="key shown">column</span>')
    return raw(f'<div class="diagram-frame">{svg}</div><p class="legend">{" ".join(words)}</p>')


def _rows(answer: Answer, command: str) -> str:
    if not answer.table.rows:
        return f"As of {answer.as_of} nothing in the graph answers this."
    head, rows = answer.table.shown(cite(answer.sources))
    shown = rows[:_ROWS]
    cited = {cell for row in shown for cell in row}
    sources = [line for line in list_sources(answer.sources, "text") if line and line.partition(" ")[0] in cited]
    more = f" The first {_ROWS} are shown." if len(rows) > _ROWS else ""
    return page(
        f"As of {answer.as_of}: {len(rows)} row{'s' if len(rows) != 1 else ''}.{more} "
        + " ".join(plain(note) for note in answer.notes),
        wide_table(head, shown),
        "\n".join(["Sources of these rows:", "", *(f"- {plain(line)}" for line in sources)]) if sources else "",
        fence("sh", command),
    ).strip()
