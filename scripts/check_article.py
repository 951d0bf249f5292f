"""Check the graph against the text of the review, which is not shipped.

``python scripts/check_article.py ARTICLE.txt`` answers two questions. Is every number of the running text in the graph,
with a meaning? Does any text file of the repository share a run of eight words with the article? Exit code 0: yes and
no; 1: otherwise; 2: unreadable input.

A *numeric token* is a run of digits (with a decimal part if there is one) in the running text. Not counted are
reference numbers in square brackets, section and figure numbers, and digits that are part of a name: attached to a
letter before or behind (HER2, 89Zr), joined to one by a hyphen (PD-1, 5-FU), or the last word of one (receptor 2,
JAVELIN 300). IHC scores and registry numbers are counted: the former must be score categories, the latter registry
numbers of studies.

A token is *found* if a node says it: best in a number field of a statement that the review makes in that section, else
as a category or identifier, in words there, or in a statement from elsewhere. The best nodes are printed. That one of
them says it of the right thing is for a reader to see: the list is printed for that.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from her2kg import load
from her2kg.tables import Thing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from her2kg.knowledge import KnowledgeGraph
    from her2kg.tables import Cell

ROOT = Path(__file__).resolve().parent.parent
RUN, LETTERS = 8, 4
_SHOWN = 6
_HEADING = re.compile(r"^\s?(\d(?:\.\d){0,2})\s{1,2}(?:\ufffd\s*)?(?:[A-Z]|89Zr)")
_CAPTION = re.compile(r"^\s*Fig\.\s*(\d)\s{2,}")
_REFERENCES = re.compile(r"\[\d{1,2}(?:\s*[,–-]\s*\d{1,2})*\]")
_NAMES = re.compile(r"\b(?:receptor|factor|ligand|antigen|phosphatidylinositol)\s+\d\b")
_POINTERS = re.compile(r"\b(?:Figs?\.|Tables?)\s*\d|\bJAVELIN 300\b|https?://\S+|\bdoi\.\S+")
_SCORE = re.compile(r"(?<![\w.–-])(?:IHC\s*)?([0-3])(?:\s*/\s*([0-3]))?\s*\+|(?<![\w.])IHC\s*<?\s*([0-3])(?![\d.])")
_REGISTRY = re.compile(r"\bNCT\d{8}\b")
_NUMBER = re.compile(r"(?<![\w.])(?<![A-Za-z]-)(?<![A-Za-z]‑)\d+(?:\.\d+)?(?![\w.]*\d)(?!\w)(?!-[A-Z])")
_NUMBERS = frozenset(
    (
        "valueText",
        "lowerText",
        "upperText",
        "pText",
        "value",
        "lower",
        "upper",
        "p",
        "confidenceLevel",
        "numerator",
        "denominator",
        "n",
        "alpha",
        "margin",
        "atTime",
        "experimentalText",
        "controlText",
    )
)
_WORDS = frozenset(
    (
        "dose",
        "schedule",
        "statement",
        "populationText",
        "label",
        "note",
        "altLabel",
        "definition",
        "printedDate",
        "title",
    )
)
_GRADES = (
    "number, same section",
    "category or identifier",
    "words, same section",
    "number, elsewhere in the review",
    "number, other source or study",
    "words, elsewhere",
    "MISSING",
)


class Token(NamedTuple):
    """One number of the article: its text, section, sentence (counted from 1 within the section), and a few words."""

    text: str
    section: str
    sentence: int
    context: str


class Home(NamedTuple):
    """A field of a node that holds a number."""

    grade: int
    node: str
    field: str


def sections(text: str) -> Iterator[tuple[str, str]]:
    """Cut the article at its headings; yield locators as the graph writes them, and the running text."""
    name, lines = "abstract", list[str]()
    for line in text.splitlines():
        heading, caption = _HEADING.match(line), _CAPTION.match(line)
        if not (heading or caption or line.strip() == "Key Points"):
            lines.append(line)
            continue
        yield name, _flow(lines)
        lines = []
        # A caption stands in the middle of a section: what follows it is looked for under both names.
        if caption:
            name = f"{name.partition(' or ')[0]} or figure {caption[1]} caption"
        else:
            name = f"section {heading[1]}" if heading else "key points"
    yield name, _flow(lines)


def _flow(lines: list[str]) -> str:
    return " ".join(re.sub(r"(?<=[a-z])-\n\s*(?=[a-z])", "", "\n".join(lines)).split())


def tokens(text: str) -> Iterator[Token]:
    """Yield the numeric tokens of the article."""
    for section, flow in sections(text):
        bare = flow
        for pattern in (_REFERENCES, _POINTERS, _NAMES):
            bare = pattern.sub(lambda m: " " * len(m[0]), bare)
        starts = [0, *(m.end() for m in re.finditer(r"[.!?](?:\s+)(?=[A-Z89])", bare))]
        found = [(match.start(), match[0]) for match in _REGISTRY.finditer(bare)]
        for match in _SCORE.finditer(bare):
            found += [(match.start(i), f"IHC {match[i]}") for i in (1, 2, 3) if match[i] is not None]
        taken = {position for position, _ in found}
        found += [(m.start(), m[0]) for m in _NUMBER.finditer(bare) if m.start() not in taken]
        for position, token in sorted(found):
            sentence = sum(1 for start in starts if start <= position)
            yield Token(token, section, sentence, flow[max(0, position - 30) : position + 25])


def key(text: str) -> str:
    """Return a number without trailing zeros, so that 0.60 and 0.6 meet."""
    return format(Decimal(text).normalize(), "f")


def homes(kg: KnowledgeGraph) -> dict[str, list[tuple[str, str, bool]]]:
    """Return for every number (or IHC score, or registry number) the nodes, fields, and whether a number field."""
    index: dict[str, list[tuple[str, str, bool]]] = defaultdict(list)
    claims = {_id(row["s"]) for row in kg.sparql("SELECT ?s WHERE { ?s a her2:Claim }")}
    for row in kg.sparql("SELECT ?s ?p (STR(?o) AS ?text) WHERE { ?s ?p ?o FILTER(isLiteral(?o)) }"):
        node, field, text = _id(row["s"]), _id(row["p"]).rpartition(":")[2], str(row["text"])
        if not node.startswith("kg:") or node in claims:
            continue
        if field == "score":
            index[f"IHC {key(text)}"].append((node, field, True))
        elif field == "registryNumber":
            index[text].append((node, field, True))
        elif field in _NUMBERS and re.fullmatch(r"-?\d+(?:\.\d+)?", text):
            index[key(text)].append((node, field, True))
        elif field in _WORDS:
            for number in set(re.findall(r"\d+(?:\.\d+)?", text)):
                index[key(number)].append((node, field, False))
    return index


def places(kg: KnowledgeGraph) -> dict[str, set[str]]:
    """Return for every node the places in the review at which it is said."""
    found: dict[str, set[str]] = defaultdict(set)
    said = "her2:source kg:review-2020 ; her2:locator ?l"
    above = "her2:forProposition|her2:ofQuantity|her2:ofAnalysis"
    for pattern in (f"?s {said}", f"?report {said} ; {above} ?s"):
        for row in kg.sparql(f"SELECT DISTINCT ?s ?l WHERE {{ {pattern} }}"):
            found[_id(row["s"])].add(str(row["l"]))
    return found


def _id(cell: Cell) -> str:
    return cell.id if isinstance(cell, Thing) else ""


def best(token: Token, index: dict[str, list[tuple[str, str, bool]]], where: dict[str, set[str]]) -> list[Home]:
    """Return every home of a token that has the best grade there is; none if it is nowhere."""
    sought = token.text if token.text[0] in "IN" else key(token.text)
    names = "|".join(re.escape(name) for name in token.section.split(" or "))
    found: list[Home] = []
    for node, field, number in index.get(sought, ()):
        said = where.get(node, set())
        here = any(re.search(rf"(?:{names})(?![\d.]*\d)", place) for place in said)
        if field in {"score", "registryNumber"}:
            grade = 1
        elif here:
            grade = 0 if number else 2
        else:
            grade = (3 if said else 4) if number else 5
        found.append(Home(grade, node, field))
    return sorted({home for home in found if home.grade == min(h.grade for h in found)})


def words(text: str) -> list[str]:
    """Return the words of a text in lower case; a decimal number is one word."""
    return re.findall(r"\d+\.\d+|[^\W_]+", text.casefold())


def runs(article: str) -> set[tuple[str, ...]]:
    """Return every run of eight words within a section, with words cut at line ends both joined and not."""
    found: set[tuple[str, ...]] = set()
    for text in (article, re.sub(r"(?<=[a-z])-\n\s*(?=[a-z])", "- ", article)):
        for _, flow in sections(text):
            listed = words(flow)
            found |= {tuple(listed[i : i + RUN]) for i in range(len(listed) - RUN + 1)}
    return {run for run in found if sum(word.isalpha() for word in run) >= LETTERS}


def shared(article: str) -> list[str]:
    """Return the runs that a text file of the repository shares with the article."""
    command = ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "-z"]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    known, found = runs(article), list[str]()
    for name in sorted(filter(None, names)):
        path = ROOT / name
        try:
            listed = words(path.read_text(encoding="utf-8"))
        except (UnicodeDecodeError, OSError):
            continue
        hits = dict.fromkeys(run for i in range(len(listed) - RUN + 1) if (run := tuple(listed[i : i + RUN])) in known)
        found += [f"{name}: {' '.join(run)}" for run in hits]
    return found


def main(arguments: list[str]) -> int:
    """Run both checks and print what was found."""
    if len(arguments) != 1:
        print("usage: python scripts/check_article.py ARTICLE.txt", file=sys.stderr)
        return 2
    try:
        article = Path(arguments[0]).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        print(f"{arguments[0]}: {error.strerror}", file=sys.stderr)
        return 2
    kg = load()
    index, where, count = homes(kg), places(kg), Counter[str]()
    lost: list[Token] = []
    for token in tokens(article):
        found = best(token, index, where)
        grade = _GRADES[found[0].grade if found else -1]
        count[grade] += 1
        said = ", ".join(f"{home.node} {home.field}" for home in found[:_SHOWN])
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        print("\t".join((token.text, token.section, f"sentence {token.sentence}", grade, said + more)))
        if not found:
            lost.append(token)
    copied = shared(article)
    print(
        f"\n{count.total()} numeric tokens: "
        + ", ".join(f"{count[grade]} {grade}" for grade in _GRADES if count[grade])
    )
    for token in lost:
        print(f"not found: {token.text} in {token.section}, sentence {token.sentence}: ...{token.context}...")
    print(f"runs of {RUN} words shared with the article: {len(copied)}")
    for line in copied:
        print(f"shared: {line}")
    return 1 if lost or copied else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
