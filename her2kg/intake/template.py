"""The tables a clinician fills in: which columns there are, what goes into them, and an empty table to start from.

One file holds all: a column ``record`` says what a row describes. One file and not one per kind of record, because
rows refer to each other by name, and parts of a trial that travel in three files get parted. In a workbook each kind
has a sheet of its own, and the column can be left out.
"""

from __future__ import annotations

import csv
import io
from typing import NamedTuple

from her2kg.intake.errors import IntakeError
from her2kg.tables import Column as TableColumn
from her2kg.tables import Table

RECORDS = ("source", "study", "arm", "estimate")
SHEETS = {"source": "sources", "study": "studies", "arm": "arms", "estimate": "estimates"}


class Column(NamedTuple):
    """A column of the template.

    Parameters
    ----------
    name : its heading
    records : the kinds of row that use it; those that need it end in "!"
    meaning : what goes into it
    term : class of the ontology whose terms it takes, by label, alias or CURIE
    """

    name: str
    records: tuple[str, ...]
    meaning: str
    term: str = ""

    def used_by(self, record: str) -> bool:
        """Whether a kind of row has this column."""
        return record in self.records or self.needed_by(record)

    def needed_by(self, record: str) -> bool:
        """Whether a kind of row cannot do without it."""
        return f"{record}!" in self.records


COLUMNS = (
    Column("record", (), "source, study, arm or estimate"),
    Column(
        "study",
        ("study!", "arm!", "estimate!"),
        "the study's acronym or registry number, the same in every row about it",
    ),
    Column(
        "source", ("source!", "study!", "arm!", "estimate!"), "name of the source (smith-2024), its PMID or its DOI"
    ),
    Column("locator", ("study!", "arm!", "estimate!"), "place in the source: abstract, table 2, page 7"),
    Column("label", ("source!", "arm"), "how a reader is to see it: Smith et al., Lancet 2024"),
    Column("source_type", ("source!",), "journal article, congress abstract, registry record ...", "SourceType"),
    Column("title", ("source",), "title of the publication"),
    Column("first_author", ("source",), "Smith AB"),
    Column("journal", ("source",), "journal, congress or site"),
    Column("doi", ("source",), "10.1000/xyz, without https://doi.org/"),
    Column("pmid", ("source",), "digits"),
    Column("url", ("source",), "https://..."),
    Column("printed_date", ("source",), "date as printed"),
    Column("known_from", ("source!",), "first day it was public: 2024-05-31, or 2024-05, or 2024"),
    Column("registry", ("study",), "NCT01234567; several with ;"),
    Column("kind", ("study!",), "randomised trial, single-arm trial, cohort study", ""),
    Column("phase", ("study",), "phase III", "Phase"),
    Column("line", ("study",), "first line, second line, third line", "LineOfTherapy"),
    Column("setting", ("study",), "advanced disease", "Setting"),
    Column("blinding", ("study",), "open-label, double-blind", "Blinding"),
    Column("her2_selection", ("study",), "how the study selects by HER2", "SelectionRule"),
    Column("confirmatory", ("study",), "yes, if it was designed to test efficacy; else no"),
    Column("arm", ("arm!",), "short name, used by estimates: experimental, control"),
    Column("arm_role", ("arm!",), "experimental arm, control arm, only arm", "ArmRole"),
    Column("agents", ("arm!",), "trastuzumab + cisplatin + capecitabine or fluorouracil"),
    Column("n", ("study", "arm"), "participants enrolled, or allocated to the arm"),
    Column("endpoint", ("estimate!",), "overall survival, PFS, ORR ...", "Endpoint"),
    Column("experimental", ("estimate!",), "name of the experimental (or only) arm"),
    Column("control", ("estimate",), "name of the control arm"),
    Column("population", ("estimate",), "who was analysed; ITT if left empty"),
    Column("population_kind", ("estimate",), "intention-to-treat, subgroup ...", "PopulationKind"),
    Column("analysis_role", ("estimate!",), "primary, co-primary, secondary, exploratory", "AnalysisRole"),
    Column("framework", ("estimate",), "superiority, non-inferiority, estimation", "Framework"),
    Column("margin", ("estimate",), "non-inferiority margin"),
    Column("timing", ("estimate!",), "final analysis, later follow-up ...", "Timing"),
    Column("alpha", ("estimate",), "significance level, only if the source states it"),
    Column("alpha_sides", ("estimate",), "one-sided or two-sided, as stated", "Sidedness"),
    Column("measure", ("estimate",), "hazard ratio, odds ratio, risk ratio", "EffectMeasure"),
    Column("value", ("estimate",), "0.74, with the digits of the source"),
    Column("lower", ("estimate",), "lower limit"),
    Column("upper", ("estimate",), "upper limit"),
    Column("level", ("estimate",), "95: percent, as stated"),
    Column("p", ("estimate",), "0.0046 or <0.001"),
    Column("p_sides", ("estimate",), "one-sided or two-sided, only as stated", "Sidedness"),
    Column("statistic", ("estimate",), "of the values per arm: median, proportion", "Statistic"),
    Column("experimental_value", ("estimate",), "value in the experimental (or only) arm"),
    Column("control_value", ("estimate",), "value in the control arm"),
    Column("unit", ("estimate",), "months, percent, patients", "Unit"),
    Column("note", RECORDS, "anything a reader must know, in your own words"),
)
BY_NAME = {column.name: column for column in COLUMNS}

_EXAMPLE: tuple[dict[str, str], ...] = (
    {
        **{
            "record": "source",
            "source": "nobody-2024",
            "label": "Nobody et al., J Inv Ex 2024",
            "source_type": "journal article",
        },
        **{"doi": "10.5555/invented.2", "known_from": "2024-05"},
    },
    {
        **{
            "record": "study",
            "study": "INVENTED-2",
            "source": "nobody-2024",
            "locator": "abstract",
            "registry": "NCT99900002",
            "kind": "randomised trial",
        },
        **{
            "phase": "phase III",
            "line": "second line",
            "setting": "advanced disease",
            "blinding": "open-label",
            "her2_selection": "IHC 3+ or ISH+",
        },
        **{"confirmatory": "yes", "n": "261"},
    },
    {
        **{
            "record": "arm",
            "study": "INVENTED-2",
            "source": "nobody-2024",
            "locator": "abstract",
            "arm": "experimental",
            "arm_role": "experimental arm",
        },
        **{"agents": "lapatinib + paclitaxel", "n": "132"},
    },
    {
        **{
            "record": "arm",
            "study": "INVENTED-2",
            "source": "nobody-2024",
            "locator": "abstract",
            "arm": "control",
            "arm_role": "control arm",
        },
        **{"agents": "paclitaxel", "n": "129"},
    },
    {
        **{
            "record": "estimate",
            "study": "INVENTED-2",
            "source": "nobody-2024",
            "locator": "abstract",
            "endpoint": "overall survival",
        },
        **{
            "experimental": "experimental",
            "control": "control",
            "population": "ITT",
            "analysis_role": "primary",
            "framework": "superiority",
        },
        **{
            "timing": "final analysis",
            "measure": "hazard ratio",
            "value": "0.84",
            "lower": "0.64",
            "upper": "1.10",
            "level": "95",
            "p": "0.20",
        },
        **{
            "p_sides": "two-sided",
            "statistic": "median",
            "experimental_value": "11.0",
            "control_value": "8.90",
            "unit": "months",
        },
    },
)


def columns_of(record: str) -> list[Column]:
    """Return the columns of a kind of record."""
    return [column for column in COLUMNS if column.used_by(record)]


def template_text(delimiter: str = "\t", *, example: bool = False) -> str:
    """Return the table to fill in, explained in comment lines; or the heading with an invented trial as example."""
    out = io.StringIO()
    if not example:
        out.write(
            "# her2kg template: fill in below the heading; lines that start with # are not read. Empty means: the "
            "source does not say.\n"
        )
        out.write(
            "# Write numbers with the digits of the source: 0.60, not 0.6. Columns with ! must be filled for that "
            "kind of record.\n"
        )
        for column in COLUMNS:
            out.write(f"# {column.name} [{' '.join(column.records) or 'every row'}]: {column.meaning}\n")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow([column.name for column in COLUMNS])
    for row in _EXAMPLE if example else ():
        writer.writerow([row.get(column.name, "") for column in COLUMNS])
    return out.getvalue().rstrip("\n")


def template_table() -> Table:
    """Return the columns as a table for a reader."""
    head = (
        TableColumn("column", "Column"),
        TableColumn("records", "In rows of"),
        TableColumn("meaning", "What goes in"),
    )
    return Table(
        head, tuple((column.name, " ".join(column.records) or "every row", column.meaning) for column in COLUMNS)
    )


def write_workbook(path: str, *, example: bool = False) -> None:
    """Write the template as a workbook: a sheet per kind of record, cells that keep digits, and a sheet that explains.

    Raises
    ------
    IntakeError : openpyxl is not installed, or the place cannot be written
    """
    try:
        import openpyxl
    except ImportError:
        raise IntakeError("a workbook needs openpyxl: pip install openpyxl, or use the TSV template") from None
    book = openpyxl.Workbook()
    book.remove(book.active)
    for record in RECORDS:
        sheet = book.create_sheet(SHEETS[record])
        columns = columns_of(record)
        sheet.append([column.name for column in columns])
        for row in _EXAMPLE if example else ():
            if row["record"] == record:
                sheet.append([row.get(column.name, "") for column in columns])
        for cells in sheet.iter_rows(min_row=1, max_row=200, max_col=len(columns)):
            for cell in cells:
                cell.number_format = "@"
        sheet.freeze_panes = "A2"
    sheet = book.create_sheet("columns")
    sheet.append(["column", "records", "meaning"])
    for column in COLUMNS[1:]:
        sheet.append([column.name, " ".join(column.records), column.meaning])
    try:
        book.save(path)
    except OSError as error:
        raise IntakeError(f"{path}: cannot write: {error.strerror}") from None
