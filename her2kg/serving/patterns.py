"""Queries of one triple pattern, answered where they arrive.

The store walks one range of an index, and every step gives a row, so such a query takes no longer than its answer is
long: less than it costs to ask a worker and to wait for it. That is why Triple Pattern Fragments servers
(https://linkeddatafragments.org/specification/triple-pattern-fragments/) offer nothing else. Here it is a short cut
for results in JSON of up to `_MOST_ROWS` rows. Whatever the expression below does not know goes to a worker, and the
worker's answer is the same, byte for byte.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import pyoxigraph as ox

from her2kg.serving.negotiation import RESULTS, media_of
from her2kg.terms import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Callable

    from her2kg.serving.jobs import Done

_MOST_ROWS = 200
"""Rows of an answer, which take a fifth of a millisecond."""
_LONGEST_QUERY = 1_000
_BLANK = r"(?:\s|\#[^\n\r]*(?:[\n\r]|\Z))*+"
_VARIABLE = r"[?$]\w++"
_TERM = r"[?$]\w++|<[a-z][^<>\"{}|^`\\\x00-\x20]*+>|[a-z]\w*+:[\w-]++"
# What has matched is never given back ("++", "*+"), so that no text takes long.
_QUERY = re.compile(
    rf"""{_BLANK}(?i:SELECT)\s++(?P<columns>\*|{_VARIABLE}(?:\s++{_VARIABLE})*+)\s*+(?:(?i:WHERE)\s*+)?
    \{{\s*+(?P<subject>{_TERM})\s++(?P<predicate>{_TERM}|a)\s++(?P<object>{_TERM})\s*+\.?\s*+\}}
    {_BLANK}(?:(?i:LIMIT)\s++(?P<limit>\d{{1,9}}+))?{_BLANK}""",
    re.VERBOSE,
)
_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_DEFAULT = ox.DefaultGraph()
_PLACES = ("subject", "predicate", "object")
_MEDIA = media_of(RESULTS, "json")
_Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


class Shape(NamedTuple):
    """What the columns and variables of a query say of its answer, whatever the given terms.

    Parameters
    ----------
    head : beginning of the answer
    row : template of a row, with a place for each bound column
    parts : of each bound column, what takes it from a quad
    """

    head: str
    row: str
    parts: tuple[Callable[[ox.Quad], _Term], ...]


class Pattern(NamedTuple):
    """A triple pattern and what is wanted of it.

    Parameters
    ----------
    terms : subject, predicate, object; None is a variable
    limit : most rows
    """

    terms: tuple[ox.NamedNode | None, ox.NamedNode | None, ox.NamedNode | None]
    shape: Shape
    limit: int | None


class Patterns:
    """What answers queries of one pattern over a store.

    Parameters
    ----------
    rows : most of an answer
    """

    def __init__(self, store: ox.Store, rows: int) -> None:
        self._store = store
        self._most = min(rows, _MOST_ROWS)

    def answer(self, question: tuple[Any, ...]) -> Done | None:
        """Return the answer to a question, None if a worker is to be asked."""
        if question[0] != "sparql" or question[6] != "json" or question[2:5] != (None, None, None):
            return None
        pattern = read(question[1])
        if pattern is None:
            return None
        terms, (head, row, parts), limit = pattern
        most = self._most + 1 if limit is None else min(limit, self._most + 1)
        quads = list(islice(self._store.quads_for_pattern(*terms, _DEFAULT), most))
        if len(quads) > self._most:
            return None
        columns = [map(written, map(part, quads)) for part in parts]
        rows = map(row.__mod__, zip(*columns, strict=True)) if parts else [row] * len(quads)
        return 200, _MEDIA, f"{head}{','.join(rows)}]}}}}".encode()


def read(sparql: str) -> Pattern | None:
    """Return a query as a pattern of which every step gives a row, None if it is anything else.

    So it is where the subject is given, since a thing has few triples of its own; else where one term at most is
    given, since the store walks all triples that have one of the given terms and takes those that have the others.
    """
    found = _QUERY.fullmatch(sparql) if len(sparql) <= _LONGEST_QUERY else None
    if found is None:
        return None
    columns, subject, predicate, objekt, limit = found.groups()
    shape = _shape(columns, _name(subject), _name(predicate), _name(objekt))
    if shape is None:
        return None
    try:
        terms = _given(subject), _given(predicate), _given(objekt)
    except (KeyError, ValueError):  # an unknown prefix, an IRI that the parser would resolve or refuse
        return None
    return Pattern(terms, shape, None if limit is None else int(limit))


def _name(term: str) -> str:
    """Return the name of a variable, nothing for a given term."""
    return term[1:] if term[0] in "?$" else ""


@lru_cache(maxsize=1024)
def _shape(columns: str, *variables: str) -> Shape | None:
    """Return what a query's columns and variables say of its answer, None where the pattern is not bounded.

    Parameters
    ----------
    columns : as written after SELECT
    variables : names in the places of subject, predicate and object; empty for a given term
    """
    places = {name: place for name, place in zip(variables, _PLACES, strict=True) if name}
    names = sorted(places) if columns == "*" else [name[1:] for name in columns.split()]
    repeated = len(places) != sum(map(bool, variables)) or len(set(names)) != len(names)
    if repeated or (variables[0] and len(places) < 2):
        return None
    bound = [name for name in names if name in places]
    head = json.dumps({"head": {"vars": names}}, separators=(",", ":"))[:-1] + ',"results":{"bindings":['
    row = ",".join(f'"{name}":%s' for name in bound).join("{}")
    return Shape(head, row, tuple(attrgetter(places[name]) for name in bound))


def _given(term: str) -> ox.NamedNode | None:
    """Return a given term, None for a variable.

    Raises
    ------
    KeyError, ValueError : the parser would refuse it, or make something else of it
    """
    if term[0] in "?$":
        return None
    if term[0] == "<":
        if "/." in term:
            raise ValueError("the parser takes dots out of paths")
        return ox.NamedNode(term[1:-1])
    if term == "a":
        return _TYPE
    prefix, _, name = term.partition(":")
    return ox.NamedNode(PREFIXES[prefix] + name)


@lru_cache(maxsize=16_384)
def written(term: _Term) -> str:
    """Return a term as SPARQL 1.1 Query Results JSON."""
    value = json.dumps(term.value, ensure_ascii=False) if not isinstance(term, ox.Triple) else ""
    if isinstance(term, ox.NamedNode):
        return f'{{"type":"uri","value":{value}}}'
    if isinstance(term, ox.BlankNode):
        return f'{{"type":"bnode","value":{value}}}'
    if isinstance(term, ox.Triple):
        raise TypeError("the graph holds no triples about triples")
    if term.language:
        return f'{{"type":"literal","value":{value},"xml:lang":"{term.language}"}}'
    if term.datatype.value == PREFIXES["xsd"] + "string":
        return f'{{"type":"literal","value":{value}}}'
    return f'{{"type":"literal","value":{value},"datatype":"{term.datatype.value}"}}'
