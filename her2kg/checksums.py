"""SHA-256 of every file that comes with her2kg, in the form of sha256sum, so that either can check the other's list."""

from __future__ import annotations

import hashlib
import os
import re

from her2kg import resources
from her2kg.errors import ResourceError

FOLDERS = ("data", "ontology", "queries")
_LARGEST = 10_000_000
_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")


def checksums() -> dict[str, str]:
    """Return path, relative to the folder of the shipped files and with slashes, to SHA-256 in hexadecimal; by path."""
    root = resources.root()
    found = {}
    for folder in FOLDERS:
        for place, folders, names in os.walk(os.path.join(root, folder)):
            folders[:] = [name for name in folders if not name.startswith((".", "__"))]
            for name in names:
                if not name.startswith("."):
                    path = os.path.join(place, name)
                    found[os.path.relpath(path, root).replace(os.sep, "/")] = sha256(path)
    return dict(sorted(found.items()))


def sha256(path: str) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def manifest() -> str:
    """Return the list of checksums: a line of sum, two blanks and path per file, the same on every machine."""
    return "".join(f"{total}  {path}\n" for path, total in checksums().items())


def read_manifest(path: str) -> str:
    """Return the text of a list of checksums.

    Raises
    ------
    ResourceError : it cannot be read, or is no text
    """
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read(_LARGEST)
    except UnicodeDecodeError:
        raise ResourceError(f"{path}: not UTF-8 text; make a list with 'her2kg checksums'") from None
    except OSError as error:
        raise ResourceError(f"{path}: {error.strerror}") from None


def differences(text: str, name: str = "the list") -> list[str]:
    """Return what is changed, missing or more than a list of checksums says, a line each; empty if all is as listed.

    Parameters
    ----------
    name : what to call the list in an error

    Raises
    ------
    ResourceError : a line is no checksum, or there is none
    """
    listed = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise ResourceError(f"{name}, line {number}: no SHA-256 and path; make one with 'her2kg checksums'")
        listed[match[2]] = match[1]
    if not listed:
        raise ResourceError(f"{name}: empty; make one with 'her2kg checksums'")
    present = checksums()
    return [
        *(f"changed: {path}" for path in listed if path in present and present[path] != listed[path]),
        *(f"missing: {path}" for path in listed if path not in present),
        *(f"not listed: {path}" for path in present if path not in listed),
    ]
