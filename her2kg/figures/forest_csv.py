"""The data behind a forest plot, as CSV: a line per row, pool and prediction interval."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from her2kg.synthesis.exporting import method_words, prediction_words

if TYPE_CHECKING:
    from her2kg.figures.forest import Forest, Row
    from her2kg.synthesis.pooling import Pooled

COLUMNS = (
    *("kind", "group", "label", "comparison", "population", "patients", "measure", "estimate", "lower", "upper"),
    *("level", "weight", "log_estimate", "variance", "role", "exploratory", "remarks", "source", "place", "doi", "url"),
    *("known_from", "study_id", "comparison_id", "population_id", "report_id"),
)


def to_csv(forest: Forest) -> str:
    """Return the data with the digits as printed, computed numbers unrounded; ends with a newline."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
    lines: list[dict[str, str]] = []
    for group in forest.groups:
        for row, weight in zip(group.rows, group.weights(), strict=True):
            lines.append({"group": group.title, "weight": _number(weight), **_row(row)})
        lines += [{"group": group.title, **cells} for cells in _pools(group.pooled)]
    lines += [{"group": "all groups", **cells} for cells in _pools(forest.overall)]
    writer.writeheader()
    # A line break inside a cell would part a line in two for many a reader.
    writer.writerows({name: " ".join(text.split()) for name, text in line.items()} for line in lines)
    return out.getvalue()


def _row(row: Row) -> dict[str, str]:
    estimate = row.estimate
    return {
        "kind": "estimate",
        "label": row.label,
        "comparison": row.comparison,
        "population": row.population,
        "patients": row.patients,
        "measure": row.measure,
        "estimate": row.value_text,
        "lower": row.lower_text,
        "upper": row.upper_text,
        "level": "" if row.level is None else f"{row.level:g}",
        "log_estimate": _number(estimate.yi if estimate else None),
        "variance": _number(estimate.vi if estimate else None),
        "role": row.role,
        "exploratory": "yes" if row.hollow else "no",
        "remarks": "; ".join(row.remarks),
        "source": row.source.source.label,
        "place": "; ".join(row.source.locators),
        "doi": row.source.doi,
        "url": row.source.url,
        "known_from": row.date,
        **dict(zip(COLUMNS[-4:], row.identity, strict=False)),
    }


def _pools(pooled: Pooled | None) -> list[dict[str, str]]:
    if pooled is None:
        return []
    shared = {"measure": pooled.measure, "level": f"{pooled.level:g}"}
    pool = {
        "kind": "pool",
        "label": method_words(pooled),
        "estimate": _number(pooled.ratio),
        "lower": _number(pooled.limits.lower),
        "upper": _number(pooled.limits.upper),
        "log_estimate": _number(pooled.estimate),
        "variance": _number(pooled.se**2),
        **shared,
    }
    limits = pooled.prediction_limits
    if limits is None:
        return [pool]
    lower, upper = _number(limits.lower), _number(limits.upper)
    prediction = {"kind": "prediction interval", "label": prediction_words(pooled), "lower": lower, "upper": upper}
    return [pool, {**prediction, **shared}]


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)
