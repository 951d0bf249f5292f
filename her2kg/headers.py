"""The header of a query or rule file: YAML behind ``#+``, the same convention as grlc.

Read only when a snapshot is built, so that no look-up pays for a YAML parser. A bad header is an error, never a
warning.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from her2kg.errors import HeaderError
from her2kg.tables import Column

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEFAULT = r"VALUES\s+\?{name}\s*\{{\s*([^{{}}]*?)\s*\}}"
_QUERY_KEYS = {"summary", "description", "tags", "parameters", "columns", "answer", "questions"}
_RULE_KEYS = {"rule", "version", "summary", "description"}
_PARAMETER_KEYS = {"type", "label", "example", "required", "usual", "unless", "asked_of"}
_COLUMN_KEYS = set(Column._fields) - {"name"}
LITERAL_TYPES = ("date", "integer", "decimal", "string")


class Parameter(NamedTuple):
    """A parameter of a named query.

    Parameters
    ----------
    name : variable, bound by ``VALUES ?name { ... }`` where the query begins; the same block again in a sub-select that
        yields it, or in a branch of a UNION, changes no answer but tells the engine there what is asked for
    type : a class of the ontology (local name), or one of `LITERAL_TYPES`
    label : what it is, for a reader
    default : SPARQL text inside the braces, ``UNDEF`` meaning any
    example : a value, as a user would write it
    required : the query makes no sense without it
    usual : the property by which a graph says what this parameter usually is; that is the default then
    unless : the default falls away once one of these parameters is given
    asked_of : in a yes-or-no question about one of these parameters the value is what is asked, and narrows nothing
    """

    name: str
    type: str
    label: str
    default: str
    example: str
    required: bool = False
    usual: str = ""
    unless: tuple[str, ...] = ()
    asked_of: tuple[str, ...] = ()


class NamedQuery(NamedTuple):
    """One question of the catalogue: its file, described."""

    name: str
    summary: str
    description: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    answer: str
    questions: tuple[str, ...]
    sparql: str

    def parameter(self, name: str) -> Parameter | None:
        """Return the parameter of this name."""
        return next((p for p in self.parameters if p.name == name), None)

    def with_usual(self, usual: Mapping[str, str]) -> NamedQuery:
        """Return the query with the defaults of a graph.

        Parameters
        ----------
        usual : property (local name) to the SPARQL text of its values in the graph
        """
        text, parameters = self.sparql, []
        for parameter in self.parameters:
            default = usual.get(parameter.usual, parameter.default)
            text = filled(text, parameter.name, default)
            parameters.append(parameter._replace(default=default))
        return self._replace(parameters=tuple(parameters), sparql=text)

    def dump(self) -> tuple[Any, ...]:
        """Return the query as plain tuples and texts, for the snapshot."""
        return (*self[:4], tuple(tuple(p) for p in self.parameters), tuple(tuple(c) for c in self.columns), *self[6:])

    @classmethod
    def restore(cls, plain: tuple[Any, ...]) -> NamedQuery:
        """Return the query that `dump` made plain."""
        name, summary, description, tags, parameters, columns, answer, questions, sparql = plain
        taken = tuple(Parameter(*parameter) for parameter in parameters)
        shown = tuple(Column(*column) for column in columns)
        return cls(name, summary, description, tags, taken, shown, answer, questions, sparql)


class Rule(NamedTuple):
    """One derivation rule: its file, described."""

    name: str
    version: str
    summary: str
    description: str
    sparql: str
    order: int


def split(path: str) -> tuple[dict[str, object], str]:
    """Return a file's header as a mapping, and its whole text.

    Raises
    ------
    HeaderError : no header, or not YAML
    """
    import yaml

    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    lines = [line[2:].removeprefix(" ") for line in text.splitlines() if line.startswith("#+")]
    if not lines:
        raise HeaderError(f"{path}: no header; begin with '#+ summary: ...'")
    try:
        header = yaml.safe_load("\n".join(lines))
    except yaml.YAMLError as error:
        raise HeaderError(f"{path}: the header is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(header, dict):
        raise HeaderError(f"{path}: the header must be keys and values")
    return header, text


def read_query(path: str) -> NamedQuery:
    """Read a named query.

    Raises
    ------
    HeaderError : the header is incomplete, has unknown keys, or does not fit the text
    """
    header, text = split(path)
    _demand(path, header, _QUERY_KEYS, {"summary", "columns", "answer", "questions"})
    parameters = tuple(
        _parameter(path, text, str(name), spec) for name, spec in _mapping(path, header.get("parameters", {})).items()
    )
    columns = tuple(_column(path, str(name), spec) for name, spec in _mapping(path, header["columns"]).items())
    names = {column.name for column in columns}
    answer = str(header["answer"])
    for used in (answer, *(name for column in columns for name in column.companions())):
        if used not in names:
            raise HeaderError(f"{path}: no column {used!r}")
    return NamedQuery(
        name=os.path.basename(path).removesuffix(".rq"),
        summary=str(header["summary"]),
        description=" ".join(str(header.get("description", "")).split()),
        tags=_texts(header.get("tags", [])),
        parameters=parameters,
        columns=columns,
        answer=answer,
        questions=_texts(header["questions"]),
        sparql=text,
    )


def read_rule(path: str) -> Rule:
    """Read a derivation rule.

    Raises
    ------
    HeaderError : the header is incomplete or has unknown keys
    """
    header, text = split(path)
    _demand(path, header, _RULE_KEYS, {"rule", "version", "summary"})
    order = os.path.basename(path).partition("-")[0]
    if not order.isdigit():
        raise HeaderError(f"{path}: the name of a rule file begins with its order, as in 30-readings.rq")
    description = " ".join(str(header.get("description", "")).split())
    return Rule(str(header["rule"]), str(header["version"]), str(header["summary"]), description, text, int(order))


def _demand(path: str, header: dict[str, object], known: set[str], needed: set[str]) -> None:
    unknown = sorted(set(header) - known)
    missing = sorted(needed - set(header))
    if unknown or missing:
        problem = f"unknown key {unknown[0]!r}" if unknown else f"no {missing[0]!r}"
        raise HeaderError(f"{path}: {problem} in the header; known are {', '.join(sorted(known))}")


def _mapping(path: str, value: object) -> dict[object, object]:
    if not isinstance(value, dict):
        raise HeaderError(f"{path}: expected keys and values, not {value!r}")
    return value


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else (str(value),)


def _parameter(path: str, text: str, name: str, spec: object) -> Parameter:
    given = _mapping(path, spec)
    unknown = sorted(str(key) for key in set(given) - _PARAMETER_KEYS)
    if unknown or "type" not in given:
        raise HeaderError(
            f"{path}: parameter {name!r}: unknown key {unknown[0]!r}"
            if unknown
            else f"{path}: parameter {name!r} has no type"
        )
    blocks = placeholder(name).findall(text)
    if len(set(blocks)) != 1:
        found = f"found {len(set(blocks))} different ones" if blocks else "found none"
        raise HeaderError(f"{path}: parameter {name!r} needs a 'VALUES ?{name} {{ ... }}', {found}")
    return Parameter(
        name=name,
        type=str(given["type"]),
        label=str(given.get("label", name)),
        default=blocks[0],
        example=str(given.get("example", "")),
        required=bool(given.get("required", False)),
        usual=str(given.get("usual", "")),
        unless=_texts(given["unless"]) if "unless" in given else (),
        asked_of=_texts(given["asked_of"]) if "asked_of" in given else (),
    )


def _column(path: str, name: str, spec: object) -> Column:
    given = _mapping(path, spec)
    unknown = sorted(str(key) for key in set(given) - _COLUMN_KEYS)
    if unknown:
        raise HeaderError(f"{path}: column {name!r}: unknown key {unknown[0]!r}")
    return Column(
        name=name,
        label=str(given.get("label", name)),
        text=str(given.get("text", "")),
        prefix=str(given.get("prefix", "")),
        interval=_texts(given["interval"]) if "interval" in given else (),
        versus=str(given.get("versus", "")),
        unit=str(given.get("unit", "")),
        hidden=bool(given.get("hidden", False)),
    )


def filled(text: str, name: str, terms: str) -> str:
    """Return a query with the values of one parameter, as SPARQL text, in place of those in the file."""
    # A function, because a replacement text would have its backslashes read.
    return placeholder(name).sub(lambda _: f"VALUES ?{name} {{ {terms} }}", text)


def placeholder(name: str) -> re.Pattern[str]:
    """Return the pattern of a parameter's VALUES block."""
    return re.compile(_DEFAULT.format(name=re.escape(name)))
