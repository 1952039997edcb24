"""The graph of a program as SVG: columns Setup, Predict, Learn, and values that run around them."""

from collections.abc import Iterator
from typing import Any, Final

from azc.ir import ELEMENT_SETS, FUNCTIONS
from azc.language import format_instruction
from azc.runs.report.columns import HEIGHT, TITLE, Column, columns_of, width_of
from azc.runs.report.dataflow import FunctionGraph, Graph
from azc.runs.report.layout import Key
from azc.runs.report.routing import STEP, Wire, rounded

SMALLEST: Final = 0.72
"""A page shrinks the drawing so far; on a narrower one it has its full size, and is moved about."""
_TITLES: Final = {"setup": "once", "predict": "for every example", "learn": "for every training example"}
Shape = dict[str, str]
_KINDS: Final = {"s": "scalar", "v": "vector", "m": "matrix"}


def drawing(graph: Graph) -> dict[str, Any]:
    """The shapes of the drawing in their places, with words for those who cannot see it."""
    columns, lines, right = columns_of(graph)
    under = {name: sum(wire.net.source == name for wire in lines) for name in FUNCTIONS}
    bottom = max(c.bottom + STEP * (under[c.part.name] + 1) for c in columns) + 8
    counts = ", ".join(f"{p.name.capitalize()} {len(p.instructions)}" for p in graph.parts)
    return {
        "width": f"{right:.0f}",
        "height": f"{bottom:.0f}",
        # As wide as its place, but where that is too narrow: then the difference, many times over, wins.
        "style": f"width:max(100%, min({right:.0f}px, ({SMALLEST * right:.0f}px - 100%) * 1000));"
        f"max-width:{right:.0f}px",
        "label": f"Dataflow of the live code; instructions: {counts}. The listing says the same.",
        "kinds": [*_KINDS.values()],
        "bands": [_band(column, bottom) for column in columns],
        "edges": [*_wires(lines, columns), *(edge for column in columns for edge in _edges(column))],
        "nodes": [node for column in columns for node in _nodes(column, graph)],
    }


def _band(column: Column, bottom: float) -> Shape:
    name = column.part.name
    return {
        "x": str(column.left),
        "width": f"{column.width:.1f}",
        "height": f"{bottom - 4:.1f}",
        "middle": f"{column.left + column.width / 2:.1f}",
        "title": name.capitalize(),
        "subtitle": _TITLES[name],
    }


def _edges(column: Column) -> Iterator[Shape]:
    """Values within a function."""
    arriving: dict[Key, list[Key]] = {}
    for _, way in column.placed.ways:
        arriving.setdefault(way[-1], []).append(way[-2])
    for edge, way in column.placed.ways:
        near = sorted(arriving[way[-1]], key=lambda key: column.placed.x[key])
        aside = 12.0 * (near.index(way[-2]) - (len(near) - 1) / 2)
        pieces, (x, y) = [], column.point(way[0], 0.5)
        pieces.append(f"M{x:.1f} {y:.1f}")
        for key in way[1:]:
            to_x, to_y = column.point(key, -0.5)
            to_x += aside if key == way[-1] else 0.0
            half = (y + to_y) / 2
            pieces.append(f"C{x:.1f} {half:.1f} {to_x:.1f} {half:.1f} {to_x:.1f} {to_y:.1f}")
            x, y = to_x, to_y
            if key[0] == "lane":
                y = column.point(key, 0.5)[1]
                pieces.append(f"V{y:.1f}")
        yield {
            "d": "".join(pieces),
            "kind": _KINDS[edge.address.kind],
            "arrow": "",
            "source": _name(column, way[0]),
            "target": _name(column, way[-1]),
        }


def _nodes(column: Column, graph: Graph) -> Iterator[Shape]:
    for key, text in column.labels.items():
        x, y = column.point(key)
        width = width_of(text)
        yield {
            "name": _name(column, key),
            "kind": f"{key[0]} {_class(column.part, key, graph)}",
            "full": _full(column.part, key, text),
            "text": text,
            "left": f"{x - width / 2:.1f}",
            "top": f"{y - HEIGHT / 2:.1f}",
            "width": f"{width:.1f}",
            "height": str(HEIGHT),
            "corner": str(6 if key[0] == "node" else HEIGHT / 2),
            "x": f"{x:.1f}",
            "baseline": f"{y + 4:.1f}",
        }


def _full(part: FunctionGraph, key: Key, text: str) -> str:
    if key[0] != "node":
        return text
    instruction = part.instructions[key[1]]
    draws = instruction.op in ELEMENT_SETS or instruction.op.random
    return f"{part.name.capitalize()}: {format_instruction(instruction, draws)}"


def _class(part: FunctionGraph, key: Key, graph: Graph) -> str:
    """The kind of what a node gives, and whether it belongs to the interface."""
    kind, number, _ = key
    if kind == "node":
        out = part.instructions[number].out
        return _KINDS[out.kind] if out else ""
    address = (part.entries if kind == "entry" else part.exits)[number]
    outside = {"features", "label", graph.interface.follow} & part.origins.get(address, frozenset())
    result = kind == "exit" and part.name == "predict" and address == graph.interface.prediction
    return f"{_KINDS[address.kind]}{' interface' if (outside and kind == 'entry') or result else ''}"


def _name(column: Column, key: Key) -> str:
    return f"{column.part.name}-{key[0]}-{key[1]}"


def _wires(lines: list[Wire], columns: list[Column]) -> Iterator[Shape]:
    """Values from function to function, a path each; those that come in together stand side by side."""
    ends = [(target, wire) for wire in lines for target in wire.net.targets]
    for target, wire in ends:
        net = wire.net
        beside = [other for name, other in ends if name == target and other.net.address == net.address]
        aside = 9.0 * (beside.index(wire) - (len(beside) - 1) / 2)
        source, column = columns[FUNCTIONS.index(net.source)], columns[FUNCTIONS.index(target)]
        begin, end = source.port("exit", net.address), column.port("entry", net.address)
        (x, y), (to_x, to_y) = source.point(begin, 0.5), column.point(end, -0.5)
        gutter = columns[wire.gutter]
        up = gutter.left + gutter.width + STEP * (wire.track + 1)
        low, high = source.bottom + STEP * wire.under, TITLE + STEP * (wire.over + 0.5)
        to_x += aside
        kind = _KINDS[net.address.kind]
        yield {
            "d": rounded([(x, y), (x, low), (up, low), (up, high), (to_x, high), (to_x, to_y)]),
            "kind": f"wire {kind}{' carried' if net.carried_to(target) else ''}",
            "arrow": kind,
            "source": _name(source, begin),
            "target": _name(column, end),
        }
