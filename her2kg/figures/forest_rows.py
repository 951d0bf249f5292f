"""From the graph to a `her2kg.figures.forest.Forest`: all studies by line of therapy, or one study by subgroup."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from her2kg import resources
from her2kg.answers import SourceUse
from her2kg.consistency.errors import PrintedNumberError
from her2kg.consistency.printed import Domain, parse_printed
from her2kg.figures.errors import FigureError
from her2kg.figures.forest import Forest, Group, Row
from her2kg.synthesis.models import USUAL_LEVEL
from her2kg.synthesis.selecting import ANY, MAIN, Selection, estimates_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from her2kg.knowledge import KnowledgeGraph
    from her2kg.synthesis.models import StudyEstimate

_WHOLE = {"her2:IntentionToTreat", "her2:AllPatients"}
_EXPLORATORY = "her2:Exploratory"
_POST_HOC = "her2:PostHoc"
_SUBGROUP = "her2:Subgroup"
_RANDOMISED = "her2:RandomisedTrial"
_ONE_SIDED = "her2:OneSided"
_LOWER = "her2:LowerIsBetter"
_LAST = 99  # no line of therapy: behind all that have one

Details = dict[str, Any]


class _Found(NamedTuple):
    """One report to draw: its details, its estimate where it has one to weigh, and how synthesis calls it."""

    details: Details
    estimate: StudyEstimate | None
    label: str


def by_line(
    kg: KnowledgeGraph,
    *,
    endpoint: str,
    line: str | None = None,
    population: str = MAIN,
    agent: str | None = None,
    study: str | Iterable[str] | None = None,
    as_of: str | None = None,
    assume_level: float | None = None,
) -> Forest:
    """Return a row per study, comparison and population, by line of therapy and date; nothing is pooled.

    See `her2kg.synthesis.selecting.estimates_from` for the parameters and errors.

    Raises
    ------
    FigureError : no study has an estimate
    """
    selection = estimates_from(
        kg,
        endpoint=endpoint,
        line=line,
        population=population,
        agent=agent,
        study=study,
        as_of=as_of,
        assume_level=assume_level,
    )
    found = _found(kg, selection)
    groups: dict[tuple[int, str], list[Row]] = {}
    for member in found:
        groups.setdefault(_line_of(member.details), []).append(_row(kg, member, selection.notes))
    made = [Group("" if line else _capital(key[1]), tuple(groups[key])) for key in sorted(groups)]
    names = kg.names
    title = [_capital(names.label(names.resolve(endpoint, "Endpoint")))]
    title += [names.label(names.resolve(line, "LineOfTherapy"))] if line else []
    title += [names.label(names.resolve(agent, "Agent"))] if agent else []
    tested = names.label(names.resolve(agent, "Agent")) if agent else "tested treatment"
    words = {MAIN: "main analysis of each trial", ANY: "every population reported"}
    who = words.get(population.strip().casefold(), f"population: {population}")
    return _forest(", ".join(title), who, made, found, selection, tested)


def by_subgroup(
    kg: KnowledgeGraph,
    study: str,
    *,
    endpoint: str,
    as_of: str | None = None,
    assume_level: float | None = None,
) -> Forest:
    """Return the main analysis of a study and its subgroups, in groups by comparison.

    Raises
    ------
    FigureError : the study has no estimate in a subgroup
    """
    selection = estimates_from(
        kg, endpoint=endpoint, study=study, population=ANY, as_of=as_of, assume_level=assume_level
    )
    names = kg.names
    name, what = names.label(names.resolve(study, "Study")), names.label(names.resolve(endpoint, "Endpoint"))
    found = _found(kg, selection)
    if all(_is_main(member) for member in found):
        raise FigureError(
            f"{name} has no {what} in a subgroup with a ratio; leave --subgroups out for its main analysis"
        )
    groups: dict[str, list[_Found]] = {}
    for member in sorted(found, key=lambda member: (not _is_main(member), member.details["population"].label)):
        groups.setdefault(member.details["comparison"].label, []).append(member)
    made = []
    for title, members in groups.items():
        rows = [
            replace(
                _row(kg, member, selection.notes),
                label=_population_label(member),
                comparison="",
                population="",
                main=_is_main(member),
            )
            for member in members
        ]
        made.append(Group(title if len(groups) > 1 else "", tuple(rows)))
    main = [member.estimate.ratio for member in found if _is_main(member) and member.estimate]
    forest = _forest(
        f"{_capital(what)} in subgroups of {name}",
        "" if len(groups) > 1 else ", ".join(groups),
        made,
        found,
        selection,
        "tested treatment",
    )
    return replace(forest, heading="Population", reference=(main[0], "main analysis") if len(main) == 1 else None)


def _found(kg: KnowledgeGraph, selection: Selection) -> list[_Found]:
    """Return everything selected and what has no usable interval, by date."""
    details: dict[str, Details] = {}
    for row in kg.sparql(resources.inner_query("checks", "estimate-details")):
        known: Details = dict(row)
        details.setdefault(known["report"].id, known)
    found = [
        *(_Found(details[estimate.report], estimate, estimate.label) for estimate in selection),
        *(_Found(details[left.report], None, left.label) for left in selection.left_out),
    ]
    if not found:
        raise FigureError("nothing to draw: no study has such an estimate; widen the selection")
    return sorted(found, key=lambda member: (member.details["from"], member.label))


def _is_main(member: _Found) -> bool:
    return bool(member.details["kind"].id != _SUBGROUP)


def _line_of(details: Details) -> tuple[int, str]:
    if details["line"]:
        return int(details["lineNumber"]), details["line"]
    setting = details["setting"]
    return _LAST, setting.label if setting else "line of therapy not stated"


def _row(kg: KnowledgeGraph, member: _Found, notes: Sequence[str]) -> Row:
    """Return the row of one report, labelled by its study."""
    details, estimate, _ = member
    level = details["level"]
    whole = details["kind"].id in _WHOLE
    planned = details["planned"]
    doi, pmid, url = kg.names.links(details["source"].id) or ("", "", "")
    lower, upper = (details["lower"], details["upper"]) if details["lower"] and details["upper"] else ("", "")
    return Row(
        label=details["study"].label,
        comparison=details["comparison"].label,
        population="" if whole else details["population"].label,
        patients=_patients(details, whole),
        measure=details["measure"].label,
        value_text=details["value"],
        lower_text=lower,
        upper_text=upper,
        value=_number(details["value"]),
        lower=_number(lower),
        upper=_number(upper),
        level=None if level is None else float(level),
        estimate=estimate,
        hollow=details["role"].id == _EXPLORATORY or (planned is not None and planned.id == _POST_HOC),
        main=True,
        remarks=tuple(_remarks(member, notes)),
        source=SourceUse(details["source"], (details["locator"],), doi, pmid, url),
        date=details["from"],
        role=details["role"].label,
        identity=tuple(details[key].id for key in ("study", "comparison", "population", "report")),
    )


def _patients(details: Details, whole: bool) -> str:
    """Return patients per arm where all who were randomised are meant, else the number of the population."""
    arms, total = (details["experimentalN"], details["controlN"]), details["n"]
    if None not in arms and whole and (total is None or sum(arms) <= total):
        return f"{arms[0]} v {arms[1]}"
    return "" if total is None else str(total)


def _remarks(member: _Found, notes: Sequence[str]) -> list[str]:
    """Return what a reader must be told of one report, without its own name in it."""
    details, estimate, label = member
    out = []
    if details["design"] and details["design"].id != _RANDOMISED:
        out.append(details["design"].label)
    if estimate is None and details["lower"]:
        unknown = details["level"] is None
        out.append(f"no weight: {'level of the interval not stated' if unknown else 'interval not usable'}")
    stated, inferred = details["sides"], details["inferredSides"]
    if details["p"] and stated and stated.id == _ONE_SIDED:
        out.append(f"{details['p']}, one-sided")
    elif details["p"] and inferred and inferred.id == _ONE_SIDED:
        out.append(f"{details['p']}: sides not stated, fits the interval only as one-sided")
    own = [*(estimate.notes if estimate else ()), *(note for note in notes if note.startswith(f"{label}: "))]
    return [*out, *(note.replace(f"{label}: ", "") for note in own)]


def _number(text: str) -> float | None:
    """Return a printed number above zero, None for a bound, a word or nothing."""
    try:
        number = parse_printed(text, Domain.POSITIVE)
    except PrintedNumberError:
        return None
    return None if number is None or number.operator or number.value <= 0.0 else number.value


def _population_label(member: _Found) -> str:
    label = str(member.details["population"].label)
    return f"Main analysis: {label}" if _is_main(member) else label


def _forest(
    title: str,
    population: str,
    groups: Sequence[Group],
    found: Sequence[_Found],
    selection: Selection,
    tested: str,
) -> Forest:
    rows = [row for group in groups for row in group.rows]
    measures = {row.measure for row in rows}
    measure = measures.pop() if len(measures) == 1 else "ratio"
    day = f"as known on {selection.as_of}" if selection.as_of else f"newest report {max(row.date for row in rows)}"
    benefit = {member.details["benefit"].id for member in found if member.details["benefit"]}
    ends = (f"Favours {tested}", "Favours control")
    return Forest(
        title,
        ", ".join(filter(None, (_capital(measure), population, day))),
        measure,
        "Study",
        ends if benefit == {_LOWER} else ends[::-1],
        tuple(groups),
        notes=tuple(_notes(rows)),
    )


def _notes(rows: Sequence[Row]) -> list[str]:
    """Return the key to the signs that the rows use."""
    notes = []
    if any(row.estimate is None for row in rows):
        notes.append("Dot: no weight, since no usable interval is reported.")
    if any(row.hollow for row in rows):
        notes.append("Hollow: exploratory analysis, or subgroup chosen after the data were seen.")
    if any(row.level not in {None, USUAL_LEVEL} for row in rows):
        notes.append("Thick line: interval printed at another level than 95%; thin line: the 95% one computed from it.")
    return notes


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
