"""From a question to a representation: remembered, being worked out already, or asked of a worker.

A graph that does not change gives one answer to one question, so an answer is known by its question: the entity tag
is a digest of snapshot, question and format, and a client that has it is answered without asking anybody.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import hashlib
import re
from collections import OrderedDict
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from her2kg.dates import today
from her2kg.engine import bare
from her2kg.serving.problems import Problem

if TYPE_CHECKING:
    from her2kg.serving.pool import Pool

_SMALLEST = 1000
"""Bytes below which compressing is not worth it."""
_CHANGING = re.compile(r"\b(NOW|RAND|UUID|STRUUID|BNODE)\s*\(", re.IGNORECASE)
_DATED = frozenset({"query", "ask", "thing", "why"})
"""Kinds of questions whose answers say as of which day they hold, today if none is given."""


class Representation(NamedTuple):
    """An answer ready to be sent.

    Parameters
    ----------
    tag : entity tag, empty if the answer would be another one next time
    """

    media: str
    body: bytes
    tag: str
    zipped: bool


class Answers:
    """Answers, remembered up to a size, each worked out once however many wait for it.

    Parameters
    ----------
    digest : of the snapshot
    size : bytes of answers to remember
    """

    def __init__(self, pool: Pool, digest: str, size: int) -> None:
        self._pool = pool
        self._digest = digest
        self._room = size
        self._kept: OrderedDict[str, Representation] = OrderedDict()
        self._flights: dict[str, asyncio.Future[Representation]] = {}
        self.hits = 0
        self._largest = size // 8

    def tag(self, question: tuple[Any, ...], zipped: bool) -> str:
        """Return the entity tag of a question's answer, empty if it changes from one time to the next."""
        return _tag(self._digest, question, today() if question[0] in _DATED else "", zipped)

    async def answer(self, question: tuple[Any, ...], client: str, zipped: bool, tag: str) -> Representation:
        """Return the answer to a question.

        Parameters
        ----------
        zipped : compress it if it is large enough
        tag : as `tag` gives it

        Raises
        ------
        Problem : it is refused
        """
        if not tag:
            return await self._ask(question, client, zipped, tag)
        known = self._kept.get(tag)
        if known is not None:
            self._kept.move_to_end(tag)
            self.hits += 1
            return known
        flight = self._flights.get(tag)
        while flight is not None:  # somebody asked the same already
            with contextlib.suppress(asyncio.CancelledError):
                return await asyncio.shield(flight)
            if not flight.cancelled():
                raise asyncio.CancelledError  # it was us who went away
            flight = self._flights.get(tag)  # the one who asked went away: somebody else asks again
        flight = self._flights[tag] = asyncio.get_running_loop().create_future()
        try:
            found = await self._ask(question, client, zipped, tag)
        except Problem as problem:
            flight.set_exception(problem)
            flight.exception()  # seen, also where nobody else waits
            raise
        except asyncio.CancelledError:
            flight.cancel()
            raise
        else:
            flight.set_result(found)
            return found
        finally:
            del self._flights[tag]

    async def _ask(self, question: tuple[Any, ...], client: str, zipped: bool, tag: str) -> Representation:
        status, media, body = await self._pool.answer(question, client)
        if status != 200:
            raise Problem(status, body.decode("utf-8", "replace"))
        small = len(body) < _SMALLEST
        if zipped and not small:
            work = asyncio.get_running_loop().run_in_executor(None, gzip.compress, body, 5)
            body = await work
        found = Representation(media, body, tag, zipped and not small)
        if tag and len(body) <= self._largest:
            self._kept[tag] = found
            self._room -= len(body)
            while self._room < 0:
                self._room += len(self._kept.popitem(last=False)[1].body)
        return found


@lru_cache(maxsize=2048)
def _tag(digest: str, question: tuple[Any, ...], day: str, zipped: bool) -> str:
    if question[0] == "sparql" and _CHANGING.search(question[1]) and _CHANGING.search(bare(question[1])):
        return ""
    text = repr((digest, question, day)).encode("utf-8", "surrogatepass")
    return f'"{hashlib.sha256(text).hexdigest()[:32]}{"-gz" if zipped else ""}"'
