"""A gate for CI against becoming slow: ratios of CPU time in one run, never seconds.

    python benchmarks/gate.py [NAME ...]        # all, or those whose name begins so; exit code 1 where one is over

Each line compares something of ours with a yardstick that does the least that must be done, on the same machine in the
same minute: a look-up with a process that only imports click, a named query with the same text sent straight to the
engine, validation with pySHACL, compiling and judging with reading the same triples, a batch with one of a quarter of
its studies. Both run in turn, round after round; the median of the rounds' ratios counts, and CPU time, not wall time.
What else a machine does slows both, so that a limit of about one and a half times what was measured holds on a busy
one, while a doubling is over it. Where a ratio is over its limit it is measured once more before it counts.

The limits are the highest that was measured on two cores under other load, times about one and a half; lower a limit
where the program became faster, and say in the changelog why where one is raised.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import generator
import pyoxigraph as ox

import her2kg
from her2kg import fast_shapes, resources, validation
from her2kg.binding import bind
from her2kg.building.batches import Judge
from her2kg.building.progress import Progress
from her2kg.building.working import load
from her2kg.compiler import compile_graph
from her2kg.engine import parse_turtle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROUNDS = 5
SMALL, LARGE = 40, 160
"""Studies of the two batches that are compared."""
FEW = 0.05
"""CPU seconds above which a named query is left out: the many short ones show what the library adds."""


class Gate(NamedTuple):
    """One ratio that must stay below its limit.

    Parameters
    ----------
    name : what is compared
    ours, yardstick : do it once and return CPU seconds
    limit : of the median ratio
    """

    name: str
    ours: Callable[[], float]
    yardstick: Callable[[], float]
    limit: float


def ratio(gate: Gate, rounds: int = ROUNDS) -> float:
    """Return the median of ours to the yardstick over rounds in which both run, after one that does not count."""
    gate.yardstick(), gate.ours()
    return median(gate.ours() / gate.yardstick() for _ in range(rounds))


def over(gates: Iterable[Gate], say: Callable[[str], object]) -> list[str]:
    """Measure gates, tell each, and return those over their limit, also when measured again."""
    wrong = []
    for gate in gates:
        found = ratio(gate)
        if found > gate.limit:
            found = min(found, ratio(gate))
        line = f"{gate.name}: {found:.3g}, limit {gate.limit:g}"
        say(f"{line}{' OVER' if found > gate.limit else ''}\n")
        if found > gate.limit:
            wrong.append(line)
    return wrong


def here(action: Callable[[], object]) -> Callable[[], float]:
    """Return a way to run something in this process that returns CPU seconds."""

    def run() -> float:
        start = time.process_time()
        action()
        return time.process_time() - start

    return run


def apart(*command: str) -> Callable[[], float]:
    """Return a way to run Python in a process of its own that returns CPU seconds."""

    def run() -> float:
        started = subprocess.Popen(
            (sys.executable, *command), stdout=subprocess.DEVNULL, cwd=Path(__file__).parent.parent
        )
        _, status, used = os.wait4(started.pid, 0)
        started.returncode = os.waitstatus_to_exitcode(status)
        if started.returncode:
            raise SystemExit(f"{' '.join(command)}: exit code {started.returncode}")
        return used.ru_utime + used.ru_stime

    return run


def gates() -> Iterator[Gate]:
    """Yield all gates."""
    yield from cold()
    yield queries()
    yield from graphs()


def cold() -> Iterator[Gate]:
    """Yield the gates on look-ups from a cold start."""
    her2kg.load()
    click = apart("-c", "import click")
    for words, limit in (
        (("--help",), 1.7),
        (("show", "ToGA"), 2.4),
        (("ask", "which agents failed phase III in second line"), 2.3),
        (("query", "hazard-ratios"), 2.3),
    ):
        yield Gate(f"cold {words[0]} to importing click", apart("-m", "her2kg", *words), click, limit)


def queries() -> Gate:
    """Return the gate on named queries: through the library, and the same text straight to the engine."""
    kg = her2kg.load()
    store = kg.engine.store
    texts = []
    for query in kg.queries():
        text, _ = bind(kg.names, query, {p.name: p.example for p in query.parameters if p.required}, None)
        store_only = here(lambda text=text: list(store.query(text)))
        if store_only() < FEW:
            texts.append(text)

    def through() -> None:
        for text in texts:
            kg.engine.select(text)

    def straight() -> None:
        for text in texts:
            for _ in [tuple(row) for row in store.query(text)]:
                pass

    return Gate("named queries to their text sent straight", here(through), here(straight), 1.3)


def graphs() -> Iterator[Gate]:
    """Yield the gates on compiling, judging and validating."""
    files = [*resources.ontology_files(), *resources.data_files()]

    def parse() -> list[ox.Quad]:
        return [quad for path in files for quad in parse_turtle(path)]

    yield Gate("compiling the shipped graph to reading it", here(compile_graph), here(parse), 19)

    judge = Judge()
    store = ox.Store()
    store.extend(parse())
    text = "".join(line for study in generator.studies(LARGE, 1) for line in study.lines).encode()
    store.extend(ox.parse(text, format=ox.RdfFormat.N_TRIPLES))
    evidence = judge.evidence(store)
    roots = sorted(str(root) for root in evidence.roots() if "id/GX" in str(root))

    def batch(studies: int) -> Callable[[], object]:
        last = f"GX1n{studies:07d}"
        chosen = [ox.NamedNode(root[1:-1]) for root in roots if root.partition("id/")[2] < last]
        return lambda: judge.outcome(evidence.cut(chosen))

    read = here(lambda: list(ox.parse(text, format=ox.RdfFormat.N_TRIPLES)))
    yield Gate(f"loading {LARGE} studies into a store on disk to reading them", here(lambda: load_anew(text)), read, 25)
    yield Gate(f"judging {LARGE} studies to reading them", here(batch(LARGE)), read, 38)
    yield Gate(
        f"a batch of {LARGE} studies to one of {SMALL}", here(batch(LARGE)), here(batch(SMALL)), (LARGE / SMALL) ** 1.1
    )

    quads = [*judge.ontology, *ox.parse(text, format=ox.RdfFormat.N_TRIPLES)]
    yield Gate(
        f"validating {LARGE} studies to reading them",
        here(lambda: judge.violations(evidence.cut([ox.NamedNode(root[1:-1]) for root in roots]))),
        read,
        12.5,
    )
    if fast_shapes.installed():
        few = [*judge.ontology, *(quad for quad in quads if "GX1n0000000" in str(quad.subject))]
        yield Gate(
            "validating a study to pySHACL doing it",
            here(lambda: fast_shapes.find(few)),
            here(lambda: validation.validate_graph(validation.graph_of_quads(few))),
            0.023,
        )


def load_anew(text: bytes) -> None:
    """Load N-Triples, with ontology and shipped data, as a build does."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trials.nt"
        path.write_bytes(text)
        load(folder, [str(path)], Progress())


def main() -> None:
    """Run the gates."""
    named = tuple(sys.argv[1:])
    start = time.monotonic()
    chosen = (gate for gate in gates() if not named or gate.name.startswith(named))
    wrong = over(chosen, lambda line: (sys.stdout.write(line), sys.stdout.flush()))
    sys.stdout.write(f"{time.monotonic() - start:.0f} s\n")
    for line in wrong:
        sys.stderr.write(f"slower than allowed: {line}\n")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
