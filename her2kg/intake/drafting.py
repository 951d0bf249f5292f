"""Drafts: Turtle in the style of the data files, with open points as ``# TODO`` lines above the block they concern."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from her2kg.intake.order import place
from her2kg.terms import PREFIXES

if TYPE_CHECKING:
    from her2kg.intake.printed import Number
    from her2kg.tables import Table

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_DECLARED = ("her2", "kg", "rdfs", "skos", "dcterms", "xsd")


class Draft(NamedTuple):
    """What an import made.

    Parameters
    ----------
    text : Turtle
    report : one row per leaf of the record; see `her2kg.intake.leaves`
    todo : the open points, as in the text
    name : a name for the file, without ending
    """

    text: str
    report: Table
    todo: tuple[str, ...]
    name: str

    def summary(self) -> str:
        """Return how many leaves were mapped and how many points are open, in a line."""
        fates = self.report.column("fate")
        mapped = fates.count("mapped")
        return (
            f"{mapped} of {len(fates)} fields mapped, {len(fates) - mapped} not; {len(self.todo)} points to "
            f"decide (# TODO)"
        )

    def gaps(self) -> list[tuple[str, int]]:
        """Return why leaves were left out, and how many for each reason, commonest first."""
        counts = Counter(str(row["reason"]) for row in self.report if row["reason"])
        return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def literal(text: str, datatype: str = "") -> str:
    r"""Return a text as a Turtle literal; blanks at its ends go, control characters are escaped.

    >>> literal('a "b"'), literal("2020-01-31", "xsd:date")
    ('"a \\"b\\""', '"2020-01-31"^^xsd:date')
    """
    escaped = "".join(
        _ESCAPES.get(c) or (f"\\u{ord(c):04X}" if ord(c) < 32 or 127 <= ord(c) < 160 else c) for c in text.strip()
    )
    return f'"{escaped}"' + (f"^^{datatype}" if datatype else "")


def comment(text: str, longest: int = 300) -> str:
    """Return a text fit for one comment line."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= longest else line[: longest - 3] + "..."


class Block:
    """One subject with its statements."""

    def __init__(self, subject: str, kind: str) -> None:
        self.subject = subject
        self.kind = kind
        self.todos: list[str] = []
        self._rows: list[tuple[str, list[str]]] = []

    def put(self, predicate: str, *terms: str) -> Block:
        """Add statements whose objects are Turtle terms; empty ones are left out."""
        wanted = [term for term in terms if term]
        if wanted:
            for known, objects in self._rows:
                if known == predicate:
                    objects.extend(term for term in wanted if term not in objects)
                    return self
            self._rows.append((predicate, list(dict.fromkeys(wanted))))
        return self

    def say(self, predicate: str, *texts: str) -> Block:
        """Add statements whose objects are texts."""
        return self.put(predicate, *(literal(text) for text in texts if text.strip()))

    def number(self, predicate: str, found: Number) -> Block:
        """Add a number twice, as number and as text, with a note where the source prints it otherwise."""
        self.put(predicate, found.text).say(f"{predicate}Text", found.text)
        return self.say("skos:note", found.note) if found.note else self

    def texts(self, predicate: str) -> list[str]:
        """Return the objects of a predicate, as Turtle terms without their quotes."""
        return [term.strip('"') for known, objects in self._rows if known == predicate for term in objects]

    def has(self, predicate: str) -> bool:
        """Whether there is a statement with this predicate."""
        return any(known == predicate for known, _ in self._rows)

    def todo(self, text: str) -> Block:
        """Add an open point."""
        line = comment(text)
        if line not in self.todos:
            self.todos.append(line)
        return self

    def render(self) -> str:
        """Return the block as Turtle."""
        rows = sorted(self._rows, key=lambda row: place(row[0]))
        statements = [f"{self.subject} a {self.kind}", *(f"    {name} {' , '.join(objects)}" for name, objects in rows)]
        return "".join(f"# TODO {todo}\n" for todo in self.todos) + " ;\n".join(statements) + " ."


class Sheet:
    """The blocks of a draft, in sections."""

    def __init__(self, *head: str) -> None:
        self._head = [comment(line) for line in head]
        self._parts: list[str | Block] = []

    def note(self, text: str) -> None:
        """Add a comment at the head."""
        self._head.append(comment(text))

    def section(self, title: str) -> None:
        """Start a section."""
        self._parts.append(f"# {comment(title)}")

    def block(self, subject: str, kind: str) -> Block:
        """Start a block and return it."""
        block = Block(subject, kind)
        self._parts.append(block)
        return block

    @property
    def blocks(self) -> list[Block]:
        """The blocks in order."""
        return [part for part in self._parts if isinstance(part, Block)]

    def todos(self) -> tuple[str, ...]:
        """Return every open point with its subject."""
        head = (line.removeprefix("TODO ") for line in self._head if line.startswith("TODO "))
        return (*head, *(f"{block.subject}: {todo}" for block in self.blocks for todo in block.todos))

    def render(self) -> str:
        """Return the draft as Turtle; a section without blocks is left out."""
        head = [f"@prefix {name}: <{PREFIXES[name]}> ." for name in _DECLARED]
        texts = ["\n".join(head), "\n".join(f"# {line}" for line in self._head)]
        pending = ""
        for part in self._parts:
            if isinstance(part, str):
                pending = part
                continue
            if pending:
                texts.append(pending)
                pending = ""
            texts.append(part.render())
        return "\n\n".join(text for text in texts if text) + "\n"
