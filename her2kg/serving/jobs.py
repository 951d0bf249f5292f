"""What a worker does with a question: from plain values to a status, a media type and the bytes of an answer."""

from __future__ import annotations

import io
import logging
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from her2kg.ask import NotUnderstoodError
from her2kg.binding import with_date
from her2kg.checking import check_graph, render
from her2kg.errors import HeaderError, Her2kgError, ResourceError, TurtleError, UnknownNameError
from her2kg.resources import inner_query
from her2kg.serving import html
from her2kg.serving.negotiation import DOCUMENTS, GRAPHS, RESULTS, TABLES, media_of
from her2kg.serving.problems import Problem
from her2kg.tables import Column
from her2kg.terms import DESCRIBING, PREFIXES, expand

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from her2kg.consistency.reports import Report
    from her2kg.knowledge import KnowledgeGraph

Done = tuple[int, str, bytes]
"""Status, media type and body; of a refusal, the body is the line for the user and the media type empty."""

logger = logging.getLogger("her2kg.serving")
_OUR_FAULT = b"this is our fault, not yours; it has been logged"
_RESULTS = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
_GRAPHS = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdf": ox.RdfFormat.RDF_XML,
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
}
# What stands once for each row and nowhere inside one, since quotes inside a JSON text are escaped, and brackets in
# XML; and how often it stands there without being a row.
_ROW_MARKS = {"json": (b'"}},{"', -1), "xml": (b"<result>", 0), "csv": (b"\n", 1), "tsv": (b"\n", 1)}
_TERM_COLUMNS = (Column("term", "term"), Column("kind", "kind"), Column("definition", "definition"))
_PAGED = {**TABLES, "text/html": "html"}


class _Capped(io.BytesIO):
    """A file in memory that takes so many bytes and no more."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._left = size
        self.full = False

    def write(self, part: bytes) -> int:  # type: ignore[override]
        self._left -= len(part)
        if self._left < 0:
            self.full = True
            raise OSError("too large")
        return super().write(part)


class Work:
    """Questions and how they are answered.

    Parameters
    ----------
    rows, size : most rows or triples, and most bytes, of one answer
    """

    def __init__(self, kg: KnowledgeGraph, rows: int, size: int) -> None:
        self.kg = kg
        self._rows = rows
        self._size = size
        self._kinds: dict[str, Callable[..., Done]] = {
            "sparql": self._sparql,
            "query": self._query,
            "ask": self._ask,
            "thing": self._thing,
            "why": self._why,
            "check": self._check,
            "described": self._described,
            "terms": self._terms,
        }

    def do(self, question: Sequence[Any]) -> Done:
        """Answer a question; whatever goes wrong becomes a status and a line for the user."""
        kind, *arguments = question
        try:
            return self._kinds[kind](*arguments)
        except Problem as problem:
            return problem.status, "", problem.text.encode()
        except NotUnderstoodError as error:
            near = "; ".join(error.nearest)
            return 422, "", f"not answered: {error}{f'; nearest questions: {near}' if near else ''}".encode()
        except (HeaderError, ResourceError, TurtleError):  # a file of ours; its path is nobody's business
            logger.exception("a question could not be answered")
            return 500, "", _OUR_FAULT
        except Her2kgError as error:
            status = 404 if isinstance(error, UnknownNameError) else 400
            return status, "", " ".join(str(error).split()).encode("utf-8", "replace")
        except MemoryError:
            return 422, "", b"this query needs more memory than a query may have: make it smaller"
        except RecursionError:
            return 400, "", b"this query is nested too deeply: make it flatter"
        except Exception:
            logger.exception("a question could not be answered")
            return 500, "", _OUR_FAULT

    # SPARQL

    def _sparql(
        self,
        text: str,
        default_graphs: Sequence[str] | None,
        named_graphs: Sequence[str] | None,
        as_of: str | None,
        base: str,
        results: str | None,
        graphs: str | None,
    ) -> Done:
        if as_of is not None:
            text = with_date(text, as_of)
        found = self.kg.engine.query(text, base or None, default_graphs, named_graphs)
        out = _Capped(self._size)
        try:
            if isinstance(found, ox.QueryTriples):
                if graphs is None:
                    raise Problem(406, f"this query gives triples: accept one of {', '.join(GRAPHS)}")
                return 200, media_of(GRAPHS, graphs), self._triples(found, graphs, out)
            if results is None:
                raise Problem(406, f"this query gives a table: accept one of {', '.join(RESULTS)}")
            found.serialize(out, format=_RESULTS[results])
        except (OSError, ValueError, RuntimeError) as error:
            if isinstance(error, Problem):
                raise
            if out.full:
                raise self._too_large() from None
            raise Problem(400, f"the query failed: {str(error)[:300]}") from None
        body = out.getvalue()
        mark, others = _ROW_MARKS[results]
        if len(body) > self._rows and body.count(mark) - others > self._rows:
            raise Problem(422, f"more than {self._rows:,} rows: add LIMIT {self._rows} or ask for less")
        return 200, media_of(RESULTS, results), body

    def _triples(self, found: ox.QueryTriples, form: str, out: _Capped) -> bytes:
        count = 0

        def limited() -> Any:
            nonlocal count
            for triple in found:
                count += 1
                if count > self._rows:
                    raise Problem(422, f"more than {self._rows:,} triples: add LIMIT {self._rows} or ask for less")
                yield triple

        ox.serialize(limited(), out, format=_GRAPHS[form], prefixes=PREFIXES)
        return out.getvalue()

    def _too_large(self) -> Problem:
        return Problem(422, f"the answer is larger than {self._size // 1_000_000} MB: add LIMIT or ask for less")

    # Answers and pages

    def _capped(self, text: str, media: str) -> Done:
        body = f"{text}\n".encode()
        if len(body) > self._size:
            raise self._too_large()
        return 200, media, body

    def _query(self, name: str, parameters: Sequence[tuple[str, Sequence[str]]], as_of: str | None, form: str) -> Done:
        values = {key: list(value) if len(value) > 1 else value[0] for key, value in parameters}
        answer = self.kg.query(name, as_of, **values)
        text = html.answer(answer) if form == "html" else answer.render(form)
        return self._capped(text, media_of(_PAGED, form))

    def _ask(self, question: str, as_of: str | None, form: str) -> Done:
        answer = self.kg.ask(question, as_of)
        text = html.answer(answer) if form == "html" else answer.render(form)
        return self._capped(text, media_of(_PAGED, form))

    def _why(self, name: str, as_of: str | None, line: str | None, sensitivity: bool, form: str) -> Done:
        page = self.kg.why(name, as_of, line, sensitivity)
        text = html.page(page) if form == "html" else page.render(form)
        return self._capped(text, media_of(_PAGED, form))

    def _thing(self, name: str, as_of: str | None, form: str) -> Done:
        """Return the page of a thing, or its triples in a format of RDF."""
        if form not in _GRAPHS:
            page = self.kg.show(name, as_of)
            text = html.page(page) if form == "html" else page.render(form)
            return self._capped(text, media_of({**DOCUMENTS, **_PAGED}, form))
        iri = self._iri(name)
        found = self.kg.engine.query(f"DESCRIBE <{iri}>")
        assert isinstance(found, ox.QueryTriples)  # noqa: S101 - what DESCRIBE gives
        body = self._triples(found, form, _Capped(self._size))
        return 200, media_of(GRAPHS, form), body

    def _iri(self, name: str) -> str:
        found = self.kg.names.find(name)
        iri = expand(found[0]) if found else None
        if iri is None or re.search(r"[<>\"{}|^`\\\x00-\x20]", iri):
            raise UnknownNameError(f"nothing named {name[:60]!r}{self.kg.names.hint(name)}")
        return iri

    # Descriptions

    def _described(self, turtle: str, form: str) -> Done:
        """Return a description the server wrote in Turtle in a format of RDF."""
        triples = [quad.triple for quad in ox.parse(turtle.encode(), format=ox.RdfFormat.TURTLE)]
        body = ox.serialize(triples, format=_GRAPHS[form], prefixes={**PREFIXES, **DESCRIBING})
        return 200, media_of(GRAPHS, form), body or b""

    def _terms(self, form: str) -> Done:
        """Return the ontology, as RDF or as a page with its terms."""
        if form == "html":
            table = self.kg.sparql(_query_text("terms"), _TERM_COLUMNS)
            return self._capped(html.terms(table), media_of(DOCUMENTS, form))
        return self._sparql(_query_text("ontology"), None, None, None, "", None, form)

    def _check(self, form: str) -> Done:
        return self._capped(
            render(_report(self.kg), form, "info").rstrip("\n"),
            "application/json" if form == "json" else "text/plain; charset=utf-8",
        )


@cache
def _report(kg: KnowledgeGraph) -> Report:
    """Return the findings; made once, since the checks read files, which a worker cannot later."""
    return check_graph(kg)


@cache
def _query_text(name: str) -> str:
    """Return an inner query; read once, since a worker opens no files later."""
    return inner_query("serving", name)
