"""What every work on a graph in batches begins with: load it into a store, cut it, work out batches in parallel.

Memory is bounded by a batch, not by the graph. Each step that is done leaves a mark in the working folder, so that work
that was stopped goes on where it was.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import pyoxigraph as ox

from her2kg import resources
from her2kg.building.batches import Judge
from her2kg.errors import Her2kgError, TurtleError
from her2kg.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from her2kg.building.partition import Cut, Evidence, Node
    from her2kg.building.progress import Progress

Result = TypeVar("Result")

BATCH = 400
"""Roots in a batch: large enough that what each batch repeats (the ontology) costs little, small enough for memory."""
FORMATS = {".ttl": ox.RdfFormat.TURTLE, ".nt": ox.RdfFormat.N_TRIPLES}


class Working(NamedTuple):
    """What a process keeps between batches.

    Parameters
    ----------
    folder : the working folder
    judge : ontology and rules
    evidence : the store, open for reading
    """

    folder: str
    judge: Judge
    evidence: Evidence

    def cut(self, number: int) -> Cut:
        """Return a batch by its number; the first is 1."""
        with open(part(self.folder, number, "roots"), encoding="utf-8") as stream:
            return self.evidence.cut([_node(line) for line in stream])


def load(folder: str, files: Sequence[str], progress: Progress) -> None:
    """Load ontology, shipped data and files into a store in the working folder.

    Parameters
    ----------
    files : N-Triples where they end in .nt, else Turtle

    Raises
    ------
    TurtleError : a file cannot be read; names file and line
    """
    if is_done(folder, "load"):
        return
    place = store_of(folder)
    shutil.rmtree(place, ignore_errors=True)  # a load that was stopped left half of a file
    store = ox.Store(place)
    for path in (*resources.ontology_files(), *resources.data_files(), *files):
        progress.say(f"loading {os.path.basename(path)}")
        try:
            store.bulk_load(path=path, format=FORMATS.get(os.path.splitext(path)[1], ox.RdfFormat.TURTLE))
        except SyntaxError as error:
            line = f", line {error.lineno}" if error.lineno else ""
            raise TurtleError(f"{path}{line}: {' '.join(str(error.msg or error).split())[:300]}") from None
    progress.say("putting the store in order")
    store.optimize()  # a look-up in files as they were written costs five times as much
    store.flush()
    mark_done(folder, "load")


def cut(folder: str, progress: Progress) -> int:
    """Write the roots of the graph, a line each, in files of a batch; return the number of batches."""
    if is_done(folder, "cut"):
        with open(os.path.join(folder, "cut.done"), encoding="utf-8") as stream:
            return int(stream.read())
    progress.say("cutting into batches")
    evidence = Judge().evidence(ox.Store.read_only(store_of(folder)))
    batches = 0
    for batches, roots in enumerate(_in_batches(evidence.roots()), 1):
        with open(part(folder, batches, "roots"), "w", encoding="utf-8") as stream:
            stream.writelines(f"{root}\n" for root in roots)
        progress.say(f"cutting into batches: {batches:,}")
    mark_done(folder, "cut", str(batches))
    return batches


def work_out(
    folder: str, batches: Sequence[int], task: Callable[[int], Result], processes: int, progress: Progress
) -> Generator[Result, None, None]:
    """Yield what a task makes of each batch, in no order; stopped, the batches under way are worked out first.

    Parameters
    ----------
    task : a function of a module, called in another process with the number of a batch; see `here`
    processes : how many work at a time; one, or one batch, needs no other process

    Raises
    ------
    Her2kgError : a process was ended from outside
    """
    if processes == 1 or len(batches) < 2:
        _prepare(folder)
        try:
            yield from map(task, batches)
        finally:
            _here.clear()  # closes the store
        return
    context = multiprocessing.get_context("spawn")  # a forked process would share the threads of an open store
    workers = min(processes, len(batches))
    with ProcessPoolExecutor(workers, context, initializer=_start, initargs=(folder,)) as pool:
        waiting = iter(batches)
        under_way: set[Future[Result]] = set()
        done = 0
        try:
            while True:
                with _ctrl_c_held_back():
                    under_way |= {pool.submit(task, number) for number in islice(waiting, 2 * workers - len(under_way))}
                if not under_way:
                    return
                progress.say("verdicts, checks and shapes, batches", done, len(batches))
                finished, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                done += len(finished)
                for one in finished:
                    yield one.result()
        except BrokenProcessPool:
            raise Her2kgError(
                "a working process was ended from outside, perhaps for want of memory; a script that calls this needs "
                'if __name__ == "__main__"'
            ) from None
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


_here: dict[str, Working] = {}


def here() -> Working:
    """Return what this process keeps between batches."""
    return _here["working"]


@contextmanager
def _ctrl_c_held_back() -> Iterator[None]:
    """Hold Ctrl-C back while processes start: they keep that, so that none is interrupted before it can ignore it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start(folder: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; the parent alone ends the work
    _prepare(folder)


def _prepare(folder: str) -> None:
    judge = Judge()
    _here["working"] = Working(folder, judge, judge.evidence(ox.Store.read_only(store_of(folder))))


def store_of(folder: str) -> str:
    """Return where the store of a working folder is."""
    return os.path.join(folder, "store")


def part(folder: str, number: int, what: str) -> str:
    """Return the path of a file on a batch."""
    return os.path.join(folder, "parts", f"{number:06d}.{what}")


def is_done(folder: str, step: str) -> bool:
    """Say whether a step is done."""
    return os.path.isfile(os.path.join(folder, f"{step}.done"))


def mark_done(folder: str, step: str, text: str = "") -> None:
    """Note that a step is done."""
    write_atomically(os.path.join(folder, f"{step}.done"), text)


def _in_batches(roots: Iterable[Node]) -> Iterator[list[Node]]:
    batch: list[Node] = []
    for root in roots:
        batch.append(root)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _node(line: str) -> Node:
    text = line.rstrip("\n")
    return ox.NamedNode(text[1:-1]) if text.startswith("<") else ox.BlankNode(text.removeprefix("_:"))
