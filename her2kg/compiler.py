"""From Turtle files to the compiled graph: load, derive, add the names, compile the vocabulary."""

from __future__ import annotations

import marshal
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from her2kg import resources
from her2kg.engine import Engine
from her2kg.headers import LITERAL_TYPES, NamedQuery, read_query, read_rule
from her2kg.inspection import as_triples, inspect
from her2kg.lexicon import compile_lexicon, phrase, read_wording
from her2kg.names import KEY, KIND, NAMES, PHRASE
from her2kg.rules import derive
from her2kg.terms import curie
from her2kg.words import name_key

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMED = """
SELECT ?thing ?name WHERE {
  ?thing rdfs:label|skos:altLabel|skos:hiddenLabel|skos:notation|her2:registryNumber|her2:doi|her2:pmid|
    her2:claimId ?name
} ORDER BY ?thing ?name"""
_ASKED_BY = """
SELECT ?name ?class ?thing WHERE {
  ?thing a ?type ; rdfs:label|skos:altLabel|skos:hiddenLabel|her2:registryNumber ?name . ?type rdfs:subClassOf* ?class .
  FILTER(STRSTARTS(STR(?class), STR(her2:)))
  MINUS { ?thing a her2:AgentGroup }  # "anti-HER2 agents" asks for agents, not for the statements on the group
} ORDER BY ?name ?class ?thing"""
_KINDS = """
SELECT DISTINCT ?thing ?class WHERE {
  ?thing a ?type . ?type rdfs:subClassOf* ?class . FILTER(STRSTARTS(STR(?class), STR(her2:)))
} ORDER BY ?thing ?class"""
_CLASSES = """
SELECT ?label ?alias WHERE { ?class a owl:Class ; rdfs:label ?label ; skos:altLabel ?alias }
ORDER BY ?label ?alias"""

_OF_ITSELF = "SELECT ?said ?value WHERE { ?graph a her2:EvidenceGraph ; ?said ?value } ORDER BY ?said ?value"


def compile_graph(extra: tuple[str, ...] = (), folder: str | None = None) -> Engine:
    """Load ontology and data, derive, add the names, and return the engine; in a folder on disk, or in memory.

    Raises
    ------
    TurtleError : a file cannot be read
    HeaderError : a rule's header is bad
    """
    engine = Engine(ox.Store())
    for path in (*resources.ontology_files(), *resources.data_files(), *extra):
        engine.load(path)
    derive(engine, [read_rule(path) for path in resources.rule_files()])
    engine.add_derived(as_triples(inspect(engine)))
    engine.store.extend(name_quads(engine))
    if folder is None:
        return engine
    disk = ox.Store(folder)
    disk.bulk_extend(engine.store)
    disk.optimize()
    disk.flush()
    return Engine(disk)


def name_quads(engine: Engine) -> list[ox.Quad]:
    """Return, for the names graph, under which names each thing is looked up, and its classes."""
    quads = []
    for thing, name in engine.select(_NAMED).rows:
        if isinstance(thing, ox.NamedNode) and isinstance(name, ox.Literal):
            quads.append(ox.Quad(thing, KEY, ox.Literal(name_key(name.value)), NAMES))
    for thing, kind in engine.select(_KINDS).rows:
        if isinstance(thing, ox.NamedNode) and isinstance(kind, ox.NamedNode):
            quads.append(ox.Quad(thing, KIND, ox.Literal(_local(kind)), NAMES))
            quads.append(ox.Quad(thing, KEY, ox.Literal(name_key(curie(thing.value).partition(":")[2])), NAMES))
    return quads


def phrase_quads(engine: Engine, lexicon: Mapping[str, Any]) -> list[ox.Quad]:
    """Return, for the names graph, the phrases of a question that mean a thing.

    What `compile_lexicon_of` holds in memory, for graphs that name more things than a look-up should read.

    Parameters
    ----------
    lexicon : the vocabulary of questions over the shipped graph
    """
    wanted = {kind for query in lexicon["queries"].values() for _, kind in query["types"]}
    quads = []
    for name, kind, thing in engine.select(_ASKED_BY).rows:
        if isinstance(name, ox.Literal) and isinstance(kind, ox.NamedNode) and _local(kind) in wanted:
            key = phrase(name.value, lexicon["ignore"])
            if key and isinstance(thing, ox.NamedNode):
                quads.append(ox.Quad(thing, PHRASE, ox.Literal(key), NAMES))
    return quads


def named_queries() -> list[NamedQuery]:
    """Return the catalogue.

    Raises
    ------
    HeaderError : a header is bad
    """
    return [read_query(path) for path in resources.query_files()]


def compile_queries(engine: Engine) -> dict[str, bytes]:
    """Return the named queries with the defaults of a graph, each marshalled, so that using one does not read all."""
    usual: dict[str, list[str]] = defaultdict(list)
    for said, value in engine.select(_OF_ITSELF).rows:
        if isinstance(said, ox.NamedNode) and isinstance(value, ox.NamedNode):
            usual[_local(said)].append(curie(value.value))
    defaults = {said: " ".join(values) for said, values in usual.items()}
    return {query.name: marshal.dumps(query.with_usual(defaults).dump()) for query in named_queries()}


def version_of(engine: Engine) -> str:
    """Return the version a graph gives itself, empty if it gives none."""
    rows = engine.select("SELECT ?version WHERE { ?graph a her2:EvidenceGraph ; owl:versionInfo ?version }").rows
    return next((version.value for (version,) in rows if isinstance(version, ox.Literal)), "")


def compile_lexicon_of(engine: Engine) -> dict[str, Any]:
    """Return the vocabulary of questions over a graph; see `her2kg.lexicon`."""
    queries = named_queries()
    wanted = {parameter.type for query in queries for parameter in query.parameters} - set(LITERAL_TYPES)
    names = [found for found in _asked_by(engine) if found[1] in wanted]
    elsewhere: list[tuple[str, str, str]] = []
    if not resources.is_shipped():  # the examples of the catalogue name things of the shipped graph
        shipped = Engine(ox.Store())
        for path in (*resources.ontology_files(), *resources.shipped_data_files()):
            shipped.load(path)
        elsewhere = [found for found in _asked_by(shipped) if found[1] in wanted]
    classes: dict[str, list[str]] = defaultdict(list)
    for label, alias in engine.select(_CLASSES).rows:
        if isinstance(label, ox.Literal) and isinstance(alias, ox.Literal):
            classes[label.value].append(alias.value)
    wording = read_wording(resources.wording_file())
    return compile_lexicon(names, classes, wording, queries, elsewhere)


def _asked_by(engine: Engine) -> list[tuple[str, str, str]]:
    """Return (name, class, CURIE) of everything that has a name."""
    return [
        (name.value, _local(kind), curie(thing.value))
        for name, kind, thing in engine.select(_ASKED_BY).rows
        if isinstance(name, ox.Literal) and isinstance(kind, ox.NamedNode) and isinstance(thing, ox.NamedNode)
    ]


def _local(term: ox.NamedNode) -> str:
    return term.value.rpartition("#")[2]
