"""From an Accept header to a format (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from her2kg.serving.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

# Media type to format, the preferred one first; what comes later with the same format is another name for it.
RESULTS = {
    "application/sparql-results+json": "json",
    "application/json": "json",
    "application/sparql-results+xml": "xml",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/xml": "xml",
    "text/xml": "xml",
}
GRAPHS = {
    "text/turtle": "ttl",
    "application/n-triples": "nt",
    "application/ld+json": "jsonld",
    "application/rdf+xml": "rdf",
    "application/n-quads": "nq",
    "application/trig": "trig",
    "application/x-turtle": "ttl",
    "application/json": "jsonld",
    "application/xml": "rdf",
    "text/xml": "rdf",
}
TABLES = {
    "application/json": "json",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "text/markdown": "md",
    "text/plain": "text",
}
DOCUMENTS = {"text/html": "html", **GRAPHS, "application/json": "json", "text/markdown": "md"}


def media_of(formats: Mapping[str, str], form: str) -> str:
    """Return the media type a format goes by."""
    media = next(media for media, name in formats.items() if name == form)
    return f"{media}; charset=utf-8" if media.startswith("text/") else media


def _accepted(header: str) -> tuple[tuple[str, float], ...]:
    """Return the ranges of an Accept header with their quality."""
    found = []
    for part in header.split(","):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "q":
                try:
                    quality = min(1.0, max(0.0, float(value)))
                except ValueError:
                    quality = 0.0
        if "/" in media:
            found.append((media.lower(), quality))
    return tuple(found)


def choose(header: str, formats: Mapping[str, str], asked: str | None = None) -> str | None:
    """Return the format a client likes best, None if it takes none of them.

    Parameters
    ----------
    header : Accept; empty means anything
    formats : media type to format, in the server's order of preference
    asked : a format named in the address, which counts for more than the header

    Raises
    ------
    Problem : 400, there is no format of the name asked for
    """
    if asked is not None:
        if asked in formats.values():
            return asked
        known = ", ".join(dict.fromkeys(formats.values()))
        raise Problem(400, f"format={asked[:30]!r} is not known here: use {known}")
    return _chosen(header, tuple(formats.items()))


@lru_cache(maxsize=1024)
def _chosen(header: str, formats: tuple[tuple[str, str], ...]) -> str | None:
    ranges = _accepted(header)
    if not ranges:
        return formats[0][1]
    best, best_quality = None, 0.0
    for media, form in formats:
        kind = media.partition("/")[0] + "/*"
        for level in (media, kind, "*/*"):  # the most specific range decides
            quality = max((q for wanted, q in ranges if wanted == level), default=None)
            if quality is not None:
                if quality > best_quality:
                    best, best_quality = form, quality
                break
    return best


def wants_json(header: str) -> bool:
    """Say whether a refusal should be problem details: JSON is named, and liked better than text."""
    kinds = {"application/problem+json": "json", "application/json": "json", "application/sparql-results+json": "json"}
    return choose(header, {"text/plain": "text", **kinds}) == "json" if header else False
