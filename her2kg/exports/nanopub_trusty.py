"""Trusty URIs: names of RDF graphs that hold a hash of what is in them, so that a reader can check nothing changed.

Module RA of the specification (Kuhn and Dumontier, "Making digital artifacts on the web verifiable and reliable", IEEE
TKDE 27, 2015): the quads, sorted, each of their terms on a line, the code itself replaced by a blank; of that text the
SHA-256, base64url.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

import pyoxigraph as ox

if TYPE_CHECKING:
    from collections.abc import Iterable

PLACEHOLDER = "RA" + "A" * 43
"""Stands for a code that is not known yet; of a code's length and letters."""


def artifact_code(quads: Iterable[ox.Quad]) -> str:
    """Return the code of quads without blank nodes whose IRIs hold `PLACEHOLDER` where the code belongs."""
    lines = sorted(_terms(quad) for quad in set(quads))
    text = "".join(f"{graph}\n{subject}\n{predicate}\n{written}\n" for graph, subject, predicate, *_, written in lines)
    digest = hashlib.sha256(text.encode()).digest()
    return "RA" + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _terms(quad: ox.Quad) -> tuple[str, str, str, bool, str, str, str, str]:
    """Return the terms by which a quad is sorted, in order, and last the object as it is written."""
    graph, subject, predicate = (_iri(term) for term in (quad.graph_name, quad.subject, quad.predicate))
    value = quad.object
    if not isinstance(value, ox.Literal):
        return (graph, subject, predicate, False, _iri(value), "", "", _iri(value))
    text = value.value.replace("\\", "\\\\").replace("\n", "\\n")
    if value.language:
        return (graph, subject, predicate, True, value.value, "", value.language, f"@{value.language.lower()} {text}")
    kind = value.datatype.value
    return (graph, subject, predicate, True, value.value, kind, "", f"^{kind} {text}")


def _iri(term: object) -> str:
    assert isinstance(term, ox.NamedNode)  # noqa: S101 - a blank node has no place in a hash
    return term.value.replace(PLACEHOLDER, " ")
