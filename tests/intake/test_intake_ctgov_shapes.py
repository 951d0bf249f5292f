"""ClinicalTrials.gov: an invented record of four arms, with the shapes of results that a two-arm trial does not have."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pyoxigraph as ox
import pytest

from her2kg.intake.ctgov import import_ctgov
from her2kg.intake.ctgov_schema import fields
from her2kg.intake.leaves import general, leaves
from her2kg.intake.vocabulary import load_vocabulary
from her2kg.terms import HER2, KG

FIXTURE = Path(__file__).parent / "fixtures" / "NCT99900004.json"
OUTCOMES = "resultsSection.outcomeMeasuresModule.outcomeMeasures"


@pytest.fixture(scope="module")
def vocabulary():
    return load_vocabulary()


@pytest.fixture(scope="module")
def draft(vocabulary):
    return import_ctgov(str(FIXTURE), vocabulary=vocabulary)


@pytest.fixture(scope="module")
def graph(draft):
    found: dict[str, dict[str, list[str]]] = {}
    for quad in ox.parse(draft.text.encode(), format=ox.RdfFormat.TURTLE):
        name = quad.predicate.value.removeprefix(HER2)
        value = quad.object.value.replace(HER2, "her2:").replace(KG, "kg:")
        found.setdefault(quad.subject.value.removeprefix(KG), {}).setdefault(name, []).append(value)
    return found


@pytest.fixture(scope="module")
def told(draft):
    return {str(row["path"]): row for row in draft.report}


def effect(graph, number):
    (found,) = [said for said in graph.values() if said.get("locator") == [f"outcome measure 1, analysis {number}"]]
    return found


def test_the_record_has_published_fields_only_and_each_is_accounted_for(told) -> None:
    record = json.loads(FIXTURE.read_text(encoding="utf-8"))
    paths = [path for path, _ in leaves(record)]
    assert {general(path) for path in paths} <= fields()
    assert set(told) == set(paths)


def test_a_test_of_all_arms_at_once_is_left_out_and_said_to_be(told) -> None:
    row = told[f"{OUTCOMES}[0].analyses[2].pValue"]
    assert (row["fate"], row["reason"]) == (
        "not mapped",
        "compares 4 groups, and an analysis of the model compares two",
    )


def test_each_arm_is_compared_with_the_control(graph) -> None:
    compared = {
        (tuple(said["experimentalArm"]), tuple(said["controlArm"]))
        for said in graph.values()
        if said.get("endpoint") == ["her2:PFS"]
    }
    assert len(compared) == 3
    assert len({control for _, control in compared}) == 1


def test_a_one_sided_limit_stays_one_sided(graph) -> None:
    said = effect(graph, 2)
    assert (said["upperText"], said["confidenceLevel"], "lower" in said) == (["0.95"], ["97.5"], False)
    assert "one-sided confidence limit" in " ".join(value for values in said.values() for value in values)
    assert (said["pText"], said["pOperator"], said["pSides"]) == (["0.001"], ["<"], ["her2:NotStated"])


def test_non_inferiority_asks_for_its_margin(graph, draft) -> None:
    (analysis,) = effect(graph, 2)["ofAnalysis"]
    assert graph[analysis.removeprefix("kg:")]["framework"] == ["her2:NonInferiority"]
    assert "TODO her2:margin" in draft.text


def test_a_measure_the_model_lacks_and_equivalence_are_left_to_a_person(graph, draft) -> None:
    assert "measure" not in effect(graph, 4)
    assert 'the ontology has no measure called "Median"' in draft.text
    assert "the record says EQUIVALENCE" in draft.text


def test_not_reached_is_no_number(graph) -> None:
    reports = [said for said in graph.values() if said.get("statistic") == ["her2:Median"]]
    (open_ended,) = [said for said in reports if said.get("statement") == ['no number: "NA" in the record']]
    assert (open_ended["lowerText"], "value" in open_ended, "upper" in open_ended) == (["15.1"], False, False)
    without = [said for said in reports if said.get("valueText") == ["6.7"]]
    assert without
    assert all("lower" not in said and "confidenceLevel" not in said for said in without)


def test_counts_have_their_denominator_and_shares_their_interval(graph) -> None:
    counted = [said for said in graph.values() if said.get("numerator") == ["47"]]
    assert counted
    assert all(said["denominator"] == ["100"] for said in counted)
    (share,) = [said for said in graph.values() if said.get("valueText") == ["47.0"]]
    assert (share["unit"], share["lowerText"], share["confidenceLevel"]) == (["her2:Percent"], ["37"], ["95"])
    (none,) = [said for said in graph.values() if said.get("upperText") == ["3.6"]]
    assert none["valueText"] == ["0"]


def test_numbers_that_are_mapped_are_as_printed(graph, told) -> None:
    texts = {
        Decimal(value)
        for said in graph.values()
        for name in ("valueText", "lowerText", "upperText", "pText", "numerator", "denominator", "confidenceLevel", "n")
        for value in said.get(name, [])
    }
    missing = []
    for path, row in told.items():
        noted = "skos:note" in str(row["target"])
        if (
            row["fate"] == "mapped"
            and not noted
            and path.startswith(OUTCOMES)
            and path.endswith(("Value", "Limit", "].value"))
        ):
            plain = str(row["value"]).strip("<=>p ")
            try:
                if Decimal(plain) not in texts:
                    missing.append((path, plain))
            except ArithmeticError:
                continue  # "NA": a statement, as another test says
    assert missing == []


@pytest.mark.parametrize(
    "results", [{}, {"outcomeMeasuresModule": {"outcomeMeasures": []}}, {"participantFlowModule": {"groups": []}}]
)
def test_a_results_section_with_nothing_in_it(tmp_path, vocabulary, results) -> None:
    record = json.loads(FIXTURE.read_text(encoding="utf-8"))
    record["resultsSection"] = results
    place = tmp_path / "empty.json"
    place.write_text(json.dumps(record), encoding="utf-8")
    assert "her2:EffectReport" not in import_ctgov(str(place), vocabulary=vocabulary).text


def test_a_record_that_says_next_to_nothing_asks_for_what_it_lacks(tmp_path, vocabulary) -> None:
    place = tmp_path / "bare.json"
    place.write_text(
        json.dumps({"protocolSection": {"identificationModule": {"nctId": "NCT99900009", "briefTitle": "Bare"}}}),
        encoding="utf-8",
    )
    text = import_ctgov(str(place), vocabulary=vocabulary).text
    assert "TODO her2:knownFrom" in text
    assert "TODO a her2:Study" in text
