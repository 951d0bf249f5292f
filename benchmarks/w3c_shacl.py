"""The W3C SHACL test suite, run with the fast engine and with pySHACL.

    python benchmarks/w3c_shacl.py data-shapes/data-shapes-test-suite/tests

The suite is not part of this project: get the repository w3c/data-shapes. A test passes where the results agree with
the expected ones in focus node, path, value, severity and constraint component; blank nodes count as one. A test whose
shapes are not well-formed passes where the engine refuses them.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pyshacl
import shacl
from rdflib import RDF, BNode, Graph, Namespace, URIRef

if TYPE_CHECKING:
    from rdflib.term import Node

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
SH = Namespace("http://www.w3.org/ns/shacl#")
Row = tuple[str, ...]


def shown(node: Node | None) -> str:
    """Return a node for comparison; blank nodes have no names."""
    return "" if node is None else "_:" if isinstance(node, BNode) else node.n3()


def rows(report: Graph, node: Node) -> Counter[Row]:
    """Return the results of a report."""
    fields = (SH.focusNode, SH.resultPath, SH.value, SH.resultSeverity, SH.sourceConstraintComponent)
    return Counter(
        tuple(shown(report.value(result, field)) for field in fields) for result in report.objects(node, SH.result)
    )


def by_fast(data: Path, shapes: Path) -> Counter[Row]:
    """Validate with the fast engine."""
    report = Graph().parse(data=shacl.validate(str(data), str(shapes)).turtle, format="turtle")
    return rows(report, report.value(None, RDF.type, SH.ValidationReport))


def by_reference(data: Path, shapes: Path) -> Counter[Row]:
    """Validate with pySHACL."""
    graphs = [Graph().parse(path, format="turtle") for path in (data, shapes)]
    _, report, text = pyshacl.validate(graphs[0], shacl_graph=graphs[1], inference="none")
    if isinstance(report, pyshacl.errors.ValidationFailure):
        raise ValueError(text)
    return rows(report, report.value(None, RDF.type, SH.ValidationReport))


def main() -> None:
    """Run every test of the suite and print what passes and what does not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite", type=Path)
    suite = parser.parse_args().suite
    warnings.simplefilter("ignore")
    passed: Counter[tuple[str, str]] = Counter()
    total: Counter[str] = Counter()
    for path in sorted(suite.glob("*/**/*.ttl")):
        manifest = Graph().parse(path, publicID=path.resolve().as_uri(), format="turtle")
        for test in manifest.subjects(RDF.type, SHT.Validate):
            action, wanted = manifest.value(test, MF.action), manifest.value(test, MF.result)
            data, shapes = (
                path.parent / Path(str(manifest.value(action, which))).name
                if isinstance(manifest.value(action, which), URIRef)
                else path
                for which in (SHT.dataGraph, SHT.shapesGraph)
            )
            kind = path.relative_to(suite).parts[0]
            total[kind] += 1
            for engine in (by_fast, by_reference):
                try:
                    found = engine(data, shapes)
                    right = wanted != SHT.Failure and found == rows(manifest, wanted)
                except Exception as error:
                    right = wanted == SHT.Failure
                    if not right:
                        sys.stderr.write(f"{engine.__name__} {path.stem}: {str(error)[:100]}\n")
                passed[engine.__name__, kind] += right
                if not right:
                    sys.stdout.write(f"{engine.__name__} differs: {path.relative_to(suite)}\n")
    for (engine_name, kind), count in sorted(passed.items()):
        sys.stdout.write(f"{engine_name} {kind}: {count} of {total[kind]}\n")


if __name__ == "__main__":
    main()
