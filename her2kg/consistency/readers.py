"""Rows of a table file as text, whatever the file is: comma, semicolon or tab separated, JSON, or a workbook.

Decimals are kept as they stand in the file. Separated text is read row by row with a bounded line length, so memory
does not grow with the file; JSON and workbooks have a size limit. Everything that can be wrong with a file ends in one
`TableError` that names the file and, where known, the line.
"""

import csv
import importlib
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol, TextIO

from her2kg.consistency.errors import TableError, shorten

LONGEST_LINE = 1_000_000
"""Characters; a longer line is no row of a table, and reading it would take unbounded memory."""

LARGEST_DOCUMENT = 64 * 1024 * 1024
"""Bytes of a JSON file or of an unpacked workbook, both of which have to be held in memory."""

_SEPARATORS = ("\t", ";", ",", "|")
_SUFFIXES = {
    **dict.fromkeys((".csv", ".txt", ".tsv", ".tab", ""), "text"),
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), "json"),
    **dict.fromkeys((".xlsx", ".xlsm"), "workbook"),
}
_SAID_SEPARATOR = re.compile(r"sep=([\t;,|])", re.IGNORECASE)
"""What spreadsheets write above the header to say how the cells are separated."""
_FIXED = re.compile(r"0(?:\.(0+))?(%?)")


class _Cell(Protocol):
    """The part of a cell of openpyxl, which is optional and untyped, that is read here."""

    value: object
    number_format: str | None


Row = tuple[int, list[str]]
"""Line (of text) or row number (of JSON and workbooks), both from 1, and the cells."""


def read_rows(path: str | Path, name: str = "") -> Iterator[Row]:
    """Yield the header row and then every row that is not blank.

    Parameters
    ----------
    name : what errors call the file, its path where none is given

    Raises
    ------
    TableError : for anything that keeps the file from being read as a table
    """
    path = Path(path)
    name = name or str(path)
    kind = _SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise TableError(name, f"is a {path.suffix} file; use .csv, .tsv, .json or .xlsx")
    try:
        if path.is_dir():
            raise TableError(name, "is a directory; name a file")
        if path.exists() and not path.is_file():
            raise TableError(name, "is not a regular file")
        if path.stat().st_size == 0:
            raise TableError(name, "is empty; 'her2kg check --template' prints a table to start from")
        if kind == "text":
            yield from _text_rows(path, name)
        elif kind == "json":
            yield from _json_rows(path, name)
        else:
            yield from _workbook_rows(path, name)
    except OSError as error:
        raise TableError(name, f"cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        if isinstance(error, TableError):
            raise
        # A path with a NUL byte, for one.
        raise TableError(name, f"cannot be read: {error}") from None


def _text_rows(path: Path, name: str) -> Iterator[Row]:
    with path.open("rb") as raw:
        start = raw.read(4)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TableError(name, "is UTF-16; save it as UTF-8", 1)
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise TableError(name, "is a workbook under the name of a text file; save it as CSV or name it .xlsx")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _separated(file, name, tabs=path.suffix.lower() in {".tsv", ".tab"})
    except UnicodeDecodeError:
        raise TableError(name, "is not UTF-8; save it as UTF-8", _undecodable_line(path)) from None


def _undecodable_line(path: Path) -> int | None:
    """Return the first line that is not UTF-8: the decoder reads in blocks and does not know."""
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE * 4), b""), 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return None


def _lines(file: TextIO, name: str) -> Iterator[str]:
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise TableError(name, f"is longer than {LONGEST_LINE:,} characters; not a table", number)
        if "\0" in line:
            raise TableError(name, "holds a NUL byte; a binary file, not a table", number)
        yield line


def _separated(file: TextIO, name: str, *, tabs: bool) -> Iterator[Row]:
    lines = _lines(file, name)
    blank, said = 0, ""
    for first in lines:
        above = None if said else _SAID_SEPARATOR.fullmatch(first.strip(" \r\n"))
        if above is not None:
            said = above[1]
        elif first.strip():
            break
        blank += 1
    else:
        raise TableError(name, "has only blank lines")
    separator = said or ("\t" if tabs else max(_SEPARATORS, key=_outside_quotes(first).count))

    def rest() -> Iterator[str]:
        yield first
        yield from lines

    reader = csv.reader(rest(), delimiter=separator, strict=True)
    columns = 0
    try:
        for row in reader:
            if not any(row) or not any(map(str.strip, row)):
                continue
            if not columns:
                columns = len(row)
            elif len(row) > columns and any(cell.strip() for cell in row[columns:]):
                hint = "; a decimal comma needs quotes or ';' between the cells" if separator == "," else ""
                raise TableError(name, f"has {len(row)} cells, the header {columns}{hint}", reader.line_num + blank)
            yield reader.line_num + blank, row
    except csv.Error as error:
        raise TableError(name, f"is not well formed: {error}", reader.line_num + blank) from None


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


def _json_rows(path: Path, name: str) -> Iterator[Row]:
    if path.stat().st_size > LARGEST_DOCUMENT:
        raise TableError(name, f"is larger than {LARGEST_DOCUMENT // 2**20} MiB; use CSV, which is read row by row")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise TableError(name, "is not UTF-8; save it as UTF-8", line) from None
    if not text.strip():
        raise TableError(name, "has only blank lines")
    records = _records(text, name, by_line=path.suffix.lower() != ".json")
    headers = list(dict.fromkeys(key for _, record in records for key in record))
    yield 1, headers
    for number, record in records:
        yield number, [_cell(record.get(header), header, number, name) for header in headers]


def _records(text: str, name: str, *, by_line: bool) -> list[tuple[int, dict[str, object]]]:
    if by_line:
        lines = enumerate(text.splitlines(), 1)
        values: list[tuple[int, object]] = [
            (number, _loads(line, name, number)) for number, line in lines if line.strip()
        ]
    else:
        value = _loads(text, name)
        if isinstance(value, dict):
            lists = [held for held in value.values() if isinstance(held, list)]
            value = lists[0] if len(lists) == 1 else [value]
        if not isinstance(value, list):
            raise TableError(name, "holds neither a list of objects nor an object")
        values = list(enumerate(value, 1))
    if not values:
        raise TableError(name, "holds no rows")
    records = []
    for number, record in values:
        if not isinstance(record, dict):
            raise TableError(name, f"holds {shorten(str(record))} where an object is expected", number)
        records.append((number, record))
    return records


def _loads(text: str, name: str, line: int | None = None) -> object:
    """Parse JSON with numbers kept as they stand in the file: 0.60 is not 0.6."""
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except json.JSONDecodeError as error:
        raise TableError(name, f"is not valid JSON: {error.msg}", line or error.lineno) from None
    except RecursionError:
        raise TableError(name, "is nested too deeply for a table", line) from None


def _cell(value: object, header: str, number: int, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value
    raise TableError(name, f"row {number}: {shorten(header)} holds a list or an object where one value is expected")


def _workbook_rows(path: Path, name: str) -> Iterator[Row]:
    try:
        openpyxl = importlib.import_module("openpyxl")
    except ImportError:
        raise TableError(name, "is a workbook, which needs openpyxl: pip install openpyxl, or save it as CSV") from None
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > LARGEST_DOCUMENT * 4:
            raise TableError(name, f"unpacks to more than {LARGEST_DOCUMENT * 4 // 2**20} MiB; save it as CSV")
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except TableError:
        raise
    except Exception as error:
        # openpyxl lets out whatever its parsers raise.
        raise TableError(name, f"is not a readable workbook: {shorten(str(error))}") from None
    try:
        columns = 0
        for number, cells in enumerate(_sheet_rows(book.worksheets, name), 1):
            row = [_shown(cell) for cell in cells]
            if not any(map(str.strip, row)):
                continue
            if not columns:
                columns = len(row)
            yield number, row[:columns]
        if not columns:
            raise TableError(name, "has an empty first sheet")
    finally:
        book.close()


def _sheet_rows(sheets: list[Any], name: str) -> Iterator[Iterable[_Cell]]:
    try:
        yield from sheets[0].iter_rows()
    except Exception as error:
        raise TableError(name, f"is not a readable workbook: {shorten(str(error))}") from None


def _shown(cell: _Cell) -> str:
    """Return a cell as the workbook shows it: 0.6 in the format 0.00 is printed as 0.60."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    fixed = _FIXED.fullmatch(cell.number_format or "")
    if fixed is not None:
        percent = bool(fixed[2])
        return f"{value * (100 if percent else 1):.{len(fixed[1] or '')}f}{fixed[2]}"
    return format(value, ".15g")
