"""From what a user types to an RDF term in a query: names are resolved, dates checked, nothing is pasted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from her2kg.errors import AmbiguousNameError, ParameterError, UnknownNameError
from her2kg.terms import LATEST, PREFIXES, curie, expand
from her2kg.words import name_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from her2kg.headers import NamedQuery, Parameter

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,12})?")
_LONGEST = 200


def parse_date(text: str) -> str:
    """Return an ISO date; a month or a year alone stands for its last day.

    Raises
    ------
    ParameterError : it is none

    >>> parse_date("2020-04"), parse_date("2020")
    ('2020-04-30', '2020-12-31')
    """
    import calendar
    import datetime

    found = _DATE.fullmatch(text.strip())
    if found:
        year, month = int(found[1]), int(found[2] or 12)
        try:
            day = int(found[3] or (calendar.monthrange(year, month)[1] if 1 <= month <= 12 and year else 0))
            return datetime.date(year, month, day).isoformat()
        except ValueError:
            pass
    raise ParameterError(f"{_short(text)} is no date: write YYYY-MM-DD, YYYY-MM or YYYY")


def find(index: Mapping[str, Any], text: str, kinds: Iterable[str] = ()) -> list[str]:
    """Return the CURIEs of everything that goes by this name, label, alias, CURIE, IRI or registry number.

    Parameters
    ----------
    kinds : only things of one of these classes
    """
    if len(text) > _LONGEST:
        return []
    iri = expand(text.strip())
    exact = curie(iri) if iri else None
    found = [exact] if exact in index["kinds"] else index["names"].get(name_key(text), [])
    wanted = set(kinds)
    return [short for short in found if short and (not wanted or wanted & set(index["kinds"].get(short, ())))]


def resolve(index: Mapping[str, Any], text: str, kind: str) -> str:
    """Return the one thing of a class that a user means.

    Raises
    ------
    UnknownNameError : nothing of that class goes by the name; the message gives the nearest
    AmbiguousNameError : several do
    """
    found = find(index, text, [kind])
    if len(found) == 1:
        return found[0]
    if found:
        raise AmbiguousNameError(f"{_short(text)} can be {', '.join(found)}: give one of these")
    near = nearest(index, text, [kind])
    hint = f"; closest: {', '.join(near)}" if near else ""
    raise UnknownNameError(f"no {kind} named {_short(text)}{hint}")


def nearest(index: Mapping[str, Any], text: str, kinds: Iterable[str] = (), count: int = 3) -> list[str]:
    """Return the labels nearest to a name that was not found."""
    import difflib

    wanted = set(kinds)
    labels: dict[str, str] = {}
    for key, shorts in index["names"].items():
        for short in shorts:
            if not wanted or wanted & set(index["kinds"].get(short, ())):
                labels.setdefault(key, index["labels"].get(short, short))
    close = difflib.get_close_matches(name_key(text[:_LONGEST]), labels, n=count * 2, cutoff=0.5)
    return list(dict.fromkeys(labels[key] for key in close))[:count]


def term(index: Mapping[str, Any], parameter: Parameter, value: str) -> str:
    """Return the SPARQL text of one value of a parameter.

    Raises
    ------
    ParameterError, UnknownNameError, AmbiguousNameError : the value does not fit the parameter
    """
    if parameter.type == "date":
        return f'"{parse_date(value)}"^^xsd:date'
    if parameter.type in {"integer", "decimal"}:
        found = _NUMBER.fullmatch(value.strip())
        if not found or (parameter.type == "integer" and found[1]):
            raise ParameterError(f"{parameter.name}={_short(value)}: expected a number ({parameter.type})")
        return f'"{value.strip()}"^^xsd:{parameter.type}'
    if parameter.type == "string":
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
        return f'"{escaped}"'
    return f"<{expand(resolve(index, value, parameter.type))}>"


def bind(
    index: Mapping[str, Any], query: NamedQuery, values: Mapping[str, str | list[str]], as_of: str | None
) -> tuple[str, dict[str, str]]:
    """Return a query's text with its parameters filled in, and the parameters as they took effect.

    Raises
    ------
    ParameterError : the query has no such parameter, or a required one is missing
    """
    from her2kg.headers import placeholder

    known = [parameter.name for parameter in query.parameters]
    for name in values:
        if name not in known:
            hint = f"it has {', '.join(known)}" if known else "it has none"
            raise ParameterError(f"query {query.name!r} has no parameter {_short(name)}; {hint}")
    text = query.sparql
    effective: dict[str, str] = {}
    for parameter in query.parameters:
        given = values.get(parameter.name)
        if given is None and parameter.name == "asOf" and as_of is not None:
            given = as_of
        if given is not None:
            chosen = [given] if isinstance(given, str) else list(given)
            terms = " ".join(term(index, parameter, value) for value in chosen)
            if parameter.type not in {"date", "integer", "decimal", "string"}:
                chosen = [index["labels"].get(s, s) for s in (resolve(index, v, parameter.type) for v in chosen)]
            effective[parameter.name] = ", ".join(chosen)
        elif parameter.required:
            example = f"; for example -p {parameter.name}={parameter.example!r}" if parameter.example else ""
            raise ParameterError(f"query {query.name!r} needs {parameter.name} ({parameter.label}){example}")
        else:
            terms = "UNDEF" if any(name in values for name in parameter.unless) else parameter.default
            shown = _default_label(index, terms)
            if shown:
                effective[parameter.name] = shown
        text = placeholder(parameter.name).sub(lambda _, p=parameter, t=terms: f"VALUES ?{p.name} {{ {t} }}", text)  # type: ignore[misc]
    return text, effective


def _default_label(index: Mapping[str, Any], terms: str) -> str:
    """Return a default for a reader: labels of things, nothing for "any" and for "as known now"."""
    if terms == "UNDEF" or LATEST in terms:
        return ""
    return ", ".join(index["labels"].get(word, word.strip('"')) for word in terms.split())


def with_prefixes(text: str) -> str:
    """Return a query with a PREFIX line for each known prefix that it uses and does not declare."""
    declared = set(re.findall(r"(?i)\bprefix\s+([\w-]*)\s*:", text))
    lines = [
        f"PREFIX {name}: <{iri}>" for name, iri in PREFIXES.items() if name not in declared and re.search(rf"(?<![\w-]){name}:", text)
    ]
    return "\n".join([*lines, text])


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
