"""Every shape fires on its failing example, on nothing in its passing one; each mutation of real data is caught by one.

An example adds to tests/shapes/base.ttl, a small record that conforms: a node that the example describes replaces the
one of that name.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rdflib import OWL, RDF, RDFS, BNode, Graph, Literal, Namespace, URIRef

from her2kg import resources, validation
from her2kg.errors import TurtleError
from her2kg.terms import HER2, KG, curie

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROOT = Path(__file__).parent.parent
EXAMPLES = Path(__file__).parent / "shapes"
SHAPES = validation.shapes()
H = Namespace(HER2)
K = Namespace(KG)

Found = set[tuple[str, str]]


def graph_of(*paths: Path) -> Graph:
    return validation.graph_of(str(path) for path in paths)


def fresh(*parts: Iterable[tuple]) -> Graph:
    """Return a graph of the parts in which each query is parsed only once."""
    graph = validation.graph_of([])
    for part in parts:
        for triple in part:
            graph.add(triple)
    return graph


def found(graph: Graph) -> Found:
    return {
        ("_:" if BNode(one.focus) in set(graph.subjects()) else one.focus, one.shape)
        for one in validation.validate_graph(graph)
    }


@pytest.fixture(scope="module")
def terms() -> list[tuple]:
    """What shapes ask of the ontology, without its labels and definitions: a sixth of the triples."""
    ontology = validation.graph_of(resources.ontology_files())
    kept = {RDF.type, RDFS.subClassOf, H.nullValue}
    return [(s, p, o) for s, p, o in ontology if p in kept and o != OWL.NamedIndividual]


@pytest.fixture(scope="module")
def example(terms: list[tuple]) -> Callable[[Path], Found]:
    base = graph_of(EXAMPLES / "base.ttl")
    known: dict[frozenset, Found] = {}  # many passing examples are the base itself

    def run(path: Path) -> Found:
        own = graph_of(path)
        described = set(own.subjects())
        record = [triple for triple in base if triple[0] not in described] + list(own)
        key = frozenset(record)
        if key not in known:
            known[key] = found(fresh(terms, record))
        return known[key]

    return run


def expected(path: Path) -> Found:
    """Return what the example's comments expect: ``# expect: node shape``."""
    return {(m[1], m[2]) for m in re.finditer(r"^# expect: (\S+) (\S+)$", path.read_text(), re.MULTILINE)}


def name(shape: validation.Shape) -> str:
    return shape.id.removeprefix("her2:")


def test_every_shape_has_both_examples_and_no_example_is_left_over() -> None:
    files = {f"{name(shape)}.{kind}.ttl" for shape in SHAPES for kind in ("pass", "fail")} | {"base.ttl"}
    assert {path.name for path in EXAMPLES.iterdir()} == files


@pytest.mark.parametrize("shape", SHAPES, ids=name)
def test_failing_example_is_found_and_nothing_else(shape: validation.Shape, example: Callable[[Path], Found]) -> None:
    path = EXAMPLES / f"{name(shape)}.fail.ttl"
    assert {which for _, which in expected(path)} == {shape.id}
    assert example(path) == expected(path)


@pytest.mark.parametrize("shape", SHAPES, ids=name)
def test_passing_example_conforms(shape: validation.Shape, example: Callable[[Path], Found]) -> None:
    assert example(EXAMPLES / f"{name(shape)}.pass.ttl") == set()


# ---- mutations of the real data ----

STUDY = K.ToGA
UP = (H.partOfStudy, H.ofAnalysis, H.ofQuantity, H.about, H.forProposition)


@pytest.fixture(scope="module")
def shipped() -> Graph:
    return validation.graph_of(resources.data_files())


def neighbourhood(data: Graph, *starts: URIRef) -> set[tuple]:
    """Return the description of what belongs to the starting nodes, and of all that those descriptions point at."""
    members, queue = set(), list(starts)
    while queue:
        node = queue.pop()
        if node not in members:
            members.add(node)
            queue += [subject for link in UP for subject in data.subjects(link, node)]
    queue = list(members)
    while queue:
        new = {
            thing for thing in data.objects(queue.pop()) if isinstance(thing, URIRef) and thing.startswith(KG)
        } - members
        members |= new
        queue += new
    return {triple for node in members for triple in data.triples((node, None, None))}


class Record:
    """A part of the real data that a mutation changes."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def first(self, kind: URIRef, *having: URIRef, lacking: URIRef | None = None, **values: object) -> URIRef:
        """Return the first node of a class that has these properties, lacks that one, and has these values."""
        for node in sorted(self.graph.subjects(RDF.type, kind)):
            has = all((node, p, None) in self.graph for p in having) and (
                lacking is None or (node, lacking, None) not in self.graph
            )
            if has and all((node, H[p], v) in self.graph for p, v in values.items()):
                return node
        raise LookupError(f"no {kind} with {having} {values}")

    def put(self, node: URIRef, **values: object) -> URIRef:
        """Give a node these values and no others; a number takes its printed text along."""
        for key, value in values.items():
            self.graph.remove((node, H[key], None))
            for one in value if isinstance(value, list) else [value]:
                if one is not None:
                    self.graph.add(
                        (
                            node,
                            H[key],
                            one
                            if isinstance(one, URIRef)
                            else Literal(Decimal(str(one)) if isinstance(one, float) else one),
                        )
                    )
            if key in {"value", "lower", "upper", "p"} and value is not None:
                self.graph.set((node, H[key + "Text"], Literal(str(value))))
        return node

    def add(self, iri: str, kind: URIRef, **values: object) -> URIRef:
        node = K[iri]
        self.graph.add((node, RDF.type, kind))
        return self.put(node, **values)


LOWER, UPPER = H["lower"], H["upper"]  # an IRI is a string: H.lower would be its method
EFFECT = (LOWER, UPPER, H.confidenceLevel, H.p)


def effect(r: Record) -> URIRef:
    return r.first(H.EffectReport, *EFFECT)


def primary(r: Record) -> URIRef:
    return r.first(H.Analysis, analysisRole=H.Primary)


def median(r: Record) -> URIRef:
    return r.first(H.ArmReport, lacking=LOWER, statistic=H.Median)


def share(r: Record) -> URIRef:
    return r.first(H.QuantityReport, lacking=LOWER, unit=H.Percent)


def swap_limits(r: Record) -> URIRef:
    report = effect(r)
    lower, upper = r.graph.value(report, LOWER).toPython(), r.graph.value(report, UPPER).toPython()
    return r.put(report, lower=upper, upper=lower)


def arm_sizes_that_do_not_fit(r: Record) -> URIRef:
    arm = r.first(H.Arm, H.n)
    for quantity in r.graph.subjects(H.ofArm, arm):
        if (quantity, H.quantityKind, H.ArmSize) in r.graph:
            for report in r.graph.subjects(H.ofQuantity, quantity):
                r.put(report, value=17)
    r.put(arm, n=17)
    return r.graph.value(arm, H.partOfStudy)


def accept(r: Record, report: URIRef, name: str = "acceptance") -> URIRef:
    return r.add(
        name, H.Acceptance, ofAnalysis=r.graph.value(report, H.ofAnalysis), accepts=report, policy="as printed"
    )


def two_accepted_reports(r: Record) -> URIRef:
    report = effect(r)
    accept(r, report)
    accept(r, report, "acceptance-2")
    return r.graph.value(report, H.ofAnalysis)


def accepted_although_retracted(r: Record) -> URIRef:
    report = effect(r)
    r.put(r.graph.value(report, H.source), retractedOn=date(2021, 1, 1))
    return accept(r, report)


def second_effect_report(r: Record) -> list[URIRef]:
    report = effect(r)
    for _, key, value in list(r.graph.triples((report, None, None))):
        r.graph.add((K["copy"], key, value))
    return [report, K["copy"]]


def typed_in_verdict(r: Record) -> URIRef:
    return r.add("verdict", H.EndpointVerdict, ofAnalysis=primary(r), outcome=H.NotMet)


def label_of_another(r: Record) -> list[URIRef]:
    one, other = sorted(r.graph.subjects(RDF.type, H.Analysis))[:2]
    r.graph.set((one, RDFS.label, r.graph.value(other, RDFS.label)))
    return [one, other]


def german_label(r: Record) -> URIRef:
    arm = r.first(H.Arm)
    r.graph.set((arm, RDFS.label, Literal("Kontrollarm", lang="de")))
    return arm


def misspelt_property(r: Record) -> URIRef:
    report = effect(r)
    r.graph.add((report, H.lokator, Literal("abstract")))
    return report


def dangling_feature(r: Record) -> URIRef:
    r.put(r.first(H.DesignReport, lacking=H.featureValue), featureValue=H.Sideways)
    return H.Sideways


def blank_node(r: Record) -> str:
    r.graph.add((BNode(), RDF.type, H.Biomarker))
    r.graph.set(
        (
            next(s for s in r.graph.subjects(RDF.type, H.Biomarker) if isinstance(s, BNode)),
            RDFS.label,
            Literal("no name"),
        )
    )
    return "_:"


def outside_its_interval(r: Record) -> URIRef:
    return r.put(effect(r), value=r.graph.value(effect(r), UPPER).toPython() * 2)


def component_of_no_arm(r: Record) -> URIRef:
    arm = next(
        arm for arm in sorted(r.graph.subjects(RDF.type, H.Arm)) if len(set(r.graph.objects(arm, H.hasComponent))) > 1
    )
    component = min(r.graph.objects(arm, H.hasComponent))
    r.graph.remove((arm, H.hasComponent, component))
    return component


def population_of_another_study(r: Record) -> URIRef:
    r.graph.add((K.Elsewhere, RDF.type, H.CaseReport))
    r.graph.add((K.Elsewhere, RDFS.label, Literal("elsewhere")))
    r.add("elsewhere-all", H.Population, partOfStudy=K.Elsewhere, populationKind=H.IntentionToTreat)
    r.graph.add((K["elsewhere-all"], RDFS.label, Literal("all")))
    return r.put(primary(r), population=K["elsewhere-all"])


MUTATIONS: dict[str, tuple[str, Callable[[Record], object]]] = {
    "source dropped": ("OneSourceShape", lambda r: r.put(effect(r), source=None)),
    "locator dropped": ("OneLocatorShape", lambda r: r.put(median(r), locator=None)),
    "limits swapped": ("IntervalOrderShape", swap_limits),
    "estimate outside its interval": ("EstimateInIntervalShape", outside_its_interval),
    "interval without level": ("IntervalLevelShape", lambda r: r.put(effect(r), confidenceLevel=None)),
    "level as a fraction": ("LevelRangeShape", lambda r: r.put(effect(r), confidenceLevel=0.95)),
    "negative median": ("MedianPositiveShape", lambda r: r.put(median(r), value=-11.0)),
    "hazard ratio of zero": ("RatioPositiveShape", lambda r: r.put(effect(r), lower=0)),
    "unknown endpoint": ("EndpointShape", lambda r: r.put(primary(r), endpoint=H.Happiness)),
    "unknown unit": ("UnitTermShape", lambda r: r.put(median(r), unit=H.Fortnights)),
    "unknown statistic": ("StatisticShape", lambda r: r.put(median(r), statistic=H.Mode)),
    "arm sizes that do not fit": ("ArmSizesShape", arm_sizes_that_do_not_fit),
    "population size that no report gives": (
        "PopulationSizeSourcedShape",
        lambda r: r.put(r.first(H.Population, H.n), n=9999),
    ),
    "two accepted reports": ("OneAcceptanceShape", two_accepted_reports),
    "accepted although retracted": ("AcceptanceRetractedShape", accepted_although_retracted),
    "p of 1.5": ("PRangeShape", lambda r: r.put(effect(r), p=1.5)),
    "p without operator": ("POperatorShape", lambda r: r.put(effect(r), pOperator=None)),
    "p without sides": ("PSidesShape", lambda r: r.put(effect(r), pSides=None)),
    "text differing from value": ("NumberEqualsTextShape", lambda r: r.put(effect(r), valueText="0.123")),
    "text missing": ("ValueTextShape", lambda r: r.put(median(r), valueText=None)),
    "number missing": ("LowerNumberShape", lambda r: r.put(effect(r), lower=None)),
    "percentage of 130": ("PercentRangeShape", lambda r: r.put(share(r), value=130)),
    "numerator above denominator": ("NumeratorShape", lambda r: r.put(share(r), numerator=7, denominator=6)),
    "half a patient": ("PatientCountShape", lambda r: r.put(share(r), unit=H.Patients, value=0.5)),
    "timing missing": ("TimingShape", lambda r: r.put(primary(r), timing=None)),
    "framework missing": ("PrimaryFrameworkShape", lambda r: r.put(primary(r), framework=None)),
    "role without source": ("PrimaryRoleSourceShape", lambda r: r.put(primary(r), roleSource=None, roleLocator=None)),
    "alpha neither stated nor assumed": ("PrimaryAlphaShape", lambda r: r.put(primary(r), alphaBasis=None)),
    "non-inferiority without margin": ("MarginShape", lambda r: r.put(primary(r), framework=H.NonInferiority)),
    "population of another study": ("AnalysisSameStudyShape", population_of_another_study),
    "unknown role of an arm": ("ArmRoleShape", lambda r: r.put(r.first(H.Arm), role=H.Bystander)),
    "second effect report of one source": ("OneEffectReportShape", second_effect_report),
    "subgroup of unsaid planning": (
        "SubgroupShape",
        lambda r: r.put(r.first(H.Population, populationKind=H.Subgroup), prespecification=None),
    ),
    "component of no arm": ("ComponentArmShape", component_of_no_arm),
    "component of two agents": (
        "ComponentAgentShape",
        lambda r: r.put(r.first(H.Component), agent=[K.lapatinib, K.paclitaxel]),
    ),
    "registry number mistyped": ("RegistryPatternShape", lambda r: r.put(STUDY, registryNumber="NCT0048695")),
    "phase that no report gives": ("DesignSourcedShape", lambda r: r.put(STUDY, phase=H.PhaseII)),
    "source without date": ("SourceDateShape", lambda r: r.put(r.graph.value(effect(r), H.source), knownFrom=None)),
    "source of unknown type": (
        "SourceTypeShape",
        lambda r: r.put(r.graph.value(effect(r), H.source), sourceType=H.Leaflet),
    ),
    "DOI as an address": (
        "DOIPatternShape",
        lambda r: r.put(r.first(H.Source, H.doi), doi="https://doi.org/10.1200/x"),
    ),
    "disagreement of nothing": ("DisagreementInvolvesShape", lambda r: r.put(r.first(H.Disagreement), involves=None)),
    "estimate and its absence": ("EffectEstimateShape", lambda r: r.put(effect(r), estimateStatus=H.NotReported)),
    "typed-in verdict": ("NoTypedVerdictShape", typed_in_verdict),
    "label of another": ("UniqueLabelShape", label_of_another),
    "German label": ("LabelLanguageShape", german_label),
    "misspelt property": ("KnownPropertyShape", misspelt_property),
    "feature value that nobody describes": ("DescribedShape", dangling_feature),
    "blank node": ("NoBlankNodeShape", blank_node),
}


MECHANISM = K["mechanism-pten-loss"]


def evidence(r: Record) -> URIRef:
    return r.first(H.EvidenceItem)


def last_step(r: Record) -> URIRef:
    return max(r.graph.objects(MECHANISM, H.hasStep), key=lambda step: r.graph.value(step, H.stepOrder).toPython())


def dangling_claim(r: Record) -> URIRef:
    r.put(r.first(H.Claim), representedBy=[MECHANISM, K.nowhere])
    return K.nowhere


MECHANISM_MUTATIONS: dict[str, tuple[str, Callable[[Record], object]]] = {
    "mechanism without cause": ("MechanismCauseShape", lambda r: r.put(MECHANISM, causedBy=None)),
    "mechanism without agent": ("ResistanceToShape", lambda r: r.put(MECHANISM, resistanceTo=None)),
    "mechanism of no kind": ("ResistanceKindShape", lambda r: r.put(MECHANISM, resistanceKind=None)),
    "step of no order": ("StepOrderShape", lambda r: r.put(last_step(r), stepOrder=None)),
    "step after a gap": ("StepSequenceShape", lambda r: r.put(last_step(r), stepOrder=9)),
    "step of unknown sign": ("PolarityShape", lambda r: r.put(r.first(H.PathwayStep), polarity=H.Perhaps)),
    "claim with a wrong id": ("ClaimIdShape", lambda r: r.put(r.first(H.Claim), claimId="47")),
    "claim that points nowhere": ("DescribedShape", dangling_claim),
    "claim without representation": ("ClaimRepresentedShape", lambda r: r.put(r.first(H.Claim), representedBy=None)),
    "proposition without object": ("ObjectShape", lambda r: r.put(r.first(H.Proposition), object=None)),
    "proposition of unknown status": (
        "EpistemicStatusShape",
        lambda r: r.put(r.first(H.Proposition), epistemicStatus=H.Gossip),
    ),
    "evidence without direction": ("DirectionShape", lambda r: r.put(evidence(r), direction=None)),
    "evidence without system": ("EvidenceSystemShape", lambda r: r.put(evidence(r), evidenceSystem=None)),
    "evidence without source": ("OneSourceShape", lambda r: r.put(evidence(r), source=None)),
    "measurement without kind": ("MeasurementKindShape", lambda r: r.put(r.first(H.Measurement), measurementKind=None)),
    "measurement without content": (
        "MeasurementContentShape",
        lambda r: r.put(r.first(H.Measurement, H.value), value=None, valueText=None),
    ),
}


def violations(graph: Graph) -> Found:
    return {
        ("_:" if not one.focus.startswith(("kg:", "her2:")) else one.focus, one.shape)
        for one in validation.validate_graph(graph)
        if one.severity == "Violation"
    }


@pytest.fixture(scope="module")
def trial(shipped: Graph, terms: list[tuple]) -> Callable[[], Graph]:
    part = neighbourhood(shipped, STUDY)
    return lambda: fresh(terms, part)


def test_the_unmutated_neighbourhood_conforms(trial: Callable[[], Graph]) -> None:
    assert violations(trial()) == set()


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_mutation_of_the_real_data_is_caught_by_exactly_one_shape(mutation: str, trial: Callable[[], Graph]) -> None:
    shape, change = MUTATIONS[mutation]
    graph = trial()
    faulty = change(Record(graph))
    nodes = faulty if isinstance(faulty, list) else [faulty]
    assert violations(graph) == {(curie(str(node)), f"her2:{shape}") for node in nodes}


@pytest.fixture(scope="module")
def mechanism(shipped: Graph, terms: list[tuple]) -> Callable[[], Graph]:
    claims = shipped.subjects(H.representedBy, MECHANISM)
    part = neighbourhood(shipped, MECHANISM, *shipped.objects(MECHANISM, H.restsOn), *claims)
    return lambda: fresh(terms, part)


def test_the_unmutated_mechanism_conforms(mechanism: Callable[[], Graph]) -> None:
    assert violations(mechanism()) == set()


@pytest.mark.parametrize("mutation", MECHANISM_MUTATIONS)
def test_mutation_of_a_mechanism_is_caught_by_exactly_one_shape(mutation: str, mechanism: Callable[[], Graph]) -> None:
    shape, change = MECHANISM_MUTATIONS[mutation]
    graph = mechanism()
    node = change(Record(graph))
    assert violations(graph) == {(curie(str(node)), f"her2:{shape}")}


# ---- the shipped data, files and lines, the list of shapes ----

WARNED = {
    "her2:EvidenceDiseaseShape",  # pharmacology is of no disease
    "her2:FindableSourceShape",  # the identifiers of some sources were not seen
}


@pytest.fixture(scope="module")
def findings() -> list[validation.Violation]:
    return validation.validate()


def test_the_shipped_data_conform(findings: list[validation.Violation]) -> None:
    assert [str(one) for one in findings if one.severity == "Violation"] == []
    assert {one.shape for one in findings} <= WARNED


def test_a_finding_names_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.ttl"
    path.write_text(f"@prefix k: <{KG}> .\n@prefix h: <{HER2}> .\n\nk:mine a h:Target .\n")
    alone = validation.validate([path])
    assert [(one.shape, one.focus, one.file, one.line) for one in alone] == [
        ("her2:LabelShape", "kg:mine", str(path), 4)
    ]
    assert str(alone[0]).startswith(f"{path}:4: Violation: kg:mine rdfs:label: needs exactly one rdfs:label")


def test_user_files_are_checked_together_with_the_data(tmp_path: Path) -> None:
    path = tmp_path / "mine.ttl"
    path.write_text(f"@prefix k: <{KG}> .\n@prefix h: <{HER2}> .\nk:trial h:n 250 .\n")
    both = validation.validate([EXAMPLES / "base.ttl"], [path])
    assert ("her2:ArmSizesShape", "kg:trial") in {(one.shape, one.focus) for one in both}
    assert {one.shape for one in validation.validate([EXAMPLES / "base.ttl"])} == set()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.ttl"
    path.write_text("@prefix kg: <https://w3id.org/her2kg/id/> .\nkg:a kg:b .\n")
    with pytest.raises(TurtleError, match=r"broken\.ttl, line 2"):
        validation.validate([path])


def test_every_shape_is_named_labelled_and_worded() -> None:
    assert len({shape.id for shape in SHAPES}) == len(SHAPES) > 100
    for shape in SHAPES:
        assert shape.id.startswith("her2:")
        assert shape.id.endswith("Shape")
        assert shape.severity in validation.SEVERITIES
        assert all(text and text != "None" and "|" not in text for text in shape[2:]), shape


def test_only_named_shapes_have_targets_and_no_query_leaves_the_recommendation() -> None:
    shapes = Graph().parse(resources.shapes_file())
    sh = Namespace("http://www.w3.org/ns/shacl#")
    targets = {
        s for p in (sh.targetClass, sh.targetNode, sh.targetSubjectsOf, sh.targetObjectsOf) for s in shapes.subjects(p)
    }
    assert {curie(str(node)) for node in targets} == {shape.id for shape in SHAPES}
    assert set(shapes.subjects(sh.property)) == set()
    for query in shapes.objects(None, sh.select):
        assert not re.search(r"\b(MINUS|VALUES|SERVICE)\b", str(query))


def test_the_list_of_shapes_is_up_to_date() -> None:
    page = (ROOT / "docs" / "shapes.md").read_text(encoding="utf-8")
    assert page == validation.shapes_page(), "write her2kg.validation.shapes_page() to docs/shapes.md"


# ---- a second engine ----


def test_the_rust_engine_finds_the_same(
    terms: list[tuple], shipped: Graph, findings: list[validation.Violation]
) -> None:
    """Needs the optional package ``shacl``."""
    engine = pytest.importorskip("shacl").Shapes.from_file(resources.shapes_file())
    ontology = HER2.removesuffix("#")

    def second(graph: Graph) -> Found:
        results = engine.validate_text(graph.serialize(format="nt"), format="nt").results
        return {
            (
                curie((one.value if one.focus_node.strip("<>") == ontology else one.focus_node).strip("<>")),
                curie(one.source_shape.strip("<>")),
            )
            for one in results
        }

    base = graph_of(EXAMPLES / "base.ttl")
    for shape in SHAPES:
        for path in (EXAMPLES / f"{name(shape)}.{kind}.ttl" for kind in ("pass", "fail")):
            own = graph_of(path)
            record = [triple for triple in base if triple[0] not in set(own.subjects())] + list(own)
            wanted = {
                ("_:", shape) if node.startswith("_:") else (node, shape)
                for node, shape in second(fresh(terms, record))
            }
            assert wanted == expected(path), path.name
    whole = validation.graph_of(resources.ontology_files())
    assert second(fresh(whole, shipped)) == {(one.focus, one.shape) for one in findings}
