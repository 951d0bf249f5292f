"""The told chapters: equal to their pages, complete, and nothing in them that the graph does not hold."""

from pathlib import Path

import pytest

import her2kg
from her2kg.errors import UnknownNameError
from her2kg.narrative import CHAPTERS, chapter_blocks, narrative

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def kg():
    return her2kg.load()


@pytest.fixture(scope="module")
def told(kg):
    return {name: narrative(kg, name) for name in CHAPTERS}


@pytest.mark.parametrize("name", CHAPTERS)
def test_page_is_what_the_graph_gives(told, name):
    page = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    assert page == told[name], f"run: her2kg show {name} --format md > docs/{name}.md"


def test_every_mechanism_is_told_with_its_evidence(kg, told):
    query = """SELECT DISTINCT ?mechanism ?proposition ?place WHERE { ?mechanism a her2:ResistanceMechanism ;
        her2:restsOn ?proposition . ?item her2:forProposition ?proposition ; her2:locator ?place }"""
    rows = list(kg.sparql(query))
    assert len({row["mechanism"] for row in rows}) == len(
        kg.sparql("SELECT ?m WHERE { ?m a her2:ResistanceMechanism }")
    )
    folded = told["resistance"].casefold()
    for row in rows:
        assert f"### {row['mechanism']}".casefold() in folded
        assert f"- {row['proposition']} (".casefold() in folded


def test_every_evidence_item_has_a_place_and_a_direction(kg):
    for name in CHAPTERS:
        for block in chapter_blocks(kg, name):
            if block.text.startswith(("For it", "AGAINST it", "NO DIFFERENCE", "Without a direction")):
                assert block.text.endswith("]."), block.text


@pytest.mark.parametrize(
    "words",
    [
        "34.5%",
        "PTEN-positive tumours to trastuzumab: 50%",
        "7.8%",
        "58.3%",
        "28.6 to 69%",
        "BREAST CANCER",
        "NO DIFFERENCE found, patient cohort (Chinese heterogeneity cohort, reference 46, n = 48)",
        "SRC -(+)-> PI3K/AKT/mTOR pathway",
        "neither feasibility nor efficacy studied",
    ],
)
def test_resistance_says(told, words):
    assert words in told["resistance"]


@pytest.mark.parametrize("words", ["13 of 50", "0.77 (95% CI 0.68 to 0.86)", "75 to 90%", "p = 0.032", "at least 2.0"])
def test_detection_says(told, words):
    assert words in told["detection"]


def test_contradictions_are_told_on_both_sides(told):
    part = told["resistance"].partition("## What contradicts what")[2]
    assert "NO DIFFERENCE found" in part
    assert "AGAINST it, case report" in part


@pytest.mark.parametrize("form", ["text", "json", "csv", "tsv"])
def test_every_format_renders(kg, form):
    assert "PTEN loss" in narrative(kg, "resistance", form)


def test_text_is_narrow(kg):
    assert max(len(line) for line in narrative(kg, "detection", "text").splitlines()) <= 118


def test_unknown_chapter(kg):
    with pytest.raises(UnknownNameError, match="resistance, detection"):
        narrative(kg, "surgery")
