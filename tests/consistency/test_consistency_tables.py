"""Tables of strangers: every format, generous headers, and every way a file can be broken."""

import json
import os
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from her2kg.consistency import readers
from her2kg.consistency.columns import map_columns, read_header
from her2kg.consistency.errors import TableError
from her2kg.consistency.estimates import Estimate
from her2kg.consistency.findings import Severity
from her2kg.consistency.pages import as_html
from her2kg.consistency.reports import as_json, as_sarif, as_text
from her2kg.consistency.tables import check_table, template

T_ACT = "T-ACT PFS,0.91,0.67,1.22,0.33"
TOGA = "ToGA OS,0.74,0.60,0.91,0.0046"


def write(folder: Path, text: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_template_fits_as_printed(tmp_path: Path) -> None:
    report = check_table(write(tmp_path, template()))
    assert (report.checked, report.total, report.ignored) == (6, 0, ())
    assert report.worst is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", f"study,HR,lower,upper,p\n{TOGA}\n{T_ACT}\n"),
        ("b.CSV", f"\ufeffstudy,HR,lower,upper,p\r\n{TOGA}\r\n\r\n{T_ACT}"),
        ("c.tsv", "Trial\tHazard ratio\tLower 95% CI\tUpper 95% CI\tp-value\nToGA\t0.74\t0.60\t0.91\t0.0046\n"
                  "T-ACT PFS\t0.91\t0.67\t1.22\t0.33\n"),
        ("d.txt", "Studie;HR;CI_low;CI_high;P\nToGA;0,74;0,60;0,91;0,0046\nT-ACT PFS;0,91;0,67;1,22;0,33\n"),
        ("e.csv", 'name,"HR (95% CI)",P value\nToGA,"0.74 (0.60\u20130.91)",0.0046\n'
                  'T-ACT PFS,"0.91 [0.67, 1.22]",0.33\n'),
        ("f.csv", 'label,hr,95% CI,p\nToGA,"0,74","0,60 to 0,91","0,0046"\nT-ACT PFS,0.91,0.67-1.22,0.33\n'),
        ("s.csv", "sep=;\nstudy;HR;lower;upper;p\nT-ACT PFS;0,91;0,67;1,22;0,33\nToGA;0,74;0,60;0,91;0,0046\n"),
        ("g.csv", "label|measure|value|LCL95|UCL95|p\nToGA|HR|0.74|0.60|0.91|0.0046\nT-ACT PFS|HR|.91|.67|1.22|.33\n"),
        ("h.json", '[{"label": "ToGA", "hr": 0.74, "lower": 0.60, "upper": 0.91, "p": "0.0046"},'
                   '{"label": "T-ACT PFS", "hr": 0.91, "lower": 0.67, "upper": 1.22, "p": 0.33, "note": null}]'),
        ("i.json", '{"estimates": [{"hr": 0.74, "lower": 0.60, "upper": 0.91},'
                   '{"label": "T-ACT PFS", "hr": 0.91, "lower": 0.67, "upper": 1.22, "p": 0.33}]}'),
        ("j.jsonl", '{"hr": 0.74, "lower": 0.60, "upper": 0.91}\n\n'
                    '{"label": "T-ACT PFS", "hr": 0.91, "lower": 0.67, "upper": 1.22, "p": 0.33}\n'),
    ],
)  # fmt: skip
def test_formats(tmp_path: Path, name: str, text: str) -> None:
    report = check_table(write(tmp_path, text, name))
    assert report.checked == 2
    assert [(f.rule, f.subject, f.severity) for f in report.findings] == [
        ("p-fits-interval", "T-ACT PFS", Severity.WARNING)
    ]
    line = {"h.json": "row 2", "i.json": "row 2", "b.CSV": "line 4"}.get(name, "line 3")
    assert report.findings[0].where == f"{tmp_path / name}, {line}"
    assert report.worst is Severity.WARNING


def test_workbook(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["study", "HR", "lower", "upper", "p", "final?"])
    sheet.append(["JACOB", 0.84, 0.71, 1, 0.057, None])
    for column in "BCD":
        sheet[f"{column}2"].number_format = "0.00"
    sheet.append(["T-ACT PFS", "0.91", "0.67", "1.22", 0.33, True])
    path = tmp_path / "book.xlsx"
    book.save(path)
    report = check_table(path)
    assert [(f.rule, f.subject) for f in report.findings] == [
        ("decision-decidable", "JACOB"),
        ("p-fits-interval", "T-ACT PFS"),
    ]
    assert report.findings[0].inputs["upper"] == "1.00"
    assert report.findings[1].where.endswith("book.xlsx, row 3")


def test_workbook_without_openpyxl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(TableError, match=r"book\.xlsx: is a workbook, which needs openpyxl: pip install openpyxl"):
        check_table(write(tmp_path, b"PK", "book.xlsx"))


HEADER = "study,HR,lower,upper,p\n"
BROKEN = {
    "empty": (b"", "t.csv", "is empty"),
    "blank": (b"\n \n\n", "t.csv", "only blank lines"),
    "no rows": (HEADER, "t.csv", "line 1: has a header and no rows"),
    "no known column": ("colour,shape\nred,round\n", "t.csv", "line 1: no column names a number to check"),
    "no measure": ("estimate,lower,upper\n1,0,2\n", "t.csv", "line 1: .*does not say what it measures"),
    "two of a kind": ("HR,hazard ratio,p\n1,1,1\n", "t.csv", "line 1: the columns 'HR' and 'hazard ratio' both"),
    "decimal commas": (HEADER + "a,0,74,0,60,0,91,0,0046\n", "t.csv", "line 2: has 9 cells, the header 5; a decimal"),
    "too many cells": (HEADER.replace(",", ";") + "a;1;1;1;1;1\n", "t.csv", "line 2: has 6 cells"),
    "open quote": (HEADER + TOGA + '\n"a,1,1,1,1\n', "t.csv", "line 3: is not well formed"),
    "odd quote": (HEADER + '"a"b,1,1,1,1\n', "t.csv", "line 2: is not well formed"),
    "latin-1": (f"{HEADER}{TOGA}\nM\u00fcller,1,1,1,1\n".encode("latin-1"), "t.csv", "line 3: .*UTF-8"),
    "utf-16": ((HEADER + TOGA).encode("utf-16"), "t.csv", "line 1: is UTF-16; save it as UTF-8"),
    "binary": (HEADER.encode() + b"a,\x00\x01\x02,1,1,1\n", "t.csv", "line 2: holds a NUL byte"),
    "workbook as csv": (b"PK\x03\x04rubbish", "t.csv", "is a workbook under the name of a text file"),
    "endless line": (HEADER + "a" * 1_000_001, "t.csv", "line 2: is longer than 1,000,000 characters"),
    "endless field": (HEADER + '"' + "a\n" * 100_000, "t.csv", "is not well formed: field larger"),
    "no table": (b"%PDF", "t.pdf", r"is a \.pdf file"),
    "no workbook": (b"rubbish", "t.xlsx", "is not a readable workbook"),
    "cut workbook": (b"PK\x03\x04rubbish", "t.xlsx", "is not a readable workbook"),
    "bad json": ('[\n{"hr": 1,}\n]', "t.json", "line 2: is not valid JSON"),
    "bad json line": ('{"hr": 1}\n{"hr": \n', "t.jsonl", "line 2: is not valid JSON"),
    "deep json": ("[" * 100_000, "t.json", "nested too deeply|not valid JSON"),
    "json number": ("5", "t.json", "neither a list of objects nor an object"),
    "json list of lists": ("[[1, 2]]", "t.json", "line 1: holds .* where an object is expected"),
    "json nested cell": ('[{"hr": [1]}]', "t.json", "row 1: 'hr' holds a list or an object"),
    "json no rows": ("[]", "t.json", "holds no rows"),
    "json blank": (" \n", "t.json", "only blank lines"),
    "json latin-1": ('[\n{"hr": "\u00fc"}]'.encode("latin-1"), "t.json", "line 2: is not UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_broken_files_give_one_clear_error(tmp_path: Path, case: str) -> None:
    text, name, message = BROKEN[case]
    if name == "t.xlsx":
        pytest.importorskip("openpyxl")
    path = write(tmp_path, text, name)
    with pytest.raises(TableError, match=message) as caught:
        check_table(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < len(str(path)) + 400


@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.lists(st.lists(st.text(max_size=8), max_size=6), max_size=5).map(
            lambda rows: ("HR,lower,upper,p\n" + "\n".join(",".join(row) for row in rows)).encode("utf-8", "replace")
        ),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
        )
        .map(json.dumps)
        .map(str.encode),
    ),
    st.sampled_from(["t.csv", "t.tsv", "t.json", "t.jsonl", "t.xlsx", "t.txt"]),
)
def test_any_bytes_are_a_table_or_one_clear_error(
    tmp_path_factory: pytest.TempPathFactory, held: bytes, name: str
) -> None:
    path = write(tmp_path_factory.getbasetemp(), held, name)
    try:
        report = check_table(path)
    except TableError as error:
        assert str(error).startswith(str(path))
        assert "\n" not in str(error)
    else:
        assert report.checked > 0
        as_text(report), as_json(report), as_sarif(report), as_html(report)


def test_files_that_are_none(tmp_path: Path) -> None:
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    with pytest.raises(TableError, match="is a directory"):
        check_table(folder)
    with pytest.raises(TableError, match=r"missing\.csv: cannot be read: No such file"):
        check_table(tmp_path / "missing.csv")
    with pytest.raises(TableError, match="cannot be read"):
        check_table("a\0b.csv")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.csv")
        with pytest.raises(TableError, match="is not a regular file"):
            check_table(tmp_path / "pipe.csv")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + TOGA)
    path.chmod(stat.S_IWUSR)
    with pytest.raises(TableError, match="Permission denied"):
        check_table(path)


def test_large_documents_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "LARGEST_DOCUMENT", 10)
    with pytest.raises(TableError, match="is larger than"):
        check_table(write(tmp_path, json.dumps([{"hr": "0.74"}]), "t.json"))


def test_counts_are_complete_though_findings_are_not_kept(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + f"{T_ACT}\n" * 500)
    report = check_table(path, most=10)
    assert (report.checked, report.total, len(report.findings)) == (500, 500, 10)
    assert "Only the first 10 are kept." in report.summary()


def test_thousands_of_rows(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + f"{TOGA}\n{T_ACT}\n" * 3000)
    report = check_table(path)
    assert report.checked == 6000
    assert report.by_rule == {"p-fits-interval": 3000}


def test_a_measure_for_all_rows(tmp_path: Path) -> None:
    path = write(tmp_path, "estimate,lower,upper,p\n-3.0,-5.1,-0.9,0.005\n")
    assert check_table(path, measure="MD").total == 0
    assert check_table(path, measure="HR").worst is Severity.ERROR


def test_defaults_of_headers() -> None:
    columns = map_columns(["HR", "80% CI", "p (one-sided)", "OS median control (weeks)", "shoe size"])
    assert columns.read(["0.91", "0.67 to 1.22", "0.33", "14", "43"]) == Estimate(
        measure="HR", estimate="0.91", lower="0.67", upper="1.22", level="80", p="0.33", sides="one",
        median_control="14", unit_control="weeks",
    )  # fmt: skip
    assert columns.ignored == ("shoe size",)
    assert columns.used["80% CI"] == "interval"
    # A cell speaks louder than its header.
    own = map_columns(["HR", "lower 95% CI", "upper", "level", "p"]).read(["1", "1", "1", "90", ""])
    assert own.level == "90"


def test_the_same_numbers_twice() -> None:
    columns = map_columns(["HR (90% CI)", "hr", "lower", "upper"])
    assert columns.ignored == ("HR (90% CI)",)
    assert columns.read(["0.91 (0.67-1.22)", "0.9", "0.7", "1.2"]) == Estimate(
        measure="HR", estimate="0.9", lower="0.7", upper="1.2", level="90"
    )


def test_side_values_give_way_to_the_comparison() -> None:
    columns = map_columns(["trial", "HR", "ORR (%)", "median PFS"])
    assert columns.ignored == ("ORR (%)", "median PFS")


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Hazard Ratio", "estimate"), ("HR_lower", "lower"), ("hr upper 95", "upper"), ("conf.low", "lower"),
        ("95%-CI", "interval"), ("OR (95% confidence interval)", "estimate and interval"), ("pValue", "p"),
        ("log-rank p", "p"), ("Sample size", "n"), ("n, experimental arm", "n_experimental"),
        ("control events", "events_control"), ("Median OS treatment", "median_experimental"),
        ("median_control_upper", "median_control_upper"), ("ORR (%) control", "percent_control"),
        ("Randomised", "enrolled"), ("NI margin", "margin"), ("Sidedness", "sides"), ("LCL95", "lower"),
        ("\uff30", "p"), ("Endpoint", "label"), ("responders", "events"), ("Coverage", "level"),
    ],
)  # fmt: skip
def test_headers(header: str, field: str) -> None:
    column = read_header(header)
    assert column is not None
    assert column.field == field


@pytest.mark.parametrize("header", ["", "colour", "standard error", "n (%)", "I2", "p for interaction?", "x" * 10_000])
def test_headers_that_say_nothing(header: str) -> None:
    assert read_header(header) is None
