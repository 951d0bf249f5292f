"""Words of a question and names of things, brought to one form.

Two forms. A *name* is compared without case, blanks and hyphens ("T-DM1", "tdm1"). A *question* is cut into tokens,
each reduced to a stem, so that "agents", "agent" and "tested", "testing" meet; the same crude stemmer treats both
sides, so its errors cancel.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(r"[^\W_]+\+?")
_APART = re.compile(r"[^\w+/]+")
_POSSESSIVE = re.compile(r"['\u2019]s\b")
_SHORTEST = 4


def name_key(text: str) -> str:
    """Return the form under which a name is looked up.

    "+" and "/" are kept: IHC 3 is not IHC 3+, nor is phase I/II phase III.

    >>> name_key("T-DM1"), name_key("IHC 3+"), name_key("Phase I_II")
    ('tdm1', 'ihc3+', 'phasei/ii')
    """
    return _APART.sub("", text.casefold()).replace("_", "/")


def tokens(text: str) -> list[str]:
    """Return the stemmed tokens of a text.

    >>> tokens("Which agents failed phase III in 2nd-line?")
    ['which', 'agent', 'fail', 'phas', 'iii', 'in', '2nd', 'lin']
    """
    return [stem(token) for token in _TOKEN.findall(_POSSESSIVE.sub("", text.casefold()))]


def stem(word: str) -> str:
    """Return a word without its commonest English endings."""
    if len(word) < _SHORTEST or not word.isalpha():
        return word
    if word.endswith(("ies", "ied")):
        return word[:-3] + "y"
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST - 1:
            word = word[: -len(ending)]
            if word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    else:
        if word.endswith("s") and not word.endswith(("ss", "us", "is")):
            word = word[:-1]
    return word[:-1] if word.endswith("e") and len(word) >= _SHORTEST else word
