"""The commands of a release: describe, checksums. Loaded when one of them is called."""

from __future__ import annotations

import click

from her2kg.cli import emit, load_graph


@click.command()
@click.option("--endpoint", metavar="URL", default="", help="Name a SPARQL endpoint that serves the graph.")
@click.option("-o", "--output", metavar="FILE", help="Write to a file instead of standard output.")
def describe(endpoint: str, output: str | None) -> None:
    """Describe the graph for machines: VoID and DCAT, as Turtle, computed from the graph as it is.

    Sizes, classes, properties, links, licence, version, files with checksums, example queries.

    \b
    Example: her2kg describe -o void.ttl
    """
    from her2kg.description import description

    emit(description(load_graph(), endpoint).rstrip("\n"), output)


@click.command()
@click.option("--check", "listed", metavar="FILE", help="Compare with a list made before; exit code 1 if they differ.")
@click.option("-o", "--output", metavar="FILE", help="Write to a file instead of standard output.")
def checksums(listed: str | None, output: str | None) -> None:
    """List the SHA-256 of every file of data, ontology and queries, in the form of sha256sum; or check such a list.

    \b
    Example: her2kg checksums -o SHA256SUMS
    """
    from her2kg.checksums import differences, manifest, read_manifest

    if listed is None:
        emit(manifest().rstrip("\n"), output)
        return
    found = differences(read_manifest(listed), listed)
    emit("\n".join(found) or "all files are as listed", output)
    raise SystemExit(1 if found else 0)
