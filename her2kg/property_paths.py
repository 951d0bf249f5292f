"""Property paths of SPARQL taken apart into chains of predicates."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

from rdflib.paths import AlternativePath, InvPath, MulPath, NegatedPath, Path, SequencePath

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_WAYS = 64
"""Ways to follow paths that are told apart."""

Way = tuple[tuple[Any, bool | None], ...]
"""A chain of predicates, None for any, and whether they lead forward, None in a path of any length."""


def ways_along(path: Any) -> list[Way]:
    """Return the ways to follow a path or a single predicate."""
    if not isinstance(path, Path):
        return [((path, True),)]
    if isinstance(path, InvPath):
        return [tuple((p, f if f is None else not f) for p, f in way[::-1]) for way in ways_along(path.arg)]
    if isinstance(path, AlternativePath):
        return [way for one in path.args for way in ways_along(one)]
    if isinstance(path, SequencePath):
        parts = [ways_along(part) for part in path.args]
        if math.prod(map(len, parts)) > MOST_WAYS:
            return _of_any_length(way for ways in parts for way in ways)
        return [sum(ways, ()) for ways in itertools.product(*parts)]
    if isinstance(path, MulPath):
        once = ways_along(path.path)
        if path.mod == "?":
            return [(), *once]
        return _of_any_length(once)
    if isinstance(path, NegatedPath):
        return [((None, True),)]
    raise TypeError(f"no property path: {path!r}")


def _of_any_length(ways: Iterable[Way]) -> list[Way]:
    """Return the one way that stands for many: all triples of the predicates, wherever they are."""
    return [tuple((predicate, None) for way in ways for predicate, _ in way)]


def may_be_empty(path: Any) -> bool:
    """Say whether a path can lead from a node to itself without a triple."""
    if isinstance(path, MulPath):
        return path.mod in {"?", "*"} or may_be_empty(path.path)
    if isinstance(path, InvPath):
        return may_be_empty(path.arg)
    if isinstance(path, (AlternativePath, SequencePath)):
        return (any if isinstance(path, AlternativePath) else all)(map(may_be_empty, path.args))
    return False
