"""The curated data dangle nowhere, say every number as it was printed, and give every report its source and place."""

import re
from collections import defaultdict
from decimal import Decimal

import pytest
from rdflib import RDF, RDFS, SKOS, BNode, Graph, Namespace, URIRef

from her2kg.words import name_key

HER2 = Namespace("https://w3id.org/her2kg/ontology#")
KG = "https://w3id.org/her2kg/id/"
NUMBERS = ("value", "lower", "upper", "p")


def subclasses(ontology: Graph, cls: URIRef) -> set:
    return set(ontology.transitive_subjects(RDFS.subClassOf, cls))


def short(node: object) -> str:
    return str(node).rpartition("/")[2].rpartition("#")[2]


def test_no_blank_node(curated: Graph) -> None:
    assert [node for triple in curated for node in triple if isinstance(node, BNode)] == []


def test_no_dangling_thing(curated: Graph) -> None:
    things = {node for node in curated.objects() if str(node).startswith(KG)}
    assert {short(thing) for thing in things - set(curated.subjects())} == set()


def test_every_thing_has_a_type(curated: Graph) -> None:
    assert {short(s) for s in curated.subjects(unique=True) if (s, RDF.type, None) not in curated} == set()


def test_every_source_is_used(curated: Graph) -> None:
    sources = set(curated.subjects(RDF.type, HER2.Source))
    assert sources
    assert {short(s) for s in sources if (None, None, s) not in curated} == set()


def test_every_report_has_one_source_and_a_locator(curated: Graph, ontology: Graph) -> None:
    reports = {r for kind in subclasses(ontology, HER2.Report) for r in curated.subjects(RDF.type, kind)}
    assert reports
    assert {
        short(r): p for r in reports for p in (HER2.source, HER2.locator) if len(set(curated.objects(r, p))) != 1
    } == {}


def test_every_source_has_a_type_and_a_day(curated: Graph) -> None:
    wanted = (HER2.sourceType, HER2.knownFrom, RDFS.label)
    assert [
        (short(s), short(p))
        for s in curated.subjects(RDF.type, HER2.Source)
        for p in wanted
        if len(set(curated.objects(s, p))) != 1
    ] == []


@pytest.mark.parametrize("name", NUMBERS)
def test_printed_text_equals_value(curated: Graph, name: str) -> None:
    pairs = list(curated.subject_objects(HER2[f"{name}Text"]))
    assert pairs
    wrong = {}
    for subject, text in pairs:
        value = curated.value(subject, HER2[name])
        if value is None or Decimal(str(text).replace(",", "")) != Decimal(str(value)):
            wrong[short(subject)] = (str(text), str(value))
    assert wrong == {}


@pytest.mark.parametrize("name", NUMBERS)
def test_every_reported_number_has_its_printed_text(curated: Graph, ontology: Graph, name: str) -> None:
    reports = {r for kind in subclasses(ontology, HER2.Report) for r in curated.subjects(RDF.type, kind)}
    assert {
        short(r) for r in reports if (r, HER2[name], None) in curated and (r, HER2[f"{name}Text"], None) not in curated
    } == set()


def test_labels_are_unique_in_their_class(curated: Graph) -> None:
    seen = defaultdict(set)
    for thing, label in curated.subject_objects(RDFS.label):
        # A label of an arm or population ("ITT") is unique in its study, that of a step ("AKT becomes active") in its mechanism.
        whole = curated.value(thing, HER2.partOfStudy) or curated.value(None, HER2.hasStep, thing)
        for kind in curated.objects(thing, RDF.type):
            seen[short(kind), short(whole), str(label)].add(short(thing))
    assert {key: things for key, things in seen.items() if len(things) > 1} == {}


def test_every_name_of_a_thing_is_unique_in_its_class(curated: Graph) -> None:
    """Names that differ only in case, blanks or hyphens count as the same: that is how they are looked up."""
    seen = defaultdict(set)
    for kind in (HER2.Agent, HER2.AgentClass, HER2.Target, HER2.Source, HER2.Gene, HER2.Biomarker):
        for thing in curated.subjects(RDF.type, kind):
            for name in (*curated.objects(thing, RDFS.label), *curated.objects(thing, SKOS.altLabel)):
                seen[short(kind), name_key(str(name))].add(short(thing))
    assert {key: things for key, things in seen.items() if len(things) > 1} == {}


def test_every_name_of_a_study_is_unique(curated: Graph, ontology: Graph) -> None:
    seen = defaultdict(set)
    for study in {s for kind in subclasses(ontology, HER2.Study) for s in curated.subjects(RDF.type, kind)}:
        for p in (RDFS.label, SKOS.altLabel, HER2.registryNumber):
            for name in curated.objects(study, p):
                seen[name_key(str(name))].add(short(study))
    assert {key: things for key, things in seen.items() if len(things) > 1} == {}


def test_every_registry_number_looks_like_one(curated: Graph) -> None:
    known = re.compile(
        r"NCT\d{8}|UMIN\d{9}|JapicCTI-\d+|ACTRN\d{14}|(EUCTR)?\d{4}-\d{6}-\d{2}|ChiCTR[\w-]+|CTR\w+|ISRCTN\d+|jRCT\w+"
    )
    assert {str(n) for n in curated.objects(None, HER2.registryNumber) if not known.fullmatch(str(n))} == set()
