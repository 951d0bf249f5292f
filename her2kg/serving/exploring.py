"""The explorer, handed out by the server: the files that `her2kg site` writes, made when one is first asked for."""

from __future__ import annotations

import hashlib
import mimetypes
from functools import cached_property
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from her2kg.explorer.site import PAGE, files
from her2kg.resources import explorer_folder
from her2kg.serving.problems import Problem
from her2kg.serving.routes import nothing_here

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from her2kg.knowledge import KnowledgeGraph

PLACE = "/explorer/"
_POLICY = (
    "default-src 'none'; script-src 'self' blob: 'unsafe-inline' 'wasm-unsafe-eval'; worker-src blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""The query engine is WebAssembly in a worker made from a blob; nothing may be fetched, from here or elsewhere."""


class Explorer:
    """ASGI application for what no route of the server answers: the explorer's files, else nothing."""

    def __init__(self, kg: KnowledgeGraph) -> None:
        self._kg = kg

    @cached_property
    def _files(self) -> dict[str, tuple[bytes, str]]:
        """Content and entity tag of each file."""
        return {
            name: (content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')
            for name, content in files(self._kg).items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        path = scope.get("path", "") if scope["type"] == "http" else ""
        if explorer_folder() is None or not f"{path}/".startswith(PLACE):
            await nothing_here(scope, receive, send)
            return
        if path == PLACE.rstrip("/"):
            await RedirectResponse(PLACE, 308)(scope, receive, send)
            return
        request = Request(scope)
        if request.method not in {"GET", "HEAD"}:
            raise Problem(405, "the explorer is read: use GET")
        found = (await run_in_threadpool(lambda: self._files)).get(path.removeprefix(PLACE) or PAGE)
        if found is None:
            await nothing_here(scope, receive, send)
            return
        content, tag = found
        headers = {"etag": tag, "cache-control": "no-cache", "content-security-policy": _POLICY}
        kind = mimetypes.guess_type(path.removeprefix(PLACE) or PAGE)[0] or "application/octet-stream"
        if tag in request.headers.get("if-none-match", ""):
            await Response(status_code=304, headers=headers)(scope, receive, send)
            return
        await Response(content, media_type=kind, headers=headers)(scope, receive, send)
