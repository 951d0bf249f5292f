"""Statistical analyses of an outcome measure: effect reports, with the digits and signs of the record.

The model keeps one effect report per analysis and source. Two entries of the record for the same arms are one report
where they complete each other (a log-rank p, a Cox estimate); where both say the same sort of thing, the second is an
analysis of its own and the curator decides its role.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from her2kg.intake import ctgov_outcomes
from her2kg.intake.ctgov_terms import FRAMEWORKS, measure, sides
from her2kg.intake.printed import number, p_value

if TYPE_CHECKING:
    from her2kg.intake.ctgov_outcomes import Outcome, Pair
    from her2kg.intake.ctgov_record import Arm
    from her2kg.intake.drafting import Block
    from her2kg.intake.leaves import Cursor

_ESTIMATE, _P = "estimate", "p"


class _Entry:
    """An analysis with its report, and what the report holds so far."""

    def __init__(self, analysis: Block, report: Block, holds: set[str], framework: str) -> None:
        self.analysis = analysis
        self.report = report
        self.holds = holds
        self.framework = framework


def effects(outcome: Outcome) -> dict[Pair, Block | None]:
    """Describe the analyses of a measure; return the first analysis of each pair of arms."""
    entries: dict[Pair, list[_Entry]] = {}
    for position, analysis in enumerate(outcome.measure.items("analyses"), 1):
        pair = _pair(outcome, analysis)
        if pair is None:
            continue
        holds = (
            {_ESTIMATE}
            if analysis.text("paramValue") or analysis.text("ciLowerLimit") or analysis.text("ciUpperLimit")
            else set()
        )
        holds |= {_P} if analysis.text("pValue") else set()
        framework = analysis.text("nonInferiorityType")
        known = entries.setdefault(pair, [])
        entry = next((one for one in known if holds and not one.holds & holds and one.framework == framework), None)
        if entry is None:
            block = outcome.analysis(pair, role=None if not known else "")
            _framework(outcome, block, analysis, pair)
            locator = f"{outcome.locator}, analysis {position}"
            entry = _Entry(block, _report(outcome, block, locator), set(), framework)
            known.append(entry)
        entry.holds |= holds
        _fill(outcome, entry.report, analysis, pair)
        for leaf in analysis.items("groupIds"):
            leaf.use(f"{entry.analysis.subject} her2:experimentalArm, her2:controlArm")
        target = "her2:framework" if entry.analysis.has("her2:framework") else "# TODO"
        analysis.use(f"{entry.analysis.subject} {target}", "nonInferiorityType")
    for known in entries.values():
        for entry in known:
            _finish(entry.report)
    return {pair: known[0].analysis for pair, known in entries.items()}


def none_reported(outcome: Outcome, analysis: Block) -> None:
    """Describe that the record gives no effect of a comparison."""
    _framework_missing(outcome, analysis)
    _report(outcome, analysis, outcome.locator).put("her2:estimateStatus", "her2:NotReported")


def _pair(outcome: Outcome, analysis: Cursor) -> Pair | None:
    arms: list[Arm] = []
    for leaf in analysis.items("groupIds"):
        arm = outcome.groups.get(leaf.text())
        if arm is None:
            _skip(analysis, "one of its groups is no arm")
            return None
        if arm not in arms:
            arms.append(arm)
    if len(arms) not in {1, 2}:
        _skip(analysis, f"compares {len(arms)} groups, and an analysis of the model compares two")
        return None
    if len(arms) == 2 and (arms[0].role, arms[1].role) in {("her2:Control", "her2:Experimental"), ("her2:Control", "")}:
        arms.reverse()
    return ctgov_outcomes.Pair(*arms)


def _skip(analysis: Cursor, why: str) -> None:
    for name in (
        "paramType",
        "paramValue",
        "pValue",
        "ciPctValue",
        "ciLowerLimit",
        "ciUpperLimit",
        "statisticalMethod",
        "nonInferiorityType",
    ):
        analysis.skip(why, name)
    for leaf in analysis.items("groupIds"):
        leaf.skip(why)


def _report(outcome: Outcome, analysis: Block, locator: str) -> Block:
    record = outcome.record
    block = record.sheet.block(
        record.names.new(analysis.subject.removeprefix("kg:"), record.source_name), "her2:EffectReport"
    )
    return block.put("her2:ofAnalysis", analysis.subject).put("her2:source", record.source).say("her2:locator", locator)


def _framework(outcome: Outcome, block: Block, analysis: Cursor, pair: Pair) -> None:
    if pair.control is None:
        return
    value = analysis.text("nonInferiorityType")
    found = FRAMEWORKS.get(value, "")
    block.put("her2:framework", found)
    if found == "her2:NonInferiority":
        if not analysis.text("nonInferiorityComment") and outcome.record.vocabulary.has("her2:marginStatus"):
            block.put("her2:marginStatus", "her2:NotStated")
        block.todo("her2:margin: take it from the record's comment on non-inferiority, or from the protocol")
    elif not found:
        block.todo(
            f"her2:framework: the record says {value or 'nothing'}: her2:Superiority, her2:NonInferiority or "
            f"her2:Estimation"
        )
    _alpha(outcome, block)


def _framework_missing(outcome: Outcome, block: Block) -> None:
    if outcome.role in {"her2:Primary", "her2:CoPrimary"}:
        block.todo("her2:framework: the record has no test: her2:Superiority, her2:NonInferiority or her2:Estimation")
        _alpha(outcome, block)


def _alpha(outcome: Outcome, block: Block) -> None:
    if outcome.role in {"her2:Primary", "her2:CoPrimary"}:
        block.put("her2:alphaBasis", "her2:Assumed")
        block.todo(
            "her2:alpha: if a source states it, give it with her2:alphaSides, her2:alphaSource, her2:alphaLocator "
            "and her2:alphaBasis her2:Stated"
        )


def _fill(outcome: Outcome, report: Block, analysis: Cursor, pair: Pair) -> None:
    node, kind = report.subject, analysis.text("paramType").strip()
    value = number(analysis.text("paramValue"))
    if value is not None:
        found = measure(kind, outcome.record.vocabulary)
        report.put("her2:measure", found)
        analysis.use(f"{node} her2:measure" if found else f"{node} # TODO", "paramType")
        if not found:
            report.todo(
                f'her2:measure: the ontology has no measure called "{kind}": give one that says the same, or take '
                f"the estimate away"
            )
        report.number("her2:value", value)
        analysis.use(f"{node} her2:value", "paramValue")
        if found and pair.control is not None:
            report.todo(
                "her2:value: check that it sets the experimental arm against the control, not the other way round"
            )
        if found and Decimal(value.text) <= 0:
            report.todo("her2:value: a ratio that is not above zero: re-read the record")
    elif analysis.text("paramValue"):
        report.say("skos:note", f'estimate "{analysis.use(f"{node} skos:note", "paramValue")}" in the record')
        analysis.use(f"{node} skos:note", "paramType")
    ctgov_outcomes.limits(analysis, "ciLowerLimit", "ciUpperLimit", report)
    _level(report, analysis)
    _p_value(report, analysis)
    method = analysis.use(f"{node} skos:note", "statisticalMethod").strip()
    notes = [f"method: {method}" if method else ""]
    width = analysis.use(f"{node} skos:note", "dispersionValue")
    if width:
        spread = analysis.use(f"{node} skos:note", "dispersionType").replace("_", " ").lower()
        notes.append(f"{spread or 'dispersion'} {width}")
    report.say("skos:note", *notes)


def _level(report: Block, analysis: Cursor) -> None:
    node, text = report.subject, analysis.text("ciPctValue")
    if not report.has("her2:lower") and not report.has("her2:upper"):
        analysis.skip("a level without limits", "ciPctValue")
        analysis.skip("sides of an interval without limits", "ciNumSides")
        return
    if report.has("her2:confidenceLevel") or report.has("her2:levelStatus"):
        return
    level = number(text.replace("%", ""))
    if level is not None and 50 <= Decimal(level.text) < 100:
        report.put("her2:confidenceLevel", level.text)
        analysis.use(f"{node} her2:confidenceLevel", "ciPctValue")
    else:
        report.put("her2:levelStatus", "her2:NotStated")
        if text:
            report.say("skos:note", f'level "{analysis.use(f"{node} skos:note", "ciPctValue")}" in the record')
    if analysis.text("ciNumSides") == "ONE_SIDED":
        report.say("skos:note", "one-sided confidence limit")
        analysis.use(f"{node} skos:note", "ciNumSides")
    else:
        analysis.use(f"{node} her2:confidenceLevel, of two sides", "ciNumSides")


def _p_value(report: Block, analysis: Cursor) -> None:
    text = analysis.text("pValue")
    if not text:
        return
    node, found = report.subject, p_value(text)
    if found is None:
        report.say("skos:note", f'p "{analysis.use(f"{node} skos:note", "pValue").strip()}" in the record')
        report.todo("her2:p: the record's p value is no single number: read it")
        return
    operator, value = found
    report.number("her2:p", value).say("her2:pOperator", operator)
    analysis.use(f"{node} her2:p, her2:pOperator", "pValue")
    texts = {name: analysis.text(name) for name in ("pValueComment", "statisticalComment", "statisticalMethod")}
    stated = sides(text, *texts.values())
    report.put("her2:pSides", stated)
    if stated != "her2:NotStated":
        for name, said in texts.items():
            if sides(said) == stated:
                analysis.use(f"{node} her2:pSides", name)


def _finish(report: Block) -> None:
    """Say that there is no estimate where there is none."""
    if not report.has("her2:value") and not report.has("her2:measure"):
        report.put("her2:estimateStatus", "her2:NotReported")
