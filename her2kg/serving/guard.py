"""The HTTP server's own guard rails: what it does not limit itself, per connection and per client.

A subclass of uvicorn's protocol, which has no limit on the size of headers and none on the time a client takes to
send a request. A client that drips (slowloris) or sends without end is cut off here, before any of our code is asked.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from her2kg.serving.callers import client_of
from her2kg.serving.endpoint import LookUps

if TYPE_CHECKING:
    import asyncio

    from her2kg.serving.endpoint import Endpoint
    from her2kg.serving.limits import Limits


def guarded(limits: Limits, look_ups: Endpoint | None) -> type[LookUps]:
    """Return a protocol class with the limits on connections, headers and their time.

    Parameters
    ----------
    look_ups : where connections answer look-ups themselves
    """
    open_now: Counter[str] = Counter()

    class Guarded(LookUps):
        """One connection."""

        endpoint = look_ups
        _head = 0
        _stage = "head"
        _clock: asyncio.TimerHandle | None = None
        _clocked = ""
        """The stage the clock was set for; what arrives in one piece needs none."""
        _unread: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)  # type: ignore[arg-type]
            self.whose = client_of(self.client[0] if self.client else "")
            open_now[self.whose] += 1
            if open_now[self.whose] > limits.connections_each or open_now.total() > limits.connections:
                self._refuse(b"503 Service Unavailable", b"too many connections: close some, or try again later")
                return
            self._set_clock()

        def connection_lost(self, exc: Exception | None) -> None:
            open_now[self.whose] -= 1
            if open_now[self.whose] <= 0:
                del open_now[self.whose]
            self._stop_clock()
            self.resume_writing()
            super().connection_lost(exc)

        def _set_clock(self) -> None:
            self._stop_clock()
            self._clocked = self._stage
            seconds = limits.body_seconds if self._stage == "body" else limits.head_seconds
            self._clock = self.loop.call_later(seconds, self._too_slow)

        def _stop_clock(self) -> None:
            if self._clock is not None:
                self._clock.cancel()
                self._clock, self._clocked = None, ""

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

        def pause_writing(self) -> None:  # a client that does not read what it asked for
            self._unread = self.loop.call_later(limits.send_seconds, self.transport.abort)
            super().pause_writing()

        def resume_writing(self) -> None:
            if self._unread is not None:
                self._unread.cancel()
                self._unread = None
            super().resume_writing()

        def data_received(self, data: bytes) -> None:
            if self.transport.is_closing():
                return
            if self._stage != "body":
                self._stage = "head"
                self._head += len(data)
                # What arrives with the end of the headers may be the start of a body: hence twice the limit.
                if self._head > 2 * limits.head:
                    self._refuse(b"431 Request Header Fields Too Large", b"the headers are too large: send less")
                    return
            super().data_received(data)
            if self._stage not in {"", self._clocked}:
                self._set_clock()

        def on_message_begin(self) -> None:
            self._stage, self._head = "head", 0
            super().on_message_begin()

        def on_header(self, name: bytes, value: bytes) -> None:
            self._head += len(name) + len(value)
            super().on_header(name, value)

        def on_headers_complete(self) -> None:
            self._stage, self._head = "body", 0
            super().on_headers_complete()

        def on_message_complete(self) -> None:
            self._stop_clock()
            self._stage = ""
            super().on_message_complete()

    return Guarded
