"""A graph built on disk, batch by batch, says what the same graph compiled in one piece says; so does one added to."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from test_shapes import EXAMPLES, SHAPES, name

import her2kg
from her2kg import built, fast_shapes, resources, validation
from her2kg.building import making, updating, working
from her2kg.building.batches import Judge
from her2kg.building.progress import Progress
from her2kg.compiler import compile_graph
from her2kg.engine import parse_turtle
from her2kg.errors import Her2kgError, ResourceError
from her2kg.intake.errors import ClashError, RefusedError
from her2kg.names import PHRASE

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
from typing import TYPE_CHECKING

import generator

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = """@prefix her2: <https://w3id.org/her2kg/ontology#> .
@prefix kg: <https://w3id.org/her2kg/id/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
REPORT = (
    HEAD
    + """
kg:late-2026 a her2:Source ; rdfs:label "Late et al., J Invented 2026" ; her2:sourceType her2:JournalArticle ;
    her2:doi "10.5555/late" ; her2:knownFrom "2026-05-05"^^xsd:date .
kg:TyTAN-OS-late-2026 a her2:EffectReport ; her2:ofAnalysis kg:TyTAN-OS ; her2:source kg:late-2026 ; her2:locator "results" ;
    her2:measure her2:HazardRatio ; her2:value 0.60 ; her2:valueText "0.60" ; her2:lower 0.50 ; her2:lowerText "0.50" ;
    her2:upper 0.72 ; her2:upperText "0.72" ; her2:confidenceLevel 95 .
"""
)
"""A report that turns the verdict on a shipped study."""


def write(path: Path, count: int, first: int = 0, broken: float = 0.0) -> Path:
    with path.open("w") as to, path.with_suffix(".tsv").open("w") as key:
        generator.write(count, 1, to, key, broken, first)
    return path


def quads(store: ox.Store) -> set[str]:
    """Return what a store holds, without what only graphs on disk have, and the ontology's lists, which have no names."""
    return {str(quad) for quad in store if quad.predicate != PHRASE and "_:" not in str(quad)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("building")


@pytest.fixture(scope="module")
def trials(folder: Path) -> Path:
    return write(folder / "trials.ttl", 40)


@pytest.fixture(scope="module")
def graph(folder: Path, trials: Path) -> Path:
    """A graph of the shipped data and 40 invented studies."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(working, "BATCH", 100)  # many batches, so that much lies across their borders
        summary = making.build(str(folder / "graph"), [str(trials)], processes=2)
    assert summary.graph.studies == 96 + 40
    assert summary.findings["Violation"] == 0
    return folder / "graph"


@pytest.fixture
def copy(graph: Path, tmp_path: Path) -> Path:
    import shutil

    return Path(shutil.copytree(graph, tmp_path / "graph"))


def opened(folder: Path) -> ox.Store:
    return her2kg.load([folder]).engine.store


# ---- the same as in one piece ----


def test_a_built_graph_holds_what_a_compiled_one_holds(graph: Path, trials: Path) -> None:
    assert quads(opened(graph)) == quads(compile_graph((str(trials),)).store)


def test_batches_of_one_unit_derive_the_same_from_the_shipped_graph() -> None:
    """The hardest cut: every unit alone."""
    store = ox.Store()
    for path in (*resources.ontology_files(), *resources.data_files()):
        store.extend(parse_turtle(path))
    judge = Judge()
    evidence = judge.evidence(store)
    derived, covered = set(), set()
    for root in evidence.roots():
        cut = evidence.cut([root])
        covered |= set(cut.members)
        derived |= {str(quad) for quad in judge.derive(cut).store if "graph/derived" in str(quad.graph_name)}
    assert covered == {quad.subject for quad in store} - judge.terms
    whole = compile_graph().store
    assert derived == {str(quad) for quad in whole if "graph/derived" in str(quad.graph_name)}


@pytest.mark.skipif(not fast_shapes.installed(), reason="needs the extra 'fast'")
@pytest.mark.parametrize("shape", SHAPES, ids=name)
def test_shapes_find_in_batches_what_they_find_in_the_whole(shape: validation.Shape, judge: Judge, base: list) -> None:
    own = parse_turtle(str(EXAMPLES / f"{name(shape)}.fail.ttl"))
    described = {quad.subject for quad in own}
    record = [quad for quad in base if quad.subject not in described] + own
    store = ox.Store()
    store.extend([*judge.ontology, *record])
    evidence = judge.evidence(store)
    roots = list(evidence.roots())
    found = {v for at in range(0, len(roots), 7) for v in judge.violations(evidence.cut(roots[at : at + 7]))}
    found = judge.of_the_whole(evidence, found)
    assert plain(found) == plain(fast_shapes.find([*judge.ontology, *record]))


def plain(found) -> set:
    """Return findings without the names of blank nodes, which differ with each reading."""
    return {v if v.focus.count(":") else v._replace(focus="_:", value="") for v in found}


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge()


@pytest.fixture(scope="module")
def base() -> list:
    return parse_turtle(str(EXAMPLES / "base.ttl"))


def test_planted_violations_are_found_each_and_no_other(tmp_path: Path) -> None:
    trials = write(tmp_path / "broken.nt", 60, broken=0.2)
    making.build(str(tmp_path / "graph"), [str(trials)])
    rows = [line.split("\t") for line in (tmp_path / "graph" / built.VIOLATIONS).read_text().splitlines()[1:]]
    found = {(row[2], row[0]) for row in rows if row[1] == "Violation"}
    key = [line.split("\t") for line in trials.with_suffix(".tsv").read_text().splitlines()[1:]]
    planted = {(node, rule) for _, kind, node, rule in key if kind == "violation"}
    assert len(planted) > 5
    assert found == planted


def test_planted_defects_and_conflicts_are_found(graph: Path, tmp_path: Path) -> None:
    trials = write(tmp_path / "more.ttl", 150)
    planted = {tuple(line.split("\t")[2:]) for line in trials.with_suffix(".tsv").read_text().splitlines()[1:]}
    kg = her2kg.load([trials])
    rows = kg.sparql("SELECT ?report ?rule WHERE { ?f a her2:Finding ; her2:onReport ?report ; her2:checkRule ?rule }")
    found = {(row["report"].id, row["rule"].id.removeprefix("kg:check-")) for row in rows}
    assert len(planted) > 4
    assert planted <= found


# ---- adding ----


def outcomes(folder: Path) -> set[str]:
    """Return the verdicts that there have been on TyTAN's primary endpoint."""
    rows = her2kg.load([folder]).sparql(
        "SELECT ?outcome WHERE { ?v a her2:EndpointVerdict ; her2:ofAnalysis kg:TyTAN-OS ; her2:outcome ?outcome }"
    )
    return {row["outcome"].id for row in rows}


def test_an_added_study_gives_what_building_with_it_gives(copy: Path, trials: Path, tmp_path: Path) -> None:
    late = tmp_path / "late.ttl"
    late.write_text(REPORT)
    one = write(tmp_path / "one.ttl", 1, first=900)
    assert outcomes(copy) == {"her2:NotMet"}
    result = updating.add([str(late), str(one)], str(copy), acknowledge=True)
    assert "kg:late-2026" in result.subjects
    assert quads(opened(copy)) == quads(compile_graph((str(trials), str(late), str(one))).store)
    assert outcomes(copy) == {"her2:NotMet", "her2:Contested"}
    assert built.read(str(copy)).studies == 96 + 41


def test_adding_again_changes_nothing(copy: Path, tmp_path: Path) -> None:
    one = write(tmp_path / "one.ttl", 1, first=900)
    updating.add([str(one)], str(copy), acknowledge=True)
    state = built.read(str(copy))
    assert updating.add([str(one)], str(copy)).subjects == ()
    assert built.read(str(copy)) == state


def test_a_reader_keeps_its_state_while_studies_are_added(copy: Path, tmp_path: Path) -> None:
    reader = opened(copy)
    before = len(reader)
    updating.add([str(write(tmp_path / "one.ttl", 1, first=900))], str(copy), acknowledge=True)
    assert len(reader) == before
    assert len(list(reader)) == before


@pytest.mark.parametrize(
    ("draft", "error"),
    [
        ('kg:TyTAN a her2:RandomisedTrial ; rdfs:label "Other" .', ClashError),
        ('kg:new-arm a her2:Arm ; rdfs:label "arm" ; her2:partOfStudy kg:TyTAN .', RefusedError),
        ('kg:new-source a her2:Source ; rdfs:label "x" ; her2:sourceType her2:JournalArticle .', RefusedError),
    ],
    ids=["clash", "violation", "no date"],
)
def test_a_draft_that_does_not_fit_leaves_the_graph_as_it_was(copy: Path, tmp_path: Path, draft: str, error) -> None:
    path = tmp_path / "draft.ttl"
    path.write_text(HEAD + draft)
    state, names = built.read(str(copy)), sorted(os.listdir(copy))
    with pytest.raises(error):
        updating.add([str(path)], str(copy))
    assert built.read(str(copy)) == state
    assert sorted(set(os.listdir(copy)) - {".her2kg-lock"}) == names


# ---- stopping and going on ----


def test_a_stopped_build_leaves_no_graph_and_goes_on(tmp_path: Path, trials: Path, monkeypatch) -> None:
    monkeypatch.setattr(working, "BATCH", 300)
    worked: list[int] = []
    work = making._work

    def two_only(number: int) -> None:
        if len(worked) == 2:
            worked.append(0)
            raise KeyboardInterrupt
        work(number)
        worked.append(number)

    monkeypatch.setattr(making, "_work", two_only)
    folder = tmp_path / "graph"
    with pytest.raises(KeyboardInterrupt):
        making.build(str(folder), [str(trials)], processes=1)
    assert not built.is_built(str(folder))
    with pytest.raises(ResourceError, match="folder"):
        her2kg.load([folder])
    making.build(str(folder), [str(trials)], processes=1)
    assert worked[:4] == [1, 2, 0, 3]
    assert quads(opened(folder)) == quads(compile_graph((str(trials),)).store)
    assert sorted(os.listdir(folder))[0] == "built"
    assert making.WORKING not in os.listdir(folder)


def test_a_build_of_other_files_begins_anew(tmp_path: Path) -> None:
    work = tmp_path / "building"
    making._begin(str(work), "one")
    (work / "load.done").touch()
    making._begin(str(work), "one")
    assert (work / "load.done").exists()
    making._begin(str(work), "two")
    assert not (work / "load.done").exists()


# ---- asking ----


def test_the_commands_answer_from_a_built_graph(graph: Path, run) -> None:
    study = "GX1n0000003"
    shown = run("show", study, HER2KG_DATA=str(graph))
    assert shown.returncode == 0, shown.stderr
    assert study in shown.stdout
    assert run("show", study, "--data", str(graph)).stdout == shown.stdout
    asked = run("ask", f"show me the results of {study}", "--data", str(graph))
    assert asked.returncode == 0, asked.stderr
    assert study in asked.stdout
    assert run("why", "lapatinib", "--data", str(graph)).stdout == run("why", "lapatinib").stdout
    known = run("show", "TyTAN", "--as-of", "2014-01-01", "--data", str(graph))
    assert known.stdout == run("show", "TyTAN", "--as-of", "2014-01-01").stdout


def test_the_shipped_graph_does_not_know_names_of_a_built_one(graph: Path) -> None:
    from her2kg.ask import NotUnderstoodError

    assert her2kg.load([graph]).ask("GX1n0000003").table
    with pytest.raises(NotUnderstoodError):
        her2kg.load().ask("GX1n0000003")


def test_a_built_graph_stands_alone(graph: Path, trials: Path) -> None:
    with pytest.raises(ResourceError, match="stands alone"):
        her2kg.load([graph, trials])


def test_a_graph_of_other_rules_is_refused(copy: Path) -> None:
    built.write(str(copy), built.read(str(copy))._replace(basis="other"))
    with pytest.raises(Her2kgError, match="build it again"):
        her2kg.load([copy])


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("bad.ttl", "kg:a kg:b .", "bad.ttl, line 1"),
        ("bad.csv", "a,b", "neither .ttl nor .nt"),
        ("none.ttl", None, "no such file"),
    ],
)
def test_bad_input_is_one_line(run, tmp_path: Path, file: str, text: str | None, says: str) -> None:
    if text is not None:
        (tmp_path / file).write_text(text)
    done = run("build", str(tmp_path / "graph"), str(tmp_path / file))
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


# ---- progress ----


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("stream", "shown"), [(Terminal(), True), (io.StringIO(), False)], ids=["terminal", "file"])
def test_progress_is_for_terminals_only(stream: io.StringIO, shown: bool, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    progress = Progress()
    progress.say("working", 3, 10)
    progress.end()
    assert ("working: 3 of 10" in stream.getvalue()) == shown
    assert bool(stream.getvalue()) == shown


# ---- the generator ----


def test_studies_do_not_depend_on_how_many_are_made() -> None:
    def lines(studies: Iterator[generator.Study]) -> list[list[str]]:
        return [study.lines for study in studies]

    assert lines(generator.studies(5, 1))[3:] == lines(generator.studies(2, 1, first=3))
    assert lines(generator.studies(2, 1)) != lines(generator.studies(2, 2))


def test_validate_tells_what_was_found_at_building(graph: Path, trials: Path, run) -> None:
    told = run("validate", "--format", "json", HER2KG_DATA=str(graph))
    assert told.returncode == 0, told.stderr
    one_piece = run("validate", "--format", "json", str(trials))

    def findings(text: str) -> set[tuple[str, ...]]:
        return {tuple(str(row[name]) for name in ("kind", "severity", "focus", "rule")) for row in json.loads(text)}

    assert findings(told.stdout) == findings(one_piece.stdout)
