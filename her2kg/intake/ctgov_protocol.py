"""The protocol section: source, study, design, arms with their components, status."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from her2kg.dates import parse_date
from her2kg.errors import ParameterError
from her2kg.intake.ctgov_record import date_literal
from her2kg.intake.ctgov_terms import ARM_ROLES, NO_TREATMENT, PHASES, STATUS
from her2kg.intake.drafting import literal
from her2kg.intake.naming import local_name
from her2kg.intake.printed import number

if TYPE_CHECKING:
    from her2kg.intake.ctgov_record import Arm, Record
    from her2kg.intake.drafting import Block
    from her2kg.intake.leaves import Cursor

_REGISTERED = re.compile(
    r"(?:UMIN\d{9}|20\d{2}-\d{6}-\d{2}(?:-\d{2})?|jRCTs?\d{9,10}|JapicCTI-\d{6}|ChiCTR[0-9A-Z-]{6,}|ISRCTN\d{8}|ACTRN\d{14}|KCT\d{7}|CTRI/\d{4}/\d{2,3}/\d{6})"
)
_BRACKETS = re.compile(r"\s*[\(\[][^\(\)\[\]]*[\)\]]")
_HINTS = (
    *(
        "first-line",
        "first line",
        "1st line",
        "previously untreated",
        "no prior",
        "second-line",
        "second line",
        "2nd line",
        "third-line",
        "third line",
    ),
    *("previously treated", "progressed", "refractory", "relapsed"),
)
_FEW_WORDS = 7
_OBSERVED = {"COHORT": "her2:CohortStudy", "CASE_CONTROL": "her2:CaseControlStudy"}


def begin(record: Record) -> None:
    """Name the study and describe the source."""
    module = record.root.at("protocolSection", "identificationModule")
    status = record.root.at("protocolSection", "statusModule")
    number_ = module.text("nctId")
    acronym = module.text("acronym")
    local = local_name(acronym, number_)
    record.name = number_ if record.vocabulary.has(f"kg:{local}") else local
    record.study = record.names.new(record.name)
    record.name = record.study.removeprefix("kg:")
    record.short = acronym.strip()[:40] or number_
    day, place = _public(record, status)
    record.source = record.names.new(f"clinicaltrials-{number_}", day)
    record.sheet.section("Source")
    block = record.sheet.block(record.source, "her2:Source")
    block.say("rdfs:label", f"ClinicalTrials.gov {number_}" + (f", {day}" if day else ""))
    block.say("dcterms:title", module.use(f"{record.source} dcterms:title", "briefTitle")).put(
        "her2:sourceType", "her2:Registry"
    )
    block.say("her2:journal", "ClinicalTrials.gov").put(
        "her2:url", literal(f"https://clinicaltrials.gov/study/{number_}", "xsd:anyURI")
    )
    if day:
        block.say("her2:printedDate", place.text()).put("her2:knownFrom", date_literal(day))
        place.use(f"{record.source} her2:knownFrom")
    else:
        block.todo("her2:knownFrom: the record has no date of its own: give the day on which it was read")
    results = status.use(f"{record.source} skos:note", "resultsFirstPostDateStruct", "date")
    if results:
        block.say("skos:note", f"results first posted on {results}")
    module.use(f"{record.study} her2:registryNumber; {record.source}", "nctId")
    known = record.vocabulary.identified("registryNumber", number_)
    if known:
        block.todo(
            f"{known} is the study with this number: give its reports this source, and take the rest of this draft away"
        )


def _public(record: Record, status: Cursor) -> tuple[str, Cursor]:
    """Return the day from which this version of the record was public, and where it stands."""
    places = [
        status.at(f"{name}Struct", "date")
        for name in ("lastUpdatePostDate", "resultsFirstPostDate", "studyFirstPostDate")
    ]
    places.append(record.root.at("derivedSection", "miscInfoModule", "versionHolder"))
    for place in places:
        try:
            return parse_date(place.text()[:10]), place
        except ParameterError:
            continue
    return "", places[0]


def study(record: Record) -> Block:
    """Describe study and design."""
    protocol = record.root.at("protocolSection")
    ids, design = protocol.at("identificationModule"), protocol.at("designModule")
    info = design.at("designInfo")
    record.sheet.section(f"Study {record.short}")
    kind = _kind(record, design, info)
    block = record.sheet.block(record.study, kind).say("rdfs:label", record.short)
    if kind == "her2:Study" and not design.items("phases"):
        block.todo("a her2:Study: the record does not say of which kind: her2:RandomisedTrial, her2:CohortStudy ...")
    for path in (("acronym",),):
        ids.use(f"{record.study} rdfs:label", *path)
    aliases = [
        ids.use(f"{record.study} skos:altLabel", "orgStudyIdInfo", "id"),
        ids.text("nctId") if record.short != ids.text("nctId") else "",
    ]
    aliases += [alias.use(f"{record.study} skos:altLabel") for alias in ids.items("nctIdAliases")]
    numbers = [ids.text("nctId")]
    for other in ids.items("secondaryIdInfos"):
        is_number = bool(_REGISTERED.fullmatch(other.text("id").strip()))
        (numbers if is_number else aliases).append(
            other.use(f"{record.study} {'her2:registryNumber' if is_number else 'skos:altLabel'}", "id")
        )
    block.say("skos:altLabel", *aliases[:1], *aliases[2:]).say(
        "her2:registryNumber", *dict.fromkeys(text.strip() for text in numbers)
    )
    _phase(record, design, block)
    block.put("her2:lineOfTherapy", record.answers.line)
    if not record.answers.line:
        block.todo(
            f"her2:lineOfTherapy, with a her2:DesignReport of her2:LineFeature: read the eligibility "
            f"criteria{_hints(protocol)}"
        )
    block.put("her2:setting", record.answers.setting)
    if not record.answers.setting:
        block.todo("her2:setting: advanced or perioperative disease? The record does not say it in one word")
    blinding = _blinding(info)
    block.put("her2:blinding", blinding)
    block.put("her2:her2Selection", record.answers.selection)
    if not record.answers.selection:
        block.todo(
            "her2:her2Selection, with a her2:DesignReport of her2:HER2SelectionFeature: read the eligibility criteria"
        )
    if record.answers.confirmatory is None:
        block.todo("her2:confirmatory: was it designed to test efficacy? true or false; verdicts depend on it")
    else:
        block.put("her2:confirmatory", "true" if record.answers.confirmatory else "false")
    _designs(record, protocol, info, blinding)
    return block


def _kind(record: Record, design: Cursor, info: Cursor) -> str:
    kind, allocation, model = design.text("studyType"), info.text("allocation"), info.text("interventionModel")
    arms = record.root.items("protocolSection", "armsInterventionsModule", "armGroups")
    if kind == "OBSERVATIONAL":
        found = _OBSERVED.get(info.text("observationalModel"), "her2:Study")
        info.use(f"{record.study} a {found}", "observationalModel")
    elif allocation == "RANDOMIZED":
        found = "her2:RandomisedTrial"
    else:
        found = (
            "her2:SingleArmTrial"
            if model == "SINGLE_GROUP" or (kind == "INTERVENTIONAL" and len(arms) == 1)
            else "her2:Study"
        )
    design.use(f"{record.study} a {found}", "studyType")
    for key in ("allocation", "interventionModel"):
        info.use(f"{record.study} a {found}", key)
    return found


def _phase(record: Record, design: Cursor, block: Block) -> None:
    phases = design.items("phases")
    found = PHASES.get(tuple(sorted(phase.text() for phase in phases)), "")
    if found and record.vocabulary.has(found):
        block.put("her2:phase", found)
        for phase in phases:
            phase.use(f"{record.study} her2:phase")
        record.design("Phase", record.vocabulary.label(found), "design", found)
    elif phases:
        block.todo(
            f"her2:phase: the record says {', '.join(phase.text() for phase in phases)}, for which the ontology has "
            f"no phase"
        )


def _blinding(info: Cursor) -> str:
    masking = info.text("maskingInfo", "masking")
    who = {member.text() for member in info.items("maskingInfo", "whoMasked")}
    if masking == "NONE":
        return "her2:OpenLabel"
    return "her2:DoubleBlind" if "PARTICIPANT" in who and who & {"INVESTIGATOR", "CARE_PROVIDER"} else ""


def _designs(record: Record, protocol: Cursor, info: Cursor, blinding: str) -> None:
    if record.answers.line:
        record.design(
            "Line",
            f"{record.vocabulary.label(record.answers.line)}, as the curator reads the criteria",
            "eligibility",
            record.answers.line,
        )
    if record.answers.selection:
        label = record.vocabulary.label(record.answers.selection)
        record.design(
            "HER2Selection", f"{label}, as the curator reads the criteria", "eligibility", record.answers.selection
        )
    masking = info.at("maskingInfo")
    if masking.text("masking"):
        who = [member.text().replace("_", " ").lower() for member in masking.items("whoMasked")]
        said = f"masking: {masking.text('masking').lower()}" + (f" ({', '.join(who)})" if who else "")
        block = record.design("Blinding", said, "design", blinding)
        for leaf in (masking.at("masking"), *masking.items("whoMasked")):
            leaf.use(block.subject)
        if not blinding:
            block.todo("her2:blinding of the study: masked, but not as the ontology's terms say it: decide")
    conditions = [leaf for leaf in protocol.items("conditionsModule", "conditions") if leaf.text()]
    if conditions:
        block = record.design("Disease", "; ".join(leaf.text() for leaf in conditions), "conditions")
        for leaf in conditions:
            leaf.use(block.subject)
    allocation, model = info.text("allocation"), info.text("interventionModel")
    if allocation not in {"", "NA"}:
        said = (
            f"{allocation.lower().replace('_', '-')}, {model.lower().replace('_', ' ')} assignment"
            if model
            else allocation.lower()
        )
        block = record.design("Allocation", said, "design")
        info.use(block.subject, "allocation")
        info.use(block.subject, "interventionModel")
    parts = []
    for kind in ("primary", "secondary", "other"):
        measures = [
            outcome.at("measure")
            for outcome in protocol.items("outcomesModule", f"{kind}Outcomes")
            if outcome.text("measure")
        ]
        if measures:
            parts.append((f"{kind}: " + "; ".join(leaf.text().strip() for leaf in measures), measures))
    if parts:
        block = record.design("Endpoint", ". ".join(text for text, _ in parts), "outcome measures")
        for _, measures in parts:
            for leaf in measures:
                leaf.use(block.subject)


def _hints(protocol: Cursor) -> str:
    """Name the telling words that occur, and where; the sentences themselves are not copied."""
    places = {
        "the title": f"{protocol.text('identificationModule', 'briefTitle')} "
        "{protocol.text('identificationModule', 'officialTitle')}",
        "the criteria": protocol.text("eligibilityModule", "eligibilityCriteria"),
    }
    found = [f'"{hint}" in {place}' for place, text in places.items() for hint in _HINTS if hint in text.casefold()]
    return f" (there is {', '.join(found[:5])})" if found else ""


def arms(record: Record) -> None:
    """Describe arms and components."""
    module = record.root.at("protocolSection", "armsInterventionsModule")
    groups = module.items("armGroups")
    record.sheet.section("Arms")
    single = len(groups) == 1
    by_label: dict[str, Arm] = {}
    for group in groups:
        kind = group.text("type")
        role = "her2:SingleArm" if single else ARM_ROLES.get(kind, "")
        name = {"her2:Experimental": "experimental", "her2:Control": "control", "her2:SingleArm": "arm"}.get(
            role, "arm"
        )
        arm = record.add_arm(group.text("label"), role, name)
        by_label.setdefault(group.text("label"), arm)
        group.use(f"{arm.node} rdfs:label", "label")
        group.use(f"{arm.node} her2:role" if role else f"{arm.node} # TODO", "type")
        if not role:
            arm.block.todo(
                f"her2:role: the record says {kind or 'nothing'}: her2:Experimental, her2:Control or her2:Dropped"
            )
    for treatment in module.items("interventions"):
        _treatment(record, treatment, by_label, groups)
    for arm in record.arms:
        if not arm.has_component:
            arm.block.todo(
                "her2:hasComponent: the record names no drug of this arm; no treatment or supportive care is a "
                "component, too"
            )


def _treatment(record: Record, treatment: Cursor, by_label: dict[str, Arm], groups: list[Cursor]) -> None:
    name, kind = treatment.text("name").strip(), treatment.text("type")
    others = [other.text() for other in treatment.items("otherNames")]
    bare = _BRACKETS.sub("", name).strip()
    agent = record.vocabulary.term("Agent", name, bare, *others)
    if not name or (not agent and kind in NO_TREATMENT):
        for key in ("name", "type"):
            treatment.skip(f"{kind or 'nothing'}: no component of a regimen unless the graph knows it as an agent", key)
        return
    listed = [
        group.text("label")
        for group in groups
        if any(_same(given.text(), kind, name) for given in group.items("interventionNames"))
    ]
    labels = [leaf.text() for leaf in treatment.items("armGroupLabels")] or listed
    receiving = [by_label[label] for label in dict.fromkeys((*labels, *listed)) if label in by_label]
    agent_block = None
    if not agent and receiving:
        agent = record.names.new(local_name(bare or name, "agent").lower())
        agent_block = record.sheet.block(agent, "her2:Agent").say(
            "rdfs:label", record.names.label(bare or name, "Agent")
        )
        agent_block.say("skos:altLabel", *(text for text in others if text.strip() and text.strip() != (bare or name)))
        agent_block.put("her2:source", record.source).say("her2:locator", "arms and interventions")
        agent_block.todo(
            "her2:agentClass: an agent the graph does not know, or knows by another name: replace it, split a "
            "combination, or give its class"
        )
    for arm in receiving:
        node = record.names.new(arm.node.removeprefix("kg:"), local_name(agent.removeprefix("kg:")))
        arm.block.put("her2:hasComponent", node)
        arm.has_component = True
        block = record.sheet.block(node, "her2:Component").put("her2:agent", agent)
        dose = treatment.text("description").strip()
        if dose and len(dose.split()) <= _FEW_WORDS:
            block.say("her2:dose", treatment.use(f"{node} her2:dose", "description"))
        elif dose:
            block.todo("her2:dose and her2:schedule: the record describes them in prose")
        block.put("her2:source", record.source).say("her2:locator", "arms and interventions")
        treatment.use(f"{node} her2:agent {agent}", "name")
        treatment.use(node, "type")
        for leaf in treatment.items("armGroupLabels"):
            if by_label.get(leaf.text()) is arm:
                leaf.use(f"{arm.node} her2:hasComponent {node}")
        for group in groups:
            for given in group.items("interventionNames"):
                if by_label.get(group.text("label")) is arm and _same(given.text(), kind, name):
                    given.use(f"{arm.node} her2:hasComponent {node}")
    for other in treatment.items("otherNames"):
        if agent_block is not None:
            other.use(f"{agent} skos:altLabel")
        elif agent:
            other.skip(f"the graph has its own names for {agent}")
    if not receiving:
        treatment.skip("the record names no arm that receives it", "name")


def _same(given: str, kind: str, name: str) -> bool:
    """Whether an arm's "Drug: Trastuzumab" is the intervention of this kind and name."""
    return (
        given.partition(": ")[2].strip() == name
        or given.strip() == name
        or given.casefold() == f"{kind.replace('_', ' ')}: {name}".casefold()
    )


def status(record: Record) -> None:
    """Describe the status and the enrolment."""
    module = record.root.at("protocolSection", "statusModule")
    value = module.text("overallStatus")
    record.sheet.section("Status and enrolment")
    if value:
        words = value.replace("_", " ").lower()
        term = record.vocabulary.term("StudyStatus", words, STATUS.get(value, ""))
        block = record.sheet.block(record.names.new(record.name, "status", record.source_name), "her2:StatusRecord")
        block.say("rdfs:label", f"{record.short}: {words}, by the registry").put("her2:partOfStudy", record.study).put(
            "her2:status", term
        )
        block.put("her2:source", record.source).say("her2:locator", "recruitment status")
        module.use(f"{block.subject} her2:status", "overallStatus")
        if not term:
            block.todo(f"her2:status: the ontology has no term for {words}")
        dates = []
        for key, what in (
            ("startDate", "start"),
            ("primaryCompletionDate", "primary completion"),
            ("completionDate", "completion"),
        ):
            day = module.use(f"{block.subject} skos:note", f"{key}Struct", "date")
            if day:
                planned = module.use(f"{block.subject} skos:note", f"{key}Struct", "type") == "ESTIMATED"
                dates.append(f"{what} {day}{' (estimated)' if planned else ''}")
        block.say("skos:note", "; ".join(dates))
    info = record.root.at("protocolSection", "designModule", "enrollmentInfo")
    count = number(info.text("count"))
    if count is None:
        return
    report = record.quantity("her2:Enrolment", "enrolment", count, "design")
    for key in ("count", "type"):
        info.use(report.subject, key)
    if info.text("type") == "ESTIMATED":
        report.say("skos:note", "planned, not actual")
    elif count.whole:
        record.enrolled = count.text
