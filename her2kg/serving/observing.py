"""What an operator sees: counters for Prometheus, and one JSON line on standard error per request."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from bisect import bisect_left
from functools import lru_cache
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric

    from her2kg.serving.answering import Answers
    from her2kg.serving.pool import Pool

_FLUSH = 0.2
_BUCKETS = (0.001, 0.005, 0.02, 0.1, 0.5, 2, 10)


class _Requests(Collector):
    """Counts of requests; plain numbers, since a look-up takes little longer than the client library's counting."""

    def __init__(self) -> None:
        self.answered: dict[tuple[str, int], int] = {}
        self.durations: dict[str, list[int]] = {}
        self.seconds: dict[str, float] = {}

    def note(self, route: str, status: int, seconds: float) -> None:
        key = (route, status)
        self.answered[key] = self.answered.get(key, 0) + 1
        if route not in self.durations:
            self.durations[route] = [0] * (len(_BUCKETS) + 1)
            self.seconds[route] = 0.0
        self.durations[route][bisect_left(_BUCKETS, seconds)] += 1
        self.seconds[route] += seconds

    def collect(self) -> Iterator[Metric]:
        """Yield what Prometheus wants to know."""
        answered = CounterMetricFamily("her2kg_requests", "Requests answered.", labels=("route", "status"))
        for (route, status), count in self.answered.items():
            answered.add_metric((route, str(status)), count)
        yield answered
        taken = HistogramMetricFamily("her2kg_request_seconds", "Time to answer.", labels=("route",))
        for route, counts in self.durations.items():
            below, buckets = 0, []
            for limit, count in zip((*map(str, map(float, _BUCKETS)), "+Inf"), counts, strict=True):
                below += count
                buckets.append((limit, below))
            taken.add_metric((route,), buckets, self.seconds[route])
        yield taken


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
        self._requests = _Requests()
        self._registry.register(self._requests)
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
        self._requests.note(route, status, seconds)
        now = time.time()
        asked = f', "query": {json.dumps(query[:5000])}' if self._with_queries and query else ""
        self._lines.append(
            f'{{"time": "{_second(int(now))}.{int(now % 1 * 1000):03}+00:00", {_who(client, method, path[:200])}, '
            f'"status": {status}, "ms": {seconds * 1000:.2f}, "bytes": {size}{asked}}}'
        )
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().call_later(_FLUSH, self.flush)

    def flush(self) -> None:
        """Write the lines that are waiting; one write for many."""
        self._flushing = None
        lines, self._lines = self._lines, []
        if lines:
            sys.stderr.write("\n".join(lines) + "\n")
            sys.stderr.flush()


@lru_cache(maxsize=2)
def _second(now: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))


@lru_cache(maxsize=256)
def _who(client: str, method: str, path: str) -> str:
    return f'"client": {json.dumps(client)}, "method": {json.dumps(method)}, "path": {json.dumps(path)}'
