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
_MEDIA = media_of(RESULTS, "json")
_Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


class Pattern(NamedTuple):
    """A triple pattern and what is wanted of it.

    Parameters
    ----------
    columns : names of variables to return, in this order
    terms : subject, predicate, object; None is a variable
    places : variable to which of the three it is
    limit : most rows
    """

    columns: list[str]
    terms: tuple[ox.NamedNode | None, ox.NamedNode | None, ox.NamedNode | None]
    places: dict[str, str]
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
        most = self._most + 1 if pattern.limit is None else min(pattern.limit, self._most + 1)
        quads = list(islice(self._store.quads_for_pattern(*pattern.terms, _DEFAULT), most))
        if len(quads) > self._most:
            return None
        columns = ",".join([f'"{name}"' for name in pattern.columns])
        bound = [name for name in pattern.columns if name in pattern.places]
        row = ",".join([f'"{name}":%s' for name in bound]).join("{}")
        parts = [map(written, map(attrgetter(pattern.places[name]), quads)) for name in bound]
        rows = ",".join([row % terms for terms in zip(*parts, strict=True)]) if bound else ",".join([row] * len(quads))
        return 200, _MEDIA, f'{{"head":{{"vars":[{columns}]}},"results":{{"bindings":[{rows}]}}}}'.encode()


def read(sparql: str) -> Pattern | None:
    """Return a query as a pattern of which every step gives a row, None if it is anything else.

    So it is where the subject is given, since a thing has few triples of its own; else where one term at most is
    given, since the store walks all triples that have one of the given terms and takes those that have the others.
    """
    found = _QUERY.fullmatch(sparql) if len(sparql) <= _LONGEST_QUERY else None
    if found is None:
        return None
    columns, subject, predicate, objekt, limit = found.groups()
    places = {
        term[1:]: at
        for term, at in ((subject, "subject"), (predicate, "predicate"), (objekt, "object"))
        if term[0] in "?$"
    }
    try:
        terms = _given(subject), _given(predicate), _given(objekt)
    except (KeyError, ValueError):  # an unknown prefix, an IRI that the parser would resolve or refuse
        return None
    names = sorted(places) if columns == "*" else [name[1:] for name in columns.split()]
    if len(places) != terms.count(None) or len(set(names)) != len(names) or (terms[0] is None and len(places) < 2):
        return None
    return Pattern(names, terms, places, None if limit is None else int(limit))


def _given(term: str) -> ox.NamedNode | None:
    """Return the term of a pattern, None for a variable."""
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
