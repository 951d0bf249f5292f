"""The Python interface: ``kg = her2kg.load()``."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

from her2kg.answers import Answer
from her2kg.dates import parse_date, today
from her2kg.errors import ResourceError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import rdflib

    from her2kg.engine import Engine
    from her2kg.figures.figure import Figure
    from her2kg.headers import NamedQuery
    from her2kg.names import Names
    from her2kg.pages import Page
    from her2kg.snapshot import Snapshot
    from her2kg.tables import Column, Table, Thing


class KnowledgeGraph:
    """The evidence graph, ready to be asked.

    Everything it returns is known as of a day where ``as_of`` is given (ISO date, or a month or year for its last day).
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    @property
    def engine(self) -> Engine:
        """The SPARQL engine; opened when first needed."""
        return self.snapshot.engine

    @cached_property
    def names(self) -> Names:
        """Look-up of names, labels and kinds."""
        from her2kg.names import Names

        return Names(self.engine.store)

    # Named queries

    def queries(self) -> list[NamedQuery]:
        """Return the catalogue of named queries."""
        return [self.named(name) for name in self.snapshot.queries]

    def named(self, name: str) -> NamedQuery:
        """Return a named query.

        Raises
        ------
        UnknownNameError : there is none of this name
        """
        import marshal

        from her2kg.headers import NamedQuery

        plain = self.snapshot.queries.get(name)
        if plain is None:
            import difflib

            near = difflib.get_close_matches(name[:200], self.snapshot.queries, n=3, cutoff=0.4)
            hint = f"; closest: {', '.join(near)}" if near else ""
            raise UnknownNameError(f"no query named {name[:60]!r}{hint}; list them with 'her2kg queries'")
        return NamedQuery.restore(marshal.loads(plain))  # noqa: S302 - our own snapshot

    def query(self, name: str, /, as_of: str | None = None, **parameters: str | list[str]) -> Answer:
        """Run a named query.

        Parameters
        ----------
        parameters : values as a user writes them ("second line", "T-DM1", "2020-04-30"); a list means any of them

        Raises
        ------
        UnknownNameError, AmbiguousNameError, ParameterError : a name or value does not fit
        """
        return self._answer(name, parameters, as_of)

    def _answer(
        self, name: str, parameters: Mapping[str, str | list[str]], as_of: str | None, question: str = ""
    ) -> Answer:
        day = parse_date(as_of) if as_of is not None else None
        key = repr((name, sorted(parameters.items()), day))
        known = self.snapshot.recall(key)
        if known is None:
            from her2kg.running import run

            known = run(self, self.named(name), parameters, day).dump()
            self.snapshot.remember(key, known)
        return Answer.restore(known, day or today(), question)

    # Free questions

    def ask(self, question: str, as_of: str | None = None) -> Answer:
        """Answer a question in plain English.

        Raises
        ------
        NotUnderstoodError : the question, or a word of it, was not understood; no other question is answered instead
        """
        # What a question means depends on the graph alone, so it is remembered as answers are: the vocabulary of all
        # questions takes longer to read than most answers.
        key = repr(("understood", question))
        known = self.snapshot.recall(key)
        if known is None:
            from her2kg.ask import understand

            meaning = understand(question, self.snapshot.lexicon)
            known = (meaning.query, meaning.parameters, meaning.as_of)
            if today() not in (meaning.as_of, meaning.parameters.get("since")):  # "today" is another day tomorrow
                self.snapshot.remember(key, known)
        query, parameters, stated = known
        return self._answer(query, parameters, as_of or stated, question)

    def sparql(self, text: str, columns: Sequence[Column] = ()) -> Table:
        """Run a SELECT or ASK query of your own; known prefixes need no declaration.

        Raises
        ------
        QueryError : it cannot be read, fails, is an update or asks for SERVICE
        """
        from her2kg.running import table

        return table(self, text, columns)

    def triples(self, text: str) -> str:
        """Run a CONSTRUCT or DESCRIBE query of your own and return Turtle."""
        return self.engine.turtle(text)

    # Pages

    def find(self, name: str) -> list[Thing]:
        """Return everything that goes by a name, label, alias, CURIE or registry number."""
        from her2kg.tables import Thing

        return [Thing(short, self.names.label(short)) for short in self.names.find(name)]

    def show(self, name: str, as_of: str | None = None) -> Page:
        """Return the page of a thing.

        Raises
        ------
        UnknownNameError : nothing goes by this name; the message gives the nearest
        """
        from her2kg.pages import Page

        day = parse_date(as_of) if as_of is not None else None
        key = repr(("show", name, day))
        known = self.snapshot.recall(key)
        if known is None:
            from her2kg.composing import page

            known = page(self, name, day).dump()
            self.snapshot.remember(key, known)
        return Page.restore(known, day or today())

    def why(self, name: str, as_of: str | None = None, line: str | None = None, sensitivity: bool = False) -> Page:
        """Return the proof of every verdict on an agent or study: rules, inputs, basis, assumptions, sources.

        Parameters
        ----------
        line : only verdicts in this line of therapy
        sensitivity : add what each verdict would be under every way of filling in what its source leaves unstated
        """
        from her2kg.pages import Page

        day = parse_date(as_of) if as_of is not None else None
        key = repr(("why", name, line, day, sensitivity))
        known = self.snapshot.recall(key)
        if known is None:
            from her2kg.proofs import proof

            known = proof(self, name, day, line, sensitivity).dump()
            self.snapshot.remember(key, known)
        return Page.restore(known, day or today())

    # Figures

    def forest(
        self,
        endpoint: str,
        *,
        line: str | None = None,
        population: str = "main",
        agent: str | None = None,
        study: str | Sequence[str] | None = None,
        as_of: str | None = None,
        assume_level: float | None = None,
        pools: bool = True,
        width: float | None = None,
    ) -> Figure:
        """Draw the estimates of trials as a forest plot, by line of therapy; pooled where that is allowed.

        Parameters
        ----------
        endpoint : "OS", "progression-free survival" ...
        population : "main", "any", a kind of population, or the name of one
        assume_level : level in percent of intervals that state none; else they get no weight
        width : of the figure in pixels

        Raises
        ------
        FigureError, UnknownNameError, AmbiguousNameError : nothing to draw, or a name does not fit
        """
        from her2kg.figures.figure import Figure
        from her2kg.figures.forest import assembled
        from her2kg.figures.forest_csv import to_csv
        from her2kg.figures.forest_rows import by_line
        from her2kg.figures.forest_scene import WIDTH, draw

        plain = by_line(
            self,
            endpoint=endpoint,
            line=line,
            population=population,
            agent=agent,
            study=(study,) if isinstance(study, str) else study,
            as_of=as_of,
            assume_level=assume_level,
        )
        plot = assembled(plain, pools=pools)
        return Figure(draw(plot, width or WIDTH), to_csv(plot))

    def map(
        self,
        kind: str,
        *,
        as_of: str | None = None,
        line: str | None = None,
        agent: str | None = None,
        width: float | None = None,
    ) -> Figure:
        """Draw a map of the evidence: "evidence", "timeline", "mechanisms" or "network".

        Raises
        ------
        FigureError : no such map, nothing to draw, or too small a width
        """
        from her2kg.figures.maps import drawn

        return drawn(self, kind, as_of=as_of, line=line, agent=agent, width=width)

    def neighbourhood(self, name: str, as_of: str | None = None, width: float | None = None) -> Figure:
        """Draw a thing in the middle of what its page names.

        Raises
        ------
        UnknownNameError : nothing goes by this name
        FigureError : its page names nothing else, or too small a width
        """
        from her2kg.figures.neighbourhood import drawn

        return drawn(self, name, as_of, width)

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
    """Return the shipped graph, with Turtle files of your own laid over it, or a graph built on disk.

    Parameters
    ----------
    data : Turtle files; or one folder made by ``her2kg build``, which holds the shipped graph too

    Raises
    ------
    ResourceError : a file does not exist or is a folder that was not built
    TurtleError : a file is not Turtle; names file and line
    """
    from her2kg import snapshot

    extra = tuple(os.path.abspath(path) for path in data)
    for path in extra:
        if os.path.isdir(path):
            from her2kg.built import is_built, open_built

            if is_built(path) and len(extra) > 1:
                raise ResourceError(f"{path}: a built graph stands alone: put other files into it with her2kg add")
            if is_built(path):
                return KnowledgeGraph(open_built(path))
        if not os.path.isfile(path):
            raise ResourceError(f"{path}: {'a folder, not a file' if os.path.isdir(path) else 'no such file'}")
    return KnowledgeGraph(snapshot.load(extra))
