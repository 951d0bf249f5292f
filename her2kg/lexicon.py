"""The vocabulary of plain-English questions, compiled from the graph's labels and the queries' example questions.

A phrase of a question can be a *thing* (a label or alias of a node: "Kadcyla", "second line", "did not improve
survival") or a plain *word*. Words that mean the same are brought to one: the ontology's aliases of its classes
("drug", "agent") and the groups in queries/wording.yaml. What a query understands is what its example questions show:
the classes of things it takes as parameters, and the words around them. Everything here is plain dicts and lists, so
that the snapshot can hold it.
"""

from __future__ import annotations

import math
import os
import re
from typing import TYPE_CHECKING, Any

from her2kg.dates import take_dates
from her2kg.errors import HeaderError
from her2kg.words import tokens

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from her2kg.headers import NamedQuery

Item = tuple[str, list[tuple[str, str]], list[str]]
"""A phrase of a question: its text, the (class, CURIE) pairs it can mean, and its plain words."""


Wording = tuple[list[str], list[list[str]], list[tuple[str, str]]]
"""Words to ignore; groups of words that mean the same; turns of phrase and what stands for them."""


def read_wording(path: str) -> Wording:
    """Return what a wording file says.

    Raises
    ------
    HeaderError : the file is not the YAML it should be
    """
    import yaml

    with open(path, encoding="utf-8") as stream:
        content = yaml.safe_load(stream)
    try:
        ignore = [str(word) for word in content["ignore"]]
        same = [[str(word) for word in group] for group in content["same"]]
        turns = [(re.compile(pattern, re.IGNORECASE).pattern, str(instead)) for pattern, instead in content["turns"]]
    except (TypeError, KeyError, ValueError, re.error):
        raise HeaderError(f"{os.path.basename(path)}: expected 'ignore', 'same' and 'turns'") from None
    return ignore, same, turns


def turned(question: str, turns: Iterable[tuple[str, str]]) -> str:
    """Return a question with its turns of phrase in the words of the catalogue.

    >>> turned("How does it work?", [(r"how does (.+) work", r"mode of action of \\1")])
    'mode of action of it?'
    """
    for pattern, instead in turns:
        question = re.sub(pattern, instead, question, flags=re.IGNORECASE)
    return question


def compile_lexicon(
    names: Sequence[tuple[str, str, str]],
    class_words: Mapping[str, list[str]],
    wording: Wording,
    queries: Iterable[NamedQuery],
    elsewhere: Iterable[tuple[str, str, str]] = (),
) -> dict[str, Any]:
    """Compile the lexicon.

    Parameters
    ----------
    names : (name, class, CURIE) of everything that can be a parameter
    class_words : class label to the class's aliases
    wording : see `read_wording`
    elsewhere : names that the example questions use and the graph may not hold; examples are read with them, so that
        a trial's name in an example stands for any trial, and not for a word of the question
    """
    ignore, same, turns = wording
    stop = {token for word in ignore for token in tokens(word)}
    groups = [*([label, *aliases] for label, aliases in class_words.items()), *same]
    phrases: dict[str, list[str]] = {}
    for group in groups:
        for words_of in group:
            phrases[_key(words_of, stop)] = _key(group[0], stop).split()
    phrases.pop("", None)
    lexicon = _words_and_names(names, phrases, stop)
    teaching = _words_and_names([*names, *elsewhere], phrases, stop)
    lexicon["turns"] = turns
    unheld = set(teaching["things"]) - set(lexicon["things"])
    understood: dict[str, dict[str, Any]] = {}
    for query in queries:
        types = [(parameter.name, parameter.type) for parameter in query.parameters]
        examples = []
        words: set[str] = set()
        fit = []
        for question in query.questions:
            text, _, since = take_dates(turned(question, turns))
            found, _ = parse(text, teaching)
            bound, rest, _ = bind(found, types, None)
            if rest & unheld:  # asks of one thing of another graph, and nothing else
                continue
            if not unheld & {key for key, _, _ in found}:
                fit.append(question)
            if since is not None:
                bound["since"] = since
            examples.append([sorted(rest), sorted(bound)])
            words |= rest
        understood[query.name] = {
            "types": types,
            "asked": {parameter.name: list(parameter.asked_of) for parameter in query.parameters if parameter.asked_of},
            # A target or class beside the agent itself would only empty the answer.
            "exclusive": {
                parameter.name: list(parameter.unless)
                for parameter in query.parameters
                if parameter.unless and not parameter.asked_of
            },
            "required": [parameter.name for parameter in query.parameters if parameter.required],
            "words": sorted(words),
            "examples": examples,
            "question": (*fit, *query.questions)[0],
        }
    lexicon["queries"] = understood
    spread: dict[str, int] = {}
    for entry in understood.values():
        for word in entry["words"]:
            spread[word] = spread.get(word, 0) + 1
    count = max(len(understood), 1)
    lexicon["weights"] = {word: math.log(1 + count / n) for word, n in spread.items()}
    return lexicon


def _words_and_names(
    names: Iterable[tuple[str, str, str]], phrases: dict[str, list[str]], stop: set[str]
) -> dict[str, Any]:
    """Return what cutting a question into phrases needs."""
    things: dict[str, list[tuple[str, str]]] = {}
    for name, kind, curie in names:
        key = phrase(name, stop)
        if key is not None and (kind, curie) not in things.setdefault(key, []):
            things[key].append((kind, curie))
    longest = max((key.count(" ") + 1 for key in (*things, *phrases)), default=1)
    return {"things": things, "phrases": phrases, "ignore": sorted(stop), "longest": longest}


def phrase(name: str, stop: Collection[str]) -> str | None:
    """Return the phrase by which a question means a name, None where too little of it is left.

    "Trastuzumab for Gastric Cancer" is not what "trastuzumab" means: half of a name must be left.
    """
    key = _key(name, stop)
    return key if 2 * len(key.split()) >= len(tokens(name)) else None


def _key(words: str, stop: Collection[str]) -> str:
    """Return the stems of a phrase without the words that carry no meaning ("met its primary endpoint")."""
    return " ".join(token for token in tokens(words) if token not in stop)


_YES_OR_NO = ("did", "does", "do", "was", "were", "is", "are", "has", "have", "had", "can", "could")


def released(question: str, bound: dict[str, str], asked: Mapping[str, list[str]]) -> dict[str, str]:
    """Return the parameters without what a yes-or-no question asks.

    "Did lapatinib fail" wants lapatinib's verdict whatever it is, not the verdicts of lapatinib that are failures.
    """
    first = question.split(None, 1)[0].casefold() if question.strip() else ""
    if first not in _YES_OR_NO:
        return bound
    return {name: value for name, value in bound.items() if not any(other in bound for other in asked.get(name, ()))}


def parse(question: str, lexicon: Mapping[str, Any]) -> tuple[list[Item], list[str]]:
    """Cut a question into phrases, the longest known first; return them and the tokens nobody knows."""
    things, phrases, ignore = lexicon["things"], lexicon["phrases"], lexicon["ignore"]
    stems = [stem for stem in tokens(question) if stem not in ignore]
    items: list[Item] = []
    unknown: list[str] = []
    at = 0
    while at < len(stems):
        for size in range(min(lexicon["longest"], len(stems) - at), 0, -1):
            key = " ".join(stems[at : at + size])
            if key in things or key in phrases:
                items.append((key, things.get(key, []), phrases.get(key, stems[at : at + size])))
                at += size
                break
        else:
            items.append((stems[at], [], [stems[at]]))
            unknown.append(stems[at])
            at += 1
    return items, unknown


def bind(
    items: Iterable[Item], types: Iterable[tuple[str, str]], words: Iterable[str] | None
) -> tuple[dict[str, str], set[str], list[str]]:
    """Bind the things of a question to a query's parameters.

    Parameters
    ----------
    words : the query's vocabulary, or None while it is being learned

    Returns
    -------
    parameter to CURIE; the plain words; the phrases this query cannot explain
    """
    free = list(types)
    vocabulary = None if words is None else set(words)
    bound: dict[str, str] = {}
    rest: set[str] = set()
    unexplained: list[str] = []
    for key, meanings, plain in items:
        place = next(((p, curie) for p, kind in free for k, curie in meanings if k == kind), None)
        if place is not None:
            bound[place[0]] = place[1]
            free = [(p, kind) for p, kind in free if p != place[0]]
        elif vocabulary is None or (key in vocabulary if meanings else all(word in vocabulary for word in plain)):
            # A thing no parameter takes is a mere word only where an example says that very thing: else "phase II"
            # would be ignored wherever "phase" and "II" happen to be known.
            rest.update((key, *plain) if meanings else plain)
        elif any(curie in bound.values() for _, curie in meanings):
            continue  # the same thing said twice
        else:
            unexplained.append(key)
    return bound, rest, unexplained
