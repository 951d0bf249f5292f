"""The SPARQL engine: the only room that knows pyoxigraph.

Embedded, in memory or read-only from disk. Queries are read-only by construction: `Store.query` refuses updates, and
SERVICE, which would reach out to the network, is refused here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from her2kg.errors import QueryError, TurtleError
from her2kg.tables import Cell, Thing
from her2kg.terms import PREFIXES, curie

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_XSD = PREFIXES["xsd"]
_INTEGER = frozenset(
    _XSD + name for name in ("integer", "int", "long", "short", "nonNegativeInteger", "positiveInteger")
)
_REAL = frozenset(_XSD + name for name in ("decimal", "double", "float"))
# An escape outside a literal belongs to a prefixed name (ex:it\'s, ex:a\#b): what it escapes opens nothing. A comment
# ends at a carriage return too.
_NOISE = re.compile(
    r"\\.|<[^<>\"{}|^`\\\x00-\x20]*>|\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''"
    r"|\"(?:[^\"\\\n\r]|\\.)*\"|'(?:[^'\\\n\r]|\\.)*'|#[^\n\r]*",
    re.S,
)
# "less than" can look like the start of an IRI that ends in a comment's ">". An expression is closed before a clause
# begins, so such an IRI holds a bracket and then the word.
_HIDDEN_SERVICE = re.compile(r"<[^<>\"{}|^`\\\x00-\x20]*\)[^<>\"{}|^`\\\x00-\x20]*SERVICE", re.IGNORECASE)
# The grammar wants no blank before the word where a number or a boolean ends, and none behind it.
_SERVICE = re.compile(r"(?<![:\w?$-])(?:true|false|[\d.]+(?:e[+-]?\d+)?)?SERVICE", re.IGNORECASE)
_MENTIONED = re.compile("SERVICE", re.IGNORECASE)
_UPDATE = re.compile(r"(?<![:\w?$-])(INSERT|DELETE|LOAD|CLEAR|DROP|CREATE|COPY|MOVE|ADD)\b", re.IGNORECASE)
DERIVED = ox.NamedNode("https://w3id.org/her2kg/graph/derived")
"""Named graph that holds, besides the default graph, what rules derived."""


class Solutions(NamedTuple):
    """Variables and rows of a SELECT query; an ASK query has the one variable ``answer``."""

    variables: tuple[str, ...]
    rows: list[tuple[object, ...]]


def bare(sparql: str) -> str:
    """Return a query without literals, IRIs and comments, so that a keyword in them is not taken for one."""
    return _NOISE.sub(" ", sparql)


def refuse_service(sparql: str) -> None:
    """Raise QueryError for SERVICE, which would leave this machine.

    Literals, IRIs and comments are taken out first, so that a word inside them does no harm and hides nothing.
    """
    if not _MENTIONED.search(sparql):  # taking out the noise would cost more than a small query does
        return
    if _SERVICE.search(bare(sparql)) or _HIDDEN_SERVICE.search(sparql):
        raise QueryError("SERVICE is refused: her2kg answers offline; take the clause out")


class Engine:
    """A store and the way to ask it."""

    def __init__(self, store: ox.Store) -> None:
        self.store = store

    @classmethod
    def open(cls, folder: str) -> Engine:
        """Open a compiled store read-only; it can be open many times at once."""
        return cls(ox.Store.read_only(folder))

    def query(
        self,
        sparql: str,
        base: str | None = None,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        """Run a query.

        Parameters
        ----------
        base : IRI against which relative IRIs are resolved
        default_graphs, named_graphs : IRIs of the graphs to ask, in place of any FROM; None leaves the dataset as it is

        Raises
        ------
        QueryError : it cannot be parsed, is an update, or fails while running
        """
        refuse_service(sparql)
        try:
            return self.store.query(
                sparql,
                base_iri=base,
                prefixes=PREFIXES,
                default_graph=None if default_graphs is None else [ox.NamedNode(iri) for iri in default_graphs],
                named_graphs=None if named_graphs is None else [ox.NamedNode(iri) for iri in named_graphs],
            )
        except SyntaxError as error:
            update = _UPDATE.search(bare(sparql))
            if update:
                word = update[1].upper()
                raise QueryError(
                    f"{word} is an update and this graph is read-only: use SELECT, ASK, CONSTRUCT or DESCRIBE"
                ) from None
            said = _shorter(_one_line(error))
            place = re.match(r"error at (\d+):\d+: ", said)
            line = f"line {place[1]}: {said[place.end() :]}" if place else said
            raise QueryError(f"cannot read the query, {line}") from None
        except (ValueError, OSError, RuntimeError) as error:
            raise QueryError(f"the query failed: {_one_line(error)}") from None

    def select(self, sparql: str) -> Solutions:
        """Run a SELECT or ASK query and return its rows as pyoxigraph terms.

        Raises
        ------
        QueryError : as `query`, or the query returns triples
        """
        result = self.query(sparql)
        if isinstance(result, ox.QueryBoolean):
            return Solutions(("answer",), [(bool(result),)])
        if isinstance(result, ox.QueryTriples):
            raise QueryError("this query returns triples: only SELECT and ASK give a table")
        names = tuple(variable.value for variable in result.variables)
        try:
            return Solutions(names, [tuple(solution) for solution in result])
        except (ValueError, OSError, RuntimeError) as error:
            raise QueryError(f"the query failed: {_one_line(error)}") from None

    def turtle(self, sparql: str) -> str:
        """Run a CONSTRUCT or DESCRIBE query and return its triples as Turtle."""
        result = self.query(sparql)
        if not isinstance(result, ox.QueryTriples):
            raise QueryError("this query returns a table, not triples")
        raw = ox.serialize(result, format=ox.RdfFormat.TURTLE, prefixes=PREFIXES)
        return (raw or b"").decode("utf-8")

    def construct(self, sparql: str) -> list[ox.Triple]:
        """Run a CONSTRUCT query and return its triples."""
        result = self.query(sparql)
        if not isinstance(result, ox.QueryTriples):
            raise QueryError("a rule must be a CONSTRUCT query")
        return list(result)

    def add_derived(self, triples: Iterable[ox.Triple]) -> None:
        """Add derived triples to the default graph and, so that they can be told apart, to the derived graph."""
        for triple in triples:
            self.store.add(ox.Quad(triple.subject, triple.predicate, triple.object))
            self.store.add(ox.Quad(triple.subject, triple.predicate, triple.object, DERIVED))

    def load(self, path: str) -> None:
        """Load a Turtle file into the default graph.

        Raises
        ------
        TurtleError : it cannot be opened or read; names file and line
        """
        self.store.extend(parse_turtle(path))


def parse_turtle(path: str) -> list[ox.Quad]:
    """Parse a Turtle file.

    Raises
    ------
    TurtleError : it cannot be opened or read; names file and line
    """
    try:
        with open(path, "rb") as stream:
            content = stream.read()
    except OSError as error:
        raise TurtleError(f"{path}: {error.strerror}") from None
    if b"\0" in content[:4096]:
        raise TurtleError(f"{path}: a binary file, not Turtle")
    try:
        return list(ox.parse(content, format=ox.RdfFormat.TURTLE))
    except SyntaxError as error:
        line = f", line {error.lineno}" if error.lineno else ""
        raise TurtleError(f"{path}{line}: {_one_line(error)}") from None
    except ValueError as error:
        raise TurtleError(f"{path}: {_one_line(error)}") from None


def _shorter(text: str) -> str:
    """Cut the parser's list of everything it would have accepted, which fills a screen."""
    head, expected, rest = text.partition("expected one of ")
    return head + expected + ", ".join(rest.split(", ")[:6]) + " ..." if expected else text


def _one_line(error: Exception) -> str:
    text = error.msg if isinstance(error, SyntaxError) and error.msg else str(error)
    return " ".join(text.split())[:300]


def mentioned(solutions: Solutions) -> set[str]:
    """Return the CURIEs of all things in the rows of a query."""
    return {
        curie(iri) for iri in {term.value for row in solutions.rows for term in row if isinstance(term, ox.NamedNode)}
    }


def cell(term: object, label: Callable[[str], str]) -> Cell:
    """Turn a term of a solution into a cell; `label` gives the label of a CURIE."""
    if isinstance(term, ox.NamedNode):
        short = curie(term.value)
        return Thing(short, label(short))
    if isinstance(term, ox.Literal):
        kind = term.datatype.value
        if kind in _INTEGER:
            return int(term.value)
        if kind in _REAL:
            return float(term.value)
        if kind == _XSD + "boolean":
            return term.value in {"true", "1"}
        return term.value
    if isinstance(term, ox.BlankNode):
        return f"_:{term.value}"
    return None if term is None else bool(term) if isinstance(term, bool) else str(term)
