"""XML of others, read with the standard library's expat and no more trust than needed.

Entities cannot be declared (so none can explode), nothing outside the file is fetched, and depth and size are
bounded. A DOCTYPE that only names its DTD, as PubMed's does, is let pass and not followed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from her2kg.intake.errors import IntakeError
from her2kg.intake.reading import read_bytes, shown

_DEEPEST = 60
_MOST = 5_000_000


@dataclass
class Element:
    """An element.

    `text` is all the text in it, without markup such as italics; `mixed` says whether some stands outside its children.
    """

    tag: str
    attributes: dict[str, str]
    path: str
    children: list[Element] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    mixed: bool = False

    @property
    def text(self) -> str:
        """All text, with single blanks."""
        return " ".join("".join(self.pieces).split())

    def all(self, *tags: str) -> list[Element]:
        """Return the elements down a path of tags."""
        found = [self]
        for tag in tags:
            found = [child for one in found for child in one.children if child.tag == tag]
        return found

    def one(self, *tags: str) -> Element | None:
        """Return the first element down a path of tags."""
        return next(iter(self.all(*tags)), None)

    def at(self, *tags: str) -> str:
        """Return the text of the first element down a path of tags, empty if there is none."""
        found = self.one(*tags)
        return found.text if found else ""


class _Builder:
    def __init__(self, name: str) -> None:
        self.name = name
        self.root: Element | None = None
        self._open: list[Element] = []
        self._counts: list[dict[str, int]] = []
        self._number = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._number += 1
        if len(self._open) >= _DEEPEST or self._number > _MOST:
            raise IntakeError(f"{self.name}: deeper or longer than any PubMed record")
        path = tag
        if self._open:
            counts = self._counts[-1]
            position = counts.get(tag, 0)
            counts[tag] = position + 1
            path = f"{self._open[-1].path}.{tag}[{position}]"
        element = Element(tag, attributes, path)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)
        self._counts.append({})

    def end(self, _: str) -> None:
        closed = self._open.pop()
        self._counts.pop()
        if self._open:
            self._open[-1].pieces.append("".join(closed.pieces))

    def data(self, text: str) -> None:
        if self._open:
            self._open[-1].pieces.append(text)
            self._open[-1].mixed = self._open[-1].mixed or not text.isspace()

    def refuse(self, *_: object) -> None:
        raise IntakeError(f"{self.name}: declares entities, which no PubMed record does: refused")


def read_xml(path: str, what: str) -> Element:
    """Return the root element of an XML file.

    Raises
    ------
    IntakeError : not well-formed, not text in a known encoding, with entities of its own, or too deep; names line and
    column
    """
    name = shown(path)
    content = read_bytes(path, what)
    builder = _Builder(name)
    parser: Any = expat.ParserCreate()
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = builder.refuse
    parser.UnparsedEntityDeclHandler = builder.refuse
    parser.ExternalEntityRefHandler = builder.refuse
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.buffer_text = True
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        cut = (
            " (the file ends too early)" if error.code in {3, 4, 5, 6} and error.lineno >= content.count(b"\n") else ""
        )
        raise IntakeError(
            f"{name}, line {error.lineno} column {error.offset + 1}: no XML: {expat.ErrorString(error.code)}{cut}"
        ) from None
    except (LookupError, UnicodeError, ValueError) as error:
        if isinstance(error, IntakeError):
            raise
        raise IntakeError(f"{name}: not text in its encoding: {str(error)[:80]}") from None
    if builder.root is None:
        raise IntakeError(f"{name}: no XML element; expected {what}")
    return builder.root


def leaf_tree(element: Element) -> object:
    """Return an element as nested dictionaries and lists, for the account of its leaves: attributes behind an ``@``."""
    found: dict[str, object] = {f"@{name}": value for name, value in element.attributes.items()}
    if element.mixed or not element.children:
        if not found:
            return element.text
        return {**found, "text": element.text} if element.text else found
    groups: dict[str, list[object]] = {}
    for child in element.children:
        groups.setdefault(child.tag, []).append(leaf_tree(child))
    return {**found, **groups}
