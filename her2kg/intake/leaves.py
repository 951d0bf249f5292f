"""The account of a record: every leaf of it with what became of it.

A leaf is a value that holds no others (an empty list or object is one, too). Parts of an importer say which leaves they
used and for what; what nobody used is listed with the reason, so that nothing is dropped in silence.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from her2kg.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_INDEX = re.compile(r"\[\d+\]")
MAPPED, UNMAPPED = "mapped", "not mapped"


class Account:
    """What became of each leaf.

    Parameters
    ----------
    root : the record: nested dictionaries, lists and texts
    """

    def __init__(self, root: object) -> None:
        self._root = root
        self._used: dict[str, list[str]] = {}
        self._skipped: dict[str, str] = {}

    def used(self, path: str, target: str) -> None:
        """Note that a leaf went into a node or property; a leaf can go into several."""
        targets = self._used.setdefault(path, [])
        if target not in targets:
            targets.append(target)

    def skipped(self, path: str, why: str) -> None:
        """Note why a leaf was left out; being used elsewhere outweighs it."""
        self._skipped.setdefault(path, why)

    def table(self, why: Callable[[str, str], str]) -> Table:
        """Return one row per leaf in the order of the record.

        Parameters
        ----------
        why : gives the reason for a leaf nobody spoke of, from its path without indices and its value
        """
        columns = (
            *(Column("path", "Field"), Column("value", "Value"), Column("fate", "Fate")),
            *(Column("target", "Goes to"), Column("reason", "Why not")),
        )
        rows = []
        for path, value in leaves(self._root):
            targets = self._used.get(path)
            reason = "" if targets else self._skipped.get(path) or why(general(path), value)
            rows.append((path, value, MAPPED if targets else UNMAPPED, "; ".join(targets or ()), reason))
        return Table(columns, tuple(rows))


class Cursor:
    """A place in a record; what is not there is an empty cursor, so that a record with holes needs no care."""

    __slots__ = ("account", "path", "value")

    def __init__(self, value: object, path: str, account: Account) -> None:
        self.value = value
        self.path = path
        self.account = account

    def __bool__(self) -> bool:
        return self.value is not None

    def at(self, *keys: str) -> Cursor:
        """Return the cursor at a key, or at a path of keys."""
        value, path = self.value, self.path
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
            path = f"{path}.{key}" if path else key
        return Cursor(value, path, self.account)

    def items(self, *keys: str) -> list[Cursor]:
        """Return cursors at the members of a list; none where there is no list."""
        found = self.at(*keys)
        if not isinstance(found.value, list):
            return []
        return [Cursor(value, f"{found.path}[{i}]", self.account) for i, value in enumerate(found.value)]

    def text(self, *keys: str) -> str:
        """Return a leaf's text, empty where there is none; the leaf does not count as used."""
        value = self.at(*keys).value
        return "" if value is None or isinstance(value, (dict, list)) else _text(value)

    def use(self, target: str, *keys: str) -> str:
        """Return a leaf's text and note where it goes."""
        found = self.at(*keys)
        text = found.text()
        if text:
            self.account.used(found.path, target)
        return text

    def skip(self, why: str, *keys: str) -> None:
        """Note why a leaf is left out."""
        self.account.skipped(self.at(*keys).path, why)


def general(path: str) -> str:
    """Return a path with empty brackets for its indices.

    >>> general("a.b[3].c[0]")
    'a.b[].c[]'
    """
    return _INDEX.sub("[]", path)


def _text(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield path and text of every leaf."""
    if isinstance(value, dict) and value:
        for key, member in value.items():
            yield from leaves(member, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value:
        for i, member in enumerate(value):
            yield from leaves(member, f"{path}[{i}]")
    else:
        yield path, "(empty)" if isinstance(value, (dict, list)) else "null" if value is None else _text(value)
