"""A page: everything one wants to know of a thing, and its rendering. `her2kg.composing` puts pages together."""

from __future__ import annotations

from typing import Any, NamedTuple

from her2kg.answers import SourceUse, cite, list_sources, sources_html
from her2kg.tables import Table, Thing


class Section(NamedTuple):
    """One part of a page."""

    title: str
    table: Table
    query: str = ""
    sparql: str = ""


class Page:
    """A page about one thing, or a proof. Not to be changed once made.

    Parameters
    ----------
    thing : what the page is about
    kinds : labels of its classes
    facts : name and value pairs
    lines : running text; where there is any, it is shown in place of the sections, which the machine formats keep
    """

    def __init__(
        self,
        thing: Thing,
        kinds: tuple[str, ...],
        facts: tuple[tuple[str, str], ...],
        sections: tuple[Section, ...],
        sources: tuple[SourceUse, ...],
        as_of: str,
        notes: tuple[str, ...] = (),
        lines: tuple[str, ...] = (),
    ) -> None:
        self.thing = thing
        self.kinds = kinds
        self.facts = facts
        self.sections = sections
        self.sources = sources
        self.as_of = as_of
        self.notes = notes
        self.lines = lines

    def dump(self) -> tuple[Any, ...]:
        """Return what does not depend on the day, as plain values for the snapshot."""
        sections = tuple((s.title, s.table.dump(), s.query, s.sparql) for s in self.sections)
        sources = tuple((tuple(use.source), *use[1:]) for use in self.sources)
        return (tuple(self.thing), self.kinds, self.facts, sections, sources, self.notes, self.lines)

    @classmethod
    def restore(cls, plain: tuple[Any, ...], as_of: str) -> Page:
        """Return the page that `dump` made plain, for a day."""
        thing, kinds, facts, sections, sources, notes, lines = plain
        parts = tuple(Section(title, Table.restore(table), query, sparql) for title, table, query, sparql in sections)
        uses = tuple(SourceUse(Thing(*source), *rest) for source, *rest in sources)
        return cls(Thing(*thing), kinds, facts, parts, uses, as_of, notes, lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the page as plain values, the shape of ``--format json``."""
        return {
            "id": self.thing.id,
            "label": self.thing.label,
            "kinds": list(self.kinds),
            "as_of": self.as_of,
            "facts": [{"name": name, "value": value} for name, value in self.facts],
            "text": list(self.lines),
            "sections": [
                {
                    "title": s.title,
                    "query": s.query,
                    "columns": [c.name for c in s.table.columns],
                    "rows": s.table.to_dicts(),
                    "sparql": s.sparql,
                }
                for s in self.sections
            ],
            "sources": [use.to_dict() for use in self.sources],
            "notes": list(self.notes),
        }

    def render(self, form: str) -> str:
        """Return the page in one of `her2kg.tables.FORMATS`; CSV and TSV hold the tables, each under its title."""
        if form == "json":
            import json

            return json.dumps(self.to_dict(), ensure_ascii=False, indent=2)
        if form in {"csv", "tsv"}:
            return "\n\n".join(f"# {section.title}\n{section.table.render(form)}" for section in self.sections)
        md = form == "md"
        cited = cite(self.sources)
        kinds = f" ({', '.join(self.kinds)})" if self.kinds else ""
        title = f"{self.thing.label}{kinds}"
        out = [
            f"# {title}" if md else title,
            f"{self.thing.id}. As of {self.as_of}." + "".join(f" {note}" for note in self.notes),
        ]
        if self.facts:
            width = 0 if md else max(len(name) for name, _ in self.facts)
            out += [
                "",
                *(f"- {name}: {value}" if md else f"{name.ljust(width)}  {value}" for name, value in self.facts),
            ]
        if self.lines:
            out += ["", *self.lines]
        for section in () if self.lines else self.sections:
            out += [
                "",
                f"## {section.title}" if md else section.title,
                *([""] if md else ["-" * len(section.title)]),
                section.table.render(form, cited),
            ]
        return "\n".join([*out, *list_sources(self.sources, form)])

    def _repr_html_(self) -> str:
        from html import escape

        kinds = f" ({', '.join(self.kinds)})" if self.kinds else ""
        said = escape(" ".join((f"{self.thing.id}. As of {self.as_of}.", *self.notes)))
        facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in self.facts)
        text = f"<pre>{escape(chr(10).join(self.lines))}</pre>" if self.lines else ""
        sections = () if self.lines else self.sections
        parts = "".join(f"<h4>{escape(s.title)}</h4>{s.table._repr_html_()}" for s in sections)
        return (
            f"<h3>{escape(self.thing.label + kinds)}</h3><p>{said}</p>{f'<dl>{facts}</dl>' if facts else ''}"
            f"{text}{parts}{sources_html(self.sources)}"
        )
