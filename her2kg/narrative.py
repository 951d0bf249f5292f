"""Two chapters told from the graph alone: resistance (sections 5 and 6 of the review) and detection (section 7).

Every sentence is put together from fields of the graph (`her2kg.telling`), so that what a page says can be asked for
and checked. A chapter is a list of blocks, rendered as Markdown or as text. ``her2kg show resistance`` and ``her2kg
show detection`` print them; docs/resistance.md and docs/detection.md hold them.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from her2kg.errors import UnknownNameError
from her2kg.tables import Column, Table
from her2kg.telling import Block, Chapter, Record, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from her2kg.knowledge import KnowledgeGraph

_SIGNS = {"her2:Positive": "+", "her2:Negative": "-"}
_TISSUE = "section 2"
_DETECTION = (
    (_TISSUE, "Tests on tissue (section 2)"),
    ("section 7.1", "Circulating tumour cells (section 7.1)"),
    ("section 7.2", "Circulating tumour DNA (section 7.2)"),
    ("section 7.3", "HER2 extracellular domain in serum (section 7.3)"),
    ("section 7.4", "89Zr-trastuzumab PET (section 7.4)"),
)


def _steps(chapter: Chapter, mechanism: Record) -> str:
    """Return the steps of a mechanism as one line with signs."""
    steps = [chapter.records["PathwayStep"][s.id] for s in mechanism.things("hasStep")]
    grouped: dict[tuple[str, str, str], list[str]] = {}
    for step in sorted(steps, key=lambda s: (float(s.text("stepOrder")), s.text("subject"), s.text("object"))):
        sign = next((_SIGNS.get(p.id, "?") for p in step.things("polarity")), "?")
        grouped.setdefault((step.text("stepOrder"), step.text("subject"), sign), []).append(step.text("object"))
    return "; ".join(f"({order}) {what} -({sign})-> {', '.join(on)}" for (order, what, sign), on in grouped.items())


def _mechanism(chapter: Chapter, mechanism: Record) -> None:
    records = chapter.records
    chapter.add("heading", 3, mechanism.thing.label)
    causes = [records["Alteration"][c.id] for c in mechanism.things("causedBy") if c.id in records["Alteration"]]
    cause = "; ".join(
        c.thing.label + (f" ({c.text('alterationOf')}: {c.text('alterationType')})" if c.text("alterationOf") else "")
        for c in causes
    )
    kinds = " and ".join(k.label for k in mechanism.things("resistanceKind"))
    note = mechanism.text("note")
    chapter.add(
        "paragraph",
        0,
        f"{kinds[:1].upper()}{kinds[1:]} to {mechanism.text('resistanceTo')}. Cause: {cause}."
        + (f" Pathway: {mechanism.text('involvesPathway')}." if mechanism.text("involvesPathway") else "")
        + (f" {note[:1].upper()}{note[1:]}." if note else "")
        + f"{chapter.place(mechanism)}",
    )
    chapter.add("paragraph", 0, f"Steps: {_steps(chapter, mechanism)}.")
    counted = mechanism.ids("causedBy") | {a.id for c in causes for a in c.things("includesAlteration")}
    for measurement in chapter.of("Measurement"):
        if "her2:Prevalence" in measurement.ids("measurementKind") and counted & measurement.ids("measures"):
            chapter.add(
                "item",
                0,
                f"how often: {chapter.measured(measurement, 'among ')}",
            )
    for record in chapter.ranked(records["Proposition"][p.id] for p in mechanism.things("restsOn")):
        if not any(s.id in records["Strategy"] for name in ("subject", "object") for s in record.things(name)):
            chapter.proposition(record, 0)
    ways = mechanism.things("overcomeBy")
    chapter.add("paragraph", 0, "Ways to overcome it:" if ways else "No way to overcome it is named.")
    for way in ways:
        chapter.strategy(records["Strategy"][way.id], 0)


def _contradictions(chapter: Chapter, propositions: Iterable[str]) -> None:
    """Add what is contradicted, and where the review differs from itself."""
    wanted = set(propositions)
    items = chapter.of("EvidenceItem")
    against = {
        p
        for i in items
        if i.ids("direction") & {"her2:Refutes", "her2:NoDifferenceFound"}
        for p in i.ids("forProposition")
    }
    chapter.add("heading", 2, "What contradicts what")
    for proposition in chapter.of("Proposition"):
        if proposition.thing.id in wanted & against:
            chapter.proposition(proposition, 0)
    ours = {i.thing.id for i in items if i.ids("forProposition") & wanted} | {
        m for i in items for m in i.ids("hasMeasurement") if i.ids("forProposition") & wanted
    }
    for disagreement in chapter.of("Disagreement"):
        if disagreement.ids("involves") & ours:
            note = disagreement.text("note")
            sides = f"{disagreement.text('reviewSays')}, but {disagreement.text('otherSays')}"
            chapter.add("item", 0, f"{disagreement.thing.label}: {sides}{f' ({note})' if note else ''}.")


def _resistance(chapter: Chapter) -> None:
    chapter.add("heading", 1, "Resistance to anti-HER2 therapy in gastric cancer")
    chapter.add(
        "paragraph",
        0,
        "Generated from the graph; it retells sections 5 and 6 of the review. In the steps, -(+)-> means that one "
        "thing brings about or strengthens another, -(-)-> that it hinders it, -(?)-> that the source gives no sign. "
        "Each item of evidence says which way it points, in what it was found, and where it stands; what comes from "
        "another disease than gastric cancer names it in capitals.",
    )
    told: set[str] = set()
    for kind, title in (
        ("her2:PrimaryResistance", "Primary resistance (section 5)"),
        ("her2:AcquiredResistance", "Acquired resistance (section 6)"),
    ):
        chapter.add("heading", 2, title)
        mechanisms = [m for m in chapter.of("ResistanceMechanism") if kind in m.ids("resistanceKind")]
        for mechanism in sorted(mechanisms, key=lambda m: (_section(m), m.thing.id)):
            if mechanism.thing.id in told:
                chapter.add("heading", 3, mechanism.thing.label)
                chapter.add("paragraph", 0, "Told under primary resistance.")
                continue
            told.add(mechanism.thing.id)
            _mechanism(chapter, mechanism)
    _contradictions(chapter, {p for m in chapter.of("ResistanceMechanism") for p in m.ids("restsOn")})


def _section(mechanism: Record) -> str:
    """Return the place of a mechanism in the order of the review; a figure's caption comes after the text."""
    return mechanism.text("locator").replace("section", "a")


def _detection(chapter: Chapter) -> None:
    chapter.add("heading", 1, "Detection of HER2 in gastric cancer")
    chapter.add(
        "paragraph",
        0,
        "Generated from the graph; it retells section 7 of the review, and what section 2 says of tests on tissue.",
    )
    assays, items = chapter.records["Assay"], chapter.of("EvidenceItem")
    told: set[str] = set()
    described: set[str] = set()
    for locator, title in _DETECTION:
        chapter.add("heading", 2, title)
        here = [i for i in items if i.text("locator") == locator]
        propositions = [
            p for p in chapter.of("Proposition") if any(p.thing.id in i.ids("forProposition") for i in here)
        ]
        ofs = {
            p.thing.id: p.ids("subject")
            | p.ids("object")
            | {a for i in here if p.thing.id in i.ids("forProposition") for a in i.ids("byAssay")}
            for p in propositions
        }
        if locator == _TISSUE:
            topics = {
                *(short for short, topic in chapter.records["Topic"].items() if topic.all("byAssay")),
                *chapter.records["ScoreCategory"],
                *assays,
            }
            propositions = [p for p in propositions if ofs[p.thing.id] & topics]
        for short in sorted({a for p in propositions for a in ofs[p.thing.id]} & set(assays) - described):
            _assay(chapter, assays[short])
            described.add(short)
        if locator == _TISSUE:
            _categories(chapter)
        for proposition in chapter.ranked(propositions):
            if proposition.thing.id not in told:
                chapter.proposition(proposition, 0)
                told.add(proposition.thing.id)
        cited = {
            m
            for i in items
            if i.ids("forProposition") & {p.thing.id for p in propositions}
            for m in i.ids("hasMeasurement")
        }
        for measurement in chapter.of("Measurement"):
            if (
                measurement.text("locator") == locator
                and measurement.thing.id not in cited
                and measurement.ids("byAssay") & set(assays)
            ):
                chapter.add(
                    "item",
                    0,
                    f"number: {chapter.measured(measurement)}",
                )
    _contradictions(chapter, told)


def _assay(chapter: Chapter, assay: Record) -> None:
    parts = [
        f"measures {assay.text('analyte')}" if assay.text("analyte") else "",
        f"on {assay.text('specimen')}" if assay.text("specimen") else "",
    ]
    note = assay.text("note")
    chapter.add(
        "paragraph",
        0,
        f"Test: {assay.thing.label}, {' '.join(p for p in parts if p)}{f'; {note}' if note else ''}"
        f"{chapter.place(assay)}.",
    )


def _categories(chapter: Chapter) -> None:
    for category in chapter.of("ScoreCategory"):
        meaning = category.text("resultMeaning") or "no reading given"
        parts = category.text("includes")
        chapter.add("item", 0, f"{category.thing.label}: {meaning}{f', taking in {parts}' if parts else ''}.")


_CHAPTERS: dict[str, Callable[[Chapter], None]] = {"resistance": _resistance, "detection": _detection}
CHAPTERS = tuple(_CHAPTERS)


def chapter_blocks(kg: KnowledgeGraph, name: str) -> list[Block]:
    """Return a chapter, one of `CHAPTERS`, as blocks.

    Raises
    ------
    UnknownNameError : there is no such chapter, or the graph holds nothing of it
    """
    if name not in _CHAPTERS:
        raise UnknownNameError(f"no chapter named {name[:60]!r}; there are {', '.join(CHAPTERS)}")
    chapter = Chapter(read(kg))
    _CHAPTERS[name](chapter)
    if all(block.kind != "item" for block in chapter.blocks):
        raise UnknownNameError(f"this graph holds nothing of the chapter {name!r}")
    chapter.bibliography()
    return chapter.blocks


def narrative(kg: KnowledgeGraph, name: str, form: str = "md") -> str:
    """Return a chapter in one of `her2kg.tables.FORMATS`; the machine formats give its blocks.

    Raises
    ------
    UnknownNameError : there is no such chapter
    """
    blocks = chapter_blocks(kg, name)
    if form not in {"md", "text"}:
        return Table(tuple(Column(n, n) for n in Block._fields), tuple(blocks)).render(form)
    lines: list[str] = []
    for block in blocks:
        if block.kind != "item" or (lines and lines[-1] and not lines[-1].lstrip().startswith("- ") and form == "md"):
            lines += [""] if lines else []
        lines += _markdown(block) if form == "md" else _text(block)
    return "\n".join(lines) + ("\n" if form == "md" else "")


def _markdown(block: Block) -> list[str]:
    text = block.text.replace("<", "&lt;").replace("*", "\\*")
    if block.kind == "heading":
        return [f"{'#' * block.level} {text}"]
    return [f"{'  ' * block.level}- {text}" if block.kind == "item" else text]


def _text(block: Block) -> list[str]:
    if block.kind == "heading":
        rule = {1: "=", 2: "-"}.get(block.level)
        return [block.text, *([rule * len(block.text)] if rule else [])]
    first = "  " * block.level + "- " if block.kind == "item" else ""
    return textwrap.wrap(
        block.text, 110, initial_indent=first, subsequent_indent=" " * len(first), break_on_hyphens=False
    )
