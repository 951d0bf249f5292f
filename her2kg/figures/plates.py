"""A scene as PDF or PNG, by matplotlib (extra ``figures``); the same scene gives the same bytes on one machine.

The font is DejaVu Sans, which matplotlib brings along: no font of the machine is looked for. PDF embeds it as TrueType,
so that text stays text. A sign DejaVu Sans lacks (Chinese, emoji) appears as a box in PDF and PNG; SVG shows it.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from her2kg.figures.errors import FigureError
from her2kg.figures.scene import RAISED_BY, RAISED_GAP, RAISED_SIZE, Circle, Group, Line, Path, Polygon, Rect, Text
from her2kg.figures.theme import colour

if TYPE_CHECKING:
    from collections.abc import Iterable

    from her2kg.figures.scene import Item, Scene, Shape

SCALE = 3.0
"""Pixels of a PNG per pixel of the scene: 288 per inch, what journals ask of a picture in print."""

_PER_INCH = 96.0
_POINTS = 72.0 / _PER_INCH
_CODES = {"M": (1,), "L": (2,), "Q": (3, 3), "C": (4, 4, 4), "Z": (79,)}
"""Steps of a path as matplotlib numbers them, one code per point."""
_KAPPA = 0.5522847498
"""Share of the radius at which the handles of a cubic Bezier stand that best follows a quarter circle."""


def to_bytes(scene: Scene, form: str, theme: str = "light") -> bytes:
    """Return the bytes of a ``pdf`` or ``png``.

    Raises
    ------
    FigureError : matplotlib is not installed, or no such theme
    """
    if find_spec("matplotlib") is None:
        raise FigureError(f"{form.upper()} needs matplotlib: pip install 'her2kg[figures]', or write SVG")
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    settings: Any = {
        "font.family": "DejaVu Sans",
        "pdf.fonttype": 42,
        "text.parse_math": False,
        "path.simplify": False,
        "text.hinting": "none",
    }
    with rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)
        figure = Figure(figsize=(scene.width / _PER_INCH, scene.height / _PER_INCH), dpi=_PER_INCH)
        FigureCanvasAgg(figure)
        figure.patch.set_facecolor(colour("ground", theme))
        for artist in _artists(scene, scene.items, theme):
            figure.add_artist(artist)
        out = io.BytesIO()
        # Neither date nor version of the program: they would change the bytes and say nothing about the figure.
        nothing = {"Creator": None, "Producer": None, "CreationDate": None} if form == "pdf" else {"Software": None}
        figure.savefig(
            out,
            format=form,
            dpi=_PER_INCH * SCALE if form == "png" else _PER_INCH,
            facecolor=figure.get_facecolor(),
            metadata={**nothing, "Title": scene.title},
        )
    return out.getvalue()


def _artists(scene: Scene, items: Iterable[Item], theme: str, href: str = "") -> list[Any]:
    """Return everything to draw, in order; texts of a group with an address lead there in PDF."""
    found: list[Any] = []
    for item in items:
        match item:
            case Group():
                found += _artists(scene, item.items, theme, item.href or href)
            case Text():
                texts = [_text(scene, part, theme) for part in _parts(item) if part.text]
                for text in texts:
                    text.set_url(href or None)
                found += texts
            case _:
                found.append(_patch(scene, item, theme))
    # matplotlib draws by kind of artist unless told otherwise; here it is the order that counts.
    for place, artist in enumerate(found):
        artist.set_zorder(place)
    return found


def _parts(text: Text) -> list[Text]:
    """Return a text, and its raised signs as a text of their own behind where the first one ends in this font."""
    if not text.raised:
        return [text]
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=text.size, weight="bold" if text.bold else "normal")
    drawn, _, _ = text_to_path.get_text_width_height_descent(text.text, font, ismath=False)
    signs = replace(
        text,
        x=text.x + drawn + RAISED_GAP,
        y=text.y - RAISED_BY * text.size,
        text=text.raised,
        size=RAISED_SIZE * text.size,
        bold=False,
        raised="",
    )
    return [replace(text, raised=""), signs]


def _text(scene: Scene, text: Text, theme: str) -> Any:
    from matplotlib import text as mpl_text
    from matplotlib.patheffects import withStroke

    artist = mpl_text.Text(
        text.x / scene.width,
        1.0 - text.y / scene.height,
        text.text,
        color=colour(text.colour, theme),
        fontsize=text.size * _POINTS,
        fontweight="bold" if text.bold else "normal",
        fontstyle="italic" if text.italic else "normal",
        ha={"start": "left", "middle": "center", "end": "right"}[text.anchor],
        va="baseline",
    )
    if text.halo:
        artist.set_path_effects([withStroke(linewidth=3 * _POINTS, foreground=colour("ground", theme))])
    return artist


def _patch(scene: Scene, shape: Shape, theme: str) -> Any:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Curve

    points: list[tuple[float, float]] = []
    codes: list[int] = []
    for letter, *numbers in _steps(shape):
        pairs = list(zip(numbers[::2], numbers[1::2], strict=True)) or [(0.0, 0.0)]
        points += [(x / scene.width, 1.0 - y / scene.height) for x, y in pairs]
        codes += _CODES[letter]
    fill = None if isinstance(shape, Line) else shape.fill
    dash = () if isinstance(shape, Polygon) else shape.dash
    width = shape.stroke_width * _POINTS
    return PathPatch(
        Curve(points, codes),
        facecolor=colour(fill, theme) if fill else "none",
        edgecolor=colour(shape.stroke, theme) if shape.stroke else "none",
        linewidth=width if shape.stroke else 0.0,
        linestyle=(0.0, [n * _POINTS / width for n in dash]) if dash else "solid",
        capstyle="butt",
        joinstyle="miter",
    )


def _steps(shape: Shape) -> list[tuple[Any, ...]]:
    """Return any shape as the steps of a path."""
    match shape:
        case Path():
            return list(shape.steps)
        case Line():
            return [("M", shape.x1, shape.y1), ("L", shape.x2, shape.y2)]
        case Polygon():
            first, *rest = shape.points
            return [("M", *first), *(("L", *point) for point in rest), ("Z",)]
        case Circle():
            return _rounded(shape.cx - shape.r, shape.cy - shape.r, 2 * shape.r, 2 * shape.r, shape.r)
        case Rect():
            return _rounded(shape.x, shape.y, shape.width, shape.height, shape.radius)


def _rounded(x: float, y: float, width: float, height: float, radius: float) -> list[tuple[Any, ...]]:
    r = min(radius, width / 2, height / 2)
    right, bottom = x + width, y + height
    if r == 0.0:
        return [("M", x, y), ("L", right, y), ("L", right, bottom), ("L", x, bottom), ("Z",)]
    k = r * (1.0 - _KAPPA)
    return [
        ("M", x + r, y),
        ("L", right - r, y),
        ("C", right - k, y, right, y + k, right, y + r),
        ("L", right, bottom - r),
        ("C", right, bottom - k, right - k, bottom, right - r, bottom),
        ("L", x + r, bottom),
        ("C", x + k, bottom, x, bottom - k, x, bottom - r),
        ("L", x, y + r),
        ("C", x, y + k, x + k, y, x + r, y),
        ("Z",),
    ]
