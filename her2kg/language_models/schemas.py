"""What a tool takes and gives, as JSON Schema: parameters from the headers of queries, help from the commands.

Nothing here stands at the top of a schema but an object with properties, since several clients refuse combinations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from her2kg.headers import NamedQuery, Parameter

Schema = dict[str, Any]

LONGEST_TEXT = 2_000
"""Characters of a question, a name or a value. Longer ones are refused before anything is looked up."""
LONGEST_TABLE = 1_000_000
"""Characters of a table to check."""

_TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT}
_VALUE: Schema = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1, "maxItems": 50}]}
_TEXTS: Schema = {"type": "array", "items": {"type": "string"}}
_OBJECTS: Schema = {"type": "array", "items": {"type": "object"}}


class Help(NamedTuple):
    """What the command line says of one of its commands.

    Parameters
    ----------
    summary : the first paragraph of its help
    options : name of an option to its help
    """

    summary: str
    options: Mapping[str, str]


def text(description: str, longest: int = LONGEST_TEXT) -> Schema:
    """Return the schema of a text that is not empty."""
    return {**_TEXT, "maxLength": longest, "description": description}


def choice(description: str, values: Iterable[str], default: str = "") -> Schema:
    """Return the schema of one of several texts."""
    schema: Schema = {"type": "string", "enum": list(values), "description": description}
    return {**schema, "default": default} if default else schema


def arguments(required: Iterable[str], **properties: Schema) -> Schema:
    """Return the schema of a tool's arguments; anything that is not named is refused."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def of_parameters(queries: Iterable[NamedQuery]) -> Schema:
    """Return the schema of the parameters of named queries.

    One property for each name: which query has it, and whether it needs it, is said in the list of queries, and checked
    when the query is called. Combining a schema per query would say it here, but many clients refuse that.
    """
    known: dict[str, list[Parameter]] = {}
    for query in queries:
        for parameter in query.parameters:
            if parameter.name != "asOf":  # every tool takes the day as as_of
                known.setdefault(parameter.name, []).append(parameter)
    return {
        "type": "object",
        "description": "Parameters of the query, as a reader would write the values; a list means any of them.",
        "properties": {name: _parameter(known[name]) for name in sorted(known)},
        "additionalProperties": _VALUE,  # the query itself says best what it does not have
    }


def _parameter(uses: list[Parameter]) -> Schema:
    labels = " or ".join(dict.fromkeys(use.label for use in uses))
    types = " or ".join(dict.fromkeys(use.type for use in uses))
    examples = list(dict.fromkeys(use.example for use in uses if use.example))
    schema: Schema = {**_VALUE, "description": f"{labels} ({types})"}
    return {**schema, "examples": examples[:3]} if examples else schema


def listed(queries: Iterable[NamedQuery]) -> str:
    """Return the list of named queries, a line each: name, what it gives, parameters; a star marks what it needs."""
    lines = []
    for query in queries:
        names = [f"{p.name}{'*' if p.required else ''}" for p in query.parameters if p.name != "asOf"]
        lines.append(f"- {query.name}: {query.summary}" + (f" ({', '.join(names)})" if names else ""))
    return "\n".join(lines)


def _output(required: Iterable[str], **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required)}


_SOURCES: Schema = {**_OBJECTS, "description": "What the answer rests on: label, locators, doi, pmid, url"}
_SPARQL: Schema = {"type": "string", "description": "The query that was run"}
_ROWS: Schema = {
    **_OBJECTS,
    "description": "Cells by column; a thing is {id, label}; ...Text holds the digits as printed; "
    "a cell that is missing was not stated",
}
_ANSWER: dict[str, Schema] = {
    "question": {"type": "string"},
    "query": {"type": "string", "description": "The named query that answers"},
    "parameters": {"type": "object", "description": "Parameters as they took effect, defaults included"},
    "as_of": {"type": "string", "description": "The day as of which the answer holds"},
    "columns": _OBJECTS,
    "rows": _ROWS,
    "answer": {**_OBJECTS, "description": "The distinct things that answer: id, label, aliases"},
    "sources": _SOURCES,
    "notes": {**_TEXTS, "description": "What a reader must be told"},
    "sparql": _SPARQL,
}

ANSWER = _output(_ANSWER, **_ANSWER)
"""What a named query gives: `her2kg.answers.Answer.to_dict`."""

ANSWER_OR_REFUSAL = _output(
    ("question", "answer", "rows"),
    **_ANSWER,
    not_understood={**_TEXTS, "description": "Only in a refusal: the words that were not understood"},
    nearest={**_TEXTS, "description": "Only in a refusal: questions that would be answered"},
)
"""What a question gives: an answer, or the refusal of `her2kg.ask.NotUnderstoodError.to_dict`."""

_SECTION = _output(
    ("title", "query", "columns", "rows", "sparql"),
    title={"type": "string"},
    query={"type": "string", "description": "The named query behind the section"},
    columns=_TEXTS,
    rows=_ROWS,
    sparql=_SPARQL,
)
_PAGE: dict[str, Schema] = {
    "id": {"type": "string"},
    "label": {"type": "string"},
    "kinds": _TEXTS,
    "as_of": {"type": "string"},
    "facts": _OBJECTS,
    "text": _TEXTS,
    "sections": {"type": "array", "items": _SECTION},
    "sources": _SOURCES,
    "notes": _TEXTS,
}
PAGE = _output(_PAGE, **_PAGE)
"""What a page or a proof gives: `her2kg.pages.Page.to_dict`."""

_REPORT: dict[str, Schema] = {
    "name": {"type": "string"},
    "checked": {"type": "integer", "description": "Number of estimates"},
    "total": {"type": "integer", "description": "Number of findings of any severity, listed here or not"},
    "by_severity": {"type": "object"},
    "by_rule": {"type": "object"},
    "findings": {**_OBJECTS, "description": "Rule, severity, subject, inputs as printed, explanation, reasons, where"},
}
REPORT = _output(_REPORT, **_REPORT)
"""What a check gives: `her2kg.consistency.reports.as_json`, without the findings below the severity asked for."""
