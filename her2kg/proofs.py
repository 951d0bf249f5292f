"""The proof of a verdict: ``her2kg why``.

From the verdict on an agent down to the printed number: rule and version, what it was given, what decided, what was
assumed, and where the number stands. The rows come from the named query ``verdict-proof``.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from her2kg.answers import collect_sources
from her2kg.errors import UnknownNameError
from her2kg.names import shortened
from her2kg.pages import Page, Section
from her2kg.sensitivity import sensitivity
from her2kg.tables import Cell, Table, Thing, number_text

if TYPE_CHECKING:
    from her2kg.knowledge import KnowledgeGraph

Row = dict[str, Cell]
VERSIONS = "SELECT ?rule ?version WHERE { ?rule a her2:Rule ; her2:ruleVersion ?version }"


def proof(kg: KnowledgeGraph, name: str, as_of: str | None, line: str | None, with_sensitivity: bool = False) -> Page:
    """Return the proof of every verdict on an agent or study.

    Raises
    ------
    UnknownNameError : no agent or study goes by this name
    """
    parameters: dict[str, str | list[str]] = {}
    shorts = kg.names.find(name, ["Agent"]) or kg.names.find(name, ["Study"])
    if not shorts:
        raise UnknownNameError(f"no agent or study named {shortened(name)}{kg.names.hint(name, ['Agent', 'Study'])}")
    short = shorts[0]
    parameters["agent" if "Agent" in kg.names.kinds(short) else "study"] = short
    if line is not None:
        parameters["line"] = kg.names.resolve(line, "LineOfTherapy")
    answer = kg.query("verdict-proof", as_of, **parameters)
    versions = {str(row["rule"]): str(row["version"]) for row in kg.sparql(VERSIONS)}
    rows = [row for row in answer.table if row["agentOutcome"] is not None or not _about_agent(row, parameters)]
    lines: list[str] = []
    for _, group in groupby(
        rows, key=lambda row: (str(row["comparison"]), str(row["agent"]) if _is_agent_row(row) else "")
    ):
        lines += [*([""] if lines else []), *_comparison(list(group), versions)]
    if not lines:
        lines = ["No verdict: nothing known by that day decides a confirmatory comparison of it."]
    kept = Table(answer.table.columns, tuple(tuple(row.values()) for row in rows))
    extra: list[Section] = []
    if with_sensitivity:
        deciding = {str(row["report"].id): row for row in rows if isinstance(row["report"], Thing)}
        for short_report, row in deciding.items():
            table = sensitivity(kg, short_report)
            extra.append(Section(f"Sensitivity of {row['study']}, {row['endpoint']}, {row['population']}", table))
            lines += ["", *_scenarios(row, table)]
    section = Section("Proof", kept, answer.query, answer.sparql)
    return Page(
        Thing(short, f"Why: {kg.names.label(short)}"),
        (),
        (),
        (section, *extra),
        collect_sources(kept, kg.names.links),
        "",
        (),
        tuple(lines),
    )


def _is_agent_row(row: Row) -> bool:
    return row["agentOutcome"] is not None


def _about_agent(row: Row, parameters: dict[str, str | list[str]]) -> bool:
    """Say whether a row is only there because the backbone holds some agent that was not under test."""
    asked = parameters.get("agent")
    question = row["question"]
    dose = isinstance(question, Thing) and question.id == "her2:DoseQuestion"
    agent = row["agent"]
    if asked:
        return not dose and row["agentOutcome"] is None and row["phase"] is not None and not _phase_two(row)
    return not dose and not _phase_two(row) and isinstance(agent, Thing)


def _phase_two(row: Row) -> bool:
    phase = row["phase"]
    return isinstance(phase, Thing) and phase.id == "her2:PhaseII"


def _comparison(rows: list[Row], versions: dict[str, str]) -> list[str]:
    first = rows[0]
    head = f"{first['study']}, {first['phase']}, {first['line']}: {first['comparison']}"
    out = []
    if first["agentOutcome"] is not None:
        out.append(
            f"{first['agent']} {first['agentOutcome']} in {first['line']}  [{_rule(first['agentRule'], versions)}]"
        )
        out.append(f"  because {head}")
    else:
        why = (
            "it asks about a dose, not an agent"
            if str(first["question"]) == "question about a dose"
            else "not a confirmatory phase III comparison of an agent"
        )
        out.append(f"{head}")
        out.append(f"  no verdict on an agent: {why}")
    out.append(f"  comparison {first['comparisonOutcome']}  [{_rule(first['comparisonRule'], versions)}]")
    out += dict.fromkeys(_never_evaluated(row) for row in rows if row["endpointOutcome"] is None)
    for _, group in groupby(
        (row for row in rows if row["endpointOutcome"] is not None),
        key=lambda row: (str(row["endpoint"]), str(row["population"])),
    ):
        out += _endpoint(list(group), versions)
    return out


def _never_evaluated(row: Row) -> str:
    said = (
        f"{row['roleSource']}, {row['roleLocator']}" if row["roleSource"] is not None else "no source seen by that day"
    )
    if row["endpoint"] is None:
        return f"  - this arm was closed at a planned selection; {said}"
    return f"  - {row['endpoint']}, {row['population']}, {row['role']} endpoint: {row['timing']}; {said}"


def _endpoint(rows: list[Row], versions: dict[str, str]) -> list[str]:
    row = rows[0]
    contested = isinstance(row["endpointOutcome"], Thing) and row["endpointOutcome"].id == "her2:Contested"
    how = (
        "the branches below contradict each other or rest on a retracted source"
        if contested
        else f"decided {row['basis']}"
    )
    out = [
        f"  - {row['endpoint']}, {row['population']}, {row['role']} endpoint: {row['endpointOutcome']}, "
        f"{how}  [{_rule(row['endpointRule'], versions)}]"
    ]
    for branch in {str(r["report"]): r for r in rows}.values():
        reads = f"branch, {branch['reads']} {branch['basis']}" if contested else "report"
        retracted = f", retracted on {branch['retracted']}" if branch["retracted"] is not None else ""
        out.append(
            f"      {reads}: {_numbers(branch)}; {branch['source']}, {branch['locator']} "
            f"(known from {branch['known']}{retracted})"
        )
    if row["value"] is None and row["estimateText"] is not None:
        out.append(
            f"      estimate elsewhere: {row['estimateMeasure']} {row['estimateText']}; "
            f"{row['estimateSource']}, {row['estimateLocator']}"
        )
    if row["touches"] is True:
        out.append(
            "      a limit of the interval is printed at the null value: the interval does not decide at this precision"
        )
    alpha = _alpha(row)
    margin = f", margin {number_text(float(str(row['margin'])))}" if row["margin"] is not None else ""
    out.append(f"      test: {row['framework'] or 'framework not stated'}{margin}; {alpha}; {row['timing']}")
    if row["roleSource"] is not None:
        out.append(f"      {row['role']} according to {row['roleSource']}, {row['roleLocator']}")
    out += [
        f"      assumed: {assumption}" for assumption in dict.fromkeys(r["assumption"] for r in rows if r["assumption"])
    ]
    return out


def _alpha(row: Row) -> str:
    if row["alpha"] is None:
        return "alpha not stated in a source seen"
    sides = row["alphaSides"]
    said = sides.label if isinstance(sides, Thing) and sides.id != "her2:NotStated" else "sides not stated"
    return f"alpha {number_text(float(str(row['alpha'])))}, {said} ({row['alphaSource']}, {row['alphaLocator']})"


def _numbers(row: Row) -> str:
    parts = []
    if row["value"] is not None:
        limits = (
            f" ({_level(row['level'])}CI {row['lowerText']} to {row['upperText']})"
            if row["lowerText"] is not None
            else ""
        )
        parts.append(f"{row['measure']} {row['valueText']}{limits}")
    if row["pText"] is not None:
        text = str(row["pText"])
        parts.append(f"p {text}" if text.startswith(("<", ">")) else f"p = {text}")
    if row["experimentalText"] is not None and row["controlText"] is not None:
        parts.append(f"{row['experimentalText']} v {row['controlText']} {row['unit']}")
    return ", ".join(parts) or "no figures, only what the source says in words"


def _scenarios(row: Row, table: Table) -> list[str]:
    """Say how the verdict on one endpoint depends on what its source leaves unsaid."""
    what = f"{row['study']}, {row['endpoint']}, {row['population']}"
    outcomes = {str(scenario["outcome"]) for scenario in table}
    if len(outcomes) == 1:
        return [f"sensitivity of {what}: {outcomes.pop()} in all {len(table)} ways of filling in what is unstated"]
    out = [f"sensitivity of {what}: depends on what is unstated"]
    out += [
        f"  alpha {scenario['alpha']} {scenario['alphaSides']}, p {scenario['pSides']}: "
        f"{scenario['outcome']}, {scenario['basis']}"
        for scenario in table
    ]
    return out


def _level(cell: Cell) -> str:
    return f"{number_text(float(str(cell)))}% " if cell is not None else ""


def _rule(cell: Cell, versions: dict[str, str]) -> str:
    return f"rule: {cell}, version {versions.get(str(cell), '?')}"
