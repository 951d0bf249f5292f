"""The whole graph as RDF: Turtle, N-Quads, JSON-LD, RDF/XML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from her2kg.exports.formats import Export, Format

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_AS_OF = "As of a day it holds what was known then; what a study is (arms, analyses, roles, agents) is as recorded now."


def _turtle(export: Export) -> Iterable[tuple[str, Iterable[bytes]]]:
    import pyoxigraph as ox

    from her2kg.exports.rdf_quads import quads
    from her2kg.terms import PREFIXES

    triples = [quad.triple for quad in quads(export)]
    yield "her2kg.ttl", [sorted_header(ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=PREFIXES))]


def sorted_header(text: bytes | None) -> bytes:
    """Return Turtle or TriG with its prefixes in order, which the serializer writes in another order every time."""
    lines = (text or b"").splitlines(keepends=True)
    end = next((i for i, line in enumerate(lines) if not line.startswith(b"@prefix ")), len(lines))
    return b"".join([*sorted(lines[:end]), b"\n", *lines[end:]])


def _nquads(export: Export) -> Iterable[tuple[str, Iterable[bytes]]]:
    from her2kg.exports.rdf_quads import quads

    yield "her2kg.nq", _lines(sorted(f"{quad} .\n" for quad in quads(export)))


def _lines(lines: list[str], at_once: int = 5000) -> Iterator[bytes]:
    for start in range(0, len(lines), at_once):
        yield "".join(lines[start : start + at_once]).encode()


def _jsonld(export: Export) -> Iterable[tuple[str, Iterable[bytes]]]:
    from her2kg.exports.rdf_jsonld import json_ld
    from her2kg.exports.rdf_quads import quads

    yield "her2kg.jsonld", json_ld(quad.triple for quad in quads(export))


def _rdfxml(export: Export) -> Iterable[tuple[str, Iterable[bytes]]]:
    from her2kg.exports.rdf_quads import quads
    from her2kg.exports.rdf_xml import rdf_xml

    yield "her2kg.rdf", rdf_xml(quad.triple for quad in quads(export))


FORMATS = (
    Format(
        name="turtle",
        title="Turtle (Protégé, triple stores, text editors)",
        suffix=".ttl",
        media_type="text/turtle",
        loss=f"Nothing but which triples were derived, which N-Quads tell. {_AS_OF}",
        write=_turtle,
        of_view=False,
    ),
    Format(
        name="nquads",
        title="N-Quads (triple stores, line-by-line tools)",
        suffix=".nq",
        media_type="application/n-quads",
        loss=f"Nothing; derived facts are in the graph https://w3id.org/her2kg/graph/derived. {_AS_OF}",
        write=_nquads,
        of_view=False,
    ),
    Format(
        name="jsonld",
        title="JSON-LD 1.1 (JSON tools, JSON-LD processors)",
        suffix=".jsonld",
        media_type="application/ld+json",
        loss=f"Nothing but which triples were derived, which N-Quads tell. {_AS_OF}",
        write=_jsonld,
        of_view=False,
    ),
    Format(
        name="rdfxml",
        title="RDF/XML (OWL tools, older triple stores)",
        suffix=".rdf",
        media_type="application/rdf+xml",
        loss="Which triples were derived; and control characters, which XML cannot hold and which become U+FFFD. "
        + _AS_OF,
        write=_rdfxml,
        of_view=False,
    ),
)
