"""Nanopublications, one for every verdict on an agent: what is claimed, what it was derived from, who says so."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from her2kg.exports.formats import Export, Format

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from her2kg.tables import Cell

    Rows = defaultdict[Cell, list[dict[str, Cell]]]


def _nanopub(export: Export) -> Iterable[tuple[str, Iterable[bytes]]]:
    yield "her2kg.nanopub.trig", _publications(export)


def _publications(export: Export) -> Iterator[bytes]:
    import pyoxigraph as ox

    from her2kg.exports.nanopub_graphs import BASE, PREFIXES, Publication
    from her2kg.exports.nanopub_trusty import PLACEHOLDER, artifact_code
    from her2kg.exports.rdf import sorted_header
    from her2kg.exports.rdf_quads import data_version
    from her2kg.projection.known import export_query

    kg = export.knowledge
    version = data_version(kg)
    evidence: Rows = defaultdict(list)
    steps: Rows = defaultdict(list)
    for name, rows in (("nanopub-evidence", evidence), ("nanopub-steps", steps)):
        for row in kg.sparql(export_query(name, None)):
            rows[row["verdict"]].append(row)
    for row in kg.sparql(export_query("nanopub-verdicts", export.as_of)):
        publication = Publication(row, evidence[row["verdict"]], steps[row["verdict"]], version)
        this = BASE + artifact_code(publication.quads(BASE + PLACEHOLDER))
        trig = ox.serialize(publication.quads(this), format=ox.RdfFormat.TRIG, prefixes={**PREFIXES, "sub": f"{this}#"})
        yield f"# {' '.join(publication.label.split())}\n".encode() + sorted_header(trig) + b"\n"


FORMATS = (
    Format(
        name="nanopub",
        title="Nanopublications of verdicts on agents, TriG with Trusty URIs (nanopublication tools)",
        suffix=".trig",
        media_type="application/trig",
        loss="Verdicts on agents only, with their deciding reports as printed; not signed, as signing is for whoever "
        "publishes them. As of a day: verdicts known by then, those that ended later left open.",
        write=_nanopub,
        of_view=False,
    ),
)
