"""Checks of the ontology and the mapping table: what SHACL over the data does not see.

Every term can be understood (one label, one definition), properties say what they join, nothing declared is unused,
nothing used is undeclared, the header says version and licence, and every mapping is well formed.
"""

from __future__ import annotations

import csv
import os
import re
from typing import NamedTuple

import pyoxigraph as ox

from her2kg import resources
from her2kg.engine import Engine, parse_turtle
from her2kg.terms import HER2, PREFIXES, curie

_CURIE = re.compile(r"[\w.]+:\S+")
_COLUMNS = ("subject_id", "predicate_id", "object_id", "mapping_justification")
_PREDICATES = {f"skos:{name}Match" for name in ("exact", "close", "broad", "narrow", "related")} | {
    "owl:equivalentClass"
}

_TERMS = """
SELECT ?term (COUNT(DISTINCT ?label) AS ?labels) (COUNT(DISTINCT ?definition) AS ?definitions) WHERE {
  ?term a ?kind . FILTER(STRSTARTS(STR(?term), STR(her2:)))
  OPTIONAL { ?term rdfs:label ?label } OPTIONAL { ?term skos:definition ?definition }
} GROUP BY ?term ORDER BY ?term"""
_HEADER = """
SELECT ?version ?licence WHERE {
  ?ontology a owl:Ontology
  OPTIONAL { ?ontology owl:versionIRI ?version }
  OPTIONAL { ?ontology dcterms:license ?licence }
}"""
_RANGELESS = """
SELECT ?term WHERE {
  VALUES ?kind { owl:DatatypeProperty owl:ObjectProperty }
  ?term a ?kind .
  MINUS { ?term rdfs:range ?range }
} ORDER BY ?term"""


class Defect(NamedTuple):
    """Something wrong with the vocabulary."""

    rule: str
    severity: str
    term: str
    message: str


RULES = {
    "term-labelled": "Every term has one label",
    "term-defined": "Every term has one definition",
    "term-declared": "Every term used is declared",
    "term-used": "Every declared term is used in data, rules, queries, shapes or the ontology itself",
    "property-ranged": "Every property says what its values are, unless they can be of any kind",
    "ontology-header": "The ontology has a version IRI and a licence",
    "mapping-formed": "Every mapping has our subject, a known predicate, an identifier and a justification",
}


def vocabulary_defects() -> list[Defect]:
    """Return every defect of the shipped ontology and mappings."""
    engine = Engine(ox.Store())
    for path in resources.ontology_files():
        engine.load(path)
    for path in resources.data_files():  # data may add words of their own, such as a class of agents
        engine.store.extend(quad for quad in parse_turtle(path) if _is_term(quad.subject))
    defects = []
    declared = set()
    for term, labels, definitions in engine.select(_TERMS).rows:
        name = curie(term.value) if isinstance(term, ox.NamedNode) else ""
        declared.add(name)
        if _count(labels) != 1:
            defects.append(
                Defect("term-labelled", "Violation", name, f"has {_count(labels)} labels; give it one rdfs:label")
            )
        if _count(definitions) != 1:
            defects.append(
                Defect(
                    "term-defined",
                    "Violation",
                    name,
                    f"has {_count(definitions)} definitions; give it one skos:definition",
                )
            )
    header = engine.select(_HEADER).rows
    if len(header) != 1 or None in header[0]:
        defects.append(
            Defect(
                "ontology-header",
                "Violation",
                "her2:",
                "needs one owl:Ontology with owl:versionIRI and dcterms:license",
            )
        )
    for (term,) in engine.select(_RANGELESS).rows:
        if isinstance(term, ox.NamedNode) and curie(term.value) not in _OPEN:
            defects.append(Defect("property-ranged", "Warning", curie(term.value), "has no rdfs:range"))
    return [*defects, *_usage(declared), *mapping_defects()]


_OPEN = frozenset(
    f"her2:{name}"
    for name in (
        *("input", "featureValue", "subject", "object", "representedBy", "measures", "analyte"),
        *("comparedWith", "includes", "laterEvidence"),
    )
)
"""Properties whose values can be of any kind, by design."""


def _usage(declared: set[str]) -> list[Defect]:
    used: set[str] = set()
    for path in (*resources.ontology_files(), *resources.data_files(), resources.shapes_file()):
        for quad in parse_turtle(path):
            of_itself = _is_term(quad.subject)
            nodes = (quad.predicate, quad.object) if of_itself else (quad.subject, quad.predicate, quad.object)
            used |= {
                curie(node.value) for node in nodes if isinstance(node, ox.NamedNode) and node.value.startswith(HER2)
            }
    texts = (
        *resources.query_files(),
        *resources.rule_files(),
        *resources.check_files(),
        *resources.code_files(),
    )
    for path in texts:
        with open(path, encoding="utf-8") as stream:
            content = stream.read()
        used |= set(re.findall(r"(?<![\w-])her2:\w+", content))
        if path.endswith(".py"):
            # Code names terms without their prefix; whatever else is quoted is no declared term.
            used |= {f"her2:{word}" for word in re.findall(r'"(\w+)"', content)} & declared
    undeclared = [
        Defect("term-declared", "Violation", name, "is used and not declared in ontology/her2kg.ttl")
        for name in sorted(used - declared)
        if name not in _FOREIGN and not _OF_SHAPES.search(name)
    ]
    unused = [
        Defect("term-used", "Warning", name, "is declared and used nowhere")
        for name in sorted(declared - used)
        if not _OF_SHAPES.search(name)
    ]
    # What the words of the model are there for, only the shipped data show.
    return undeclared + (unused if resources.is_shipped() else [])


def _is_term(node: object) -> bool:
    return isinstance(node, ox.NamedNode) and node.value.startswith(HER2)


_OF_SHAPES = re.compile(r"Shape$|^her2:prefix")
_FOREIGN = frozenset({"her2:", "her2:nameKey", "her2:kind"})
"""Names that stand in code without being terms of the ontology: look-up keys of the compiled store."""


class Mappings(NamedTuple):
    """A table of mappings: its prefixes (ours included), its rows by column, and whether its header has a licence."""

    prefixes: dict[str, str]
    rows: list[dict[str, str]]
    licensed: bool


def mappings(path: str | None = None) -> Mappings:
    """Read an SSSOM table, by default the shipped one."""
    place = path or os.path.join(resources.root(), "ontology", "mappings.sssom.tsv")
    with open(place, encoding="utf-8", newline="") as stream:
        lines = stream.read().splitlines()
    header = [line[1:] for line in lines if line.startswith("#")]
    prefixes = {match[1]: match[2] for line in header if (match := re.match(r"\s+([\w.]+): (\S+)", line))}
    rows = list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"))
    return Mappings({**PREFIXES, **prefixes}, rows, any(line.startswith("license:") for line in header))


def mapping_defects(path: str | None = None) -> list[Defect]:
    """Return every malformed row of an SSSOM table, by default the shipped one."""
    table = mappings(path)
    defects = []
    if not table.licensed:
        defects.append(Defect("mapping-formed", "Violation", "mappings", "has no license in its header"))
    for number, row in enumerate(table.rows, 1):
        problem = _mapping_problem(row, set(table.prefixes))
        if problem:
            defects.append(
                Defect("mapping-formed", "Violation", f"mapping {number} {row.get('subject_id', '')}", problem)
            )
    return defects


def _mapping_problem(row: dict[str, str], prefixes: set[str]) -> str:
    missing = [name for name in _COLUMNS if not row.get(name)]
    if missing:
        return f"has no {missing[0]}"
    if not row["subject_id"].startswith(("kg:", "her2:")):
        return f"subject {row['subject_id']} is not ours"
    if row["predicate_id"] not in _PREDICATES:
        return f"predicate {row['predicate_id']} is none of {', '.join(sorted(_PREDICATES))}"
    if not _CURIE.fullmatch(row["object_id"]) or row["object_id"].partition(":")[0] not in prefixes:
        return f"object {row['object_id']} is no CURIE with a declared prefix"
    return ""


def _count(term: object) -> int:
    return int(term.value) if isinstance(term, ox.Literal) else 0
