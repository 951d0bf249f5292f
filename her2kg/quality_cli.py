"""The commands of quality: check, rules, validate, coverage. Loaded when one of them is called."""

from __future__ import annotations

import click

from her2kg.cli import FORMATS, emit, endpoint_option, load_graph, user_files


@click.command()
@click.argument("file", required=False)
@click.option("--template", is_flag=True, help="Print a table to fill in, as CSV.")
@click.option(
    "--measure", metavar="MEASURE", default="", help="What rows measure that do not say it: HR, OR, median ..."
)
@click.option(
    "--severity",
    type=click.Choice(("info", "warning", "error")),
    default="info",
    show_default=True,
    help="The least severity shown as text.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "sarif", "html")),
    default="text",
    show_default=True,
    help="How to print.",
)
@endpoint_option
@click.option("--html", is_flag=True, help="The same as --format html.")
@click.option("-o", "--output", metavar="FILE", help="Write to a file instead of standard output.")
def check(
    file: str | None,
    template: bool,
    measure: str,
    severity: str,
    form: str,
    endpoint: str | None,
    html: bool,
    output: str | None,
) -> None:
    """Check printed statistics for what does not fit: in the shipped graph, or in a table of your own.

    The table can be of any field: .csv, .tsv, .json or .xlsx with columns named estimate, lower, upper, p and so on,
    in any order; see --template. Exit code 1 if a table of your own has warnings or errors.

    \b
    Example: her2kg check --severity warning
    """
    from her2kg import checking

    if template:
        emit(checking.template().rstrip("\n"), output)
        return
    if file and endpoint:
        raise click.UsageError("a table of your own needs no store: leave --endpoint out")
    graph = None if file else load_graph(endpoint=endpoint)
    report = checking.check_graph(graph) if graph else checking.check_file(str(file), measure)
    emit(checking.render(report, "html" if html else form, severity), output)
    raise SystemExit(1 if file and checking.has_warnings(report) else 0)


@click.command()
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="How to print.")
def rules(form: str) -> None:
    """List every rule: derivations of verdicts, statistical checks, SHACL shapes.

    \b
    Example: her2kg rules
    """
    from her2kg.checking import all_rules

    click.echo(all_rules().render(form))


@click.command()
@click.option("--page", is_flag=True, help="Print the page docs/coverage.md.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="How to print.")
@click.option("-o", "--output", metavar="FILE", help="Write to a file instead of standard output.")
def coverage(page: bool, form: str, output: str | None) -> None:
    """Show which claims of the review are represented, by what, and which of its references are resolved.

    \b
    Example: her2kg coverage
    """
    from her2kg.coverage import coverage as cover
    from her2kg.coverage import coverage_page

    kg = load_graph()
    emit((coverage_page(kg) if page else cover(kg).render(form)).rstrip("\n"), output)


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@endpoint_option
@click.option("--info", is_flag=True, help="List what is only worth knowing too.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="How to print.")
def validate(files: tuple[str, ...], endpoint: str | None, info: bool, form: str) -> None:
    """Validate the shipped data, or Turtle files of your own laid over it: shapes, statistical checks, vocabulary.

    With --endpoint, what that store holds; its findings name no file and line. Large files are cut into studies and
    their neighbours, which are validated over all processors.

    Exit code 1 if anything is violated. What a source prints is never a violation: such findings are warnings.

    \b
    Example: her2kg validate
    """
    from her2kg.quality import as_text, quality, quality_of_store, violated

    try:
        if endpoint is None:
            report = quality((*user_files(), *files), info=info)
        else:
            report = quality_of_store(load_graph(files, endpoint), info=info)
    except KeyboardInterrupt:
        click.echo("stopped: nothing is kept; run the same again", err=True)
        raise SystemExit(130) from None
    click.echo(as_text(report) if form == "text" else report.render(form))
    raise SystemExit(1 if violated(report) else 0)
