"""FHIR R5 resources of an effect report and of a study.

An estimate is an Evidence: one for every report, so that two sources that print different numbers stay two. What a
source leaves unstated is said in a note and never filled in; certainty is not rated here and so not given.

Codes are those of the value sets that R5 binds to these elements (variable-role, statistic-type,
attribute-estimate-type); everything else is text.
"""

from __future__ import annotations

import hashlib
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from her2kg.terms import expand

if TYPE_CHECKING:
    from her2kg.exports.rdf_quads import Version
    from her2kg.tables import Thing

_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
_STATISTICS = {
    "her2:HazardRatio": ("C93150", "Hazard Ratio"),
    "her2:OddsRatio": ("C16932", "Odds Ratio"),
    "her2:RiskRatio": ("C93152", "Relative Risk"),
}
_REGISTRIES = {"NCT": "https://clinicaltrials.gov"}
_PRINTED = re.compile(r"-?\d*\.?\d+")
_UNLABELLED = "her2:UnlabelledInterval"

Row = dict[str, Any]
Resource = dict[str, Any]


def evidence(rows: list[Row], version: Version) -> Resource:
    """Return the Evidence of one effect report.

    Parameters
    ----------
    rows : of the query ``fhir-estimates``; several where the report was read in several documents
    version : what the data say of themselves
    """
    row = rows[0]
    report, analysis, source = row["report"], row["analysis"], row["source"]
    return {
        **_identity("Evidence", report),
        "version": version.number,
        "title": f"{analysis.label}: {source.label}",
        "citeAsMarkdown": _citation(row),
        "status": "active",
        "publisher": version.creator,
        "copyright": f"This record: {version.licence}. It states facts and figures of the source cited.",
        "relatedArtifact": _related(rows),
        "description": f"{analysis.label}: {_in_words(row)}",
        "note": [{"text": text} for text in _notes(row)],
        "variableDefinition": _variables(row),
        "statistic": [_statistic(row)],
    }


def research_study(rows: list[Row], version: Version) -> Resource:
    """Return the ResearchStudy of a study.

    Parameters
    ----------
    rows : of the query ``fhir-studies``, one for each arm
    version : what the data say of themselves
    """
    row = rows[0]
    designs = sorted({each[key].label for each in rows for key in ("kind", "blinding", "line") if each[key]})
    found = {
        **_identity("ResearchStudy", row["study"]),
        "identifier": [_registration(number) for number in sorted((row["registry"] or "").split())],
        "version": version.number,
        "title": row["study"].label,
        "status": "active",
        "phase": {"text": row["phase"].label} if row["phase"] else None,
        "studyDesign": [{"text": text} for text in designs],
        "comparisonGroup": [
            {"linkId": _id(arm), "name": arm.label, "type": {"text": role.label}}
            for arm, role in dict.fromkeys((each["arm"], each["role"]) for each in rows if each["arm"])
        ],
    }
    return {key: value for key, value in found.items() if value}


def _identity(kind: str, thing: Thing) -> Resource:
    return {"resourceType": kind, "id": _id(thing), "url": url(thing)}


def url(thing: Thing) -> str:
    """Return the address of a thing, which is also the ``fullUrl`` of its resource."""
    return expand(thing.id) or thing.id


def _id(thing: Thing) -> str:
    """Return a FHIR id: at most 64 letters, digits, hyphens and dots; a longer name is cut and told apart by a hash."""
    name = re.sub(r"[^A-Za-z0-9.-]", "-", thing.id.partition(":")[2])
    if len(name) <= 64 and name == thing.id.partition(":")[2]:
        return name
    return f"{name[:55]}-{hashlib.sha256(thing.id.encode()).hexdigest()[:8]}"


def _registration(number: str) -> Resource:
    system = _REGISTRIES.get(number[:3])
    return {"system": system, "value": number} if system else {"value": number}


def _code(system: str, code: str, display: str) -> Resource:
    return {"coding": [{"system": _TERMINOLOGY + system, "code": code, "display": display}], "text": display.lower()}


def _citation(row: Row) -> str:
    title = f"{row['title']}. " if row["title"] else ""
    doi = f", doi:{row['doi']}" if row["doi"] else f", PMID {row['pmid']}" if row["pmid"] else ""
    return f"{title}{row['source'].label}{doi}; {row['locator']}"


def _related(rows: list[Row]) -> list[Resource]:
    row = rows[0]
    address = f"https://doi.org/{row['doi']}" if row["doi"] else row["url"]
    cited: Resource = {"type": "citation", "label": row["source"].label, "citation": _citation(row)}
    if address:
        cited["document"] = {"url": address}
    related = [cited]
    for each in rows:
        if each["readIn"]:
            place = f"; {each['readInLocator']}" if each["readInLocator"] else ""
            related.append({"type": "citation", "label": "read in", "citation": f"{each['readIn'].label}{place}"})
    study = row["study"]
    related.append(
        {
            "type": "derived-from",
            "label": "study",
            "resourceReference": {"reference": url(study), "type": "ResearchStudy", "display": study.label},
        }
    )
    return related


def _in_words(row: Row) -> str:
    parts = []
    if row["value"]:
        parts.append(f"{row['measure'].label} {row['value']}")
        if row["lower"] or row["upper"]:
            level = f"{row['level']}% " if row["level"] else ""
            limits = f"{row['lower'] or '...'} to {row['upper'] or '...'}"
            parts[0] += f" ({level}{_interval_name(row)} {limits})"
    if row["p"]:
        parts.append(f"p {row['operator']} {row['p']}")
    arms = f"{row['experimental'].label} v {row['control'].label}" if row["control"] else row["experimental"].label
    return f"{', '.join(parts)} ({arms}), as printed"


def _interval_name(row: Row) -> str:
    return row["intervalKind"].label if row["intervalKind"] else "confidence interval"


def _notes(row: Row) -> list[str]:
    """Return what the elements of an Evidence cannot say, each in a line."""
    notes = [f"Known from {row['known']}, the day the source was public."]
    if row["retracted"]:
        notes.append(f"The source was retracted on {row['retracted']}.")
    if row["role"]:
        about = [row[key].label for key in ("timing", "framework") if row[key]]
        notes.append(f"Role of the analysis: {', '.join([row['role'].label, *about])}.")
    if not row["value"]:
        notes.append("Estimate: " + (row["estimateStatus"].label if row["estimateStatus"] else "not given") + ".")
    if (row["lower"] or row["upper"]) and not row["level"]:
        notes.append("Level of the interval: not stated.")
    if row["p"]:
        sides = f"Sides of p: {row['pSides'].label if row['pSides'] else 'not stated'}"
        inferred = row["inferredSides"]
        notes.append(f"{sides}; {inferred.label} by agreement with the interval." if inferred else f"{sides}.")
    if row["controlText"]:
        tested = row["experimentalText"] or "not reported"
        notes.append(f"Experimental v control arm: {tested} v {row['controlText']} {row['unit'].label}.")
    if row["authors"]:
        notes.append(f"Authors' statement: {row['authors'].label}.")
    said = [row["statement"] or "", *sorted((row["note"] or "").split("\x1f"))]
    return [*notes, *(text for text in said if text)]


def _variables(row: Row) -> list[Resource]:
    population, parent = row["population"], row["parent"]
    people = [("population", "population", parent or population)]
    if parent:
        people.append(("subpopulation", "subpopulation", population))
    roles = [*people, ("exposure", "exposure", row["experimental"])]
    if row["control"]:
        roles.append(("referenceExposure", "reference exposure", row["control"]))
    roles.append(("measuredVariable", "measured variable", row["endpoint"]))
    return [
        {
            "description": thing.label,
            "variableRole": _code("variable-role", code, display),
            "observed": {"identifier": {"system": "urn:ietf:rfc:3986", "value": url(thing)}, "display": thing.label},
        }
        for code, display, thing in roles
    ]


def _statistic(row: Row) -> Resource:
    found: Resource = {"description": _in_words(row)}
    if row["measure"]:
        known = _STATISTICS.get(row["measure"].id)
        found["statisticType"] = _code("statistic-type", *known) if known else {"text": row["measure"].label}
    value = _number(row["value"])
    if value is not None:
        found["quantity"] = {"value": value}
    if isinstance(row["n"], int):
        found["sampleSize"] = {"description": "size of the population", "numberOfParticipants": row["n"]}
    estimates = [each for each in (_interval(row), _p_value(row)) if each]
    if estimates:
        found["attributeEstimate"] = estimates
    return found


def _interval(row: Row) -> Resource | None:
    limits = {"low": _number(row["lower"]), "high": _number(row["upper"])}
    limits = {side: value for side, value in limits.items() if value is not None}
    if not limits:
        return None
    named = row["intervalKind"] is not None and row["intervalKind"].id == _UNLABELLED
    found: Resource = {
        "type": {"text": _interval_name(row)}
        if named
        else _code("attribute-estimate-type", "C53324", "Confidence interval")
    }
    if row["level"]:
        found["level"] = Decimal(row["level"]).scaleb(-2)
    return {**found, "range": {side: {"value": value} for side, value in limits.items()}}


def _p_value(row: Row) -> Resource | None:
    value = _number(row["p"])
    if value is None:
        return None
    quantity: Resource = {"value": value}
    if row["operator"] in {"<", "<=", ">=", ">"}:
        quantity["comparator"] = row["operator"]
    return {"type": _code("attribute-estimate-type", "C44185", "P-value"), "quantity": quantity}


def _number(printed: str | None) -> Decimal | None:
    """Return a printed number with its digits; none for what is printed otherwise, which the description keeps."""
    return Decimal(printed) if printed and _PRINTED.fullmatch(printed) else None
