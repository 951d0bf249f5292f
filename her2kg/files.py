"""Reading what a user names, and writing so that nothing is ever half-written."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from her2kg.errors import ResourceError

if TYPE_CHECKING:
    from collections.abc import Iterable

_LARGEST_QUERY = 1_000_000


def write_atomically(path: str, content: str | bytes) -> None:
    """Write a file, text as UTF-8, by renaming a temporary one into place: a reader sees the old or the new one whole.

    Raises
    ------
    ResourceError : the place cannot be written
    """
    write_chunks(path, (content.encode() if isinstance(content, str) else content,))


def write_chunks(path: str, chunks: Iterable[bytes]) -> None:
    """Write a file as `write_atomically` does, from pieces that are made one after the other.

    Raises
    ------
    ResourceError : the place cannot be written
    """
    import tempfile

    if os.path.isdir(path):
        raise ResourceError(f"{path}: a folder, not a file")
    folder = os.path.dirname(os.path.abspath(path))
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{os.path.basename(path)}-")
        with os.fdopen(handle, "wb") as stream:
            stream.writelines(chunks)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o666 & ~_umask())  # mkstemp is for secrets; this is a file like any other
        os.replace(temporary, path)
        temporary = ""
    except OSError as error:
        raise ResourceError(f"{path}: cannot write: {error.strerror}") from None
    finally:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)


def write_folder(path: str, files: Iterable[tuple[str, Iterable[bytes]]]) -> None:
    """Write a folder of files by renaming a temporary one into place.

    A folder that is there already is replaced only where it holds nothing but files of these names, so that a slip of
    the keyboard deletes nothing.

    Raises
    ------
    ResourceError : the place cannot be written, or holds something else
    """
    import shutil
    import tempfile

    path = os.path.abspath(path)
    if os.path.lexists(path) and not os.path.isdir(path):
        raise ResourceError(f"{path}: a file; this format is several files and needs a folder")
    temporary = ""
    try:
        temporary = tempfile.mkdtemp(dir=os.path.dirname(path), prefix=f".{os.path.basename(path)}-")
        new = os.path.join(temporary, "new")
        os.mkdir(new)
        for name, chunks in files:
            write_chunks(os.path.join(new, name), chunks)
        if os.path.isdir(path):
            other = sorted(set(os.listdir(path)) - set(os.listdir(new)))
            if other:
                raise ResourceError(f"{path}: holds {other[0]!r}, which is not of this export; give a new folder")
            os.rename(path, os.path.join(temporary, "old"))
        os.rename(new, path)
    except OSError as error:
        raise ResourceError(f"{path}: cannot write: {error.strerror}") from None
    finally:
        if temporary:
            shutil.rmtree(temporary, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def read_query_text(path: str) -> str:
    """Return the text of a query file, or of standard input for '-'.

    Raises
    ------
    ResourceError : not there, a folder, empty, too large, binary or not UTF-8
    """
    name = "standard input" if path == "-" else path
    try:
        if path == "-":
            content = sys.stdin.buffer.read(_LARGEST_QUERY + 1)
        else:
            with open(path, "rb") as stream:
                content = stream.read(_LARGEST_QUERY + 1)
    except OSError as error:
        raise ResourceError(f"{name}: {error.strerror}") from None
    if len(content) > _LARGEST_QUERY:
        raise ResourceError(f"{name}: larger than {_LARGEST_QUERY:,} bytes, which no query is")
    if not content.strip():
        raise ResourceError(f"{name}: empty; expected a SPARQL query")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ResourceError(f"{name}: not UTF-8 text (byte {error.start})") from None
    if "\0" in text:
        raise ResourceError(f"{name}: a binary file, not a query")
    return text
