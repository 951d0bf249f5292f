"""Time and memory of a process and what it starts, and the file that results are kept in."""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
RESULTS = Path(os.environ.get("BENCHMARK_RESULTS") or ROOT / "benchmarks" / "results")


class OverLimitError(Exception):
    """A process took longer, or more memory, than it was given."""


def cpu(*who: int) -> float:
    """Return the CPU seconds used so far."""
    used = [resource.getrusage(one) for one in who or (resource.RUSAGE_SELF,)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def process(
    command: tuple[str, ...], seconds: float = math.inf, mib: float = math.inf, **environment: str
) -> dict[str, float]:
    """Run a command; return wall and CPU seconds and the peak memory (MiB) of it and its children together.

    Parameters
    ----------
    seconds, mib : wall time and memory after which it is ended

    Raises
    ------
    OverLimitError : it was ended
    """
    start, before = time.perf_counter(), cpu(resource.RUSAGE_CHILDREN)
    said = tempfile.TemporaryFile()  # noqa: SIM115 - a pipe could fill up
    started = subprocess.Popen(
        command, env={**os.environ, **environment}, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=said
    )
    peak = 0
    while started.poll() is None:
        peak = max(peak, sum(memory(pid) for pid in tree(started.pid)))
        if time.perf_counter() - start > seconds or peak >> 20 > mib:
            started.kill()
            started.wait()
            raise OverLimitError(f"{time.perf_counter() - start:.0f} s, {peak >> 20} MiB")
        time.sleep(0.02)
    if started.returncode not in {0, 1}:
        said.seek(0)
        message = said.read().decode(errors="replace")
        raise SystemExit(f"{' '.join(command)}: exit code {started.returncode}: {message[-500:]}")
    said.close()
    return {
        "seconds": round(time.perf_counter() - start, 2),
        "cpu": round(cpu(resource.RUSAGE_CHILDREN) - before, 2),
        "peak_mib": peak >> 20,
    }


def tree(pid: int) -> Iterator[int]:
    """Yield a process and everything it started (Linux)."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found = children.read_text().split()
        except OSError:  # it has ended
            continue
        for child in found:
            yield from tree(int(child))


def memory(pid: int) -> int:
    """Return the bytes of memory a process holds (Linux)."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def exponent(sizes: list[int], costs: list[float]) -> float:
    """Return the growth exponent between the two largest sizes."""
    (a, b), (x, y) = sizes[-2:], costs[-2:]
    return round(math.log(y / x) / math.log(b / a), 2)


def keep(part: str, found: dict[str, Any]) -> None:
    """Put results into the file, replacing those of the same size."""
    path = RESULTS / "scale.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    known.setdefault(part, {}).update(found)
    path.write_text(json.dumps(known, indent=1) + "\n")
