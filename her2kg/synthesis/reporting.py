"""A synthesis for a reader: tables, and the text under them. Ratios here, never logarithms."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from her2kg.synthesis.exporting import method_words, prediction_words
from her2kg.synthesis.models import RATIOS
from her2kg.tables import Column, Table, Thing, tabulate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from her2kg.synthesis.comparing import Step
    from her2kg.synthesis.heterogeneity import Range
    from her2kg.synthesis.models import StudyEstimate
    from her2kg.synthesis.pooling import Pooled
    from her2kg.tables import Cell

CAUTION = "A pool is no verdict: verdicts come from each trial's own primary analysis."

_DIGITS = 4


def studies_table(studies: Sequence[StudyEstimate], pooled: Pooled | None) -> Table:
    """Return the estimates as printed, with weights where they were pooled."""
    columns = (
        Column("study", "study"),
        Column("measure", "measure", hidden=True),
        Column("value", "as printed", prefix="measure", interval=("lower", "upper", "level")),
        Column("lower", "lower limit"),
        Column("upper", "upper limit"),
        Column("level", "level"),
        Column("weight", "weight, %"),
        Column("n", "n"),
        Column("line", "line"),
        Column("agents", "agents"),
        Column("control", "control"),
        Column("population", "population"),
        Column("date", "known from"),
        Column("source", "source"),
        Column("yi", "log ratio", hidden=True),
        Column("vi", "variance", hidden=True),
    )
    weights: Sequence[float | None] = pooled.weights if pooled else [None] * len(studies)
    rows = tuple(
        (
            study.label,
            study.measure,
            study.value_text,
            study.lower_text,
            study.upper_text,
            study.level,
            None if weight is None else round(weight, 1),
            study.n,
            study.line,
            " + ".join(study.agents),
            " + ".join(study.control),
            study.population,
            study.date,
            Thing(study.source_id, study.source) if study.source_id else study.source,
            study.yi,
            study.vi,
        )
        for study, weight in zip(studies, weights, strict=True)
    )
    return Table(columns, rows)


def result_table(pooled: Pooled, vi: Sequence[float]) -> Table:
    """Return what was found as names and values, for a reader."""
    level = f"{pooled.level:g}%"
    what = RATIOS.get(pooled.measure, pooled.measure)
    pairs: list[tuple[str, Cell]] = [
        ("method", method_words(pooled)),
        ("studies", pooled.k),
        (f"pooled {what}", f"{pooled.ratio:.{_DIGITS}f} ({level} CI {_range(pooled.limits)})"),
        ("p, two-sided", p_text(pooled.p)),
        ("Q", f"{pooled.q:.{_DIGITS}f}, {pooled.q_freedom} df, p {p_text(pooled.q_p)}" if pooled.q_freedom else "none"),
    ]
    if pooled.method.value != "ee":
        pairs.append(("tau2", f"{pooled.tau2:.6f}" + _behind(pooled.tau2_range, f"{level} Q-profile", 6)))
    if pooled.k > 1:
        pairs.append(("I2", f"{pooled.i2:.1f}%" + _behind(pooled.i2_range(vi), level, 1)))
        pairs.append(("H2", f"{pooled.h2:.2f}"))
    limits = pooled.prediction_limits
    if limits is not None:
        pairs.append(("prediction interval", f"{_range(limits)} ({level}, {prediction_words(pooled)})"))
    return tabulate(pairs, "quantity", "value")


def numbers_table(pooled: Pooled) -> Table:
    """Return what was found as names and plain numbers, for a machine; absent values are empty."""
    nothing = (None, None)
    pairs: list[tuple[str, Cell]] = [
        ("method", pooled.method.value),
        ("hksj", pooled.hksj),
        ("k", pooled.k),
        ("measure", pooled.measure),
        ("level", pooled.level),
        ("ratio", pooled.ratio),
        *zip(("lower", "upper"), pooled.limits, strict=True),
        ("logRatio", pooled.estimate),
        ("se", pooled.se),
        ("statistic", pooled.statistic),
        ("p", pooled.p),
        ("q", pooled.q),
        ("qFreedom", pooled.q_freedom),
        ("qP", pooled.q_p),
        ("tau2", pooled.tau2),
        *zip(("tau2Lower", "tau2Upper"), pooled.tau2_range or nothing, strict=True),
        ("i2", pooled.i2),
        ("h2", pooled.h2),
        ("predictionRule", prediction_words(pooled) if pooled.prediction else None),
        *zip(("predictionLower", "predictionUpper"), pooled.prediction_limits or nothing, strict=True),
    ]
    return tabulate(pairs, "quantity", "value")


def steps_table(steps: Sequence[Step], heading: str) -> Table:
    """Return the pools of a leave-one-out or cumulative analysis; the heading names what `label` is."""
    columns = (
        Column("study", heading),
        Column("date", "known from"),
        Column("k", "studies"),
        Column("ratio", "pooled ratio", text="ratioText", interval=("lowerText", "upperText", "level")),
        Column("ratioText", "pooled ratio in four decimals"),
        Column("lower", "lower limit", hidden=True),
        Column("lowerText", "lower limit in four decimals"),
        Column("upper", "upper limit", hidden=True),
        Column("upperText", "upper limit in four decimals"),
        Column("level", "level"),
        Column("tau2", "tau2"),
        Column("i2", "I2, %"),
        Column("qP", "p of Q"),
    )
    return Table(columns, tuple(_step_row(step) for step in steps))


def _step_row(step: Step) -> tuple[Cell, ...]:
    pooled = step.pooled
    cells: list[Cell] = []
    for ratio in (pooled.ratio, *pooled.limits):
        cells += [ratio, f"{ratio:.{_DIGITS}f}"]
    spread = (round(pooled.tau2, 6), round(pooled.i2, 1), round(pooled.q_p, _DIGITS))
    return (step.label, step.date, pooled.k, *cells, pooled.level, *spread)


def render(sections: Sequence[tuple[str, Table]], notes: Sequence[str], form: str) -> str:
    """Return titled tables in one of `her2kg.tables.FORMATS`; in CSV and TSV each stands under its title."""
    if form == "json":
        parts = {title: table.to_dicts() for title, table in sections}
        return json.dumps({**parts, "notes": list(notes)}, ensure_ascii=False, indent=2)
    if form in {"csv", "tsv"}:
        return "\n\n".join(f"# {title}\n{table.render(form)}" for title, table in sections)
    head, bullet = ("## ", "- ") if form == "md" else ("", "  ")
    out: list[str] = []
    for title, table in sections:
        underline = [""] if form == "md" else ["-" * len(title)]
        out += [f"{head}{title}", *underline, table.render(form), ""]
    if notes:
        out += [f"{head}Notes", *([""] if form == "md" else ["-----"]), *(f"{bullet}{note}" for note in notes)]
    return "\n".join(out).rstrip()


def p_text(p: float) -> str:
    """Return a p value with four decimals, or as a bound."""
    return f"{p:.{_DIGITS}f}" if p >= 0.0001 else "<0.0001"


def _range(limits: Range) -> str:
    return f"{limits.lower:.{_DIGITS}f} to {limits.upper:.{_DIGITS}f}"


def _behind(limits: Range | None, what: str, digits: int) -> str:
    return "" if limits is None else f" ({what} interval {limits.lower:.{digits}f} to {limits.upper:.{digits}f})"
