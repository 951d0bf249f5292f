"""The ontology as a reader meets it: each term, where it is used, and what it corresponds to elsewhere."""

from __future__ import annotations

import csv
import os
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox
from docutils.nodes import make_id
from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, Graph, URIRef

from her2kg import resources
from her2kg.engine import DERIVED, bare
from her2kg.headers import read_rule
from her2kg.terms import HER2, PREFIXES, TYPE, curie, expand

if TYPE_CHECKING:
    from rdflib.term import Node

    from her2kg.knowledge import KnowledgeGraph

_PROPERTIES = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
_STRING = PREFIXES["xsd"] + "string"
_PLACES = {"class": "classes", "property": "properties", "value": "values"}


class Term(NamedTuple):
    """A class, a property, or a value of a value list.

    Parameters
    ----------
    id : CURIE
    sort : class, property or value
    kind : for a property "object", "datatype" or "annotation"; for a value the CURIE of its class
    above : CURIEs of superclasses or superproperties
    domain, range : CURIEs; empty where the ontology leaves them open
    """

    id: str
    sort: str
    kind: str
    label: str
    definition: str
    aliases: tuple[str, ...]
    above: tuple[str, ...]
    domain: tuple[str, ...]
    range: tuple[str, ...]

    @property
    def anchor(self) -> str:
        """The label of its description on the site."""
        return str(make_id(f"{self.sort}-{self.id.partition(':')[2]}"))


class Alignment(NamedTuple):
    """What a term corresponds to in a public vocabulary; `comment` says where that was seen."""

    relation: str
    target: str
    label: str
    address: str
    comment: str


class Metadata(NamedTuple):
    """What ontology or graph says of itself; `name` is short."""

    name: str
    title: str
    description: str
    version: str
    issued: str
    license: str


class Vocabulary:
    """Terms of the ontology with their use in graph, queries, rules and shapes.

    Parameters
    ----------
    terms : by CURIE, in the order of their labels
    uses : number of things of a class, of statements with a property, or with a value as object
    derived : the part of them that rules derived
    example : for a class the CURIE of a typical thing, for a property a statement in Turtle
    metadata : what the ontology says of itself
    links : number of statements from a thing of one class to a thing of another: (class, property, class)
    mentions : for a term the names of queries, rules and shapes that use it
    """

    def __init__(self, kg: KnowledgeGraph) -> None:
        self._graph = Graph()
        for path in resources.ontology_files():
            self._graph.parse(path, format="turtle")
        ontology = next(self._graph.subjects(RDF.type, OWL.Ontology))
        self.metadata = Metadata(
            self._text(ontology, RDFS.label),
            self._text(ontology, DCTERMS.title),
            self._text(ontology, DCTERMS.description),
            self._text(ontology, OWL.versionInfo) or self._text(ontology, OWL.versionIRI).rpartition("/")[2],
            self._text(ontology, DCTERMS.issued),
            self._text(ontology, DCTERMS.license),
        )
        self.terms = {term.id: term for term in sorted(self._read(), key=lambda t: (t.label.casefold(), t.id))}
        self.values: dict[str, list[Term]] = defaultdict(list)
        for term in self.terms.values():
            if term.sort == "value":
                self.values[term.kind].append(term)
        self.uses, self.derived, self.example, self.links = _count(kg.engine.store)
        self.statements = sum(1 for _ in kg.engine.store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
        self.alignments = _alignments()
        self.mentions = self._mentioned(kg)

    def of_sort(self, sort: str) -> list[Term]:
        """Return the terms that are classes, properties or values, by label."""
        return [term for term in self.terms.values() if term.sort == sort]

    def label(self, short: str) -> str:
        """Return the label of a CURIE, or the CURIE where the ontology does not describe it."""
        return self.terms[short].label if short in self.terms else short

    def address(self, short: str) -> str:
        """Return where a term is described, seen from a page in a folder beside; empty where nowhere."""
        term = self.terms.get(short)
        if term is None:
            return ""
        anchor = self.terms[term.kind].anchor.replace("class-", "values-", 1) if term.sort == "value" else term.anchor
        return f"../ontology/{_PLACES[term.sort]}.html#{anchor}"

    def _text(self, subject: Node, predicate: URIRef) -> str:
        return str(self._graph.value(subject, predicate) or "")

    def _short(self, subject: Node, predicate: URIRef) -> tuple[str, ...]:
        return tuple(sorted(curie(str(o)) for o in self._graph.objects(subject, predicate) if isinstance(o, URIRef)))

    def _read(self) -> list[Term]:
        found = []
        for subject in set(self._graph.subjects(RDF.type, None)):
            types = set(self._graph.objects(subject, RDF.type))
            if not str(subject).startswith(HER2):
                continue
            if OWL.Class in types:
                sort, kind = "class", ""
            elif types & set(_PROPERTIES):
                sort = "property"
                kind = next(
                    str(t).rpartition("#")[2].removesuffix("Property").lower() for t in types if t in _PROPERTIES
                )
            elif OWL.NamedIndividual in types:
                sort, kind = "value", next(iter(sorted(curie(str(t)) for t in types - {OWL.NamedIndividual})), "")
            else:
                continue
            found.append(
                Term(
                    curie(str(subject)),
                    sort,
                    kind,
                    self._text(subject, RDFS.label),
                    " ".join([self._text(subject, SKOS.definition), self._text(subject, SKOS.note)]).strip(),
                    tuple(sorted(str(o) for o in self._graph.objects(subject, SKOS.altLabel))),
                    tuple(s for p in (RDFS.subClassOf, RDFS.subPropertyOf) for s in self._short(subject, p)),
                    self._short(subject, RDFS.domain),
                    self._short(subject, RDFS.range),
                )
            )
        return found

    def _mentioned(self, kg: KnowledgeGraph) -> dict[str, dict[str, list[str]]]:
        texts = {
            "queries": {query.name: bare(query.sparql) for query in kg.queries()},
            "rules": {name: bare(read_rule(path).sparql) for name, path in rule_pages().items()},
            "shapes": shape_sources(),
        }
        found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        prefix = next(short.partition(":")[0] for short in self.terms)
        for place, named in texts.items():
            for name, text in named.items():
                for local in set(re.findall(rf"(?<![\w:]){prefix}:([\w-]+)", text)):
                    found[f"{prefix}:{local}"][place].append(name)
        return found


def about(kg: KnowledgeGraph) -> Metadata:
    """Return what the graph says of itself, as its one `her2:EvidenceGraph`."""
    store = kg.engine.store
    kind = ox.NamedNode(HER2 + "EvidenceGraph")
    (quad,) = store.quads_for_pattern(None, ox.NamedNode(TYPE), kind, ox.DefaultGraph())

    def text(predicate: URIRef) -> str:
        found = store.quads_for_pattern(quad.subject, ox.NamedNode(str(predicate)), None, ox.DefaultGraph())
        return next((one.object.value for one in found if isinstance(one.object, (ox.Literal, ox.NamedNode))), "")

    return Metadata(
        text(RDFS.label),
        text(DCTERMS.title),
        text(DCTERMS.description),
        text(OWL.versionInfo),
        text(DCTERMS.modified) or text(DCTERMS.issued),
        text(DCTERMS.license),
    )


def rule_pages() -> dict[str, str]:
    """Return the name of each rule's page and its file."""
    return {os.path.basename(path).removesuffix(".rq"): path for path in resources.rule_files()}


def shape_sources() -> dict[str, str]:
    """Return the Turtle of each named shape under its local name; in that file a block is one subject."""
    with open(resources.shapes_file(), encoding="utf-8") as stream:
        return {one[1]: one[0] for one in re.finditer(r"(?ms)^\w+:(\w+Shape) a .*?\s\.$", stream.read())}


def _alignments() -> dict[str, list[Alignment]]:
    """Read the mappings, a table in SSSOM."""
    path = os.path.join(resources.root(), "ontology", "mappings.sssom.tsv")
    with open(path, encoding="utf-8", newline="") as stream:
        lines = stream.read().splitlines()
    prefixes = dict(re.findall(r"(?m)^#  ([\w.]+): (\S+)$", "\n".join(lines)))
    found: dict[str, list[Alignment]] = defaultdict(list)
    for row in csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"):
        prefix, _, local = row["object_id"].partition(":")
        address = prefixes[prefix] + local if prefix in prefixes else ""
        relation = row["predicate_id"].partition(":")[2]
        found[row["subject_id"]].append(
            Alignment(relation, row["object_id"], row["object_label"], address, row["comment"])
        )
    return found


def _count(
    store: ox.Store,
) -> tuple[Counter[str], Counter[str], dict[str, str], Counter[tuple[str, str, str]]]:
    """Return uses, derived uses, examples, links; of a class the example has the commonest set of properties."""
    uses: Counter[str] = Counter()
    derived: Counter[str] = Counter()
    statement: dict[str, str] = {}
    things: dict[str, list[str]] = defaultdict(list)
    properties: dict[str, list[str]] = defaultdict(list)
    pointing: list[tuple[str, str, str]] = []
    for graph, counter in ((ox.DefaultGraph(), uses), (DERIVED, derived)):
        for subject, predicate, obj, _ in store.quads_for_pattern(None, None, None, graph):
            if not isinstance(subject, ox.NamedNode) or subject.value.startswith(HER2):
                continue
            short = curie(obj.value) if isinstance(obj, ox.NamedNode) else ""
            if predicate.value == TYPE:
                counter[short] += 1
            else:
                counter[curie(predicate.value)] += 1
                if short:
                    counter[short] += 1
            if counter is derived:
                continue
            name = curie(subject.value)
            if predicate.value == TYPE:
                things[short].append(name)
            properties[name].append(predicate.value)
            if short and predicate.value != TYPE:
                pointing.append((name, curie(predicate.value), short))
            value = short or str(obj).replace(f"^^<{_STRING}>", "")
            said = f"{name} {curie(predicate.value)} {value} ."
            key = curie(predicate.value)
            statement[key] = min(statement.get(key, said), said, key=lambda text: (len(text) > 90, text))
    example = dict(statement)
    for kind, names in things.items():
        sets = Counter(tuple(sorted(properties[name])) for name in names)
        usual = max(sorted(sets), key=lambda one: sets[one])
        example[kind] = min(name for name in names if tuple(sorted(properties[name])) == usual)
    kinds = {name: kind for kind, names in things.items() for name in names}
    links = Counter((kinds[a], how, kinds[b]) for a, how, b in pointing if a in kinds and b in kinds)
    return uses, derived, example, links


def described(kg: KnowledgeGraph, short: str) -> str:
    """Return what the graph says of a thing, in Turtle without prefixes."""
    iri = expand(short)
    text = kg.triples(f"CONSTRUCT {{ <{iri}> ?p ?o }} WHERE {{ <{iri}> ?p ?o }}")
    return "\n".join(line for line in text.splitlines() if not line.startswith("@prefix")).strip()
