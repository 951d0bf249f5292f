"""The commands for language models: mcp, llms. Loaded when one of them is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from her2kg.cli import emit, load_graph, main

if TYPE_CHECKING:
    from her2kg.language_models.schemas import Help


@click.command()
@click.option("--data", multiple=True, metavar="FILE", help="Lay a Turtle file of your own over the graph.")
@click.option("--endpoint", metavar="URL", help="Ask a SPARQL 1.1 store that holds the graph, see her2kg deploy.")
def mcp(data: tuple[str, ...], endpoint: str | None) -> None:
    """Let a language model ask: serve the tools ask, query, show, why and check over the Model Context Protocol.

    Started by the model's own program, with which it speaks on standard input and output; offline and read-only. Needs
    the extra: pip install 'her2kg[mcp]'.

    \b
    Example: her2kg mcp
    """
    try:
        from her2kg.language_models.server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("her2kg"):
            raise
        raise click.ClickException("this needs the protocol's own package: pip install 'her2kg[mcp]'") from None
    serve(lambda: load_graph(data, endpoint), {name: _help(name) for name in ("ask", "query", "show", "why", "check")})


def _help(name: str) -> Help:
    from her2kg.language_models.schemas import Help

    command = main.get_command(click.Context(main), name)
    assert command is not None, name  # noqa: S101 - a command of this program
    summary = " ".join((command.help or "").partition("\n\n")[0].split())
    options = {
        option.name: option.help
        for option in command.params
        if isinstance(option, click.Option) and option.name and option.help
    }
    return Help(summary, options)


@click.command()
@click.option("--data", multiple=True, metavar="FILE", help="Lay a Turtle file of your own over the graph.")
@click.option("-o", "--output", metavar="FILE", help="Write to a file instead of standard output.")
def llms(data: tuple[str, ...], output: str | None) -> None:
    """Print llms.txt: the schema in short for a language model, with SPARQL queries that run.

    Generated from ontology, rules, queries and the graph as it is.

    \b
    Example: her2kg llms -o llms.txt
    """
    from her2kg.language_models.card import card

    emit(card(load_graph(data)).rstrip("\n"), output)
