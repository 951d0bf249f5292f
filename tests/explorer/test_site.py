"""The explorer as files, without a browser: what is in it, what it costs, and what happens where it was not built."""

import base64
import gzip
import json
import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from her2kg import resources
from her2kg.composing import SECTIONS
from her2kg.errors import ResourceError
from her2kg.explorer.site import files, page
from her2kg.knowledge import KnowledgeGraph

from .conftest import ROOT


@pytest.fixture(scope="module")
def bundle(parts: dict[str, bytes]) -> dict[str, Any]:
    """What the page reads."""
    found: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(parts["data.js"].split(b'"')[1])))
    return found


def test_the_bundle_holds_the_whole_graph(kg: KnowledgeGraph, bundle: dict[str, Any]) -> None:
    graph = bundle["graph"]
    held = ox.Store()
    for part in ("plain", "derived"):
        held.load(graph[part].encode(), format=ox.RdfFormat.TURTLE)
    default = sum(1 for _ in kg.engine.store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    derived = sum(1 for _ in kg.engine.store.quads_for_pattern(None, None, None, ox.NamedNode(graph["derivedName"])))
    assert len(held) == default
    assert derived == sum(1 for _ in ox.parse(graph["derived"].encode(), format=ox.RdfFormat.TURTLE))


def test_the_bundle_retypes_nothing(kg: KnowledgeGraph, bundle: dict[str, Any]) -> None:
    assert [query["name"] for query in bundle["queries"]] == [query.name for query in kg.queries()]
    assert {section["kind"]: section["parts"] for section in bundle["pages"]["sections"]} == {
        kind: [list(part) for part in parts] for kind, parts in SECTIONS.items()
    }
    slugs = [section["slug"] for section in bundle["pages"]["sections"]]
    assert len(slugs) == len(set(slugs))
    assert all(question["query"] for question in bundle["home"])
    answered = sum(len(query["questions"]) for query in bundle["queries"])
    assert answered == sum(len(query.questions) for query in kg.queries())


def test_the_command_writes_the_same_bytes_in_another_process(page_file: Path, run, tmp_path: Path) -> None:
    done = run("site", "-o", str(tmp_path / "her2kg.html"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "her2kg.html").read_bytes() == page_file.read_bytes()


def test_one_file_holds_what_the_folder_holds_and_asks_for_nothing(
    parts: dict[str, bytes], bundle: dict[str, Any]
) -> None:
    whole = page(parts).decode()
    assert set(parts) == {"index.html", "explorer.css", "explorer.js", "engine.js", "data.js"}
    assert re.findall(r'<(?:script|img|iframe)[^>]*\ssrc=|<link[^>]*href="(?!data:)', whole) == []
    assert "Oxigraph contributors" in whole
    assert len(whole) < 4_000_000
    found = re.search(r'her2kgData="([^"]+)"', whole)
    assert found is not None
    assert json.loads(gzip.decompress(base64.b64decode(found[1]))) == bundle


def test_a_graph_of_another_disease_has_pages_too(opened, built, run, tmp_path: Path) -> None:
    graph = str(ROOT / "tests" / "another_disease")
    done = run("site", "-o", str(tmp_path / "lung.html"), HER2KG_GRAPH=graph)
    assert done.returncode == 0, done.stderr
    watched = opened((tmp_path / "lung.html").as_uri())
    page = watched.open("#/")
    assert page.locator(".card .chips a").first.inner_text() == "degradex"
    for place in ("#/map/evidence", "#/map/timeline", "#/map/mechanisms", "#/map/network", "#/forest", "#/findings"):
        page = watched.open(place)
        assert page.locator("h1").inner_text() != "This cannot be shown", place
    assert watched.complaints == []


def test_without_a_built_explorer_one_line_says_how_to_get_it(kg: KnowledgeGraph, monkeypatch) -> None:
    monkeypatch.setattr(resources, "explorer_folder", lambda: None)
    with pytest.raises(ResourceError, match=r"npm --prefix explorer install .*run build"):
        files(kg)


def test_the_sources_are_sound_typescript(built) -> None:
    compiler = ROOT / "explorer" / "node_modules" / ".bin" / "tsc"
    done = subprocess.run(
        [str(compiler), "--noEmit"], cwd=ROOT / "explorer", capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == ""
    assert done.returncode == 0


def test_packages_are_pinned_and_none_is_committed() -> None:
    manifest = json.loads((ROOT / "explorer" / "package.json").read_text(encoding="utf-8"))
    pins = {**manifest["dependencies"], **manifest["devDependencies"]}
    assert {name: pin for name, pin in pins.items() if not re.fullmatch(r"\d+\.\d+\.\d+", pin)} == {}
    assert not (ROOT / "explorer" / "package-lock.json").exists()


def test_a_wheel_carries_what_was_built(built, build_wheel, tmp_path: Path) -> None:
    with zipfile.ZipFile(build_wheel(tmp_path)) as archive:
        for path in built.iterdir():
            assert archive.read(f"her2kg/_data/explorer/{path.name}") == path.read_bytes()
