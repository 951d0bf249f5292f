"""How wide text is, without drawing it.

Nobody knows which font a reader has: figures name Arial and its metric equals first, then DejaVu Sans.
`her2kg.figures.advances` therefore holds, for each character, the wider advance of Liberation Sans (metrics of Arial
and Helvetica) and DejaVu Sans, so that text is never drawn wider than it was measured in either. Kerning is left out:
in these fonts it nearly always tightens. Characters outside the table count as the widest sign in use, a full-width
emoji.

All lengths are in the unit of the font size: pixels of 1/96 inch in a scene.
"""

import re
import unicodedata

from her2kg.figures.advances import BOLD, REGULAR

ASCENT = 0.93
"""Height of a line above its baseline, in font sizes; room for accents on capitals."""
DESCENT = 0.24
"""Depth of a line below its baseline, in font sizes."""
LEADING = 1.3
"""Distance of the baselines of two lines, in font sizes."""

_WIDEST = 1400
_SPACES = re.compile(r"[^\S\u00a0]+")  # all but the space that holds words together
_NOT_XML = frozenset([*range(0x20), 0x7F, *range(0x80, 0xA0), 0xFFFE, 0xFFFF])


def printable(text: str) -> str:
    """Return a text on one line, without what no drawing can hold: control characters, halves of surrogate pairs.

    Examples
    --------
    >>> printable("two\\n  lines")
    'two lines'
    """
    joined = _SPACES.sub(" ", text).strip(" ")
    return "".join("\ufffd" if ord(c) in _NOT_XML or 0xD800 <= ord(c) <= 0xDFFF else c for c in joined)


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of a text on one line, an upper bound for the fonts named above.

    Examples
    --------
    >>> text_width("HR", 10) < text_width("HR", 10, bold=True)
    True
    """
    table = BOLD if bold else REGULAR
    return sum(table.get(c) or _other(c) for c in text) * size / 1000.0


def _other(char: str) -> int:
    return 0 if unicodedata.category(char) in {"Mn", "Me", "Cf"} else _WIDEST


def wrap(text: str, size: float, width: float, *, bold: bool = False) -> list[str]:
    """Return a text as lines no wider than `width`; a word that is wider by itself is broken, nothing is left out.

    Lines are filled one after the other; an empty text has none; U+00A0 holds words together. A single character wider
    than `width` stands on a line of its own.

    Examples
    --------
    >>> wrap("trastuzumab + paclitaxel v paclitaxel", 10, 90)
    ['trastuzumab +', 'paclitaxel v', 'paclitaxel']
    """
    lines: list[str] = []
    line = ""
    for word in filter(None, _SPACES.split(text)):
        longer = f"{line} {word}" if line else word
        if text_width(longer, size, bold=bold) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        *whole, line = _broken(word, size, width, bold)
        lines += whole
    return [*lines, line] if line else lines


def _broken(word: str, size: float, width: float, bold: bool) -> list[str]:
    """Return a word in pieces no wider than `width`, broken behind a hyphen or slash where there is one."""
    pieces: list[str] = []
    while text_width(word, size, bold=bold) > width and len(word) > 1:
        end = 1
        while end < len(word) and text_width(word[: end + 1], size, bold=bold) <= width:
            end += 1
        behind = max(word.rfind(mark, 1, end) for mark in "-/–") + 1
        end = behind or end
        pieces.append(word[:end])
        word = word[end:]
    return [*pieces, word]
