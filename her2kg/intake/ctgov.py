"""ClinicalTrials.gov: from an API v2 study record to a draft.

The draft holds what the record says, number by number, with the record as its one source. What takes judgement stays
open: line of therapy, HER2 selection, whether the trial was confirmatory, timing, kinds of populations. The same file
and the same graph give the same draft, byte for byte.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from her2kg.intake import ctgov_flow, ctgov_outcomes, ctgov_protocol
from her2kg.intake.ctgov_json import read_record
from her2kg.intake.ctgov_record import Answers, Record
from her2kg.intake.ctgov_schema import why
from her2kg.intake.drafting import Draft, Sheet
from her2kg.intake.errors import IntakeError
from her2kg.intake.leaves import Account, Cursor
from her2kg.intake.naming import Names
from her2kg.intake.reading import shown
from her2kg.intake.vocabulary import Vocabulary, load_vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

_EVENTS = ("all", "serious", "totals")


def import_ctgov(path: str, answers: Answers | None = None, vocabulary: Vocabulary | None = None) -> Draft:
    """Return the draft of a ClinicalTrials.gov record.

    Parameters
    ----------
    vocabulary : what the graph knows; by default the shipped graph

    Raises
    ------
    IntakeError : the file is no such record; names file and place
    """
    value = read_record(path)
    vocabulary = vocabulary or load_vocabulary()
    account = Account(value)
    names = Names(vocabulary.subjects)
    sheet = Sheet(
        f"Draft from {shown(os.path.basename(path))}, made by her2kg import ctgov. Nothing here is checked by a "
        f"person yet.",
        "Each TODO is a decision the record does not make. Then: her2kg validate FILE, her2kg add FILE.",
    )
    record = Record(Cursor(value, "", account), vocabulary, answers or Answers(), names, sheet)
    ctgov_protocol.begin(record)
    study = ctgov_protocol.study(record)
    steps: tuple[Callable[[Record], None], ...] = (
        *(ctgov_protocol.arms, ctgov_protocol.status, ctgov_flow.flow, ctgov_flow.baseline),
        *(ctgov_outcomes.outcomes, ctgov_flow.events),
    )
    for step in steps:
        step(record)
    ctgov_flow.sizes(record, study)
    return Draft(sheet.render(), account.table(why), sheet.todos(), record.name)


def make_answers(
    vocabulary: Vocabulary,
    *,
    line: str = "",
    selection: str = "",
    setting: str = "",
    timing: str = "",
    confirmatory: bool | None = None,
    events: str = "all",
) -> Answers:
    """Return the answers a user gave in words.

    Parameters
    ----------
    line, selection, setting, timing : labels, aliases or CURIEs of terms ("second line", "her2:Final")

    Raises
    ------
    IntakeError : there is no such term; the message lists those there are
    """
    if events not in _EVENTS:
        raise IntakeError(f"{events[:40]!r} is no choice of adverse events: {', '.join(_EVENTS)}")
    given = {"LineOfTherapy": line, "SelectionRule": selection, "Setting": setting, "Timing": timing}
    found = {}
    for kind, text in given.items():
        term = vocabulary.term(kind, text, text.partition(":")[2], f"{text} line") if text.strip() else ""
        if text.strip() and not term:
            known = sorted({vocabulary.label(short) for short in vocabulary.names(kind).values()})
            raise IntakeError(f"{shown(text)[:60]!r} is none of these: {', '.join(known)}")
        found[kind] = term
    return Answers(
        found["LineOfTherapy"], confirmatory, found["SelectionRule"], found["Setting"], found["Timing"], events
    )
