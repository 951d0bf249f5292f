"""What must not be pooled, and why.

A pool answers a question only where every study asks the same one of other patients. Each objection is one sentence;
without force they refuse the pool, with force each is a warning that goes with the result. Remarks (different lines of
therapy or kinds of population) never refuse, they are warnings in any case.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from her2kg.synthesis.errors import InadmissiblePoolError
from her2kg.synthesis.models import RATIOS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from her2kg.synthesis.models import StudyEstimate

_SHOWN = 3


def objections(studies: Sequence[StudyEstimate]) -> tuple[str, ...]:
    """Return every reason not to pool these estimates; empty where there is none."""
    return (
        *_different(studies, "effect measures", lambda study: RATIOS[study.measure]),
        *_different(studies, "endpoints", lambda study: study.endpoint),
        *_different(studies, "agents", lambda study: " + ".join(study.agents)),
        *_different(studies, "controls", lambda study: " + ".join(study.control)),
        *_different_regimens(studies),
        *_different(studies, "settings", lambda study: study.setting),
        *_different(studies, "designs", lambda study: study.design),
        *_counted_twice(studies),
    )


def remarks(studies: Sequence[StudyEstimate]) -> tuple[str, ...]:
    """Return what does not forbid a pool but must be known beside it."""
    return (
        *_different(studies, "lines of therapy", lambda study: study.line),
        *_different(studies, "roles in their trials", lambda study: study.role),
    )


def admit(studies: Sequence[StudyEstimate], *, force: bool = False) -> tuple[str, ...]:
    """Return the warnings that go with a pool.

    Raises
    ------
    InadmissiblePoolError : there are objections, and no force
    """
    found = objections(studies)
    if found and not force:
        raise InadmissiblePoolError(found)
    return (*(f"forced: {objection}" for objection in found), *remarks(studies))


def _different(studies: Sequence[StudyEstimate], what: str, of: Callable[[StudyEstimate], str]) -> list[str]:
    """Return an objection if the studies have different values; unknown values differ from known ones."""
    holders: dict[str, list[str]] = defaultdict(list)
    for study in studies:
        holders[of(study)].append(study.label)
    if len(holders) < 2:
        return []
    parts = [f"{value or 'not stated'} ({_list(labels, '; ')})" for value, labels in sorted(holders.items())]
    return [f"different {what}: {_list(parts, ' v ')}"]


def _different_regimens(studies: Sequence[StudyEstimate]) -> list[str]:
    """Return an objection where an agent is added to the control in one study and takes its place in another."""
    if len({(study.agents, study.control) for study in studies}) > 1:
        return []  # said already
    return _different(studies, "experimental regimens", lambda study: " + ".join(study.regimen))


def _counted_twice(studies: Sequence[StudyEstimate]) -> list[str]:
    """Return an objection for each study with several estimates, with the plainest proof that they share patients."""
    by_study: dict[str, list[StudyEstimate]] = defaultdict(list)
    for study in studies:
        by_study[study.study].append(study)
    found = []
    for members in by_study.values():
        if len(members) < 2:
            continue
        reasons = [_overlap(one, other) for one, other in combinations(members, 2)]
        sure = [reason for reason in reasons if reason]
        why = sure[0] if sure else "estimates of one study, whose patients may overlap"
        found.append(f"patients counted twice: {_list([member.label for member in members], '; ')} ({why})")
    return found


def _overlap(one: StudyEstimate, other: StudyEstimate) -> str:
    """Say how two populations of one study overlap; empty where the graph does not tell."""
    if one.population_id and one.population_id == other.population_id:
        return f"the same population, {one.population}"
    if one.population_id in other.population_of:
        return f"{other.population} is a part of {one.population}"
    if other.population_id in one.population_of:
        return f"{one.population} is a part of {other.population}"
    return ""


def _list(words: Sequence[str], joint: str) -> str:
    shown = joint.join(words[:_SHOWN])
    return shown if len(words) <= _SHOWN else f"{shown} and {len(words) - _SHOWN} more"
