"""The description for machines, counted again by rdflib, and held against a shape in the manner of DCAT-AP."""

import csv
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyshacl
import pytest
from rdflib import DCTERMS, OWL, RDF, Graph, Literal, Namespace, URIRef
from rdflib.plugins.sparql import prepareQuery

import her2kg
from her2kg.description import description
from her2kg.errors import Her2kgError
from her2kg.knowledge import KnowledgeGraph

ROOT = Path(__file__).parent.parent
VOID = Namespace("http://rdfs.org/ns/void#")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
SH = Namespace("http://www.w3.org/ns/shacl#")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
DATASET = URIRef("https://w3id.org/her2kg/id/her2kg")

# What DCAT-AP 3 asks of a dataset and a distribution, and VoID of a partition and a linkset.
SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix void: <http://rdfs.org/ns/void#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix spdx: <http://spdx.org/rdf/terms#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix : <urn:shape:> .

:dataset sh:targetClass dcat:Dataset ;
    sh:property [ sh:path dcterms:title ; sh:minCount 1 ; sh:nodeKind sh:Literal ] ,
        [ sh:path dcterms:description ; sh:minCount 1 ; sh:nodeKind sh:Literal ] ,
        [ sh:path dcterms:license ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ,
        [ sh:path dcterms:publisher ; sh:minCount 1 ; sh:maxCount 1 ; sh:class foaf:Agent ] ,
        [ sh:path dcterms:issued ; sh:maxCount 1 ; sh:minCount 1 ; sh:datatype xsd:date ] ,
        [ sh:path dcterms:modified ; sh:maxCount 1 ; sh:minCount 1 ; sh:datatype xsd:date ] ,
        [ sh:path dcat:version ; sh:minCount 1 ; sh:maxCount 1 ] ,
        [ sh:path dcat:distribution ; sh:minCount 1 ; sh:class dcat:Distribution ] ,
        [ sh:path void:triples ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:integer ; sh:minExclusive 0 ] ,
        [ sh:path void:exampleResource ; sh:minCount 1 ; sh:nodeKind sh:IRI ] .
:distribution sh:targetClass dcat:Distribution ;
    sh:property [ sh:path dcat:accessURL ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ,
        [ sh:path dcterms:license ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ,
        [ sh:path dcat:mediaType ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ,
        [ sh:path spdx:checksum ; sh:maxCount 1 ; sh:class spdx:Checksum ] .
:checksum sh:targetClass spdx:Checksum ;
    sh:property [ sh:path spdx:checksumValue ; sh:minCount 1 ; sh:maxCount 1 ; sh:pattern "^[0-9a-f]{64}$" ] ,
        [ sh:path spdx:algorithm ; sh:minCount 1 ; sh:maxCount 1 ] .
:class-partition sh:targetObjectsOf void:classPartition ;
    sh:property [ sh:path void:class ; sh:minCount 1 ; sh:maxCount 1 ] , [ sh:path void:entities ; sh:minCount 1 ; sh:maxCount 1 ] .
:property-partition sh:targetObjectsOf void:propertyPartition ;
    sh:property [ sh:path void:property ; sh:minCount 1 ; sh:maxCount 1 ] , [ sh:path void:triples ; sh:minCount 1 ; sh:maxCount 1 ] .
:linkset sh:targetClass void:Linkset ;
    sh:property [ sh:path void:linkPredicate ; sh:minCount 1 ; sh:maxCount 1 ] , [ sh:path void:subjectsTarget ; sh:minCount 1 ; sh:maxCount 1 ] ,
        [ sh:path void:objectsTarget ; sh:minCount 1 ; sh:maxCount 1 ] , [ sh:path void:triples ; sh:minCount 1 ; sh:maxCount 1 ] .
:service sh:targetClass dcat:DataService ;
    sh:property [ sh:path dcat:endpointURL ; sh:minCount 1 ; sh:nodeKind sh:IRI ] , [ sh:path dcterms:title ; sh:minCount 1 ] .
:example sh:targetClass sh:SPARQLExecutable ;
    sh:property [ sh:path sh:select ; sh:minCount 1 ; sh:maxCount 1 ] , [ sh:path <http://www.w3.org/2000/01/rdf-schema#comment> ; sh:minCount 1 ] .
"""


@pytest.fixture(scope="module")
def text(kg: KnowledgeGraph) -> str:
    return description(kg)


@pytest.fixture(scope="module")
def said(text: str) -> Graph:
    return Graph().parse(data=text, format="turtle")


def number(graph: Graph, subject: object, predicate: URIRef) -> int:
    (value,) = graph.objects(subject, predicate)
    return int(value)


def conforms(graph: Graph) -> tuple[bool, str]:
    shapes = Graph().parse(data=SHAPES, format="turtle")
    valid, _, report = pyshacl.validate(graph, shacl_graph=shapes)
    return valid, report


def test_sizes_are_those_of_the_graph(said: Graph, graph: Graph) -> None:
    assert number(said, DATASET, VOID.triples) == len(graph)
    assert number(said, DATASET, VOID.distinctSubjects) == len(set(graph.subjects()))
    assert number(said, DATASET, VOID.distinctObjects) == len(set(graph.objects()))
    assert number(said, DATASET, VOID.properties) == len(set(graph.predicates()))
    assert number(said, DATASET, VOID.classes) == len(set(graph.objects(None, RDF.type)))


def test_partitions_are_those_of_the_graph(said: Graph, graph: Graph) -> None:
    classes = Counter(kind for _, kind in set(graph.subject_objects(RDF.type)))
    parts = list(said.objects(DATASET, VOID.classPartition))
    assert {said.value(p, VOID["class"]): number(said, p, VOID.entities) for p in parts} == classes
    properties = Counter(p for _, p, _ in graph)
    parts = list(said.objects(DATASET, VOID.propertyPartition))
    assert {said.value(p, VOID.property): number(said, p, VOID.triples) for p in parts} == properties


def test_the_derived_part_is_told_apart(said: Graph, graph: Graph, curated: Graph, ontology_size: int) -> None:
    (subset,) = said.objects(DATASET, VOID.subset)
    # What is neither curated nor ontology was derived; a derived triple may also be curated, which makes it no less derived.
    assert number(said, subset, VOID.triples) >= len(graph) - len(curated) - ontology_size


@pytest.fixture(scope="module")
def ontology_size() -> int:
    return len(Graph().parse(ROOT / "ontology" / "her2kg.ttl"))


def test_linksets_count_the_rows_of_the_mapping_table(said: Graph) -> None:
    lines = (ROOT / "ontology" / "mappings.sssom.tsv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"))
    linksets = list(said.subjects(RDF.type, VOID.Linkset))
    assert sum(number(said, link, VOID.triples) for link in linksets) == len(rows)
    kinds = Counter((row["object_id"].partition(":")[0], row["predicate_id"].partition(":")[2]) for row in rows)
    assert (
        Counter(
            {
                (str(link).rpartition("-")[2], str(said.value(link, VOID.linkPredicate)).rpartition("#")[2]): number(
                    said, link, VOID.triples
                )
                for link in linksets
            }
        )
        == kinds
    )


def test_licence_version_and_days_are_what_the_data_say(said: Graph, curated: Graph) -> None:
    assert said.value(DATASET, DCTERMS.license) == URIRef("https://creativecommons.org/licenses/by/4.0/")
    for p in (OWL.versionInfo, DCTERMS.issued, DCTERMS.modified):
        assert said.value(DATASET, p) == curated.value(DATASET, p)
    assert str(said.value(DATASET, DCAT.version)) == str(curated.value(DATASET, OWL.versionInfo))


def test_it_conforms_and_what_is_left_out_is_noticed(said: Graph) -> None:
    assert conforms(said) == (True, conforms(said)[1])
    for s, p in (
        (DATASET, DCTERMS.license),
        (DATASET, VOID.triples),
        (next(said.objects(DATASET, DCAT.distribution)), DCAT.accessURL),
        (next(said.objects(DATASET, VOID.classPartition)), VOID["class"]),
    ):
        less = Graph() + said
        less.remove((s, p, None))
        assert not conforms(less)[0], p


def test_files_have_their_size_and_checksum(said: Graph) -> None:
    import hashlib

    files = {str(said.value(d, DCTERMS.title)): d for d in said.objects(DATASET, DCAT.distribution)}
    assert set(files) == {
        str(path.relative_to(ROOT)) for folder in ("data", "ontology") for path in (ROOT / folder).glob("*.ttl")
    }
    for name, node in files.items():
        content = (ROOT / name).read_bytes()
        assert number(said, node, DCAT.byteSize) == len(content)
        checksum = said.value(node, SPDX.checksum)
        assert str(said.value(checksum, SPDX.checksumValue)) == hashlib.sha256(content).hexdigest()


def test_example_queries_are_sparql_and_example_resources_are_there(said: Graph, graph: Graph) -> None:
    examples = list(said.subjects(RDF.type, SH.SPARQLSelectExecutable))
    assert len(examples) > 50
    for example in examples:
        prepareQuery(str(said.value(example, SH.select)))
    resources = set(said.objects(DATASET, VOID.exampleResource))
    assert len(resources) > 5
    assert {r for r in resources if (r, RDF.type, None) not in graph} == set()


def test_an_endpoint_is_named_where_there_is_one(kg: KnowledgeGraph, said: Graph) -> None:
    address = URIRef("http://localhost:8000/sparql")
    served = Graph().parse(data=description(kg, str(address)), format="turtle")
    assert list(served.objects(DATASET, VOID.sparqlEndpoint)) == [address]
    assert (address, SD.endpoint, address) in served
    assert conforms(served)[0]
    assert list(said.objects(DATASET, VOID.sparqlEndpoint)) == []


def test_it_is_the_same_in_every_process(text: str) -> None:
    code = "import her2kg; from her2kg.description import description; print(description(her2kg.load()), end='')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "7"},
    )
    assert done.stdout == text


def test_another_graph_describes_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HER2KG_GRAPH", str(Path(__file__).parent / "another_disease"))
    said = Graph().parse(data=description(her2kg.load()), format="turtle")
    (dataset,) = said.subjects(RDF.type, DCAT.Dataset)
    assert str(said.value(dataset, DCTERMS.title)) == "Invented evidence on EGFR-targeted therapy in lung cancer"
    assert list(said.objects(dataset, DCAT.distribution)) == []
    assert said.value(dataset, OWL.versionInfo) == Literal("test")


def test_a_graph_that_does_not_describe_itself_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "one.ttl").write_text(
        '<https://w3id.org/her2kg/id/a> <http://www.w3.org/2000/01/rdf-schema#label> "a" .', encoding="utf-8"
    )
    monkeypatch.setenv("HER2KG_GRAPH", str(tmp_path))
    with pytest.raises(Her2kgError, match="no her2:EvidenceGraph"):
        description(her2kg.load())
