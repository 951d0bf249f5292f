"""Merging drafts into the user's data folder: after validation and checks, all or nothing.

Everything added stands in one file of the folder, ``added.ttl``, so that putting a new version in place is one
renaming, which a reader and a power cut see as done or not done. The new version is written beside it, brought to the
disk, compared with what old data and drafts say, and only then renamed. What the data already say is not added again;
a draft that says otherwise of the same thing is refused.
"""

from __future__ import annotations

import os
import tempfile
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from her2kg import resources
from her2kg.engine import parse_turtle
from her2kg.errors import ResourceError, TurtleError
from her2kg.intake.errors import ClashError, IntakeError, RefusedError
from her2kg.intake.formatting import Statement, canonical, read_document, render_document
from her2kg.intake.locks import locked
from her2kg.intake.reading import read_text, shown
from her2kg.terms import KG, curie

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

ADDED = "added.ttl"
_TEMPORARY = ".her2kg-add-"
_SHOWN = 5
Subjects = dict[str, set[tuple[str, str]]]
Finder = "Callable[[Sequence[str]], Sequence[str]]"


class Added(NamedTuple):
    """What was added.

    Parameters
    ----------
    path : the file that holds it
    subjects : CURIEs of the things that are new
    known : number of things in the drafts that the data already had
    acknowledged : findings of the checks that were taken note of
    """

    path: str
    subjects: tuple[str, ...]
    known: int
    acknowledged: tuple[str, ...] = ()

    def summary(self) -> str:
        """Return what happened, in a line."""
        noted = f"; {len(self.acknowledged)} findings acknowledged" if self.acknowledged else ""
        if not self.subjects:
            return f"nothing new: the data have all {self.known} things already"
        already = f", {self.known} were there already" if self.known else ""
        return f"added {len(self.subjects)} things to {self.path}{already}{noted}"


def data_folder(chosen: str | None = None) -> str:
    """Return the user's data folder: the one given, else HER2KG_DATA.

    Raises
    ------
    IntakeError : there is none, or it is a file
    """
    folder = chosen or os.environ.get("HER2KG_DATA") or ""
    if not folder:
        raise IntakeError("no data folder: give --data DIR, or set HER2KG_DATA")
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise IntakeError(f"{shown(folder)}: a file; the data folder must be a folder")
    return os.path.abspath(folder)


def data_files(folder: str) -> tuple[str, ...]:
    """Return the Turtle files of a user's data folder, sorted; hidden files are no data."""
    return tuple(resources.files("", ".ttl", folder))


def add(
    drafts: Sequence[str],
    folder: str,
    *,
    validate: Callable[[Sequence[str]], Sequence[str]],
    check: Callable[[Sequence[str]], Sequence[str]],
    acknowledge: bool = False,
    wait: float = 60.0,
    base: Sequence[str] | None = None,
) -> Added:
    """Merge drafts into a data folder, which is made where there is none.

    Parameters
    ----------
    validate : gets the user's files and the drafts, together what the data will be; returns what is wrong, one line
        each; anything returned refuses the draft
    check : likewise; what it returns refuses the draft unless acknowledged
    acknowledge : take note of the findings of `check` and add all the same
    wait : seconds to wait for another writer
    base : the data under the user's, by default those that are shipped

    Raises
    ------
    ClashError : a draft says of a thing what the data say otherwise; names thing and property
    RefusedError : `validate` or `check` found something
    LockedError : another writer did not finish in time
    TurtleError, IntakeError : a draft cannot be read, or the folder cannot be written
    """
    texts = [_read(path) for path in drafts]
    if not texts:
        raise IntakeError("no draft given")
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise IntakeError(f"{shown(folder)}: cannot make the folder: {error.strerror}") from None
    with locked(folder, wait):
        _clean(folder)
        target = os.path.join(folder, ADDED)
        theirs = data_files(folder)
        present = _subjects((*(resources.data_files() if base is None else base), *resources.ontology_files(), *theirs))
        statements, new, known = _merge(drafts, texts, present)
        if not new:
            return Added(target, (), known)
        old = read_text(target, "Turtle") if os.path.exists(target) else ""
        document = read_document(old or _head(), target)
        for prefixes, _ in statements:
            document.declare(prefixes)
        text = render_document(document.extended([statement for _, found in statements for statement in found]))
        temporary = _write(folder, text)
        try:
            _verify(temporary, old, target, drafts, new)
            noted = _judge([*theirs, *drafts], validate, check, acknowledge)
            _put(temporary, target)
        except OSError as error:
            raise IntakeError(f"{target}: cannot write: {error.strerror}") from None
        finally:
            with suppress(OSError):
                os.unlink(temporary)
    return Added(target, tuple(new), known, noted)


def _read(path: str) -> str:
    text = read_text(path, "a draft (Turtle)")
    for quad in parse_turtle(path):
        if not isinstance(quad.subject, ox.NamedNode) or isinstance(quad.object, ox.BlankNode):
            raise IntakeError(f"{shown(path)}: a blank node: give it a name, so that others can point at it")
        if quad.subject.value.startswith(KG):
            continue
        raise IntakeError(
            f"{shown(path)}: describes {shown(curie(quad.subject.value))[:80]}, and a draft describes things of kg: "
            f"only"
        )
    return text


def _subjects(paths: Iterable[str]) -> Subjects:
    found: Subjects = defaultdict(set)
    for path in paths:
        for quad in parse_turtle(path):
            if isinstance(quad.subject, ox.NamedNode):
                found[quad.subject.value].add((quad.predicate.value, str(quad.object)))
    return found


def _merge(
    drafts: Sequence[str], texts: Sequence[str], present: Subjects
) -> tuple[list[tuple[dict[str, str], list[Statement]]], list[str], int]:
    """Return what is new in each draft, the CURIEs of the new things, and how many were known."""
    kept, new, known = [], [], 0
    for path, text in zip(drafts, texts, strict=True):
        says = _subjects([path])
        for subject, statements in says.items():
            have = present.get(subject)
            if have is not None and not statements <= have:
                raise ClashError(_clash(path, subject, statements, have))
        document = read_document(text, path)
        fresh = {subject for subject in says if subject not in present}
        known += len(says) - len(fresh)
        kept.append((document.prefixes, [one for one in document.statements if one.iri in fresh]))
        new += sorted(curie(subject) for subject in fresh)
        for subject in fresh:
            present[subject] = says[subject]
    return kept, new, known


def _clash(path: str, subject: str, says: set[tuple[str, str]], have: set[tuple[str, str]]) -> str:
    says, have = ({(predicate, value.partition("^^<")[0]) for predicate, value in one} for one in (says, have))
    differing = sorted({predicate for predicate, _ in says - have})
    parts = []
    for predicate in differing[:_SHOWN]:
        theirs = ", ".join(sorted(value[:60] for p, value in have if p == predicate)) or "nothing"
        ours = ", ".join(sorted(value[:60] for p, value in says if p == predicate))
        parts.append(f"{curie(predicate)} {ours} (the data: {theirs})")
    more = f" and {len(differing) - _SHOWN} more" if len(differing) > _SHOWN else ""
    return (
        f"{shown(path)}: {curie(subject)} is in the data with other statements: {'; '.join(parts)}{more}: rename "
        f"it, or correct the draft"
    )


def _head() -> str:
    return "# Added with her2kg add. Edit by hand if you like: her2kg reads this file, and adds behind what it finds.\n"


def _clean(folder: str) -> None:
    """Remove what an interrupted writer left; nobody else is writing while the lock is held."""
    for name in os.listdir(folder):
        if name.startswith(_TEMPORARY):
            with suppress(OSError):
                os.unlink(os.path.join(folder, name))


def _write(folder: str, text: str) -> str:
    try:
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=_TEMPORARY, suffix=".ttl")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o644)
    except OSError as error:
        raise IntakeError(f"{shown(folder)}: cannot write: {error.strerror}") from None
    return temporary


def _verify(temporary: str, old: str, target: str, drafts: Sequence[str], new: Sequence[str]) -> None:
    """Make sure that the file says what it said before, and of the new things what the drafts say."""
    wanted = canonical(old, target) if old else set()
    fresh = set(new)
    for path in drafts:
        wanted |= {
            triple for triple in canonical(read_text(path, "a draft (Turtle)"), path) if curie(triple[0]) in fresh
        }
    if canonical(read_text(temporary, "Turtle"), temporary) != wanted:
        raise IntakeError(
            f"{shown(drafts[0])}: merging would change what it says; nothing was added: please report this draft"
        )


def _judge(
    files: Sequence[str],
    validate: Callable[[Sequence[str]], Sequence[str]],
    check: Callable[[Sequence[str]], Sequence[str]],
    acknowledge: bool,
) -> tuple[str, ...]:
    wrong = tuple(validate(files))
    if wrong:
        raise RefusedError(f"not added: validation has {len(wrong)} findings; the first: {wrong[0]}", wrong)
    found = tuple(check(files))
    if found and not acknowledge:
        raise RefusedError(
            f"not added: the checks have {len(found)} findings (acknowledge them to add all the same); the first: "
            f"{found[0]}",
            found,
        )
    return found


def _put(temporary: str, target: str) -> None:
    """Rename into place and bring the renaming itself to the disk."""
    os.replace(temporary, target)
    if os.name == "posix":
        handle = os.open(os.path.dirname(target), os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


__all__ = ["ADDED", "Added", "ResourceError", "TurtleError", "add", "data_files", "data_folder"]
