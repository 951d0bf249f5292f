"""Cutting a graph on disk into units that can be judged alone.

A unit is a root (a study, a source, an agent, a mechanism ...) with everything that *belongs* to it: arms, analyses and
quantities to their study, reports to their analysis, evidence to its study and its proposition, components to their
arm. Rules and shapes look no further than a unit, what its members point at, and namesakes elsewhere; so a batch of
units with that context gives the same verdicts, findings and violations as the whole graph. What belongs to two roots
is in both units; what is derived is a set, so nothing counts twice.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from her2kg.engine import DERIVED
from her2kg.terms import HER2, LABEL, TYPE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

Node = ox.NamedNode | ox.BlankNode | ox.Triple
Term = Node | ox.Literal
Described = dict[Node, list[ox.Quad]]


def _terms(*names: str) -> tuple[ox.NamedNode, ...]:
    return tuple(ox.NamedNode(HER2 + name) for name in names)


TO_OWNER = _terms(
    "partOfStudy", "ofAnalysis", "ofQuantity", "accepts", "about", "involves", "fromStudy", "forProposition"
)
"""Properties that lead from a thing to what it belongs to."""
TO_PART = _terms("hasComponent", "hasStep", "hasMeasurement")
"""Properties that lead from a thing to what belongs to it."""
_TO_OWNER, _TO_PART = frozenset(TO_OWNER), frozenset(TO_PART)
_IDENTIFIERS = _terms("registryNumber", "doi", "pmid", "claimId")
_PART_OF, _FEATURE, _REGISTRY, _STATEMENT = _terms("partOfStudy", "feature", "RegistryFeature", "statement")
_LABEL, _TYPE = ox.NamedNode(LABEL), ox.NamedNode(TYPE)
_WORD = re.compile(r"[^\s,;()]+")
_EDGE = ".:'\"[]"
_DEFAULT = ox.DefaultGraph()


class Cut(NamedTuple):
    """Some units of a graph.

    Parameters
    ----------
    members : what the units hold, described in full
    context : what members point at, and namesakes of theirs
    """

    members: Described
    context: Described

    def quads(self) -> Iterator[ox.Quad]:
        """Yield everything: what shapes are held against."""
        for described in (self.members, self.context):
            for quads in described.values():
                yield from quads

    def evidence(self) -> Iterator[ox.Quad]:
        """Yield what verdicts and checks may rest on: not a part of another unit, which is incomplete here."""
        for quads in self.members.values():
            yield from quads
        for quads in self.context.values():
            if not any(quad.predicate in _TO_OWNER for quad in quads):
                yield from quads


class Evidence:
    """The evidence in a store, without what was derived from it.

    Parameters
    ----------
    ontology : subjects of the ontology, which belong to no unit
    derived : whether the store already holds derived triples, which are then left out
    """

    def __init__(self, store: ox.Store, ontology: Collection[Node], *, derived: bool = False) -> None:
        self._store = store
        self._ontology = frozenset(ontology)
        self._derived = derived

    def description(self, node: Node) -> list[ox.Quad]:
        """Return the statements about a node."""
        quads = list(self._store.quads_for_pattern(node, None, None, _DEFAULT))
        if not self._derived or not quads:
            return quads
        out = {(q.predicate, q.object) for q in self._store.quads_for_pattern(node, None, None, DERIVED)}
        return [q for q in quads if (q.predicate, q.object) not in out]

    def roots(self) -> Iterator[Node]:
        """Return what belongs to nothing, in the order of the store, which is read once.

        Holds the candidates and the hash of every owner and part: about a kilobyte per study.
        """
        candidates: list[Node] = []
        owners: set[int] = set()
        parts: set[int] = set()
        subject: Node | None = None
        owned = False
        for quad in self._store.quads_for_pattern(None, None, None, _DEFAULT):
            if quad.subject != subject:
                if subject is not None and not owned:
                    candidates.append(subject)
                subject, owned = quad.subject, quad.subject in self._ontology
            if quad.predicate in _TO_PART:
                parts.add(hash(quad.object))
            elif not owned and quad.predicate in _TO_OWNER and quad.object != subject:
                owned = hash(quad.object) in owners or self._is_described(quad.object)
                if owned:
                    owners.add(hash(quad.object))
        if subject is not None and not owned:
            candidates.append(subject)
        return (node for node in candidates if hash(node) not in parts)

    def roots_of(self, nodes: Iterable[Node]) -> set[Node]:
        """Return the roots that some nodes belong to."""
        found: set[Node] = set()
        seen: set[Node] = set()
        queue = list(nodes)
        while queue:
            node = queue.pop()
            if node in seen:
                continue
            seen.add(node)
            owners: list[Node] = [
                q.object
                for q in self.description(node)
                if q.predicate in _TO_OWNER and isinstance(q.object, Node) and q.object != node
            ]
            owners = [owner for owner in owners if self._is_described(owner)]
            owners += [q.subject for p in TO_PART for q in self._store.quads_for_pattern(None, p, node, _DEFAULT)]
            queue += owners
            if not owners and self._is_described(node):
                found.add(node)
        return found

    def referring(self, nodes: Iterable[Node]) -> set[Node]:
        """Return what points at some nodes."""
        return {q.subject for node in nodes for q in self._store.quads_for_pattern(None, None, node, _DEFAULT)}

    def cut(self, roots: Iterable[Node]) -> Cut:
        """Return the units of some roots with their context."""
        members: Described = {}
        for root in roots:
            self._add_unit(root, members)
        context: Described = {}
        for node in self._neighbours(members):
            if node not in members and node not in context and node not in self._ontology:
                quads = self.description(node)
                if quads:
                    context[node] = quads
        return Cut(members, context)

    def _is_described(self, node: object) -> bool:
        if not isinstance(node, Node) or node in self._ontology:
            return False
        return next(self._store.quads_for_pattern(node, None, None, _DEFAULT), None) is not None

    def _add_unit(self, root: Node, members: Described) -> None:
        queue = [root]
        while queue:
            node = queue.pop()
            if node in members or node in self._ontology:
                continue
            quads = self.description(node)
            if not quads:
                continue
            members[node] = quads
            queue += [q.object for q in quads if q.predicate in _TO_PART and isinstance(q.object, Node)]
            queue += self._parts(node, hub=node == root)

    def _parts(self, node: Node, *, hub: bool) -> list[Node]:
        """Return what says that it belongs to a node.

        Everything that points at a source is too much to look through; at an arm or an analysis that is quicker than
        asking for each property.
        """
        if hub:
            return [q.subject for p in TO_OWNER for q in self._store.quads_for_pattern(None, p, node, _DEFAULT)]
        return [
            q.subject for q in self._store.quads_for_pattern(None, None, node, _DEFAULT) if q.predicate in _TO_OWNER
        ]

    def _neighbours(self, members: Described) -> Iterator[Node]:
        for node, quads in members.items():
            in_study = any(q.predicate == _PART_OF for q in quads)
            for quad in quads:
                if isinstance(quad.object, Node):
                    yield quad.object
                elif quad.predicate in _IDENTIFIERS:
                    yield from self._having(quad.predicate, quad.object)
                elif quad.predicate == _LABEL and not in_study:
                    yield from self._namesake(node, quad.object, quads)
                yield quad.predicate
            if any(q.predicate == _FEATURE and q.object == _REGISTRY for q in quads):
                yield from self._registered(quads)

    def _having(self, predicate: ox.NamedNode, value: Term) -> Iterator[Node]:
        for quad in self._store.quads_for_pattern(None, predicate, value, _DEFAULT):
            yield quad.subject

    def _namesake(self, node: Node, label: Term, quads: list[ox.Quad]) -> Iterator[Node]:
        """Yield one other thing of the same label and class: one is enough for the shape of unique labels."""
        kinds = {q.object for q in quads if q.predicate == _TYPE}
        for other in self._having(_LABEL, label):
            if other != node and kinds & {
                q.object for q in self._store.quads_for_pattern(other, _TYPE, None, _DEFAULT)
            }:
                yield other
                return

    def _registered(self, quads: list[ox.Quad]) -> Iterator[Node]:
        """Yield the studies whose registry number stands in a statement on registration."""
        for quad in quads:
            if quad.predicate == _STATEMENT and isinstance(quad.object, ox.Literal):
                for word in _WORD.findall(quad.object.value):
                    yield from self._having(_IDENTIFIERS[0], ox.Literal(word.strip(_EDGE)))
