"""Look-ups that the server answers on the connection, or in its own process, are answered as all others are."""

import os
import re
import signal
import socket
import threading
import time
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from running_server import Served

from her2kg.serving.jobs import Work
from her2kg.serving.patterns import Patterns, read

ONE = "SELECT ?p ?o { kg:ToGA ?p ?o }"
TWO = "SELECT ?p ?l { kg:ToGA ?p ?o . ?o rdfs:label ?l }"


def get(served: Served, query: str, *headers: str) -> bytes:
    lines = [f"GET /sparql?query={quote(query)} HTTP/1.1", f"Host: {served.address.removeprefix('http://')}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def talk(served: Served, sent: bytes) -> bytes:
    """Send bytes, of which the last request asks to end the connection, and return all that comes back."""
    host, port = served.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(sent)
        said = b""
        while part := connection.recv(1 << 16):
            said += part
    return said


REQUESTS = {
    "one pattern": (ONE, {}),
    "two patterns": (TWO, {}),
    "XML": (ONE, {"accept": "application/sparql-results+xml"}),
    "several formats": (ONE, {"accept": "text/html;q=0.1, text/csv;q=0.9, */*;q=0.5"}),
    "no such format": (ONE, {"accept": "image/png"}),
    "compressed": (ONE, {"accept-encoding": "gzip"}),
    "long": ("SELECT * { ?s ?p ?o } LIMIT 3000", {"accept-encoding": "gzip"}),
    "triples": ("DESCRIBE kg:ToGA", {"accept": "text/turtle"}),
    "truth": ("ASK { kg:ToGA ?p ?o }", {}),
    "cannot be read": ("SELECT ?p { kg:ToGA ?p ?o", {"accept": "application/json"}),
    "reads but is one pattern with an error": ("SELECT ?p { nowhere:ToGA ?p ?o }", {}),
    "update": ("DELETE WHERE { ?s ?p ?o }", {}),
    "empty": (" ", {}),
    "another name": (ONE, {"host": "elsewhere.example"}),
    "odd host": (ONE, {"host": "localhost:80 <x>"}),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_on_the_connection_as_through_the_application(served, name):
    query, headers = REQUESTS[name]
    # A request that announces a body, if only an empty one, goes through the application.
    usual = served.http.get("/sparql", params={"query": query}, headers={**headers, "content-length": "0"})
    short = served.http.get("/sparql", params={"query": query}, headers=headers)
    assert short.status_code == usual.status_code
    assert short.content == usual.content
    assert headers_of(short) == headers_of(usual)
    if "etag" in usual.headers:
        again = {**headers, "if-none-match": usual.headers["etag"]}
        usual = served.http.get("/sparql", params={"query": query}, headers={**again, "content-length": "0"})
        short = served.http.get("/sparql", params={"query": query}, headers=again)
        assert (short.status_code, headers_of(short)) == (304, headers_of(usual))


def headers_of(response):
    return sorted((name, value) for name, value in response.headers.multi_items() if name != "date")


def test_pipelined_requests_are_answered_in_their_order(served):
    mark = str(time.time())
    other = b"GET /api/queries/endpoints?format=csv HTTP/1.1\r\nHost: localhost\r\n\r\n"
    queries = [f'SELECT ("{n}" AS ?n) {{ kg:ToGA rdfs:label ?l . ?s a her2:Study }} LIMIT 1 # {mark}' for n in range(4)]
    parts = [
        get(served, queries[0]),
        get(served, ONE),
        other,
        get(served, queries[1]),
        get(served, queries[2], "Content-Length: 0"),
        get(served, queries[3], "Connection: close"),
    ]
    said = talk(served, b"".join(parts))
    assert said.count(b"HTTP/1.1 200 OK") == len(parts)
    marks = re.findall(rb'"n":\{"type":"literal","value":"(\d)"|(code,|rdf-syntax-ns#type)', said)
    assert [a or b for a, b in marks if a] == [b"0", b"1", b"2", b"3"]
    assert said.index(b'"value":"0"') < said.index(b"/1999/02/22-rdf-syntax-ns#type") < said.index(b'"value":"1"')


def test_a_look_up_in_old_http_and_one_that_ends_the_connection(served):
    old = get(served, TWO).replace(b"HTTP/1.1", b"HTTP/1.0")
    for sent in (old, get(served, TWO, "Connection: close")):
        said = talk(served, sent)
        assert said.startswith(b"HTTP/1.1 200 OK")
        assert b"connection: close" in said


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="processes cannot be paused")
@pytest.mark.skipif(not os.path.isdir("/proc"), reason="looks at processes through /proc")
def test_time_a_worker_did_not_get_does_not_count(starting):
    served = starting("--workers", "1")
    mine = served.workers()

    def pause(how: signal.Signals) -> None:
        for pid in mine:
            os.kill(pid, how)

    pause(signal.SIGSTOP)
    waking = threading.Timer(0.4, pause, (signal.SIGCONT,))  # longer than a question has in the quick lane
    waking.start()
    assert served.ask(TWO).status_code == 200
    waking.join()
    assert "her2kg_quick_stopped 0.0" in served.http.get("/metrics").text


# One triple pattern

BOUNDED = [
    ONE,
    "select * where { ?s ?p ?o . } limit 10",
    "SELECT ?p ?o\n{ <http://example.org/x> ?p ?o } # a comment\n# and another",
    "#first\n\n# PREFIX her2: <http://b/>\nSELECT ?o $x { kg:ToGA her2:line ?o }",
    "SELECT ?s { ?s a ?class }",
    "SELECT ?s ?p { ?s ?p her2:Study }",
    "SELECT ?x { kg:ToGA a her2:Study }",
]
UNBOUNDED = [
    "SELECT ?s { ?s a her2:Study }",
    "SELECT ?s { ?s ?p ?p }",
    "SELECT ?s { ?s ?p $s }",
    "SELECT * { kg:ToGA ?p ?o . ?a ?b ?c }",
    "SELECT * { kg:ToGA ?p ?o ; ?b ?c }",
    "SELECT * { kg:ToGA ?p ?o, ?c }",
    "SELECT * { kg:ToGA her2:arm* ?o }",
    "SELECT * { kg:ToGA her2:arm/her2:arm ?o }",
    "SELECT * { kg:ToGA !her2:arm ?o }",
    "SELECT * { kg:ToGA ^her2:arm ?o }",
    "SELECT DISTINCT ?p { kg:ToGA ?p ?o }",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "SELECT ?p { kg:ToGA ?p ?o } ORDER BY ?p",
    "SELECT ?p { kg:ToGA ?p ?o } OFFSET 9999999",
    "SELECT ?p { kg:ToGA ?p ?o FILTER(REGEX(?o, '(a+)+$')) }",
    "SELECT ?p FROM <http://example.org/> { kg:ToGA ?p ?o }",
    "SELECT ?p { SERVICE ?s { kg:ToGA ?p ?o } }",
    "SELECT ?p { GRAPH ?g { kg:ToGA ?p ?o } }",
    "SELECT ?p { { kg:ToGA ?p ?o } }",
    'SELECT ?p { kg:ToGA ?p "x" }',
    "ASK { kg:ToGA ?p ?o }",
    "PREFIX a: <http://a/> SELECT ?p { a:x ?p ?o }",
    "SELECT ?p { none:x ?p ?o }",
    "SELECT ?p ?p { kg:ToGA ?p ?o }",
    "SELECT ?p { kg:ToGA A ?p }",
    "SELECT ?p { <relative> ?p ?o }",
    "SELECT ?p { <http://example.org/a/../b> ?p ?o }",
    "BASE <http://example.org/> SELECT ?p { <x> ?p ?o }",
    f"SELECT ?p {{ <http://example.org/{'x' * 1000}> ?p ?o }}",
]
BACKTRACKING = [
    "SELECT " + "?a " * 240 + "!",
    "PREFIX a:<b> " * 70,
    " #\n" * 330,
    "#" * 990,
    ONE + "#  \n" * 220 + "x",
    ONE + " " * 900 + "x",
    "SELECT ?x {a:b ?p ?o " + " " * 900 + "x",
]


@pytest.mark.parametrize("query", BOUNDED)
def test_what_is_one_pattern(query):
    assert read(query)


@pytest.mark.parametrize("query", [*UNBOUNDED, *BACKTRACKING], ids=str.__len__)
def test_what_a_worker_is_asked(query):
    assert read(query) is None


_TERMS = [
    "?s", "$t", "?u", "a", "kg:ToGA", "kg:ToGA-OS", "rdfs:label", "skos:note", "her2:Study", "her2:none", "none:x", "sh:rule",
    "<https://w3id.org/her2kg/id/ToGA>", "<https://w3id.org/her2kg/ontology>", "<https://w3id.org/her2kg/./id>", "<x>",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.tuples(*[st.sampled_from(_TERMS)] * 3),
    st.sampled_from(["*", "?s", "$u ?t", "?x"]),
    st.sampled_from(["", " LIMIT 0", " LIMIT 3 # x"]),
)
def test_one_pattern_is_answered_as_a_worker_answers_or_not_at_all(kg, terms, columns, end):
    query = f"SELECT {columns} {{ {' '.join(terms)} }}{end}"
    question = ("sparql", query, None, None, None, "http://localhost/sparql", "json", None)
    found = Patterns(kg.engine.store, 100_000).answer(question)
    if found is not None:
        assert read(query)
        assert found == Work(kg, 100_000, 32_000_000).do(question)


def test_every_thing_is_looked_up_as_a_worker_does(kg):
    patterns, work = Patterns(kg.engine.store, 100_000), Work(kg, 100_000, 32_000_000)
    things = kg.engine.select("SELECT DISTINCT ?s { ?s ?p ?o FILTER(ISIRI(?s)) } ORDER BY ?s").rows
    at_once = 0
    for thing in things[::7]:
        query = f"SELECT * {{ <{thing[0].value}> ?p ?o }}"
        question = ("sparql", query, None, None, None, "http://localhost/sparql", "json", None)
        found = patterns.answer(question)
        assert found is None or found == work.do(question)
        at_once += found is not None
    assert at_once > 0.95 * len(things[::7])


def test_an_answer_of_any_size_is_whole(kg):
    rows = Patterns(kg.engine.store, 10)
    plain = ("sparql", "SELECT * { ?s ?p ?o } LIMIT 11", None, None, None, "", "json", None)
    assert rows.answer(plain) is None  # more rows than allowed: a worker says so
    long = ("sparql", "SELECT * { ?s ?p ?o } LIMIT 2000", None, None, None, "", "json", None)
    assert Patterns(kg.engine.store, 100_000).answer(long) is None


def test_dates_and_graphs_of_ones_own_go_to_a_worker(kg):
    patterns = Patterns(kg.engine.store, 1000)
    plain = ("sparql", ONE, None, None, None, "", "json", None)
    assert patterns.answer(plain) is not None
    for at, value in ((2, ("http://example.org/",)), (3, ()), (4, "2020-04-30")):
        assert patterns.answer((*plain[:at], value, *plain[at + 1 :])) is None
    assert patterns.answer((*plain[:6], "csv", None)) is None
    assert patterns.answer(("query", "endpoints", (), None, "json")) is None
