"""JSON-LD with keys a person reads: the local names of the vocabulary, explained by ontology/context.jsonld.

References are CURIEs that equal the ``id`` of what they refer to, so that the file can be used as plain JSON. Decimals
and dates are strings, to which the context gives their type: a JSON number would lose its digits and become a double.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from her2kg import resources
from her2kg.errors import Her2kgError, ResourceError
from her2kg.terms import HER2, PREFIXES, TYPE, curie

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_XSD = PREFIXES["xsd"]
_NAME = re.compile(r"\w+")
_DIGITS = re.compile(r"0|-?[1-9][0-9]{0,15}")
_EXACT = 2**53  # above it a JSON number is no integer to every reader


@cache
def context() -> dict[str, Any]:
    """Return the shipped context: prefixes, aliases of keywords, and a term for every property of the vocabulary.

    Raises
    ------
    ResourceError : the file is not there
    """
    path = os.path.join(resources.root(), "ontology", "context.jsonld")
    try:
        with open(path, encoding="utf-8") as stream:
            found: dict[str, Any] = json.load(stream)["@context"]
    except OSError as error:
        raise ResourceError(f"{path}: {error.strerror}; reinstall her2kg") from None
    return found


@cache
def _terms() -> dict[str, tuple[str, str]]:
    """Return, for each property of the context, its key and the type to which the key's values are coerced."""
    found = {}
    for key, meaning in context().items():
        if isinstance(meaning, dict):
            prefix, _, local = meaning["@id"].partition(":")
            found[PREFIXES[prefix] + local] = (key, meaning.get("@type", ""))
    return found


def json_ld(triples: Iterable[ox.Triple]) -> Iterator[bytes]:
    """Yield triples, sorted by subject, as one JSON-LD 1.1 document.

    Raises
    ------
    Her2kgError : a triple is about a triple, or a short form stands where an IRI should
    """
    yield f'{{\n"@context": {json.dumps(context(), indent=2)},\n"graph": ['.encode()
    comma = "\n"
    for subject, about in groupby(triples, key=lambda triple: triple.subject):
        yield f"{comma}{json.dumps(_node(subject, about), ensure_ascii=False, indent=1)}".encode()
        comma = ",\n"
    yield b"\n]\n}\n"


def _node(subject: object, about: Iterable[ox.Triple]) -> dict[str, Any]:
    node: dict[str, Any] = {"id": _reference(subject)}
    for triple in about:
        key, value = _entry(triple.predicate.value, triple.object)
        node.setdefault(key, []).append(value)
    return {key: value[0] if isinstance(value, list) and len(value) == 1 else value for key, value in node.items()}


def _entry(predicate: str, value: object) -> tuple[str, Any]:
    if predicate == TYPE and isinstance(value, ox.NamedNode):
        name = value.value.removeprefix(HER2)
        short = name != value.value and _NAME.fullmatch(name) and name not in context()
        return "type", name if short else _reference(value)
    key, coerced = _terms().get(predicate, (curie(predicate), ""))
    if isinstance(value, ox.Literal):
        return key, _literal(value, coerced)
    reference = _reference(value)
    return key, reference if coerced == "@id" else {"id": reference}


def _literal(value: ox.Literal, coerced: str) -> Any:
    if value.language:
        return {"@language": value.language, "@value": value.value}
    kind = curie(value.datatype.value)
    if kind == coerced:
        return value.value
    if not coerced:
        if kind == "xsd:string":
            return value.value
        if kind == "xsd:boolean" and value.value in {"true", "false"}:
            return value.value == "true"
        if kind == "xsd:integer" and _is_plain(value.value):
            return int(value.value)
    return {"@value": value.value} if kind == "xsd:string" else {"type": kind, "@value": value.value}


def _is_plain(digits: str) -> bool:
    return _DIGITS.fullmatch(digits) is not None and abs(int(digits)) <= _EXACT


def _reference(term: object) -> str:
    if isinstance(term, ox.BlankNode):
        return f"_:{term.value}"
    if isinstance(term, ox.NamedNode):
        if term.value.partition(":")[0] in PREFIXES:
            raise Her2kgError(f"JSON-LD would take <{term.value}> for a short form: take it out of its angle brackets")
        return curie(term.value)
    raise Her2kgError(f"JSON-LD cannot hold a triple about a triple, {term}: use turtle or nquads")
