"""Any record that the shapes accept goes through every format and view, and every estimate of it is an edge of one.

Drawn are trials with arms of any agents (a placebo alone too), reports with and without numbers, and texts that are
hard to write; what derivation makes of them is exported with them. A few records by default, a hundred with
``--hypothesis-profile thorough``.
"""

from pathlib import Path
from types import SimpleNamespace

import pyoxigraph as ox
import pytest
from export_readers import GRAPH_FORMATS, by_csv, by_graphviz, written
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from her2kg import resources, validation
from her2kg.engine import Engine, parse_turtle
from her2kg.exports.formats import NAMES, Export
from her2kg.headers import read_rule
from her2kg.knowledge import KnowledgeGraph
from her2kg.projection.names import VIEWS
from her2kg.rules import derive
from her2kg.terms import PREFIXES

BASE = Path(__file__).parent.parent / "shapes" / "base.ttl"
ONTOLOGY = [quad for path in resources.ontology_files() for quad in parse_turtle(path)]
RULES = [read_rule(path) for path in resources.rule_files()]
HEAD = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())

TEXTS = st.sampled_from(
    ['≥2L & <post-trastuzumab> "q"', "back\\slash; a|b", "総生存期間 🎗️ בריאות", "end", "None of these", "]]> #35; &lt;"]
) | st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=12)
NUMBERS = st.integers(11, 189)


def quoted(text: str) -> str:
    return str(ox.Literal(text))


@st.composite
def records(draw) -> str:
    """Return Turtle to lay over the base record, valid by the shapes."""
    agents = ["drug", "backbone", "placebo"]
    lines = [
        'kg:placebo a her2:Agent ; rdfs:label "placebo" ; her2:agentClass her2:InactiveControl ; '
        'her2:source kg:paper ; her2:locator "abstract" .'
    ]

    def arm(study: str, name: str, role: str) -> str:
        given_ = sorted(draw(st.sets(st.sampled_from(agents), min_size=1)))
        parts = [f"kg:{study}-{name}-{agent}" for agent in given_]
        for part, agent in zip(parts, given_, strict=True):
            lines.append(
                f"{part} a her2:Component ; her2:agent kg:{agent} ; her2:dose {quoted(draw(TEXTS))} ; "
                f"her2:source kg:paper ; her2:locator {quoted(draw(TEXTS))} ."
            )
        lines.append(
            f"kg:{study}-{name} a her2:Arm ; rdfs:label {quoted(f'{name} {draw(TEXTS)}')} ; her2:partOfStudy kg:{study} ; "
            f"her2:role her2:{role} ; her2:hasComponent {' , '.join(parts)} ."
        )
        return f"kg:{study}-{name}"

    for number in range(draw(st.integers(1, 2))):
        study = f"T{number}"
        lines.append(
            f"kg:{study} a her2:RandomisedTrial ; rdfs:label {quoted(f'T{number} {draw(TEXTS)}')} ; "
            f"her2:phase her2:PhaseIII ; her2:lineOfTherapy her2:FirstLine ; her2:setting her2:Advanced ; "
            f"her2:blinding her2:OpenLabel ; her2:her2Selection her2:ISHOnly ; her2:confirmatory true ; "
            f'her2:registryNumber "NCT0000010{number}" .'
        )
        for feature, value in (
            ("Phase", "PhaseIII"),
            ("Line", "FirstLine"),
            ("Blinding", "OpenLabel"),
            ("HER2Selection", "ISHOnly"),
        ):
            lines.append(
                f"kg:{study}-{feature} a her2:DesignReport ; her2:partOfStudy kg:{study} ; her2:feature her2:{feature}Feature ; "
                f'her2:featureValue her2:{value} ; her2:statement "as coded" ; her2:source kg:paper ; her2:locator "methods" .'
            )
        control = arm(study, "control", "Control")
        tested = [arm(study, f"experimental-{n}", "Experimental") for n in range(draw(st.integers(1, 2)))]
        lines.append(
            f"kg:{study}-ITT a her2:Population ; rdfs:label {quoted(draw(TEXTS))} ; her2:partOfStudy kg:{study} ; "
            f"her2:populationKind her2:IntentionToTreat ."
        )
        for index, experimental in enumerate(tested):
            analysis = f"kg:{study}-OS-{index}"
            lines.append(
                f"{analysis} a her2:Analysis ; rdfs:label {quoted(f'{study} OS {index}')} ; her2:partOfStudy kg:{study} ; "
                f"her2:experimentalArm {experimental} ; her2:controlArm {control} ; her2:endpoint her2:OS ; "
                f"her2:population kg:{study}-ITT ; her2:analysisRole her2:Primary ; her2:roleSource kg:paper ; "
                f'her2:roleLocator "methods" ; her2:framework her2:Superiority ; her2:timing her2:Final ; her2:alphaBasis her2:Assumed .'
            )
            for source in sorted(draw(st.sets(st.sampled_from(["paper", "review"])))):
                low, value, high = sorted(draw(st.sets(NUMBERS, min_size=3, max_size=3)))
                said = [f"a her2:EffectReport ; her2:ofAnalysis {analysis} ; her2:source kg:{source}"]
                said.append(f"her2:locator {quoted(draw(TEXTS))}")
                if draw(st.booleans()):
                    said.append("her2:measure her2:HazardRatio")
                    for name, hundredths in (("value", value), ("lower", low), ("upper", high)):
                        text = f"{hundredths / 100:.2f}"
                        said.append(f'her2:{name} {text} ; her2:{name}Text "{text}"')
                    said.append(draw(st.sampled_from(["her2:confidenceLevel 95", "her2:levelStatus her2:NotStated"])))
                else:
                    said.append("her2:estimateStatus her2:NotReported")
                lines.append(f"{analysis}-{source} {' ; '.join(said)} .")
    return HEAD + "\n".join(lines)


def derived(turtle: str) -> KnowledgeGraph:
    store = ox.Store()
    store.extend(ONTOLOGY)
    store.extend(parse_turtle(str(BASE)))
    store.load(turtle.encode(), format=ox.RdfFormat.TURTLE)
    engine = Engine(store)
    derive(engine, RULES)
    return KnowledgeGraph(SimpleNamespace(engine=engine))  # type: ignore[arg-type]


EXAMPLES = 3 if settings.get_current_profile_name() == "repeatable" else 100


# A record takes seconds, so that shrinking one would take many minutes: it is shown as drawn.
@settings(max_examples=EXAMPLES, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(records())
def test_any_valid_record_goes_everywhere(tmp_path_factory: pytest.TempPathFactory, turtle: str) -> None:
    path = tmp_path_factory.mktemp("record") / "record.ttl"
    path.write_text(turtle, encoding="utf-8")
    graph = validation.graph_of([*resources.ontology_files(), str(BASE), str(path)])
    assert [str(one) for one in validation.validate_graph(graph) if one.severity == "Violation"] == []
    knowledge = derived(turtle)
    ends = "?a her2:experimentalArm ?x ; her2:controlArm ?y"
    for view, pattern in (
        ("trials", "?report a her2:Result"),
        ("comparisons", f"?report a her2:Result ; her2:ofAnalysis ?a . {ends}"),
    ):
        (row,) = knowledge.sparql(f"SELECT (COUNT(DISTINCT ?report) AS ?n) WHERE {{ {pattern} }}")
        estimates = [e for e in Export(knowledge, view).graph.edges() if e.values["kind"] == "estimate"]
        assert len(estimates) == row["n"] > 0
    by_graphviz(b"digraph { a }")  # skips where Graphviz is not there
    for view in VIEWS:
        export = Export(knowledge, view)
        counts = (export.graph.graph.number_of_nodes(), export.graph.graph.number_of_edges())
        for form in GRAPH_FORMATS:
            if form == "svg" and view == "raw":
                continue  # its layout takes a minute
            files = written(export, form)
            assert all(files.values())
            if form == "csv":
                read = by_csv(files)
                assert (len(read.nodes), len(read.edges)) == counts
    for form in set(NAMES) - set(GRAPH_FORMATS):
        (content,) = written(Export(knowledge), form).values()
        assert content
