"""The compiled snapshot: what makes a look-up fast, and never stale.

Built from the Turtle files and queries: an on-disk RocksDB store with everything derived, and one marshalled index (labels, names, query headers, the
vocabulary of questions). It lies in the cache folder under the digest of the contents it came from. Every use compares size and times of every source file with
those it was built from; where any differs the digest is taken anew, and where that differs too the snapshot is rebuilt. Building goes to a
temporary folder and is put in place by renaming, so a reader sees a whole snapshot or none; where no folder can be written the graph is
held in memory for the one run.

Marshal, not JSON or pickle: it is built in, so reading it imports nothing; the folder's name carries the Python version it belongs to.
"""

from __future__ import annotations

import marshal
import os
import sys
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from her2kg import resources
from her2kg.errors import Her2kgError

if TYPE_CHECKING:
    from collections.abc import Callable

    from her2kg.engine import Engine

_FORMAT = 1


class Snapshot(NamedTuple):
    """The compiled graph: its index, and how to open its engine when a query needs one."""

    index: dict[str, Any]
    open_engine: Callable[[], Engine]


def sources(extra: tuple[str, ...] = ()) -> list[str]:
    """Return every file a snapshot depends on: ontology, data, queries, rules, wording, and the code that compiles them."""
    return [
        *resources.ontology_files(),
        *resources.data_files(),
        *extra,
        *resources.query_files(),
        *resources.rule_files(),
        *resources.files("queries", ".yaml"),
        *resources.code_files(),
    ]


def stamps(paths: list[str]) -> list[tuple[str, int, int, int]]:
    """Return path, size, modification and change time (nanoseconds) of each file; the change time cannot be set by hand."""
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
    place = zlib.crc32("\0".join(path for path, *_ in now).encode())
    folder = os.path.join(resources.cache_folder(), f"{sys.implementation.cache_tag}-{place:08x}")
    index = _read_index(folder)
    if index is not None and index["stamps"] == now:
        return _at(folder, index)
    fresh = digest(paths)
    if index is not None and index["digest"] == fresh:
        index["stamps"] = now
        _write_index(folder, index)
        return _at(folder, index)
    return _build(folder, paths, extra, now, fresh)


def _read_index(folder: str) -> dict[str, Any] | None:
    try:
        with open(os.path.join(folder, "index"), "rb") as stream:
            index = marshal.load(stream)  # noqa: S302 - our own file in the user's own cache folder
    except (OSError, EOFError, ValueError, TypeError):
        return None
    whole = isinstance(index, dict) and index.get("format") == _FORMAT
    return index if whole and os.path.isdir(os.path.join(folder, index["store"])) else None


def _write_index(folder: str, index: dict[str, Any]) -> None:
    import contextlib
    import tempfile

    with contextlib.suppress(OSError):  # a cache that cannot be refreshed is slower, not wrong
        handle, path = tempfile.mkstemp(dir=folder, prefix="index-")
        with os.fdopen(handle, "wb") as stream:
            marshal.dump(index, stream)
        os.replace(path, os.path.join(folder, "index"))


def _at(folder: str, index: dict[str, Any]) -> Snapshot:
    def open_engine() -> Engine:
        from her2kg.engine import Engine

        return Engine.open(os.path.join(folder, index["store"]))

    return Snapshot(index, open_engine)


def _build(folder: str, paths: list[str], extra: tuple[str, ...], now: list[tuple[str, int, int, int]], fresh: str) -> Snapshot:
    import shutil
    import tempfile

    from her2kg.compiler import compile_graph, compile_index

    temporary = ""
    try:
        os.makedirs(folder, exist_ok=True)
        temporary = tempfile.mkdtemp(dir=folder, prefix="building-")
    except OSError:
        engine = compile_graph(extra, None)
        index = {"format": _FORMAT, "stamps": now, "digest": fresh, "store": "", **compile_index(engine)}
        return Snapshot(index, lambda: engine)
    try:
        engine = compile_graph(extra, os.path.join(temporary, "store"))
        store = f"store-{fresh[:16]}"
        index = {"format": _FORMAT, "stamps": now, "digest": fresh, "store": store, **compile_index(engine)}
        del engine  # closes the store before it is moved
        target = os.path.join(folder, store)
        try:
            os.rename(os.path.join(temporary, "store"), target)
        except OSError:
            if not os.path.isdir(target):  # else another process built the same meanwhile
                raise
        _write_index(folder, index)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    _forget_old(folder, store)
    return _at(folder, index)


def _forget_old(folder: str, current: str) -> None:
    """Remove stores that nobody has needed for a day; a younger one may still be open elsewhere."""
    import contextlib
    import shutil
    import time

    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        with contextlib.suppress(OSError):
            if name.startswith(("store-", "building-")) and name != current and time.time() - os.stat(path).st_mtime > 86_400:
                shutil.rmtree(path, ignore_errors=True)
