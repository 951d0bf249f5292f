"""Colours by role, never by value: a figure says ``ink`` or ``negative``, a theme says what that looks like.

Hues are of the Okabe-Ito kind, told apart by all common forms of colour blindness, and roles that stand beside each
other differ in lightness too, so that they survive a grey printer. No meaning rests on colour alone: figures add a
shape, a dash or a word. Every text role has a contrast of 4.5 to 1 or more with `ground` and `band` (WCAG 2.2, 1.4.3),
every mark 3 to 1 with `ground` (1.4.11); `grid`, `band` and the ``...-wash`` fills are decoration that nothing depends
on.
"""

from her2kg.figures.errors import FigureError

ROLES = {
    # Surfaces.
    "ground": ("#ffffff", "#14171c"),
    "band": ("#f2f4f7", "#1f242c"),
    # Text.
    "ink": ("#16191d", "#eceef1"),
    "muted": ("#545b64", "#aeb6c0"),
    # Lines.
    "rule": ("#6b727b", "#8c95a1"),
    "grid": ("#d3d8de", "#39414c"),
    # Marks of one colour.
    "mark": ("#1f4e79", "#8fc1ee"),
    "pooled": ("#b3400a", "#f79a5e"),
    # Verdicts: dark blue and light orange keep apart in grey.
    "positive": ("#0b4f8a", "#7cc0f8"),
    "negative": ("#cf5a00", "#e8813a"),
    "mixed": ("#8a4f7d", "#d9a0cb"),
    "pending": ("#6b727b", "#8c95a1"),
    "positive-wash": ("#d6e6f4", "#17334c"),
    "negative-wash": ("#fbe3cf", "#4a2a12"),
    "mixed-wash": ("#efdfeb", "#3c2738"),
    "pending-wash": ("#e6e9ed", "#2a3038"),
    # Categories without rank.
    "category-1": ("#0b4f8a", "#7cc0f8"),
    "category-2": ("#cf5a00", "#e8813a"),
    "category-3": ("#00775a", "#4fc9a4"),
    "category-4": ("#a3407a", "#e69ac6"),
    "category-5": ("#7a6200", "#d9bf4a"),
    "category-6": ("#454b54", "#c3c9d1"),
}
"""What each role looks like: light, dark."""

TEXT_ROLES = ("ink", "muted")
"""Roles that text may have."""

DECORATION = ("ground", "band", "grid", "positive-wash", "negative-wash", "mixed-wash", "pending-wash")
"""Roles on which no meaning may rest."""

THEMES = ("auto", "light", "dark")
"""``auto`` follows the reader's device in SVG, and is ``light`` in PDF and PNG."""


def colour(role: str, theme: str = "light") -> str:
    """Return the colour of a role as ``#rrggbb``.

    Raises
    ------
    FigureError : no such role or theme
    """
    if theme not in THEMES:
        raise FigureError(f"no theme named {theme!r}; known: {', '.join(THEMES)}")
    try:
        light, dark = ROLES[role]
    except KeyError:
        raise FigureError(f"no colour role named {role!r}; known: {', '.join(ROLES)}") from None
    return dark if theme == "dark" else light


def luminance(hexadecimal: str) -> float:
    """Return the relative luminance of ``#rrggbb``, 0 to 1 (WCAG 2.2, definition of relative luminance).

    Examples
    --------
    >>> luminance("#ffffff")
    1.0
    """
    channels = [int(hexadecimal[i : i + 2], 16) / 255.0 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
