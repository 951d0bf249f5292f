"""A refusal: a status, and one line that tells the user what to change."""

from __future__ import annotations

import json
from http import HTTPStatus

from her2kg.errors import Her2kgError


class Problem(Her2kgError):
    """A request that is not answered.

    Parameters
    ----------
    status : HTTP status, 4xx, or 503 or 504
    text : one line: what is wrong and what to do
    headers : further headers, such as Allow or Retry-After
    """

    def __init__(self, status: int, text: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(text)
        self.status = status
        self.text = " ".join(text.split())
        self.headers = headers

    def render(self, as_json: bool) -> tuple[str, bytes]:
        """Return media type and body: plain text, or problem details (RFC 9457) for who asks for JSON."""
        if not as_json:
            return "text/plain; charset=utf-8", f"{self.text}\n".encode()
        title = HTTPStatus(self.status).phrase
        body = {"type": "about:blank", "title": title, "status": self.status, "detail": self.text}
        return "application/problem+json", json.dumps(body, ensure_ascii=False).encode()


def fault() -> Problem:
    """Return what a client is told of an error of ours."""
    return Problem(500, "this is our fault, not yours; it has been logged")


def misnamed() -> Problem:
    """Return the refusal of a request for another server."""
    return Problem(421, "this server does not go by that name: start it with --public-url")


def busy(seconds: int = 2) -> Problem:
    """Return the refusal of a server that has its hands full."""
    return Problem(
        503, f"too many questions are waiting: try again in {seconds} seconds", (("Retry-After", str(seconds)),)
    )
