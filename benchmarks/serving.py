"""Look-ups over HTTP beside the plain Oxigraph server, and beside five clients that run bombs.

Both servers hold the same compiled graph and are asked the same queries in one run: rounds take turns, and a ratio is
the median over the rounds of one round's ratio, so that what else the machine does hits both. The load is made by wrk
(Debian package ``wrk``), eight connections; the plain server is the one of the PyPI package ``oxigraph``, read-only,
its store optimised. It evaluates inside the process that speaks HTTP and has none of the guard rails; ours evaluates
in workers that can be killed, all but single triple patterns ("one thing"). Queries differ by a comment with a number,
so that neither server can remember one; only "her2kg" with its cache is asked the same texts again. "CPU" is processor
time per request, of all processes of a server: unlike the rate it hardly depends on what else the machine does.

    python benchmarks/serving.py [--rounds 5] [--seconds 3]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import quote

import pyoxigraph as ox
from measuring import RESULTS

import her2kg
import her2kg.tables
from her2kg.binding import with_prefixes

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
SCRIPT = """
local paths = {}
for line in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = line end
math.randomseed(os.time())
local count, mark = 0, os.getenv("MARK")
request = function()
  local path = paths[math.random(#paths)]
  if mark ~= "" then -- a comment with a number, so that no two queries are the same text
    count = count + 1
    path = path .. "%0A%23" .. mark .. count
  end
  return wrk.format("GET", path, {["Accept"] = "application/sparql-results+json"})
end
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("RESULT %f %f %f %f %d %d\\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency:percentile(99) / 1e3, summary.requests,
    e.status + e.connect + e.read + e.timeout))
end
"""
BOMBS = (
    "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c LIMIT 5",
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f }",
    "SELECT (GROUP_CONCAT(?c) AS ?x) { ?a ?b ?c . ?d ?e ?f }",
    "SELECT DISTINCT ?a ?d { ?a ?b ?c . ?d ?e ?f } OFFSET 1000000000",
    "SELECT (COUNT(*) AS ?n) { ?a (!<http://e/>)* ?b . ?b (!<http://e/>)* ?c }",
)
ESTIMATES = """SELECT ?endpoint ?value ?lower ?upper ?source WHERE {
  ?analysis her2:partOfStudy STUDY ; her2:endpoint/rdfs:label ?endpoint .
  ?report her2:ofAnalysis ?analysis ; her2:value ?value ; her2:source/rdfs:label ?source
  OPTIONAL { ?report her2:lower ?lower ; her2:upper ?upper } }"""
"""As somebody who knows the vocabulary would look a trial up."""
Row = dict[str, float]


def queries(kg: her2kg.knowledge.KnowledgeGraph) -> dict[str, list[str]]:
    """Return the look-ups: what they are called, and the queries, of which each request takes one at random."""
    things = kg.engine.select("SELECT DISTINCT ?s { ?s a ?c FILTER(STRSTARTS(STR(?s), STR(kg:))) } ORDER BY ?s").rows
    verdicts = [
        kg.query("agents-by-verdict", line=line, outcome=outcome).sparql
        for line in ("1", "2", "3")
        for outcome in ("failed", "succeeded")
    ]
    studies = [thing.id for thing in kg.query("studies").answer if isinstance(thing, her2kg.tables.Thing)]
    some = [row[0].value for row in things[:: max(1, len(things) // 2000)]]
    return {
        "one thing": [f"SELECT ?p ?o {{ <{iri}> ?p ?o }}" for iri in some],
        "one thing and names": [
            f"SELECT ?p ?o ?name {{ <{iri}> ?p ?o . ?o <http://www.w3.org/2000/01/rdf-schema#label> ?name }}"
            for iri in some
        ],
        "estimates of one study": [with_prefixes(ESTIMATES.replace("STUDY", study)) for study in studies[:60]],
        "verdicts in a line of therapy": [bare(text) for text in verdicts],
        "results of one study": [bare(kg.query("study-results", study=study).sparql) for study in studies[:60]],
    }


def bare(text: str) -> str:
    """Return a query with all prefixes declared and without its header, which would make its address too long."""
    return with_prefixes("\n".join(line for line in text.splitlines() if not line.startswith("#+")))


class Server:
    """A running server and all its processes."""

    def __init__(self, name: str, command: list[str], port: int, path: str, distinct: bool) -> None:
        self.name = name
        self.distinct = distinct
        self.base = f"http://127.0.0.1:{port}"
        self.path = path
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(600):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.base}{path}?query=ASK%7B%7D").read()  # noqa: S310
                return
            time.sleep(0.1)
        raise SystemExit(f"{name} does not answer")

    def seconds(self) -> float:
        """Return the processor seconds used so far."""
        above, total = {self.process.pid}, 0.0
        stats = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    stats[int(entry.name)] = (entry / "stat").read_text().rpartition(")")[2].split()
        while above:
            total += sum(int(stats[pid][11]) + int(stats[pid][12]) for pid in above if pid in stats)
            above = {pid for pid, stat in stats.items() if int(stat[1]) in above}
        return total / os.sysconf("SC_CLK_TCK")

    def load(self, folder: Path, texts: list[str], seconds: int, connections: int = 8) -> Row:
        """Return rate (1/s), percentiles (ms), errors and CPU (ms per request) under load."""
        paths, script = folder / "paths", folder / "look-ups.lua"
        paths.write_text("\n".join(f"{self.path}?query={quote(text)}" for text in texts))
        script.write_text(SCRIPT)
        before = self.seconds()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "-s", str(script), self.base]
        said = subprocess.run(
            command,
            env={**os.environ, "PATHS": str(paths), "MARK": str(time.time_ns()) if self.distinct else ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        found = re.search(r"^RESULT (.*)$", said, re.MULTILINE)
        if found is None:
            raise SystemExit(f"wrk said: {said}")
        rate, p50, p95, p99, count, errors = (float(value) for value in found[1].split())
        cpu = (self.seconds() - before) * 1000 / max(1.0, count)
        return {"rate": rate, "p50": p50, "p95": p95, "p99": p99, "errors": errors, "cpu": cpu}

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(20)


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ours(name: str, *options: str) -> Server:
    """Start our server."""
    port = free_port()
    command = [sys.executable, "-m", "her2kg", "serve", "--port", str(port), *options]
    return Server(name, command, port, "/sparql", distinct="--cache" in options)


def plain(folder: Path, store: ox.Store) -> Server:
    """Start the plain server on a copy of the graph."""
    dump, database, port = folder / "graph.nq", folder / "database", free_port()
    dump.write_bytes(store.dump(format=ox.RdfFormat.N_QUADS) or b"")
    tool = str(Path(sys.executable).with_name("oxigraph"))
    for task in (["load", "--location", str(database), "--file", str(dump)], ["optimize", "--location", str(database)]):
        subprocess.run([tool, *task], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    command = [tool, "serve-read-only", "--location", str(database), "--bind", f"127.0.0.1:{port}"]
    return Server("plain", command, port, "/query", distinct=True)


@contextlib.contextmanager
def bombing(server: Server) -> Iterator[None]:
    """Let five clients, each with an address of its own, run bombs."""
    done = threading.Event()

    def attack(number: int) -> None:
        place = server.base.removeprefix("http://").split(":")
        count = 0
        while not done.is_set():
            count += 1
            body = f"{BOMBS[number]} # {number} {count}".encode()
            with (
                contextlib.suppress(OSError),
                socket.create_connection((place[0], int(place[1])), 60, (f"127.0.0.{number + 10}", 0)) as connection,
            ):
                head = f"POST {server.path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                kind = f"Content-Type: application/sparql-query\r\nContent-Length: {len(body)}\r\n\r\n"
                connection.sendall((head + kind).encode() + body)
                connection.recv(100)

    threads = [threading.Thread(target=attack, args=(number,), daemon=True) for number in range(len(BOMBS))]
    for thread in threads:
        thread.start()
    time.sleep(2)  # so that what is measured is the state that lasts
    yield
    done.set()


def together(rows: list[Row]) -> Row:
    """Return the median of each figure."""
    return {name: median(row[name] for row in rows) for name in rows[0]}


def compare(
    folder: Path, servers: list[Server], work: dict[str, list[str]], rounds: int, seconds: int
) -> dict[str, object]:
    """Return for each kind of look-up the figures of each server, and the ratios to the plain one."""
    found: dict[str, object] = {}
    for name, texts in work.items():
        rows: dict[str, list[Row]] = {server.name: [] for server in servers}
        for server in servers:
            server.load(folder, texts, 1)  # warm: caches of files and of answers
        for _ in range(rounds):
            for server in servers:
                rows[server.name].append(server.load(folder, texts, seconds))
        base = rows["plain"]
        figures = {who: together(each) for who, each in rows.items()}
        for who, each in rows.items():
            figures[who]["ratio"] = median(a["rate"] / b["rate"] for a, b in zip(each, base, strict=True))
        found[name] = figures
    return found


def report(found: dict[str, dict[str, Row]], attack: dict[str, Row], about: dict[str, object]) -> str:
    """Return the page of results."""
    lines = [
        "# Serving: look-ups beside the plain Oxigraph server\n",
        f"{about['machine']}; load average {about['load']}; {about['rounds']} rounds of {about['seconds']} s, "
        "8 connections. Written by `python benchmarks/serving.py`.\n",
        "| look-up | server | requests/s | of plain | p50 ms | p95 ms | p99 ms | CPU ms/request | errors |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, figures in found.items():
        for who, row in figures.items():
            cells = f"{row['rate']:.0f} | {row['ratio']:.2f} | {row['p50']:.2f} | {row['p95']:.2f} | {row['p99']:.2f}"
            lines.append(f"| {name} | {who} | {cells} | {row['cpu']:.3f} | {row['errors']:.0f} |")
    lines += [
        "\nLook-ups of one client, one after another, while five clients run bombs (uncached; time limit 3 s)\n",
        "| look-up | when | requests/s | p50 ms | p95 ms | p99 ms | p95 by quiet p95 |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, row in attack.items():
        look_up, when = name.split(" | ")
        cells = f"{row['rate']:.0f} | {row['p50']:.2f} | {row['p95']:.2f} | {row['p99']:.2f} | {row['ratio']:.2f}"
        lines.append(f"| {look_up} | {when} | {cells} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    chosen = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not here: apt-get install wrk")
    kg = her2kg.load()
    work = queries(kg)
    about: dict[str, object] = {
        "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}, pyoxigraph {ox.__version__}",
        "load": f"{os.getloadavg()[0]:.1f} before",
        "rounds": chosen.rounds,
        "seconds": chosen.seconds,
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        servers = [plain(folder, kg.engine.store), ours("her2kg, uncached", "--cache", "0"), ours("her2kg")]
        found = compare(folder, servers, work, chosen.rounds, chosen.seconds)
        for server in servers:
            server.stop()
        target = ours("her2kg under attack", "--cache", "0", "--time-limit", "3")
        attack: dict[str, Row] = {}
        for look_up in ("one thing", "results of one study"):
            quiet, loud = [], []
            for _ in range(chosen.rounds):
                quiet.append(target.load(folder, work[look_up], chosen.seconds, connections=1))
                with bombing(target):
                    loud.append(target.load(folder, work[look_up], chosen.seconds, connections=1))
                time.sleep(4)  # until no bomb is left
            ratio = median(a["p95"] / b["p95"] for a, b in zip(loud, quiet, strict=True))
            attack[f"{look_up} | quiet"] = {**together(quiet), "ratio": 1.0}
            attack[f"{look_up} | five clients run bombs"] = {**together(loud), "ratio": ratio}
        target.stop()
    about["load"] = f"{about['load']}, {os.getloadavg()[0]:.1f} after"
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "serving.json").write_text(json.dumps({"about": about, "load": found, "bombs": attack}, indent=1) + "\n")
    text = report(found, attack, about)  # type: ignore[arg-type]
    (RESULTS / "serving.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
