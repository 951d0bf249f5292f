"""Pages: everything one wants to know of a thing, composed of named queries.

A page is a title, facts, and sections; each section is the answer of one named query with the thing as its parameter, so that what a page shows can be
asked for by name too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from her2kg.answers import Answer, SourceUse, collect_sources
from her2kg.tables import Column, Table, Thing
from her2kg.terms import curie, expand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from her2kg.knowledge import KnowledgeGraph

SECTIONS: dict[str, tuple[tuple[str, str, str, dict[str, str]], ...]] = {
    "Study": (
        ("Verdict", "studies-by-verdict", "study", {}),
        ("Results", "study-results", "study", {}),
        ("Arms", "arms", "study", {}),
        ("Patients", "enrolment", "study", {}),
        ("Design, as each source states it", "study-design", "study", {}),
        ("Earlier treatment", "prior-therapy", "study", {}),
        ("At entry", "baseline", "study", {}),
        ("Follow-up", "follow-up", "study", {}),
        ("Adverse events", "safety", "study", {}),
        ("Status", "study-status", "study", {}),
        ("Where sources disagree", "disagreements", "study", {}),
    ),
    "Agent": (
        ("Verdicts", "agents-by-verdict", "agent", {}),
        ("Studies", "studies", "agent", {}),
        ("Results", "agent-results", "agent", {}),
        ("Status", "study-status", "agent", {}),
    ),
    "Target": (("Agents", "agents", "target", {}),),
    "AgentClass": (("Agents", "agents", "agentClass", {}),),
    "LineOfTherapy": (("Verdicts", "agents-by-verdict", "line", {}), ("Studies", "studies", "line", {})),
    "Phase": (("Studies", "studies", "phase", {}),),
    "Endpoint": (("Estimates", "hazard-ratios", "endpoint", {}),),
    "SelectionRule": (("Studies", "her2-selection", "selection", {}),),
    "Source": (("Reports", "reports-from-source", "source", {}),),
    "Biomarker": (("Subgroups", "subgroups", "biomarker", {}),),
}
"""Class to (title, query, parameter that takes the thing, further parameters)."""

_FACTS = """
SELECT ?property ?value ?locator WHERE {{
  <{iri}> ?p ?value .
  OPTIONAL {{ ?p rdfs:label ?label }}
  BIND(COALESCE(?label, REPLACE(STR(?p), "^.*[/#]", "")) AS ?property)
  FILTER(?p NOT IN (rdfs:label, rdf:type, rdfs:subClassOf, owl:versionIRI))
}} ORDER BY ?property ?value"""
_HIDDEN = frozenset({"has component", "of comparison", "precedence", "includes phase", "notation"})


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a page."""

    title: str
    table: Table
    query: str = ""
    sparql: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page about one thing, or a proof.

    Parameters
    ----------
    thing : what the page is about
    kinds : labels of its classes
    facts : name and value pairs
    """

    thing: Thing
    kinds: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    sources: tuple[SourceUse, ...]
    as_of: str
    notes: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the page as plain values, the shape of ``--format json``."""
        return {
            "id": self.thing.id,
            "label": self.thing.label,
            "kinds": list(self.kinds),
            "as_of": self.as_of,
            "facts": [{"name": name, "value": value} for name, value in self.facts],
            "text": list(self.lines),
            "sections": [
                {"title": s.title, "query": s.query, "columns": [c.name for c in s.table.columns], "rows": s.table.to_dicts(), "sparql": s.sparql}
                for s in self.sections
            ],
            "sources": [
                {"id": use.source.id, "label": use.source.label, "locators": list(use.locators), "doi": use.doi, "pmid": use.pmid, "url": use.url}
                for use in self.sources
            ],
            "notes": list(self.notes),
        }

    def render(self, form: str) -> str:
        """Return the page in one of `her2kg.tables.FORMATS`; CSV and TSV hold the sections' tables, each under its title."""
        if form == "json":
            import json

            return json.dumps(self.to_dict(), ensure_ascii=False, indent=2)
        if form in {"csv", "tsv"}:
            return "\n\n".join(f"# {section.title}\n{section.table.render(form)}" for section in self.sections)
        md = form == "md"
        kinds = f" ({', '.join(self.kinds)})" if self.kinds else ""
        title = f"{self.thing.label}{kinds}"
        out = [f"# {title}" if md else title, f"{self.thing.id}. As of {self.as_of}." + "".join(f" {note}" for note in self.notes)]
        if self.facts:
            width = 0 if md else max(len(name) for name, _ in self.facts)
            out += ["", *(f"- {name}: {value}" if md else f"{name.ljust(width)}  {value}" for name, value in self.facts)]
        if self.lines:
            out += ["", *self.lines]
        for section in self.sections:
            out += ["", f"## {section.title}" if md else section.title, *([""] if md else ["-" * len(section.title)]), section.table.render(form)]
        if self.sources:
            out += ["", "## Sources" if md else "Sources", *(["" if md else "-------"]), *(f"- {use}" for use in self.sources)]
        return "\n".join(out)

    def _repr_html_(self) -> str:
        from html import escape

        facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in self.facts)
        text = f"<pre>{escape(chr(10).join(self.lines))}</pre>" if self.lines else ""
        parts = "".join(f"<h4>{escape(s.title)}</h4>{s.table._repr_html_()}" for s in self.sections)
        return f"<h3>{escape(self.thing.label)}</h3><dl>{facts}</dl>{text}{parts}"


def page(kg: KnowledgeGraph, found: Sequence[str], as_of: str | None) -> Page:
    """Return the page of the first thing found; the others that go by the same name are mentioned."""
    ranked = sorted(found, key=lambda short: (_rank(kg, short), short))
    short = ranked[0]
    kinds = kg.index["kinds"].get(short, [])
    answers: list[tuple[str, Answer]] = []
    for kind in SECTIONS:
        if kind in kinds:
            for title, name, parameter, more in SECTIONS[kind]:
                answer = kg.query(name, as_of, **{parameter: short}, **more)
                if len(answer):
                    answers.append((title, answer))
            break
    else:
        answers += [("Mentioned by", answer) for answer in [_mentions(kg, short)] if len(answer)]
    facts, used = _facts(kg, short)
    merged: dict[str, SourceUse] = {}
    for use in (*used, *(use for _, answer in answers for use in answer.sources)):
        before = merged.get(use.source.id)
        locators = tuple(dict.fromkeys((*(before.locators if before else ()), *use.locators)))
        merged[use.source.id] = SourceUse(use.source, locators, use.doi, use.pmid, use.url)
    notes = tuple(f"Also so named: {', '.join(ranked[1:])}." for _ in ranked[1:2])
    sections = tuple(Section(title, answer.table, answer.query, answer.sparql) for title, answer in answers)
    day = answers[0][1].as_of if answers else _day(as_of)
    labels = tuple(kg.label(f"her2:{kind}") for kind in _most_specific(kg, kinds))
    return Page(Thing(short, kg.label(short)), labels, facts, sections, tuple(merged.values()), day, notes)


def _rank(kg: KnowledgeGraph, short: str) -> int:
    """Return the place of a thing among others of the same name: what has a page of its own first."""
    kinds = kg.index["kinds"].get(short, [])
    return next((i for i, kind in enumerate(SECTIONS) if kind in kinds), len(SECTIONS))


def _most_specific(kg: KnowledgeGraph, kinds: Sequence[str]) -> list[str]:
    from_engine = kg.index["superclasses"]
    return [kind for kind in kinds if not any(kind in from_engine.get(other, ()) for other in kinds if other != kind)]


def _facts(kg: KnowledgeGraph, short: str) -> tuple[tuple[tuple[str, str], ...], tuple[SourceUse, ...]]:
    iri = expand(short)
    table = kg.sparql(_FACTS.format(iri=iri))
    values: dict[str, list[str]] = {}
    for row in table:
        name, value = str(row["property"]), row["value"]
        if name not in _HIDDEN and not (isinstance(value, Thing) and value.label == value.id):
            values.setdefault(name, []).append(str(value))
    sources = collect_sources(Table((Column("source", "source"),), tuple((row["value"],) for row in table)), kg.index["sources"])
    return tuple((name, "; ".join(dict.fromkeys(texts))) for name, texts in values.items()), sources


_MENTIONS = """
SELECT DISTINCT ?thing ?property WHERE {{
  ?thing ?p <{iri}> . ?thing rdfs:label ?name . ?p rdfs:label ?property .
}} ORDER BY ?property ?thing LIMIT 200"""


def _mentions(kg: KnowledgeGraph, short: str) -> Answer:
    sparql = _MENTIONS.format(iri=expand(short))
    return Answer("", "", {}, _day(None), kg.sparql(sparql), (), (), sparql)


def _day(as_of: str | None) -> str:
    import datetime

    return as_of or datetime.date.today().isoformat()


__all__ = ["SECTIONS", "Page", "Section", "curie", "page"]
