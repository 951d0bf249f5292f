"""Every link within a built site leads somewhere, and no page needs the network."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from pathlib import Path

_LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
_QUIET = {"canonical", "alternate", "next", "prev", "search", "index", "author", "help"}


class _Page(HTMLParser):
    """Anchors and addresses of one page."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag in _LOADED and _LOADED[tag] in given and given.get("rel") not in _QUIET:
            self.loaded.append(given[_LOADED[tag]])


def problems(site: Path) -> list[str]:
    """Return a line per dead link, and per file that a page or style sheet would load from elsewhere."""
    pages: dict[Path, _Page] = {}
    for path in sorted(site.rglob("*.html")):
        pages[path.resolve()] = parsed = _Page()
        parsed.feed(path.read_text(encoding="utf-8"))
    found = []
    for path, parsed in pages.items():
        here = path.relative_to(site.resolve())
        found += [f"{here}: loads {address}" for address in parsed.loaded if urlsplit(address).netloc]
        for address in (*parsed.links, *parsed.loaded):
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_file():
                found.append(f"{here}: no {address}")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                found.append(f"{here}: no anchor {address}")
    for sheet in sorted(site.rglob("*.css")):
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.S)
        outside = re.findall(r"(?:url\(|@import\s+)[\"']?(https?:)?//", text)
        found += [f"{sheet.relative_to(site)}: loads from the network"] if outside else []
    return found
