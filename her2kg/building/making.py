"""From files of any size to a graph on disk: load, cut into batches, work them out in parallel, put together.

Memory is bounded by a batch, not by the graph. Work goes on in the folder ``building`` beside what it will be; a batch
that is done stands in a file of its own, so that a build that was stopped goes on where it was, provided that files,
rules and data are still the same. The index is written last: without it there is no graph to be read.
"""

from __future__ import annotations

import hashlib
import io
import json
import multiprocessing
import os
import shutil
import signal
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

import pyoxigraph as ox

from her2kg import built, resources, snapshot
from her2kg.building.batches import FIRST_ONLY, Judge
from her2kg.building.progress import Progress
from her2kg.engine import DERIVED, Engine
from her2kg.errors import ResourceError, TurtleError
from her2kg.files import write_atomically
from her2kg.names import NAMES, PHRASE
from her2kg.violations import SEVERITIES, Violation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from her2kg.building.batches import Outcome
    from her2kg.building.partition import Node

BATCH = 400
"""Roots in a batch: large enough that what each batch repeats (the ontology) costs little, small enough for memory."""
WORKING = "building"
_FORMATS = {".ttl": ox.RdfFormat.TURTLE, ".nt": ox.RdfFormat.N_TRIPLES}


class Summary(NamedTuple):
    """What was built.

    Parameters
    ----------
    graph : what the folder's index says
    findings : number of findings of the shapes by severity
    """

    graph: built.Built
    findings: dict[str, int]


def build(folder: str, files: Sequence[str], processes: int = 0) -> Summary:
    """Build a graph of the shipped data and further files in a folder, or go on with a build that was stopped.

    Parameters
    ----------
    files : Turtle (.ttl) or N-Triples (.nt)
    processes : how many work at a time; 0 for one per processor

    Raises
    ------
    ResourceError, TurtleError : a file cannot be read, or the folder cannot be written
    """
    paths = [os.path.abspath(path) for path in files]
    for path in paths:
        if not os.path.isfile(path):
            raise ResourceError(f"{path}: {'a folder, not a file' if os.path.isdir(path) else 'no such file'}")
        if os.path.splitext(path)[1] not in _FORMATS:
            raise ResourceError(f"{path}: neither .ttl nor .nt: convert it first")
    basis = built.basis()
    digest = _digest(basis, paths)
    work = os.path.join(folder, WORKING)
    progress = Progress()
    try:
        os.makedirs(folder, exist_ok=True)
        _begin(work, digest)
        _load(work, paths, progress)
        count = _cut(work, progress)
        _work_out(work, count, processes or os.cpu_count() or 1, progress)
        return _put_together(folder, work, basis, digest, count, progress)
    except OSError as error:
        raise ResourceError(f"{error.filename or folder}: {error.strerror or error}") from None
    finally:
        progress.end()


def _digest(basis: str, paths: Iterable[str]) -> str:
    """Return a name for what is built of these files; size and time of a file stand for its contents."""
    return hashlib.sha256(repr((basis, BATCH, [stamp[:3] for stamp in snapshot.stamps([*paths])])).encode()).hexdigest()


def _begin(work: str, digest: str) -> None:
    """Make the working folder; what another build left there goes."""
    mark = os.path.join(work, "of")
    if os.path.isfile(mark):
        with open(mark, encoding="utf-8") as stream:
            if stream.read().strip() == digest:
                return
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(os.path.join(work, "parts"))
    write_atomically(mark, digest)


def _is_done(work: str, step: str) -> bool:
    return os.path.isfile(os.path.join(work, f"{step}.done"))


def _mark_done(work: str, step: str, text: str = "") -> None:
    write_atomically(os.path.join(work, f"{step}.done"), text)


def _load(work: str, paths: Sequence[str], progress: Progress) -> None:
    if _is_done(work, "load"):
        return
    place = os.path.join(work, "store")
    shutil.rmtree(place, ignore_errors=True)  # a load that was stopped left half of a file
    store = ox.Store(place)
    for path in (*resources.ontology_files(), *resources.data_files(), *paths):
        progress.say(f"loading {os.path.basename(path)}")
        try:
            store.bulk_load(path=path, format=_FORMATS[os.path.splitext(path)[1]])
        except SyntaxError as error:
            line = f", line {error.lineno}" if error.lineno else ""
            raise TurtleError(f"{path}{line}: {' '.join(str(error.msg or error).split())[:300]}") from None
    progress.say("putting the store in order")
    store.optimize()  # a look-up in files as they were written costs five times as much
    store.flush()
    _mark_done(work, "load")


def _cut(work: str, progress: Progress) -> int:
    """Write the roots of the graph, a line each, in files of a batch; return the number of batches."""
    if _is_done(work, "cut"):
        with open(os.path.join(work, "cut.done"), encoding="utf-8") as stream:
            return int(stream.read())
    progress.say("cutting into batches")
    store = ox.Store.read_only(os.path.join(work, "store"))
    evidence = Judge(snapshot.load().lexicon).evidence(store)
    batches = 0
    for batches, roots in enumerate(_in_batches(evidence.roots()), 1):
        with open(_part(work, batches, "roots"), "w", encoding="utf-8") as stream:
            stream.writelines(f"{root}\n" for root in roots)
        progress.say(f"cutting into batches: {batches:,}")
    _mark_done(work, "cut", str(batches))
    return batches


def _in_batches(roots: Iterable[Node]) -> Iterator[list[Node]]:
    batch: list[Node] = []
    for root in roots:
        batch.append(root)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _part(work: str, number: int, what: str) -> str:
    return os.path.join(work, "parts", f"{number:06d}.{what}")


def _work_out(work: str, count: int, processes: int, progress: Progress) -> None:
    """Work out every batch that is not done; stopped, it waits for the batches under way and keeps them."""
    left = [number for number in range(1, count + 1) if not os.path.isfile(_part(work, number, "done"))]
    context = multiprocessing.get_context("spawn")  # a forked process would share the threads of an open store
    with ProcessPoolExecutor(min(processes, len(left)) or 1, context, initializer=_start, initargs=(work,)) as pool:
        under_way: set[Future[None]] = set()
        try:
            for done, number in enumerate(left):
                progress.say("verdicts, checks and shapes, batches", count - len(left) + done, count)
                if len(under_way) >= 2 * processes:
                    finished, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                    for one in finished:
                        one.result()
                under_way.add(pool.submit(_work, number))
            for one in under_way:
                one.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


_here: dict[str, Any] = {}
"""What a working process keeps between batches: the working folder, the judge, the evidence."""


def _start(work: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; the parent alone ends the work
    judge = Judge(snapshot.load().lexicon)
    _here.update(work=work, judge=judge, evidence=judge.evidence(ox.Store.read_only(os.path.join(work, "store"))))


def _work(number: int) -> None:
    """Work out a batch and write what came of it; the mark that it is done comes last."""
    work, judge, evidence = _here["work"], _here["judge"], _here["evidence"]
    with open(_part(work, number, "roots"), encoding="utf-8") as stream:
        roots = [_node(line) for line in stream]
    outcome: Outcome = judge.outcome(evidence.cut(roots))
    _write_triples(_part(work, number, "derived.nt"), outcome.derived)
    _write_triples(_part(work, number, "names.nt"), [quad.triple for quad in outcome.names])
    done = {"longest": longest_phrase(outcome), "violations": outcome.violations}
    write_atomically(_part(work, number, "done"), json.dumps(done))


def longest_phrase(outcome: Outcome) -> int:
    """Return how many words the longest name in a batch has."""
    phrases = (quad.object for quad in outcome.names if quad.predicate == PHRASE)
    return max((one.value.count(" ") + 1 for one in phrases if isinstance(one, ox.Literal)), default=1)


def _node(line: str) -> Node:
    text = line.rstrip("\n")
    return ox.NamedNode(text[1:-1]) if text.startswith("<") else ox.BlankNode(text.removeprefix("_:"))


def _write_triples(path: str, triples: list[ox.Triple]) -> None:
    ox.serialize(triples, path, format=ox.RdfFormat.N_TRIPLES)


def _put_together(folder: str, work: str, basis: str, digest: str, count: int, progress: Progress) -> Summary:
    place = os.path.join(work, "store")
    judge = Judge(snapshot.load().lexicon)
    evidence = judge.evidence(ox.Store.read_only(place), derived=_is_done(work, "joining"))
    found, longest = _findings(work, count, progress)
    found |= set(judge.on_ontology())
    first = {one for one in found if one.shape in FIRST_ONLY}
    found = (found - first) | set(judge.first_only(evidence, first))
    del evidence  # closes the store before it is written to
    store = ox.Store(place)
    studies, triples = _count(work, store)
    _mark_done(work, "joining")  # from here on the store holds derived triples; loading them twice changes nothing
    # One load for each graph, not for each batch: every load writes files of its own, which would have to be merged.
    for what, graph in (("derived.nt", None), ("derived.nt", DERIVED), ("names.nt", NAMES)):
        parts = _Joined([_part(work, number, what) for number in range(1, count + 1)], progress)
        store.bulk_load(input=cast("IO[bytes]", parts), format=ox.RdfFormat.N_TRIPLES, to_graph=graph)
    store.bulk_extend(judge.names_of_ontology())
    progress.say("putting the store in order")
    store.optimize()
    store.flush()
    del store
    index = built.Built(basis, digest, longest, studies, triples)
    built.write_violations(folder, found)
    target = os.path.join(folder, index.store)
    shutil.rmtree(target, ignore_errors=True)
    os.rename(place, target)
    built.write(folder, index)
    shutil.rmtree(work, ignore_errors=True)
    forget_others(folder, index)
    counts = {level: sum(one.severity == level for one in found) for level in SEVERITIES}
    return Summary(index, counts)


class _Joined(io.RawIOBase):
    """The files of all batches as one stream."""

    def __init__(self, paths: Sequence[str], progress: Progress) -> None:
        self._paths = iter(enumerate(paths, 1))
        self._count = len(paths)
        self._progress = progress
        self._stream: IO[bytes] | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, none at the end of the last file."""
        while True:
            content = self._stream.read(size) if self._stream else b""
            if content:
                return content
            if self._stream:
                self._stream.close()
                self._stream = None
            number, path = next(self._paths, (0, ""))
            if not path:
                return b""
            self._progress.say("putting together, batches", number, self._count)
            self._stream = open(path, "rb")  # noqa: SIM115 - closed when it is read


def _findings(work: str, count: int, progress: Progress) -> tuple[set[Violation], int]:
    found: set[Violation] = set()
    longest = 1
    for number in range(1, count + 1):
        progress.say("gathering what the shapes found, batches", number, count)
        with open(_part(work, number, "done"), encoding="utf-8") as stream:
            said = json.load(stream)
        found |= {Violation(*one) for one in said["violations"]}
        longest = max(longest, said["longest"])
    return found, longest


def _count(work: str, store: ox.Store) -> tuple[int, int]:
    """Return the number of studies and of triples of the evidence; kept, as derived triples come in later."""
    kept = os.path.join(work, "count")
    if not os.path.isfile(kept):
        rows = (
            Engine(store)
            .select(
                "SELECT (COUNT(DISTINCT ?study) AS ?n) WHERE { ?study a ?kind . ?kind rdfs:subClassOf* her2:Study }"
            )
            .rows
        )
        found = rows[0][0]
        write_atomically(kept, json.dumps([int(found.value) if isinstance(found, ox.Literal) else 0, len(store)]))
    with open(kept, encoding="utf-8") as stream:
        studies, triples = json.load(stream)
    return studies, triples


def forget_others(folder: str, index: built.Built) -> None:
    """Remove stores and answers of earlier states of a folder."""
    for name in os.listdir(folder):
        if name.startswith(("store-", "answers-")) and not name.endswith(index.digest[:16]):
            shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
