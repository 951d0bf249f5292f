"""The tools and resources over the Model Context Protocol, on standard input and output: the only room that knows it.

What a tool refuses is a result marked as an error, in one line, so that the model reads it and can do better; only a
tool or a resource that does not exist is an error of the protocol. Calls run one at a time in a thread: the protocol
goes on being answered meanwhile, and every call sees the graph as it is on disk then.
"""

from __future__ import annotations

import difflib
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import anyio
import anyio.to_thread
import mcp_types as types
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError

from her2kg import __version__, resources
from her2kg.errors import Her2kgError, ParameterError
from her2kg.language_models.card import about, card
from her2kg.language_models.tools import Tool, tools
from her2kg.queries import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jsonschema.exceptions import ValidationError
    from mcp.server.context import ServerRequestContext

    from her2kg.knowledge import KnowledgeGraph
    from her2kg.language_models.schemas import Help

INSTRUCTIONS = """\
{title}. Evidence, not medical advice.
Numbers are what a source printed; quote them as they stand, with their source, and say "not stated" where a cell is
missing. Verdicts are derived by rules, never typed in: why proves them. Where sources disagree, say so. A question that
was not understood has no answer: do not answer it from memory instead. Give as_of to ask what was known on a day.
The resource her2kg://llms.txt is the schema in short, with SPARQL queries that run."""

_T = TypeVar("_T")
_SHOWN = 200
"""Characters of the user's own text in an error."""


def serve(open_graph: Callable[[], KnowledgeGraph], helps: Mapping[str, Help]) -> None:
    """Answer on standard input and output until the client leaves.

    Parameters
    ----------
    open_graph : returns the graph as it is now
    helps : what the command line says of its commands, by name
    """
    anyio.run(_serve, _server(open_graph, helps))


async def _serve(server: Server[Any]) -> None:
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def _server(open_graph: Callable[[], KnowledgeGraph], helps: Mapping[str, Help]) -> Server[Any]:
    one_at_a_time = anyio.CapacityLimiter(1)

    async def in_thread(work: Callable[[], _T]) -> _T:
        try:
            return await anyio.to_thread.run_sync(work, limiter=one_at_a_time)
        except Her2kgError as error:  # the data on disk were spoilt while the server ran
            raise MCPError(types.INTERNAL_ERROR, " ".join(str(error).split())) from None

    async def list_tools(_: ServerRequestContext[Any], __: Any) -> types.ListToolsResult:
        known = await in_thread(lambda: tools(open_graph(), helps))
        return types.ListToolsResult(tools=[_described(tool) for tool in known.values()])

    async def call_tool(_: ServerRequestContext[Any], asked: types.CallToolRequestParams) -> types.CallToolResult:
        return await in_thread(partial(_called, open_graph, helps, asked.name, asked.arguments or {}))

    async def list_resources(_: ServerRequestContext[Any], __: Any) -> types.ListResourcesResult:
        return types.ListResourcesResult(
            resources=[
                types.Resource(
                    uri=uri, name=uri.removeprefix("her2kg://"), description=known.says, mime_type=known.kind
                )
                for uri, known in _RESOURCES.items()
            ]
        )

    async def read_resource(
        _: ServerRequestContext[Any], asked: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        uri = str(asked.uri)
        if uri not in _RESOURCES:
            raise MCPError(types.INVALID_PARAMS, f"no resource {uri[:_SHOWN]!r}; there are {', '.join(_RESOURCES)}")
        resource = _RESOURCES[uri]
        text = await in_thread(lambda: resource.make(open_graph()))
        return types.ReadResourceResult(
            contents=[types.TextResourceContents(uri=uri, mime_type=resource.kind, text=text)]
        )

    return Server(
        "her2kg",
        version=__version__,
        instructions=INSTRUCTIONS.format(title=about(open_graph()).get("title", "An evidence graph")),
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_read_resource=read_resource,
    )


def _ontology(_: KnowledgeGraph) -> str:
    texts = []
    for path in resources.ontology_files():
        with open(path, encoding="utf-8") as stream:
            texts.append(stream.read())
    return "\n".join(texts)


class _Resource(NamedTuple):
    """A text the client can read: what it is, its media type, and the function that makes it."""

    says: str
    kind: str
    make: Callable[[KnowledgeGraph], str]


_RESOURCES = {
    "her2kg://llms.txt": _Resource(
        "The schema in short, with SPARQL queries that run; read it first", "text/markdown", card
    ),
    "her2kg://ontology": _Resource("The vocabulary in full", "text/turtle", _ontology),
    "her2kg://queries": _Resource(
        "The named queries: what each gives, its parameters, a question it answers",
        "text/markdown",
        lambda kg: catalogue(kg).render("md"),
    ),
}


def _described(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        description=tool.description,
        input_schema=tool.takes,
        output_schema=tool.gives,
        annotations=types.ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False),
    )


def _called(
    open_graph: Callable[[], KnowledgeGraph], helps: Mapping[str, Help], name: str, given: Mapping[str, Any]
) -> types.CallToolResult:
    try:
        kg = open_graph()
        known = tools(kg, helps)
        if name not in known:
            raise MCPError(types.INVALID_PARAMS, f"no tool {name[:_SHOWN]!r}; there are {', '.join(known)}")
        tool = known[name]
        _refuse_misfit(tool, given)
        result = tool.call(kg, given)
    except (Her2kgError, OSError) as error:
        said = " ".join(str(error).split())
        return types.CallToolResult(content=[types.TextContent(type="text", text=said)], is_error=True)
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=result.text)], structured_content=result.values
    )


def _refuse_misfit(tool: Tool, given: Mapping[str, Any]) -> None:
    """Raise ParameterError where arguments do not fit the schema of a tool."""
    wrong = best_match(Draft202012Validator(tool.takes).iter_errors(given))
    if wrong is None:
        return
    where = ".".join([tool.name, *map(str, wrong.absolute_path)])
    raise ParameterError(f"{where}: {_why_wrong(wrong)}")


def _why_wrong(wrong: ValidationError) -> str:
    """Return what is wrong with a value, in few words: the library repeats the whole value and the whole schema."""
    value, wanted = wrong.instance, wrong.validator_value
    if wrong.validator == "maxLength":
        return f"{len(value):,} characters; at most {wanted:,} are read"
    if wrong.validator == "enum":
        near = difflib.get_close_matches(str(value)[:_SHOWN], wanted, n=3, cutoff=0.4)
        return f"{str(value)[:60]!r} is not known; closest: {', '.join(near or wanted[:3])}"
    if wrong.validator == "additionalProperties":
        known = wrong.schema["properties"]
        unknown = next(name for name in value if name not in known)
        return f"no argument {unknown[:60]!r}; there are {', '.join(known)}"
    return wrong.message if len(wrong.message) <= _SHOWN else f"{wrong.message[:_SHOWN]} ..."
