"""The command of exports. Loaded when it is called."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from her2kg.cli import endpoint_option, load_graph

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

from her2kg.exports.formats import NAMES, Export, find
from her2kg.projection.names import VIEWS


def _overview() -> str:
    wide = max(map(len, (*NAMES, *VIEWS)))
    forms = "\n".join(f"  {name:<{wide}}  {find(name).title}" for name in NAMES)
    views = "\n".join(f"  {name:<{wide}}  {title}" for name, title in VIEWS.items())
    return f"Formats\n{forms}\n\nViews\n{views}"


def _list(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        click.echo(_overview())
        ctx.exit()


@click.command(epilog=f"Formats: {', '.join(NAMES)}. Views: {', '.join(VIEWS)}.")
@click.argument("format", type=click.Choice(NAMES), metavar="FORMAT")
@click.option("--view", type=click.Choice(tuple(VIEWS)), help="What to show; trials where none is given.")
@click.option("--timeline", is_flag=True, help="With gexf: when each thing became known, for Gephi's timeline.")
@click.option("--loss", is_flag=True, help="Print what the format cannot carry, and write nothing.")
@click.option("--list", is_flag=True, is_eager=True, expose_value=False, callback=_list, help="List formats and views.")
@click.option("--as-of", metavar="DATE", help="Only what was known on a day (YYYY-MM-DD, YYYY-MM or YYYY).")
@click.option("--data", multiple=True, metavar="FILE", help="Lay a Turtle file of your own over the graph.")
@endpoint_option
@click.option("-o", "--output", metavar="PATH", help="The file, or the folder for a format of several files.")
def export(
    format: str,
    view: str | None,
    timeline: bool,
    loss: bool,
    as_of: str | None,
    data: tuple[str, ...],
    endpoint: str | None,
    output: str | None,
) -> None:
    """Write a view of the graph, or all of it, for another program.

    Labels instead of IRIs, short stable ids, every printed number as text beside its value, the publication of each
    edge. The same graph gives the same bytes. What a format cannot carry is said on standard error.

    \b
    Example: her2kg export gexf --view mechanisms -o mechanisms.gexf
    """
    from her2kg.dates import parse_date
    from her2kg.files import write_chunks, write_folder

    chosen = find(format)
    if loss:
        click.echo(chosen.loss)
        return
    if view is not None and not chosen.of_view:
        raise click.ClickException(f"{format} holds the whole graph: leave --view out")
    if timeline and format != "gexf":
        raise click.ClickException("--timeline is for gexf: no other format here knows time")
    if output is None and not chosen.suffix:
        raise click.ClickException(f"{format} is several files: give a folder with -o")
    day = parse_date(as_of) if as_of is not None else None
    if sys.stderr.isatty():
        click.echo(f"gathering {view or 'trials' if chosen.of_view else 'the graph'} ...\r", err=True, nl=False)
    files = _counted(chosen.write(Export(load_graph(data, endpoint), view or "trials", day, timeline)))
    if output is None:
        for _, chunks in files:
            for chunk in chunks:
                sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
    elif chosen.suffix:
        ((_, chunks),) = files
        write_chunks(output, chunks)
    else:
        write_folder(output, files)
    click.echo(f"{chosen.title}. {chosen.loss}", err=True)


def _counted(files: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Yield the files; on a terminal, say on standard error how much has been written once it takes a while."""
    if not sys.stderr.isatty():
        yield from files
        return
    begun = time.monotonic()
    for name, chunks in files:
        yield name, _told(name, chunks, begun)


def _told(name: str, chunks: Iterable[bytes], begun: float) -> Iterator[bytes]:
    size, said = 0, begun + 1.0
    for chunk in chunks:
        yield chunk
        size += len(chunk)
        now = time.monotonic()
        if now > said:
            click.echo(f"\r{name}: {size / 1e6:.1f} MB", err=True, nl=False)
            said = now + 0.2
    if said > begun + 1.0:
        click.echo("\r\033[K", err=True, nl=False)
