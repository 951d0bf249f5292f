"""The compiled snapshot: what makes a look-up fast, and never stale.

Built from the Turtle files and queries, one folder per graph in the user's cache:

``index``     what the snapshot was built from
``lexicon-…`` the vocabulary of questions
``queries-…`` the named queries with their headers
``store-…``   the graph with everything derived, a read-only RocksDB store
``answers-…`` answers given before, so that a question asked twice needs no engine

Every use compares size and times of every source file with those the snapshot was built from; where any differs the
digest of the contents is taken anew, and where that differs too all is rebuilt. Store and answers carry the digest in
their names. Building goes to a temporary folder and is put in place by renaming, so a reader sees a whole snapshot or
none; where no folder can be written the graph is held in memory for the one run.

Marshal, not JSON or pickle: it is built in, so reading it imports nothing; the folder's name carries the Python
version it belongs to.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import sys
from typing import TYPE_CHECKING, Any

from her2kg import resources
from her2kg.errors import Her2kgError

if TYPE_CHECKING:
    from her2kg.engine import Engine

_FORMAT = 5
_ANSWERS_KEPT = 2000
Stamp = tuple[str, int, int, int]


class Snapshot:
    """The compiled graph: vocabulary, queries, remembered answers, and the engine when one is needed.

    Parameters
    ----------
    folder : the snapshot's folder, empty if it is held in memory
    queries, lexicon, engine : what is in memory already; else read or opened when first needed
    """

    def __init__(
        self,
        folder: str,
        index: dict[str, Any],
        queries: dict[str, bytes] | None = None,
        lexicon: dict[str, Any] | None = None,
        engine: Engine | None = None,
    ) -> None:
        self.digest: str = index["digest"]
        self.version: str = index["version"]
        self._folder = folder
        self._queries = queries
        self._lexicon = lexicon
        self._engine = engine

    @property
    def engine(self) -> Engine:
        """The SPARQL engine over the compiled store, opened when first needed."""
        if self._engine is None:
            from her2kg.engine import Engine

            try:
                self._engine = Engine.open(os.path.join(self._folder, f"store-{self.digest[:16]}"))
            except (OSError, ValueError, RuntimeError):
                raise Her2kgError(f"the snapshot in {self._folder} is damaged: delete that folder") from None
        return self._engine

    @property
    def queries(self) -> dict[str, bytes]:
        """The named queries, each marshalled; see `her2kg.headers.NamedQuery.restore`."""
        if self._queries is None:
            self._queries = self._part("queries")
        return self._queries

    @property
    def lexicon(self) -> dict[str, Any]:
        """The vocabulary of questions; see `her2kg.lexicon`."""
        if self._lexicon is None:
            self._lexicon = self._part("lexicon")
        return self._lexicon

    def _part(self, name: str) -> dict[str, Any]:
        part = read_marshalled(os.path.join(self._folder, f"{name}-{self.digest[:16]}"))
        if not isinstance(part, dict):
            raise Her2kgError(f"the snapshot in {self._folder} is damaged: delete that folder")
        return part

    def held_by(self, engine: Engine) -> Snapshot:
        """Return this snapshot with its graph in another engine; nothing is read from or written to disk later."""
        import copy

        other = copy.copy(self)
        other._queries, other._lexicon, other._engine, other._folder = self.queries, self.lexicon, engine, ""
        return other

    def recall(self, key: str) -> Any:
        """Return what was remembered under a key, None if nothing was."""
        kept = read_marshalled(self._place(key)) if self._folder else None
        # The file's name is only a checksum of the key, so the key itself is kept with the answer.
        return kept[1] if isinstance(kept, tuple) and kept[0] == key else None

    def remember(self, key: str, plain: Any) -> None:
        """Keep an answer, as plain values, for as long as the sources do not change."""
        if not self._folder:
            return
        place = self._place(key)
        folder = os.path.dirname(place)
        try:
            os.makedirs(folder, exist_ok=True)
            if len(os.listdir(folder)) < _ANSWERS_KEPT:
                write_marshalled(place, (key, plain))
        except OSError:
            return  # a cache that cannot be written makes the next look-up slower, not wrong

    def _place(self, key: str) -> str:
        return os.path.join(self._folder, f"answers-{self.digest[:16]}", _checksum(key))


def sources(extra: tuple[str, ...] = ()) -> list[str]:
    """Return every file a snapshot depends on: ontology, data, queries, rules, wording, the compiling code."""
    return [
        *resources.ontology_files(),
        resources.shapes_file(),
        *resources.data_files(),
        *extra,
        *resources.query_files(),
        resources.wording_file(),
        *resources.rule_files(),
        *resources.check_files(),
        *resources.code_files(),
    ]


def stamps(paths: list[str]) -> list[Stamp]:
    """Return path, size, modification and change time (ns) of each file; the change time cannot be set by hand."""
    found = []
    for path in paths:
        try:
            stat = os.stat(path)
        except OSError as error:
            raise Her2kgError(f"{path}: {error.strerror}") from None
        found.append((path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))
    return found


def digest(paths: list[str]) -> str:
    """Return the SHA-256 over names and contents."""
    import hashlib

    total = hashlib.sha256(f"{_FORMAT} {sys.version}".encode())
    for path in paths:
        with open(path, "rb") as stream:
            content = stream.read()
        total.update(f"\0{os.path.basename(path)}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def load(extra: tuple[str, ...] = ()) -> Snapshot:
    """Return the snapshot of the shipped files and of extra data files, building it first where needed."""
    paths = sources(extra)
    now = stamps(paths)
    which = _checksum("\0".join((resources.data_folder(), *extra)))
    folder = os.path.join(resources.cache_folder(), f"{sys.implementation.cache_tag}-{which}")
    index = _read_index(folder)
    if index is not None and index["stamps"] == now:
        return Snapshot(folder, index)
    fresh = digest(paths)
    if index is not None and index["digest"] == fresh:
        with contextlib.suppress(OSError):  # read-only by now: the next use takes the digest again
            write_marshalled(os.path.join(folder, "index"), {**index, "stamps": now})
        return Snapshot(folder, index)
    return _build(folder, extra, now, fresh)


def _checksum(text: str) -> str:
    """Return a short name for a text that need not be unique; modules that hash cost a millisecond to import."""
    return f"{int.from_bytes(text.encode('utf-8', 'surrogatepass'), 'big') % (2**61 - 1):016x}"


def _read_index(folder: str) -> dict[str, Any] | None:
    index = read_marshalled(os.path.join(folder, "index"))
    if not isinstance(index, dict) or index.get("format") != _FORMAT:
        return None
    return index if os.path.isdir(os.path.join(folder, f"store-{index['digest'][:16]}")) else None


def read_marshalled(path: str) -> Any:
    """Return a marshalled value, None where there is none that can be read."""
    try:
        with open(path, "rb") as stream:
            return marshal.loads(stream.read())  # noqa: S302 - our own file in the user's own cache folder
    except (OSError, EOFError, ValueError, TypeError):
        return None


def write_marshalled(path: str, value: Any) -> None:
    """Write a marshalled value by renaming a temporary file into place."""
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "wb") as stream:
        stream.write(marshal.dumps(value))
    os.replace(temporary, path)


def _build(folder: str, extra: tuple[str, ...], now: list[Stamp], fresh: str) -> Snapshot:
    import shutil
    import tempfile

    from her2kg.compiler import compile_graph, compile_lexicon_of, compile_queries, version_of

    temporary = ""
    try:
        os.makedirs(folder, exist_ok=True)
        temporary = tempfile.mkdtemp(dir=folder, prefix="building-")
    except OSError:
        temporary = ""
    try:
        engine = compile_graph(extra, os.path.join(temporary, "store") if temporary else None)
        index = {
            "format": _FORMAT,
            "stamps": now,
            "digest": fresh,
            "version": version_of(engine),
        }
        lexicon, queries = compile_lexicon_of(engine), compile_queries(engine)
        if not temporary:
            return Snapshot("", index, queries, lexicon, engine)
        del engine  # closes the store before it is moved
        target = os.path.join(folder, f"store-{fresh[:16]}")
        try:
            os.rename(os.path.join(temporary, "store"), target)
        except OSError:
            if not os.path.isdir(target):  # else another process built the same meanwhile
                raise
        write_marshalled(os.path.join(folder, f"queries-{fresh[:16]}"), queries)
        write_marshalled(os.path.join(folder, f"lexicon-{fresh[:16]}"), lexicon)
        write_marshalled(os.path.join(folder, "index"), index)
    finally:
        if temporary:
            shutil.rmtree(temporary, ignore_errors=True)
    _forget_old(folder, fresh[:16])
    return Snapshot(folder, index)


def _forget_old(folder: str, current: str) -> None:
    """Remove what other contents gave and nobody touched for a day; something younger may still be open."""
    import shutil
    import time

    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        with contextlib.suppress(OSError):
            if name != "index" and current not in name and time.time() - os.stat(path).st_mtime > 86_400:
                shutil.rmtree(path, ignore_errors=True) if os.path.isdir(path) else os.unlink(path)
