"""The ontology reference: classes, properties, value lists, and a diagram of how things hang together."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from scripts.site.drawing import Arrow, Box, Text, draw
from scripts.site.markup import code, fence, folded, link, page, plain, prose, raw, table, tree
from scripts.site.vocabulary import described

if TYPE_CHECKING:
    from her2kg.knowledge import KnowledgeGraph
    from scripts.site.vocabulary import Term, Vocabulary

_HUB = 5
"""A class pointed at from more classes than this is named in their boxes: its arrows would cover the diagram."""
_BRANCHES = 2
"""A property that leads from one class to more classes than this is a row of its box, for the same reason."""
_NAMED = 12
"""So many queries, rules or shapes are named before the rest is folded away."""


def pages(kg: KnowledgeGraph, vocabulary: Vocabulary) -> dict[str, str]:
    """Return the pages of the ontology reference by name."""
    return {
        "ontology/index": _index(vocabulary),
        "ontology/classes": _classes(kg, vocabulary),
        "ontology/properties": _properties(vocabulary),
        "ontology/values": _values(vocabulary),
    }


def _index(vocabulary: Vocabulary) -> str:
    about = vocabulary.metadata
    count = {sort: len(vocabulary.of_sort(sort)) for sort in ("class", "property", "value")}
    return page(
        "# Ontology",
        prose(about.description),
        f"Version {plain(about.version)}, {plain(about.issued)}. Licence: <{about.license}>.",
        f"{count['class']} [classes](classes.md), {count['property']} [properties](properties.md), "
        f"{count['value']} values in {len(vocabulary.values)} [value lists](values.md). Each is described with what it "
        "corresponds to in public vocabularies, how often the graph uses it, and which queries, rules and shapes do.",
        "## How things hang together",
        "The classes of which the graph holds things, each under its topmost class, and the properties that link them. "
        "Arrows and rows are drawn from links the graph has; the number says how many things there are.",
        raw(f'<div class="diagram-frame">{overview(vocabulary)}</div>'),
        "## Which class is a kind of which",
        _hierarchy(vocabulary),
        tree(["classes", "properties", "values"]),
    )


def overview(vocabulary: Vocabulary) -> str:
    """Return the class diagram as SVG."""
    root = {term.id: _root(vocabulary, term) for term in vocabulary.of_sort("class")}
    held = [
        term for term in vocabulary.of_sort("class") if vocabulary.uses[term.id] and term.id not in vocabulary.values
    ]
    tops = {root[term.id] for term in held}
    kinds: dict[str, list[Term]] = defaultdict(list)
    for term in held:
        kinds[root[term.id]].append(term)
    targets: dict[tuple[str, str], set[str]] = defaultdict(set)
    into: dict[str, set[str]] = defaultdict(set)
    for a, how, b in vocabulary.links:
        if root.get(a) in tops and root.get(b) in tops:
            targets[root[a], how].add(root[b])
            into[root[b]].add(root[a])
    rows: dict[str, list[Text]] = defaultdict(list)
    arrows: dict[tuple[str, str], list[Text]] = defaultdict(list)
    for (a, how), found in sorted(targets.items()):
        name, address = how.partition(":")[2], vocabulary.address(how)
        where = [b.partition(":")[2] for b in sorted(found)]
        if len(found) > _BRANCHES or any(b == a or len(into[b]) > _HUB for b in found):
            many = f"{len(found)} classes" if len(found) > _BRANCHES else ", ".join(where)
            rows[a].append(Text(f"{name} → {many}", "optional", address))
        else:
            for b in sorted(found):
                arrows[a, b].append(Text(name, "", address))
    drawn = [Arrow(a, b, tuple(names)) for (a, b), names in arrows.items()]
    boxes = []
    for top in sorted(tops):
        own = [term for term in kinds[top] if term.id != top]
        number = sum(vocabulary.uses[term.id] for term in kinds[top])
        head = [Text(f"{top.partition(':')[2]} ({number})", "kind", vocabulary.address(top))]
        head += [Text(term.id.partition(":")[2], "", vocabulary.address(term.id)) for term in own]
        boxes.append(Box(top, tuple(head), tuple(rows[top])))
    return draw(boxes, drawn, "The classes of the ontology and the properties that link them")


def _root(vocabulary: Vocabulary, term: Term) -> str:
    while term.above and term.above[0] in vocabulary.terms:
        term = vocabulary.terms[term.above[0]]
    return term.id


def _hierarchy(vocabulary: Vocabulary) -> str:
    below: dict[str, list[Term]] = defaultdict(list)
    for term in vocabulary.of_sort("class"):
        for above in term.above:
            below[above].append(term)

    def lines(term: Term, depth: int) -> list[str]:
        own = f"{'  ' * depth}- {_to(vocabulary, term.id)}"
        return [own, *(line for sub in below[term.id] for line in lines(sub, depth + 1))]

    tops = [term for term in vocabulary.of_sort("class") if not term.above and below[term.id]]
    return "\n".join(line for term in tops for line in lines(term, 0))


def _to(vocabulary: Vocabulary, short: str) -> str:
    term = vocabulary.terms.get(short)
    if term is None:
        return code(short)
    return link(plain(term.label), f"#{term.anchor}")


def _named(vocabulary: Vocabulary, shorts: tuple[str, ...]) -> str:
    return ", ".join(_to(vocabulary, short) for short in shorts)


def _facts(vocabulary: Vocabulary, term: Term, *facts: tuple[str, str]) -> str:
    aliases = [("also called", ", ".join(plain(alias) for alias in term.aliases))]
    same = [
        f"{one.relation} {link(code(one.target), one.address)}" + (f" {plain(one.label)}" if one.label else "")
        for one in vocabulary.alignments[term.id]
    ]
    rows = [*facts, *aliases, ("corresponds to", "; ".join(same))]
    return table(["", ""], [(name, text) for name, text in rows if text])


def _used(vocabulary: Vocabulary, term: Term) -> str:
    folders = {"queries": "../queries/{}.md", "rules": "../rules/{}.md", "shapes": "#shape-{}"}
    lines = []
    for place, names in sorted(vocabulary.mentions[term.id].items()):
        linked = [
            link(name, folders[place].format(name.lower() if place == "shapes" else name)) for name in sorted(names)
        ]
        if len(linked) > _NAMED:
            lines.append(folded(f"Used in {len(linked)} {place}", ", ".join(linked)))
        else:
            lines.append(f"Used in {place}: " + ", ".join(linked))
    return "\n\n".join(lines)


def _how_often(vocabulary: Vocabulary, term: Term, noun: str) -> str:
    uses, derived = vocabulary.uses[term.id], vocabulary.derived[term.id]
    if not uses:
        return ""
    return f"{uses:,} {noun}" + (
        ", all derived" if derived == uses else f", {derived:,} of them derived" if derived else ""
    )


def _section(term: Term, *blocks: str) -> list[str]:
    return [f"({term.anchor})=\n## {plain(term.label)}", code(term.id), prose(term.definition), *blocks]


def _classes(kg: KnowledgeGraph, vocabulary: Vocabulary) -> str:
    below: dict[str, list[str]] = defaultdict(list)
    properties: dict[str, list[str]] = defaultdict(list)
    for term in vocabulary.terms.values():
        for short in term.above:
            below[short].append(term.id)
        for short in term.domain:
            properties[short].append(term.id)
    blocks = ["# Classes"]
    for term in vocabulary.of_sort("class"):
        values = vocabulary.values.get(term.id, [])
        listed = link(f"{len(values)} values", "#" + term.anchor.replace("class-", "values-", 1)) if values else ""
        example = "" if values else vocabulary.example.get(term.id, "")
        blocks += _section(
            term,
            _facts(
                vocabulary,
                term,
                ("kind of", _named(vocabulary, term.above)),
                ("kinds", _named(vocabulary, tuple(below[term.id]))),
                ("properties", _named(vocabulary, tuple(properties[term.id]))),
                ("value list", listed),
                ("in the graph", _how_often(vocabulary, term, "things")),
            ),
            folded("Example", fence("turtle", described(kg, example))) if example else "",
            _used(vocabulary, term),
        )
    return page(*blocks)


def _properties(vocabulary: Vocabulary) -> str:
    blocks = ["# Properties"]
    for term in vocabulary.of_sort("property"):
        example = vocabulary.example.get(term.id, "")
        blocks += _section(
            term,
            _facts(
                vocabulary,
                term,
                ("kind", f"{term.kind} property"),
                ("kind of", _named(vocabulary, term.above)),
                ("of (domain)", _named(vocabulary, term.domain)),
                ("to (range)", _named(vocabulary, term.range)),
                ("in the graph", _how_often(vocabulary, term, "statements")),
            ),
            fence("turtle", example) if example else "",
            _used(vocabulary, term),
        )
    return page(*blocks)


def _values(vocabulary: Vocabulary) -> str:
    blocks = [
        "# Value lists",
        "Terms that stand for themselves: a phase, an endpoint, a unit. Write them as they are labelled, by another "
        "name, or as CURIE. The last column counts the statements of the graph that point at a value.",
    ]
    for short in sorted(vocabulary.values, key=lambda one: vocabulary.label(one).casefold()):
        of = vocabulary.terms[short]
        rows = [
            (
                plain(term.label),
                code(term.id),
                prose(term.definition),
                ", ".join(plain(alias) for alias in term.aliases),
                "; ".join(
                    f"{one.relation} {link(code(one.target), one.address)}" for one in vocabulary.alignments[term.id]
                ),
                str(vocabulary.uses[term.id]),
            )
            for term in vocabulary.values[short]
        ]
        blocks += [
            f"({of.anchor.replace('class-', 'values-', 1)})=\n## {plain(of.label)}",
            f"{_to(vocabulary, short)}: {prose(of.definition)}",
            table(["value", "term", "definition", "also called", "corresponds to", "used"], rows),
        ]
    return page(*blocks)
