"""Putting pages together from named queries.

A page is a title, facts, and sections; each section is the answer of one named query with the thing as its parameter,
so that what a page shows can be asked for by name too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from her2kg.answers import Answer, SourceUse, collect_sources
from her2kg.errors import UnknownNameError
from her2kg.names import shortened
from her2kg.pages import Page, Section
from her2kg.tables import Column, Table, Thing
from her2kg.terms import expand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from her2kg.knowledge import KnowledgeGraph

SECTIONS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "Study": (
        ("Verdict", "studies-by-verdict", "study"),
        ("Results", "study-results", "study"),
        ("Arms", "arms", "study"),
        ("Patients", "enrolment", "study"),
        ("Design, as each source states it", "study-design", "study"),
        ("Earlier treatment", "prior-therapy", "study"),
        ("At entry", "baseline", "study"),
        ("Follow-up", "follow-up", "study"),
        ("Adverse events", "safety", "study"),
        ("Findings for or against a statement", "study-findings", "study"),
        ("Why it turned out so, in the words of authors", "trial-failure-explanations", "study"),
        ("Status", "study-status", "study"),
        ("Where sources disagree", "disagreements", "study"),
    ),
    "Agent": (
        ("Verdicts", "agents-by-verdict", "agent"),
        ("Studies", "studies", "agent"),
        ("Results", "agent-results", "agent"),
        ("Resistance to it", "resistance-mechanisms", "agent"),
        ("Development", "agent-development", "agent"),
    ),
    "ResistanceMechanism": (
        ("Steps", "mechanism-steps", "mechanism"),
        ("Evidence", "mechanism-evidence", "mechanism"),
        ("How often", "alteration-prevalence", "mechanism"),
        ("Ways to overcome it", "overcoming-resistance", "mechanism"),
    ),
    "Gene": (
        ("Resistance mechanisms", "resistance-mechanisms", "gene"),
        ("Alterations", "alteration-prevalence", "gene"),
    ),
    "Target": (("Agents", "agents", "target"),),
    "Pathway": (("Resistance mechanisms", "resistance-mechanisms", "pathway"),),
    "Assay": (
        ("Performance", "assay-performance", "assay"),
        ("Concordance", "concordance", "assay"),
        ("Cut-offs", "cut-offs", "assay"),
        ("Findings", "assay-findings", "assay"),
    ),
    "AgentClass": (("Agents", "agents", "agentClass"),),
    "LineOfTherapy": (("Verdicts", "agents-by-verdict", "line"), ("Studies", "studies", "line")),
    "Phase": (("Studies", "studies", "phase"),),
    "Endpoint": (("Estimates", "hazard-ratios", "endpoint"),),
    "SelectionRule": (("Studies", "her2-selection", "selection"),),
    "Source": (("Reports", "reports-from-source", "source"), ("Findings", "findings-by-reference", "cited")),
    "Biomarker": (("Subgroups", "subgroups", "biomarker"),),
}
"""Class to (title, query, parameter that takes the thing); a thing of several classes gets the sections of all."""

FACTS = """
SELECT ?property ?value ?locator WHERE {{
  <{iri}> ?p ?value .
  OPTIONAL {{ ?p rdfs:label ?label }}
  BIND(COALESCE(?label, REPLACE(STR(?p), "^.*[/#]", "")) AS ?property)
  FILTER(?p NOT IN (rdfs:label, rdf:type, rdfs:subClassOf, owl:versionIRI, her2:kind, her2:nameKey))
}} ORDER BY ?property ?value"""
FACT_NAMES = {"altLabel": "also called", "note": "remark", "definition": "definition", "title": "title"}
HIDDEN = frozenset({"has component", "hiddenLabel", "of comparison", "precedence", "includes phase", "notation"})


def page(kg: KnowledgeGraph, name: str, as_of: str | None) -> Page:
    """Return the page of what goes by a name; where several things do, of the first, and the others are mentioned.

    Raises
    ------
    UnknownNameError : nothing goes by this name
    """
    found = kg.names.find(name)
    if not found:
        raise UnknownNameError(f"nothing named {shortened(name)}{kg.names.hint(name)}")
    ranked = sorted(found, key=lambda short: (_rank(kg, short), short))
    short = ranked[0]
    kinds = kg.names.kinds(short)
    answers: list[tuple[str, Answer]] = []
    for kind, parts in SECTIONS.items():
        for title, query, parameter in parts if kind in kinds else ():
            answer = kg.query(query, as_of, **{parameter: short})
            if len(answer.table):
                answers.append((title, answer))
    if not answers:
        answers += [("Mentioned by", answer) for answer in [_mentions(kg, short)] if len(answer.table)]
    facts, used = _facts(kg, short)
    merged: dict[str, SourceUse] = {}
    for use in (*used, *(use for _, answer in answers for use in answer.sources)):
        before = merged.get(use.source.id)
        locators = tuple(dict.fromkeys((*(before.locators if before else ()), *use.locators)))
        merged[use.source.id] = SourceUse(use.source, locators, use.doi, use.pmid, use.url)
    notes = tuple(f"Also so named: {', '.join(ranked[1:])}." for _ in ranked[1:2])
    sections = tuple(
        Section(title, _without(answer.table, short), answer.query, answer.sparql) for title, answer in answers
    )
    labels = tuple(_most_specific(kg, kinds))
    return Page(
        Thing(short, kg.names.label(short)), labels, facts, sections, tuple(merged.values()), as_of or "", notes
    )


def _without(table: Table, short: str) -> Table:
    """Hide the columns that only repeat what the page is about."""
    columns = tuple(
        column._replace(hidden=True)
        if all(isinstance(cell, Thing) and cell.id == short for cell in table.column(column.name))
        else column
        for column in table.columns
    )
    return Table(columns, table.rows)


def _rank(kg: KnowledgeGraph, short: str) -> int:
    """Return the place of a thing among others of the same name: what has a page of its own first."""
    kinds = kg.names.kinds(short)
    return next((i for i, kind in enumerate(SECTIONS) if kind in kinds), len(SECTIONS))


def _most_specific(kg: KnowledgeGraph, kinds: Sequence[str]) -> list[str]:
    """Leave out every class that another of them is a kind of."""
    above = {(str(row["sub"]), str(row["above"])) for row in kg.sparql(SUBCLASSES)}
    labels = {kind: kg.names.label(f"her2:{kind}") for kind in kinds}
    return [label for kind, label in labels.items() if not any((other, label) in above for other in labels.values())]


def _facts(kg: KnowledgeGraph, short: str) -> tuple[tuple[tuple[str, str], ...], tuple[SourceUse, ...]]:
    iri = expand(short)
    table = kg.sparql(FACTS.format(iri=iri))
    values: dict[str, list[str]] = {}
    for row in table:
        name, value = FACT_NAMES.get(str(row["property"]), str(row["property"])), row["value"]
        if name not in HIDDEN and not (isinstance(value, Thing) and value.label == value.id):
            values.setdefault(name, []).append("yes" if value is True else str(value))
    sources = collect_sources(
        Table((Column("source", "source"),), tuple((row["value"],) for row in table)), kg.names.links
    )
    return tuple((name, "; ".join(dict.fromkeys(texts))) for name, texts in values.items()), sources


SUBCLASSES = "SELECT ?sub ?above WHERE { ?sub rdfs:subClassOf+ ?above }"
MENTIONS = """
SELECT DISTINCT ?thing ?property WHERE {{
  ?thing ?p <{iri}> . ?thing rdfs:label ?name . ?p rdfs:label ?property .
}} ORDER BY ?property ?thing LIMIT 200"""


def _mentions(kg: KnowledgeGraph, short: str) -> Answer:
    sparql = MENTIONS.format(iri=expand(short))
    return Answer("", "", {}, "", kg.sparql(sparql), (), (), (), sparql)
