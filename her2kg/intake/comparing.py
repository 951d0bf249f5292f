"""What differs between two states of the data: things, statements, and the verdicts that follow from them.

Both states are read and derived in full, so that a flipped verdict is found wherever it comes from. A number and its
printed text are one change.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from her2kg import resources
from her2kg.engine import Engine, parse_turtle
from her2kg.headers import read_rule
from her2kg.intake.errors import IntakeError
from her2kg.intake.reading import shown
from her2kg.rules import derive
from her2kg.terms import LABEL, PREFIXES, TYPE, curie

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMS = ("text", "json", "md")
_VERDICTS = """
SELECT ?class ?about ?line ?agent ?outcome ?from ?until WHERE {
  VALUES ?class { her2:EndpointVerdict her2:ComparisonVerdict her2:AgentVerdict }
  ?verdict a ?class ; her2:outcome ?outcome ; her2:knownFrom ?from ; her2:knownUntil ?until .
  OPTIONAL { ?verdict her2:ofAnalysis ?analysis }
  OPTIONAL { ?verdict her2:ofComparison ?comparison }
  OPTIONAL { ?verdict her2:lineOfTherapy ?line }
  OPTIONAL { ?verdict her2:agent ?agent }
  BIND(COALESCE(?analysis, ?comparison, ?verdict) AS ?about)
} ORDER BY ?class ?about ?line ?agent ?from"""
_TWICE = {f"her2:{name}": f"her2:{name}Text" for name in ("value", "lower", "upper", "p")}
_NUMBERS = {"her2:EffectReport", "her2:ArmReport", "her2:QuantityReport"}
Key = tuple[str, str, str, str]


class Flip(NamedTuple):
    """A verdict that differs; outcomes with the day from which they are known, empty where there is none."""

    kind: str
    about: str
    label: str
    old: str
    new: str


class Change(NamedTuple):
    """A property of a thing with other values; a thing added or removed has an empty predicate."""

    thing: str
    label: str
    kind: str
    predicate: str
    old: str
    new: str

    @property
    def is_number(self) -> bool:
        """Whether it is about an estimate or count."""
        return self.kind in _NUMBERS and bool(self.predicate)


class Difference(NamedTuple):
    """The difference of two states."""

    verdicts: tuple[Flip, ...]
    changed: tuple[Change, ...]
    added: tuple[Change, ...]
    removed: tuple[Change, ...]

    def __bool__(self) -> bool:
        return any(self[i] for i in range(4))

    def render(self, form: str = "text") -> str:
        """Return the difference in one of `FORMS`."""
        if form == "json":
            plain = {name: [one._asdict() for one in getattr(self, name)] for name in self._fields}
            return json.dumps(plain, ensure_ascii=False, indent=2)
        return _markdown(self) if form == "md" else _text(self)


class State(NamedTuple):
    """One state: what its files say, labels, and the verdicts derived from it."""

    things: dict[str, dict[str, set[str]]]
    labels: dict[str, str]
    verdicts: dict[Key, tuple[tuple[str, str], ...]]


def files_of(path: str) -> list[str]:
    """Return the Turtle files that a path stands for: itself, or those of a folder (or of its data/ folder).

    Raises
    ------
    IntakeError : there are none
    """
    if os.path.isfile(path):
        return [path]
    if not os.path.isdir(path):
        raise IntakeError(f"{shown(path)}: no such file or folder")
    found = resources.files("", ".ttl", path) or resources.files("data", ".ttl", path)
    if not found:
        raise IntakeError(f"{shown(path)}: a folder without Turtle files")
    return found


def compare(old: str, new: str, *, over_shipped: bool = False) -> Difference:
    """Return what differs between two states.

    Parameters
    ----------
    old, new : files or folders
    over_shipped : whether both are laid over the shipped data, as a user's own data are; else they are all the data

    Raises
    ------
    TurtleError, IntakeError : a state cannot be read
    """
    base = resources.data_files() if over_shipped else []
    one, other = read_state(files_of(old), base), read_state(files_of(new), base)
    flips = tuple(_flips(one, other))
    changed: list[Change] = []
    added: list[Change] = []
    removed: list[Change] = []
    for thing in sorted(one.things.keys() | other.things.keys()):
        before, after = one.things.get(thing), other.things.get(thing)
        if before is None or after is None:
            has = after or before or {}
            state = other if after else one
            (added if after else removed).append(
                Change(thing, state.labels.get(thing, thing), _kind(has), "", "", _summary(has))
            )
        elif before != after:
            changed += _changes(thing, before, after, one, other)
    return Difference(
        flips, tuple(sorted(changed, key=lambda change: (not change.is_number, change))), tuple(added), tuple(removed)
    )


def read_state(paths: Sequence[str], base: Sequence[str] = ()) -> State:
    """Read files, derive what follows from them, and return both.

    Raises
    ------
    TurtleError : a file cannot be read; names file and line
    """
    engine = Engine(ox.Store())
    things: dict[str, dict[str, set[str]]] = {}
    labels: dict[str, str] = {}
    ontology = resources.ontology_files()
    for path in (*ontology, *base, *paths):
        quads = parse_turtle(path)
        engine.store.extend(ox.Quad(*quad.triple) for quad in quads)
        for quad in quads:
            if not isinstance(quad.subject, ox.NamedNode):
                continue
            subject = curie(quad.subject.value)
            if quad.predicate.value == LABEL:
                labels[subject] = quad.object.value if isinstance(quad.object, ox.Literal) else ""
            if path not in ontology:
                things.setdefault(subject, defaultdict(set))[curie(quad.predicate.value)].add(_shown(quad.object))
    derive(engine, [read_rule(path) for path in resources.rule_files()])
    verdicts: dict[Key, list[tuple[str, str]]] = defaultdict(list)
    for row in engine.select(_VERDICTS).rows:
        kind, about, line, agent, outcome, day, _ = (_shown(term) if term is not None else "" for term in row)
        labels.setdefault(about, _derived_label(engine, about))
        known = verdicts[kind, about, line, agent]
        if not known or known[-1][1] != outcome:
            known.append((day, outcome))
    return State(things, labels, {key: tuple(found) for key, found in verdicts.items()})


def _derived_label(engine: Engine, about: str) -> str:
    rows = engine.select(f"SELECT ?label WHERE {{ <{_iri(about)}> rdfs:label ?label }} LIMIT 1").rows
    return str(rows[0][0].value) if rows and isinstance(rows[0][0], ox.Literal) else about


def _iri(short: str) -> str:
    prefix, _, local = short.partition(":")
    return PREFIXES[prefix] + local if prefix in PREFIXES else short


def _shown(term: object) -> str:
    if isinstance(term, ox.NamedNode):
        return curie(term.value)
    return term.value if isinstance(term, ox.Literal) else str(term)


def _kind(statements: dict[str, set[str]]) -> str:
    return ", ".join(sorted(statements.get(curie(TYPE), ())))


def _summary(statements: dict[str, set[str]]) -> str:
    """Return the numbers of a report, in a line."""
    get = {
        name: next(iter(statements.get(f"her2:{name}", ())), "")
        for name in ("measure", "valueText", "lowerText", "upperText", "pOperator", "pText", "unit")
    }
    if not get["valueText"] and not get["pText"]:
        return ""
    parts = [get["measure"].removeprefix("her2:"), get["valueText"], get["unit"].removeprefix("her2:").lower()]
    said = " ".join(part for part in parts if part)
    limits = (
        f" ({get['lowerText'] or '?'} to {get['upperText'] or '?'})" if get["lowerText"] or get["upperText"] else ""
    )
    return f"{said}{limits}" + (f", p {get['pOperator']} {get['pText']}" if get["pText"] else "")


def _changes(
    thing: str, before: dict[str, set[str]], after: dict[str, set[str]], one: State, other: State
) -> list[Change]:
    differing = [name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]
    label = other.labels.get(thing) or one.labels.get(thing) or _of(after, other) or thing
    return [
        Change(thing, label, _kind(after), name, _values(before.get(name), one), _values(after.get(name), other))
        for name in differing
        if _TWICE.get(name) not in differing
    ]


def _of(statements: dict[str, set[str]], state: State) -> str:
    """Return the label of what a report is about."""
    about = next(iter((*statements.get("her2:ofAnalysis", ()), *statements.get("her2:ofQuantity", ()))), "")
    return state.labels.get(about, "")


def _values(values: set[str] | None, state: State) -> str:
    return "; ".join(sorted(state.labels.get(value, value) for value in values or ()))


def _flips(one: State, other: State) -> list[Flip]:
    found = []
    for key in sorted(one.verdicts.keys() | other.verdicts.keys()):
        before, after = one.verdicts.get(key, ()), other.verdicts.get(key, ())
        if before != after:
            kind, about, line, agent = key
            label = other.labels.get(about) or one.labels.get(about) or about
            parts = [other.labels.get(part) or one.labels.get(part) or part for part in (agent, line) if part]
            found.append(Flip(kind, about, " · ".join((*parts, label)), _history(before, one), _history(after, other)))
    return sorted(found, key=lambda flip: (_last(flip.old) == _last(flip.new), flip))


def _history(verdict: tuple[tuple[str, str], ...], state: State) -> str:
    return ", ".join(f"{state.labels.get(outcome, outcome)} since {day}" for day, outcome in verdict)


def _last(history: str) -> str:
    return history.rpartition(", ")[2].partition(" since ")[0]


def _text(difference: Difference) -> str:
    if not difference:
        return "No difference."
    lines: list[str] = []
    for title, flips in (
        ("Verdicts that flip", _turned(difference)),
        ("Verdicts with another history", _dated(difference)),
    ):
        if flips:
            lines += [title, *(f"  {flip.label}: {flip.old or 'none'} -> {flip.new or 'none'}" for flip in flips), ""]
    if difference.changed:
        lines.append("Changed")
        lines += [
            f"  {c.thing} ({c.label}) {c.predicate}: {c.old or 'nothing'} -> {c.new or 'nothing'}"
            for c in difference.changed
        ]
        lines.append("")
    for title, changes in (("Added", difference.added), ("Removed", difference.removed)):
        if changes:
            lines += [title, *(f"  {c.thing} ({c.kind}{f': {c.new}' if c.new else ''})" for c in changes), ""]
    counts = (
        f"{len(_turned(difference))} verdicts flip; {len(difference.changed)} values changed, "
        f"{len(difference.added)} things added, "
    )
    return "\n".join([*lines, f"{counts}{len(difference.removed)} removed."])


def _turned(difference: Difference) -> list[Flip]:
    return [flip for flip in difference.verdicts if _last(flip.old) != _last(flip.new)]


def _dated(difference: Difference) -> list[Flip]:
    return [flip for flip in difference.verdicts if _last(flip.old) == _last(flip.new)]


def _markdown(difference: Difference) -> str:
    if not difference:
        return "No difference."
    out: list[str] = []
    if difference.verdicts:
        out += ["## Verdicts", "", "| verdict on | was | is |", "| --- | --- | --- |"]
        out += [
            f"| {_cell(flip.label)} | {_cell(flip.old) or 'none'} | {_cell(flip.new) or 'none'} |"
            for flip in difference.verdicts
        ]
        out.append("")
    if difference.changed:
        out += ["## Changed", "", "| thing | property | was | is |", "| --- | --- | --- | --- |"]
        out += [f"| `{c.thing}` | {c.predicate} | {_cell(c.old)} | {_cell(c.new)} |" for c in difference.changed]
        out.append("")
    for title, changes in (("Added", difference.added), ("Removed", difference.removed)):
        if changes:
            out += [
                f"## {title}",
                "",
                *(f"- `{c.thing}`, {c.kind}{f': {_cell(c.new)}' if c.new else ''}" for c in changes),
                "",
            ]
    return "\n".join(out).rstrip()


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
