"""The command of forest plots. Loaded when it is called."""

from __future__ import annotations

import shutil
import sys

import click

from her2kg.cli import emit, load_graph, parted
from her2kg.figures.theme import THEMES


@click.command()
@click.option(
    "--endpoint",
    "endpoints",
    required=True,
    multiple=True,
    metavar="ENDPOINT",
    help="OS, PFS, 'overall survival' ...; a second one may be the URL of a store, see her2kg deploy.",
)
@click.option("--line", metavar="LINE", help="Only this line of therapy: 1, 2, 'second line' ...")
@click.option(
    "--population",
    default="main",
    show_default=True,
    metavar="POPULATION",
    help="'main' (of each trial's main analysis), 'any', a kind such as subgroup, or a population's name.",
)
@click.option("--agent", metavar="AGENT", help="Only comparisons that test this agent.")
@click.option("--study", "studies", multiple=True, metavar="STUDY", help="Only this study; may be repeated.")
@click.option("--subgroups", metavar="STUDY", help="One study: its main analysis and its subgroups.")
@click.option(
    "--method",
    type=click.Choice(("ee", "dl", "reml", "pm")),
    default="reml",
    show_default=True,
    help="Equal effect, DerSimonian-Laird, REML or Paule-Mandel.",
)
@click.option("--no-pool", is_flag=True, help="No pooled estimates, even where they are allowed.")
@click.option("--force", is_flag=True, help="Pool what should not be pooled; every objection is printed as a warning.")
@click.option(
    "--assume-level", type=float, metavar="PERCENT", help="Level of intervals that state none; else without weight."
)
@click.option("--as-of", metavar="DATE", help="Only what was known on a day (YYYY-MM-DD, YYYY-MM or YYYY).")
@click.option("--data", multiple=True, metavar="FILE", help="Lay a Turtle file of your own over the graph.")
@click.option(
    "--theme",
    type=click.Choice(THEMES),
    default="auto",
    show_default=True,
    help="Colours; auto follows the reader's device in SVG, and is light in PDF and PNG.",
)
@click.option("--width", type=click.IntRange(1, 10_000), metavar="PIXELS", help="Of the figure.  [default: 960]")
@click.option("--csv", "csv_file", metavar="FILE", help="Write the data behind the figure as well.")
@click.option("-o", "--output", metavar="FILE", help="Write to a file: .svg, .pdf or .png.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "svg")),
    help="On standard output.  [default: text on a terminal, else svg]",
)
def forest(
    endpoints: tuple[str, ...],
    line: str | None,
    population: str,
    agent: str | None,
    studies: tuple[str, ...],
    subgroups: str | None,
    method: str,
    no_pool: bool,
    force: bool,
    assume_level: float | None,
    as_of: str | None,
    data: tuple[str, ...],
    theme: str,
    width: int | None,
    csv_file: str | None,
    output: str | None,
    form: str | None,
) -> None:
    """Draw the estimates of trials as a forest plot, by line of therapy; or one trial by subgroup.

    Pools what the guards of synthesize allow; where they refuse, the plot stands without a diamond and says why.

    \b
    Example: her2kg forest --endpoint OS --line 2 --format text
    """
    from her2kg.figures.forest import assembled
    from her2kg.figures.forest_csv import to_csv
    from her2kg.figures.forest_rows import by_line, by_subgroup
    from her2kg.figures.forest_scene import WIDTH, draw
    from her2kg.figures.forest_text import COLUMNS, to_text
    from her2kg.figures.saving import form_of, save
    from her2kg.figures.svg import to_svg
    from her2kg.files import write_atomically

    endpoint, store = parted(endpoints)
    if no_pool and force:
        raise click.UsageError("--no-pool and --force contradict each other: give one")
    if subgroups and (line or agent or studies or population != "main"):
        raise click.UsageError("--subgroups shows one study: leave out --line, --agent, --study and --population")
    if output is not None:
        form_of(output)
        if form:
            raise click.UsageError("the name after -o says the format: leave out --format")
    terminal = sys.stdout.isatty()
    as_text = output is None and (form or ("text" if terminal else "svg")) == "text"
    if as_text and (width is not None or theme != "auto"):
        raise click.UsageError("--width and --theme are for a figure: add -o FILE or --format svg")
    kg = load_graph(data, store)
    if subgroups:
        plain = by_subgroup(kg, subgroups, endpoint=endpoint, as_of=as_of, assume_level=assume_level)
    else:
        plain = by_line(
            kg,
            endpoint=endpoint,
            line=line,
            population=population,
            agent=agent,
            study=studies or None,
            as_of=as_of,
            assume_level=assume_level,
        )
    plot = assembled(plain, method=method, pools=not no_pool, force=force)
    for warning in plot.warnings:
        click.echo(f"Warning: {warning}", err=True)
    if csv_file is not None:
        write_atomically(csv_file, to_csv(plot))
    if as_text:
        columns = shutil.get_terminal_size().columns if terminal else COLUMNS
        emit(to_text(plot, columns, sys.stdout.encoding or "ascii"), None)
    elif output is None:
        click.echo(to_svg(draw(plot, width or WIDTH), theme).encode(), nl=False)
    else:
        save(draw(plot, width or WIDTH), output, theme)
