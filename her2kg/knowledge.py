"""The Python interface: ``kg = her2kg.load()``."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

from her2kg.answers import Answer, collect_sources
from her2kg.binding import bind, find, nearest, parse_date, with_prefixes
from her2kg.errors import ResourceError, UnknownNameError
from her2kg.tables import Column, Table, Thing

if TYPE_CHECKING:
    from collections.abc import Sequence

    import rdflib

    from her2kg.engine import Engine
    from her2kg.headers import NamedQuery
    from her2kg.pages import Page
    from her2kg.snapshot import Snapshot


class KnowledgeGraph:
    """The evidence graph, ready to be asked.

    Everything it returns is known as of a day where ``as_of`` is given (ISO date, or a month or year for its last day).
    """

    def __init__(self, snapshot: Snapshot, data: tuple[str, ...] = ()) -> None:
        self._snapshot = snapshot
        self._data = data
        self.index: dict[str, Any] = snapshot.index

    @cached_property
    def engine(self) -> Engine:
        """The SPARQL engine; opened when first needed."""
        return self._snapshot.open_engine()

    def label(self, curie: str) -> str:
        """Return the label of a CURIE, or the CURIE itself."""
        labels: dict[str, str] = self.index["labels"]
        return labels.get(curie, curie)

    # Named queries

    def queries(self) -> list[NamedQuery]:
        """Return the catalogue of named queries."""
        return [self.named(name) for name in self.index["queries"]]

    def named(self, name: str) -> NamedQuery:
        """Return a named query.

        Raises
        ------
        UnknownNameError : there is none of this name
        """
        from her2kg.headers import NamedQuery, Parameter

        entry = self.index["queries"].get(name)
        if entry is None:
            import difflib

            near = difflib.get_close_matches(name[:200], self.index["queries"], n=3, cutoff=0.4)
            hint = f"; closest: {', '.join(near)}" if near else ""
            raise UnknownNameError(f"no query named {name[:60]!r}{hint}; list them with 'her2kg queries'")
        values = dict(entry)
        values["parameters"] = tuple(Parameter(**parameter) for parameter in entry["parameters"])
        values["columns"] = tuple(Column(**column) for column in entry["columns"])
        return NamedQuery(**values)

    def query(self, name: str, /, as_of: str | None = None, **parameters: str | list[str]) -> Answer:
        """Run a named query.

        Parameters
        ----------
        parameters : values as a user writes them ("second line", "T-DM1", "2020-04-30"); a list means any of them

        Raises
        ------
        UnknownNameError, AmbiguousNameError, ParameterError : a name or value does not fit
        """
        return self._run(self.named(name), parameters, as_of)

    def _run(
        self,
        query: NamedQuery,
        parameters: dict[str, str | list[str]],
        as_of: str | None,
        question: str = "",
        notes: tuple[str, ...] = (),
    ) -> Answer:
        sparql, effective = bind(self.index, query, parameters, as_of)
        table = self._table(sparql, query.columns)
        answer: list[Thing | str] = []
        for cell in table.column(query.answer):
            value = cell if isinstance(cell, Thing) else None if cell is None else str(cell)
            if value is not None and value not in answer:
                answer.append(value)
        day = effective.pop("asOf", None)
        if any(p.name == "asOf" for p in query.parameters):
            day = parse_date(day) if day else _today()
        elif as_of is not None:
            notes = (*notes, "This answer does not depend on the date.")
        narrowed = [p for p in query.parameters if p.unless and p.name in effective and p.name not in parameters]
        notes = (*notes, *(f"Only {p.label} {effective[p.name]}, as is usual here; -p {p.name}=... changes it." for p in narrowed))
        sources = collect_sources(table, self.index["sources"])
        return Answer(
            query.name, query.summary, effective, day or _today(), table, tuple(answer), sources, sparql, question, notes
        )

    def _table(self, sparql: str, columns: Sequence[Column] = ()) -> Table:
        from her2kg.engine import cell

        solutions = self.engine.select(sparql)
        labels = self.index["labels"].get
        described = {column.name: column for column in columns}
        shown = tuple(described.get(name, Column(name, name)) for name in solutions.variables)
        return Table(shown, tuple(tuple(cell(term, labels) for term in row) for row in solutions.rows))

    # Free questions

    def ask(self, question: str, as_of: str | None = None) -> Answer:
        """Answer a question in plain English.

        Raises
        ------
        NotUnderstoodError : the question, or a word of it, was not understood; no other question is answered instead
        """
        from her2kg.ask import understand

        meaning = understand(question, self.index)
        return self._run(self.named(meaning.query), dict(meaning.parameters), as_of or meaning.as_of, question)

    def sparql(self, text: str) -> Table:
        """Run a SELECT or ASK query of your own; known prefixes need no declaration.

        Raises
        ------
        QueryError : it cannot be read, fails, is an update or asks for SERVICE
        """
        return self._table(text)

    def triples(self, text: str) -> str:
        """Run a CONSTRUCT or DESCRIBE query of your own and return Turtle."""
        return self.engine.turtle(text)

    # Pages

    def find(self, name: str) -> list[Thing]:
        """Return everything that goes by a name, label, alias, CURIE or registry number."""
        return [Thing(curie, self.label(curie)) for curie in find(self.index, name)]

    def show(self, name: str, as_of: str | None = None) -> Page:
        """Return the page of a thing.

        Raises
        ------
        UnknownNameError : nothing goes by this name; the message gives the nearest
        """
        from her2kg.pages import page

        found = find(self.index, name)
        if not found:
            near = nearest(self.index, name)
            hint = f"; closest: {', '.join(near)}" if near else ""
            raise UnknownNameError(f"nothing named {name[:60]!r}{hint}")
        return page(self, found, as_of)

    def why(self, name: str, as_of: str | None = None, line: str | None = None) -> Page:
        """Return the proof of every verdict on an agent or study: rule, version, inputs, basis, assumptions, sources."""
        from her2kg.proofs import proof

        return proof(self, name, as_of, line)

    # Whole graph

    def graph(self) -> rdflib.Graph:
        """Return ontology, data and everything derived as one rdflib Graph."""
        import rdflib

        from her2kg.terms import PREFIXES

        graph = rdflib.Graph(bind_namespaces="none")
        for prefix, namespace in PREFIXES.items():
            graph.bind(prefix, namespace)
        graph.parse(data=self.turtle(), format="turtle")
        return graph

    def turtle(self) -> str:
        """Return ontology, data and everything derived as Turtle."""
        return self.engine.turtle("CONSTRUCT WHERE { ?s ?p ?o }")


def load(data: Sequence[str | os.PathLike[str]] = ()) -> KnowledgeGraph:
    """Return the shipped graph, with Turtle files of your own laid over it.

    Raises
    ------
    ResourceError : a file does not exist or is a folder
    TurtleError : a file is not Turtle; names file and line
    """
    from her2kg import snapshot

    extra = tuple(os.path.abspath(path) for path in data)
    for path in extra:
        if not os.path.isfile(path):
            raise ResourceError(f"{path}: {'a folder, not a file' if os.path.isdir(path) else 'no such file'}")
    return KnowledgeGraph(snapshot.load(extra), extra)


def _today() -> str:
    import datetime

    return datetime.date.today().isoformat()


__all__ = ["KnowledgeGraph", "load", "with_prefixes"]
