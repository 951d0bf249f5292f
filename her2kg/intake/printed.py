"""Numbers as a source prints them, and as the graph keeps them: once as a number, once with the digits of the source.

The digits are kept as they stand, trailing zeros included. Changed is only what the data's own rules ask for (".75"
becomes "0.75") or Turtle cannot say (thousands separators, powers of ten); every such change is told in
`Number.note`.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

_LONGEST = 40
_LARGEST_POWER = 30
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_PLAIN = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?")
_P = re.compile(r"(?:p(?:[ -]?values?)?\s*)?(<|>|=|&lt;|&gt;)?\s*([0-9.,][0-9.,eE+-]*)", re.IGNORECASE)
_MINUS = str.maketrans({"−": "-", "–": "-", "‑": "-"})


class Number(NamedTuple):
    """A number.

    Parameters
    ----------
    text : its digits, which are also valid Turtle
    note : how the source prints it, where that differs; else empty
    """

    text: str
    note: str = ""

    @property
    def whole(self) -> bool:
        """Whether it is written as a whole number."""
        return "." not in self.text


def number(raw: str) -> Number | None:
    """Return a printed number, or None for what is none ("NA", "not reached", "<0.1").

    >>> number("0.60"), number(".75").text, number("1,234").text, number("1.0E-4").text, number("NA")
    (Number(text='0.60', note=''), '0.75', '1234', '0.00010', None)
    """
    stripped = raw.strip()
    text = stripped.translate(_MINUS)
    if len(text) > _LONGEST:
        return None
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    parts = _PLAIN.fullmatch(text)
    if not parts or not (parts[2] or parts[3]) or not text.isascii():
        return None
    sign = "-" if parts[1] == "-" else ""
    if parts[4]:
        if abs(int(parts[4])) > _LARGEST_POWER:
            return None
        text = format(Decimal(text), "f")
    else:
        text = sign + (parts[2] or "0") + (f".{parts[3]}" if parts[3] else "")
    return Number(text, "" if text == stripped else f'printed "{stripped}"')


def p_value(raw: str) -> tuple[str, Number] | None:
    """Return operator ("=", "<" or ">") and number of a printed p value, or None where it is neither.

    >>> p_value("<0.001"), p_value("p = .04")
    (('<', Number(text='0.001', note='')), ('=', Number(text='0.04', note='printed ".04"')))
    >>> p_value("0.05 to 0.1"), p_value("1.7")
    (None, None)
    """
    parts = _P.fullmatch(raw.strip())
    found = number(parts[2]) if parts else None
    if parts is None or found is None or not 0 <= Decimal(found.text) <= 1:
        return None
    return {"&lt;": "<", "&gt;": ">", None: "="}.get(parts[1], parts[1]), found
