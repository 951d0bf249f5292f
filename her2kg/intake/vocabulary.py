"""What the graph already knows: terms by their labels, studies by registry number, sources by DOI and PMID.

An importer looks words up here and nowhere else, so that a term added to the ontology is used from then on, whatever
the disease.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pyoxigraph as ox

from her2kg import resources
from her2kg.engine import parse_turtle
from her2kg.terms import ALT_LABEL, HER2, LABEL, PREFIXES, TYPE, curie
from her2kg.words import name_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SUBCLASS = PREFIXES["rdfs"] + "subClassOf"
_IDENTIFIERS = {HER2 + name for name in ("registryNumber", "doi", "pmid")}


class Vocabulary:
    """Names in use, and what they stand for.

    Parameters
    ----------
    quads : ontology and data
    """

    def __init__(self, quads: Iterable[ox.Quad]) -> None:
        kinds: dict[str, set[str]] = defaultdict(set)
        names: dict[str, list[str]] = defaultdict(list)
        above: dict[str, set[str]] = defaultdict(set)
        self._identified: dict[tuple[str, str], str] = {}
        self._labels: dict[str, str] = {}
        subjects = set()
        for quad in quads:
            if not isinstance(quad.subject, ox.NamedNode):
                continue
            subject, predicate, value = quad.subject.value, quad.predicate.value, quad.object
            subjects.add(subject)
            if isinstance(value, ox.NamedNode):
                if predicate == TYPE:
                    kinds[subject].add(value.value)
                elif predicate == _SUBCLASS:
                    above[subject].add(value.value)
            elif isinstance(value, ox.Literal):
                if predicate in {LABEL, ALT_LABEL}:
                    names[subject].append(value.value)
                    if predicate == LABEL:
                        self._labels[curie(subject)] = value.value
                elif predicate in _IDENTIFIERS:
                    self._identified[predicate.removeprefix(HER2), value.value.casefold()] = curie(subject)
        self.subjects = frozenset(subjects)
        self._terms: dict[tuple[str, str], set[str]] = defaultdict(set)
        for subject in sorted(kinds):
            classes = set(kinds[subject])
            for _ in range(8):  # deeper than any hierarchy here, and safe where one has a loop
                classes |= {upper for kind in classes for upper in above.get(kind, ())}
            local = subject.rpartition("#")[2].rpartition("/")[2]
            for kind in classes:
                if kind.startswith(HER2):
                    for name in (*names[subject], local):
                        self._terms[kind.removeprefix(HER2), name_key(name)].add(curie(subject))

    def term(self, kind: str, *texts: str) -> str:
        """Return the CURIE of the one thing of a class that goes by the first text that fits.

        Empty if none or several do.

        Parameters
        ----------
        kind : local name of a class of the ontology, such as "Endpoint"
        """
        for text in texts:
            found = self._terms.get((kind, name_key(text))) if text and name_key(text) else None
            if found and len(found) == 1:
                return next(iter(found))
        return ""

    def names(self, kind: str) -> dict[str, str]:
        """Return the names of the things of a class, as `her2kg.words.name_key` makes them, each with its one CURIE."""
        return {name: next(iter(found)) for (of, name), found in self._terms.items() if of == kind and len(found) == 1}

    def has(self, short: str) -> bool:
        """Whether a CURIE of the ontology or data is described."""
        prefix, _, local = short.partition(":")
        return PREFIXES.get(prefix, prefix) + local in self.subjects

    def label(self, short: str) -> str:
        """Return the label of a CURIE, or the CURIE."""
        return self._labels.get(short, short)

    def identified(self, predicate: str, value: str) -> str:
        """Return what has a registryNumber, doi or pmid, empty if nothing has."""
        return self._identified.get((predicate, value.casefold()), "")


def load_vocabulary(extra: Sequence[str] = (), data: Sequence[str] | None = None) -> Vocabulary:
    """Return the vocabulary of the shipped ontology and data, and of extra Turtle files.

    Parameters
    ----------
    data : Turtle files in place of the shipped data

    Raises
    ------
    TurtleError : a file cannot be read
    """
    paths = [*resources.ontology_files(), *(resources.data_files() if data is None else data), *extra]
    return Vocabulary(quad for path in paths for quad in parse_turtle(path))
