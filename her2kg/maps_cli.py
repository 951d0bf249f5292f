"""The command of the maps. Loaded when it is called."""

from __future__ import annotations

import click

from her2kg.cli import endpoint_option, load_graph


@click.command("map")
@click.argument("kind", type=click.Choice(("evidence", "timeline", "mechanisms", "network")))
@click.option("--line", metavar="LINE", help="Only this line of therapy: 1, 2, 'second line' ...")
@click.option("--agent", metavar="AGENT", help="Only what tests this agent, or resists it.")
@click.option("--as-of", metavar="DATE", help="Only what was known on a day (YYYY-MM-DD, YYYY-MM or YYYY).")
@click.option("--data", multiple=True, metavar="FILE", help="Lay a Turtle file of your own over the graph.")
@endpoint_option
@click.option(
    "--theme",
    type=click.Choice(("auto", "light", "dark")),
    default="auto",
    show_default=True,
    help="For a light or dark page; auto follows the reader's.",
)
@click.option("--width", type=click.IntRange(1, 10_000), metavar="PIXELS", help="Of the figure.")
@click.option("--csv", "csv_file", metavar="FILE", help="Write the data behind the figure as well.")
@click.option("-o", "--output", metavar="FILE", help="Write to a file: .svg, .pdf or .png; else SVG is printed.")
def map_(
    kind: str,
    line: str | None,
    agent: str | None,
    as_of: str | None,
    data: tuple[str, ...],
    endpoint: str | None,
    theme: str,
    width: int | None,
    csv_file: str | None,
    output: str | None,
) -> None:
    """Draw a map of the evidence.

    \b
    evidence    agents by line of therapy, each comparison with its verdict and size
    timeline    what became known of each trial on which day; approvals, verdicts
    mechanisms  resistance: genes, pathways, evidence by system, strategies
    network     which regimen was set against which, by line of therapy

    \b
    Example: her2kg map evidence --line 2 --as-of 2020-04-30
    """
    from her2kg.figures.maps import drawn
    from her2kg.figures.saving import form_of
    from her2kg.files import write_atomically

    if output is not None:
        form_of(output)
    figure = drawn(load_graph(data, endpoint), kind, as_of=as_of, line=line, agent=agent, width=width)
    if csv_file is not None:
        write_atomically(csv_file, figure.csv)
    if output is not None:
        figure.save(output, theme)
    else:
        click.echo(figure.svg(theme).encode(), nl=False)
