"""From a question to a representation: remembered, being worked out already, or asked of a worker.

A graph that does not change gives one answer to one question, so an answer is known by its question: the entity tag
is a digest of snapshot, question and format, and a client that has it is answered without asking anybody.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
from collections import OrderedDict
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from her2kg.dates import today
from her2kg.engine import bare
from her2kg.serving.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from her2kg.serving.jobs import Done
    from her2kg.serving.pool import Pool
    from her2kg.serving.turns import Task

    Question = tuple[Any, ...]
    Then = Callable[["Representation | Problem"], None]

_SMALLEST = 1000
"""Bytes below which compressing is not worth it."""
_COMPRESSED_AT_ONCE = 20_000
"""Bytes up to which compressing takes less than a millisecond; what is longer is compressed beside other work."""
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


class Flight:
    """An answer that is being worked out, and who waits for it."""

    __slots__ = ("tag", "task", "waiting", "zipped")

    def __init__(self, tag: str, zipped: bool) -> None:
        self.tag = tag
        self.zipped = zipped
        self.waiting: list[Then] = []
        self.task: Task | None = None


class Answers:
    """Answers, remembered up to a size, each worked out once however many wait for it.

    Parameters
    ----------
    at_once : answers what takes less time than asking a worker, and returns None for everything else
    digest : of the snapshot
    size : bytes of answers to remember
    """

    def __init__(self, pool: Pool, at_once: Callable[[Question], Done | None], digest: str, size: int) -> None:
        self._pool = pool
        self._at_once = at_once
        self._digest = digest
        self._room = size
        self._kept: OrderedDict[str, Representation] = OrderedDict()
        self._flights: dict[str, Flight] = {}
        self.hits = 0
        self._largest = size // 8

    def tag(self, question: Question, zipped: bool) -> str:
        """Return the entity tag of a question's answer, empty if it changes from one time to the next."""
        return _tag(self._digest, question, today() if question[0] in _DATED else "", zipped)

    def ask(self, question: Question, client: str, zipped: bool, tag: str, then: Then) -> Representation | Flight:
        """Return the answer to a question if it is known; else see that it is worked out.

        Parameters
        ----------
        zipped : compress it if it is large enough
        tag : as `tag` gives it
        then : called once with the answer or the refusal, where a flight was returned; `leave` takes it back

        Raises
        ------
        Problem : 503, too many questions wait
        """
        known = self._kept.get(tag)
        if known is not None:
            self._kept.move_to_end(tag)
            self.hits += 1
            return known
        flight = self._flights.get(tag)
        if flight is None:
            done = self._at_once(question)
            if done is not None:
                return self._remember(_representation(done, tag, zipped))
            flight = Flight(tag, zipped)
            flight.task = self._pool.ask(question, client, partial(self._arrived, flight))
            if tag:
                self._flights[tag] = flight
        flight.waiting.append(then)
        return flight

    def leave(self, flight: Flight, then: Then) -> None:
        """Take back a question whose client went away; it is stopped when nobody else waits for it."""
        if then not in flight.waiting:
            return
        flight.waiting.remove(then)
        if not flight.waiting:
            self._flights.pop(flight.tag, None)
            if flight.task is not None:
                self._pool.give_up(flight.task)

    async def answer(self, question: Question, client: str, zipped: bool, tag: str) -> Representation:
        """Return the answer to a question; as `ask`, for who can wait.

        Raises
        ------
        Problem : it is refused
        """
        landed: asyncio.Future[Representation | Problem] = asyncio.get_running_loop().create_future()

        def then(found: Representation | Problem) -> None:
            if not landed.done():
                landed.set_result(found)

        flight = self.ask(question, client, zipped, tag, then)
        if isinstance(flight, Representation):
            return flight
        try:
            found = await landed
        finally:
            self.leave(flight, then)
        if isinstance(found, Problem):
            raise found
        return found

    def _arrived(self, flight: Flight, done: Done | Problem) -> None:
        """Make a representation of what a worker said."""
        if isinstance(done, Problem):
            self._land(flight, done)
            return
        status, _, body = done
        if status != 200:
            self._land(flight, Problem(status, body.decode("utf-8", "replace")))
        elif flight.zipped and len(body) > _COMPRESSED_AT_ONCE:
            zipping = asyncio.get_running_loop().run_in_executor(None, _representation, done, flight.tag, True)
            zipping.add_done_callback(lambda zipped: self._land(flight, self._remember(zipped.result())))
        else:
            self._land(flight, self._remember(_representation(done, flight.tag, flight.zipped)))

    def _land(self, flight: Flight, found: Representation | Problem) -> None:
        """Tell everybody who waits."""
        self._flights.pop(flight.tag, None)
        waiting, flight.waiting = flight.waiting, []
        for then in waiting:
            then(found)

    def _remember(self, found: Representation) -> Representation:
        """Keep an answer, and forget those longest unasked while there is no room."""
        if found.tag and found.tag not in self._kept and len(found.body) <= self._largest:
            self._kept[found.tag] = found
            self._room -= len(found.body)
            while self._room < 0:
                self._room += len(self._kept.popitem(last=False)[1].body)
        return found


def _representation(done: Done, tag: str, zipped: bool) -> Representation:
    _, media, body = done
    zipped = zipped and len(body) >= _SMALLEST
    return Representation(media, gzip.compress(body, 5) if zipped else body, tag, zipped)


def _may_change(sparql: str) -> bool:
    """Say whether a query calls a function that gives another value each time."""
    # The cheapest test first: most look-ups call none.
    return "(" in sparql and bool(_CHANGING.search(sparql)) and bool(_CHANGING.search(bare(sparql)))


@lru_cache(maxsize=2048)
def _tag(digest: str, question: Question, day: str, zipped: bool) -> str:
    if question[0] == "sparql" and _may_change(question[1]):
        return ""
    text = f"{digest}{question}{day}".encode("utf-8", "surrogatepass")
    return f'"{hashlib.blake2b(text, digest_size=16).hexdigest()}{"-gz" if zipped else ""}"'
