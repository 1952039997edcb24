"""Where the nodes of a function's graph stand: in layers, values downwards, few crossings (Sugiyama 1981)."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final

import attrs

from azc.runs.report.dataflow import ENTRY, EXIT, Edge, FunctionGraph

SWEEPS: Final = 12
ROOM: Final = 16.0
"""Between neighbours in a layer."""
LANE: Final = 8.0
"""The width of a value on its way past a layer."""
Key = tuple[str, int, int]
"""A node: `entry` and `exit` by the address's index, `node` by instruction, `lane` by source and layer."""
Width = Callable[[Key], float]


@attrs.frozen
class Placed:
    """A laid out function: centres of nodes by key, the layer of each, the ways of values through them."""

    x: dict[Key, float]
    layer: dict[Key, int]
    ways: tuple[tuple[Edge, tuple[Key, ...]], ...]
    width: float
    layers: int


def place(part: FunctionGraph, widths: Mapping[Key, float]) -> Placed:
    """Lay a function out, given how wide its nodes are."""
    layers = _layered(part)
    depth = 1 + max(layers.values(), default=0)
    layer: dict[Key, int] = {("node", node, 0): number for node, number in layers.items()}
    layer |= {("entry", n, 0): 0 for n in range(len(part.entries))}
    layer |= {("exit", n, 0): depth for n in range(len(part.exits))}
    ways = tuple((edge, _way(part, edge, layer)) for edge in part.edges)
    for _, way in ways:
        for key in way[1:-1]:
            layer[key] = key[2]
    rows: list[list[Key]] = [[] for _ in range(depth + 1)]
    for key, number in layer.items():
        rows[number].append(key)
    above, below = _neighbours(ways)
    x = _arranged(rows, above, below, lambda key: widths.get(key, LANE))
    x, width = _closed(x, lambda key: widths.get(key, LANE))
    return Placed(x, layer, ways, width, depth + 1)


def side_by_side(instructions: int) -> int:
    """How many instructions may stand in a layer."""
    return 1 if instructions <= 3 else 2 if instructions <= 14 else 3


def _layered(part: FunctionGraph) -> dict[int, int]:
    """A layer for every instruction, from 1: below all that it needs, where there is room."""
    most = side_by_side(len(part.instructions))
    layers: dict[int, int] = {}
    taken: dict[int, int] = {}
    for node in range(len(part.instructions)):
        number = 1 + max(
            (layers[e.source] for e in part.edges if e.target == node and e.source >= 0), default=0
        )
        while taken.get(number, 0) >= most:
            number += 1
        layers[node] = number
        taken[number] = taken.get(number, 0) + 1
    return layers


def _way(part: FunctionGraph, edge: Edge, layer: Mapping[Key, int]) -> tuple[Key, ...]:
    """The nodes that a value passes; those of one source share their lanes."""
    source: Key = ("node", edge.source, 0)
    if edge.source == ENTRY:
        source = ("entry", part.entries.index(edge.address), 0)
    target: Key = ("node", edge.target, 0)
    if edge.target == EXIT:
        target = ("exit", part.exits.index(edge.address), 0)
    origin = edge.source if edge.source >= 0 else len(part.instructions) + source[1]
    lanes: list[Key] = [("lane", origin, n) for n in range(layer[source] + 1, layer[target])]
    return (source, *lanes, target)


def _neighbours(
    ways: Sequence[tuple[Edge, tuple[Key, ...]]],
) -> tuple[dict[Key, set[Key]], dict[Key, set[Key]]]:
    above: dict[Key, set[Key]] = {}
    below: dict[Key, set[Key]] = {}
    for _, way in ways:
        for upper, lower in pairwise(way):
            below.setdefault(upper, set()).add(lower)
            above.setdefault(lower, set()).add(upper)
    return above, below


def _arranged(
    rows: list[list[Key]], above: Mapping[Key, set[Key]], below: Mapping[Key, set[Key]], width: Width
) -> dict[Key, float]:
    """Positions after sweeps downwards and upwards; each moves nodes to the middle of their neighbours."""
    x: dict[Key, float] = {}
    for row in rows:
        x |= _spread(row, [0.0] * len(row), width)
    for sweep in range(2 * SWEEPS):
        order, near = (rows, above) if sweep % 2 == 0 else (rows[::-1], below)
        for row in order:
            wish = {key: _middle([x[n] for n in near.get(key, ())], x[key]) for key in row}
            if sweep < SWEEPS:
                row.sort(key=lambda key: wish[key])
            x |= _spread(row, [wish[key] for key in row], width)
    return x


def _middle(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _spread(row: Sequence[Key], wish: Sequence[float], width: Width) -> dict[Key, float]:
    """Positions in this order without overlaps, as near to what is wished as can be (least squares)."""
    offsets, at = [], 0.0
    for index, key in enumerate(row):
        at += (width(row[index - 1]) + width(key)) / 2 + ROOM if index else 0.0
        offsets.append(at)
    blocks: list[
        list[float]
    ] = []  # of neighbours that touch: the sum of what they wish for, and their number
    for value, offset in zip(wish, offsets, strict=True):
        blocks.append([value - offset, 1])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] >= blocks[-1][0] / blocks[-1][1]:
            total, number = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += number
    flat = [total / number for total, number in blocks for _ in range(int(number))]
    return {key: base + offset for key, base, offset in zip(row, flat, offsets, strict=True)}


def _closed(x: Mapping[Key, float], width: Width) -> tuple[dict[Key, float], float]:
    """The positions from 0 on, without gaps that run through all layers, and how wide that is."""
    closed: dict[Key, float] = {}
    end, moved = -ROOM, 0.0
    for key in sorted(x, key=lambda key: x[key] - width(key) / 2):
        left = x[key] - width(key) / 2
        if not closed or left - moved > end + ROOM:
            moved = left - end - ROOM
        closed[key] = x[key] - moved
        end = max(end, closed[key] + width(key) / 2)
    return closed, max(end, 0.0)
