"""Medians against the hazard ratio: exactness, order, units, and when the rule keeps silent."""

import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from her2kg.consistency.estimates import Estimate, check_estimate
from her2kg.consistency.findings import Severity
from her2kg.consistency.medians import MONTH_LENGTHS, find_unit

BASE = Estimate(measure="HR", estimate="0.50", lower="0.40", upper="0.625", level="95")


def medians(experimental: str, control: str, **more: str) -> list[tuple[str, Severity]]:
    estimate = replace(BASE, median_experimental=experimental, median_control=control, **more)
    return [(f.rule, f.severity) for f in check_estimate(estimate)]


def test_agreement_and_its_limits() -> None:
    # Standard error 0.1138; the medians that agree are 20 and 10.
    assert medians("20.0", "10.0") == []
    assert medians("15.0", "10.0") == [("medians-match-ratio", Severity.INFO)]
    assert medians("60.0", "10.0") == [("medians-match-ratio", Severity.WARNING)]
    assert medians("10.0", "20.0") == [("medians-in-arm-order", Severity.WARNING)]


def test_a_plausible_weibull_shape_keeps_the_warning_back() -> None:
    # ln(10 / 27) = -0.993 is 2.6 standard errors off under exponential survival, and ln(0.5) / 0.7 under shape 0.7.
    assert medians("27.0", "10.0") == [("medians-match-ratio", Severity.INFO)]
    assert medians("30.0", "10.0") == [("medians-match-ratio", Severity.INFO)]


def test_silence_without_the_numbers() -> None:
    assert medians("NR", "10.0") == []
    assert medians(">60", "10.0") == []
    assert medians("60.0", "10.0", lower="NR") == []
    assert medians("60.0", "0.0") == []
    assert medians("60.0", "10.0", measure="OR") == []
    assert medians("60.0", "10.0", upper="0.40", lower="0.40", estimate="0.40") == []


def test_units_are_converted() -> None:
    months = 20.0 * MONTH_LENGTHS["weeks"]
    assert medians("20.0", "10.0", unit_experimental="weeks", unit_control="Weeks") == []
    mixed = medians(f"{months:.2f}", "10.0", unit_experimental="months", unit_control="weeks")
    assert mixed == [("units-agree", Severity.WARNING)]
    assert find_unit("mo.") == "months"
    assert find_unit("parsec") is None


@given(st.floats(-1, 1), st.floats(0.05, 0.4), st.floats(2, 40), st.sampled_from(list(MONTH_LENGTHS)))
def test_exponential_medians_agree_in_any_unit(log_ratio: float, se: float, control: float, unit: str) -> None:
    experimental = control * math.exp(-log_ratio)
    estimate = Estimate(
        measure="HR",
        estimate=f"{math.exp(log_ratio):.4f}",
        lower=f"{math.exp(log_ratio - 1.96 * se):.4f}",
        upper=f"{math.exp(log_ratio + 1.96 * se):.4f}",
        level="95",
        median_experimental=f"{experimental:.3f}",
        median_control=f"{control:.3f}",
        unit_experimental=unit,
        unit_control=unit,
    )
    assert {f.rule for f in check_estimate(estimate)} <= {"decision-decidable"}
