"""The same questions sent to any SPARQL 1.1 store: `her2kg ask ... --endpoint URL`.

The store holds what `her2kg deploy` writes: ontology, data, what rules derived, and the look-up keys of names. Query
texts are the ones that the embedded engine runs; only the transport differs. Names are fetched for all rows of an
answer at once, so that an answer takes a handful of requests, however many things it names.
"""

from __future__ import annotations

import http.client
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from her2kg import resources
from her2kg.binding import with_prefixes
from her2kg.dialects import is_virtuoso, needs_gathering, readable, rewritten, settled, truth
from her2kg.engine import DERIVED, Engine, Solutions, bare, refuse_service
from her2kg.errors import EndpointError, QueryError
from her2kg.gathering import as_quads, gathered
from her2kg.headers import filled
from her2kg.knowledge import KnowledgeGraph
from her2kg.names import KEY, KIND, NAMES, Names
from her2kg.terms import PREFIXES, curie, expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from her2kg.snapshot import Snapshot

TIMEOUT = 120.0
"""Seconds after which a request is given up."""
_TABLE = "application/sparql-results+json"
_GRAPH = "text/turtle"
_LARGEST = 1 << 30
"""Bytes of an answer that are read; more would fill the memory of a small machine."""
_PER_REQUEST = 400
"""Things whose names are fetched with one request; some stores refuse longer lists."""
_NO_IRI = re.compile(r"[<>\"{}|^`\\\x00-\x20]")


class RemoteEngine(Engine):
    """A SPARQL 1.1 endpoint, asked over HTTP.

    Parameters
    ----------
    url : http or https; parameters in it, such as ``default-graph-uri``, are sent along
    timeout : seconds after which a request is given up

    Raises
    ------
    EndpointError : the address is none
    """

    def __init__(self, url: str, timeout: float = TIMEOUT) -> None:
        try:
            parts = urllib.parse.urlsplit(url)
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable or _NO_IRI.search(url):
            raise EndpointError(f"{url[:200]!r} is no address of an endpoint: write http://HOST:PORT/sparql")
        self.url = urllib.parse.urlunsplit(parts._replace(query="", fragment=""))
        self._parameters = urllib.parse.parse_qsl(parts.query)
        if any(name == "default-graph-uri" for name, _ in self._parameters):
            # A query whose default graph is named sees no other graph but those that are named too.
            self._parameters += [("named-graph-uri", graph.value) for graph in (DERIVED, NAMES)]
        self._timeout = timeout
        self._server = ""

    @cached_property
    def store(self) -> ox.Store:  # type: ignore[override]
        """A copy of all that the endpoint holds, for what needs the whole graph; fetched once."""
        store = ox.Store()
        for quad in as_quads(self._sent(resources.inner_query("remote", "triples"))):
            graph = NAMES if quad.predicate in {KEY, KIND} else ox.DefaultGraph()
            store.add(ox.Quad(quad.subject, quad.predicate, quad.object, graph))
        for quad in as_quads(self._sent(resources.inner_query("remote", "derived"))):
            store.add(ox.Quad(quad.subject, quad.predicate, quad.object, DERIVED))
        if not store.contains_named_graph(DERIVED):
            raise EndpointError(f"{self.url} has no named graph <{DERIVED.value}>: load her2kg-derived.nt into it")
        return store

    def select(self, sparql: str) -> Solutions:
        """Run a SELECT or ASK query; see `Engine.select` and `her2kg.dialects`."""
        if self.needs_help and not re.search(r"\bGRAPH\b", bare(sparql)):
            if needs_gathering(sparql):
                return gathered(sparql, self._sent, lambda: Engine(self.store))
            return settled(sparql, self._sent(rewritten(sparql)))
        return settled(sparql, self._sent(sparql))

    def construct(self, sparql: str) -> list[ox.Triple]:
        """Run a CONSTRUCT or DESCRIBE query; see `Engine.construct`."""
        try:
            return [quad.triple for quad in ox.parse(self._ask(sparql, _GRAPH), format=ox.RdfFormat.TURTLE)]
        except (SyntaxError, ValueError) as error:
            raise EndpointError(f"{self.url} did not answer with Turtle: {str(error)[:200]}") from None

    def turtle(self, sparql: str) -> str:
        """Run a CONSTRUCT or DESCRIBE query; see `Engine.turtle`."""
        raw = ox.serialize(self.construct(sparql), format=ox.RdfFormat.TURTLE, prefixes=PREFIXES)
        return (raw or b"").decode("utf-8")

    @cached_property
    def needs_help(self) -> bool:
        """Whether the server is one whose SPARQL differs from the standard; asked once."""
        if not self._server:
            self._ask("ASK { }", _TABLE)
        return is_virtuoso(self._server)

    def _sent(self, sparql: str) -> Solutions:
        body = self._ask(sparql, _TABLE)
        try:
            result = ox.parse_query_results(readable(body), format=ox.QueryResultsFormat.JSON)
            if isinstance(result, ox.QueryBoolean):
                return Solutions(("answer",), [(bool(result),)])
            names = tuple(variable.value for variable in result.variables)
            return truth(Solutions(names, [tuple(solution) for solution in result]))
        except (SyntaxError, ValueError, OSError) as error:
            raise EndpointError(f"{self.url} did not answer with SPARQL results in JSON: {str(error)[:200]}") from None

    def _ask(self, sparql: str, accept: str) -> bytes:
        refuse_service(sparql)
        form = urllib.parse.urlencode([*self._parameters, ("query", with_prefixes(sparql))])
        request = urllib.request.Request(  # noqa: S310 - http or https, checked above
            self.url,
            form.encode("ascii"),
            {"Accept": accept, "Content-Type": "application/x-www-form-urlencoded", "User-Agent": "her2kg"},
        )
        deadline = time.monotonic() + self._timeout
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as response:  # noqa: S310 - as above
                self._server = response.headers.get("Server", "unknown")
                return b"".join(self._chunks(response, deadline))
        except urllib.error.HTTPError as error:
            said = _said(error.read(2000))
            if error.code == 400:
                raise QueryError(f"{self.url} refused the query: {said}") from None
            raise EndpointError(f"{self.url} answered {error.code} {error.reason}{said and ': ' + said}") from None
        except TimeoutError:
            raise EndpointError(f"{self.url} gave no answer within {self._timeout:g} seconds") from None
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            reason = getattr(error, "reason", error) or type(error).__name__
            if isinstance(reason, TimeoutError):
                raise EndpointError(f"{self.url} gave no answer within {self._timeout:g} seconds") from None
            raise EndpointError(f"{self.url} cannot be reached ({reason}): is the server running?") from None

    def _chunks(self, response: http.client.HTTPResponse, deadline: float) -> Iterator[bytes]:
        """Read an answer piece by piece, so that neither a dripping nor an endless one is waited for."""
        size = 0
        while chunk := response.read1(1 << 16):
            yield chunk
            size += len(chunk)
            if size > _LARGEST:
                raise EndpointError(f"{self.url} answered with more than {_LARGEST >> 20} MB: ask for less")
            if time.monotonic() > deadline:
                raise TimeoutError
        if response.length:
            raise EndpointError(f"{self.url} broke off its answer, {response.length} bytes are missing: ask again")


class RemoteNames(Names):
    """Names of things in a remote store, fetched for many things at once and kept."""

    def __init__(self, engine: RemoteEngine) -> None:
        super().__init__(ox.Store())
        self._engine = engine
        self._known: dict[str, dict[str, list[str]]] = {}

    def gather(self, shorts: Iterable[str]) -> None:
        """Fetch labels, other names, kinds and links of things at once."""
        wanted = sorted({short for short in shorts if short not in self._known and expand(short)})
        text = resources.inner_query("remote", "names")
        for start in range(0, len(wanted), _PER_REQUEST):
            part = wanted[start : start + _PER_REQUEST]
            self._known |= {short: {} for short in part}
            iris = [f"<{iri}>" for iri in map(expand, part) if iri and not _NO_IRI.search(iri)]
            if not iris:
                continue
            for thing, predicate, value in self._engine.select(filled(text, "thing", " ".join(iris))).rows:
                if isinstance(thing, ox.NamedNode) and isinstance(predicate, ox.NamedNode):
                    found = self._known[curie(thing.value)].setdefault(predicate.value, [])
                    found.append(getattr(value, "value", str(value)))

    def _values(self, short: str, predicate: ox.NamedNode, graph: ox.NamedNode | None = None) -> Iterator[str]:
        self.gather([short])
        yield from self._known.get(short, {}).get(predicate.value, ())

    def is_a(self, short: str, kind: str) -> bool:
        """Say whether a thing is of a class; its classes are at hand once it is gathered."""
        return kind in self.kinds(short)

    def _keyed(self, key: str | None) -> Iterator[tuple[str, str]]:
        wanted = "UNDEF" if key is None else str(ox.Literal(key))
        rows = self._engine.select(filled(resources.inner_query("remote", "by-name"), "key", wanted)).rows
        found = [
            (curie(thing.value), known.value)
            for thing, known in rows
            if isinstance(thing, ox.NamedNode) and isinstance(known, ox.Literal)
        ]
        self.gather(short for short, _ in found)
        yield from found


class RemoteSnapshot:
    """What a `Snapshot` is for the embedded engine; nothing is remembered, because the store may change."""

    digest = ""

    def __init__(self, engine: RemoteEngine, shipped: Snapshot) -> None:
        self.engine = engine
        self._shipped = shipped

    @property
    def queries(self) -> dict[str, bytes]:
        """The shipped named queries."""
        return self._shipped.queries

    @cached_property
    def lexicon(self) -> dict[str, Any]:
        """The vocabulary of questions over what the store holds."""
        from her2kg.compiler import compile_lexicon_of

        return compile_lexicon_of(self.engine)

    def recall(self, key: str) -> None:
        """Return nothing."""

    def remember(self, key: str, plain: Any) -> None:
        """Do nothing."""


class RemoteKnowledgeGraph(KnowledgeGraph):
    """The evidence graph in a remote store."""

    @cached_property
    def names(self) -> Names:
        """Look-up of names, labels and kinds."""
        engine = self.engine
        assert isinstance(engine, RemoteEngine)  # noqa: S101 - `connect` puts it there
        return RemoteNames(engine)


def connect(url: str, timeout: float = TIMEOUT) -> KnowledgeGraph:
    """Return the graph that a SPARQL 1.1 endpoint holds.

    Raises
    ------
    EndpointError : the address is none, nothing answers there, or the store holds no her2kg graph
    """
    from her2kg import snapshot

    engine = RemoteEngine(url, timeout)
    if engine.select(resources.inner_query("remote", "holds-graph")).rows != [(True,)]:
        raise EndpointError(f"{engine.url} holds no her2kg graph: load the file that 'her2kg deploy' writes")
    return RemoteKnowledgeGraph(RemoteSnapshot(engine, snapshot.load()))  # type: ignore[arg-type]


def _said(body: bytes) -> str:
    """Return what a server says about an error, on one line, without markup."""
    text = body.decode("utf-8", "replace")
    try:
        plain = json.loads(text)
        text = str(plain.get("detail") or plain.get("title") or text) if isinstance(plain, dict) else text
    except ValueError:
        text = re.sub(r"<[^>]*>", " ", text)
    return " ".join(text.split())[:300]
