"""The shipped graph in every format: same counts, numbers and labels as the graph; the same bytes every time."""

import hashlib
import json
import math
import os
import re
import subprocess
import sys
from statistics import NormalDist

import pytest
from export_readers import (
    GRAPH_FORMATS,
    Read,
    by_csv,
    by_gexf_schema,
    by_graphviz,
    by_kgx,
    by_mermaid,
    by_ndex2,
    by_neo4j,
    by_networkx_gexf,
    by_networkx_graphml,
    by_node_read,
    by_pyarrow,
    by_svg,
    only,
    written,
)

from her2kg.exports.formats import NAMES, Export, find
from her2kg.projection.model import View
from her2kg.projection.names import VIEWS
from her2kg.projection.views import project

DRAWN = ("trials", "comparisons", "mechanisms", "provenance", "ontology")
ROUND = {
    "graphml": lambda files, _: by_networkx_graphml(only(files)),
    "gexf": lambda files, _: by_networkx_gexf(only(files)),
    "cx2": lambda files, _: by_ndex2(only(files)),
    "dot": lambda files, _: by_graphviz(only(files)),
    "neo4j": lambda files, _: by_neo4j(files),
    "csv": lambda files, _: by_csv(files),
    "parquet": lambda files, _: by_pyarrow(files),
    "kgx": lambda files, _: by_kgx(files)[1],
    "cytoscape": lambda files, folder: by_node_read("cytoscape", only(files), folder),
    "sigma": lambda files, folder: by_node_read("sigma", only(files), folder),
}
NUMBERS = ("value", "ci_low", "ci_high", "p", "se", "weight")
PRINTED = ("value_text", "ci_low_text", "ci_high_text", "p_text", "verdict", "reported_in", "population")


@pytest.mark.parametrize("form", ROUND)
@pytest.mark.parametrize("view", ["trials", "comparisons", "mechanisms"])
def test_same_counts_labels_and_numbers(exports, shipped_files, view: str, form: str, tmp_path) -> None:
    graph = exports[view].graph
    read = ROUND[form](shipped_files(form, view), tmp_path)
    nodes, edges = list(graph.nodes()), list(graph.edges())
    assert len(read.nodes) == len(nodes)
    assert set(read.edges) == {edge.id for edge in edges}
    assert sorted(node["label"] for node in read.nodes.values()) == sorted(str(n.values["label"]) for n in nodes)
    for edge in edges:
        values = read.edges[edge.id][2]
        assert values["label"] == edge.values["label"]
        for name in NUMBERS:
            assert (float(values[name]) if name in values else None) == edge.values.get(name), (edge.id, name)
        for name in PRINTED:
            said = edge.values.get(name)
            if isinstance(said, str):
                assert values[name] == said


@pytest.mark.parametrize("view", DRAWN)
def test_gexf_by_the_official_schema(exports, view: str) -> None:
    export = exports[view]
    for timeline in (False, True):
        assert by_gexf_schema(only(written(Export(export.knowledge, view, None, timeline), "gexf"))) == []


@pytest.mark.parametrize("form", ["graphml", "gexf"])
def test_xml_in_graphology(exports, shipped_files, form: str, tmp_path) -> None:
    graph = exports["trials"].graph
    read = by_node_read(form, only(shipped_files(form)), tmp_path)
    assert len(read.nodes) == graph.graph.number_of_nodes()
    assert set(read.edges) == {edge.id for edge in graph.edges()}


def test_svg_draws_all(exports, shipped_files) -> None:
    by_graphviz(b"digraph { a }")  # skips where Graphviz is not there
    graph = exports["mechanisms"].graph
    read = by_svg(only(shipped_files("svg", "mechanisms")))
    assert (len(read.nodes), len(read.edges)) == (graph.graph.number_of_nodes(), graph.graph.number_of_edges())


def test_mermaid_shows_what_decides_first(exports, shipped_files) -> None:
    content = only(shipped_files("mermaid"))
    read = by_mermaid(content)
    assert len(read.edges) == 60
    assert b"%% 60 of " in content
    labels = {edge[2]["label"] for edge in read.edges.values()}
    deciding = [e for e in exports["trials"].graph.edges() if e.values.get("primary") and e.values.get("decides")]
    assert len({str(edge.values["label"]) for edge in deciding} & labels) > len(labels) / 3


def categories_and_predicates():
    """Return what the Biolink model itself allows: classes that can be instantiated, predicates below related_to."""
    from importlib.resources import files

    import yaml

    model = yaml.safe_load((files("biolink_model") / "schema" / "biolink_model.yaml").read_text(encoding="utf-8"))
    classes = {name for name, said in model["classes"].items() if not (said.get("abstract") or said.get("mixin"))}
    slots = model["slots"]

    def below(name):
        while name and name != "related to":
            name = slots[name].get("is_a")
        return name is not None

    camel = {"".join(word[0].upper() + word[1:] for word in name.split()) for name in classes}
    predicates = {name.replace(" ", "_") for name in slots if below(name) and not slots[name].get("deprecated")}
    enums = {name: set(model["enums"][name]["permissible_values"]) for name in ("KnowledgeLevelEnum", "AgentTypeEnum")}
    return camel, predicates, enums


def test_kgx_says_what_biolink_has_and_no_more(shipped_files) -> None:
    classes, predicates, enums = categories_and_predicates()
    for view in DRAWN:
        _, read = by_kgx(shipped_files("kgx", view))
        for key, node in read.nodes.items():
            assert re.fullmatch(r"[A-Za-z0-9]+:\S+", key)
            assert {name.removeprefix("biolink:") for name in node["category"]} <= classes, node["category"]
        for source, target, edge in read.edges.values():
            assert source in read.nodes
            assert target in read.nodes
            assert edge["predicate"].removeprefix("biolink:") in predicates, edge["predicate"]
            assert edge["knowledge_level"] in enums["KnowledgeLevelEnum"]
            assert edge["agent_type"] in enums["AgentTypeEnum"]
            assert "treat" not in edge["predicate"]
            assert all(re.fullmatch(r"(doi|PMID):\S+", item) for item in edge.get("publications", []))


# Labels


NO_LABEL = re.compile(
    r"None|NaN|nan|null|undefined|\s*|.*://.*|urn:.*|_:.*|(?:kg|her2|rdfs?|owl|xsd|skos|sh|dcterms):\S*", re.S
)
"""What must never stand where a label belongs: nothing, the word of a program for nothing, an IRI or a CURIE."""


@pytest.mark.parametrize("view", VIEWS)
def test_labels_are_for_people_and_tell_nodes_apart(exports, view: str) -> None:
    labels = [str(node.values["label"]) for node in exports[view].graph.nodes()]
    assert len(labels) == len(set(labels))
    for element in (*exports[view].graph.nodes(), *exports[view].graph.edges()):
        label = str(element.values["label"])
        assert label.strip() == label
        assert not NO_LABEL.fullmatch(label), (element.id, label)
        assert element.values["iri"]
        assert re.fullmatch(r"[A-Za-z0-9_.-]+", element.id)
        assert len(element.id) < 180


LABELS_OF = {
    **ROUND,
    "svg": lambda files, _: by_svg(only(files)),
    "mermaid": lambda files, _: by_mermaid(only(files)),
    # By plain JSON here, whose readers in Node have tests above.
    "cytoscape": lambda files, _: as_json(json.loads(only(files))["elements"], lambda element: element["data"]),
    "sigma": lambda files, _: as_json(json.loads(only(files)), lambda e: {"id": e["key"], **e["attributes"]}),
}


def as_json(held, values) -> Read:
    nodes = {str(number): values(node) for number, node in enumerate(held["nodes"])}
    return Read(nodes, {str(number): ("", "", values(edge)) for number, edge in enumerate(held["edges"])})


@pytest.mark.parametrize("form", GRAPH_FORMATS)
@pytest.mark.parametrize("view", DRAWN)
def test_no_label_in_any_graph_format_is_none_nan_or_an_iri(shipped_files, view: str, form: str, tmp_path) -> None:
    if form == "svg":
        by_graphviz(b"digraph { a }")  # skips where Graphviz is not there
        if view == "provenance":
            pytest.skip("its layout takes minutes")
    files = shipped_files(form, view)
    read = LABELS_OF[form](files, tmp_path)
    # Above 60 edges, those of a drawing by Graphviz are labelled by their tool tips alone.
    labels = [node["label"] for node in read.nodes.values()]
    labels += [] if form == "svg" else [edge["label"] for _, _, edge in read.edges.values()]
    assert labels
    assert [label for label in labels if NO_LABEL.fullmatch(str(label))] == []
    for name, content in files.items():
        if not name.endswith(".parquet"):
            assert not re.search(rb"[>\"'\t,](None|NaN|nan|null|inf)[<\"'\t,]", content), name


@pytest.mark.parametrize("form", ["turtle", "nquads", "jsonld", "rdfxml", "nanopub"])
def test_no_label_in_any_rdf_format_is_none_nan_or_an_iri(shipped_files, form: str) -> None:
    import pyoxigraph as ox

    read = {
        "turtle": ox.RdfFormat.TURTLE,
        "nquads": ox.RdfFormat.N_QUADS,
        "jsonld": ox.RdfFormat.JSON_LD,
        "rdfxml": ox.RdfFormat.RDF_XML,
        "nanopub": ox.RdfFormat.TRIG,
    }
    naming = ("#label", "#prefLabel", "#altLabel", "/title")
    labels = [
        quad.object.value
        for quad in ox.parse(only(shipped_files(form)), format=read[form])
        if quad.predicate.value.endswith(naming)
    ]
    assert len(labels) > 50
    assert [label for label in labels if NO_LABEL.fullmatch(label)] == []


def test_no_display_in_fhir_is_none_nan_or_an_iri(shipped_files) -> None:
    def displays(value):
        for key, held in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(held, (dict, list)):
                yield from displays(held)
            elif key in {"display", "text", "title", "name", "label", "description"}:
                yield held

    found = list(displays(json.loads(only(shipped_files("fhir")))))
    assert len(found) > 1000
    assert [label for label in found if NO_LABEL.fullmatch(label)] == []


# Same bytes


DIGESTS = """
import hashlib, json, sys
import her2kg
from her2kg.exports.formats import Export, find
kg = her2kg.load()
print(json.dumps({f"{form} {view} {name}": hashlib.sha256(b"".join(chunks)).hexdigest()
    for view in sys.argv[2].split() for export in [Export(kg, view)] for form in sys.argv[1].split()
    for name, chunks in find(form).write(export)}))
"""


def test_same_bytes_twice_and_whatever_the_hash_seed(shipped_files) -> None:
    forms = [form for form in GRAPH_FORMATS if form != "svg"]
    views = ["trials", "mechanisms", "provenance"]
    here = {
        f"{form} {view} {name}": hashlib.sha256(content).hexdigest()
        for form in forms
        for view in views
        for name, content in shipped_files(form, view).items()
    }
    done = subprocess.run(
        [sys.executable, "-c", DIGESTS, " ".join(forms), " ".join(views)],
        env={**os.environ, "PYTHONHASHSEED": "4711"},
        capture_output=True,
        check=True,
        timeout=120,
    )
    assert json.loads(done.stdout) == here


# The registry


@pytest.mark.parametrize("name", NAMES)
def test_every_format_says_what_it_is_and_loses(name: str) -> None:
    form = find(name)
    assert form.name == name
    assert form.title
    assert form.loss.endswith(".")
    assert form.suffix == "" or form.suffix.startswith(".")


def test_as_of_leaves_out_what_was_not_known(kg, exports) -> None:
    def trials(view: View) -> dict[str, dict]:
        return {node.id: node.values for node in view.nodes() if node.values["kind"] == "trial"}

    then, now = project(kg, "trials", "2020-04-30"), exports["trials"].graph
    assert set(trials(then)) < set(trials(now))
    assert trials(then)["trial.TyTAN"]["verdict"] == "failed"
    assert all(edge.values["known_from"] <= "2020-04-30" for edge in then.edges())
    assert then.as_of == "2020-04-30"


DAY = "2020-04-30"


@pytest.mark.parametrize("view", ["trials", "comparisons", "mechanisms", "provenance", "raw"])
def test_as_of_a_day_no_value_is_a_later_day(kg, view: str) -> None:
    """But the end of verdicts that hold, and the ontology's own dates."""
    then = project(kg, view, DAY)
    for element in (*then.nodes(), *then.edges()):
        for name, value in element.values.items():
            for text in value if isinstance(value, tuple) else (value,):
                if (
                    isinstance(text, str)
                    and re.fullmatch(r"\d{4}-\d\d-\d\d", text)
                    and not name.startswith(("dcterms", "owl"))
                ):
                    assert text <= DAY or text == "9999-12-31", (element.id, name, text)


def test_raw_holds_what_the_rdf_export_holds(kg) -> None:
    from her2kg.exports.rdf_quads import quads

    found = quads(Export(kg, as_of=DAY))
    raw = project(kg, "raw", DAY)
    things = {term.value for quad in found for term in (quad.subject, quad.object) if hasattr(term, "value")}
    named = {str(node.values["iri"]) for node in raw.nodes() if not str(node.values["iri"]).startswith("_:")}
    assert named <= things
    assert {quad.subject.value for quad in found if str(quad.subject).startswith("<")} <= named
    between = [quad for quad in found if not str(quad.object).startswith('"')]
    assert raw.graph.number_of_edges() == len(between)


def test_every_result_is_an_edge_and_every_number_is_as_printed(kg, exports) -> None:
    rows = kg.sparql("SELECT ?r ?v ?t WHERE { ?r a her2:Result OPTIONAL { ?r her2:value ?v ; her2:valueText ?t } }")
    edges = {str(e.values["iri"]): e.values for e in exports["trials"].graph.edges() if e.values["kind"] == "estimate"}
    found = {str(row["r"].id).replace("kg:", "https://w3id.org/her2kg/id/"): (row["v"], row["t"]) for row in rows}
    assert {iri: (values.get("value"), values.get("value_text")) for iri, values in edges.items()} == found


def test_trials_carry_verdicts_with_the_version_of_their_rule(exports) -> None:
    nodes = {node.id: node.values for node in exports["trials"].graph.nodes()}
    assert nodes["trial.TyTAN"]["verdict"] == "failed"
    assert nodes["trial.TyTAN"]["verdict_rules"] == ("verdict on a comparison, version 1",)
    assert "failed in second line (TyTAN)" in nodes["agent.lapatinib"]["verdicts"]


def test_every_estimate_with_two_arms_joins_two_regimens(kg, exports) -> None:
    (row,) = kg.sparql(
        """SELECT (COUNT(DISTINCT ?report) AS ?n) WHERE {
        ?report a her2:Result ; her2:ofAnalysis ?a . ?a her2:experimentalArm ?x ; her2:controlArm ?y }"""
    )
    graph = exports["comparisons"].graph
    assert graph.graph.number_of_edges() == row["n"] > 0
    joined = {end for edge in graph.edges() for end in (edge.source, edge.target)}
    assert {node.id for node in graph.nodes()} == joined
    labels = {node.id: node.values["label"] for node in graph.nodes()}
    ends = {(labels[e.source], labels[e.target]) for e in graph.edges() if e.values["study"] == "ATTRACTION-2"}
    assert ends == {("nivolumab", "placebo")}


def test_edges_of_comparisons_are_as_thick_as_they_are_precise(exports, shipped_files) -> None:
    """0.74 (0.60 to 0.91) at 95%: (ln 0.91 - ln 0.60) / (2 x 1.959964) = 0.106256."""
    edges = {edge.id: edge.values for edge in exports["comparisons"].graph.edges()}
    toga = edges["estimate.ToGA-OS-bang-2010"]
    assert toga["se"] == pytest.approx(0.106256, abs=1e-6)
    assert toga["weight"] == pytest.approx(1 / 0.106256, rel=1e-5)
    for values in edges.values():
        known = values.get("measure", "")
        if known in {"hazard ratio", "odds ratio", "risk ratio"} and "ci_low" in values and "ci_level" not in values:
            assert "se" not in values, "a level is never assumed"
        if "se" in values:
            z = NormalDist().inv_cdf(0.5 + values["ci_level"] / 200)
            assert values["se"] == pytest.approx(math.log(values["ci_high"] / values["ci_low"]) / (2 * z), rel=1e-9)
            assert values["weight"] == 1 / values["se"]
        else:
            assert "weight" not in values
    greatest = max(values.get("weight", 0.0) for values in edges.values())
    aspects = {
        name: value for part in json.loads(only(shipped_files("cx2", "comparisons"))) for name, value in part.items()
    }
    mapping = aspects["visualProperties"][0]["edgeMapping"]["EDGE_WIDTH"]
    assert mapping["type"] == "CONTINUOUS"
    assert mapping["definition"]["attribute"] == "weight"
    assert mapping["definition"]["map"][0]["max"] == greatest
    style = json.loads(only(shipped_files("cytoscape", "comparisons")))["style"]
    assert style[-1] == {"selector": "edge[weight]", "style": {"width": f"mapData(weight, 0, {greatest}, 1.0, 8.0)"}}
    widths = re.findall(rb"->.*? penwidth=([\d.]+) .*?data_value_text", only(shipped_files("dot", "comparisons")))
    assert max(map(float, widths)) == 8.0


def test_comparisons_join_regimens_of_several_trials(exports) -> None:
    regimens = [node.values["arms"] for node in exports["comparisons"].graph.nodes()]
    assert any(len({arm.partition(":")[0] for arm in arms}) > 1 for arms in regimens)
    assert all(edge.source != edge.target for edge in exports["comparisons"].graph.edges())


def test_styled_kinds_and_outcomes_are_those_of_the_graph(kg, exports) -> None:
    from her2kg.exports.style import KINDS, VERDICTS

    kinds = {node.values["kind"] for view in DRAWN for node in exports[view].graph.nodes()}
    assert kinds <= set(KINDS)
    outcomes = {row["o"] for row in kg.sparql("SELECT ?o WHERE { ?x a her2:Outcome ; rdfs:label ?o }")}
    assert set(VERDICTS) <= outcomes


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        ("resistance to", "?s a her2:ResistanceMechanism ; her2:resistanceTo ?o"),
        ("caused by", "?s a her2:ResistanceMechanism ; her2:causedBy ?o"),
        ("involves pathway", "?s a her2:ResistanceMechanism ; her2:involvesPathway ?o"),
        ("overcome by", "?s a her2:ResistanceMechanism ; her2:overcomeBy ?o"),
        ("step, ", "?s a her2:PathwayStep ; her2:subject/rdf:type her2:Alteration ; her2:object/rdf:type her2:Agent"),
    ],
)
def test_mechanisms_are_all_there(kg, exports, kind: str, pattern: str) -> None:
    (row,) = kg.sparql(f"SELECT (COUNT(*) AS ?n) WHERE {{ {pattern} }}")
    shown = [edge for edge in exports["mechanisms"].graph.edges() if str(edge.values["kind"]).startswith(kind)]
    if kind == "step, ":
        shown = [edge for edge in shown if edge.source.startswith("alteration.") and edge.target.startswith("agent.")]
    assert len(shown) == row["n"] > 0


def test_edges_on_resistance_tell_where_it_was_seen(exports) -> None:
    edges = [edge for edge in exports["mechanisms"].graph.edges() if edge.values["kind"] == "resistance to"]
    assert {edge.values["evidence"] for edge in edges} == {"clinical", "preclinical", "other"}
    for edge in edges:
        assert edge.values["evidence_systems"]
        assert edge.values["reported_in"]
