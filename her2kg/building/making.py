"""From files of any size to a graph on disk: load, cut into batches, work them out in parallel, put together.

Memory is bounded by a batch, not by the graph. Work goes on in the folder ``building`` beside what it will be; a batch
that is done stands in a file of its own, so that a build that was stopped goes on where it was, provided that files,
rules and data are still the same. The index is written last: without it there is no graph to be read.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from typing import IO, TYPE_CHECKING, NamedTuple, cast

import pyoxigraph as ox

from her2kg import built, snapshot
from her2kg.building import working
from her2kg.building.batches import Judge
from her2kg.building.progress import Progress
from her2kg.building.working import FORMATS, cut, here, is_done, load, mark_done, part, store_of, work_out
from her2kg.engine import DERIVED, Engine
from her2kg.errors import ResourceError
from her2kg.files import write_atomically
from her2kg.names import NAMES, PHRASE
from her2kg.violations import SEVERITIES, Violation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from her2kg.building.batches import Outcome

WORKING = "building"


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
        if os.path.splitext(path)[1] not in FORMATS:
            raise ResourceError(f"{path}: neither .ttl nor .nt: convert it first")
    basis = built.basis()
    digest = _digest(basis, paths)
    work = os.path.join(folder, WORKING)
    progress = Progress()
    try:
        os.makedirs(folder, exist_ok=True)
        _begin(work, digest)
        load(work, paths, progress)
        count = cut(work, progress)
        _work_out(work, count, processes or os.cpu_count() or 1, progress)
        return _put_together(folder, work, basis, digest, count, progress)
    except OSError as error:
        raise ResourceError(f"{error.filename or folder}: {error.strerror or error}") from None
    finally:
        progress.end()


def _digest(basis: str, paths: Iterable[str]) -> str:
    """Return a name for what is built of these files; size and time of a file stand for its contents."""
    files = [stamp[:3] for stamp in snapshot.stamps([*paths])]
    return hashlib.sha256(repr((basis, working.BATCH, files)).encode()).hexdigest()


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


def _work_out(work: str, count: int, processes: int, progress: Progress) -> None:
    """Work out every batch that is not done; stopped, it waits for the batches under way and keeps them."""
    left = [number for number in range(1, count + 1) if not os.path.isfile(part(work, number, "done"))]
    for _ in work_out(work, left, _work, processes, progress):
        pass


def _work(number: int) -> None:
    """Work out a batch and write what came of it; the mark that it is done comes last."""
    own = here()
    work, outcome = own.folder, own.judge.outcome(own.cut(number))
    _write_triples(part(work, number, "derived.nt"), outcome.derived)
    _write_triples(part(work, number, "names.nt"), [quad.triple for quad in outcome.names])
    done = {"longest": longest_phrase(outcome), "violations": outcome.violations}
    write_atomically(part(work, number, "done"), json.dumps(done))


def longest_phrase(outcome: Outcome) -> int:
    """Return how many words the longest name in a batch has."""
    phrases = (quad.object for quad in outcome.names if quad.predicate == PHRASE)
    return max((one.value.count(" ") + 1 for one in phrases if isinstance(one, ox.Literal)), default=1)


def _write_triples(path: str, triples: list[ox.Triple]) -> None:
    ox.serialize(triples, path, format=ox.RdfFormat.N_TRIPLES)


def _put_together(folder: str, work: str, basis: str, digest: str, count: int, progress: Progress) -> Summary:
    place = store_of(work)
    judge = Judge()
    evidence = judge.evidence(ox.Store.read_only(place), derived=is_done(work, "joining"))
    found, longest = _findings(work, count, progress)
    found = judge.of_the_whole(evidence, found)
    del evidence  # closes the store before it is written to
    store = ox.Store(place)
    studies, triples = _count(work, store)
    mark_done(work, "joining")  # from here on the store holds derived triples; loading them twice changes nothing
    # One load for each graph, not for each batch: every load writes files of its own, which would have to be merged.
    for what, graph in (("derived.nt", None), ("derived.nt", DERIVED), ("names.nt", NAMES)):
        parts = _Joined([part(work, number, what) for number in range(1, count + 1)], progress)
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
        with open(part(work, number, "done"), encoding="utf-8") as stream:
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
