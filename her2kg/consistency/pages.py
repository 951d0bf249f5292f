"""Findings as one HTML page that stands alone: no script, no font, no picture from elsewhere, light and dark.

Each finding of a p value has a small figure: the range of p the interval implies as a bar, the printed p as a mark.
"""

import math
from collections.abc import Mapping
from html import escape

from her2kg.consistency.errors import PrintedNumberError
from her2kg.consistency.findings import Finding, Rule
from her2kg.consistency.printed import Box, Domain, Printed, parse_printed
from her2kg.consistency.reports import Report
from her2kg.consistency.rules import RULES
from her2kg.consistency.wording import probability_range

_MOST = 1_000
"""Findings on a page; a browser shows no more with pleasure, and the JSON has them all."""

_STYLE = """
:root { color-scheme: light dark; --ink: #1c1e21; --paper: #fdfdfb; --soft: #6a6f76; --line: #dcdcd6; --card: #ffffff;
  --bar: #7aa6d6; --mark: #b4531c; --error: #a3262a; --warning: #8a5a00; --info: #2d6187; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e6e3; --paper: #17191c; --soft: #9aa0a8; --line: #33373d;
  --card: #1f2226; --bar: #41719f; --mark: #f0a060; --error: #f08a86; --warning: #e2b355; --info: #86bbe4; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 52rem; padding: 2rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.25; } h2 { font-size: 1.05rem; margin: 0 0 .4rem; overflow-wrap: anywhere; }
article { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.2rem;
  margin: 1rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
td, th { text-align: left; padding: .1rem 1.2rem .1rem 0; font-weight: normal; vertical-align: top;
  overflow-wrap: anywhere; }
th, .soft { color: var(--soft); font-size: .9rem; }
.error { color: var(--error); } .warning { color: var(--warning); } .info { color: var(--info); }
.severity { font-weight: 600; } ul { margin: .3rem 0 0; padding-left: 1.2rem; }
svg { display: block; width: 100%; max-width: 34rem; height: auto; margin: .6rem 0; }
svg text { fill: var(--soft); font: 11px system-ui, sans-serif; }
@media print { article { break-inside: avoid; } }
"""

_TONE = (
    "Every printed number stands for all values that round to it. A finding says that no such values fit together: "
    "inconsistent as printed. It is a statement about print, not about people or results; the reasons named are "
    "possible, not known, and nothing was corrected."
)

_WIDTH, _LEFT, _RIGHT = 520.0, 10.0, 510.0
_SMALLEST = 1e-5
_TICKS = (0.0001, 0.001, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0)


def as_html(report: Report, title: str = "Consistency as printed", known: Mapping[str, Rule] = RULES) -> str:
    """Return the report as a page.

    Parameters
    ----------
    known : the rules by id, where there are others than those of this package
    """
    shown = report.findings[:_MOST]
    left_out = report.total - len(shown)
    rules = "".join(
        f"<tr><td>{escape(known[rule].title if rule in known else rule)}</td><td>{count:,}</td></tr>"
        for rule, count in sorted(report.by_rule.items(), key=lambda item: -item[1])
    )
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(report.summary())}</p>",
        f'<p class="soft">{_TONE}</p>',
    ]
    if rules:
        parts.append(f"<table><tr><th>Rule</th><th>Findings</th></tr>{rules}</table>")
    parts += [_article(finding, known) for finding in shown]
    if left_out:
        parts.append(f'<p class="soft">{left_out:,} further findings are not shown on this page.</p>')
    if report.ignored:
        parts.append(f'<p class="soft">Columns not used: {escape(", ".join(report.ignored))}.</p>')
    parts.append("</body></html>")
    return "\n".join(parts) + "\n"


def _article(finding: Finding, known: Mapping[str, Rule]) -> str:
    title = known[finding.rule].title if finding.rule in known else finding.rule
    heading = escape(finding.subject or title)
    printed = "".join(
        f"<tr><th>{escape(name.replace('_', ' '))}</th><td>{escape(text)}</td></tr>"
        for name, text in finding.inputs.items()
    )
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in finding.reasons)
    where = f" &middot; {escape(finding.where)}" if finding.where else ""
    return "\n".join(
        part
        for part in (
            "<article>",
            f'<h2>{heading} <span class="severity {finding.severity}">{finding.severity}</span></h2>',
            f"<p>{escape(finding.explanation)}</p>",
            figure(finding),
            f"<table>{printed}</table>" if printed else "",
            f'<div class="soft">Possible reasons<ul>{reasons}</ul></div>' if reasons else "",
            f'<p class="soft">{escape(title)} (<code>{escape(finding.rule)}</code>){where}</p>',
            "</article>",
        )
        if part
    )


def figure(finding: Finding) -> str:
    """Return a small SVG of the printed p against the recomputed range, "" for findings that have no such range."""
    if finding.rule not in {"p-fits-interval", "decision-agrees"} or finding.computed_range is None:
        return ""
    try:
        p = parse_printed(finding.inputs.get("p", ""), Domain.PROBABILITY)
    except PrintedNumberError:
        return ""
    return "" if p is None else _p_figure(p, Box(*finding.computed_range))


def _p_figure(p: Printed, implied: Box) -> str:
    name = f"Printed p {p.text}; the interval implies p {probability_range(implied)}"
    ticks = "".join(
        f'<line x1="{_x(tick):.1f}" y1="34" x2="{_x(tick):.1f}" y2="39" stroke="var(--soft)"/>'
        f'<text x="{_x(tick):.1f}" y="51" text-anchor="middle">{tick:g}</text>'
        for tick in _TICKS
    )
    return (
        f'<svg viewBox="0 0 {_WIDTH:g} 56" role="img" aria-label="{escape(name)}"><title>{escape(name)}</title>'
        f'<line x1="{_LEFT:g}" y1="34" x2="{_RIGHT:g}" y2="34" stroke="var(--line)"/>{ticks}'
        f"{_bar(implied, 14, 20, 'var(--bar)')}{_bar(p.box, 8, 26, 'var(--mark)')}</svg>"
    )


def _bar(box: Box, top: int, height: int, colour: str) -> str:
    """Return a bar from one end to the other, never too thin to be seen."""
    left, right = _x(box.lo), _x(box.hi)
    missing = max(3.0 - (right - left), 0.0) / 2.0
    left, width = left - missing, right - left + 2.0 * missing
    return f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{height}" rx="1.5" fill="{colour}"/>'


def _x(p: float) -> float:
    """Return the horizontal place of a p on a logarithmic axis that ends at 0.00001."""
    share = math.log(max(p, _SMALLEST) / _SMALLEST) / math.log(1.0 / _SMALLEST)
    return _LEFT + share * (_RIGHT - _LEFT)
