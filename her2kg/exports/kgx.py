"""KGX for Biolink tools: nodes and edges as TSV and as JSON Lines.

https://github.com/biolink/kgx/blob/master/specification/kgx-format.md. Categories and predicates say no more than the
graph does: that an agent was given in a trial is no ``biolink:treats``, so most edges are ``biolink:related_to``, and
what Biolink has no class for (an endpoint, an estimate, a verdict) is a ``biolink:NamedThing``; ``kind`` tells more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from her2kg.exports.formats import Export, Format
from her2kg.exports.text import flat, lines, plain, to_json
from her2kg.terms import curie

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from her2kg.projection.model import Value

_CATEGORIES = {
    "agent": "ChemicalEntity",
    "trial": "Study",
    "regimen": "Treatment",
    "gene": "Gene",
    "microRNA": "MicroRNA",
    "pathway": "Pathway",
    "biological process": "BiologicalProcess",
    "publication": "Publication",
}
_PREDICATES = {
    "resistance to": "associated_with_resistance_to",
    "target": "interacts_with",
    "has member": "has_part",
    "subclass of": "subclass_of",
}
_DERIVED = {"rests on"}
"""Kinds of edges that a rule made."""
_SOURCE = "infores:her2kg"


def write(export: Export) -> Iterable[tuple[str, Iterable[bytes]]]:
    """Return nodes and edges, each as TSV and as JSON Lines."""
    view = export.graph
    names = {node.id: _curie(node.id, node.values) for node in view.nodes()}
    nodes = [_node(names[node.id], node.values) for node in view.nodes()]
    edges = [_edge(f"her2kg:{edge.id}", names[edge.source], names[edge.target], edge.values) for edge in view.edges()]
    own = {"label", "kind"}
    node_names = ["id", "category", "name", "kind", *(a.name for a in view.node_attributes if a.name not in own)]
    edge_names = [
        *("id", "subject", "predicate", "object", "knowledge_level", "agent_type", "primary_knowledge_source"),
        *("publications", "name", "kind", *(a.name for a in view.edge_attributes if a.name not in own)),
    ]
    return [
        ("nodes.tsv", lines(_tsv(node_names, nodes))),
        ("edges.tsv", lines(_tsv(edge_names, edges))),
        ("nodes.jsonl", lines(to_json(plain(node)) for node in nodes)),
        ("edges.jsonl", lines(to_json(plain(edge)) for edge in edges)),
    ]


def _curie(key: str, values: Mapping[str, Value]) -> str:
    iri = str(values.get("iri", ""))
    short = curie(iri)
    return short if short != iri and "/" not in short else f"her2kg:{key}"


def _node(key: str, values: Mapping[str, Value]) -> dict[str, Any]:
    kind = str(values["kind"])
    rest = {name: value for name, value in values.items() if name != "label"}
    return {"id": key, "category": (f"biolink:{_CATEGORIES.get(kind, 'NamedThing')}",), "name": values["label"], **rest}


def _edge(key: str, subject: str, target: str, values: Mapping[str, Value]) -> dict[str, Any]:
    kind = str(values["kind"])
    rest = {name: value for name, value in values.items() if name != "label"}
    derived = kind in _DERIVED
    publications = tuple(
        f"{prefix}:{item}" for prefix, name in (("doi", "doi"), ("PMID", "pmid")) for item in _items(values.get(name))
    )
    return {
        "id": key,
        "subject": subject,
        "predicate": f"biolink:{_PREDICATES.get(kind, 'related_to')}",
        "object": target,
        "knowledge_level": "logical_entailment" if derived else "knowledge_assertion",
        "agent_type": "automated_agent" if derived else "manual_agent",
        "primary_knowledge_source": _SOURCE,
        **({"publications": publications} if publications else {}),
        "name": values["label"],
        **rest,
    }


def _items(value: Value | None) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else () if value is None else (str(value),)


def _tsv(names: list[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield "\t".join(names)
    for row in rows:
        yield "\t".join(_cell(row[name]) if name in row else "" for name in names)


def _cell(value: Value) -> str:
    # TSV here has no quoting: a tab or a line end is a blank, and the bar between list items is a slash inside one.
    if isinstance(value, tuple):
        return "|".join(" ".join(item.replace("|", "/").split()) for item in value)
    return " ".join(flat(value).split())


FORMATS = (
    Format(
        "kgx",
        "KGX: Biolink nodes and edges as TSV and JSON Lines",
        "",
        "text/tab-separated-values",
        "Biolink has no words for estimates, endpoints and verdicts: most edges are biolink:related_to, with the "
        "meaning in 'kind'. In TSV a line end is a blank, and a bar inside a list's item a slash. infores:her2kg is "
        "not registered.",
        write,
    ),
)
