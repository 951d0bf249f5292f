"""What a release says of itself in several places is the same in all of them, and its files can be checked."""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from rdflib import DCTERMS, OWL, Graph, URIRef

import her2kg
from her2kg import resources
from her2kg.cli import main
from her2kg.knowledge import KnowledgeGraph

ROOT = Path(__file__).parent.parent
DATASET = URIRef("https://w3id.org/her2kg/id/her2kg")


@pytest.fixture(scope="module")
def changelog() -> str:
    return (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def citation() -> dict[str, object]:
    return yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), catch_exceptions=False)


# One truth


def test_the_citation_has_what_the_format_asks(citation: dict[str, object]) -> None:
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] == "dataset"
    assert all(author.get("name") or author.get("family-names") for author in citation["authors"])
    assert citation["license"] == "CC-BY-4.0"
    assert "creativecommons.org/licenses/by/4.0" in (ROOT / "LICENSE-DATA").read_text(encoding="utf-8")


def test_version_and_day_agree_everywhere(changelog: str, citation: dict[str, object], curated: Graph) -> None:
    version, day = re.search(r"(?m)^## (\S+) \((\d{4}-\d\d-\d\d)\)$", changelog).groups()
    assert version == her2kg.__version__ == citation["version"]
    assert day == str(citation["date-released"]) == str(curated.value(DATASET, DCTERMS.issued))


def test_the_changelog_has_a_data_part_that_names_version_and_verdicts(changelog: str, curated: Graph) -> None:
    data = changelog.partition("### Data")[2].partition("###")[0]
    version = str(curated.value(DATASET, OWL.versionInfo))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", version)
    assert version == str(curated.value(DATASET, DCTERMS.modified))
    assert f"Data of {version}" in data


def test_every_verdict_on_an_agent_is_named_in_the_changelog(kg: KnowledgeGraph, changelog: str) -> None:
    """Of the usual target in phase III, and whatever succeeded."""
    text = " ".join(changelog.casefold().split())
    for row in (*kg.query("agents-by-verdict", phase="phase III").table,):
        if str(row["ofOutcome"]) in {"succeeded", "failed"}:
            assert str(row["agent"]).casefold() in text, row


def test_versions_are_printed(kg: KnowledgeGraph, curated: Graph) -> None:
    version = str(curated.value(DATASET, OWL.versionInfo))
    assert run("--version").output == f"her2kg {her2kg.__version__}, data {version}\n"
    assert re.search(rf"version of the data\s+{version}", run("stats").output)


# Checksums


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    place = tmp_path / "SHA256SUMS"
    assert run("checksums", "-o", str(place)).exit_code == 0
    return place


def test_every_file_is_listed_with_its_sum(listed: Path) -> None:
    lines = dict(reversed(line.split("  ", 1)) for line in listed.read_text(encoding="utf-8").splitlines())
    files = {
        path.relative_to(ROOT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("data", "ontology", "queries")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    }
    assert lines == files
    assert list(lines) == sorted(lines)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum here")
def test_sha256sum_reads_the_list(listed: Path) -> None:
    done = subprocess.run(["sha256sum", "--check", "--strict", "--quiet", str(listed)], cwd=ROOT, check=False)
    assert done.returncode == 0


def test_a_good_list_passes_and_a_changed_file_is_named(
    listed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (run("checksums", "--check", str(listed)).exit_code) == 0
    copy = tmp_path / "copy"
    for folder in ("data", "ontology", "queries"):
        shutil.copytree(ROOT / folder, copy / folder)
    monkeypatch.setattr(resources, "root", lambda: str(copy))
    with (copy / "data" / "trials.ttl").open("a", encoding="utf-8") as stream:
        stream.write("# one more line\n")
    (copy / "data" / "agents.ttl").unlink()
    (copy / "queries" / "mine.rq").write_text("ASK {}", encoding="utf-8")
    done = run("checksums", "--check", str(listed))
    assert done.exit_code == 1
    assert done.output.splitlines() == [
        "changed: data/trials.ttl",
        "missing: data/agents.ttl",
        "not listed: queries/mine.rq",
    ]


@pytest.mark.parametrize(
    "content", [b"", b"not a sum\n", b"\xff\xfe\x00", b"abc  data/trials.ttl\n", b"0" * 64 + b"  \n"]
)
def test_a_bad_list_is_one_line_and_exit_code_2(tmp_path: Path, content: bytes) -> None:
    place = tmp_path / "list"
    place.write_bytes(content)
    done = run("checksums", "--check", str(place))
    assert done.exit_code == 2
    assert len(done.output.strip().splitlines()) == 1
    assert str(place) in done.output


def test_a_list_that_is_not_there(tmp_path: Path) -> None:
    assert run("checksums", "--check", str(tmp_path / "none")).exit_code == 2
