"""Which column of a stranger's table is which field of an estimate: by its name, generously, and never by its content.

A header may carry more than a name: "HR (95% CI)" is a measure, a level and two things in one cell; "p (one-sided)"
labels every p below it; "median control, months" names a unit. What a header says is a default for its cells.
"""

import dataclasses
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from her2kg.consistency.errors import UnknownMeasureError
from her2kg.consistency.estimates import FIELDS, Estimate
from her2kg.consistency.measures import find_measure
from her2kg.consistency.medians import find_unit

INTERVAL, ESTIMATE_INTERVAL = "interval", "estimate and interval"
"""Columns that hold two limits, or an estimate with its limits, in one cell."""

_ALIASES: dict[str, str] = {
    **dict.fromkeys(
        ("label", "name", "study", "trial", "author", "study id", "id", "study name", "trial name", "studie"), "label"
    ),
    **dict.fromkeys(
        ("outcome", "endpoint", "end point", "population", "subgroup", "comparison", "arm", "group"), "label"
    ),
    **dict.fromkeys(("reference", "source", "year", "term", "variable", "predictor", "analysis", "report"), "label"),
    **dict.fromkeys(("measure", "effect measure", "metric", "statistic", "effect type", "estimate type"), "measure"),
    **dict.fromkeys(("measure of effect", "type of effect", "type of estimate", "summary measure"), "measure"),
    **dict.fromkeys(("estimate", "effect", "point estimate", "effect size", "effect estimate", "est"), "estimate"),
    **dict.fromkeys(("value", "treatment effect", "point", "result"), "estimate"),
    **dict.fromkeys(("lower", "lower limit", "lower bound", "low", "lo", "lcl", "lci", "ll", "from", "lb"), "lower"),
    **dict.fromkeys(("conf low", "lower confidence limit", "min", "lowerlimit", "lowerci", "l95", "cilower"), "lower"),
    **dict.fromkeys(("upper", "upper limit", "upper bound", "high", "hi", "ucl", "uci", "ul", "to", "ub"), "upper"),
    **dict.fromkeys(("conf high", "upper confidence limit", "max", "upperlimit", "upperci", "u95", "ciupper"), "upper"),
    **dict.fromkeys(("level", "confidence level", "conf level", "coverage", "confidence"), "level"),
    **dict.fromkeys(("p", "p value", "pvalue", "pval", "p val", "sig", "significance", "prob"), "p"),
    **dict.fromkeys(("log rank p", "logrank p", "log rank p value", "p log rank", "probability"), "p"),
    **dict.fromkeys(("sides", "sided", "sidedness", "tails", "tail", "p sides", "p sidedness", "alternative"), "sides"),
    **dict.fromkeys(("margin", "ni margin", "non inferiority margin", "noninferiority margin"), "margin"),
    **dict.fromkeys(("better", "better direction", "direction", "favourable direction"), "better"),
    **dict.fromkeys(("unit", "units", "time unit"), "unit"),
    **dict.fromkeys(("events", "n events", "number of events", "deaths", "responders", "responses", "count"), "events"),
    **dict.fromkeys(("numerator", "x", "k", "r", "n responders", "cases"), "events"),
    **dict.fromkeys(("n", "total", "sample size", "patients", "n total", "total n", "denominator", "size"), "n"),
    **dict.fromkeys(("number of patients", "n patients", "participants", "evaluable", "n evaluable"), "n"),
    **dict.fromkeys(("enrolled", "enrolment", "enrollment", "randomised", "randomized", "n enrolled"), "enrolled"),
    **dict.fromkeys(("n randomised", "n randomized", "number enrolled", "number randomised"), "enrolled"),
    **dict.fromkeys(("interval", "confidence interval", "range", "confidence limits", "conf int", "limits"), INTERVAL),
}
_ARMS = {
    **dict.fromkeys(("experimental", "exp", "treatment", "treated", "trt", "tx", "intervention"), "experimental"),
    **dict.fromkeys(("investigational", "active", "e"), "experimental"),
    **dict.fromkeys(("control", "ctrl", "ctl", "con", "comparator", "placebo", "standard", "c"), "control"),
}
_ARM_BASES = {
    **dict.fromkeys(("median", "mst", "mos"), "median"),
    **dict.fromkeys(("n", "patients", "total", "size", "sample size", "number of patients", "randomised"), "n"),
    **dict.fromkeys(("events", "deaths", "responders", "n events", "number of events", "responses"), "events"),
    **dict.fromkeys(("percent", "percentage", "pct", "%", "orr", "response rate", "rate %", "orr %"), "percent"),
    **dict.fromkeys(("unit", "units", "time unit"), "unit"),
}
_ARM_NOISE = frozenset({"arm", "group", "in", "of", "ci", "os", "pfs", "dfs", "efs", "dor", "ttp", "time"}) | frozenset(
    {"overall", "progression", "free", "survival", "event", "disease", "duration"}
)
"""Words beside a median that say which endpoint it is, not what it is."""
_INTERVAL_WORDS = frozenset({"ci", "interval", "confidence", "conf", "int", "cri", "credible", "limits", "cl"})
_LIMIT_WORDS = {
    **dict.fromkeys(("lower", "low", "lcl", "lci", "ll", "lo", "l"), "lower"),
    **dict.fromkeys(("upper", "high", "ucl", "uci", "ul", "hi", "u"), "upper"),
}

_LEVEL = re.compile(r"(?<![0-9.,])([5-9][0-9](?:[.,][0-9]{1,2})?)\s*%|(?<![0-9.,])(80|90|95|97[.,]5|98|99)(?![0-9.,])")
_JOINED_LEVEL = re.compile(r"(?<=[a-z])(?=(?:80|90|95|99)\b)|(?<=\b(?:80|90|95|99))(?=[a-z])")
_SIDES = re.compile(r"\b(one|two|1|2)[\s_-]*(?:sided|tailed)\b")
_WORD = re.compile(r"[a-z0-9]+|%")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")

_NUMBER = r"[<>]?\s*[-+\u2212\u2013]?\s*(?:[0-9]+(?:[.,\u00b7][0-9]+)?|[.\u00b7][0-9]+)\s*%?"
_BETWEEN = r"\s*(?:to|bis|a|\.\.\.?|[-\u2010-\u2014\u2212,;/|])\s*"
_PAIR = re.compile(
    rf"[\s(\[{{]*(?:[0-9.,]+\s*%\s*(?:CI|KI|IC)?\s*[:,=]?\s*)?({_NUMBER}){_BETWEEN}({_NUMBER})[\s)\]}}]*", re.IGNORECASE
)
_TRIPLE = re.compile(
    rf"\s*({_NUMBER})\s*[(\[{{,;]\s*(?:[0-9.,]+\s*%\s*(?:CI|KI|IC)?\s*[:,=]?\s*)?({_NUMBER}){_BETWEEN}({_NUMBER})\s*[)\]}}]*\s*",
    re.IGNORECASE,
)
_LONGEST_CELL = 120


@dataclass(frozen=True, slots=True)
class Column:
    """What one header says.

    Parameters
    ----------
    field : a field of `Estimate`, or `INTERVAL` or `ESTIMATE_INTERVAL`; "" where only the defaults count
    defaults : fields the header itself states, such as the level in "95% CI"
    """

    field: str
    defaults: dict[str, str] = dataclasses.field(default_factory=dict)


def read_header(header: str) -> Column | None:
    """Return what a header says, None where it names no field.

    Examples
    --------
    >>> read_header("HR (95% CI)")
    Column(field='estimate and interval', defaults={'level': '95', 'measure': 'HR'})
    >>> read_header("p-value, one-sided")
    Column(field='p', defaults={'sides': 'one'})
    >>> read_header("colour") is None
    True
    """
    text = unicodedata.normalize("NFKC", header.strip())[:_LONGEST_CELL]
    if text.lower() in FIELDS:
        return Column(text.lower())
    defaults: dict[str, str] = {}
    text = _CAMEL.sub(" ", text).lower().replace("_", " ")
    sides = _SIDES.search(text)
    if sides:
        defaults["sides"] = {"1": "one", "2": "two"}.get(sides[1], sides[1])
        text = text.replace(sides[0], " ")
    text = _JOINED_LEVEL.sub(" ", text)
    level = _LEVEL.search(text)
    words = _WORD.findall(text)
    if level:
        number = level[1] or level[2]
        gone = set(_WORD.findall(number))
        words = [word for word in words if word not in gone and word != "%"]
        defaults["level"] = number.replace(",", ".")
    column = _arm_column(words) or _plain_column(words, defaults)
    if column is None:
        return None
    if column.field not in {"lower", "upper", INTERVAL, ESTIMATE_INTERVAL}:
        defaults.pop("level", None)
    if column.field != "p":
        defaults.pop("sides", None)
    return Column(column.field, {**defaults, **column.defaults})


def _arm_column(words: Sequence[str]) -> Column | None:
    """Return the field of one arm that the words name."""
    arms = {_ARMS[word] for word in words if word in _ARMS}
    if len(arms) != 1:
        return None
    (arm,) = arms
    units = [unit for unit in map(find_unit, words) if unit]
    limits = {_LIMIT_WORDS[word] for word in words if word in _LIMIT_WORDS}
    rest = [
        word
        for word in words
        if word not in _ARMS and word not in _LIMIT_WORDS and word not in _ARM_NOISE and not find_unit(word)
    ]
    base = _ARM_BASES.get(" ".join(rest))
    if base is None or len(limits) > 1 or (limits and base != "median"):
        return None
    if base != "median":
        return Column(f"{base}_{arm}")
    name = f"median_{arm}{f'_{limits.pop()}' if limits else ''}"
    return Column(name, {f"unit_{arm}": units[0]} if len(units) == 1 else {})


def _plain_column(words: Sequence[str], defaults: dict[str, str]) -> Column | None:
    """Return the field the words name, with a measure where they name one too."""
    joined = " ".join(words)
    if joined in _ALIASES:
        return Column(_ALIASES[joined])
    has_interval = any(word in _INTERVAL_WORDS for word in words)
    limits = {_LIMIT_WORDS[word] for word in words if word in _LIMIT_WORDS}
    rest = [w for w in words if w not in _INTERVAL_WORDS and w not in _LIMIT_WORDS and w not in {"limit", "bound"}]
    if "p" in rest and ("value" in rest or "log" in rest):
        return Column("p")
    measure = _measure_name(rest)
    named = {"measure": measure} if measure else {}
    if limits:
        bare = bool(measure) or rest in ([], ["of"], ["estimate"], ["effect"])
        return Column(limits.pop()) if len(limits) == 1 and bare else None
    if not rest and (has_interval or "level" in defaults):
        return Column(INTERVAL)
    if measure or _ALIASES.get(" ".join(rest)) == "estimate":
        return Column(ESTIMATE_INTERVAL if has_interval else "estimate", named)
    return None


def _measure_name(words: Iterable[str]) -> str:
    """Return the measure that words name, units and articles aside."""
    named = "".join(word for word in words if not find_unit(word) or len(word) < 3)
    try:
        measure = find_measure(named) if named else None
    except UnknownMeasureError:
        return ""
    return measure.name if measure else ""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table.

    Parameters
    ----------
    headers : as they stand in the table
    fields : for each header the field it fills, "" where it fills none
    defaults : fields stated by headers or by the caller, used where a cell is empty
    """

    headers: tuple[str, ...]
    fields: tuple[str, ...]
    defaults: dict[str, str]

    @property
    def ignored(self) -> tuple[str, ...]:
        """Headers that fill no field."""
        return tuple(h for h, f in zip(self.headers, self.fields, strict=True) if not f and h.strip())

    @property
    def used(self) -> dict[str, str]:
        """Header to field, for the reader of a report."""
        return {h: f for h, f in zip(self.headers, self.fields, strict=True) if f}

    def read(self, cells: Sequence[str]) -> Estimate:
        """Return the estimate of a row; cells beyond the headers are not looked at."""
        found: dict[str, str] = {}
        for name, cell in zip(self.fields, cells, strict=False):
            if not name or not cell or cell.isspace():
                continue
            if name == "label" and "label" in found:
                found["label"] += f" {cell.strip()}"
            elif name == INTERVAL:
                pair = _PAIR.fullmatch(cell) if len(cell) < _LONGEST_CELL else None
                texts = pair.groups() if pair else (cell, "")
                found["lower"], found["upper"] = (text.strip() for text in texts)
            elif name == ESTIMATE_INTERVAL:
                triple = _TRIPLE.fullmatch(cell) if len(cell) < _LONGEST_CELL else None
                texts = triple.groups() if triple else (cell, "", "")
                found["estimate"], found["lower"], found["upper"] = (text.strip() for text in texts)
            else:
                found[name] = cell.strip()
        for name, default in self.defaults.items():
            if name not in found:
                found[name] = default
        return Estimate(**found)


def map_columns(headers: Sequence[str], defaults: dict[str, str] | None = None) -> Columns:
    """Return the columns of a table by its headers.

    Parameters
    ----------
    headers : first row of the table
    defaults : fields that hold for every row, such as ``{"measure": "HR"}``; they give way to what headers state

    Raises
    ------
    ValueError : no header names a number to check, two name the same field, or an estimate has no measure; the message
        says which and is meant to be shown
    """
    columns = _without_side_values(_without_repeats([read_header(header) for header in headers]))
    fields = tuple(column.field if column else "" for column in columns)
    merged = dict(defaults or {})
    seen: dict[str, str] = {}
    for header, column in zip(headers, columns, strict=True):
        if column is None:
            continue
        for name in _filled(column.field):
            if name in seen:
                raise ValueError(f"the columns {seen[name]!r} and {header!r} both name the field {name}")
            seen[name] = header
        merged.update(column.defaults)
    if not set(seen) - {"unit", "level", "sides", "better", "measure"}:
        shown = ", ".join(repr(header) for header in headers[:8])
        raise ValueError(f"no column names a number to check; found {shown}")
    if "estimate" in seen and "measure" not in seen and not merged.get("measure"):
        raise ValueError(
            f"the column {seen['estimate']!r} does not say what it measures; add a column 'measure' (HR, OR, RR, RD, "
            f"MD, ratio, difference, percentage, median, value) or name the column after the measure"
        )
    return Columns(tuple(headers), fields, merged)


def _without_repeats(columns: list[Column | None]) -> list[Column | None]:
    """Let "HR (95% CI)" and "95% CI" give way to columns that hold the same one by one; keep what they state."""
    plain = {column.field for column in columns if column}
    kept: list[Column | None] = []
    for column in columns:
        if column is not None and column.field in {INTERVAL, ESTIMATE_INTERVAL} and set(_filled(column.field)) <= plain:
            kept.append(Column("", column.defaults))
        else:
            kept.append(column)
    return kept


def _without_side_values(columns: list[Column | None]) -> list[Column | None]:
    """Drop percentages and medians where another column is a ratio or a difference: they are not its value."""
    kinds = [find_measure(column.defaults.get("measure", "")) if column else None for column in columns]
    if sum(kind is not None and kind.compares for kind in kinds) != 1:
        return columns
    return [None if kind and not kind.compares else column for kind, column in zip(kinds, columns, strict=True)]


def _filled(name: str) -> tuple[str, ...]:
    if name == "label":
        return ()
    if name == INTERVAL:
        return ("lower", "upper")
    if name == ESTIMATE_INTERVAL:
        return ("estimate", "lower", "upper")
    return (name,) if name else ()
