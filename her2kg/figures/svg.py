"""A scene as SVG, with the standard library alone; the same scene gives the same bytes.

Every colour is written as a literal attribute, which any program reads. With the theme ``auto`` a style sheet on top of
that replaces them by custom properties (``--her2kg-ink`` ...) that follow the reader's device; a page that embeds the
SVG can set these on ``svg.her2kg-auto`` to follow a switch of its own. Identifiers carry a digest of the scene, so that
several figures can stand in one page.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from her2kg.figures.metrics import printable
from her2kg.figures.scene import (
    RAISED_BY,
    RAISED_GAP,
    RAISED_SIZE,
    Circle,
    Group,
    Line,
    Path,
    Polygon,
    Rect,
    Text,
)
from her2kg.figures.theme import ROLES, colour

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from her2kg.figures.scene import Item, Scene, Shape

FONTS = "Arial, 'Liberation Sans', Helvetica, 'DejaVu Sans', sans-serif"
"""Families that `her2kg.figures.metrics` measures; nothing is downloaded."""


def to_svg(scene: Scene, theme: str = "auto") -> str:
    """Return an SVG document without XML declaration, so that it can stand in HTML as well; ends with a newline.

    Raises
    ------
    FigureError : no such theme or colour role
    """
    ground = colour("ground", theme)
    body = [_element(item, theme) for item in scene.items]
    roles = sorted({"ground", *_roles(scene.items)})
    key = "k" + hashlib.sha256("\n".join((scene.title, scene.description, theme, *body)).encode()).hexdigest()[:10]
    width, height = _number(scene.width), _number(scene.height)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="her2kg-{theme}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-labelledby="{key}-title {key}-desc" '
        f'font-family="{FONTS}">',
        f'<title id="{key}-title">{escape(printable(scene.title))}</title>',
        f'<desc id="{key}-desc">{escape(printable(scene.description))}</desc>',
        *([_style(roles)] if theme == "auto" else []),
        f'<rect class="fill-ground" width="{width}" height="{height}" fill="{ground}"/>',
        *body,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _style(roles: Sequence[str]) -> str:
    """Return the style sheet of the roles in use; scoped, since a style in an inline SVG reaches the whole page."""

    def properties(side: int) -> str:
        return "".join(f"--her2kg-{role}:{ROLES[role][side]};" for role in roles)

    return "\n".join(
        [
            "<style>",
            f".her2kg-auto{{{properties(0)}}}",
            f"@media (prefers-color-scheme:dark){{.her2kg-auto{{{properties(1)}}}}}",
            f"@media print{{.her2kg-auto{{{properties(0)}}}}}",
            *(
                f".her2kg-auto .{name}-{role}{{{name}:var(--her2kg-{role})}}"
                for role in roles
                for name in ("fill", "stroke")
            ),
            "</style>",
        ]
    )


def _roles(items: Iterable[Item]) -> set[str]:
    found: set[str] = set()
    for item in items:
        match item:
            case Group():
                found |= _roles(item.items)
            case Text():
                found |= {item.colour, "ground"} if item.halo else {item.colour}
            case Line():
                found.add(item.stroke)
            case _:
                found |= {role for role in (item.fill, item.stroke) if role}
    return found


def _element(item: Item, theme: str) -> str:
    match item:
        case Group():
            return _group(item, theme)
        case Text():
            return _text(item, theme)
        case _:
            return _shape(item, theme)


def _group(group: Group, theme: str) -> str:
    title = f"<title>{escape(printable(group.title))}</title>" if group.title else ""
    inner = "\n".join(filter(None, (title, *(_element(item, theme) for item in group.items))))
    if group.href:
        return f"<a href={quoteattr(printable(group.href))}>\n{inner}\n</a>"
    return f"<g>\n{inner}\n</g>"


def _text(text: Text, theme: str) -> str:
    parts = [f'<text x="{_number(text.x)}" y="{_number(text.y)}" font-size="{_number(text.size)}"']
    if text.anchor != "start":
        parts.append(f'text-anchor="{text.anchor}"')
    if text.bold:
        parts.append('font-weight="bold"')
    if text.italic:
        parts.append('font-style="italic"')
    parts.append(_paint(text.colour, "ground" if text.halo else None, theme))
    if text.halo:
        parts.append('stroke-width="3" stroke-linejoin="round" paint-order="stroke"')
    return f"{' '.join(parts)}>{escape(text.text)}{_raised(text)}</text>"


def _raised(text: Text) -> str:
    if not text.raised:
        return ""
    rise, size = _number(-RAISED_BY * text.size), _number(RAISED_SIZE * text.size)
    start = f'<tspan dx="{_number(RAISED_GAP)}" dy="{rise}" font-size="{size}" font-weight="normal">'
    return f"{start}{escape(text.raised)}</tspan>"


def _shape(shape: Shape, theme: str) -> str:
    match shape:
        case Line():
            ends = zip(("x1", "y1", "x2", "y2"), (shape.x1, shape.y1, shape.x2, shape.y2), strict=True)
            start = f"<line {_attributes(ends)}"
        case Rect():
            sides = zip(("x", "y", "width", "height"), (shape.x, shape.y, shape.width, shape.height), strict=True)
            start = f"<rect {_attributes([*sides, *([('rx', shape.radius)] if shape.radius else [])])}"
        case Circle():
            start = f"<circle {_attributes((('cx', shape.cx), ('cy', shape.cy), ('r', shape.r)))}"
        case Polygon():
            points = " ".join(f"{_number(x)},{_number(y)}" for x, y in shape.points)
            start = f'<polygon points="{points}"'
        case Path():
            steps = " ".join(letter + " ".join(_number(n) for n in numbers) for letter, *numbers in shape.steps)
            start = f'<path d="{steps}"'
    fill = None if isinstance(shape, Line) else shape.fill
    parts = [start, _paint(fill, shape.stroke, theme)]
    if shape.stroke:
        parts.append(f'stroke-width="{_number(shape.stroke_width)}"')
        dash = () if isinstance(shape, Polygon) else shape.dash
        if dash:
            parts.append(f'stroke-dasharray="{" ".join(_number(n) for n in dash)}"')
    return " ".join(parts) + "/>"


def _paint(fill: str | None, stroke: str | None, theme: str) -> str:
    """Return the attributes of fill and stroke; the style sheet of the theme ``auto`` takes hold of the class."""
    classes = [f"{name}-{role}" for name, role in (("fill", fill), ("stroke", stroke)) if role]
    parts = [f'class="{" ".join(classes)}"'] if theme == "auto" and classes else []
    parts.append(f'fill="{colour(fill, theme) if fill else "none"}"')
    if stroke:
        parts.append(f'stroke="{colour(stroke, theme)}"')
    return " ".join(parts)


def _attributes(pairs: Iterable[tuple[str, float]]) -> str:
    return " ".join(f'{name}="{_number(value)}"' for name, value in pairs)


def _number(value: float) -> str:
    """Return a length with two decimals at most: a hundredth of a pixel is below what any device shows."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
