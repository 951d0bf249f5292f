"""Large files are validated in batches over the processors: with the same report as in one piece."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from her2kg import fast_shapes, quality
from her2kg.building import validating, working
from her2kg.building.progress import Progress
from her2kg.errors import Her2kgError, TurtleError

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

import generator

pytestmark = pytest.mark.skipif(not fast_shapes.installed(), reason="needs the extra 'fast'")

UNDECLARED = """
@prefix her2: <https://w3id.org/her2kg/ontology#> .
@prefix kg: <https://w3id.org/her2kg/id/> .
kg:GX1n0000003 her2:mood "good" .
kg:GX1n0000041 her2:mood "bad" .
kg:undeclared-1 a her2:Rumour .
kg:undeclared-2 a her2:Rumour .
"""
"""What breaks the two shapes that report only the first of many, in several batches."""


@pytest.fixture(scope="module")
def trials(tmp_path_factory) -> Path:
    """Studies of which a fifth is broken, and the nodes that the key says so of."""
    path = tmp_path_factory.mktemp("validating") / "trials.nt"
    with path.open("w") as to, path.with_suffix(".tsv").open("w") as key:
        generator.write(60, 1, to, key, broken=0.2)
    return path


def in_batches(monkeypatch, *files: Path):
    monkeypatch.setattr(quality, "LARGE", 0)
    monkeypatch.setattr(working, "BATCH", 150)
    return quality.quality([str(path) for path in files], info=True)


def test_batches_give_the_report_of_one_piece(trials: Path, tmp_path: Path, monkeypatch) -> None:
    more = tmp_path / "more.ttl"
    more.write_text(UNDECLARED)
    one_piece = quality.quality([str(trials), str(more)], info=True)
    batches = in_batches(monkeypatch, trials, more)
    assert batches.rows == one_piece.rows
    rules = {row["rule"] for row in batches}
    assert {"her2:KnownClassShape", "her2:KnownPropertyShape"} <= rules
    planted = {tuple(line.split("\t")[2:]) for line in trials.with_suffix(".tsv").read_text().splitlines()[1:]}
    assert len(planted) > 5
    assert planted <= {(row["focus"], row["rule"]) for row in batches}


def test_one_process_finds_what_two_find(trials: Path, monkeypatch) -> None:
    monkeypatch.setattr(working, "BATCH", 400)
    found = validating.find([str(trials)], processes=2, checks=False)
    assert found == validating.find([str(trials)], processes=1, checks=False)
    assert {one.shape for one in found.violations} > {"her2:OneSourceShape"}
    assert found.findings == set()


def test_every_batch_is_worked_out(trials: Path, tmp_path: Path, monkeypatch) -> None:
    """More batches than may wait at a time."""
    monkeypatch.setattr(working, "BATCH", 100)
    (tmp_path / "parts").mkdir()
    progress = Progress()
    working.load(str(tmp_path), [str(trials)], progress)
    count = working.cut(str(tmp_path), progress)
    assert count > 8
    done = list(working.work_out(str(tmp_path), range(1, count + 1), abs, 2, progress))
    assert sorted(done) == list(range(1, count + 1))


def test_a_process_that_was_ended_is_one_line(trials: Path, monkeypatch) -> None:
    monkeypatch.setattr(validating, "_shapes", os._exit)
    monkeypatch.setattr(working, "BATCH", 400)
    with pytest.raises(Her2kgError, match="ended from outside"):
        validating.find([str(trials)], processes=2, checks=False)


def test_a_large_file_that_is_no_turtle_is_one_line(tmp_path: Path, monkeypatch) -> None:
    bad = tmp_path / "bad.ttl"
    bad.write_text("@prefix kg: <https://w3id.org/her2kg/id/> .\nkg:a kg:b .\n")
    with pytest.raises(TurtleError, match=r"bad\.ttl, line 2: ") as said:
        in_batches(monkeypatch, bad)
    assert "\n" not in str(said.value)


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_ctrl_c_ends_it_and_leaves_nothing(tmp_path: Path) -> None:
    large, temporary = tmp_path / "large.nt", tmp_path / "temporary"
    temporary.mkdir()
    with large.open("w") as to, (tmp_path / "key").open("w") as key:
        generator.write(160, 1, to, key)
    assert large.stat().st_size > quality.LARGE
    started = subprocess.Popen(
        [sys.executable, "-m", "her2kg", "validate", str(large)],
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not list(temporary.glob("*/cut.done")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(started.pid, signal.SIGINT)  # as a terminal does: to every process
    out, said = started.communicate(timeout=60)
    assert (started.returncode, out) == (130, b"")
    assert said.decode() == "stopped: nothing is kept; run the same again\n"
    assert list(temporary.iterdir()) == []
