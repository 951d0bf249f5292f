"""A server as a user starts it, in a process of its own, and the way to ask it."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).parent.parent.parent


class Served:
    """A running server.

    `log` is what it writes for its operator.
    """

    def __init__(self, process: subprocess.Popen[str], log: Path, address: str) -> None:
        self.process = process
        self.log = log
        self.address = address
        self.http = httpx.Client(base_url=address, timeout=30)

    def ask(self, query: str, **headers: str) -> httpx.Response:
        return self.http.get("/sparql", params={"query": query}, headers=headers)

    def workers(self) -> set[int]:
        """Return the ids of all processes the server has started, and theirs."""
        found: set[int] = set()
        above = {self.process.pid}
        parents = {int(p.name): p / "stat" for p in Path("/proc").iterdir() if p.name.isdigit()}
        links: dict[int, int] = {}
        for pid, stat in parents.items():
            with contextlib.suppress(OSError):
                links[pid] = int(stat.read_text().rpartition(")")[2].split()[1])
        while above:
            above = {pid for pid, parent in links.items() if parent in above} - found
            found |= above
        return found


def start(folder: Path, *options: str, files: tuple[Path, ...] = ()) -> Served:
    log = folder / "log"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "her2kg", "serve", "--port", "0", *options, *(f"--data={path}" for path in files)],
            stderr=stream,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            text=True,
        )
    served = None
    for _ in range(600):
        said = re.search(r"http://\S+", log.read_text())
        if said:
            served = served or Served(process, log, said[0])
            with contextlib.suppress(httpx.HTTPError):
                if served.http.get("/health").status_code == 200:
                    return served
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def stop(served: Served) -> None:
    served.http.close()
    served.process.send_signal(signal.SIGINT)
    try:
        served.process.wait(10)
    finally:
        served.process.kill()
