"""Every term of the ontology can be understood, is used, and contradicts nothing."""

import re
import shutil
from collections import defaultdict
from itertools import chain
from pathlib import Path

import owlrl
import pytest
from owlrl.Namespaces import ERRNS
from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, Graph, Literal, Namespace, URIRef

from her2kg import resources
from her2kg.vocabulary import vocabulary_defects

HER2 = Namespace("https://w3id.org/her2kg/ontology#")
KG = Namespace("https://w3id.org/her2kg/id/")
ROOT = Path(__file__).parent.parent
PROPERTIES = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)

# Declared for a reader or a curator although no data, query or rule need them yet.
# Several kinds of thing have one, and OWL would read a list of domains as "all of them".
NO_DOMAIN = set(
    "partOfStudy phase lineOfTherapy agent endpoint experimentalArm controlArm ofAnalysis ofQuantity source reportArm testedAgent ofComparison cites "
    "subject object inDisease evidenceSystem byAssay specimen ofAgent includes value valueText n locator readIn readInLocator".split()
)
# Points at several kinds of thing.
NO_RANGE = set(
    "input featureValue representedBy subject object measures comparedWith analyte includes laterEvidence".split()
)


def local(term: object) -> str:
    return str(term).rpartition("#")[2]


def own_terms(graph: Graph) -> set[URIRef]:
    return {URIRef(str(term)) for term in graph.subjects(RDF.type) if str(term).startswith(str(HER2))}


def own_properties(graph: Graph, kinds: tuple[URIRef, ...] = PROPERTIES) -> set[URIRef]:
    return {p for p in own_terms(graph) if any((p, RDF.type, kind) in graph for kind in kinds)}


def words_of(paths: list[str]) -> set[str]:
    """Return the local names of all ``her2:`` terms in files, comments left out."""
    text = "\n".join(Path(path).read_text(encoding="utf-8") for path in paths)
    return set(re.findall(r"(?<![\w-])her2:([A-Za-z][\w-]*)", re.sub(r"(?m)^\s*#(?!\+).*$", "", text)))


# What a reader needs


def test_header_names_version_licence_and_creator(ontology: Graph) -> None:
    header = next(ontology.subjects(RDF.type, OWL.Ontology))
    version = str(ontology.value(header, OWL.versionIRI))
    assert re.fullmatch(r"https://w3id\.org/her2kg/ontology/\d+\.\d+\.\d+", version)
    for p in (DCTERMS.title, DCTERMS.description, DCTERMS.license, DCTERMS.creator, DCTERMS.issued):
        assert ontology.value(header, p), p
    assert list(ontology.objects(header, OWL.imports)) == []


@pytest.mark.parametrize("predicate", [RDFS.label, SKOS.definition])
def test_every_term_has_exactly_one(ontology: Graph, predicate: URIRef) -> None:
    terms = own_terms(ontology)
    assert terms
    assert {local(t) for t in terms if len(list(ontology.objects(t, predicate))) != 1} == set()


def test_no_two_terms_of_a_kind_share_a_label(ontology: Graph) -> None:
    seen: dict[tuple[str, str], str] = {}
    twins = []
    for term in own_terms(ontology):
        for kind in ontology.objects(term, RDF.type):
            if kind != OWL.NamedIndividual:
                other = seen.setdefault((local(kind), str(ontology.value(term, RDFS.label)).casefold()), local(term))
                twins += [(other, local(term))] if other != local(term) else []
    assert twins == []


def test_every_endpoint_states_its_direction_of_benefit(ontology: Graph) -> None:
    endpoints = set(ontology.subjects(RDF.type, HER2.Endpoint))
    assert endpoints
    assert {e for e in endpoints if (e, HER2.benefitWhen, None) not in ontology} == set()


# OWL 2 DL


def test_every_property_has_domain_and_range(ontology: Graph) -> None:
    proper = own_properties(ontology, (OWL.ObjectProperty, OWL.DatatypeProperty))
    assert {local(p) for p in proper if (p, RDFS.domain, None) not in ontology} - NO_DOMAIN == set()
    assert {local(p) for p in proper if (p, RDFS.range, None) not in ontology} - NO_RANGE == set()


def test_exceptions_to_domain_and_range_are_needed(ontology: Graph) -> None:
    terms = {local(t): t for t in own_terms(ontology)}
    assert {name for name in NO_DOMAIN if name not in terms or (terms[name], RDFS.domain, None) in ontology} == set()
    assert {name for name in NO_RANGE if name not in terms or (terms[name], RDFS.range, None) in ontology} == set()


def test_domains_and_ranges_are_declared_classes(ontology: Graph) -> None:
    for p in own_properties(ontology):
        for cls in (*ontology.objects(p, RDFS.domain), *ontology.objects(p, RDFS.range)):
            assert (cls, RDF.type, OWL.Class) in ontology or str(cls).startswith(
                ("http://www.w3.org/2001/XMLSchema#", str(RDFS.Literal))
            ), (p, cls)


def test_every_term_is_one_sort_of_thing(ontology: Graph) -> None:
    """OWL 2 DL: no term is both class and property, or both object and datatype property."""
    sorts = (OWL.Class, *PROPERTIES, OWL.NamedIndividual)
    assert {
        local(t) for t in own_terms(ontology) if sum((t, RDF.type, sort) in ontology for sort in sorts) != 1
    } == set()


def test_foreign_predicates_are_declared(ontology: Graph, curated: Graph) -> None:
    """OWL 2 DL: every property in use is declared; rdf:type, rdfs:label and their like are built in."""
    built_in = (str(RDF), str(RDFS), str(OWL))
    used = {
        p
        for p in chain(ontology.predicates(unique=True), curated.predicates(unique=True))
        if not str(p).startswith(built_in)
    }
    assert {str(p) for p in used if not any((p, RDF.type, kind) in ontology for kind in PROPERTIES)} == set()


def test_object_properties_point_at_things_and_the_others_at_literals(ontology: Graph, graph: Graph) -> None:
    wrong = [
        (local(p), str(o))
        for p in own_properties(ontology, (OWL.ObjectProperty,))
        for o in graph.objects(None, p)
        if isinstance(o, Literal)
    ]
    wrong += [
        (local(p), str(o))
        for p in own_properties(ontology, (OWL.DatatypeProperty,))
        for o in graph.objects(None, p)
        if not isinstance(o, Literal)
    ]
    assert wrong == []


# Declared and used


def test_no_undeclared_term_in_ontology_data_and_derivations(ontology: Graph, graph: Graph) -> None:
    used = {node for triple in graph for node in triple if str(node).startswith(str(HER2))}
    assert {local(t) for t in used - own_terms(ontology)} == set()


@pytest.mark.parametrize(
    "paths",
    [resources.query_files(), resources.rule_files(), [resources.shapes_file()]],
    ids=["queries", "rules", "shapes"],
)
def test_no_undeclared_term_in(ontology: Graph, paths: list[str]) -> None:
    declared = {local(t) for t in own_terms(ontology)}
    if paths == [resources.shapes_file()]:
        declared |= {local(s) for s in Graph().parse(paths[0]).subjects()}
    assert words_of(paths) - declared == set()


def test_vocabulary_has_no_defect() -> None:
    """Nothing unlabelled, undefined, undeclared or unused; mappings well formed: what `her2kg validate` checks."""
    assert vocabulary_defects() == []


# Consistency

CONTRADICTIONS = {
    "a study that is a source": [(KG.ToGA, RDF.type, HER2.RandomisedTrial), (KG.ToGA, RDF.type, HER2.Source)],
    "an agent given as the source of a report": [
        (KG.x, HER2.source, KG.lapatinib),
        (KG.lapatinib, RDF.type, HER2.Agent),
    ],
    "an arm as an agent": [(KG.part, HER2.agent, KG.arm), (KG.arm, RDF.type, HER2.Arm)],
}


def owl_rl_errors(graph: Graph) -> set[str]:
    """Return the contradictions that the OWL 2 RL rules find; the graph is changed."""
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics, axiomatic_triples=False, datatype_axioms=False).expand(graph)
    return {str(said) for said in graph.objects(None, ERRNS.error)}


def structure(ontology: Graph, data: Graph) -> Graph:
    """Return the ontology with the types and links of some data, as small as can be.

    Things of the same types with the same properties to and from them are all one to domains, ranges and disjoint
    classes, so one of each sort is kept: the closure takes seconds, not minutes.
    """
    links = own_properties(ontology, (OWL.ObjectProperty,))
    traits = defaultdict(set)
    for s, p, o in data:
        if p == RDF.type:
            traits[s].add(o)
        elif p in links:
            traits[s].add((p, "from"))
            traits[o].add((p, "to"))
    declared = own_terms(ontology)
    sort: dict[object, URIRef] = {}
    one = {
        thing: thing if thing in declared else sort.setdefault(frozenset(its), thing) for thing, its in traits.items()
    }
    whole = Graph()
    for triple in ontology:
        whole.add(triple)
    for s, p, o in data:
        if p == RDF.type:
            whole.add((one[s], p, o))
        elif p in links:
            whole.add((one[s], p, one[o]))
    return whole


def test_owl_rl_finds_no_contradiction_in_ontology_and_data(ontology: Graph, curated: Graph) -> None:
    assert owl_rl_errors(structure(ontology, curated)) == set()


@pytest.mark.parametrize("what", CONTRADICTIONS)
def test_owl_rl_finds_a_planted_contradiction(ontology: Graph, curated: Graph, what: str) -> None:
    planted = curated + Graph()
    for triple in CONTRADICTIONS[what]:
        planted.add(triple)
    assert owl_rl_errors(structure(ontology, planted))


def hermit_says_consistent(graph: Graph, folder: Path) -> bool:
    import owlready2

    path = folder / "all.nt"
    graph.serialize(path, format="nt", encoding="utf-8")
    world = owlready2.World()
    try:
        loaded = world.get_ontology(path.as_uri()).load()
        with loaded:
            try:
                owlready2.sync_reasoner_hermit(world, debug=0)
            except owlready2.OwlReadyInconsistentOntologyError:
                return False
    finally:
        world.close()
    return True


@pytest.mark.filterwarnings("default")
@pytest.mark.skipif(shutil.which("java") is None, reason="HermiT needs java, and there is none on this machine")
def test_hermit_finds_no_contradiction_but_a_planted_one(
    ontology: Graph, curated: Graph, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("owlready2", reason="HermiT comes with owlready2, which is not installed")
    whole = ontology + curated
    assert hermit_says_consistent(whole, tmp_path)
    for triple in CONTRADICTIONS["a study that is a source"]:
        whole.add(triple)
    assert not hermit_says_consistent(whole, tmp_path)
    capfd.readouterr()
