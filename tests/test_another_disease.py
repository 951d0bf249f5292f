"""Nothing in the engine room knows one disease: the same program over a small graph of another, with an invented evidence of its own."""

import ast
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import her2kg
from her2kg.ask import NotUnderstoodError
from her2kg.cli import main
from her2kg.errors import ResourceError, UnknownNameError
from her2kg.knowledge import KnowledgeGraph

ROOT = Path(__file__).parent.parent
GRAPH = Path(__file__).parent / "another_disease"


@pytest.fixture(scope="module")
def lung() -> KnowledgeGraph:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HER2KG_GRAPH", str(GRAPH))
        return her2kg.load()


@pytest.fixture
def run(lung: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HER2KG_GRAPH", str(GRAPH))
    return lambda *words: CliRunner().invoke(main, list(words), catch_exceptions=False)


def names(answer: object) -> list[str]:
    return [str(name) for name in answer.answer]


# Questions


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("which agents failed phase III in second line", ["degradex"]),
        ("which agents succeeded in second line", ["exemplinib"]),
        ("which agents improved overall survival in phase III", ["exemplinib"]),
        ("which kinase degraders failed", ["degradex"]),
        ("what is the hazard ratio of LUNG-2", ["overall survival"]),
        ("what has the FDA approved", ["exemplinib"]),
    ],
)
def test_questions_are_answered_from_its_own_data(lung: KnowledgeGraph, question: str, expected: list[str]) -> None:
    assert names(lung.ask(question)) == expected


def test_answers_are_as_of_a_day(lung: KnowledgeGraph) -> None:
    assert names(lung.ask("which agents succeeded in second line", as_of="2025-12-31")) == []
    assert names(lung.query("new-results-since", since="2025-12-31", sort="verdict")) == ["exemplinib", "metstopamab"]


def test_the_usual_target_and_disease_are_the_graphs_own(lung: KnowledgeGraph) -> None:
    answer = lung.query("agents-by-verdict", outcome="succeeded")
    assert answer.parameters["target"] == "EGFR"
    assert "metstopamab" not in names(answer)
    assert names(lung.query("agents-by-verdict", outcome="succeeded", target="MET")) == ["metstopamab"]
    assert lung.query("approvals").parameters["disease"] == "EGFR-mutated lung cancer"


@pytest.mark.parametrize("word", ["trastuzumab", "HER2", "ToGA", "lapatinib"])
def test_names_of_the_shipped_graph_mean_nothing(lung: KnowledgeGraph, word: str) -> None:
    with pytest.raises(NotUnderstoodError):
        lung.ask(f"did {word} fail")
    with pytest.raises(UnknownNameError):
        lung.show(word)


# Pages, proofs, checks, pools


def test_a_page_and_a_proof(lung: KnowledgeGraph) -> None:
    assert "hazard ratio 1.02 (95% CI 0.85 to 1.22)" in " ".join(lung.show("LUNG-2").render("text").split())
    proof = lung.why("degradex", line="2").render("text")
    assert "degradex failed in second line" in proof
    assert "alpha 0.05, two-sided (Made-Up et al., J Fictions 2025, methods)" in proof


def test_the_planted_number_is_found_and_nothing_else(run) -> None:
    done: Result = run("check", "--severity", "warning")
    assert done.output.count("LUNG-1, overall survival") == 1
    assert "19 estimates checked, 1 finding" in done.output


def test_it_is_valid_and_a_broken_one_is_not(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: Result = run("validate")
    assert (done.exit_code, "violation" in done.output) == (0, False), done.output
    text = (GRAPH / "lung.ttl").read_text(encoding="utf-8")
    (tmp_path / "lung.ttl").write_text(text.replace("her2:lower 0.62 ;", "her2:lower 0.92 ;"), encoding="utf-8")
    monkeypatch.setenv("HER2KG_GRAPH", str(tmp_path))
    done = run("validate")
    assert done.exit_code == 1
    assert "kg:LUNG-3-OS-imagined-2026" in done.output


def test_its_trials_are_pooled(run) -> None:
    done: Result = run("synthesize", "--endpoint", "PFS", "--line", "1", "--method", "ee")
    assert done.exit_code == 0, done.output
    # By hand: weights 1/se**2 with se from the intervals, 0.1159 and 0.1259; exp of the weighted mean of the logs.
    assert "0.54" in done.output


def test_a_chapter_it_has_not_is_refused(run) -> None:
    done: Result = run("show", "detection")
    assert (done.exit_code, "holds nothing of the chapter" in done.output) == (2, True)


def test_a_trial_of_it_is_drafted_and_added(run, tmp_path: Path) -> None:
    done: Result = run("template", "--example", "-o", str(tmp_path / "trial.tsv"))
    assert done.exit_code == 0
    draft = run("import", "table", str(tmp_path / "trial.tsv"), "-o", str(tmp_path / "draft.ttl"))
    assert draft.exit_code == 0, draft.output


# The other side


def test_the_shipped_graph_is_untouched(lung: KnowledgeGraph, kg: KnowledgeGraph) -> None:
    assert names(kg.query("agents-by-verdict", outcome="failed", line="second line", as_of="2020-04-30")) == [
        "lapatinib",
        "trastuzumab emtansine",
    ]


def test_a_folder_without_data_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HER2KG_GRAPH", str(tmp_path / "nowhere"))
    with pytest.raises(ResourceError, match=r"no folder with \.ttl files"):
        her2kg.load()


def strings(path: Path) -> str:
    """Return the strings of a module that are no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return "\n".join(
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in said
    )


def test_no_thing_of_the_data_is_named_in_code_rules_or_checks() -> None:
    things = {
        name
        for path in (ROOT / "data").glob("*.ttl")
        for name in re.findall(r"(?m)^(kg:[\w-]+) a ", path.read_text(encoding="utf-8"))
    }
    assert len(things) > 1000
    texts = {path: strings(path) for path in (ROOT / "her2kg").rglob("*.py")} | {
        path: path.read_text(encoding="utf-8")
        for folder in ("rules", "checks")
        for path in (ROOT / "queries" / folder).glob("*.rq")
    }
    assert {
        f"{path.relative_to(ROOT)}: {name}"
        for path, text in texts.items()
        for name in re.findall(r"kg:[\w-]+", text)
        if name in things
    } == set()
