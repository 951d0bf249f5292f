"""RDF/XML: one description per subject, properties as elements.

Written here, as the serializers at hand write carriage returns and control characters that an XML reader changes or
refuses.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

import pyoxigraph as ox

from her2kg.errors import Her2kgError
from her2kg.terms import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_RDF = PREFIXES["rdf"]
_STRING = PREFIXES["xsd"] + "string"
_PREFIX_OF = {namespace: prefix for prefix, namespace in PREFIXES.items()}
_LOCAL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*$")
# The RDF/XML grammar gives these a meaning of their own.
_RESERVED = frozenset(
    _RDF + name
    for name in (
        *("RDF", "Description", "ID", "about", "parseType", "resource", "nodeID", "datatype", "li"),
        *("bagID", "aboutEach", "aboutEachPrefix"),
    )
)
_NOT_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def rdf_xml(triples: Iterable[ox.Triple]) -> Iterator[bytes]:
    """Yield triples, sorted by subject, as RDF/XML.

    Characters that XML 1.0 cannot hold become U+FFFD, the replacement character.

    Raises
    ------
    Her2kgError : a property has no name that XML can hold, or a triple is about a triple
    """
    declared = "".join(f'\n  xmlns:{prefix}="{namespace}"' for prefix, namespace in sorted(PREFIXES.items()))
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{declared}>\n'.encode()
    for subject, about in groupby(triples, key=lambda triple: triple.subject):
        lines = "".join(_property(triple) for triple in about)
        yield f"<rdf:Description {_node(subject, 'about')}>\n{lines}</rdf:Description>\n".encode()
    yield b"</rdf:RDF>\n"


def _property(triple: ox.Triple) -> str:
    name, declaration = _element(triple.predicate.value)
    value = triple.object
    if not isinstance(value, ox.Literal):
        return f"  <{name}{declaration} {_node(value, 'resource')}/>\n"
    kind = ""
    if value.language:
        kind = f" xml:lang={quoteattr(value.language)}"
    elif value.datatype.value != _STRING:
        kind = f" rdf:datatype={quoteattr(value.datatype.value)}"
    text = escape(_NOT_XML.sub("\ufffd", value.value), {"\r": "&#13;"})
    return f"  <{name}{declaration}{kind}>{text}</{name}>\n"


def _node(term: object, attribute: str) -> str:
    if isinstance(term, ox.BlankNode):
        return f"rdf:nodeID={quoteattr(term.value)}"
    if isinstance(term, ox.NamedNode):
        return f"rdf:{attribute}={quoteattr(term.value)}"
    raise Her2kgError(f"RDF/XML cannot hold a triple about a triple, {term}: use turtle or nquads")


def _element(predicate: str) -> tuple[str, str]:
    """Return the name of a property's element, and the declaration it needs."""
    local = _LOCAL_NAME.search(predicate)
    if local is None or predicate in _RESERVED:
        raise Her2kgError(f"RDF/XML cannot name the property <{predicate}>: rename it, or use turtle or nquads")
    namespace = predicate[: local.start()]
    if namespace in _PREFIX_OF:
        return f"{_PREFIX_OF[namespace]}:{local[0]}", ""
    return f"ns:{local[0]}", f" xmlns:ns={quoteattr(namespace)}"
