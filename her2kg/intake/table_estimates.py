"""Rows of estimates: analyses with their populations, effect reports, reports per arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from her2kg.intake.naming import local_name
from her2kg.intake.printed import p_value
from her2kg.intake.reading import shown
from her2kg.intake.table_rows import study_of

if TYPE_CHECKING:
    from her2kg.intake.drafting import Block
    from her2kg.intake.table_rows import Line


def _arm_of(line: Line, study: str, column: str) -> str:
    text = line.text(column)
    if not text:
        return ""
    node = line.state.arms.get((study, text.casefold())) or f"{study}-{local_name(text)}"
    if node not in line.state.arms.values() and not line.state.vocabulary.has(node):
        raise line.fail(column, f"the study has no arm {shown(text)[:40]!r}: add a row for it")
    line.text(column, node)
    return node


def estimate(line: Line) -> None:
    """Describe an estimate."""
    state, study = line.state, study_of(line)
    experimental, control = _arm_of(line, study, "experimental"), _arm_of(line, study, "control")
    analysis = _analysis(line, study, experimental, control)
    source = line.source().removeprefix("kg:")
    if control:
        node = state.names.new(analysis.removeprefix("kg:"), source)
        block = line.cite(state.sheet.block(node, "her2:EffectReport").put("her2:ofAnalysis", analysis))
        _effect(line, block)
        line.notes(block)
    for arm, column in ((experimental, "experimental_value"), (control, "control_value")):
        value = line.number(column, f"{analysis} her2:ArmReport") if arm else None
        if value is None:
            continue
        ending = arm.removeprefix(f"{study}-")
        block = state.sheet.block(state.names.new(analysis.removeprefix("kg:"), source, ending), "her2:ArmReport")
        line.cite(block.put("her2:ofAnalysis", analysis).put("her2:reportArm", arm))
        block.put("her2:statistic", line.term("statistic", f"{block.subject} her2:statistic")).number(
            "her2:value", value
        )
        block.put("her2:unit", line.term("unit", f"{block.subject} her2:unit"))
        if not control:
            line.notes(block)


def _analysis(line: Line, study: str, experimental: str, control: str) -> str:
    state = line.state
    endpoint = line.term("endpoint", "her2:endpoint")
    population, is_itt = _population(line, study)
    role, timing = line.term("analysis_role", "her2:analysisRole"), line.term("timing", "her2:timing")
    parts = [
        endpoint.partition(":")[2],
        "" if is_itt else population.removeprefix(f"{study}-"),
        "update" if timing == "her2:Update" else "",
    ]
    base = "-".join([study, *(part for part in parts if part)])
    key = f"{base} {experimental} {control}"
    if key in state.analyses:
        return state.analyses[key]
    if state.vocabulary.has(base):
        state.analyses[key] = base
        return base
    node = state.analyses[key] = state.names.new(base.removeprefix("kg:"))
    said = (
        f"{line.text('study')} {state.vocabulary.label(endpoint)}, "
        f"{line.text('population') or 'ITT'}{', update' if parts[2] else ''}"
    )
    block = state.sheet.block(node, "her2:Analysis").say("rdfs:label", state.names.label(said, "Analysis"))
    block.put("her2:partOfStudy", study).put("her2:experimentalArm", experimental).put("her2:controlArm", control).put(
        "her2:endpoint", endpoint
    )
    block.put("her2:population", population).put("her2:analysisRole", role).put("her2:timing", timing)
    framework = line.term("framework", f"{node} her2:framework") or ("" if control else "her2:Estimation")
    block.put("her2:framework", framework)
    margin = line.number("margin", f"{node} her2:margin")
    block.put("her2:margin", margin.text if margin else "")
    if role in {"her2:Primary", "her2:CoPrimary"}:
        block.put("her2:roleSource", line.source()).say("her2:roleLocator", line.text("locator"))
        alpha = line.number("alpha", f"{node} her2:alpha")
        if alpha:
            block.put("her2:alpha", alpha.text).put(
                "her2:alphaSides", line.term("alpha_sides", f"{node} her2:alphaSides") or "her2:NotStated"
            )
            block.put("her2:alphaBasis", "her2:Stated").put("her2:alphaSource", line.source()).say(
                "her2:alphaLocator", line.text("locator")
            )
        elif control:
            block.put("her2:alphaBasis", "her2:Assumed")
    return node


def _population(line: Line, study: str) -> tuple[str, bool]:
    """Return the population's CURIE, and whether it is the intention-to-treat one."""
    state = line.state
    text = line.text("population", "her2:population") or "ITT"
    kind = line.term("population_kind", "her2:populationKind")
    kind = (
        kind
        or state.vocabulary.term("PopulationKind", text)
        or ("her2:IntentionToTreat" if text.casefold() == "itt" else "")
    )
    is_itt = kind == "her2:IntentionToTreat"
    key = (study, "itt" if is_itt else text.casefold())
    if key in state.populations:
        return state.populations[key], is_itt
    base = f"{study}-{'ITT' if is_itt else local_name(text, 'population', 30)}"
    if state.vocabulary.has(base):
        state.populations[key] = base
        return base, is_itt
    node = state.populations[key] = state.names.new(base.removeprefix("kg:"))
    block = (
        state.sheet.block(node, "her2:Population")
        .say("rdfs:label", text[:120])
        .put("her2:partOfStudy", study)
        .put("her2:populationKind", kind)
    )
    if not kind:
        block.todo("her2:populationKind: how is it made up?")
    if kind == "her2:Subgroup":
        block.put("her2:prespecification", "her2:NotStated").todo("her2:subgroupOf: of which population?")
    return node, is_itt


def _effect(line: Line, block: Block) -> None:
    node = block.subject
    value = line.number("value", f"{node} her2:value")
    if value is None:
        block.put("her2:estimateStatus", "her2:NotReported")
    else:
        if not line.text("measure"):
            raise line.fail("measure", "empty, and there is a value: say of what")
        block.put("her2:measure", line.term("measure", f"{node} her2:measure")).number("her2:value", value)
    limits = [line.number(column, f"{node} her2:{column}") for column in ("lower", "upper")]
    for column, limit in zip(("lower", "upper"), limits, strict=True):
        if limit:
            block.number(f"her2:{column}", limit)
    level = line.number("level", f"{node} her2:confidenceLevel")
    if any(limits):
        block.put("her2:confidenceLevel", level.text if level else "").put(
            "her2:levelStatus", "" if level else "her2:NotStated"
        )
    printed = line.text("p", f"{node} her2:p")
    if printed:
        found = p_value(printed)
        if found is None:
            raise line.fail("p", f"{shown(printed)[:40]!r} is no p value: write 0.0046 or <0.001")
        block.number("her2:p", found[1]).say("her2:pOperator", found[0])
        block.put("her2:pSides", line.term("p_sides", f"{node} her2:pSides") or "her2:NotStated")
