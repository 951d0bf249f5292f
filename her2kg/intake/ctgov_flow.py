"""Counts of participants: the flow through the study, their state at entry, adverse events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from her2kg.intake.ctgov_terms import SPREADS, key, unit
from her2kg.intake.printed import number

if TYPE_CHECKING:
    from her2kg.intake.ctgov_record import Arm, Record
    from her2kg.intake.drafting import Block
    from her2kg.intake.leaves import Cursor

_COUNTS = {"countofparticipants", "number"}
_RECEIVED = ("treated", "received", "dosed")


def flow(record: Record) -> None:
    """Describe arm sizes and other counts of the participant flow."""
    module = record.root.at("resultsSection", "participantFlowModule")
    if not module:
        return
    record.sheet.section("Participant flow")
    groups = record.groups(module)
    for i, period in enumerate(module.items("periods")):
        for milestone in period.items("milestones"):
            words = milestone.text("type").strip().casefold()
            kind = "her2:ArmSize" if words == "started" and i == 0 else record.vocabulary.term("QuantityKind", words)
            if not kind and any(word in words for word in _RECEIVED) and "not " not in words:
                kind = "her2:Treated"
            what = (
                f"participants {words}"
                if len(module.items("periods")) == 1
                else f"participants {words}, {period.text('title') or f'period {i + 1}'}"
            )
            for member in milestone.items("achievements"):
                _achievement(record, milestone, member, groups, kind, "n" if kind == "her2:ArmSize" else what)
        for reason in period.items("dropWithdraws"):
            words = reason.text("type").strip()
            kind = record.vocabulary.term("QuantityKind", "withdrawn", "discontinued", "drop-out")
            for member in reason.items("reasons"):
                _achievement(record, reason, member, groups, kind, f"withdrawn: {words}")


def _achievement(
    record: Record, holder: Cursor, member: Cursor, groups: dict[str, Arm | None], kind: str, what: str
) -> None:
    count = number(member.text("numSubjects"))
    identifier = member.text("groupId")
    if count is None or identifier not in groups:
        return
    if not kind:
        member.skip(f"the ontology has no her2:QuantityKind for it: {what}", "numSubjects")
        return
    arm = groups[identifier]
    report = record.quantity(kind, what, count, "participant flow", arm=arm)
    for name in ("numSubjects", "groupId"):
        member.use(report.subject, name)
    holder.use(report.subject, "type")
    if kind == "her2:ArmSize" and arm and count.whole:
        record.started[arm.node] = count.text


def sizes(record: Record, study: Block) -> None:
    """Give study and arms the sizes relied on, where they agree."""
    sized = {arm.node: int(record.started[arm.node]) for arm in record.arms if arm.node in record.started}
    total = int(record.enrolled) if record.enrolled else None
    if total is not None:
        study.put("her2:n", record.enrolled)
    if total is None or sum(sized.values()) == total or len(sized) < len(record.arms):
        for arm in record.arms:
            if arm.node in sized:
                arm.block.put("her2:n", str(sized[arm.node]))
    elif sized:
        study.todo(f"her2:n of the arms: those that started add up to {sum(sized.values())}, and {total} were enrolled")


def baseline(record: Record) -> None:
    """Describe counts and shares at entry; other summaries have no quantity and are reported as left out."""
    module = record.root.at("resultsSection", "baselineCharacteristicsModule")
    if not module:
        return
    record.sheet.section("Baseline")
    groups = record.groups(module)
    overall = denominators(module)
    for measure in module.items("measures"):
        kind, unit_ = key(measure.text("paramType")), unit(measure.text("unitOfMeasure"), record.vocabulary)
        plain = (kind in _COUNTS and unit_ in {"her2:Patients", "her2:Percent"}) or kind == "countofparticipants"
        for cell, title, measurement in cells(measure):
            found = number(measurement.text("value"))
            identifier = measurement.text("groupId")
            if found is None or identifier not in groups:
                continue
            if not plain:
                words = measure.text("paramType").replace("_", " ").lower()
                measurement.skip(f"the ontology has no quantity for a {words or 'value'} at baseline", "value")
                continue
            what = ", ".join(part for part in (measure.text("title").strip(), title) if part)
            used = unit_ if unit_ == "her2:Percent" else "her2:Patients"
            report = record.quantity(
                "her2:BaselineShare", what, found, "baseline characteristics", arm=groups[identifier], unit=used
            )
            for name in ("value", "groupId"):
                measurement.use(report.subject, name)
            spread(measure, measurement, report)
            for name in ("title", "paramType", "unitOfMeasure"):
                measure.use(report.subject, name)
            for part in cell:
                part.use(report.subject, "title")
            counts = denominators(cell[0]) or denominators(measure) or overall
            if used == "her2:Patients":
                share(report, found.text, counts.get(identifier))


def cells(measure: Cursor) -> list[tuple[tuple[Cursor, Cursor], str, Cursor]]:
    """Return class and category, their titles, and the measurement, for every number of a measure."""
    found = []
    for class_ in measure.items("classes"):
        for category in class_.items("categories"):
            titles = (class_.text("title").strip(), category.text("title").strip())
            title = ", ".join(part for part in titles if part)
            found += [((class_, category), title, measurement) for measurement in category.items("measurements")]
    return found


def denominators(holder: Cursor) -> dict[str, Cursor]:
    """Return the number of participants analysed per group, where participants are what is counted."""
    for denominator in holder.items("denoms"):
        if key(denominator.text("units")) in {"participants", "participant"}:
            return {
                count.text("groupId"): count for count in denominator.items("counts") if number(count.text("value"))
            }
    return {}


def share(report: Block, count: str, denominator: Cursor | None) -> None:
    """Give a count the number it is a share of."""
    total = number(denominator.text("value")) if denominator is not None else None
    if denominator is None or total is None or not total.whole or not count.isdigit() or int(count) > int(total.text):
        return
    report.put("her2:numerator", count).put("her2:denominator", total.text)
    for name in ("value", "groupId"):
        denominator.use(f"{report.subject} her2:denominator", name)


def spread(measure: Cursor, measurement: Cursor, report: Block) -> None:
    """Keep a spread in a note: the model has no property for it."""
    value = measurement.text("spread")
    name = SPREADS.get(key(measure.text("dispersionType")), "")
    if value and name:
        report.say("skos:note", f"{name} {measurement.use(f'{report.subject} skos:note', 'spread')}")
        measure.use(f"{report.subject} skos:note", "dispersionType")


def events(record: Record) -> None:
    """Describe the counts of adverse events and deaths."""
    module = record.root.at("resultsSection", "adverseEventsModule")
    if not module:
        return
    record.sheet.section("Adverse events")
    groups = record.groups(module, "eventGroups")
    for group in module.items("eventGroups"):
        arm = groups.get(group.text("id"))
        for start, what in (
            ("deaths", "deaths of any cause"),
            ("serious", "any serious adverse event"),
            ("other", "any other adverse event"),
        ):
            _event(record, group.at(f"{start}NumAffected"), group.at(f"{start}NumAtRisk"), arm, what)
    for name, what in (("seriousEvents", "serious"), ("otherEvents", "other")):
        wanted = record.answers.events == "all" or (record.answers.events == "serious" and what == "serious")
        for event in module.items(name):
            for count in event.items("stats"):
                identifier = count.text("groupId")
                if not wanted:
                    for leaf in ("numAffected", "numAtRisk", "numEvents"):
                        count.skip(
                            f"adverse events by term were not asked for (--events {record.answers.events})", leaf
                        )
                elif identifier in groups:
                    term = f"{event.text('term').strip()}, {what}"
                    report = _event(record, count.at("numAffected"), count.at("numAtRisk"), groups[identifier], term)
                    if report is None:
                        continue
                    count.use(report.subject, "groupId")
                    event.use(report.subject, "term")
                    number_ = count.use(f"{report.subject} skos:note", "numEvents")
                    report.say("skos:note", f"{number_} events" if number_ else "")


def _event(record: Record, affected: Cursor, at_risk: Cursor, arm: Arm | None, what: str) -> Block | None:
    count, total = number(affected.text()), number(at_risk.text())
    if count is None or not count.whole:
        return None
    report = record.quantity("her2:AdverseEventRate", what, count, "adverse events", arm=arm)
    affected.use(report.subject)
    if total is not None and total.whole and count.text.isdigit() and total.text.isdigit():
        if int(count.text) <= int(total.text):
            report.put("her2:numerator", count.text).put("her2:denominator", total.text)
            at_risk.use(f"{report.subject} her2:denominator")
        else:
            report.todo(f"her2:denominator: {count.text} of {total.text} in the record: one of them is wrong")
    return report
