"""Questions on their way to a worker, and who is served next."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from typing import TYPE_CHECKING

from her2kg.serving.problems import Problem, busy

if TYPE_CHECKING:
    from collections.abc import Callable

    from her2kg.serving.jobs import Done


class Task:
    """One question on its way.

    Parameters
    ----------
    content : the question as it goes to a worker
    client : whose turn it takes
    then : called once, with what a worker answered or with the refusal
    """

    __slots__ = ("_then", "client", "content", "since")

    def __init__(self, content: bytes, client: str, then: Callable[[Done | Problem], None]) -> None:
        self.content = content
        self.client = client
        self.since = time.monotonic()
        self._then: Callable[[Done | Problem], None] | None = then

    @property
    def ended(self) -> bool:
        """Whether it was answered, refused or given up."""
        return self._then is None

    def end(self, found: Done | Problem) -> None:
        """Hand the answer or the refusal on, unless that was done already or nobody waits."""
        then, self._then = self._then, None
        if then is not None:
            then(found)

    def forget(self) -> None:
        """Say that nobody waits any more."""
        self._then = None


class Turns:
    """Questions that wait, client by client in turn.

    Parameters
    ----------
    most, most_each : how many may wait in all, and of one client
    """

    def __init__(self, most: int, most_each: int) -> None:
        self._most = most
        self._most_each = most_each
        self._waiting: OrderedDict[str, deque[Task]] = OrderedDict()
        self.count = 0

    def put(self, task: Task) -> None:
        """Let a question wait.

        Raises
        ------
        Problem : 503, too many wait already
        """
        own = self._waiting.get(task.client)
        if self.count >= self._most or (own is not None and len(own) >= self._most_each):
            raise busy()
        if own is None:
            own = self._waiting[task.client] = deque()
        own.append(task)
        self.count += 1

    def take(self, held: dict[str, int], most_held: int) -> Task | None:
        """Return the next question of the client whose turn it is, None if nobody may be served.

        Parameters
        ----------
        held : workers that each client holds
        most_held : workers that one client may hold
        """
        for client in self._waiting:
            if held.get(client, 0) < most_held:
                break
        else:
            return None
        own = self._waiting[client]
        task = own.popleft()
        self.count -= 1
        if own:
            self._waiting.move_to_end(client)
        else:
            del self._waiting[client]
        return task

    def drop(self, task: Task) -> bool:
        """Forget a question that nobody waits for any more; say whether it was here."""
        own = self._waiting.get(task.client)
        if own is None or task not in own:
            return False
        own.remove(task)
        self.count -= 1
        if not own:
            del self._waiting[task.client]
        return True
