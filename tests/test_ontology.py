"""The ontology parses, and every term it declares can be understood by a reader."""

from pathlib import Path

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, Graph, Namespace

HER2 = Namespace("https://w3id.org/her2kg/ontology#")
ONTOLOGY = Path(__file__).parent.parent / "ontology" / "her2kg.ttl"


@pytest.fixture(scope="module")
def ontology() -> Graph:
    return Graph().parse(ONTOLOGY)


def own_terms(graph: Graph) -> set:
    return {term for term in graph.subjects(RDF.type) if str(term).startswith(str(HER2))}


def test_every_term_has_one_label_and_one_definition(ontology: Graph) -> None:
    terms = own_terms(ontology)
    assert terms
    bad = [t for t in terms for p in (RDFS.label, SKOS.definition) if len(list(ontology.objects(t, p))) != 1]
    assert bad == []


def test_every_her2_term_used_is_declared(ontology: Graph) -> None:
    used = {node for triple in ontology for node in triple if str(node).startswith(str(HER2))}
    assert used - own_terms(ontology) == set()


def test_domains_and_ranges_are_declared_classes(ontology: Graph) -> None:
    for prop in ontology.subjects(RDF.type, OWL.ObjectProperty):
        for cls in [*ontology.objects(prop, RDFS.domain), *ontology.objects(prop, RDFS.range)]:
            assert (cls, RDF.type, OWL.Class) in ontology, (prop, cls)


def test_every_endpoint_states_its_direction_of_benefit(ontology: Graph) -> None:
    endpoints = set(ontology.subjects(RDF.type, HER2.Endpoint))
    assert endpoints
    assert {e for e in endpoints if (e, HER2.benefitWhen, None) not in ontology} == set()
