"""The verdicts: every row of the case table, on the real trials where they hold it, else on small invented ones in tests/fixtures/."""

from collections import defaultdict
from pathlib import Path

import pytest

import her2kg
from her2kg.knowledge import KnowledgeGraph
from her2kg.tables import Thing

FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("*.ttl"))
END = "9999-12-31"
Periods = list[tuple[str, str, str]]

_VERDICTS = """
SELECT ?of ?agent ?line ?outcome ?from ?until WHERE {{
  ?verdict a her2:{kind} ; her2:{of} ?of ; her2:outcome ?outcome ; her2:knownFrom ?from ; her2:knownUntil ?until .
  OPTIONAL {{ ?verdict her2:agent ?agent ; her2:lineOfTherapy ?line }}
}} ORDER BY ?of ?agent ?line ?from"""
_READINGS = """
SELECT ?analysis ?outcome ?basis WHERE {
  ?reading a her2:Reading ; her2:ofAnalysis ?analysis ; her2:outcome ?outcome ; her2:verdictBasis ?basis
} ORDER BY ?analysis"""


@pytest.fixture(scope="module")
def cases() -> KnowledgeGraph:
    """The shipped graph with the invented trials laid over it."""
    return her2kg.load(data=FIXTURES)


def name(cell: object) -> str:
    return cell.id.partition(":")[2] if isinstance(cell, Thing) else str(cell)


def verdicts(kg: KnowledgeGraph, kind: str, of: str) -> dict[tuple[str, ...], Periods]:
    """Return outcome, first and last day of every verdict, by what it is on (and agent and line)."""
    found: dict[tuple[str, ...], Periods] = defaultdict(list)
    for row in kg.sparql(_VERDICTS.format(kind=kind, of=of)):
        key = (row["of"], row["agent"], row["line"]) if row["agent"] is not None else (row["of"],)
        found[tuple(name(part) for part in key)].append((name(row["outcome"]), str(row["from"]), str(row["until"])))
    return found


def endpoint(kg: KnowledgeGraph, analysis: str, day: str = "9999-01-01") -> str | None:
    return on(verdicts(kg, "EndpointVerdict", "ofAnalysis").get((analysis,), []), day)


def comparison(
    kg: KnowledgeGraph, study: str, experimental: str = "experimental", day: str = "9999-01-01"
) -> str | None:
    which = f"{study}-{experimental}-v-{study}-control"
    return on(verdicts(kg, "ComparisonVerdict", "ofComparison").get((which,), []), day)


def on(periods: Periods, day: str) -> str | None:
    outcomes = {outcome for outcome, since, until in periods if since <= day < until}
    assert len(outcomes) <= 1, (periods, day)
    return outcomes.pop() if outcomes else None


def agents(kg: KnowledgeGraph, **parameters: str) -> set[tuple[str, str, str]]:
    """Return agent, study and outcome, agents without HER2 as target included."""
    day = parameters.pop("as_of", None)
    rows = [
        row
        for target in ("HER2", "PD-1", "PD-L1")
        for row in kg.query("agents-by-verdict", as_of=day, target=target, **parameters).table
    ]
    return {(name(row["agent"]), name(row["study"]), name(row["ofOutcome"])) for row in rows}


# The case table, on real trials


def test_logic_failed_though_pfs_was_nominally_significant(kg: KnowledgeGraph) -> None:
    assert endpoint(kg, "LOGIC-OS") == "NotMet"
    assert comparison(kg, "LOGIC") == "Failed"
    assert endpoint(kg, "LOGIC-PFS") == "Nominal"
    assert ("lapatinib", "LOGIC", "Failed") in agents(kg, line="first line")
    nominal = kg.query("nominal-secondary-endpoints").table
    assert ("LOGIC", "PFS") in {(name(row["study"]), name(row["endpoint"])) for row in nominal}


def test_jacob_failed_by_p_since_its_limit_is_printed_at_one(kg: KnowledgeGraph) -> None:
    assert comparison(kg, "JACOB") == "Failed"
    rows = [row for row in kg.query("agents-by-verdict", agent="pertuzumab").table if name(row["study"]) == "JACOB"]
    assert {(row["upperText"], name(row["basis"])) for row in rows} == {("1.00", "ByPValue")}
    proof = kg.why("JACOB").render("text")
    assert "printed at the null value" in proof
    assert "p = 0.057" in proof


def test_proof_of_what_was_never_evaluated_names_the_analysis_and_the_source(kg: KnowledgeGraph) -> None:
    proof = kg.why("MAHOGANY").render("text")
    assert (
        "overall survival, cohort B, all randomised, primary endpoint: stopped administratively; ClinicalTrials"
        in proof
    )
    assert "NCT04082364" in proof.partition("Sources")[2]


def test_gatsby_failed_and_its_dropped_dose_was_not_selected(kg: KnowledgeGraph) -> None:
    assert comparison(kg, "GATSBY") == "Failed"
    assert comparison(kg, "GATSBY", "dropped") == "NotSelected"
    assert agents(kg, agent="T-DM1") == {("trastuzumab-emtansine", "GATSBY", "Failed")}
    dropped = [key for key, _ in verdicts(kg, "AgentVerdict", "ofComparison").items() if "GATSBY-dropped" in key[0]]
    assert dropped == []


def test_heloise_is_a_dose_question_and_never_makes_trastuzumab_a_failed_agent(kg: KnowledgeGraph) -> None:
    assert comparison(kg, "HELOISE") == "Failed"
    assert [row["agent"] for row in kg.query("agents-by-verdict").table if name(row["study"]) == "HELOISE"] == []
    assert "HELOISE" in {name(row["study"]) for row in kg.query("dose-questions").table}
    assert "it asks about a dose, not an agent" in kg.why("HELOISE").render("text")


def test_t_act_is_randomised_phase_two_evidence_and_no_phase_three_answer(kg: KnowledgeGraph) -> None:
    assert [key for key in verdicts(kg, "AgentVerdict", "partOfStudy") if key[0] == "T-ACT"] == []
    assert "T-ACT" not in {name(row["study"]) for row in kg.query("studies-by-verdict", phase="phase III").table}
    assert "T-ACT" in {name(row["study"]) for row in kg.query("studies-by-verdict").table}


def test_subgroups_neither_rescue_nor_sink_a_trial(kg: KnowledgeGraph) -> None:
    """TyTAN, IHC 3+: hazard ratio 0.59, p 0.02; the trial failed."""
    assert endpoint(kg, "TyTAN-OS-IHC3") == "Nominal"
    assert comparison(kg, "TyTAN") == "Failed"
    assert "TyTAN" in {name(row["study"]) for row in kg.query("positive-subgroups-of-negative-trials").table}


def test_founding_question(kg: KnowledgeGraph) -> None:
    for day in ("2020-04-30", None):
        answer = kg.query("agents-by-verdict", as_of=day, outcome="failed", line="second line", phase="phase III")
        assert [str(value) for value in answer.answer] == ["lapatinib", "trastuzumab emtansine"]
        assert {(name(row["agent"]), name(row["study"])) for row in answer.table} == {
            ("lapatinib", "TyTAN"),
            ("trastuzumab-emtansine", "GATSBY"),
        }
        assert {(row["valueText"], name(row["endpoint"])) for row in answer.table} == {("0.84", "OS"), ("1.15", "OS")}
        assert answer.sources


def test_trastuzumab_never_failed_on_any_day(kg: KnowledgeGraph) -> None:
    periods = [
        p for key, ps in verdicts(kg, "AgentVerdict", "ofComparison").items() if key[1] == "trastuzumab" for p in ps
    ]
    assert periods
    assert {outcome for outcome, _, _ in periods} <= {"Succeeded", "NotEvaluable"}


def test_in_april_2020_trastuzumab_alone_had_succeeded(kg: KnowledgeGraph) -> None:
    assert [str(value) for value in kg.query("agents-by-verdict", as_of="2020-04-30", outcome="succeeded").answer] == [
        "trastuzumab"
    ]


def test_keynote_062_has_one_verdict_per_comparison_and_endpoint(kg: KnowledgeGraph) -> None:
    outcomes = {arm: comparison(kg, "KEYNOTE-062", arm) for arm in ("experimental-1", "experimental-2")}
    assert outcomes == {"experimental-1": "Mixed", "experimental-2": "Failed"}
    rows = kg.query("studies-by-verdict", study="KEYNOTE-062").table
    assert len({(name(row["comparison"]), name(row["endpoint"])) for row in rows}) >= 3


# The case table, on invented trials


def test_non_inferior_though_not_superior(cases: KnowledgeGraph) -> None:
    """Hazard ratio 1.02 (0.85 to 1.22), margin 1.25: met."""
    assert endpoint(cases, "F-NI-met-OS") == "Met"
    assert endpoint(cases, "F-NI-missed-OS") == "NotMet"
    assert endpoint(cases, "F-NI-bare-OS") == "Undetermined", (
        "without an interval there is nothing to set against the margin"
    )


def test_retraction_makes_a_verdict_contested_from_that_day(cases: KnowledgeGraph) -> None:
    assert comparison(cases, "F-retracted", day="2022-05-09") == "Succeeded"
    assert comparison(cases, "F-retracted", day="2022-05-10") == "Contested"
    assert agents(cases, agent="fixturamab", as_of="2022-05-10") >= {("F-agent", "F-retracted", "Contested")}


def test_readings_that_contradict_each_other_make_a_verdict_contested(cases: KnowledgeGraph) -> None:
    assert comparison(cases, "F-conflict", day="2020-02-01") == "Succeeded"
    assert comparison(cases, "F-conflict", day="2021-03-01") == "Contested"


def test_acceptance_settles_a_conflict(cases: KnowledgeGraph) -> None:
    assert comparison(cases, "F-accepted") == "Succeeded"


def test_news_never_contest_a_paper(cases: KnowledgeGraph) -> None:
    assert comparison(cases, "F-news", day="2019-02-01") == "Succeeded"
    assert comparison(cases, "F-news") == "Failed"


@pytest.mark.parametrize(
    ("study", "branches"),
    [
        ("F-conflict", ("Fixture et al., J Fixtures 2020", "Other et al., J Fixtures 2021", "0.80", "0.88")),
        ("F-doubted", ("Withdrawn et al., J Fixtures 2020", "Fixture abstract, June 2019", "0.70", "p = 0.21")),
        ("F-retracted", ("Withdrawn et al., J Fixtures 2020", "retracted on 2022-05-10")),
    ],
)
def test_proof_shows_both_branches_of_what_is_contested(
    cases: KnowledgeGraph, study: str, branches: tuple[str, ...]
) -> None:
    proof = cases.why(study).render("text").partition("\nSources")[0]
    assert "contested" in proof
    assert {branch for branch in branches if branch not in proof} == set()


def test_interim_of_a_continuing_trial_gives_no_verdict(cases: KnowledgeGraph) -> None:
    assert endpoint(cases, "F-interim-OS") is None
    assert comparison(cases, "F-interim") is None
    assert "No verdict" in cases.why("F-interim").render("text")


def test_interim_that_ended_the_test_gives_one(cases: KnowledgeGraph) -> None:
    assert comparison(cases, "F-futile") == "Failed"
    assert comparison(cases, "F-early") == "Succeeded"


@pytest.mark.parametrize("study", ["F-stopped", "F-stopped-with-data"])
def test_stopped_administratively_is_not_evaluable(cases: KnowledgeGraph, study: str) -> None:
    assert comparison(cases, study) == "NotEvaluable"
    assert {outcome for _, of, outcome in agents(cases, agent="fixturamab") if of == study} == {"NotEvaluable"}


def test_several_arms_and_aims_have_a_verdict_each(cases: KnowledgeGraph) -> None:
    outcomes = {what: endpoint(cases, f"F-aims-{what}") for what in ("PFS", "OS", "OS-positive", "PFS-2", "OS-2")}
    assert outcomes == {"PFS": "Met", "OS": "NotMet", "OS-positive": "Met", "PFS-2": "Met", "OS-2": "Met"}
    assert comparison(cases, "F-aims", "experimental") == "Mixed"
    assert comparison(cases, "F-aims", "experimental-2") == "Succeeded"
    tested = {
        (name(row["agent"]), name(row["ofOutcome"]))
        for row in cases.query("agents-by-verdict").table
        if name(row["study"]) == "F-aims"
    }
    assert tested == {("F-agent", "Mixed"), ("F-agent", "Succeeded"), ("F-second-agent", "Succeeded")}


def test_rule_for_co_primary_endpoints_decides(cases: KnowledgeGraph) -> None:
    assert comparison(cases, "F-rule-any") == "Succeeded"
    assert comparison(cases, "F-rule-all") == "Failed"
    assert comparison(cases, "F-half") == "Undetermined"


def test_one_endpoint_tested_in_two_frameworks_is_two_aims(cases: KnowledgeGraph) -> None:
    assert comparison(cases, "F-two-frameworks") == "Mixed"


def test_after_a_failed_test_of_a_sequence_the_rest_is_nominal(cases: KnowledgeGraph) -> None:
    outcomes = {what: endpoint(cases, f"F-sequence-{what}") for what in ("OS", "PFS", "TTP")}
    assert outcomes == {"OS": "NotMet", "PFS": "Nominal", "TTP": "Nominal"}
    assert comparison(cases, "F-sequence") == "Failed"
    assert endpoint(cases, "F-open-sequence-PFS") == "Met"


@pytest.mark.parametrize(
    ("study", "first_test", "later_tests"),
    [
        (
            "F-late-failure",
            [("NotMet", "2021-03-01", END)],
            [("Met", "2020-01-15", "2021-03-01"), ("Nominal", "2021-03-01", END)],
        ),
        (
            "F-corrected",
            [("NotMet", "2019-01-31", "2020-01-15"), ("Met", "2020-01-15", END)],
            [("Nominal", "2019-06-01", "2020-01-15"), ("Met", "2020-01-15", END)],
        ),
    ],
)
def test_a_failed_test_bars_later_ones_only_while_it_is_known(
    cases: KnowledgeGraph, study: str, first_test: Periods, later_tests: Periods
) -> None:
    """A verdict never depends on what became known after it, whether the later test is co-primary or secondary."""
    found = verdicts(cases, "EndpointVerdict", "ofAnalysis")
    assert found[f"{study}-OS",] == first_test
    assert found[f"{study}-PFS",] == later_tests
    assert found[f"{study}-TTP",] == later_tests


def test_keynote_062_test_above_ten_was_met_until_the_failure_before_it_was_known(kg: KnowledgeGraph) -> None:
    days = {day: endpoint(kg, "KEYNOTE-062-OS-experimental-1-CPS10", day) for day in ("2020-04-30", "2020-09-03")}
    assert days == {"2020-04-30": "Met", "2020-09-03": "Nominal"}


def test_same_agents_in_both_arms_are_a_dose_question(cases: KnowledgeGraph) -> None:
    assert comparison(cases, "F-dose") == "Failed"
    assert [key for key in verdicts(cases, "AgentVerdict", "partOfStudy") if key[0] == "F-dose"] == []


def test_dropped_dose_is_not_selected_and_phase_two_makes_no_agent_fail(cases: KnowledgeGraph) -> None:
    assert comparison(cases, "F-selection", "dropped") == "NotSelected"
    assert comparison(cases, "F-selection") == "Failed"
    of_agents = verdicts(cases, "AgentVerdict", "partOfStudy")
    assert [p[0] for p in of_agents["F-selection", "F-agent", "SecondLine"]] == ["Failed"]
    assert ("F-phase-two", "F-agent", "SecondLine") not in of_agents


# One report alone: what decides

READINGS = {
    "interval-excludes": ("Met", "ByInterval"),
    "interval-includes": ("NotMet", "ByInterval"),  # although p 0.01 is printed beside it
    "harm": ("NotMet", "ByInterval"),
    "touching-p": ("NotMet", "ByPValue"),
    "touching-p-small": ("Met", "ByPValue"),
    "touching-only": ("Undetermined", "Undecided"),
    "response-better": ("Met", "ByInterval"),  # more responses are better: the direction is mirrored
    "response-worse": ("NotMet", "ByInterval"),
    "one-sided-95": ("Met", "ByInterval"),  # alpha 0.025 one-sided goes with 95%
    "one-sided-90": ("Met", "ByInterval"),  # alpha 0.05 one-sided goes with 90%
    "narrower-than-asked": ("NotMet", "ByPValue"),  # 95% excludes the null, but alpha is 0.01
    "wider-than-asked": ("Met", "ByPValue"),  # 95% includes the null, but 90% was asked for
    "p-below": ("Met", "ByPValue"),
    "p-below-alpha": ("Met", "ByPValue"),
    "p-below-too-coarse": ("Undetermined", "Undecided"),  # p < 0.05 says nothing of alpha 0.01
    "p-small-for-harm": ("NotMet", "ByPValue"),
    "p-sides-agree": ("Met", "ByPValue"),
    "p-sides-disagree": ("Undetermined", "Undecided"),  # 0.03: significant if two-sided, not if one-sided and doubled
    "p-without-direction": ("Undetermined", "Undecided"),
    "p-large": ("NotMet", "ByPValue"),
    "p-sides-inferred": ("NotMet", "ByPValue"),
    "statement-benefit": ("Met", "ByStatement"),
    "statement-none": ("NotMet", "ByStatement"),
    "statement-no-test": ("Undetermined", "Undecided"),
    "nothing": ("Undetermined", "Undecided"),
    "alpha-assumed": ("Met", "ByInterval"),
}


@pytest.fixture(scope="module")
def readings(cases: KnowledgeGraph) -> dict[str, tuple[str, str]]:
    return {name(row["analysis"]): (name(row["outcome"]), name(row["basis"])) for row in cases.sparql(_READINGS)}


@pytest.mark.parametrize("case", READINGS)
def test_reading_of_one_report(readings: dict[str, tuple[str, str]], case: str) -> None:
    assert readings[f"F-readings-{case}"] == READINGS[case]


def test_every_report_of_the_fixture_is_expected(readings: dict[str, tuple[str, str]]) -> None:
    assert {key.removeprefix("F-readings-") for key in readings if key.startswith("F-readings-")} == set(READINGS)


def test_what_was_assumed_is_said(cases: KnowledgeGraph) -> None:
    said = cases.sparql(
        "SELECT ?analysis ?text WHERE { ?r a her2:Reading ; her2:ofAnalysis ?analysis ; her2:assumption ?text } ORDER BY ?analysis"
    )
    texts = {(name(row["analysis"]).removeprefix("F-readings-"), str(row["text"])) for row in said}
    assert ("alpha-assumed", "alpha not stated in a source seen: 0.05 two-sided assumed") in texts
    assert (
        "p-sides-inferred",
        "sides of p not stated: one-sided, the only reading that fits the printed interval",
    ) in texts
    assert ("p-sides-agree", "sides of p not stated: decided because both readings agree") in texts
    assert not [case for case, _ in texts if case == "interval-excludes"]


# Time


@pytest.mark.parametrize(
    ("kind", "of"),
    [("EndpointVerdict", "ofAnalysis"), ("ComparisonVerdict", "ofComparison"), ("AgentVerdict", "ofComparison")],
)
def test_validity_of_verdicts_neither_overlaps_nor_leaves_gaps(cases: KnowledgeGraph, kind: str, of: str) -> None:
    found = verdicts(cases, kind, of)
    assert found
    for key, periods in found.items():
        ends = [until for _, _, until in periods]
        assert [since for _, since, _ in periods[1:]] == ends[:-1], (key, periods)
        assert all(since < until for _, since, until in periods), (key, periods)
        assert ends[-1] == END, (key, periods)


def test_no_verdict_is_known_before_what_it_rests_on(cases: KnowledgeGraph) -> None:
    early = "SELECT ?verdict ?input WHERE { ?verdict a ?kind ; her2:knownFrom ?day ; her2:input ?input . ?input her2:knownFrom ?since FILTER(?since > ?day) FILTER(?kind IN (her2:Reading, her2:EndpointVerdict, her2:ComparisonVerdict, her2:AgentVerdict)) }"
    assert list(cases.sparql(early)) == []


def test_every_verdict_names_its_rule_with_version(cases: KnowledgeGraph) -> None:
    kinds = "VALUES ?kind { her2:Reading her2:EndpointVerdict her2:ComparisonVerdict her2:AgentVerdict }"
    every = cases.sparql(f"SELECT (COUNT(DISTINCT ?v) AS ?n) WHERE {{ {kinds} ?v a ?kind }}")[0]["n"]
    proven = f"SELECT (COUNT(DISTINCT ?v) AS ?n) WHERE {{ {kinds} ?v a ?kind ; her2:input ?i ; her2:derivedBy ?r . ?r a her2:Rule ; her2:ruleVersion ?x }}"
    assert cases.sparql(proven)[0]["n"] == every


def test_fixtures_do_not_touch_the_real_verdicts(kg: KnowledgeGraph, cases: KnowledgeGraph) -> None:
    for kind in ("EndpointVerdict", "ComparisonVerdict", "AgentVerdict"):
        real = {key: sorted(periods) for key, periods in verdicts(kg, kind, "partOfStudy").items()}
        assert {
            key: sorted(periods)
            for key, periods in verdicts(cases, kind, "partOfStudy").items()
            if not key[0].startswith("F-")
        } == real
