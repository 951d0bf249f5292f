"""Reading filled-in tables: TSV, CSV and workbooks, as rows of texts that know where they stand.

Digits stay as they were typed. A cell that is a formula is refused: what it shows is not what it says. A workbook is
a zip file of XML, so its size when unpacked and its XML are looked at before anything reads it.
"""

from __future__ import annotations

import csv
import difflib
import io
import os
import re
import warnings
import zipfile
from typing import NamedTuple

from her2kg.intake.errors import IntakeError
from her2kg.intake.reading import read_bytes, read_text, shown
from her2kg.intake.template import BY_NAME, RECORDS, SHEETS, columns_of

WHAT = "a filled-in template (TSV, CSV or XLSX)"
_MOST_ROWS = 100_000
_MOST_PARTS = 2_000
_UNPACKED = 128 * 1024 * 1024
_FIXED = re.compile(r"0(?:\.(0+))?|#,##0(?:\.(0+))?")
_BY_SHEET = {sheet: record for record, sheet in SHEETS.items()} | {record: record for record in RECORDS}


class Row(NamedTuple):
    """A row.

    Parameters
    ----------
    place : where it stands, for messages and the account: "line 5", "estimates row 5"
    record : what it describes
    cells : the cells that are not empty
    doubts : what the reader could not be sure of
    """

    place: str
    record: str
    cells: dict[str, str]
    doubts: tuple[str, ...] = ()


def read_rows(path: str) -> list[Row]:
    """Return the rows of a filled-in template.

    Raises
    ------
    IntakeError : not such a table, a column that is not in the template, a formula, a row without what it needs;
    names line and column
    """
    name, ending = shown(path), os.path.splitext(path)[1].lower()
    if ending in {".xlsx", ".xlsm"}:
        rows = _workbook(path, name)
    elif ending in {".tsv", ".csv", ".txt"}:
        rows = _delimited(read_text(path, WHAT), name, "," if ending == ".csv" else "\t")
    else:
        read_bytes(path, WHAT)
        raise IntakeError(f"{name}: no table by its name: expected .tsv, .csv or .xlsx")
    if not rows:
        raise IntakeError(f"{name}: a heading and no rows: fill in the template first")
    for row in rows:
        _complete(row, name)
    return rows


def _delimited(text: str, name: str, delimiter: str) -> list[Row]:
    kept = [line if not line.startswith("#") else "\n" for line in text.splitlines(keepends=True)]
    heading = next((line for line in kept if line.strip()), "")
    if delimiter == "," and heading.count(";") > heading.count(","):
        delimiter = ";"
    if delimiter not in heading:
        raise IntakeError(
            f"{name}: no heading of columns divided by {'tabs' if delimiter == chr(9) else 'commas'}; expected {WHAT}"
        )
    reader = csv.reader(io.StringIO("".join(kept), newline=""), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    head: list[str] = []
    try:
        for cells in reader:
            place = f"line {reader.line_num}"
            if not any(cell.strip() for cell in cells):
                continue
            if not head:
                head = _heading(cells, f"{name}, {place}")
                continue
            if any(cell.strip() for cell in cells[len(head) :]):
                raise IntakeError(f"{name}, {place}: {len(cells)} cells under {len(head)} headings")
            if len(rows) >= _MOST_ROWS:
                raise IntakeError(f"{name}: more than {_MOST_ROWS:,} rows")
            found = {column: cell.strip() for column, cell in zip(head, cells, strict=False) if cell.strip()}
            for column, cell in found.items():
                _no_formula(cell, f"{name}, {place}, column {column}")
            rows.append(_row(place, found, name, _guess(head)))
    except csv.Error as error:
        raise IntakeError(f"{name}, line {reader.line_num}: {error}") from None
    return rows


def _heading(cells: list[str], place: str, *, record: str = "") -> list[str]:
    """Return column names in their own spelling."""
    head = [cell.strip().casefold().replace(" ", "_").replace("-", "_") for cell in cells]
    while head and not head[-1]:
        head.pop()
    for i, column in enumerate(head):
        if column not in BY_NAME:
            near = difflib.get_close_matches(column, BY_NAME, n=1)
            hint = f"; closest: {near[0]}" if near else ""
            raise IntakeError(
                f"{place}: {shown(column)[:40]!r} is no column of the template{hint}; see her2kg template"
            )
        if column in head[:i]:
            raise IntakeError(f"{place}: column {column} stands twice")
    if "record" not in head and not record and not _guess(head):
        raise IntakeError(
            f"{place}: no column 'record', and the others do not tell what the rows describe; see her2kg template"
        )
    return head


def _guess(head: list[str]) -> str:
    """Return the one kind of record whose needed columns are all there and that has a place for every column."""
    if "record" in head:
        return ""
    fitting = [
        record
        for record in RECORDS
        if {column.name for column in columns_of(record) if column.needed_by(record)}
        <= set(head)
        <= {column.name for column in columns_of(record)}
    ]
    return fitting[0] if len(fitting) == 1 else ""


def _row(place: str, cells: dict[str, str], name: str, record: str, doubts: tuple[str, ...] = ()) -> Row:
    given = cells.pop("record", record).casefold()
    kind = _BY_SHEET.get(given, "")
    if not kind:
        raise IntakeError(
            f"{name}, {place}, column record: {shown(given)[:40] or 'nothing'!r} is none of: {', '.join(RECORDS)}"
        )
    return Row(place, kind, cells, doubts)


def _complete(row: Row, name: str) -> None:
    columns = columns_of(row.record)
    for column in columns:
        if column.needed_by(row.record) and column.name not in row.cells:
            raise IntakeError(
                f"{name}, {row.place}, column {column.name}: empty, and {_article(row.record)} needs it: "
                f"{column.meaning}"
            )
    names = {column.name for column in columns}
    for cell in row.cells:
        if cell not in names:
            raise IntakeError(
                f"{name}, {row.place}, column {cell}: filled in, but {_article(row.record)} has no such column"
            )


def _article(record: str) -> str:
    return f"an {record}" if record[0] in "aeiou" else f"a {record}"


def _no_formula(text: str, place: str) -> None:
    if text.startswith(("=", "@")) or (text.startswith(("+", "-")) and any(mark in text for mark in "(|!")):
        raise IntakeError(f"{place}: a formula ({shown(text)[:30]!r}): write what it is to say")


def _workbook(path: str, name: str) -> list[Row]:
    content = read_bytes(path, WHAT)
    _look_inside(content, name)
    try:
        import openpyxl
    except ImportError:
        raise IntakeError(f"{name}: a workbook needs openpyxl: pip install openpyxl, or save it as TSV") from None
    rows: list[Row] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False)
            for sheet in book.worksheets:
                rows += _sheet(sheet, name)
            book.close()
    except IntakeError:
        raise
    except Exception as error:
        raise IntakeError(
            f"{name}: not a workbook that can be read: {type(error).__name__}: {' '.join(str(error).split())[:120]}"
        ) from None
    return rows


def _look_inside(content: bytes, name: str) -> None:
    """Refuse what is no workbook, unpacks to too much, or declares entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if "xl/workbook.xml" not in {part.filename for part in parts}:
                raise IntakeError(f"{name}: a zip file, but no workbook; expected {WHAT}")
            if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _UNPACKED:
                raise IntakeError(f"{name}: unpacks to more than a filled-in template ever would: refused")
            for part in parts:
                if part.filename.endswith((".xml", ".rels", ".vml")):
                    with archive.open(part) as stream:
                        start = stream.read(min(part.file_size, _UNPACKED) + 1)
                    if b"<!ENTITY" in start or b"<!DOCTYPE" in start or b"<\0!\0D\0" in start:
                        raise IntakeError(
                            f"{name}: {shown(part.filename)} declares a document type, which no workbook does: refused"
                        )
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError, ValueError, OSError) as error:
        if isinstance(error, IntakeError):
            raise
        old = " (the old .xls form?)" if content[:4] == b"\xd0\xcf\x11\xe0" else ""
        raise IntakeError(f"{name}: no workbook{old}: save it as .xlsx or TSV") from None
    except Exception as error:
        raise IntakeError(f"{name}: a damaged workbook: {str(error)[:80]}") from None


def _sheet(sheet: object, name: str) -> list[Row]:
    title = str(getattr(sheet, "title", ""))
    record = _BY_SHEET.get(title.strip().casefold(), "")
    rows: list[Row] = []
    head: list[str] = []
    for number, cells in enumerate(sheet.iter_rows(), 1):  # type: ignore[attr-defined]
        texts, doubts = [], []
        for cell in cells:
            text, doubt = _cell(cell, f"{name}, {shown(title)} {getattr(cell, 'coordinate', number)}")
            texts.append(text)
            if doubt and len(texts) <= len(head):
                doubts.append(f"{head[len(texts) - 1]}: {doubt}")
        if not any(texts) or texts[0].startswith("#"):
            continue
        if not head:
            if title.strip().casefold() == "columns":
                return []
            if not record and "record" not in {text.casefold() for text in texts}:
                raise IntakeError(f"{name}: sheet {shown(title)[:40]!r} is none of: {', '.join(SHEETS.values())}")
            head = _heading(texts, f"{name}, {shown(title)} row {number}", record=record)
            continue
        if any(texts[len(head) :]):
            raise IntakeError(f"{name}, {shown(title)} row {number}: {len(texts)} cells under {len(head)} headings")
        if len(rows) >= _MOST_ROWS:
            raise IntakeError(f"{name}: more than {_MOST_ROWS:,} rows")
        found = {column: text for column, text in zip(head, texts, strict=False) if text}
        rows.append(_row(f"{title} row {number}", found, name, record, tuple(doubts)))
    return rows


def _cell(cell: object, place: str) -> tuple[str, str]:
    """Return a cell's text, and a doubt about its digits."""
    value, kind, form = (
        getattr(cell, "value", None),
        getattr(cell, "data_type", "n"),
        str(getattr(cell, "number_format", "General")),
    )
    if value is None:
        return "", ""
    if kind == "f":
        raise IntakeError(f"{place}: a formula: write what it is to say")
    if kind == "e":
        raise IntakeError(f"{place}: an error value ({shown(str(value))[:20]})")
    if isinstance(value, bool):
        return "yes" if value else "no", ""
    if isinstance(value, (int, float)):
        return _digits(value, form, place)
    if hasattr(value, "isoformat"):
        return value.isoformat()[:10], ""
    text = str(value).strip()
    _no_formula(text, place)
    return text, ""


def _digits(value: float, form: str, place: str) -> tuple[str, str]:
    if "%" in form:
        raise IntakeError(
            f"{place}: a percentage as Excel stores it: make the column text, and write the number as the source "
            f"prints it"
        )
    fixed = _FIXED.fullmatch(form)
    if fixed:
        return f"{value:.{len(fixed[1] or fixed[2] or '')}f}", ""
    if float(value).is_integer():
        return str(int(value)), "" if isinstance(value, int) else "typed as a number: zeros behind the point are lost"
    return repr(value), "typed as a number: zeros at its end are lost"
