"""Local names for what an import describes: safe in an IRI, a file name and Turtle, and never used twice."""

from __future__ import annotations

import re
import unicodedata

from her2kg.terms import KG

_APART = re.compile(r"[^A-Za-z0-9]+")
_LONGEST = 60


def local_name(text: str, otherwise: str = "x", longest: int = _LONGEST) -> str:
    """Return a text as letters, digits and single hyphens.

    Parameters
    ----------
    otherwise : the name where nothing is left of the text

    >>> local_name("Ramón y Cajal / ../../etc/passwd"), local_name("../..", "study"), local_name("HER2+ (IHC 3+)")
    ('Ramon-y-Cajal-etc-passwd', 'study', 'HER2-IHC-3')
    """
    plain = unicodedata.normalize("NFKD", text[: 8 * longest]).encode("ascii", "ignore").decode("ascii")
    return _APART.sub("-", plain).strip("-")[:longest].strip("-") or otherwise


class Names:
    """The local names that are taken, in the graph and in the draft.

    Parameters
    ----------
    taken : IRIs in use
    """

    def __init__(self, taken: frozenset[str]) -> None:
        self._taken = taken
        self._given: set[str] = set()
        self._labels: set[str] = set()

    def new(self, *parts: str) -> str:
        """Return the parts joined by hyphens, with a number behind them if that name is taken, as a CURIE."""
        base = "-".join(part for part in parts if part)
        name, number = base, 1
        while name in self._given or KG + name in self._taken:
            number += 1
            name = f"{base}-{number}"
        self._given.add(name)
        return f"kg:{name}"

    def label(self, text: str, kind: str) -> str:
        """Return a label of at most 120 characters that no other thing of the kind has in this draft."""
        base = " ".join(text.split())
        label, number = base[:120], 1
        while f"{kind} {label}" in self._labels:
            number += 1
            ending = f" ({number})"
            label = base[: 120 - len(ending)] + ending
        self._labels.add(f"{kind} {label}")
        return label
