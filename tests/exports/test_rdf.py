"""The RDF formats, read back by parsers that are not the writers: pyoxigraph, rdflib, PyLD, lxml."""

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace

import pyoxigraph as ox
import pytest
import rdflib
from export_readers import shipped
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from pyld import jsonld

from her2kg.engine import DERIVED, Engine
from her2kg.errors import Her2kgError
from her2kg.exports.formats import Export, find
from her2kg.exports.rdf_quads import quads
from her2kg.headers import read_rule
from her2kg.knowledge import KnowledgeGraph
from her2kg.names import NAMES
from her2kg.resources import rule_files
from her2kg.rules import derive
from her2kg.tables import Thing

ROOT = Path(__file__).parent.parent.parent
RDF_FORMATS = {
    "turtle": (ox.RdfFormat.TURTLE, "turtle"),
    "nquads": (ox.RdfFormat.N_QUADS, "nquads"),
    "jsonld": (ox.RdfFormat.JSON_LD, "json-ld"),
    "rdfxml": (ox.RdfFormat.RDF_XML, "xml"),
}
# rdflib's own parsers use what its own Dataset deprecates.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Dataset:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning"),
]
HER2 = "https://w3id.org/her2kg/ontology#"
TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
KG = "https://w3id.org/her2kg/id/"
DAY = "2020-04-30"


def written(knowledge: KnowledgeGraph, name: str, as_of: str | None = None) -> bytes:
    ((_, chunks),) = find(name).write(Export(knowledge, as_of=as_of))
    return b"".join(chunks)


def small(triples: Iterable[ox.Triple]) -> KnowledgeGraph:
    """Return a graph of a few triples, as the formats see one."""
    store = ox.Store()
    store.extend(ox.Quad(*triple) for triple in triples)
    return KnowledgeGraph(SimpleNamespace(engine=Engine(store)))  # type: ignore[arg-type]


def canonical(found: Iterable[ox.Quad]) -> set[ox.Quad]:
    """Return triples with settled blank nodes, so that isomorphic graphs are equal; graph names are left out.

    Only triples with blank nodes, which are few, have a say in what those are called.
    """
    triples = {ox.Quad(*quad.triple) for quad in found}
    blank = {q for q in triples if isinstance(q.subject, ox.BlankNode) or isinstance(q.object, ox.BlankNode)}
    dataset = ox.Dataset(blank)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return triples - blank | set(dataset)


def held(knowledge: KnowledgeGraph) -> set[ox.Quad]:
    return canonical(knowledge.engine.store.quads_for_pattern(None, None, None, ox.DefaultGraph()))


def by_pyoxigraph(content: bytes, name: str) -> set[ox.Quad]:
    return canonical(ox.parse(content, format=RDF_FORMATS[name][0]))


def by_rdflib(content: bytes, name: str, monkeypatch: pytest.MonkeyPatch) -> set[ox.Quad]:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)  # keep lexical forms, which are compared
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(data=content, format=RDF_FORMATS[name][1])
    return canonical(ox.Quad(*map(as_pyoxigraph, triple)) for triple in dataset.triples((None, None, None)))


def as_pyoxigraph(term: rdflib.term.Node) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    if isinstance(term, rdflib.Literal):
        if term.language:
            return ox.Literal(str(term), language=term.language)
        return ox.Literal(str(term), datatype=ox.NamedNode(term.datatype) if term.datatype else None)
    return ox.BlankNode(str(term)) if isinstance(term, rdflib.BNode) else ox.NamedNode(str(term))


def by_pyld(content: bytes) -> set[ox.Quad]:
    text = jsonld.to_rdf(json.loads(content), {"format": "application/n-quads"})
    return canonical(ox.parse(text.encode(), format=ox.RdfFormat.N_QUADS))


def with_plain_doubles(found: set[ox.Quad]) -> set[tuple[object, ...]]:
    """PyLD writes every double in its canonical form, 1.0E0; compare those by value."""
    double = ox.NamedNode("http://www.w3.org/2001/XMLSchema#double")
    return {
        (quad.subject, quad.predicate, float(quad.object.value.replace("INF", "inf")).hex())
        if isinstance(quad.object, ox.Literal) and quad.object.datatype == double
        else tuple(quad.triple)
        for quad in found
    }


# The shipped graph


@pytest.fixture(scope="module")
def whole(kg: KnowledgeGraph) -> set[ox.Quad]:
    return held(kg)


@pytest.mark.parametrize("name", RDF_FORMATS)
def test_two_parsers_read_the_graph_that_was_written(
    whole: set[ox.Quad], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert by_pyoxigraph(shipped(name), name) == whole
    assert by_rdflib(shipped(name), name, monkeypatch) == whole


def test_a_json_ld_processor_reads_the_graph_that_was_written(whole: set[ox.Quad]) -> None:
    assert with_plain_doubles(by_pyld(shipped("jsonld"))) == with_plain_doubles(whole)


def test_nquads_tell_what_was_derived_and_leave_the_names_out(kg: KnowledgeGraph) -> None:
    found = list(ox.parse(shipped("nquads"), format=ox.RdfFormat.N_QUADS))
    assert {quad.graph_name for quad in found} == {ox.DefaultGraph(), DERIVED}
    assert {q.triple for q in found if q.graph_name == DERIVED} == {
        q.triple for q in kg.engine.store.quads_for_pattern(None, None, None, DERIVED)
    }
    assert NAMES.value.encode() not in shipped("nquads")
    verdict, failed = ox.NamedNode(HER2 + "outcome"), ox.NamedNode(HER2 + "Failed")
    assert {q.graph_name for q in found if (q.predicate, q.object) == (verdict, failed)} == {DERIVED}


def test_numbers_of_the_json_are_those_printed(kg: KnowledgeGraph) -> None:
    """Read as plain JSON, without a JSON-LD processor."""
    nodes = {node["id"]: node for node in json.loads(shipped("jsonld"))["graph"]}
    rows = kg.sparql(
        """SELECT ?report ?value ?lower ?upper ?p (STR(?v) AS ?number) ?measure ?study WHERE {
        ?report a her2:EffectReport ; her2:valueText ?value ; her2:value ?v ; her2:measure ?measure ;
          her2:ofAnalysis/her2:partOfStudy ?study .
        OPTIONAL { ?report her2:lowerText ?lower } OPTIONAL { ?report her2:upperText ?upper }
        OPTIONAL { ?report her2:pText ?p } }"""
    )
    assert len(rows) > 100
    for row in rows:
        node = nodes[row["report"].id]
        assert [node.get(key) for key in ("valueText", "lowerText", "upperText", "pText")] == [
            row[key] for key in ("value", "lower", "upper", "p")
        ]
        assert node["value"] == row["number"] or node["value"]["@value"] == row["number"]
        assert nodes[node["measure"]]["label"]["@value"] == row["measure"].label
        assert nodes[nodes[node["ofAnalysis"]]["partOfStudy"]]["label"] == row["study"].label
    assert nodes["kg:ToGA-OS-bang-2010"]["lowerText"] == "0.60"
    assert nodes["kg:ToGA-OS-bang-2010"]["value"] == "0.74"


def keys(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for each in value.values() for key in keys(each)}
    return {key for each in value for key in keys(each)} if isinstance(value, list) else set()


def test_keys_of_the_json_are_short_and_explained() -> None:
    document = json.loads(shipped("jsonld"))
    explained = {*document["@context"], "@value", "@language"}
    assert {key for node in document["graph"] for key in keys(node)} - explained == set()
    assert {key for key in explained if ":" in key or "/" in key} == set()


def test_the_shipped_context_is_that_of_the_ontology(kg: KnowledgeGraph) -> None:
    path = ROOT / "scripts" / "make_context.py"
    spec = importlib.util.spec_from_file_location("make_context", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    there = (ROOT / "ontology" / "context.jsonld").read_text(encoding="utf-8")
    assert module.text() == there, "run python scripts/make_context.py"


@pytest.mark.parametrize("name", RDF_FORMATS)
def test_nothing_is_called_nan_or_none(name: str) -> None:
    text = shipped(name).decode()
    assert not {word for word in ('"None"', '"nan"', '"NaN"', ">None<", ">nan<", ">NaN<") if word in text}
    assert str(ROOT) not in text


def test_blank_nodes_are_those_of_owl_lists_only() -> None:
    lists = {"AllDisjointClasses", "first", "rest", "nil", "members"}
    for quad in ox.parse(shipped("nquads"), format=ox.RdfFormat.N_QUADS):
        if isinstance(quad.subject, ox.BlankNode):
            assert {
                quad.predicate.value.rpartition("#")[2],
                getattr(quad.object, "value", "").rpartition("#")[2],
            } & lists


EVERY_BYTE = """
import hashlib, her2kg
from her2kg.exports.formats import Export, find
export = Export(her2kg.load())
for name in ("turtle", "nquads", "jsonld", "rdfxml", "fhir", "nanopub"):
    ((file, chunks),) = find(name).write(export)
    print(name, hashlib.sha256(b"".join(chunks)).hexdigest())
"""


def test_the_same_bytes_whatever_the_process_and_the_hash_seed() -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", EVERY_BYTE]
    there = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    here = "".join(
        f"{name} {hashlib.sha256(shipped(name)).hexdigest()}\n" for name in (*RDF_FORMATS, "fhir", "nanopub")
    )
    assert here == there


# As of a day


def known(quads_: Iterable[ox.Quad], name: str) -> dict[str, str]:
    predicate = ox.NamedNode(HER2 + name)
    return {quad.subject.value: quad.object.value for quad in quads_ if quad.predicate == predicate}


def test_as_of_a_day_nothing_later_is_left(kg: KnowledgeGraph) -> None:
    found = list(ox.parse(shipped("nquads", DAY), format=ox.RdfFormat.N_QUADS))
    later = [
        quad
        for quad in found
        if isinstance(quad.object, ox.Literal)
        and quad.object.datatype.value.endswith("#date")
        and quad.object.value not in {"9999-12-31"}
        and quad.object.value > DAY
    ]
    dated = {"http://purl.org/dc/terms/issued", "http://purl.org/dc/terms/modified"}  # of the ontology
    assert {quad.predicate.value for quad in later} <= dated
    assert set(known(found, "knownUntil").values()) == {"9999-12-31"}
    whole = list(ox.parse(shipped("nquads"), format=ox.RdfFormat.N_QUADS))
    missing = {q.subject for q in whole} - {q.subject for q in found}
    assert len(missing) > 1000
    assert [quad for quad in found if quad.object in missing] == []


def test_as_of_a_day_reports_sources_and_verdicts_are_those_then_known(kg: KnowledgeGraph) -> None:
    found = list(ox.parse(shipped("nquads", DAY), format=ox.RdfFormat.N_QUADS))
    kinds = {ox.NamedNode(HER2 + kind) for kind in ("Source", "EffectReport", "ArmReport", "EvidenceItem")}
    subjects = {quad.subject.value for quad in found if quad.predicate == TYPE and quad.object in kinds}
    rows = kg.sparql(
        f"""SELECT DISTINCT (STR(?thing) AS ?iri) WHERE {{
        ?thing a ?kind ; her2:knownFrom ?from FILTER(?from <= "{DAY}"^^xsd:date)
        VALUES ?kind {{ her2:Source her2:EffectReport her2:ArmReport her2:EvidenceItem }} }}"""
    )
    assert subjects == set(rows.column("iri"))
    answer = kg.query("agents-by-verdict", as_of=DAY, outcome="failed", line="second line")
    outcome, line = known(found, "outcome"), known(found, "lineOfTherapy")
    failed = {
        agent.replace(KG, "kg:")
        for verdict, agent in known(found, "agent").items()
        if outcome.get(verdict) == HER2 + "Failed" and line.get(verdict) == HER2 + "SecondLine"
    }
    asked_about = set(kg.sparql("SELECT (STR(?a) AS ?agent) WHERE { ?a her2:target kg:HER2 }").column("agent"))
    asked_about = {str(agent).replace(KG, "kg:") for agent in asked_about}
    assert failed & asked_about == {thing.id for thing in answer.answer if isinstance(thing, Thing)} > set()


def test_verdicts_as_of_a_day_follow_from_what_is_exported_as_of_that_day(kg: KnowledgeGraph) -> None:
    """Derived anew from the facts of the export alone, the verdicts in force are the same."""
    found = list(ox.parse(shipped("nquads", DAY), format=ox.RdfFormat.N_QUADS))
    engine = Engine(ox.Store())
    engine.store.extend(quad for quad in found if quad.graph_name == ox.DefaultGraph())
    derive(engine, [read_rule(path) for path in rule_files()])
    verdicts = """SELECT ?verdict ?outcome WHERE {
      VALUES ?kind { her2:EndpointVerdict her2:ComparisonVerdict her2:AgentVerdict }
      ?verdict a ?kind ; her2:outcome ?outcome ; her2:knownUntil "9999-12-31"^^xsd:date }"""
    exported = Engine(ox.Store())
    exported.store.extend(ox.Quad(*quad.triple) for quad in found)
    anew = set(engine.select(verdicts).rows)
    assert len(anew) > 50
    assert ox.NamedNode(HER2 + "Nominal") in {outcome for _, outcome in anew}
    assert set(exported.select(verdicts).rows) == anew


# Any graph

HAZARDS = [
    "≥2L & <post-trastuzumab>",
    'quote " and \\ backslash',
    "line\nbreak\ttab\r\ncarriage return \r",
    "  spaces around  ",
    "form\ffeed, bell\x07, \x85, \u2028",
    "emoji 🧬, combining e\u0301, Ελληνικά, 漢字, \ufeff",
    "]]> <!-- --> &amp; {{x}} @context _:b0 kg:ToGA http://a b",
    "",
    "@type",
]


def hazardous(text: str) -> KnowledgeGraph:
    label, node = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label"), ox.NamedNode(KG + "X")
    return small([ox.Triple(node, label, ox.Literal(text)), ox.Triple(node, label, ox.Literal(text, language="en"))])


@pytest.mark.parametrize("text", HAZARDS)
@pytest.mark.parametrize("name", RDF_FORMATS)
def test_hazardous_text_survives(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = hazardous(text)
    content = written(graph, name)
    if name == "rdfxml":
        etree.fromstring(content)
        graph = hazardous(text.replace("\f", "\ufffd").replace("\x07", "\ufffd"))
    assert by_pyoxigraph(content, name) == held(graph)
    assert by_rdflib(content, name, monkeypatch) == held(graph)
    if name == "jsonld":
        assert with_plain_doubles(by_pyld(content)) == with_plain_doubles(held(graph))


NAMES_ = st.sampled_from(["ToGA", "LOGIC-OS", "89zr", "a.b", "x_1", "her2", "value", "É"])
IRIS = st.one_of(
    NAMES_.map(lambda name: KG + name),
    st.sampled_from(["OS", "HazardRatio", "id", "type", "source"]).map(lambda name: HER2 + name),
    st.sampled_from(["urn:isbn:1", "mailto:a@b.org", "https://doi.org/10.1/x#y?z=1&w=%20", "doi:10.1", "tag:a"]),
).map(ox.NamedNode)
PREDICATES = st.sampled_from(
    [
        *(HER2 + name for name in ("value", "n", "source", "knownFrom", "confirmatory", "url", "mine", "id", "type")),
        *("http://www.w3.org/2000/01/rdf-schema#label", "http://purl.org/dc/terms/source", "http://other.org/a/p1"),
        *("http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "http://www.w3.org/2004/02/skos/core#note"),
    ]
).map(ox.NamedNode)
XML_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n\r \"'<>&\\")
)
TYPED = st.sampled_from(
    [
        *(("integer", text) for text in ("5", "-1", "007", "9007199254740993", "x")),
        *(("decimal", text) for text in ("0.60", "1.0", "-3.5", "10")),
        *(("boolean", text) for text in ("true", "1", "yes")),
        *(("double", text) for text in ("1.0E0", "0.1", "INF", "NaN")),
        *(("date", text) for text in ("2020-04-30", "2020")),
        ("anyURI", "http://a b"),
    ]
).map(lambda pair: ox.Literal(pair[1], datatype=ox.NamedNode(f"http://www.w3.org/2001/XMLSchema#{pair[0]}")))
BLANKS = st.sampled_from(["a", "b", "c"]).map(ox.BlankNode)
TEXTS = st.one_of(XML_TEXT.map(ox.Literal), XML_TEXT.map(lambda text: ox.Literal(text, language="en-gb")))
TRIPLES = st.builds(ox.Triple, IRIS | BLANKS, PREDICATES, st.one_of(IRIS, BLANKS, TEXTS, TYPED))


@pytest.mark.parametrize("name", RDF_FORMATS)
@settings(max_examples=50)
@given(triples=st.lists(TRIPLES, max_size=8))
def test_any_small_graph_survives(name: str, triples: list[ox.Triple]) -> None:
    graph = small(triples)
    content = written(graph, name)
    assert by_pyoxigraph(content, name) == held(graph)
    with pytest.MonkeyPatch.context() as patch:
        assert by_rdflib(content, name, patch) == held(graph)
    if name == "jsonld":
        assert with_plain_doubles(by_pyld(content)) == with_plain_doubles(held(graph))


@given(triples=st.lists(TRIPLES, max_size=8))
def test_order_and_blank_node_names_depend_on_the_graph_alone(triples: list[ox.Triple]) -> None:
    renamed = {name: ox.BlankNode() for name in ("a", "b", "c")}

    def other(term: object) -> object:
        return renamed[term.value] if isinstance(term, ox.BlankNode) else term

    again = [ox.Triple(other(t.subject), t.predicate, other(t.object)) for t in reversed(triples)]  # type: ignore[arg-type]
    assert quads(Export(small(triples))) == quads(Export(small(again)))


@pytest.mark.parametrize(
    "predicate", ["http://other.org/1", "http://other.org/", "http://www.w3.org/1999/02/22-rdf-syntax-ns#li"]
)
def test_a_property_that_xml_cannot_name_is_refused_and_named(predicate: str) -> None:
    graph = small([ox.Triple(ox.NamedNode(KG + "X"), ox.NamedNode(predicate), ox.Literal("x"))])
    with pytest.raises(Her2kgError, match=f"cannot name the property <{predicate}>"):
        written(graph, "rdfxml")
    assert by_pyoxigraph(written(graph, "turtle"), "turtle") == held(graph)


def test_an_address_that_json_ld_would_take_for_a_short_form_is_refused() -> None:
    graph = small([ox.Triple(ox.NamedNode("kg:ToGA"), ox.NamedNode(HER2 + "mine"), ox.Literal("x"))])
    with pytest.raises(Her2kgError, match=r"<kg:ToGA>.*angle brackets"):
        written(graph, "jsonld")
    assert by_pyoxigraph(written(graph, "turtle"), "turtle") == held(graph)


@pytest.mark.parametrize("name", ["rdfxml", "jsonld"])
def test_a_triple_about_a_triple_is_refused(name: str) -> None:
    node, relation = ox.NamedNode(KG + "X"), ox.NamedNode(HER2 + "mine")
    graph = small([ox.Triple(node, relation, ox.Triple(node, relation, node))])
    with pytest.raises(Her2kgError, match="triple about a triple"):
        written(graph, name)
