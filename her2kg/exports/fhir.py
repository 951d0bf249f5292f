"""FHIR R5: a Bundle of Evidence, one for every reported estimate, with the ResearchStudy it comes from."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from her2kg.exports.formats import Export, Format

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def _fhir(export: Export) -> Iterable[tuple[str, Iterable[bytes]]]:
    yield "her2kg.fhir.json", _bundle(export)


def _bundle(export: Export) -> Iterator[bytes]:
    from her2kg.exports.fhir_json import dumps
    from her2kg.exports.fhir_resources import evidence, research_study, url
    from her2kg.exports.rdf_quads import data_version
    from her2kg.projection.known import export_query

    kg = export.knowledge
    version = data_version(kg)
    estimates = list(kg.sparql(export_query("fhir-estimates", export.as_of)))
    studies = {row["study"] for row in estimates}
    entries = [
        {"fullUrl": url(study), "resource": research_study(list(rows), version)}
        for study, rows in groupby(kg.sparql(export_query("fhir-studies", None)), key=lambda row: row["study"])
        if study in studies
    ]
    entries += [
        {"fullUrl": url(report), "resource": evidence(list(rows), version)}
        for report, rows in groupby(estimates, key=lambda row: row["report"])
    ]
    bundle: dict[str, object] = {
        "resourceType": "Bundle",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": version.iri},
        "type": "collection",
        "timestamp": f"{version.issued}T00:00:00Z",
    }
    if entries:  # FHIR knows no empty lists
        bundle["entry"] = entries
    yield dumps(bundle).encode()
    yield b"\n"


FORMATS = (
    Format(
        name="fhir",
        title="FHIR R5 Bundle of Evidence and ResearchStudy (FHIR servers, EBMonFHIR tools)",
        suffix=".json",
        media_type="application/fhir+json",
        loss="Estimates and p-values of comparisons only, with the words that go with them in notes; no verdicts, no "
        "findings on mechanisms and assays; codes only from the value sets that R5 binds, all else is text. Sides of p "
        "and what is not stated are notes.",
        write=_fhir,
        of_view=False,
    ),
)
