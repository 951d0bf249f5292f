"""Filled-in templates: from rows to a draft.

A row adds to the graph: a study or source that is there already is pointed at, not described again, and a further
report of an analysis that is there joins it.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from her2kg.dates import parse_date
from her2kg.errors import ParameterError
from her2kg.intake.drafting import Draft, Sheet, literal
from her2kg.intake.leaves import Account
from her2kg.intake.naming import Names, local_name
from her2kg.intake.reading import shown
from her2kg.intake.sheets import read_rows
from her2kg.intake.table_estimates import estimate
from her2kg.intake.table_rows import Line, State, study_of
from her2kg.intake.template import RECORDS
from her2kg.intake.vocabulary import Vocabulary, load_vocabulary

if TYPE_CHECKING:
    from her2kg.intake.drafting import Block

_YES, _NO = {"yes", "true", "1", "y"}, {"no", "false", "0", "n"}
_KINDS = {"randomised trial", "randomized trial", "single-arm trial", "cohort study", "study"}
_FEATURES = {
    "phase": ("Phase", "phase"),
    "line": ("Line", "line"),
    "blinding": ("Blinding", "blinding"),
    "her2_selection": ("HER2Selection", "HER2-selection"),
}
_PROPERTIES = {
    "phase": "phase",
    "line": "lineOfTherapy",
    "setting": "setting",
    "blinding": "blinding",
    "her2_selection": "her2Selection",
}


def import_table(path: str, vocabulary: Vocabulary | None = None) -> Draft:
    """Return the draft of a filled-in template.

    Parameters
    ----------
    vocabulary : what the graph knows; by default the shipped graph

    Raises
    ------
    IntakeError : the file is no such table, or a cell cannot be; names line and column
    """
    rows = read_rows(path)
    vocabulary = vocabulary or load_vocabulary()
    sheet = Sheet(f"Draft from {shown(os.path.basename(path))}, made by her2kg import table.")
    tree = {row.place: {"record": row.record, **row.cells} for row in rows}
    state = State(path, Account(tree), vocabulary, Names(vocabulary.subjects), sheet)
    steps = dict(zip(RECORDS, (_source, _study, _arm, estimate), strict=True))
    for record, step in steps.items():
        for row in rows:
            if row.record == record:
                line = Line(state, row)
                line.state.account.used(f"{row.place}.record", "the kind of record")
                step(line)
    name = local_name(os.path.splitext(os.path.basename(path))[0], "table")
    return Draft(sheet.render(), state.account.table(lambda *_: "the graph has it already"), sheet.todos(), name)


def _source(line: Line) -> None:
    state = line.state
    key = line.text("source").casefold()
    pmid, doi = line.text("pmid"), line.text("doi")
    known = (state.vocabulary.identified("pmid", pmid) if pmid else "") or (
        state.vocabulary.identified("doi", doi) if doi else ""
    )
    if known or key in state.sources:
        state.sources.setdefault(key, known)
        return
    node = state.names.new(local_name(line.text("source"), "source"))
    state.sources[key] = node
    block = state.sheet.block(node, "her2:Source")
    line.text("source", node)
    block.say("rdfs:label", state.names.label(line.text("label", f"{node} rdfs:label"), "Source"))
    block.say("dcterms:title", line.text("title", f"{node} dcterms:title")).put(
        "her2:sourceType", line.term("source_type", f"{node} her2:sourceType")
    )
    for column, name in (
        ("first_author", "firstAuthor"),
        ("journal", "journal"),
        ("doi", "doi"),
        ("pmid", "pmid"),
        ("printed_date", "printedDate"),
    ):
        block.say(f"her2:{name}", line.text(column, f"{node} her2:{name}"))
    url = line.text("url", f"{node} her2:url")
    if url and not re.fullmatch(r"https?://\S+", url):
        raise line.fail("url", f"{shown(url)[:60]!r} is no web address")
    block.put("her2:url", literal(url, "xsd:anyURI") if url else "")
    try:
        day = parse_date(line.text("known_from", f"{node} her2:knownFrom"))
    except ParameterError as error:
        raise line.fail("known_from", str(error)) from None
    block.put("her2:knownFrom", literal(day, "xsd:date"))
    line.notes(block)


def _study(line: Line) -> None:
    state, text = line.state, line.text("study")
    numbers = [one.strip() for one in line.text("registry").split(";") if one.strip()]
    known = next(
        (found for one in (*numbers, text) if (found := state.vocabulary.identified("registryNumber", one))), ""
    ) or state.vocabulary.term("Study", text)
    if known or text in state.studies:
        state.studies.setdefault(text, known)
        return
    kind = line.text("kind").casefold()
    if kind not in _KINDS:
        raise line.fail("kind", f"{shown(kind)[:40]!r} is none of: {', '.join(sorted(_KINDS))}")
    node = state.names.new(local_name(text, "study"))
    state.studies[text] = node
    class_ = (
        {"r": "RandomisedTrial", "s": "SingleArmTrial", "c": "CohortStudy"}[kind[0]] if kind != "study" else "Study"
    )
    block = state.sheet.block(node, f"her2:{class_}").say("rdfs:label", line.text("study", f"{node} rdfs:label")[:120])
    line.text("kind", f"{node} a her2:{class_}")
    block.say("her2:registryNumber", *numbers)
    line.text("registry", f"{node} her2:registryNumber")
    terms = {column: line.term(column, f"{node} her2:{name}") for column, name in _PROPERTIES.items()}
    for column, term in terms.items():
        block.put(f"her2:{_PROPERTIES[column]}", term)
    answer = line.text("confirmatory", f"{node} her2:confirmatory").casefold()
    if answer and answer not in _YES | _NO:
        raise line.fail("confirmatory", f"{shown(answer)[:20]!r} is neither yes nor no")
    block.put("her2:confirmatory", "true" if answer in _YES else "false" if answer else "")
    _size(line, block, "her2:Enrolment", f"{line.text('study')}, enrolment", "enrolment", node)
    line.notes(block)
    for column, (feature, part) in _FEATURES.items():
        if terms[column]:
            report = state.sheet.block(
                state.names.new(node.removeprefix("kg:"), part, line.source().removeprefix("kg:")), "her2:DesignReport"
            )
            report.put("her2:partOfStudy", node).put("her2:feature", f"her2:{feature}Feature").put(
                "her2:featureValue", terms[column]
            )
            line.cite(report.say("her2:statement", line.text(column)))


def _size(line: Line, block: Block, kind: str, label: str, what: str, study: str) -> None:
    """Give a study or arm its size, and the quantity that the size rests on."""
    count = line.number("n", f"{block.subject} her2:n", whole=True)
    if count is None:
        return
    block.put("her2:n", count.text)
    state, arm = line.state, block.kind == "her2:Arm"
    quantity = state.sheet.block(state.names.new(block.subject.removeprefix("kg:"), what), "her2:Quantity")
    quantity.say("rdfs:label", state.names.label(label, "Quantity")).put("her2:partOfStudy", study)
    quantity.put("her2:ofArm", block.subject if arm else "").put("her2:quantityKind", kind)
    report = state.sheet.block(
        state.names.new(quantity.subject.removeprefix("kg:"), line.source().removeprefix("kg:")), "her2:QuantityReport"
    )
    line.cite(report.put("her2:ofQuantity", quantity.subject)).number("her2:value", count).put(
        "her2:unit", "her2:Patients"
    )


def _arm(line: Line) -> None:
    state, study = line.state, study_of(line)
    key = (study, line.text("arm").casefold())
    if key in state.arms:
        raise line.fail("arm", f"the study has an arm {shown(key[1])[:40]!r} already")
    node = state.names.new(study.removeprefix("kg:"), local_name(line.text("arm"), "arm"))
    state.arms[key] = node
    line.text("arm", node)
    agents = line.text("agents", f"{node} her2:hasComponent")
    block = state.sheet.block(node, "her2:Arm").say(
        "rdfs:label", state.names.label(line.text("label", f"{node} rdfs:label") or agents, study)
    )
    block.put("her2:partOfStudy", study).put("her2:role", line.term("arm_role", f"{node} her2:role"))
    _size(line, block, "her2:ArmSize", f"{line.text('study')}, patients allocated to {agents}", "n", study)
    line.notes(block)
    for part in agents.split("+"):
        choices = [one.strip() for one in re.split(r"\s+or\s+", part) if one.strip()]
        for text in choices:
            agent = state.vocabulary.term("Agent", text) or state.agents.get(text.casefold(), "")
            if not agent:
                agent = state.names.new(local_name(text, "agent").lower())
                state.agents[text.casefold()] = agent
                new = state.sheet.block(agent, "her2:Agent").say("rdfs:label", text[:120])
                line.cite(new).todo(
                    "her2:agentClass: an agent the graph does not know, or knows by another name: replace it, or "
                    "give its class"
                )
            component = state.sheet.block(
                state.names.new(node.removeprefix("kg:"), agent.removeprefix("kg:")), "her2:Component"
            )
            block.put("her2:hasComponent", component.subject)
            component.put("her2:agent", agent).say("her2:choiceGroup", " or ".join(choices) if len(choices) > 1 else "")
            line.cite(component)
