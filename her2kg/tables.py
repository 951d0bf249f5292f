"""Tables of results, and their rendering as text, JSON, CSV, TSV and Markdown.

A cell holds what the graph holds: a thing (id and label), a number, a printed text. For a reader, columns that belong together
are shown as one: the hazard ratio with its interval, a value with its unit, each with the digits of the source. The machine
formats keep every column apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

FORMATS = ("text", "json", "csv", "tsv", "md")
_WIDTH = 46


class Thing(NamedTuple):
    """A node of the graph: its CURIE and its label."""

    id: str
    label: str

    def __str__(self) -> str:
        return self.label


Cell = Thing | str | float | bool | None


class Column(NamedTuple):
    """One column.

    Parameters
    ----------
    name : variable of the query
    label : heading for a reader
    text : column with the digits as printed, shown in this one's place
    interval : columns lower, upper, level (percent) of an interval, shown behind the value
    unit : column with the unit, shown behind the value
    hidden : kept for machines, not shown to a reader
    """

    name: str
    label: str
    text: str = ""
    interval: tuple[str, ...] = ()
    unit: str = ""
    hidden: bool = False


class Table:
    """Columns and rows; behaves like a sequence of dictionaries. Not to be changed once made."""

    # A plain class, not a dataclass: generating one costs a look-up more than reading its answer does.
    __slots__ = ("columns", "rows")

    def __init__(self, columns: tuple[Column, ...], rows: tuple[tuple[Cell, ...], ...]) -> None:
        self.columns = columns
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Cell]]:
        names = self.names
        return (dict(zip(names, row, strict=True)) for row in self.rows)

    def __getitem__(self, position: int) -> dict[str, Cell]:
        return dict(zip(self.names, self.rows[position], strict=True))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> list[Cell]:
        """Return one column's cells."""
        position = self.names.index(name)
        return [row[position] for row in self.rows]

    def to_dicts(self) -> list[dict[str, object]]:
        """Return rows as plain values, things as ``{"id", "label"}``."""
        return [{name: _plain(cell) for name, cell in row.items()} for row in self]

    def to_pandas(self):  # type: ignore[no-untyped-def]  # noqa: ANN201 - pandas is optional
        """Return a pandas DataFrame, things as labels; pandas must be installed."""
        import pandas as pd  # type: ignore[import-untyped,import-not-found,unused-ignore]

        return pd.DataFrame(self._flat(), columns=list(self.names))

    def to_polars(self):  # type: ignore[no-untyped-def]  # noqa: ANN201 - polars is optional
        """Return a polars DataFrame, things as labels; polars must be installed."""
        import polars as pl  # type: ignore[import-not-found,unused-ignore]

        return pl.DataFrame(self._flat(), schema=list(self.names), orient="row", infer_schema_length=None)

    def dump(self) -> tuple[object, ...]:
        """Return the table as plain tuples, for the snapshot; a thing becomes a pair."""
        rows = tuple(tuple(tuple(cell) if isinstance(cell, Thing) else cell for cell in row) for row in self.rows)
        return tuple(tuple(column) for column in self.columns), rows

    @classmethod
    def restore(cls, plain: tuple[Any, ...]) -> Table:
        """Return the table that `dump` made plain."""
        rows = tuple(tuple(Thing(*cell) if isinstance(cell, tuple) else cell for cell in row) for row in plain[1])
        return cls(tuple(Column(*column) for column in plain[0]), rows)

    def _flat(self) -> list[list[object]]:
        return [[cell.label if isinstance(cell, Thing) else cell for cell in row] for row in self.rows]

    def shown(self) -> tuple[list[str], list[list[str]]]:
        """Return headings and cells as a reader sees them: related columns merged, empty ones left out."""
        taken = {name for column in self.columns for name in (column.text, column.unit, *column.interval) if name}
        columns = [column for column in self.columns if column.name not in taken and not column.hidden]
        rows = [[_show(column, row) for column in columns] for row in self]
        kept = [i for i in range(len(columns)) if any(row[i] for row in rows)] if rows else list(range(len(columns)))
        return [columns[i].label for i in kept], [[row[i] for i in kept] for row in rows]

    def render(self, form: str) -> str:
        """Return the table in one of `FORMATS`; the text ends without a newline."""
        return _RENDERERS[form](self)

    def _repr_html_(self) -> str:
        from html import escape

        head, rows = self.shown()
        cells = "".join(f"<th>{escape(h)}</th>" for h in head)
        body = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in rows)
        return f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"


def _plain(cell: Cell) -> object:
    return {"id": cell.id, "label": cell.label} if isinstance(cell, Thing) else cell


def number_text(value: float) -> str:
    """Return a number without a trailing ".0"."""
    return str(int(value)) if value == int(value) else str(value)


def _cell_text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, (int, float)):
        return number_text(cell)
    return str(cell)


def _show(column: Column, row: dict[str, Cell]) -> str:
    text = _cell_text(row[column.text] if column.text and row.get(column.text) is not None else row[column.name])
    if not text:
        return ""
    if column.unit and row.get(column.unit) is not None:
        unit = _cell_text(row[column.unit])
        text = f"{text}%" if unit == "percent" else f"{text} {unit}"
    if column.interval:
        lower, upper, level = (row.get(name) for name in column.interval)
        if lower is not None or upper is not None:
            limits = f"{_cell_text(lower) or '?'} to {_cell_text(upper) or '?'}"
            kind = f"{_cell_text(level)}% CI" if level is not None else "CI, level not stated"
            text += f" ({kind} {limits})"
    return text


def _as_text(table: Table) -> str:
    head, rows = table.shown()
    if not head:
        return "(no rows)"
    import textwrap

    wrapped = [[textwrap.wrap(cell, _WIDTH) or [""] for cell in row] for row in rows]
    lines_of = [[max((len(part) for part in cell), default=0) for cell in row] for row in wrapped]
    widths = [max([len(h), *(lines[i] for lines in lines_of)]) for i, h in enumerate(head)]
    out = ["  ".join(h.upper().ljust(w) for h, w in zip(head, widths, strict=True)).rstrip()]
    for row in wrapped:
        for i in range(max(len(cell) for cell in row)):
            parts = [(cell[i] if i < len(cell) else "").ljust(w) for cell, w in zip(row, widths, strict=True)]
            out.append("  ".join(parts).rstrip())
    return "\n".join(out)


def _as_json(table: Table) -> str:
    import json

    return json.dumps(table.to_dicts(), ensure_ascii=False, indent=2)


def _delimited(table: Table, delimiter: str) -> str:
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    things = {name for name, *cells in zip(table.names, *table.rows, strict=True) if any(_is_thing(c) for c in cells)}
    writer.writerow([n for name in table.names for n in ((name, f"{name}Id") if name in things else (name,))])
    for row in table.rows:
        cells: list[object] = []
        for name, cell in zip(table.names, row, strict=True):
            cells.append(_cell_text(cell))
            if name in things:
                cells.append(cell.id if isinstance(cell, Thing) else "")
        writer.writerow(cells)
    return out.getvalue().rstrip("\n")


def _is_thing(cell: Cell) -> bool:
    return isinstance(cell, Thing)


def _as_markdown(table: Table) -> str:
    head, rows = table.shown()
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


_RENDERERS: dict[str, Callable[[Table], str]] = {
    "text": _as_text,
    "json": _as_json,
    "csv": lambda table: _delimited(table, ","),
    "tsv": lambda table: _delimited(table, "\t"),
    "md": _as_markdown,
}


def tabulate(pairs: Sequence[tuple[str, Cell]], name: str = "field", value: str = "value") -> Table:
    """Return a two-column table of named values."""
    return Table((Column(name, name), Column(value, value)), tuple((key, cell) for key, cell in pairs))
