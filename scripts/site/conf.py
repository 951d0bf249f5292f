"""Sphinx configuration; title and version come from the ontology, by way of `scripts.site.__main__`."""

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_click"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 4
exclude_patterns = ["files/**"]
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
