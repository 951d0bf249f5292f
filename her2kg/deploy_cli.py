"""The command that writes what other SPARQL engines are loaded from. Loaded when it is called."""

from __future__ import annotations

import click

from her2kg.cli import load_graph
from her2kg.deploying import deployment, engines


@click.command(epilog=f"Engines: {', '.join(engines())}.")
@click.argument("engine", type=click.Choice(engines()), metavar="ENGINE")
@click.option("--data", multiple=True, metavar="FILE", help="Lay a Turtle file of your own over the graph.")
@click.option("-o", "--output", required=True, metavar="FOLDER", help="The folder to write.")
def deploy(engine: str, data: tuple[str, ...], output: str) -> None:
    """Write the graph, and how to load it, for a SPARQL engine of your own.

    The folder holds her2kg.nt, which is ontology, data, everything derived and look-up keys of names; the derived
    triples once more, for a named graph; and load.sh, with the settings of the engine. See docs/deploying.md.
    Then ask it with --endpoint.

    \b
    Example: her2kg deploy oxigraph -o store
    """
    from her2kg.files import write_folder

    write_folder(output, deployment(load_graph(data).engine, engine))
    click.echo(f"{output}: now read and run load.sh there", err=True)
