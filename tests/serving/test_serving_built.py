"""A graph built on disk is served from there: workers open its files and hold none of it."""

import sys
from pathlib import Path

import pytest
from running_server import start, stop

import her2kg
from her2kg.building import making

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "benchmarks"))
import generator


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    trials = folder / "trials.ttl"
    with trials.open("w") as to, (folder / "key.tsv").open("w") as key:
        generator.write(5, 1, to, key, 0.0, 0)
    making.build(str(folder / "graph"), [str(trials)], processes=1)
    return folder / "graph"


def test_answers_are_those_of_the_library(graph, tmp_path):
    kg = her2kg.load([graph])
    study = "GX1n0000003"
    served = start(tmp_path, files=(graph,))
    try:
        found = served.http.get("/api/queries/study-results", params={"study": study, "format": "csv"})
        assert found.text == kg.query("study-results", study=study).render("csv") + "\n"
        assert found.text.count("\n") > 1
        found = served.http.get("/api/ask", params={"question": f"show me the results of {study}", "format": "csv"})
        assert found.text == kg.ask(f"show me the results of {study}").render("csv") + "\n"
        for pattern in ("kg:GX1n0000003 ?p ?o", "kg:GX1n0000003 ?p ?o . ?o a ?class"):
            query = f"SELECT * {{ {pattern} }}"
            rows = served.ask(query).json()["results"]["bindings"]
            assert len(rows) == len(kg.engine.select(query).rows) > 0
        assert served.ask("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }").status_code in {422, 504}
        assert served.ask("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }").status_code == 400
    finally:
        stop(served)
    assert "Traceback" not in served.log.read_text()
