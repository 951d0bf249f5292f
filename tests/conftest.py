"""What the tests share: the compiled graph in a cache of its own, the command line in a process, and the flag that renews golden files."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings
from rdflib import Graph

import her2kg
from her2kg.knowledge import KnowledgeGraph

ROOT = Path(__file__).parent.parent
Run = Callable[..., subprocess.CompletedProcess[str]]

# Seeded, and without a folder of examples: a test run leaves nothing behind in the checkout.
settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
# For a long night: pytest --hypothesis-profile thorough.
settings.register_profile("thorough", max_examples=500, database=None, deadline=None)
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write tests/golden/*.tsv anew; read the diff against the sources"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Keep every snapshot, also those of processes that tests start, out of the user's own cache, and their data out."""
    folder = tempfile.mkdtemp(prefix="her2kg-tests-")
    os.environ["HER2KG_CACHE"] = folder
    os.environ.pop("HER2KG_DATA", None)
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.fixture(scope="session")
def kg() -> KnowledgeGraph:
    """The shipped graph."""
    return her2kg.load()


@pytest.fixture(scope="session")
def graph(kg: KnowledgeGraph) -> Graph:
    """The shipped graph, with everything derived, in rdflib."""
    return kg.graph()


@pytest.fixture(scope="session")
def curated() -> Graph:
    """What curators wrote, without ontology and derivations."""
    whole = Graph()
    for path in sorted((ROOT / "data").glob("*.ttl")):
        whole.parse(path)
    return whole


@pytest.fixture(scope="session")
def ontology() -> Graph:
    """The ontology alone, without shapes."""
    whole = Graph()
    for path in sorted((ROOT / "ontology").glob("*.ttl")):
        if path.name != "shapes.ttl":
            whole.parse(path)
    return whole


@pytest.fixture(scope="session")
def run() -> Run:
    """Run ``her2kg`` as a user does, in a process of its own."""

    def start(
        *arguments: str, stdin: str | bytes | None = None, cwd: Path | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "her2kg", *arguments],
            input=stdin.encode() if isinstance(stdin, str) else stdin or b"",
            capture_output=True,
            cwd=cwd or ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **environment},
            timeout=120,
            check=False,
        )
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    return start


@pytest.fixture(scope="session")
def build_wheel() -> Callable[[Path], Path]:
    """Build the package's wheel into a folder, without asking the network for the build tool."""
    pytest.importorskip("hatchling", reason="building needs hatchling: pip install hatchling")

    def build(folder: Path) -> Path:
        options = ("--no-deps", "--no-build-isolation", "-q", "-w", str(folder))
        command = [sys.executable, "-m", "pip", "wheel", str(ROOT), *options]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        (wheel,) = folder.glob("*.whl")
        return wheel

    return build
