"""The one form of a Turtle data file: prefixes, then one subject per block, curators' order, comments kept.

What a file says does not change: it is read before and after, and a difference is an error, not a result.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import pyoxigraph as ox

from her2kg.intake.errors import IntakeError
from her2kg.intake.lexing import Token, tokens
from her2kg.intake.order import place
from her2kg.intake.reading import read_text, shown
from her2kg.terms import PREFIXES, TYPE

_SAFE = re.compile(r"\w(?:[\w.-]*[\w-])?")
_ESCAPE = re.compile(r"\\(.)")
_OPEN, _CLOSE = {"[", "("}, {"]", ")"}
Term = tuple[Token, ...]


class Row(NamedTuple):
    """A predicate with its objects, the comments above it and those behind it."""

    predicate: str
    objects: list[list[str]]
    above: list[str]
    behind: list[str]


class Statement(NamedTuple):
    """A block.

    Parameters
    ----------
    subject : as pieces: an IRI in angle brackets is shortened when written
    above : comments directly above it
    """

    subject: list[str]
    rows: list[Row]
    above: list[str]

    @property
    def iri(self) -> str:
        """The subject's IRI, empty for a blank node."""
        return self.subject[0][1:-1] if len(self.subject) == 1 and self.subject[0].startswith("<") else ""


class Document(NamedTuple):
    """A Turtle file: prefixes, and blocks and stretches of comment in their order."""

    prefixes: dict[str, str]
    head: list[list[str]]
    parts: list[Statement | list[str]]
    path: str

    @property
    def statements(self) -> list[Statement]:
        """The blocks."""
        return [part for part in self.parts if isinstance(part, Statement)]

    def declare(self, prefixes: dict[str, str]) -> None:
        """Add the prefixes that the graph itself uses and that are not declared yet."""
        taken = set(self.prefixes.values())
        for name, namespace in prefixes.items():
            if PREFIXES.get(name) == namespace and name not in self.prefixes and namespace not in taken:
                self.prefixes[name] = namespace

    def extended(self, statements: list[Statement]) -> Document:
        """Return the document with further blocks at its end."""
        return self._replace(parts=[*self.parts, *statements])


def format_file(path: str) -> tuple[str, str]:
    """Return a file's text as it is and as it should be.

    Raises
    ------
    IntakeError : it cannot be read or formatted
    TurtleError : it is not Turtle
    """
    from her2kg.engine import parse_turtle

    text = read_text(path, "Turtle", 256 * 1024 * 1024)
    parse_turtle(path)
    return text, format_text(text, path)


def format_text(text: str, path: str = "the text") -> str:
    """Return a Turtle text in the one form.

    Raises
    ------
    IntakeError : it has ``@base`` or syntax outside Turtle 1.1, or the form would say something else
    """
    formatted = render_document(read_document(text, path))
    if canonical(formatted, path) != canonical(text, path):
        raise IntakeError(
            f"{shown(path)}: the formatted text would say something else; left as it is: please report this file"
        )
    return formatted


def canonical(text: str, path: str) -> set[tuple[str, str, str]]:
    """Return what a text says as subject IRI, predicate IRI, object; blank nodes by canonical names.

    Raises
    ------
    IntakeError : it is not Turtle
    """
    try:
        data = ox.Dataset(ox.parse(text.encode(), format=ox.RdfFormat.TURTLE))
    except (SyntaxError, ValueError) as error:
        raise IntakeError(f"{shown(path)}: {' '.join(str(error).split())[:200]}") from None
    if any(isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode) for quad in data):
        data.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return {(str(quad.subject).strip("<>"), quad.predicate.value, str(quad.object)) for quad in data}


def read_document(text: str, path: str) -> Document:
    """Return a Turtle text as blocks with their comments.

    Raises
    ------
    IntakeError : as `format_text`
    """
    return _Reader(tokens(text, shown(path)), shown(path)).document()


class _Reader:
    """Goes over the tokens once."""

    def __init__(self, found: list[Token], path: str) -> None:
        self._tokens = found
        self._path = path
        self._at = 0
        self._prefixes: dict[str, str] = {}

    def document(self) -> Document:
        head: list[list[str]] = []
        parts: list[Statement | list[str]] = []
        begun = False
        while self._at < len(self._tokens):
            groups = self._comments()
            token = self._peek()
            directive = (
                token is not None
                and (token.text.lower() in {"@prefix", "@base", "prefix", "base"})
                and token.kind in {"at", "word"}
            )
            loose, above = (
                (groups, []) if token is None or token.gap or directive or not groups else (groups[:-1], groups[-1])
            )
            (parts if begun else head).extend(loose)
            if token is None:
                break
            if directive:
                self._directive(token)
                continue
            if not begun and not self._prefixes:
                parts[:0], head = head, []
            begun = True
            parts.append(self._statement(above))
        if not begun and self._prefixes:
            return Document(self._prefixes, head, parts, self._path)
        return Document(self._prefixes, *self._placed(head, parts), self._path)

    def _placed(
        self, head: list[list[str]], parts: list[Statement | list[str]]
    ) -> tuple[list[list[str]], list[Statement | list[str]]]:
        """Leave at the top only the comments that stand before the first directive."""
        first = next((token.line for token in self._tokens if token.kind != "comment"), 0)
        before = sum(len(group) for group in self._groups_before(first))
        top: list[list[str]] = []
        rest: list[Statement | list[str]] = []
        count = 0
        for group in head:
            count += len(group)
            (top if count <= before else rest).append(group)
        return top, [*rest, *parts]

    def _groups_before(self, line: int) -> list[list[str]]:
        return [[token.text] for token in self._tokens if token.kind == "comment" and token.line < line]

    def _comments(self) -> list[list[str]]:
        """Take comments on lines of their own, grouped by empty lines."""
        groups: list[list[str]] = []
        while (token := self._peek()) is not None and token.kind == "comment":
            if token.gap or not groups:
                groups.append([])
            groups[-1].append(token.text.rstrip())
            self._at += 1
        return groups

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self) -> Token:
        token = self._peek()
        if token is None:
            raise IntakeError(f"{self._path}: ends in the middle of a statement")
        self._at += 1
        return token

    def _directive(self, token: Token) -> None:
        self._at += 1
        if "base" in token.text.lower():
            raise IntakeError(
                f"{self._path}, line {token.line}: a base IRI: write IRIs in full, then it can be formatted"
            )
        name, iri = self._next(), self._next()
        prefix, namespace = name.text[:-1], iri.text[1:-1]
        if self._prefixes.get(prefix, namespace) != namespace:
            raise IntakeError(f"{self._path}, line {token.line}: prefix {prefix}: is declared again for another IRI")
        self._prefixes[prefix] = namespace
        dot = self._peek()
        if token.kind == "at" and dot is not None and dot.text == ".":
            self._at += 1

    def _statement(self, above: list[str]) -> Statement:
        rows: list[Row] = []
        subject = self._term([])
        pending: list[str] = []
        while True:
            token = self._next()
            if token.kind == "comment":
                self._place(token, rows, pending)
            elif token.text == "." and token.kind == "mark":
                break
            elif token.text == ";" and token.kind == "mark":
                continue
            else:
                self._at -= 1
                predicate = "".join(self._term(pending))
                row = Row(f"<{TYPE}>" if predicate == "a" else predicate, [], pending, [])
                rows.append(row)
                self._objects(row)
                pending = []
        while (token_ := self._peek()) is not None and token_.kind == "comment" and not token_.alone and rows:
            rows[-1].behind.append(token_.text.rstrip())
            self._at += 1
        return Statement(subject, rows, [*above, *pending])

    def _objects(self, row: Row) -> None:
        while True:
            token = self._next()
            if token.kind == "comment":
                (row.above if token.alone else row.behind).append(token.text.rstrip())
            elif token.kind == "mark" and token.text in {";", "."}:
                self._at -= 1
                return
            elif token.kind != "mark" or token.text != ",":
                self._at -= 1
                row.objects.append(self._term(row.behind))

    @staticmethod
    def _place(token: Token, rows: list[Row], pending: list[str]) -> None:
        (rows[-1].behind if rows and not token.alone else pending).append(token.text.rstrip())

    def _term(self, comments: list[str]) -> list[str]:
        """Take a term, or everything between brackets."""
        pieces: list[str] = []
        depth = 0
        while True:
            token = self._next()
            if token.kind == "comment":
                comments.append(token.text.rstrip())
                continue
            if token.kind == "mark" and token.text in _OPEN:
                depth += 1
            elif token.kind == "mark" and token.text in _CLOSE:
                depth -= 1
            elif token.kind == "mark" and not depth:
                raise IntakeError(f"{self._path}, line {token.line}: {token.text!r} where a term should be")
            pieces.append(self._piece(token))
            following = self._peek()
            joined = following is not None and (
                following.kind == "type" or (following.kind == "at" and token.kind == "string")
            )
            if not depth and not joined and token.kind != "type":
                return pieces

    def _piece(self, token: Token) -> str:
        if token.kind != "name":
            return token.text
        prefix, _, local = token.text.partition(":")
        if prefix not in self._prefixes:
            raise IntakeError(f"{self._path}, line {token.line}: prefix {prefix}: is not declared")
        plain = _ESCAPE.sub(r"\1", local)
        return f"<{self._prefixes[prefix]}{plain}>"


def render_document(document: Document) -> str:
    """Return a document in the one form."""
    known = list(PREFIXES)
    names = sorted(document.prefixes, key=lambda name: (known.index(name) if name in PREFIXES else len(known), name))
    shorten = _shortener(document.prefixes)
    texts = ["\n".join(group) for group in document.head]
    texts.append("\n".join(f"@prefix {name}: <{document.prefixes[name]}> ." for name in names))
    texts += ["\n".join(part) if isinstance(part, list) else _block(part, shorten) for part in document.parts]
    return "\n\n".join(text for text in texts if text) + "\n"


class _shortener:
    """Writes IRIs with the prefixes of a document."""

    def __init__(self, prefixes: dict[str, str]) -> None:
        self._namespaces = sorted(
            ((namespace, name) for name, namespace in prefixes.items() if namespace),
            key=lambda pair: (-len(pair[0]), pair[1]),
        )

    def __call__(self, piece: str) -> str:
        if piece.startswith("<") and "\\" not in piece:
            iri = piece[1:-1]
            for namespace, name in self._namespaces:
                if iri.startswith(namespace) and _SAFE.fullmatch(iri[len(namespace) :]):
                    return f"{name}:{iri[len(namespace) :]}"
        return piece


def _term_text(pieces: list[str], shorten: _shortener) -> str:
    text = ""
    for piece in pieces:
        glued = not text or text.endswith("^^") or piece == "^^" or piece.startswith("@")
        text += ("" if glued else " ") + shorten(piece)
    return text


def _block(statement: Statement, shorten: _shortener) -> str:
    merged: dict[str, Row] = {}
    for row in statement.rows:
        same = merged.setdefault(row.predicate, Row(row.predicate, [], [], []))
        same.objects.extend(one for one in row.objects if one not in same.objects)
        same.above.extend(row.above)
        same.behind.extend(row.behind)
    rows = sorted(
        merged.values(), key=lambda row: place("a" if row.predicate == f"<{TYPE}>" else _curie(row.predicate))
    )
    lines = list(statement.above)
    subject = _term_text(statement.subject, shorten)
    if not rows:  # a blank node with its properties inside
        return "\n".join([*lines, f"{subject} ."])
    for i, row in enumerate(rows):
        above = [*row.above, *row.behind] if len(row.behind) > 1 else row.above
        if i == 0:
            lines += above
        else:
            lines += [f"    {comment}" for comment in above]
        name = "a" if row.predicate == f"<{TYPE}>" else shorten(row.predicate)
        objects = " , ".join(_term_text(one, shorten) for one in row.objects)
        end = " ." if i == len(rows) - 1 else " ;"
        behind = f"  {row.behind[0]}" if len(row.behind) == 1 else ""
        lines.append(f"{subject if i == 0 else '   '} {name} {objects}{end}{behind}")
    return "\n".join(lines)


def _curie(predicate: str) -> str:
    iri = predicate[1:-1]
    for name, namespace in PREFIXES.items():
        if iri.startswith(namespace):
            return f"{name}:{iri[len(namespace) :]}"
    return iri
