"""What the pages show is what one gets."""

import re
import shutil
from pathlib import Path

import click
import pytest
from page_examples import has_examples, printed, problems

from her2kg.cli import main
from her2kg.knowledge import KnowledgeGraph
from her2kg.queries import catalogue

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGES = [page for page in PAGES if page.exists()]
# Files that pages take as the reader's own.
READERS_FILES = [
    ROOT / "tests" / "pages" / "estimates.csv",
    ROOT / "tests" / "intake" / "fixtures" / "NCT99900001.json",
]
# Commands that take long, or change files; the pages on them run them in console and sh blocks.
NOT_RUN = re.compile(r"her2kg (validate|import|add|diff|fmt|template|synthesize|serve|mcp|build|site)\b")


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


@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES if has_examples(page)])
def test_every_example_of_a_page_shows_what_is_there(
    kg: KnowledgeGraph, tmp_path: Path, page: Path, request: pytest.FixtureRequest
) -> None:
    """Commands, queries and Python of a page, in its order; ``--update-golden`` writes what is there into it."""
    for file in READERS_FILES:
        shutil.copy(file, tmp_path)
    assert problems(page, kg, tmp_path, bool(request.config.getoption("--update-golden"))) == []


@pytest.mark.parametrize("command", runnable())
def test_command_of_the_readme_runs(
    kg: KnowledgeGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert printed(command)[1] == 0


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
