"""Every format read by a program that is not ours, into the same shape: nodes by id, edges by id with their ends."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from lxml import etree

import her2kg
from her2kg.exports.formats import Export, find

HERE = Path(__file__).parent
GRAPH_FORMATS = (
    "graphml",
    "gexf",
    "cx2",
    "cytoscape",
    "dot",
    "svg",
    "neo4j",
    "kgx",
    "sigma",
    "mermaid",
    "csv",
    "parquet",
)


@dataclass
class Read:
    """What a reader found."""

    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    edges: dict[str, tuple[str, str, dict[str, Any]]] = field(default_factory=dict)


class Fixed(Export):
    """An export of a view that was made by hand."""

    def __init__(self, view, timeline: bool = False) -> None:
        super().__init__(None, view.name, view.as_of or None, timeline)
        self.__dict__["graph"] = view


def written(export: Export, form: str) -> dict[str, bytes]:
    return {name: b"".join(chunks) for name, chunks in find(form).write(export)}


def only(files: dict[str, bytes]) -> bytes:
    (content,) = files.values()
    return content


@cache
def shipped(form: str, as_of: str | None = None) -> bytes:
    """Return a format of the whole shipped graph, written once for all tests."""
    return only(written(Export(her2kg.load(), as_of=as_of), form))


# networkx


def by_networkx_graphml(content: bytes) -> Read:
    graph = nx.read_graphml(io.BytesIO(content), edge_key_type=str, force_multigraph=True)
    return Read(
        dict(graph.nodes(data=True)), {key: (s, t, data) for s, t, key, data in graph.edges(keys=True, data=True)}
    )


def by_networkx_gexf(content: bytes) -> Read:
    graph = nx.read_gexf(io.BytesIO(content), version="1.3")
    assert graph.is_directed()
    if not graph.is_multigraph():
        return Read(dict(graph.nodes(data=True)), {data["id"]: (s, t, data) for s, t, data in graph.edges(data=True)})
    # Its edges have whole numbers for keys; the file's own ids are in the attribute "id".
    return Read(dict(graph.nodes(data=True)), {data["id"]: (s, t, data) for s, t, data in graph.edges(data=True)})


def gexf_schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(HERE / "gexf-1.3" / "gexf.xsd"))


def by_gexf_schema(content: bytes) -> list[str]:
    """Return what the official schema objects to. It wants viz elements in the namespace of GEXF itself."""
    tree = etree.fromstring(content)
    for element in tree.iter("{http://gexf.net/1.3/viz}*"):
        element.tag = element.tag.replace("/1.3/viz}", "/1.3}")
    schema = gexf_schema()
    schema.validate(tree)
    return [str(error) for error in schema.error_log]


# Cytoscape and graphology, in Node


def node_modules() -> str:
    """Return the folder with the Node readers, installing them there where they are not yet."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed: exports are not read by Cytoscape.js and graphology")
    folder = os.environ.get("HER2KG_NODE_READERS") or str(HERE / "node")
    if not (Path(folder) / "node_modules" / "cytoscape").exists():
        done = subprocess.run(
            ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"npm cannot install the Node readers: {done.stderr[-300:]}")
    return folder


def by_node(form: str, content: bytes, tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / f"{form}.txt"
    path.write_bytes(content)
    done = subprocess.run(
        ["node", str(HERE / "node" / "read.mjs"), node_modules(), form, str(path)],
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-1500:]
    return json.loads(done.stdout)


def by_node_read(form: str, content: bytes, tmp_path: Path) -> Read:
    found = by_node(form, content, tmp_path)
    return Read(found["nodes"], {key: tuple(edge) for key, edge in found["edges"].items()})


# Others


def by_ndex2(content: bytes) -> Read:
    from ndex2.cx2 import RawCX2NetworkFactory

    network = RawCX2NetworkFactory().get_cx2network(json.loads(content))
    ids = {number: node["v"]["her2kg_id"] for number, node in network.get_nodes().items()}
    nodes = {node["v"]["her2kg_id"]: {**node["v"], "label": node["v"]["name"]} for node in network.get_nodes().values()}
    edges = {
        edge["v"]["her2kg_id"]: (ids[edge["s"]], ids[edge["t"]], {**edge["v"], "label": edge["v"]["name"]})
        for edge in network.get_edges().values()
    }
    return Read(nodes, edges)


def by_graphviz(content: bytes) -> Read:
    if shutil.which("dot") is None:
        pytest.skip("Graphviz is not installed: DOT is not read back")
    done = subprocess.run(["dot", "-Tjson0"], input=content, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    held = json.loads(done.stdout)
    objects = held.get("objects", [])

    def data(thing):
        return {
            name.removeprefix("data_"): value for name, value in thing.items() if name.startswith("data_") and value
        }

    return Read(
        {thing["name"]: data(thing) for thing in objects},
        {e["id"]: (objects[e["tail"]]["name"], objects[e["head"]]["name"], data(e)) for e in held.get("edges", [])},
    )


def by_svg(content: bytes) -> Read:
    tree = etree.fromstring(content)
    svg = {"s": "http://www.w3.org/2000/svg"}

    def labels(group):
        texts = "".join(" " + "".join(text.itertext()) for text in group.iterfind(".//s:text", svg))
        return {"label": " ".join(texts.split())}

    nodes = {group.get("id"): labels(group) for group in tree.iterfind(".//s:g[@class='node']", svg)}
    edges = {group.get("id"): ("", "", labels(group)) for group in tree.iterfind(".//s:g[@class='edge']", svg)}
    return Read(nodes, edges)


def by_csv(files: dict[str, bytes]) -> Read:
    def rows(name):
        return list(csv.DictReader(io.StringIO(files[name].decode("utf-8"), newline="")))

    return Read(
        {row["id"]: {k: v for k, v in row.items() if v} for row in rows("nodes.csv")},
        {row["id"]: (row["source"], row["target"], {k: v for k, v in row.items() if v}) for row in rows("edges.csv")},
    )


def by_neo4j(files: dict[str, bytes]) -> Read:
    """Read the tables as ``neo4j-admin`` does: by the types in the header."""

    def rows(name):
        head, *body = list(csv.reader(io.StringIO(files[name].decode("utf-8"), newline="")))
        for row in body:
            found = {}
            for title, cell in zip(head, row, strict=True):
                name_, _, kind = title.partition(":")
                if cell:
                    found[name_ or kind] = {
                        "long": int,
                        "double": float,
                        "boolean": {"true": True, "false": False}.__getitem__,
                        "string[]": lambda text: text.split(";"),
                    }.get(kind, str)(cell)
            yield found

    nodes = {row["id"]: row for row in rows("nodes.csv")}
    edges = {row["id"]: (row["START_ID"], row["END_ID"], row) for row in rows("relationships.csv")}
    for row in nodes.values():
        assert all(re.fullmatch(r"[A-Z][A-Za-z0-9]*", label) for label in row["LABEL"].split(";"))
    for _, _, row in edges.values():
        assert re.fullmatch(r"[A-Z][A-Z0-9_]*", row["TYPE"])
    return Read(nodes, edges)


def by_kgx(files: dict[str, bytes]) -> tuple[Read, Read]:
    """Return what the TSV and what the JSON Lines hold."""
    tables = {}
    for part in ("nodes", "edges"):
        head, *body = [line.split("\t") for line in files[f"{part}.tsv"].decode().splitlines()]
        assert {len(row) for row in body} <= {len(head)}
        tables[part] = [{k: v for k, v in zip(head, row, strict=True) if v} for row in body]
    lists = {part: [json.loads(line) for line in files[f"{part}.jsonl"].decode().split("\n")[:-1]] for part in tables}

    def read(held):
        nodes = {row["id"]: {**row, "label": row["name"]} for row in held["nodes"]}
        edges = {
            row["id"].removeprefix("her2kg:"): (row["subject"], row["object"], {**row, "label": row["name"]})
            for row in held["edges"]
        }
        return Read(nodes, edges)

    return read(tables), read(lists)


def by_pyarrow(files: dict[str, bytes]) -> Read:
    from pyarrow import parquet

    def rows(name):
        for row in parquet.read_table(io.BytesIO(files[name])).to_pylist():
            yield {k: v for k, v in row.items() if v is not None}

    edges = {row["id"]: (row["source"], row["target"], row) for row in rows("edges.parquet")}
    return Read({row["id"]: row for row in rows("nodes.parquet")}, edges)


def by_mermaid(content: bytes) -> Read:
    """Read by the grammar of the few statements used: no Mermaid parser runs without a browser."""
    head, *body = content.decode().splitlines()
    assert head == "flowchart LR"
    found = Read()

    def text(quoted):
        assert not re.search(r"[\"`<>]", quoted)
        return re.sub(r"#(\d+);", lambda code: chr(int(code[1])), quoted)

    for number, line in enumerate(body):
        edge = re.fullmatch(r'  (n\d+) -->\|"(.*)"\| (n\d+)', line)
        node = re.fullmatch(r'  (n\d+)[{(\[]+"(.*)"[\])}]+', line)
        if edge:
            found.edges[str(number)] = (edge[1], edge[3], {"label": text(edge[2])})
        elif node:
            found.nodes[node[1]] = {"label": text(node[2])}
        else:
            assert line.startswith("%% "), line
    return found
