"""What an operator sees: counters for Prometheus, and one JSON line on standard error per request."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from her2kg.serving.answering import Answers
    from her2kg.serving.pool import Pool

_FLUSH = 0.2
_BUCKETS = (0.001, 0.005, 0.02, 0.1, 0.5, 2, 10)


class Observer:
    """Counts and logs requests.

    Parameters
    ----------
    pool, answers : what the gauges look at
    with_queries : log what was asked, too; by default a log holds nothing a user wrote but the path
    """

    def __init__(self, pool: Pool, answers: Answers, with_queries: bool) -> None:
        self._with_queries = with_queries
        self._registry = CollectorRegistry()
        self._requests = Counter("her2kg_requests", "Requests answered.", ("route", "status"), registry=self._registry)
        self._seconds = Histogram(
            "her2kg_request_seconds", "Time to answer.", ("route",), registry=self._registry, buckets=_BUCKETS
        )
        self._children: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        self._lines: list[str] = []
        self._flushing: asyncio.TimerHandle | None = None
        for lane in (pool.quick, pool.slow):
            for name, what, value in (
                ("waiting", "Questions that wait.", lambda lane=lane: lane.turns.count),
                ("stopped", "Questions stopped for taking too long.", lambda lane=lane: lane.killed),
                ("workers", "Worker processes.", lambda lane=lane: len(lane.workers)),
            ):
                gauge = Gauge(f"her2kg_{lane.name}_{name}", f"{what} Lane: {lane.name}.", registry=self._registry)
                gauge.set_function(value)
        hits = Gauge("her2kg_remembered_answers", "Questions answered from memory.", registry=self._registry)
        hits.set_function(lambda: answers.hits)

    def metrics(self) -> bytes:
        """Return the counters in Prometheus's text format."""
        return generate_latest(self._registry)

    def note(
        self, method: str, path: str, route: str, status: int, seconds: float, size: int, client: str, query: str
    ) -> None:
        """Count a request and write its line.

        Parameters
        ----------
        route : what kind of request it was; few values, unlike the path
        query : what was asked, written only if the log is to hold it
        """
        children = self._children.get((route, status))
        if children is None:
            children = (self._requests.labels(route, str(status)), self._seconds.labels(route))
            self._children[(route, status)] = children
        children[0].inc()
        children[1].observe(seconds)
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "client": client,
            "method": method,
            "path": path[:200],
            "status": status,
            "ms": round(seconds * 1000, 2),
            "bytes": size,
        }
        if self._with_queries and query:
            line["query"] = query[:5000]
        self._lines.append(json.dumps(line))
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().call_later(_FLUSH, self.flush)

    def flush(self) -> None:
        """Write the lines that are waiting; one write for many."""
        self._flushing = None
        lines, self._lines = self._lines, []
        if lines:
            sys.stderr.write("\n".join(lines) + "\n")
            sys.stderr.flush()
