"""Turtle cut into tokens, comments included, so that a file can be written anew and nothing people wrote is lost.

Not a validator: what is cut here was read by the RDF parser before.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from her2kg.intake.errors import IntakeError

_TOKEN = re.compile(
    r"""
    (?P<blank>[ \t\r\n\f]+)
  | (?P<comment>\#[^\r\n]*)
  | (?P<string>\"{3}(?:\"{0,2}(?:[^\"\\]|\\.))*\"{3}|'{3}(?:'{0,2}(?:[^'\\]|\\.))*'{3}
              |\"(?:[^\"\\\r\n]|\\.)*\"|'(?:[^'\\\r\n]|\\.)*')
  | (?P<iri><[^<>\"{}|^`\x00-\x20]*>)
  | (?P<at>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
  | (?P<type>\^\^)
  | (?P<number>[+-]?(?:\d+\.\d*[eE][+-]?\d+|\.?\d+[eE][+-]?\d+|\d*\.\d+|\d+)(?![\w:%]))
  | (?P<bnode>_:[\w.-]*[\w-])
  | (?P<name>(?:[^\W\d_][\w.-]*)?:
            (?:(?:[\w:.-]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%])*
               (?:[\w:-]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%]))?)
  | (?P<word>[A-Za-z]+)
  | (?P<mark>[.;,\[\]()])
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A token.

    Parameters
    ----------
    kind : name of its group: comment, string, iri, at, type, number, bnode, name, word or mark
    line : counted from 1
    alone : for a comment, whether nothing but blanks stands before it in its line
    gap : whether an empty line stands before it
    """

    kind: str
    text: str
    line: int
    alone: bool
    gap: bool


def tokens(text: str, path: str) -> list[Token]:
    """Return the tokens of a Turtle text, comments included.

    Raises
    ------
    IntakeError : something that is no Turtle 1.1; names the line
    """
    found: list[Token] = []
    position, line, alone, gap = 0, 1, True, False
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise IntakeError(
                f"{path}, line {line}: {text[position : position + 20]!r} is outside Turtle 1.1, and cannot be "
                f"formatted"
            )
        kind, taken = match.lastgroup or "", match[0]
        position = match.end()
        breaks = taken.replace("\r\n", "\n").replace("\r", "\n").count("\n")
        if kind == "blank":
            alone = alone or breaks > 0
            gap = gap or breaks > 1 or (breaks > 0 and not found)
        else:
            found.append(Token(kind, taken, line, alone, gap))
            alone, gap = False, False
        line += breaks
    return found
