"""What a writer is given, what it says of itself, and where each format's writer is.

A module of this folder defines ``FORMATS``, a tuple of `Format`. It imports what is heavy inside its functions, so
that listing formats stays cheap. A writer is a function from an `Export` to files; it never prints, asks or looks at a
path.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING

from her2kg.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from her2kg.knowledge import KnowledgeGraph
    from her2kg.projection.model import View

_MODULES = {
    "graphml": "graphml",
    "gexf": "gexf",
    "cx2": "cx2",
    "cytoscape": "cytoscape",
    "dot": "dot",
    "svg": "dot",
    "neo4j": "neo4j",
    "kgx": "kgx",
    "sigma": "sigma",
    "mermaid": "mermaid",
    "csv": "tables",
    "parquet": "tables",
    "turtle": "rdf",
    "nquads": "rdf",
    "jsonld": "rdf",
    "rdfxml": "rdf",
    "fhir": "fhir",
    "nanopub": "nanopub",
}
NAMES = tuple(_MODULES)
"""Formats as named on the command line."""


@dataclass(frozen=True)
class Export:
    """What a writer is given.

    Parameters
    ----------
    knowledge : the graph
    view : name of the view, for the formats that write one
    as_of : ISO day on which everything written was known; None for now
    timeline : write when things began and ended, where the format can
    """

    knowledge: KnowledgeGraph
    view: str = "trials"
    as_of: str | None = None
    timeline: bool = False

    @cached_property
    def graph(self) -> View:
        """The view as a typed property graph; projected when first needed."""
        from her2kg.projection.views import project

        return project(self.knowledge, self.view, self.as_of)


@dataclass(frozen=True)
class Format:
    """One format.

    Parameters
    ----------
    name : on the command line
    title : for a reader, with the version and the program that opens it: "GEXF 1.3 (Gephi)"
    suffix : of the one file it is (".gexf"); empty for a format of several files, which is written as a folder
    media_type : of the file, or of the folder's main files
    loss : what the format cannot carry, one or two sentences
    write : returns file names, relative to the folder, with their content in chunks; one file for a format that is one.
        The same export gives the same bytes, whatever the day, the machine and the hash seed.
    of_view : it writes a view; otherwise the whole graph, and a view makes no sense
    """

    name: str
    title: str
    suffix: str
    media_type: str
    loss: str
    write: Callable[[Export], Iterable[tuple[str, Iterable[bytes]]]]
    of_view: bool = True


def find(name: str) -> Format:
    """Return a format, importing its writer.

    Raises
    ------
    ParameterError : there is none of this name
    """
    if name not in _MODULES:
        raise ParameterError(f"no format named {name[:60]!r}; there are {', '.join(NAMES)}")
    found: dict[str, Format] = {form.name: form for form in import_module(f"her2kg.exports.{_MODULES[name]}").FORMATS}
    return found[name]
