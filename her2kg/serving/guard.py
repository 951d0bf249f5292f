"""The HTTP server's own guard rails: what it does not limit itself, per connection and per client.

A subclass of uvicorn's protocol, which has no limit on the size of headers and none on the time a client takes to
send a request. A client that drips (slowloris) or sends without end is cut off here, before any of our code is asked.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

    from her2kg.serving.limits import Limits


@lru_cache(maxsize=4096)
def client_of(host: str) -> str:
    """Return whom an address belongs to: itself, or for IPv6 its network, which one subscriber has whole.

    >>> client_of("192.0.2.7"), client_of("2001:db8::1")
    ('192.0.2.7', '2001:db8::')
    """
    if ":" not in host:
        return host
    try:
        return str(ipaddress.ip_network(f"{host.partition('%')[0]}/64", strict=False).network_address)
    except ValueError:
        return host


def guarded(limits: Limits) -> type[HttpToolsProtocol]:
    """Return a protocol class with the limits on connections, headers and their time."""
    open_now: Counter[str] = Counter()

    class Guarded(HttpToolsProtocol):
        """One connection."""

        _client = ""
        _deadline: asyncio.TimerHandle | None = None
        _head = 0
        _in_head = True

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)  # type: ignore[arg-type]
            self._client = client_of(self.client[0] if self.client else "")
            open_now[self._client] += 1
            if open_now[self._client] > limits.connections_each or open_now.total() > limits.connections:
                self._refuse(b"503 Service Unavailable", b"too many connections: close some, or try again later")
                return
            self._expect(limits.head_seconds)

        def connection_lost(self, exc: Exception | None) -> None:
            open_now[self._client] -= 1
            if open_now[self._client] <= 0:
                del open_now[self._client]
            self._expect(None)
            super().connection_lost(exc)

        def _expect(self, seconds: float | None) -> None:
            if self._deadline is not None:
                self._deadline.cancel()
            self._deadline = None if seconds is None else self.loop.call_later(seconds, self._too_slow)

        def _too_slow(self) -> None:
            self._refuse(b"408 Request Timeout", b"the request did not arrive in time")

        def _refuse(self, status: bytes, text: bytes) -> None:
            if self.transport.is_closing():
                return
            if self.cycle is None or self.cycle.response_complete:
                head = b"HTTP/1.1 " + status + b"\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
                length = str(len(text) + 1).encode()
                self.transport.write(head + b"content-length: " + length + b"\r\n\r\n" + text + b"\n")
                self.transport.close()
            else:
                self.transport.abort()

        def pause_writing(self) -> None:
            self._expect(limits.send_seconds)  # a client that does not read what it asked for
            super().pause_writing()

        def resume_writing(self) -> None:
            self._expect(None)
            super().resume_writing()

        def data_received(self, data: bytes) -> None:
            if self.transport.is_closing():
                return
            if self._in_head:
                self._head += len(data)
                if self._deadline is None:
                    self._expect(limits.head_seconds)
                # What arrives with the end of the headers may be the start of a body: hence twice the limit.
                if self._head > 2 * limits.head:
                    self._refuse(b"431 Request Header Fields Too Large", b"the headers are too large: send less")
                    return
            super().data_received(data)

        def on_message_begin(self) -> None:
            self._in_head, self._head = True, 0
            super().on_message_begin()

        def on_header(self, name: bytes, value: bytes) -> None:
            self._head += len(name) + len(value)
            super().on_header(name, value)

        def on_headers_complete(self) -> None:
            self._in_head, self._head = False, 0
            self._expect(limits.body_seconds)
            super().on_headers_complete()

        def on_message_complete(self) -> None:
            self._expect(None)
            self._in_head = True
            super().on_message_complete()

    return Guarded


def allowed_host(header: str, allowed: frozenset[str]) -> bool:
    """Say whether a Host header names this server.

    >>> allowed_host("localhost:8000", frozenset({"localhost"})), allowed_host("evil.example", frozenset({"localhost"}))
    (True, False)
    """
    name = header.rpartition(":")[0] if header.rpartition(":")[2].isdigit() else header
    return name.strip("[]").lower().rstrip(".") in allowed
