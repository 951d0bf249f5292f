"""A printed number and its rounding box, against exact arithmetic."""

import pickle
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from her2kg.consistency.errors import ImpossibleNumberError, PrintedNumberError, TableError
from her2kg.consistency.printed import MISSING, Domain, is_missing, parse_printed


@pytest.mark.parametrize(
    ("text", "domain", "value", "lo", "hi"),
    [
        ("0.60", Domain.POSITIVE, 0.6, 0.595, 0.605),
        ("1.00", Domain.POSITIVE, 1.0, 0.995, 1.005),
        ("1.0", Domain.POSITIVE, 1.0, 0.95, 1.05),
        ("1", Domain.POSITIVE, 1.0, 0.5, 1.5),
        (".0381", Domain.PROBABILITY, 0.0381, 0.03805, 0.03815),
        ("0,74", Domain.POSITIVE, 0.74, 0.735, 0.745),
        ("0\u00b774", Domain.POSITIVE, 0.74, 0.735, 0.745),
        ("\u22121.2", Domain.REAL, -1.2, -1.25, -1.15),
        ("- 1.2", Domain.REAL, -1.2, -1.25, -1.15),
        ("p < .001", Domain.PROBABILITY, 0.001, 0.0, 0.001),
        ("P\u22640.05", Domain.PROBABILITY, 0.05, 0.0, 0.05),
        (">0.05", Domain.PROBABILITY, 0.05, 0.05, 1.0),
        ("p = 0.03", Domain.PROBABILITY, 0.03, 0.025, 0.035),
        ("0.000", Domain.PROBABILITY, 0.0, 0.0, 0.0005),
        ("1.00", Domain.PROBABILITY, 1.0, 0.995, 1.0),
        ("43.2%", Domain.PERCENT, 43.2, 43.15, 43.25),
        ("2.1 x 10^-4", Domain.PROBABILITY, 0.00021, 0.000205, 0.000215),
        ("1e-05", Domain.PROBABILITY, 0.00001, 0.000005, 0.000015),
        ("1,234", Domain.COUNT, 1234.0, 1234.0, 1234.0),
        ("1\u202f234", Domain.COUNT, 1234.0, 1234.0, 1234.0),
        ("0.0034*", Domain.PROBABILITY, 0.0034, 0.00335, 0.00345),
    ],
)
def test_reads(text: str, domain: Domain, value: float, lo: float, hi: float) -> None:
    printed = parse_printed(text, domain)
    assert printed is not None
    assert (printed.value, printed.lo, printed.hi) == pytest.approx((value, lo, hi), abs=1e-15)


@pytest.mark.parametrize("text", [*sorted(MISSING), "NR", "\u2014", "Not reached", "  ", "\u2026"])
def test_missing(text: str) -> None:
    assert is_missing(text)
    assert parse_printed(text) is None


@pytest.mark.parametrize(
    "text", ["abc", "0.6.1", "1,2,3", "0x10", "--1", "0.60-0.91", "9" * 100, "\u0661", "1e9999", "%"]
)
def test_unreadable(text: str) -> None:
    with pytest.raises(PrintedNumberError):
        parse_printed(text)


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("-0.5", Domain.POSITIVE),
        ("1.3", Domain.PROBABILITY),
        ("-0.01", Domain.PROBABILITY),
        ("100.1", Domain.PERCENT),
        ("12.5", Domain.COUNT),
        ("-3", Domain.COUNT),
        ("<5", Domain.COUNT),
    ],
)
def test_impossible(text: str, domain: Domain) -> None:
    with pytest.raises(ImpossibleNumberError):
        parse_printed(text, domain)


@given(
    st.decimals(min_value="-9999", max_value="9999", allow_nan=False, places=9),
    st.integers(0, 6),
    st.sampled_from([ROUND_HALF_EVEN, ROUND_HALF_UP]),
)
def test_the_box_holds_every_number_that_rounds_to_the_text(value: Decimal, decimals: int, mode: str) -> None:
    text = str(value.quantize(Decimal(1).scaleb(-decimals), rounding=mode))
    printed = parse_printed(text)
    assert printed is not None
    assert printed.lo <= float(value) <= printed.hi
    half = Fraction(1, 2 * 10**decimals)
    # Each end is the exact end, correctly rounded: no error of subtraction.
    assert printed.lo == float(Fraction(text) - half)
    assert printed.hi == float(Fraction(text) + half)


@given(st.integers(1, 10**6), st.integers(0, 6))
def test_boxes_of_neighbours_touch(mantissa: int, decimals: int) -> None:
    first, second = (
        parse_printed(str(Decimal(m).scaleb(-decimals).quantize(Decimal(1).scaleb(-decimals), ROUND_DOWN)))
        for m in (mantissa, mantissa + 1)
    )
    assert first is not None
    assert second is not None
    assert first.hi == second.lo


@given(st.text(max_size=80), st.sampled_from(list(Domain)))
def test_any_text_is_a_number_nothing_or_an_error(text: str, domain: Domain) -> None:
    try:
        printed = parse_printed(text, domain)
    except PrintedNumberError as error:
        assert "\n" not in str(error)
    else:
        assert printed is None or printed.lo <= printed.hi


def test_errors_survive_another_process() -> None:
    for error in (PrintedNumberError("x", "is odd"), TableError("a.csv", "is odd", 3)):
        assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301
