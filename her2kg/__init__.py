"""Structured evidence on HER2-targeted therapy in advanced gastric cancer.

>>> import her2kg
>>> kg = her2kg.load()
>>> [str(agent) for agent in kg.query("agents-by-verdict", outcome="failed", line="second line").answer]
['lapatinib', 'trastuzumab emtansine']
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    import rdflib

    from her2kg.knowledge import KnowledgeGraph

__version__ = "0.1.0"
__all__ = ["__version__", "graph", "load"]


def load(data: Sequence[str | os.PathLike[str]] = ()) -> KnowledgeGraph:
    """Return the evidence graph; see `her2kg.knowledge.load`."""
    from her2kg.knowledge import load as load_graph  # imported here: the command line starts without it

    return load_graph(data)


def graph() -> rdflib.Graph:
    """Return ontology, data and everything derived as an rdflib Graph."""
    return load().graph()
