"""Sphinx configuration; title and version come from the graph, by way of `scripts.site.__main__`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_click"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 4
exclude_patterns = ["files/**"]
# Commands are copied from pages: two hyphens stay two hyphens.
smartquotes = False
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_show_sphinx = False
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False
default_role = "code"
templates_path: list[str] = []
# The types in NumPy docstrings are words ("ratio", "0 < level < 1"); as cross-references they would point anywhere.
napoleon_use_param = False
# Pygments does not know every form of SPARQL 1.1 and Turtle; such a block is shown all the same.
suppress_warnings = ["misc.highlighting_failure"]


def _one_liners(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Turn the house's ``name : what it is`` into NumPy's two lines; as one, the text would be taken for a type."""
    turned, inside = [], False
    for number, line in enumerate(lines):
        under = lines[number + 1] if number + 1 < len(lines) else ""
        if re.fullmatch(r"-{3,}", under):
            inside = line in {"Parameters", "Raises", "Attributes"}
        word, colon, text = line.partition(" : ")
        turned += [word, f"    {text}"] if inside and colon and not line.startswith(" ") else [line]
    lines[:] = turned


def setup(app: Sphinx) -> None:
    """Have docstrings turned before napoleon reads them, whose priority is 500."""
    app.connect("autodoc-process-docstring", _one_liners, priority=400)
