"""Plain English to a named query, by a small grammar that can be looked at.

A question is cut into known phrases (see `her2kg.lexicon`). A query is a candidate if every phrase is either a value
of one of its parameters or a word of its own example questions; among the candidates the one whose examples are most
alike is taken. A word that nobody knows, or a phrase that no candidate can explain, means that the question was not
understood: then nothing is answered.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from her2kg.dates import take_dates
from her2kg.errors import Her2kgError
from her2kg.lexicon import bind, parse, released, turned

if TYPE_CHECKING:
    from collections.abc import Mapping


class NotUnderstoodError(Her2kgError):
    """A question that was not understood; says which words, and carries the nearest questions."""

    def __init__(self, question: str, words: tuple[str, ...], nearest: tuple[str, ...]) -> None:
        what = f"not understood: {', '.join(words)}" if words else "no question of the catalogue fits"
        super().__init__(f"{question!r}: {what}")
        self.question = question
        self.words = words
        self.nearest = nearest

    def to_dict(self) -> dict[str, Any]:
        """Return the refusal as plain values: an answer without rows, which says what was not understood."""
        return {
            "question": self.question,
            "not_understood": list(self.words),
            "nearest": list(self.nearest),
            "answer": [],
            "rows": [],
        }


class Understanding(NamedTuple):
    """What a question was taken to mean: a query, its parameters (CURIEs), and the date in it, if any."""

    query: str
    parameters: dict[str, str]
    as_of: str | None
    words: tuple[str, ...]


def understand(question: str, lexicon: Mapping[str, Any]) -> Understanding:
    """Return what a question means.

    Raises
    ------
    NotUnderstoodError : a word nobody knows, or no query that explains every phrase
    """
    text, as_of, since = take_dates(turned(question, lexicon["turns"]))
    items, unknown = parse(text, lexicon)
    if not any(character.isalpha() for phrase, _, _ in items for character in phrase):  # nothing, or numbers alone
        raise NotUnderstoodError(question, (), _nearest(lexicon, set()))
    best: tuple[tuple[float, int], str, dict[str, str], set[str]] | None = None
    closest: tuple[int, list[str]] | None = None
    for name, entry in lexicon["queries"].items():
        bound, rest, unexplained = bind(items, entry["types"], entry["words"])
        if since is not None:
            if ["since", "date"] in [list(pair) for pair in entry["types"]]:
                bound["since"] = since
            else:
                unexplained = [*unexplained, f"since {since}"]
        if closest is None or len(unexplained) < closest[0]:
            closest = (len(unexplained), unexplained)
        missing = any(needed not in bound for needed in entry["required"])
        excluded = any(name in bound and any(o in bound for o in others) for name, others in entry["exclusive"].items())
        if unexplained or missing or excluded or not entry["examples"]:
            continue
        likeness = [_alike(rest, set(bound), example, lexicon["weights"]) for example in entry["examples"]]
        # Of two queries equally like the question, the one with more such examples: so a query claims bare names.
        score = (max(likeness), likeness.count(max(likeness)))
        if best is None or score > best[0]:
            best = (score, name, released(question, bound, entry["asked"]), rest)
    if best is None:
        words = [word for word in unknown if word not in lexicon["weights"]] or (closest[1] if closest else [])
        raise NotUnderstoodError(
            question, tuple(dict.fromkeys(words)), _nearest(lexicon, {w for _, _, ws in items for w in ws})
        )
    _, name, bound, rest = best
    return Understanding(name, bound, as_of, tuple(sorted(rest)))


def _alike(words: set[str], bound: set[str], example: list[list[str]], weights: Mapping[str, float]) -> float:
    """Return the weighted share of words and parameters that question and example have in common, between 0 and 1."""
    mine = {*words, *(f"?{name}" for name in bound)}
    theirs = {*example[0], *(f"?{name}" for name in example[1])}
    # fsum, because a plain sum over a set depends on the order in which this process happens to walk it.
    total = math.fsum(weights.get(item, 1.0) for item in mine | theirs)
    return math.fsum(weights.get(item, 1.0) for item in mine & theirs) / total if total else 0.0


def _nearest(lexicon: Mapping[str, Any], words: set[str], count: int = 3) -> tuple[str, ...]:
    """Return the example questions of the queries whose vocabulary shares most with the words."""
    weights = lexicon["weights"]
    ranked = sorted(
        (
            (sum(weights.get(w, 0.0) for w in words & set(entry["words"])), name)
            for name, entry in lexicon["queries"].items()
        ),
        key=lambda pair: (-pair[0], pair[1]),
    )
    return tuple(lexicon["queries"][name]["question"] for _, name in ranked[:count])
