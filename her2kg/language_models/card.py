"""``llms.txt``: the schema in short, for a language model that is to write SPARQL or to call the tools.

What it says in prose is in queries/language-models/card.md. The rest is generated: classes, properties and values from
the ontology and from what the graph uses them for, rules and queries from their headers, examples from files that run.
The form is that of https://llmstxt.org: a title, a summary, sections.
"""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING, NamedTuple

from her2kg import resources
from her2kg.headers import read_rule
from her2kg.language_models.schemas import listed
from her2kg.tables import Thing
from her2kg.terms import LATEST, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from her2kg.knowledge import KnowledgeGraph
    from her2kg.tables import Cell

_SHARE = 0.25
"""A property is key to a class where at least this share of its things have it; card.md says so."""
_VALUES = 20
"""Values shown of a list that the vocabulary names."""


def about(kg: KnowledgeGraph) -> dict[str, str]:
    """Return what the graph says of itself, by local name: title, description, license, versionInfo and so on."""
    rows = kg.sparql(resources.inner_query("description", "dataset"))
    return {str(row["said"]).rpartition(":")[2]: str(row["value"]) for row in rows}


def card(kg: KnowledgeGraph) -> str:
    """Return the schema card of a graph as Markdown, the same for the same graph."""
    said = about(kg)
    facts = [("", "description"), ("Version ", "versionInfo"), ("Licence ", "license")]
    rules = map(read_rule, resources.rule_files())
    return Template(resources.inner_text("language-models", "card.md")).substitute(
        title=said.get("title", "an evidence graph"),
        summary=". ".join(f"{name}{said[key]}" for name, key in facts if key in said),
        prefixes="\n".join(f"PREFIX {name}: <{iri}>" for name, iri in PREFIXES.items()),
        classes="\n".join(_classes(kg)),
        values="\n".join(_values(kg)),
        rules="\n".join(f"- {rule.name} (version {rule.version}): {rule.summary}" for rule in rules),
        latest=LATEST,
        examples="\n\n".join(_examples()),
        queries=listed(kg.queries()),
    )


class _Use(NamedTuple):
    """A property, what it leads to, and how many things of a class have it."""

    property: str
    leads_to: str
    things: int


def _classes(kg: KnowledgeGraph) -> Iterator[str]:
    """Yield a line for each class, with the key properties that its wider classes do not have."""
    uses: dict[str, list[_Use]] = {}
    for row in kg.sparql(resources.inner_query("language-models", "properties")):
        use = _Use(_id(row["property"]), _id(row["range"]), _count(row["things"]))
        uses.setdefault(_id(row["class"]), []).append(use)
    rows = list(kg.sparql(resources.inner_query("language-models", "classes")))
    wider = {_id(row["class"]): _id(row["above"]) for row in rows}
    key = {
        _id(row["class"]): [
            use for use in uses.get(_id(row["class"]), ()) if use.things >= _SHARE * _count(row["things"])
        ]
        for row in rows
    }
    for row in rows:
        name = _id(row["class"])
        said, above = set[str](), wider[name]
        while above in key:
            said |= {use.property for use in key[above]}
            above = wider[above]
        own = [f"`{use.property}` {use.leads_to}".rstrip() for use in key[name] if use.property not in said]
        kind = f", a kind of {wider[name]}" if wider[name] else ""
        definition = f" {row['definition']}" if row["definition"] else ""
        yield f"- `{name}` ({row['things']}{kind}):{definition}" + (f" Has {', '.join(own)}." if own else "")


def _values(kg: KnowledgeGraph) -> Iterator[str]:
    lists: dict[str, list[str]] = {}
    for row in kg.sparql(resources.inner_query("language-models", "values")):
        lists.setdefault(_id(row["class"]), []).append(_id(row["value"]))
    for name, values in lists.items():
        rest = f" and {len(values) - _VALUES} more" if len(values) > _VALUES else ""
        yield f"- `{name}`: {', '.join(values[:_VALUES])}{rest}"


def _examples() -> Iterator[str]:
    for path in resources.card_examples():
        with open(path, encoding="utf-8") as stream:
            title, _, text = stream.read().partition("\n")
        yield f"{title.removeprefix('# ')}:\n\n```sparql\n{text.strip()}\n```"


def _id(cell: Cell) -> str:
    return cell.id if isinstance(cell, Thing) else ""


def _count(cell: Cell) -> int:
    return int(str(cell))
