"""The first page: what the graph is, in its own words and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.site.markup import code, fence, link, page, plain, prose, table, tree

if TYPE_CHECKING:
    from her2kg.knowledge import KnowledgeGraph
    from scripts.site.vocabulary import Vocabulary

_SHOWN = 12


def home(kg: KnowledgeGraph, vocabulary: Vocabulary, sections: list[tuple[str, list[str]]]) -> str:
    """Return the first page.

    Parameters
    ----------
    sections : caption and page names, the navigation of the site
    """
    about = vocabulary.metadata
    title, _, subtitle = about.title.partition(": ")
    held = [(number, short) for short, number in vocabulary.uses.items()
            if short in vocabulary.terms and vocabulary.terms[short].sort == "class" and short not in vocabulary.values]
    counts = [
        (link(plain(vocabulary.label(short)), f"#{vocabulary.terms[short].anchor}"), f"{number:,}")
        for number, short in sorted(held, reverse=True)[:_SHOWN]
    ]
    tags: dict[str, str] = {}
    for query in kg.queries():
        tags.setdefault(query.tags[0], query.name)
    asked = [kg.named(name) for name in sorted(tags.values())][:_SHOWN]
    return page(
        f"# {plain(title)}",
        f"**{prose(subtitle or about.title)}.** {prose(about.description)}",
        f"Version {plain(about.version)} of {plain(about.issued)}. Evidence, not advice.",
        "## Ask it",
        fence("sh", f'her2kg ask "{kg.named(_founding(kg)).questions[0]}"'),
        "New here: the [quick tour](tour.md). Reviewing evidence: [for systematic reviewers](for-reviewers.md). Working with "
        "graphs: [for knowledge-graph engineers](for-engineers.md), then the [SPARQL tutorial](tutorial.md). Adding a trial: "
        "the [curator's guide](curator-guide.md).",
        table(
            ["a question it answers", "query"],
            [(plain(q.questions[0]), link(code(q.name), f"queries/{q.name}.md")) for q in asked],
        ),
        f"All {len(kg.queries())} are among the [named queries](queries/index.md).",
        "## What it holds",
        table(["what", "how many"], [("statements", f"{len(kg.engine.store):,}"), *counts]),
        *(tree(names, caption) for caption, names in sections),
    )


def _founding(kg: KnowledgeGraph) -> str:
    """Return the query with most example questions: the one people ask most."""
    return max(kg.queries(), key=lambda query: len(query.questions)).name
