"""The tutorial runs from top to bottom and shows what it promises; figures and tables show themselves in notebooks."""

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from her2kg.answers import Answer, SourceUse
from her2kg.figures.neighbourhood import MOST, cards, drawn
from her2kg.knowledge import KnowledgeGraph
from her2kg.pages import Page, Section
from her2kg.tables import Column, Table, Thing

ROOT = Path(__file__).parent.parent
TUTORIAL = ROOT / "docs" / "tutorial.ipynb"
HOSTILE = '<script>alert("&")</script>'


def test_tutorial_is_stored_without_outputs() -> None:
    notebook = json.loads(TUTORIAL.read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(code) > 10
    assert [cell["id"] for cell in code if cell["outputs"] or cell["execution_count"]] == []


def test_tutorial_runs(tmp_path) -> None:
    """In a process of its own: a kernel starts another one, and its libraries warn of each other."""
    out = tmp_path / "done.ipynb"
    script = (
        "import sys, nbformat\n"
        "from nbclient import NotebookClient\n"
        "notebook = nbformat.read(sys.argv[1], as_version=4)\n"
        "NotebookClient(notebook, timeout=120, kernel_name='python3').execute()\n"
        "nbformat.write(notebook, sys.argv[2])\n"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "IPYTHONDIR": str(tmp_path),
        "JUPYTER_RUNTIME_DIR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", script, str(TUTORIAL), str(out)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    cells = [cell for cell in json.loads(out.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    kinds = [set(output.get("data", {})) for cell in cells for output in cell["outputs"]]
    assert sum("image/svg+xml" in kind for kind in kinds) == 6
    assert sum("text/html" in kind for kind in kinds) == 3
    assert "stderr" not in {output.get("name") for cell in cells for output in cell["outputs"]}
    first = next(cell for cell in cells if "kg.ask" in "".join(cell["source"]))
    html = "".join(first["outputs"][0]["data"]["text/html"])
    assert "lapatinib" in html
    assert "TyTAN" in html


# What shows itself


def tags(html: str) -> list[str]:
    """Return the tags of a fragment, read as XML: a stray sign is an error."""
    text = html.replace("<br>", "<br/>")
    return [element.tag for element in ET.fromstring(f"<div>{text}</div>").iter()]  # noqa: S314 - our own text


def hostile_table() -> Table:
    return Table((Column("a", HOSTILE), Column("b", "b")), ((HOSTILE, Thing("kg:x", HOSTILE)),))


def hostile_uses() -> tuple[SourceUse, ...]:
    return (
        SourceUse(Thing("kg:s", HOSTILE), (HOSTILE,), url=f"https://example.org/?q={HOSTILE}"),
        SourceUse(Thing("kg:t", "t"), (), url="javascript:alert(1)"),
    )


@pytest.mark.parametrize(
    "shown",
    [
        hostile_table(),
        Answer(
            HOSTILE,
            HOSTILE,
            {HOSTILE: HOSTILE},
            "2020",
            hostile_table(),
            (),
            (),
            hostile_uses(),
            "",
            HOSTILE,
            (HOSTILE,),
        ),
        Page(
            Thing("kg:x", HOSTILE),
            (HOSTILE,),
            ((HOSTILE, HOSTILE),),
            (Section(HOSTILE, hostile_table()),),
            hostile_uses(),
            "2020",
            (HOSTILE,),
        ),
        Page(Thing("kg:x", HOSTILE), (), (), (), (), "2020", (), (HOSTILE,)),
    ],
    ids=["table", "answer", "page", "proof"],
)
def test_html_is_escaped_and_well_formed(shown) -> None:
    html = shown._repr_html_()
    assert "script" not in tags(html)
    assert "&lt;script&gt;" in html
    assert "javascript:" not in html


def test_html_takes_the_colours_of_the_page(kg: KnowledgeGraph) -> None:
    html = kg.ask("which trials failed")._repr_html_()
    assert re.findall(r"color:(?!inherit)|background", html) == []
    assert 'scope="col"' in html


def test_answers_and_pages_link_to_their_sources(kg: KnowledgeGraph) -> None:
    for shown in (kg.ask("which trials failed"), kg.show("ToGA")):
        html = shown._repr_html_()
        assert f"{len(shown.sources)} sources" in html
        assert "https://doi.org/10.1016/" in html


def test_answer_says_the_day_and_what_narrowed_it(kg: KnowledgeGraph) -> None:
    html = kg.ask("which agents failed phase III in second line", as_of="2020-04-30")._repr_html_()
    assert "As of 2020-04-30. Only agents that target HER2" in html


def test_forest_plot_from_python(kg: KnowledgeGraph) -> None:
    figure = kg.forest("OS", line="second line", as_of="2020-04-30")
    assert figure.scene.faults() == []
    assert "TyTAN" in figure.csv
    assert "image" not in repr(figure)
    assert figure._repr_svg_().startswith("<svg")
    assert kg.forest("OS", study="ToGA", width=1200).scene.width == 1200


# Neighbourhoods


@pytest.mark.parametrize(
    "name", ["ToGA", "trastuzumab", "MET amplification", "OS", "JACOB", "EGFR", "FISH", "first line"]
)
@pytest.mark.parametrize("width", [560, 960, 1400])
def test_neighbourhood_without_faults(kg: KnowledgeGraph, name: str, width: int) -> None:
    figure = drawn(kg, name, width=width)
    assert figure.scene.faults() == []
    assert figure.svg() == drawn(kg, name, width=width).svg()
    assert not re.search(r"None|https?://|\b(her2|kg):", figure.scene.description)


def test_neighbourhood_shows_what_the_page_names(kg: KnowledgeGraph) -> None:
    page = kg.show("GATSBY", "2020-04-30")
    found = {card.kind: {thing.label for thing in card.things} for card in cards(kg, page)}
    assert {"trastuzumab emtansine", "docetaxel", "paclitaxel"} <= found["agent"]
    assert "failed" in found["outcome of a verdict"]
    assert found["source"] == {use.source.label for use in page.sources}
    texts = {box.text for box in drawn(kg, "GATSBY", "2020-04-30").scene.boxes()}
    assert f"and {len(found['source']) - MOST} more" in texts or len(found["source"]) <= MOST


def test_neighbourhood_respects_the_day(kg: KnowledgeGraph) -> None:
    then, now = drawn(kg, "pertuzumab", "2020-04-30").csv, drawn(kg, "pertuzumab").csv
    assert "PETRARCA" in now
    assert "PETRARCA" not in then
