"""A lock on a data folder: one writer at a time, and none left behind by a writer that was killed.

The lock belongs to an open file, not to the file's being there, so the system lets it go when the process ends,
however it ends.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from her2kg.intake.errors import IntakeError, LockedError

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK_FILE = ".her2kg-lock"
_PAUSE = 0.02


@contextmanager
def locked(folder: str, wait: float) -> Iterator[None]:
    """Hold the lock on a folder.

    Parameters
    ----------
    wait : seconds to wait for another writer

    Raises
    ------
    LockedError : another process held it all that time; names its process number
    IntakeError : the folder cannot be written
    """
    path = os.path.join(folder, LOCK_FILE)
    try:
        handle = os.open(
            path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0), 0o644
        )
    except OSError as error:
        raise IntakeError(f"{path}: cannot write: {error.strerror}") from None
    try:
        until = time.monotonic() + wait
        while not _take(handle):
            if time.monotonic() >= until:
                holder = os.pread(handle, 20, 0).decode("ascii", "replace").strip() if hasattr(os, "pread") else ""
                raise LockedError(
                    f"{folder}: another her2kg add is writing (process {holder or 'unknown'}): try again when it is "
                    f"done"
                )
            time.sleep(_PAUSE)
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(handle)


def _take(handle: int) -> bool:
    """Try to take the lock."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
