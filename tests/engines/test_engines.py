"""Every named query on real servers: the rows of the embedded engine, in the same order."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pyoxigraph as ox
import pytest
from engines import HOW, INSTALLED, runs, served

from her2kg.compiler import named_queries
from her2kg.headers import NamedQuery
from her2kg.knowledge import KnowledgeGraph
from her2kg.remote import connect
from her2kg.validation import underived
from tests.conftest import Run

each_query = pytest.mark.parametrize("query", [pytest.param(query, id=query.name) for query in named_queries()])
each_engine = pytest.mark.parametrize("engine", sorted(INSTALLED))


@pytest.fixture(scope="module")
def addresses(kg: KnowledgeGraph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        here = [name for name in INSTALLED if INSTALLED[name]]
        started = [served(kg, name, tmp_path_factory.mktemp("engines") / name) for name in here]
        yield dict(zip(here, pool.map(stack.enter_context, started), strict=True))


@pytest.fixture(scope="module")
def remotes(addresses: dict[str, str]) -> dict[str, KnowledgeGraph]:
    return {name: connect(address) for name, address in addresses.items()}


def present(found: dict[str, object], engine: str) -> object:
    if engine not in found:
        pytest.skip(f"{engine} is not installed: {HOW[engine]}")
    return found[engine]


@each_engine
@each_query
def test_rows_are_those_of_the_embedded_engine(
    kg: KnowledgeGraph, remotes: dict[str, KnowledgeGraph], engine: str, query: NamedQuery
) -> None:
    remote = present(remotes, engine)
    for values in runs(query):
        there, here = (graph.query(query.name, **values).table.render("json") for graph in (remote, kg))
        assert there == here, values


@each_engine
@pytest.mark.parametrize(
    "command",
    [
        ("ask", "which agents failed phase III in second line as of 2019-12-31"),
        ("show", "ToGA", "--as-of", "2020-04-30"),
        ("why", "lapatinib", "--line", "2"),
        ("query", "hazard-ratios", "-p", "study=GATSBY", "--format", "json"),
        ("export", "nquads"),
        ("forest", "--endpoint", "OS", "--line", "2", "--format", "svg"),
        ("check", "--severity", "warning"),
    ],
    ids=lambda command: command[0],
)
def test_prints_the_same_bytes(run: Run, addresses: dict[str, str], engine: str, command: tuple[str, ...]) -> None:
    address = present(addresses, engine)
    here, there = run(*command), run(*command, "--endpoint", address)
    assert (there.returncode, there.stderr, there.stdout) == (here.returncode, here.stderr, here.stdout)
    assert len(here.stdout) > 100


def test_validates_what_the_store_holds(run: Run, addresses: dict[str, str]) -> None:
    done = run("validate", "--endpoint", present(addresses, "oxigraph"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "kg:ref-41: warning: " in done.stdout


@each_engine
def test_shapes_see_what_curators_wrote(kg: KnowledgeGraph, remotes: dict[str, KnowledgeGraph], engine: str) -> None:
    there = underived(present(remotes, engine).engine)
    written = underived(kg.engine)  # the files themselves write some decimals with zeros that no store keeps
    named = [
        {triple for triple in triples if not any(isinstance(term, ox.BlankNode) for term in triple)}
        for triples in ([quad.triple for quad in held] for held in (there, written))
    ]
    assert named[0] == named[1]
    assert len(there) == len(written)


@each_engine
def test_a_name_that_nothing_has_and_one_with_odd_characters(remotes: dict[str, KnowledgeGraph], engine: str) -> None:
    remote = present(remotes, engine)
    for name in ('"', "\\", "'} UNION {", "<x>", "Größe ±", "kg:no such", "\u0000x", "x" * 300):
        assert remote.find(name) == []
    assert [thing.id for thing in remote.find("NCT01041404")] == ["kg:ToGA"]
