"""Verdicts, findings, names and violations of some units, worked out in memory by the rules of a small graph."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import pyoxigraph as ox

from her2kg import fast_shapes, resources, snapshot
from her2kg.building.partition import Evidence, Node
from her2kg.compiler import name_quads, phrase_quads
from her2kg.engine import DERIVED, Engine, parse_turtle
from her2kg.headers import read_rule
from her2kg.inspection import as_triples, inspect
from her2kg.rules import derive
from her2kg.terms import HER2, PREFIXES, curie, expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from her2kg.building.partition import Cut
    from her2kg.violations import Violation

FIRST_ONLY = frozenset({"her2:KnownClassShape", "her2:KnownPropertyShape"})
"""Shapes that report only the first of all nodes at fault, so that batches are compared once more."""
_TARGET = ox.NamedNode(PREFIXES["sh"] + "targetObjectsOf")


class Outcome(NamedTuple):
    """What a batch gives.

    Parameters
    ----------
    derived : triples that rules and checks derive
    names : look-up names, kinds and phrases of questions, in their named graph
    violations : what the shapes find, on the members of the batch
    """

    derived: list[ox.Triple]
    names: list[ox.Quad]
    violations: list[Violation]


class Judge:
    """Works out batches; holds the ontology and the rules, so that a process reads them once."""

    def __init__(self) -> None:
        self.ontology = [quad for path in resources.ontology_files() for quad in parse_turtle(path)]
        self.terms = frozenset(quad.subject for quad in self.ontology)
        self._rules = [read_rule(path) for path in resources.rule_files()]
        self._of_objects = _shapes_of_objects()

    @cached_property
    def _lexicon(self) -> Mapping[str, Any]:
        """The vocabulary of questions over the shipped graph."""
        return snapshot.load().lexicon

    def evidence(self, store: ox.Store, *, derived: bool = False) -> Evidence:
        """Return the evidence in a store."""
        return Evidence(store, self.terms, derived=derived)

    def derive(self, cut: Cut) -> Engine:
        """Return the evidence of a batch with what follows from it."""
        engine = Engine(ox.Store())
        engine.store.extend(self.ontology)
        engine.store.extend(cut.evidence())
        derive(engine, self._rules)
        engine.add_derived(as_triples(inspect(engine)))
        return engine

    def outcome(self, cut: Cut) -> Outcome:
        """Derive, name and validate the members of a batch."""
        engine = self.derive(cut)
        derived = derived_triples(engine)
        own: set[object] = {*cut.members, *(triple.subject for triple in derived)}
        own -= {*cut.context, *self.terms}
        names = [quad for quad in (*name_quads(engine), *phrase_quads(engine, self._lexicon)) if quad.subject in own]
        return Outcome(derived, names, self.violations(cut))

    def violations(self, cut: Cut) -> list[Violation]:
        """Return what the shapes find on the members of a batch."""
        own = {_shown(node) for node in cut.members}
        blank = any(isinstance(node, ox.BlankNode) for node in cut.members)
        pointed = {_shown(q.object) for quads in cut.members.values() for q in quads if isinstance(q.object, Node)}
        return [
            found
            for found in _validate([*self.ontology, *cut.quads()])
            if found.focus in own
            or (":" not in found.focus and blank)  # the engine names blank nodes anew
            or found.shape in FIRST_ONLY
            or (found.shape in self._of_objects and found.focus in pointed)
        ]

    def of_the_whole(self, evidence: Evidence, found: set[Violation]) -> set[Violation]:
        """Return, of what the shapes found in all batches, what they find in the whole graph."""
        found = found | set(self.on_ontology())
        first = {one for one in found if one.shape in FIRST_ONLY}
        return (found - first) | set(self._first_only(evidence, first)) if first else found

    def _first_only(self, evidence: Evidence, candidates: Iterable[Violation]) -> list[Violation]:
        """Return, of findings that each batch made on its first node, those that the whole graph makes."""
        nodes = {_node(one.focus) for one in candidates}
        cut = evidence.cut(())._replace(members={node: evidence.description(node) for node in nodes})
        around = {obj: evidence.description(obj) for quads in cut.members.values() for obj in _kinds_and_paths(quads)}
        return [
            one for one in _validate([*self.ontology, *cut._replace(context=around).quads()]) if one.shape in FIRST_ONLY
        ]

    def names_of_ontology(self) -> list[ox.Quad]:
        """Return the look-up names of the ontology's terms."""
        engine = Engine(ox.Store())
        engine.store.extend(self.ontology)
        return name_quads(engine)

    def on_ontology(self) -> list[Violation]:
        """Return what the shapes find on the ontology itself."""
        return _validate(self.ontology)


def derived_triples(engine: Engine) -> list[ox.Triple]:
    """Return what was derived in an engine."""
    return [quad.triple for quad in engine.store.quads_for_pattern(None, None, None, DERIVED)]


def _validate(quads: list[ox.Quad]) -> list[Violation]:
    if fast_shapes.installed():
        return fast_shapes.find(quads)
    from her2kg.validation import graph_of_quads, validate_graph

    return validate_graph(graph_of_quads(quads))


def _shapes_of_objects() -> frozenset[str]:
    """Return the shapes about what others point at: they hold for nodes of which only a pointer is in the batch."""
    quads = parse_turtle(os.fspath(resources.shapes_file()))
    return frozenset(_shown(quad.subject) for quad in quads if quad.predicate == _TARGET)


def _kinds_and_paths(quads: list[ox.Quad]) -> set[Node]:
    kinds: set[Node] = {
        q.object for q in quads if isinstance(q.object, ox.NamedNode) and q.object.value.startswith(HER2)
    }
    return kinds | {q.predicate for q in quads}


def _shown(node: Node) -> str:
    return curie(node.value) if isinstance(node, ox.NamedNode) else str(node)


def _node(focus: str) -> Node:
    return ox.NamedNode(expand(focus) or focus)
