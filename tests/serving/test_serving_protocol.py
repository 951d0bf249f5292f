"""SPARQL 1.1 Protocol: the query part of the W3C's protocol tests, request by request, and what they leave out."""

import json
import time

import httpx
import pytest
import rdflib
from running_server import Served

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
DERIVED = "https://w3id.org/her2kg/graph/derived"
NAMES = "https://w3id.org/her2kg/graph/names"
NOWHERE = "http://kasei.us/2009/09/sparql/data/data0.rdf"


def send(served: Served, method: str, url: str, body: str | bytes = b"", kind: str | None = None) -> httpx.Response:
    headers = {"content-type": kind} if kind else {}
    return served.http.request(method, url, content=body, headers=headers)


def says_true(response: httpx.Response) -> bool:
    assert response.status_code == 200, response.text
    return response.json()["boolean"] is True


# The names are those of the W3C manifest (w3c/rdf-tests, sparql/sparql11/protocol). Where a test has its own data, the
# graphs of this store stand in for it.


def test_query_post_form(served):
    assert says_true(send(served, "POST", f"/sparql/?default-graph-uri={NOWHERE}", "query=ASK%20%7B%7D", FORM))


def test_query_dataset_default_graphs_get(served):
    query = "ASK { ?v a her2:AgentVerdict . ?k her2:nameKey ?name }"
    two = {"query": query, "default-graph-uri": [DERIVED, NAMES]}
    assert says_true(served.http.get("/sparql/", params=two))
    one = {"query": query, "default-graph-uri": DERIVED}
    assert served.http.get("/sparql/", params=one).json()["boolean"] is False


def test_query_dataset_default_graphs_post(served):
    url = f"/sparql/?default-graph-uri={DERIVED}&default-graph-uri={NAMES}"
    assert says_true(send(served, "POST", url, "ASK { ?v a her2:AgentVerdict . ?k her2:nameKey ?name }", DIRECT))


def test_query_dataset_named_graphs_post(served):
    url = f"/sparql/?named-graph-uri={DERIVED}&named-graph-uri={NAMES}"
    query = "ASK { GRAPH ?g1 { ?v a her2:AgentVerdict } GRAPH ?g2 { ?k her2:nameKey ?name } }"
    assert says_true(send(served, "POST", url, query, DIRECT))


def test_query_dataset_named_graphs_get(served):
    query = "ASK { GRAPH ?g1 { ?v a her2:AgentVerdict } GRAPH ?g2 { ?k her2:nameKey ?name } }"
    assert says_true(served.http.get("/sparql/", params={"query": query, "named-graph-uri": [DERIVED, NAMES]}))


def test_query_dataset_full(served):
    url = f"/sparql/?default-graph-uri={NAMES}&named-graph-uri={DERIVED}"
    query = "ASK { ?k her2:nameKey ?name GRAPH ?g { ?v a her2:AgentVerdict } }"
    assert says_true(send(served, "POST", url, query, DIRECT))
    assert send(served, "POST", url, "ASK { ?v a her2:AgentVerdict }", DIRECT).json()["boolean"] is False


def test_query_multiple_dataset_takes_the_one_of_the_protocol(served):
    url = f"/sparql/?default-graph-uri={NAMES}&named-graph-uri={DERIVED}"
    query = f"ASK FROM <{DERIVED}> {{ ?k her2:nameKey ?name GRAPH ?g {{ ?v a her2:AgentVerdict }} }}"
    assert says_true(send(served, "POST", url, query, DIRECT))


def test_query_get(served):
    assert says_true(send(served, "GET", f"/sparql/?query=ASK%20%7B%7D&default-graph-uri={NOWHERE}"))


def test_query_content_type_select(served):
    response = send(served, "POST", "/sparql/", "SELECT (1 AS ?value) {}", DIRECT)
    assert response.headers["content-type"] == "application/sparql-results+json"
    assert response.json()["results"]["bindings"][0]["value"]["value"] == "1"


def test_query_content_type_ask(served):
    assert send(served, "POST", "/sparql/", "ASK {}", DIRECT).headers["content-type"].endswith("sparql-results+json")


def test_query_content_type_describe(served):
    response = send(served, "POST", "/sparql/", "DESCRIBE <http://example.org/>", DIRECT)
    assert response.headers["content-type"].startswith("text/turtle")
    assert len(rdflib.Graph().parse(data=response.text)) == 0


def test_query_content_type_construct(served):
    response = send(served, "POST", "/sparql/", "CONSTRUCT { <s> <p> 1 } WHERE {}", DIRECT)
    assert response.headers["content-type"].startswith("text/turtle")
    assert set(rdflib.Graph().parse(data=response.text).subjects()) == {rdflib.URIRef(f"{served.address}/s")}


def test_query_post_direct(served):
    assert says_true(send(served, "POST", "/sparql/", "ASK {}", DIRECT))


@pytest.mark.parametrize(
    ("method", "url", "body", "kind", "status"),
    [
        pytest.param("PUT", "/sparql/?query=ASK%20%7B%7D", b"", FORM, 405, id="bad_query_method"),
        pytest.param("GET", "/sparql/?query=ASK%20%7B%7D&query=SELECT%20%2A%20%7B%7D", b"", None, 400, id="bad_multiple_queries"),
        pytest.param("POST", "/sparql/", b"ASK {}", "text/plain", 415, id="bad_query_wrong_media_type"),
        pytest.param("POST", "/sparql/", b"query=ASK%20%7B%7D", None, 415, id="bad_query_missing_form_type"),
        pytest.param("POST", "/sparql/", b"ASK {}", None, 415, id="bad_query_missing_direct_type"),
        pytest.param("POST", "/sparql/", "ASK {}".encode("utf-16"), f"{DIRECT}; charset=UTF-16", 415, id="bad_query_non_utf8"),
        pytest.param("POST", "/sparql/", "ASK {}".encode("utf-16"), DIRECT, 400, id="bad_query_non_utf8_unsaid"),
        pytest.param("GET", "/sparql/?query=ASK%20%7B", b"", None, 400, id="bad_query_syntax"),
        pytest.param("GET", "/sparql/?update=CLEAR%20ALL", b"", None, 400, id="bad_update_get"),
        pytest.param("POST", "/sparql/", b"update=CLEAR%20ALL", FORM, 400, id="update_post_form"),
        pytest.param("POST", "/sparql/", b"CLEAR ALL", "application/sparql-update", 415, id="update_post_direct"),
        pytest.param("POST", "/sparql/", b"CLEAR ALL", DIRECT, 400, id="update_as_query"),
        pytest.param("POST", "/sparql/", b"", FORM, 400, id="no_query"),
        pytest.param("GET", "/sparql?query=", b"", None, 400, id="empty_query"),
        pytest.param("GET", "/sparql?query=ASK{}&default-graph-uri=no%20iri", b"", None, 400, id="graph_is_no_iri"),
        pytest.param("GET", "/sparql?query=ASK{}&colour=red", b"", None, 400, id="unknown_parameter"),
        pytest.param("GET", "/sparql?query=ASK{}&format=png", b"", None, 400, id="unknown_format"),
        pytest.param("GET", "/sparql?query=ASK%7B%FF%7D", b"", None, 400, id="percent_encoded_latin_1"),
        pytest.param("GET", "/sparql?query=ASK{}&as-of=2020", b"", None, 400, id="as_of_without_its_block"),
    ],
)  # fmt: skip
def test_refused_with_one_line_that_helps(served, method, url, body, kind, status):
    response = send(served, method, url, body, kind)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.text.count("\n") == 1
    assert len(response.text) > 15
    if status == 405:
        assert response.headers["allow"] == "GET, HEAD, POST, OPTIONS"


def test_a_refusal_is_problem_details_for_who_asks_for_json(served):
    response = served.ask("ASK {", accept="application/sparql-results+json")
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == 400
    assert "line 1" in response.json()["detail"]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        ("text/csv;q=0.5, application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/*", "text/csv; charset=utf-8"),
        ("application/json", "application/sparql-results+json"),
        ("image/png, */*;q=0.1", "application/sparql-results+json"),
        ("text/turtle, text/csv;q=0.1", "text/csv; charset=utf-8"),
    ],
)
def test_a_table_comes_in_the_format_liked_best(served, accept, kind):
    assert served.ask("SELECT (1 AS ?x) {}", accept=accept).headers["content-type"] == kind


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # inside rdflib
def test_the_formats_of_a_graph_hold_the_same_triples(served):
    kinds = {
        "text/turtle": "turtle",
        "application/n-triples": "nt",
        "application/ld+json": "json-ld",
        "application/rdf+xml": "xml",
    }
    query = "CONSTRUCT WHERE { kg:ToGA ?p ?o }"
    graphs = [
        rdflib.Graph().parse(data=served.ask(query, accept=kind).content, format=name) for kind, name in kinds.items()
    ]
    assert len(graphs[0]) > 5
    assert {frozenset(graph) for graph in graphs} == {frozenset(graphs[0])}


def test_no_format_in_common_is_406(served):
    assert served.ask("ASK {}", accept="image/png").status_code == 406
    refused = served.ask("ASK {}", accept="text/turtle")
    assert refused.status_code == 406
    assert "table" in refused.text


def test_head_options_and_cors(served):
    whole = served.ask("ASK {}")
    head = served.http.head("/sparql", params={"query": "ASK {}"})
    assert head.content == b""
    assert {k: head.headers[k] for k in ("etag", "content-type", "content-length")} == {
        k: whole.headers[k] for k in ("etag", "content-type", "content-length")
    }
    options = served.http.options("/sparql")
    assert options.status_code == 204
    assert "POST" in options.headers["access-control-allow-methods"]
    assert whole.headers["access-control-allow-origin"] == "*"


def test_an_answer_one_has_is_not_sent_again(served):
    first = served.ask("SELECT * { ?s a her2:Study }")
    again = served.ask("SELECT * { ?s a her2:Study }", **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    other = served.ask("SELECT * { ?s a her2:Agent }", **{"if-none-match": first.headers["etag"]})
    assert other.status_code == 200


def test_what_changes_every_time_has_no_tag_and_is_not_kept(served):
    answers = [served.ask("SELECT (RAND() AS ?x) {}") for _ in range(2)]
    assert answers[0].text != answers[1].text
    assert "etag" not in answers[0].headers
    assert answers[0].headers["cache-control"] == "no-store"


def test_a_large_answer_is_compressed_for_who_takes_that(served):
    query = "SELECT * { ?s a ?o } LIMIT 500"
    zipped = served.ask(query, **{"accept-encoding": "gzip"})
    plain = served.ask(query, **{"accept-encoding": "identity"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert zipped.json() == plain.json()
    assert zipped.headers["etag"] != plain.headers["etag"]


def test_service_description(served):
    graph = rdflib.Graph().parse(data=served.http.get("/sparql", headers={"accept": "text/turtle"}).text)
    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    endpoint = graph.value(None, rdflib.RDF.type, sd.Service)
    assert graph.value(endpoint, sd.endpoint) == rdflib.URIRef(f"{served.address}/sparql")
    assert graph.value(endpoint, sd.supportedLanguage) == sd.SPARQL11Query
    assert rdflib.URIRef(DERIVED) in set(graph.objects(None, sd.name))
    assert "<form" in served.http.get("/sparql", headers={"accept": "text/html"}).text


def test_as_of_dates_a_named_query_of_ones_own(served, kg):
    text = kg.named("agents-by-verdict").sparql
    rows = [
        len(served.http.get("/sparql", params={"query": text} | day).json()["results"]["bindings"])
        for day in ({}, {"as-of": "2020-04-30"}, {"as-of": "2001"})
    ]
    assert rows[0] > rows[1] > rows[2] == 0
    assert served.http.get("/sparql", params={"query": text, "as-of": "soon"}).status_code == 400


def test_same_rows_as_on_the_command_line(served, kg):
    query = "SELECT ?s ?label { ?s a her2:Study ; rdfs:label ?label } ORDER BY ?s"
    rows = served.ask(query).json()["results"]["bindings"]
    assert [row["label"]["value"] for row in rows] == kg.sparql(query).column("label")


def test_the_log_is_json_and_holds_no_query(served):
    served.ask("SELECT ('thewordnobodyelseuses' AS ?x) {}")
    for _ in range(50):
        lines = served.log.read_text().splitlines()[1:]
        if any('"/sparql"' in line for line in lines):
            break
        time.sleep(0.1)
    entry = json.loads(next(line for line in lines if '"/sparql"' in line))
    assert set(entry) == {"time", "client", "method", "path", "status", "ms", "bytes"}
    assert "thewordnobodyelseuses" not in served.log.read_text()
