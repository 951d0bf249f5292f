"""What a hostile client tries, and that it gets no further than the limits. docs/serving.md has the same table."""

import contextlib
import os
import random
import re
import signal
import socket
import string
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from running_server import Served

TIME_LIMIT = 1.0
PLACES = (str(Path(__file__).parent.parent.parent), tempfile.gettempdir(), str(Path.home()), sys.prefix)
LEAK = re.compile(
    "|".join(
        [*map(re.escape, PLACES), r"Traceback", r'File "', "site-packages", r"\.py\b", r"\.rs:", "panicked", "queries/"]
    ),
    re.IGNORECASE,
)


@pytest.fixture(scope="session")
def served(limited: Served) -> Served:
    """The server under attack: the one with limits that a test can reach."""
    return limited


def post(served: Served, query: str | bytes, client: str = "127.0.0.1") -> httpx.Response:
    """Send a query from a loopback address, each of which is a client of its own to the server."""
    with httpx.Client(base_url=served.address, transport=httpx.HTTPTransport(local_address=client), timeout=30) as http:
        return http.post("/sparql", content=query, headers={"content-type": "application/sparql-query"})


def is_well(served: Served) -> bool:
    return served.ask("ASK { kg:ToGA rdfs:label ?l }").json() == {"head": {}, "boolean": True}


BOMBS = {
    "cross product, sorted": "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c LIMIT 5",
    "cross product, counted": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f }",
    "cross product, grouped": "SELECT (GROUP_CONCAT(?c) AS ?x) { ?a ?b ?c . ?d ?e ?f }",
    "cross product, distinct": "SELECT DISTINCT ?a ?d { ?a ?b ?c . ?d ?e ?f } OFFSET 1000000000",
    "negated property path": "SELECT (COUNT(*) AS ?n) { ?a (!her2:none)* ?b . ?b (!her2:none)* ?c }",
    "long property path": "SELECT * { ?s " + "/".join(["<http://e/p>"] * 2000) + " ?o }",
    "NOT EXISTS over a join": "SELECT * { ?a ?b ?c . ?d ?b ?f FILTER NOT EXISTS { ?a ?g ?h . ?i ?g ?f . ?f ?j ?h } } OFFSET 100000000",
    "growing text": 'SELECT (STRLEN(?h) AS ?n) { VALUES ?z { "' + "a" * 1000 + '" } '
    + "".join(f'BIND(REPLACE({v}, "a", {v}) AS {w})' for v, w in (("?z", "?a"), ("?a", "?b"), ("?b", "?h"))) + " }",
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_stopped(served, name):
    before = time.monotonic()
    response = post(served, BOMBS[name], "127.0.0.9")
    assert time.monotonic() - before < TIME_LIMIT + 3
    assert response.status_code in {422, 504}, response.text
    assert response.text.count("\n") == 1
    assert is_well(served)


def test_a_regex_bomb_is_none(served):
    query = (
        'SELECT ?s { ?s rdfs:label ?l FILTER(REGEX(CONCAT(STR(?l), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"), "^(a+)+$")) }'
    )
    response = post(served, query)
    assert response.json()["results"]["bindings"] == []


def test_more_rows_or_bytes_than_allowed_are_refused_whole(served):
    rows = served.ask("SELECT ?s { ?s ?p ?o } LIMIT 20001")
    assert (rows.status_code, "20,000 rows" in rows.text) == (422, True)
    assert served.ask("SELECT ?s { ?s ?p ?o } LIMIT 20000").status_code == 200
    for kind in ("csv", "tsv", "xml"):
        many = served.http.get("/sparql", params={"query": "SELECT ?s { ?s ?p ?o } LIMIT 20001", "format": kind})
        assert many.status_code == 422, kind
    triples = served.ask("CONSTRUCT WHERE { ?s ?p ?o }")
    assert (triples.status_code, "20,000 triples" in triples.text) == (422, True)
    stream = served.ask("SELECT * { ?a ?b ?c . ?d ?e ?f }")
    assert (stream.status_code, "5 MB" in stream.text) == (422, True)


DEEP = {
    "brackets": "ASK { FILTER(" + "(" * 40_000 + "1" + ")" * 40_000 + ") }",
    "groups": "ASK " + "{" * 45_000 + "}" * 45_000,
    "negations": "ASK { FILTER(" + "!" * 90_000 + "true) }",
    "unions": "ASK { " + "UNION".join(["{}"] * 12_000) + " }",
    "sums": "ASK { FILTER(" + "+".join(["1"] * 45_000) + ") }",
    "lists": "ASK { ?s ?p " + "(" * 45_000 + ")" * 45_000 + " }",
    "unclosed": "ASK " + "{" * 90_000,
}


@pytest.mark.parametrize("name", DEEP)
def test_what_is_nested_deeply_ends_a_worker_at_most(served, name):
    response = post(served, DEEP[name], "127.0.0.8")
    assert response.status_code in {400, 422, 504}, response.text
    assert not LEAK.search(response.text)
    assert served.process.poll() is None
    assert is_well(served)


def test_a_query_of_ten_megabytes_is_refused(served):
    response = post(served, "ASK { " + "?s ?p ?o . " * 1_000_000 + "}")
    assert response.status_code == 413
    assert "smaller" in response.text
    form = served.http.post("/sparql", data={"query": "#" * 100_001})
    assert form.status_code == 413
    assert served.http.get("/sparql", params={"query": "a" * 40_000}).status_code == 414


def raw(served: Served) -> socket.socket:
    place = httpx.URL(served.address)
    return socket.create_connection((place.host, place.port), timeout=20)


def test_headers_without_end_are_cut_off(served):
    with raw(served) as connection, contextlib.suppress(OSError):
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        for _ in range(300):
            connection.sendall(b"X-Filler: " + b"x" * 1000 + b"\r\n")
            time.sleep(0.001)
        assert b" 431 " in connection.recv(1000)
    with raw(served) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(1000)[9:12] in {b"400", b"414", b"431"}
    assert is_well(served)


def test_slowloris_is_shown_the_door(served):
    """A client that never finishes its headers holds a connection for ten seconds and delays nobody."""
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(raw(served)) for _ in range(40)]
        for connection in slow[::2]:  # the others say nothing at all
            connection.sendall(b"GET /sparql?query=ASK{} HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        assert is_well(served)
        before = time.monotonic()
        for connection in slow:
            said = b""
            with contextlib.suppress(ConnectionError):
                said = connection.recv(1000)
            assert said == b"" or b" 408 " in said
        assert time.monotonic() - before < 12


def test_one_client_gets_so_many_connections_and_no_more(served):
    with contextlib.ExitStack() as stack:
        place = httpx.URL(served.address)
        held = []
        for _ in range(120):
            connection = socket.create_connection((place.host, place.port), timeout=5, source_address=("127.0.0.7", 0))
            held.append(stack.enter_context(connection))
        held[-1].settimeout(5)
        with contextlib.suppress(ConnectionError):
            assert b" 503 " in held[-1].recv(1000)
        assert is_well(served)


# Reaching out of the graph

REACHING = {
    "plain": "SELECT * { SERVICE <URL> { ?s ?p ?o } }",
    "silent": "SELECT * { SERVICE SILENT <URL> { ?s ?p ?o } }",
    "no blanks": "SELECT * { ?s ?p 5SERVICE<URL>{ ?s ?p ?o } }",
    "boolean before": "SELECT * { ?s ?p trueSERVICE<URL>{ ?s ?p ?o } }",
    "glued": "PREFIX e: <URL> SELECT * { SERVICESILENTe:{ ?s ?p ?o } }",
    "comment inside": "SELECT * { SERVICE#\n<URL> { ?s ?p ?o } }",
    "behind a carriage return": "SELECT * { # a comment\r SERVICE <URL> { ?s ?p ?o } }",
    "behind an escaped hash": "PREFIX e: <http://e/> SELECT * { OPTIONAL { e:a\\#b ?p ?o } SERVICE <URL> { ?s ?p ?o } }",
    "behind an escaped quote": "PREFIX e: <http://e/> SELECT * { OPTIONAL { e:a\\'b ?p 'x' } SERVICE <URL> { ?s ?p 'o' } }",
    "behind less-than": "SELECT * { VALUES ?z { <URL> } FILTER(1<2)SERVICE?z#>\n{ ?s ?p ?o } }",
    "escaped": "SELECT * { \\u0053ERVICE <URL> { ?s ?p ?o } }",
    "in a subquery": "SELECT * { { SELECT * { SERVICE <URL> { ?s ?p ?o } } } }",
    "in EXISTS": "ASK { FILTER EXISTS { SERVICE <URL> { ?s ?p ?o } } }",
    "load": "LOAD <URL>",
    "load after a query": "SELECT * {} ; LOAD <URL>",
    "from": "SELECT * FROM <URL> { ?s ?p ?o }",
    "from named": "SELECT * FROM NAMED <URL> { GRAPH ?g { ?s ?p ?o } }",
    "file": "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }",
}


@pytest.fixture
def listener():
    """A loopback listener that counts who comes."""
    came: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        done = threading.Event()

        def accept() -> None:
            while not done.is_set():
                with contextlib.suppress(TimeoutError):
                    connection, place = listening.accept()
                    came.append(place)
                    connection.close()

        thread = threading.Thread(target=accept)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/sparql", came
        done.set()
        thread.join()


def test_nothing_is_fetched(served, listener):
    url, came = listener
    for name, query in REACHING.items():
        response = post(served, query.replace("URL", url))
        if "FROM" in query:
            assert response.json()["results"]["bindings"] == [], name
        else:
            assert response.status_code == 400, (name, response.text)
    for field in ("default-graph-uri", "named-graph-uri"):
        fields = {"query": "SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }", field: url}
        assert served.http.get("/sparql", params=fields).json()["results"]["bindings"] == []
    time.sleep(0.3)
    assert came == []


def test_a_worker_cannot_open_anything_even_if_asked_to(listener, kg):
    """The second line of defence, with the first one taken away: the engine itself is told to fetch."""
    url, came = listener
    pid = os.fork()
    if pid == 0:
        from her2kg.serving.worker import confine

        code = 1
        with contextlib.suppress(BaseException):
            import pyoxigraph as ox

            store = ox.Store()
            confine(512, giving_way=False, opening_files=False)
            try:
                list(store.query(f"SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}"))
            except OSError as error:
                code = 0 if "open files" in str(error) else 2
        os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    time.sleep(0.3)
    assert came == []


@pytest.mark.parametrize(
    "path",
    ["/../../etc/passwd", "/id/../../../etc/passwd", "/id/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/page.css/../service.py",
     "/api/show/..%2f..%2fetc%2fpasswd", "/id//etc/passwd", "/%00", "/id/%00", "/id/%ff", "/ontology/..%2f..", "/.git/config"],
)  # fmt: skip
def test_there_is_no_way_to_a_file(served, path):
    with raw(served) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        said = b"".join(iter(lambda: connection.recv(65536), b""))
    assert said.split(b" ", 2)[1] in {b"400", b"404"}, said[:300]
    assert b"root:" not in said
    assert not LEAK.search(said.decode("latin-1").partition("\r\n\r\n")[2].replace(path, ""))


def test_nobody_writes_headers_of_ours(served):
    for path in (
        "/id/x%0d%0aset-cookie:a=b",
        "/sparql?query=ASK%7B%7D&format=%0d%0aset-cookie:a=b",
        "/api/queries/x%0d%0aset-cookie:a",
    ):
        response = served.http.get(path)
        assert response.status_code in {400, 404}
        assert "set-cookie" not in response.headers
    with raw(served) as connection:
        connection.sendall(b"GET /sparql HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n")
        assert connection.recv(200).startswith(b"HTTP/1.1 400")


def test_another_host_name_is_refused_on_loopback(served):
    """A web page that resolves its own name to 127.0.0.1 (DNS rebinding) reads nothing."""
    assert served.http.get("/", headers={"host": "evil.example"}).status_code == 421
    assert served.http.get("/", headers={"host": "localhost:1"}).status_code == 200


def test_no_script_gets_into_a_page(served):
    evil = '"><script>alert(1)</script>'
    pages = [
        served.http.get("/id/scripted", params={"format": "html"}),
        served.http.get("/api/queries/agents", params={"agentClass": "antibody", "target": "no", "format": "html"}),
        served.http.get("/api/ask", params={"question": f"which agents failed {evil}", "format": "html"}),
        served.http.get(f"/api/show/{evil}", params={"format": "html"}),
        served.http.get(
            "/sparql", params={"query": f"SELECT ('{evil}' AS ?x) {{}}"}, headers={"accept": "text/html, */*;q=0.1"}
        ),
    ]
    assert "&lt;script&gt;" in pages[0].text
    for page in pages:
        assert page.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in page.headers["content-security-policy"]
        if page.headers["content-type"].startswith("text/html"):
            assert "<script" not in page.text
            assert not re.search(r'\son\w+="', page.text)


# Who waits for whom


def test_lookups_go_on_while_five_clients_run_bombs(served):
    bomb = BOMBS["cross product, counted"]
    done = threading.Event()
    statuses: list[int] = []

    def attack(client: int) -> None:
        while not done.is_set():
            statuses.append(post(served, f"{bomb} # {client} {time.monotonic()}", f"127.0.0.{client}").status_code)

    with ThreadPoolExecutor(5) as attackers:
        for client in range(20, 25):
            attackers.submit(attack, client)
        time.sleep(1)
        times = []
        for number in range(100):
            before = time.monotonic()
            assert served.ask(f"SELECT ?p ?o {{ kg:ToGA ?p ?o }} # {number} {before}").status_code == 200
            times.append(time.monotonic() - before)
        done.set()
    assert set(statuses) <= {503, 504}
    assert sorted(times)[90] < TIME_LIMIT / 2  # without lanes it would be several time limits


def test_too_many_questions_of_one_client_are_told_to_come_back(served):
    def ask(number: int) -> httpx.Response:
        return post(served, f"{BOMBS['cross product, counted']} # crowd {number}", "127.0.0.31")

    with ThreadPoolExecutor(50) as crowd:
        answers = list(crowd.map(ask, range(50)))
    refused = [answer for answer in answers if answer.status_code == 503]
    assert refused
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    assert {answer.status_code for answer in answers} <= {503, 504}
    assert is_well(served)


def test_the_same_question_asked_by_many_is_worked_out_once(served):
    def metric(name: str) -> float:
        return float(re.search(rf"^{name} (\S+)$", served.http.get("/metrics").text, re.MULTILINE)[1])

    before = metric("her2kg_slow_stopped")
    query = f"{BOMBS['cross product, counted']} # together {time.time()}"
    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(lambda n: post(served, query, f"127.0.0.{40 + n}").status_code, range(8)))
    assert set(answers) == {504}
    assert metric("her2kg_slow_stopped") == before + 1


def used(pids: set[int]) -> float:
    """Return the processor seconds that processes have used."""
    ticks = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            ticks += int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])
    return ticks / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes through /proc")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_no_query_outlives_its_client_and_no_worker_the_server(starting, how):
    served = starting("--workers", "1", "--time-limit", "60")

    def begin_and_leave() -> None:
        with contextlib.suppress(httpx.ReadTimeout):
            httpx.get(f"{served.address}/sparql", params={"query": BOMBS["cross product, counted"]}, timeout=1)

    begin_and_leave()
    time.sleep(1.2)
    before = used(served.workers())
    time.sleep(1)
    assert used(served.workers()) - before < 0.3  # a query that went on would use all of the second
    begin_and_leave()
    mine = served.workers()
    assert len(mine) >= 3
    served.process.send_signal(how)
    served.process.wait(10)
    for _ in range(50):
        if not any(Path(f"/proc/{pid}").exists() for pid in mine):
            break
        time.sleep(0.1)
    assert [pid for pid in mine if Path(f"/proc/{pid}").exists()] == []


# Fuzzing

_PIECES = st.sampled_from(
    ["SELECT", "*", "?s", "{", "}", "(", ")", "<http://e/>", "her2:", "kg:ToGA", "FILTER", "OPTIONAL", "UNION", "MINUS",
     "GROUP BY", "ORDER BY", "LIMIT", "999999999999999999999", "-1", "VALUES", "BIND", "AS", '"', "'", '"""', "\\", "#", "\n", "\r",
     "\0", "é", "😀", "\ud7ff", "^^", "@en", "/", "|", "^", "+", "SERVICE", "LOAD", "INSERT DATA", "GRAPH", "FROM", "<file:///etc/passwd>",
     "DESCRIBE", "ASK", "CONSTRUCT", "WHERE", "a", ".", ";", ",", "[]", "REGEX", "STRDT", "1e999", "<<", ">>", "IRI", "UUID()"]
)  # fmt: skip


@settings(max_examples=150)
@given(st.lists(_PIECES, min_size=1, max_size=25).map(" ".join))
def test_malformed_queries_are_the_clients_fault(served, query):
    response = served.http.get("/sparql", params={"query": query})
    assert response.status_code < 500 or response.status_code in {503, 504}, response.text
    assert response.status_code == 200 or not LEAK.search(response.text)


@settings(max_examples=100)
@given(
    st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "TRACE"]),
    st.text(st.characters(codec="ascii", exclude_categories=("Cc",)), max_size=30),
    st.binary(max_size=200),
    st.sampled_from(["application/sparql-query", "application/x-www-form-urlencoded", "text/plain", "", "a/b;c=\"d", "x"]),
    st.text(string.printable.strip(), max_size=30),
)  # fmt: skip
def test_malformed_requests_are_the_clients_fault(served, method, fields, body, kind, accept):
    request = served.http.build_request(
        method, "/sparql?" + fields.replace("#", ""), content=body, headers={"content-type": kind, "accept": accept}
    )
    response = served.http.send(request)
    assert response.status_code < 500 or response.status_code in {503, 504}, response.text
    assert response.status_code == 200 or not LEAK.search(response.text)


def test_bytes_that_are_no_http(served):
    random.seed(7)
    for _ in range(50):
        with raw(served) as connection, contextlib.suppress(ConnectionError):
            connection.sendall(random.randbytes(random.randrange(1, 2000)) + b"\r\n\r\n")
            connection.shutdown(socket.SHUT_WR)
            said = connection.recv(1000)
            assert said == b"" or said.startswith(b"HTTP/1.1 4"), said
    assert is_well(served)


def test_nothing_went_wrong_inside(served):
    """Runs last: in all of the above the server met no error of its own."""
    assert "Traceback" not in served.log.read_text()
