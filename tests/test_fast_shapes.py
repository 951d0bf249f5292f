"""The fast SHACL engine finds what pySHACL finds: on the examples of every shape, and on the shipped data.

That pySHACL finds just what an example's comments expect is shown in test_shapes.py; here the fast engine does. Whole
findings, with path, value and message, are compared for a sample, since pySHACL needs most of a second for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from test_shapes import EXAMPLES, SHAPES, expected, name

from her2kg import fast_shapes, resources, validation
from her2kg.engine import parse_turtle

if TYPE_CHECKING:
    from pathlib import Path

    import pyoxigraph as ox

pytestmark = pytest.mark.skipif(not fast_shapes.installed(), reason="needs the extra 'fast'")
SAMPLE = SHAPES[::12]


@pytest.fixture(scope="module")
def record() -> list[ox.Quad]:
    """Ontology and the small record that conforms."""
    return [quad for path in (*resources.ontology_files(), EXAMPLES / "base.ttl") for quad in parse_turtle(str(path))]


def with_example(record: list[ox.Quad], example: Path) -> list[ox.Quad]:
    """Return the record with the nodes that an example describes in place of those of their names."""
    own = parse_turtle(str(example))
    described = {quad.subject for quad in own}
    return [quad for quad in record if quad.subject not in described] + own


@pytest.mark.parametrize("shape", SHAPES, ids=name)
def test_failing_example_is_found_and_nothing_else(shape: validation.Shape, record: list[ox.Quad]) -> None:
    path = EXAMPLES / f"{name(shape)}.fail.ttl"
    found = fast_shapes.find(with_example(record, path))
    assert {(v.focus if ":" in v.focus else "_:", v.shape) for v in found} == expected(path)


def test_passing_examples_conform(record: list[ox.Quad]) -> None:
    bad = [shape.id for shape in SHAPES if fast_shapes.find(with_example(record, EXAMPLES / f"{name(shape)}.pass.ttl"))]
    assert bad == []


@pytest.mark.parametrize("shape", SAMPLE, ids=name)
def test_whole_findings_are_those_of_the_reference(shape: validation.Shape, record: list[ox.Quad]) -> None:
    quads = with_example(record, EXAMPLES / f"{name(shape)}.fail.ttl")
    assert fast_shapes.find(quads) == validation.validate_graph(validation.graph_of_quads(quads))


def test_without_the_fast_engine_validation_gives_the_same(monkeypatch, tmp_path: Path) -> None:
    example = EXAMPLES / "PRangeShape.fail.ttl"
    text = (EXAMPLES / "base.ttl").read_text() + example.read_text()
    both = tmp_path / "both.ttl"
    both.write_text(text)
    fast = validation.validate([both])
    monkeypatch.setattr(fast_shapes, "installed", lambda: False)
    assert fast
    assert validation.validate([both]) == fast
