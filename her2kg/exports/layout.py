"""A place for each node, for formats whose readers draw nothing without one, or draw a heap.

Kinds stand in columns, and in a column each node is near the height of its neighbours (the barycentre heuristic of
layered drawing: Sugiyama, Tagawa, Toda. IEEE Trans SMC 1981;11:109). Nodes never overlap. A view of one column is
drawn as a circle.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

from her2kg.exports.style import node_look

if TYPE_CHECKING:
    from her2kg.projection.model import View

HIGH = 62
"""Distance of nodes in the longest column."""
_ASPECT = 1.3
"""Width to height of the whole, near that of a screen."""
_SWEEPS = 12


def places(view: View) -> dict[str, tuple[float, float]]:
    """Return x and y (downwards) of each node."""
    columns: dict[int, list[str]] = defaultdict(list)
    for node in view.nodes():
        columns[node_look(node.values).column].append(node.id)
    if not columns:
        return {}
    if len(columns) == 1:
        (keys,) = columns.values()
        radius = max(1, len(keys)) * 2.2 * HIGH / (2 * math.pi)
        turns = {key: 2 * math.pi * number / len(keys) for number, key in enumerate(keys)}
        return {key: (round(radius * math.cos(turn)), round(radius * math.sin(turn))) for key, turn in turns.items()}
    beside: dict[str, list[str]] = defaultdict(list)
    for edge in view.edges():
        beside[edge.source].append(edge.target)
        beside[edge.target].append(edge.source)
    height = max(map(len, columns.values())) * HIGH
    wide = max(320, round(_ASPECT * height / (len(columns) - 1)))
    found: dict[str, tuple[float, float]] = {}
    for _ in range(_SWEEPS):
        for place, column in enumerate(sorted(columns)):
            keys = columns[column]
            keys.sort(key=lambda key: (_centre(key, beside[key], found), key))
            for number, key in enumerate(keys):
                found[key] = (place * wide, round(height * (number + 0.5) / len(keys)))
    return found


def _centre(key: str, beside: list[str], found: dict[str, tuple[float, float]]) -> float:
    """Return the mean height of a node's neighbours that have a place, in whole pixels so that ties stay ties."""
    heights = [found[other][1] for other in beside if other in found and other != key]
    return round(sum(heights) / len(heights)) if heights else 0
