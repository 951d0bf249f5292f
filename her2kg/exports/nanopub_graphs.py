"""The four graphs of a nanopublication of one verdict: head, assertion, provenance, publication info."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from her2kg import terms
from her2kg.tables import Thing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from her2kg.exports.rdf_quads import Version

PROJECT = "https://w3id.org/her2kg"
BASE = f"{PROJECT}/np/"
"""Nanopublications are named by this and their Trusty URI code."""

PREFIXES = {name: terms.PREFIXES[name] for name in ("her2", "kg", "rdfs", "dcterms", "xsd")} | {
    "np": "http://www.nanopub.org/nschema#",
    "npx": "http://purl.org/nanopub/x/",
    "prov": "http://www.w3.org/ns/prov#",
}
_A = ox.NamedNode(terms.TYPE)
_PRINTED = {
    "value": "valueText",
    "lower": "lowerText",
    "upper": "upperText",
    "operator": "pOperator",
    "p": "pText",
    "locator": "locator",
}

Row = dict[str, Any]
Term = ox.NamedNode | ox.Literal
Statement = tuple[ox.NamedNode, ox.NamedNode, Term]


@dataclass(frozen=True)
class Publication:
    """A nanopublication of one verdict.

    Parameters
    ----------
    verdict : row of the query ``nanopub-verdicts``
    evidence : rows of ``nanopub-evidence`` for this verdict; none where a comparison was never evaluated
    steps : rows of ``nanopub-steps`` for this verdict
    version : what the data say of themselves
    """

    verdict: Row
    evidence: list[Row]
    steps: list[Row]
    version: Version

    def quads(self, this: str) -> list[ox.Quad]:
        """Return the four graphs, sorted, for a nanopublication of this IRI."""
        graphs = {
            "Head": self._head(this),
            "assertion": self._assertion(),
            "provenance": self._provenance(this),
            "pubinfo": self._publication_info(this),
        }
        return [
            ox.Quad(*statement, _sub(this, name))
            for name, statements in graphs.items()
            for statement in sorted(set(statements), key=lambda each: [str(term) for term in each])
        ]

    @property
    def label(self) -> str:
        """The verdict in a sentence."""
        row = self.verdict
        held = f"from {row['from']}" + (f" until {row['until']}" if row["until"] else "")
        return (
            f"{row['agent'].label}, {row['line'].label}: {row['outcome'].label} in {row['study'].label}, "
            f"{row['phase'].label} ({row['comparison'].label}), {held}"
        )

    def _head(self, this: str) -> Iterator[Statement]:
        me = ox.NamedNode(this)
        yield me, _A, _iri("np:Nanopublication")
        for relation, name in (
            ("hasAssertion", "assertion"),
            ("hasProvenance", "provenance"),
            ("hasPublicationInfo", "pubinfo"),
        ):
            yield me, _iri(f"np:{relation}"), _sub(this, name)

    def _assertion(self) -> Iterator[Statement]:
        row = self.verdict
        verdict = _node(row["verdict"])
        yield verdict, _A, _iri("her2:AgentVerdict")
        yield verdict, _iri("rdfs:label"), ox.Literal(self.label)
        for name, relation in (
            ("agent", "agent"),
            ("outcome", "outcome"),
            ("line", "lineOfTherapy"),
            ("phase", "phase"),
            ("study", "partOfStudy"),
            ("comparison", "ofComparison"),
        ):
            yield verdict, _iri(f"her2:{relation}"), _node(row[name])
        yield verdict, _iri("her2:knownFrom"), _typed(row["from"], "date")
        if row["until"]:
            yield verdict, _iri("her2:knownUntil"), _typed(row["until"], "date")

    def _provenance(self, this: str) -> Iterator[Statement]:
        assertion, derivation = _sub(this, "assertion"), _sub(this, "derivation")
        yield assertion, _iri("prov:wasGeneratedBy"), derivation
        yield assertion, _iri("prov:generatedAtTime"), self._time()
        yield derivation, _A, _iri("prov:Activity")
        rule = f"the rule '{self.verdict['rule'].label}', version {self.verdict['ruleVersion']}, and those below it"
        yield derivation, _iri("rdfs:label"), ox.Literal(f"derivation by {rule}")
        for row in (self.verdict, *self.steps):
            if row["rule"]:
                yield derivation, _iri("prov:used"), _node(row["rule"])
                yield _node(row["rule"]), _A, _iri("prov:Plan")
                yield _node(row["rule"]), _iri("rdfs:label"), ox.Literal(row["rule"].label)
                yield _node(row["rule"]), _iri("her2:ruleVersion"), ox.Literal(row["ruleVersion"])
        for row in self.steps:
            if row["analysis"]:
                yield from _used(assertion, derivation, row["analysis"])
                yield _node(row["analysis"]), _iri("rdfs:label"), ox.Literal(row["analysis"].label)
            if row["source"]:
                yield _node(row["analysis"]), _iri("prov:hadPrimarySource"), _node(row["source"])
                yield from _cited(assertion, row)
            if row["assumption"]:
                yield derivation, _iri("her2:assumption"), ox.Literal(row["assumption"])
        for row in self.evidence:
            report = _node(row["report"])
            yield from _used(assertion, derivation, row["report"])
            yield report, _A, _iri("her2:EffectReport")
            yield report, _iri("prov:hadPrimarySource"), _node(row["source"])
            yield from _cited(assertion, row)
            if row["measure"]:
                yield report, _iri("her2:measure"), _node(row["measure"])
            if row["level"]:
                yield report, _iri("her2:confidenceLevel"), _typed(row["level"], "decimal")
            for name, relation in _PRINTED.items():
                if row[name]:
                    yield report, _iri(f"her2:{relation}"), ox.Literal(row[name])

    def _publication_info(self, this: str) -> Iterator[Statement]:
        me, project = ox.NamedNode(this), ox.NamedNode(PROJECT)
        yield me, _iri("rdfs:label"), ox.Literal(self.label)
        yield me, _iri("dcterms:created"), self._time()
        yield me, _iri("dcterms:creator"), project
        yield project, _iri("rdfs:label"), ox.Literal(self.version.creator)
        yield me, _iri("dcterms:license"), ox.NamedNode(self.version.licence)
        yield me, _iri("prov:wasDerivedFrom"), ox.NamedNode(self.version.iri)
        yield me, _iri("npx:introduces"), _node(self.verdict["verdict"])
        yield me, _iri("npx:hasNanopubType"), _iri("her2:AgentVerdict")
        for value in self.verdict.values():  # so that a reader without the graph sees no bare IRI
            if isinstance(value, Thing) and value != self.verdict["verdict"]:
                yield _node(value), _iri("rdfs:label"), ox.Literal(value.label)

    def _time(self) -> ox.Literal:
        return _typed(f"{self.version.issued}T00:00:00Z", "dateTime")


def _used(assertion: ox.NamedNode, derivation: ox.NamedNode, thing: Thing) -> Iterator[Statement]:
    yield assertion, _iri("prov:wasDerivedFrom"), _node(thing)
    yield derivation, _iri("prov:used"), _node(thing)


def _cited(assertion: ox.NamedNode, row: Row) -> Iterator[Statement]:
    yield _node(row["source"]), _iri("rdfs:label"), ox.Literal(row["source"].label)
    if row["doi"]:
        doi = ox.NamedNode(f"https://doi.org/{row['doi']}")
        yield assertion, _iri("prov:wasDerivedFrom"), doi
        yield _node(row["source"]), _iri("prov:alternateOf"), doi


def _sub(this: str, name: str) -> ox.NamedNode:
    return ox.NamedNode(f"{this}#{name}")


def _iri(short: str) -> ox.NamedNode:
    prefix, _, local = short.partition(":")
    return ox.NamedNode(PREFIXES[prefix] + local)


def _node(thing: Thing) -> ox.NamedNode:
    return ox.NamedNode(terms.expand(thing.id) or thing.id)


def _typed(text: str, kind: str) -> ox.Literal:
    return ox.Literal(text, datatype=_iri(f"xsd:{kind}"))
