"""SHACL by a compiled engine: the only room that knows `shacl`, which is optional.

pySHACL is the reference (`her2kg.validation`); this one finds the same, many times faster, and takes plain text, so
that a batch of studies is checked without an rdflib graph. That both agree is shown over the failing example of every
shape (tests/test_fast_shapes.py) and over the W3C suite (docs/scale.md).
"""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from typing import TYPE_CHECKING

import pyoxigraph as ox

from her2kg import resources
from her2kg.terms import HER2, curie
from her2kg.violations import SEVERITIES, Violation

if TYPE_CHECKING:
    from collections.abc import Iterable

    import shacl

_WHOLE_GRAPH = f"<{HER2.removesuffix('#')}>"


def installed() -> bool:
    """Say whether the engine is there: pip install her2kg[fast]."""
    return importlib.util.find_spec("shacl") is not None


def find(quads: Iterable[ox.Quad]) -> list[Violation]:
    """Validate triples that hold ontology and data; the findings have no file and line, worst first.

    As in `her2kg.validation`, a finding of a rule about the whole graph is about the node at fault.
    """
    text = (ox.serialize((quad.triple for quad in quads), format=ox.RdfFormat.N_TRIPLES) or b"").decode("utf-8")
    report = _shapes().validate_text(text, format="ntriples")
    return sorted({_violation(result) for result in report.results}, key=lambda v: (SEVERITIES.index(v.severity), v))


@lru_cache(maxsize=1)
def _shapes() -> shacl.Shapes:
    import shacl

    return shacl.Shapes.from_file(resources.shapes_file())


def _violation(result: shacl.Result) -> Violation:
    focus, value = result.focus_node, _plain(result.value, result.value_plain)
    about = _plain(focus, None)
    if focus == _WHOLE_GRAPH:
        about, value = value, ""
    path = result.path or ""
    bare = path[1:-1] if path.startswith("<") and path.endswith(">") and path.count("<") == 1 else ""
    return Violation(
        curie((result.source_shape or "").strip("<>")),
        result.severity,
        about,
        curie(bare),
        "" if value == about else value,
        result.message or "",
    )


def _plain(term: str | None, text: str | None) -> str:
    """Return a node as CURIE, a blank node by its label, a literal by its text."""
    if term is None:
        return ""
    if term.startswith("<"):
        return curie(term[1:-1])
    return term[2:] if text is None or term.startswith("_:") else text
