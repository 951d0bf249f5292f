"""The shipped graph in every view, projected once for all tests of exports, and written once per format."""

from collections.abc import Callable

import pytest
from export_readers import shipped, written

from her2kg.exports.formats import Export, find
from her2kg.knowledge import KnowledgeGraph
from her2kg.projection.names import VIEWS

Files = dict[str, bytes]
Shipped = Callable[..., Files]


@pytest.fixture(scope="session")
def exports(kg: KnowledgeGraph) -> dict[str, Export]:
    """Every view; each is projected when first needed, and then kept."""
    return {view: Export(kg, view) for view in VIEWS}


@pytest.fixture(scope="session")
def shipped_files(exports: dict[str, Export]) -> Shipped:
    """Return the files of a format, by name; of a view, or of the whole graph."""
    kept: dict[tuple[str, str], Files] = {}

    def files(form: str, view: str = "trials") -> Files:
        if not find(form).of_view:
            return {form: shipped(form)}
        if (form, view) not in kept:
            kept[form, view] = written(exports[view], form)
        return kept[form, view]

    return files
