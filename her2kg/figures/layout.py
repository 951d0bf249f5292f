"""Placing what has no place of its own: rows by their neighbours, boxes in a column, links between columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from her2kg.figures.scene import Path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from her2kg.figures.scene import Point

_ROUNDS = 24


def by_neighbours(names: Sequence[str], links: Iterable[tuple[str, str]]) -> list[str]:
    """Return names in an order that puts those with common neighbours together, so that links cross little.

    Barycentre method (Sugiyama, Tagawa, Toda. IEEE Trans Syst Man Cybern 1981;11:109), both sides in turn, from the
    order given; of the orders met, the one with the fewest crossings. Ties keep the order before.
    """
    pairs = [(one, other) for one, other in dict.fromkeys(links) if one in set(names)]
    here, there = list(names), list(dict.fromkeys(other for _, other in pairs))
    best, fewest = list(here), _crossings(here, there, pairs)
    for _ in range(_ROUNDS):
        there = _sorted(there, here, [(b, a) for a, b in pairs])
        here = _sorted(here, there, pairs)
        crossed = _crossings(here, there, pairs)
        if crossed < fewest:
            best, fewest = list(here), crossed
    return best


def _sorted(moving: Sequence[str], fixed: Sequence[str], pairs: Sequence[tuple[str, str]]) -> list[str]:
    at = {name: i for i, name in enumerate(fixed)}
    centre: dict[str, float] = {}
    for i, name in enumerate(moving):
        own = [at[other] for one, other in pairs if one == name]
        centre[name] = sum(own) / len(own) if own else i * len(fixed) / max(1, len(moving))
    return sorted(moving, key=lambda name: centre[name])


def _crossings(left: Sequence[str], right: Sequence[str], pairs: Sequence[tuple[str, str]]) -> int:
    at, to = {name: i for i, name in enumerate(left)}, {name: i for i, name in enumerate(right)}
    ends = sorted((at[a], to[b]) for a, b in pairs)
    return sum(a < c and d < b for i, (a, b) in enumerate(ends) for c, d in ends[i + 1 :])


def stack(
    wanted: Mapping[str, float], heights: Mapping[str, float], top: float, bottom: float, gap: float
) -> dict[str, float]:
    """Return the middles of boxes in one column: each as near as possible to where it is wanted, none touching another.

    Least squares by pooling neighbours that would overlap (pool adjacent violators). The column begins at `top` or
    below; it reaches beyond `bottom` only if the boxes need more room than there is.

    Parameters
    ----------
    wanted : middle each box would like; order of equal wishes is that of the names
    heights : height of each box, > 0
    """
    names = sorted(wanted, key=lambda name: (wanted[name], name))
    # With its offset within the stack taken off, each box wants a place for the first; overlapping boxes share one.
    offsets, used = {}, 0.0
    for name in names:
        offsets[name] = used + heights[name] / 2
        used += heights[name] + gap
    blocks: list[list[float]] = []  # mean, number
    for name in names:
        blocks.append([wanted[name] - offsets[name], 1.0])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            mean, count = blocks.pop()
            blocks[-1] = [
                (blocks[-1][0] * blocks[-1][1] + mean * count) / (blocks[-1][1] + count),
                blocks[-1][1] + count,
            ]
    starts = [mean for mean, count in blocks for _ in range(int(count))]
    latest = max(top, bottom - (used - gap if names else 0.0))
    return {name: min(max(start, top), latest) + offsets[name] for name, start in zip(names, starts, strict=True)}


def link(start: Point, stop: Point, stroke: str, width: float, dash: tuple[float, ...] = ()) -> Path:
    """Return a smooth line from one column to another, level at both ends."""
    (x1, y1), (x2, y2) = start, stop
    middle = (x1 + x2) / 2
    return Path((("M", x1, y1), ("C", middle, y1, middle, y2, x2, y2)), stroke=stroke, stroke_width=width, dash=dash)


def layers(edges: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Return the layer of each node of a directed graph: 0 without predecessors, else one above the highest of them.

    An edge that would close a circle is left out, edges being taken in the order of their names.

    Examples
    --------
    >>> layers([("control", "drug"), ("drug", "drug + other")])
    {'control': 0, 'drug': 1, 'drug + other': 2}
    """
    before: dict[str, list[str]] = {}

    def reaches(node: str, goal: str) -> bool:
        return node == goal or any(reaches(other, goal) for other in before.get(node, ()))

    for tail, head in sorted(set(edges)):
        before.setdefault(tail, [])
        before.setdefault(head, [])
        if not reaches(tail, head):
            before[head].append(tail)
    found: dict[str, int] = {}

    def layer(node: str) -> int:
        if node not in found:
            found[node] = 1 + max((layer(other) for other in before[node]), default=-1)
        return found[node]

    return {node: layer(node) for node in sorted(before)}
