"""The commands of curation: import, template, add, diff, fmt. Loaded when one of them is called."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from her2kg.cli import FORMATS, emit, user_files

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _deliver(draft: Any, output: str | None, report: str | None) -> None:
    """Write a draft and its account; say on standard error what is open and what was left out."""
    emit(draft.text.rstrip("\n"), output)
    if report:
        ending = os.path.splitext(report)[1].lower().lstrip(".")
        emit(draft.report.render(ending if ending in FORMATS else "text"), None if report == "-" else report)
    click.echo(draft.summary(), err=True)
    for reason, count in draft.gaps():
        click.echo(f"  not mapped, {count}: {reason}", err=True)
    if output and not report:
        click.echo("  field by field: --report FILE.tsv (or .json, .csv, .md)", err=True)


def _drafting(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options every import has."""
    for option in (
        click.option("-o", "--output", metavar="FILE", help="Write the draft to a file instead of standard output."),
        click.option("--report", metavar="FILE", help="Write what became of every field; the ending says how."),
        click.option("--data", metavar="DIR", help="Your data folder, so that its names are known; else HER2KG_DATA."),
    ):
        command = option(command)
    return command


@click.group("import")
def import_() -> None:
    """Make a draft of a registry record, of PubMed records, or of a filled-in table.

    A draft is Turtle with a TODO for every decision that takes a person. Then: her2kg validate FILE, her2kg add FILE.

    \b
    Example: her2kg import ctgov NCT01234567.json -o draft.ttl --report fields.tsv
    """


@import_.command()
@click.argument("file")
@click.option("--line", default="", help="Line of therapy: first, second, third ...")
@click.option("--selection", default="", help="HER2 selection, by label.")
@click.option("--setting", default="", help="Setting, by label: advanced disease ...")
@click.option("--timing", default="", help="Timing of all analyses: final analysis ...")
@click.option("--confirmatory/--not-confirmatory", default=None, help="Whether it was designed to test efficacy.")
@click.option("--events", default="all", show_default=True, help="Adverse events: all, serious, or totals.")
@_drafting
def ctgov(
    file: str,
    line: str,
    selection: str,
    setting: str,
    timing: str,
    confirmatory: bool | None,
    events: str,
    data: str | None,
    output: str | None,
    report: str | None,
) -> None:
    """Make a draft of a ClinicalTrials.gov record: JSON of API v2, with or without results.

    The options answer what a record does not say; what is not answered is a TODO in the draft.

    \b
    Example: her2kg import ctgov NCT01234567.json --line second --confirmatory -o draft.ttl
    """
    from her2kg.intake.ctgov import import_ctgov, make_answers
    from her2kg.intake.vocabulary import load_vocabulary

    vocabulary = load_vocabulary(user_files(data))
    answers = make_answers(
        vocabulary,
        line=line,
        selection=selection,
        setting=setting,
        timing=timing,
        confirmatory=confirmatory,
        events=events,
    )
    _deliver(import_ctgov(file, answers, vocabulary), output, report)


@import_.command()
@click.argument("file")
@_drafting
def pubmed(file: str, data: str | None, output: str | None, report: str | None) -> None:
    """Make a draft of sources from PubMed records: XML as efetch gives it.

    \b
    Example: her2kg import pubmed records.xml -o sources.ttl
    """
    from her2kg.intake.pubmed import import_pubmed
    from her2kg.intake.vocabulary import load_vocabulary

    _deliver(import_pubmed(file, load_vocabulary(user_files(data))), output, report)


@import_.command()
@click.argument("file")
@_drafting
def table(file: str, data: str | None, output: str | None, report: str | None) -> None:
    """Make a draft of a filled-in template: .tsv, .csv or .xlsx; see her2kg template.

    \b
    Example: her2kg import table trials.tsv -o draft.ttl
    """
    from her2kg.intake.tables import import_table
    from her2kg.intake.vocabulary import load_vocabulary

    _deliver(import_table(file, load_vocabulary(user_files(data))), output, report)


@click.command()
@click.option("--example", is_flag=True, help="Print an invented trial, filled in.")
@click.option("--columns", is_flag=True, help="Print what goes into each column.")
@click.option(
    "--format", "form", type=click.Choice(("tsv", "csv")), default="tsv", show_default=True, help="How to print."
)
@click.option("-o", "--output", metavar="FILE", help="Write to a file; .xlsx makes a workbook.")
def template(example: bool, columns: bool, form: str, output: str | None) -> None:
    """Print the table a clinician fills in: sources, studies, arms, estimates.

    \b
    Example: her2kg template --example
    """
    from her2kg.intake import template as tables

    if columns:
        emit(tables.template_table().render("text"), output)
    elif output and output.lower().endswith(".xlsx"):
        tables.write_workbook(output, example=example)
    else:
        emit(tables.template_text("," if form == "csv" else "\t", example=example), output)


@click.command()
@click.argument("drafts", nargs=-1, required=True, metavar="DRAFT...")
@click.option("--data", metavar="DIR", help="Your data folder; else HER2KG_DATA.")
@click.option("--acknowledge", is_flag=True, help="Add although the checks have findings; they are printed.")
@click.option("--wait", default=60.0, show_default=True, help="Seconds to wait for another writer.")
def add(drafts: tuple[str, ...], data: str | None, acknowledge: bool, wait: float) -> None:
    """Merge drafts into your data folder, or into a graph made by her2kg build: all or nothing, and never twice.

    Exit code 1 if validation or checks refuse; 2 if a draft clashes with the data, or cannot be read.

    \b
    Example: her2kg add draft.ttl --data my-data
    """
    from her2kg.built import is_built
    from her2kg.intake.adding import add as merge
    from her2kg.intake.adding import data_folder
    from her2kg.intake.errors import RefusedError

    folder = data_folder(data)
    try:
        if is_built(folder):
            from her2kg.building.updating import add as put_in

            result = put_in(drafts, folder, acknowledge=acknowledge, wait=wait)
        else:
            result = merge(drafts, folder, validate=_violations, check=_findings, acknowledge=acknowledge, wait=wait)
    except RefusedError as error:
        for line in error.findings:
            click.echo(line, err=True)
        click.echo(str(error).partition("; the first:")[0], err=True)
        raise SystemExit(1) from None
    for line in result.acknowledged:
        click.echo(f"acknowledged: {line}", err=True)
    click.echo(result.summary())


def _violations(files: Sequence[str]) -> list[str]:
    """Return what the shapes find violated in the user's files laid over the shipped data."""
    from her2kg.validation import validate as run

    return [str(finding) for finding in run(None, files) if finding.severity == "Violation"]


def _findings(files: Sequence[str]) -> list[str]:
    """Return the warnings of the statistical checks on reports that the user's files describe."""
    import pyoxigraph as ox

    from her2kg.compiler import compile_graph
    from her2kg.consistency.findings import Severity
    from her2kg.engine import parse_turtle
    from her2kg.inspection import inspect
    from her2kg.terms import curie

    mine = {
        curie(quad.subject.value)
        for path in files
        for quad in parse_turtle(path)
        if isinstance(quad.subject, ox.NamedNode)
    }
    found = [located for located in inspect(compile_graph(tuple(files))) if curie(located.report) in mine]
    return [
        f"{curie(one.report)}: {one.finding.severity.value}: {one.finding.explanation} ({one.finding.rule})"
        for one in found
        if one.finding.severity is not Severity.INFO
    ]


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--over-shipped", is_flag=True, help="Lay both over the shipped data, as your own data are.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "md")),
    default="text",
    show_default=True,
    help="How to print.",
)
@click.option("-o", "--output", metavar="FILE", help="Write to a file instead of standard output.")
def diff(old: str, new: str, over_shipped: bool, form: str, output: str | None) -> None:
    """Tell two states of the data apart: estimates that changed, things that came or went, verdicts that flip.

    A state is a Turtle file, a folder of them, or a checkout of her2kg.

    \b
    Example: her2kg diff old-data my-data --over-shipped
    """
    from her2kg.intake.comparing import compare

    emit(compare(old, new, over_shipped=over_shipped).render(form), output)


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit code 1 if a file would change.")
def fmt(files: tuple[str, ...], only_check: bool) -> None:
    """Bring Turtle data files into the one form: a block per subject, predicates in order, comments kept.

    \b
    Example: her2kg fmt --check draft.ttl
    """
    from her2kg.files import write_atomically
    from her2kg.intake.formatting import format_file

    pairs = [(path, *format_file(path)) for path in files]  # all are read before any is written
    changed = [(path, new) for path, old, new in pairs if old != new]
    for path, new in changed:
        if not only_check:
            write_atomically(path, new)
        click.echo(f"{'would change' if only_check else 'formatted'}: {path}", err=True)
    raise SystemExit(1 if only_check and changed else 0)
