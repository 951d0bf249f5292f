"""Evidence graphs of any size: invented studies that pass every shape, with planted conflicts and defects.

    python benchmarks/generator.py 100000 --seed 1 -o studies.nt --key planted.tsv

About 100 triples a study, as N-Triples, written study by study: memory does not grow with the number. Each study is
drawn from its own stream of random numbers (seed and number of the study), so a graph of 1,000 studies is the
beginning of one of 100,000, and a single study can be made again without the others.

What is drawn comes from the shipped graph: which agents are given and tested; sizes of randomised and of single-arm
trials; hazard ratios with the standard error of their interval; control medians; response rates; days of publication.
Each value is one of the shipped ones, moved a little, with p value and medians that agree with it.

The key has one line per planted thing: study, kind, node at fault, rule that must find it. Kinds: ``defect`` (a printed
number that does not fit), ``conflict`` (two sources that differ) and, only with --broken, ``violation`` (a shape).
Nothing in these graphs is evidence.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

from invented import Study
from shipped_models import models

if TYPE_CHECKING:
    from collections.abc import Iterator


def studies(count: int, seed: int, broken: float = 0.0, first: int = 0) -> Iterator[Study]:
    """Yield invented studies, one at a time."""
    real = models()
    for number in range(first, first + count):
        yield Study(number, seed, real, broken)


def write(count: int, seed: int, to: IO[str], key: IO[str], broken: float = 0.0, first: int = 0) -> int:
    """Write the graph and its key; return the number of triples."""
    total = 0
    key.write("study\tkind\tnode\trule\n")
    for study in studies(count, seed, broken, first):
        to.writelines(study.lines)
        total += len(study.lines)
        key.writelines("\t".join(one) + "\n" for one in study.planted)
    return total


def main() -> None:
    """Write a graph to a file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("studies", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first study")
    parser.add_argument("--broken", type=float, default=0.0, help="share of studies that violate a shape")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--key", type=Path, required=True)
    chosen = parser.parse_args()
    with chosen.output.open("w", encoding="utf-8") as to, chosen.key.open("w", encoding="utf-8") as key:
        total = write(chosen.studies, chosen.seed, to, key, chosen.broken, chosen.first)
    sys.stderr.write(f"{chosen.studies:,} studies, {total:,} triples, {chosen.output.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
