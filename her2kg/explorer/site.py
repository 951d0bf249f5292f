"""The explorer as files: a folder that any web server or `her2kg serve` hands out, or one page that holds everything.

Both run from ``file://`` as well and load nothing from elsewhere; the page's own policy forbids every connection.
"""

from __future__ import annotations

import base64
import os
import re
from typing import TYPE_CHECKING

from her2kg import resources
from her2kg.errors import ResourceError
from her2kg.explorer.bundle import packed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from her2kg.knowledge import KnowledgeGraph

PAGE = "index.html"
DATA = "data.js"
"""The one file that depends on the graph; a script, because a page from ``file://`` may not fetch."""

_STYLE = re.compile(r'<link rel="stylesheet" href="([\w.-]+)">')
_SCRIPT = re.compile(r'<script src="([\w.-]+)"( defer)?></script>')


def files(kg: KnowledgeGraph) -> dict[str, bytes]:
    """Return the files of the explorer over a graph: name, relative to the page's folder, to content.

    Raises
    ------
    ResourceError : the explorer was not built
    """
    folder = resources.explorer_folder()
    if folder is None:
        raise ResourceError(
            "this her2kg comes without the explorer: in a checkout, with Node, run "
            "'npm --prefix explorer install --no-package-lock && npm --prefix explorer run build'"
        )
    found = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as stream:
            found[name] = stream.read()
    return {**found, DATA: b'globalThis.her2kgData="' + base64.b64encode(packed(kg)) + b'";\n'}


def page(found: Mapping[str, bytes]) -> bytes:
    """Return the files of the explorer as one HTML file."""
    parts = {name: content.decode() for name, content in found.items()}
    html = _STYLE.sub(lambda found: f"<style>\n{parts[found[1]]}\n</style>", parts[PAGE])
    # Scripts in the page run where they stand, so they go to its end, in their order, as deferred ones would run.
    scripts = [f"<script>\n{_closed(parts[found[1]])}\n</script>" for found in _SCRIPT.finditer(html)]
    return _SCRIPT.sub("", html).replace("</body>", "\n".join([*scripts, "</body>"])).encode()


def _closed(script: str) -> str:
    """Return a script in which no text can be taken for its end by the reader of the HTML around it."""
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")
