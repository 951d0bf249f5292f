"""The HTTP interface as OpenAPI 3.1, described from the headers of the named queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from her2kg.serving.negotiation import DOCUMENTS, GRAPHS, RESULTS, TABLES
from her2kg.serving.protocol import DIRECT, FORM

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from her2kg.headers import NamedQuery, Parameter

_DATE = {
    "anyOf": [
        {"type": "string", "format": "date"},
        {"type": "string", "pattern": "^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$"},
        {"type": "string", "pattern": "^(19|20)[0-9]{2}$"},
    ]
}
_INTEGER = {"type": "integer", "minimum": -999_999_999, "maximum": 999_999_999}
_TEXT = {"type": "string"}
_REFUSALS = {
    "400": "Something in the request is wrong; the text says what to change.",
    "404": "Nothing goes by that name; the text gives the nearest.",
    "406": "None of the formats asked for is given here.",
    "413": "The request is too large.",
    "414": "The address is too long: send the query by POST.",
    "415": "The body is neither a form nor a query.",
    "422": "The question is not understood, or its answer would be larger than an answer may be.",
    "503": "Too many questions are waiting; Retry-After says when to try again.",
    "504": "The query took longer than a query may.",
}


def _parameter(name: str, where: str, schema: Mapping[str, Any], said: str, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": where, "description": said, "required": required, "schema": dict(schema)}


def _format(formats: Mapping[str, str]) -> dict[str, Any]:
    kinds = list(dict.fromkeys(formats.values()))
    return _parameter("format", "query", {"type": "string", "enum": kinds}, "Format; counts for more than Accept.")


def _of_query(parameter: Parameter) -> dict[str, Any]:
    """Return a named query's parameter; several values mean any of them."""
    one = {"date": _DATE, "integer": _INTEGER}.get(parameter.type, {**_TEXT, "minLength": 1})
    kind = (
        ""
        if parameter.type in {"date", "integer", "string", "decimal"}
        else f"; a {parameter.type} by any of its names"
    )
    found = _parameter(
        parameter.name,
        "query",
        {"type": "array", "items": one, "minItems": 1, "maxItems": 20},
        f"{parameter.label}{kind}. Several values mean any of them.",
        parameter.required,
    )
    if parameter.example:
        value = int(parameter.example) if parameter.type == "integer" else parameter.example
        found["example"] = [value]
    return found


def _responses(
    formats: Iterable[str], statuses: Iterable[str], schema: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    content = {media: {"schema": dict(schema or {}) if media == "application/json" else {}} for media in formats}
    found: dict[str, Any] = {
        "200": {"description": "The answer.", "content": content},
        "304": {"description": "You have it."},
    }
    return found | {status: {"$ref": f"#/components/responses/{status}"} for status in statuses}


def _get(
    name: str,
    summary: str,
    parameters: list[dict[str, Any]],
    responses: dict[str, Any],
    tag: str,
    said: str = "",
) -> dict[str, Any]:
    operation: dict[str, Any] = {"operationId": name, "summary": summary, "tags": [tag], "responses": responses}
    if said:
        operation["description"] = said
    if parameters:
        operation["parameters"] = parameters
    return {"get": operation}


def openapi(queries: Iterable[NamedQuery], address: str, version: str) -> dict[str, Any]:
    """Return the description.

    Parameters
    ----------
    address : of the server
    version : of the package
    """
    as_of = _parameter("as_of", "query", _DATE, "Answer as known on a day; a month or a year stands for its last day.")
    paged = {**TABLES, "text/html": "html"}
    answered = ("400", "404", "406", "414", "422", "503", "504")
    answer = {"$ref": "#/components/schemas/Answer"}
    page = {"$ref": "#/components/schemas/Page"}
    name = _parameter("name", "path", {**_TEXT, "minLength": 1}, "Name, alias, CURIE or registry number.", True)
    local = _parameter("name", "path", {**_TEXT, "minLength": 1}, "Local name.", True)
    line = _parameter("line", "query", {**_TEXT, "minLength": 1}, "Only this line of therapy.")
    deep = _parameter("sensitivity", "query", {"type": "boolean"}, "Show every way of filling in what is unstated.")
    asked = _parameter("question", "query", {**_TEXT, "minLength": 1}, "A question in plain English.", True)
    paths: dict[str, Any] = {
        f"/api/queries/{query.name}": _get(
            query.name,
            query.summary,
            [*(_of_query(p) for p in query.parameters if p.name != "asOf"), as_of, _format(paged)],
            _responses(paged, answered, answer),
            "named queries",
            "\n\n".join((query.description, *(f"- {question}" for question in query.questions[:5]))).strip(),
        )
        for query in queries
    }
    listing = {"application/json": "json", "text/html": "html", **GRAPHS}
    paths |= {
        "/api/queries": _get(
            "listQueries",
            "The named queries: parameters, columns, the questions they answer, SPARQL",
            [_format(listing)],
            _responses(listing, ("400", "406", "503")),
            "named queries",
        ),
        "/api/ask": _get(
            "ask",
            "Answer a question in plain English, or say that it is not understood",
            [asked, as_of, _format(paged)],
            _responses(paged, answered, answer),
            "questions",
        ),
        "/api/show/{name}": _get(
            "show",
            "The page of a study, agent, target, mechanism, source",
            [name, as_of, _format(paged)],
            _responses(paged, answered, page),
            "things",
        ),
        "/api/why/{name}": _get(
            "why",
            "The proof of the verdicts on an agent or study",
            [name, as_of, line, deep, _format(paged)],
            _responses(paged, answered, page),
            "things",
        ),
        "/api/check": _get(
            "check",
            "Findings of the statistical checks",
            [_format({"application/json": "json", "text/plain": "text"})],
            _responses(("application/json", "text/plain"), ("400", "406", "503", "504")),
            "quality",
        ),
        "/id/{name}": _get(
            "thing",
            "A thing by its IRI: a page, or its triples",
            [local, as_of, _format(DOCUMENTS)],
            _responses(DOCUMENTS, answered, None),
            "things",
        ),
        "/ontology/{name}": _get(
            "term",
            "A term of the ontology: a page, or its triples",
            [local, as_of, _format(DOCUMENTS)],
            _responses(DOCUMENTS, answered, None),
            "things",
        ),
        "/ontology": _get(
            "ontology",
            "The ontology",
            [_format({"text/html": "html", **GRAPHS})],
            _responses({"text/html": "html", **GRAPHS}, ("400", "406", "503", "504")),
            "things",
        ),
        "/.well-known/void": _get(
            "void",
            "The data set, described with VoID",
            [_format(GRAPHS)],
            _responses(GRAPHS, ("400", "406", "503", "504")),
            "quality",
        ),
        "/sparql": _sparql(),
        "/health": _get(
            "health",
            "Whether questions are answered",
            [],
            _responses(("application/json",), ("503", "504")),
            "operation",
        ),
        "/metrics": _get("metrics", "Counters for Prometheus", [], _responses(("text/plain",), ()), "operation"),
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "her2kg",
            "version": version,
            "summary": "Structured evidence on HER2-targeted therapy in advanced gastric cancer.",
            "description": "Evidence, not medical advice. Read-only.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": address or "/"}],
        "paths": paths,
        "components": {
            "schemas": {"Answer": _answer_schema(), "Page": _page_schema(), "Problem": _problem_schema()},
            "responses": {
                status: {
                    "description": said,
                    "content": {
                        "text/plain": {"schema": _TEXT},
                        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
                    },
                }
                for status, said in _REFUSALS.items()
            },
        },
    }


def _sparql() -> dict[str, Any]:
    uris = {"type": "array", "items": {"type": "string", "format": "uri"}}
    dataset = [
        _parameter("default-graph-uri", "query", uris, "Graphs to ask in place of the default graph."),
        _parameter("named-graph-uri", "query", uris, "Graphs that GRAPH may name."),
        _parameter("as-of", "query", _DATE, "Date of a query with a VALUES ?asOf { ... } block."),
        _format({**RESULTS, **GRAPHS}),
    ]
    query = _parameter("query", "query", {**_TEXT, "minLength": 1}, "A SPARQL 1.1 query.", True)
    responses = _responses({**RESULTS, **GRAPHS}, ("400", "406", "413", "414", "415", "422", "503", "504"))
    form = {"type": "object", "properties": {"query": {**_TEXT, "minLength": 1}}, "required": ["query"]}
    body = {"required": True, "content": {FORM: {"schema": form}, DIRECT: {"schema": _TEXT}}}
    shared = {"tags": ["SPARQL"], "responses": responses}
    return {
        "get": {
            "operationId": "sparqlGet",
            "summary": "SPARQL 1.1 Protocol; without a query, the service description",
            "parameters": [query, *dataset],
            **shared,
        },
        "post": {
            "operationId": "sparqlPost",
            "summary": "SPARQL 1.1 Protocol",
            "parameters": dataset,
            "requestBody": body,
            **shared,
        },
    }


def _listed(*names: str) -> dict[str, Any]:
    return {name: {"type": "array"} for name in names}


def _answer_schema() -> dict[str, Any]:
    texts = {name: {"type": "string"} for name in ("question", "query", "as_of", "sparql")}
    properties = {**texts, "parameters": {"type": "object"}, **_listed("columns", "rows", "answer", "sources", "notes")}
    return {"type": "object", "properties": properties, "required": list(properties)}


def _page_schema() -> dict[str, Any]:
    texts = {name: {"type": "string"} for name in ("id", "label", "as_of")}
    properties = {**texts, **_listed("kinds", "facts", "text", "sections", "sources", "notes")}
    return {"type": "object", "properties": properties, "required": list(properties)}


def _problem_schema() -> dict[str, Any]:
    texts = {name: {"type": "string"} for name in ("type", "title", "detail")}
    return {
        "type": "object",
        "properties": {**texts, "status": {"type": "integer"}},
        "required": ["title", "status", "detail"],
    }
