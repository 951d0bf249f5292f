"""The arithmetic of ranges: against all eight corners, against high precision, and against design table D4."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from her2kg.consistency.printed import Box, Domain, Printed, parse_printed
from her2kg.consistency.ranges import (
    Additive,
    Sides,
    absolute,
    all_readings,
    critical_value,
    implied_level,
    is_symmetric,
    log_box,
    lower_tail,
    p_range,
    quantile,
    read_p,
    se_range,
    z_range,
)

numbers = st.floats(-3, 3, allow_nan=False)
halves = st.floats(0.0001, 0.05)


def printed(text: str, domain: Domain = Domain.POSITIVE) -> Printed:
    found = parse_printed(text, domain)
    assert found is not None
    return found


def effect(estimate: str, lower: str, upper: str) -> Additive:
    return Additive(*(log_box(printed(text).box) for text in (estimate, lower, upper)))


@st.composite
def effects(draw: st.DrawFn) -> Additive:
    lower = draw(numbers)
    width = draw(st.floats(0.3, 3))
    place = draw(st.floats(0.05, 0.95))
    h = [draw(halves) for _ in range(3)]
    middle = lower + place * width
    return Additive(
        Box(middle - h[0], middle + h[0]),
        Box(lower - h[1], lower + h[1]),
        Box(lower + width - h[2], lower + width + h[2]),
    )


@given(effects(), st.sampled_from([80.0, 90.0, 95.0, 97.5, 99.0, 99.2]), st.sampled_from([0.0, 0.2]))
def test_z_range_is_the_extremes_of_the_eight_corners(box: Additive, level: float, null: float) -> None:
    corners = [
        2 * critical_value(level) * (h - null) / (u - low)
        for h, low, u in itertools.product(box.estimate, box.lower, box.upper)
    ]
    found = z_range(box, level, null)
    assert found.lo == pytest.approx(min(corners), rel=1e-12, abs=1e-12)
    assert found.hi == pytest.approx(max(corners), rel=1e-12, abs=1e-12)


@given(effects(), st.tuples(*[st.floats(0, 1)] * 3), st.sampled_from([80.0, 95.0]))
def test_every_point_of_the_boxes_lies_in_the_ranges(box: Additive, at: tuple[float, ...], level: float) -> None:
    h, low, u = (
        b.lo + share * (b.hi - b.lo) for b, share in zip((box.estimate, box.lower, box.upper), at, strict=True)
    )
    se, z = se_range(box, level), z_range(box, level)
    point = (u - low) / (2 * critical_value(level))
    assert se.lo - 1e-12 <= point <= se.hi + 1e-12
    assert z.lo - 1e-9 <= h / point <= z.hi + 1e-9
    for sides in Sides:
        p = p_range(z, sides)
        one = {Sides.TWO: 2 * lower_tail(-abs(h / point)), Sides.ONE_BENEFIT: lower_tail(h / point)}
        value = one.get(sides, lower_tail(-h / point))
        assert p.lo - 1e-12 <= value <= p.hi + 1e-12


@given(effects(), st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_symmetry_finds_a_symmetric_triple(box: Additive, at: tuple[float, float]) -> None:
    low = box.lower.lo + at[0] * (box.lower.hi - box.lower.lo)
    u = box.upper.lo + at[1] * (box.upper.hi - box.upper.lo)
    if box.estimate.lo <= (low + u) / 2 <= box.estimate.hi:
        assert is_symmetric(box)
    gap = max(box.estimate.lo - (box.lower.hi + box.upper.hi) / 2, (box.lower.lo + box.upper.lo) / 2 - box.estimate.hi)
    assert is_symmetric(box) == (gap <= 1e-12)


def test_tails_and_quantiles_against_high_precision() -> None:
    mpmath = pytest.importorskip("mpmath")
    mpmath.mp.dps = 40
    for z in (-38.0, -12.3, -6.0, -1.96, -0.1, 0.0, 0.5, 3.0, 8.0):
        assert lower_tail(z) == pytest.approx(float(mpmath.ncdf(z)), rel=1e-12)
    for level in (80.0, 90.0, 95.0, 97.5, 99.0, 99.2):
        exact = mpmath.sqrt(2) * mpmath.erfinv(mpmath.mpf(level) / 100)
        assert critical_value(level) == pytest.approx(float(exact), rel=1e-12)
    assert quantile(0.0) == -math.inf
    assert quantile(1.0) == math.inf


def test_absolute() -> None:
    assert absolute(Box(-1, 2)) == Box(0, 2)
    assert absolute(Box(-3, -2)) == Box(2, 3)


# Every row of table D4 of the design: the ranges as printed there, to its five decimals.
D4 = [
    ("ToGA OS", "0.74", "0.60", "0.91", 95, Sides.TWO, 0.00273, 0.00733, "0.0046", True),
    ("LOGIC OS", "0.91", "0.73", "1.12", 95, Sides.TWO, 0.34777, 0.42805, "0.3492", True),
    ("LOGIC PFS", "0.82", "0.68", "1.00", 95, Sides.TWO, 0.03172, 0.05815, "0.0381", True),
    ("JACOB OS", "0.84", "0.71", "1.00", 95, Sides.TWO, 0.03244, 0.06259, "0.057", True),
    ("JACOB OS, review", "0.84", "0.71", "1.00", 95, Sides.TWO, 0.03244, 0.06259, "0.056", True),
    ("TyTAN OS", "0.84", "0.64", "1.11", 95, Sides.TWO, 0.18918, 0.24093, "0.1044", False),
    ("TyTAN OS, one-sided", "0.84", "0.64", "1.11", 95, Sides.ONE_BENEFIT, 0.09459, 0.12047, "0.1044", True),
    ("GATSBY OS", "1.15", "0.87", "1.51", 95, Sides.TWO, 0.29762, 0.34360, "0.86", False),
    ("GATSBY OS, one-sided", "1.15", "0.87", "1.51", 95, Sides.ONE_BENEFIT, 0.82820, 0.85119, "0.86", False),
    ("T-ACT PFS", "0.91", "0.67", "1.22", 95, Sides.TWO, 0.50560, 0.56868, "0.33", False),
    ("T-ACT PFS as 80%", "0.91", "0.67", "1.22", 80, Sides.TWO, 0.66336, 0.70937, "0.33", False),
    ("T-ACT PFS as 80%, one-sided", "0.91", "0.67", "1.22", 80, Sides.ONE_BENEFIT, 0.33168, 0.35469, "0.33", True),
    ("T-ACT OS", "1.23", "0.75", "1.99", 95, Sides.TWO, 0.39204, 0.41931, "0.20", False),
    ("T-ACT OS, harm", "1.23", "0.75", "1.99", 95, Sides.ONE_HARM, 0.19602, 0.20966, "0.20", True),
    ("T-ACT subgroup", "0.45", "0.21", "0.96", 95, Sides.TWO, 0.03329, 0.04630, "0.033", True),
    ("ATTRACTION-2 OS", "0.63", "0.51", "0.78", 95, Sides.TWO, 0.00001, 0.00005, "<0.0001", True),
    ("ATTRACTION-2 HER2+", "0.38", "0.22", "0.66", 95, Sides.TWO, 0.00032, 0.00092, "0.0006", True),
    ("ATTRACTION-2 HER2-", "0.71", "0.57", "0.88", 95, Sides.TWO, 0.00110, 0.00339, "0.0022", True),
    ("Palle OS", "0.44", "0.27", "0.73", 95, Sides.TWO, 0.00076, 0.00186, "", True),
    ("Palle PFS", "0.51", "0.33", "0.79", 95, Sides.TWO, 0.00166, 0.00364, "", True),
]


@pytest.mark.parametrize(("name", "hr", "low", "up", "level", "sides", "lo", "hi", "p", "fits"), D4, ids=str)
def test_table_d4(
    name: str, hr: str, low: str, up: str, level: float, sides: Sides, lo: float, hi: float, p: str, fits: bool
) -> None:
    box = effect(hr, low, up)
    assert is_symmetric(box), name
    z = z_range(box, float(level))
    found = p_range(z, sides)
    assert (round(found.lo, 5), round(found.hi, 5)) == (lo, hi)
    if p:
        assert (read_p(printed(p, Domain.PROBABILITY), z, float(level), sides).gap == 0.0) is fits


def test_d4_point_values() -> None:
    gatsby = z_range(effect("1.15", "0.87", "1.51"), 95.0)
    reading = read_p(printed("0.86", Domain.PROBABILITY), gatsby, 95.0, Sides.ONE_BENEFIT)
    assert round(reading.gap, 3) == 0.039
    for low, up, se in (("0.27", "0.73", 0.25373), ("0.33", "0.79", 0.22269)):
        exact = (math.log(float(up)) - math.log(float(low))) / (2 * critical_value(95.0))
        assert round(exact, 5) == se
        found = se_range(effect("0.5", low, up), 95.0)
        assert found.lo < exact < found.hi


@pytest.mark.parametrize(
    ("estimate", "lower", "upper", "p", "level", "sides"),
    [("0.91", "0.67", "1.22", "0.33", 80.0, Sides.ONE_BENEFIT), ("1.23", "0.75", "1.99", "0.20", 95.0, Sides.ONE_HARM)],
)
def test_only_one_sidedness_fits_t_act(
    estimate: str, lower: str, upper: str, p: str, level: float, sides: Sides
) -> None:
    readings = list(all_readings(printed(p, Domain.PROBABILITY), effect(estimate, lower, upper), 95.0))
    assert [(r.level, r.sides) for r in readings if r.gap == 0.0] == [(level, sides)]


@given(effects(), st.floats(0.001, 0.999), st.sampled_from(list(Sides)), st.sampled_from([80.0, 90.0, 95.0, 99.0]))
def test_implied_level_agrees_with_reading_at_that_level(box: Additive, p: float, sides: Sides, level: float) -> None:
    p_printed = printed(f"{p:.4f}", Domain.PROBABILITY)
    straddles = box.estimate.lo <= 0.0 <= box.estimate.hi
    fits = read_p(p_printed, z_range(box, level), level, sides).gap == 0.0
    found = implied_level(p_printed, box, sides)
    # With zero in the estimate's box p can be anything on both sides, and no range of levels says it.
    if fits and not straddles:
        assert found is not None
        assert found.lo - 1e-7 <= level <= found.hi + 1e-7
    if found is not None and found.lo + 1e-7 <= level <= found.hi - 1e-7:
        assert fits
