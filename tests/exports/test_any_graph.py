"""Any graph at all, drawn by hypothesis, goes through every format with nothing lost that the format can carry."""

import json

from export_readers import (
    GRAPH_FORMATS,
    Fixed,
    by_csv,
    by_gexf_schema,
    by_kgx,
    by_mermaid,
    by_ndex2,
    by_neo4j,
    by_networkx_graphml,
    by_pyarrow,
    only,
    written,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from her2kg.projection.model import TYPES, build

LARGEST = 2**53 - 1
TEXTS = st.text(max_size=30) | st.sampled_from(
    ["end", "", " ", "\x0c", '"', "\\", "a;b", "a|b", "]]>", "&#0;", "None", "a\nb"]
)
VALUES = {
    "string": TEXTS,
    "integer": st.integers(-LARGEST, LARGEST),
    "double": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-LARGEST, LARGEST),
    "boolean": st.booleans(),
    "date": st.dates().map(lambda day: day.isoformat()),
    "strings": st.lists(TEXTS, max_size=3),
}
NAMES = st.text(min_size=1, max_size=8) | st.sampled_from(
    ["id", "ID", "name", "x", "label_", "source", "hr", "HR", "a:b"]
)
KEYS = st.text("abcXYZ0189.-_", min_size=1, max_size=10) | TEXTS.filter(
    lambda text: text.strip() != "" and text.isprintable()
)


@st.composite
def graphs(draw):
    schemas = []
    for _ in range(2):
        kinds = draw(
            st.dictionaries(
                NAMES.filter(lambda name: name not in {"label", "kind", "iri"}), st.sampled_from(TYPES), max_size=5
            )
        )
        schemas.append({name: (kind, name) for name, kind in kinds.items()})

    def values(schema):
        held = {name: draw(VALUES[kind]) for name, (kind, _) in schema.items() if draw(st.booleans())}
        kind = draw(st.sampled_from(["agent", "trial", "given in", "step, positive", "2nd", "ß"]))
        return {
            **held,
            "label": draw(TEXTS),
            "kind": kind,
            "iri": f"https://w3id.org/her2kg/id/{draw(st.integers(0, 10**9))}",
        }

    keys = draw(st.lists(KEYS, max_size=12, unique=True))
    split = draw(st.integers(0, len(keys)))
    nodes, edges = keys[:split], keys[split:]
    if not nodes:
        edges = []
    return build(
        "trials",
        draw(TEXTS),
        "",
        tuple(schemas),
        [(key, values(schemas[0])) for key in nodes],
        [(key, draw(st.sampled_from(nodes)), draw(st.sampled_from(nodes)), values(schemas[1])) for key in edges],
    )


@settings(max_examples=60)
@given(graphs())
def test_any_graph_goes_everywhere(view) -> None:
    export = Fixed(view)
    nodes, edges = {node.id for node in view.nodes()}, {edge.id for edge in view.edges()}
    files = {form: written(export, form) for form in GRAPH_FORMATS if form != "svg"}
    for read in (
        by_networkx_graphml(only(files["graphml"])),
        by_ndex2(only(files["cx2"])),
        by_neo4j(files["neo4j"]),
        by_csv(files["csv"]),
        by_pyarrow(files["parquet"]),
    ):
        assert set(read.nodes) == nodes
        assert set(read.edges) == edges
        for node in view.nodes():
            assert read.nodes[node.id]["label"] == node.values["label"]
    for read in by_kgx(files["kgx"]):
        assert set(read.edges) == edges
    assert by_gexf_schema(only(files["gexf"])) == []
    mermaid = by_mermaid(only(files["mermaid"]))
    assert (len(mermaid.nodes), len(mermaid.edges)) == (len(nodes), len(edges))
    for form in ("cytoscape", "sigma"):
        json.loads(only(files[form]), parse_constant=lambda word: (_ for _ in ()).throw(ValueError(word)))


@settings(max_examples=60)
@given(graphs())
def test_types_survive_parquet_and_cx2(view) -> None:
    read = by_pyarrow(written(Fixed(view), "parquet"))
    for element in view.nodes():
        for name, value in element.values.items():
            found = read.nodes[element.id][name]
            found = (
                found.isoformat() if hasattr(found, "isoformat") else tuple(found) if isinstance(found, list) else found
            )
            assert found == value
            assert type(found) is type(value)
