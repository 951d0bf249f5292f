"""What the pages show is what one gets."""

import doctest
import re
import shlex
from pathlib import Path

import pytest

from her2kg.cli import main
from her2kg.knowledge import KnowledgeGraph
from her2kg.queries import catalogue

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGES = [page for page in PAGES if page.exists()]
# Shell lines that set up an environment or take minutes; .ci/run and the tests themselves run them.
NOT_RUN = re.compile(r"her2kg (validate|fetch|serve)\b")


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


def commands() -> list[object]:
    """Return every other her2kg command of the pages: on a line of its own, or as code in a sentence."""
    found = {}
    for page in PAGES:
        text = re.sub(r"(?ms)^```console\n.*?^```", "", page.read_text(encoding="utf-8"))
        for command in re.findall(r"(?m)^\s*(her2kg .+)$|`(her2kg [^`\n]+)`", text):
            line = command[0] or command[1]
            if not re.search(
                r"\.\.\.|[A-Z]{4,}\b(?<!JACOB)(?<!LOGIC)|\bFILE\b|NAME|mine\.|my-|\|", line
            ) and not NOT_RUN.match(line):
                found[line] = pytest.param(line, id=f"{page.name}:{line[:50]}")
    return list(found.values())


def run(command: str):
    from click.testing import CliRunner

    program, *arguments = shlex.split(command, comments=True)
    assert program == "her2kg"
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.mark.parametrize(("command", "output"), console_examples())
def test_console_block_shows_what_is_printed(kg: KnowledgeGraph, command: str, output: str) -> None:
    assert run(command).output.splitlines() == output.splitlines()


@pytest.mark.parametrize("command", commands())
def test_command_of_a_page_runs(
    kg: KnowledgeGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(command).exit_code == 0


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
    assert [name for name in main.commands if f"her2kg {name}" not in text] == []


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
