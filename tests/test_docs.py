"""What the pages show is what one gets."""

import doctest
import re
import shlex
from pathlib import Path

import click
import pytest

from her2kg.cli import main
from her2kg.knowledge import KnowledgeGraph
from her2kg.queries import catalogue

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGES = [page for page in PAGES if page.exists()]
# Commands that take long, need a network, or change files; tests of their own run them.
# Pages on intake and synthesis speak of files of the reader's; tests/intake and tests/synthesis run those commands.
NOT_RUN = re.compile(r"her2kg (validate|import|add|diff|fmt|template|synthesize)\b")


def blocks(page: Path, language: str) -> list[tuple[int, str]]:
    """Return the fenced blocks of a language with the line on which each begins."""
    text = page.read_text(encoding="utf-8")
    return [
        (text[: found.start()].count("\n") + 2, found[1])
        for found in re.finditer(rf"(?ms)^```{language}\n(.*?)^```", text)
    ]


def console_examples() -> list[object]:
    """Return each ``$ her2kg ...`` of a console block with the output shown below it."""
    found: list[object] = []
    for page in PAGES:
        for line, block in blocks(page, "console"):
            for command, output in re.findall(r"(?ms)^\$ (.*?)\n(.*?)(?=^\$ |\Z)", block):
                found.append(pytest.param(command, output, id=f"{page.name}:{line}:{command[:40]}"))
    return found


def said(page: Path) -> list[str]:
    """Return the her2kg commands of a page outside console blocks: on a line of their own, or as code in a sentence."""
    text = re.sub(r"(?ms)^```console\n.*?^```", "", page.read_text(encoding="utf-8"))
    return [line or code for line, code in re.findall(r"(?m)^\s*(her2kg .+)$|`(her2kg [^`\n]+)`", text)]


def runnable() -> list[str]:
    """Return the commands of the README that are whole: no file of the reader's, nothing left out."""
    open_ended = re.compile(r"\.\.\.|\b(NAME|FILE|OLD|NEW)\b|mine\.|\b[\w-]+\.(csv|ttl|json|rq)\b|\|")
    return [
        line
        for line in dict.fromkeys(said(ROOT / "README.md"))
        if not open_ended.search(line) and not NOT_RUN.match(line)
    ]


def run(command: str):
    from click.testing import CliRunner

    program, *arguments = shlex.split(command, comments=True)
    assert program == "her2kg"
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.mark.parametrize(("command", "output"), console_examples())
def test_console_block_shows_what_is_printed(kg: KnowledgeGraph, command: str, output: str) -> None:
    assert run(command).output.splitlines() == output.splitlines()


@pytest.mark.parametrize("command", runnable())
def test_command_of_the_readme_runs(
    kg: KnowledgeGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(command).exit_code == 0


@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES])
def test_commands_and_options_of_a_page_exist(page: Path) -> None:
    for line in said(page):
        words = re.split(r"[\s\"'|]+", line)[1:]
        command: click.Command = main
        while isinstance(command, click.Group) and words and not words[0].startswith(("-", "...")):
            found = command.get_command(click.Context(command), words[0])
            assert found is not None, f"{page.name}: {line}"
            command = found
            words.pop(0)
        options = {name for option in command.params for name in (*option.opts, *option.secondary_opts)} | {
            "-h",
            "--help",
        }
        assert {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)} - options == set(), (
            f"{page.name}: {line}"
        )


@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES if blocks(page, "python")])
def test_python_blocks_run(kg: KnowledgeGraph, page: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Blocks with prompts are doctests, and share names; others that need no file of the reader's are run."""
    names: dict[str, object] = {}
    for line, block in blocks(page, "python"):
        if ">>>" in block:
            test = doctest.DocTestParser().get_doctest(block, names, page.name, str(page), line - 1)
            runner = doctest.DocTestRunner(verbose=False)
            failed, _ = runner.run(test, out=lambda _: None, clear_globs=False)
            names = test.globs
            assert failed == 0, f"{page.name}, line {line}: python -m doctest says more"
        else:
            compile(block, f"{page.name}:{line}", "exec")


@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES])
def test_links_within_the_project_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_command_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in main.list_commands(click.Context(main)) if f"her2kg {name}" not in text] == []


def test_every_query_named_in_a_page_exists(kg: KnowledgeGraph) -> None:
    names = {str(row["name"]) for row in catalogue(kg)}
    said = {
        name
        for page in PAGES
        for name in re.findall(r"her2kg query ([a-z][a-z0-9-]+)\b(?!\.rq)", page.read_text(encoding="utf-8"))
    }
    assert said - names == set()


def test_both_one_liners_are_in_the_readme_and_ci_runs_the_second() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = [line.strip() for line in readme.splitlines() if line.strip().startswith("python3 -m venv")]
    assert len(lines) == 2
    assert "her2kg ask" in lines[0]
    assert lines[1] in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
