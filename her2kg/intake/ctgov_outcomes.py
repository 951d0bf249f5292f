"""Outcome measures: endpoints, populations, analyses, and what each arm showed.

One analysis per pair of arms that the record compares; where it compares none, each experimental arm against the
control; a group without a partner alone. A measure with several cells (classes by categories) gives one analysis per
cell, but times of a rate are one analysis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from her2kg.intake import ctgov_effects
from her2kg.intake.ctgov_flow import cells, denominators, share, spread
from her2kg.intake.ctgov_terms import OUTCOME_ROLES, endpoint, interval, key, months, population_kind, unit
from her2kg.intake.naming import local_name
from her2kg.intake.printed import Number, number

if TYPE_CHECKING:
    from her2kg.intake.ctgov_record import Arm, Record
    from her2kg.intake.drafting import Block
    from her2kg.intake.leaves import Cursor

_OVER_TIME = ("survival", "progression", "duration", "time to")


class Cell(NamedTuple):
    """A cell of a measure: its parts, its title, the measurement of each group."""

    parts: tuple[Cursor, Cursor]
    title: str
    measurements: list[Cursor]


class Pair(NamedTuple):
    """The arms of an analysis; no control for a description of one arm."""

    experimental: Arm
    control: Arm | None = None

    @property
    def arms(self) -> tuple[Arm, ...]:
        """The arms there are."""
        return (self.experimental, self.control) if self.control else (self.experimental,)


class Outcome:
    """An outcome measure under import."""

    def __init__(self, record: Record, measure: Cursor, position: int, role: str) -> None:
        self.record = record
        self.measure = measure
        self.position = position
        self.role = role
        self.groups = {name: arm for name, arm in record.groups(measure).items() if arm}
        self.locator = f"outcome measure {position}"
        self.endpoint, self.short = self._endpoint()
        self.population, self.population_label = _population(self)

    def _endpoint(self) -> tuple[str, str]:
        record, title = self.record, self.measure.text("title").strip()
        found, own = endpoint(title, record.vocabulary)
        if found:
            self.measure.use(f"her2:endpoint {found}", "title")
            self._read_from_title = not own
            return found, found.partition(":")[2]
        node = record.names.new(record.name, f"endpoint-{self.position}")
        block = record.sheet.block(node, "her2:Endpoint").say(
            "rdfs:label", record.names.label(title or self.locator, "Endpoint")
        )
        block.todo(
            "her2:Endpoint: the ontology has no endpoint of this name: use one it has, define this one "
            "(her2:benefitWhen), or take it away"
        )
        self.measure.use(f"{node} rdfs:label", "title")
        self._read_from_title = False
        return node, f"outcome-{self.position}"

    def analysis(self, pair: Pair, title: str = "", *, role: str | None = None) -> Block:
        """Describe an analysis.

        Parameters
        ----------
        title : of the cell, empty for the measure as a whole
        role : in place of the measure's; empty where the curator must decide
        """
        record = self.record
        node = record.names.new(record.name, self.short, local_name(title, "cell", 30) if title else "")
        said = (
            record.vocabulary.label(self.endpoint)
            if self.endpoint.startswith("her2:")
            else self.measure.text("title").strip()
        )
        label = ", ".join(part for part in (f"{record.short} {said}", self.population_label, title) if part)
        block = record.sheet.block(node, "her2:Analysis").say("rdfs:label", record.names.label(label, "Analysis"))
        block.put("her2:partOfStudy", record.study).put("her2:experimentalArm", pair.experimental.node)
        block.put("her2:controlArm", pair.control.node if pair.control else "")
        block.put("her2:endpoint", self.endpoint).put("her2:population", self.population)
        given = self.role if role is None else role
        block.put("her2:analysisRole", given)
        if given in {"her2:Primary", "her2:CoPrimary"}:
            block.put("her2:roleSource", record.source).say("her2:roleLocator", self.locator)
        if not given:
            block.todo(
                f"her2:analysisRole: the record gives a further result of {self.locator}: decide which one the "
                f"study was to be judged by"
            )
        self.measure.use(f"{node} her2:analysisRole", "type")
        if pair.control is None:
            block.put("her2:framework", "her2:Estimation")
        block.put("her2:timing", record.answers.timing)
        if not record.answers.timing:
            block.todo("her2:timing: final or interim? The record does not say")
        if self._read_from_title:
            block.todo(
                f"her2:endpoint: read from the beginning of the title of {self.locator}: check the title for what "
                f"else it says"
            )
        if pair.control and {arm.role for arm in pair.arms} != {"her2:Experimental", "her2:Control"}:
            block.todo("her2:experimentalArm and her2:controlArm: in the order of the record: check which is which")
        return block


def outcomes(record: Record) -> None:
    """Describe all outcome measures with results."""
    measures = record.root.items("resultsSection", "outcomeMeasuresModule", "outcomeMeasures")
    primaries = sum(measure.text("type") == "PRIMARY" for measure in measures)
    for position, measure in enumerate(measures, 1):
        kind = measure.text("type")
        role = (
            ("her2:Primary" if primaries == 1 else "her2:CoPrimary")
            if kind == "PRIMARY"
            else OUTCOME_ROLES.get(kind, "")
        )
        numbers = [number(found.text("value")) or found.text("value") for _, _, found in cells(measure)]
        usable = bool(_statistic(record, measure))
        if not measure.items("analyses") and not (any(numbers) and usable):
            why = "its numbers were left out" if any(numbers) else "an outcome measure without results in the record"
            for leaf in ("title", "type", "reportingStatus"):
                measure.skip(why, leaf)
            if any(numbers):
                _skip_values(measure)
            continue
        record.sheet.section(f"Outcome measure {position}: {measure.text('title')}")
        _outcome(Outcome(record, measure, position, role))


def _population(outcome: Outcome) -> tuple[str, str]:
    record, measure = outcome.record, outcome.measure
    counts = denominators(measure)
    text = measure.text("populationDescription")
    kind = population_kind(text)
    identity = repr(
        (
            text,
            [
                (outcome.groups[name].node, leaf.text("value"))
                for name, leaf in counts.items()
                if name in outcome.groups
            ],
        )
    )
    known = record.populations.get(identity)
    if known is None:
        node = record.names.new(
            record.name, "ITT" if kind == "her2:IntentionToTreat" else f"population-{outcome.position}"
        )
        label = record.names.label(
            "ITT" if kind == "her2:IntentionToTreat" else f"analysis set of {outcome.locator}", "Population"
        )
        block = record.sheet.block(node, "her2:Population").say("rdfs:label", label)
        block.put("her2:partOfStudy", record.study).put("her2:populationKind", kind)
        if not kind:
            block.todo(
                f"her2:populationKind and rdfs:label: read the population description of {outcome.locator}, and say "
                f"it in your own words"
            )
        targets = {}
        for name, leaf in counts.items():
            total = number(leaf.text("value"))
            if total is not None and name in outcome.groups:
                report = record.quantity(
                    "her2:PopulationSize",
                    f"analysed, {label}",
                    total,
                    outcome.locator,
                    arm=outcome.groups[name],
                    population=node,
                )
                targets[outcome.groups[name].node] = report.subject
        known = record.populations[identity] = (node, label, targets)
    for name, leaf in counts.items():
        target = known[2].get(outcome.groups[name].node) if name in outcome.groups else None
        if target:
            leaf.use(target, "value")
            leaf.use(target, "groupId")
    if kind:
        measure.use(f"{known[0]} her2:populationKind", "populationDescription")
    return known[0], known[1]


def _outcome(outcome: Outcome) -> None:
    found = _cells(outcome)
    timed = _timed(outcome, found)
    mains = ctgov_effects.effects(outcome)
    paired = {arm.node for pair in mains for arm in pair.arms if pair.control}
    for pair in _others(outcome, paired, set(mains)):
        mains[pair] = None
    whole = len(found) <= 1 or timed
    for pair, main in list(mains.items()):
        if whole:
            block = main or outcome.analysis(pair)
            if main is None and pair.control:
                ctgov_effects.none_reported(outcome, block)
            for cell, time in zip(found, _times(outcome, found), strict=True):
                _arm_reports(outcome, block, pair, cell, time if timed else "")
        else:
            for cell in found:
                if any(outcome.groups.get(leaf.text("groupId")) in pair.arms for leaf in cell.measurements):
                    role = None if outcome.role not in {"her2:Primary", "her2:CoPrimary"} else ""
                    _arm_reports(
                        outcome, outcome.analysis(pair, cell.title or outcome.locator, role=role), pair, cell, ""
                    )


def _cells(outcome: Outcome) -> list[Cell]:
    found: dict[str, Cell] = {}
    for parts, title, measurement in cells(outcome.measure):
        if outcome.groups.get(measurement.text("groupId")) and measurement.text("value").strip():
            found.setdefault(parts[1].path, Cell(parts, title, [])).measurements.append(measurement)
    if _statistic(outcome.record, outcome.measure):
        return list(found.values())
    _skip_values(outcome.measure)
    return []


def _skip_values(measure: Cursor) -> None:
    """Say why the numbers of a measure are left out."""
    words = measure.text("paramType").replace("_", " ").lower() or "value"
    of = measure.text("unitOfMeasure") or "nothing"
    for _, _, measurement in cells(measure):
        measurement.skip(f"the ontology has no her2:Statistic for a {words} of {of}", "value")


def _timed(outcome: Outcome, found: list[Cell]) -> bool:
    """Whether the cells are the same rate at several times."""
    times = _times(outcome, found)
    named = outcome.record.vocabulary.label(outcome.endpoint).casefold()
    percent = unit(outcome.measure.text("unitOfMeasure"), outcome.record.vocabulary) == "her2:Percent"
    return (
        bool(found)
        and percent
        and all(times)
        and len(set(times)) == len(times)
        and any(word in named for word in _OVER_TIME)
    )


def _times(outcome: Outcome, found: list[Cell]) -> list[str]:
    """Return the month each cell speaks of; that of the only cell may stand in the title of the measure."""
    title = outcome.measure.text("title")
    return [months(cell.title) or (months(title) if len(found) == 1 else "") for cell in found]


def _others(outcome: Outcome, paired: set[str], known: set[Pair]) -> list[Pair]:
    """Return the pairs that the record does not compare itself: each arm left over against the control, or alone."""
    arms = list({arm.node: arm for arm in outcome.groups.values()}.values())
    controls = [arm for arm in arms if arm.role == "her2:Control"]
    pairs: list[Pair] = []
    for arm in arms:
        if arm.node in paired or Pair(arm) in known:
            continue
        if arm.role == "her2:Experimental" and controls:
            pairs += [Pair(arm, control) for control in controls]
        elif arm.role != "her2:Control" or not any(other.role == "her2:Experimental" for other in arms):
            pairs.append(Pair(arm))
    covered = {arm.node for pair in (*pairs, *known) for arm in pair.arms}
    return pairs + [Pair(arm) for arm in arms if arm.node not in covered]


def _statistic(record: Record, measure: Cursor) -> str:
    """Return the statistic of a measure, empty if the ontology has none."""
    words = measure.text("paramType").replace("_", " ").lower()
    kind = key(words)
    unit_ = unit(measure.text("unitOfMeasure"), record.vocabulary)
    if kind == "countofparticipants" or (kind == "number" and unit_ in {"her2:Percent", "her2:Patients"}):
        return "her2:Proportion"
    return record.vocabulary.term("Statistic", words)


def _arm_reports(outcome: Outcome, analysis: Block, pair: Pair, cell: Cell, time: str) -> None:
    measure, record = outcome.measure, outcome.record
    counts = denominators(cell.parts[0]) or denominators(measure)
    statistic = "her2:RateAtTime" if time else _statistic(record, measure)
    counted = key(measure.text("paramType")) == "countofparticipants"
    unit_ = "her2:Patients" if counted else unit(measure.text("unitOfMeasure"), record.vocabulary)
    for measurement in cell.measurements:
        identifier = measurement.text("groupId")
        arm = outcome.groups[identifier]
        if arm not in pair.arms:
            continue
        ending = arm.node.removeprefix(f"kg:{record.name}-")
        node = record.names.new(
            analysis.subject.removeprefix("kg:"),
            record.source_name,
            ending,
            f"at-{local_name(time)}-months" if time else "",
        )
        block = (
            record.sheet.block(node, "her2:ArmReport")
            .put("her2:ofAnalysis", analysis.subject)
            .put("her2:reportArm", arm.node)
        )
        block.put("her2:source", record.source).say("her2:locator", outcome.locator).put(
            "her2:statistic", statistic
        ).put("her2:atTime", time)
        value = number(measurement.text("value"))
        measurement.use(node, "value")
        measurement.use(f"{node} her2:reportArm", "groupId")
        measure.use(f"{node} her2:statistic", "paramType")
        for part in cell.parts:
            part.use(analysis.subject if not time else f"{node} her2:atTime", "title")
        if value is None:
            block.say("her2:statement", f'no number: "{measurement.text("value").strip()}" in the record')
        else:
            block.number("her2:value", value).put("her2:unit", unit_)
            measure.use(f"{node} her2:unit", "unitOfMeasure")
            if not unit_:
                block.todo(f"her2:unit: the ontology has no unit for {measure.text('unitOfMeasure') or 'nothing'}")
            _share(block, statistic, unit_, value, counts.get(identifier))
        limits(measurement, "lowerLimit", "upperLimit", block)
        _level(outcome, measurement, block)
        spread(measure, measurement, block)


def _share(block: Block, statistic: str, unit_: str, value: Number, denominator: Cursor | None) -> None:
    if statistic != "her2:Proportion":
        return
    if unit_ == "her2:Patients":
        share(block, value.text, denominator)
    elif denominator is not None and (total := number(denominator.text("value"))) is not None and total.whole:
        block.put("her2:denominator", total.text)
        denominator.use(f"{block.subject} her2:denominator", "value")


def _level(outcome: Outcome, measurement: Cursor, block: Block) -> None:
    if not block.has("her2:lower") and not block.has("her2:upper"):
        return
    level, kind = interval(outcome.measure.text("dispersionType"))
    if level not in {"", "?"}:
        block.put("her2:confidenceLevel", level)
    else:
        block.put("her2:intervalKind", kind or "her2:UnlabelledInterval")
    if level or kind:
        outcome.measure.use(
            f"{block.subject} {'her2:intervalKind' if kind or level == '?' else 'her2:confidenceLevel'}",
            "dispersionType",
        )
    if level == "?":
        block.todo("her2:confidenceLevel: a confidence interval whose level the record does not name")


def limits(place: Cursor, lower: str, upper: str, block: Block) -> None:
    """Give a report its limits; a limit that is no number goes into a note, with its own word."""
    for name, predicate in ((lower, "her2:lower"), (upper, "her2:upper")):
        text = place.text(name).strip()
        found = number(text)
        if found is not None:
            block.number(predicate, found)
            place.use(f"{block.subject} {predicate}", name)
        elif text:
            block.say("skos:note", f'{predicate.removeprefix("her2:")} limit "{text}" in the record')
            place.use(f"{block.subject} skos:note", name)
