"""The gate against becoming slow: what it lets pass, what it does not, and how often it looks."""

from __future__ import annotations

import sys
from itertools import chain, repeat
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

import gate
from gate import Gate, over, ratio


def taking(*seconds: float):
    """Return something that takes given seconds, the last ones for ever."""
    times = chain(seconds, repeat(seconds[-1]))
    return lambda: next(times)


def test_the_first_run_of_each_does_not_count() -> None:
    assert ratio(Gate("", taking(100, 3), taking(50, 2), 9)) == 1.5


def test_a_run_that_something_else_slowed_does_not_count() -> None:
    assert ratio(Gate("", taking(1, 1, 1, 30, 1, 1), taking(1), 9)) == 1


@pytest.mark.parametrize(("seconds", "wrong"), [(1.4, 0), (2.0, 1)], ids=["headroom", "twice as slow"])
def test_what_is_over_its_limit_is_told(seconds: float, wrong: int) -> None:
    told: list[str] = []
    found = over([Gate("ours", taking(seconds), taking(1), 1.5), Gate("other", taking(1), taking(1), 1.5)], told.append)
    assert len(found) == wrong
    assert [("OVER" in line) for line in told] == [bool(wrong), False]


def test_what_is_over_is_measured_again_before_it_counts() -> None:
    busy = [9.0] * (gate.ROUNDS + 1)
    assert over([Gate("busy for a while", taking(*busy, 1), taking(1), 1.5)], lambda _: None) == []


def test_a_process_that_fails_is_no_measurement() -> None:
    with pytest.raises(SystemExit, match="exit code 3"):
        gate.apart("-c", "raise SystemExit(3)")()
    assert gate.apart("-c", "pass")() > 0
