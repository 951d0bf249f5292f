"""The command: files, folders, standard output, and what is refused."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from her2kg.cli import main
from her2kg.errors import ResourceError
from her2kg.exports.formats import NAMES
from her2kg.files import write_chunks, write_folder
from her2kg.projection.names import VIEWS


def export(*arguments: str):
    return CliRunner().invoke(main, ["export", *arguments], catch_exceptions=False)


def test_a_format_of_one_file_goes_to_standard_output_and_the_loss_note_does_not(kg) -> None:
    done = export("cytoscape", "--view", "comparisons")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["data"]["name"] == "her2kg comparisons"
    assert "Cytoscape for the desktop takes no style" in done.stderr
    assert "\r" not in done.stderr


def test_a_file_holds_what_standard_output_shows(kg, tmp_path: Path) -> None:
    path = tmp_path / "graph.gexf"
    assert export("gexf", "-o", str(path)).exit_code == 0
    assert path.read_bytes() == export("gexf").stdout_bytes
    assert [entry.name for entry in tmp_path.iterdir()] == ["graph.gexf"]


def test_a_folder_is_written_whole_and_again(kg, tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    for _ in range(2):
        assert export("csv", "-o", str(folder)).exit_code == 0
        assert sorted(entry.name for entry in folder.iterdir()) == ["edges.csv", "nodes.csv"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["tables"]


def test_as_of_reaches_the_file(kg) -> None:
    then = json.loads(export("sigma", "--as-of", "2015").stdout)
    assert then["attributes"]["as_of"] == "2015-12-31"
    assert len(then["nodes"]) < 60


def test_data_of_the_readers_own_is_in_it(tmp_path: Path) -> None:
    mine = tmp_path / "mine.ttl"
    mine.write_text(
        "@prefix her2: <https://w3id.org/her2kg/ontology#> . @prefix kg: <https://w3id.org/her2kg/id/> .\n"
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        'kg:newmab a her2:Agent ; rdfs:label "new\\fmab \\"≥2L\\" & <x>" , "newmab, longer name" ; her2:agentClass her2:MonoclonalAntibody .\n'
        'kg:ToGA-control-newmab a her2:Component ; her2:agent kg:newmab ; her2:source kg:bang-2010 ; her2:locator "x" .\n'
        "kg:ToGA-control her2:hasComponent kg:ToGA-control-newmab .\n"
    )
    done = export("csv", "--data", str(mine), "-o", str(tmp_path / "out"))
    assert done.exit_code == 0
    assert 'agent.newmab,"new mab ""≥2L"" & <x>",agent' in (tmp_path / "out" / "nodes.csv").read_text()


def test_list_and_help_name_every_format_and_view() -> None:
    for said in (export("--list").output, export("--help").output):
        assert all(name in said for name in (*NAMES, *VIEWS))


def test_loss_alone() -> None:
    done = export("mermaid", "--loss")
    assert done.stdout.startswith("Labels alone")
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["csv"], "csv is several files: give a folder with -o"),
        (["turtle", "--view", "trials"], "turtle holds the whole graph: leave --view out"),
        (["csv", "--timeline"], "--timeline is for gexf"),
        (["gexf", "--as-of", "yesterday"], "yesterday"),
        (["gexf", "-o", "no/such/folder/x"], "cannot write"),
        (["xlsx"], "'xlsx' is not one of"),
        (["gexf", "--view", "all"], "'all' is not one of"),
        ([], "Missing argument"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(kg, arguments: list[str], said: str) -> None:
    done = export(*arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_folder_with_other_things_in_it_is_left_alone(kg, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    done = export("csv", "-o", str(tmp_path))
    assert done.exit_code == 2
    assert "holds 'thesis.txt'" in done.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]
    (tmp_path / "file").write_text("x")
    assert "needs a folder" in export("csv", "-o", str(tmp_path / "file")).stderr
    assert "a folder, not a file" in export("gexf", "-o", str(tmp_path)).stderr


def test_a_writer_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    def broken():
        yield b"half"
        raise ResourceError("no more")

    for write, target in (
        (lambda path: write_chunks(path, broken()), tmp_path / "a" / "graph.gexf"),
        (lambda path: write_folder(path, [("x", [b"1"]), ("y", broken())]), tmp_path / "b" / "tables"),
    ):
        target.parent.mkdir()
        (target.parent / "old").write_text("old")
        with pytest.raises(ResourceError):
            write(str(target))
        assert [entry.name for entry in target.parent.iterdir()] == ["old"]


def test_svg_without_graphviz_says_what_to_install(kg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    done = export("svg")
    assert done.exit_code == 2
    assert "apt install graphviz" in done.stderr


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_svg_of_more_than_graphviz_can_lay_out_is_refused(kg) -> None:
    done = export("svg", "--view", "raw")
    assert done.exit_code == 2
    assert "edges, and Graphviz" in done.stderr


def test_parquet_without_pyarrow_says_what_to_install(kg, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    done = export("parquet", "-o", str(tmp_path / "out"))
    assert done.exit_code == 2
    assert "her2kg[parquet]" in done.stderr
    assert not (tmp_path / "out").exists()


def test_help_loads_neither_engine_nor_graph_libraries(run) -> None:
    done = run("export", "--help", PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 0
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert not {"networkx", "pyoxigraph", "rdflib", "pyarrow", "lxml", "numpy"} & loaded


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no terminals here")
def test_progress_is_shown_on_a_terminal_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from her2kg import exports_cli

    ticks = iter(range(100))
    monkeypatch.setattr(exports_cli.time, "monotonic", lambda: float(next(ticks)))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    ((_, chunks),) = exports_cli._counted([("graph.gexf", [b"x" * 500_000] * 4)])
    assert b"".join(chunks) == b"x" * 2_000_000
    assert "graph.gexf: 1.0 MB" in capsys.readouterr().err
