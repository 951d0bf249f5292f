"""How precise an estimate is, as the thickness of its edge in a network of comparisons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from her2kg.projection.model import WEIGHT
from her2kg.synthesis.errors import EstimateError
from her2kg.synthesis.models import RATIOS, from_printed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from her2kg.projection.model import Type

SCHEMA: dict[str, tuple[Type, str]] = {
    "se": ("double", "standard error of the logarithm of the ratio"),
    WEIGHT: ("double", "one over the standard error: the line width of network meta-analysis"),
}
_MEASURES = {words: measure for measure, words in RATIOS.items()}
_NEEDED = ("measure", "value_text", "ci_low_text", "ci_high_text", "ci_level")


def precision(values: Mapping[str, Any]) -> dict[str, float]:
    """Return the standard error of an estimate and its weight; nothing where they cannot be known.

    They cannot without a ratio, both limits of a confidence interval and its level: none is ever assumed. The standard
    error is (ln u - ln l) / (2 z), z the critical value of the printed level, as in `her2kg.synthesis.models` (Parmar,
    Torri, Stewart. Stat Med 1998;17:2815). Lines as thick as 1/SE are those of network plots in R's netmeta
    (Rucker, Schwarzer. Res Synth Methods 2016;7:94).

    Parameters
    ----------
    values : attributes of an edge of the view comparisons; numbers as printed, the level in percent
    """
    known = {name: values[name] for name in _NEEDED if name in values}
    if len(known) < len(_NEEDED) or "interval_kind" in values or known["measure"] not in _MEASURES:
        return {}
    try:
        estimate = from_printed(
            "estimate",
            known["value_text"],
            known["ci_low_text"],
            known["ci_high_text"],
            level=known["ci_level"],
            measure=_MEASURES[known["measure"]],
        )
    except EstimateError:
        return {}
    return {"se": estimate.sei, WEIGHT: 1.0 / estimate.sei}
