"""The wheel carries every file the package needs, and works where there is no checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import her2kg

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(build_wheel: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


def shipped() -> set[str]:
    """Return the files a wheel should have, as they are named in it."""
    names = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "her2kg").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    for folder, pattern in (("ontology", "*"), ("data", "*.ttl"), ("queries", "**/*")):
        names |= {f"her2kg/_data/{path.relative_to(ROOT)}" for path in (ROOT / folder).glob(pattern) if path.is_file()}
    # The explorer is in it where it was built.
    if (ROOT / "explorer" / "dist" / "index.html").is_file():
        names |= {f"her2kg/_data/explorer/{path.name}" for path in (ROOT / "explorer" / "dist").iterdir()}
    return {name.replace(os.sep, "/") for name in names}


def origin(name: str) -> str:
    """Return the file of the checkout that has this name in the wheel."""
    return name.replace("her2kg/_data/explorer/", "explorer/dist/").removeprefix("her2kg/_data/")


def test_wheel_holds_the_files_of_the_checkout(wheel: Path) -> None:
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held ^ shipped() == set()
    assert "her2kg/_data/ontology/her2kg.ttl" in held
    assert "her2kg/_data/queries/rules/60-agent-verdicts.rq" in held
    assert "her2kg/py.typed" in held


@pytest.mark.skipif(shutil.which("git") is None or not (ROOT / ".git").exists(), reason="no git checkout")
def test_no_untracked_file_gets_into_the_wheel(wheel: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    known = set(listed.stdout.splitlines())
    held = {origin(name) for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert {name for name in held - known if not name.startswith("explorer/dist/")} == set()


def test_files_are_byte_for_byte_those_of_the_checkout(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in shipped():
            assert archive.read(name) == (ROOT / origin(name)).read_bytes(), name


def test_metadata(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = [archive.read(name).decode() for name in archive.namelist() if name.endswith("/METADATA")]
        (entry,) = [archive.read(name).decode() for name in archive.namelist() if name.endswith("/entry_points.txt")]
        licences = [name for name in archive.namelist() if "LICENSE" in name]
    assert f"Version: {her2kg.__version__}" in metadata
    assert "her2kg = her2kg.cli:main" in entry
    assert len(licences) >= 2, "code and data have a licence each"


def test_installed_copy_answers(wheel: Path, tmp_path: Path) -> None:
    """In an environment of its own; what her2kg depends on is lent to it, so that no network is needed."""
    import venv

    venv.create(tmp_path / "env", with_pip=False, symlinks=os.name != "nt")
    python = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin") / Path(sys.executable).name
    site = Path(sysconfig.get_path("purelib", vars={"base": str(tmp_path / "env"), "platbase": str(tmp_path / "env")}))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    lent = tmp_path / "lent"
    lent.mkdir()
    for name in ("click", "pyoxigraph", "yaml", "_yaml", "rdflib"):
        folder = Path(sysconfig.get_path("purelib")) / name
        if folder.exists():
            (lent / name).symlink_to(folder)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | {
        "HER2KG_CACHE": str(tmp_path / "cache"),
        "PYTHONPATH": str(lent),
    }
    for command in (["-m", "her2kg"], ["-c", "from her2kg.cli import main; main()"]):
        done = subprocess.run(
            [str(python), *command, "ask", "which agents failed phase III in second line"],
            capture_output=True,
            text=True,
            env=environment,
            cwd=tmp_path,
            timeout=120,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "lapatinib" in done.stdout
        assert "GATSBY" in done.stdout
    where = subprocess.run(
        [str(python), "-c", "import her2kg.resources as r; print(r.root())"],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        check=True,
    )
    assert Path(where.stdout.strip()) == site / "her2kg" / "_data"
