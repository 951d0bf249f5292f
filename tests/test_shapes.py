"""Every shape fires on its failing example and on nothing in its passing one; mutations of the real data are caught by exactly one.

An example adds to tests/shapes/base.ttl, a small record that conforms: a node that the example describes replaces the one of that name.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rdflib import RDF, RDFS, BNode, Graph, Literal, Namespace, URIRef

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
    return {("_:" if BNode(one.focus) in set(graph.subjects()) else one.focus, one.shape) for one in validation.validate_graph(graph)}


@pytest.fixture(scope="module")
def terms() -> list[tuple]:
    """What shapes ask of the ontology, without its labels and definitions: a sixth of the triples."""
    ontology = validation.graph_of(resources.ontology_files())
    return [(s, p, o) for s, p, o in ontology if p in {RDF.type, RDFS.subClassOf, H.nullValue}]


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

STUDY = K.TyTAN
UP = (H.partOfStudy, H.ofAnalysis, H.ofQuantity, H.about)


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
        new = {thing for thing in data.objects(queue.pop()) if isinstance(thing, URIRef) and thing.startswith(KG)} - members
        members |= new
        queue += new
    return {triple for node in members for triple in data.triples((node, None, None))}


class Record:
    """A part of the real data that a mutation changes."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def first(self, kind: URIRef, *having: URIRef, lacking: URIRef | None = None, **values: object) -> URIRef:
        """Return the first node of a class with and without given properties; ``statistic=H.Median`` asks for a value."""
        for node in sorted(self.graph.subjects(RDF.type, kind)):
            has = all((node, p, None) in self.graph for p in having) and (lacking is None or (node, lacking, None) not in self.graph)
            if has and all((node, H[p], v) in self.graph for p, v in values.items()):
                return node
        raise LookupError(f"no {kind} with {having} {values}")

    def put(self, node: URIRef, **values: object) -> URIRef:
        """Give a node these values and no others; a number takes its printed text along."""
        for key, value in values.items():
            self.graph.remove((node, H[key], None))
            for one in value if isinstance(value, list) else [value]:
                if one is not None:
                    self.graph.add((node, H[key], one if isinstance(one, URIRef) else Literal(one)))
            if key in {"value", "lower", "upper", "p"} and value is not None:
                self.graph.set((node, H[key + "Text"], Literal(str(value))))
        return node

    def add(self, iri: str, kind: URIRef, **values: object) -> URIRef:
        node = K[iri]
        self.graph.add((node, RDF.type, kind))
        return self.put(node, **values)


EFFECT = (H.lower, H.upper, H.confidenceLevel, H.p)
type_ = RDF.type


def effect(r: Record) -> URIRef:
    return r.first(H.EffectReport, *EFFECT)


def primary(r: Record) -> URIRef:
    return r.first(H.Analysis, analysisRole=H.Primary)


def median(r: Record) -> URIRef:
    return r.first(H.ArmReport, lacking=H.lower, statistic=H.Median)


def share(r: Record) -> URIRef:
    return r.first(H.QuantityReport, lacking=H.lower, unit=H.Percent)


def swap_limits(r: Record) -> URIRef:
    report = effect(r)
    lower, upper = r.graph.value(report, H.lower).toPython(), r.graph.value(report, H.upper).toPython()
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
    return r.add(name, H.Acceptance, ofAnalysis=r.graph.value(report, H.ofAnalysis), accepts=report, policy="as printed")


def two_accepted_reports(r: Record) -> URIRef:
    report = effect(r)
    accept(r, report)
    accept(r, report, "acceptance-2")
    return r.graph.value(report, H.ofAnalysis)


def accepted_although_retracted(r: Record) -> URIRef:
    report = effect(r)
    from datetime import date

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
    r.graph.set((next(s for s in r.graph.subjects(RDF.type, H.Biomarker) if isinstance(s, BNode)), RDFS.label, Literal("no name")))
    return "_:"


def outside_its_interval(r: Record) -> URIRef:
    return r.put(effect(r), value=r.graph.value(effect(r), H.upper).toPython() * 2)


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
    "enrolment without a report": ("PopulationSizeSourcedShape", lambda r: r.put(r.first(H.Population, H.n), n=9999)),
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
    "half a patient": ("PatientCountShape", lambda r: r.put(r.first(H.QuantityReport, unit=H.Patients, ofQuantity=K["TyTAN-half"]), value=0.5)),
    "timing missing": ("TimingShape", lambda r: r.put(primary(r), timing=None)),
    "framework missing": ("PrimaryFrameworkShape", lambda r: r.put(primary(r), framework=None)),
    "role without source": ("PrimaryRoleSourceShape", lambda r: r.put(primary(r), roleSource=None, roleLocator=None)),
    "alpha neither stated nor assumed": ("PrimaryAlphaShape", lambda r: r.put(primary(r), alphaBasis=None)),
    "non-inferiority without margin": ("MarginShape", lambda r: r.put(primary(r), framework=H.NonInferiority)),
    "population of another study": ("AnalysisSameStudyShape", population_of_another_study),
    "same arm twice": ("ArmsDifferShape", lambda r: r.put(a := primary(r), controlArm=r.graph.value(a, H.experimentalArm))),
    "second effect report of one source": ("OneEffectReportShape", second_effect_report),
    "subgroup of unsaid planning": ("SubgroupShape", lambda r: r.put(r.first(H.Population, populationKind=H.Subgroup), prespecification=None)),
    "arm without components": ("ComponentArmShape", lambda r: r.put(r.first(H.Component, H.choiceGroup), dose="1 mg")),
    "component of two agents": ("ComponentAgentShape", lambda r: r.put(r.first(H.Component), agent=[K.lapatinib, K.paclitaxel])),
    "registry number mistyped": ("RegistryPatternShape", lambda r: r.put(STUDY, registryNumber="NCT0048695")),
    "phase that no report gives": ("DesignSourcedShape", lambda r: r.put(STUDY, phase=H.PhaseII)),
    "source without date": ("SourceDateShape", lambda r: r.put(r.graph.value(effect(r), H.source), knownFrom=None)),
    "source of unknown type": ("SourceTypeShape", lambda r: r.put(r.graph.value(effect(r), H.source), sourceType=H.Leaflet)),
    "DOI as an address": ("DOIPatternShape", lambda r: r.put(r.first(H.Source, H.doi), doi="https://doi.org/10.1200/x")),
    "disagreement of nothing": ("DisagreementInvolvesShape", lambda r: r.put(r.first(H.Disagreement), involves=None)),
    "estimate and its absence": ("EffectEstimateShape", lambda r: r.put(effect(r), estimateStatus=H.NotReported)),
    "typed-in verdict": ("NoTypedVerdictShape", typed_in_verdict),
    "label of another": ("UniqueLabelShape", label_of_another),
    "German label": ("LabelLanguageShape", german_label),
    "misspelt property": ("KnownPropertyShape", misspelt_property),
    "feature value that nobody describes": ("DescribedShape", dangling_feature),
    "blank node": ("NoBlankNodeShape", blank_node),
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
    graph = trial()
    print(len(graph))
    assert violations(graph) == set()


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_mutation_of_the_real_data_is_caught_by_exactly_one_shape(mutation: str, trial: Callable[[], Graph]) -> None:
    shape, change = MUTATIONS[mutation]
    graph = trial()
    faulty = change(Record(graph))
    nodes = faulty if isinstance(faulty, list) else [faulty]
    assert violations(graph) == {(curie(str(node)), f"her2:{shape}") for node in nodes}
