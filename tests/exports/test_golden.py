"""Every hazard survives every format, as a program that is not ours sees it."""

import json
import re

import pytest
from export_hazards import HARD, hazards
from export_readers import (
    GRAPH_FORMATS,
    Fixed,
    by_csv,
    by_gexf_schema,
    by_graphviz,
    by_kgx,
    by_mermaid,
    by_ndex2,
    by_neo4j,
    by_networkx_gexf,
    by_networkx_graphml,
    by_node,
    by_node_read,
    by_pyarrow,
    by_svg,
    only,
    written,
)

from her2kg.projection.model import ProjectionError, build

VIEW = hazards()


def files(form: str, **options):
    return written(Fixed(VIEW, **options), form)


def assert_same(
    read, exact: bool = False, lists: str | None = "; ", swap: tuple[str, str] | None = None, blank: bool = False
) -> None:
    """Assert that a reader found all nodes, edges, ends and values of the hazard graph.

    `exact`: with their types, else as text; `lists`: how lists are joined, None where they stay lists;
    `swap`: what a format must replace inside an item of a list; `blank`: line ends and tabs become blanks.
    """

    def plain(value):
        if isinstance(value, tuple):
            items = [item.replace(*swap) if swap else item for item in value]
            return items if lists is None else lists.join(items)
        if isinstance(value, bool):
            return value if exact else str(value).lower()
        return value if exact else str(value)

    def seen(value):
        if hasattr(value, "isoformat"):
            return value.isoformat()
        if isinstance(value, list) and lists is None:
            return value
        if isinstance(value, bool) and not exact:
            return str(value).lower()
        return value if exact else str(value)

    def same(one, other):
        if blank and isinstance(other, str):
            return one == " ".join(other.split())
        return one == other and (not exact or isinstance(one, type(other)))

    assert set(read.nodes) == {node.id for node in VIEW.nodes()}
    assert set(read.edges) == {edge.id for edge in VIEW.edges()}
    for node in VIEW.nodes():
        for name, value in node.values.items():
            assert same(seen(read.nodes[node.id][name]), plain(value)), (node.id, name)
    for edge in VIEW.edges():
        source, target, values = read.edges[edge.id]
        assert (source, target) == (edge.source, edge.target)
        for name, value in edge.values.items():
            assert same(seen(values[name]), plain(value)), (edge.id, name)


def test_the_view_itself_is_clean() -> None:
    nodes = {node.id: node.values for node in VIEW.nodes()}
    odd = nodes["trial.a:b/c d"]
    assert odd["label"] == "median  overall\nsurvival\tnext"
    assert "skos_note" not in odd
    assert odd["aliases"] == ('"', "a", "b; c|d")
    assert (odd["HR"], odd["hr_2"], odd["a_2nd_line"]) == (0.74, 1.0, True)
    assert nodes["Trial.A:b/c d"]["label"] == "Trial.A:b/c d"
    assert nodes["end"]["id_"] == "other"


def test_graphml_in_networkx() -> None:
    assert_same(by_networkx_graphml(only(files("graphml"))), exact=True)


def test_gexf_in_networkx() -> None:
    assert_same(by_networkx_gexf(only(files("gexf"))), exact=True)


@pytest.mark.parametrize("timeline", [False, True])
def test_gexf_by_the_official_schema(timeline: bool) -> None:
    content = only(files("gexf", timeline=timeline))
    assert by_gexf_schema(content) == []
    assert by_gexf_schema(content.replace(b"<nodes>", b"<knoten>").replace(b"</nodes>", b"</knoten>")) != []


def test_gexf_timeline_begins_when_things_became_known() -> None:
    text = only(files("gexf", timeline=True)).decode()
    assert 'mode="dynamic" timeformat="date" timerepresentation="interval"' in text
    starts = dict(re.findall(r'<(?:node|edge) id="([\w.]+)"[^>]* start="([\d-]+)"', text))
    assert starts["e1"] == "2010-08-28"
    assert starts["graph"] == starts["endpoint.OS"] == starts["e3"] == "2009-06-01"
    assert " start=" not in only(files("gexf")).decode()


@pytest.mark.parametrize("form", ["graphml", "gexf", "sigma"])
def test_in_graphology(form: str, tmp_path) -> None:
    read = by_node_read(form, only(files(form)), tmp_path)
    assert set(read.nodes) == {node.id for node in VIEW.nodes()}
    assert {key: edge[:2] for key, edge in read.edges.items()} == {e.id: (e.source, e.target) for e in VIEW.edges()}
    assert read.nodes["graph"]["label"] == HARD
    assert read.edges["e1"][2]["hr"] == 0.74
    assert read.edges["e2"][2]["hr_text"] == "0.740"
    assert read.edges["e3"][2]["hr"] == 1
    if form == "sigma":
        assert read.edges["e1"][2]["papers"] == ["x", "y"]
        assert all(isinstance(node["x"], (int, float)) for node in read.nodes.values())


def test_cytoscape_in_cytoscape(tmp_path) -> None:
    found = by_node("cytoscape", only(files("cytoscape")), tmp_path)
    assert found["complaints"] == []
    assert set(found["nodes"]) == {node.id for node in VIEW.nodes()}
    assert {key: tuple(edge[:2]) for key, edge in found["edges"].items()} == {
        e.id: (e.source, e.target) for e in VIEW.edges()
    }
    assert found["nodes"]["graph"]["label"] == HARD
    assert found["edges"]["e1"][2]["papers"] == ["x", "y"]
    assert found["edges"]["e1"][2]["significant"] is True
    assert found["colours"]["end"] == "rgb(0,114,178)"


def test_cx2_in_ndex2() -> None:
    assert_same(by_ndex2(only(files("cx2"))), exact=True, lists=None)


def test_cx2_keeps_the_rules_of_its_specification() -> None:
    document = json.loads(only(files("cx2")))
    aspects = {name: value for part in document for name, value in part.items()}
    assert document[0] == {"CXVersion": "2.0", "hasFragments": False}
    assert document[-1] == {"status": [{"error": "", "success": True}]}
    (declared,) = aspects["attributeDeclarations"]
    for part in ("nodes", "edges"):
        for element in aspects[part]:
            assert set(element["v"]) <= set(declared[part])
            assert not {"id", "s", "t"} & set(element["v"])
            for name, value in element["v"].items():
                kind = declared[part][name]["d"]
                expected = {"string": str, "long": int, "double": float, "boolean": bool, "list_of_string": list}[kind]
                assert type(value) is expected, (name, value)
    counts = {item["name"]: item["elementCount"] for item in aspects["metaData"]}
    assert counts == {name: len(aspects[name]) for name in counts}
    (style,) = aspects["visualProperties"]
    for mapping in (*style["nodeMapping"].values(), *style["edgeMapping"].values()):
        assert mapping["definition"]["attribute"] in {*declared["nodes"], *declared["edges"]}


def test_dot_in_graphviz() -> None:
    read = by_graphviz(only(files("dot")))
    for data in (*read.nodes.values(), *(edge[2] for edge in read.edges.values())):
        for name, value in data.items():
            data[name] = value.replace("\\\\", "\\")
    assert_same(read)


def test_svg_draws_each_node_and_edge_once_with_its_label() -> None:
    by_graphviz(b"digraph { a }")  # skips where Graphviz is not there
    read = by_svg(only(files("svg")))
    assert len(read.nodes) == len(list(VIEW.nodes()))
    assert len(read.edges) == len(list(VIEW.edges()))
    labels = {values["label"].replace(" ", "") for values in read.nodes.values()}
    assert HARD.replace(" ", "") in labels
    assert "総生存期間🎗️בריאות" in labels


def test_neo4j_tables() -> None:
    read = by_neo4j(files("neo4j"))
    assert_same(read, exact=True, lists=None, swap=(";", ","))


def test_neo4j_cypher_is_one_statement_a_line_with_balanced_quotes() -> None:
    head, *statements = [line for line in files("neo4j")["load.cypher"].decode().splitlines() if line[:2] != "//"]
    assert head.startswith("CREATE CONSTRAINT her2kg_id IF NOT EXISTS")
    assert len(statements) == len(list(VIEW.nodes())) + len(list(VIEW.edges()))
    text = r"'(?:[^'\\]|\\['\\nt])*'"
    for line in statements:
        assert re.fullmatch(rf"(?:[^'\\]|{text})*;", line), line
        assert re.match(r"MERGE \(n:Entity \{id: '|MATCH \(a:Entity \{id: '", line)


def test_kgx_tables_and_lines() -> None:
    tables, lists = by_kgx(files("kgx"))
    assert len(tables.nodes) == len(lists.nodes) == len(list(VIEW.nodes()))
    assert set(tables.edges) == set(lists.edges) == {edge.id for edge in VIEW.edges()}
    for read in (tables, lists):
        assert {end for edge in read.edges.values() for end in edge[:2]} <= set(read.nodes)
        assert {node["label"] for node in read.nodes.values()} >= {HARD, "end"}
    assert lists.edges["e1"][2]["papers"] == ["x", "y"]
    assert tables.edges["e1"][2]["papers"] == "x|y"
    assert lists.edges["e1"][2]["hr"] == 0.74
    odd = next(node for node in tables.nodes.values() if node["label"].startswith("median"))
    assert odd["aliases"] == '"|a|b; c/d'


def test_mermaid_by_its_grammar() -> None:
    read = by_mermaid(only(files("mermaid")))
    assert len(read.nodes) == len(list(VIEW.nodes()))
    assert len(read.edges) == len(list(VIEW.edges()))
    assert HARD in {node["label"] for node in read.nodes.values()}
    assert HARD in {edge[2]["label"] for edge in read.edges.values()}


def test_csv() -> None:
    assert_same(by_csv(files("csv")))


def test_parquet_in_pyarrow() -> None:
    assert_same(by_pyarrow(files("parquet")), exact=True, lists=None)


@pytest.mark.parametrize("form", GRAPH_FORMATS)
def test_nothing_is_called_none_or_nan(form: str) -> None:
    if form == "svg":
        by_graphviz(b"digraph { a }")
    for name, content in files(form).items():
        if not name.endswith(".parquet"):
            assert not re.search(rb"\b(None|NaN|nan|null|True|False|inf)\b", content), name
            assert b"\x0c" not in content


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"hr": float("nan")}, "hr is 'nan', which no graph format can carry as double"),
        ({"hr": float("inf")}, "which no graph format can carry"),
        ({"hr": "0.74"}, "which no graph format can carry as double"),
        ({"n": 1.5}, "which no graph format can carry as integer"),
        ({"n": 2**53}, "which no graph format can carry as integer"),
        ({"n": True}, "which no graph format can carry as integer"),
        ({"day": "2010-8-28"}, "which no graph format can carry as date"),
        ({"names": [1]}, "which no graph format can carry as strings"),
        ({"names": {"a": 1}}, "which no graph format can carry as strings"),
        ({"undeclared": "x"}, "'undeclared' is not in the schema"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_a_line(values, said: str) -> None:
    schema = {"hr": ("double", "hr"), "n": ("integer", "n"), "day": ("date", "day"), "names": ("strings", "names")}
    with pytest.raises(ProjectionError, match=re.escape(said)):
        build("v", "v", "", (schema, {}), [("a", values)], [])


@pytest.mark.parametrize(
    ("nodes", "edges"),
    [
        ([("a", {}), ("a", {})], []),
        ([("a", {})], [("e", "a", "b", {})]),
        ([("a", {})], [("a", "a", "a", {})]),
        ([("a", {})], [("e", "a", "a", {}), ("e", "a", "a", {})]),
    ],
)
def test_ids_are_unique_over_nodes_and_edges_and_ends_exist(nodes, edges) -> None:
    with pytest.raises(ProjectionError):
        build("v", "v", "", ({}, {}), nodes, edges)
