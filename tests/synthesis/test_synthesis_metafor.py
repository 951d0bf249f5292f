"""Agreement with R metafor: golden/make.R made golden/metafor.json; R is needed only to make it anew."""

import json
import math
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from her2kg.synthesis.comparing import cumulative, group_difference, indirect, leave_one_out
from her2kg.synthesis.models import StudyEstimate, from_printed
from her2kg.synthesis.pooling import Method, Pooled, Prediction, pool

FOLDER = Path(__file__).parent / "golden"
GOLDEN = json.loads((FOLDER / "metafor.json").read_text(encoding="utf-8"))
SIX_DIGITS = 5e-7
NEAR_ZERO = 1e-9


def close(value: float, golden: float) -> bool:
    return math.isclose(value, golden, rel_tol=SIX_DIGITS, abs_tol=NEAR_ZERO)


def studies(name: str) -> list[StudyEstimate]:
    parts = GOLDEN["sets"][name]
    return [
        StudyEstimate(f"{label} {i}", "HR", yi, vi, date=f"{1900 + i}")
        for i, (label, yi, vi) in enumerate(zip(parts["label"], parts["yi"], parts["vi"], strict=True))
    ]


def fits() -> Iterator[tuple[str, str]]:
    for name, parts in GOLDEN["sets"].items():
        for method in parts["fits"]:
            yield name, method


def compare(pooled: Pooled, golden: dict[str, Any]) -> None:
    for field in ("estimate", "se", "lower", "upper", "statistic", "p", "tau2", "q", "q_p", "i2", "h2"):
        assert close(getattr(pooled, field), golden[field]), (field, getattr(pooled, field), golden[field])
    assert all(close(a, b) for a, b in zip(pooled.weights, golden["weights"], strict=True))
    if golden["tau2_range"] is None:
        assert pooled.tau2_range is None
    else:
        assert pooled.tau2_range is not None
        assert all(close(a, b) for a, b in zip(pooled.tau2_range, golden["tau2_range"], strict=True))


@pytest.mark.parametrize(("name", "method"), list(fits()))
def test_pool_agrees_with_metafor_to_six_digits(name: str, method: str) -> None:
    golden = GOLDEN["sets"][name]["fits"][method]
    plain, _, adjusted = method.partition("+")
    for rule in Prediction:
        pooled = pool(studies(name), plain, hksj=bool(adjusted), prediction=rule)
        compare(pooled, golden)
        expected = golden[f"prediction_{rule.value}"]
        if expected is None:
            assert pooled.prediction is None
        else:
            assert pooled.prediction is not None
            assert all(close(a, b) for a, b in zip(pooled.prediction, expected, strict=True))


@pytest.mark.parametrize("name", [name for name, parts in GOLDEN["sets"].items() if "printed" in parts])
def test_log_ratio_and_variance_from_print_agree(name: str) -> None:
    parts = GOLDEN["sets"][name]
    for label, texts, level, yi, vi in zip(
        *(parts[field] for field in ("label", "printed", "level", "yi", "vi")), strict=True
    ):
        estimate = from_printed(label, *texts, level=level)
        assert close(estimate.yi, yi)
        assert close(estimate.vi, vi)


@pytest.mark.parametrize("method", [Method.EE, Method.REML, Method.DL])
@pytest.mark.parametrize("name", [name for name, parts in GOLDEN["sets"].items() if len(parts["yi"]) > 2])
def test_steps_agree_with_metafor(name: str, method: Method) -> None:
    parts = GOLDEN["sets"][name]
    for way, steps in (
        ("leave_one_out", leave_one_out(studies(name), method)),
        ("cumulative", cumulative(studies(name), method)),
    ):
        for field, expected in parts[f"{way}_{method.value}"].items():
            got = [getattr(step.pooled, field) for step in steps]
            assert all(close(a, b) for a, b in zip(got, expected, strict=True)), (way, field, got, expected)


def test_group_difference_agrees_with_metafor() -> None:
    golden, members = GOLDEN["groups"], studies("BCG vaccine (Colditz 1994)")
    groups = {
        name: [members[i] for i in chosen] for name, chosen in zip(golden["names"], golden["members"], strict=True)
    }
    difference = group_difference(groups, "reml")
    assert close(difference.q, golden["q"])
    assert close(difference.p, golden["p"])
    assert [name for name, _ in difference.groups] == golden["names"]
    for (_, pooled), estimate, se in zip(difference.groups, golden["estimate"], golden["se"], strict=True):
        assert close(pooled.estimate, estimate)
        assert close(pooled.se, se)


def test_indirect_comparison_agrees_with_metafor() -> None:
    golden = GOLDEN["bucher"]
    first, second = (
        StudyEstimate(name, "HR", *row) for name, *row in zip("AB", golden["yi"], golden["vi"], strict=True)
    )
    result = indirect(first, second)
    assert close(result.estimate, golden["estimate"])
    assert close(result.se, golden["se"])
    assert close(math.log(result.limits.lower), golden["lower"])
    assert close(math.log(result.limits.upper), golden["upper"])
    assert close(result.p, golden["p"])


def test_check_row_of_the_design() -> None:
    """Numbers of the design page, computed there by hand and by metafor."""
    members = studies("check row of five trials")
    equal, random = pool(members, "ee"), pool(members, "dl")
    assert [f"{value:.6f}" for value in (equal.ratio, *equal.limits, equal.q)] == [
        "0.863922",
        "0.783718",
        "0.952333",
        "6.628309",
    ]
    assert [f"{value:.6f}" for value in (random.tau2, random.ratio, *random.limits)] == [
        "0.008402",
        "0.871703",
        "0.766740",
        "0.991036",
    ]


def metafor() -> bool:
    program = shutil.which("Rscript")
    if program is None:
        return False
    return subprocess.run([program, "-e", "library(metafor)"], capture_output=True, check=False).returncode == 0


def test_golden_numbers_are_those_of_metafor() -> None:
    if not metafor():
        pytest.skip("Rscript with metafor is not on this machine")
    done = subprocess.run(["Rscript", str(FOLDER / "make.R")], capture_output=True, text=True, check=True)
    fresh = json.loads(done.stdout)
    fresh.pop("made_by")
    for path, value in leaves(fresh):
        kept = GOLDEN
        for step in path:
            kept = kept[step]
        if isinstance(value, float | int):
            assert math.isclose(value, kept, rel_tol=1e-6, abs_tol=1e-8), path
        else:
            assert value == kept, path


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(part, (*path, key))
    else:
        yield path, value
