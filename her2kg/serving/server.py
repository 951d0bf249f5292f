"""Putting the rooms together and running them under uvicorn."""

from __future__ import annotations

import contextlib
import socket
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from her2kg import __version__
from her2kg.errors import Her2kgError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from her2kg.knowledge import KnowledgeGraph
    from her2kg.serving.endpoint import Endpoint
    from her2kg.serving.limits import Limits

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class ServeError(Her2kgError):
    """The server cannot be started so."""


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Parameters
    ----------
    port : 0 for any that is free

    Raises
    ------
    ServeError : the address is not this machine's, or the port is taken
    """
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise ServeError(f"--host {host!r}: {error.strerror or error}") from None
    listening = socket.socket(family, kind, protocol)
    try:
        if sys.platform != "win32":  # there it would let a second server take the port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
    except OSError as error:
        listening.close()
        raise ServeError(f"cannot listen on {host}, port {port}: {error.strerror}; choose another --port") from None
    return listening


def application(
    kg: KnowledgeGraph,
    files: tuple[str, ...],
    limits: Limits,
    address: str,
    hosts: frozenset[str],
    with_queries: bool = False,
    elsewhere: ASGIApp | None = None,
) -> tuple[ASGIApp, Endpoint]:
    """Return the ASGI application, and what connections need to answer look-ups without it.

    Parameters
    ----------
    files : the user's Turtle files, already laid over `kg`
    address : by which the server is reached, without a slash at the end
    hosts : names by which it may be called; empty means any
    with_queries : log what was asked
    elsewhere : answers what no route answers, such as the pages of an explorer
    """
    from starlette.routing import Router

    from her2kg.serving.answering import Answers
    from her2kg.serving.callers import client_of
    from her2kg.serving.description import Description
    from her2kg.serving.endpoint import Endpoint
    from her2kg.serving.observing import Observer
    from her2kg.serving.patterns import Patterns
    from her2kg.serving.pool import Pool
    from her2kg.serving.routes import Routes, nothing_here
    from her2kg.serving.service import Service
    from her2kg.serving.worker import in_memory

    digest = kg.snapshot.digest
    pool = Pool(files, digest, limits)
    answers = Answers(
        pool, Patterns(in_memory(kg, files).engine.store, limits.rows).answer, digest, limits.cache * 1_000_000
    )
    observer = Observer(pool, answers, with_queries)
    queries = {query.name: query for query in kg.queries()}
    description = Description(kg, queries, address, __version__)
    routes = Routes(answers, observer, queries, description, client_of)

    async def live(begin: bool) -> None:
        await (pool.start() if begin else pool.close())

    router = Router(routes.all(), default=elsewhere or nothing_here)
    service = Service(answers, observer, limits, router, hosts, description, live)
    return service, Endpoint(answers, observer, limits, hosts)


def serve(
    kg: KnowledgeGraph,
    files: tuple[str, ...],
    listening: socket.socket,
    limits: Limits,
    public: str = "",
    proxy: str = "",
    with_queries: bool = False,
) -> None:
    """Serve until told to stop by a signal.

    Parameters
    ----------
    listening : bound socket
    public : address by which others reach the server, if it is not its own
    proxy : address of a reverse proxy whose X-Forwarded-For and -Proto are believed
    """
    import uvicorn

    from her2kg.serving.exploring import Explorer
    from her2kg.serving.guard import guarded

    host, port = listening.getsockname()[:2]
    own = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    names = frozenset({urlsplit(public).hostname or "", *LOOPBACK}) - {""}
    # Bound to loopback, the server answers to its own names alone, so that no web page can reach it under another (DNS
    # rebinding); bound to the network, it has whatever name it is called by.
    hosts = names if public or host in LOOPBACK else frozenset[str]()
    app, endpoint = application(kg, files, limits, public or own, hosts, with_queries, Explorer(kg))
    config = uvicorn.Config(
        app,
        # Behind a proxy a header names the client, and uvicorn reads it only on the way to the application.
        http=guarded(limits, None if proxy else endpoint),
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxy),
        forwarded_allow_ips=proxy or None,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=3,
        backlog=512,
    )
    print(f"her2kg serves on {own} - stop it with Ctrl+C", file=sys.stderr, flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])
