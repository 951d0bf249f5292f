"""What a forest plot shows: rows of printed estimates in groups, what was pooled of them, and every remark.

No drawing here: `forest_scene` lays a `Forest` out, `forest_text` prints it. Estimates, and which number of a study
stands for it, are those of `her2kg.synthesis.selecting`; whether a group may be pooled is for the guards of
`her2kg.synthesis.guards`. A study without a usable interval is a row like any other, without weight.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from her2kg.synthesis.comparing import group_difference
from her2kg.synthesis.errors import InadmissiblePoolError
from her2kg.synthesis.exporting import method_words, prediction_words
from her2kg.synthesis.models import USUAL_LEVEL
from her2kg.synthesis.pooling import Method, Pooled, pool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from her2kg.answers import SourceUse
    from her2kg.synthesis.comparing import GroupDifference
    from her2kg.synthesis.models import StudyEstimate


@dataclass(frozen=True, slots=True)
class Row:
    """One printed estimate.

    Parameters
    ----------
    label : the study, or in a panel of subgroups the population
    comparison : what was compared, empty where the group's title says it
    population : empty for all who were randomised
    patients : "298 v 296", "584", or empty where not known
    value_text, lower_text, upper_text : as printed; limits are empty where the source gives none
    value, lower, upper : the same as numbers, None where absent or a bound
    level : coverage of the interval in percent, None where the source does not state it
    estimate : what enters a pool, None where the interval is missing or not usable
    hollow : exploratory analysis, or a subgroup chosen after the data were seen
    main : in bold; every row of a plot of studies, the main analysis in a panel of subgroups
    remarks : what a reader must be told of this row
    date : day on which it became known, ISO
    identity : CURIEs of study, comparison, population and report
    """

    label: str
    comparison: str
    population: str
    patients: str
    measure: str
    value_text: str
    lower_text: str
    upper_text: str
    value: float | None
    lower: float | None
    upper: float | None
    level: float | None
    estimate: StudyEstimate | None
    hollow: bool
    main: bool
    remarks: tuple[str, ...]
    source: SourceUse
    date: str = ""
    role: str = ""
    identity: tuple[str, ...] = ()

    @property
    def interval(self) -> tuple[float, float] | None:
        """The printed limits, None where there are none to draw."""
        return None if self.lower is None or self.upper is None else (self.lower, self.upper)

    @property
    def printed(self) -> str:
        """The estimate with its interval, digits as printed."""
        interval = (
            f"{self.lower_text} to {self.upper_text}" if self.lower_text and self.upper_text else "CI not reported"
        )
        return f"{self.value_text} ({interval})"

    @property
    def sentence(self) -> str:
        """The row for a reader who cannot see it."""
        where = "".join(f", {text}" for text in (self.comparison, self.population) if text)
        if self.lower is None or self.upper is None:
            return f"{self.label}{where}: {self.measure} {self.value_text}, interval not reported."
        level = "CI of a level not stated" if self.level is None else f"{self.level:g}% CI"
        return (
            f"{self.label}{where}: {self.measure} {self.value_text}, {level} {self.lower_text} to {self.upper_text}, "
            f"{_against_null(self.lower, self.upper)}."
        )


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading.

    Parameters
    ----------
    pooled : their pool, None where there is none
    refused : why there is none although two rows or more have weight, a phrase each
    """

    title: str
    rows: tuple[Row, ...]
    pooled: Pooled | None = None
    refused: tuple[str, ...] = ()

    @property
    def weighed(self) -> list[StudyEstimate]:
        """The estimates that have weight, in the order of the rows."""
        return [row.estimate for row in self.rows if row.estimate is not None]

    def weights(self) -> list[float | None]:
        """Return the share of each row in the group's pool, percent."""
        shares = iter(self.pooled.weights if self.pooled else ())
        return [next(shares, None) if row.estimate else None for row in self.rows]


@dataclass(frozen=True, slots=True)
class Forest:
    """A forest plot before it is drawn.

    Parameters
    ----------
    title, subtitle : what it shows; endpoint, population, day
    measure : "hazard ratio", or "ratio" where rows differ
    heading : of the column of labels
    ends : what the left and the right of the null mean
    reference : ratio of a dashed line (pool over all groups, or main analysis of a panel of subgroups), and what it is
    overall : pool over all groups, None where there is one group or none is allowed
    difference : test whether groups differ, where two or more are pooled
    notes : remarks on the whole
    warnings : for standard error: what was forced
    """

    title: str
    subtitle: str
    measure: str
    heading: str
    ends: tuple[str, str]
    groups: tuple[Group, ...]
    overall: Pooled | None = None
    difference: GroupDifference | None = None
    reference: tuple[float, str] | None = None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def rows(self) -> list[Row]:
        """All rows, in order."""
        return [row for group in self.groups for row in group.rows]

    @property
    def pools(self) -> list[Pooled]:
        """All pools, that over all groups last."""
        return [pooled for pooled in (*(group.pooled for group in self.groups), self.overall) if pooled]

    @property
    def squares(self) -> str:
        """What the areas of squares are in proportion to."""
        pooled = any(group.pooled for group in self.groups)
        apart = any(group.weighed and not group.pooled for group in self.groups)
        kinds = [*(["weight within its group"] if pooled else []), *(["1/variance"] if apart else [])]
        return f"Area of a square: in proportion to {', where nothing is pooled to '.join(kinds)}." if kinds else ""

    def shares(self) -> list[list[float | None]]:
        """Return the area of each square as a part of the largest, group by group; None where a row has no weight.

        Where a group is pooled, areas are in proportion to weight, and its largest square is 1. All other groups share
        one scale: areas are in proportion to 1 / variance.
        """
        apart = [1.0 / estimate.vi for group in self.groups if not group.pooled for estimate in group.weighed]
        shares: list[list[float | None]] = []
        for group in self.groups:
            if group.pooled:
                most = max(group.pooled.weights)
                shares.append([None if weight is None else weight / most for weight in group.weights()])
            else:
                shares.append([1.0 / row.estimate.vi / max(apart) if row.estimate else None for row in group.rows])
        return shares

    @property
    def header(self) -> str:
        """Heading of the column of estimates."""
        short = {"hazard ratio": "HR", "odds ratio": "OR", "risk ratio": "RR"}.get(self.measure, "Ratio")
        levels = {row.level for row in self.rows if row.lower is not None}
        return f"{short} ({USUAL_LEVEL:g}% CI{'' if levels <= {USUAL_LEVEL} else ' unless noted'})"

    def describe(self) -> str:
        """Return the plot in sentences: one per row, pool and test."""
        out = [f"Forest plot. {self.title}. {self.subtitle}."]
        for group in self.groups:
            out += [f"{group.title}:" if group.title else "", *(row.sentence for row in group.rows)]
            if group.pooled:
                out.append(_pool_sentence("Pooled", group.pooled))
        if self.overall:
            out.append(_pool_sentence("Pooled over all groups", self.overall))
        if self.difference:
            out.append(f"{difference_text(self.difference)}.")
        return " ".join(filter(None, out))


class Footnotes:
    """Letters for remarks and numbers for sources, in the order of the rows; equal ones share a sign."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.remarks: dict[str, str] = {}
        self._places: dict[str, SourceUse] = {}
        for row in rows:
            for remark in row.remarks:
                self.remarks.setdefault(remark, _letter(len(self.remarks)))
            known = self._places.setdefault(row.source.source.id, row.source)
            places = tuple(dict.fromkeys((*known.locators, *row.source.locators)))
            self._places[row.source.source.id] = known._replace(locators=places)
        self._numbers = {source: str(i) for i, source in enumerate(self._places, start=1)}

    def signs(self, row: Row) -> str:
        """Return the signs behind a row's label, such as "3,a"."""
        return ",".join([self._numbers[row.source.source.id], *(self.remarks[remark] for remark in row.remarks)])

    def sources(self) -> list[tuple[str, SourceUse]]:
        """Return each source with its number and all places used."""
        return [(self._numbers[key], source) for key, source in self._places.items()]


def assembled(
    forest: Forest,
    *,
    method: Method | str = Method.REML,
    pools: bool = True,
    force: bool = False,
) -> Forest:
    """Return the plot with every pool that the guards allow, or that is forced, and the reasons where they do not.

    Raises
    ------
    SynthesisError : no such method
    """
    if not pools:
        return forest
    groups, warnings = [], []
    for group in forest.groups:
        pooled, refused = _pool(group.weighed, method, force)
        groups.append(replace(group, pooled=pooled, refused=refused))
        warnings += _forced(group.title, pooled)
    overall, difference, apart = None, None, tuple[str, ...]()
    everything = [estimate for group in groups for estimate in group.weighed]
    if len([group for group in groups if group.weighed]) > 1 and not any(group.refused for group in groups):
        overall, apart = _pool(everything, method, force)
        warnings += _forced("all groups", overall)
        several = {group.title: group.weighed for group in groups if group.pooled}
        if len(several) > 1 and (overall or force):
            difference = group_difference(several, method, force=force)
    pooled_all = [pooled for pooled in (*(group.pooled for group in groups), overall) if pooled]
    notes = [
        *_refusals([*((group.title, group.refused) for group in groups), ("all groups together", apart)]),
        *_methods(pooled_all),
        *_forced_notes(pooled_all),
    ]
    reference = (overall.ratio, "pooled over all groups") if overall else forest.reference
    return replace(
        forest,
        groups=tuple(groups),
        overall=overall,
        difference=difference,
        reference=reference,
        notes=(*forest.notes, *notes),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _pool(
    estimates: Sequence[StudyEstimate], method: Method | str, force: bool
) -> tuple[Pooled | None, tuple[str, ...]]:
    """Return the pool of two estimates or more, or the guards' objections."""
    if len(estimates) < 2:
        return None, ()
    try:
        return pool(estimates, method, force=force), ()
    except InadmissiblePoolError as error:
        return None, error.objections


def _heads(objections: Sequence[str]) -> str:
    """Return objections without the names they list: a footnote says the kind, ``her2kg synthesize`` the rest."""
    return ", ".join(dict.fromkeys(objection.partition(":")[0] for objection in objections))


def _refusals(groups: Sequence[tuple[str, tuple[str, ...]]]) -> list[str]:
    parts = [f"{title or 'these estimates'} ({_heads(refused)})" for title, refused in groups if refused]
    return [f"Not pooled: {'; '.join(parts)}."] if parts else []


def _forced(title: str, pooled: Pooled | None) -> list[str]:
    where = f"{title}: " if title else ""
    return [f"{where}{note}" for note in pooled.notes if note.startswith("forced: ")] if pooled else []


def _forced_notes(pools: Sequence[Pooled]) -> list[str]:
    forced = [note.removeprefix("forced: ") for pooled in pools for note in pooled.notes if note.startswith("forced: ")]
    return [f"Pooled by force in spite of: {_heads(forced)}."] if forced else []


def _methods(pools: Sequence[Pooled]) -> list[str]:
    if not pools:
        return []
    words = "; ".join(dict.fromkeys(method_words(pooled) for pooled in pools))
    return [f"Diamond: pooled ratio with its {pools[0].level:g}% interval; {words}. A pool is no verdict."]


def heterogeneity_text(pooled: Pooled) -> str:
    """Return tau2 with its estimator, Q with degrees of freedom and p, and I2."""
    tau2 = "" if pooled.method is Method.EE else f"τ² = {pooled.tau2:.4f} ({pooled.method.name}), "
    return (
        f"Heterogeneity: {tau2}Q = {pooled.q:.2f}, df = {pooled.q_freedom}, {p_text(pooled.q_p)}, I² = {pooled.i2:.0f}%"
    )


def difference_text(difference: GroupDifference) -> str:
    """Return the test whether groups differ."""
    return f"Difference between groups: Q = {difference.q:.2f}, df = {difference.freedom}, {p_text(difference.p)}"


def prediction_text(pooled: Pooled) -> str:
    """Return the name of the prediction interval with its convention."""
    return f"{pooled.level:g}% prediction interval ({prediction_words(pooled)})"


def pooled_text(pooled: Pooled) -> str:
    """Return the pooled ratio with its interval, in the digits of the printed ones."""
    return f"{ratio_text(pooled.ratio)} ({ratio_text(pooled.limits.lower)} to {ratio_text(pooled.limits.upper)})"


def ratio_text(ratio: float) -> str:
    """Return a computed ratio in two decimals, or two digits where that is more.

    Examples
    --------
    >>> ratio_text(0.8639), ratio_text(0.00412), ratio_text(123.4)
    ('0.86', '0.0041', '123')
    """
    if 0.0 < ratio < 0.1:
        return f"{ratio:.2g}" if ratio >= 1e-4 else f"{ratio:.1e}"
    return f"{ratio:.2f}" if ratio < 10.0 else f"{ratio:.3g}"


def p_text(p: float) -> str:
    """Return a computed p value in two digits, or as a bound.

    Examples
    --------
    >>> p_text(0.1569), p_text(0.00001)
    ('p = 0.16', 'p < 0.0001')
    """
    return "p < 0.0001" if p < 1e-4 else f"p = {p:.4f}" if p < 0.01 else f"p = {p:.2f}"


def _pool_sentence(what: str, pooled: Pooled) -> str:
    limits = pooled.prediction_limits
    prediction = (
        f"; {prediction_text(pooled)} {ratio_text(limits.lower)} to {ratio_text(limits.upper)}" if limits else ""
    )
    return (
        f"{what}, {method_words(pooled)}: {pooled_text(pooled)}, {_against_null(*pooled.limits)}{prediction}. "
        f"{heterogeneity_text(pooled)}."
    )


def _against_null(lower: float, upper: float) -> str:
    if 1.0 in {lower, upper}:
        return "reaches the null"
    if lower < 1.0 < upper:
        return "crosses the null"
    return "below the null" if upper < 1.0 else "above the null"


def _letter(place: int) -> str:
    """Return a, b ... z, aa, ab ..."""
    letters = ""
    while place >= 0:
        letters = chr(ord("a") + place % 26) + letters
        place = place // 26 - 1
    return letters
