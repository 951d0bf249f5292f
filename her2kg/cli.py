"""The command line: parse, one library call, render.

Standard output is data, standard error is talk. Exit 0: answered, even with no rows; 1: not understood, or a check
said no; 2: wrong use or unreadable input.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from her2kg.errors import Her2kgError, QueryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from her2kg.answers import Answer
    from her2kg.knowledge import KnowledgeGraph
    from her2kg.pages import Page

CHAPTERS = ("resistance", "detection")
FORMATS = ("text", "json", "csv", "tsv", "md")


_LATER = {
    "add": ("curation_cli", "Merge drafts into your data folder or a built graph: all or nothing."),
    "build": ("building_cli", "Build a graph of any size on disk."),
    "check": ("quality_cli", "Check printed statistics: in the graph, or in any table of estimates."),
    "checksums": ("release_cli", "List or check the SHA-256 of every shipped file."),
    "coverage": ("quality_cli", "Show which claims of the review are represented, and by what."),
    "deploy": ("deploy_cli", "Write what another SPARQL store needs to hold the graph."),
    "describe": ("release_cli", "Describe the graph for machines: VoID and DCAT."),
    "diff": ("curation_cli", "Compare two states of the data: estimates that changed, verdicts that flip."),
    "export": ("exports_cli", "Write a view of the graph, or all of it, for another program."),
    "fmt": ("curation_cli", "Bring Turtle data files into one form."),
    "forest": ("figures_cli", "Draw a forest plot."),
    "import": ("curation_cli", "Make a draft of a registry record, PubMed records or a filled-in table."),
    "llms": ("language_models_cli", "Print the schema card for language models."),
    "map": ("maps_cli", "Draw a map of the evidence."),
    "mcp": ("language_models_cli", "Serve ask, query, show, why and check to a language model (MCP)."),
    "rules": ("quality_cli", "List every rule: derivations, statistical checks, shapes."),
    "serve": ("serve_cli", "Serve the graph over HTTP: SPARQL, named queries, a page for each thing."),
    "site": ("explorer_cli", "Write the explorer as a folder or one file that runs offline."),
    "synthesize": ("synthesis_cli", "Pool the ratios of studies that ask the same question."),
    "template": ("curation_cli", "Print the table a clinician fills in."),
    "validate": ("quality_cli", "Validate the shipped data, or your own laid over it."),
}
"""Commands whose module is loaded only when they are called, and what the list of commands says of them."""


class _Group(click.Group):
    """Turns every error raised on purpose into one line and exit code 2, and a closed pipe into silence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all commands, those of other modules included."""
        return sorted([*super().list_commands(ctx), *_LATER])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, loading its module where needed."""
        if cmd_name not in _LATER:
            return super().get_command(ctx, cmd_name)
        from importlib import import_module

        module = import_module(f"her2kg.{_LATER[cmd_name][0]}")
        found: click.Command = getattr(module, f"{cmd_name}_" if cmd_name in {"import", "map"} else cmd_name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without loading the modules of those that are loaded later."""
        rows = [
            (name, _LATER[name][1] if name in _LATER else self.commands[name].get_short_help_str(formatter.width))
            for name in self.list_commands(ctx)
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except Her2kgError as error:
            raise click.ClickException(" ".join(str(error).split())) from None
        except BrokenPipeError:
            # The reader has gone; point stdout elsewhere so that the interpreter's own flush at exit is silent too.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(0) from None
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(f"{where}{error.strerror or error}") from None


click.ClickException.exit_code = 2


endpoint_option = click.option(
    "--endpoint", metavar="URL", help="Ask a SPARQL 1.1 store that holds the graph, see her2kg deploy."
)


def parted(endpoints: tuple[str, ...]) -> tuple[str, str | None]:
    """Tell apart what --endpoint names in commands on estimates: an endpoint of trials, and the address of a store.

    Raises
    ------
    click.UsageError : not exactly one endpoint of trials, or several addresses
    """
    from her2kg.terms import curie

    stores = [given for given in endpoints if given.startswith(("http://", "https://")) and curie(given) == given]
    of_trials = [given for given in endpoints if given not in stores]
    if len(of_trials) != 1 or len(stores) > 1:
        raise click.UsageError("--endpoint OS names the endpoint of trials, once; a second one can be a store's URL")
    return of_trials[0], next(iter(stores), None)


def _shared(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options every answering command has."""
    for option in (
        click.option("--sparql", is_flag=True, help="Print the SPARQL behind the answer instead of the answer."),
        click.option("-o", "--output", metavar="FILE", help="Write to a file instead of standard output."),
        click.option(
            "--data",
            "data",
            multiple=True,
            metavar="FILE",
            help="Lay a Turtle file of your own over the graph; may be repeated. Or a folder made by her2kg build.",
        ),
        endpoint_option,
        click.option("--as-of", metavar="DATE", help="Answer as known on a day (YYYY-MM-DD, YYYY-MM or YYYY)."),
        click.option(
            "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="How to print."
        ),
    ):
        command = option(command)
    return command


def user_files(data: str | None = None) -> tuple[str, ...]:
    """Return the Turtle files of the data folder given, or in HER2KG_DATA; that folder itself if it was built."""
    folder = data or os.environ.get("HER2KG_DATA")
    if not folder:
        return ()
    from her2kg.built import is_built

    if is_built(folder):
        return (os.path.abspath(folder),)
    from her2kg.intake.adding import data_files, data_folder

    return data_files(data_folder(folder))


def load_graph(data: tuple[str, ...] = (), endpoint: str | None = None) -> KnowledgeGraph:
    """Return the graph with the user's data folder and further files laid over it, or the one an endpoint holds."""
    if endpoint is not None:
        if data:
            raise click.ClickException(
                "--data lays files over the embedded graph; load them into the store of --endpoint"
            )
        from her2kg.remote import connect

        return connect(endpoint)
    from her2kg.knowledge import load

    return load((*user_files(), *data))


def emit(text: str, output: str | None) -> None:
    """Write a text to standard output, or atomically to a file."""
    if output is None:
        click.echo(text)
        return
    from her2kg.files import write_atomically

    write_atomically(output, text + "\n")


def _finish(result: Answer | Page, form: str, output: str | None, sparql: bool) -> None:
    if not sparql:
        emit(result.render(form), output)
        return
    from her2kg.answers import Answer

    texts = [result.sparql] if isinstance(result, Answer) else [section.sparql for section in result.sections]
    emit("\n\n".join(text.strip() for text in texts), output)


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from her2kg import __version__

    version = load_graph().snapshot.version
    click.echo(f"her2kg {__version__}" + (f", data {version}" if version else ""))
    ctx.exit()


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the versions of program and data.",
)
def main() -> None:
    """Structured evidence on HER2-targeted therapy in advanced gastric cancer.

    Evidence, not medical advice. Every number has a source and a place in it; every verdict has a proof.

    \b
    her2kg ask "which agents failed phase III in second line"
    her2kg show ToGA
    her2kg why lapatinib --line 2
    """


@main.command()
@click.argument("question", nargs=-1, required=True)
@_shared
def ask(
    question: tuple[str, ...],
    form: str,
    as_of: str | None,
    data: tuple[str, ...],
    endpoint: str | None,
    output: str | None,
    sparql: bool,
) -> None:
    """Answer a question in plain English.

    Prints what was understood. A question that is not understood is not answered: exit code 1, with the nearest
    questions.

    \b
    Example: her2kg ask "which agents failed phase III in second line" --as-of 2020-04-30
    """
    from her2kg.ask import NotUnderstoodError

    try:
        result = load_graph(data, endpoint).ask(" ".join(question), as_of)
    except NotUnderstoodError as error:
        click.echo(f"Not answered. {error}", err=True)
        click.echo("Nearest questions:", err=True)
        for nearest in error.nearest:
            click.echo(f"  {nearest}", err=True)
        if form == "json":
            import json

            refusal = {
                "question": error.question,
                "not_understood": list(error.words),
                "nearest": list(error.nearest),
                "answer": [],
                "rows": [],
            }
            emit(json.dumps(refusal, ensure_ascii=False, indent=2), output)
        raise SystemExit(1) from None
    _finish(result, form, output, sparql)


@main.command()
@click.argument("query")
@click.option(
    "-p", "--param", "params", multiple=True, metavar="KEY=VALUE", help="A parameter of a named query; may be repeated."
)
@_shared
def query(
    query: str,
    params: tuple[str, ...],
    form: str,
    as_of: str | None,
    data: tuple[str, ...],
    endpoint: str | None,
    output: str | None,
    sparql: bool,
) -> None:
    """Run a named query, a .rq file, or '-' for a query on standard input.

    \b
    Example: her2kg query agents-by-verdict -p outcome=failed -p "line=second line"
    """
    from her2kg.files import read_query_text

    values: dict[str, str | list[str]] = {}
    for param in params:
        key, equals, value = param.partition("=")
        if not equals or not key:
            raise click.ClickException(f"{param!r} is no parameter: write -p key=value")
        before = values.get(key)
        values[key] = value if before is None else [*([before] if isinstance(before, str) else before), value]
    kg = load_graph(data, endpoint)
    if query == "-" or query.endswith(".rq") or os.sep in query:
        text = read_query_text(query)
        if values or as_of:
            raise click.ClickException("parameters and --as-of belong to named queries; write them into the query text")
        if sparql:
            emit(text.strip(), output)
            return
        from her2kg.queries import run_text

        try:
            result = run_text(kg, text, form)
        except QueryError as error:
            raise QueryError(f"{'standard input' if query == '-' else query}: {error}") from None
        emit(result, output)
        return
    _finish(kg.query(query, as_of, **values), form, output, sparql)


@main.command()
@click.argument("word", required=False)
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="How to print.")
def queries(word: str | None, form: str) -> None:
    """List the named queries, or show one with its parameters and the questions it answers.

    \b
    Example: her2kg queries agents-by-verdict
    """
    from her2kg.queries import catalogue, describe

    kg = load_graph()
    if word is None or word not in kg.snapshot.queries:
        click.echo(catalogue(kg, word).render(form))
    else:
        click.echo(describe(kg.named(word), form))


@main.command()
@click.argument("thing", nargs=-1, required=True)
@_shared
def show(
    thing: tuple[str, ...],
    form: str,
    as_of: str | None,
    data: tuple[str, ...],
    endpoint: str | None,
    output: str | None,
    sparql: bool,
) -> None:
    """Show the page of a study, agent, target, source or anything else, by name, alias, CURIE or registry number.

    "resistance" and "detection" are chapters: the mechanisms, or the methods, with all their evidence.

    \b
    Example: her2kg show ToGA
    """
    kg = load_graph(data, endpoint)
    name = " ".join(thing)
    if name in CHAPTERS and not sparql:
        from her2kg.narrative import narrative

        emit(narrative(kg, name, form).rstrip("\n"), output)
        return
    _finish(kg.show(name, as_of), form, output, sparql)


@main.command()
@click.argument("thing", nargs=-1, required=True)
@click.option("--line", metavar="LINE", help="Only this line of therapy: 1, 2, 3, 'second line' ...")
@click.option(
    "--sensitivity", is_flag=True, help="Show what the verdict would be under every way of filling in what is unstated."
)
@_shared
def why(
    thing: tuple[str, ...],
    line: str | None,
    sensitivity: bool,
    form: str,
    as_of: str | None,
    data: tuple[str, ...],
    endpoint: str | None,
    output: str | None,
    sparql: bool,
) -> None:
    """Prove the verdicts on an agent or study: rule, version, inputs, basis, assumptions, sources.

    \b
    Example: her2kg why lapatinib --line 2
    """
    _finish(load_graph(data, endpoint).why(" ".join(thing), as_of, line, sensitivity), form, output, sparql)


@main.command()
@click.option("--since", metavar="DATE", default="2020-04-30", show_default=True, help="The day after which to look.")
@_shared
def changes(
    since: str,
    form: str,
    as_of: str | None,
    data: tuple[str, ...],
    endpoint: str | None,
    output: str | None,
    sparql: bool,
) -> None:
    """Tell what verdicts, results and approvals came or changed, and which statements of the review they touch.

    \b
    Example: her2kg changes --since 2020-04-30
    """
    _finish(load_graph(data, endpoint).query("new-results-since", as_of, since=since), form, output, sparql)


@main.command()
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="How to print.")
def stats(form: str) -> None:
    """Count what the graph holds.

    \b
    Example: her2kg stats
    """
    from her2kg.queries import statistics

    click.echo(statistics(load_graph()).render(form))


if __name__ == "__main__":
    main()
