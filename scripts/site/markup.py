"""Markdown as MyST reads it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|$~])")


def plain(text: object) -> str:
    """Return a text in which no character is markup, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))


def prose(text: str) -> str:
    """Return a text of an ontology or header, where only backticks are markup."""
    parts = re.split(r"(`[^`\n]+`)", " ".join(text.split()))
    return "".join(part if part.startswith("`") else plain(part) for part in parts)


def code(text: object) -> str:
    """Return an inline code span, fit for a table cell."""
    return "`" + " ".join(str(text).split()).replace("|", "\\|") + "`" if str(text).strip() else ""


def link(text: str, target: str) -> str:
    """Return a link to a page, or to a label as ``#label``; plain text where there is no target."""
    return f"[{text}]({target})" if target else text


def fence(language: str, text: str) -> str:
    """Return a block of code."""
    return f"```{language}\n{text.strip()}\n```"


def raw(html: str) -> str:
    """Return HTML as it is."""
    return f"```{{raw}} html\n{html}\n```"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already."""
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def wide_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of any width, scrolled within the page; cells are plain text."""
    from html import escape

    def line(cells: Iterable[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    body = "".join(line(row, "td") for row in rows)
    return raw(
        '<div class="table-wrapper rows" tabindex="0"><table class="docutils">'
        f"<thead>{line(head, 'th')}</thead><tbody>{body}</tbody></table></div>"
    )


def folded(title: str, *blocks: str) -> str:
    """Return blocks that a reader unfolds."""
    return "\n\n".join([f"<details><summary>{title}</summary>", *blocks, "</details>"])


def page(*blocks: str) -> str:
    """Return blocks as one text, empty ones left out."""
    return "\n\n".join(block for block in blocks if block) + "\n"


def tree(names: Iterable[str], caption: str = "", hidden: bool = True, titles: bool = False) -> str:
    """Return a table of contents of pages, named relative to the page they stand in."""
    options = [f":caption: {caption}"] if caption else []
    options += [":hidden:"] if hidden else []
    options += [":maxdepth: 1"] + ([":titlesonly:"] if titles else [])
    return "\n".join(["```{toctree}", *options, "", *names, "```"])
