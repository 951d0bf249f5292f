"""Values as text, for the writers: in XML, in JSON, in a cell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from her2kg.projection.model import Value

quoted = quoteattr
"""A text as an XML attribute with its quotes; line ends and tabs survive as character references."""


def flat(value: Value, separator: str = "; ") -> str:
    """Return a value as text: a list joined, a truth value in lower case, a number in the shortest form that keeps it.

    >>> flat(("a", "b")), flat(True), flat(0.74), flat(11.0)
    ('a; b', 'true', '0.74', '11.0')
    """
    if isinstance(value, tuple):
        return separator.join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def to_json(value: object) -> str:
    """Return a value as JSON on one line; never NaN, which JSON does not have."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def plain(values: Mapping[str, Value]) -> dict[str, Any]:
    """Return values as JSON has them: lists for tuples."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def lines(items: Iterable[str]) -> Iterator[bytes]:
    """Yield lines in UTF-8."""
    for item in items:
        yield (item + "\n").encode("utf-8")


def json_list(items: Iterable[object]) -> Iterator[str]:
    """Yield a JSON array, an item a line, so that two exports can be compared line by line."""
    before = "["
    for item in items:
        yield before + to_json(item)
        before = ","
    yield "]" if before == "," else "[]"
