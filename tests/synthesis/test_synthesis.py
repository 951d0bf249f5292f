"""Estimates from print, guards, edge cases, exports, the graph; and what holds for any numbers."""

import csv
import io
import json
import math
import pickle
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from her2kg.errors import ParameterError, UnknownNameError
from her2kg.knowledge import KnowledgeGraph
from her2kg.synthesis import distributions
from her2kg.synthesis.comparing import HYPOTHESIS, cumulative, group_difference, indirect, leave_one_out
from her2kg.synthesis.errors import EstimateError, InadmissiblePoolError, SynthesisError
from her2kg.synthesis.exporting import COLUMNS, to_csv, to_r
from her2kg.synthesis.guards import objections
from her2kg.synthesis.heterogeneity import restricted_likelihood, restricted_maximum_likelihood, weigh
from her2kg.synthesis.models import StudyEstimate, from_printed
from her2kg.synthesis.pooling import Method, Prediction, pool
from her2kg.synthesis.running import synthesize
from her2kg.synthesis.selecting import ANY, estimates_from
from her2kg.tables import FORMATS

ROWS = st.lists(
    st.tuples(st.floats(-3, 3), st.floats(1e-4, 4)).map(lambda row: (round(row[0], 6), round(row[1], 6))),
    min_size=3,
    max_size=9,
)
RANDOM = (Method.DL, Method.REML, Method.PM)


def studies(rows: list[tuple[float, float]]) -> list[StudyEstimate]:
    return [StudyEstimate(f"s{i}", "HR", y, v, date=f"{2000 + i}") for i, (y, v) in enumerate(rows)]


def trial(label: str, value: str = "0.80", **other: object) -> StudyEstimate:
    plain = from_printed(
        label, value, "0.60", "1.07", agents=["A"], control=["B"], endpoint="OS", line="first", study=f"kg:{label}"
    )
    return replace(plain, **other)  # type: ignore[arg-type]


# Estimates from print


def test_each_interval_is_read_with_its_own_level() -> None:
    ninety_five, eighty = (from_printed("T-ACT", "0.91", "0.67", "1.22", level=level) for level in (95.0, 80.0))
    assert eighty.sei > ninety_five.sei
    assert math.isclose(eighty.sei / ninety_five.sei, 1.959963984540054 / 1.2815515655446004, rel_tol=1e-12)
    assert ninety_five.notes == ()
    assert eighty.notes == (
        "T-ACT: the printed interval has a level of 80%; rescaled, the 95% interval is 0.58 to 1.44",
    )


@pytest.mark.parametrize(
    ("texts", "level", "words"),
    [
        (("0.8", "0.6", "NR"), 95.0, "no upper limit printed"),
        (("<0.8", "0.6", "0.9"), 95.0, "no number above zero"),
        (("0.8", "0.0", "0.9"), 95.0, "no number above zero"),
        (("0.8", "0.9", "0.6"), 95.0, "wrong order"),
        (("0.8", "0.8", "0.8"), 95.0, "equal"),
        (("0.50", "0.60", "0.90"), 95.0, "outside its own interval"),
        (("many", "0.6", "0.9"), 95.0, "cannot be read"),
        (("0.8", "0.6", "0.9"), 100.0, "no percentage"),
    ],
)
def test_unusable_print_is_refused_by_name(texts: tuple[str, str, str], level: float, words: str) -> None:
    with pytest.raises(EstimateError, match=rf"^X: .*{words}"):
        from_printed("X", *texts, level=level)


def test_estimate_needs_a_ratio_and_a_variance() -> None:
    with pytest.raises(EstimateError, match="no ratio measure"):
        StudyEstimate("X", "MD", 0.1, 0.1)
    for vi in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(EstimateError, match="variance above zero"):
            StudyEstimate("X", "HR", 0.1, vi)


def test_lopsided_interval_is_noted() -> None:
    assert "not in the middle" in from_printed("X", "0.9", "0.5", "0.95").notes[0]


# Guards


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"agents": ("C",)}, "different agents: A .one. v C .two."),
        ({"control": ("C",)}, "different controls"),
        ({"regimen": ("A", "B")}, "different experimental regimens"),
        ({"endpoint": "PFS"}, "different endpoints"),
        ({"measure": "OR"}, "different effect measures: hazard ratio .one. v odds ratio .two."),
        ({"setting": "perioperative"}, "different settings: not stated .one. v perioperative .two."),
        ({"design": "retrospective cohort"}, "different designs"),
        ({"study": "kg:one"}, "patients counted twice: one; two .estimates of one study, whose patients may overlap"),
        (
            {"study": "kg:one", "population": "IHC 3+", "population_id": "kg:p2", "population_of": ("kg:p1",)},
            "IHC 3. is a part of ITT",
        ),
        ({"study": "kg:one", "population_id": "kg:p1"}, "the same population, ITT"),
    ],
)
def test_inadmissible_pools_are_refused_and_forced_with_a_warning(other: dict[str, object], words: str) -> None:
    pair = [trial("one", population="ITT", population_id="kg:p1"), trial("two", **other)]
    with pytest.raises(InadmissiblePoolError, match=words) as caught:
        pool(pair, "ee")
    assert "\n" not in str(caught.value)
    assert pickle.loads(pickle.dumps(caught.value)).objections == caught.value.objections  # noqa: S301
    forced = pool(pair, "ee", force=True)
    assert [note.removeprefix("forced: ") for note in forced.notes[: len(caught.value.objections)]] == list(
        caught.value.objections
    )
    for run in (leave_one_out, cumulative):
        with pytest.raises(InadmissiblePoolError):
            run([replace(study, date="2020") for study in pair], "ee")


def test_same_question_is_admitted_and_lines_are_remarked() -> None:
    pair = [trial("one"), trial("two", line="second")]
    assert objections(pair) == ()
    assert pool(pair, "ee").notes == ("different lines of therapy: first (one) v second (two)",)


def test_indirect_comparison_says_what_it_is_and_needs_one_control() -> None:
    first, second = trial("one"), trial("two", agents=("C",))
    assert indirect(first, second).notes[0] == HYPOTHESIS
    assert math.isclose(indirect(first, second).ratio, 1.0)
    with pytest.raises(InadmissiblePoolError, match="different controls"):
        indirect(first, replace(second, control=("D",)))
    with pytest.raises(InadmissiblePoolError, match="direct comparison"):
        indirect(first, replace(second, study="kg:one"))
    forced = indirect(first, replace(second, control=("D",)), force=True)
    assert forced.notes[1] == "forced: different controls: B v D"
    assert "not checked" in " ".join(indirect(pool([first], "ee"), second).notes)


def test_groups_may_differ_in_agents_but_not_share_patients() -> None:
    groups = {"A": [trial("one")], "C": [trial("two", "0.70", agents=("C",))]}
    difference = group_difference(groups, "ee")
    assert difference.ratio is not None
    assert difference.limits is not None
    assert math.isclose(difference.ratio, 0.70 / 0.80)
    shared = {"A": [trial("one")], "C": [trial("two", study="kg:one")]}
    with pytest.raises(InadmissiblePoolError, match="counted twice"):
        group_difference(shared, "ee")
    assert group_difference(shared, "ee", force=True).notes[0].startswith("forced: ")
    with pytest.raises(SynthesisError, match="two groups"):
        group_difference({"A": [trial("one")]})


# Edge cases


def test_one_study_is_itself() -> None:
    only = trial("one")
    pooled = pool([only], "reml")
    assert (pooled.method, pooled.estimate, pooled.q, pooled.i2, pooled.h2) == (Method.EE, only.yi, 0.0, 0.0, 1.0)
    assert math.isclose(pooled.se, only.sei)
    assert pooled.prediction is None
    assert pooled.tau2_range is None
    assert "nothing is pooled" in pooled.notes[-1]


def test_too_few_studies_are_refused_where_a_method_needs_more() -> None:
    pair = [trial("one"), trial("two", "0.7")]
    assert "no prediction interval" in pool(pair).notes[-1]
    with pytest.raises(SynthesisError, match="Hartung-Knapp needs 3 studies or more, there are 2"):
        pool(pair, hksj=True)
    with pytest.raises(SynthesisError, match="random-effects"):
        pool([*pair, trial("three")], "ee", hksj=True)
    with pytest.raises(SynthesisError, match="standard error of 0"):
        pool([trial("one"), trial("two"), trial("three")], hksj=True)
    with pytest.raises(SynthesisError, match="nothing to pool"):
        pool([])
    with pytest.raises(SynthesisError, match="two studies"):
        leave_one_out([trial("one")])
    with pytest.raises(SynthesisError, match="no date for one"):
        cumulative([trial("one")])
    with pytest.raises(SynthesisError, match="no method named 'ml'; known: ee, dl, reml, pm"):
        pool(pair, "ml")
    with pytest.raises(SynthesisError, match="no percentage"):
        pool(pair, level=0.0)


def test_steps_too_small_for_hartung_knapp_go_without() -> None:
    members = [trial("one"), trial("two", "0.7"), trial("three", "0.9")]
    steps = leave_one_out(members, hksj=True)
    assert all(not step.pooled.hksj and "not Hartung-Knapp" in step.pooled.notes[-1] for step in steps)


def test_reml_takes_the_greatest_of_several_maxima() -> None:
    """Steps from one start can end at a lesser maximum; the grid cannot, so no grid point may lie higher."""
    yi, vi = [0.0, 0.02, 3.0, -0.01, 2.6, 0.4], [1e-4, 1e-4, 1.0, 1e-4, 2.0, 0.3]
    best = restricted_maximum_likelihood(yi, vi)
    top = restricted_likelihood(yi, vi, best)
    assert all(restricted_likelihood(yi, vi, 10 ** (power / 50)) <= top + 1e-12 for power in range(-400, 100))


def test_distributions_against_known_values() -> None:
    assert math.isclose(distributions.chi2_quantile(0.95, 1), 3.841458820694124, rel_tol=1e-12)
    assert math.isclose(distributions.chi2_quantile(0.025, 4), 0.484418557087930, rel_tol=1e-12)
    assert math.isclose(distributions.chi2_above(100.0, 3), 1.554159431389604e-21, rel_tol=1e-10)
    assert math.isclose(distributions.chi2_above(2.0, 2), math.exp(-1.0), rel_tol=1e-13)
    assert math.isclose(distributions.half_width_factor(95.0, 4), 2.776445105197793, rel_tol=1e-12)
    assert distributions.chi2_above(0.0, 2) == 1.0
    assert distributions.chi2_below(0.0, 2) == 0.0
    assert (distributions.chi2_above(math.inf, 2), distributions.chi2_below(math.inf, 2)) == (0.0, 1.0)


# Whatever the numbers


@given(ROWS, st.sampled_from(list(Method)), st.randoms(use_true_random=False))
def test_order_of_studies_makes_no_difference(rows: list[tuple[float, float]], method: Method, random: object) -> None:
    members = studies(rows)
    shuffled = list(members)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = pool(members, method), pool(shuffled, method)
    for field in ("estimate", "se", "tau2", "q", "i2"):
        assert math.isclose(getattr(one, field), getattr(other, field), rel_tol=1e-9, abs_tol=1e-9), field


@given(ROWS, st.sampled_from(list(Method)), st.floats(0.25, 4.0), st.floats(-2.0, 2.0))
def test_scale_and_shift(rows: list[tuple[float, float]], method: Method, scale: float, shift: float) -> None:
    one = pool(studies(rows), method)
    other = pool(studies([(scale * y + shift, scale * scale * v) for y, v in rows]), method)
    assert math.isclose(other.estimate, scale * one.estimate + shift, rel_tol=1e-6, abs_tol=1e-6)
    assert math.isclose(other.tau2, scale * scale * one.tau2, rel_tol=1e-6, abs_tol=1e-6)
    assert math.isclose(other.q, one.q, rel_tol=1e-6, abs_tol=1e-6)


@given(ROWS, st.sampled_from(list(Method)), st.sampled_from(list(Prediction)))
def test_ranges_of_results(rows: list[tuple[float, float]], method: Method, rule: Prediction) -> None:
    members = studies(rows)
    pooled = pool(members, method, prediction=rule)
    assert pooled.tau2 >= 0.0
    assert pooled.q >= 0.0
    assert 0.0 <= pooled.i2 <= 100.0
    assert 0.0 <= pooled.p <= 1.0
    assert 0.0 <= pooled.q_p <= 1.0
    assert pooled.lower < pooled.estimate < pooled.upper
    assert min(y for y, _ in rows) - 1e-9 <= pooled.estimate <= max(y for y, _ in rows) + 1e-9
    assert math.isclose(sum(pooled.weights), 100.0)
    if pooled.tau2_range is not None:
        assert 0.0 <= pooled.tau2_range.lower <= pooled.tau2_range.upper
        if method is Method.PM and pooled.q > pooled.q_freedom:
            assert pooled.tau2_range.lower - 1e-9 <= pooled.tau2 <= pooled.tau2_range.upper + 1e-9
    if pooled.prediction is not None:
        assert pooled.prediction.lower <= pooled.lower + 1e-12
        assert pooled.prediction.upper >= pooled.upper - 1e-12


@given(ROWS, st.sampled_from(RANDOM))
def test_estimators_solve_their_equations(rows: list[tuple[float, float]], method: Method) -> None:
    yi, vi = [y for y, _ in rows], [v for _, v in rows]
    pooled = pool(studies(rows), method)
    if method is Method.PM and pooled.tau2 > 0.0:
        assert math.isclose(weigh(yi, vi, pooled.tau2).q, len(rows) - 1, rel_tol=1e-9)
    if method is Method.REML:
        top = restricted_likelihood(yi, vi, pooled.tau2)
        for other in (0.0, 0.9 * pooled.tau2, 1.1 * pooled.tau2 + 1e-6, 10.0):
            assert restricted_likelihood(yi, vi, other) <= top + 1e-9


@given(ROWS, st.sampled_from(list(Method)))
def test_leaving_out_and_adding_up_are_pools_of_the_rest(rows: list[tuple[float, float]], method: Method) -> None:
    members = studies(rows)
    for i, step in enumerate(leave_one_out(members, method)):
        rest = pool([*members[:i], *members[i + 1 :]], method)
        assert (step.label, step.pooled) == (members[i].label, rest)
    steps = cumulative(members[::-1], method)
    assert [step.label for step in steps] == [member.label for member in members]
    assert steps[-1].pooled == pool(members, method)


@given(ROWS)
def test_the_same_study_twice_as_precise_is_the_study_counted_twice(rows: list[tuple[float, float]]) -> None:
    twice = studies(rows) + [replace(study, label=f"{study.label}b", study="") for study in studies(rows)]
    halved = studies([(y, v / 2) for y, v in rows])
    assert math.isclose(pool(twice, "ee").estimate, pool(halved, "ee").estimate, rel_tol=1e-9, abs_tol=1e-9)
    assert math.isclose(pool(twice, "ee").se, pool(halved, "ee").se, rel_tol=1e-9)


@given(st.floats(0.05, 20), st.floats(1.05, 5), st.sampled_from([80.0, 90.0, 95.0, 97.5, 99.0]))
def test_limits_come_back_at_the_level_they_were_printed_at(ratio: float, factor: float, level: float) -> None:
    texts = [f"{value:.6f}" for value in (ratio, ratio / factor, ratio * factor)]
    assume(len(set(texts)) == 3)
    low, high = from_printed("X", *texts, level=level).limits(level)
    assert math.isclose(low, float(texts[1]), rel_tol=1e-4)
    assert math.isclose(high, float(texts[2]), rel_tol=1e-4)


# Exports

ODD = [
    trial("Müller, “α”", "0.74", n=584, source='a "quoted" source\\', date="2010"),
    trial("two\nlines 😀", "0.91"),
    trial("three", "0.66"),
]


def test_csv_gives_back_the_numbers_and_the_print() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(ODD))))
    assert tuple(rows[0]) == COLUMNS
    assert [(float(r["yi"]), float(r["vi"]), float(r["sei"])) for r in rows] == [(s.yi, s.vi, s.sei) for s in ODD]
    assert (rows[0]["study"], rows[0]["estimate_text"], rows[0]["lower_text"], rows[0]["level"], rows[0]["n"]) == (
        "Müller, “α”",
        "0.74",
        "0.60",
        "95",
        "584",
    )
    assert rows[1]["n"] == ""


@pytest.mark.parametrize("rule", list(Prediction))
@pytest.mark.parametrize(("method", "hksj"), [("ee", False), ("dl", True), ("reml", False), ("pm", True)])
def test_r_script_agrees_when_run(method: str, hksj: bool, rule: Prediction, tmp_path: Path) -> None:
    pooled = pool(ODD, method, hksj=hksj, prediction=rule)
    script = tmp_path / "pool.R"
    script.write_text(to_r(ODD, pooled), encoding="utf-8")
    program = shutil.which("Rscript")
    if (
        program is None
        or subprocess.run([program, "-e", "library(metafor)"], capture_output=True, check=False).returncode
    ):
        pytest.skip("Rscript with metafor is not on this machine")
    done = subprocess.run([program, "--encoding=UTF-8", str(script)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert b"metafor agrees with her2kg" in done.stdout


def test_r_script_is_the_same_each_time_and_states_the_result() -> None:
    pooled = pool(ODD, "dl")
    assert to_r(ODD, pooled) == to_r(ODD, pooled)
    assert f"same(c(res$beta), {pooled.estimate!r})" in to_r(ODD, pooled)


# The graph


def test_estimates_of_the_graph_are_those_the_verdicts_rest_on(kg: KnowledgeGraph) -> None:
    found = {estimate.label: estimate for estimate in estimates_from(kg, endpoint="OS")}
    toga = found["ToGA"]
    assert (toga.value_text, toga.lower_text, toga.upper_text, toga.level) == ("0.74", "0.60", "0.91", 95.0)
    assert (toga.agents, toga.line, toga.report) == (("trastuzumab",), "first line", "kg:ToGA-OS-bang-2010")
    assert "placebo" not in " ".join(found["LOGIC"].control)


def test_one_estimate_per_study_comparison_endpoint_and_population(kg: KnowledgeGraph) -> None:
    found = estimates_from(kg, population=ANY)
    keys = [(e.study, e.comparison, e.endpoint, e.population_id) for e in found]
    assert len(keys) == len(set(keys))
    assert len({e.label for e in found}) == len(found)
    main = estimates_from(kg)
    assert {e.report for e in main} <= {e.report for e in found}
    assert len({(e.study, e.comparison, e.endpoint) for e in main}) == len(main)


def test_mixed_levels_and_missing_intervals_are_said(kg: KnowledgeGraph) -> None:
    found = estimates_from(kg, endpoint="PFS", study="T-ACT")
    assert [(e.level, e.value_text) for e in found] == [(80.0, "0.91")]
    assert "80%" in found.estimates[0].notes[0]
    assert any(
        "no interval printed" in str(text) for text in estimates_from(kg, endpoint="ORR", study="TyTAN").left_out
    )


def test_as_of_and_names(kg: KnowledgeGraph) -> None:
    early = estimates_from(kg, endpoint="OS", as_of="2012")
    assert {e.label for e in early} == {"ToGA"}
    assert early.as_of == "2012-12-31"
    for wrong in ({"endpoint": "nonsense"}, {"line": "9"}, {"agent": "aspirin"}, {"population": "nobody at all"}):
        with pytest.raises(UnknownNameError):
            estimates_from(kg, **wrong)  # type: ignore[arg-type]
    with pytest.raises(ParameterError):
        estimates_from(kg, as_of="yesterday")
    assert {e.line for e in estimates_from(kg, endpoint="OS", line="second line")} == {"second line"}
    assert all("pembrolizumab" in e.agents for e in estimates_from(kg, endpoint="OS", agent="pembrolizumab"))
    subgroups = estimates_from(kg, endpoint="OS", population="subgroup", study="ATTRACTION-2")
    assert len(subgroups) >= 2


def test_synthesis_of_the_graph_refuses_forces_and_renders(kg: KnowledgeGraph) -> None:
    trials = ["ToGA", "LOGIC", "JACOB"]
    with pytest.raises(InadmissiblePoolError, match=r"different agents.*different controls"):
        synthesize(kg, endpoint="OS", study=trials)
    with pytest.raises(SynthesisError, match="nothing to pool"):
        synthesize(kg, endpoint="ORR", study="TyTAN")
    result = synthesize(
        kg, endpoint="OS", study=trials, method="dl", force=True, with_leave_one_out=True, with_cumulative=True
    )
    assert result.pooled.notes[0].startswith("forced: different agents")
    for form in FORMATS:
        text = result.render(form)
        assert "0.60" in text
        assert not any(word in text for word in ("None", "nan", "https://"))
    assert "Higgins-Thompson-Spiegelhalter" in result.render("text")
    numbers = {row["quantity"]: row["value"] for row in json.loads(result.render("json"))["Pooled"]}
    assert (numbers["ratio"], numbers["k"], numbers["method"]) == (result.pooled.ratio, 3, "dl")
    assert result.csv().count("\n") == len(trials) + 1
    assert "metafor agrees" in result.r()
