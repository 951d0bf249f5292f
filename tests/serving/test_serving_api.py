"""Named queries, things and descriptions over HTTP; what they say is what the library says."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import rdflib
from rdflib.namespace import RDF, RDFS, SH, VOID

SCHEMA = rdflib.Namespace("https://schema.org/")


def test_a_named_query_gives_what_the_library_gives(served, kg):
    response = served.http.get(
        "/api/queries/agents-by-verdict", params={"line": "2", "outcome": "failed", "as_of": "2020-04-30"}
    )
    answer = kg.query("agents-by-verdict", "2020-04-30", line="2", outcome="failed")
    assert response.json() == json.loads(answer.render("json"))
    assert [each["label"] for each in response.json()["answer"]] == ["lapatinib", "trastuzumab emtansine"]


@pytest.mark.parametrize(
    ("form", "kind"),
    [("csv", "text/csv"), ("tsv", "text/tab-separated-values"), ("md", "text/markdown"), ("text", "text/plain")],
)
def test_formats_by_name_and_by_accept(served, kg, form, kind):
    expected = kg.query("agents-by-verdict", "2020-04-30", line=["1", "2"]).render(form)
    fields = {"line": ["1", "2"], "as_of": "2020-04-30"}
    by_name = served.http.get("/api/queries/agents-by-verdict", params={**fields, "format": form})
    by_accept = served.http.get("/api/queries/agents-by-verdict", params=fields, headers={"accept": kind})
    assert by_name.text == by_accept.text == expected + "\n"
    assert by_name.headers["content-type"] == f"{kind}; charset=utf-8"


def test_every_named_query_answers(served, kg):
    for query in kg.queries():
        needed = {p.name: p.example for p in query.parameters if p.required}
        response = served.http.get(f"/api/queries/{query.name}", params={**needed, "format": "html"})
        assert response.status_code == 200, (query.name, response.text)
        assert "<h1>" in response.text


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/api/queries/agents-by-verdicts", 404, "/api/queries"),
        ("/api/queries/agents-by-verdict?line=ninth", 404, "LineOfTherapy"),
        ("/api/queries/agents-by-verdict?colour=red", 400, "line"),
        ("/api/queries/agents-by-verdict?as_of=soon", 400, "YYYY-MM-DD"),
        ("/api/queries/agents-by-verdict?as_of=2020&as_of=2021", 400, "give one"),
        ("/api/queries/study-results", 400, "TyTAN"),
        ("/api/queries/agents?format=png", 400, "csv"),
        ("/api/ask?question=prognosis+of+colon+cancer", 422, "colon"),
        ("/api/ask", 400, "question"),
        ("/api/show/TOGAA", 404, "ToGA"),
        ("/api/why/lapatinib?sensitivity=perhaps", 400, "true"),
        ("/id/no-such-thing", 404, "no-such-thing"),
        ("/nothing", 404, "openapi"),
    ],
)
def test_a_refusal_says_what_to_do(served, path, status, said):
    response = served.http.get(path)
    assert (response.status_code, said in response.text) == (status, True), response.text
    assert response.text.count("\n") == 1


def test_ask_show_why_and_check(served, kg):
    question = "which agents failed phase III in second line"
    asked = served.http.get("/api/ask", params={"question": question, "as_of": "2020-04-30"})
    assert asked.json() == json.loads(kg.ask(question, "2020-04-30").render("json"))
    shown = served.http.get("/api/show/NCT01041404", params={"as_of": "2020"})
    assert shown.json() == json.loads(kg.show("NCT01041404", "2020").render("json"))
    proof = served.http.get("/api/why/lapatinib", params={"line": "2", "as_of": "2020", "format": "text"})
    assert proof.text == kg.why("lapatinib", "2020", "2").render("text") + "\n"
    assert served.http.get("/api/check").json()


def test_a_thing_answers_with_a_page_or_with_its_triples(served, kg):
    page = served.http.get("/id/ToGA", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>ToGA</h1>" in page.text
    data = served.http.get("/id/ToGA", headers={"accept": "text/turtle"})
    assert data.headers["vary"] == "Accept, Accept-Encoding"
    graph = rdflib.Graph().parse(data=data.text)
    iri = rdflib.URIRef("https://w3id.org/her2kg/id/ToGA")
    assert str(graph.value(iri, RDFS.label)) == "ToGA"
    assert 'rel="describes"' in data.headers["link"]


def test_every_link_of_a_page_leads_somewhere(served):
    for start in ("/", "/id/ToGA?format=html", "/id/lapatinib?format=html", "/ontology/OS?format=html"):
        page = served.http.get(start).text
        links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"#]*)"', page)}
        assert links
        for link in sorted(links)[:40]:
            assert served.http.get(link).status_code == 200, (start, link)
        for anchor in re.findall(r'href="#([^"]+)"', page):
            assert f'id="{anchor}"' in page


def test_the_ontology_is_where_its_address_leads(served, ontology):
    graph = rdflib.Graph().parse(data=served.http.get("/ontology", headers={"accept": "text/turtle"}).text)
    classes = {thing for thing in ontology.subjects(RDF.type, rdflib.OWL.Class) if isinstance(thing, rdflib.URIRef)}
    assert classes <= set(graph.subjects())
    page = served.http.get("/ontology?format=html").text
    assert 'id="Study"' in page


def test_the_data_set_is_described_where_void_is_looked_for(served, kg):
    graph = rdflib.Graph().parse(data=served.http.get("/.well-known/void").text)
    dataset = graph.value(None, RDF.type, rdflib.DCAT.Dataset)
    count = served.ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").json()["results"]["bindings"][0]["n"]["value"]
    assert str(graph.value(dataset, VOID.triples)) == count
    assert graph.value(dataset, VOID.sparqlEndpoint) == rdflib.URIRef(f"{served.address}/sparql")
    members = {
        str(graph.value(part, VOID["class"])): int(graph.value(part, VOID.entities))
        for part in graph.objects(dataset, VOID.classPartition)
    }
    assert members["https://w3id.org/her2kg/ontology#ResistanceMechanism"] == len(
        kg.sparql("SELECT DISTINCT ?m { ?m a her2:ResistanceMechanism }")
    )


def test_example_queries_run_as_they_are_described(served, kg):
    graph = rdflib.Graph().parse(data=served.http.get("/api/queries", headers={"accept": "text/turtle"}).text)
    examples = set(graph.subjects(RDF.type, SH.SPARQLExecutable))
    assert len(examples) == len(kg.queries())
    for example in sorted(examples)[::10]:
        prefixes = graph.value(example, SH.prefixes)
        declared = {
            (str(graph.value(d, SH.prefix)), str(graph.value(d, SH.namespace)))
            for d in graph.objects(prefixes, SH.declare)
        }
        head = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in declared)
        assert served.ask(head + str(graph.value(example, SH.select))).status_code == 200
        assert graph.value(example, RDFS.comment)
        assert graph.value(example, SCHEMA.target) == rdflib.URIRef(f"{served.address}/sparql")


def test_health_and_metrics(served):
    assert served.http.get("/health").json() == {"status": "ok"}
    metrics = served.http.get("/metrics").text
    assert re.search(r'^her2kg_requests_total\{route="health",status="200"\} [1-9]', metrics, re.MULTILINE)
    assert re.search(r"^her2kg_quick_workers [1-9]", metrics, re.MULTILINE)


def test_openapi_describes_every_named_query(served, kg):
    described = served.http.get("/openapi.json").json()
    assert described["openapi"] == "3.1.0"
    for query in kg.queries():
        operation = described["paths"][f"/api/queries/{query.name}"]["get"]
        assert operation["summary"] == query.summary
        names = {parameter["name"] for parameter in operation["parameters"]}
        assert names == {p.name for p in query.parameters if p.name != "asOf"} | {"as_of", "format"}


@pytest.mark.parametrize(
    ("phases", "examples", "paths"),
    [
        ("examples,fuzzing", "2", "."),
        (
            "coverage",
            "3",
            "^/(sparql|health|metrics|ontology.*|id.*|api/(ask|check|queries|show.*|why.*|queries/agents-by-verdict))$",
        ),
    ],
)
def test_schemathesis_finds_nothing(served, tmp_path, phases, examples, paths):
    """What OpenAPI says is what happens: statuses, formats, schemas, for good and for bad parameters."""
    st = Path(sys.executable).with_name("st")
    settings = Path(__file__).with_name("schemathesis.toml")
    done = subprocess.run(
        [st, "--config-file", settings, "run", f"{served.address}/openapi.json", "--phases", phases, "-n", examples,
         "--include-path-regex", paths, "--generation-deterministic", "--no-color"],
        capture_output=True, text=True, timeout=300, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout.partition("= WARNINGS =")[0][-5000:]
