"""The compiled snapshot is used while it is fresh, never when it is stale or damaged, and never half-written."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from her2kg import resources, snapshot

ASK = ("query", "agents-by-verdict", "-p", "outcome=failed", "-p", "line=second line", "--format", "json")
PROBE = """
import sys
from her2kg.cli import main
try:
    main(sys.argv[1:])
finally:
    print("compiled" if "her2kg.compiler" in sys.modules else "opened" if "pyoxigraph" in sys.modules else "recalled", file=sys.stderr)
"""
ROOT = Path(__file__).parent.parent
Use = Callable[..., subprocess.CompletedProcess[str]]


LEFT_OUT = ("resistance.ttl", "detection.ttl", "claims.ttl")  # not needed here; a smaller graph compiles faster


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a checkout and a cache compiled from it, not to be changed."""
    folder = tmp_path_factory.mktemp("compiled")
    for part in ("her2kg", "ontology", "data", "queries"):
        shutil.copytree(
            ROOT / part, folder / "checkout" / part, ignore=shutil.ignore_patterns("__pycache__", *LEFT_OUT)
        )
    assert how(start(folder / "checkout", folder / "cache", *ASK)) == "compiled"
    return folder


def start(checkout: Path, cache: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run her2kg from a checkout with a cache; the last word on standard error says what it took."""
    settings = {**os.environ, "PYTHONPATH": str(checkout), "HER2KG_CACHE": str(cache), **environment}
    return subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        capture_output=True,
        text=True,
        env=settings,
        cwd=cache.parent,
        timeout=120,
        check=False,
    )


@pytest.fixture
def checkout(compiled: Path, tmp_path: Path) -> Path:
    """A checkout of one's own."""
    return Path(shutil.copytree(compiled / "checkout", tmp_path / "checkout"))


@pytest.fixture
def use(checkout: Path, tmp_path: Path) -> Use:
    """Run her2kg from a checkout of one's own, to be compiled first."""
    return lambda *arguments, **environment: start(checkout, tmp_path / "cache", *(arguments or ASK), **environment)


@pytest.fixture
def reuse(compiled: Path, tmp_path: Path) -> Use:
    """Run her2kg from the compiled checkout, with a copy of its cache."""
    shutil.copytree(compiled / "cache", tmp_path / "cache")
    return lambda *arguments, **environment: start(
        compiled / "checkout", tmp_path / "cache", *(arguments or ASK), **environment
    )


def how(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stderr.split()[-1]


def agents(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [thing["label"] for thing in json.loads(done.stdout)["answer"]]


def folder_of(tmp_path: Path) -> Path:
    (folder,) = (tmp_path / "cache").iterdir()
    return folder


BOTH = ["lapatinib", "trastuzumab emtansine"]


def test_first_use_compiles_the_second_recalls_a_new_question_opens(use: Use) -> None:
    first = use()
    assert (how(first), agents(first)) == ("compiled", BOTH)
    again = use()
    assert (how(again), again.stdout) == ("recalled", first.stdout)
    assert how(use("show", "GATSBY")) == "opened"


def change(path: Path, old: str, new: str, *, keep_time: bool) -> None:
    before = path.stat()
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    if keep_time:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("keep_time", [False, True])
def test_changed_data_drop_the_snapshot_and_what_was_remembered(use: Use, checkout: Path, keep_time: bool) -> None:
    """Also where size and modification time are as before, as after a checkout or a restored backup."""
    how(use())
    path = checkout / "data" / "trials.ttl"
    size = path.stat().st_size
    text = path.read_text(encoding="utf-8")
    # The label is as long as the old one; nothing else tells the files apart.
    change(path, 'rdfs:label "TyTAN" ;', 'rdfs:label "TyTAX" ;', keep_time=keep_time)
    assert path.stat().st_size == size
    done = use()
    assert how(done) == "compiled"
    assert "TyTAX" in done.stdout
    path.write_text(text, encoding="utf-8")
    assert "TyTAX" not in use().stdout, "answers are remembered under the digest of the contents"


def test_changed_query_is_read_anew(use: Use, checkout: Path) -> None:
    how(use())
    change(
        checkout / "queries" / "agents-by-verdict.rq", "} ORDER BY ?agent", "} ORDER BY DESC(?agent)", keep_time=True
    )
    done = use()
    assert (how(done), agents(done)) == ("compiled", BOTH[::-1])


def test_changed_rule_derives_anew(use: Use, checkout: Path) -> None:
    how(use())
    change(
        checkout / "queries" / "rules" / "60-agent-verdicts.rq",
        "her2:AgentQuestion",
        "her2:DoseQuestion",
        keep_time=True,
    )
    done = use()
    assert (how(done), agents(done)) == ("compiled", [])


def test_new_file_and_removed_file_are_noticed(use: Use, checkout: Path) -> None:
    how(use())
    extra = checkout / "data" / "extra.ttl"
    extra.write_text(
        '<https://w3id.org/her2kg/id/new-one> a <https://w3id.org/her2kg/ontology#Agent> ; <http://www.w3.org/2000/01/rdf-schema#label> "newonumab" .\n'
    )
    assert how(use("show", "newonumab")) == "compiled"
    extra.unlink()
    assert use("show", "newonumab").returncode == 2


def test_touched_file_with_the_same_contents_is_not_compiled_again(use: Use, checkout: Path) -> None:
    how(use())
    os.utime(checkout / "data" / "trials.ttl")
    assert how(use()) == "recalled"


@pytest.mark.parametrize("part", ["index", "queries", "store", "answers"])
@pytest.mark.parametrize("damage", ["empty", "garbage", "cut", "gone"])
def test_damaged_part_never_gives_a_traceback_or_a_wrong_answer(
    reuse: Use, tmp_path: Path, part: str, damage: str
) -> None:
    for path in sorted(folder_of(tmp_path).glob(f"{part}*")):
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            content = file.read_bytes()
            if damage == "gone":
                file.unlink()
            else:
                file.write_bytes(
                    {"empty": b"", "garbage": b"\xff\x00garbage" * 9, "cut": content[: len(content) // 2]}[damage]
                )
    for question in (ASK, ("show", "GATSBY")):
        done = reuse(*question)
        assert "Traceback" not in done.stderr
        # Either mended, or one line that says which folder to delete.
        assert done.returncode == 0 or "delete" in done.stderr, done.stderr
        if question is ASK and done.returncode == 0:
            assert agents(done) == BOTH


def test_cache_that_is_a_file_is_done_without(reuse: Use, tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("not a folder")
    done = reuse(HER2KG_CACHE=str(place))
    assert (how(done), agents(done)) == ("compiled", BOTH)
    assert place.read_text() == "not a folder"


def test_cache_that_cannot_be_written_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, since for root no folder is read-only."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setenv("HER2KG_CACHE", str(tmp_path / "closed"))
    monkeypatch.setattr(os, "makedirs", refuse)
    held = snapshot.load()
    assert held.engine.select("SELECT ?s WHERE { ?s a her2:RandomisedTrial }").rows
    held.remember("key", "value")
    assert held.recall("key") is None
    assert not (tmp_path / "closed").exists()


def test_read_only_cache_with_a_fresh_snapshot_is_used(reuse: Use, tmp_path: Path) -> None:
    shutil.rmtree(next(folder_of(tmp_path).glob("answers-*")))
    for path in (folder_of(tmp_path), tmp_path / "cache"):
        path.chmod(0o500)
    try:
        done = reuse()
        assert (how(done), agents(done)) == ("opened", BOTH)
    finally:
        for path in (tmp_path / "cache", folder_of(tmp_path)):
            path.chmod(0o700)


def test_processes_that_build_at_once_all_answer(checkout: Path, tmp_path: Path) -> None:
    settings = {**os.environ, "PYTHONPATH": str(checkout), "HER2KG_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "her2kg", *ASK]
    at_once = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=settings, cwd=tmp_path)
        for _ in range(3)
    ]
    for process in at_once:
        out, err = process.communicate(timeout=120)
        assert (process.returncode, err) == (0, "")
        assert [thing["label"] for thing in json.loads(out)["answer"]] == BOTH
    assert [path.name for path in folder_of(tmp_path).iterdir() if path.name.startswith("building-")] == []
    assert len(list(folder_of(tmp_path).glob("store-*"))) == 1


def test_extra_data_have_a_snapshot_of_their_own(reuse: Use, tmp_path: Path) -> None:
    mine = tmp_path / "mine.ttl"
    mine.write_text(
        '<https://w3id.org/her2kg/id/mine> a <https://w3id.org/her2kg/ontology#Agent> ; <http://www.w3.org/2000/01/rdf-schema#label> "mineumab" .\n'
    )
    assert how(reuse("show", "mineumab", "--data", str(mine))) == "compiled"
    assert how(reuse()) == "recalled"
    mine.write_text(mine.read_text().replace("mineumab", "minimab"))
    assert "minimab" in reuse("show", "minimab", "--data", str(mine)).stdout


def test_every_file_a_snapshot_is_built_from_is_watched() -> None:
    watched = set(snapshot.sources())
    used = {
        *resources.ontology_files(),
        *resources.data_files(),
        *resources.query_files(),
        *resources.rule_files(),
        *resources.code_files(),
        resources.shapes_file(),
    }
    assert used <= watched
    assert {Path(path).suffix for path in watched} == {".ttl", ".rq", ".yaml", ".py"}


def test_remembered_answer_is_the_answer(kg) -> None:
    first = kg.query("agents-by-verdict", outcome="failed")
    again = kg.query("agents-by-verdict", outcome="failed")
    assert again.to_dict() == first.to_dict()
    for form in ("text", "json", "csv", "tsv", "md"):
        assert again.render(form) == first.render(form)


def test_two_keys_of_one_checksum_are_told_apart(kg) -> None:
    kg.snapshot.remember("first key", ("one",))
    os.rename(kg.snapshot._place("first key"), kg.snapshot._place("second key"))
    assert kg.snapshot.recall("second key") is None
