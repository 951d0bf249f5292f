"""The outermost room: every request comes in here, and goes to the SPARQL endpoint or to the routes.

The endpoint is answered without a router and its middleware, which cost more than a look-up does.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from her2kg.serving import html
from her2kg.serving.callers import allowed_host, client_of
from her2kg.serving.negotiation import GRAPHS, choose
from her2kg.serving.problems import Problem, fault, misnamed
from her2kg.serving.protocol import base_of, question, question_of_get, read
from her2kg.serving.replies import ALWAYS, POLICY, Headers, Reply, answered, page, refused, unchanged

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from starlette.types import ASGIApp, Receive, Scope, Send

    from her2kg.serving.answering import Answers
    from her2kg.serving.description import Description
    from her2kg.serving.limits import Limits
    from her2kg.serving.observing import Observer

logger = logging.getLogger("her2kg.serving")

_ENDPOINT = frozenset({"/sparql", "/sparql/"})
_METHODS = "GET, HEAD, POST, OPTIONS"
_PREFLIGHT: Headers = [
    (b"access-control-allow-headers", b"Accept, Content-Type, If-None-Match"),
    (b"access-control-max-age", b"86400"),
]
_SWEEP = 0.5
_ROUTES = frozenset({"api", "id", "ontology", ".well-known", "health", "metrics", "openapi.json", "page.css", ""})


def header(scope: Scope, name: bytes) -> str:
    """Return a header's value, all of them joined where there are several, empty if there is none."""
    return ",".join(value.decode("latin-1") for key, value in scope["headers"] if key == name)


async def send_reply(send: Send, reply: Reply) -> None:
    """Send a whole response."""
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
    await send({"type": "http.response.body", "body": reply.body})


async def body_of(receive: Receive, most: int) -> bytes:
    """Return the body of a request.

    Raises
    ------
    Problem : 413, it is too large
    CancelledError : the client went away
    """
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise asyncio.CancelledError
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            text = f"the request is larger than {most:,} bytes: make it smaller"
            raise Problem(413, text, (("Connection", "close"),))
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


class Service:
    """The ASGI application.

    Parameters
    ----------
    routes : what answers all but the SPARQL endpoint
    hosts : names by which this server may be called; empty means any
    description : what the server says of itself
    lifespan : called with True before the first request and with False after the last
    """

    def __init__(
        self,
        answers: Answers,
        observer: Observer,
        limits: Limits,
        routes: ASGIApp,
        hosts: frozenset[str],
        description: Description,
        lifespan: Callable[[bool], Awaitable[None]],
    ) -> None:
        self._answers = answers
        self._observer = observer
        self._limits = limits
        self._routes = routes
        self._hosts = hosts
        self._description = description
        self._lifespan = lifespan
        self._running: dict[asyncio.Task[Any], tuple[float, Receive]] = {}
        self._watched: set[asyncio.Task[Any]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            return
        before = time.perf_counter()
        status, size = 0, 0

        async def sending(message: MutableMapping[str, Any]) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message["headers"] = list(message.get("headers", ()))
                headers += ALWAYS
                if not any(name == b"content-security-policy" for name, _ in headers):
                    headers.append(POLICY)
            else:
                size += len(message.get("body", b""))
            await send(message)

        path: str = scope["path"]
        try:
            await self._route(scope, path, receive, sending)
        except Problem as problem:
            if not status:
                await send_reply(sending, refused(problem, header(scope, b"accept")))
        except Exception:
            logger.exception("a request could not be answered")  # for the operator; the client learns nothing of it
            if not status:
                await send_reply(sending, refused(fault(), header(scope, b"accept")))
        except asyncio.CancelledError:
            status = status or 499  # the client went away; nobody sees this but the log
        finally:
            route = "sparql" if path.startswith("/sparql") else path.split("/", 2)[1] if "/" in path else ""
            client = client_of(scope["client"][0]) if scope.get("client") else ""
            self._observer.note(
                scope["method"],
                path,
                route if route == "sparql" or route in _ROUTES else "other",
                status,
                time.perf_counter() - before,
                size,
                client,
                scope.get("her2kg.query", ""),
            )

    async def _route(self, scope: Scope, path: str, receive: Receive, send: Send) -> None:
        if self._hosts and not allowed_host(header(scope, b"host"), self._hosts):
            raise misnamed()
        if len(scope.get("raw_path", b"")) + len(scope["query_string"]) > self._limits.url:
            raise Problem(414, f"the address is longer than {self._limits.url:,} bytes: send the query by POST")
        if scope["method"] == "OPTIONS":
            allowed = _METHODS if path in _ENDPOINT else "GET, HEAD, OPTIONS"
            methods = allowed.encode()
            preflight = [*_PREFLIGHT, (b"access-control-allow-methods", methods), (b"allow", methods)]
            await send({"type": "http.response.start", "status": 204, "headers": preflight})
            await send({"type": "http.response.body", "body": b""})
        elif path in _ENDPOINT:
            await self._sparql(scope, receive, send)
        else:
            await self._watching(receive, self._routes(scope, receive, send))

    async def _sparql(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        if method not in {"GET", "HEAD", "POST"}:
            raise Problem(405, f"{method} is not possible here: use GET or POST", (("Allow", _METHODS),))
        accept = header(scope, b"accept")
        base = base_of(scope.get("scheme", "http"), header(scope, b"host"))
        most = self._limits.query
        if method == "POST":
            body = await body_of(receive, 3 * most + 10_000)  # percent-encoding triples what it encodes
            request = read(scope["query_string"], header(scope, b"content-type"), body)
            asked = question(request, accept, base, most)
        else:
            asked = question_of_get(scope["query_string"], accept, base, most)
        if asked is None:
            if method == "POST":
                raise Problem(400, "no query: send it as the field 'query', or as the body")
            form = choose(
                accept, {**GRAPHS, "text/html": "html"}, read(scope["query_string"], "", None).value("format")
            )
            if form is None:
                raise Problem(406, f"the service description comes as {', '.join(GRAPHS)}")
            if form == "html":
                await send_reply(send, page(html.form()))
                return
            asked = ("described", self._description.service(), form)
        else:
            scope["her2kg.query"] = asked[1]
        await self._watching(receive, self.represent(scope, send, asked))

    async def represent(self, scope: Scope, send: Send, asked: tuple[Any, ...]) -> None:
        """Send the answer to a question, or word that the client has it already."""
        zipped = "gzip" in header(scope, b"accept-encoding")
        tag = self._answers.tag(asked, zipped)
        if tag and tag in header(scope, b"if-none-match"):
            await send_reply(send, unchanged(tag))
            return
        client = client_of(scope["client"][0]) if scope.get("client") else ""
        found = await self._answers.answer(asked, client, zipped, tag)
        await send_reply(send, answered(found))

    async def _watching(self, receive: Receive, work: Awaitable[None]) -> None:
        """Do what takes time, and stop when the client goes away."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - this is a coroutine
        self._running[task] = (time.monotonic(), receive)
        try:
            await work
        finally:
            del self._running[task]

    async def sweep(self) -> None:
        """Look, for ever, whether clients of long requests are still there: too dear to do for every look-up."""
        while True:
            await asyncio.sleep(_SWEEP)
            now = time.monotonic()
            for task, (since, receive) in list(self._running.items()):
                if now - since > _SWEEP and task not in self._watched:
                    self._watched.add(task)
                    watch = asyncio.get_running_loop().create_task(_cancel_when_gone(task, receive))
                    task.add_done_callback(self._watched.discard)
                    task.add_done_callback(partial(_end, watch))

    async def _live(self, receive: Receive, send: Send) -> None:
        sweeping: asyncio.Task[None] | None = None
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await self._lifespan(True)
                except Problem as problem:
                    await send({"type": "lifespan.startup.failed", "message": problem.text})
                    return
                sweeping = asyncio.get_running_loop().create_task(self.sweep())
                await send({"type": "lifespan.startup.complete"})
            else:
                if sweeping is not None:
                    sweeping.cancel()
                await self._lifespan(False)
                self._observer.flush()
                await send({"type": "lifespan.shutdown.complete"})
                return


async def _cancel_when_gone(task: asyncio.Task[Any], receive: Receive) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        while (await receive())["type"] != "http.disconnect":
            pass
        task.cancel()


def _end(watch: asyncio.Task[None], _: object) -> None:
    watch.cancel()
