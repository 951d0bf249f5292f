"""The command of the explorer as files. Loaded when it is called."""

from __future__ import annotations

import click

from her2kg.cli import load_graph


@click.command()
@click.option("--data", multiple=True, metavar="FILE", help="Lay a Turtle file of your own over the graph.")
@click.option(
    "-o", "--output", required=True, metavar="PATH", help="A folder, or one file where the name ends with .html."
)
def site(data: tuple[str, ...], output: str) -> None:
    """Write the explorer: pages over the graph that run in a browser, offline, without a server.

    \b
    Example: her2kg site -o her2kg.html
    """
    from her2kg.explorer.site import PAGE, files, page
    from her2kg.files import write_atomically, write_folder

    found = files(load_graph(data))
    if output.casefold().endswith((".html", ".htm")):
        write_atomically(output, page(found))
        click.echo(f"Open {output} in a browser.", err=True)
    else:
        write_folder(output, ((name, (content,)) for name, content in found.items()))
        click.echo(f"Open {output.rstrip('/')}/{PAGE} in a browser.", err=True)
