"""Tools over the Model Context Protocol, driven by the protocol's own client in a process of their own; and the card."""

import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import anyio
import pytest
from anyio.from_thread import start_blocking_portal
from jsonschema import Draft202012Validator
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.shared.exceptions import MCPError
from pyoxigraph import NamedNode
from rdflib import Graph, URIRef
from rdflib.plugins.sparql import prepareQuery

from her2kg import resources
from her2kg.checking import check_graph
from her2kg.knowledge import KnowledgeGraph
from her2kg.language_models.card import card
from her2kg.language_models.schemas import LONGEST_TABLE, LONGEST_TEXT
from her2kg.terms import HER2, KG, PREFIXES
from tests.conftest import Run

QUESTION = "which agents failed phase III in second line"
TABLE = "label,measure,estimate,lower,upper\nA,HR,0.50,0.60,0.90\n"  # an estimate outside its interval


class Said(NamedTuple):
    """What a call gave."""

    text: str
    values: Any
    is_error: bool


def connect(*arguments: str, mode: str = "auto", **environment: str) -> Client:
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "her2kg", "mcp", *arguments], env={**os.environ, **environment}
    )
    return Client(stdio_client(server, errlog=sys.__stderr__), mode=mode)


async def call(client: Client, tool: str, **arguments: object) -> Said:
    result = await client.call_tool(tool, arguments)
    assert [content.type for content in result.content] == ["text"]
    return Said(result.content[0].text, result.structured_content, result.is_error)


Call = Callable[..., Said]


@pytest.fixture(scope="module")
def client(kg: KnowledgeGraph) -> Iterator[tuple[Any, Client]]:
    """One server for all tests of this file, and the thread that speaks with it."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(connect()) as one:
        yield portal, one


@pytest.fixture(scope="module")
def ask(client: tuple[Any, Client]) -> Call:
    portal, one = client

    def start(tool: str, **arguments: object) -> Said:
        return portal.call(lambda: call(one, tool, **arguments))

    return start


@pytest.fixture(scope="module")
def tools(client: tuple[Any, Client]) -> dict[str, Any]:
    portal, one = client
    return {tool.name: tool for tool in portal.call(one.list_tools).tools}


# What a client is told


def test_tools_say_what_they_take_and_give(kg: KnowledgeGraph, tools: dict[str, Any]) -> None:
    assert list(tools) == ["ask", "query", "show", "why", "check"]
    for tool in tools.values():
        assert tool.annotations.read_only_hint is True
        assert "\b" not in tool.description
        for schema in (tool.input_schema, tool.output_schema):
            Draft202012Validator.check_schema(schema)
            assert schema["type"] == "object"
            assert not {"anyOf", "oneOf", "allOf", "$ref"} & set(schema), "several clients refuse these at the top"
    takes = tools["query"].input_schema["properties"]
    assert takes["name"]["enum"] == [query.name for query in kg.queries()]
    declared = {p.name for query in kg.queries() for p in query.parameters} - {"asOf"}
    assert set(takes["parameters"]["properties"]) == declared
    for query in kg.queries():
        assert f"- {query.name}: {query.summary}" in tools["query"].description
    assert "(firstStudy*, secondStudy*" in tools["query"].description
    assert [name for name, tool in tools.items() if "as_of" in tool.input_schema["properties"]] == [
        "ask",
        "query",
        "show",
        "why",
    ]


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_a_client_of_either_era_is_told_who_this_is_and_what_to_keep_to(kg: KnowledgeGraph, mode: str) -> None:
    async def look() -> None:
        async with connect(mode=mode) as one:
            assert one.server_info.name == "her2kg"
            assert "not medical advice" in (one.instructions or "")
            assert "gastric cancer" in (one.instructions or "")
            assert (await call(one, "ask", question=QUESTION)).values["answer"]

    anyio.run(look)


# What the tools give


def test_an_answer_is_the_one_of_the_library_with_sources_and_sparql(
    kg: KnowledgeGraph, ask: Call, tools: dict[str, Any]
) -> None:
    said = ask("ask", question=QUESTION, as_of="2020-04-30")
    expected = kg.ask(QUESTION, "2020-04-30")
    assert said.text.startswith(expected.render("text"))
    assert said.values["answer"] == expected.to_dict()["answer"]
    assert said.values["sources"] == expected.to_dict()["sources"]
    assert said.values["rows"] == [
        {key: cell for key, cell in row.items() if cell is not None} for row in expected.to_dict()["rows"]
    ]
    assert said.values["as_of"] == "2020-04-30"
    assert said.values["rows"][0]["p"] == 0.1044
    assert said.values["rows"][0]["pText"] == "0.1044"
    assert "Satoh et al., J Clin Oncol 2014" in said.text
    assert said.text.endswith(f"SPARQL\n{said.values['sparql']}")
    assert len(kg.sparql(said.values["sparql"])) == len(said.values["rows"])
    Draft202012Validator(tools["ask"].output_schema).validate(said.values)


def test_the_day_changes_the_answer(ask: Call) -> None:
    before = ask("ask", question=QUESTION, as_of="2012-12-31").values["answer"]
    after = ask("ask", question=QUESTION, as_of="2020-04-30").values["answer"]
    assert before == []
    assert {thing["label"] for thing in after} == {"lapatinib", "trastuzumab emtansine"}


def test_a_refusal_says_what_was_not_understood_and_is_no_error(
    kg: KnowledgeGraph, ask: Call, tools: dict[str, Any]
) -> None:
    said = ask("ask", question="what is the prognosis of stage IV colon cancer")
    assert not said.is_error
    assert said.text.startswith("Not answered.")
    assert said.values["not_understood"] == ["iv", "colon"]
    assert said.values["answer"] == said.values["rows"] == []
    assert len(said.values["nearest"]) == 3
    for question in said.values["nearest"]:
        assert question in said.text
        assert ask("ask", question=question).values["query"]
    Draft202012Validator(tools["ask"].output_schema).validate(said.values)


def test_the_refusal_is_that_of_the_command(run: Run, ask: Call) -> None:
    question = "what is the prognosis of stage IV colon cancer"
    assert json.loads(run("ask", question, "--format", "json").stdout) == ask("ask", question=question).values


def test_a_named_query_takes_parameters_as_a_reader_writes_them(kg: KnowledgeGraph, ask: Call) -> None:
    said = ask("query", name="study-results", parameters={"study": ["JACOB", "kg:ToGA"], "endpoint": "OS"})
    expected = kg.query("study-results", study=["JACOB", "kg:ToGA"], endpoint="OS")
    assert said.text.startswith(expected.render("text"))
    assert {row["valueText"] for row in said.values["rows"] if "valueText" in row} >= {"0.84", "0.74"}
    assert "#+" not in said.values["sparql"]


def test_every_named_query_fits_the_declared_schema(kg: KnowledgeGraph, ask: Call, tools: dict[str, Any]) -> None:
    validator = Draft202012Validator(tools["query"].output_schema)
    for query in random.Random(7).sample(kg.queries(), 20):
        needed = {p.name: p.example for p in query.parameters if p.required}
        said = ask("query", name=query.name, parameters=needed)
        assert not said.is_error, said.text
        validator.validate(said.values)


def test_a_page_has_its_sources_and_the_queries_behind_it(kg: KnowledgeGraph, ask: Call, tools: dict[str, Any]) -> None:
    said = ask("show", thing="NCT01041404")
    expected = kg.show("ToGA")
    assert said.text.startswith(expected.render("text"))
    assert said.values["id"] == "kg:ToGA"
    assert said.values["sources"] == expected.to_dict()["sources"]
    for section in said.values["sections"]:
        assert f"{section['query']}" in said.text
        assert len(kg.sparql(section["sparql"])) == len(section["rows"])
    Draft202012Validator(tools["show"].output_schema).validate(said.values)


def test_a_proof_is_the_one_of_the_library(kg: KnowledgeGraph, ask: Call, tools: dict[str, Any]) -> None:
    said = ask("why", thing="lapatinib", line="2", as_of="2020-04-30")
    assert said.text.startswith(kg.why("lapatinib", "2020-04-30", "2").render("text"))
    assert "assumed: alpha not stated in a source seen: 0.05 two-sided assumed" in said.text
    assert said.values["sections"][0]["sparql"]
    Draft202012Validator(tools["why"].output_schema).validate(said.values)
    longer = ask("why", thing="lapatinib", line="2", as_of="2020-04-30", sensitivity=True)
    assert len(longer.text) > len(said.text)


def test_checks_of_the_graph_and_of_a_table(kg: KnowledgeGraph, ask: Call, tools: dict[str, Any]) -> None:
    report = check_graph(kg)
    said = ask("check")
    assert said.values["total"] == report.total
    assert {finding["severity"] for finding in said.values["findings"]} == {"warning", "error"}
    assert len(ask("check", severity="info").values["findings"]) == report.total
    table = ask("check", table=TABLE)
    assert [finding["rule"] for finding in table.values["findings"]] == ["estimate-inside-interval"]
    assert table.text.startswith("table, line 2: error")
    measured = ask("check", table=TABLE.replace("measure,", "").replace("HR,", ""), measure="HR")
    assert measured.values["findings"] == table.values["findings"]
    for given in (said, table):
        Draft202012Validator(tools["check"].output_schema).validate(given.values)


def test_resources_are_the_card_the_vocabulary_and_the_catalogue(
    kg: KnowledgeGraph, ontology: Graph, client: tuple[Any, Client]
) -> None:
    portal, one = client
    texts = {}
    for resource in portal.call(one.list_resources).resources:
        (content,) = portal.call(one.read_resource, resource.uri).contents
        assert content.mime_type == resource.mime_type
        texts[resource.uri] = content.text
    assert texts["her2kg://llms.txt"] == card(kg)
    parsed = Graph().parse(data=texts["her2kg://ontology"], format="turtle")
    assert len(parsed) == len(ontology)
    assert {s for s in parsed.subjects() if isinstance(s, URIRef)} == {
        s for s in ontology.subjects() if isinstance(s, URIRef)
    }
    assert all(f"| {query.name} |" in texts["her2kg://queries"] for query in kg.queries())


# What goes wrong

WRONG = [
    ("ask", {}, "'question' is a required property"),
    ("ask", {"question": ""}, "ask.question"),
    ("ask", {"question": 5}, "ask.question: 5 is not of type 'string'"),
    ("ask", {"question": None}, "ask.question"),
    ("ask", {"question": QUESTION, "day": "2020"}, "no argument 'day'; there are question, as_of"),
    ("ask", {"question": QUESTION, "as_of": "yesterday"}, "yesterday"),
    ("query", {"name": "study-resultz"}, "closest: study-results"),
    ("query", {"name": "agents", "parameters": {"planet": "Mars"}}, "query 'agents' has no parameter 'planet'"),
    ("query", {"name": "agents", "parameters": {"target": "HERR2"}}, "closest: HER2"),
    ("query", {"name": "agents", "parameters": {"target": {"a": 1}}}, "query.parameters.target"),
    ("query", {"name": "agents", "parameters": "target=HER2"}, "is not of type 'object'"),
    ("query", {"name": "compare-studies"}, "needs firstStudy"),
    ("query", {"name": "../../etc/passwd"}, "is not known"),
    ("show", {"thing": "TOGGA"}, "closest: ToGA"),
    ("why", {"thing": "lapatinib", "line": "ninth"}, "ninth"),
    ("why", {"thing": "lapatinib", "sensitivity": "yes"}, "is not of type 'boolean'"),
    ("check", {"table": "no table"}, "table, line 1"),
    ("check", {"table": "\0"}, "table"),
    ("check", {"severity": "loud"}, "closest"),
    ("ask", {"question": "w" * (LONGEST_TEXT + 1)}, "2,001 characters; at most 2,000 are read"),
    ("ask", {"question": "w " * 1_000_000}, "2,000,000 characters"),
    ("show", {"thing": "\N{DNA DOUBLE HELIX}" * 1_000_000}, "1,000,000 characters"),
    ("check", {"table": TABLE * (LONGEST_TABLE // len(TABLE) + 1)}, "at most 1,000,000 are read"),
    ("query", {"name": "agents", "parameters": {"target": ["HER2"] * 10_000}}, "query.parameters.target"),
    ("query", {"name": "agents", "parameters": {f"p{i}": "x" for i in range(10_000)}}, "has no parameter 'p0'"),
]


@pytest.mark.parametrize(("tool", "given", "says"), WRONG, ids=[f"{i}-{tool}" for i, (tool, *_) in enumerate(WRONG)])
def test_wrong_input_is_an_error_in_one_line(ask: Call, tool: str, given: dict[str, object], says: str) -> None:
    said = ask(tool, **given)
    assert said.is_error
    assert said.values is None
    assert says in said.text
    assert len(said.text.splitlines()) == 1
    assert len(said.text) < 1_000
    assert not re.search(r"Traceback|/(tmp|home|root|usr)/|\.py\b", said.text)


HOSTILE = [
    "'; DROP TABLE studies; --",
    '"} SERVICE <http://127.0.0.1/> { ?s ?p ?o } #',
    'ToGA" . ?s ?p ?o . #',
    "ToGA> } ; DELETE WHERE { ?s ?p ?o } #",
    "\\u0022 } UNION { ?s ?p ?o }",
    "../../../etc/passwd",
    "file:///etc/passwd",
    "https://w3id.org/her2kg/id/ToGA> ?p ?o . <x",
    "{0.__class__}",
    "%s%n$(id)`id`",
    "<script>alert(1)</script>",
    "\x00\x01\x1b[31mred\x07",
    "\u202etxet\u202c \ufeff\u200b",
    "a\u0301" * 500,
    "\N{DNA DOUBLE HELIX}\N{PILL}",
    "\r\nContent-Length: 0\r\n\r\n",
    '{"jsonrpc": "2.0", "method": "exit"}\n',
    "(" * 1_000,
    "as of " * 300,
    "2020-04-30 " * 180,
    "not " * 400 + "failed",
]


def test_hostile_text_is_a_name_that_nothing_goes_by(ask: Call) -> None:
    for text in HOSTILE:
        asked = ask("ask", question=text)
        assert asked.is_error or "not_understood" in asked.values, text
        for said in (
            ask("show", thing=text),
            ask("query", name="agents-by-verdict", as_of=text),
            ask("check", table=text),
        ):
            assert said.is_error, text
            assert len(said.text.splitlines()) == 1, text
    for text in HOSTILE[:5]:
        for said in (
            ask("why", thing=text),
            ask("query", name="agents-by-verdict", parameters={"agent": text}),
        ):
            assert said.is_error, text
    assert ask("ask", question=QUESTION).values["answer"], "and the server still answers"


def test_what_does_not_exist_is_an_error_of_the_protocol(client: tuple[Any, Client]) -> None:
    portal, one = client
    with pytest.raises(MCPError, match=r"^no tool 'forget'; there are ask, query, show, why, check$"):
        portal.call(one.call_tool, "forget", {})
    with pytest.raises(MCPError, match=r"^no resource 'file:///etc/passwd'; there are her2kg://llms.txt, "):
        portal.call(one.read_resource, "file:///etc/passwd")


def test_calls_at_the_same_time_get_their_own_answers(kg: KnowledgeGraph, client: tuple[Any, Client]) -> None:
    portal, one = client
    studies = ["ToGA", "JACOB", "GATSBY", "TyTAN", "LOGIC", "HELOISE"]
    got: dict[tuple[str, int], Said] = {}

    async def one_call(study: str, time: int) -> None:
        got[study, time] = await call(one, "query", name="study-results", parameters={"study": study})

    async def together() -> None:
        async with anyio.create_task_group() as group:
            for time in range(5):
                for study in studies:
                    group.start_soon(one_call, study, time)

    portal.call(together)
    assert len(got) == 5 * len(studies)
    for (study, _), said in got.items():
        assert said.text.startswith(kg.query("study-results", study=study).render("text"))


def test_the_protocol_is_answered_while_a_call_runs(client: tuple[Any, Client]) -> None:
    portal, one = client
    done = []

    async def check() -> None:
        await call(one, "check")
        done.append("check")

    async def resources_meanwhile() -> None:
        await one.list_resources()
        done.append("resources")

    async def together() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(check)
            group.start_soon(resources_meanwhile)

    portal.call(together)
    assert done == ["resources", "check"]


def test_data_that_change_are_seen_without_starting_anew(tmp_path: Path) -> None:
    """In a graph of one agent, which compiles at once."""

    def write(name: str) -> None:
        triple = f'<{KG}mine> a <{HER2}Agent> ; <{PREFIXES["rdfs"]}label> "{name}" .'
        (tmp_path / "mine.ttl").write_text(triple, encoding="utf-8")

    async def look() -> None:
        write("firstmab")
        async with connect(HER2KG_GRAPH=str(tmp_path)) as one:
            assert (await call(one, "show", thing="firstmab")).values["id"] == "kg:mine"
            write("secondmabs")
            assert (await call(one, "show", thing="secondmabs")).values["id"] == "kg:mine"
            assert (await call(one, "show", thing="firstmab")).is_error
            (tmp_path / "mine.ttl").write_text("no Turtle", encoding="utf-8")
            said = await call(one, "show", thing="secondmabs")
            assert said.is_error
            assert "mine.ttl, line 1" in said.text
            with pytest.raises(MCPError, match=r"mine\.ttl, line 1"):
                await one.read_resource("her2kg://llms.txt")

    anyio.run(look)


def test_lines_that_are_no_messages_do_no_harm_and_the_end_of_input_ends_it(kg: KnowledgeGraph) -> None:
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "raw", "version": "0"},
        },
    }
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    asked = {"jsonrpc": "2.0", "id": 2, "method": "tools/call"}
    asked["params"] = {"name": "ask", "arguments": {"question": QUESTION}}
    # Half a surrogate pair is no character, but JSON can spell it.
    half = {**asked, "id": 3, "params": {"name": "show", "arguments": {"thing": "\ud800"}}}
    junk = [b"hello", b"{", b"[]", b'{"jsonrpc": "1.0"}', b"\xff\xfe\x00", b"[" * 10_000, b""]
    lines = [*junk, *(json.dumps(message).encode() for message in (hello, ready)), *junk]
    lines += [json.dumps(message).encode() for message in (half, asked)]
    process = subprocess.Popen(
        [sys.executable, "-m", "her2kg", "mcp"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"\n".join(lines) + b"\n")
    process.stdin.flush()
    replies = {}
    while 2 not in replies:
        reply = json.loads(process.stdout.readline())
        replies[reply.get("id")] = reply
    assert replies[1]["result"]["serverInfo"]["name"] == "her2kg"
    assert replies[2]["result"]["structuredContent"]["answer"]
    process.communicate(timeout=30)
    assert process.returncode == 0


def test_without_the_extra_the_command_says_what_to_install(run: Run) -> None:
    code = "import sys; sys.modules['mcp'] = sys.modules['anyio'] = None\nfrom her2kg.cli import main\nmain(['mcp'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "Error: this needs the protocol's own package: pip install 'her2kg[mcp]'\n"


def test_a_file_that_is_not_there_ends_the_command_in_one_line(run: Run) -> None:
    done = run("mcp", "--data", "nowhere.ttl")
    assert done.returncode == 2
    assert re.fullmatch(r"Error: .*nowhere\.ttl: no such file\n", done.stderr)


# The card


@pytest.fixture(scope="module")
def text(kg: KnowledgeGraph) -> str:
    return card(kg)


EXAMPLES = [Path(path) for path in resources.card_examples()]


def test_every_name_in_the_card_exists(kg: KnowledgeGraph, text: str) -> None:
    names = set(re.findall(r"\b(her2|kg):([\w-]+)", text))
    assert len(names) > 400
    known = {term.value for quad in kg.engine.store for term in quad if isinstance(term, NamedNode)}
    assert [f"{prefix}:{name}" for prefix, name in names if PREFIXES[prefix] + name not in known] == []
    full = set(re.findall(r"<(http[^<>\s]+)>", text))
    assert full == set(PREFIXES.values())


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_every_query_in_the_card_runs_and_finds_something(kg: KnowledgeGraph, text: str, path: Path) -> None:
    title, _, query = path.read_text(encoding="utf-8").partition("\n")
    assert title.startswith("# ")
    assert query.strip() in text
    prepareQuery(query)  # rdflib's parser, which adds no prefixes of its own
    assert list(kg.engine.store.query(query))


def test_the_card_has_eight_queries_and_every_block_of_sparql_is_one_of_them_or_the_prefixes(text: str) -> None:
    blocks = re.findall(r"(?s)```sparql\n(.*?)\n```", text)
    assert len(blocks) == 1 + len(EXAMPLES) == 9
    assert blocks[0] == "\n".join(f"PREFIX {name}: <{iri}>" for name, iri in PREFIXES.items())


def test_properties_of_a_class_are_those_its_things_have(text: str, curated: Graph) -> None:
    """Counted again in what curators wrote, with rdflib."""
    line = next(line for line in text.splitlines() if line.startswith("- `her2:Component` "))
    components = set(curated.subjects(URIRef(PREFIXES["rdf"] + "type"), URIRef(HER2 + "Component")))
    assert f"({len(components)})" in line
    uses = Counter(str(used) for one in components for used in set(curated.predicates(one)))
    key = {name.removeprefix(HER2) for name, n in uses.items() if name.startswith(HER2) and n >= len(components) / 4}
    assert set(re.findall(r"`her2:(\w+)`", line)) - {"Component", "knownFrom"} == key  # known from its source: derived


def test_the_card_names_every_query_rule_and_value(kg: KnowledgeGraph, text: str) -> None:
    for query in kg.queries():
        assert f"- {query.name}: {query.summary}" in text
    for rule in kg.sparql("SELECT ?rule WHERE { ?rule a her2:Rule }"):
        assert f"- {rule['rule'].id.removeprefix('kg:rule-')} (version " in text
    assert "`her2:LineOfTherapy`: her2:FirstLine, her2:SecondLine, her2:ThirdLine" in text
    assert "$" not in text


def test_the_command_prints_the_card(run: Run, text: str, tmp_path: Path) -> None:
    assert run("llms", "-o", str(tmp_path / "llms.txt")).returncode == 0
    assert (tmp_path / "llms.txt").read_text(encoding="utf-8") == text
