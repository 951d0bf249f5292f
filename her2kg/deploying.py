"""What a SPARQL engine needs to hold the graph: the triples, what rules derived once more, and how to load both.

The triples are one graph: ontology, data, everything derived, and the look-up keys of names. What was derived is
written a second time, for a named graph, so that it can be told apart. The steps for each engine are files in
``queries/remote/deploy``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pyoxigraph as ox

from her2kg import resources
from her2kg.engine import DERIVED
from her2kg.errors import ResourceError
from her2kg.names import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from her2kg.engine import Engine

TRIPLES, DERIVED_TRIPLES = "her2kg.nt", "her2kg-derived.nt"


def engines() -> tuple[str, ...]:
    """Return the engines whose files can be written."""
    return tuple(sorted(os.listdir(_folder())))


def deployment(engine: Engine, name: str) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Yield name and content of every file that an engine is loaded from; the same graph gives the same bytes.

    Parameters
    ----------
    engine : what holds the graph
    name : one of `engines`

    Raises
    ------
    ResourceError : a file of the engine cannot be read
    """
    yield TRIPLES, _lines(engine, (ox.DefaultGraph(), NAMES))
    yield DERIVED_TRIPLES, _lines(engine, (DERIVED,))
    folder = os.path.join(_folder(), name)
    for file in sorted(os.listdir(folder)):
        try:
            with open(os.path.join(folder, file), "rb") as stream:
                yield file, [stream.read()]
        except OSError as error:
            raise ResourceError(f"{file}: {error.strerror}; reinstall her2kg") from None


def _folder() -> str:
    return os.path.join(resources.root(), "queries", "remote", "deploy")


def _lines(engine: Engine, graphs: tuple[ox.NamedNode | ox.DefaultGraph, ...]) -> list[bytes]:
    """Return the triples of graphs as sorted N-Triples; blank nodes are named after what is said of them."""
    dataset = ox.Dataset(
        ox.Quad(quad.subject, quad.predicate, quad.object)
        for graph in graphs
        for quad in engine.store.quads_for_pattern(None, None, None, graph)
    )
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return [f"{line}\n".encode() for line in sorted(f"{quad.triple} ." for quad in dataset)]
