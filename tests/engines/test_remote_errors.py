"""A store that is not there, is none, or misbehaves: one line, exit code 2."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from engines import free_port

from her2kg.deploying import engines
from her2kg.errors import EndpointError, Her2kgError, QueryError
from her2kg.remote import connect
from tests.conftest import Run

Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def server(answer: Answer) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            try:
                answer(self)
            except (BrokenPipeError, ConnectionResetError):  # the client has given up, as it should
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        listening.daemon_threads = True
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}/sparql"
        listening.shutdown()


def reply(body: bytes, status: int = 200, kind: str = "application/sparql-results+json", more: int = 0) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body) + more))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.05)


NO = b'{"head": {}, "boolean": false}'


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (reply(b"<html><h1>Hello</h1></html>", kind="text/html"), "did not answer with SPARQL results"),
        (reply(b"", kind="text/plain"), "did not answer with SPARQL results"),
        (
            reply(b"<h1>Out of <b>memory</b></h1>", 500, "text/html"),
            "answered 500 Internal Server Error: Out of memory",
        ),
        (reply(b'{"title": "no such thing"}', 404, "application/json"), "answered 404 Not Found: no such thing"),
        (reply(b"", 401), "answered 401 Unauthorized"),
        (reply(b"Parse error:\n line 1", 400, "text/plain"), "refused the query: Parse error: line 1"),
        (reply(NO), "holds no her2kg graph"),
        (reply(NO, more=100), "broke off its answer, 100 bytes are missing"),
    ],
)
def test_what_a_server_may_say(run: Run, answer: Answer, said: str) -> None:
    with server(answer) as address:
        done = run("show", "ToGA", "--endpoint", address)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://127.0.0.1:{free}/sparql", "is the server running?"),
        ("ftp://127.0.0.1/sparql", "is no address of an endpoint"),
        ("file:///etc/passwd", "is no address of an endpoint"),
        ("localhost:8890/sparql", "is no address of an endpoint"),
        ("http://127.0.0.1:99999/sparql", "is no address of an endpoint"),
        ("http://[::1/sparql", "is no address of an endpoint"),
        ("http://127.0.0.1/a b", "is no address of an endpoint"),
        ("", "is no address of an endpoint"),
    ],
)
def test_addresses(run: Run, address: str, said: str) -> None:
    address = address.replace("{free}", str(free_port()))
    done = run("why", "lapatinib", "--endpoint", address)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("answer", [drip, lambda _: time.sleep(3)], ids=["dripping", "silent"])
def test_no_server_is_waited_for_without_end(answer: Answer) -> None:
    with server(answer) as address, pytest.raises(EndpointError, match=r"gave no answer within 0\.3 seconds"):
        connect(address, timeout=0.3)


def test_an_answer_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("her2kg.remote._LARGEST", 10_000)
    with server(reply(b" " * 100_000)) as address, pytest.raises(EndpointError, match="ask for less"):
        connect(address)


def test_only_the_network_that_was_named_is_used() -> None:
    with server(reply(NO.replace(b"false", b"true"))) as address:
        kg = connect(address)
        with pytest.raises(QueryError, match="SERVICE is refused"):
            kg.sparql("SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }")


def test_files_of_ones_own_and_a_store_are_not_mixed(run: Run, tmp_path: Path) -> None:
    own = tmp_path / "own.ttl"
    own.write_text("")
    done = run("show", "ToGA", "--data", str(own), "--endpoint", "http://127.0.0.1/sparql")
    assert done.returncode == 2
    assert "load them into the store" in done.stderr


@pytest.mark.parametrize("command", ["forest", "synthesize"])
def test_an_endpoint_of_trials_and_a_store(run: Run, command: str) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/"
    assert "is the server running?" in run(command, "--endpoint", "OS", "--endpoint", nowhere).stderr
    for given in ((nowhere,), ("OS", "PFS"), ("OS", nowhere, nowhere)):
        done = run(command, *(word for one in given for word in ("--endpoint", one)))
        assert done.returncode == 2
        assert "names the endpoint of trials" in done.stderr


def test_deployments_are_complete_and_repeatable(run: Run, tmp_path: Path) -> None:
    for engine in engines():
        done = run("deploy", engine, "-o", str(tmp_path / engine))
        assert done.returncode == 0, done.stderr
        assert {"her2kg.nt", "her2kg-derived.nt", "load.sh"} <= {path.name for path in (tmp_path / engine).iterdir()}
    whole = {(tmp_path / engine / "her2kg.nt").read_bytes() for engine in engines()}
    assert len(whole) == 1
    lines = whole.pop().splitlines()
    assert lines == sorted(lines)
    derived = (tmp_path / "oxigraph" / "her2kg-derived.nt").read_bytes().splitlines()
    assert set(derived) < set(lines)
    unknown = run("deploy", "stardog", "-o", str(tmp_path / "x"))
    assert unknown.returncode == 2


def test_a_connection_error_is_one_of_ours() -> None:
    with pytest.raises(Her2kgError):
        connect("gopher://x")
