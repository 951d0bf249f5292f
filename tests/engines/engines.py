"""Real SPARQL servers on loopback, loaded from what ``her2kg deploy`` writes."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from her2kg.deploying import deployment
from her2kg.errors import EndpointError
from her2kg.files import write_folder
from her2kg.headers import NamedQuery
from her2kg.knowledge import KnowledgeGraph
from her2kg.remote import connect

INSTALLED = {
    "oxigraph": shutil.which("oxigraph", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"),
    "virtuoso": shutil.which("virtuoso-t") and shutil.which("isql-vt"),
}
"""Where an engine's program is, if it is there."""
HOW = {"oxigraph": "pip install oxigraph", "virtuoso": "apt-get install virtuoso-opensource-7"}
_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(kg: KnowledgeGraph, name: str, folder: Path) -> Iterator[str]:
    """Load an engine with its own script, and give the address of its endpoint; both are gone afterwards."""
    write_folder(str(folder), deployment(kg.engine, name))
    port, sql = free_port(), free_port()
    address = f"http://127.0.0.1:{port}/query"
    if name == "virtuoso":
        address = f"http://127.0.0.1:{port}/sparql?default-graph-uri=https://w3id.org/her2kg/graph"
        settings = folder / "virtuoso.ini"
        settings.write_text(settings.read_text().replace("1:8890", f"1:{port}").replace("1:1111", f"1:{sql}"))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            ["sh", "load.sh"],
            cwd=folder,
            env={**os.environ, "PATH": path, "PORT": str(port), "SQL_PORT": str(sql)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        until = time.monotonic() + _SECONDS
        while not _loaded(address):
            if server.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"{name} did not start: {(folder / 'log').read_text()[-2000:]}")
            time.sleep(0.2)
        yield address
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _loaded(address: str) -> bool:
    try:
        connect(address, timeout=5).engine.construct(
            "CONSTRUCT { ?s ?p ?o } WHERE { SELECT * { GRAPH <https://w3id.org/her2kg/graph/derived> { ?s ?p ?o } } LIMIT 1 }"
        )[0]
    except (EndpointError, IndexError):
        return False
    return True


def runs(query: NamedQuery) -> list[dict[str, str]]:
    """Return what a query is run with: its defaults, then a study, an agent, a day; required ones from their examples."""
    required = {p.name: p.example for p in query.parameters if p.required}
    found = [required]
    found += [{**required, p.name: p.example} for p in query.parameters if p.name in {"study", "agent"}]
    found += [{**required, "asOf": "2020-04-30"}] if query.parameter("asOf") else []
    return found
