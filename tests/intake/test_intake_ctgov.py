"""ClinicalTrials.gov: every leaf accounted for, every number as printed, nothing guessed, nothing that breaks it."""

from __future__ import annotations

import copy
import json
import random
import re
from decimal import Decimal
from pathlib import Path

import pyoxigraph as ox
import pytest

from her2kg.intake.ctgov import import_ctgov, make_answers
from her2kg.intake.ctgov_schema import fields
from her2kg.intake.errors import IntakeError
from her2kg.intake.formatting import format_text
from her2kg.intake.leaves import general, leaves
from her2kg.intake.vocabulary import load_vocabulary
from her2kg.terms import HER2, KG

FIXTURE = Path(__file__).parent / "fixtures" / "NCT99900001.json"
SOURCE = "clinicaltrials-NCT99900001-2024-03-05"


@pytest.fixture(scope="module")
def vocabulary():
    return load_vocabulary()


@pytest.fixture(scope="module")
def record():
    return json.loads(FIXTURE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def draft(vocabulary):
    return import_ctgov(str(FIXTURE), vocabulary=vocabulary)


@pytest.fixture(scope="module")
def graph(draft):
    return read(draft.text)


def read(text):
    found: dict[str, dict[str, list[str]]] = {}
    for quad in ox.parse(text.encode(), format=ox.RdfFormat.TURTLE):
        name = quad.predicate.value.removeprefix(HER2)
        value = quad.object.value.replace(HER2, "her2:").replace(KG, "kg:")
        found.setdefault(quad.subject.value.removeprefix(KG), {}).setdefault(name, []).append(value)
    return found


def write(tmp_path, value, name="x.json"):
    path = tmp_path / name
    path.write_text(json.dumps(value), encoding="utf-8")
    return str(path)


def test_fixture_has_published_fields_only(record):
    assert {general(path) for path, value in leaves(record) if value != "(empty)"} <= fields()


def test_every_leaf_is_accounted_for(record, draft):
    listed = draft.report.column("path")
    assert listed == [path for path, _ in leaves(record)]
    for row in draft.report:
        assert (row["fate"] == "mapped") == bool(row["target"]) != bool(row["reason"]), row


def test_unknown_fields_survive(tmp_path, record, vocabulary):
    changed = copy.deepcopy(record)
    changed["protocolSection"]["designModule"]["brandNew"] = {"deep": [1, "two"]}
    changed["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"][0]["analyses"][0]["bayesFactor"] = "3.1"
    rows = {row["path"]: row for row in import_ctgov(write(tmp_path, changed), vocabulary=vocabulary).report}
    for path, value in (
        ("protocolSection.designModule.brandNew.deep[1]", "two"),
        ("resultsSection.outcomeMeasuresModule.outcomeMeasures[0].analyses[0].bayesFactor", "3.1"),
    ):
        assert rows[path]["value"] == value
        assert rows[path]["fate"] == "not mapped"
        assert "unknown field" in rows[path]["reason"]


def test_effects_as_printed(graph):
    first = graph[f"EXAMPLE-1-OS-{SOURCE}"]
    assert [first[name] for name in ("valueText", "lowerText", "upperText", "confidenceLevel")] == [
        ["0.740"], ["0.60"], ["0.91"], ["95"],
    ]  # fmt: skip
    assert (first["pText"], first["pOperator"], first["pSides"]) == (["0.0046"], ["="], ["her2:TwoSided"])
    second = graph[f"EXAMPLE-1-OS-2-{SOURCE}"]
    assert (second["valueText"], second["upperText"], second["confidenceLevel"]) == (["0.75"], ["0.95"], ["97.5"])
    assert "lower" not in second
    notes = " ".join(second["http://www.w3.org/2004/02/skos/core#note"])
    assert 'printed ".75"' in notes
    assert "one-sided confidence limit" in notes
    inferior = graph[f"EXAMPLE-1-PFS-{SOURCE}"]
    assert (inferior["pText"], inferior["pOperator"], inferior["pSides"]) == (["0.001"], ["<"], ["her2:OneSided"])
    assert graph["EXAMPLE-1-PFS"]["framework"] == ["her2:NonInferiority"]
    assert graph["EXAMPLE-1-PFS"]["experimentalArm"] == ["kg:EXAMPLE-1-experimental"]


def test_arms_times_and_what_is_not_reached(graph):
    assert graph[f"EXAMPLE-1-OS-{SOURCE}-experimental"]["valueText"] == ["13.80"]
    assert "upper" not in graph[f"EXAMPLE-1-OS-{SOURCE}-experimental"]
    assert graph[f"EXAMPLE-1-PFS-{SOURCE}-control"]["statement"] == ['no number: "NA" in the record']
    assert graph[f"EXAMPLE-1-PFS-{SOURCE}-experimental"]["intervalKind"] == ["her2:InterquartileRange"]
    rates = {name: found for name, found in graph.items() if found.get("statistic") == ["her2:RateAtTime"]}
    assert sorted((found["atTime"][0], found["valueText"][0]) for found in rates.values()) == [
        ("12", "45.10"), ("12", "54.3"), ("24", "19"), ("24", "28"),
    ]  # fmt: skip
    response = graph[f"EXAMPLE-1-ORR-{SOURCE}-experimental"]
    assert (response["numerator"], response["denominator"], response["unit"]) == (["66"], ["140"], ["her2:Patients"])


def test_what_is_not_said_is_not_said(graph, draft):
    study = graph["EXAMPLE-1"]
    assert not {"confirmatory", "lineOfTherapy", "her2Selection", "setting"} & study.keys()
    for word in ("her2:confirmatory", "her2:lineOfTherapy", "her2:her2Selection", "her2:timing", "her2:margin"):
        assert any(word in todo for todo in draft.todo), word
    assert "timing" not in graph["EXAMPLE-1-OS"]
    assert "measure" not in graph[f"EXAMPLE-1-ORR-{SOURCE}"]


def test_numbers_go_round(record, draft, graph):
    """Every number of the record that is mapped into a value stands in the draft with the record's digits."""
    printed = re.compile(r"her2:(?:value|lower|upper|p, her2:pOperator|p)$")
    seen = 0
    for row in draft.report:
        for target in str(row["target"] or "").split("; "):
            node, _, predicate = target.partition(" ")
            if not printed.search(predicate):
                continue
            name = predicate.removeprefix("her2:").partition(",")[0]
            assert graph[node.removeprefix("kg:")][f"{name}Text"] == [
                {".75": "0.75"}.get(str(row["value"]), str(row["value"]).lstrip("<"))
            ]
            seen += 1
    assert seen >= 12
    for found in graph.values():
        for name in ("value", "lower", "upper", "p"):
            if name in found:
                assert Decimal(found[name][0]) == Decimal(found[f"{name}Text"][0])


def test_deterministic_and_formatted(draft, vocabulary):
    again = import_ctgov(str(FIXTURE), vocabulary=load_vocabulary())
    assert again.text == draft.text
    assert again.report.rows == draft.report.rows
    assert format_text(draft.text) == draft.text


def test_answers_fill_what_is_open(vocabulary):
    answers = make_answers(
        vocabulary, line="second", timing="final analysis", setting="advanced disease", confirmatory=True
    )
    found = read(import_ctgov(str(FIXTURE), answers, vocabulary).text)
    assert found["EXAMPLE-1"]["lineOfTherapy"] == ["her2:SecondLine"]
    assert found["EXAMPLE-1"]["confirmatory"] == ["true"]
    assert found["EXAMPLE-1-OS"]["timing"] == ["her2:Final"]
    with pytest.raises(IntakeError, match=r"none of these: .*second line"):
        make_answers(vocabulary, line="ninth")


def test_validation_names_what_is_missing_and_nothing_else(tmp_path, draft, record, vocabulary):
    """A draft with open points has each named; one whose points are answered on the command line is valid as it is."""
    from her2kg.validation import validate

    complete = json.loads(
        json.dumps(record).replace("NCT999000", "NCT999100").replace("2019-001234-56", "2019-001234-57")
    )
    complete["protocolSection"]["identificationModule"].update(acronym="EXAMPLE-2")
    measures = complete["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"]
    measures[0]["analyses"].pop()
    measures[1]["analyses"][0].update(nonInferiorityType="SUPERIORITY")
    complete["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"] = [measures[0], measures[1], measures[3]]
    answers = make_answers(vocabulary, line="first", timing="final analysis", setting="advanced", confirmatory=True)
    answered = import_ctgov(write(tmp_path, complete), answers, vocabulary)
    paths = [tmp_path / "open.ttl", tmp_path / "answered.ttl"]
    for path, made in zip(paths, (draft, answered), strict=True):
        path.write_text(made.text, encoding="utf-8")
    violated = [one for one in validate(None, [str(path) for path in paths]) if one.severity == "Violation"]
    found = {(one.shape.removeprefix("her2:").removesuffix("Shape"), one.focus) for one in violated}
    assert {one.file for one in violated} == {str(paths[0])}
    shapes = {shape for shape, _ in found}
    assert {"Confirmatory", "Timing", "PopulationKind", "Margin", "AnalysisRole", "EffectEstimate"} <= shapes
    assert shapes <= {
        "Confirmatory",
        "StudyLine",
        "Timing",
        "PopulationKind",
        "Margin",
        "AnalysisRole",
        "EffectEstimate",
    }
    assert {focus for shape, focus in found if shape == "Confirmatory"} == {"kg:EXAMPLE-1"}


@pytest.mark.parametrize("seed", range(30))
def test_records_with_anything_anywhere(tmp_path, record, vocabulary, seed):
    """Leaves and branches replaced by foreign values: a draft that loads and a full account, or one clear line."""
    chance = random.Random(seed)
    changed = copy.deepcopy(record)
    foreign = [
        None,
        [],
        {},
        "",
        "NA",
        "x" * 500,
        -1,
        1e300,
        True,
        [["deep"]],
        {"a": {"b": 1}},
        'q"\\\n#\u2028\u0000é',
        "../../x",
        "1E999999999",
    ]

    def spoil(value, depth=0):
        if depth and chance.random() < 0.03:
            return chance.choice(foreign)
        if isinstance(value, dict):
            return {key: spoil(member, depth + 1) for key, member in value.items()}
        return [spoil(member, depth + 1) for member in value] if isinstance(value, list) else value

    changed = spoil(changed)
    path = write(tmp_path, changed)
    try:
        made = import_ctgov(path, vocabulary=vocabulary)
    except IntakeError as error:
        refusal = str(error)
    else:
        read(made.text)
        assert len(made.report) == len(list(leaves(changed)))
        assert format_text(made.text) == made.text
        return
    assert path in refusal
    assert "\n" not in refusal


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"   \n", "empty"),
        (b'{"protocolSection": {', "line 1 column"),
        (b"\xff\xfe{\x00", "UTF-16"),
        (b'{"a": "\xe9"}', "not UTF-8"),
        (b"\x00\x01\x02", "binary"),
        (b"<?xml version='1.0'?><clinical_study/>", "XML or HTML"),
        (b"[1, 2]", "no object"),
        (b'"text"', "no object"),
        (b"NaN", "no JSON number"),
        (b'{"FullStudiesResponse": {}}', "classic API"),
        (b'{"studies": []}', "page of 0 studies"),
        (b'{"resourceType": "ResearchStudy"}', "no protocolSection .it has resourceType"),
        (b'{"protocolSection": {"identificationModule": {"nctId": "../../etc/passwd"}}}', "no number of that registry"),
        (
            b'{"protocolSection": {"identificationModule": {"nctId": "NCT12345678", "nctId": "NCT12345679"}}}',
            "stands twice",
        ),
        (b'{"protocolSection": "\\ud83d"}', "half a character"),
        (b"[" * 100_000, "nested deeper"),
        (b'{"a":' * 100_000, "nested deeper"),
    ],
)
def test_foreign_and_broken_files(tmp_path, vocabulary, content, said):
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(IntakeError, match=said) as caught:
        import_ctgov(str(path), vocabulary=vocabulary)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_large_absent_and_folders(tmp_path, vocabulary):
    with (tmp_path / "large.json").open("wb") as stream:
        stream.truncate(200 * 1024 * 1024)
    for name, said in (("large.json", "209,715,200 bytes"), ("absent.json", "No such file"), (".", "a folder")):
        with pytest.raises(IntakeError, match=said):
            import_ctgov(str(tmp_path / name), vocabulary=vocabulary)


def test_names_cannot_leave_the_namespace(tmp_path, record, vocabulary):
    changed = copy.deepcopy(record)
    changed["protocolSection"]["identificationModule"]["acronym"] = "../../etc/passwd> <evil"
    changed["protocolSection"]["armsInterventionsModule"]["interventions"][0].update(
        name='x> . <http://evil/> a "', otherNames=[]
    )
    made = import_ctgov(write(tmp_path, changed), vocabulary=vocabulary)
    subjects = {quad.subject.value for quad in ox.parse(made.text.encode(), format=ox.RdfFormat.TURTLE)}
    assert all(re.fullmatch(re.escape(KG) + r"[A-Za-z0-9-]+", subject) for subject in subjects)
    assert made.name == "etc-passwd-evil"


def test_a_known_study_is_named(tmp_path, record, vocabulary):
    changed = copy.deepcopy(record)
    changed["protocolSection"]["identificationModule"].update(nctId="NCT01041404", acronym="ToGA")
    made = import_ctgov(write(tmp_path, changed), vocabulary=vocabulary)
    assert made.name == "NCT01041404"
    assert any("kg:ToGA is the study with this number" in todo for todo in made.todo)
