"""Binomial tails and intervals against exact fractions; shares against brute force; Student's t."""

import math
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from her2kg.consistency.binomial import (
    INTERVALS,
    agresti_coull_interval,
    at_least,
    at_most,
    beta_share,
    corrected_wilson_interval,
    exact_interval,
    jeffreys_interval,
    mid_p_interval,
    wald_interval,
    wilson_interval,
)
from her2kg.consistency.estimates import Estimate, check_estimate
from her2kg.consistency.findings import Severity
from her2kg.consistency.printed import Domain, parse_printed
from her2kg.consistency.proportions import Proportion, check_enrolment, check_proportion
from her2kg.consistency.ranges import critical_value
from her2kg.consistency.student import t_critical_value, t_tail


def exact_at_least(k: int, n: int, share: Fraction) -> Fraction:
    return sum((math.comb(n, i) * share**i * (1 - share) ** (n - i) for i in range(k, n + 1)), Fraction(0))


counts = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, st.integers(0, 200))
def test_tail_is_exact(count: tuple[int, int], share: int) -> None:
    k, n = count
    exact = exact_at_least(k, n, Fraction(share, 200))
    assert at_least(k, n, share / 200) == pytest.approx(float(exact), rel=1e-10, abs=1e-14)
    assert at_most(k - 1, n, share / 200) == pytest.approx(float(1 - exact), rel=1e-8, abs=1e-12)


@given(counts, st.sampled_from([80.0, 90.0, 95.0, 97.5, 99.0]))
def test_exact_interval_leaves_half_of_alpha_in_each_tail(count: tuple[int, int], level: float) -> None:
    k, n = count
    low, high = exact_interval(k, n, level)
    tail = (100 - level) / 200
    assert low <= k / n <= high
    if k > 0:
        assert float(exact_at_least(k, n, Fraction(low))) == pytest.approx(tail, rel=1e-8)
    if k < n:
        assert float(1 - exact_at_least(k + 1, n, Fraction(high))) == pytest.approx(tail, rel=1e-8)


@given(counts, st.sampled_from([80.0, 95.0, 99.0]))
def test_wilson_limits_solve_the_score_equation(count: tuple[int, int], level: float) -> None:
    k, n = count
    z = critical_value(level)
    for limit in wilson_interval(k, n, level):
        if 1e-9 < limit < 1 - 1e-9:
            assert abs(k / n - limit) == pytest.approx(z * math.sqrt(limit * (1 - limit) / n), rel=1e-9, abs=1e-9)


@given(counts)
def test_every_interval_is_mirrored_and_ordered(count: tuple[int, int]) -> None:
    k, n = count
    for method in INTERVALS.values():
        low, high = method(k, n, 95.0)
        mirrored = method(n - k, n, 95.0)
        assert 0.0 <= low <= high <= 1.0
        assert (1 - mirrored.hi, 1 - mirrored.lo) == pytest.approx((low, high), abs=1e-9)


def test_published_intervals() -> None:
    # Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20 and 1 of 29, by methods 1, 3, 4, 5 and 6 (mid-p).
    table = {
        (81, 263): (wald_interval, 0.2522, 0.3638),
        (15, 148): (wilson_interval, 0.0624, 0.1605),
        (0, 20): (exact_interval, 0.0, 0.1684),
        (1, 29): (exact_interval, 0.0009, 0.1776),
    }
    for (k, n), (method, low, high) in table.items():
        assert method(k, n, 95.0) == pytest.approx((low, high), abs=5e-5)
    assert corrected_wilson_interval(81, 263, 95.0) == pytest.approx((0.2535, 0.3682), abs=5e-5)
    assert corrected_wilson_interval(1, 29, 95.0) == pytest.approx((0.0018, 0.1963), abs=5e-5)
    assert mid_p_interval(81, 263, 95.0) == pytest.approx((0.2544, 0.3658), abs=5e-5)
    assert mid_p_interval(0, 20, 95.0).hi == pytest.approx(1 - 0.05 ** (1 / 20), abs=5e-5)
    low, high = jeffreys_interval(19, 44, 95.0)
    assert beta_share(low, 19.5, 25.5) == pytest.approx(0.025)
    assert beta_share(high, 19.5, 25.5) == pytest.approx(0.975)
    low, high = agresti_coull_interval(19, 44, 95.0)
    assert (low + high) / 2 == pytest.approx((19 + 1.920729) / (44 + 3.841459), abs=1e-6)


def test_student() -> None:
    # Standard tables of t, two-sided 95%.
    for freedom, value in ((3, 3.182), (10, 2.228), (20, 2.086), (60, 2.000)):
        assert t_critical_value(95.0, freedom) == pytest.approx(value, abs=5e-4)
    assert t_tail(0.0, 7) == 0.5
    assert t_tail(-math.inf, 7) == 0.0
    assert t_tail(1.3, 7) + t_tail(-1.3, 7) == pytest.approx(1.0)


@given(st.integers(1, 150), st.integers(0, 1000))
def test_a_percentage_is_impossible_exactly_when_no_count_rounds_to_it(n: int, tenths: int) -> None:
    text = f"{tenths / 10:.1f}"
    half = Fraction(1, 20)
    possible = any(abs(Fraction(100 * k, n) - Fraction(tenths, 10)) <= half for k in range(n + 1))
    found = check_estimate(Estimate(measure="percentage", estimate=text, n=str(n)))
    assert [f.rule for f in found] == ([] if possible else ["percentage-fits-denominator"])


@given(counts, st.integers(0, 3))
def test_honest_percentages_and_exact_intervals_fit(count: tuple[int, int], digits: int) -> None:
    k, n = count
    for method in INTERVALS.values():
        low, high = method(k, n, 95.0)
        estimate = Estimate(
            measure="percentage",
            estimate=f"{100 * k / n:.{digits}f}",
            lower=f"{100 * low:.{digits}f}",
            upper=f"{100 * high:.{digits}f}",
            level="95",
            events=str(k),
            n=str(n),
        )
        assert not check_estimate(estimate)


def rules(**texts: str) -> list[tuple[str, Severity]]:
    return [(f.rule, f.severity) for f in check_estimate(Estimate(measure="percentage", **texts))]


def test_denominators_of_the_record() -> None:
    assert rules(estimate="88.6", n="37") == [("percentage-fits-denominator", Severity.WARNING)]
    assert rules(estimate="88.6", n="35") == []
    assert rules(estimate="43.2", events="19", n="44") == []
    assert rules(estimate="41.2", events="19", n="44") == [("percentage-matches-count", Severity.WARNING)]
    assert rules(estimate="43.1", events="19", n="44") == [("percentage-matches-count", Severity.INFO)]
    assert rules(estimate="43.2", n="44", events="45") == [("count-within-denominator", Severity.ERROR)]
    assert rules(estimate="43.2", n="0", events="0") == []
    assert rules(estimate=">50", n="37") == []


def test_proportion_between_0_and_1() -> None:
    share = Estimate(measure="proportion", estimate="0.432", events="19", n="44", lower="0.283", upper="0.590")
    assert not check_estimate(share)
    assert [f.rule for f in check_estimate(replace(share, lower="0.25"))] == ["interval-matches-count"]
    assert [f.rule for f in check_estimate(replace(share, estimate="43.2"))] == ["value-possible"]


def test_intervals_name_what_fits() -> None:
    base = {"estimate": "43.2", "events": "19", "n": "44"}
    low, high = (100 * end for end in exact_interval(19, 44, 90.0))
    (finding,) = check_estimate(Estimate(measure="percentage", lower=f"{low:.1f}", upper=f"{high:.1f}", **base))
    assert finding.severity is Severity.WARNING
    assert "exact at 90%" in finding.explanation
    assert finding.reasons[0] == "the interval has another level"
    near = check_estimate(Estimate(measure="percentage", lower="28.3", upper="59.0", **base))
    assert near == []
    near = check_estimate(Estimate(measure="percentage", lower="28.4", upper="59.0", **base))
    assert [f.severity for f in near] == [Severity.INFO]
    # Without the count, the percentage of 44 has only one: the interval is checked all the same.
    assert [f.rule for f in check_estimate(Estimate(measure="ORR", estimate="43.2", n="44", lower="20", upper="59.0"))]


def test_enormous_counts_cost_nothing() -> None:
    huge = str(10**30)
    assert rules(estimate="50.0", n=huge, events=str(5 * 10**29), lower="40", upper="60") == []
    assert rules(estimate="50.0", n=huge) == []


def test_missing_parts() -> None:
    n = parse_printed("44", Domain.COUNT)
    assert check_proportion(Proportion(None, None, None)) == []
    assert check_proportion(Proportion(None, None, n)) == []
    assert check_enrolment(n, None, n) == []
