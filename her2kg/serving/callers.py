"""Who asks, and by which name the server was called."""

from __future__ import annotations

import ipaddress
from functools import lru_cache


@lru_cache(maxsize=4096)
def client_of(host: str) -> str:
    """Return whom an address belongs to: itself, or for IPv6 its network, which one subscriber has whole.

    >>> client_of("192.0.2.7"), client_of("2001:db8::1")
    ('192.0.2.7', '2001:db8::')
    """
    if ":" not in host:
        return host
    try:
        return str(ipaddress.ip_network(f"{host.partition('%')[0]}/64", strict=False).network_address)
    except ValueError:
        return host


@lru_cache(maxsize=1024)
def allowed_host(header: str, allowed: frozenset[str]) -> bool:
    """Say whether a Host header names this server.

    >>> allowed_host("localhost:8000", frozenset({"localhost"})), allowed_host("evil.example", frozenset({"localhost"}))
    (True, False)
    """
    name = header.rpartition(":")[0] if header.rpartition(":")[2].isdigit() else header
    return name.strip("[]").lower().rstrip(".") in allowed
