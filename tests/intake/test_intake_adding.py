"""Adding drafts: all or nothing, once, by one writer at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from her2kg.intake.adding import ADDED, add, data_files, data_folder
from her2kg.intake.errors import ClashError, IntakeError, LockedError, RefusedError
from her2kg.intake.formatting import canonical
from her2kg.intake.locks import locked

ROOT = str(Path(__file__).resolve().parents[2])
PREFIXES = """@prefix her2: <https://w3id.org/her2kg/ontology#> .
@prefix kg: <https://w3id.org/her2kg/id/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
posix = pytest.mark.skipif(os.name != "posix", reason="needs fork and signals")


def nothing(_files):
    return ()


def draft(folder: Path, name: str, *bodies: str) -> str:
    path = folder / f"{name}.ttl"
    path.write_text(PREFIXES + "\n" + "\n\n".join(bodies) + "\n", encoding="utf-8")
    return str(path)


def source(name: str, label: str = "") -> str:
    return f'# about {name}\nkg:{name} a her2:Source ;\n    rdfs:label "{label or name}" .'


def put(drafts, folder, **options):
    return add(drafts, str(folder), **{"validate": nothing, "check": nothing, "base": (), "wait": 5.0, **options})


def test_adds_and_keeps_comments(tmp_path):
    result = put([draft(tmp_path, "one", source("a"), source("b"))], tmp_path / "data")
    text = (tmp_path / "data" / ADDED).read_text(encoding="utf-8")
    assert result.subjects == ("kg:a", "kg:b")
    assert "# about a" in text
    assert [os.path.basename(path) for path in data_files(str(tmp_path / "data"))] == [ADDED]


def test_same_draft_twice_adds_nothing(tmp_path):
    one = draft(tmp_path, "one", source("a"))
    put([one], tmp_path / "data")
    before = (tmp_path / "data" / ADDED).read_bytes()
    stamp = (tmp_path / "data" / ADDED).stat().st_mtime_ns
    result = put([one], tmp_path / "data")
    assert (result.subjects, result.known) == ((), 1)
    assert "nothing new" in result.summary()
    assert (tmp_path / "data" / ADDED).read_bytes() == before
    assert (tmp_path / "data" / ADDED).stat().st_mtime_ns == stamp


def test_clash_names_thing_and_property(tmp_path):
    put([draft(tmp_path, "one", source("a"))], tmp_path / "data")
    before = (tmp_path / "data" / ADDED).read_bytes()
    with pytest.raises(ClashError, match=r"two\.ttl: kg:a .*rdfs:label .*other.*\(the data: .*a"):
        put([draft(tmp_path, "two", source("z"), source("a", "other"))], tmp_path / "data")
    assert (tmp_path / "data" / ADDED).read_bytes() == before


def test_clash_with_shipped_data(tmp_path):
    with pytest.raises(ClashError, match="kg:ToGA is in the data with other statements"):
        put([draft(tmp_path, "one", 'kg:ToGA a her2:Source ; rdfs:label "mine" .')], tmp_path / "data", base=None)
    assert data_files(str(tmp_path / "data")) == ()


def test_two_drafts_that_contradict_each_other(tmp_path):
    with pytest.raises(ClashError, match="kg:a"):
        put([draft(tmp_path, "one", source("a")), draft(tmp_path, "two", source("a", "other"))], tmp_path / "data")
    assert data_files(str(tmp_path / "data")) == ()


def test_refused_by_validation_leaves_nothing(tmp_path):
    seen = []

    def wrong(files):
        seen.extend(files)
        return [f"{files[-1]}:3: kg:a: needs a date"]

    with pytest.raises(RefusedError, match="needs a date") as caught:
        put([draft(tmp_path, "one", source("a"))], tmp_path / "data", validate=wrong)
    assert "one.ttl" in caught.value.findings[0]
    assert len(seen) == 1
    assert [name for name in os.listdir(tmp_path / "data") if name.endswith(".ttl")] == []


def test_checks_can_be_acknowledged(tmp_path):
    one = draft(tmp_path, "one", source("a"))
    with pytest.raises(RefusedError, match="acknowledge"):
        put([one], tmp_path / "data", check=lambda _: ["odd"])
    result = put([one], tmp_path / "data", check=lambda _: ["odd"], acknowledge=True)
    assert result.acknowledged == ("odd",)
    with pytest.raises(RefusedError):
        put([draft(tmp_path, "two", source("b"))], tmp_path / "data", validate=lambda _: ["bad"], acknowledge=True)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("kg:a a her2:Source", "line 6"),
        ("[] a her2:Source .", "blank node"),
        ("her2:OS a her2:Source .", "her2:OS"),
        ("<file:///etc/passwd> a her2:Source .", "things of kg: only"),
    ],
)
def test_bad_drafts(tmp_path, body, said):
    with pytest.raises(ValueError, match=said) as caught:
        put([draft(tmp_path, "bad", body)], tmp_path / "data")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "data").exists() or data_files(str(tmp_path / "data")) == ()


def test_drafts_that_are_none(tmp_path):
    (tmp_path / "latin.ttl").write_bytes(PREFIXES.encode() + b'kg:a rdfs:label "\xe9" .')
    (tmp_path / "empty.ttl").write_bytes(b"")
    for path, said in (
        ("latin.ttl", "not UTF-8"),
        ("empty.ttl", "empty"),
        ("absent.ttl", "No such file"),
        (".", "a folder"),
    ):
        with pytest.raises(IntakeError, match=said):
            put([str(tmp_path / path)], tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_data_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("HER2KG_DATA", raising=False)
    with pytest.raises(IntakeError, match="HER2KG_DATA"):
        data_folder()
    monkeypatch.setenv("HER2KG_DATA", str(tmp_path))
    assert data_folder() == str(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(IntakeError, match="a file"):
        data_folder(str(tmp_path / "file"))


def test_a_second_writer_is_told(tmp_path):
    (tmp_path / "data").mkdir()
    one = draft(tmp_path, "one", source("a"))
    with locked(str(tmp_path / "data"), 1), pytest.raises(LockedError, match=f"process {os.getpid()}"):
        put([one], tmp_path / "data", wait=0.1)
    assert put([one], tmp_path / "data").subjects == ("kg:a",)


WORKER = textwrap.dedent(
    """
    import os, random, signal, sys, time
    sys.path.insert(0, sys.argv[1])
    from her2kg.intake.adding import ADDED, add
    from her2kg.intake.formatting import canonical
    folder, drafts, mode = sys.argv[2], sys.argv[3], sys.argv[4]
    def nothing(files): return ()
    def put(name):
        return add([os.path.join(drafts, name)], folder, validate=nothing, check=nothing, base=(), wait=60)
    names = sorted(os.listdir(drafts))
    target = os.path.join(folder, ADDED)
    def state():
        if not os.path.exists(target):
            return set()
        with open(target, encoding="utf-8") as stream:
            return canonical(stream.read(), target)
    if mode == "one":
        for name in names:
            if name.startswith(sys.argv[5]):
                put(name)
    else:
        whole = {name: canonical(open(os.path.join(drafts, name), encoding="utf-8").read(), name) for name in names}
        chance = random.Random(7)
        started = time.perf_counter()
        put(names[0])
        took = time.perf_counter() - started
        states, kills, early, late = state(), 0, 0, 0
        for name in names[1:]:
            child = os.fork()
            if not child:
                try:
                    put(name)
                finally:
                    os._exit(0)
            time.sleep(chance.random() * took * 1.2)
            os.kill(child, signal.SIGKILL)
            _, how = os.waitpid(child, 0)
            kills += os.WIFSIGNALED(how)
            now = state()
            assert now in (states, states | whole[name]), f"{name}: neither old nor new"
            early, late = early + (now == states), late + (now != states)
            states = now
        for name in names:
            put(name)
        assert state() == set().union(*whole.values())
        left = [name for name in os.listdir(folder) if name.startswith(".her2kg-add-")]
        assert not left, left
        print(kills, early, late)
    """
)


def run_worker(folder: Path, drafts: Path, *rest: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", WORKER, ROOT, str(folder), str(drafts), *rest],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@posix
def test_two_hundred_kills_leave_the_old_state_or_the_new(tmp_path):
    drafts = tmp_path / "drafts"
    drafts.mkdir()
    for i in range(201):
        draft(drafts, f"d{i:03}", source(f"k{i}"), source(f"l{i}"))
    worker = run_worker(tmp_path / "data", drafts, "kill")
    out, err = worker.communicate(timeout=300)
    assert worker.returncode == 0, err
    kills, early, late = map(int, out.split())
    assert early + late == 200
    assert kills >= 100
    assert early >= 20


@posix
def test_concurrent_adds_lose_nothing(tmp_path):
    drafts = tmp_path / "drafts"
    drafts.mkdir()
    for i in range(4):
        for j in range(6):
            draft(drafts, f"w{i}-{j}", source(f"s{i}-{j}"))
    workers = [run_worker(tmp_path / "data", drafts, "one", f"w{i}-") for i in range(4)]
    for worker in workers:
        _, err = worker.communicate(timeout=120)
        assert worker.returncode == 0, err
    target = tmp_path / "data" / ADDED
    found = {subject for subject, _, _ in canonical(target.read_text(encoding="utf-8"), str(target))}
    assert len(found) == 24
