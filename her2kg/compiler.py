"""From Turtle files to the compiled graph: load, derive, index."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import asdict
from typing import Any

import pyoxigraph as ox

from her2kg import resources
from her2kg.engine import Engine
from her2kg.headers import LITERAL_TYPES, NamedQuery, read_query, read_rule
from her2kg.lexicon import compile_lexicon, read_wording
from her2kg.rules import derive
from her2kg.terms import curie
from her2kg.words import name_key

_NAMES = """
SELECT ?thing ?name ?primary WHERE {
  { ?thing rdfs:label ?name BIND(true AS ?primary) }
  UNION { ?thing skos:altLabel ?name BIND(false AS ?primary) }
  UNION { ?thing her2:registryNumber|her2:doi|her2:pmid|her2:claimId|skos:notation ?name BIND(false AS ?primary) }
} ORDER BY ?thing DESC(?primary) ?name"""

_TYPES = "SELECT ?thing ?class WHERE { ?thing a ?type . ?type rdfs:subClassOf* ?class . FILTER(STRSTARTS(STR(?class), STR(her2:))) } ORDER BY ?thing ?class"

_CLASSES = "SELECT ?label ?alias WHERE { ?class a owl:Class ; rdfs:label ?label ; skos:altLabel ?alias } ORDER BY ?label ?alias"

_SOURCES = """
SELECT ?source ?doi ?pmid ?url WHERE {
  ?source a her2:Source .
  OPTIONAL { ?source her2:doi ?doi } OPTIONAL { ?source her2:pmid ?pmid } OPTIONAL { ?source her2:url ?url }
} ORDER BY ?source"""


def compile_graph(extra: tuple[str, ...] = (), folder: str | None = None) -> Engine:
    """Load ontology and data, derive, and return the engine; in a folder on disk, or in memory.

    Raises
    ------
    TurtleError : a file cannot be read
    HeaderError : a rule's header is bad
    """
    engine = Engine(ox.Store())
    for path in (*resources.ontology_files(), *resources.data_files(), *extra):
        engine.load(path)
    derive(engine, [read_rule(path) for path in resources.rule_files()])
    if folder is None:
        return engine
    disk = ox.Store(folder)
    disk.bulk_extend(engine.store)
    disk.optimize()
    disk.flush()
    return Engine(disk)


def named_queries() -> list[NamedQuery]:
    """Return the catalogue.

    Raises
    ------
    HeaderError : a header is bad
    """
    return [read_query(path) for path in resources.query_files()]


def compile_index(engine: Engine) -> dict[str, Any]:
    """Return everything a look-up needs besides the store, as plain values."""
    queries = named_queries()
    labels: dict[str, str] = {}
    names: dict[str, list[str]] = defaultdict(list)
    called: list[tuple[str, str]] = []
    for thing, name, primary in engine.select(_NAMES).rows:
        if not isinstance(thing, ox.NamedNode) or not isinstance(name, ox.Literal):
            continue
        short = curie(thing.value)
        if isinstance(primary, ox.Literal) and primary.value == "true":
            labels.setdefault(short, name.value)
        called.append((short, name.value))
        _add(names, name.value, short)
    kinds: dict[str, list[str]] = defaultdict(list)
    for thing, kind in engine.select(_TYPES).rows:
        if isinstance(thing, ox.NamedNode) and isinstance(kind, ox.NamedNode):
            kinds[curie(thing.value)].append(kind.value.rpartition("#")[2])
    for short in kinds:
        _add(names, short.partition(":")[2], short)
    wanted = {parameter.type for query in queries for parameter in query.parameters} - set(LITERAL_TYPES)
    classes: dict[str, list[str]] = defaultdict(list)
    for label, alias in engine.select(_CLASSES).rows:
        if isinstance(label, ox.Literal) and isinstance(alias, ox.Literal):
            classes[label.value].append(alias.value)
    wording = read_wording(os.path.join(resources.root(), "queries", "wording.yaml"))
    lexicon = compile_lexicon(
        [(name, kind, short) for short, name in called for kind in kinds.get(short, ()) if kind in wanted],
        classes,
        wording,
        queries,
    )
    return {
        "labels": labels,
        "kinds": dict(kinds),
        "names": dict(names),
        "queries": {query.name: asdict(query) for query in queries},
        "superclasses": _superclasses(engine),
        "lexicon": lexicon,
        "sources": _sources(engine),
    }


def _superclasses(engine: Engine) -> dict[str, list[str]]:
    """Return each class's superclasses, local names."""
    found: dict[str, list[str]] = defaultdict(list)
    for sub, above in engine.select("SELECT ?sub ?above WHERE { ?sub rdfs:subClassOf+ ?above } ORDER BY ?sub ?above").rows:
        if isinstance(sub, ox.NamedNode) and isinstance(above, ox.NamedNode):
            found[sub.value.rpartition("#")[2]].append(above.value.rpartition("#")[2])
    return dict(found)


def _add(names: dict[str, list[str]], name: str, short: str) -> None:
    key = name_key(name)
    if short not in names[key]:
        names[key].append(short)


def _sources(engine: Engine) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for source, *values in engine.select(_SOURCES).rows:
        if isinstance(source, ox.NamedNode):
            entry = found.setdefault(curie(source.value), {})
            for key, value in zip(("doi", "pmid", "url"), values, strict=True):
                if isinstance(value, ox.Literal):
                    entry.setdefault(key, value.value)
    return found
