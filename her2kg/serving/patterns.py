"""Queries of one triple pattern, answered where they arrive.

The engine walks one range of an index, and every step gives a row, so such a query takes no longer than its answer is
long: less than it costs to ask a worker and to wait for it. That is why Triple Pattern Fragments servers
(https://linkeddatafragments.org/specification/triple-pattern-fragments/) offer nothing else. Here it is a short cut:
an answer that is longer than `_LONGEST`, or a query with anything else in it, goes to a worker.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from her2kg.serving.jobs import Work

if TYPE_CHECKING:
    from her2kg.knowledge import KnowledgeGraph
    from her2kg.serving.jobs import Done

_LONGEST = 20_000
"""Bytes of an answer, which take a fifth of a millisecond."""
_LONGEST_QUERY = 1_000
_BLANK = r"(?:\s|\#[^\n\r]*(?:[\n\r]|\Z))*+"
_VARIABLE = r"[?$]\w++"
_NAME = r"<[^<>\"{}|^`\\\x00-\x20]*+>|[a-z][\w-]*+:[\w-]++"
# What has matched is never given back ("++", "*+"), so that no text takes long.
_PATTERN = re.compile(
    rf"""{_BLANK}
    (?:PREFIX\s++[\w-]*+:\s*+<[^<>\"{{}}|^`\\\x00-\x20]*+>{_BLANK})*+
    SELECT\s++(?:\*|{_VARIABLE}(?:\s++{_VARIABLE})*+)\s*+(?:WHERE\s*+)?
    \{{\s*+(?P<subject>{_VARIABLE}|{_NAME})\s++(?P<predicate>{_VARIABLE}|{_NAME}|a)\s++(?P<object>{_VARIABLE}|{_NAME})
    \s*+\.?\s*+\}}{_BLANK}(?:LIMIT\s++\d++)?{_BLANK}""",
    re.IGNORECASE | re.VERBOSE,
)


class Patterns:
    """What answers queries of one pattern.

    Parameters
    ----------
    kg : the graph, held in memory
    """

    def __init__(self, kg: KnowledgeGraph, rows: int) -> None:
        self._work = Work(kg, rows, _LONGEST)

    def answer(self, question: tuple[Any, ...]) -> Done | None:
        """Return the answer to a question, None if a worker is to be asked."""
        if question[0] != "sparql" or not is_bounded(question[1]) or question[2:5] != (None, None, None):
            return None
        done = self._work.do(question)
        return done if done[0] == 200 else None


def is_bounded(sparql: str) -> bool:
    """Say whether a query is one triple pattern of which every step gives a row.

    So it is where the subject is given, since a thing has few triples of its own; else where one term at most is
    given, since the engine walks all triples that have one of the given terms and takes those that have the others.

    >>> is_bounded("SELECT ?p ?o { kg:ToGA ?p ?o }"), is_bounded("SELECT ?s { ?s a her2:Study }")
    (True, False)
    """
    if len(sparql) > _LONGEST_QUERY:
        return False
    found = _PATTERN.fullmatch(sparql)
    if found is None:
        return False
    variables = [term for term in found.groups() if term[0] in "?$"]
    distinct = {variable[1:] for variable in variables}
    return len(distinct) == len(variables) and (found["subject"] not in variables or len(variables) >= 2)
