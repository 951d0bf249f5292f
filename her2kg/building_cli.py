"""The command for graphs larger than memory: build. Loaded when it is called."""

from __future__ import annotations

import click


@click.command()
@click.argument("folder")
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option("--processes", type=click.IntRange(1), help="How many work at a time; one per processor if not given.")
def build(folder: str, files: tuple[str, ...], processes: int | None) -> None:
    """Build a graph on disk of the shipped data and Turtle (.ttl) or N-Triples (.nt) files of any size.

    Verdicts, checks and shapes run study by study. A build that was stopped goes on where it was. Ask the graph with
    --data FOLDER or HER2KG_DATA=FOLDER, and put new studies in with her2kg add. Exit code 1 if a shape is violated:
    FOLDER/violations.tsv lists them.

    \b
    Example: her2kg build my-graph trials.nt
    """
    from her2kg.building.making import WORKING
    from her2kg.building.making import build as make
    from her2kg.built import VIOLATIONS

    try:
        summary = make(folder, files, processes or 0)
    except KeyboardInterrupt:
        click.echo(f"stopped; what is done is kept in {folder}/{WORKING}: run the same again to go on", err=True)
        raise SystemExit(130) from None
    found = ", ".join(f"{n:,} {level.lower()}{'s' * (n != 1)}" for level, n in summary.findings.items() if n)
    click.echo(
        f"{summary.graph.studies:,} studies, {summary.graph.triples:,} triples; shapes: "
        f"{f'{found} ({folder}/{VIOLATIONS})' if found else 'nothing found'}"
    )
    raise SystemExit(1 if summary.findings["Violation"] else 0)
