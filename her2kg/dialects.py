"""What engines do otherwise than the standard says, and how the same rows come back all the same.

The only room that knows engines by name. Everything here was seen on Virtuoso 7.2.5, the one engine that needs it; an
engine that follows SPARQL 1.1 gets the query text as it stands. Four ways, by the kind of difference:

rewritten
    Text with the same meaning that the engine gets right, see `rewritten`.
gathered
    What cannot be said in a way it gets right: it selects and joins the triples that bear on the answer, and the
    embedded engine does the rest, see `needs_gathering` and `her2kg.gathering`.
mended
    Results that break the format are mended, see `readable` and `truth`.
settled
    DISTINCT and ORDER BY are applied again to the rows that came back, see `settled`.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

import pyoxigraph as ox

from her2kg.engine import Solutions, bare


class Difference(NamedTuple):
    """A construct that an engine does not answer as the standard says."""

    construct: str
    seen: str
    way: str


VIRTUOSO = (
    Difference(
        "VALUES ?x { UNDEF } and a filter that asks !BOUND(?x)", "rows missing, plans that never end", "rewritten"
    ),
    Difference("VALUES ?x { one } compared in filters of OPTIONALs", "rows missing", "rewritten"),
    Difference("CONCAT of something unbound", "an empty text instead of nothing", "rewritten"),
    Difference("comments", "a ' or > in them ends parsing", "rewritten"),
    Difference("DISTINCT over long rows", "the same row several times", "settled"),
    Difference("ORDER BY over IRIs and unbound variables", "another order", "settled"),
    Difference("ORDER BY what is not returned", "another order", "gathered"),
    Difference("GROUP_CONCAT over an ordered sub-select", "parts in any order", "gathered"),
    Difference("a computed boolean", "the integers 0 and 1", "gathered"),
    Difference("COALESCE(... , false) in a filter", "every row passes", "gathered"),
    Difference("EXISTS with a variable of the filter", "OPTIONALs after it come back unbound", "gathered"),
    Difference(
        "an OPTIONAL that holds five OPTIONALs or more", "some of them unbound; compiler error SP031", "gathered"
    ),
    Difference("a literal outside ASCII in an expression", "question marks", "gathered"),
    Difference("a path with ?, * or +", "rows missing; 'transitive start not given'", "gathered"),
    Difference("VALUES of one variable in several groups", "rows missing; compiler error SP031", "gathered"),
    Difference("ASK", "a table that holds 1", "mended"),
    Difference("blank nodes in JSON", "named nodeID://b1, which is no name", "mended"),
    Difference("xsd:double", "rounded to six digits", "gathered"),
)
"""What Virtuoso 7.2.5 does otherwise, and the way around it."""

_QUOTED = re.compile(r"<[^<>\"{}|^`\\\x00-\x20]*>|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|(#[^\n]*)", re.S)
_VALUES = re.compile(r"VALUES\s+\?(\w+)\s*\{\s*([^{}]*?)\s*\}")
_TERM = re.compile(r"<[^>]*>|\"(?:[^\"\\]|\\.)*\"(?:\^\^[\w-]+:\w+|@[\w-]+)?|[\w-]*:[\w.-]+|[\d.]+|UNDEF")
_UNSAFE = re.compile(
    r"\bGROUP_CONCAT\b|\bEXISTS\b|\bFILTER\s*\([^\n]*\bCOALESCE\b|\bBIND\s*\(\s*(?:BOUND\b|!|\?\w+\s*[=<>!])|[\w)][?*+](?=[\s/|)^])"
    r"|:computed(?:Low|High)\b",
    re.IGNORECASE,
)
_NESTED = 5


def is_virtuoso(server: str) -> bool:
    """Say whether an HTTP ``Server`` header names the engine that needs help."""
    return server.startswith("Virtuoso/")


def needs_gathering(text: str) -> bool:
    """Say whether Virtuoso would answer a query wrongly however it is put."""
    plain = bare(text)
    return (
        bool(_UNSAFE.search(plain))
        or not without_comments(text).isascii()
        or not set(re.findall(r"\?(\w+)", _order_of(plain))) <= set(re.findall(r"\?(\w+)", plain.partition("{")[0]))
        or any(inner.count("OPTIONAL") >= _NESTED for inner in _optional_groups(plain))
        or any(times > 1 for times in Counter(re.findall(r"\bVALUES\s+\?(\w+)", plain)).values())
    )


def without_comments(text: str) -> str:
    """Return a query without its comments and header."""
    return re.sub(r"\n\s*\n+", "\n", _QUOTED.sub(lambda found: "" if found[1] else found[0], text)).strip()


def rewritten(text: str) -> str:
    """Return a query of the same meaning without VALUES of one variable where a filter or a constant says it.

    UNDEF says nothing and is dropped, with the filters that it switches off. A single term stands in the place of a
    variable that is only compared. Any other VALUES on a variable that the group binds becomes a filter on it.
    """
    text = without_comments(text)
    at = 0
    while found := _VALUES.search(text, at):
        name, terms = found[1], _TERM.findall(found[2])
        start, end = _group_around(text, found.start())
        inner = text[start : found.start()] + text[found.end() : end]
        variable = re.compile(rf"\?{name}\b")
        compared_only = not variable.search(_without_calls(inner) + " " + text[:start] + text[end:])
        if terms == ["UNDEF"]:
            inner = _without_switched_off(inner, name) if compared_only else inner
        elif compared_only and len(terms) == 1:
            term = terms[0]
            inner = re.sub(rf"!BOUND\(\?{name}\)\s*\|\|\s*", "", inner)
            inner = variable.sub(term.replace("\\", r"\\"), re.sub(rf"\bBOUND\(\?{name}\)", "(1 = 1)", inner))
        elif variable.search(_without_calls(inner)) and "UNDEF" not in terms:
            inner = f"{inner.rstrip()} FILTER(?{name} IN ({', '.join(terms)})) "
        else:
            at = found.end()
            continue
        text = text[:start] + inner + text[end:]
    return _CONCAT.sub(_concat_of_bound, text)


_CONCAT = re.compile(r"(?<!_)\bCONCAT\(\s*(\?\w+(?:\s*,\s*\?\w+)*)\s*\)")


def _concat_of_bound(found: re.Match[str]) -> str:
    bound = " && ".join(f"BOUND({name.strip()})" for name in found[1].split(","))
    return f"IF({bound}, CONCAT({found[1]}), ?nothing)"


def readable(body: bytes) -> bytes:
    """Return results in JSON with blank nodes named as the standard allows; Virtuoso calls them ``nodeID://b1``."""
    return re.sub(rb'("type": "bnode", "value": ")nodeID://', rb"\1", body)


def truth(solutions: Solutions) -> Solutions:
    """Return the answer to ASK as such; Virtuoso makes it a table with 0 or 1 row that says 1."""
    if solutions.variables != ("__ASK_RETVAL",):
        return solutions
    return Solutions(("answer",), [(any(getattr(term, "value", "") == "1" for row in solutions.rows for term in row),)])


def settled(text: str, solutions: Solutions) -> Solutions:
    """Return rows with the DISTINCT and the ORDER BY of their query applied by the embedded engine.

    Rows stay as they came where the query cuts them (LIMIT, OFFSET), orders by what it does not return, or returns
    blank nodes.
    """
    plain = bare(text)
    keys = _order_of(plain)
    if not keys or not solutions.rows or re.search(r"\b(LIMIT|OFFSET|HAVING)\b", keys, re.IGNORECASE):
        return solutions
    if not set(re.findall(r"\?(\w+)", keys)) <= set(solutions.variables):
        return solutions
    if any(isinstance(term, ox.BlankNode) for row in solutions.rows for term in row):
        return solutions
    distinct = "DISTINCT" if re.search(r"\bSELECT\s+DISTINCT\b[^{]*\{", plain.partition("{")[0] + "{", re.I) else ""
    names = " ".join(f"?{name}" for name in solutions.variables)
    rows = "\n".join(f"({' '.join('UNDEF' if term is None else str(term) for term in row)})" for row in solutions.rows)
    again = ox.Store().query(f"SELECT {distinct} {names} WHERE {{ VALUES ({names}) {{ {rows} }} }} ORDER BY {keys}")
    assert isinstance(again, ox.QuerySolutions)  # noqa: S101 - a SELECT query gives solutions
    return Solutions(solutions.variables, [tuple(row) for row in again])


def _order_of(plain: str) -> str:
    """Return what a query without literals and IRIs orders its rows by."""
    order = re.search(r"\}[^{}]*?\bORDER\s+BY\s+([^{}]*)$", plain, re.IGNORECASE)
    return order[1].strip() if order else ""


def _group_around(text: str, place: int) -> tuple[int, int]:
    """Return start and end of what the innermost braces around a place hold."""
    depth = 0
    for start in range(place - 1, -1, -1):
        depth += (text[start] == "}") - (text[start] == "{")
        if depth < 0:
            return start + 1, _closing(text, start, "{}") - 1
    return 0, len(text)


def _closing(text: str, start: int, pair: str) -> int:
    """Return the place after the bracket that closes the one at the start."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] == pair[0]) - (text[at] == pair[1])
        if depth == 0:
            return at + 1
    return len(text)


def _calls(text: str) -> list[tuple[int, int]]:
    """Return the places of FILTER(...) and BIND(...), last first."""
    found = re.finditer(r"\b(?:FILTER|BIND)\s*\(", text, re.IGNORECASE)
    return [(call.start(), _closing(text, call.end() - 1, "()")) for call in found][::-1]


def _without_calls(text: str) -> str:
    for start, end in _calls(text):
        text = text[:start] + text[end:]
    return text


def _without_switched_off(text: str, name: str) -> str:
    """Take out the filters that hold whatever else is, because a variable is never bound."""
    for start, end in _calls(text):
        if re.match(rf"FILTER\s*\(\s*!BOUND\(\?{name}\)\s*\|\|", text[start:end]):
            text = text[:start] + text[end:]
    return text


def _optional_groups(text: str) -> list[str]:
    """Return what each OPTIONAL holds, without sub-selects taken out."""
    found = re.finditer(r"\bOPTIONAL\s*\{", text, re.IGNORECASE)
    return [text[one.end() : _closing(text, one.end() - 1, "{}") - 1] for one in found]
