"""A page per derivation rule, and their index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from her2kg.headers import read_rule
from her2kg.terms import HER2, KG
from scripts.site import patterns
from scripts.site.markup import code, fence, link, page, plain, prose, raw, table, tree
from scripts.site.queries import pattern
from scripts.site.vocabulary import rule_pages

if TYPE_CHECKING:
    from her2kg.headers import Rule
    from her2kg.knowledge import KnowledgeGraph
    from scripts.site.vocabulary import Vocabulary

_DERIVED_BY = ox.NamedNode(HER2 + "derivedBy")


def pages(kg: KnowledgeGraph, vocabulary: Vocabulary) -> dict[str, str]:
    """Return the pages of all rules and their index, by name."""
    rules = {name: read_rule(path) for name, path in rule_pages().items()}
    found = {f"rules/{name}": _page(kg, vocabulary, name, rule) for name, rule in rules.items()}
    return {"rules/index": _index(rules), **found}


def _index(rules: dict[str, Rule]) -> str:
    rows = [(str(rule.order), link(plain(rule.summary), f"{name}.md"), rule.version) for name, rule in rules.items()]
    return page(
        "# Rules",
        "A verdict is derived, never typed in. These rules run once, in this order, when the graph is compiled; what "
        "one derives the next may use. Each is a SPARQL CONSTRUCT query with a name and a version, and what it derives "
        "names the rule. `her2kg why` prints the chain for one verdict.",
        table(["order", "rule", "version"], rows),
        fence("sh", "her2kg rules"),
        tree(list(rules)),
    )


def _page(kg: KnowledgeGraph, vocabulary: Vocabulary, name: str, rule: Rule) -> str:
    read = patterns.read(rule.sparql)
    svg = patterns.diagram(read.template, f"What {name} derives", vocabulary.address)
    own = ox.NamedNode(f"{KG}rule-{rule.name}")
    signed = sum(1 for _ in kg.engine.store.quads_for_pattern(None, _DERIVED_BY, own, ox.DefaultGraph()))
    return page(
        f"# {plain(rule.summary)}",
        f"{code(name)}, version {plain(rule.version)}"
        + (f". It has derived {signed:,} of the verdicts in the graph." if signed else "."),
        prose(rule.description),
        "## What it derives",
        raw(f'<div class="diagram-frame">{svg}</div>'),
        "## What it asks of the graph",
        pattern(vocabulary, rule.sparql, name),
        "## SPARQL",
        fence("sparql", "\n".join(line for line in rule.sparql.splitlines() if not line.startswith("#+"))),
    )
