"""Names and kinds of things, kept in the compiled store beside the evidence.

A named graph of its own holds, for every thing, the forms under which it is looked up (see `her2kg.words.name_key`)
and the classes it belongs to, so that a name is found without loading all of them.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import pyoxigraph as ox

from her2kg.errors import AmbiguousNameError, UnknownNameError
from her2kg.terms import ALT_LABEL, HER2, LABEL, curie, expand
from her2kg.words import name_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NAMES = ox.NamedNode("https://w3id.org/her2kg/graph/names")
"""Named graph of look-up keys and kinds; not evidence."""

KEY = ox.NamedNode(HER2 + "nameKey")
KIND = ox.NamedNode(HER2 + "kind")
PHRASE = ox.NamedNode(HER2 + "phrase")
"""The phrase of a question that means a thing; only in graphs built on disk, see `her2kg.built`."""
_LABEL = ox.NamedNode(LABEL)
_ALIASES = (ox.NamedNode(ALT_LABEL), ox.NamedNode(HER2 + "registryNumber"))
_LINKS = tuple(ox.NamedNode(HER2 + name) for name in ("doi", "pmid", "url"))
_LONGEST = 200
_LOOKED_AT = 50_000
"""Keys that a hint is drawn from: all of a graph in memory; of a graph on disk a part, as all would take minutes."""


class Names:
    """Look-up of names, labels, kinds and links of things."""

    def __init__(self, store: ox.Store) -> None:
        self._store = store

    def _values(self, short: str, predicate: ox.NamedNode, graph: ox.NamedNode | None = None) -> Iterator[str]:
        node = _node(short)
        if node is None:
            return
        where: ox.NamedNode | ox.DefaultGraph = graph or ox.DefaultGraph()
        for quad in self._store.quads_for_pattern(node, predicate, None, where):
            if isinstance(quad.object, ox.Literal):
                yield quad.object.value

    def _keyed(self, key: str | None) -> Iterator[tuple[str, str]]:
        """Yield CURIE and look-up key of the things that have a key, or any."""
        for quad in self._store.quads_for_pattern(None, KEY, None if key is None else ox.Literal(key), NAMES):
            if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.Literal):
                yield curie(quad.subject.value), quad.object.value

    def gather(self, shorts: Iterable[str]) -> None:
        """Get ready to name many things at once; here nothing is far away."""

    def label(self, short: str) -> str:
        """Return the label of a CURIE, or the CURIE itself."""
        return next(self._values(short, _LABEL), short)

    def aliases(self, short: str) -> tuple[str, ...]:
        """Return the other names and registry numbers of a thing, sorted."""
        return tuple(sorted({value for predicate in _ALIASES for value in self._values(short, predicate)}))

    def kinds(self, short: str) -> list[str]:
        """Return the classes of a thing, superclasses included, local names sorted."""
        return sorted(self._values(short, KIND, NAMES))

    def is_a(self, short: str, kind: str) -> bool:
        """Say whether a thing is of a class, given by its local name."""
        # Asked of everything in an answer, so one look-up of one quad and not all classes of each thing.
        node = _node(short)
        return node is not None and ox.Quad(node, KIND, ox.Literal(kind), NAMES) in self._store

    def links(self, short: str) -> tuple[str, str, str] | None:
        """Return DOI, PMID and address of a source, None for what is no source."""
        if not self.is_a(short, "Source"):
            return None
        doi, pmid, url = (next(self._values(short, predicate), "") for predicate in _LINKS)
        return doi, pmid, url

    def find(self, text: str, kinds: Iterable[str] = ()) -> list[str]:
        """Return the CURIEs of everything that goes by this name, label, alias, CURIE, IRI or registry number.

        Parameters
        ----------
        kinds : only things of one of these classes
        """
        if len(text) > _LONGEST or not name_key(text):
            return []
        iri = expand(text.strip())
        exact = curie(iri) if iri else ""
        known = exact and self.kinds(exact)
        found = [exact] if known else sorted({short for short, _ in self._keyed(name_key(text))})
        wanted = set(kinds)
        return [short for short in found if not wanted or wanted & set(self.kinds(short))]

    def meant_by(self, phrase: str) -> list[str]:
        """Return the CURIEs of what a phrase of a question means, of graphs built on disk."""
        quads = self._store.quads_for_pattern(None, PHRASE, ox.Literal(phrase), NAMES)
        return sorted({curie(quad.subject.value) for quad in quads if isinstance(quad.subject, ox.NamedNode)})

    def resolve(self, text: str, kind: str) -> str:
        """Return the one thing of a class that a user means.

        Raises
        ------
        UnknownNameError : nothing of that class goes by the name; the message gives the nearest
        AmbiguousNameError : several do
        """
        found = self.find(text, [kind])
        if len(found) == 1:
            return found[0]
        if found:
            raise AmbiguousNameError(f"{shortened(text)} can be {', '.join(found)}: give one of these")
        raise UnknownNameError(f"no {kind} named {shortened(text)}{self.hint(text, [kind])}")

    def hint(self, text: str, kinds: Iterable[str] = ()) -> str:
        """Return the end of an error message: the labels nearest to a name that was not found, or nothing."""
        import difflib

        wanted = set(kinds)
        labels: dict[str, str] = {}
        for short, key in islice(self._keyed(None), _LOOKED_AT):
            if not wanted or wanted & set(self.kinds(short)):
                labels.setdefault(key, short)
        close = difflib.get_close_matches(name_key(text[:_LONGEST]), sorted(labels), n=6, cutoff=0.5)
        near = list(dict.fromkeys(self.label(labels[key]) for key in close))[:3]
        return f"; closest: {', '.join(near)}" if near else ""


def _node(short: str) -> ox.NamedNode | None:
    """Return the node of a CURIE, None for what is none, or no IRI: a blank or a bracket in it."""
    iri = expand(short)
    try:
        return None if iri is None else ox.NamedNode(iri)
    except ValueError:
        return None


def shortened(text: str) -> str:
    """Return a user's text quoted for a one-line message."""
    return repr(text if len(text) <= 60 else text[:57] + "...")
