"""The checks of printed statistics, run over the graph: from reports to findings, and findings to graph objects.

`her2kg.consistency` knows numbers and no graph; here each report becomes one `Estimate`, exactly as printed. What only
a graph can show is checked here too: sources that print one quantity differently, a registry number that two studies
carry, a study still called ongoing after a source said that it had ended. Nothing is corrected: a finding stands
beside the report it is about.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from her2kg import resources
from her2kg.consistency.estimates import Estimate, check_estimate
from her2kg.consistency.findings import Finding, Rule, Severity
from her2kg.consistency.rules import RULES
from her2kg.terms import HER2, KG, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from her2kg.engine import Engine

_MEASURES = {"HazardRatio": "HR", "OddsRatio": "OR", "RiskRatio": "RR"}


def _graph_rule(identifier: str, title: str, severity: Severity, explanation: str) -> Rule:
    return Rule(identifier, title, (severity,), explanation, {}, {})


GRAPH_RULES = {
    rule.id: rule
    for rule in (
        _graph_rule(
            "sources-agree",
            "Sources print one quantity alike",
            Severity.INFO,
            "Two sources give different numbers for the same analysis or quantity; a difference of decimals alone, "
            "where one rounds to the other, does not count.",
        ),
        _graph_rule(
            "p-sides-agree",
            "Sources give the p value of a test with the same sides",
            Severity.WARNING,
            "Two sources print p values of one test of which one is half the other.",
        ),
        _graph_rule(
            "registry-number-unique",
            "A registry number belongs to one study",
            Severity.WARNING,
            "A source gives a study the registry number of another study.",
        ),
        _graph_rule(
            "status-current",
            "No study is called ongoing that a registry says has ended",
            Severity.INFO,
            "A source calls a study ongoing while another says that it was completed or terminated.",
        ),
    )
}
"""The rules that need more than one report; the others are `her2kg.consistency.rules.RULES`."""


class Located(NamedTuple):
    """A finding and the report it is about."""

    report: str
    finding: Finding


def all_rules() -> dict[str, Rule]:
    """Return every rule by its id."""
    return {**RULES, **GRAPH_RULES}


def inspect(engine: Engine) -> list[Located]:
    """Return every finding on the reports of a graph, in the order of the reports."""
    found = [*_effects(engine), *_singles(engine), *_different(engine), *_shared_numbers(engine), *_ended(engine)]
    unique = {(located.report, located.finding.rule, located.finding.explanation): located for located in found}
    return sorted(
        unique.values(), key=lambda located: (located.report, located.finding.rule, located.finding.explanation)
    )


def _effects(engine: Engine) -> Iterator[Located]:
    arms: dict[str, dict[str, str]] = {}
    for effect, *cells in engine.select(resources.inner_query("checks", "arm-values")).rows:
        experimental, order, statistic, value, lower, upper, unit, events, n = (_text(cell) for cell in cells)
        # Where the order of printing is recorded, the first is taken for the experimental arm, as a reader would.
        arm = (
            ("experimental" if order == "1" else "control")
            if order
            else "experimental"
            if experimental == "true"
            else "control"
        )
        fields = arms.setdefault(_text(effect), {})
        if _local(statistic) == "Median":
            fields |= {
                f"median_{arm}": value,
                f"median_{arm}_lower": lower,
                f"median_{arm}_upper": upper,
                f"unit_{arm}": unit,
            }
        elif unit == "percent":
            fields |= {f"percent_{arm}": value, f"events_{arm}": events, f"n_{arm}": n}
    borrowed = {
        _text(report): tuple(_text(cell) for cell in cells)
        for report, *cells in engine.select(resources.inner_query("checks", "limits-elsewhere")).rows
    }
    for report, *cells in engine.select(resources.inner_query("checks", "effects")).rows:
        label, measure, value, lower, upper, level, limits, p, operator, sides, margin, direction = (
            _text(cell) for cell in cells
        )
        interval = _local(limits) in {"", "ConfidenceInterval"}
        estimate = Estimate(
            label=label,
            measure=_MEASURES.get(_local(measure), ""),
            estimate=value,
            lower=lower if interval else "",
            upper=upper if interval else "",
            level=level,
            p=p if operator in {"", "="} else operator + p,
            sides={"TwoSided": "two", "OneSided": "one"}.get(_local(sides), ""),
            margin=margin,
            better="lower" if _local(direction) == "LowerIsBetter" else "higher",
            **arms.get(_text(report), {}),
        )
        for finding in check_estimate(estimate):
            if finding.rule != "measure-known":
                yield Located(_text(report), finding)
        if _text(report) in borrowed:
            # The medians of a report without an interval are held against the interval of the same ratio elsewhere.
            low, high, at, source = borrowed[_text(report)]
            for finding in check_estimate(replace(estimate, lower=low, upper=high, level=at, p="")):
                if finding.rule.startswith("medians"):
                    said = f"{finding.explanation} The interval {low} to {high} is taken from {source}."
                    yield Located(_text(report), replace(finding, explanation=said))


def _singles(engine: Engine) -> Iterator[Located]:
    for report, *cells in engine.select(resources.inner_query("checks", "single-values")).rows:
        label, statistic, value, lower, upper, level, limits, unit, events, n = (_text(cell) for cell in cells)
        interval = _local(limits) in {"", "ConfidenceInterval"}
        estimate = Estimate(
            label=label,
            measure="median" if _local(statistic) == "Median" else "percentage" if unit == "percent" else "value",
            estimate=value,
            lower=lower if interval else "",
            upper=upper if interval else "",
            level=level,
            unit=unit,
            events=events,
            n=n,
        )
        yield from (Located(_text(report), finding) for finding in check_estimate(estimate))


def _different(engine: Engine) -> Iterator[Located]:
    for report, other, label, kind, mine, theirs, quantity in engine.select(
        resources.inner_query("checks", "different-reports")
    ).rows:
        what = "value" if quantity is not None and _text(kind) == "estimate" else _text(kind)
        first, second = Decimal(_text(mine)), Decimal(_text(theirs))
        places = min(-int(first.as_tuple().exponent), -int(second.as_tuple().exponent))
        coarse = Decimal(1).scaleb(-places)
        if abs(first - second) <= coarse / 2:
            continue  # one is the other, rounded
        explanation = f"{what} printed as {_text(mine)} here and as {_text(theirs)} in a source of its rank or above."
        reasons = (
            "a slip in one of them",
            "another cut-off, population or method",
            "a value of another arm or analysis",
        )
        if what == "p" and _is_half(first, second):
            yield Located(_text(report), _sidedness(_text(label), _text(mine), _text(theirs)))
            continue
        yield Located(
            _text(report),
            Finding(
                "sources-agree",
                Severity.INFO,
                _text(label),
                {what: _text(mine), "other": _text(theirs)},
                f"{_text(theirs)} ({_text(other).removeprefix(KG)})",
                None,
                explanation,
                reasons,
                (what,),
            ),
        )


def _is_half(first: Decimal, second: Decimal) -> bool:
    """Say whether one p value is half the other, within the rounding of both."""
    small, large = sorted((first, second))
    slack = Decimal(1).scaleb(int(small.as_tuple().exponent)) + Decimal(1).scaleb(int(large.as_tuple().exponent)) / 2
    return abs(2 * small - large) <= slack / 2


def _sidedness(label: str, mine: str, theirs: str) -> Finding:
    explanation = (
        f"p is {mine} here and {theirs} in another source: one is half the other, as one- and two-sided values of one "
        "test are."
    )
    reasons = ("one source gives the one-sided p value without saying so",)
    return Finding(
        "p-sides-agree",
        Severity.WARNING,
        label,
        {"p": mine, "other p": theirs},
        f"twice or half of {theirs}",
        None,
        explanation,
        reasons,
        ("p",),
    )


def _shared_numbers(engine: Engine) -> Iterator[Located]:
    for report, number, label, other in engine.select(resources.inner_query("checks", "shared-registry-numbers")).rows:
        explanation = f"{_text(number)} is given for this study and belongs to {_text(other)}."
        reasons = ("one number copied for another of the same agent", "a record that covers both")
        yield Located(
            _text(report),
            Finding(
                "registry-number-unique",
                Severity.WARNING,
                _text(label),
                {"registry number": _text(number)},
                f"number of {_text(other)}",
                None,
                explanation,
                reasons,
                ("registry number",),
            ),
        )


def _ended(engine: Engine) -> Iterator[Located]:
    for report, label, since, ended in engine.select(resources.inner_query("checks", "ended-studies")).rows:
        explanation = f"called ongoing by a source of {_text(since)}, while {_text(ended)} says that it has ended."
        reasons = ("written before the end was known", "a registry record not looked up again")
        yield Located(
            _text(report),
            Finding(
                "status-current",
                Severity.INFO,
                _text(label),
                {"status": "ongoing"},
                f"ended according to {_text(ended)}",
                None,
                explanation,
                reasons,
                ("status",),
            ),
        )


def as_triples(found: Iterable[Located]) -> Iterator[ox.Triple]:
    """Yield findings and the rules behind them as triples."""
    number: dict[tuple[str, str], int] = {}
    used: set[str] = set()
    for report, finding in found:
        key = (report, finding.rule)
        number[key] = number.get(key, 0) + 1
        suffix = f"-{number[key]}" if number[key] > 1 else ""
        node = ox.NamedNode(f"{KG}finding-{report.removeprefix(KG)}-{finding.rule}{suffix}")
        rule = ox.NamedNode(f"{KG}check-{finding.rule}")
        used.add(finding.rule)
        yield ox.Triple(node, _RDF_TYPE, _term("Finding"))
        yield ox.Triple(node, _term("onReport"), ox.NamedNode(report))
        yield ox.Triple(node, _term("checkRule"), rule)
        yield ox.Triple(
            node, _term("severity"), _term({"info": "Info", "warning": "Warning", "error": "Error"}[finding.severity])
        )
        yield ox.Triple(node, _LABEL, ox.Literal(f"{finding.subject}: {finding.explanation}", language="en"))
        yield ox.Triple(node, _term("explanation"), ox.Literal(finding.explanation))
        yield ox.Triple(node, _term("computed"), ox.Literal(finding.computed))
        yield ox.Triple(
            node, _term("asPrinted"), ox.Literal("; ".join(f"{name} {text}" for name, text in finding.inputs.items()))
        )
        for reason in finding.reasons:
            yield ox.Triple(node, _term("possibleReason"), ox.Literal(reason))
        if finding.computed_range is not None:
            for name, end in zip(("computedLow", "computedHigh"), finding.computed_range, strict=True):
                if abs(end) != float("inf"):
                    yield ox.Triple(
                        node, _term(name), ox.Literal(f"{end:.10g}", datatype=ox.NamedNode(PREFIXES["xsd"] + "double"))
                    )
    for identifier in sorted(used):
        rule = ox.NamedNode(f"{KG}check-{identifier}")
        yield ox.Triple(rule, _RDF_TYPE, _term("CheckRule"))
        yield ox.Triple(rule, _LABEL, ox.Literal(all_rules()[identifier].title, language="en"))
        yield ox.Triple(
            rule,
            ox.NamedNode(PREFIXES["skos"] + "definition"),
            ox.Literal(all_rules()[identifier].explanation, language="en"),
        )


_RDF_TYPE = ox.NamedNode(PREFIXES["rdf"] + "type")
_LABEL = ox.NamedNode(PREFIXES["rdfs"] + "label")


def _term(name: str) -> ox.NamedNode:
    return ox.NamedNode(HER2 + name)


def _text(cell: object) -> str:
    return cell.value if isinstance(cell, (ox.NamedNode, ox.Literal)) else ""


def _local(iri: str) -> str:
    return iri.rpartition("#")[2]
