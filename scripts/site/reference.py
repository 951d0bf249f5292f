"""Pages that Sphinx fills itself: the commands, from click, and the Python interface, from docstrings."""

from __future__ import annotations

from importlib import import_module

from scripts.site.markup import code, fence, link, page, plain, table, tree


def pages(modules: list[str]) -> dict[str, str]:
    """Return the command-line reference and a page per Python module, by name."""
    rows = [
        (link(code(name), f"python/{name}.md"), plain((import_module(name).__doc__ or "").strip().split("\n\n")[0]))
        for name in modules
    ]
    index = page(
        "# Python interface",
        "Import `her2kg`, load the graph, ask. The objects below are what questions, pages and pools return; a table "
        "behaves like a sequence of dictionaries, shows itself in notebooks, and converts with `to_pandas` and "
        "`to_polars`.",
        table(["module", "what it is for"], rows),
        tree([f"python/{name}" for name in modules]),
    )
    found = {
        f"python/{name}": page(f"# {name}", _rst(f".. automodule:: {name}\n   :members:\n   :ignore-module-all:"))
        for name in modules
    }
    cli = page(
        "# Commands",
        "Every command prints its answer to standard output and everything else to standard error. Exit codes: 0 "
        "answered, even with no rows; 1 not understood, or a check said no; 2 wrong use or unreadable input.",
        _rst(".. click:: her2kg.cli:main\n   :prog: her2kg\n   :nested: full"),
    )
    return {"cli": cli, "python": index, **found}


def _rst(text: str) -> str:
    return fence("{eval-rst}", text)
