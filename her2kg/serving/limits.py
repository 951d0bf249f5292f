"""What one client may take. Every limit is here, and every refusal that comes of it says which one it was."""

from __future__ import annotations

import os
from typing import NamedTuple


class Limits(NamedTuple):
    """The limits of a server.

    Parameters
    ----------
    workers : processes in each lane
    quick : seconds a question has in the quick lane before it starts again in the slow one
    slow : seconds it has there; then it is stopped
    penalty : seconds for which a client whose question was too long for the quick lane goes straight to the slow one
    rows, bytes : most that one answer may hold
    memory : megabytes a worker may use beyond what it starts with
    waiting, waiting_each : most questions that wait in the quick lane, in all and of one client
    waiting_long, waiting_long_each : the same in the slow lane
    query : longest query, in bytes
    url : longest path with query string, in bytes
    head : longest request line with headers, in bytes
    head_seconds, body_seconds, send_seconds : longest a client may take to send headers, to send the rest of a request,
        and to read the answer
    connections : most open connections
    connections_each : most open connections of one client
    cache : megabytes of answers kept in memory
    """

    workers: int = max(2, os.cpu_count() or 1)
    quick: float = 0.25
    slow: float = 10.0
    penalty: float = 10.0
    rows: int = 100_000
    bytes: int = 32_000_000
    memory: int = 1024
    waiting: int = 128
    waiting_each: int = 32
    waiting_long: int = 16
    waiting_long_each: int = 4
    query: int = 100_000
    url: int = 32_768
    head: int = 65_536
    head_seconds: float = 10.0
    body_seconds: float = 20.0
    send_seconds: float = 120.0
    connections: int = 1000
    connections_each: int = 100
    cache: int = 64
