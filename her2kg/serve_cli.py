"""The command of the server. Loaded when it is called."""

from __future__ import annotations

from importlib.util import find_spec
from urllib.parse import urlsplit

import click

from her2kg.cli import load_graph, user_files

_NEEDED = ("starlette", "uvicorn", "httptools", "prometheus_client")


def _address(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment):
        raise click.BadParameter(f"{value!r} is no address: write https://her2.example.org")
    return value.rstrip("/")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for the network.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port; 0 for a free one.")
@click.option("--data", multiple=True, metavar="FILE", help="Lay a Turtle file of your own over the graph.")
@click.option(
    "--workers", type=click.IntRange(1, 64), help="Worker processes in each lane.  [default: as many as cores]"
)
@click.option(
    "--time-limit", type=click.FloatRange(0.2, 3600), default=10.0, show_default=True, help="Seconds a query may take."
)
@click.option(
    "--row-limit", type=click.IntRange(1), default=100_000, show_default=True, help="Most rows or triples of an answer."
)
@click.option(
    "--size-limit", type=click.IntRange(1, 1000), default=32, show_default=True, help="Megabytes of an answer."
)
@click.option(
    "--memory-limit", type=click.IntRange(64), default=1024, show_default=True, help="Megabytes a query may take."
)
@click.option("--cache", type=click.IntRange(0), default=64, show_default=True, help="Megabytes of answers remembered.")
@click.option("--public-url", default="", callback=_address, metavar="URL", help="Address by which others reach it.")
@click.option("--proxy", default="", metavar="ADDRESS", help="Reverse proxy whose X-Forwarded-For is believed.")
@click.option("--log-queries", is_flag=True, help="Write what was asked into the log.")
def serve(
    host: str,
    port: int,
    data: tuple[str, ...],
    workers: int | None,
    time_limit: float,
    row_limit: int,
    size_limit: int,
    memory_limit: int,
    cache: int,
    public_url: str,
    proxy: str,
    log_queries: bool,
) -> None:
    """Serve the graph over HTTP: SPARQL endpoint, named queries, a page for each thing. Read-only.

    On this machine alone unless --host says otherwise. What a client may take is limited: see docs/serving.md.

    \b
    Example: her2kg serve --port 8000
    """
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise click.ClickException(f"not installed: {', '.join(missing)}; run pip install 'her2kg[serve]'")
    from her2kg.serving import server
    from her2kg.serving.limits import Limits

    limits = Limits(slow=time_limit, rows=row_limit, bytes=size_limit * 1_000_000, memory=memory_limit, cache=cache)
    if workers is not None:
        limits = limits._replace(workers=workers)
    listening = server.bind(host, port)
    server.serve(load_graph(data), (*user_files(), *data), listening, limits, public_url, proxy, log_queries)
