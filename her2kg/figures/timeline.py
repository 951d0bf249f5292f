"""The timeline: one row per trial, in lanes by line of therapy; what became known on which day.

From top to bottom a row shows approvals that rest on the trial, its data cut-offs and reports, and the verdict on each
comparison as a bar that runs from the day it could be drawn. Enrolment is in no source that was read: rows begin open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from her2kg.figures import marks
from her2kg.figures.errors import FigureError
from her2kg.figures.metrics import LEADING, text_width, wrap
from her2kg.figures.scene import Circle, Group, Line, Polygon, Rect, Text
from her2kg.figures.sheet import BODY, SMALL, Key, Sheet
from her2kg.tables import Thing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from her2kg.figures.scene import Item, Scene
    from her2kg.tables import Table

NARROWEST = 640
"""Least width of the figure in pixels."""
QUERY = "trial-timeline"
REVIEW = "her2:ReviewArticle"
"""Kind of the source whose day is marked across all rows: the review that the graph represents."""

_STEP = 15.0
_PAD = 7.0
_OPEN = 540  # days of the open beginning of a row
_YEAR = 34.0  # pixels a label of a year needs
_BAR = 5.0


@dataclass(frozen=True, slots=True)
class Event:
    """Something that became known of a trial on a day.

    Parameters
    ----------
    lane : line of therapy, or the setting where that is not advanced disease
    line_number : 1 and up; 0 where the lane is no line
    sort : ``report``, ``data cut-off``, ``verdict`` or ``approval``
    kind, kind_words : CURIE and words of what it is: a verdict's outcome, an approval's kind, a report's sort of source
    about : what a verdict is on, who approved, or where a report stands
    arm : experimental arm of what a verdict is on
    comparison : CURIE of what a verdict is on
    """

    study: str
    lane: str
    line_number: int
    phase: str
    sort: str
    day: date
    kind: str = ""
    kind_words: str = ""
    about: str = ""
    arm: str = ""
    comparison: str = ""

    @property
    def words(self) -> str:
        """The event in words, without its day."""
        match self.sort:
            case "verdict":
                return f"{self.kind_words}: {self.about}"
            case "approval":
                return f"{self.about}, {self.kind_words}"
            case "report":
                return f"{self.kind_words}, {self.about}"
            case _:
                return self.sort


def events(table: Table) -> list[Event]:
    """Return the rows of the named query `QUERY`."""
    found = []
    for row in table:
        setting, line, number = row["ofSetting"], row["ofLine"], row["lineNumber"]
        advanced = not isinstance(setting, Thing) or setting.id == "her2:Advanced"
        sort, comparison = str(row["event"]), row["comparison"]
        kind = row["outcome"] if sort == "verdict" else row["kind"]
        about = {"verdict": comparison, "approval": row["agency"], "report": row["source"]}.get(sort)
        found.append(
            Event(
                study=str(row["study"]),
                lane=(str(line) if line is not None else "line not stated") if advanced else str(setting),
                line_number=int(number) if advanced and isinstance(number, (int, float)) else 0,
                phase="" if row["ofPhase"] is None else str(row["ofPhase"]),
                sort=sort,
                day=date.fromisoformat(str(row["day"])),
                kind=kind.id if isinstance(kind, Thing) else "",
                kind_words="" if kind is None else str(kind),
                about="" if about is None else str(about),
                arm="" if row["arm"] is None else str(row["arm"]),
                comparison=comparison.id if isinstance(comparison, Thing) else "",
            )
        )
    return found


def stretches(verdicts: Iterable[Event], end: date) -> list[tuple[Event, date]]:
    """Return the verdicts on one comparison that differ from the one before, each with the day it held until.

    Further evidence for the same outcome begins no stretch of its own.
    """
    changes: list[Event] = []
    for event in sorted(verdicts, key=lambda e: e.day):
        if not changes or changes[-1].kind != event.kind:
            changes.append(event)
    return [(event, later.day) for event, later in pairwise(changes)] + [(event, end) for event in changes[-1:]]


@dataclass(frozen=True, slots=True)
class _Axis:
    left: float
    right: float
    first: date
    last: date

    def x(self, day: date) -> float:
        span = (self.last - self.first).days
        return self.left + (self.right - self.left) * (day - self.first).days / span


def draw(rows: Sequence[Event], as_of: str, width: float = 960.0) -> Scene:
    """Return the figure.

    Raises
    ------
    FigureError : nothing to draw, or a width below `NARROWEST`
    """
    if not rows:
        raise FigureError(
            f"no trial has a dated event in what you ask for as of {as_of}: ask for another agent, line or day"
        )
    if width < NARROWEST:
        raise FigureError(f"a width of {width:g} is too small for a timeline: {NARROWEST} or more")
    end = date.fromisoformat(as_of)
    rows = sorted(rows, key=lambda e: (e.study, e.day, e.sort, e.words, e.comparison))
    title = "Timeline of the trials: reports, verdicts and approvals"
    sheet = Sheet(width)
    sheet.head(
        title, f"As of {as_of}. Verdict bars run from the day their evidence was public for as long as they held."
    )
    _keys(sheet, rows)
    sheet.rule(4)
    own = [row for row in rows if row.kind != REVIEW or row.sort != "report"]
    label = min(0.26 * width, max(text_width(row.study, BODY, bold=True) + 62 for row in rows))
    start = min(row.day for row in rows)
    last = max(end, *(row.day for row in rows))
    axis = _Axis(sheet.left + label + 14, sheet.right - 12, date(start.year - 1, 1, 1), last)
    reviews = sorted({row.day for row in rows if row.kind == REVIEW and row.sort == "report"})
    top = _scale(sheet, axis, reviews)
    grid = len(sheet.items)
    lanes: dict[tuple[bool, int, str], None] = dict.fromkeys(
        sorted((row.line_number == 0, row.line_number, row.lane) for row in rows)
    )
    for lane in lanes:
        studies = {row.study for row in own if (row.line_number == 0, row.line_number, row.lane) == lane}
        if not studies:
            continue
        sheet.items.append(Rect(sheet.left, sheet.y, sheet.inner, 20, fill="band"))
        heading = lane[2][0].upper() + lane[2][1:]
        sheet.items.append(Text(sheet.left + 6, sheet.y + 14, heading, SMALL, bold=True, colour="muted"))
        sheet.y += 20
        parts = [[row for row in own if row.study == study and row.lane == lane[2]] for study in studies]
        for i, part in enumerate(sorted(parts, key=lambda p: (min(e.day for e in p), p[0].study))):
            if i:
                sheet.items.append(Line(sheet.left, sheet.y, sheet.right, sheet.y, "grid"))
            _row(sheet, axis, part, end, label)
    sheet.items[grid:grid] = _grid(axis, top, sheet.y, reviews)
    sheet.rule(2)
    sheet.notes(
        [
            "Start and end of enrolment are in no source that was read, so rows begin open. A source that prints no "
            "date is left out; where it prints a month or a year, its last day is taken. An approval can come before "
            "the report of the trial it rests on.",
            "A bar changes where the outcome changes; where later evidence only confirmed it, it runs on.",
        ]
    )
    return sheet.scene(title, _describe(own, as_of, end))


def _scale(sheet: Sheet, axis: _Axis, reviews: Sequence[date]) -> float:
    """Write the years, and above them what is marked across all rows; return where the lines under them begin."""
    for day in reviews[:1]:
        words = "review published"
        half = text_width(words, SMALL) / 2
        x = min(max(axis.x(day), axis.left + half), axis.right - half)
        sheet.items.append(Text(x, sheet.y + SMALL, words, SMALL, "middle", colour="muted"))
        sheet.y += SMALL * LEADING
    years = range(axis.first.year + 1, axis.last.year + 1)
    each = (axis.right - axis.left) * 365.25 / (axis.last - axis.first).days
    every = next(n for n in (1, 2, 5, 10, 20, 50, 100, 1000) if n * each >= _YEAR)
    taken = axis.left - 100.0
    for year in years:
        x = axis.x(date(year, 1, 1))
        half = text_width(str(year), SMALL) / 2
        if year % every == 0 and x - half > taken and x + half <= sheet.right:
            sheet.items.append(Text(x, sheet.y + SMALL, str(year), SMALL, "middle", colour="muted"))
            taken = x + half
    sheet.y += SMALL * LEADING + 3
    return sheet.y


def _grid(axis: _Axis, top: float, bottom: float, reviews: Sequence[date]) -> list[Item]:
    years = [axis.x(date(year, 1, 1)) for year in range(axis.first.year + 1, axis.last.year + 1)]
    lines: list[Item] = [Line(x, top, x, bottom, "grid", 0.6) for x in years]
    lines += [Line(axis.x(day), top - 3, axis.x(day), bottom, "pooled", 1.4, (5, 3)) for day in reviews[:1]]
    return lines


def _row(sheet: Sheet, axis: _Axis, part: Sequence[Event], end: date, label: float) -> None:
    """Draw one trial."""
    y = sheet.y + _PAD
    names = wrap(part[0].study, BODY, label, bold=True)
    items: list[Item] = [
        Text(sheet.left, y + 11 + i * BODY * LEADING, line, BODY, bold=True) for i, line in enumerate(names)
    ]
    beside = sheet.left + text_width(names[-1], BODY, bold=True) + 6
    base = y + 11 + (len(names) - 1) * BODY * LEADING
    below = base + 5
    if part[0].phase:
        if beside + text_width(part[0].phase, SMALL) > sheet.left + label:
            beside, base, below = sheet.left, base + SMALL * LEADING + 1, below + SMALL * LEADING + 1
        items.append(Text(beside, base, part[0].phase, SMALL, colour="muted"))
    approvals = _approvals(axis, [e for e in part if e.sort == "approval"], y)
    items += approvals[0]
    track = approvals[1] + _STEP / 2 + 1
    items += _reports(axis, part, track, end)
    comparisons = sorted({(e.arm, e.comparison) for e in part if e.sort == "verdict"})
    lowest = track + _STEP / 2
    several = len(comparisons) > 1
    bar = max(below + 2, lowest) if several else lowest
    for arm, comparison in comparisons:
        lines = wrap(arm, SMALL, label - 8) if several else []
        own = [e for e in part if e.sort == "verdict" and e.comparison == comparison]
        high = max(_STEP, len(lines) * SMALL * LEADING + 2)
        items += [
            Text(sheet.left + 8, bar + SMALL + i * SMALL * LEADING, line, SMALL, colour="muted")
            for i, line in enumerate(lines)
        ]
        items += _bars(axis, own, bar + _STEP / 2 - 1, end)
        bar += high
        lowest = bar
    sheet.items += items
    sheet.y = max(below, lowest) + _PAD


def _approvals(axis: _Axis, approvals: Sequence[Event], top: float) -> tuple[list[Item], float]:
    """Return the approvals, one above the other where they would touch, and the height where they end."""
    items: list[Item] = []
    ends: list[float] = []  # right edge of the last label on each level
    for event in sorted(approvals, key=lambda e: (e.day, e.about, e.kind)):
        x, wide = axis.x(event.day), text_width(event.about, SMALL)
        turned = x + 8 + wide > axis.right + 12
        left = x - 8 - wide if turned else x - 7
        right = x + 7 if turned else x + 8 + wide
        level = next((i for i, taken in enumerate(ends) if left > taken + 4), len(ends))
        ends[level : level + 1] = [right]
        y = top + level * _STEP + _STEP / 2
        text = Text(x + (-8 if turned else 8), y + 3.5, event.about, SMALL, "end" if turned else "start", halo=True)
        items.append(Group((*_approval(event.kind, x, y), text), f"{event.day}: {event.words}"))
    return items, top + len(ends) * _STEP


def _approval(kind: str, x: float, y: float) -> tuple[Item, ...]:
    """Return the mark of an approval: filled if full, open if conditional, turned if it takes something back."""
    up = ((x - 5.5, y + 4.5), (x + 5.5, y + 4.5), (x, y - 5))
    match kind:
        case "her2:FullApproval" | "her2:LabelUpdate":
            return (Polygon(up, fill="category-3"),)
        case "her2:LimitedApproval" | "her2:Refused":
            down = ((x - 5.5, y - 4.5), (x + 5.5, y - 4.5), (x, y + 5))
            return (Polygon(down, "ground", "category-3", 1.5),)
        case "her2:UnderReview":
            return (
                Circle(x, y, 4.5, "ground", "category-3", 1.5),
                Line(x, y, x, y - 3, "category-3"),
                Line(x, y, x + 2.5, y, "category-3"),
            )
        case _:
            return (Polygon(up, "ground", "category-3", 1.5),)


def _reports(axis: _Axis, part: Sequence[Event], y: float, end: date) -> list[Item]:
    """Return the line of a trial: open on the left, cut-offs as ticks, reports as dots."""
    known = [event.day for event in part if event.sort in {"report", "data cut-off"}]
    first, last = min(event.day for event in part if event.sort != "approval" or not known), max(known, default=end)
    begins = max(axis.left, axis.x(first) - (axis.right - axis.left) * _OPEN / (axis.last - axis.first).days)
    items: list[Item] = [
        Line(begins, y, axis.x(first), y, "rule", 1.2, (2, 3)),
        *([Line(axis.x(first), y, axis.x(min(last, end)), y, "rule", 1.2)] if known else []),
    ]
    for event in part:
        if event.sort == "data cut-off":
            x = axis.x(event.day)
            items.append(Group((Line(x, y - 5.5, x, y + 5.5, "ink", 2),), f"{event.day}: data cut-off"))
    reports = [event for event in part if event.sort == "report"]
    reports.sort(key=lambda e: (e.kind == "her2:JournalArticle", e.day, e.words))
    dots = [Group(_report(event.kind, axis.x(event.day), y), f"{event.day}: {event.words}") for event in reports]
    return [*items, *dots]


def _report(kind: str, x: float, y: float) -> tuple[Item, ...]:
    if kind == "her2:JournalArticle":
        return (Circle(x, y, 3.6, fill="ink", stroke="ground", stroke_width=0.8),)
    return (Circle(x, y, 3.0, "ground", "ink", 1.2),)


def _bars(axis: _Axis, verdicts: Sequence[Event], y: float, end: date) -> list[Item]:
    """Return the verdicts on one comparison as bars, each with its mark where it begins."""
    items: list[Item] = []
    for event, until in stretches(verdicts, end):
        left, right = axis.x(event.day), axis.x(until)
        shade = f"{marks.role(event.kind)}-wash" if marks.role(event.kind) != "pending" else "pending-wash"
        bar = Rect(left, y - _BAR / 2, max(0.5, right - left), _BAR, fill=shade)
        edge = Line(left, y, right, y, marks.role(event.kind), 1.4)
        items.append(Group((bar, edge, *marks.mark(event.kind, left, y, 5)), f"from {event.day}: {event.words}"))
    return items


def _keys(sheet: Sheet, rows: Sequence[Event]) -> None:
    sorts = {row.sort for row in rows}
    reports = {row.kind == "her2:JournalArticle" for row in rows if row.sort == "report" and row.kind != REVIEW}
    known: list[Key] = [Key(lambda x, y: (Line(x - 11, y, x + 11, y, "rule", 1.2, (2, 3)),), "start not recorded", 22)]
    if "data cut-off" in sorts:
        known.append(Key(lambda x, y: (Line(x, y - 5.5, x, y + 5.5, "ink", 2),), "data cut-off", 8))
    if True in reports:
        known.append(Key(partial(_report, "her2:JournalArticle"), "journal article", 10))
    if False in reports:
        known.append(Key(partial(_report, ""), "abstract, announcement or other report", 10))
    sheet.keys("Known of a trial", known)
    outcomes = {row.kind: row.kind_words for row in rows if row.sort == "verdict"}
    sheet.keys("Verdict", marks.keys(outcomes))
    kinds = {row.kind: row.kind_words for row in rows if row.sort == "approval"}
    sheet.keys(
        "Approval",
        [Key(partial(_approval, kind), words) for kind, words in sorted(kinds.items(), key=lambda pair: pair[1])],
    )


def _describe(rows: Sequence[Event], as_of: str, end: date) -> str:
    said = []
    for study in sorted({row.study for row in rows}):
        own = [row for row in rows if row.study == study]
        facts = [
            f"{e.day} {e.words}"
            for e in sorted(own, key=lambda e: (e.day, e.words))
            if e.sort in {"approval", "data cut-off"}
        ]
        for comparison in sorted({e.comparison for e in own if e.sort == "verdict"}):
            verdicts = [e for e in own if e.sort == "verdict" and e.comparison == comparison]
            facts += [f"from {event.day} {event.words}" for event, _ in stretches(verdicts, end)]
        dates = sorted(e.day for e in own if e.sort == "report")
        if dates:
            facts.append(f"{len(dates)} dated reports from {dates[0]} to {dates[-1]}")
        said.append(f"{study}: {'; '.join(facts)}.")
    return f"Trials over time as of {as_of}. {' '.join(said)}"
