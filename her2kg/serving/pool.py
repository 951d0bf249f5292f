"""Worker processes in two lanes.

A question begins in the quick lane. What is not done there within `Limits.quick` of processor time is stopped by
killing its worker, and starts again in the slow lane, where it has `Limits.slow`; its client then waits in the slow
lane for a while, so that the quick one stays quick for everybody else. Workers of the slow lane yield the processor to
all others.

In each lane clients take turns, one question each, however many they have waiting; in the slow lane one client never
holds the last free worker. So what others do can delay a question by at most the time limit of a lane per client
ahead of it, and in the quick lane that is a quarter of a second.

A killed worker's successor is a fork of a process that has the graph loaded, ready within some 30 ms; where processes
cannot be forked it loads the graph anew, and the lane has one worker less until then.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import marshal
import multiprocessing
import os
import socket
import sys
import time
from typing import TYPE_CHECKING, Any

from her2kg.serving.problems import Problem, busy
from her2kg.serving.turns import Task, Turns
from her2kg.serving.worker import GRAPH_VARIABLE, LENGTH, frame, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.process import BaseProcess

    from her2kg.serving.jobs import Done
    from her2kg.serving.limits import Limits

logger = logging.getLogger("her2kg.serving")
_METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
_STARTS_IN_A_ROW = 5
"""Workers that may die before they are ready, one after another, until a lane pauses before it tries again."""
_PAUSE = 30
"""Seconds of that pause."""
_PATIENCE = 4
"""How many times its time limit a question may stay in the quick lane while the processor is busy with other things."""
_TICK = 0.005
"""Seconds that are not worth waiting for."""


def clock_of(pid: int | None) -> int | None:
    """Return the clock that shows the processor time of a process, as clock_getcpuclockid(3) of Linux does."""
    return (~pid << 3) | 2 if sys.platform == "linux" and pid else None


class Worker(asyncio.Protocol):
    """The server's end of one worker process."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.task: Task | None = None
        self.process: BaseProcess | None = None
        self.ready = False
        self.clock: int | None = None
        self._began = self._used = 0.0
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to the worker."""
        self._transport = transport  # type: ignore[assignment]

    def work_on(self, task: Task) -> None:
        """Send a question and start the clock."""
        assert self._transport is not None  # noqa: S101 - a worker is used once it is ready
        self.task = task
        self._began, self._used = time.monotonic(), self._processor_time()
        self._timer = asyncio.get_running_loop().call_later(self.lane.seconds, self._overrun)
        self._transport.write(task.content)

    def _processor_time(self) -> float:
        """Return the seconds of processor that the process has used; of wall time where the platform does not tell."""
        if self.clock is not None:
            with contextlib.suppress(OSError):  # the process is gone
                return time.clock_gettime(self.clock)
        return time.monotonic()

    def data_received(self, data: bytes) -> None:
        """Take an answer, or the word that the worker is ready."""
        self._buffer += data
        if len(self._buffer) < LENGTH.size:
            return
        (length,) = LENGTH.unpack_from(self._buffer)
        if len(self._buffer) < LENGTH.size + length:
            return
        done = marshal.loads(memoryview(self._buffer)[LENGTH.size :])  # noqa: S302 - from our own worker
        self._buffer = bytearray()
        if not self.ready:
            self.ready = True
            self.lane.arrived(self)
            return
        task, self.task = self.task, None
        if self._timer is not None:
            self._timer.cancel()
        if task is not None:
            self.lane.free(self, task)
            task.end(done)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the lane that the worker is gone, whoever ended it."""
        if self._timer is not None:
            self._timer.cancel()
        self.lane.left(self)

    def _overrun(self) -> None:
        # On a busy machine a worker may not have run; what it could not use does not count, up to a bound.
        left = self.lane.seconds - (self._processor_time() - self._used)
        left = min(left, self._began + self.lane.longest - time.monotonic())
        if left > _TICK:
            self._timer = asyncio.get_running_loop().call_later(left, self._overrun)
            return
        task, self.task = self.task, None
        self.kill()
        if task is not None:
            self.lane.overran(task)

    def kill(self) -> None:
        """End the process at once; `connection_lost` follows."""
        if self.process is not None:
            with contextlib.suppress(OSError):
                self.process.kill()
        if self._transport is not None:
            self._transport.abort()


class Lane:
    """Workers with one time limit, and the questions waiting for them.

    Parameters
    ----------
    seconds, longest : of the processor that a question has, and after which it is stopped however little it had
    most_held : workers that one client may hold
    """

    def __init__(self, pool: Pool, name: str, seconds: float, longest: float, most_held: int, turns: Turns) -> None:
        self.pool = pool
        self.name = name
        self.seconds = seconds
        self.longest = longest
        self.turns = turns
        self.workers: set[Worker] = set()
        self.killed = 0
        self._idle: list[Worker] = []
        self._held: dict[str, int] = {}
        self._most_held = most_held
        self.stillborn = 0

    def put(self, task: Task) -> None:
        """Take a question in.

        Raises
        ------
        Problem : 503, too many wait already, or no worker can be started
        """
        if self.stillborn >= _STARTS_IN_A_ROW:
            raise busy(_PAUSE)
        self.turns.put(task)
        self.serve()

    def serve(self) -> None:
        """Give waiting questions to idle workers."""
        while self._idle:
            task = self.turns.take(self._held, self._most_held)
            if task is None:
                return
            self._held[task.client] = self._held.get(task.client, 0) + 1
            self._idle.pop().work_on(task)

    def _release(self, task: Task) -> None:
        left = self._held[task.client] - 1
        if left:
            self._held[task.client] = left
        else:
            del self._held[task.client]

    def arrived(self, worker: Worker) -> None:
        """Take a new worker into service."""
        self.stillborn = 0
        self._idle.append(worker)
        self.serve()

    def free(self, worker: Worker, task: Task) -> None:
        """Take back a worker that has answered."""
        self._release(task)
        self._idle.append(worker)
        self.serve()

    def overran(self, task: Task) -> None:
        """Deal with a question that took too long; its worker has been killed."""
        self.killed += 1
        self._release(task)
        self.pool.overran(self, task)

    def left(self, worker: Worker) -> None:
        """Replace a worker that is gone, and answer for what it was working on."""
        self.workers.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        task, worker.task = worker.task, None
        if task is not None:
            self._release(task)
            task.end(
                Problem(422, "this query took more memory, or was nested deeper, than a query may: make it smaller")
            )
        if not worker.ready:
            self.stillborn += 1
        self.pool.replace(self)


class Pool:
    """All workers.

    Parameters
    ----------
    files : the user's Turtle files laid over the graph
    digest : of the snapshot to serve
    """

    def __init__(self, files: tuple[str, ...], digest: str, limits: Limits) -> None:
        self._files = files
        self._digest = digest
        self._limits = limits
        self._closing = False
        self._context: Any = multiprocessing.get_context(_METHOD)
        self._starting: set[asyncio.Task[None]] = set()
        self._slow_until: dict[str, float] = {}
        short = Turns(limits.waiting, limits.waiting_each)
        long = Turns(limits.waiting_long, limits.waiting_long_each)
        self.quick = Lane(self, "quick", limits.quick, _PATIENCE * limits.quick, limits.workers, short)
        self.slow = Lane(self, "slow", limits.slow, limits.slow, max(1, limits.workers - 1), long)

    async def start(self) -> None:
        """Start all workers and wait until they are ready.

        Raises
        ------
        Her2kgError : none becomes ready
        """
        if _METHOD == "forkserver":
            os.environ[GRAPH_VARIABLE] = json.dumps(self._files)
            self._context.set_forkserver_preload(["her2kg.serving.nursery"])
        for lane in (self.quick, self.slow):
            await asyncio.gather(*(self._start(lane) for _ in range(self._limits.workers)))
        for _ in range(1200):
            if all(worker.ready for lane in (self.quick, self.slow) for worker in lane.workers):
                return
            await asyncio.sleep(0.05)
        raise Problem(503, "the workers do not become ready: see the messages above")

    async def _start(self, lane: Lane) -> None:
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        worker = Worker(lane)
        lane.workers.add(worker)
        process = self._context.Process(
            target=run,
            args=(theirs, self._files, self._digest, self._limits, lane is self.slow),
            name=f"her2kg {lane.name}",
            daemon=True,
        )
        # Starting a process waits for it to be there; the server must not.
        await loop.run_in_executor(None, process.start)
        theirs.close()
        worker.process = process
        worker.clock = clock_of(process.pid)
        ours.setblocking(False)
        if ours.family == getattr(socket, "AF_UNIX", None):
            await loop.create_unix_connection(lambda: worker, sock=ours)
        else:
            await loop.create_connection(lambda: worker, sock=ours)

    def replace(self, lane: Lane) -> None:
        """Start a worker in the place of one that is gone."""
        if self._closing:
            return
        if lane.stillborn >= _STARTS_IN_A_ROW:
            logger.error("workers of the %s lane end before they are ready", lane.name)
            asyncio.get_running_loop().call_later(_PAUSE, self._begin, lane)
        else:
            self._begin(lane)

    def _begin(self, lane: Lane) -> None:
        if self._closing:
            return
        starting = asyncio.get_running_loop().create_task(self._start(lane))
        self._starting.add(starting)
        starting.add_done_callback(self._starting.discard)

    def ask(self, question: tuple[Any, ...], client: str, then: Callable[[Done | Problem], None]) -> Task:
        """Put a question to a worker.

        Parameters
        ----------
        client : whose turn it takes
        then : called once with the answer or the refusal, unless the question is given up

        Raises
        ------
        Problem : 503, too many wait already, or no worker can be started
        """
        task = Task(frame(question), client, then)
        until = self._slow_until.get(client)
        if until is None:
            self.quick.put(task)
        elif until < task.since:
            del self._slow_until[client]
            self.quick.put(task)
        else:
            self.slow.put(task)
        return task

    def give_up(self, task: Task) -> None:
        """Stop a question that nobody waits for any more."""
        task.forget()
        for lane in (self.quick, self.slow):
            if lane.turns.drop(task):
                return
            for worker in lane.workers:
                if worker.task is task:
                    worker.kill()
                    return

    def overran(self, lane: Lane, task: Task) -> None:
        """Move a question to the slow lane, or refuse it there."""
        now = time.monotonic()
        if len(self._slow_until) > 10_000:  # many clients, or one with many addresses
            self._slow_until = {client: until for client, until in self._slow_until.items() if until > now}
        self._slow_until[task.client] = now + self._limits.penalty
        if lane is self.slow:
            task.end(Problem(504, f"stopped after {lane.seconds:g} seconds: ask for less, or for a part at a time"))
            return
        try:
            if not task.ended:
                self.slow.put(task)
        except Problem as problem:
            task.end(problem)

    async def close(self) -> None:
        """End all workers and wait until they are gone."""
        self._closing = True
        for starting in self._starting:
            starting.cancel()
        workers = [worker for lane in (self.quick, self.slow) for worker in lane.workers]
        for worker in workers:
            worker.kill()
        processes = [worker.process for worker in workers if worker.process is not None]
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(None, process.join, 5) for process in processes))
