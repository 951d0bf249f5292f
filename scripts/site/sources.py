"""The Markdown of the whole site in one folder: pages generated, and pages taken from the project."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import yaml

import her2kg
from scripts.site import ontology, queries, reference, rules, shapes
from scripts.site.home import home
from scripts.site.markup import page, tree
from scripts.site.vocabulary import Vocabulary, about, rule_pages

if TYPE_CHECKING:
    from her2kg.knowledge import KnowledgeGraph
    from scripts.site.vocabulary import Metadata

ROOT = Path(__file__).parents[2]
_LINK = re.compile(r"(\[(?:[^\]\[]|\[[^\]]*\])*\])\((?!https?:|mailto:|#)([^)#\s]+)(#[^)\s]*)?\)")
_PLACES = {
    "queries": "queries/index",
    "queries/rules": "rules/index",
    "ontology/her2kg.ttl": "ontology/index",
    "ontology/shapes.ttl": "shapes",
    "docs/shapes.md": "shapes",
    "her2kg/cli.py": "cli",
    "her2kg/knowledge.py": "python/her2kg.knowledge",
    "benchmarks": "benchmarks",
    "docs": "index",
}
"""What a link to a place in the project becomes on the site, so that one link works in both."""
_MADE_ANEW = "shapes"
"""A page in docs/ whose longer version the site generates."""


class Navigation(NamedTuple):
    """docs/site.yaml: sections of page names, pages from elsewhere, modules of the interface, first questions."""

    sections: list[tuple[str, list[str]]]
    taken: dict[str, str]
    python: list[str]
    questions: list[str]


def navigation() -> Navigation:
    """Read docs/site.yaml."""
    plan = yaml.safe_load((ROOT / "docs" / "site.yaml").read_text(encoding="utf-8"))
    sections = [(section["caption"], section["pages"]) for section in plan["sections"]]
    return Navigation(sections, plan["taken"], plan["python"], plan["questions"])


def generated(kg: KnowledgeGraph, vocabulary: Vocabulary, plan: Navigation) -> dict[str, str]:
    """Return all generated pages by name."""
    return {
        "index": home(kg, vocabulary, plan.sections, plan.questions),
        **ontology.pages(kg, vocabulary),
        **queries.pages(kg, vocabulary),
        **rules.pages(kg, vocabulary),
        **shapes.pages(ROOT / "tests" / "shapes"),
        **reference.pages(plan.python),
        "benchmarks": _benchmarks(),
        "findings": page(
            "# Findings",
            "What the [checks](checks.md) find in the published record, on a page of its own: "
            "[the report](report/findings.html). The rows are in the query [findings](queries/findings.md).",
        ),
    }


def handwritten(plan: Navigation) -> dict[str, Path]:
    """Return the pages taken from the project as they are, by name."""
    own = {path.stem: path for path in sorted((ROOT / "docs").glob("*.md")) if path.stem != _MADE_ANEW}
    results = {f"benchmarks/{path.stem}": path for path in sorted((ROOT / "benchmarks" / "results").glob("*.md"))}
    return {**own, **results, **{name: ROOT / file for name, file in plan.taken.items()}}


def write(folder: Path) -> Metadata:
    """Write the Markdown of all pages to a folder, anew, and return what the graph says of itself."""
    plan = navigation()
    kg = her2kg.load()
    vocabulary = Vocabulary(kg)
    shutil.rmtree(folder, ignore_errors=True)
    pages = generated(kg, vocabulary, plan)
    taken = handwritten(plan)
    places = {path.relative_to(ROOT).as_posix(): name for name, path in taken.items()}
    places |= {f"queries/{query.name}.rq": f"queries/{query.name}" for query in kg.queries()}
    places |= {f"queries/rules/{name}.rq": f"rules/{name}" for name in rule_pages()} | _PLACES
    for name, path in taken.items():
        pages[name] = _relinked(path, name, places, folder)
    for name, text in pages.items():
        file = folder / f"{name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (folder / "report").mkdir()
    shutil.copy(ROOT / "docs" / "findings.html", folder / "report")
    return about(kg)


def _benchmarks() -> str:
    names = sorted(path.stem for path in (ROOT / "benchmarks" / "results").glob("*.md"))
    return page(
        "# Benchmarks",
        "How fast things are and how often the checks err, with the scripts that measured it beside the results.",
        tree([f"benchmarks/{name}" for name in names], hidden=False),
    )


def _relinked(path: Path, name: str, places: dict[str, str], folder: Path) -> str:
    """Return a page with its links turned from places in the project to places on the site; files are copied along."""

    def turned(found: re.Match[str]) -> str:
        text, target, anchor = found[1], found[2], found[3] or ""
        place = os.path.normpath(path.parent.relative_to(ROOT) / target).replace(os.sep, "/")
        here = os.path.dirname(name)
        if place in places:
            return f"{text}({os.path.relpath(places[place], here or '.').replace(os.sep, '/')}.md{anchor})"
        copy = folder / "files" / place
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / place, copy)
        return f"{text}({os.path.relpath(f'files/{place}', here or '.').replace(os.sep, '/')})"

    return _LINK.sub(turned, path.read_text(encoding="utf-8"))
