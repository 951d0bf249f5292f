"""The nanopublications, checked by the nanopub library: their four graphs, and the hash in their names."""

import pickle
import re
import subprocess
import sys
import warnings
from collections import defaultdict
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from export_readers import shipped

from her2kg.exports.nanopub_trusty import artifact_code
from her2kg.knowledge import KnowledgeGraph
from her2kg.tables import Thing

with warnings.catch_warnings():  # what the library uses of rdflib is deprecated there
    warnings.simplefilter("ignore")
    from nanopub import Nanopub
    from nanopub.utils import MalformedNanopubError

pytestmark = [
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Dataset:DeprecationWarning"),
]
HER2, KG = "https://w3id.org/her2kg/ontology#", "https://w3id.org/her2kg/id/"
PROV, NP = "http://www.w3.org/ns/prov#", "http://www.nanopub.org/nschema#"
RDFS_LABEL = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
Graphs = dict[str, list[ox.Quad]]


def publications(content: bytes) -> dict[str, Graphs]:
    """Return the graphs of each nanopublication, by its IRI and the graph's name."""
    found: dict[str, Graphs] = defaultdict(lambda: defaultdict(list))
    for quad in ox.parse(content, format=ox.RdfFormat.TRIG):
        assert isinstance(quad.graph_name, ox.NamedNode)
        iri, _, name = quad.graph_name.value.partition("#")
        found[iri][name].append(quad)
    return found


def as_nanopub(graphs: Graphs) -> Nanopub:
    text = ox.serialize([quad for quads in graphs.values() for quad in quads], format=ox.RdfFormat.N_QUADS)
    graph = rdflib.ConjunctiveGraph()
    graph.parse(data=text, format="nquads")
    return Nanopub(rdf=graph)


def one(graphs: Graphs, name: str, predicate: str) -> str:
    (value,) = {quad.object.value for quad in graphs[name] if quad.predicate.value == predicate}  # type: ignore[union-attr]
    return value


def all_of(graphs: Graphs, name: str, predicate: str) -> set[str]:
    return {quad.object.value for quad in graphs[name] if quad.predicate.value == predicate}  # type: ignore[union-attr]


def check(text: bytes) -> None:
    found = publications(text)
    assert len(found) > 50
    for iri, graphs in found.items():
        assert set(graphs) == {"Head", "assertion", "provenance", "pubinfo"}
        read = as_nanopub(graphs)
        assert read.is_valid
        assert read.has_valid_trusty
        assert read.source_uri == iri


def test_the_library_finds_each_valid_and_its_hash_right(tmp_path: Path) -> None:
    """In a process of its own: other libraries change how rdflib reads literals, and with them the hash."""
    place = tmp_path / "verdicts.pickle"
    place.write_bytes(pickle.dumps(shipped("nanopub")))
    code = f"import pickle, sys; sys.path[:0] = {sys.path!r}; from {__name__} import check; check(pickle.load(open({str(place)!r}, 'rb')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_file_can_be_cut_into_one_publication_each() -> None:
    parts = re.split(r"(?m)^(?=# )", shipped("nanopub").decode())[1:]
    assert [list(publications(part.encode())) for part in parts] == [[iri] for iri in publications(shipped("nanopub"))]


def test_another_word_is_another_hash() -> None:
    graphs = next(iter(publications(shipped("nanopub")).values()))
    failed, succeeded = ox.NamedNode(HER2 + "Failed"), ox.NamedNode(HER2 + "Succeeded")
    other = {failed: succeeded, succeeded: failed}
    graphs["assertion"] = [
        ox.Quad(q.subject, q.predicate, other.get(q.object, q.object), q.graph_name)  # type: ignore[call-overload]
        for q in graphs["assertion"]
    ]
    read = as_nanopub(graphs)
    with pytest.raises(MalformedNanopubError, match="not valid"):
        assert read.has_valid_trusty


def test_the_hash_does_not_depend_on_the_order_of_quads() -> None:
    graphs = next(iter(publications(shipped("nanopub")).values()))
    quads = [quad for each in graphs.values() for quad in each]
    assert artifact_code(quads) == artifact_code([*reversed(quads), *quads])


def test_verdicts_are_those_of_the_graph_with_their_days(kg: KnowledgeGraph) -> None:
    rows = kg.sparql(
        """SELECT ?verdict ?agent ?outcome ?line ?phase ?from ?until WHERE {
        ?verdict a her2:AgentVerdict ; her2:agent ?agent ; her2:outcome ?outcome ; her2:lineOfTherapy ?line ;
          her2:phase ?phase ; her2:knownFrom ?from ; her2:knownUntil ?until }"""
    )
    expected = {
        (
            *(row[key].id for key in ("verdict", "agent", "outcome", "line", "phase")),
            row["from"],
            frozenset({row["until"]} - {"9999-12-31"}),
        )
        for row in rows
    }
    names = ("agent", "outcome", "lineOfTherapy", "phase", "knownFrom")
    found = set()
    for graphs in publications(shipped("nanopub")).values():
        (verdict,) = {quad.subject.value for quad in graphs["assertion"]}  # type: ignore[union-attr]
        values = [one(graphs, "assertion", HER2 + name) for name in names]
        short = [v.replace(KG, "kg:").replace(HER2, "her2:") for v in (verdict, *values)]
        found.add((*short, frozenset(all_of(graphs, "assertion", HER2 + "knownUntil"))))
    assert found == expected


@pytest.mark.parametrize("day", [None, "2020-04-30"])
def test_those_without_an_end_are_the_answer_of_that_day(kg: KnowledgeGraph, day: str | None) -> None:
    found = publications(shipped("nanopub", day)).values()
    in_force = [graphs for graphs in found if not all_of(graphs, "assertion", HER2 + "knownUntil")]
    failed = {
        one(graphs, "assertion", HER2 + "agent").replace(KG, "kg:")
        for graphs in in_force
        if one(graphs, "assertion", HER2 + "outcome") == HER2 + "Failed"
        and one(graphs, "assertion", HER2 + "lineOfTherapy") == HER2 + "SecondLine"
        and one(graphs, "assertion", HER2 + "phase") == HER2 + "PhaseIII"
    }
    answer = kg.query("agents-by-verdict", as_of=day, outcome="failed", line="second line", phase="phase III").answer
    asked_about = kg.sparql("SELECT (STR(?a) AS ?agent) WHERE { ?a her2:target kg:HER2 }").column("agent")
    asked_about = [str(agent).replace(KG, "kg:") for agent in asked_about]
    assert failed & set(asked_about) == {thing.id for thing in answer if isinstance(thing, Thing)} > set()
    last = max(one(graphs, "assertion", HER2 + "knownFrom") for graphs in found)
    assert day is None or last <= day


def test_provenance_names_reports_rules_assumptions_and_dois(kg: KnowledgeGraph) -> None:
    found = publications(shipped("nanopub"))
    for graphs in found.values():
        derived = all_of(graphs, "provenance", PROV + "wasDerivedFrom")
        assert derived, graphs["assertion"]
        assert {f"{KG}rule-agent-verdict"} <= all_of(graphs, "provenance", PROV + "used")
        assert one(graphs, "provenance", PROV + "generatedAtTime") == one(
            graphs, "pubinfo", "http://purl.org/dc/terms/created"
        )
    lapatinib = [g for g in found.values() if any("lapatinib, second line" in str(q.object) for q in g["assertion"])]
    last = next(g for g in lapatinib if not all_of(g, "assertion", HER2 + "knownUntil"))
    assert "https://doi.org/10.1200/JCO.2013.53.6136" in all_of(last, "provenance", PROV + "wasDerivedFrom")
    assert "0.1044" in all_of(last, "provenance", HER2 + "pText")
    assert "alpha not stated in a source seen: 0.05 two-sided assumed" in all_of(
        last, "provenance", HER2 + "assumption"
    )


def test_publication_info_is_dated_by_the_data_and_names_licence_and_creator(kg: KnowledgeGraph) -> None:
    ((issued, licence),) = kg.sparql(
        "SELECT (STR(?i) AS ?issued) (STR(?l) AS ?licence) WHERE { ?o a owl:Ontology ; dcterms:issued ?i ; dcterms:license ?l }"
    ).rows
    for graphs in publications(shipped("nanopub")).values():
        assert one(graphs, "pubinfo", "http://purl.org/dc/terms/created") == f"{issued}T00:00:00Z"
        assert one(graphs, "pubinfo", "http://purl.org/dc/terms/license") == licence
        assert one(graphs, "pubinfo", "http://purl.org/dc/terms/creator") == "https://w3id.org/her2kg"


def test_everything_linked_has_a_label_and_none_is_an_address(kg: KnowledgeGraph) -> None:
    for graphs in publications(shipped("nanopub")).values():
        quads = [quad for each in graphs.values() for quad in each]
        labels = {quad.subject: quad.object.value for quad in quads if quad.predicate == RDFS_LABEL}  # type: ignore[union-attr]
        linked = {q.object for q in graphs["assertion"] if isinstance(q.object, ox.NamedNode)}
        assert linked - set(labels) == {ox.NamedNode(HER2 + "AgentVerdict")}
        assert [text for text in labels.values() if re.search(r"^$|None|NaN|https?:|kg:|her2:", text)] == []
