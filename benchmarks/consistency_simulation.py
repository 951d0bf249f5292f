"""How often the consistency checks speak about honest trials, and how often they find planted defects.

Honest trials: two arms, exponential survival (a second run: Weibull), uniform accrual, administrative censoring and
dropout; a Cox model without covariates (Newton's method), its Wald interval, the log-rank p, Kaplan-Meier medians; all
printed as journals print them. Times are continuous, so there are no ties. A third run prints a stratified log-rank p
(two strata that differ in prognosis, hazard ratio 1.8) beside an interval of a Cox model that ignores the strata: the
two are different analyses, so this run shows what the checks make of papers that mix them, not false alarms.

A false alarm is any finding of severity warning or error. Planted defects are counted as found when a warning or error
is raised; infos are counted beside it.

Fitting both stratified, as most trials do, is a fourth run.

Run: ``python benchmarks/consistency_simulation.py`` (needs numpy; about two minutes).
``--trials 2000`` gives a quick look.
"""

import argparse
import json
import platform
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
from measuring import RESULTS

from her2kg.consistency.estimates import Estimate, check_estimate
from her2kg.consistency.findings import Severity

SIZES = (60, 100, 160, 240, 350, 500, 700, 1000)
BATCH = 500
NORMAL = NormalDist()
Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Trial:
    """One honest result before it is printed: the log hazard ratio, its standard error, log-rank z, medians."""

    log_ratio: float
    se: float
    z_log_rank: float
    median_experimental: float
    median_control: float

    @property
    def p_two(self) -> float:
        """Two-sided log-rank p."""
        return 2.0 * NORMAL.cdf(-abs(self.z_log_rank))


def simulate(rng: np.random.Generator, size: int, count: int, scenario: str) -> Iterator[Trial]:
    """Yield up to `count` honest trials of `size` patients: those with a standard error below 1."""
    weibull, stratified = scenario == "weibull", scenario in {"stratified", "mixed"}
    share = rng.choice([0.5, 2 / 3], (count, 1), p=[0.75, 0.25])
    arm = (rng.random((count, size)) < share).astype(float)
    stratum = (rng.random((count, size)) < 0.5).astype(float) if stratified else np.zeros((count, size))
    ratio = np.exp(rng.normal(np.log(0.85), 0.25, (count, 1)))
    shape = rng.uniform(0.7, 1.5, (count, 1)) if weibull else np.ones((count, 1))
    median = rng.uniform(3.0, 30.0, (count, 1))
    cumulative = rng.exponential(1.0, (count, size)) / (ratio**arm * 1.8**stratum)
    event_time = median * (cumulative / np.log(2.0)) ** (1.0 / shape)
    accrual, follow_up = rng.uniform(12.0, 36.0, (count, 1)), rng.uniform(6.0, 36.0, (count, 1))
    censored = follow_up + accrual * rng.random((count, size))
    censored = np.minimum(censored, rng.exponential(150.0, (count, size)))
    event = (event_time <= censored).astype(float)
    observed = np.minimum(event_time, censored)
    order = np.argsort(observed, axis=1)
    observed, event, arm, stratum = (np.take_along_axis(a, order, 1) for a in (observed, event, arm, stratum))
    log_ratio, se = _cox(arm, event, np.zeros_like(stratum) if scenario == "mixed" else stratum)
    z = _log_rank(arm, event, stratum)
    medians = [_median(observed, event, arm == group) for group in (1.0, 0.0)]
    for row in range(count):
        if np.isfinite(se[row]) and se[row] < 1.0:
            yield Trial(*(float(a[row]) for a in (log_ratio, se, z, *medians)))


def _from_right(a: Floats) -> Floats:
    return np.cumsum(a[:, ::-1], axis=1)[:, ::-1]


def _risk_sets(arm: Floats, stratum: Floats) -> tuple[Floats, Floats]:
    """Return how many treated and untreated patients of the own stratum are at risk at every patient's time."""
    treated, untreated = np.zeros_like(arm), np.zeros_like(arm)
    for level in (0.0, 1.0):
        inside = (stratum == level).astype(float)
        treated += inside * _from_right(arm * inside)
        untreated += inside * _from_right((1.0 - arm) * inside)
    return treated, untreated


def _cox(arm: Floats, event: Floats, stratum: Floats) -> tuple[Floats, Floats]:
    """Return the log hazard ratio and its standard error by Newton's method on the partial likelihood."""
    treated, untreated = _risk_sets(arm, stratum)
    beta = np.zeros((len(arm), 1))
    for _ in range(12):
        expected = treated * np.exp(beta) / (untreated + treated * np.exp(beta))
        score = (event * (arm - expected)).sum(1, keepdims=True)
        information = (event * expected * (1.0 - expected)).sum(1, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            beta = beta + np.clip(score / information, -1.0, 1.0)
    with np.errstate(divide="ignore"):
        return beta[:, 0], 1.0 / np.sqrt(information[:, 0])


def _log_rank(arm: Floats, event: Floats, stratum: Floats) -> Floats:
    """Return the (stratified) log-rank z, negative where the experimental arm has fewer events than expected."""
    treated, untreated = _risk_sets(arm, stratum)
    expected = treated / (treated + untreated)
    score = (event * (arm - expected)).sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return score / np.sqrt((event * expected * (1.0 - expected)).sum(1))


def _median(observed: Floats, event: Floats, group: np.ndarray[Any, np.dtype[np.bool_]]) -> Floats:
    """Return the Kaplan-Meier median of a group, not a number where it is not reached."""
    inside = group.astype(float)
    survival = np.cumprod(1.0 - event * inside / np.maximum(_from_right(inside), 1.0), axis=1)
    reached = survival <= 0.5
    index = np.argmax(reached, axis=1)
    return np.where(reached.any(1), observed[np.arange(len(observed)), index], np.nan)


# Printing


def print_p(p: float, style: str) -> str:
    """Return p as a journal prints it: "short" as the NEJM does, "long" with four decimals."""
    if style == "long":
        return f"{p:.4f}" if p >= 0.0001 else "<0.0001"
    if p < 0.001:
        return "<0.001"
    return f"{p:.3f}" if p < 0.01 else f"{p:.2f}"


def print_trial(trial: Trial, style: random.Random, *, level: float = 95.0, p: float | None = None) -> Estimate:
    """Return an estimate as printed: two decimals (one in ten: three), p in one of two styles, medians in tenths."""
    digits = 3 if style.random() < 0.1 else 2
    p_style = "long" if style.random() < 0.5 else "short"
    half = NORMAL.inv_cdf(0.5 + level / 200.0) * trial.se

    def ratio(log_value: float) -> str:
        return f"{np.exp(log_value):.{digits}f}"

    def median(value: float) -> str:
        return "NR" if np.isnan(value) else f"{value:.1f}"

    return Estimate(
        label="simulated",
        measure="HR",
        estimate=ratio(trial.log_ratio),
        lower=ratio(trial.log_ratio - half),
        upper=ratio(trial.log_ratio + half),
        level="95",
        p=print_p(trial.p_two if p is None else p, p_style),
        median_experimental=median(trial.median_experimental),
        median_control=median(trial.median_control),
    )


# Defects: each takes a trial and its style and returns (size of the defect, estimate), None where it leaves no trace

Defect = Callable[[Trial, random.Random], tuple[str, Estimate] | None]


def _size_of_z(trial: Trial) -> str:
    """Return the size of z in words, without the bars that would split a cell of a Markdown table."""
    size = abs(trial.log_ratio / trial.se)
    for low, high in ((0.0, 0.5), (0.5, 1.0), (1.0, 2.0), (2.0, 3.0)):
        if size < high:
            return f"z {low:g} to {high:g}"
    return "z above 3"


def wrong_level(level: float) -> Defect:
    """Return the defect of an interval of another level printed as 95%."""

    def plant(trial: Trial, style: random.Random) -> tuple[str, Estimate]:
        return _size_of_z(trial), print_trial(trial, style, level=level)

    return plant


def one_sided(trial: Trial, style: random.Random) -> tuple[str, Estimate]:
    """Print the one-sided p for benefit without a label."""
    return _size_of_z(trial), print_trial(trial, style, p=NORMAL.cdf(trial.z_log_rank))


def swapped_limits(trial: Trial, style: random.Random) -> tuple[str, Estimate]:
    """Print the limits in the other order."""
    printed = print_trial(trial, style)
    return "any", replace(printed, lower=printed.upper, upper=printed.lower)


def typo(field: str) -> Defect:
    """Return the defect of one wrong digit in a field."""

    def plant(trial: Trial, style: random.Random) -> tuple[str, Estimate] | None:
        printed = print_trial(trial, style)
        text = getattr(printed, field)
        places = [i for i, char in enumerate(text) if char.isdigit() and not text.startswith("<")]
        if not places:
            return None
        place = style.choice(places)
        digit = style.choice([d for d in "0123456789" if d != text[place]])
        point = text.index(".")
        name = "before the point" if place < point else f"decimal {place - point}"
        change = abs(int(digit) - int(text[place]))
        size = f"{name}, off by {change if change < 3 else '3 or more'}"
        return size, replace(printed, **{field: text[:place] + digit + text[place + 1 :]})

    return plant


def swapped_medians(trial: Trial, style: random.Random) -> tuple[str, Estimate] | None:
    """Print the two medians in the other arm order."""
    printed = print_trial(trial, style)
    if "NR" in (printed.median_experimental, printed.median_control):
        return None
    size = abs(np.log(trial.median_control / trial.median_experimental)) * 2.0 / trial.se
    bounds = ((0.0, 1.0), (1.0, 2.0), (2.0, 3.0), (3.0, 5.0), (5.0, 8.0))
    name = next((f"swap moves {low:g} to {high:g} se" for low, high in bounds if size < high), "swap moves above 8 se")
    swapped = replace(printed, median_experimental=printed.median_control, median_control=printed.median_experimental)
    return name, swapped


DEFECTS: dict[str, Defect] = {
    **{f"{level:g}% interval printed as 95%": wrong_level(level) for level in (80.0, 90.0, 97.5, 99.0)},
    "one-sided p, not labelled": one_sided,
    "limits swapped": swapped_limits,
    **{f"one digit wrong in {field}": typo(field) for field in ("estimate", "lower", "upper", "p")},
    "medians swapped": swapped_medians,
}

Counts = dict[str, dict[str, Counter[str]]]


def loudest(estimate: Estimate) -> tuple[str, list[str]]:
    """Return the loudest severity found ("none" where nothing was) and the rules that spoke at warning or above."""
    findings = check_estimate(estimate)
    order = [Severity.ERROR, Severity.WARNING, Severity.INFO]
    found = next((str(s) for s in order if any(f.severity is s for f in findings)), "none")
    return found, sorted({f.rule for f in findings if f.severity is not Severity.INFO})


def run_batch(seed: int, size: int, count: int, scenario: str) -> tuple[Counter[str], Counter[str], Counts, float]:
    """Simulate one batch; return severities by size of z, rules of false alarms, defects by size, seconds checking."""
    rng, style = np.random.default_rng(seed), random.Random(seed)
    severities: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    defects: Counts = defaultdict(lambda: defaultdict(Counter))
    seconds = 0.0
    for trial in simulate(rng, size, count, scenario):
        printed = print_trial(trial, style)
        start = time.perf_counter()
        found, spoke = loudest(printed)
        seconds += time.perf_counter() - start
        severities[f"{_size_of_z(trial)}: {found}"] += 1
        rules.update(spoke)
        if scenario == "exponential":
            for name, plant in DEFECTS.items():
                planted = plant(trial, style)
                if planted is not None:
                    defects[name][planted[0]][loudest(planted[1])[0]] += 1
    return severities, rules, {name: dict(sizes) for name, sizes in defects.items()}, seconds


def run(trials: int, scenario: str, seed: int) -> dict[str, Any]:
    """Simulate a scenario until it has at least `trials` trials; every batch has its own seed."""
    batches = -(-trials // BATCH) + 1
    jobs = [(seed + i, SIZES[i % len(SIZES)], BATCH, scenario) for i in range(batches)]
    severities, rules, seconds = Counter[str](), Counter[str](), 0.0
    defects: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    with ProcessPoolExecutor() as pool:
        for loud, spoke, planted, spent in pool.map(run_batch, *zip(*jobs, strict=True)):
            seconds += spent
            severities += loud
            rules += spoke
            for name, sizes in planted.items():
                for size, counts in sizes.items():
                    defects[name][size] += counts
    by_size: dict[str, Counter[str]] = defaultdict(Counter)
    for name, count in severities.items():
        size, found = name.split(": ")
        by_size[size][found] += count
        by_size["all"][found] += count
    total = sum(by_size["all"].values())
    alarms = by_size["all"]["warning"] + by_size["all"]["error"]
    return {
        "scenario": scenario,
        "trials": total,
        "false_alarms": alarms,
        "false_alarm_rate": alarms / total,
        "info_rate": by_size["all"]["info"] / total,
        "false_alarm_rate_by_size": {
            size: (counts["warning"] + counts["error"]) / sum(counts.values())
            for size, counts in sorted(by_size.items())
        },
        "false_alarms_by_rule": dict(rules.most_common()),
        "microseconds_per_estimate": 1e6 * seconds / total,
        "defects": {
            name: {
                size: {
                    "planted": sum(counts.values()),
                    "warned": (counts["warning"] + counts["error"]) / sum(counts.values()),
                    "info_only": counts["info"] / sum(counts.values()),
                }
                for size, counts in sorted(sizes.items())
            }
            for name, sizes in defects.items()
        },
    }


SCENARIOS = {
    "exponential": "exponential survival, log-rank p",
    "weibull": "Weibull survival, shape 0.7 to 1.5, log-rank p",
    "stratified": "stratified Cox model, stratified log-rank p",
    "mixed": "stratified log-rank p beside a Cox interval that ignores the strata",
}


def as_markdown(runs: list[dict[str, Any]]) -> str:
    """Return the results as a page."""
    lines = [
        "# Consistency checks: false alarms and detection",
        "",
        "Made by `python benchmarks/consistency_simulation.py`; the script says how trials are simulated and printed.",
        "",
        "## Honest trials",
        "",
        "| scenario | trials | warnings or errors | rate | infos | rules that spoke |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for result in runs:
        rules = ", ".join(f"{rule} {count}" for rule, count in result["false_alarms_by_rule"].items()) or "none"
        lines.append(
            f"| {SCENARIOS[result['scenario']]} | {result['trials']:,} | {result['false_alarms']} "
            f"| {result['false_alarm_rate']:.3%} | {result['info_rate']:.2%} | {rules} |"
        )
    lines += ["", "Rate of warnings or errors by the size of the effect (first scenario): ", ""]
    lines[-2] += ", ".join(f"{size} {rate:.2%}" for size, rate in runs[0]["false_alarm_rate_by_size"].items()) + "."
    lines += ["## Planted defects", "", "One defect per estimate, exponential scenario.", ""]
    lines += ["| defect | size | planted | warning or error | info only |", "|---|---|---:|---:|---:|"]
    for name, sizes in runs[0]["defects"].items():
        planted = sum(row["planted"] for row in sizes.values())
        rates = [sum(row["planted"] * row[key] for row in sizes.values()) / planted for key in ("warned", "info_only")]
        lines.append(f"| **{name}** | all | {planted:,} | {rates[0]:.1%} | {rates[1]:.1%} |")
        if len(sizes) > 1:
            lines += [
                f"| | {size} | {row['planted']:,} | {row['warned']:.1%} | {row['info_only']:.1%} |"
                for size, row in sizes.items()
            ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run every scenario and write JSON and Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--trials", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=20_200_101)
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    runs = [
        run(arguments.trials if scenario == "exponential" else arguments.trials // 4, scenario, arguments.seed)
        for scenario in SCENARIOS
    ]
    arguments.out.mkdir(parents=True, exist_ok=True)
    about = {"python": platform.python_version(), "numpy": np.__version__, "seed": arguments.seed}
    text = json.dumps({"about": about, "runs": runs}, indent=1) + "\n"
    (arguments.out / "consistency_simulation.json").write_text(text, encoding="utf-8")
    (arguments.out / "consistency_simulation.md").write_text(as_markdown(runs), encoding="utf-8")


if __name__ == "__main__":
    main()
