"""A worker process: the graph in memory, one question at a time, and nothing else within reach.

Once the graph is in memory the worker gives up opening files, and with them sockets: what a query might reach for
beyond the graph is not there any more. Over a graph built on disk it cannot give that up, and only the refusal of
SERVICE stands between a query and the world.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import signal
import struct
import sys
import threading
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from her2kg.knowledge import KnowledgeGraph
    from her2kg.serving.limits import Limits

GRAPH_VARIABLE = "HER2KG_SERVED_FILES"
"""Environment variable by which the fork server learns what to load: JSON, the paths of the user's Turtle files."""
LENGTH = struct.Struct("!I")
_WARM = (
    ("sparql", "SELECT * { ?s ?p ?o } LIMIT 1", None, None, None, "", "json", "ttl"),
    ("sparql", "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 1", None, None, None, "", "json", "ttl"),
    ("query", "agents-by-verdict", (("line", ("second line",)),), "2020-04-30", "json"),
    ("query", "agents-by-verdict", (("line", ("no such line",)),), None, "csv"),
    ("query", "agents-by-verdict", (), None, "html"),
    ("ask", "which agents failed phase III in second line", None, "text"),
    ("ask", "nonsense", None, "json"),
    ("thing", "lapatinib", None, "html"),
    ("thing", "lapatinib", None, "md"),
    ("thing", "her2:Study", None, "ttl"),
    ("why", "lapatinib", None, None, True, "json"),
    ("check", "json"),
    ("terms", "html"),
    ("terms", "ttl"),
    ("described", "<https://w3id.org/her2kg/dataset> a <http://rdfs.org/ns/void#Dataset> .", "rdf"),
)
"""Questions whose answers are thrown away: asking them imports everything that is imported on first use."""


def on_disk(files: tuple[str, ...]) -> bool:
    """Say whether what is served was built on disk (`her2kg build`)."""
    from her2kg.built import is_built

    return any(map(is_built, files))


def in_memory(kg: KnowledgeGraph, files: tuple[str, ...]) -> KnowledgeGraph:
    """Return a graph with its triples held in memory, where the engine finds them in half the time.

    A graph built on disk stays there: it may be larger than memory, and for every worker at that.
    """
    import pyoxigraph as ox

    from her2kg.engine import Engine
    from her2kg.knowledge import KnowledgeGraph

    if on_disk(files):
        return KnowledgeGraph(kg.snapshot.held_by(kg.engine))
    memory = ox.Store()
    memory.bulk_load(kg.engine.store.dump(format=ox.RdfFormat.N_QUADS), format=ox.RdfFormat.N_QUADS)
    return KnowledgeGraph(kg.snapshot.held_by(Engine(memory)))


@cache
def graph(files: tuple[str, ...]) -> KnowledgeGraph:
    """Return the graph with the user's Turtle files laid over it, held in memory, everything imported."""
    from her2kg.knowledge import load
    from her2kg.serving.jobs import Work

    kg = in_memory(load(files), files)
    # What takes a moment on the shipped graph may take minutes on one built on disk.
    small = in_memory(load(()), ()) if on_disk(files) else kg
    work = Work(small, rows=1000, size=10_000_000)
    for question in _WARM:
        work.do(question)
    return kg


def confine(memory: int, giving_way: bool, opening_files: bool) -> None:
    """Take from this process what it does not need; what the platform cannot take stays.

    Parameters
    ----------
    memory : megabytes of address space it may take beyond what it has
    giving_way : run only when nobody else wants the processor
    opening_files : leave it the right to open files, since the engine opens those of the graph when it needs them
    """
    if giving_way and hasattr(os, "nice"):
        os.nice(19)
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with open("/proc/self/statm", encoding="ascii") as stream:
            now = int(stream.read().split()[0]) * resource.getpagesize()
        most = now + memory * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    if not opening_files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _die_with_parent() -> None:
    """End this process when the server is gone, also in the middle of a query."""
    import multiprocessing

    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            # The other end of the sentinel closes with the parent. A plain read, since waiting as `join` does is
            # refused once this process may open no files.
            parent.join() if sys.platform == "win32" else os.read(parent.sentinel, 1)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def frames(channel: socket.socket) -> Iterator[Any]:
    """Yield what comes through a channel, until the other end closes it."""
    buffer = bytearray()
    while True:
        while len(buffer) >= LENGTH.size:
            (length,) = LENGTH.unpack_from(buffer)
            if len(buffer) < LENGTH.size + length:
                break
            yield marshal.loads(bytes(buffer[LENGTH.size : LENGTH.size + length]))  # noqa: S302 - from the parent
            del buffer[: LENGTH.size + length]
        more = channel.recv(1 << 18)
        if not more:
            return
        buffer += more


def frame(value: Any) -> bytes:
    """Return a value as it goes through a channel."""
    content = marshal.dumps(value)
    return LENGTH.pack(len(content)) + content


def run(channel: socket.socket, files: tuple[str, ...], digest: str, limits: Limits, giving_way: bool) -> None:
    """Answer what comes through a channel until it closes; the first frame sent says that all is ready.

    Parameters
    ----------
    digest : of the snapshot the server began with; a worker that finds another one says so and ends
    """
    from her2kg.serving.jobs import Work

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server ends its workers itself
    channel.setblocking(True)
    _die_with_parent()
    kg = graph(files)
    if kg.snapshot.digest != digest:
        print("the data changed on disk: restart the server", file=sys.stderr)
        raise SystemExit(3)
    work = Work(kg, rows=limits.rows, size=limits.bytes)
    confine(limits.memory, giving_way, opening_files=on_disk(files))
    with contextlib.suppress(OSError):  # the server went away
        channel.sendall(frame(()))
        for question in frames(channel):
            channel.sendall(frame(work.do(question)))
