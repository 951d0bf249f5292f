"""Sentences made from the fields of the graph.

The nodes are read once, as records; a `Chapter` turns records into sentences, each with its references and place, and
keeps what it cited. `her2kg.narrative` says what a chapter holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from her2kg.tables import Thing, number_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from her2kg.knowledge import KnowledgeGraph
    from her2kg.tables import Cell

_CLASSES = (
    "EvidenceGraph",
    "Disease",
    "ResistanceMechanism",
    "PathwayStep",
    "Proposition",
    "EvidenceItem",
    "Measurement",
    "Strategy",
    "Alteration",
    "Disagreement",
    "Assay",
    "ScoreCategory",
    "Source",
    "Topic",
)
_READ = "SELECT ?s ?p ?o WHERE {{ ?s a her2:{kind} ; ?p ?o }} ORDER BY ?s ?p ?o"
_SAYS = {
    "her2:Supports": "for it",
    "her2:Refutes": "AGAINST it",
    "her2:NoDifferenceFound": "NO DIFFERENCE found",
    "her2:Neutral": "without a direction",
}
_OPERATORS = {">=": "at least ", ">": "more than ", "<": "below ", "<=": "at most ", "=": ""}


class Record(NamedTuple):
    """One node: what it is and what is said of it, by local name of the property."""

    thing: Thing
    said: dict[str, list[Cell]]

    def all(self, name: str) -> list[Cell]:
        """Return every value of a property."""
        return self.said.get(name, [])

    def things(self, name: str) -> list[Thing]:
        """Return the things among the values of a property, by label."""
        found = (value for value in self.all(name) if isinstance(value, Thing))
        return sorted(found, key=lambda t: (t.label.casefold(), t.id))

    def ids(self, name: str) -> set[str]:
        """Return the CURIEs of the things among the values of a property."""
        return {thing.id for thing in self.things(name)}

    def text(self, name: str) -> str:
        """Return the values of a property for a reader."""
        return ", ".join(sorted({number_text(v) if isinstance(v, float) else str(v) for v in self.all(name)}))


class Block(NamedTuple):
    """One heading, paragraph or item of a chapter; the deeper the level, the further in."""

    kind: str
    level: int
    text: str


Records = dict[str, dict[str, Record]]


class Chapter:
    """A chapter and the sources it cites."""

    def __init__(self, records: Records) -> None:
        self.records = records
        graphs = [graph for _, graph in sorted(records["EvidenceGraph"].items())]
        self.review = {article for graph in graphs for article in graph.ids("reviewArticle")}
        usual = {disease for graph in graphs for disease in graph.ids("usualDisease")}
        wider = {above for one in usual & set(records["Disease"]) for above in records["Disease"][one].ids("subtypeOf")}
        self.usual = usual | wider
        self.blocks: list[Block] = []
        self.cited: set[str] = set()

    def add(self, kind: str, level: int, text: str) -> None:
        """Add a block, unless there is nothing to say."""
        if text:
            self.blocks.append(Block(kind, level, _sentence(text)))

    def of(self, kind: str) -> list[Record]:
        """Return the records of a class, by CURIE."""
        return [record for _, record in sorted(self.records[kind].items())]

    # Sentences

    def place(self, record: Record) -> str:
        """Return the references and the place of a statement, in brackets."""
        numbers = []
        for source in (*record.things("cites"), *(s for s in record.things("source") if s.id not in self.review)):
            self.cited.add(source.id)
            numbers.append(self._reference(source))
        where = [text for text in (*sorted(set(numbers)), record.text("locator")) if text]
        return f" [{'; '.join(where)}]" if where else ""

    def _reference(self, source: Thing) -> str:
        known = self.records["Source"].get(source.id)
        number = known.text("referenceNumber") if known else ""
        if source.label.startswith("reference "):
            return f"reference {number}"
        return f"{source.label}, reference {number}" if number else source.label

    def measurement(self, record: Record) -> str:
        """Return a measurement as a phrase: what, of whom, how much."""
        unit = record.text("unit")
        tail = "%" if unit == "percent" else f" {unit}" if unit and unit != "ratio" else ""
        value, lower, upper = (record.text(name) for name in ("valueText", "lowerText", "upperText"))
        parts = []
        if value:
            parts.append(f"{_OPERATORS.get(record.text('thresholdOperator'), '')}{value}{tail}")
        if lower and upper:
            level = record.text("confidenceLevel")
            kind = f"{level}% " if level else ""
            parts.append(f"({kind}CI {lower} to {upper})" if value else f"{lower} to {upper}{tail}")
        elif lower or upper:
            parts.append(f"more than {lower}{tail}" if lower else f"up to {upper}{tail}")
        if record.text("denominator"):
            parts.append(f"({record.text('numerator')} of {record.text('denominator')})")
        if record.text("pText"):
            operator = record.text("pOperator") or "="
            parts.append(f"p {operator} {record.text('pText')}")
        said = "; ".join(text for text in (record.text("statement"), record.text("note")) if text)
        return f"{record.thing.label}: {' '.join(parts)}" + (f" ({said})" if said else "")

    def measured(self, record: Record, before: str = "") -> str:
        """Return a measurement as a sentence: with the population and the place."""
        who = record.text("populationText")
        return f"{self.measurement(record)}{f', {before}{who}' if who else ''}{self.place(record)}."

    def evidence(self, item: Record) -> str:
        """Return one evidence item as one sentence."""
        system = item.text("evidenceSystem")
        studies = "; ".join(study.label for study in item.things("fromStudy"))
        measured = [self.records["Measurement"][m.id] for m in item.things("hasMeasurement")]
        sizes = [m for m in measured if "her2:CohortSize" in m.ids("measurementKind")]
        n = item.text("n") or ", ".join(m.text("valueText") for m in sizes)
        diseases = [d for d in item.things("inDisease") if d.id not in self.usual]
        disease = ", ".join(d.label.upper() if self._is_kind(d) else d.label for d in diseases)
        who = [
            studies,
            f"n = {n}" if n else "",
            item.text("populationText"),
            ", ".join(s.label for s in item.things("byAssay")),
        ]
        head = f"{system}{f' in {disease}' if disease else ''}"
        inside = ", ".join(text for text in who if text)
        numbers = "; ".join(self.measurement(m) for m in measured if m not in sizes)
        said = "; ".join(text for text in (numbers, item.text("statement"), item.text("note")) if text)
        direction = next((_SAYS.get(d.id, d.label) for d in item.things("direction")), "")
        sentence = f"{direction}, {head}" + (f" ({inside})" if inside else "") + (f": {said}" if said else "")
        return f"{sentence}{self.place(item)}."

    def _is_kind(self, disease: Thing) -> bool:
        """Tell whether a disease is a kind of another, and not disease as such."""
        known = self.records["Disease"].get(disease.id)
        return known is None or bool(known.all("subtypeOf"))

    def proposition(self, proposition: Record, level: int) -> None:
        """Add a proposition and the evidence that speaks to it."""
        holders = [h for h in proposition.things("heldBy") if h.id not in self.review]
        self.cited |= {h.id for h in holders}
        whose = (
            f", held by {'; '.join(self._reference(h) for h in holders)}"
            if holders
            else ", held by the review's authors"
        )
        note = proposition.text("note")
        self.add(
            "item",
            level,
            f"{proposition.thing.label} ({proposition.text('epistemicStatus')}{whose}){f'; {note}' if note else ''}:",
        )
        items = [i for i in self.of("EvidenceItem") if proposition.thing.id in i.ids("forProposition")]
        for item in sorted(items, key=_weight):
            self.add("item", level + 1, self.evidence(item))

    def ranked(self, propositions: Iterable[Record]) -> list[Record]:
        """Return propositions, those with data first and those only stated last."""
        items = self.of("EvidenceItem")

        def stated(proposition: Record) -> bool:
            given = [i for i in items if proposition.thing.id in i.ids("forProposition")]
            return all("her2:ReviewStatement" in i.ids("evidenceSystem") for i in given)

        return sorted(propositions, key=lambda p: (stated(p), p.thing.label.casefold(), p.thing.id))

    def strategy(self, strategy: Record, level: int) -> None:
        """Add a strategy and what is said for and against it."""
        agents = ", ".join(a.label for a in strategy.things("usesAgent"))
        note = strategy.text("note")
        line = strategy.thing.label + (f" (using {agents})" if agents else "") + (f"; {note}" if note else "")
        self.add("item", level, f"{line}{self.place(strategy)}.")
        for proposition in self.of("Proposition"):
            if strategy.thing.id in proposition.ids("subject") | proposition.ids("object"):
                self.proposition(proposition, level + 1)

    def bibliography(self) -> None:
        """Add the list of what was cited."""
        self.add("heading", 2, "References")
        known = self.records["Source"]
        numbered = [known[short] for short in self.cited if short in known]
        for source in sorted(numbered, key=lambda r: (float(r.text("referenceNumber") or "999"), r.thing.label)):
            number = source.text("referenceNumber")
            link = (
                f" doi:{source.text('doi')}"
                if source.text("doi")
                else f" PMID {source.text('pmid')}"
                if source.text("pmid")
                else ""
            )
            title = f" {source.text('title')}." if source.text("title") else ""
            identity = (
                f" Identity {source.text('resolution')}."
                if source.text("resolution") in {"probable", "unresolved"}
                else ""
            )
            label = source.thing.label[:1].upper() + source.thing.label[1:]
            self.add("item", 0, f"{f'{number}. ' if number else ''}{label}.{title}{identity}{link}")


def _sentence(text: str) -> str:
    """Return a text with a capital to begin with, unless its first word is a name of its own form, such as ctDNA."""
    first = text.split(None, 1)[0].strip(":,.;")
    return text[:1].upper() + text[1:] if first.replace("-", "").islower() else text


def _weight(item: Record) -> tuple[int, str, str]:
    """Return the order of evidence: for, none, against; patients before models before statements."""
    directions = list(_SAYS)
    place = min((directions.index(d) for d in item.ids("direction") if d in directions), default=len(directions))
    return (place, "z" if "her2:ReviewStatement" in item.ids("evidenceSystem") else "a", item.thing.id)


def read(kg: KnowledgeGraph) -> Records:
    """Return every record of the classes a chapter needs."""
    records: Records = {}
    for kind in _CLASSES:
        found: dict[str, Record] = {}
        for row in kg.sparql(_READ.format(kind=kind)):
            thing, name = row["s"], row["p"]
            if isinstance(thing, Thing) and isinstance(name, Thing):
                record = found.setdefault(thing.id, Record(thing, {}))
                record.said.setdefault(name.id.rpartition(":")[2], []).append(row["o"])
        records[kind] = found
    return records
