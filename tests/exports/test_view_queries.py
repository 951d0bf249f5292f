"""The queries of the views say the same to a second SPARQL engine: they are portable, and mean what they read."""

from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from her2kg.knowledge import KnowledgeGraph
from her2kg.projection.views import parts
from her2kg.resources import files

QUERIES = [Path(path) for path in files("queries/views", ".rq")]
HER2, KG = "https://w3id.org/her2kg/ontology#", "https://w3id.org/her2kg/id/"
SOME = ("TyTAN", "ATTRACTION-2", "mechanism-met-amplification", "mechanism-compensatory-egfr-activation")
Row = frozenset[tuple[str, object]]


@pytest.fixture(scope="module")
def small(kg: KnowledgeGraph) -> tuple[ox.Store, rdflib.Graph]:
    """A part of the shipped graph in both engines: two trials and two mechanisms with all that is said of them.

    rdflib takes minutes for the whole.
    """
    store, plain = kg.engine.store, ox.DefaultGraph()
    found = [ox.NamedNode(KG + name) for name in SOME]
    seen = set(found)
    for _ in range(3):  # what speaks of them: analyses, reports, verdicts
        found = [
            quad.subject
            for thing in found
            for quad in store.quads_for_pattern(None, None, thing, plain)
            if str(quad.subject).startswith(f"<{KG}") and quad.subject not in seen
        ]
        seen.update(found)
    for _ in range(3):  # what they speak of
        seen |= {
            quad.object
            for thing in seen
            for quad in store.quads_for_pattern(thing, None, None, plain)
            if str(quad.object).startswith(f"<{KG}")
        }
    words = {
        quad.subject
        for quad in store.quads_for_pattern(None, None, None, plain)
        if str(quad.subject).startswith(f"<{HER2}")
    }
    triples = [q.triple for thing in seen | words for q in store.quads_for_pattern(thing, None, None, plain)]
    part = ox.Store()
    part.extend(ox.Quad(*triple) for triple in triples)
    graph = rdflib.Graph()
    graph.parse(data=ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES), format="nt")
    return part, graph


def value(term: object) -> object:
    """Return a term to compare: engines write 2.0 and 2 for the same number."""
    text = term.value if isinstance(term, (ox.NamedNode, ox.Literal)) else str(term)
    kind = str(getattr(term, "datatype", "")).strip("<>").rpartition("#")[2]
    return float(text) if kind in {"decimal", "integer", "double"} else text


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_two_engines_give_the_same_rows(small: tuple[ox.Store, rdflib.Graph], path: Path) -> None:
    store, graph = small
    text = path.read_text(encoding="utf-8")
    solutions = store.query(text)
    names = [variable.value for variable in solutions.variables]
    ours = {rowed(zip(names, solution, strict=True)) for solution in solutions}
    theirs = graph.query(text)
    assert ours
    assert {rowed(zip(map(str, theirs.vars), row, strict=True)) for row in theirs} == ours


def rowed(pairs) -> Row:
    return frozenset((name, value(term)) for name, term in pairs if term is not None)


def test_every_column_of_a_view_has_a_value_in_the_small_graph_or_the_shipped(kg: KnowledgeGraph) -> None:
    """A column that is never filled is a slip in its query; what only retraction or chance fills is named here."""
    rare = {"retracted_on", "choice", "note", "alteration_type"}
    for part in parts():
        solutions = kg.engine.select(part.sparql)
        filled = {
            name
            for row in solutions.rows
            for name, term in zip(solutions.variables, row, strict=True)
            if term is not None
        }
        assert set(part.columns) - filled <= rare
