"""Reports as text, JSON, SARIF and HTML: complete, escaped, fair in tone."""

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from her2kg.consistency.estimates import Estimate, check_estimate
from her2kg.consistency.findings import Severity
from her2kg.consistency.pages import as_html, figure
from her2kg.consistency.reports import Report, as_json, as_sarif, as_text
from her2kg.consistency.rules import RULES
from her2kg.consistency.tables import check_table

NASTY = "<script>alert('x')</script>\x1b[31m & \"T-ACT\""


def report_of(*estimates: Estimate) -> Report:
    return Report.of("a table.csv", len(estimates), [f for e in estimates for f in check_estimate(e)])


FAILING = [Estimate(label=rule.id, **rule.failing) for rule in RULES.values()]
T_ACT = Estimate(label=NASTY, measure="HR", estimate="0.91", lower="0.67", upper="1.22", level="95", p="0.33")


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        for name, value in attrs:
            assert not (name in {"src", "href"} and value)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_html_is_well_formed_and_stands_alone() -> None:
    page = as_html(report_of(T_ACT, *FAILING))
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert "script" not in tags.seen
    assert tags.seen.count("svg") >= 2
    assert tags.seen.count("article") == 17
    assert "prefers-color-scheme: dark" in page
    assert "inconsistent as printed" in page
    assert "http" not in page


def test_html_of_many_findings_is_cut() -> None:
    page = as_html(report_of(*[T_ACT] * 1200))
    assert page.count("<article>") == 1000
    assert "200 further findings are not shown on this page." in page


def test_html_without_findings() -> None:
    assert "nothing inconsistent as printed" in as_html(Report.of("x.csv", 3, []))


@pytest.mark.parametrize("p", ["0.33", "<0.00001", "0.000", "1.00", "> 0.9"])
def test_figures_stay_inside_their_frame(p: str) -> None:
    (finding,) = (f for f in check_estimate(replace(T_ACT, p=p)) if f.rule in {"p-fits-interval", "decision-agrees"})
    root = ElementTree.fromstring(figure(finding))  # noqa: S314
    for bar in root.iter("rect"):
        left, width = float(bar.attrib["x"]), float(bar.attrib["width"])
        assert 0 <= left <= left + width <= 520
        assert width >= 3


def test_figures_only_of_p() -> None:
    (finding,) = check_estimate(Estimate(**RULES["interval-symmetric"].failing))
    assert figure(finding) == ""
    (finding,) = check_estimate(T_ACT)
    assert figure(replace(finding, inputs={"p": "rubbish"})) == ""
    assert figure(replace(finding, inputs={})) == ""


def test_text_can_be_read_aloud_and_steers_no_terminal() -> None:
    text = as_text(report_of(T_ACT))
    assert "\x1b" not in text
    assert "implies a two-sided p from 0.50560 to 0.56868" in text
    assert text.endswith("a table.csv: 1 estimates checked, 1 findings (1 warning).\n")


def test_text_can_leave_the_infos_out() -> None:
    report = report_of(*FAILING)
    assert as_text(report).count("info [") == report.by_severity[Severity.INFO]
    assert "info [" not in as_text(report, Severity.WARNING)
    assert "warning [" not in as_text(report, Severity.ERROR)


def test_json() -> None:
    report = report_of(*FAILING)
    read = json.loads(as_json(report))
    assert read["checked"] == len(RULES)
    assert {finding["rule"] for finding in read["findings"]} == set(RULES)
    assert read["findings"][0]["inputs"] == {"p": "see text"}


def test_sarif(tmp_path: Path) -> None:
    path = tmp_path / "my table.csv"
    path.write_text("study,HR,lower,upper,p\nT-ACT,0.91,0.67,1.22,0.33\n", encoding="utf-8")
    (run,) = json.loads(as_sarif(check_table(path)))["runs"]
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("p-fits-interval", "warning")
    place = result["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 2}
    assert place["artifactLocation"]["uri"].endswith("/my%20table.csv")
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["p-fits-interval"]
    levels = {r["level"] for r in json.loads(as_sarif(report_of(*FAILING)))["runs"][0]["results"]}
    assert levels == {"note", "warning", "error"}


def test_sarif_of_findings_from_elsewhere() -> None:
    report = report_of(T_ACT)
    moved = replace(report, findings=tuple(replace(f, where="data/trials.ttl v2") for f in report.findings))
    (result,) = json.loads(as_sarif(moved))["runs"][0]["results"]
    assert "region" not in result["locations"][0]["physicalLocation"]
