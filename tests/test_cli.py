"""The command line: every command, every format, every way to use it wrongly."""

import csv
import io
import json
import os
import random
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import her2kg
from her2kg.cli import FORMATS, main
from her2kg.knowledge import KnowledgeGraph

ROOT = Path(__file__).parent.parent
QUESTION = "which agents failed phase III in second line"
ANSWERING = {
    "ask": ("ask", QUESTION),
    "query": ("query", "agents-by-verdict", "-p", "outcome=failed", "-p", "line=second line"),
    "show": ("show", "ToGA"),
    "why": ("why", "lapatinib", "--line", "2"),
}
LISTING = {
    "queries": ("queries",),
    "one query": ("queries", "agents-by-verdict"),
    "rules": ("rules",),
    "stats": ("stats",),
    "coverage": ("coverage",),
}


@pytest.fixture(autouse=True)
def _ready(kg: KnowledgeGraph) -> None:
    """Have the snapshot built."""


def call(*arguments: str, stdin: str | bytes | None = None) -> Result:
    """Run the command line in this process; any error but a click exit is a traceback to a user, and is raised."""
    return CliRunner().invoke(main, list(arguments), input=stdin, catch_exceptions=False)


def good(*arguments: str) -> str:
    result = call(*arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def parses(text: str, form: str) -> bool:
    """Say whether a text is what its format promises, with something in it."""
    if form == "json":
        return bool(json.loads(text))
    if form in {"csv", "tsv"}:
        rows = list(csv.reader(io.StringIO(text), delimiter="," if form == "csv" else "\t"))
        tables = [len(row) for row in rows if row and not row[0].startswith("# ")]
        return len(rows) > 1 and all(width > 0 for width in tables)
    return bool(text.strip()) and "Traceback" not in text


# What every command does


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("command", [*ANSWERING, *LISTING])
def test_every_format_of_every_command_parses(command: str, form: str) -> None:
    text = good(*(ANSWERING | LISTING)[command], "--format", form)
    assert parses(text, form)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("form", ["csv", "tsv"])
@pytest.mark.parametrize("command", ["ask", "query", "rules", "stats"])
def test_rows_of_a_table_are_of_one_width(command: str, form: str) -> None:
    text = good(*(ANSWERING | LISTING)[command], "--format", form)
    rows = list(csv.reader(io.StringIO(text), delimiter="," if form == "csv" else "\t"))
    assert len({len(row) for row in rows}) == 1
    assert len(set(rows[0])) == len(rows[0])


def test_json_of_an_answer_holds_what_was_promised() -> None:
    answer = json.loads(good("ask", QUESTION, "--as-of", "2020-04-30", "--format", "json"))
    assert {"question", "query", "parameters", "as_of", "columns", "rows", "answer", "sources", "sparql"} <= set(answer)
    assert (answer["question"], answer["query"], answer["as_of"]) == (QUESTION, "agents-by-verdict", "2020-04-30")
    assert [thing["label"] for thing in answer["answer"]] == ["lapatinib", "trastuzumab emtansine"]
    assert [thing["id"] for thing in answer["answer"]] == ["kg:lapatinib", "kg:trastuzumab-emtansine"]
    names = [column["name"] for column in answer["columns"]]
    assert all(list(row) == names for row in answer["rows"])
    first = next(row for row in answer["rows"] if row["study"]["label"] == "TyTAN")
    assert isinstance(first["value"], float)
    assert first["valueText"] == "0.84"
    assert all(source["label"] and source["locators"] for source in answer["sources"])
    assert her2kg.load().sparql(answer["sparql"]).rows


def test_text_says_what_was_understood_and_names_the_sources() -> None:
    text = good("ask", QUESTION, "--as-of", "2020-04-30")
    for part in (
        "outcome: failed",
        "line: second line",
        "As of 2020-04-30",
        "lapatinib",
        "TyTAN",
        "emtansine",
        "GATSBY",
        "0.84",
        "1.15",
        "Sources",
        "doi:",
    ):
        assert part in text, part


@pytest.mark.parametrize("command", ANSWERING)
def test_sparql_is_the_query_behind_the_answer(command: str) -> None:
    text = good(*ANSWERING[command], "--sparql")
    assert "SELECT" in text
    first = re.split(r"\n\n(?=#\+)", text.strip())[0]
    assert her2kg.load().sparql(first).names


@pytest.mark.parametrize("command", ANSWERING)
def test_output_file_holds_what_is_printed_otherwise(tmp_path: Path, command: str) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old\n")
    assert good(*ANSWERING[command], "-o", str(path)) == ""
    assert path.read_text(encoding="utf-8") == good(*ANSWERING[command])
    assert os.listdir(tmp_path) == ["out.txt"], "no temporary file is left"


def test_failing_to_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old\n")
    assert call("query", "no-such-query", "-o", str(path)).exit_code == 2
    assert path.read_text() == "old\n"
    assert os.listdir(tmp_path) == ["out.txt"]


def test_as_of_changes_the_answer() -> None:
    asked = ("query", "agents-by-verdict", "-p", "outcome=failed", "--format", "csv", "--as-of")
    assert len(good(*asked, "2013-12-31").splitlines()) < len(good(*asked, "2020").splitlines())


def test_data_is_laid_over_the_graph() -> None:
    files = sorted((ROOT / "tests" / "fixtures").glob("*.ttl"))
    over = [part for path in files for part in ("--data", str(path))]
    assert "not evaluable" in good("why", "F-stopped", *over)
    assert call("why", "F-stopped").exit_code == 2


def test_parameter_given_twice_means_any_of_them() -> None:
    text = good("query", "agents-by-verdict", "-p", "agent=lapatinib", "-p", "agent=pertuzumab", "--format", "json")
    assert {thing["label"] for thing in json.loads(text)["answer"]} == {"lapatinib", "pertuzumab"}


@pytest.mark.parametrize("line", ["2", "second line", "2L", "second-line", "her2:SecondLine"])
def test_parameter_is_understood_as_a_person_writes_it(line: str) -> None:
    text = good("query", "agents-by-verdict", "-p", f"line={line}", "-p", "outcome=failed", "--format", "json")
    assert [thing["label"] for thing in json.loads(text)["answer"]] == ["lapatinib", "trastuzumab emtansine"]


@pytest.mark.parametrize(
    "name", ["ToGA", "toga", "NCT01041404", "BO18255", "kg:ToGA", "https://w3id.org/her2kg/id/ToGA"]
)
def test_show_finds_by_any_name(name: str) -> None:
    page = json.loads(good("show", name, "--format", "json"))
    assert (page["id"], page["label"]) == ("kg:ToGA", "ToGA")
    assert page["sections"]


@pytest.mark.parametrize(
    "name",
    ["T-DM1", "Kadcyla", "HER2", "second line", "OS", "antibody-drug conjugate", "bang-2010", "PTEN loss", "MET"],
)
def test_show_has_a_page_for_every_sort_of_thing(name: str) -> None:
    assert len(good("show", name).splitlines()) > 3


def test_why_prints_rule_version_input_basis_assumption_and_source() -> None:
    text = good("why", "T-DM1", "--line", "2")
    for part in ("failed in second line", "version", "GATSBY", "hazard ratio 1.15", "decided by", "assumed:", "doi:"):
        assert part in text, part


def test_query_file_and_standard_input(tmp_path: Path) -> None:
    text = "SELECT ?agent WHERE { ?agent a her2:Agent ; rdfs:label 'lapatinib' }"
    path = tmp_path / "mine.rq"
    path.write_text(text)
    assert good("query", str(path), "--format", "csv") == call("query", "-", "--format", "csv", stdin=text).stdout
    assert "kg:lapatinib" in good("query", str(path), "--format", "csv")
    assert good("query", str(path), "--sparql").strip() == text


def test_construct_gives_turtle_and_ask_gives_yes_or_no(tmp_path: Path) -> None:
    path = tmp_path / "mine.rq"
    path.write_text("CONSTRUCT { ?s a her2:Agent } WHERE { ?s a her2:Agent }")
    assert "@prefix" in good("query", str(path))
    path.write_text("ASK { kg:ToGA a her2:RandomisedTrial }")
    assert "yes" in good("query", str(path))


def test_queries_can_be_searched() -> None:
    assert "hazard-ratios" in good("queries", "forest")
    assert "agents-by-verdict" in good("queries", "agents-by-verdict")


def test_stats_count_something() -> None:
    counts = {row["what"]: row["count"] for row in json.loads(good("stats", "--format", "json"))}
    assert counts["triples"] > 40_000
    assert counts["randomised trial"] >= 10


# Not understood: exit code 1


def test_refusal_says_which_word_and_what_to_ask_instead() -> None:
    result = call("ask", "what is the prognosis of stage IV colon cancer")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "colon" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 5


def test_refusal_as_json_is_json_too() -> None:
    result = call("ask", "what is the weather", "--format", "json")
    assert result.exit_code == 1
    refusal = json.loads(result.stdout)
    assert (refusal["answer"], refusal["rows"], len(refusal["nearest"])) == ([], [], 3)


# Wrong use: one line, exit code 2, nothing written


def wrong_use(folder: Path) -> dict[str, tuple[str, ...]]:
    """Return commands that are wrong, with the files they name put into a folder."""

    def file(name: str, content: str | bytes) -> str:
        path = folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return {
        "no such command": ("frobnicate",),
        "no such option": ("ask", QUESTION, "--frobnicate"),
        "no question": ("ask",),
        "unknown study": ("show", "NOSUCHTRIAL"),
        "empty name": ("show", ""),
        "unknown agent": ("why", "aspirin"),
        "unknown line": ("why", "lapatinib", "--line", "seventh"),
        "unknown query": ("query", "agents-by-verdit"),
        "unknown parameter": ("query", "agents-by-verdict", "-p", "colour=red"),
        "no key": ("query", "agents-by-verdict", "-p", "=red"),
        "no value": ("query", "agents-by-verdict", "-p", "line"),
        "unknown value": ("query", "agents-by-verdict", "-p", "line=tenth"),
        "empty value": ("query", "agents-by-verdict", "-p", "line="),
        "SPARQL in a value": ("query", "agents-by-verdict", "-p", "line=} DROP ALL {"),
        "required parameter missing": ("query", "study-results"),
        "unknown format": ("ask", QUESTION, "--format", "xml"),
        "no date": ("ask", QUESTION, "--as-of", "yesterday"),
        "impossible date": ("ask", QUESTION, "--as-of", "2020-02-30"),
        "date in the year 0": ("ask", QUESTION, "--as-of", "0000"),
        "malformed query file": ("query", file("bad.rq", "SELECT WHERE {")),
        "update": ("query", file("update.rq", "INSERT DATA { <a:b> <a:b> <a:b> }")),
        "delete": ("query", file("delete.rq", "DELETE WHERE { ?s ?p ?o }")),
        "service": ("query", file("service.rq", "SELECT * WHERE { SERVICE <http://example.org/> { ?s ?p ?o } }")),
        "two queries": ("query", file("two.rq", "SELECT * WHERE { ?s ?p ?o } SELECT * WHERE { ?s ?p ?o }")),
        "unknown prefix": ("query", file("prefix.rq", "SELECT * WHERE { ?s nope:p ?o }")),
        "triples in a table": ("query", file("construct.rq", "CONSTRUCT WHERE { ?s a her2:Agent }"), "--format", "csv"),
        "empty query file": ("query", file("empty.rq", "")),
        "blank query file": ("query", file("blank.rq", " \n\n")),
        "binary query file": ("query", file("binary.rq", bytes(range(256)))),
        "null bytes": ("query", file("null.rq", b"SELECT\0")),
        "huge query file": ("query", file("huge.rq", b"#" * 2_000_000)),
        "folder as query": ("query", f"{folder}{os.sep}"),
        "no such query file": ("query", str(folder / "missing.rq")),
        "parameter for a file": ("query", file("good.rq", "SELECT * WHERE { ?s a her2:Agent }"), "-p", "a=b"),
        "malformed Turtle": ("ask", QUESTION, "--data", file("bad.ttl", "kg:x a her2:Agent .\n")),
        "binary Turtle": ("ask", QUESTION, "--data", file("binary.ttl", bytes(range(256)) * 8)),
        "Turtle that is not UTF-8": (
            "ask",
            QUESTION,
            "--data",
            file("latin.ttl", '<a:b> <a:c> "é" .'.encode("latin-1")),
        ),
        "no such Turtle": ("ask", QUESTION, "--data", str(folder / "missing.ttl")),
        "folder as Turtle": ("ask", QUESTION, "--data", str(folder)),
        "output is a folder": ("ask", QUESTION, "-o", str(folder)),
        "output in a missing folder": ("ask", QUESTION, "-o", str(folder / "missing" / "out.txt")),
        "output below a file": ("ask", QUESTION, "-o", str(Path(file("plain", "x")) / "out.txt")),
        "empty output": ("ask", QUESTION, "-o", ""),
        "table of nothing": ("check", file("empty.csv", "")),
        "binary table": ("check", file("binary.csv", bytes(range(256)))),
        "no such table": ("check", str(folder / "missing.csv")),
        "folder as table": ("check", str(folder)),
        "Turtle to validate is missing": ("validate", str(folder / "missing.ttl")),
        "Turtle to validate is malformed": ("validate", file("bad2.ttl", "this is not Turtle")),
        "very long name": ("show", "x" * 100_000),
        "very long parameter": ("query", "agents-by-verdict", "-p", "line=" + "x" * 100_000),
        "very long query name": ("query", "x" * 100_000),
    }


WRONG = sorted(wrong_use(Path(os.environ["HER2KG_CACHE"])))


@pytest.mark.parametrize("what", WRONG)
def test_wrong_use_is_one_clear_line(tmp_path: Path, what: str) -> None:
    arguments = wrong_use(tmp_path)[what]
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    result = call(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    # click puts its usage lines before the error; the error itself is one line.
    lines = [line for line in result.stderr.strip().splitlines() if line and not line.startswith(("Usage: ", "Try "))]
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("Error: ")
    assert len(lines[0]) < 600
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("what", "parts"),
    [
        ("unknown query", ("agents-by-verdit", "agents-by-verdict", "her2kg queries")),
        ("unknown study", ("NOSUCHTRIAL",)),
        ("unknown parameter", ("colour", "line")),
        ("required parameter missing", ("study", "for example")),
        ("no date", ("yesterday", "YYYY-MM-DD")),
        ("unknown format", ("xml", "json")),
        ("malformed Turtle", ("bad.ttl, line 1",)),
        ("malformed query file", ("bad.rq", "line")),
        ("update", ("INSERT", "read-only")),
        ("service", ("SERVICE",)),
        ("empty query file", ("empty.rq", "empty")),
        ("binary query file", ("binary.rq",)),
        ("huge query file", ("huge.rq",)),
        ("no such query file", ("missing.rq", "No such file")),
        ("output is a folder", ("folder",)),
    ],
)
def test_message_names_what_where_and_the_next_step(tmp_path: Path, what: str, parts: tuple[str, ...]) -> None:
    said = call(*wrong_use(tmp_path)[what]).stderr
    assert [part for part in parts if part not in said] == [], said


def test_empty_standard_input_is_refused() -> None:
    result = call("query", "-", stdin="")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "standard input: empty" in result.stderr


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_unwritable_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert call("ask", QUESTION, "-o", str(tmp_path / "out.txt")).exit_code == 2


@contextmanager
def piped(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-m", "her2kg", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        yield process


@pytest.mark.parametrize("arguments", [("query", "hazard-ratios", "--format", "json"), ("queries",), ("show", "ToGA")])
def test_closed_pipe_is_silent(arguments: tuple[str, ...]) -> None:
    with piped(*arguments) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


# Help


# Their examples run on, take long, or name files of the reader's; they have tests of their own.
NOT_RUN = {"validate", "import", "add", "diff", "fmt", "build", "serve", "mcp", "site"}


def commands() -> dict[str, click.Command]:
    context = click.Context(main)
    found = {name: main.get_command(context, name) for name in main.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


@pytest.fixture
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder that may be written to: some examples make files."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_elsewhere")
@pytest.mark.parametrize("command", sorted(commands()))
def test_help_has_an_example_that_runs(command: str) -> None:
    examples = re.findall(r"Examples?:\s+her2kg (.+)", good(command, "--help"))
    assert examples
    arguments = shlex.split(examples[0])
    assert arguments[0] == command
    if command not in NOT_RUN:
        assert call(*arguments).exit_code == 0


@pytest.mark.usefixtures("_elsewhere")
def test_examples_of_the_group_run() -> None:
    examples = re.findall(r"(?m)^\s+her2kg (.+)$", good("--help"))
    assert len(examples) >= 3
    for example in examples:
        good(*shlex.split(example))


def test_every_option_has_help() -> None:
    assert [
        (name, option.name)
        for name, command in commands().items()
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    ] == []


def test_version_is_printed(run) -> None:
    done = run("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert her2kg.__version__ in done.stdout


# Anything at all


def no_traceback(result: Result, arguments: list[str]) -> None:
    assert result.exit_code in {0, 1, 2}, arguments
    assert "Traceback" not in result.output, arguments


WORDS = [
    *(
        "ask",
        "query",
        "queries",
        "show",
        "why",
        "stats",
        "rules",
        "--as-of",
        "--format",
        "--sparql",
        "-p",
        "--line",
        "-o",
        "--data",
        "--help",
        "-",
        "--",
    ),
    *(
        "json",
        "text",
        "csv",
        "2020",
        "2020-04-30",
        "9999-12-31",
        "line=2",
        "agent=T-DM1",
        "=",
        "a=b",
        "agents-by-verdict",
        "study-results",
        "study=ToGA",
    ),
    *(
        "ToGA",
        "lapatinib",
        "second line",
        "kg:",
        "her2:",
        "http://",
        "<>",
        '"',
        "\\",
        "{",
        "}",
        "?x",
        "'",
        "\0",
        "\n",
        "é",
        "\u202e",
        "💊",
        " ",
        "",
        "/",
        "..",
        "%s",
        "$HOME",
    ),
]
quick = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(arguments=st.lists(st.sampled_from(WORDS) | st.text(max_size=20), max_size=6))
def test_any_arguments_give_no_traceback(tmp_path_factory: pytest.TempPathFactory, arguments: list[str]) -> None:
    folder = os.getcwd()
    os.chdir(tmp_path_factory.getbasetemp())  # an -o may come true
    try:
        no_traceback(call(*arguments, stdin=""), arguments)
    finally:
        os.chdir(folder)


@quick
@given(name=st.text(max_size=40))
def test_any_name_is_found_or_refused(name: str) -> None:
    for command in ("show", "why"):
        no_traceback(call(command, "--", name), [command, name])


@quick
@given(value=st.text(max_size=40))
def test_any_value_of_a_parameter_is_taken_or_refused(value: str) -> None:
    for parameter in ("line", "asOf"):
        no_traceback(call("query", "agents-by-verdict", "-p", f"{parameter}={value}"), [parameter, value])


@quick
@given(content=st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_content_of_a_query_file_is_run_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.rq"
    path.write_bytes(content)
    no_traceback(call("query", str(path)), [repr(content)])


def test_damaged_copies_of_real_files_give_no_traceback(tmp_path: Path) -> None:
    """Cut, swap and overwrite bytes of a shipped query and of a small Turtle file."""
    chance = random.Random(2)
    for source, arguments in (
        (ROOT / "queries" / "agents.rq", ["query"]),
        (ROOT / "data" / "targets.ttl", ["query", "agents", "--data"]),
    ):
        original = source.read_bytes()
        for _ in range(12 if source.suffix == ".rq" else 4):
            damaged = bytearray(original)
            for _ in range(chance.randint(1, 4)):
                at = chance.randrange(len(damaged))
                damaged[at : at + chance.choice((0, 1, 50))] = chance.randbytes(chance.choice((0, 1, 3)))
            path = tmp_path / f"damaged{source.suffix}"
            path.write_bytes(damaged)
            no_traceback(call(*arguments, str(path)), arguments)
