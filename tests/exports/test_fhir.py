"""The FHIR Bundle, read by the model classes of R5 (fhir.resources) and held against the value sets of R5."""

import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from export_readers import shipped
from fhir.resources.bundle import Bundle
from hypothesis import given
from hypothesis import strategies as st

import her2kg
from her2kg.exports.fhir_json import dumps
from her2kg.exports.fhir_resources import evidence, research_study
from her2kg.exports.formats import Export, find
from her2kg.exports.rdf_quads import Version
from her2kg.knowledge import KnowledgeGraph
from her2kg.tables import Thing

# As published with FHIR 5.0.0: the value sets bound, extensibly or required, to the elements that are coded here.
VALUE_SETS = {
    "http://terminology.hl7.org/CodeSystem/variable-role": {
        *("population", "subpopulation", "exposure", "referenceExposure", "measuredVariable", "confounder")
    },
    "http://terminology.hl7.org/CodeSystem/statistic-type": {
        *("absolute-MedianDiff", "C25463", "0000301", "predictedRisk", "descriptive", "C93150", "C16726", "rate-ratio"),
        *(
            "C25564",
            "C53319",
            "0000457",
            "C28007",
            "C25570",
            "C16932",
            "C65172",
            "C17010",
            "C44256",
            "0000565",
            "C93152",
        ),
        *("0000424", "C65171", "0000100"),
    },
    "http://terminology.hl7.org/CodeSystem/attribute-estimate-type": {
        *("0000419", "C53324", "0000455", "0000420", "C53245", "C44185", "C38013", "C53322", "0000037", "0000421"),
        "C48918",
    },
}
PUBLICATION_STATUS = {"draft", "active", "retired", "unknown"}
IRI = "https://w3id.org/her2kg/id/"


@pytest.fixture(scope="module")
def bundle() -> dict[str, Any]:
    """The Bundle with its decimals as written."""
    found: dict[str, Any] = json.loads(shipped("fhir"), parse_float=Decimal)
    return found


def resources(bundle: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {e["fullUrl"]: e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind}


def each(value: object, key: str) -> list[Any]:
    """Return what stands under a key anywhere in a document."""
    if isinstance(value, dict):
        return [v for k, v in value.items() if k == key] + [found for v in value.values() for found in each(v, key)]
    return [found for v in value for found in each(v, key)] if isinstance(value, list) else []


def effect_reports(kg: KnowledgeGraph) -> dict[str, dict[str, Any]]:
    """Return what the graph holds of each effect report, asked without the exporter's query."""
    rows = kg.sparql(
        """SELECT ?report ?analysis ?study ?population ?endpoint ?experimental ?measure ?value ?lower ?upper
          ?level ?p ?operator ?known ?doi WHERE {
        ?report a her2:EffectReport ; her2:ofAnalysis ?analysis ; her2:source ?source ; her2:knownFrom ?known .
        ?analysis her2:partOfStudy ?study ; her2:population ?population ; her2:endpoint ?endpoint ;
          her2:experimentalArm ?experimental .
        OPTIONAL { ?report her2:valueText ?value } OPTIONAL { ?report her2:lowerText ?lower }
        OPTIONAL { ?report her2:upperText ?upper } OPTIONAL { ?report her2:pText ?p }
        OPTIONAL { ?report her2:pOperator ?operator } OPTIONAL { ?report her2:measure ?measure }
        OPTIONAL { ?report her2:confidenceLevel ?l BIND(STR(?l) AS ?level) } OPTIONAL { ?source her2:doi ?doi } }"""
    )
    return {row["report"].id.replace("kg:", IRI): row for row in rows if row["value"] or row["p"]}


def test_the_r5_model_reads_it(bundle: dict[str, Any]) -> None:
    read = Bundle.model_validate(bundle)
    assert read.type == "collection"
    kinds = Counter(entry.resource.get_resource_type() for entry in read.entry)
    assert kinds["Evidence"] > 140
    assert kinds["ResearchStudy"] > 20
    assert set(kinds) == {"Evidence", "ResearchStudy"}


def test_every_reported_estimate_and_p_value_is_an_evidence(kg: KnowledgeGraph, bundle: dict[str, Any]) -> None:
    assert set(resources(bundle, "Evidence")) == set(effect_reports(kg))


def test_numbers_have_the_digits_printed(kg: KnowledgeGraph, bundle: dict[str, Any]) -> None:
    reports = effect_reports(kg)
    for iri, found in resources(bundle, "Evidence").items():
        row = reports[iri]
        (statistic,) = found["statistic"]
        estimates = {each["type"]["text"]: each for each in statistic.get("attributeEstimate", [])}
        p = estimates.pop("p-value", {}).get("quantity", {})
        limits = next(iter(estimates.values()), {})
        written = [
            statistic.get("quantity", {}).get("value"),
            limits.get("range", {}).get("low", {}).get("value"),
            limits.get("range", {}).get("high", {}).get("value"),
            p.get("value"),
        ]
        assert [None if number is None else str(number) for number in written] == [
            row[key] for key in ("value", "lower", "upper", "p")
        ], iri
        assert p.get("comparator", "=" if row["p"] else None) == row["operator"]
        if row["level"] and limits:
            assert limits["level"] * 100 == Decimal(row["level"])
        else:
            assert "level" not in limits
    toga = resources(bundle, "Evidence")[IRI + "ToGA-OS-bang-2010"]["statistic"][0]["attributeEstimate"][0]
    assert str(toga["range"]["low"]["value"]) == "0.60"
    assert str(toga["level"]) == "0.95"


def test_variables_and_sources_are_those_of_the_graph(kg: KnowledgeGraph, bundle: dict[str, Any]) -> None:
    reports = effect_reports(kg)
    for iri, found in resources(bundle, "Evidence").items():
        row = reports[iri]
        roles = {each["variableRole"]["coding"][0]["code"]: each["description"] for each in found["variableDefinition"]}
        assert roles["measuredVariable"] == row["endpoint"].label
        assert roles["exposure"] == row["experimental"].label
        assert row["population"].label in {roles["population"], roles.get("subpopulation")}
        if row["measure"]:
            assert found["statistic"][0]["statisticType"]["text"] == row["measure"].label
        if row["doi"]:
            assert found["relatedArtifact"][0]["document"]["url"] == f"https://doi.org/{row['doi']}"
            assert row["doi"] in found["citeAsMarkdown"]
        assert f"Known from {row['known']}, the day the source was public." in each(found["note"], "text")


def test_codes_are_of_the_value_sets_bound_in_r5(bundle: dict[str, Any]) -> None:
    codings = [coding for found in each(bundle, "coding") for coding in found]
    assert {coding["system"] for coding in codings} == set(VALUE_SETS)
    assert [coding for coding in codings if coding["code"] not in VALUE_SETS[coding["system"]]] == []
    assert set(each(bundle, "status")) <= PUBLICATION_STATUS
    assert set(each(bundle, "comparator")) <= {"<", "<=", ">=", ">"}
    assert {found["type"] for related in each(bundle, "relatedArtifact") for found in related} <= {
        "citation",
        "derived-from",
    }


def test_references_lead_to_entries_and_ids_are_valid(bundle: dict[str, Any]) -> None:
    studies = resources(bundle, "ResearchStudy")
    assert set(each(bundle, "reference")) == set(studies)
    ids = [entry["resource"]["id"] for entry in bundle["entry"]]
    assert len(ids) == len(set(ids))
    assert [found for found in ids if not re.fullmatch(r"[A-Za-z0-9.-]{1,64}", found)] == []
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(urls) == len(set(urls))


def test_what_is_not_stated_is_said_and_nothing_is_rated(bundle: dict[str, Any]) -> None:
    found = resources(bundle, "Evidence")
    assert each(bundle, "certainty") == []
    notes = {iri: each(one["note"], "text") for iri, one in found.items()}
    assert "Sides of p: not stated; two-sided by agreement with the interval." in notes[IRI + "LOGIC-OS-hecht-2016"]
    one_sided = [iri for iri, texts in notes.items() if any(text.startswith("Sides of p: one-sided") for text in texts)]
    assert len(one_sided) == 2
    no_estimate = IRI + "ToGA-OS-review-2020"
    assert "Estimate: not reported in this source." in notes[no_estimate]
    assert "quantity" not in found[no_estimate]["statistic"][0]
    for iri, one in found.items():
        interval = [e for e in one["statistic"][0].get("attributeEstimate", []) if "range" in e]
        assert bool(interval and "level" not in interval[0]) == ("Level of the interval: not stated." in notes[iri])


def test_every_text_is_a_text(bundle: dict[str, Any]) -> None:
    labels = [
        text for key in ("title", "description", "display", "name", "label", "text") for text in each(bundle, key)
    ]
    assert len(labels) > 2000
    assert [text for text in labels if not text or text in {"None", "nan", "NaN"} or "None" in text] == []
    assert [text for text in labels if text.startswith(("http", "kg:", "her2:"))] == []


def test_as_of_a_day_only_what_was_known(kg: KnowledgeGraph) -> None:
    then = json.loads(shipped("fhir", "2015-12-31"))
    Bundle.model_validate(then)
    known = {iri for iri, row in effect_reports(kg).items() if row["known"] <= "2015-12-31"}
    assert set(resources(then, "Evidence")) == known
    assert 0 < len(known) < len(effect_reports(kg))


def test_as_of_a_day_before_everything_it_is_empty_and_valid() -> None:
    then = json.loads(shipped("fhir", "1999-12-31"))
    assert "entry" not in then  # an empty list is no FHIR
    Bundle.model_validate(then)


def test_a_retraction_is_said_from_its_day_on(tmp_path: Path) -> None:
    mine = tmp_path / "mine.ttl"
    mine.write_text(
        """@prefix her2: <https://w3id.org/her2kg/ontology#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
        <https://w3id.org/her2kg/id/hecht-2016> her2:retractedOn "2025-01-01"^^xsd:date ."""
    )
    kg = her2kg.load([mine])
    for day, said in (("2024-12-31", False), (None, True)):
        ((_, chunks),) = find("fhir").write(Export(kg, as_of=day))
        notes = each(resources(json.loads(b"".join(chunks)), "Evidence")[IRI + "LOGIC-OS-hecht-2016"]["note"], "text")
        assert ("The source was retracted on 2025-01-01." in notes) == said


# Any report

NUMBERS = st.decimals(min_value="0.001", max_value="99", places=3).map(str) | st.sampled_from(
    ["0.60", "1.00", "1·2", "NE"]
)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip)
THINGS = st.builds(Thing, st.text("aZ9-._é/", min_size=1, max_size=90).map("kg:{}".format), TEXTS)


@given(data=st.data())
def test_any_report_is_a_valid_evidence_whose_numbers_keep_their_digits(data: st.DataObject) -> None:
    optional = {
        **dict.fromkeys(("control", "parent", "role", "timing", "framework", "estimateStatus", "authors"), THINGS),
        **dict.fromkeys(("lower", "upper", "experimentalText"), NUMBERS),
        **dict.fromkeys(("statement", "doi", "pmid", "title", "note", "readInLocator"), TEXTS),
        "value": NUMBERS,
        "p": NUMBERS,
        "level": st.sampled_from(["95", "99.2", "90"]),
        "intervalKind": st.just(Thing("her2:UnlabelledInterval", "interval without a label")),
        "pSides": THINGS,
        "inferredSides": THINGS,
        "readIn": THINGS,
        "n": st.integers(1, 9999),
        "controlText": NUMBERS,
        "retracted": st.just("2021-01-01"),
        "url": st.just("https://a.org/b"),
    }
    row = {key: data.draw(st.none() | values) for key, values in optional.items()}
    for key in ("report", "analysis", "study", "endpoint", "population", "experimental", "source", "unit", "measure"):
        row[key] = data.draw(THINGS)
    row |= {"known": "2020-01-01", "locator": "abstract", "operator": data.draw(st.sampled_from("=<>"))}
    version = Version("https://example.org/1.0", "1.0", "2020-01-01", "someone", "https://example.org/licence")
    study = {**dict.fromkeys(("phase", "line", "blinding", "registry", "arm", "role")), "study": row["study"]}
    entries = [
        {"fullUrl": "urn:a", "resource": evidence([row], version)},
        {"fullUrl": "urn:b", "resource": research_study([{**study, "kind": row["source"]}], version)},
    ]
    text = dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})
    found = json.loads(text, parse_float=Decimal)
    Bundle.model_validate(found)
    statistic = found["entry"][0]["resource"]["statistic"][0]
    numbers = [str(v) for v in (*each(statistic.get("quantity", {}), "value"), *each(statistic, "low"))]
    printed = row["value"]
    if printed and re.fullmatch(r"[\d.]+", printed):
        assert numbers[0] == printed
    else:
        assert "quantity" not in statistic


def test_control_characters_which_fhir_forbids_are_replaced() -> None:
    assert json.loads(dumps(["form\ffeed", "line\nend"])) == ["form\ufffdfeed", "line\nend"]


PLAIN = st.recursive(
    st.text(st.characters(exclude_categories=["Cc", "Cs"]))
    | st.integers()
    | st.booleans()
    | st.decimals(allow_nan=False, allow_infinity=False, places=4),
    lambda inner: (
        st.lists(inner, min_size=1)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cc", "Cs"])), inner, min_size=1)
    ),
)


@given(PLAIN)
def test_json_is_read_back_with_every_digit(value: object) -> None:
    def same(read: object, written: object) -> bool:
        if isinstance(written, dict):
            assert isinstance(read, dict)
            return list(read) == list(written) and all(same(read[key], written[key]) for key in written)
        if isinstance(written, list):
            assert isinstance(read, list)
            return len(read) == len(written) and all(map(same, read, written))
        return str(read) == (format(written, "f") if isinstance(written, Decimal) else str(written))

    assert same(json.loads(dumps(value), parse_float=Decimal), value)
