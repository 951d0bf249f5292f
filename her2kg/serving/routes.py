"""All routes but the SPARQL endpoint: questions, things, descriptions, and what an operator asks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from her2kg.serving.negotiation import DOCUMENTS, GRAPHS, TABLES, choose
from her2kg.serving.problems import Problem
from her2kg.serving.protocol import fields
from her2kg.serving.replies import answered, unchanged
from her2kg.terms import KG, expand

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from her2kg.headers import NamedQuery
    from her2kg.serving.answering import Answers
    from her2kg.serving.description import Description
    from her2kg.serving.observing import Observer
    from her2kg.serving.replies import Reply

_PAGED = {**TABLES, "text/html": "html"}
_CONTROLS = frozenset({"format", "as_of"})


class Routes:
    """The routes.

    Parameters
    ----------
    queries : the named queries
    """

    def __init__(
        self,
        answers: Answers,
        observer: Observer,
        queries: Mapping[str, NamedQuery],
        description: Description,
        client_of: Callable[[str], str],
    ) -> None:
        self._answers = answers
        self._observer = observer
        self._queries = queries
        self._description = description
        self._client_of = client_of

    def all(self) -> list[Route]:
        """Return the routes; what is mounted behind them answers the rest."""
        table: tuple[tuple[str, Callable[[Request], Awaitable[Response]]], ...] = (
            ("/", self.home),
            ("/page.css", self.style),
            ("/health", self.health),
            ("/metrics", self.metrics),
            ("/openapi.json", self.openapi),
            ("/.well-known/void", self.void),
            ("/api/queries", self.catalogue),
            ("/api/queries/{name}", self.query),
            ("/api/ask", self.ask),
            ("/api/show/{name:path}", self.show),
            ("/api/why/{name:path}", self.why),
            ("/api/check", self.check),
            ("/ontology", self.ontology),
            ("/ontology/{name}", self.term),
            ("/id/{name:path}", self.thing),
        )
        return [Route(path, endpoint, methods=["GET"]) for path, endpoint in table]

    # Reading a request

    def _parameters(self, request: Request, known: frozenset[str], many: bool = False) -> dict[str, list[str]]:
        """Return the parameters of a request.

        Raises
        ------
        Problem : 400, one is unknown, or there are several where one is wanted
        """
        found: dict[str, list[str]] = {}
        for name, value in fields(request.scope["query_string"]):
            if name not in known and name not in _CONTROLS:
                raise Problem(400, f"parameter {name[:40]!r} is not known: use {', '.join(sorted(known | _CONTROLS))}")
            if not value:
                raise Problem(400, f"{name!r} is empty: give a value, or leave it out")
            found.setdefault(name, []).append(value)
        for name, values in found.items():
            if len(values) > 1 and (not many or name in _CONTROLS):
                raise Problem(400, f"{len(values)} values of {name!r}: give one")
        return found

    def _form(self, request: Request, formats: Mapping[str, str], given: Mapping[str, list[str]]) -> str:
        form = choose(request.headers.get("accept", ""), formats, given.get("format", [None])[0])
        if form is None:
            raise Problem(406, f"none of the formats asked for is given here: accept {', '.join(formats)}")
        return form

    async def _answer(self, request: Request, asked: tuple[Any, ...], link: str = "") -> Response:
        zipped = "gzip" in request.headers.get("accept-encoding", "")
        tag = self._answers.tag(asked, zipped)
        if tag and tag in request.headers.get("if-none-match", ""):
            return _response(unchanged(tag))
        client = self._client_of(request.client.host if request.client else "")
        response = _response(answered(await self._answers.answer(asked, client, zipped, tag)))
        if link:
            response.raw_headers.append((b"link", link.encode()))
        return response

    # Questions

    async def catalogue(self, request: Request) -> Response:
        """List the named queries."""
        given = self._parameters(request, frozenset())
        form = self._form(request, {"application/json": "json", "text/html": "html", **GRAPHS}, given)
        if form in {"json", "html"}:
            text = self._description.catalogue_json() if form == "json" else self._description.catalogue_html()
            media = "application/json" if form == "json" else "text/html"
            return Response(text, media_type=media, headers={"vary": "Accept", "cache-control": "public, max-age=60"})
        return await self._answer(request, ("described", self._description.examples(), form))

    async def query(self, request: Request) -> Response:
        """Run a named query."""
        name = request.path_params["name"]
        query = self._queries.get(name)
        if query is None:
            raise Problem(404, f"no query named {name[:60]!r}: see /api/queries")
        known = frozenset(parameter.name for parameter in query.parameters) - {"asOf"}
        given = self._parameters(request, known, many=True)
        form = self._form(request, _PAGED, given)
        values = tuple((key, tuple(value)) for key, value in sorted(given.items()) if key not in _CONTROLS)
        return await self._answer(request, ("query", name, values, _one(given, "as_of"), form))

    async def ask(self, request: Request) -> Response:
        """Answer a question in plain English."""
        given = self._parameters(request, frozenset({"question"}))
        question = _one(given, "question")
        if not question:
            raise Problem(400, "no question: /api/ask?question=which+agents+failed+phase+III")
        return await self._answer(
            request, ("ask", question[:1000], _one(given, "as_of"), self._form(request, _PAGED, given))
        )

    async def show(self, request: Request) -> Response:
        """Show the page of a thing by any of its names."""
        given = self._parameters(request, frozenset())
        form = self._form(request, _PAGED, given)
        return await self._answer(request, ("thing", request.path_params["name"], _one(given, "as_of"), form))

    async def why(self, request: Request) -> Response:
        """Prove verdicts."""
        given = self._parameters(request, frozenset({"line", "sensitivity"}))
        sensitivity = _one(given, "sensitivity") or "false"
        if sensitivity not in {"true", "false"}:
            raise Problem(400, f"sensitivity={sensitivity[:20]!r}: write true or false")
        form = self._form(request, _PAGED, given)
        asked = (
            "why",
            request.path_params["name"],
            _one(given, "as_of"),
            _one(given, "line"),
            sensitivity == "true",
            form,
        )
        return await self._answer(request, asked)

    async def check(self, request: Request) -> Response:
        """Return the findings of the statistical checks."""
        given = self._parameters(request, frozenset())
        if "as_of" in given:
            raise Problem(400, "the checks have no as_of: leave it out")
        form = self._form(request, {"application/json": "json", "text/plain": "text"}, given)
        return await self._answer(request, ("check", form))

    # Things

    async def thing(self, request: Request) -> Response:
        """Answer for the IRI of a thing with a page or with RDF."""
        name = request.path_params["name"]
        return await self._resource(request, KG + name, f"kg:{name}", f"/id/{quote(name, safe='')}")

    async def term(self, request: Request) -> Response:
        """Answer for a term of the ontology with a page or with RDF."""
        name = request.path_params["name"]
        return await self._resource(
            request, expand(f"her2:{name}") or "", f"her2:{name}", f"/ontology/{quote(name, safe='')}"
        )

    async def _resource(self, request: Request, iri: str, short: str, path: str) -> Response:
        given = self._parameters(request, frozenset())
        form = self._form(request, DOCUMENTS, given)
        link = f'<{quote(iri, safe=":/#%")}>; rel="describes", <{path}?format=ttl>; rel="alternate"; type="text/turtle"'
        return await self._answer(request, ("thing", short, _one(given, "as_of"), form), link)

    async def ontology(self, request: Request) -> Response:
        """Return the whole ontology."""
        given = self._parameters(request, frozenset())
        form = self._form(request, {"text/html": "html", **GRAPHS}, given)
        return await self._answer(request, ("terms", form))

    # Descriptions

    async def void(self, request: Request) -> Response:
        """Describe the data set."""
        form = self._form(request, GRAPHS, self._parameters(request, frozenset()))
        described = await run_in_threadpool(lambda: self._description.dataset)
        return await self._answer(request, ("described", described, form))

    async def openapi(self, request: Request) -> Response:
        """Describe this interface."""
        return Response(self._description.openapi(), media_type="application/json")

    async def home(self, request: Request) -> Response:
        """Say what is here."""
        return Response(self._description.home(), media_type="text/html")

    async def style(self, request: Request) -> Response:
        """Return the style of all pages."""
        path = os.path.join(os.path.dirname(__file__), "page.css")
        with open(path, encoding="utf-8") as stream:
            return Response(stream.read(), media_type="text/css", headers={"cache-control": "public, max-age=3600"})

    # For operators

    async def health(self, request: Request) -> Response:
        """Say whether questions are answered: one is asked."""
        await self._answers.answer(("sparql", "ASK {}", None, None, None, "", "json", "ttl"), "health", False, "")
        return Response('{"status": "ok"}', media_type="application/json", headers={"cache-control": "no-store"})

    async def metrics(self, request: Request) -> Response:
        """Return counters for Prometheus."""
        return Response(self._observer.metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _response(reply: Reply) -> Response:
    response = Response(reply.body, reply.status)
    response.raw_headers = reply.headers
    return response


def _one(given: Mapping[str, list[str]], name: str) -> str | None:
    return given.get(name, [None])[0]


async def nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer for an address that there is not."""
    raise Problem(404, "nothing is here: see /openapi.json")
