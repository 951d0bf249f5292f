"""What validation finds, whichever engine finds it."""

from __future__ import annotations

from typing import NamedTuple

SEVERITIES = ("Violation", "Warning", "Info")
"""Worst first. Only violations make data unfit."""


class Violation(NamedTuple):
    """One finding.

    Parameters
    ----------
    shape : CURIE of the shape
    severity : one of `SEVERITIES`
    focus : CURIE of the node at fault
    path : CURIE of the property, empty where the rule concerns the node or several properties
    value : the offending value, CURIE or text; empty if something is missing
    message : what is wrong and what to do
    file, line : where the node is described; empty and 0 where no file has it at the start of a line
    """

    shape: str
    severity: str
    focus: str
    path: str
    value: str
    message: str
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.file else ""
        about = " ".join(part for part in (self.focus, self.path, f"[{self.value}]" if self.value else "") if part)
        return f"{place}{self.severity}: {about}: {self.message} ({self.shape})"
