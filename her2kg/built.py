"""Graphs built on disk: what stands in their folder, and opening one as a compiled graph.

``built``      what it was built from; there only when all the rest is whole
``store-…``    the graph with everything derived, a RocksDB store that nothing writes to any more
``answers-…``  answers given before, as in a snapshot
``violations.tsv`` what the shapes found

`her2kg.building` makes such folders, and puts new studies in: into a new store beside the old one, which shares its
files. Questions are understood with the vocabulary of the shipped graph; further names are looked up in the store.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from her2kg import __version__, resources, snapshot
from her2kg.errors import Her2kgError
from her2kg.violations import SEVERITIES, Violation

if TYPE_CHECKING:
    from collections.abc import Iterable

_FORMAT = 1
_COLUMNS = Violation._fields[:6]
INDEX = "built"
VIOLATIONS = "violations.tsv"


class Built(NamedTuple):
    """What a folder was built from.

    Parameters
    ----------
    basis : see `basis`, of what it was built with
    digest : of everything, so that a store is named after what is in it
    longest : words of the longest name in it
    studies, triples : how many, of the evidence and not of what is derived
    """

    basis: str
    digest: str
    longest: int
    studies: int
    triples: int

    @property
    def store(self) -> str:
        """Name of the store's folder."""
        return f"store-{self.digest[:16]}"


def basis() -> str:
    """Return a digest of what verdicts rest on beside the user's files: ontology, data, rules, checks, the version."""
    import hashlib

    checks = resources.files(os.path.join("queries", "checks"), ".rq")
    total = hashlib.sha256(__version__.encode())
    for path in (*resources.ontology_files(), *resources.data_files(), *resources.rule_files(), *checks):
        with open(path, "rb") as stream:
            total.update(f"\0{os.path.basename(path)}\0".encode() + stream.read())
    return total.hexdigest()


def is_built(folder: str) -> bool:
    """Say whether a folder holds a graph built on disk."""
    return os.path.isfile(os.path.join(folder, INDEX))


def read(folder: str) -> Built:
    """Return what a folder was built from.

    Raises
    ------
    Her2kgError : it is damaged, or was built by another version of the program or of its data
    """
    plain = snapshot.read_marshalled(os.path.join(folder, INDEX))
    if not isinstance(plain, dict) or plain.get("format") != _FORMAT:
        raise Her2kgError(f"{folder}: no graph built by this version of her2kg: build it again (her2kg build)")
    return Built(**{name: plain[name] for name in Built._fields})


def write(folder: str, built: Built) -> None:
    """Write what a folder was built from, by renaming: from then on the new store is the one that is read."""
    snapshot.write_marshalled(os.path.join(folder, INDEX), {"format": _FORMAT, **built._asdict()})


def open_built(folder: str) -> snapshot.Snapshot:
    """Open a graph built on disk.

    Raises
    ------
    Her2kgError : it is damaged, or was built by another version of the program or of its data
    """
    built = read(folder)
    if built.basis != basis():
        raise Her2kgError(
            f"{folder}: built by another version of her2kg, or with other data or rules: build it again (her2kg build)"
        )
    shipped = snapshot.load()
    lexicon: dict[str, Any] = dict(shipped.lexicon)
    opened = snapshot.Snapshot(folder, {"digest": built.digest, "version": shipped.version}, shipped.queries, lexicon)
    lexicon["things"] = _Things(opened, shipped.lexicon)
    lexicon["longest"] = max(lexicon["longest"], built.longest)
    return opened


def write_violations(folder: str, found: Iterable[Violation]) -> None:
    """Write findings of shapes as a table, worst first."""
    from her2kg.files import write_atomically

    order = sorted(found, key=lambda one: (SEVERITIES.index(one.severity), one))
    lines = ["\t".join(_COLUMNS), *("\t".join(" ".join(str(cell).split()) for cell in one[:6]) for one in order)]
    write_atomically(os.path.join(folder, VIOLATIONS), "\n".join(lines) + "\n")


def read_violations(folder: str) -> list[Violation]:
    """Return what the shapes found when a graph was built."""
    with open(os.path.join(folder, VIOLATIONS), encoding="utf-8") as stream:
        rows = [line.rstrip("\n").split("\t") for line in list(stream)[1:]]
    return [Violation(row[0], row[1], row[2], row[3], row[4], row[5]) for row in rows]


class _Things:
    """Stands in for the lexicon's dictionary of things; the store is opened when a question is asked."""

    def __init__(self, opened: snapshot.Snapshot, shipped: dict[str, Any]) -> None:
        self._opened = opened
        self._held: dict[str, list[tuple[str, str]]] = shipped["things"]
        self._wanted = {kind for query in shipped["queries"].values() for _, kind in query["types"]}

    def get(self, key: str, default: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return the (class, CURIE) pairs that a phrase can mean."""
        from her2kg.names import Names

        names = Names(self._opened.engine.store)
        found = list(self._held.get(key, default))
        for short in names.meant_by(key):
            found += [(k, short) for k in names.kinds(short) if k in self._wanted and (k, short) not in found]
        return found

    def __contains__(self, key: str) -> bool:
        return bool(self.get(key, []))
