"""New studies into a graph on disk: only what depends on them is worked out again.

Nothing that readers may have open is written to. The new state is a second store that shares the unchanged files of
the first (hard links), and comes into force when the folder's index is replaced; stopped before that, the old state
stands. Draft and graph must not contradict each other, as in `her2kg.intake.adding`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from her2kg import built
from her2kg.building.batches import Judge
from her2kg.building.making import forget_others, longest_phrase
from her2kg.consistency.findings import Severity
from her2kg.engine import DERIVED, parse_turtle
from her2kg.inspection import inspect
from her2kg.intake.adding import Added
from her2kg.intake.errors import ClashError, IntakeError, RefusedError
from her2kg.intake.locks import locked
from her2kg.names import NAMES
from her2kg.terms import HER2, TYPE, curie

if TYPE_CHECKING:
    from collections.abc import Sequence

    from her2kg.building.batches import Outcome
    from her2kg.building.partition import Cut, Evidence, Node

_RULES = {ox.NamedNode(HER2 + name) for name in ("Rule", "CheckRule")}
_TYPE = ox.NamedNode(TYPE)
_DEFAULT = ox.DefaultGraph()
_TEMPORARY = "adding-"


class _State(NamedTuple):
    """The units that a draft touches, in one state of the graph."""

    cut: Cut
    outcome: Outcome


def add(drafts: Sequence[str], folder: str, *, acknowledge: bool = False, wait: float = 60.0) -> Added:
    """Put drafts into a graph on disk, after validation and checks: all or nothing.

    Parameters
    ----------
    acknowledge : take note of the findings of the checks and add all the same
    wait : seconds to wait for another writer

    Raises
    ------
    ClashError : a draft says of a thing what the graph says otherwise; names the thing
    RefusedError : a shape is violated, or the checks found something that is not acknowledged
    LockedError : another writer did not finish in time
    TurtleError, IntakeError, Her2kgError : a draft cannot be read, or the folder not be used
    """
    if not drafts:
        raise IntakeError("no draft given")
    read = ox.Store()
    read.extend(quad for path in drafts for quad in parse_turtle(path))
    given = list(read)  # numbers as a store writes them, so that they compare with those in the graph
    with locked(folder, wait):
        for name in os.listdir(folder):
            if name.startswith(_TEMPORARY):  # of a writer that was killed
                shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
        before = built.read(folder)
        built.open_built(folder)  # refuses a graph of other rules or data
        judge = Judge()
        old_store = ox.Store.read_only(os.path.join(folder, before.store))
        old = judge.evidence(old_store, derived=True)
        new = _new(given, old)
        subjects = sorted({_shown(quad.subject) for quad in new})
        known = len({quad.subject for quad in given}) - len(subjects)
        if not new:
            return Added(os.path.join(folder, built.INDEX), (), known)
        temporary = tempfile.mkdtemp(dir=folder, prefix=_TEMPORARY)
        place = os.path.join(temporary, "store")
        try:
            _link(os.path.join(folder, before.store), place)
            noted, after = _update(judge, old, ox.Store(place), new, before, acknowledge)
            os.rename(place, os.path.join(folder, after.store))
            built.write(folder, after)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        del old, old_store
        forget_others(folder, after)
        return Added(os.path.join(folder, after.store), tuple(subjects), known, noted)


def _new(given: list[ox.Quad], old: Evidence) -> list[ox.Quad]:
    """Return the statements about things the graph does not describe yet."""
    by_subject: dict[Node, list[ox.Quad]] = {}
    for quad in given:
        by_subject.setdefault(quad.subject, []).append(quad)
    new = []
    for subject, quads in by_subject.items():
        have = old.description(subject)
        if not have:
            new += quads
        elif not {(q.predicate, q.object) for q in quads} <= {(q.predicate, q.object) for q in have}:
            differing = {curie(q.predicate.value) for q in quads} - {curie(q.predicate.value) for q in have}
            which = ", ".join(sorted(differing)) or "other values"
            raise ClashError(
                f"{_shown(subject)} is in the graph with other statements ({which}): rename it, or correct the draft"
            )
    return new


def _update(
    judge: Judge, old: Evidence, store: ox.Store, new: list[ox.Quad], before: built.Built, acknowledge: bool
) -> tuple[tuple[str, ...], built.Built]:
    """Write into the new store what the new statements change; return the findings noted and the new index."""
    store.extend(new)
    now = judge.evidence(store, derived=True)
    subjects = {quad.subject for quad in new}
    touched = now.roots_of(subjects | now.referring(subjects))
    was = _state(judge, old, touched)
    became = _state(judge, now, touched)
    wrong = [str(v) for v in became.outcome.violations if v.severity == "Violation" and v not in was.outcome.violations]
    if wrong:
        raise RefusedError(f"not added: validation has {len(wrong)} findings; the first: {wrong[0]}", tuple(wrong))
    noted = _warnings(judge, became.cut, subjects)
    if noted and not acknowledge:
        raise RefusedError(f"not added: the checks have {len(noted)} findings; the first: {noted[0]}", noted)
    _replace(store, was, became)
    store.flush()
    text = "\n".join(sorted(str(quad) for quad in new))
    digest = hashlib.sha256(f"{before.digest}\n{text}".encode()).hexdigest()
    studies = len({q.subject for q in became.outcome.names if q.object == ox.Literal("Study")} & subjects)
    longest = max(before.longest, longest_phrase(became.outcome))
    after = built.Built(before.basis, digest, longest, before.studies + studies, before.triples + len(new))
    return noted, after


def _shown(node: Node) -> str:
    return curie(node.value) if isinstance(node, ox.NamedNode) else str(node)


def _state(judge: Judge, evidence: Evidence, roots: set[Node]) -> _State:
    cut = evidence.cut(roots)
    return _State(cut, judge.outcome(cut))


def _warnings(judge: Judge, cut: Cut, subjects: set[Node]) -> tuple[str, ...]:
    found = [one for one in inspect(judge.derive(cut)) if ox.NamedNode(one.report) in subjects]
    return tuple(
        f"{curie(one.report)}: {one.finding.severity.value}: {one.finding.explanation} ({one.finding.rule})"
        for one in found
        if one.finding.severity is not Severity.INFO
    )


def _replace(store: ox.Store, was: _State, became: _State) -> None:
    """Replace what was derived of the touched units, and the names in them."""
    old, new = set(was.outcome.derived), set(became.outcome.derived)
    shared = {triple.subject for triple in old if triple.predicate == _TYPE and triple.object in _RULES}
    for triple in old - new:
        if triple.subject not in shared:  # the node of a rule is derived with every unit
            for graph in (_DEFAULT, DERIVED):
                store.remove(ox.Quad(triple.subject, triple.predicate, triple.object, graph))
    for quad in set(was.outcome.names) - set(became.outcome.names):
        if quad.subject not in shared:
            store.remove(quad)
    store.extend(
        [ox.Quad(t.subject, t.predicate, t.object, graph) for t in new - old for graph in (_DEFAULT, DERIVED)]
        + [ox.Quad(q.subject, q.predicate, q.object, NAMES) for q in became.outcome.names]
    )


def _link(source: str, target: str) -> None:
    """Copy a store that nobody writes to: its data files, which never change, as hard links, the few others truly."""
    os.mkdir(target)
    for name in os.listdir(source):
        old, new = os.path.join(source, name), os.path.join(target, name)
        if name == "LOCK":
            continue
        if name.endswith(".sst"):
            try:
                os.link(old, new)
                continue
            except OSError:  # a file system without hard links
                pass
        shutil.copy2(old, new)
