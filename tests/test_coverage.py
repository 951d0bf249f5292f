"""The coverage of the review: computed from the graph, equal to its page; and the script that reads an article."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

import her2kg
from her2kg.coverage import coverage, coverage_page

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def kg():
    return her2kg.load()


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_article", ROOT / "scripts" / "check_article.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_page_is_what_the_graph_gives(kg):
    page = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    assert page == coverage_page(kg), "run: her2kg coverage --page -o docs/coverage.md"


def test_sums_are_those_of_the_graph(kg):
    found = coverage(kg)
    claims = kg.sparql("SELECT (COUNT(DISTINCT ?c) AS ?n) WHERE { ?c a her2:Claim }")[0]["n"]
    nodes = kg.sparql("SELECT (COUNT(DISTINCT ?n) AS ?n) WHERE { ?c a her2:Claim ; her2:representedBy ?n }")[0]["n"]
    last = found.sections[-1]
    assert (last["claims"], last["nodes"]) == (claims, nodes)
    assert sum(found.references.column("references")) == 96  # the review numbers its references 1 to 96


def test_what_is_missing_says_why(kg):
    found = coverage(kg)
    lost = found.sections[-1]["claims"] - found.sections[-1]["represented"]
    unresolved = next(row["references"] for row in found.references if row["resolution"] == "unresolved")
    assert len(found.missing) == lost + unresolved
    assert all(row["reason"] for row in found.missing)


def test_sections_stand_in_the_order_of_the_review(kg):
    names = [str(name) for name in coverage(kg).sections.column("ofSection")]
    assert names[:3] == ["Abstract", "Key Points", "1"]
    assert names[-1] == "all sections"


@pytest.mark.parametrize("form", ["text", "json", "csv", "tsv", "md"])
def test_every_format_renders(kg, form):
    assert "5.2.1" in coverage(kg).render(form)


ARTICLE = """ Abstract
Some 15–20% of tumours, HER2 and PD-1 apart [3, 4], with 5-FU.

5.2.1 \ufffd PTEN and PI3K

Loss was seen in 34.5% of IHC 3+ tumours (NCT01702558; HR = 0.60 [0.42–0.86]).
"""


def test_tokens_leave_names_references_and_headings_out(script):
    found = [(t.text, t.section) for t in script.tokens(ARTICLE)]
    here = "section 5.2.1"
    assert found == [
        ("15", "abstract"),
        ("20", "abstract"),
        ("34.5", here),
        ("IHC 3", here),
        ("NCT01702558", here),
        ("0.60", here),
        ("0.42", here),
        ("0.86", here),
    ]


def test_numbers_are_found_where_the_review_says_them(script, kg):
    index, where = script.homes(kg), script.places(kg)
    token = script.Token("34.5", "section 5.2.1", 1, "")
    assert ("kg:meas-pten-loss-prevalence", "value") in {(h.node, h.field) for h in script.best(token, index, where)}
    assert script.best(token, index, where)[0].grade == 0


def test_exit_codes(script, tmp_path, capsys):
    path = tmp_path / "article.txt"
    path.write_text(" Abstract\nFrom 15 to 20%\n", encoding="utf-8")  # too short to share a run with this file
    assert script.main([str(path)]) == 0
    path.write_text(" Abstract\nFrom 15 to 987654\n", encoding="utf-8")
    assert script.main([str(path)]) == 1
    assert "not found: 987654" in capsys.readouterr().out
    path.write_text((ROOT / "docs" / "curating.md").read_text(encoding="utf-8").split("##")[0], encoding="utf-8")
    assert script.main([str(path)]) == 1
    assert "shared: docs/curating.md" in capsys.readouterr().out
    assert script.main([str(tmp_path / "none.txt")]) == 2
