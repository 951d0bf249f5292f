"""The examples on a page, run as a reader would run them.

A page is one session in one folder, from top to bottom:

- ```` ```console ````: lines after ``$ `` are commands; what stands below each is everything they print;
- ```` ```sh ````: commands that must succeed; what they print is not shown;
- ```` ```sparql ```` with a ```` ```text ```` block right after it: a query of one's own, and its rows;
- ```` ```python ```` with prompts: a doctest; without: run as it stands.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

from click.testing import CliRunner

from her2kg.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from her2kg.knowledge import KnowledgeGraph

_FENCE = re.compile(r"(?ms)^(?P<indent> *)```(?P<language>[\w-]+)\n(?P<body>.*?)^(?P=indent)```$")
_RUN = ("console", "sh", "sparql", "python")


class Block(NamedTuple):
    """A fenced block: where its body begins and ends in the text, and on which line."""

    language: str
    body: str
    start: int
    end: int
    line: int


def blocks(text: str) -> list[Block]:
    return [
        Block(one["language"], one["body"], one.start("body"), one.end("body"), text[: one.start()].count("\n") + 1)
        for one in _FENCE.finditer(text)
    ]


def has_examples(path: Path) -> bool:
    return any(block.language in _RUN for block in blocks(path.read_text(encoding="utf-8")))


def printed(command: str) -> tuple[str, int]:
    """Run one command line in this process; return what it prints and its exit code."""
    program, *arguments = shlex.split(command, comments=True)
    assert program == "her2kg", f"only her2kg is run here: {command}"
    # The terminal's width is the reader's; what a page shows must not depend on it.
    done = CliRunner(env={"COLUMNS": "110"}).invoke(main, arguments, catch_exceptions=False)
    return done.output, done.exit_code


def commands(body: str) -> list[str]:
    """Return the commands of a console or sh block; a backslash at the end of a line continues it."""
    joined = re.sub(r"\\\n\s*", " ", body)
    marked = [line[2:] for line in joined.splitlines() if line.startswith("$ ")]
    return marked or [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]


def _console(body: str) -> str:
    """Return a console block with what its commands print now."""
    parts = []
    for shown in re.findall(r"(?m)^(\$ (?:.*\\\n)*.*)$", body):
        output, _ = printed(commands(shown)[0])
        parts.append(f"{shown}\n" + "".join(f"{line.rstrip()}\n" for line in output.splitlines()))
    return "".join(parts)


def problems(path: Path, kg: KnowledgeGraph, folder: Path, update: bool = False) -> list[str]:
    """Run a page's examples in a folder; return a line per example that does not show what is there.

    Parameters
    ----------
    update : write what is there now into the page instead of complaining
    """
    text = path.read_text(encoding="utf-8")
    found = blocks(text)
    names: dict[str, object] = {}
    wrong: list[str] = []
    now: list[tuple[Block, str]] = []
    with contextlib.chdir(folder):
        for number, block in enumerate(found):
            where = f"{path.name}:{block.line}"
            if block.language == "console":
                now.append((block, _console(block.body)))
            elif block.language == "sh":
                for command in commands(block.body):
                    output, code = printed(command)
                    wrong += [f"{where}: {command}: exit code {code}\n{output}"] if code else []
            elif block.language == "sparql":
                shown = found[number + 1] if number + 1 < len(found) else None
                if shown is None or shown.language != "text" or text[block.end : shown.start].strip("`\n ") != "text":
                    wrong.append(f"{where}: a query needs its rows in a text block right below")
                    continue
                now.append((shown, _rows(kg, block.body, shown.body)))
            elif block.language == "python":
                wrong += _python(block, where, names)
    if update:
        for block, body in reversed(now):
            text = text[: block.start] + body + text[block.end :]
        path.write_text(text, encoding="utf-8")
        return wrong
    return wrong + [
        f"{path.name}:{block.line}: shows\n{block.body}\nbut there is\n{body}"
        for block, body in now
        if block.body != body
    ]


def _rows(kg: KnowledgeGraph, query: str, shown: str) -> str:
    """Return what a query gives now; Turtle comes in no settled order, so what is shown stands if it says the same."""
    from rdflib import Graph
    from rdflib.compare import isomorphic

    from her2kg.queries import run_text

    now = "".join(f"{line.rstrip()}\n" for line in run_text(kg, query, "text").splitlines())
    if now.startswith("@prefix") and isomorphic(Graph().parse(data=now), Graph().parse(data=shown)):
        return shown
    return now


def _python(block: Block, where: str, names: dict[str, object]) -> list[str]:
    if ">>>" not in block.body:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(block.body, where, "exec"), names)
        return []
    test = doctest.DocTestParser().get_doctest(block.body, names, where, where, 0)
    said = io.StringIO()
    failed, _ = doctest.DocTestRunner(verbose=False).run(test, out=said.write, clear_globs=False)
    names.update(test.globs)
    return [said.getvalue()] if failed else []
