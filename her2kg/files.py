"""Reading what a user names, and writing so that nothing is ever half-written."""

from __future__ import annotations

import os
import sys

from her2kg.errors import ResourceError

_LARGEST_QUERY = 1_000_000


def write_atomically(path: str, content: str | bytes) -> None:
    """Write a file, text as UTF-8, by renaming a temporary one into place: a reader sees the old or the new one whole.

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
            stream.write(content.encode() if isinstance(content, str) else content)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o666 & ~_umask())  # mkstemp is for secrets; this is a file like any other
        os.replace(temporary, path)
    except OSError as error:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        raise ResourceError(f"{path}: cannot write: {error.strerror}") from None


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
