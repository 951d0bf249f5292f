"""An answer: the question as understood, the rows, what they rest on, and the query behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from her2kg.tables import Table, Thing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class SourceUse(NamedTuple):
    """A source an answer rests on, and the places in it."""

    source: Thing
    locators: tuple[str, ...]
    doi: str = ""
    pmid: str = ""
    url: str = ""

    def __str__(self) -> str:
        where = f" ({'; '.join(self.locators)})" if self.locators else ""
        link = (
            f" doi:{self.doi}"
            if self.doi
            else f" PMID {self.pmid}"
            if self.pmid
            else f" {self.url}"
            if self.url
            else ""
        )
        return f"{self.source.label}{where}{link}"

    @property
    def address(self) -> str:
        """Where the source is on the web, empty if not known."""
        if self.doi:
            return f"https://doi.org/{self.doi}"
        return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/" if self.pmid else self.url

    def to_dict(self) -> dict[str, Any]:
        """Return the use of the source as it stands in JSON."""
        return {
            "id": self.source.id,
            "label": self.source.label,
            "locators": list(self.locators),
            "doi": self.doi,
            "pmid": self.pmid,
            "url": self.url,
        }


class Answer:
    """The result of one named query. Not to be changed once made.

    Parameters
    ----------
    query, summary : name of the query and what it gives
    parameters : parameters as they took effect, defaults included
    as_of : day as of which the answer holds, ISO
    answer : the distinct values of the query's answer column, in order
    aliases : the other names of each of them
    sources : the sources in the rows
    sparql : the text that was run
    question : the question in plain English, empty if the query was called by name
    notes : what a reader must be told, such as a default that narrowed the answer
    """

    def __init__(
        self,
        query: str,
        summary: str,
        parameters: Mapping[str, str],
        as_of: str,
        table: Table,
        answer: tuple[Thing | str, ...],
        aliases: tuple[tuple[str, ...], ...],
        sources: tuple[SourceUse, ...],
        sparql: str,
        question: str = "",
        notes: tuple[str, ...] = (),
    ) -> None:
        self.query = query
        self.summary = summary
        self.parameters = parameters
        self.as_of = as_of
        self.table = table
        self.answer = answer
        self.aliases = aliases
        self.sources = sources
        self.sparql = sparql
        self.question = question
        self.notes = notes

    def __len__(self) -> int:
        return len(self.table)

    def dump(self) -> tuple[Any, ...]:
        """Return what does not depend on the day and the wording of the question, as plain values for the snapshot."""
        answer = tuple(tuple(value) if isinstance(value, Thing) else value for value in self.answer)
        sources = tuple((tuple(use.source), *use[1:]) for use in self.sources)
        return (
            self.query,
            self.summary,
            dict(self.parameters),
            self.table.dump(),
            answer,
            self.aliases,
            sources,
            self.sparql,
            self.notes,
        )

    @classmethod
    def restore(cls, plain: tuple[Any, ...], as_of: str, question: str) -> Answer:
        """Return the answer that `dump` made plain, for a day and a question."""
        query, summary, parameters, table, answer, aliases, sources, sparql, notes = plain
        values = tuple(Thing(*value) if isinstance(value, tuple) else value for value in answer)
        uses = tuple(SourceUse(Thing(*source), *rest) for source, *rest in sources)
        return cls(
            query, summary, parameters, as_of, Table.restore(table), values, aliases, uses, sparql, question, notes
        )

    def to_pandas(self) -> Any:
        """Return the rows as a pandas DataFrame."""
        return self.table.to_pandas()

    def to_polars(self) -> Any:
        """Return the rows as a polars DataFrame."""
        return self.table.to_polars()

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, the shape of ``--format json``."""
        return {
            "question": self.question,
            "query": self.query,
            "parameters": dict(self.parameters),
            "as_of": self.as_of,
            "columns": [{"name": column.name, "label": column.label} for column in self.table.columns],
            "rows": self.table.to_dicts(),
            "answer": [
                {"id": thing.id if isinstance(thing, Thing) else "", "label": str(thing), "aliases": list(names)}
                for thing, names in zip(self.answer, self.aliases, strict=True)
            ],
            "sources": [use.to_dict() for use in self.sources],
            "notes": list(self.notes),
            "sparql": self.sparql,
        }

    def render(self, form: str) -> str:
        """Return the answer in one of `her2kg.tables.FORMATS`; CSV and TSV hold the rows alone."""
        if form == "json":
            import json

            return json.dumps(self.to_dict(), ensure_ascii=False, indent=2)
        if form in {"csv", "tsv"}:
            return self.table.render(form)
        return "\n".join(self._for_readers(form))

    def _for_readers(self, form: str) -> list[str]:
        mark = "**" if form == "md" else ""
        chosen = "; ".join(f"{name}: {value}" for name, value in self.parameters.items())
        lines = [f"{mark}{self.summary}{mark}" + (f" ({chosen})" if chosen else "")]
        lines += [" ".join((f"As of {self.as_of}.", *self.notes)), ""]
        lines.append(
            self.table.render(form, cite(self.sources)) if self.table.rows else "Nothing in the graph answers this."
        )
        return [*lines, *list_sources(self.sources, form)]

    def _repr_html_(self) -> str:
        from html import escape

        chosen = "; ".join(f"{name}: {value}" for name, value in self.parameters.items())
        head = f"<p><b>{escape(self.summary)}</b>{escape(f' ({chosen})') if chosen else ''}<br>"
        said = escape(" ".join((f"As of {self.as_of}.", *self.notes)))
        body = self.table._repr_html_() if self.table.rows else "<p>Nothing in the graph answers this.</p>"
        return f"{head}{said}</p>{body}{sources_html(self.sources)}"


def sources_html(sources: tuple[SourceUse, ...]) -> str:
    """Return the sources as a closed list of links for a notebook, nothing where there are none."""
    from html import escape

    if not sources:
        return ""
    lines = []
    for use in sources:
        where = escape(f" ({'; '.join(use.locators)})") if use.locators else ""
        address = use.address
        name = escape(use.source.label)
        linked = f'<a href="{escape(address)}">{name}</a>' if address.startswith(("https://", "http://")) else name
        lines.append(f"<li>{linked}{where}</li>")
    return f"<details><summary>{len(sources)} sources</summary><ol>{''.join(lines)}</ol></details>"


def cite(sources: tuple[SourceUse, ...]) -> dict[str, int]:
    """Return the number of each source in the list under a table."""
    return {use.source.id: number for number, use in enumerate(sources, 1)}


def list_sources(sources: tuple[SourceUse, ...], form: str) -> list[str]:
    """Return the lines of the numbered list of sources, none where there are none."""
    if not sources:
        return []
    head = ["", "## Sources", ""] if form == "md" else ["", "Sources"]
    # Two blanks end a line in Markdown without starting a paragraph.
    return [*head, *(f"[{number}] {use}{'  ' if form == 'md' else ''}" for number, use in enumerate(sources, 1))]


def collect_sources(table: Table, known: Callable[[str], tuple[str, str, str] | None]) -> tuple[SourceUse, ...]:
    """Return the sources that stand in a table's cells, with the locators beside them, in order of first use.

    Parameters
    ----------
    known : DOI, PMID and address of a source's CURIE, None for what is no source
    """
    places: dict[Thing, list[str]] = {}
    links: dict[Thing, tuple[str, str, str] | None] = {}
    names = table.names
    locators_of = ["locator" if name == "source" else name.removesuffix("Source") + "Locator" for name in names]
    beside = [names.index(name) if name in names else None for name in locators_of]
    for row in table.rows:
        for cell, place in zip(row, beside, strict=True):
            if not isinstance(cell, Thing):
                continue
            if cell not in links:
                links[cell] = known(cell.id)
            if links[cell] is not None:
                locators = places.setdefault(cell, [])
                locator = None if place is None else row[place]
                if isinstance(locator, str) and locator not in locators:
                    locators.append(locator)
    return tuple(SourceUse(thing, tuple(locators), *(links[thing] or ())) for thing, locators in places.items())
