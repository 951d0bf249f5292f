"""Who may import whom, and what a look-up must not import."""

import ast
import json
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "her2kg"
MODULES = {path.stem: path for path in PACKAGE.glob("*.py") if path.stem != "__main__"}
FOLDERS = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
GROUND = {"errors", "terms", "words", "dates", "resources"}
# What may be used without the graph, and what it may stand on itself.
ALONE = {"consistency": {"consistency"}}
COMMANDS = {
    "cli",
    "quality_cli",
    "curation_cli",
    "synthesis_cli",
    "release_cli",
    "exports_cli",
    "figures_cli",
    "maps_cli",
    "building_cli",
    "serve_cli",
    "language_models_cli",
    "explorer_cli",
    "deploy_cli",
}
HEAVY = {
    "rdflib",
    "pyshacl",
    "shacl",
    "networkx",
    "pyoxigraph",
    "yaml",
    "owlready2",
    "owlrl",
    "openpyxl",
    "numpy",
    "pandas",
    "matplotlib",
    "mcp",
    "pydantic",
    "jsonschema",
}
# The rooms that know a library; nobody else imports it.
KNOWN_IN = {
    "pyshacl": {"validation"},
    "shacl": {"fast_shapes"},
    "yaml": {"headers", "lexicon", "compiler"},
    "click": COMMANDS,
    # Known in serving/ alone.
    **{library: set() for library in ("starlette", "uvicorn", "httptools", "prometheus_client")},
}


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def statements(tree: ast.AST) -> list[ast.stmt]:
    """Return all import statements but those for types only."""
    found: list[ast.stmt] = []
    for node in ast.iter_child_nodes(tree):
        if is_for_types(node):
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found.append(node)
        found += statements(node)
    return found


def imported(path: Path) -> set[str]:
    """Return the dotted names that a file imports anywhere, also inside functions."""
    names: set[str] = set()
    for node in statements(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: imports here are absolute"
            module = node.module or ""
            names |= (
                {f"{module}.{alias.name}" for alias in node.names}
                if module in {"her2kg", *(f"her2kg.{f}" for f in FOLDERS)}
                else {module}
            )
    return names


def rooms(path: Path) -> set[str]:
    """Return the rooms of the package that a file imports from."""
    return {
        name.split(".")[1]
        for name in imported(path)
        if name.startswith("her2kg.") and name.split(".")[1] in {*MODULES, *FOLDERS}
    }


def libraries(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported(path)} - {"her2kg"} - set(sys.stdlib_module_names)


def test_the_ground_floor_needs_only_errors() -> None:
    assert {name: rooms(MODULES[name]) - {"errors"} for name in GROUND if rooms(MODULES[name]) - {"errors"}} == {}
    assert rooms(MODULES["errors"]) == set()
    assert {name: libraries(MODULES[name]) for name in GROUND if libraries(MODULES[name])} == {}


def test_flow_goes_down() -> None:
    """No circle, counting also what is imported inside functions; a circle raises."""
    above = {name: rooms(path) for name, path in MODULES.items() if name != "__init__"}
    for folder in FOLDERS:
        above[folder] = set().union(*(rooms(path) for path in (PACKAGE / folder).glob("*.py"))) - {folder}
    assert set(TopologicalSorter(above).static_order()) >= set(MODULES) - {"__init__"}


def test_nothing_stands_on_the_command_line() -> None:
    assert [name for name, path in MODULES.items() if COMMANDS & rooms(path) and name not in COMMANDS] == []
    assert [path.name for folder in FOLDERS for path in (PACKAGE / folder).glob("*.py") if COMMANDS & rooms(path)] == []


@pytest.mark.parametrize("folder", ALONE)
def test_stands_alone(folder: str) -> None:
    for path in (PACKAGE / folder).glob("*.py"):
        assert rooms(path) <= ALONE[folder], path.name
        assert libraries(path) - {"openpyxl"} == set(), (
            f"{path.name}: standard library only; openpyxl reads workbooks where it is installed"
        )


@pytest.mark.parametrize("library", KNOWN_IN)
def test_a_library_is_known_in_its_room_only(library: str) -> None:
    assert {name for name, path in MODULES.items() if library in libraries(path)} - KNOWN_IN[library] == set()


def test_matplotlib_is_known_where_figures_become_pdf_and_png_only() -> None:
    knowing = [path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if "matplotlib" in libraries(path)]
    assert knowing == [Path("figures/plates.py")]


def test_the_protocol_of_language_models_is_known_in_its_server_only() -> None:
    foreign = {"mcp", "mcp_types", "anyio", "jsonschema"}
    knowing = [path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if foreign & libraries(path)]
    assert knowing == [Path("language_models/server.py")]


def test_every_module_says_what_it_is() -> None:
    assert [
        str(path)
        for path in PACKAGE.rglob("*.py")
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ] == []


def test_every_room_is_in_the_architecture_page() -> None:
    page = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = "\n".join(line for line in page.splitlines() if line.startswith("|"))
    assert {
        name
        for name in (*MODULES, *FOLDERS)
        if name != "__init__" and f"`{name}`" not in rows and f"`{name}/`" not in rows
    } == set()


# What a look-up must not import


def modules_after(code: str) -> set[str]:
    """Return the names of the modules that a fresh interpreter has after running some code."""
    code += "\nimport json, sys; print('\\n' + json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_the_command_line_imports_nothing_heavy() -> None:
    assert modules_after("import her2kg.cli") & HEAVY == set()


QUESTION = "import her2kg; her2kg.load().ask('which agents failed phase III in second line').render('text')"


def test_first_question_imports_the_engine_alone_and_a_repeated_one_not_even_that(kg) -> None:
    modules_after(QUESTION)
    assert modules_after(QUESTION) & HEAVY == set()
    fresh = QUESTION.replace(".ask('", ".ask('please ").replace("second line", "second line as of 2019-03-07")
    assert modules_after(fresh) & HEAVY == {"pyoxigraph"}


def test_a_repeated_question_leaves_out_what_costs_most(kg) -> None:
    modules_after(QUESTION)
    assert modules_after(QUESTION) & {
        "her2kg.engine",
        "her2kg.compiler",
        "her2kg.consistency",
        "dataclasses",
        "inspect",
        "pathlib",
        "hashlib",
        "json.decoder",
        "csv",
    } <= {"json.decoder"}
