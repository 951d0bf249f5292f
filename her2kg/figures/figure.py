"""A figure that was drawn, with the data behind it: shown by notebooks, written to files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from her2kg.figures.svg import to_svg

if TYPE_CHECKING:
    from her2kg.figures.scene import Scene


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure; a notebook shows it when it is the last value of a cell.

    Parameters
    ----------
    scene : what is drawn
    csv : the data behind it, as comma-separated values with a heading
    """

    scene: Scene
    csv: str

    def svg(self, theme: str = "auto") -> str:
        """Return the figure as SVG, ``auto`` following the reader's light or dark device.

        Raises
        ------
        FigureError : no such theme
        """
        return to_svg(self.scene, theme)

    def save(self, path: str, theme: str = "auto") -> None:
        """Write the figure to a file that ends with ``.svg``, ``.pdf`` or ``.png``.

        Raises
        ------
        FigureError : unknown suffix or theme, or matplotlib is missing for PDF and PNG
        """
        from her2kg.figures.saving import save

        save(self.scene, path, theme)

    def __repr__(self) -> str:
        return f"<Figure: {self.scene.title}>"

    def _repr_svg_(self) -> str:
        return self.svg()
