"""The SPARQL 1.1 Protocol: from a request to the question for a worker (https://www.w3.org/TR/sparql11-protocol/)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote_to_bytes

from her2kg.serving.negotiation import GRAPHS, RESULTS, choose
from her2kg.serving.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
_KNOWN = frozenset({"query", "default-graph-uri", "named-graph-uri", "as-of", "format"})
_OF_UPDATES = frozenset({"update", "using-graph-uri", "using-named-graph-uri"})
_MOST_FIELDS = 100


class Request(NamedTuple):
    """A SPARQL request as it came.

    Parameters
    ----------
    fields : name and value pairs of query string and form
    direct : the query, where it is the body
    """

    fields: Sequence[tuple[str, str]]
    direct: str | None

    def value(self, name: str) -> str | None:
        """Return the one value of a field, None if it is not there.

        Raises
        ------
        Problem : 400, there are several
        """
        found = [value for key, value in self.fields if key == name]
        if len(found) > 1:
            raise Problem(400, f"{len(found)} values of {name!r}: give one")
        return found[0] if found else None

    def values(self, name: str) -> tuple[str, ...] | None:
        """Return all values of a field, None if it is not there."""
        return tuple(value for key, value in self.fields if key == name) or None


def fields(encoded: bytes) -> list[tuple[str, str]]:
    """Return the fields of a query string or a form.

    Raises
    ------
    Problem : 400, it is not UTF-8, or there are too many
    """
    # As urllib's parse_qsl does, which takes as long as a small query.
    if encoded.count(b"&") >= _MOST_FIELDS:
        raise Problem(400, f"more than {_MOST_FIELDS} parameters: send fewer")
    pairs = [field.replace(b"+", b" ").partition(b"=") for field in encoded.split(b"&") if field]
    try:
        if encoded.isascii():
            return [(unquote_to_bytes(name).decode(), unquote_to_bytes(value).decode()) for name, _, value in pairs]
    except UnicodeDecodeError:
        pass
    raise Problem(400, "parameters must be UTF-8, percent-encoded")


def read(query_string: bytes, content_type: str, body: bytes | None) -> Request:
    """Return a request of either kind.

    Parameters
    ----------
    body : of a POST; None for GET

    Raises
    ------
    Problem : 400 or 415, it is not what the protocol says
    """
    found = fields(query_string) if query_string else []
    if body is None:
        return Request(found, None)
    media, _, parameters = content_type.partition(";")
    media = media.strip().lower()
    name, _, charset = parameters.partition("=")
    if name.strip().lower() == "charset" and charset.strip(" \"'").lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise Problem(415, "queries must be UTF-8: leave charset out or write charset=utf-8")
    if media == FORM:
        return Request([*found, *fields(body)], None)
    if media != DIRECT:
        raise Problem(
            415, f"send a query as {DIRECT}, or as the field 'query' of {FORM}", (("Accept", f"{DIRECT}, {FORM}"),)
        )
    try:
        return Request(found, body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Problem(400, f"the query is not UTF-8 (byte {error.start})") from None


@lru_cache(maxsize=1024)
def _formats(accept: str) -> tuple[str | None, str | None]:
    """Return the formats of tables and of triples that a client likes best."""
    return choose(accept, RESULTS), choose(accept, GRAPHS)


def question(request: Request, accept: str, base: str, longest: int) -> tuple[Any, ...] | None:
    """Return the question for a worker; None if the request holds no query, which asks for the service description.

    Parameters
    ----------
    accept : Accept header
    base : address of the endpoint, against which relative IRIs are resolved
    longest : most bytes of a query

    Raises
    ------
    Problem : 400, 406 or 413
    """
    names = {name for name, _ in request.fields}
    if not names.isdisjoint(_OF_UPDATES):
        raise Problem(400, "this endpoint is read-only: send 'query', not 'update'")
    text = request.value("query")
    if request.direct is not None:
        if text is not None:
            raise Problem(400, "two queries, one in the address and one in the body: send one")
        text = request.direct
    if text is None:
        return None
    if not text.strip():
        raise Problem(400, "the query is empty")
    if 4 * len(text) > longest and len(text.encode("utf-8", "surrogatepass")) > longest:
        raise Problem(413, f"the query is longer than {longest:,} bytes: make it shorter")
    if not names <= _KNOWN:
        unknown = min(names - _KNOWN)
        raise Problem(400, f"parameter {unknown[:40]!r} is not known: use {', '.join(sorted(_KNOWN))}")
    form = request.value("format")
    if form is not None:
        choose("", {**RESULTS, **GRAPHS}, form)
        results = form if form in RESULTS.values() else None
        graphs = form if form in GRAPHS.values() else None
    else:
        results, graphs = _formats(accept)
        if results is None and graphs is None:
            raise Problem(406, f"none of the formats asked for is given here: accept {', '.join((*RESULTS, *GRAPHS))}")
    default, named = request.values("default-graph-uri"), request.values("named-graph-uri")
    if default is not None or named is not None:
        # One of them alone leaves the other part of the dataset empty.
        default, named = default or (), named or ()
    return ("sparql", text, default, named, request.value("as-of"), base, results, graphs)


@lru_cache(maxsize=1024)
def base_of(scheme: str, host: str) -> str:
    """Return the address of the endpoint, empty where it cannot be a base IRI: a Host header can hold anything.

    >>> base_of("http", "localhost:8000"), base_of("http", "<x>")
    ('http://localhost:8000/sparql', '')
    """
    base = f"{scheme}://{host}/sparql"
    return base if all(character.isalnum() or character in "-._~:/[]%" for character in base) else ""


@lru_cache(maxsize=1024)
def question_of_get(query_string: bytes, accept: str, base: str, longest: int) -> tuple[Any, ...] | None:
    """Return what `question` does, for GET; remembered, since decoding a long query takes longer than a look-up.

    Raises
    ------
    Problem : as `read` and `question`; a refusal is not remembered
    """
    return question(read(query_string, "", None), accept, base, longest)
