"""From what a user types to an RDF term in a query: names are resolved, dates checked, nothing is pasted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from her2kg.dates import parse_date
from her2kg.errors import ParameterError
from her2kg.headers import LITERAL_TYPES, filled, placeholder
from her2kg.names import shortened
from her2kg.terms import LATEST, PREFIXES, expand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from her2kg.headers import NamedQuery, Parameter
    from her2kg.names import Names

_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,12})?")


def term(names: Names, parameter: Parameter, value: str) -> str:
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
            raise ParameterError(f"{parameter.name}={shortened(value)}: expected a number ({parameter.type})")
        return f'"{value.strip()}"^^xsd:{parameter.type}'
    if parameter.type == "string":
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
        return f'"{escaped}"'
    return f"<{expand(names.resolve(value, parameter.type))}>"


def bind(
    names: Names, query: NamedQuery, values: Mapping[str, str | list[str]], as_of: str | None
) -> tuple[str, dict[str, str]]:
    """Return a query's text with its parameters filled in, and the parameters as they took effect, in words.

    Raises
    ------
    ParameterError : the query has no such parameter, or a required one is missing
    """
    known = [parameter.name for parameter in query.parameters]
    for name in values:
        if name not in known:
            hint = f"it has {', '.join(known)}" if known else "it has none"
            raise ParameterError(f"query {query.name!r} has no parameter {shortened(name)}; {hint}")
    text = query.sparql
    effective: dict[str, str] = {}
    for parameter in query.parameters:
        given = values.get(parameter.name)
        if given is None and parameter.name == "asOf":
            given = as_of
        if given is not None:
            chosen = [given] if isinstance(given, str) else list(given)
            terms = " ".join(term(names, parameter, value) for value in chosen)
            shown = [
                v if parameter.type in LITERAL_TYPES else names.label(names.resolve(v, parameter.type)) for v in chosen
            ]
            effective[parameter.name] = ", ".join(shown)
        elif parameter.required:
            example = f"; for example -p {parameter.name}={parameter.example!r}" if parameter.example else ""
            raise ParameterError(f"query {query.name!r} needs {parameter.name} ({parameter.label}){example}")
        else:
            terms = "UNDEF" if any(name in values for name in parameter.unless) else parameter.default
            default = _in_words(names, terms)
            if default:
                effective[parameter.name] = default
        text = filled(text, parameter.name, terms)
    return text, effective


def with_date(text: str, as_of: str) -> str:
    """Return a query with the default of its ``VALUES ?asOf { ... }`` replaced by a day.

    Raises
    ------
    ParameterError : it is no date, or the query has no such block
    """
    if not placeholder("asOf").search(text):
        raise ParameterError("as-of dates a query with a 'VALUES ?asOf { ... }' block, as named queries have; add one")
    return filled(text, "asOf", f'"{parse_date(as_of)}"^^<{PREFIXES["xsd"]}date>')


def _in_words(names: Names, terms: str) -> str:
    """Return a default for a reader: labels of things, nothing for "any" and for "as known now"."""
    if terms == "UNDEF" or LATEST in terms:
        return ""
    return ", ".join(
        re.sub(r'^"(.*?)"(\^\^.*)?$', r"\1", word) if word[0] == '"' else names.label(word) for word in terms.split()
    )


def with_prefixes(text: str) -> str:
    """Return a query with a PREFIX line for each known prefix that it uses and does not declare."""
    declared = set(re.findall(r"(?i)\bprefix\s+([\w-]*)\s*:", text))
    used = [name for name in PREFIXES if name not in declared and re.search(rf"(?<![\w-]){name}:", text)]
    return "\n".join([*(f"PREFIX {name}: <{PREFIXES[name]}>" for name in used), text])
