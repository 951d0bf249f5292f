"""The first page: what the graph is, in its own words and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.site.markup import code, fence, link, page, plain, prose, table, tree
from scripts.site.vocabulary import about

if TYPE_CHECKING:
    from her2kg.knowledge import KnowledgeGraph
    from scripts.site.vocabulary import Vocabulary

_SHOWN = 12
_WAYS = """\
New here: the [quick tour](tour.md). Reviewing evidence: [for systematic reviewers](for-reviewers.md). Working with
graphs: [for knowledge-graph engineers](for-engineers.md), then the [SPARQL tutorial](tutorial.md). Adding a trial: the
[curator's guide](curator-guide.md)."""


def home(
    kg: KnowledgeGraph, vocabulary: Vocabulary, sections: list[tuple[str, list[str]]], questions: list[str]
) -> str:
    """Return the first page.

    Parameters
    ----------
    sections : caption and page names, the navigation of the site
    questions : questions in plain English; the first is shown with its answer
    """
    said = about(kg)
    held = [
        (number, short)
        for short, number in vocabulary.uses.items()
        if short in vocabulary.terms and vocabulary.terms[short].sort == "class" and short not in vocabulary.values
    ]
    counts = [
        (link(plain(vocabulary.label(short)), f"#{vocabulary.terms[short].anchor}"), f"{number:,}")
        for number, short in sorted(held, reverse=True)[:_SHOWN]
    ]
    asked = [(question, kg.ask(question).query) for question in questions]
    return page(
        f"# {plain(said.name)}",
        f"**{prose(said.title)}.** {prose(said.description)}.",
        f"Version of the data: {plain(said.version)}. Licence: <{said.license}>. Evidence, not advice.",
        "## Ask it",
        fence("sh", f'her2kg ask "{questions[0]}"'),
        fence("text", kg.ask(questions[0]).render("text")),
        _WAYS,
        table(
            ["it also answers", "with the query"],
            [(plain(question), link(code(name), f"queries/{name}.md")) for question, name in asked[1:]],
        ),
        f"These are among {len(kg.queries())} [named queries](queries/index.md).",
        "## What it holds",
        table(["what", "how many"], [("statements", f"{vocabulary.statements:,}"), *counts]),
        *(tree(names, caption) for caption, names in sections),
    )
