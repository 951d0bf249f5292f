"""Where the shipped files are, and where the compiled snapshot may be kept.

`os.path` and not `pathlib`: this module is on the way of every look-up, and importing `pathlib` costs more than all
it does.
"""

import os
import sys

from her2kg.errors import ResourceError

PACKAGE = os.path.dirname(os.path.abspath(__file__))


def root() -> str:
    """Return the folder that holds ontology/, data/ and queries/: in the wheel its copy, in a checkout the top level.

    Raises
    ------
    ResourceError : neither is there
    """
    for folder in (os.path.join(PACKAGE, "_data"), os.path.dirname(PACKAGE)):
        if os.path.isfile(os.path.join(folder, "ontology", "her2kg.ttl")):
            return folder
    raise ResourceError(f"no ontology/ and data/ beside {PACKAGE}: reinstall her2kg")


def files(folder: str, ending: str | tuple[str, ...], base: str | None = None) -> list[str]:
    """Return the paths in a folder that end so, sorted; empty where the folder does not exist."""
    path = os.path.join(base or root(), folder)
    try:
        names = os.listdir(path)
    except FileNotFoundError:
        return []
    return [os.path.join(path, name) for name in sorted(names) if name.endswith(ending) and not name.startswith(".")]


def is_shipped() -> bool:
    """Tell whether the shipped data are in use, and not a graph of the user's in their place."""
    return not os.environ.get("HER2KG_GRAPH")


def data_folder() -> str:
    """Return the folder of the curated data: HER2KG_GRAPH, a graph in place of the shipped one, else the shipped data.

    Raises
    ------
    ResourceError : HER2KG_GRAPH is no folder with Turtle files
    """
    chosen = os.environ.get("HER2KG_GRAPH")
    if not chosen:
        return os.path.join(root(), "data")
    if not files("", ".ttl", chosen):
        raise ResourceError(f"HER2KG_GRAPH={chosen}: no folder with .ttl files")
    return os.path.abspath(chosen)


def ontology_files() -> list[str]:
    """Return the ontology's files, without the shapes."""
    return [path for path in files("ontology", ".ttl") if os.path.basename(path) != "shapes.ttl"]


def shipped_data_files() -> list[str]:
    """Return the data files that come with her2kg, also where another graph is in use."""
    return files("data", ".ttl")


def data_files() -> list[str]:
    """Return the curated data files."""
    return files("", ".ttl", data_folder())


def shapes_file() -> str:
    """Return the file of SHACL shapes."""
    return os.path.join(root(), "ontology", "shapes.ttl")


def query_files() -> list[str]:
    """Return the named queries."""
    return files("queries", ".rq")


def rule_files() -> list[str]:
    """Return the derivation rules in the order in which they run."""
    return files(os.path.join("queries", "rules"), ".rq")


def check_files() -> list[str]:
    """Return the queries that gather what the statistical checks need."""
    return files(os.path.join("queries", "checks"), ".rq")


def wording_file() -> str:
    """Return the file of words that mean the same, or nothing, in questions."""
    return os.path.join(root(), "queries", "wording.yaml")


def inner_query(folder: str, name: str) -> str:
    """Return the text of a query that serves the program and is no question of a user's.

    Parameters
    ----------
    folder : below queries/, such as "checks": what the statistical checks need

    Raises
    ------
    ResourceError : the file is not there
    """
    return inner_text(folder, f"{name}.rq")


def card_examples() -> list[str]:
    """Return the example queries of the schema card."""
    return files(os.path.join("queries", "language-models", "examples"), ".rq")


def inner_text(folder: str, name: str) -> str:
    """Return the text of a file below queries/.

    Raises
    ------
    ResourceError : the file is not there
    """
    path = os.path.join(root(), "queries", folder, name)
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except OSError as error:
        raise ResourceError(f"{path}: {error.strerror}; reinstall her2kg") from None


def code_files() -> list[str]:
    """Return the modules whose change makes a snapshot stale."""
    return files("", ".py", PACKAGE) + files("consistency", ".py", PACKAGE)


def explorer_folder() -> str | None:
    """Return the folder of the built explorer: in the wheel its copy, in a checkout explorer/dist, or None."""
    for folder in (
        os.path.join(PACKAGE, "_data", "explorer"),
        os.path.join(os.path.dirname(PACKAGE), "explorer", "dist"),
    ):
        if os.path.isfile(os.path.join(folder, "index.html")):
            return folder
    return None


def cache_folder() -> str:
    """Return the folder for snapshots: HER2KG_CACHE, else the platform's cache folder.

    Three platforms in five lines: the usual library for this costs a quarter of a whole look-up to import.
    """
    chosen = os.environ.get("HER2KG_CACHE")
    if chosen:
        return os.path.abspath(chosen)
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    elif sys.platform == "darwin":
        base = os.path.join(home, "Library", "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
    return os.path.join(base, "her2kg")
