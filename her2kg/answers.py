"""An answer: the question as understood, the rows, what they rest on, and the query behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from her2kg.tables import Table, Thing

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class SourceUse:
    """A source an answer rests on, and the places in it."""

    source: Thing
    locators: tuple[str, ...]
    doi: str = ""
    pmid: str = ""
    url: str = ""

    def __str__(self) -> str:
        where = f" ({'; '.join(self.locators)})" if self.locators else ""
        link = f" doi:{self.doi}" if self.doi else f" PMID {self.pmid}" if self.pmid else f" {self.url}" if self.url else ""
        return f"{self.source.label}{where}{link}"


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of one named query.

    Parameters
    ----------
    query : name of the query
    parameters : parameters as they took effect, defaults included
    as_of : day as of which the answer holds, ISO
    answer : the distinct values of the query's answer column, in order
    sources : the sources in the rows
    sparql : the text that was run
    question : the question in plain English, empty if the query was called by name
    notes : what a reader must be told, such as a default that narrowed the answer
    """

    query: str
    summary: str
    parameters: Mapping[str, str]
    as_of: str
    table: Table
    answer: tuple[Thing | str, ...]
    sources: tuple[SourceUse, ...]
    sparql: str
    question: str = ""
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.table)

    def to_pandas(self):  # type: ignore[no-untyped-def]  # noqa: ANN201 - pandas is optional
        """Return the rows as a pandas DataFrame."""
        return self.table.to_pandas()

    def to_polars(self):  # type: ignore[no-untyped-def]  # noqa: ANN201 - polars is optional
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
                {"id": thing.id, "label": thing.label} if isinstance(thing, Thing) else {"id": "", "label": thing}
                for thing in self.answer
            ],
            "sources": [
                {"id": use.source.id, "label": use.source.label, "locators": list(use.locators), "doi": use.doi, "pmid": use.pmid, "url": use.url}
                for use in self.sources
            ],
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
        chosen = ", ".join(f"{name}: {value}" for name, value in self.parameters.items() if name != "asOf")
        lines = [f"{mark}{self.summary}{mark}" + (f" [{chosen}]" if chosen else "")]
        lines.append(f"As of {self.as_of}." + "".join(f" {note}" for note in self.notes))
        lines += ["", self.table.render(form) if self.table.rows else "Nothing in the graph answers this."]
        if self.sources:
            lines += ["", f"{mark}Sources{mark}", *(f"- {use}" for use in self.sources)]
        return lines

    def _repr_html_(self) -> str:
        from html import escape

        sources = "".join(f"<li>{escape(str(use))}</li>" for use in self.sources)
        return f"<p>{escape(self.summary)} As of {self.as_of}.</p>{self.table._repr_html_()}<ul>{sources}</ul>"


def collect_sources(table: Table, known: Mapping[str, Mapping[str, str]]) -> tuple[SourceUse, ...]:
    """Return the sources that stand in a table's cells, with the locators beside them, in order of first use."""
    places: dict[Thing, list[str]] = {}
    beside = {name: ("locator" if name == "source" else name.removesuffix("Source") + "Locator") for name in table.names}
    for row in table:
        for name, cell in row.items():
            if isinstance(cell, Thing) and cell.id in known:
                locators = places.setdefault(cell, [])
                locator = row.get(beside[name])
                if isinstance(locator, str) and locator not in locators:
                    locators.append(locator)
    return tuple(
        SourceUse(thing, tuple(locators), known[thing.id].get("doi", ""), known[thing.id].get("pmid", ""), known[thing.id].get("url", ""))
        for thing, locators in places.items()
    )
