"""Which printed estimate of a study enters a synthesis.

One per study, comparison, endpoint and population. Several reports may give it: papers, abstracts, updates. The order
is that of the verdicts, so that a synthesis and a verdict speak of the same number: analyses by role (primary before
secondary before exploratory), then the report the verdict of that day rests on, then reports a curator accepted, then
the rank of the source, then the later one, then the plain analysis before an adjusted one. The first of them with a
confidence interval of a stated level is taken; a standard error is never made from a p value. What is left out is
said, with the reason.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from her2kg import resources
from her2kg.dates import parse_date
from her2kg.errors import UnknownNameError
from her2kg.synthesis.errors import EstimateError
from her2kg.synthesis.models import StudyEstimate, from_printed
from her2kg.tables import Thing
from her2kg.terms import LATEST, curie

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from her2kg.knowledge import KnowledgeGraph
    from her2kg.tables import Cell

MAIN = "main"
"""Populations of the main analyses: one for each study and comparison, never a subgroup."""
ANY = "any"
"""Every population."""

_MEASURES = {"her2:HazardRatio": "HR", "her2:OddsRatio": "OR", "her2:RiskRatio": "RR"}
_ROLES = {"her2:Primary": 3, "her2:CoPrimary": 3, "her2:Secondary": 2}
_KINDS = {"her2:IntentionToTreat": 2, "her2:PrimaryEfficacyPopulation": 1}
_SUBGROUP = "her2:Subgroup"
_INTERVAL = (None, "her2:ConfidenceInterval")

Row = dict[str, Any]


class LeftOut(NamedTuple):
    """A study that answers the question without a usable interval; as text it is the reason.

    Parameters
    ----------
    label : as an estimate would be called
    report : CURIE of its weightiest report with limits, or if there is none of its weightiest
    reason : why each of its reports was passed over
    """

    label: str
    report: str
    reason: str

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True, slots=True)
class Selection:
    """What was found for a synthesis; iterates over its estimates.

    Parameters
    ----------
    estimates : in the order of date and label
    left_out : studies that answer the question without a usable interval, with the reason
    notes : choices a reader must know, such as an analysis taken before another
    as_of : day as of which it holds, ISO; empty for "as known now"
    """

    estimates: tuple[StudyEstimate, ...]
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    as_of: str = ""

    def __iter__(self) -> Iterator[StudyEstimate]:
        return iter(self.estimates)

    def __len__(self) -> int:
        return len(self.estimates)


def estimates_from(
    kg: KnowledgeGraph,
    *,
    endpoint: str | None = None,
    line: str | None = None,
    population: str = MAIN,
    agent: str | None = None,
    study: str | Iterable[str] | None = None,
    as_of: str | None = None,
    assume_level: float | None = None,
) -> Selection:
    """Return the estimates of a graph that fit, one per study, comparison, endpoint and population.

    Parameters
    ----------
    endpoint, line, agent : names as a user writes them; None means any. An agent is one under test, that is one the
        control arm lacks, or in a question of dose one of the experimental arm
    population : `MAIN`, `ANY`, a kind of population ("ITT", "subgroup"), or the name of a population ("IHC 3+")
    study : one study or several
    as_of : only what was known on a day; a source retracted by then does not count
    assume_level : coverage in percent for intervals that state none; such intervals are left out where it is None

    Raises
    ------
    UnknownNameError, AmbiguousNameError, ParameterError : a name or date does not fit
    """
    day = parse_date(as_of) if as_of is not None else LATEST
    rows = _merged(kg.sparql(resources.inner_query("checks", "synthesis-estimates")), day)
    names = kg.names
    if endpoint is not None:
        wanted = names.resolve(endpoint, "Endpoint")
        rows = [row for row in rows if row["endpoint"].id == wanted]
    if line is not None:
        wanted = names.resolve(line, "LineOfTherapy")
        rows = [row for row in rows if wanted in row["line"]]
    if agent is not None:
        wanted = names.resolve(agent, "Agent")
        rows = [row for row in rows if wanted in (row["tested"] or row["experimental"])]
    if study is not None:
        chosen = {names.resolve(name, "Study") for name in ([study] if isinstance(study, str) else study)}
        rows = [row for row in rows if row["study"].id in chosen]
    return _chosen(kg, _in_population(kg, rows, population), day, assume_level)


def _merged(rows: Iterable[dict[str, Cell]], day: str) -> list[Row]:
    """Return one row per report known on a day, lists split, and whether a verdict of that day rests on it."""
    reports: dict[str, Row] = {}
    for raw in rows:
        row: Row = dict(raw)
        if row["from"] > day or (row["retracted"] is not None and row["retracted"] <= day):
            continue
        kept = reports.get(row["report"].id)
        if kept is None:
            kept = reports[row["report"].id] = row
            for name in ("within", "line", "tested", "given", "experimental"):
                row[name] = tuple(sorted(curie(iri) for iri in (row[name] or "").split()))
            row["decides"] = False
        if row["decidesFrom"] is not None and row["decidesFrom"] <= day < row["decidesUntil"]:
            kept["decides"] = True
    return list(reports.values())


def _in_population(kg: KnowledgeGraph, rows: list[Row], population: str) -> list[Row]:
    wanted = population.strip()
    if wanted.casefold() == ANY:
        return rows
    if wanted.casefold() == MAIN:
        groups: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
        for row in rows:
            if row["kind"].id != _SUBGROUP:
                groups[row["study"].id, row["comparison"].id, row["endpoint"].id].append(row)
        kept = []
        for members in groups.values():
            best = max(members, key=_main_first)["population"].id
            kept += [row for row in members if row["population"].id == best]
        return kept
    kinds = kg.names.find(wanted, ["PopulationKind"])
    if kinds:
        return [row for row in rows if row["kind"].id in kinds]
    found = set(kg.names.find(wanted, ["Population"]))
    same = [
        row for row in rows if row["population"].id in found or row["population"].label.casefold() == wanted.casefold()
    ]
    if not same and not found:
        hint = kg.names.hint(wanted, ["PopulationKind", "Population"])
        raise UnknownNameError(
            f"no population or kind of population named {wanted[:60]!r}{hint}; '{MAIN}' and '{ANY}' are known too"
        )
    return same


def _main_first(row: Row) -> tuple[int, int, int, str]:
    return _ROLES.get(row["role"].id, 1), _KINDS.get(row["kind"].id, 0), row["n"] or 0, row["population"].id


def _by_weight(row: Row) -> tuple[int, bool, bool, int, str]:
    return _ROLES.get(row["role"].id, 1), row["decides"], row["accepted"], row["rank"], row["from"]


def _plain_first(row: Row) -> tuple[int, str, str]:
    """Sort an analysis before its variants ("...-adjusted"), whose names continue its own."""
    analysis = str(row["analysis"].id)
    return len(analysis), analysis, str(row["report"].id)


def _chosen(kg: KnowledgeGraph, rows: list[Row], day: str, assume_level: float | None) -> Selection:
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in sorted(rows, key=_plain_first):
        groups[row["study"].id, row["comparison"].id, row["endpoint"].id, row["population"].id].append(row)
    labels = _labels([members[0] for members in groups.values()])
    estimates, left_out, notes = [], [], []
    for key, members in groups.items():
        # Stable: of equals, the plain analysis.
        ordered = sorted(members, key=_by_weight, reverse=True)
        reasons = []
        for row in ordered:
            try:
                estimate = _estimate(kg, row, labels[key], assume_level)
            except EstimateError as error:
                reasons.append(f"{error} ({row['source'].label})")
                continue
            estimates.append(estimate)
            if reasons:
                notes.append(f"{labels[key]}: taken from {row['source'].label}; {'; '.join(reasons)}")
            notes += _others(row, ordered, labels[key])
            break
        else:
            shown = next((row for row in ordered if row["lower"] is not None), ordered[0])
            left_out.append(LeftOut(labels[key], shown["report"].id, "; ".join(reasons)))
    estimates.sort(key=lambda estimate: (estimate.date, estimate.label))
    return Selection(tuple(estimates), tuple(left_out), tuple(notes), "" if day == LATEST else day)


def _others(used: Row, rows: list[Row], label: str) -> list[str]:
    """Say which other numbers are printed for the same patients, since a reader may know another one."""
    shown = {_printed(used)}
    texts = []
    for row in rows:
        if row["lower"] is not None and _printed(row) not in shown:
            shown.add(_printed(row))
            texts.append(f"{_printed(row)} in {row['source'].label} ({row['role'].label})")
    if not texts:
        return []
    return [f"{label}: {_printed(used)} of the {used['role'].label} analysis used; also printed: {'; '.join(texts)}"]


def _printed(row: Row) -> str:
    return f"{row['value']} ({row['lower']} to {row['upper']})"


def _labels(rows: list[Row]) -> dict[tuple[str, ...], str]:
    """Return a name for each estimate: the study's, with what tells it from others of the same study."""
    times = Counter(row["study"].id for row in rows)
    labels = {}
    for row in rows:
        key = tuple(str(row[name].id) for name in ("study", "comparison", "endpoint", "population"))
        parts = [row["study"].label]
        if times[row["study"].id] > 1:
            same = [other for other in rows if other["study"].id == row["study"].id]
            if len({other["comparison"].id for other in same}) > 1:
                parts.append(row["comparison"].label.partition(" v ")[0])
            if len({other["endpoint"].id for other in same}) > 1:
                parts.append(row["endpoint"].label)
            if len({other["population"].id for other in same}) > 1:
                parts.append(row["population"].label)
        labels[key] = ", ".join(parts)
    return labels


def _estimate(kg: KnowledgeGraph, row: Row, label: str, assume_level: float | None) -> StudyEstimate:
    """Return the estimate of one report.

    Raises
    ------
    EstimateError : it has no usable interval
    """
    if row["lower"] is None or row["upper"] is None:
        raise EstimateError(f"{label}: no interval printed")
    if (row["limits"].id if isinstance(row["limits"], Thing) else None) not in _INTERVAL:
        raise EstimateError(f"{label}: the limits are no confidence interval but {row['limits'].label}")
    level = row["level"] if row["level"] is not None else assume_level
    if level is None:
        raise EstimateError(f"{label}: the level of the interval is not stated")
    measure = _MEASURES.get(row["measure"].id)
    if measure is None:
        raise EstimateError(f"{label}: {row['measure'].label} is no ratio")
    name = kg.names.label
    agents = [name(agent) for agent in row["tested"]] or [f"dose of {row['comparison'].label.partition(' v ')[0]}"]
    plain = from_printed(
        label,
        row["value"],
        row["lower"],
        row["upper"],
        level=float(level),
        measure=measure,
        n=row["n"],
        line=", ".join(name(line) for line in row["line"]),
        agents=agents,
        control=[name(agent) for agent in row["given"]] or ["placebo or no treatment"],
        endpoint=row["endpoint"].label,
        population=row["population"].label,
        date=row["from"],
        source=row["source"].label,
        study=row["study"].id,
    )
    assumed = (f"{label}: level of the interval not stated, {level:g}% assumed",) if row["level"] is None else ()
    return replace(
        plain,
        regimen=tuple(sorted(name(agent) for agent in row["experimental"])),
        population_of=row["within"],
        design=row["design"].label if isinstance(row["design"], Thing) else "",
        setting=row["setting"].label if isinstance(row["setting"], Thing) else "",
        role=row["role"].label,
        source_id=row["source"].id,
        locator=row["locator"],
        comparison=row["comparison"].id,
        population_id=row["population"].id,
        report=row["report"].id,
        notes=(*plain.notes, *assumed),
    )
