"""Replies: what is sent for an answer or a refusal, the same whichever way a request came."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from her2kg.serving.negotiation import wants_json

if TYPE_CHECKING:
    from her2kg.serving.answering import Representation
    from her2kg.serving.problems import Problem

Headers = list[tuple[bytes, bytes]]

ALWAYS: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Retry-After, Link"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
]
POLICY = (
    b"content-security-policy",
    b"default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
)
_FRESH = b"public, max-age=60"
_VARY = (b"vary", b"Accept, Accept-Encoding")


class Reply(NamedTuple):
    """A whole response, but for the headers that all have."""

    status: int
    headers: Headers
    body: bytes


def answered(found: Representation) -> Reply:
    """Return the reply that holds an answer."""
    headers = [
        (b"content-type", found.media.encode()),
        (b"content-length", str(len(found.body)).encode()),
        _VARY,
        (b"cache-control", _FRESH if found.tag else b"no-store"),
    ]
    if found.tag:
        headers.append((b"etag", found.tag.encode()))
    if found.zipped:
        headers.append((b"content-encoding", b"gzip"))
    return Reply(200, headers, found.body)


def unchanged(tag: str) -> Reply:
    """Return the reply to a client that has the answer already."""
    return Reply(304, [(b"etag", tag.encode()), (b"cache-control", _FRESH), _VARY], b"")


def page(html: str) -> Reply:
    """Return the reply that holds a page."""
    body = html.encode()
    media = (b"content-type", b"text/html; charset=utf-8")
    return Reply(200, [media, (b"content-length", str(len(body)).encode())], body)


def refused(problem: Problem, accept: str) -> Reply:
    """Return the reply that holds a refusal, in the form that the Accept header asks for."""
    media, body = problem.render(wants_json(accept))
    headers = [(b"content-type", media.encode()), (b"content-length", str(len(body)).encode())]
    headers += [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in problem.headers]
    headers.append((b"cache-control", b"no-store"))
    return Reply(problem.status, headers, body)
