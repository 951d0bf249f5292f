"""What is said about one estimate: the findings the project must make, the silence it must keep, hostile input."""

import math
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from her2kg.consistency.effects import NEAR, Effect, effect_readings
from her2kg.consistency.errors import UnknownMeasureError
from her2kg.consistency.estimates import FIELDS, Estimate, check_estimate, consistent_sides
from her2kg.consistency.findings import Finding, Severity
from her2kg.consistency.measures import find_measure
from her2kg.consistency.printed import Box, Domain, parse_printed
from her2kg.consistency.ranges import Sides, critical_value, p_range
from her2kg.consistency.rules import RULES


def hr(estimate: str, lower: str, upper: str, p: str = "", **more: str) -> Estimate:
    return Estimate(measure="HR", estimate=estimate, lower=lower, upper=upper, **{"level": "95", "p": p, **more})


def loud(estimate: Estimate) -> list[Finding]:
    return [finding for finding in check_estimate(estimate) if finding.severity is not Severity.INFO]


def only(estimate: Estimate) -> Finding:
    found = check_estimate(estimate)
    assert len(found) == 1, found
    return found[0]


T_ACT_PFS = hr("0.91", "0.67", "1.22", "0.33", label="T-ACT PFS")
TYTAN = hr("0.84", "0.64", "1.11", "0.1044", label="TyTAN OS")
JACOB = hr("0.84", "0.71", "1.00", "0.057", label="JACOB OS", median_experimental="14.2", median_control="17.5")

SILENT = {
    "ToGA": hr("0.74", "0.60", "0.91", "0.0046", median_experimental="13.8", median_control="11.1"),
    "LOGIC OS": hr("0.91", "0.73", "1.12", "0.3492", median_experimental="12.2", median_control="10.5"),
    "LOGIC PFS": hr("0.82", "0.68", "1.00", "0.0381", median_experimental="6.0", median_control="5.4"),
    "ATTRACTION-2": hr("0.63", "0.51", "0.78", "< 0.0001", median_experimental="5.26", median_control="4.14"),
    "ATTRACTION-2 HER2+": hr("0.38", "0.22", "0.66", "0.0006"),
    "ATTRACTION-2 HER2-": hr("0.71", "0.57", "0.88", "0.0022"),
    "HELOISE": hr("1.24", "0.86", "1.78", ".2401", median_experimental="10.6", median_control="12.5"),
    "T-ACT subgroup": hr("0.45", "0.21", "0.96", "0.033"),
    "Palle OS": hr("0.44", "0.27", "0.73"),
    "Palle PFS": hr("0.51", "0.33", "0.79"),
    "GATSBY, labelled": hr("1.15", "0.87", "1.51", "0.86", sides="one-sided"),
    "T-ACT PFS as it was": hr("0.91", "0.67", "1.22", "0.33", level="80%", sides="one"),
}


@pytest.mark.parametrize("name", SILENT)
def test_no_finding_above_info(name: str) -> None:
    assert not loud(SILENT[name])


def test_t_act_pfs_level_and_sidedness() -> None:
    finding = only(T_ACT_PFS)
    assert (finding.rule, finding.severity, finding.subject) == ("p-fits-interval", Severity.WARNING, "T-ACT PFS")
    assert "It fits as a one-sided p for benefit beside an 80% interval." in finding.explanation
    assert "from 0.50560 to 0.56868" in finding.explanation
    assert finding.reasons[0] == "p is one-sided and the interval is an 80% interval"
    assert finding.inputs == {"estimate": "0.91", "lower": "0.67", "upper": "1.22", "level": "95", "p": "0.33"}


def test_t_act_os_is_one_sided_for_harm() -> None:
    finding = only(hr("1.23", "0.75", "1.99", "0.2"))
    assert finding.severity is Severity.WARNING
    assert "a one-sided p for harm beside a 95% interval" in finding.explanation


@pytest.mark.parametrize("sides", ["", "two", "two-sided", "not stated"])
def test_tytan_is_one_sided(sides: str) -> None:
    finding = only(replace(TYTAN, sides=sides))
    assert finding.severity is Severity.WARNING
    assert "It fits as a one-sided p for benefit beside a 95% interval" in finding.explanation
    assert finding.reasons[0] == "p is one-sided"
    assert not check_estimate(replace(TYTAN, sides="one-sided"))


@pytest.mark.parametrize("p", ["0.057", "0.056"])
def test_jacob_is_undecidable_and_its_medians_are_swapped(p: str) -> None:
    found = check_estimate(replace(JACOB, p=p))
    assert [(f.rule, f.severity) for f in found] == [
        ("decision-decidable", Severity.INFO),
        ("medians-in-arm-order", Severity.WARNING),
    ]
    assert "4.39 standard errors apart as printed and 0.4 when swapped" in found[1].explanation


def test_dacomitinib_and_janjigian() -> None:
    finding = only(Estimate(measure="median", estimate="2.1", lower="2.3", upper="3.4", level="95", unit="months"))
    assert (finding.rule, finding.severity) == ("estimate-inside-interval", Severity.ERROR)
    finding = only(Estimate(measure="percentage", estimate="88.6%", n="37"))
    assert (finding.rule, finding.severity) == ("percentage-fits-denominator", Severity.WARNING)
    assert "31 of 35" in finding.explanation


def test_gatsby_near_and_named_where_unlabelled() -> None:
    finding = only(SILENT["GATSBY, labelled"])
    assert (finding.rule, finding.severity) == ("p-fits-interval", Severity.INFO)
    assert "0.039 apart in z" in finding.explanation
    unlabelled = only(replace(SILENT["GATSBY, labelled"], sides=""))
    assert unlabelled.severity is Severity.WARNING
    assert "nearly fits as a one-sided p for benefit beside a 95% interval" in unlabelled.explanation


def test_medians_of_design_table() -> None:
    printed = check_estimate(SILENT["ATTRACTION-2"])
    assert [(f.rule, f.severity) for f in printed] == [("medians-match-ratio", Severity.INFO)]
    assert "2.05 standard errors" in printed[0].explanation
    t_act = hr("0.91", "0.67", "1.22", level="80", median_experimental="3.19", median_control="3.68")
    assert "1.01 standard errors apart as printed and 0.21 when swapped" in only(t_act).explanation
    assert only(t_act).severity is Severity.INFO
    assert not check_estimate(hr("1.23", "0.75", "1.99", median_experimental="10.2", median_control="9.95"))


def test_a_decision_against_the_interval_is_an_error() -> None:
    finding = only(hr("0.74", "0.60", "0.91", "0.2", sides="two"))
    assert (finding.rule, finding.severity) == ("decision-agrees", Severity.ERROR)
    finding = only(hr("0.84", "0.70", "1.02", "<0.01"))
    assert (finding.rule, finding.severity) == ("decision-agrees", Severity.ERROR)


def test_a_decision_on_the_edge_is_a_warning() -> None:
    # The interval just includes 1 and p lies just below 0.05: two tests of the same data can do that.
    finding = only(hr("0.8400", "0.7050", "1.0010", "0.0490", sides="two"))
    assert (finding.rule, finding.severity) == ("decision-agrees", Severity.WARNING)


def test_an_unlabelled_one_sided_p_is_no_decision_error() -> None:
    finding = only(hr("0.84", "0.70", "1.01", "0.031"))
    assert (finding.rule, finding.severity) == ("p-fits-interval", Severity.WARNING)
    assert only(hr("0.84", "0.70", "1.01", "0.031", sides="two")).rule == "decision-agrees"


@pytest.mark.parametrize(
    ("level", "lower", "upper"),
    [
        ("80", "0.65", "0.85"),
        ("90", "0.62", "0.88"),
        ("97.5", "0.58", "0.94"),
        ("99", "0.56", "0.97"),
        ("99.2", "0.56", "0.98"),
    ],
)
def test_levels(level: str, lower: str, upper: str) -> None:
    # ln 0.74 = -0.3011 with standard error 0.1063, so p = 0.0046 at any level.
    for text in (level, f"{level}%", f"{level} % CI", f"{float(level) / 100:g}"):
        assert not loud(hr("0.74", lower, upper, "0.0046", level=text))
    as_95 = loud(hr("0.74", lower, upper, "0.0046", level="95"))
    assert [f.rule for f in as_95] == ["p-fits-interval"]
    if level != "99.2":
        assert f"two-sided p beside {'an' if level == '80' else 'a'} {level}% interval" in as_95[0].explanation


def test_a_level_that_was_printed_is_tried_though_unusual() -> None:
    finding = only(hr("0.74", "0.56", "0.98", "0.0018", level="99.2", sides="two"))
    assert "a one-sided p for benefit beside a 99.2% interval" in finding.explanation


def test_margin() -> None:
    # Non-inferiority: HR 1.01 (0.90-1.13) against 1.25, one-sided p about 0.0001; not 0.43 against 1.
    fits = hr("1.01", "0.90", "1.13", "0.0001", margin="1.25", sides="one")
    assert not check_estimate(fits)
    assert not check_estimate(replace(fits, sides=""))
    assert not check_estimate(replace(fits, p="0.86", sides="two"))
    assert loud(replace(fits, margin="")) != []
    assert "decision-decidable" in {f.rule for f in check_estimate(replace(fits, upper="1.25", lower="0.82"))}
    # Response: higher is better, margin below 1.
    lower = Estimate(measure="RR", estimate="0.98", lower="0.91", upper="1.06", margin="0.80", p="<0.001", sides="one")
    assert not check_estimate(lower)


@pytest.mark.parametrize(
    "estimate",
    [
        Estimate(measure="OR", estimate="2,10", lower="1,20", upper="3,68", p="0,009"),
        Estimate(measure="relative risk", estimate="1.50", lower="1.10", upper="2.05", p="0.01"),
        Estimate(measure="RD", estimate="\u22123.0", lower="\u22125.1", upper="\u22120.9", p="0.005"),
        Estimate(measure="MD", estimate="-3.0", lower="-5.1", upper="-0.9", p="<.01"),
        Estimate(measure="aHR", estimate=".74", lower=".60", upper=".91", p="0.0046 (two-sided)"),
        Estimate(measure="HR", estimate="0.74", lower="NR", upper="NR", p="0.2"),
        Estimate(measure="HR", estimate="NE", lower="", upper="", p="NS"),
        Estimate(measure="HR", estimate="0.74", lower="0.60", upper="0.91", p="NS"),
        Estimate(),
        Estimate(label="nothing else"),
    ],
)
def test_other_measures_and_missing_values_fit(estimate: Estimate) -> None:
    assert not check_estimate(estimate)


def test_few_patients_explain_a_mean_difference() -> None:
    # t with 20 degrees of freedom: difference -3.0, standard error 1.2, t = -2.5, p = 0.0212, 95% limits -+ 2.504.
    estimate = Estimate(measure="MD", estimate="-3.00", lower="-5.50", upper="-0.50", p="0.0212", sides="two")
    assert not loud(estimate)
    # With 10: t = -2.5 gives p = 0.0314 and limits -+ 2.674; z alone would say 0.028.
    few = Estimate(measure="MD", estimate="-6.00", lower="-9.00", upper="-3.00", p="0.0018", sides="two")
    finding = only(few)
    assert finding.severity is Severity.INFO
    assert "degrees of freedom" in finding.explanation


def test_swapped_limits_are_named() -> None:
    finding = only(hr("0.74", "0.91", "0.60", "0.0046"))
    assert finding.severity is Severity.ERROR
    assert "Read the other way round, the interval is in order." in finding.explanation


def test_symmetry() -> None:
    assert [f.rule for f in loud(hr("0.74", "0.60", "0.98"))] == ["interval-symmetric"]
    skewed = Estimate(measure="RD", estimate="5.0", lower="-1.0", upper="14.0")
    assert only(skewed).severity is Severity.INFO


def test_weeks_beside_months() -> None:
    estimate = hr("0.74", "0.60", "0.91", median_experimental="60", median_control="11.1", unit_experimental="weeks")
    assert "They would agree if control stood in months and experimental in weeks." in only(estimate).explanation
    both = replace(estimate, unit_control="months")
    assert [f.rule for f in check_estimate(both)] == ["units-agree"]
    assert only(replace(both, unit_control="fortnights", median_experimental="13.8")).rule == "field-readable"


def test_a_median_outside_its_interval_is_not_compared() -> None:
    estimate = hr(
        "0.74", "0.60", "0.91", median_experimental="2.1", median_experimental_lower="2.3",
        median_experimental_upper="3.4", median_control="11.1",
    )  # fmt: skip
    finding = only(estimate)
    assert finding.rule == "estimate-inside-interval"
    assert finding.fields[0] == "median_experimental"


def test_arms() -> None:
    logic = Estimate(n_experimental="249", n_control="238", enrolled="545")
    assert only(logic).severity is Severity.INFO
    assert "58 fewer" in only(logic).explanation
    assert only(replace(logic, n_control="300")).severity is Severity.WARNING
    share = Estimate(n_experimental="44", events_experimental="19", percent_experimental="41.2")
    finding = only(share)
    assert (finding.rule, finding.fields[0]) == ("percentage-matches-count", "percent_experimental")


def test_sides_for_inference() -> None:
    assert consistent_sides(SILENT["ToGA"]) == {Sides.TWO}
    assert consistent_sides(TYTAN) == {Sides.ONE_BENEFIT}
    assert consistent_sides(replace(TYTAN, sides="two")) == {Sides.ONE_BENEFIT}
    assert consistent_sides(hr("1.23", "0.75", "1.99", "0.20")) == {Sides.ONE_HARM}
    assert consistent_sides(T_ACT_PFS) == set()
    assert consistent_sides(replace(T_ACT_PFS, level="80")) == {Sides.ONE_BENEFIT}
    assert consistent_sides(SILENT["ATTRACTION-2"]) == {Sides.TWO, Sides.ONE_BENEFIT}
    assert consistent_sides(replace(TYTAN, level="")) == set()
    assert consistent_sides(replace(TYTAN, p="")) == set()
    assert consistent_sides(replace(TYTAN, lower="1.11", upper="0.64")) == set()
    assert consistent_sides(replace(TYTAN, p="rubbish")) == set()


@pytest.mark.parametrize(
    ("field", "text", "rule"),
    [
        ("p", "1.3", "value-possible"),
        ("p", "see text", "field-readable"),
        ("level", "195", "value-possible"),
        ("level", "0", "value-possible"),
        ("lower", "-0.6", "value-possible"),
        ("sides", "three", "field-readable"),
        ("margin", "x", "field-readable"),
        ("measure", "blood pressure", "measure-known"),
        ("n", "12.5", "value-possible"),
    ],
)
def test_what_cannot_be_read_is_a_finding(field: str, text: str, rule: str) -> None:
    finding = only(replace(SILENT["ToGA"], median_experimental="", median_control="", **{field: text}))
    assert finding.rule == rule
    assert field in finding.fields


@given(
    st.builds(
        Estimate,
        **{
            field.name: st.one_of(
                st.just(""),
                st.text(max_size=12),
                st.sampled_from(["HR", "OR", "MD", "percentage", "median", "0.5", "1.00", "-1", "95", "<0.001", "40"]),
                st.integers(-5, 10**22).map(str),
                st.floats().map(repr),
                st.decimals(-10, 200, places=2).map(str),
            )
            for field in fields(Estimate)
        },
    )
)
def test_no_text_makes_the_check_fail(estimate: Estimate) -> None:
    for finding in check_estimate(estimate):
        assert finding.severity in RULES[finding.rule].severities
        assert finding.subject == estimate.label
        assert set(finding.fields) <= set(FIELDS)
        finding.as_text()
        finding.as_dict()
    consistent_sides(estimate)


@given(
    st.floats(-1.2, 1.2),
    st.floats(0.03, 0.6),
    st.sampled_from([80.0, 90.0, 95.0, 97.5, 99.0]),
    st.integers(1, 4),
    st.integers(2, 5),
    st.sampled_from(["two", "one-benefit", "one-harm"]),
)
def test_an_honest_wald_result_is_never_above_near(
    log_ratio: float, se: float, level: float, digits: int, p_digits: int, sides: str
) -> None:
    """A result whose p is its own Wald p fits however it is rounded: the boxes hold the unrounded numbers."""
    z, half = log_ratio / se, critical_value(level) * se
    p = p_range(Box(z, z), Sides(sides)).lo
    texts = [f"{math.exp(v):.{digits}f}" for v in (log_ratio, log_ratio - half, log_ratio + half)]
    estimate = hr(*texts, f"{p:.{p_digits}f}", level=f"{level:g}", sides=sides)
    assert {f.rule for f in check_estimate(estimate)} <= {"decision-decidable"}
    assert Sides(sides) in consistent_sides(estimate)


def test_effect_readings_without_p() -> None:
    numbers = [parse_printed(text, Domain.POSITIVE) for text in ("0.74", "0.60", "0.91")]
    measure = find_measure("HR")
    assert measure is not None
    estimate, lower, upper = numbers
    assert estimate is not None
    assert lower is not None
    assert upper is not None
    assert effect_readings(Effect(measure, estimate, lower, upper)) == []
    assert NEAR == 0.10


def test_measures() -> None:
    assert find_measure("") is None
    for name, expected in (
        ("Adjusted OR", "OR"),
        ("unadjusted hazard ratio", "HR"),
        ("ARR", "RD"),
        ("ORR (%)", "percentage"),
    ):
        measure = find_measure(name)
        assert measure is not None
        assert measure.name == expected
    with pytest.raises(UnknownMeasureError):
        find_measure("happiness")
