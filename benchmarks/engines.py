"""All named queries on four engines: the same rows, and how long each took.

Run with ``python -m benchmarks.engines``; needs the Oxigraph server and Virtuoso, which are started on loopback.
Writes benchmarks/results/engines.md. Milliseconds are those of one run with default parameters: compare orders of
magnitude only.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pyoxigraph as ox

import her2kg
from her2kg.dialects import VIRTUOSO, needs_gathering
from her2kg.footprint import requests
from her2kg.gathering import as_quads
from her2kg.remote import connect

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests" / "engines"), str(ROOT)]

from engines import INSTALLED, served  # noqa: E402 - the tests' own way to start servers

from tests.test_queries import of_value  # noqa: E402 - and to compare terms

NARROWED = {"verdict-proof": {"study": "TyTAN"}}
"""Asked of one study: rdflib takes ten minutes for all proofs at once."""


def main() -> None:
    """Start the servers, ask everything, write the table."""
    missing = [name for name, place in INSTALLED.items() if not place]
    if missing:
        sys.exit(f"not installed: {', '.join(missing)}")
    kg = her2kg.load()
    slow = kg.graph()
    rows = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        engines = {"embedded": kg.engine}
        for name in INSTALLED:
            engines[name] = connect(stack.enter_context(served(kg, name, folder / name))).engine
        for query in kg.queries():
            asked = {p.name: p.example for p in query.parameters if p.required} | NARROWED.get(query.name, {})
            sparql = kg.query(query.name, **asked).sparql
            found, took = {}, {}
            for name, engine in engines.items():
                begun = time.perf_counter()
                found[name] = engine.select(sparql).rows
                took[name] = time.perf_counter() - begun
            begun = time.perf_counter()
            found["rdflib"] = list(slow.query(sparql))
            took["rdflib"] = time.perf_counter() - begun
            values = {
                name: Counter(tuple(_value(term) for term in row) for row in answer) for name, answer in found.items()
            }
            differing = [name for name in found if values[name] != values["embedded"]]
            fetched = _footprint(kg, sparql) if needs_gathering(sparql) else None
            rows.append((query.name, len(found["embedded"]), took, fetched, ", ".join(differing) or "identical"))
            print(query.name, rows[-1][-1], flush=True)
    names = ("rdflib", "embedded", "oxigraph", "virtuoso")
    same = sum(row[-1] == "identical" for row in rows)
    sizes = [row[3] for row in rows if row[3] is not None]
    sent = len(rows) - len(sizes)
    held = kg.engine.store.quads_for_pattern(None, None, None, ox.DefaultGraph())
    lines = [
        "# All named queries on four engines",
        "",
        f"{same} of {len(rows)} queries give identical rows on rdflib, the embedded engine, the Oxigraph server and",
        "Virtuoso 7.2.5, the last two over HTTP. Written by `python -m benchmarks.engines`; default parameters,",
        "required ones from their examples, verdict-proof for TyTAN alone; milliseconds of one run each, on a busy",
        "machine with 2 cores.",
        "",
        f"Virtuoso: {sent} queries are sent to it as they are, or with a text of the same meaning. Of the other",
        f"{len(sizes)}, with constructs that it answers wrongly, it selects and joins the triples that bear on the",
        f"answer, and the rest of the query is done here: {statistics.median(sizes):.0f} triples in the median and at",
        f"most {max(sizes)} are fetched, of {sum(1 for _ in held)} that it holds.",
        "",
        "| query | rows | rdflib | embedded | Oxigraph server | Virtuoso | way to Virtuoso | result |",
        "| --- | --: | --: | --: | --: | --: | --- | --- |",
    ]
    for name, count, took, fetched, result in rows:
        way = "sent" if fetched is None else f"{fetched} triples"
        times = " | ".join(f"{took[engine] * 1000:.0f}" for engine in names)
        lines.append(f"| {name} | {count} | {times} | {way} | {result} |")
    lines += [
        "",
        "## What Virtuoso 7.2.5 does otherwise",
        "",
        "| construct | seen | way around |",
        "| --- | --- | --- |",
    ]
    lines += [f"| {one.construct.replace('|', chr(92) + '|')} | {one.seen} | {one.way} |" for one in VIRTUOSO]
    (ROOT / "benchmarks" / "results" / "engines.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _footprint(kg: her2kg.KnowledgeGraph, sparql: str) -> int:
    return len({quad for text in requests(sparql) for quad in as_quads(kg.engine.select(text))})


def _value(term: object) -> object:
    """Return a term in a form that is equal where the values are; a boolean of any engine is itself."""
    text = str(getattr(term, "value", term)).casefold()
    return text if text in {"true", "false"} else of_value(term)


if __name__ == "__main__":
    main()
