"""Tables of results, and their rendering as text, JSON, CSV, TSV and Markdown.

A cell holds what the graph holds: a thing (id and label), a number, a printed text. For a reader, columns that belong
together are shown as one: the hazard ratio with its interval, a value with its unit, each with the digits of the
source. The machine formats keep every column apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FORMATS = ("text", "json", "csv", "tsv", "md")
_LINE = 132
_NARROWEST = 10
_CELL = "text-align:left;vertical-align:top;color:inherit"  # notebooks centre or right-align what says nothing


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
    prefix : column shown before the value, such as the measure
    interval : columns lower, upper, level (percent) of an interval, shown behind the value
    versus : column with the value this one stands against, shown behind it
    unit : column with the unit, shown behind the value
    hidden : kept for machines, not shown to a reader
    """

    name: str
    label: str
    text: str = ""
    prefix: str = ""
    interval: tuple[str, ...] = ()
    versus: str = ""
    unit: str = ""
    hidden: bool = False

    def companions(self) -> tuple[str, ...]:
        """Return the names of the columns shown as part of this one."""
        return tuple(name for name in (self.text, self.prefix, self.versus, self.unit, *self.interval) if name)


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

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame, things as labels; pandas must be installed."""
        import pandas as pd  # type: ignore[import-untyped,import-not-found,unused-ignore]

        return pd.DataFrame(self._flat(), columns=list(self.names))

    def to_polars(self) -> Any:
        """Return a polars DataFrame, things as labels; polars must be installed."""
        import polars as pl  # type: ignore[import-not-found,unused-ignore]

        return pl.DataFrame(self._flat(), schema=list(self.names), orient="row", infer_schema_length=None)

    def dump(self) -> tuple[Any, ...]:
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

    def shown(self, cited: Mapping[str, int] | None = None) -> tuple[list[str], list[list[str]]]:
        """Return headings and cells as a reader sees them: related columns merged, empty ones left out.

        Parameters
        ----------
        cited : CURIE of a source to its number in a list below the table, shown in its place
        """
        by_name = {column.name: column for column in self.columns}
        taken = {name for column in self.columns for name in column.companions()}
        taken |= {name for t in taken for name in by_name[t].companions()}
        columns = [column for column in self.columns if column.name not in taken and not column.hidden]
        rows = [[_show(column, row, by_name, cited or {}) for column in columns] for row in self]
        kept = [i for i in range(len(columns)) if any(row[i] for row in rows)] if rows else list(range(len(columns)))
        return [columns[i].label for i in kept], [[row[i] for i in kept] for row in rows]

    def render(self, form: str, cited: Mapping[str, int] | None = None) -> str:
        """Return the table in one of `FORMATS`; the text ends without a newline.

        Parameters
        ----------
        cited : see `shown`; the machine formats name every source in full
        """
        if form == "json":
            return _as_json(self)
        if form in {"csv", "tsv"}:
            return _delimited(self, "," if form == "csv" else "\t")
        head, rows = self.shown(cited)
        return _as_markdown(head, rows) if form == "md" else _as_text(head, rows)

    def _repr_html_(self) -> str:
        """Return the table for a notebook: in the colours of the page, light or dark; scrolling where it is long."""
        from html import escape

        head, rows = self.shown()
        cells = "".join(f'<th scope="col" style="{_CELL}">{escape(h)}</th>' for h in head)
        body = "".join("<tr>" + "".join(f'<td style="{_CELL}">{escape(c)}</td>' for c in row) + "</tr>" for row in rows)
        table = f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"
        return f'<div style="max-height:32em;overflow:auto" tabindex="0">{table}</div>'


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


def _show(column: Column, row: dict[str, Cell], by_name: Mapping[str, Column], cited: Mapping[str, int]) -> str:
    cell = row[column.name]
    if isinstance(cell, Thing) and cell.id in cited:
        return f"[{cited[cell.id]}]"
    text = _cell_text(row[column.text] if column.text and row.get(column.text) is not None else cell)
    if column.versus:
        other = by_name[column.versus]
        against = _cell_text(row[other.text] if other.text and row.get(other.text) is not None else row[other.name])
        text = f"{text or '?'} v {against}" if against else text  # a single arm stands against nothing
    if not text:
        return ""
    if column.unit and row.get(column.unit) is not None:
        unit = _cell_text(row[column.unit])
        text = f"{text}%" if unit == "percent" else f"{text} {unit}"
    if column.prefix and row.get(column.prefix) is not None:
        text = f"{_cell_text(row[column.prefix])} {text}"
    if column.interval:
        lower, upper, level = (row.get(name) for name in column.interval)
        if lower is not None or upper is not None:
            limits = f"{_cell_text(lower) or '?'} to {_cell_text(upper) or '?'}"
            kind = f"{_cell_text(level)}% CI" if level is not None else "CI, level not stated,"
            text += f" ({kind} {limits})"
    return text


def _as_text(head: list[str], rows: list[list[str]]) -> str:
    """Lay out columns, wrapping the widest until a line fits."""
    if not head:
        return "(no rows)"
    import textwrap

    natural = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    least = [
        max(len(word) for cell in column for word in (cell.split() or [""])) for column in zip(head, *rows, strict=True)
    ]
    widths = list(natural)
    while sum(widths) + 2 * (len(widths) - 1) > _LINE:
        loose = [i for i in range(len(widths)) if widths[i] > max(least[i], _NARROWEST)]
        if not loose:
            break
        widest = max(loose, key=lambda i: widths[i])
        widths[widest] -= 1
    out = []
    for line in ([cell.upper() for cell in head], *rows):
        # Most cells fit, and wrapping is most of what a look-up's rendering takes.
        cells = [
            [cell] if len(cell) <= width and cell.isprintable() else textwrap.wrap(cell, width) or [""]
            for cell, width in zip(line, widths, strict=True)
        ]
        for i in range(max(len(cell) for cell in cells)):
            parts = [(cell[i] if i < len(cell) else "").ljust(w) for cell, w in zip(cells, widths, strict=True)]
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


def _as_markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def tabulate(pairs: Sequence[tuple[str, Cell]], name: str = "field", value: str = "value") -> Table:
    """Return a two-column table of named values."""
    return Table((Column(name, name), Column(value, value)), tuple((key, cell) for key, cell in pairs))
