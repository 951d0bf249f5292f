"""Servers for tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from running_server import Served, start, stop


@pytest.fixture(scope="session")
def served(kg: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server as it is by default."""
    running = start(tmp_path_factory.mktemp("served"))
    yield running
    stop(running)


@pytest.fixture(scope="session")
def limited(kg: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with limits that a test can reach, and a label that would be a script if it could."""
    folder = tmp_path_factory.mktemp("limited")
    data = folder / "own.ttl"
    data.write_text(OWN, encoding="utf-8")
    options = ("--time-limit", "1", "--row-limit", "20000", "--size-limit", "5", "--memory-limit", "512")
    running = start(folder, *options, files=(data,))
    yield running
    stop(running)


@pytest.fixture
def starting(kg: object, tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Start servers of the test's own."""
    begun: list[Served] = []

    def begin(*options: str) -> Served:
        begun.append(start(tmp_path, *options))
        return begun[-1]

    yield begin
    for each in begun:
        stop(each)


OWN = """
@prefix her2: <https://w3id.org/her2kg/ontology#> .
@prefix kg: <https://w3id.org/her2kg/id/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
kg:scripted a her2:Agent ; rdfs:label "<script>alert(1)</script>\\"onmouseover=x" ; her2:agentClass her2:Antibody .
"""
