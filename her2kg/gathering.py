"""Answering a query here over the triples that bear on it: for what a store itself would answer wrongly.

The store selects and joins, which all stores do well; see `her2kg.footprint`. What is left of the query, where stores
differ, is done by the embedded engine. As much is fetched as the answer was read from, whatever the size of the graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from her2kg.engine import Engine, Solutions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def gathered(sparql: str, fetch: Callable[[str], Solutions], everything: Callable[[], Engine]) -> Solutions:
    """Return the rows of a SELECT or ASK query.

    Parameters
    ----------
    fetch : runs a simple SELECT query on the store
    everything : gives an engine over all that the store holds, for a query of which nothing less is known to do

    Raises
    ------
    QueryError : see `Engine.select`; nothing is fetched then
    """
    from her2kg.footprint import UnknownFootprintError, requests

    engine = Engine(ox.Store())
    engine.query(sparql)  # a query that cannot be read fetches nothing
    try:
        texts = requests(sparql)
    except UnknownFootprintError:
        return everything().select(sparql)
    for text in texts:
        engine.store.extend(as_quads(fetch(text)))
    return engine.select(sparql)


def as_quads(solutions: Solutions) -> Iterator[ox.Quad]:
    """Give rows of subject, predicate, object and the object's text as triples.

    Of a double the text is taken, because some stores round doubles on the way out.
    """
    for subject, predicate, value, text in solutions.rows:
        kept = value
        if isinstance(value, ox.Literal) and isinstance(text, ox.Literal) and value.datatype.value.endswith("#double"):
            kept = ox.Literal(text.value, datatype=value.datatype)
        yield ox.Quad(subject, predicate, kept)  # type: ignore[arg-type]
