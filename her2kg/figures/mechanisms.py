"""What the map of resistance shows: links of mechanisms, and their evidence by system and side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from her2kg.tables import Thing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from her2kg.tables import Table

QUERY = "mechanism-map"

SYSTEMS: tuple[tuple[str, tuple[str, ...], tuple[float, ...], float], ...] = (
    ("patients", ("her2:ClinicalTrialSystem", "her2:PatientCohort", "her2:CaseReportSystem"), (), 2.6),
    ("patient tissue", ("her2:PatientTissue",), (), 1.2),
    ("xenograft", ("her2:Xenograft",), (9, 4), 2.0),
    ("cell line", ("her2:CellLine",), (2, 2.5), 2.0),
    ("model not stated", ("her2:PreclinicalSystem",), (9, 3, 2, 3), 1.6),
    ("statement only", ("her2:ReviewStatement",), (1, 5), 1.2),
)
"""Name, evidence systems, dash and width of each style of line, strongest first."""


@dataclass(frozen=True, slots=True)
class Link:
    """One row of the map: a mechanism and something it is linked to.

    Parameters
    ----------
    sort : ``gene or factor``, ``pathway``, ``resistance to``, ``may be overcome by`` or ``evidence``
    system, direction, statement, items : of evidence: CURIE of the system, CURIE and words of the direction, CURIE of
        the statement it is for, how many items
    """

    mechanism: str
    kind: str
    sort: str
    thing: str
    system: str = ""
    direction: str = ""
    direction_words: str = ""
    statement: str = ""
    items: int = 0


@dataclass(frozen=True, slots=True)
class Strand:
    """The evidence of one system on one mechanism, on one side: for it, or not.

    Parameters
    ----------
    style : place in the list of styles
    said : direction in words, empty for what supports
    agents : agents that the evidence is about
    count : number of items
    """

    style: int
    said: str
    agents: tuple[str, ...]
    count: int

    @property
    def label(self) -> str:
        """What stands before the line."""
        name = SYSTEMS[self.style][0]
        return f"{name}, {self.said}: {self.count}" if self.said else f"{name}: {self.count}"


def links(table: Table) -> list[Link]:
    """Return the rows of the named query `QUERY`."""
    found = []
    for row in table:
        system, direction, items = row["system"], row["direction"], row["items"]
        found.append(
            Link(
                mechanism=str(row["mechanism"]),
                kind=str(row["kind"]),
                sort=str(row["link"]),
                thing=str(row["thing"]),
                system=system.id if isinstance(system, Thing) else "",
                direction=direction.id if isinstance(direction, Thing) else "",
                direction_words="" if direction is None else str(direction),
                statement=row["statement"].id if isinstance(row["statement"], Thing) else "",
                items=int(items) if isinstance(items, (int, float)) else 0,
            )
        )
    return found


def strands(rows: Sequence[Link], mechanism: str) -> list[Strand]:
    """Return the evidence on a mechanism as lines, strongest system first, support before the rest."""
    agents: dict[tuple[int, str], set[str]] = {}
    # A statement stands once for each agent it is about, and for each kind of resistance of its mechanism.
    items: dict[tuple[int, str], dict[tuple[str, str, str], int]] = {}
    for row in rows:
        if row.mechanism != mechanism or row.sort != "evidence":
            continue
        style = next((i for i, (_, systems, _, _) in enumerate(SYSTEMS) if row.system in systems), len(SYSTEMS) - 1)
        line = (style, "" if row.direction == "her2:Supports" else row.direction_words)
        agents.setdefault(line, set()).add(row.thing)
        items.setdefault(line, {})[row.statement, row.system, row.direction] = row.items
    return [
        Strand(style, said, tuple(sorted(agents[style, said])), sum(counts.values()))
        for (style, said), counts in sorted(items.items())
    ]
