"""Beyond one pool: leaving studies out, adding them by date, comparing groups, and comparing through a common control.

* leave-one-out and cumulative pools: as R metafor's ``leave1out`` and ``cumul``
* difference between groups: each group pooled on its own, Q between = sum of (m - mean)^2 / se^2 over the groups'
  pooled logarithms, chi-squared with one degree of freedom less than groups. Borenstein, Higgins. Prev Sci 2013;14:134
* Bucher: ln(A v B) = ln(A v C) - ln(B v C), variances add. Bucher, Guyatt, Griffith, Walter. J Clin Epidemiol
  1997;50:683. Nobody was randomised between A and B, so the result is a hypothesis and says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from her2kg.consistency.ranges import critical_value
from her2kg.synthesis.distributions import chi2_above, two_sided_p
from her2kg.synthesis.errors import InadmissiblePoolError, SynthesisError
from her2kg.synthesis.guards import admit
from her2kg.synthesis.heterogeneity import Range, weigh
from her2kg.synthesis.models import USUAL_LEVEL, StudyEstimate
from her2kg.synthesis.pooling import Method, Pooled, combine, pool

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HYPOTHESIS = "indirect comparison: a hypothesis only, no patient was randomised between these treatments"
"""Stands beside every indirect comparison."""


@dataclass(frozen=True, slots=True)
class Step:
    """A pool of some of the studies: `label` is the study left out, or the one added last on `date`."""

    label: str
    date: str
    pooled: Pooled


@dataclass(frozen=True, slots=True)
class GroupDifference:
    """Groups pooled one by one, and the test whether they differ.

    Parameters
    ----------
    groups : name and pooled result, in the order given
    q, freedom, p : Q between the groups, its degrees of freedom, p value
    ratio, limits : ratio of the second group's ratio to the first's, for two groups; else None
    """

    groups: tuple[tuple[str, Pooled], ...]
    q: float
    freedom: int
    p: float
    ratio: float | None
    limits: Range | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Indirect:
    """An indirect comparison of A with B through C; `estimate` and `se` are on the log scale."""

    estimate: float
    se: float
    level: float
    limits: Range
    p: float
    notes: tuple[str, ...]

    @property
    def ratio(self) -> float:
        """The ratio of A to B."""
        return math.exp(self.estimate)


def leave_one_out(
    studies: Sequence[StudyEstimate],
    method: Method | str = Method.REML,
    *,
    hksj: bool = False,
    level: float = USUAL_LEVEL,
    force: bool = False,
) -> list[Step]:
    """Return the pool without each study in turn; two studies or more.

    A rest too small for Hartung-Knapp goes without, and says so.
    """
    if len(studies) < 2:
        raise SynthesisError("leave-one-out needs two studies or more")
    warnings = admit(studies, force=force)
    return [
        _step(study, [*studies[:i], *studies[i + 1 :]], method, hksj, level, warnings)
        for i, study in enumerate(studies)
    ]


def cumulative(
    studies: Sequence[StudyEstimate],
    method: Method | str = Method.REML,
    *,
    hksj: bool = False,
    level: float = USUAL_LEVEL,
    force: bool = False,
) -> list[Step]:
    """Return the pools as studies became known, by date and then label.

    Raises
    ------
    SynthesisError : a study has no date
    """
    undated = [study.label for study in studies if not study.date]
    if undated:
        raise SynthesisError(f"no date for {', '.join(undated)}: a cumulative pool needs one for every study")
    warnings = admit(studies, force=force)
    ordered = sorted(studies, key=lambda study: (study.date, study.label))
    return [_step(study, ordered[: i + 1], method, hksj, level, warnings) for i, study in enumerate(ordered)]


def _step(
    study: StudyEstimate,
    rest: Sequence[StudyEstimate],
    method: Method | str,
    hksj: bool,
    level: float,
    warnings: tuple[str, ...],
) -> Step:
    enough = len(rest) >= 3
    pooled = combine(rest, method, hksj=hksj and enough, level=level, warnings=warnings)
    if hksj and not enough:
        pooled = replace(
            pooled, notes=(*pooled.notes, "fewer than three studies: the usual interval, not Hartung-Knapp")
        )
    return Step(study.label, study.date, pooled)


def group_difference(
    groups: Mapping[str, Sequence[StudyEstimate]],
    method: Method | str = Method.REML,
    *,
    hksj: bool = False,
    level: float = USUAL_LEVEL,
    force: bool = False,
) -> GroupDifference:
    """Pool each group with its own tau2 and test whether the groups differ.

    The same patients must not stand in two groups; agents, controls and lines may differ, since that is what is asked.
    With Hartung-Knapp the groups' own standard errors enter the test.

    Raises
    ------
    InadmissiblePoolError : a group is inadmissible, or a study stands in two groups and no force
    SynthesisError : fewer than two groups
    """
    if len(groups) < 2:
        raise SynthesisError("a difference needs two groups or more")
    shared = _in_two_groups(groups)
    if shared and not force:
        raise InadmissiblePoolError(shared)
    pooled = [(name, pool(members, method, hksj=hksj, level=level, force=force)) for name, members in groups.items()]
    between = weigh([result.estimate for _, result in pooled], [result.se**2 for _, result in pooled])
    freedom = len(pooled) - 1
    ratio = limits = None
    if len(pooled) == 2:
        first, second = (result for _, result in pooled)
        difference = second.estimate - first.estimate
        half = critical_value(level) * math.hypot(first.se, second.se)
        ratio, limits = math.exp(difference), Range(math.exp(difference - half), math.exp(difference + half))
    notes = [
        *(f"forced: {text}" for text in shared),
        *(f"{name}: {n}" for name, result in pooled for n in result.notes),
    ]
    return GroupDifference(
        tuple(pooled), between.q, freedom, chi2_above(between.q, freedom), ratio, limits, tuple(notes)
    )


def _in_two_groups(groups: Mapping[str, Sequence[StudyEstimate]]) -> tuple[str, ...]:
    """Return an objection for each study that stands in two groups with populations not known to be apart."""
    seen: dict[str, str] = {}
    found = []
    for name, members in groups.items():
        for study in {member.study: member for member in members}.values():
            if study.study in seen:
                found.append(
                    f"{study.label} is in {seen[study.study]} and in {name}, its patients may be counted twice"
                )
            seen.setdefault(study.study, name)
    return tuple(found)


def indirect(
    first: StudyEstimate | Pooled,
    second: StudyEstimate | Pooled,
    *,
    level: float = USUAL_LEVEL,
    force: bool = False,
) -> Indirect:
    """Compare two treatments that were each compared with the same control (Bucher).

    Parameters
    ----------
    first, second : A v C and B v C, single studies or pools; the result is A v B

    Raises
    ------
    InadmissiblePoolError : measure, endpoint, control, setting or design differ, or both come from one study, and no
        force. Of a pool only the measure is known; that its control is the same is for the caller to see to, and is
        noted
    """
    found: list[str] = []
    if first.measure != second.measure:
        found.append(f"different effect measures: {first.measure} v {second.measure}")
    notes = [HYPOTHESIS]
    if isinstance(first, StudyEstimate) and isinstance(second, StudyEstimate):
        for what, one, other in (
            ("endpoints", first.endpoint, second.endpoint),
            ("controls", " + ".join(first.control), " + ".join(second.control)),
            ("settings", first.setting, second.setting),
            ("designs", first.design, second.design),
        ):
            if one != other:
                found.append(f"different {what}: {one or 'not stated'} v {other or 'not stated'}")
        if first.study == second.study:
            found.append(f"{first.study} holds both: its arms share patients, use the direct comparison")
        if first.line != second.line:
            notes.append(f"different lines of therapy: {first.line or 'not stated'} v {second.line or 'not stated'}")
    else:
        notes.append("a pooled side: that both have the same control was not checked")
    if found and not force:
        raise InadmissiblePoolError(tuple(found))
    notes[1:1] = [f"forced: {text}" for text in found]
    for side in (first, second):
        notes += side.notes
    (y1, se1), (y2, se2) = _log(first), _log(second)
    estimate, se = y1 - y2, math.hypot(se1, se2)
    half = critical_value(level) * se
    return Indirect(
        estimate,
        se,
        level,
        Range(math.exp(estimate - half), math.exp(estimate + half)),
        two_sided_p(estimate / se, None),
        tuple(dict.fromkeys(notes)),
    )


def _log(side: StudyEstimate | Pooled) -> tuple[float, float]:
    return (side.yi, side.sei) if isinstance(side, StudyEstimate) else (side.estimate, side.se)
