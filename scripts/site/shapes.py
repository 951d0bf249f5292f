"""The shapes: what the data must be like, each with what passes and what fails."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from docutils.nodes import make_id

from her2kg import resources, validation
from scripts.site.markup import code, fence, folded, link, page, plain, prose, table, tree
from scripts.site.vocabulary import shape_sources

if TYPE_CHECKING:
    from her2kg.validation import Shape


def pages(examples: Path) -> dict[str, str]:
    """Return a page per chapter of the shapes file, and their index, by name.

    Parameters
    ----------
    examples : folder with a passing and a failing example per shape
    """
    shapes = {shape.id.partition(":")[2]: shape for shape in validation.shapes()}
    sources = shape_sources()
    chapters = _chapters()
    count: dict[str, int] = {}
    for shape in shapes.values():
        count[shape.severity] = count.get(shape.severity, 0) + 1
    found = {}
    blocks = [
        "# Shapes",
        "What `her2kg validate` demands of the data, in SHACL. "
        f"{len(shapes)} shapes: {', '.join(f'{number} {severity}' for severity, number in count.items())}. Only a "
        "violation makes data unfit. Each shape has an example that passes and one that fails; tests run both.",
    ]
    for title, names in chapters.items():
        folder = f"shapes/{make_id(title)}"
        found[folder] = page(
            f"# Shapes: {plain(title)}", *(_section(shapes[n], sources[n], n, examples) for n in names)
        )
        rows = [(link(code(n), f"#{_anchor(n)}"), shapes[n].severity, prose(shapes[n].definition)) for n in names]
        blocks += [f"## {plain(title)}", table(["shape", "severity", "what it demands"], rows)]
    index = page(*blocks, tree([f"shapes/{make_id(title)}" for title in chapters]))
    return {"shapes": index, **found}


def _anchor(name: str) -> str:
    return f"shape-{make_id(name)}"


def _chapters() -> dict[str, list[str]]:
    """Return the shapes' local names under the headings of their file."""
    text = Path(resources.shapes_file()).read_text(encoding="utf-8")
    parts = re.split(r"(?m)^# ---- (.+) ----$", text)
    return {
        title: re.findall(r"(?m)^\w+:(\w+Shape) a ", body) for title, body in zip(parts[1::2], parts[2::2], strict=True)
    }


def _section(shape: Shape, source: str, name: str, examples: Path) -> str:
    cases = []
    for kind, title in (("pass", "An example that passes"), ("fail", "An example that fails")):
        text = (examples / f"{name}.{kind}.ttl").read_text(encoding="utf-8")
        own = "\n".join(line for line in text.splitlines() if not line.startswith("@prefix")).strip()
        shown = fence("turtle", own) if own else "The record all examples add to, as it is."
        cases.append(folded(title, shown))
    return page(
        f"({_anchor(name)})=\n## {plain(shape.label)}",
        f"{code(shape.id)}, {shape.severity}. {prose(shape.definition)}",
        f"> {prose(shape.message)}",
        *cases,
        folded("The shape", fence("turtle", source)),
    )
