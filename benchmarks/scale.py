"""How cost grows with the number of studies: named queries on three engines, and building, adding, validating.

    python benchmarks/scale.py operations 1000 10000     # build, add, ask, check, validate, export, synthesize, on disk
    python benchmarks/scale.py stages 1000 10000         # loading, cutting, verdict rules, checks, shapes, one by one
    python benchmarks/scale.py shapes 100 400 1000 2000  # pySHACL, one piece and batches on the same file
    python benchmarks/scale.py queries 12 120 1200       # every named query, at 1, 10 and 100 times the review's trials
    python benchmarks/scale.py page                      # results/scale.json to results/scale.md

Sizes are numbers of invented studies (benchmarks/generator.py) laid over the shipped graph. Times are CPU seconds of
the process and its children, because a shared machine makes wall time meaningless; both are kept where a target is on
wall time. A query is the median of seven, ways of asking in turn. rdflib is stopped at --limit CPU seconds; such a
query counts with the limit, so that the ratio printed is a lower bound. Growth is the exponent b of
cost = a * size ** b, between the smallest and the largest size; of queries between the two largest.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import shapes
import stages
from measuring import RESULTS, ROOT, exponent, keep, process

import her2kg
from her2kg.binding import bind
from her2kg.running import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from her2kg.knowledge import KnowledgeGraph

REPEATS = 7
WHOLE = 20_000
"""Studies above which commands that read the whole graph are left out: they would take hours."""
ROUNDS, ENOUGH = 5, 60.0
"""Runs of a command, and the seconds after which no other begins."""
_LEAST = 0.01
"""Milliseconds; the clock shows no less."""
HER2KG = (sys.executable, "-m", "her2kg")


# ---- measuring ----


def in_turn(**actions: Callable[[], object]) -> dict[str, float]:
    """Return the median CPU milliseconds of each action, run in turn; what takes seconds runs once or a few times."""
    times: dict[str, list[float]] = {name: [] for name in actions}
    spent = 0.0
    for _ in range(REPEATS):
        for name, action in actions.items():
            start = time.process_time()
            action()
            times[name].append(1000 * (time.process_time() - start))
            spent += times[name][-1]
        if spent > 20_000:
            break
    return {name: max(_LEAST, round(median(each), 3)) for name, each in times.items()}


def mean(ratios: list[float]) -> float:
    """Return the geometric mean."""
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


# ---- operations ----


def operations(size: int, kept: Path | None) -> None:
    """Measure making, building, adding and asking at one size; `kept` is where the graph is to stay."""
    with tempfile.TemporaryDirectory() as place:
        base = Path(place)
        trials, graph, drafts = base / "trials.nt", kept or base / "graph", base / "draft.ttl"
        found: dict[str, Any] = {"generate": process(generate(size, 0, trials))}
        found["build"] = process((*HER2KG, "build", str(graph), str(trials)))
        files = [path for path in graph.rglob("*") if path.is_file()]
        found["bytes"] = sum(path.stat().st_size for path in files)
        found["bytes_of_text"] = trials.stat().st_size
        kg = her2kg.load([graph])
        found["estimates"] = kg.sparql("SELECT (COUNT(?v) AS ?n) WHERE { ?r her2:value ?v }")[0]["n"]
        found["triples"] = sum(1 for _ in trials.open())
        del kg
        found["add"] = usual(lambda number: add(graph, drafts, number))
        study, data = "GX1n0000003", {"HER2KG_DATA": str(graph)}
        commands = {
            "show": ("show", study),
            "ask": ("ask", f"show me the results of {study}"),
            "check": ("check",),
            "validate": ("validate",),
            "export turtle": ("export", "turtle", "-o", str(base / "export.ttl")),
            "export csv": ("export", "csv", "-o", str(base / "export")),
            "synthesize": ("synthesize", "--endpoint", "OS", "--force"),
        }
        for name, words in commands.items():
            if size > WHOLE and name not in {"show", "ask"}:
                continue

            def once(_: int, words: tuple[str, ...] = words) -> dict[str, float]:
                shutil.rmtree(next(graph.glob("answers-*"), base / "none"), ignore_errors=True)
                return process((*HER2KG, *words), **data)

            found[name] = usual(once)
        if size <= WHOLE:
            found["validate FILE"] = usual(lambda _: process((*HER2KG, "validate", str(trials))))
    keep("operations", {str(size): found})


def usual(once: Callable[[int], dict[str, float]]) -> dict[str, float]:
    """Return the run of median CPU time of five, or of as many as begin within a minute, with their spread."""
    runs: list[dict[str, float]] = []
    while len(runs) < ROUNDS and sum(run["seconds"] for run in runs) < ENOUGH:
        runs.append(once(len(runs)))
    runs.sort(key=lambda run: run["cpu"])
    return runs[len(runs) // 2] | {"runs": len(runs), "least": runs[0]["cpu"], "most": runs[-1]["cpu"]}


def add(graph: Path, drafts: Path, number: int) -> dict[str, float]:
    """Add a new study and return what it cost."""
    subprocess.run(generate(1, 900_000 + number, drafts), check=True, cwd=ROOT, stderr=subprocess.DEVNULL)
    return process((*HER2KG, "add", str(drafts), "--data", str(graph), "--acknowledge"))


def generate(size: int, first: int, to: Path) -> tuple[str, ...]:
    """Return the command that makes studies."""
    script = str(ROOT / "benchmarks" / "generator.py")
    places = ("-o", str(to), "--key", str(to.with_suffix(".tsv")))
    return (sys.executable, script, str(size), "--first", str(first), *places)


# ---- queries ----


def texts(kg: KnowledgeGraph) -> dict[str, tuple[str, dict[str, str | list[str]]]]:
    """Return every named query with its parameters filled in: examples for those it must have, else its defaults."""
    chosen: dict[str, tuple[str, dict[str, str | list[str]]]] = {}
    for query in kg.queries():
        values: dict[str, str | list[str]] = {p.name: p.example for p in query.parameters if p.required}
        chosen[query.name] = bind(kg.names, query, values, None)[0], values
    return chosen


class TooLongError(Exception):
    """A query did not end in time."""


def queries(size: int, limit: float, graph: Path | None) -> None:
    """Time every named query at one size on the embedded store, straight, in rdflib and in HolosDB."""
    with tempfile.TemporaryDirectory() as place:
        if graph is None:
            trials = Path(place) / "trials.nt"
            graph = Path(place) / "graph"
            subprocess.run(generate(size, 0, trials), check=True, cwd=ROOT, stderr=subprocess.DEVNULL)
            subprocess.run(
                (*HER2KG, "build", str(graph), str(trials)), check=False, cwd=ROOT, stdout=subprocess.DEVNULL
            )
        kg = her2kg.load([graph])
        store = kg.engine.store
        chosen = texts(kg)
        found: dict[str, dict[str, Any]] = {}
        for name, (text, values) in chosen.items():
            rows = len(kg.engine.select(text).rows)
            found[name] = {"rows": rows} | in_turn(
                embedded=lambda text=text: kg.engine.select(text),
                straight=lambda text=text: [tuple(row) for row in store.query(text)],
                answer=lambda name=name, values=values: run(kg, kg.named(name), values, None),
            )
        if limit:
            import pyoxigraph as ox

            dump = Path(place) / "dump.nt"
            known = store.quads_for_pattern(None, None, None, ox.DefaultGraph())
            ox.serialize((quad.triple for quad in known), str(dump), format=ox.RdfFormat.N_TRIPLES)
            others = {"rdflib": by_rdflib(dump)}
            if importlib.util.find_spec("holosdb"):
                others["holosdb"] = by_holosdb(dump, limit)
            for engine, ask in others.items():
                for name, (text, _) in chosen.items():
                    found[name][engine] = limited(lambda ask=ask, text=text: ask(text), limit)
    keep("queries", {str(size): {"limit": limit, "queries": found}})


def limited(action: Callable[[], object], limit: float) -> float | str:
    """Return CPU milliseconds, "limit" where it took more CPU seconds than that, or the error."""
    running = [True]

    def stop(*_: object) -> None:
        if running:
            raise TooLongError

    signal.signal(signal.SIGPROF, stop)
    start = time.process_time()
    try:
        signal.setitimer(signal.ITIMER_PROF, limit)
        action()
    except TooLongError:
        return "limit"
    except Exception as error:
        return "limit" if "imeout" in type(error).__name__ else f"{type(error).__name__}: {str(error)[:80]}"
    finally:
        running.clear()
        signal.setitimer(signal.ITIMER_PROF, 0)
    return max(_LEAST, round(1000 * (time.process_time() - start), 2))


def by_rdflib(dump: Path) -> Callable[[str], int]:
    """Return a way to ask rdflib."""
    import rdflib

    graph = rdflib.Graph().parse(dump, format="nt")
    return lambda text: len(list(graph.query(text)))


def by_holosdb(dump: Path, limit: float) -> Callable[[str], int]:
    """Return a way to ask HolosDB."""
    import holosdb

    store = holosdb.Store()
    store.load(str(dump))
    return lambda text: len(list(store.query(text, timeout=limit)))


# ---- page ----


def page() -> str:
    """Return the results as Markdown."""
    known = json.loads((RESULTS / "scale.json").read_text())
    lines = [
        "# Scale",
        "",
        "CPU seconds of a process and its children unless wall time is said; see benchmarks/scale.py.",
        "",
    ]
    if done := known.get("operations"):
        sizes = sorted(map(int, done))
        rows = [done[str(size)] for size in sizes]
        lines += [
            "## Building, adding, asking",
            "",
            "| | " + " | ".join(f"{s:,} studies" for s in sizes) + " | growth |",
        ]
        lines += ["|---|" + "---:|" * (len(sizes) + 1)]
        lines.append("| triples | " + " | ".join(f"{row['triples']:,}" for row in rows) + " | |")
        for what in dict.fromkeys(name for row in rows for name, cost in row.items() if isinstance(cost, dict)):
            cells = [told(row[what]) if what in row else "-" for row in rows]
            known_at = [size for size, row in zip(sizes, rows, strict=True) if what in row]
            costs = [row[what]["cpu"] for row in rows if what in row]
            growth = exponent([known_at[0], known_at[-1]], [costs[0], costs[-1]]) if len(costs) > 1 else ""
            lines.append(f"| {what} | " + " | ".join(cells) + f" | {growth} |")
        lines.append(
            "| bytes on disk per estimate | "
            + " | ".join(f"{row['bytes'] / row['estimates']:,.0f}" for row in rows)
            + " | |"
        )
        lines.append("")
    if done := known.get("stages"):
        lines += stages.page(done)
    if done := known.get("shapes"):
        lines += shapes.page(done)
    if done := known.get("queries"):
        lines += summary_of_queries(done)
    return "\n".join(lines)


def told(cost: dict[str, float]) -> str:
    """Return what a command cost as a cell."""
    spread = f"{cost['least']} to {cost['most']} s; " if cost.get("runs", 1) > 1 else ""
    return f"{cost['cpu']} s ({spread}{cost['seconds']} s wall, {cost['peak_mib']:,} MiB)"


def summary_of_queries(done: dict[str, Any]) -> list[str]:
    """Return the part of the page on queries."""
    sizes = sorted(map(int, done))
    lines = [
        "## Named queries",
        "",
        "| studies | queries | embedded, sum | of straight: mean | worst | rdflib / embedded, mean | at the limit "
        "| HolosDB / embedded | at the limit or refused |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for size in sizes:
        part = done[str(size)]
        rows = part["queries"].values()
        straight = [row["embedded"] / row["straight"] for row in rows]
        cells = [
            f"{size:,}",
            str(len(rows)),
            f"{sum(row['embedded'] for row in rows):,.0f} ms",
            f"{mean(straight):.2f}",
            f"{max(straight):.2f}",
        ]
        for engine in ("rdflib", "holosdb"):
            timed = [
                row[engine] for row in rows if isinstance(row.get(engine), (int, float)) or row.get(engine) == "limit"
            ]
            ratios = [
                (1000 * part["limit"] if row[engine] == "limit" else row[engine]) / row["embedded"]
                for row in rows
                if row.get(engine) == "limit" or isinstance(row.get(engine), (int, float))
            ]
            over = sum(not isinstance(row.get(engine), (int, float)) for row in rows if engine in row)
            cells += [f"{mean(ratios):.1f}" if timed else "-", str(over) if timed else "-"]
        lines.append("| " + " | ".join(cells) + " |")
    if len(sizes) > 1:
        (a, b) = sizes[-2:]
        lines += [
            "",
            f"Growth of each query between {a:,} and {b:,} studies, of its cost and of its rows; costliest first.",
            "",
            f"| query | ms at {b:,} | rows | growth of cost | growth of rows |",
            "|---|---:|---:|---:|---:|",
        ]
        small, large = done[str(a)]["queries"], done[str(b)]["queries"]
        for name, row in sorted(large.items(), key=lambda item: -item[1]["embedded"]):
            if name in small:
                cost = exponent([a, b], [small[name]["embedded"], row["embedded"]])
                rows_grow = exponent([a, b], [max(1, small[name]["rows"]), max(1, row["rows"])])
                lines.append(f"| {name} | {row['embedded']:,.1f} | {row['rows']:,} | {cost} | {rows_grow} |")
    return lines


def main() -> None:
    """Measure what is asked for and write JSON and Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("operations", "stages", "shapes", "queries", "page"))
    parser.add_argument("sizes", type=int, nargs="*")
    parser.add_argument(
        "--limit", type=float, default=10.0, help="seconds for a query of another engine; 0 for none of them"
    )
    parser.add_argument(
        "--graph", type=Path, help="folder of the graph, of the one size given: built there, or for queries before"
    )
    chosen = parser.parse_args()
    RESULTS.mkdir(parents=True, exist_ok=True)
    her2kg.load()  # compiled by now, so that no process below is measured compiling it
    for size in chosen.sizes:
        if chosen.what == "operations":
            operations(size, chosen.graph)
        elif chosen.what == "stages":
            stages.measure(size)
        elif chosen.what == "shapes":
            shapes.measure(size)
        else:
            queries(size, chosen.limit, chosen.graph)
    (RESULTS / "scale.md").write_text(page() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
