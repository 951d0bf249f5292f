"""What can go wrong with a figure; a leaf."""

from her2kg.errors import Her2kgError


class FigureError(Her2kgError):
    """A figure that cannot be drawn as asked: an unknown format or theme, a width too small, nothing to draw."""
