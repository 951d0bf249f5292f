"""Mermaid flowchart, for a README or a wiki: small, or cut to the edges that say most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from her2kg.exports.formats import Export, Format
from her2kg.exports.text import lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from her2kg.projection.model import Edge, View

MOST = 60
"""Edges shown; GitHub's drawing of more is not legible."""
_BRACKETS = {"diamond": ('{{"', '"}}'), "ellipse": ('(["', '"])')}


def write(export: Export) -> Iterable[tuple[str, Iterable[bytes]]]:
    """Return the one file."""
    return [("graph.mmd", lines(_document(export.graph)))]


def _document(view: View) -> Iterator[str]:
    from her2kg.exports.style import node_look

    edges = list(view.edges())
    nodes = list(view.nodes())
    yield "flowchart LR"
    if len(edges) > MOST:
        yield f"%% {MOST} of {len(edges)} edges: those that decide a primary endpoint come first"
        edges = sorted(sorted(edges, key=_rank)[:MOST], key=lambda edge: edge.id)
        shown = {end for edge in edges for end in (edge.source, edge.target)}
        nodes = [node for node in nodes if node.id in shown]
    # Numbered, because Mermaid takes some words for keywords ("end") and few characters for an id.
    short = {node.id: f"n{number}" for number, node in enumerate(nodes)}
    for node in nodes:
        before, after = _BRACKETS.get(node_look(node.values).shape, ('["', '"]'))
        yield f"  {short[node.id]}{before}{_text(str(node.values['label']))}{after}"
    for edge in edges:
        yield f'  {short[edge.source]} -->|"{_text(str(edge.values["label"]))}"| {short[edge.target]}'


def _rank(edge: Edge) -> tuple[bool, bool, str]:
    values = edge.values
    return not (values.get("primary") and values.get("decides")), not values.get("under_test"), edge.id


def _text(text: str) -> str:
    """Return a text for inside quotes; every character with a meaning there becomes an entity code."""
    plain = " ".join(text.split())
    return "".join(f"#{ord(char)};" if char in '#&<>"`\\{}[]|*_~' else char for char in plain)


FORMATS = (
    Format(
        "mermaid",
        "Mermaid flowchart (GitHub, GitLab, Obsidian)",
        ".mmd",
        "text/vnd.mermaid",
        f"Labels alone, and {MOST} edges at most; of more, those that decide a primary endpoint come first.",
        write,
    ),
)
