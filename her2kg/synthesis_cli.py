"""The command of synthesis. Loaded when it is called."""

from __future__ import annotations

import click

from her2kg.cli import FORMATS, emit, load_graph, parted


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
@click.option(
    "--method",
    type=click.Choice(("ee", "dl", "reml", "pm")),
    default="reml",
    show_default=True,
    help="Equal effect, DerSimonian-Laird, REML or Paule-Mandel.",
)
@click.option("--hksj", is_flag=True, help="Hartung-Knapp-Sidik-Jonkman interval; three studies or more.")
@click.option(
    "--prediction",
    type=click.Choice(("hts", "same")),
    default="hts",
    show_default=True,
    help="Prediction interval: t with k - 2 degrees of freedom, or the quantile of the pooled interval.",
)
@click.option(
    "--assume-level", type=float, metavar="PERCENT", help="Level of intervals that state none, else left out."
)
@click.option("--force", is_flag=True, help="Pool what should not be pooled; every objection is printed as a warning.")
@click.option("--leave-one-out", "leave", is_flag=True, help="Add the pools without each study in turn.")
@click.option("--cumulative", "add_up", is_flag=True, help="Add the pools as studies became known.")
@click.option("--r", "r_file", metavar="FILE", help="Write an R script that reproduces the pool with metafor.")
@click.option("--csv", "csv_file", metavar="FILE", help="Write the estimates as a table for metafor.")
@click.option("--as-of", metavar="DATE", help="Only what was known on a day (YYYY-MM-DD, YYYY-MM or YYYY).")
@click.option("--data", multiple=True, metavar="FILE", help="Lay a Turtle file of your own over the graph.")
@click.option("-o", "--output", metavar="FILE", help="Write to a file instead of standard output.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="How to print.")
def synthesize(
    endpoints: tuple[str, ...],
    line: str | None,
    population: str,
    agent: str | None,
    studies: tuple[str, ...],
    method: str,
    hksj: bool,
    prediction: str,
    assume_level: float | None,
    force: bool,
    leave: bool,
    add_up: bool,
    r_file: str | None,
    csv_file: str | None,
    as_of: str | None,
    data: tuple[str, ...],
    output: str | None,
    form: str,
) -> None:
    """Pool the ratios of studies that ask the same question; refuse to pool those that do not.

    Different agents, controls, endpoints, measures, settings or designs, and patients counted twice, are refused with
    exit code 2; --force pools them with a warning for each objection. A pool is no verdict.

    \b
    Example: her2kg synthesize --endpoint OS --line 1 --method dl --force
    """
    from her2kg.files import write_atomically
    from her2kg.synthesis.running import synthesize as run

    endpoint, store = parted(endpoints)
    result = run(
        load_graph(data, store),
        endpoint=endpoint,
        line=line,
        population=population,
        agent=agent,
        study=studies or None,
        as_of=as_of,
        assume_level=assume_level,
        method=method,
        hksj=hksj,
        prediction=prediction,
        force=force,
        with_leave_one_out=leave,
        with_cumulative=add_up,
    )
    for path, text in ((csv_file, result.csv), (r_file, result.r)):
        if path is not None:
            write_atomically(path, text())
    for note in result.pooled.notes:
        click.echo(f"Warning: {note}", err=True)
    emit(result.render(form), output)
