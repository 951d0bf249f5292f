"""The curated data use only declared terms, dangle nowhere, and give every report its source and place."""

import re
from pathlib import Path

import pytest
from rdflib import RDF, Graph, Namespace

HER2 = Namespace("https://w3id.org/her2kg/ontology#")
KG = "https://w3id.org/her2kg/id/"
ROOT = Path(__file__).parent.parent
REPORTS = (HER2.EffectReport, HER2.ArmReport)


@pytest.fixture(scope="module")
def data() -> Graph:
    return Graph().parse(ROOT / "data" / "trials.ttl")


def test_only_declared_terms(data: Graph) -> None:
    ontology = Graph().parse(ROOT / "ontology" / "her2kg.ttl")
    used = {node for triple in data for node in triple if str(node).startswith(str(HER2))}
    assert used - set(ontology.subjects()) == set()


def test_no_dangling_thing(data: Graph) -> None:
    things = {node for node in data.objects() if str(node).startswith(KG)}
    assert things - set(data.subjects()) == set()


def test_every_report_has_one_source_and_a_locator(data: Graph) -> None:
    reports = [r for kind in REPORTS for r in data.subjects(RDF.type, kind)]
    assert reports
    assert [r for r in reports for p in (HER2.source, HER2.locator) if len(list(data.objects(r, p))) != 1] == []


def test_printed_text_equals_value(data: Graph) -> None:
    for name in ("value", "lower", "upper"):
        for report, text in data.subject_objects(HER2[f"{name}Text"]):
            assert float(text) == float(data.value(report, HER2[name])), (report, name)


def test_readme_example_finds_the_toga_hazard_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    code = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert code
    names: dict = {}
    exec(code[1], names)  # noqa: S102 - the README is our own; running it is the point
    assert any(str(r.study) == "ToGA" and float(r.hr) == 0.74 and float(r.upper or 0) == 0.91 for r in names["rows"])
