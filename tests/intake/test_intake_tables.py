"""Filled-in templates: digits kept, terms by their names, and a line for whatever does not fit."""

from __future__ import annotations

import io
import zipfile

import pytest

from her2kg.intake.errors import IntakeError
from her2kg.intake.formatting import canonical, format_text
from her2kg.intake.sheets import read_rows
from her2kg.intake.tables import import_table
from her2kg.intake.template import COLUMNS, template_table, template_text, write_workbook
from her2kg.intake.vocabulary import load_vocabulary

openpyxl = pytest.importorskip("openpyxl")


@pytest.fixture(scope="module")
def vocabulary():
    return load_vocabulary()


def example(tmp_path, name="t.tsv", delimiter="\t", changes=()):
    text = template_text(delimiter, example=True)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / name
    path.write_text(text + "\n", encoding="utf-8")
    return str(path)


def body(draft):
    return canonical(draft.text, "draft")


def test_all_forms_say_the_same(tmp_path, vocabulary):
    write_workbook(str(tmp_path / "t.xlsx"), example=True)
    tsv = import_table(example(tmp_path), vocabulary)
    assert body(tsv) == body(import_table(example(tmp_path, "t.csv", ","), vocabulary))
    assert body(tsv) == body(import_table(example(tmp_path, "s.csv", ";"), vocabulary))
    assert body(tsv) == body(import_table(str(tmp_path / "t.xlsx"), vocabulary))
    assert set(tsv.report.column("fate")) == {"mapped"}
    assert tsv.todo == ()
    assert format_text(tsv.text) == tsv.text


def test_the_example_validates(tmp_path, vocabulary):
    from her2kg.validation import validate

    path = tmp_path / "draft.ttl"
    path.write_text(import_table(example(tmp_path), vocabulary).text, encoding="utf-8")
    assert [one for one in validate(None, [str(path)]) if one.file == str(path)] == []


def test_digits_are_kept(tmp_path, vocabulary):
    text = import_table(
        example(tmp_path, changes=[("0.84", "0.840"), ("1.10", "1.100"), ("0.20", "<0.001")]), vocabulary
    ).text
    for line in (
        "her2:value 0.840",
        'her2:valueText "0.840"',
        'her2:upperText "1.100"',
        'her2:pOperator "<"',
        'her2:valueText "8.90"',
    ):
        assert line in text


def test_numbers_typed_as_numbers(tmp_path, vocabulary):
    write_workbook(str(tmp_path / "t.xlsx"), example=True)
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    sheet = book["estimates"]
    head = [cell.value for cell in sheet[1]]
    value, upper = sheet.cell(2, head.index("value") + 1), sheet.cell(2, head.index("upper") + 1)
    value.value, value.number_format = 0.8, "General"
    upper.value, upper.number_format = 1.1, "0.00"
    book.save(tmp_path / "t.xlsx")
    made = import_table(str(tmp_path / "t.xlsx"), vocabulary)
    assert 'her2:valueText "0.8"' in made.text
    assert 'her2:upperText "1.10"' in made.text
    assert any("value: typed as a number" in todo for todo in made.todo)


def test_a_further_report_joins_what_the_graph_has(tmp_path, vocabulary):
    path = tmp_path / "e.tsv"
    head = [
        "record",
        "study",
        "source",
        "locator",
        "endpoint",
        "experimental",
        "control",
        "analysis_role",
        "timing",
        "measure",
        "value",
    ]
    cells = [
        "estimate",
        "TyTAN",
        "satoh-2014",
        "table 2",
        "OS",
        "experimental",
        "control",
        "primary",
        "final analysis",
        "hazard ratio",
        "0.84",
    ]
    path.write_text("\t".join(head) + "\n" + "\t".join(cells) + "\n", encoding="utf-8")
    text = import_table(str(path), vocabulary).text
    assert "her2:ofAnalysis kg:TyTAN-OS ;" in text
    assert "a her2:Analysis" not in text
    assert "a her2:RandomisedTrial" not in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("measure\tvalue", "measure\tvalu"), r"line 1: 'valu' is no column of the template; closest: value"),
        (("measure\tvalue", "measure\tmeasure"), "stands twice"),
        (("0.84", "=1+1"), r"line 6, column value: a formula"),
        (("0.84", "@SUM(A1)"), "a formula"),
        (("0.84", "+cmd|' /C calc'!A0"), "a formula"),
        (("0.84", "0,84"), "column value: '0,84' is no number"),
        (("hazard ratio", "hazard"), "column measure: 'hazard' is none of: .*hazard ratio"),
        (("phase III", "phase IX"), "line 3, column phase: 'phase IX' is none of"),
        (("2024-05", "yesterday"), "column known_from: 'yesterday' is no date"),
        (("\tyes\t", "\tperhaps\t"), "neither yes nor no"),
        (("0.20", "1.7"), "column p: '1.7' is no p value"),
        (("261", "261.5"), "no whole number"),
        (("estimate\tINVENTED-2\tnobody-2024", "estimate\tINVENTED-2\tsomebody-2024"), "no source 'somebody-2024'"),
        (("estimate\tINVENTED-2", "estimate\tOTHER-1"), "no study 'OTHER-1'"),
        (("overall survival\texperimental", "overall survival\tthird"), "no arm 'third'"),
        (("overall survival\texperimental", "\texperimental"), "column endpoint: empty"),
        (("estimate\tINVENTED-2", "guess\tINVENTED-2"), "'guess' is none of: source, study, arm, estimate"),
        (("record\t", "recrod\t"), "closest: record"),
        (("8.90\tmonths\t", "8.90\tmonths\t\textra"), "line 6: .* cells under"),
        (("abstract", '"abstract'), "line"),
    ],
)
def test_what_does_not_fit(tmp_path, vocabulary, change, said):
    path = example(tmp_path, changes=[change])
    with pytest.raises(IntakeError, match=said) as caught:
        import_table(path, vocabulary)
    assert path in str(caught.value)
    assert "\n" not in str(caught.value)


def test_formula_in_a_workbook(tmp_path, vocabulary):
    write_workbook(str(tmp_path / "t.xlsx"), example=True)
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    book["arms"]["B2"] = "=HYPERLINK(1)"
    book.save(tmp_path / "t.xlsx")
    with pytest.raises(IntakeError, match=r"t\.xlsx, arms B2: a formula"):
        import_table(str(tmp_path / "t.xlsx"), vocabulary)


def zipped(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.xlsx", b"PK\x03\x04 cut", "no workbook"),
        ("t.xlsx", b"\xd0\xcf\x11\xe0old", r"old \.xls form"),
        ("t.xlsx", zipped({"word/document.xml": "<x/>"}), "a zip file, but no workbook"),
        ("t.xlsx", zipped({"xl/workbook.xml": '<!DOCTYPE x [<!ENTITY a "b">]><x/>'}), "declares a document type"),
        ("t.xlsx", zipped({"xl/workbook.xml": "<x/>", "xl/big.xml": "0" * 140_000_000}), "unpacks to more"),
        ("t.xlsx", zipped({"xl/workbook.xml": "<x/>"}), "not a workbook that can be read"),
        ("t.tsv", b"", "empty"),
        ("t.tsv", b"\xff\xfea\x00", "UTF-16"),
        ("t.tsv", b"study\t\xe9", "line 1: byte 6 is not UTF-8"),
        ("t.tsv", b"just one line of prose\n", "no heading"),
        ("t.tsv", b"a\tb\n1\t2\n", "'a' is no column"),
        ("t.tsv", b"record\tstudy\n", "a heading and no rows"),
        ("t.ods", b"PK", r"expected \.tsv, \.csv or \.xlsx"),
        ("t.tsv", b"record\tstudy\nstudy\t" + b"x" * 200_000, "field larger"),
    ],
)
def test_foreign_and_hostile_files(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(IntakeError, match=said) as caught:
        read_rows(str(path))
    assert "\n" not in str(caught.value)


def test_a_truncated_workbook(tmp_path):
    write_workbook(str(tmp_path / "t.xlsx"), example=True)
    whole = (tmp_path / "t.xlsx").read_bytes()
    for share in (0.1, 0.5, 0.9, 0.99):
        (tmp_path / "cut.xlsx").write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(IntakeError, match="workbook"):
            read_rows(str(tmp_path / "cut.xlsx"))


def test_template_explains_itself(tmp_path):
    text = template_text()
    for column in COLUMNS:
        assert f"# {column.name} [" in text
    assert len(template_table()) == len(COLUMNS)
    path = tmp_path / "t.tsv"
    path.write_text(text + "\n", encoding="utf-8")
    with pytest.raises(IntakeError, match="a heading and no rows"):
        read_rows(str(path))
