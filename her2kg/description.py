"""The graph described for machines: VoID and DCAT, computed from the graph as it is, and never written by hand.

Title, licence, version and dates are what the graph says of itself (`her2:EvidenceGraph`); counts and partitions come
from queries in queries/description/; linksets from the mapping table; examples from the named queries. What VoID
means by each count: https://www.w3.org/TR/void/#statistics; DCAT: https://www.w3.org/TR/vocab-dcat-3/; SPARQL examples
as sh:SPARQLExecutable, as the SIB's endpoints give them.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

from her2kg import resources
from her2kg.checksums import checksums
from her2kg.errors import Her2kgError
from her2kg.headers import LITERAL_TYPES
from her2kg.terms import HER2, KG, PREFIXES, curie, expand
from her2kg.vocabulary import mappings

if TYPE_CHECKING:
    import rdflib

    from her2kg.knowledge import KnowledgeGraph

BASE = "https://w3id.org/her2kg/"
_PART = BASE + "void#"
_TURTLE = "https://www.iana.org/assignments/media-types/text/turtle"
_MORE = {
    "void": "http://rdfs.org/ns/void#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "schema": "https://schema.org/",
}


def description(kg: KnowledgeGraph, endpoint: str = "") -> str:
    """Return the description of a graph as Turtle, the same for the same graph.

    Parameters
    ----------
    endpoint : address of a SPARQL endpoint that serves the graph; without one the description names none

    Raises
    ------
    Her2kgError : the graph does not describe itself, or does so more than once
    """
    graph = _Description(kg)
    graph.itself()
    graph.counts()
    graph.linksets()
    graph.distributions()
    graph.examples(endpoint)
    if endpoint:
        graph.service(endpoint)
    return graph.text()


class _Description:
    """The description while it is made."""

    def __init__(self, kg: KnowledgeGraph) -> None:
        import rdflib

        self.kg = kg
        self.graph = rdflib.Graph(bind_namespaces="none")
        self.names = {name: rdflib.Namespace(iri) for name, iri in {**PREFIXES, **_MORE}.items()}
        for name, namespace in self.names.items():
            self.graph.bind(name, namespace)
        said = self._rows("dataset")
        subjects = sorted({row[0] for row in said})
        if len(subjects) != 1:
            raise Her2kgError(
                f"the data hold {len(subjects) or 'no'} her2:EvidenceGraph; describe the graph once, as data/graph.ttl"
            )
        self.dataset = rdflib.URIRef(subjects[0])
        self.said = [(row[1], row[2]) for row in said]

    def text(self) -> str:
        """Return the description as Turtle."""
        return str(self.graph.serialize(format="turtle"))

    def add(self, subject: rdflib.URIRef, **said: object) -> None:
        """Add statements: prefix_name=value, a list for several values."""
        from rdflib import Literal, URIRef

        for key, values in said.items():
            prefix, _, name = key.partition("_")
            for value in values if isinstance(values, list) else [values]:
                node = value if isinstance(value, (URIRef, Literal)) else Literal(value)
                self.graph.add((subject, self.names[prefix][name], node))

    def itself(self) -> None:
        """Add what the graph says of itself."""
        from rdflib import DCTERMS, OWL, RDF, Literal, URIRef

        names = self.names
        for kind in (names["void"].Dataset, names["dcat"].Dataset):
            self.graph.add((self.dataset, RDF.type, kind))
        publisher = URIRef(_PART + "publisher")
        for said, value in self.said:
            if URIRef(said) == OWL.versionInfo:
                self.add(self.dataset, owl_versionInfo=value, dcat_version=value)
            elif URIRef(said) == DCTERMS.creator:
                self.graph.add((publisher, RDF.type, names["foaf"].Agent))
                self.add(publisher, foaf_name=value)
                self.add(self.dataset, dcterms_creator=publisher, dcterms_publisher=publisher)
            elif URIRef(said) in {DCTERMS.issued, DCTERMS.modified}:
                self.graph.add((self.dataset, URIRef(said), Literal(value, datatype=names["xsd"].date)))
            elif URIRef(said) == DCTERMS.license:
                self.graph.add((self.dataset, DCTERMS.license, URIRef(value)))
            else:
                self.graph.add((self.dataset, URIRef(said), Literal(value, lang="en")))
        vocabularies = [URIRef(HER2.rstrip("#")), *(URIRef(PREFIXES[name]) for name in ("skos", "dcterms"))]
        self.add(self.dataset, void_uriSpace=KG, void_vocabulary=vocabularies, foaf_homepage=URIRef(BASE.rstrip("/")))

    def counts(self) -> None:
        """Add sizes, and partitions by class and property."""
        from rdflib import URIRef

        (counted,) = self._rows("counts")
        names = ("triples", "entities", "classes", "properties", "distinctSubjects", "distinctObjects")
        self.add(self.dataset, **{f"void_{name}": int(value) for name, value in zip(names, counted, strict=True)})
        for iri, count in self._rows("classes"):
            part = URIRef(f"{_PART}class-{_short(iri)}")
            self.add(self.dataset, void_classPartition=part)
            self.add(part, **{"void_class": URIRef(iri), "void_entities": int(count)})
        for iri, count in self._rows("properties"):
            part = URIRef(f"{_PART}property-{_short(iri)}")
            self.add(self.dataset, void_propertyPartition=part)
            self.add(part, void_property=URIRef(iri), void_triples=int(count))
        ((derived,),) = self._rows("derived")
        subset = URIRef(f"{BASE}graph/derived")
        self.add(self.dataset, void_subset=subset)
        self.add(subset, rdf_type=self.names["void"].Dataset, void_triples=int(derived))
        self.add(subset, dcterms_description="what the rules derived from the curated data")

    def linksets(self) -> None:
        """Add a linkset per vocabulary and kind of match of the mapping table."""
        from rdflib import URIRef

        table = mappings()
        held = set(self._things())
        counted = Counter(
            (row["object_id"].partition(":")[0], row["predicate_id"])
            for row in table.rows
            if row["subject_id"] in held or row["subject_id"].startswith("her2:")
        )
        for (prefix, predicate), count in sorted(counted.items()):
            link = URIRef(f"{_PART}links-{predicate.replace(':', '-')}-{prefix}")
            target = URIRef(table.prefixes[prefix])
            self.add(link, rdf_type=self.names["void"].Linkset, void_subjectsTarget=self.dataset, void_triples=count)
            self.add(link, void_objectsTarget=target, void_linkPredicate=URIRef(expand(predicate) or predicate))
            self.add(target, rdf_type=self.names["void"].Dataset, void_uriSpace=table.prefixes[prefix])

    def distributions(self) -> None:
        """Add the Turtle files of the shipped data, with size and checksum; a graph of the user's has none to name."""
        from rdflib import URIRef

        if not resources.is_shipped():
            return
        for path, total in checksums().items():
            if path.startswith(("data/", "ontology/")) and path.endswith(".ttl"):
                file, checksum = URIRef(BASE + path), URIRef(f"{_PART}sha256-{path.replace('/', '-')}")
                size = os.path.getsize(os.path.join(resources.root(), path))
                self.add(self.dataset, dcat_distribution=file)
                self.add(file, rdf_type=self.names["dcat"].Distribution, dcterms_title=path, dcat_byteSize=size)
                self.add(file, dcat_accessURL=URIRef(BASE.rstrip("/")), dcat_mediaType=URIRef(_TURTLE))
                self.add(file, dcterms_license=self.graph.value(self.dataset, self.names["dcterms"].license))
                self.add(file, spdx_checksum=checksum)
                self.add(checksum, rdf_type=self.names["spdx"].Checksum, spdx_checksumValue=total)
                self.add(checksum, spdx_algorithm=self.names["spdx"].checksumAlgorithm_sha256)

    def examples(self, endpoint: str) -> None:
        """Add the named queries as SPARQL examples, and what they name as example resources."""
        from rdflib import Literal, URIRef

        from her2kg.binding import with_prefixes

        resolved = set()
        for query in self.kg.queries():
            example = URIRef(f"{BASE}query/{query.name}")
            text = with_prefixes("\n".join(line for line in query.sparql.splitlines() if not line.startswith("#+")))
            self.add(example, rdf_type=[self.names["sh"].SPARQLExecutable, self.names["sh"].SPARQLSelectExecutable])
            self.add(example, rdfs_comment=Literal(query.summary, lang="en"), sh_select=text.strip() + "\n")
            self.add(example, schema_target=URIRef(endpoint) if endpoint else self.dataset)
            for parameter in query.parameters:
                if parameter.example and parameter.type not in LITERAL_TYPES:
                    try:
                        resolved.add(self.kg.names.resolve(parameter.example, parameter.type))
                    except Her2kgError:
                        continue  # an example of the shipped graph that this graph does not hold
        things = [URIRef(expand(name) or name) for name in sorted(resolved) if name.startswith("kg:")]
        self.add(self.dataset, void_exampleResource=things)

    def service(self, endpoint: str) -> None:
        """Add the SPARQL endpoint."""
        from rdflib import URIRef

        service = URIRef(endpoint)
        self.add(self.dataset, void_sparqlEndpoint=service)
        self.add(service, rdf_type=[self.names["sd"].Service, self.names["dcat"].DataService], sd_endpoint=service)
        self.add(service, dcat_endpointURL=service, dcat_servesDataset=self.dataset)
        self.add(service, sd_supportedLanguage=self.names["sd"].SPARQL11Query)
        title = self.graph.value(self.dataset, self.names["dcterms"].title)
        self.add(service, dcterms_title=f"SPARQL endpoint of: {title}")

    def _rows(self, name: str) -> list[tuple[str, ...]]:
        found = self.kg.engine.select(resources.inner_query("description", name)).rows
        return [tuple(str(getattr(term, "value", term)) for term in row) for row in found]

    def _things(self) -> list[str]:
        rows = self.kg.engine.select("SELECT DISTINCT ?thing WHERE { ?thing a ?class }").rows
        return [curie(str(getattr(thing, "value", ""))) for (thing,) in rows]


def _short(iri: str) -> str:
    """Return the name of a term in the description's own address: her2-Study for her2:Study."""
    return curie(iri).replace(":", "-").replace("/", "-").replace("#", "-")
