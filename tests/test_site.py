"""The documentation site builds without a warning, needs no network, has everything on it, and its commands run."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree  # our own diagrams, nobody else's

import click
import pytest
from page_examples import blocks, commands, printed

from her2kg.cli import main
from her2kg.engine import bare
from her2kg.knowledge import KnowledgeGraph

pytest.importorskip("sphinx", reason="the site needs the extra 'docs': pip install -e '.[docs]'")

from scripts.site import links, sources

ROOT = Path(__file__).parent.parent
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a whole build: its Markdown in source, its pages in html."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "scripts.site", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), "warnings, dead links and files from the network are errors"
    return folder


def read(site: Path, name: str) -> str:
    return (site / "source" / f"{name}.md").read_text(encoding="utf-8")


def diagrams(site: Path) -> Iterator[tuple[str, ElementTree.Element]]:
    for path in sorted((site / "source").rglob("*.md")):
        for svg in re.findall(r"<svg .*?</svg>", path.read_text(encoding="utf-8")):
            yield path.stem, ElementTree.fromstring(svg)  # noqa: S314


def test_every_query_has_its_page(site: Path, kg: KnowledgeGraph) -> None:
    for query in kg.queries():
        text = read(site, f"queries/{query.name}")
        assert [question for question in query.questions if question not in text.replace("\\", "")] == []
        assert [p.name for p in query.parameters if f"`{p.name}`" not in text] == []
        assert (site / "html" / "queries" / f"{query.name}.html").exists()


def test_a_diagram_has_every_term_its_query_asks_for(site: Path, kg: KnowledgeGraph) -> None:
    """Read from the text of the query, not from its algebra as the diagrams are."""
    for query in kg.queries():
        asked = re.sub(r"(?:VALUES|FILTER|BIND|IF)\s*\??\w*\s*[({][^{}]*?[)}]|PREFIX.*", " ", bare(query.sparql))
        predicates = set(re.findall(r"\ba (her2:\w+)|(?:[.;{]|\?\w+)\s+(her2:\w+)(?=[\s/*+^|])", asked))
        wanted = {name.partition(":")[2] for pair in predicates for name in pair if name}
        (svg,) = re.findall(r"<svg .*?</svg>", read(site, f"queries/{query.name}"))
        shown = set(re.findall(r"\w+", " ".join(ElementTree.fromstring(svg).itertext())))  # noqa: S314
        assert wanted - shown == set(), query.name


def test_nothing_in_a_diagram_lies_on_a_box(site: Path) -> None:
    seen = 0
    for name, svg in diagrams(site):
        boxes = [
            tuple(float(rect.get(key, "")) for key in ("x", "y", "width", "height")) for rect in svg.iter(f"{SVG}rect")
        ]
        for a, b in combinations(boxes, 2):
            apart = a[0] + a[2] <= b[0] or b[0] + b[2] <= a[0] or a[1] + a[3] <= b[1] or b[1] + b[3] <= a[1]
            assert apart, f"{name}: boxes at {a} and {b}"
        for text in svg.iter(f"{SVG}text"):
            if "label" in str(text.get("class")):
                x, y = float(text.get("x", "")), float(text.get("y", ""))
                hit = [box for box in boxes if box[0] < x < box[0] + box[2] and box[1] < y < box[1] + box[3]]
                assert hit == [], f"{name}: {text.text}"
        seen += len(boxes)
    assert seen > 400


def test_an_arrow_joins_what_the_query_joins(site: Path) -> None:
    """Every labelled arrow ends at two boxes: no stretch hangs in the air."""
    for name, svg in diagrams(site):
        heads = [path for path in svg.iter(f"{SVG}path") if "arrow-head" in str(path.get("class"))]
        boxes = [
            tuple(float(rect.get(key, "")) for key in ("x", "y", "width", "height")) for rect in svg.iter(f"{SVG}rect")
        ]
        for head in heads:
            *_, x, y = (float(number) for number in re.findall(r"-?[\d.]+", head.get("d", "")))
            touched = [b for b in boxes if b[0] <= x <= b[0] + b[2] and min(abs(y - b[1]), abs(y - b[1] - b[3])) < 0.2]
            assert touched, f"{name}: an arrow ends at {x}, {y}"


def test_every_term_of_the_ontology_is_described_once(site: Path, ontology) -> None:
    from rdflib import OWL, RDF

    described = re.findall(
        r"(?m)^`(her2:\w+)`$", read(site, "ontology/classes") + read(site, "ontology/properties")
    ) + re.findall(r"\| `(her2:\w+)` \|", read(site, "ontology/values"))
    kinds = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty, OWL.NamedIndividual)
    terms = {
        f"her2:{str(subject).rpartition('#')[2]}"
        for kind in kinds
        for subject in ontology.subjects(RDF.type, kind)
        if "/her2kg/ontology#" in str(subject)
    }
    assert sorted(described) == sorted(terms)


def test_every_shape_and_rule_is_on_the_site(site: Path) -> None:
    names = {path.name.partition(".")[0] for path in (ROOT / "tests" / "shapes").glob("*Shape.fail.ttl")}
    told = "".join(path.read_text(encoding="utf-8") for path in (site / "source" / "shapes").glob("*.md"))
    assert {name for name in names if f"`her2:{name}`, " not in told} == set()
    rules = {path.stem for path in (ROOT / "queries" / "rules").glob("*.rq")}
    assert {path.stem for path in (site / "source" / "rules").glob("*.md")} == rules | {"index"}


def test_every_command_on_a_generated_page_runs(
    site: Path, kg: KnowledgeGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Examples on pages written by hand are run by test_docs.py."""
    monkeypatch.chdir(tmp_path)
    own = {f"{path.stem}.md" for path in sources.handwritten(sources.navigation()).values()}
    lines = {
        command: path.name
        for path in sorted((site / "source").rglob("*.md"))
        if path.name not in own
        for block in blocks(path.read_text(encoding="utf-8"))
        if block.language in {"sh", "console"}
        for command in commands(block.body)
    }
    assert len(lines) > 2 * len(kg.queries())
    assert {command: page for command, page in lines.items() if printed(command)[1] != 0} == {}


def help_examples() -> Iterator[str]:
    """The example of each command's help text, which the site shows as well."""

    def walk(command: click.Command) -> Iterator[str]:
        yield from re.findall(r"(?m)^ *(?:Example: )?(her2kg [^\n]+)$", command.help or "")
        if isinstance(command, click.Group):
            for name in command.list_commands(click.Context(command)):
                found = command.get_command(click.Context(command), name)
                assert found is not None
                yield from walk(found)

    # The curator's guide adds this very draft; tests/test_data.py validates all there is.
    return (
        line
        for line in dict.fromkeys(walk(main))
        if not re.match(r"her2kg (add|validate|build|serve|mcp|site)\b", line)
    )


def test_every_example_of_the_help_runs(kg: KnowledgeGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fixtures = ROOT / "tests" / "intake" / "fixtures"
    shutil.copy(fixtures / "NCT99900001.json", "NCT01234567.json")
    shutil.copy(fixtures / "pubmed.xml", "records.xml")
    for line in ("her2kg template --example -o trials.tsv", "her2kg import table trials.tsv -o draft.ttl"):
        assert printed(line)[1] == 0
    for folder in ("my-data", "old-data"):
        Path(folder).mkdir()
        shutil.copy("draft.ttl", f"{folder}/added.ttl")
    said = {line: printed(line) for line in help_examples()}
    assert len(said) > 12
    # 1 is an answer: a check that says no.
    assert {line: output for line, (output, code) in said.items() if code > ("check" in line)} == {}


def test_every_page_in_docs_is_in_the_navigation() -> None:
    plan = sources.navigation()
    listed = [name for _, names in plan.sections for name in names]
    assert {path.stem for path in (ROOT / "docs").glob("*.md")} - set(listed) == set()
    assert len(listed) == len(set(listed))


def test_the_generator_does_not_know_what_the_graph_is_about(kg: KnowledgeGraph) -> None:
    """No name of an agent, study, target, gene or disease in its text, and none of the words of the graph's title."""
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "scripts" / "site").rglob("*.py"))
    text = re.sub(r"her2kg|her2:|\"her2\"|HER2 ?\+|\bHER2\b(?=[,)\s])", "", text)
    rows = kg.sparql(
        "SELECT ?label WHERE { VALUES ?kind { her2:Agent her2:RandomisedTrial her2:Target her2:Gene her2:Disease } "
        "?thing a ?kind ; rdfs:label ?label }"
    )
    names = {str(row["label"]) for row in rows} | {"gastric", "cancer", "therapy", "oncology"}
    assert [name for name in sorted(names) if re.search(rf"\b{re.escape(name)}\b", text)] == []


def test_the_search_index_is_beside_the_pages(site: Path) -> None:
    """A script, not a request: browsers refuse requests to files, and the site is to be read from a folder."""
    html = (site / "html" / "search.html").read_text(encoding="utf-8")
    assert 'src="searchindex.js' in html
    assert "tytan" in (site / "html" / "searchindex.js").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<a href="gone.html">x</a>', "a.html: no gone.html"),
        ('<a href="b.html#gone">x</a>', "a.html: no anchor b.html#gone"),
        ('<a href="#gone">x</a>', "a.html: no anchor #gone"),
        ('<script src="https://example.org/x.js"></script>', "a.html: loads https://example.org/x.js"),
        ('<link rel="stylesheet" href="//example.org/x.css">', "a.html: loads //example.org/x.css"),
        ('<img src="gone.png">', "a.html: no gone.png"),
    ],
)
def test_links_that_lead_nowhere_are_found(tmp_path: Path, html: str, problem: str) -> None:
    (tmp_path / "a.html").write_text(f'<p id="here"></p><a href="b.html#there">x</a><a href="#here">x</a>{html}')
    (tmp_path / "b.html").write_text('<p id="there"></p><a href="https://example.org/">x</a>')
    assert links.problems(tmp_path) == [problem]


def test_fonts_from_elsewhere_are_found(tmp_path: Path) -> None:
    (tmp_path / "x.css").write_text("@font-face { src: url(https://example.org/x.woff2) }")
    assert links.problems(tmp_path) == ["x.css: loads from the network"]
