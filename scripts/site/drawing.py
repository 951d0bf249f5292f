"""Boxes and arrows as SVG, top to bottom, in the colours of the page around them.

fast-sugiyama ranks the vertices and orders each rank so that few arrows cross. An arrow's label is a vertex of its own
between its ends, so labels get room and never lie on a box. Places within a rank follow here, because boxes differ in
size: vertices move towards their neighbours in turn, and each rank is the least-squares fit that keeps order and
distance (pool adjacent violators, Best and Chakravarti, Math Program 1990;47:425).
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from html import escape
from typing import NamedTuple

from fast_sugiyama import from_edges

CHARACTER = 7.25
"""Width of a character in the diagrams' fixed-width font, px."""
LINE = 17.0
"""Height of a line of text, px."""
_PAD = 9.0
_GAP = 22.0
_RISE = 32.0
_SWEEPS = 24


class Text(NamedTuple):
    """A line in a box or on an arrow: CSS classes, and where a click leads."""

    text: str
    style: str = ""
    link: str = ""


class Box(NamedTuple):
    """A vertex: heading lines, then rows."""

    key: str
    head: tuple[Text, ...]
    rows: tuple[Text, ...] = ()
    style: str = ""


class Arrow(NamedTuple):
    """An edge between the boxes of two keys, with the lines of its label."""

    source: str
    target: str
    label: tuple[Text, ...]
    style: str = ""


class _Vertex(NamedTuple):
    width: float
    height: float


def draw(boxes: list[Box], arrows: list[Arrow], title: str) -> str:
    """Return one SVG element of its natural size in px; an arrow from a box to itself is not drawn.

    Parameters
    ----------
    title : what is shown, for readers who cannot see it
    """
    by_key = {box.key: box for box in boxes}
    labels = {f"arrow {number}": arrow for number, arrow in enumerate(arrows) if arrow.source != arrow.target}
    size = {key: _box_size(box) for key, box in by_key.items()}
    size |= {key: _text_size(arrow.label) for key, arrow in labels.items()}
    links = [link for key, arrow in labels.items() for link in ((arrow.source, key), (key, arrow.target))]
    ranks, chains = _ranks(sorted(set(links)), [key for key in by_key if not any(key in link for link in links)])
    for chain in chains.values():
        size |= {key: _Vertex(8, 0) for key in chain[1:-1]}
    centre, top, total = _places(ranks, size, [pair for chain in chains.values() for pair in _pairs(chain)])
    ports = _ports(chains, centre, top, size)

    parts = []
    for key, arrow in labels.items():
        points = [*chains[arrow.source, key], *chains[key, arrow.target][1:]]
        for number, (a, b) in enumerate(_pairs(points)):
            start, end = ports[a, b]
            head = " arrow-head" if number == len(points) - 2 else ""
            through = f"V{ports[b, points[number + 2]][0][1]:.1f}" if b.startswith("bend ") else ""
            parts.append(f'<path class="arrow {arrow.style}{head}" d="{_curve(start, end)}{through}"/>')
    for key, arrow in labels.items():
        parts.append(_lines(arrow.label, centre[key], top[key], "label " + arrow.style, "middle"))
    parts += [_box(box, centre[key], top[key], size[key]) for key, box in by_key.items()]
    width, height = total
    return (
        f'<svg class="diagram" role="group" aria-label="{escape(title)}" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" xmlns="http://www.w3.org/2000/svg">'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>' + "".join(parts) + "</svg>"
    )


def _pairs(chain: list[str]) -> list[tuple[str, str]]:
    return list(itertools.pairwise(chain))


def _text_size(lines: tuple[Text, ...]) -> _Vertex:
    return _Vertex(max(len(line.text) for line in lines) * CHARACTER + 8, LINE * len(lines))


def _box_size(box: Box) -> _Vertex:
    lines = [*box.head, *box.rows]
    between = 6 if box.rows else 0
    return _Vertex(
        max(60.0, max(len(line.text) for line in lines) * CHARACTER + 2 * _PAD), LINE * len(lines) + 12 + between
    )


def _ranks(links: list[tuple[str, str]], alone: list[str]) -> tuple[list[list[str]], dict[tuple[str, str], list[str]]]:
    """Return the vertices of each rank in order, and each link's way through the ranks it crosses."""
    ranks: list[list[str]] = [alone] if alone else []
    chains: dict[tuple[str, str], list[str]] = {}
    if not links:
        return ranks, chains
    # Numbers, because the library puts vertices into a set, and sets of texts have another order in every process.
    keys = list(dict.fromkeys(key for link in links for key in link))
    number_of = {key: number for number, key in enumerate(keys)}
    numbered = [(number_of[a], number_of[b]) for a, b in links]
    layouts = from_edges(numbered, dummy_vertices=True, vertex_spacing=10, crossing_minimization="barycenter")
    below: list[list[str]] = []
    for part, (positions, _, _, edges) in enumerate(layouts):
        # The library adds vertices to long links; their numbers go on after ours, anew in every part.
        named = {n: keys[int(n)] if int(n) < len(keys) else f"bend {part} {n}" for n, _ in positions}
        rows: dict[float, list[tuple[float, str]]] = defaultdict(list)
        for vertex, (x, y) in positions:
            rows[y].append((x, named[vertex]))
        ordered = [[key for _, key in sorted(rows[y])] for y in sorted(rows)]
        rank = {key: number for number, row in enumerate(ordered) for key in row}
        beside: dict[str, set[str]] = defaultdict(set)
        for a, b in edges or [(a, b) for a, b in numbered if a in named]:
            beside[named[a]].add(named[b])
            beside[named[b]].add(named[a])
        for a, b in links:
            if a in rank:
                chains[a, b] = _way(a, b, beside, rank)
        for number, row in enumerate(ordered):
            if number == len(below):
                below.append([])
            below[number] += row
    # Whatever is the root of a part comes first: an arrow points down.
    rank = {key: number for number, row in enumerate(below) for key in row}
    if sum(rank[a] < rank[b] for a, b in links) * 2 < len(links):
        below.reverse()
    return [*ranks, *below], chains


def _way(start: str, end: str, beside: dict[str, set[str]], rank: dict[str, int]) -> list[str]:
    """Return the way from start to end that passes added vertices only."""
    step = 1 if rank[end] > rank[start] else -1
    stack = [[start]]
    while stack:
        way = stack.pop()
        for following in sorted(beside[way[-1]]):
            if following == end:
                return [*way, end]
            if following.startswith("bend ") and rank[following] == rank[way[-1]] + step:
                stack.append([*way, following])
    return [start, end]


def _places(
    ranks: list[list[str]], size: dict[str, _Vertex], links: list[tuple[str, str]]
) -> tuple[dict[str, float], dict[str, float], tuple[float, float]]:
    """Return centre (x) and top (y) of each vertex, and width and height of all; bends become as high as their rank."""
    beside: dict[str, list[str]] = defaultdict(list)
    for a, b in links:
        beside[a].append(b)
        beside[b].append(a)
    centre: dict[str, float] = {}
    for row in ranks:
        centre |= _fit(row, dict.fromkeys(row, 0.0), size)
    for sweep in range(_SWEEPS):
        for row in ranks if sweep % 2 == 0 else reversed(ranks):
            centre |= _fit(row, {key: _middle(key, beside[key], centre) for key in row}, size)
    left = min((centre[key] - size[key].width / 2 for row in ranks for key in row), default=0) - 2
    centre = {key: x - left for key, x in centre.items()}
    top: dict[str, float] = {}
    y = 2.0
    for row in ranks:
        height = max(size[key].height for key in row)
        # An arrow crosses a rank it does not stop at straight on, beside the boxes.
        size |= {key: _Vertex(size[key].width, height) for key in row if key.startswith("bend ")}
        top |= {key: y + (height - size[key].height) / 2 for key in row}
        y += height + _RISE
    width = max((centre[key] + size[key].width / 2 for key in centre), default=0) + 2
    return centre, top, (width, y - _RISE + 2)


def _stiff(*keys: str) -> int:
    """Return how hard vertices pull: an arrow on its way through ranks is to stay straight."""
    return 4 if all(key.startswith("bend ") for key in keys) else 1


def _middle(key: str, beside: list[str], centre: dict[str, float]) -> float:
    """Return the mean place of a vertex's neighbours, weighted by how hard each pulls; its own if it has none."""
    pulls = [(_stiff(key, other), centre[other]) for other in beside]
    return sum(pull * x for pull, x in pulls) / sum(pull for pull, _ in pulls) if pulls else centre[key]


def _fit(row: list[str], wanted: dict[str, float], size: dict[str, _Vertex]) -> dict[str, float]:
    """Return places as near as can be to the wanted ones, in order, and apart."""
    offsets, run = [], 0.0
    for number, key in enumerate(row):
        if number:
            run += (size[row[number - 1]].width + size[key].width) / 2 + _GAP
        offsets.append(run)
    blocks: list[tuple[float, int, int]] = []  # weighted sum, weight and number of what is pooled
    for key, offset in zip(row, offsets, strict=True):
        blocks.append((_stiff(key) * (wanted[key] - offset), _stiff(key), 1))
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] >= blocks[-1][0] / blocks[-1][1]:
            (a, v, m), (b, w, n) = blocks.pop(), blocks.pop()
            blocks.append((a + b, v + w, m + n))
    means = [total / weight for total, weight, count in blocks for _ in range(count)]
    return {key: mean + offset for key, mean, offset in zip(row, means, offsets, strict=True)}


def _ports(
    chains: dict[tuple[str, str], list[str]],
    centre: dict[str, float],
    top: dict[str, float],
    size: dict[str, _Vertex],
) -> dict[tuple[str, str], tuple[tuple[float, float], tuple[float, float]]]:
    """Return where each stretch of an arrow leaves and arrives; those that share a side of a box are spread over it."""
    stretches = [pair for chain in chains.values() for pair in _pairs(chain)]
    sides: dict[tuple[str, bool], list[tuple[float, tuple[str, str]]]] = defaultdict(list)
    for a, b in stretches:
        down = top[b] > top[a]
        sides[a, down].append((centre[b], (a, b)))
        sides[b, not down].append((centre[a], (a, b)))
    at: dict[tuple[str, tuple[str, str]], tuple[float, float]] = {}
    for (key, lower), met in sides.items():
        room = min(size[key].width * 0.7, 26.0 * (len(met) - 1))
        y = top[key] + (size[key].height if lower else 0)
        for number, (_, stretch) in enumerate(sorted(met)):
            shift = room * (number / (len(met) - 1) - 0.5) if len(met) > 1 else 0
            at[key, stretch] = (centre[key] + shift, y)
    return {(a, b): (at[a, (a, b)], at[b, (a, b)]) for a, b in stretches}


def _curve(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = start, end
    middle = (y1 + y2) / 2
    return f"M{x1:.1f} {y1:.1f}C{x1:.1f} {middle:.1f} {x2:.1f} {middle:.1f} {x2:.1f} {y2:.1f}"


def _box(box: Box, x: float, y: float, size: _Vertex) -> str:
    left = x - size.width / 2
    parts = [
        f'<rect class="box {box.style}" x="{left:.1f}" y="{y:.1f}" width="{size.width:.1f}" '
        f'height="{size.height:.1f}" rx="5"/>',
        _lines(box.head, x, y + 6, "head", "middle"),
    ]
    if box.rows:
        line = y + 8 + LINE * len(box.head)
        parts.append(f'<path class="rule" d="M{left:.1f} {line:.1f}h{size.width:.1f}"/>')
        parts.append(_lines(box.rows, left + _PAD, line + 3, "row", "start"))
    return "".join(parts)


def _lines(lines: tuple[Text, ...], x: float, top: float, style: str, anchor: str) -> str:
    parts = []
    for number, line in enumerate(lines):
        y = top + LINE * number + 12.5
        text = (
            f'<text class="{style} {line.style}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
            f"{escape(line.text)}</text>"
        )
        parts.append(f'<a href="{escape(line.link)}">{text}</a>' if line.link else text)
    return "".join(parts)
