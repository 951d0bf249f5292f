"""How long the consistency checks take on a table of 100,000 rows, and how much memory.

Run: ``python benchmarks/consistency_speed.py``. One process; the file is read from disk each time.
"""

import argparse
import json
import math
import os
import platform
import random
import resource
import tempfile
import time
from pathlib import Path

from measuring import RESULTS

from her2kg.consistency.binomial import exact_interval
from her2kg.consistency.ranges import lower_tail
from her2kg.consistency.tables import check_table


def hazard_ratios(rows: int, style: random.Random, *, one_sided: bool = False, medians: bool = False) -> list[str]:
    """Return a table of honest hazard ratios, or of ones whose p is one-sided and not labelled."""
    lines = ["study,HR,lower 95% CI,upper 95% CI,p value" + (",median experimental,median control" if medians else "")]
    for row in range(rows):
        se, log_ratio, control = style.uniform(0.06, 0.4), style.gauss(-0.15, 0.3), style.uniform(3.0, 30.0)
        p = lower_tail(log_ratio / se) if one_sided else 2.0 * lower_tail(-abs(log_ratio / se + style.gauss(0.0, 0.02)))
        limits = (math.exp(log_ratio + sign * 1.96 * se) for sign in (-1, 1))
        cells = [f"trial {row}", *(f"{value:.2f}" for value in (math.exp(log_ratio), *limits))]
        cells.append(f"{p:.4f}" if p >= 0.0001 else "<0.0001")
        if medians:
            cells += [f"{control * math.exp(-log_ratio):.1f}", f"{control:.1f}"]
        lines.append(",".join(cells))
    return lines


def percentages(rows: int, style: random.Random) -> list[str]:
    """Return a table of percentages with exact intervals, the slowest to recognise."""
    known: dict[tuple[int, int], str] = {}
    lines = ["study,ORR,lower,upper,events,n"]
    for row in range(rows):
        n = style.randint(10, 100)
        k = style.randint(0, n)
        if (k, n) not in known:
            low, high = exact_interval(k, n, 95.0)
            known[k, n] = f"{100 * k / n:.1f},{100 * low:.1f},{100 * high:.1f},{k},{n}"
        lines.append(f"trial {row},{known[k, n]}")
    return lines


def main() -> None:
    """Time every table and write JSON and Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    style = random.Random(1)
    tables = {
        "hazard ratio, interval, p": hazard_ratios(rows, style),
        "the same with two medians": hazard_ratios(rows, style, medians=True),
        "percentage, exact interval, count": percentages(rows, style),
        "every p one-sided and not labelled": hazard_ratios(rows, style, one_sided=True),
    }
    results = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        for name, lines in tables.items():
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            start = time.perf_counter()
            report = check_table(path)
            seconds = time.perf_counter() - start
            results.append(
                {"table": name, "rows": report.checked, "findings": report.total, "seconds": round(seconds, 2)}
            )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    about = {"python": platform.python_version(), "cores": os.cpu_count(), "peak_mib_with_the_tables": memory}
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "consistency_speed.json").write_text(
        json.dumps({"about": about, "results": results}, indent=1) + "\n", encoding="utf-8"
    )
    page = [
        "# Consistency checks: speed",
        "",
        f"Python {about['python']}, one process of a machine with {about['cores']} cores.",
        "",
        "| table | rows | findings | seconds |",
        "|---|---:|---:|---:|",
        *(f"| {r['table']} | {r['rows']:,} | {r['findings']:,} | {r['seconds']} |" for r in results),
    ]
    (RESULTS / "consistency_speed.md").write_text("\n".join(page) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
