"""The service described for machines: SPARQL service description, data set, example queries, catalogue."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING

from her2kg.serving import html
from her2kg.serving.openapi import openapi
from her2kg.terms import DESCRIBING, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from her2kg.headers import NamedQuery
    from her2kg.knowledge import KnowledgeGraph

_RESULT_FORMATS = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "N-Triples",
    "JSON-LD",
    "RDF_XML",
    "N-Quads",
    "TriG",
)
DATASET = "https://w3id.org/her2kg/dataset"
QUERY = "https://w3id.org/her2kg/query/"
_DERIVED = "https://w3id.org/her2kg/graph/derived"


def literal(text: str) -> str:
    r"""Return a text as a Turtle literal.

    >>> print(literal('say "no"\n'))
    "say \"no\"\n"
    """
    for character, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        text = text.replace(character, escaped)
    return f'"{text}"'


def _prefixes() -> str:
    return "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in {**PREFIXES, **DESCRIBING}.items())


class Description:
    """What this server says of itself.

    Parameters
    ----------
    kg : the graph that is served
    address : of the server, without a slash at the end
    version : of the package
    """

    def __init__(self, kg: KnowledgeGraph, queries: Mapping[str, NamedQuery], address: str, version: str) -> None:
        self._kg = kg
        self._queries = queries
        self._address = address
        self._version = version
        self._openapi = json.dumps(openapi(queries.values(), address, version), ensure_ascii=False, indent=1)

    def openapi(self) -> str:
        """Return the OpenAPI 3.1 description."""
        return self._openapi

    def service(self) -> str:
        """Return the SPARQL 1.1 service description, in Turtle."""
        formats = ", ".join(f"<{DESCRIBING['formats']}{name}>" for name in _RESULT_FORMATS)
        return f"""{_prefixes()}
<{self._address}/sparql> a sd:Service ;
  sd:endpoint <{self._address}/sparql> ;
  sd:supportedLanguage sd:SPARQL11Query ;
  sd:resultFormat {formats} ;
  sd:defaultDataset <{DATASET}> .
<{DATASET}> a sd:Dataset ;
  sd:defaultGraph <{DATASET}/graph/default> ;
  sd:namedGraph <{DATASET}/graph/derived> .
<{DATASET}/graph/default> a sd:Graph ; rdfs:comment "Ontology, curated data and everything derived."@en .
<{DATASET}/graph/derived> a sd:NamedGraph ; sd:name <{_DERIVED}> ; sd:graph <{_DERIVED}> .
<{_DERIVED}> a sd:Graph ; rdfs:comment "What rules derived: verdicts, and what leads to them."@en .
"""

    @cached_property
    def dataset(self) -> str:
        """What VoID and DCAT say of the graph, in Turtle; worked out, by this process, when it is first asked for."""
        from her2kg.description import description

        return description(self._kg, f"{self._address}/sparql")

    def examples(self) -> str:
        """Return the named queries as executable SHACL queries, the way of the SIB's example collections, in Turtle."""
        out = [_prefixes()]
        declared = "".join(
            f"<{QUERY}prefixes> sh:declare <{QUERY}prefixes#{name}> .\n"
            f"<{QUERY}prefixes#{name}> sh:prefix {literal(name)} ; sh:namespace {literal(iri)}^^xsd:anyURI .\n"
            for name, iri in PREFIXES.items()
        )
        out.append(declared)
        for query in self._queries.values():
            kind, text = _executable(query)
            said = " ".join((f"{query.summary}.", query.description)).strip()
            keywords = "".join(f" ;\n  schema:keywords {literal(tag)}" for tag in query.tags)
            out.append(
                f"<{QUERY}{query.name}> a sh:SPARQLExecutable, sh:SPARQL{kind}Executable ;\n"
                f"  rdfs:label {literal(query.summary)}@en ;\n  rdfs:comment {literal(said)}@en ;\n"
                f"  sh:prefixes <{QUERY}prefixes> ;\n  sh:{kind.lower()} {literal(text)} ;\n"
                f"  schema:target <{self._address}/sparql>{keywords} .\n"
            )
        return "".join(out)

    def catalogue_json(self) -> str:
        """Return the named queries as JSON."""
        found = [
            {
                "name": query.name,
                "summary": query.summary,
                "description": query.description,
                "tags": list(query.tags),
                "questions": list(query.questions),
                "parameters": [
                    {"name": p.name, "type": p.type, "label": p.label, "example": p.example, "required": p.required}
                    for p in query.parameters
                ],
                "columns": [{"name": c.name, "label": c.label} for c in query.columns],
                "sparql": query.sparql,
            }
            for query in self._queries.values()
        ]
        return json.dumps(found, ensure_ascii=False, indent=1)

    def catalogue_html(self) -> str:
        """Return the named queries as a page."""
        return html.catalogue(self._queries.values())

    def home(self) -> str:
        """Return the first page."""
        return html.home()


def _executable(query: NamedQuery) -> tuple[str, str]:
    """Return the kind of a query and its text without the header, which repeats what is said beside it."""
    text = "\n".join(line for line in query.sparql.splitlines() if not line.startswith("#+")).strip()
    return "Select", text
