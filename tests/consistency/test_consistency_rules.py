"""Every rule has an example that passes and one that fails, and a place in the documentation."""

from pathlib import Path

import pytest

from her2kg.consistency.estimates import FIELDS, Estimate, check_estimate
from her2kg.consistency.rules import RULES

DOCS = Path(__file__).parents[2] / "docs" / "checks.md"


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_examples(rule) -> None:
    assert set(rule.passing) | set(rule.failing) <= set(FIELDS)
    assert check_estimate(Estimate(**rule.passing)) == []
    found = check_estimate(Estimate(**rule.failing))
    assert found
    assert {finding.rule for finding in found} == {rule.id}
    assert {finding.severity for finding in found} <= set(rule.severities)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_findings_are_complete_sentences(rule) -> None:
    for finding in check_estimate(Estimate(**rule.failing)):
        assert finding.explanation.endswith(".")
        assert ".." not in finding.explanation
        assert finding.fields
        assert "wrong" not in finding.as_text()
        assert not any(reason.endswith(".") for reason in finding.reasons)


def test_ids_and_documentation() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for name, rule in RULES.items():
        assert name == rule.id
        assert f"### `{name}`" in text
        assert rule.title in text
        assert rule.severities
        assert rule.explanation.endswith(".")
