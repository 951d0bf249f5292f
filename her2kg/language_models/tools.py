"""The tools a language model can call: ask, query, show, why, check. Each is one library call.

They know nothing of the protocol that carries them. What goes wrong is a `Her2kgError` of one line; a question that is
not understood is no error but a result that says so, since it must not be taken for an answer, nor repeated as it is.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from her2kg.ask import NotUnderstoodError
from her2kg.checking import check_graph, check_text, render
from her2kg.language_models import schemas

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from her2kg.answers import Answer
    from her2kg.knowledge import KnowledgeGraph
    from her2kg.language_models.schemas import Help, Schema
    from her2kg.pages import Page

_SEVERITIES = ("info", "warning", "error")


class Result(NamedTuple):
    """What a tool gives: text to read, and the same as plain values that fit the tool's `gives`."""

    text: str
    values: dict[str, Any]


class Tool(NamedTuple):
    """A tool.

    Parameters
    ----------
    name : also the command of the same purpose
    description : when to call it, for a language model
    takes, gives : JSON Schema of arguments and of the values in the result
    call : the tool itself; takes arguments that fit `takes`
    """

    name: str
    description: str
    takes: Schema
    gives: Schema
    call: Callable[[KnowledgeGraph, Mapping[str, Any]], Result]


def tools(kg: KnowledgeGraph, helps: Mapping[str, Help]) -> dict[str, Tool]:
    """Return the tools for a graph.

    Parameters
    ----------
    helps : what the command line says of the commands of the same names
    """
    queries = kg.queries()
    as_of = schemas.text(helps["query"].options["as_of"])
    made = (
        Tool(
            "ask",
            f"{helps['ask'].summary} Start here. No question is guessed at: a refusal names the words that were not "
            "understood and the nearest questions; ask one of those, or use query.",
            schemas.arguments(
                ["question"], question=schemas.text("The question, one at a time, in English"), as_of=as_of
            ),
            schemas.ANSWER_OR_REFUSAL,
            _ask,
        ),
        Tool(
            "query",
            "Run a named query. The queries (a star marks a parameter that it needs):\n" + schemas.listed(queries),
            schemas.arguments(
                ["name"],
                name=schemas.choice("Name of the query", (query.name for query in queries)),
                parameters=schemas.of_parameters(queries),
                as_of=as_of,
            ),
            schemas.ANSWER,
            _query,
        ),
        Tool(
            "show",
            helps["show"].summary,
            schemas.arguments(["thing"], thing=schemas.text("Name, alias, CURIE or registry number"), as_of=as_of),
            schemas.PAGE,
            _show,
        ),
        Tool(
            "why",
            helps["why"].summary,
            schemas.arguments(
                ["thing"],
                thing=schemas.text("An agent or a study"),
                line=schemas.text(helps["why"].options["line"]),
                sensitivity={
                    "type": "boolean",
                    "default": False,
                    "description": helps["why"].options["sensitivity"],
                },
                as_of=as_of,
            ),
            schemas.PAGE,
            _why,
        ),
        Tool(
            "check",
            f"{helps['check'].summary} The graph as a whole where no table is given.",
            schemas.arguments(
                [],
                table=schemas.text(
                    "The table itself, header first, separated by comma, semicolon or tab; columns named label, "
                    "measure, estimate, lower, upper, level, p and so on",
                    schemas.LONGEST_TABLE,
                ),
                measure=schemas.text(helps["check"].options["measure"]),
                severity=schemas.choice("The least severity listed.", _SEVERITIES, "warning"),
            ),
            schemas.REPORT,
            _check,
        ),
    )
    return {tool.name: tool for tool in made}


def _ask(kg: KnowledgeGraph, given: Mapping[str, Any]) -> Result:
    try:
        return _answered(kg.ask(given["question"], given.get("as_of")))
    except NotUnderstoodError as error:
        lines = [f"Not answered. {error}", "Nearest questions:", *(f"  {nearest}" for nearest in error.nearest)]
        return Result("\n".join(lines), error.to_dict())


def _query(kg: KnowledgeGraph, given: Mapping[str, Any]) -> Result:
    return _answered(kg.query(given["name"], given.get("as_of"), **given.get("parameters", {})))


def _show(kg: KnowledgeGraph, given: Mapping[str, Any]) -> Result:
    return _shown(kg.show(given["thing"], given.get("as_of")))


def _why(kg: KnowledgeGraph, given: Mapping[str, Any]) -> Result:
    return _shown(kg.why(given["thing"], given.get("as_of"), given.get("line"), given.get("sensitivity", False)))


def _check(kg: KnowledgeGraph, given: Mapping[str, Any]) -> Result:
    severity = given.get("severity", "warning")
    table = given.get("table")
    report = check_graph(kg) if table is None else check_text(table, given.get("measure", ""))
    values = json.loads(render(report, "json", severity))
    wanted = _SEVERITIES[_SEVERITIES.index(severity) :]
    values["findings"] = [finding for finding in values["findings"] if finding["severity"] in wanted]
    return Result(render(report, "text", severity).rstrip("\n"), values)


def _answered(answer: Answer) -> Result:
    values = _lean(answer.to_dict())
    return Result(f"{answer.render('text')}\n\nSPARQL\n{values['sparql']}", values)


def _shown(page: Page) -> Result:
    """Return a page; its text names the queries behind it, whose SPARQL, longer than the page, is in the values."""
    names = dict.fromkeys(section.query for section in page.sections if section.query)
    behind = f"\n\nQueries behind this page (SPARQL in the structured result): {', '.join(names)}" if names else ""
    return Result(page.render("text") + behind, _lean(page.to_dict()))


def _lean(value: Any) -> Any:
    """Leave out cells without a value, and the headers of query files: half of what a model would have to read."""
    if isinstance(value, dict):
        return {
            key: without_header(one) if key == "sparql" else _lean(one) for key, one in value.items() if one is not None
        }
    return [_lean(one) for one in value] if isinstance(value, list) else value


def without_header(sparql: str) -> str:
    """Return the text of a query without the lines of its header."""
    return "\n".join(line for line in sparql.splitlines() if not line.startswith("#+")).strip()
