"""A scene to a file; the suffix says which kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from her2kg.figures.errors import FigureError
from her2kg.figures.plates import to_bytes
from her2kg.figures.svg import to_svg
from her2kg.files import write_atomically

if TYPE_CHECKING:
    from her2kg.figures.scene import Scene

FORMS = ("svg", "pdf", "png")


def form_of(path: str) -> str:
    """Return the kind of figure a file name asks for.

    Raises
    ------
    FigureError : none, or another one
    """
    form = path.rpartition(".")[2].casefold() if "." in path else ""
    if form not in FORMS:
        raise FigureError(f"{path}: the name must end with {', '.join(f'.{known}' for known in FORMS)}")
    return form


def save(scene: Scene, path: str, theme: str = "auto") -> None:
    """Write a scene, whole or not at all.

    Raises
    ------
    FigureError : unknown kind or theme, or matplotlib is missing for PDF and PNG
    ResourceError : the place cannot be written
    """
    form = form_of(path)
    write_atomically(path, to_svg(scene, theme) if form == "svg" else to_bytes(scene, form, theme))
