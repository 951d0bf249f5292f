"""Look-ups on the SPARQL endpoint, answered on the connection itself.

A short query takes some thirty microseconds; a request through ASGI, with a task and coroutines around it, several
times as long. So the plainest kind of request, GET with a query, is taken from uvicorn as soon as its headers are
read. It goes to the same answers and workers, and its reply is written when they are done. Whatever is out of the
ordinary takes the usual way through `her2kg.serving.service`, where the same is answered.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from her2kg.serving.answering import Flight, Representation
from her2kg.serving.callers import allowed_host
from her2kg.serving.problems import Problem, fault, misnamed
from her2kg.serving.protocol import base_of, question_of_get
from her2kg.serving.replies import ALWAYS, POLICY, Headers, Reply, answered, refused, unchanged

if TYPE_CHECKING:
    from her2kg.serving.answering import Answers, Then
    from her2kg.serving.limits import Limits
    from her2kg.serving.observing import Observer

logger = logging.getLogger("her2kg.serving")

_START = b"/sparql?"
_FIELD = re.compile(rb"[?&]query=")
_UNHEARD = asyncio.Event()
"""Stands where uvicorn tells the application of more to read; a look-up has no body, so nobody listens."""
_READ = frozenset({b"host", b"accept", b"accept-encoding", b"if-none-match"})
_OF_A_BODY = frozenset({b"content-length", b"transfer-encoding"})


def _lines(headers: Headers) -> bytes:
    return b"".join([b"%b: %b\r\n" % header for header in headers])


_LAST_LINES = _lines([*ALWAYS, POLICY]) + b"\r\n"


class Endpoint(NamedTuple):
    """What connections need to answer look-ups.

    Parameters
    ----------
    hosts : names by which the server may be called; empty means any
    """

    answers: Answers
    observer: Observer
    limits: Limits
    hosts: frozenset[str]


class Exchange:
    """A look-up under way; stands where uvicorn keeps a request that goes through ASGI.

    Parameters
    ----------
    headers : those that are read, by name
    """

    query = ""
    waiting: tuple[Flight, Then] | None = None
    # What uvicorn reads and writes of a request:
    response_complete = False
    disconnected = False
    keep_alive = True
    more_body = False
    message_event = _UNHEARD

    def __init__(self, headers: dict[bytes, str]) -> None:
        self.since = time.perf_counter()
        self.headers = headers


class LookUps(HttpToolsProtocol):
    """A connection that answers look-ups itself.

    Subclasses set `endpoint`, and `whose` for each connection; without an endpoint all requests take the usual way.
    """

    endpoint: Endpoint | None = None
    whose = ""
    _exchange: Exchange | None = None

    def on_headers_complete(self) -> None:
        """Answer a look-up; let uvicorn go on with any other request."""
        endpoint = self.endpoint
        exchange = None if endpoint is None else self._look_up(endpoint.limits.url)
        if endpoint is None or exchange is None:
            super().on_headers_complete()
            return
        self.cycle = exchange  # type: ignore[assignment]
        try:
            reply = self._ask(endpoint, exchange)
        except Problem as problem:
            reply = refused(problem, exchange.headers.get(b"accept", ""))
        except Exception:
            logger.exception("a request could not be answered")  # for the operator; the client learns nothing of it
            reply = refused(fault(), exchange.headers.get(b"accept", ""))
        if reply is not None:
            self._reply(endpoint, exchange, reply)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the look-up that nobody waits for any more."""
        exchange, self._exchange = self._exchange, None
        if exchange is not None and exchange.waiting is not None and self.endpoint is not None:
            self.endpoint.answers.leave(*exchange.waiting)
            self._note(self.endpoint, exchange, 499, 0)
        super().connection_lost(exc)

    def _look_up(self, longest: int) -> Exchange | None:
        """Return the request as a look-up, None if it is anything else."""
        if (
            not self.url.startswith(_START)
            or not _FIELD.search(self.url)
            or b"#" in self.url
            or len(self.url) > longest
            or self.parser.get_method() != b"GET"
            or not self.parser.should_keep_alive()
            or self.parser.should_upgrade()
            or self.expect_100_continue
            or (self.cycle is not None and not self.cycle.response_complete)
            or self.flow.write_paused
        ):
            return None
        headers: dict[bytes, str] = {}
        for name, value in self.headers:
            if name in _OF_A_BODY or (name == b"connection" and self.parser.get_http_version() != "1.1"):
                return None
            if name in _READ:
                text = value.decode("latin-1")
                headers[name] = f"{headers[name]},{text}" if name in headers else text
        return Exchange(headers)

    def _ask(self, endpoint: Endpoint, exchange: Exchange) -> Reply | None:
        """Return the reply, None if it comes later.

        Raises
        ------
        Problem : the request is refused
        """
        headers = exchange.headers
        host = headers.get(b"host", "")
        if endpoint.hosts and not allowed_host(host, endpoint.hosts):
            raise misnamed()
        base = base_of(self.scheme or "http", host)
        accept = headers.get(b"accept", "")
        asked = question_of_get(self.url[len(_START) :], accept, base, endpoint.limits.query)
        assert asked is not None  # noqa: S101 - there is a field of that name
        exchange.query = asked[1]
        zipped = "gzip" in headers.get(b"accept-encoding", "")
        tag = endpoint.answers.tag(asked, zipped)
        if tag and tag in headers.get(b"if-none-match", ""):
            return unchanged(tag)
        then = partial(self._landed, endpoint, exchange)
        found = endpoint.answers.ask(asked, self.whose, zipped, tag, then)
        if isinstance(found, Representation):
            return answered(found)
        exchange.waiting = found, then
        self._exchange = exchange
        return None

    def _landed(self, endpoint: Endpoint, exchange: Exchange, found: Representation | Problem) -> None:
        self._exchange = None
        if isinstance(found, Problem):
            self._reply(endpoint, exchange, refused(found, exchange.headers.get(b"accept", "")))
        else:
            self._reply(endpoint, exchange, answered(found))

    def _reply(self, endpoint: Endpoint, exchange: Exchange, reply: Reply) -> None:
        """Write a reply and make the connection ready for the next request."""
        exchange.response_complete = True
        self._note(endpoint, exchange, reply.status, len(reply.body))
        if self.transport.is_closing():
            return
        first = _lines([*self.server_state.default_headers, *reply.headers])
        close = b"" if exchange.keep_alive else b"connection: close\r\n"
        self.transport.write(b"".join((STATUS_LINE[reply.status], first, close, _LAST_LINES, reply.body)))
        if not exchange.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def _note(self, endpoint: Endpoint, exchange: Exchange, status: int, size: int) -> None:
        seconds = time.perf_counter() - exchange.since
        endpoint.observer.note("GET", "/sparql", "sparql", status, seconds, size, self.whose, exchange.query)
