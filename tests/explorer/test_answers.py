"""What the page answers is what Python answers: the same rows, the same words, the same proofs, on any day."""

import base64
import gzip
import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest

from her2kg.ask import understand
from her2kg.explorer.drawings import DRAWN_MAPS, POOLED
from her2kg.figures.errors import FigureError
from her2kg.knowledge import KnowledgeGraph
from her2kg.tables import Thing

DAYS = ("", "2020-04-30")
ASKS = """async asked => {
  const found = [];
  for (const [name, values, day] of asked) {
    const { rows, shown, csv, notes } = await her2kg.query(name, values, day);
    found.push({ rows, shown, csv, notes });
  }
  return found;
}"""


def plain(cell: object) -> object:
    return {"id": cell.id, "label": cell.label} if isinstance(cell, Thing) else cell


def asked(kg: KnowledgeGraph) -> Iterator[tuple[str, dict[str, str], str]]:
    """Yield every named query as it stands on both days, and as its first example question asks it."""
    for query in kg.queries():
        needed = {p.name: p.example for p in query.parameters if p.required}
        for day in DAYS:
            yield query.name, needed, day
        for question in query.questions[:1]:
            meaning = understand(question, kg.snapshot.lexicon)
            if meaning.parameters not in ({}, needed):
                yield meaning.query, meaning.parameters, meaning.as_of or ""


def test_every_named_query_gives_the_rows_of_python(kg: KnowledgeGraph, desktop) -> None:
    wanted = list(asked(kg))
    assert {name for name, _, _ in wanted} == {query.name for query in kg.queries()}
    desktop.page.evaluate(f"asked => {{ globalThis.found = ({ASKS})(asked); }}", wanted)  # meanwhile Python answers
    answers = [kg.query(name, day or None, **values) for name, values, day in wanted]
    found: list[dict[str, Any]] = desktop.page.evaluate("found")
    filled = 0
    for (name, values, day), answer, got in zip(wanted, answers, found, strict=True):
        said = (name, values, day)
        assert got["rows"] == [[plain(cell) for cell in row] for row in answer.table.rows], said
        head, rows = answer.table.shown()
        assert got["shown"] == [head, *rows], said
        assert got["csv"].rstrip("\n") == answer.table.render("csv").rstrip("\n"), said
        assert len(got["notes"]) == len(answer.notes), said
        filled += bool(answer.table.rows)
    assert filled > 0.6 * len(wanted)


FIGURES = (*((kind, "") for kind in DRAWN_MAPS), *(("forest", endpoint) for endpoint in POOLED))


def drawn(kg: KnowledgeGraph, kind: str, endpoint: str, day: str) -> str:
    """What Python draws, empty where there is nothing to draw; without the digest in the names of its parts."""
    try:
        figure = kg.forest(endpoint, as_of=day) if endpoint else kg.map(kind, as_of=day)
    except FigureError:
        return ""
    return re.sub(r"\bk[0-9a-f]{10}-", "", figure.svg())


@pytest.mark.parametrize(("kind", "endpoint"), FIGURES)
def test_a_figure_is_on_any_day_the_one_python_draws(
    kg: KnowledgeGraph, parts: dict[str, bytes], desktop, kind: str, endpoint: str
) -> None:
    bundle = json.loads(gzip.decompress(base64.b64decode(parts["data.js"].split(b'"')[1])))
    figures = {(one["kind"], one["endpoint"]): one["versions"] for one in bundle["drawings"]["figures"]}
    changes = [day for day, _ in figures[kind, endpoint]]
    # Long before and long after, the first and last change, and some between, each with the day before it.
    some = [*changes[:1], *changes[1 :: max(1, len(changes) // 4)], *changes[-1:]]
    before = [str(date.fromisoformat(day) - timedelta(1)) for day in some]
    days = sorted({"2001-01-01", "2014-07-15", "2020-04-30", "2030-01-01", *some, *before})
    found = desktop.page.evaluate(
        "([kind, endpoint, days]) => days.map(day => her2kg.drawing(kind, endpoint, day))", [kind, endpoint, days]
    )
    # What drawing asks the graph on every day alike is asked once.
    asked = KnowledgeGraph(kg.snapshot)
    vars(asked)["sparql"] = cache(kg.sparql)
    for day, svg in zip(days, found, strict=True):
        assert re.sub(r"\bk[0-9a-f]{10}-", "", svg) == drawn(asked, kind, endpoint, day), day
    assert len(set(found)) > 2
    now = desktop.page.evaluate("([kind, endpoint]) => her2kg.drawing(kind, endpoint, '')", [kind, endpoint])
    assert re.sub(r"\bk[0-9a-f]{10}-", "", now) == drawn(asked, kind, endpoint, bundle["made"])


def verdicts(kg: KnowledgeGraph) -> list[str]:
    rows = kg.query("verdict-proof").table
    return sorted({row[name].id for row in rows for name in ("agent", "study") if isinstance(row[name], Thing)})


def test_every_proof_has_the_words_of_python(kg: KnowledgeGraph, desktop) -> None:
    subjects = [(short, day) for short in verdicts(kg) for day in DAYS]
    desktop.page.evaluate(
        "asked => { globalThis.found = Promise.all(asked.map(([id, day]) => her2kg.why(id, '', day))); }", subjects
    )
    proofs = [list(kg.why(short, day or None).lines) for short, day in subjects]
    found = desktop.page.evaluate("found")
    for subject, proof, lines in zip(subjects, proofs, found, strict=True):
        assert [line.rstrip() for line in lines] == proof, subject
    assert len(subjects) > 60


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("study/ToGA", "kg:ToGA"),
        ("agent/lapatinib", "kg:lapatinib"),
        ("target/HER2", "kg:HER2"),
        ("mechanism/PTEN loss", "PTEN loss"),
        ("endpoint/her2:OS", "her2:OS"),
        ("source/review-2020", "kg:review-2020"),
        ("line/her2:SecondLine", "her2:SecondLine"),
        ("thing/ToGA-OS", "kg:ToGA-OS"),
    ],
)
@pytest.mark.parametrize("day", DAYS)
def test_a_page_has_the_parts_of_python(kg: KnowledgeGraph, desktop, place: str, name: str, day: str) -> None:
    page = desktop.open(f"#/{place}" + (f"?as_of={day}" if day else ""))
    wanted = kg.show(name, day or None)
    assert page.locator("h1").inner_text() == wanted.thing.label
    assert page.locator("main section:not(.source-list) > h2").all_inner_texts() == [s.title for s in wanted.sections]
    assert page.locator(".kind").inner_text() == ", ".join(wanted.kinds).lower()
    facts = page.locator(".facts div")
    said = [(fact.locator("dt").inner_text(), fact.locator("dd").inner_text()) for fact in facts.all()]
    assert said == [(name, " ".join(value.split())) for name, value in wanted.facts]
    for section, table in zip(wanted.sections, page.locator("main section:not(.source-list) table").all(), strict=True):
        head, rows = section.table.shown()
        assert table.locator("thead th").all_inner_texts() == head
        assert table.locator("tbody tr").count() == min(len(rows), 100)
    listed = page.locator(".sources > li").count()
    assert listed == len(wanted.sources)
