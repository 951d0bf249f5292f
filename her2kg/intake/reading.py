"""A user's file, as bytes or text, within limits: whatever it is, one clear line and no surprise."""

from __future__ import annotations

import os
import stat

from her2kg.intake.errors import IntakeError

LARGEST = 64 * 1024 * 1024
"""Bytes; the largest registry records are below 30 MB."""


def shown(path: str) -> str:
    """Return a path fit for one line of a message."""
    return "".join(character if character.isprintable() else "?" for character in path)


def read_bytes(path: str, what: str, largest: int = LARGEST) -> bytes:
    """Return a file's content.

    Parameters
    ----------
    what : what was expected, for the message ("a ClinicalTrials.gov record")

    Raises
    ------
    IntakeError : not there, a folder, no regular file, empty, or larger than `largest` bytes
    """
    name = shown(path)
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise IntakeError(f"{name}: a folder; expected {what}")
        if not stat.S_ISREG(status.st_mode):
            raise IntakeError(f"{name}: no regular file; expected {what}")
        if status.st_size > largest:
            raise IntakeError(f"{name}: {status.st_size:,} bytes, and {what} has at most {largest:,}")
        with open(path, "rb") as stream:
            content = stream.read(largest + 1)
    except OSError as error:
        raise IntakeError(f"{name}: {error.strerror or error}") from None
    except IntakeError:
        raise
    except ValueError:  # a NUL byte in the name
        raise IntakeError(f"{name}: no such file") from None
    if len(content) > largest:
        raise IntakeError(f"{name}: larger than {largest:,} bytes, which {what} is not")
    if not content.strip():
        raise IntakeError(f"{name}: empty; expected {what}")
    return content


def read_text(path: str, what: str, largest: int = LARGEST) -> str:
    """Return a UTF-8 file's text, without byte order mark.

    Raises
    ------
    IntakeError : as `read_bytes`, or not UTF-8, or binary; names line and byte
    """
    content = read_bytes(path, what, largest)
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise IntakeError(f"{shown(path)}: UTF-16, not UTF-8: save it as UTF-8")
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        raise IntakeError(f"{shown(path)}, line {line}: a binary file; expected {what}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise IntakeError(
            f"{shown(path)}, line {line}: byte {error.start} is not UTF-8: save the file as UTF-8"
        ) from None
