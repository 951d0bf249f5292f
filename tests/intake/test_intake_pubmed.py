"""PubMed: sources with their first public day and their fate, from XML that is not trusted."""

from __future__ import annotations

from pathlib import Path

import pytest

from her2kg.intake.errors import IntakeError
from her2kg.intake.formatting import canonical, format_text
from her2kg.intake.pubmed import import_pubmed
from her2kg.intake.vocabulary import load_vocabulary

FIXTURE = Path(__file__).parent / "fixtures" / "pubmed.xml"
KG = "https://w3id.org/her2kg/id/"
HER2 = "https://w3id.org/her2kg/ontology#"


@pytest.fixture(scope="module")
def vocabulary():
    return load_vocabulary()


@pytest.fixture(scope="module")
def draft(vocabulary):
    return import_pubmed(str(FIXTURE), vocabulary)


def values(draft, name):
    found = {}
    for subject, predicate, value in canonical(draft.text, "draft"):
        if subject == KG + name:
            found.setdefault(predicate.replace(HER2, "her2:").rpartition("/")[2], []).append(value)
    return found


def test_identifiers_dates_and_fate(draft):
    found = values(draft, "muller-example-2023")
    assert found["her2:pmid"] == ['"90000001"']
    assert found["her2:doi"] == ['"10.5555/invented.1"']
    assert '"2022-12-05"' in found["her2:knownFrom"][0]
    assert '"2024-02-06"' in found["her2:retractedOn"][0]
    assert found["title"] == ['"An invented trial of HER2-directed therapy: 5 < 6 & é"']
    notes = " ".join(found["core#note"])
    assert "corrected in J Inv Ex. 2023 Jun" in notes
    assert "Randomized Controlled Trial" in notes
    assert "Other J" not in notes


def test_a_notice_and_a_date_without_a_day(draft):
    found = values(draft, "muller-example-2019")
    assert '"2019-12-31"' in found["her2:knownFrom"][0]
    assert "her2:sourceType" not in found
    assert any("published erratum" in todo for todo in draft.todo)


def test_a_source_the_graph_has_is_not_described_again(draft):
    assert not values(draft, "bang-2010")
    assert any("kg:bang-2010" in todo and "corrected in Lancet" in todo for todo in draft.todo)


def test_accounts_for_everything(draft):
    for row in draft.report:
        assert (row["fate"] == "mapped") == bool(row["target"]) != bool(row["reason"]), row
    assert format_text(draft.text) == draft.text


LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><PubmedArticleSet>&l9;</PubmedArticleSet>', "declares entities"),
        (
            '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><PubmedArticleSet>&e;</PubmedArticleSet>',
            "declares entities",
        ),
        ('<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x">%p;]><PubmedArticleSet/>', "declares entities"),
        ("<PubmedArticleSet><PubmedArticle>", "line 1 column .*ends too early"),
        ("<PubmedArticleSet>&nbsp;</PubmedArticleSet>", "undefined entity"),
        ("<html><body>Error</body></html>", "the root is html"),
        ("<eSummaryResult/>", "the root is eSummaryResult"),
        ("<PubmedArticleSet><PubmedBookArticle/></PubmedArticleSet>", "books"),
        ("<PubmedArticleSet><PubmedArticle/></PubmedArticleSet>", "article 1: MedlineCitation/PMID"),
        ("<a>" * 100_000, "deeper"),
        ('{"pmid": 1}', "no XML"),
        ("", "empty"),
        ('<?xml version="1.0" encoding="klingon"?><PubmedArticleSet/>', "encoding"),
    ],
)
def test_foreign_and_hostile_files(tmp_path, vocabulary, content, said):
    path = tmp_path / "x.xml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(IntakeError, match=said) as caught:
        import_pubmed(str(path), vocabulary)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_not_utf8(tmp_path, vocabulary):
    path = tmp_path / "x.xml"
    path.write_bytes(b"<PubmedArticleSet>\xe9\xff</PubmedArticleSet>")
    with pytest.raises(IntakeError, match="line 1"):
        import_pubmed(str(path), vocabulary)


def test_record_without_almost_everything(tmp_path, vocabulary):
    path = tmp_path / "x.xml"
    path.write_text(
        "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>90000009</PMID><Article/></MedlineCitation></PubmedArticle></PubmedArticleSet>",
        encoding="utf-8",
    )
    made = import_pubmed(str(path), vocabulary)
    assert made.name == "pmid-90000009-undated"
    assert any("her2:knownFrom" in todo for todo in made.todo)
    assert any("her2:sourceType" in todo for todo in made.todo)
