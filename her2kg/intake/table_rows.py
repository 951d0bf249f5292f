"""A row of a filled-in template under import: its cells as texts, terms and numbers, and what was described so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from her2kg.intake.errors import IntakeError
from her2kg.intake.printed import Number, number
from her2kg.intake.reading import shown
from her2kg.intake.template import BY_NAME

if TYPE_CHECKING:
    from her2kg.intake.drafting import Block, Sheet
    from her2kg.intake.leaves import Account
    from her2kg.intake.naming import Names
    from her2kg.intake.sheets import Row
    from her2kg.intake.vocabulary import Vocabulary


@dataclass
class State:
    """What was described so far: keys as the table writes them, values as CURIEs."""

    path: str
    account: Account
    vocabulary: Vocabulary
    names: Names
    sheet: Sheet
    sources: dict[str, str] = field(default_factory=dict)
    studies: dict[str, str] = field(default_factory=dict)
    arms: dict[tuple[str, str], str] = field(default_factory=dict)
    populations: dict[tuple[str, str], str] = field(default_factory=dict)
    analyses: dict[str, str] = field(default_factory=dict)
    agents: dict[str, str] = field(default_factory=dict)


class Line:
    """A row with its place, and ways to read its cells."""

    def __init__(self, state: State, row: Row) -> None:
        self.state = state
        self.row = row

    def fail(self, column: str, said: str) -> IntakeError:
        """Return the error that a cell cannot be what it is."""
        return IntakeError(f"{shown(self.state.path)}, {shown(self.row.place)}, column {column}: {said}")

    def text(self, column: str, target: str = "") -> str:
        """Return a cell, and note where it goes."""
        found = self.row.cells.get(column, "")
        if found and target:
            self.state.account.used(f"{self.row.place}.{column}", target)
        return found

    def term(self, column: str, target: str) -> str:
        """Return the term that a cell names, empty for an empty cell."""
        text = self.text(column, target)
        if not text:
            return ""
        kind, vocabulary = BY_NAME[column].term, self.state.vocabulary
        short = text.partition(":")[2] if text.startswith("her2:") else text
        found = vocabulary.term(
            kind, short, f"{short} line" if column == "line" else "", f"{short} arm" if column == "arm_role" else ""
        )
        if not found:
            known = sorted({vocabulary.label(one) for one in vocabulary.names(kind).values()})
            raise self.fail(column, f"{shown(text)[:40]!r} is none of: {', '.join(known)[:300]}")
        return found

    def number(self, column: str, target: str, *, whole: bool = False) -> Number | None:
        """Return the number in a cell, None for an empty cell."""
        text = self.text(column, target)
        found = number(text)
        if text and (found is None or (whole and not found.whole)):
            raise self.fail(column, f"{shown(text)[:40]!r} is no {'whole ' if whole else ''}number")
        return found

    def source(self) -> str:
        """Return the source of the row."""
        text = self.text("source")
        found = self.state.sources.get(text.casefold()) or self.state.vocabulary.identified("pmid", text)
        found = found or self.state.vocabulary.identified("doi", text) or self.state.vocabulary.term("Source", text)
        if not found:
            raise self.fail(
                "source",
                f"no source {shown(text)[:60]!r} in this table or the graph: add a row for it, or her2kg import pubmed",
            )
        self.text("source", f"her2:source {found}")
        return found

    def cite(self, block: Block) -> Block:
        """Give a block source and locator of the row."""
        return block.put("her2:source", self.source()).say(
            "her2:locator", self.text("locator", f"{block.subject} her2:locator")
        )

    def notes(self, block: Block) -> None:
        """Give a block the note of the row, and what the reader of the table could not be sure of."""
        block.say("skos:note", self.text("note", f"{block.subject} skos:note"))
        for doubt in self.row.doubts:
            block.todo(doubt)


def study_of(line: Line) -> str:
    """Return the study that a row is about."""
    text = line.text("study")
    found = (
        line.state.studies.get(text)
        or line.state.vocabulary.identified("registryNumber", text)
        or line.state.vocabulary.term("Study", text)
    )
    if not found:
        raise line.fail("study", f"no study {shown(text)[:60]!r} in this table or the graph: add a row for it")
    line.text("study", f"her2:partOfStudy {found}")
    return found
