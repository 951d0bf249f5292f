"""A number as printed, and the box of values that round to it.

``"0.60"`` stands for everything from 0.595 to 0.605: half a unit of the last digit to either side. Both ends belong to
the box, because the rounding mode is unknown. ``"1.0"`` and ``"1.00"`` are different statements, so a number is read
from its text and never from a float. The ends are computed from integers (one correctly rounded division), so that
"0.90" - half a unit and "0.89" + half a unit are the same float and touching boxes are seen to touch.
"""

import math
import re
import sys
from enum import Enum
from typing import NamedTuple

from her2kg.consistency.errors import ImpossibleNumberError, PrintedNumberError

MISSING = frozenset(
    {
        *("", "-", "--", ".", "..", "...", "?", "na", "n/a", "n.a.", "nr", "n.r.", "ne", "n.e.", "ns", "n.s.", "nd"),
        *("nc", "none", "null", "nan", "missing", "not available", "not calculable", "not estimable", "not evaluable"),
        *("not reached", "not reported", "not significant", "not stated"),
    }
)
"""Words (lower case) that stand where a number is absent; "NS" says a p value was withheld, not what it was."""

_LONGEST = 64
"""Characters in a printed number; anything longer is not one, and must not become a slow big-integer conversion."""

_SMALLEST = sys.float_info.min
"""Stand-in for "just above zero": its logarithm is finite."""

_TO_ASCII = str.maketrans(
    {
        **dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\u2014\ufe58\ufe63\uff0d", "-"),
        **dict.fromkeys("\u00b7\u2219\u22c5\u2024\u02d9\u0387", "."),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f\u2002\u2003\u2005\u2006\u3000", " "),
        **dict.fromkeys("\u2264\uff1c", "<"),
        **dict.fromkeys("\u2265\uff1e", ">"),
        **dict.fromkeys("\u2020\u2021\u00a7\u00b6", "*"),
        "\u00d7": "x",
        "\uff1d": "=",
        "\u2026": "...",
    }
)

_PLAIN = re.compile(r"(-?)([0-9]*)\.?([0-9]*)")
_GENERAL = re.compile(
    r"(?:p\s*-?\s*(?:values?)?\s*[:=]?\s*)?"
    r"(?P<operator>[<>]?)\s*=?\s*"
    r"(?P<sign>[-+]?)\s?(?P<body>[0-9.,][0-9., ]*?)"
    r"(?:\s?(?:e|x\s?10\s?\^?)\s?(?P<exponent>[-+]?[0-9]{1,3}))?"
    r"\s*(?P<percent>%?)\s*\**",
    re.IGNORECASE,
)
_GROUPED = re.compile(r"[0-9]{1,3}(?:([ ,.])[0-9]{3})(?:\1[0-9]{3})*")
_DIGITS = re.compile(r"([0-9]*)\.?([0-9]*)")


class Domain(Enum):
    """The values a number of its kind can take; its rounding box is cut to them."""

    REAL = ("number", -math.inf, math.inf)
    POSITIVE = ("ratio or time above zero", _SMALLEST, math.inf)
    PROBABILITY = ("probability between 0 and 1", 0.0, 1.0)
    PERCENT = ("percentage between 0 and 100", 0.0, 100.0)
    COUNT = ("whole number", 0.0, math.inf)

    def __init__(self, words: str, least: float, most: float) -> None:
        self.words = words
        self.least = least
        self.most = most


class Box(NamedTuple):
    """A closed range ``[lo, hi]``; an end may be infinite."""

    lo: float
    hi: float

    def meets(self, other: "Box") -> bool:
        """Say whether the two closed ranges share a point."""
        return self.lo <= other.hi and other.lo <= self.hi


class Printed(NamedTuple):
    """A printed number.

    Parameters
    ----------
    text : as printed, outer blanks removed
    value : the number itself, same unit as printed
    decimals : digits after the decimal mark (negative for ``"1e5"``)
    operator : ``""``, ``"<"`` or ``">"`` (which also stand for the "or equal" forms)
    lo, hi : ends of the rounding box, cut to the domain
    """

    text: str
    value: float
    decimals: int
    operator: str
    lo: float
    hi: float

    @property
    def box(self) -> Box:
        """The closed range of values this text stands for."""
        return Box(self.lo, self.hi)


def is_missing(text: str) -> bool:
    """Say whether a text stands for an absent number ("", "NR", "NE", "NS", a dash ...)."""
    stripped = text.strip()
    if not stripped:
        return True
    if len(stripped) > _LONGEST or stripped[0] in "0123456789":
        return False
    return " ".join(stripped.translate(_TO_ASCII).lower().split()) in MISSING


def parse_printed(text: str, domain: Domain = Domain.REAL) -> Printed | None:
    """Read one printed number.

    Parameters
    ----------
    text : such as ``"0.60"``, ``".0381"``, ``"0·74"``, ``"−1.2"``, ``"<0.001"``, ``"1,5"``, ``"p = 0.03"``, ``"43.2%"``
    domain : cuts the box; a box wholly outside it is refused

    Returns
    -------
    The number, or None where the text says that there is none.

    Raises
    ------
    PrintedNumberError : the text is no number
    ImpossibleNumberError : it is one, but not for this domain

    Notes
    -----
    A single comma is a decimal comma, except in a count. ``"p < a"`` is the box ``[0, a]`` and ``"p > a"`` is
    ``[a, 1]``, without half units: the author stated a bound, not a rounded number.

    Examples
    --------
    >>> parse_printed("0.60").box
    Box(lo=0.595, hi=0.605)
    >>> parse_printed("p < .001", Domain.PROBABILITY).box
    Box(lo=0.0, hi=0.001)
    >>> parse_printed("NR") is None
    True
    """
    stripped = text.strip()
    if len(stripped) > _LONGEST:
        raise PrintedNumberError(stripped, "is too long for a printed number")
    plain = _PLAIN.fullmatch(stripped)
    if plain is not None:
        sign, whole, fraction = plain.groups()
        if whole or fraction:
            return _build(stripped, "", sign, whole, fraction, 0, domain)
    if is_missing(stripped):
        return None
    general = _GENERAL.fullmatch(stripped.translate(_TO_ASCII))
    if general is None or (general["percent"] and domain not in {Domain.PERCENT, Domain.REAL}):
        raise PrintedNumberError(stripped, "cannot be read as a number")
    whole, fraction = _split(stripped, general["body"].strip(), domain)
    return _build(
        stripped, general["operator"], general["sign"], whole, fraction, int(general["exponent"] or 0), domain
    )


def _split(text: str, body: str, domain: Domain) -> tuple[str, str]:
    """Return the digits before and after the decimal mark, thousands marks removed."""
    mark = max(body.rfind("."), body.rfind(","))
    both = "." in body and "," in body
    if _GROUPED.fullmatch(body) and (domain is Domain.COUNT or " " in body or body.count(",") > 1):
        return re.sub("[ ,.]", "", body), ""
    if both and _GROUPED.fullmatch(body[:mark]):
        body = re.sub("[ ,.]", "", body[:mark]) + "." + body[mark + 1 :]
    elif not both and body.count(",") == 1:
        body = body.replace(",", ".")
    digits = _DIGITS.fullmatch(body)
    if digits is None or body == ".":
        raise PrintedNumberError(text, "cannot be read as a number")
    return digits[1], digits[2]


def _build(text: str, operator: str, sign: str, whole: str, fraction: str, power: int, domain: Domain) -> Printed:
    mantissa = int(whole + fraction)
    if sign == "-":
        mantissa = -mantissa
    decimals = len(fraction) - power
    try:
        if decimals >= 0:
            value, lo, hi = _ends(mantissa, 10**decimals)
        else:
            scale = 10**-decimals
            value, lo, hi = float(mantissa * scale), (10 * mantissa - 5) * scale / 10, (10 * mantissa + 5) * scale / 10
    except OverflowError:
        raise PrintedNumberError(text, "is too large for a number") from None
    least, most = domain.least, domain.most
    if domain is Domain.COUNT:
        if value != int(value) or decimals > 0 or operator:
            raise ImpossibleNumberError(text, f"is no {domain.words}")
        lo = hi = value
    elif operator == "<":
        lo, hi = least, value
    elif operator == ">":
        lo, hi = value, most
    # A value outside its domain is impossible even when its box reaches in: "-0.00" is a zero, "-0.01" is no ratio.
    if (value < 0 and least >= 0) or value > most or hi < least or lo > most:
        raise ImpossibleNumberError(text, f"is no {domain.words}")
    return Printed(text, value, decimals, operator, max(least, lo), min(most, hi))


def _ends(mantissa: int, scale: int) -> tuple[float, float, float]:
    return mantissa / scale, (10 * mantissa - 5) / (10 * scale), (10 * mantissa + 5) / (10 * scale)
