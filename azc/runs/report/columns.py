"""The columns of the drawing of a program: what their nodes say, and where all of it stands."""

from typing import Final

import attrs

from azc.ir import Address, Instruction
from azc.language import format_instruction
from azc.runs.report.dataflow import START, FunctionGraph, Graph
from azc.runs.report.layout import Key, Placed, place
from azc.runs.report.routing import STEP, Point, Wire, wires

CHARACTER: Final = 7.3
"""The width of one, in pixels."""
HEIGHT: Final = 28.0
"""Of a node."""
LAYER: Final = 58.0
"""From one layer to the next."""
TITLE: Final = 46.0
"""The height of what a column is called."""
PADDING: Final = 18.0
"""Of a column, left and right."""


@attrs.frozen
class Column:
    """A function with its place in the drawing."""

    part: FunctionGraph
    placed: Placed
    left: float
    top: float
    labels: dict[Key, str]

    @property
    def width(self) -> float:
        """With the padding on both sides."""
        return max(self.placed.width, 150.0) + 2 * PADDING

    def point(self, key: Key, below: float = 0.0) -> Point:
        """The centre of a node, moved down by a part of its height."""
        spare = (self.width - 2 * PADDING - self.placed.width) / 2
        x = self.left + PADDING + spare + self.placed.x[key]
        return x, self.top + (self.placed.layer[key] + 0.5 + below) * LAYER - (LAYER - HEIGHT) * below

    @property
    def bottom(self) -> float:
        """Below its last layer."""
        return self.top + self.placed.layers * LAYER

    def port(self, kind: str, address: Address) -> Key:
        """The node where an address comes in (`entry`) or goes out (`exit`)."""
        return (kind, (self.part.entries if kind == "entry" else self.part.exits).index(address), 0)


def columns_of(graph: Graph) -> tuple[list[Column], list[Wire], float]:
    """Columns and lines in their places, and how wide all is."""
    columns, ports = [], {}
    for number, part in enumerate(graph.parts):
        labels = _labels(part, graph)
        placed = place(part, {key: width_of(text) for key, text in labels.items()})
        column = Column(part, placed, 0.0, 0.0, labels)
        columns.append(column)
        for kind, addresses in (("exit", part.exits), ("entry", part.entries)):
            for address in addresses:
                ports[part.name, str(address)] = 1e4 * number + column.point(column.port(kind, address))[0]
    lines = wires(graph.nets, ports)
    top = TITLE + STEP * (1 + max((wire.over + 1 for wire in lines), default=0))
    left = 4.0
    for number, column in enumerate(columns):
        columns[number] = attrs.evolve(column, left=left, top=top)
        tracks = sum(wire.gutter == number for wire in lines)
        left += column.width + (STEP * (tracks + 1) if tracks or number < 2 else 4.0)
    return columns, lines, left


def width_of(text: str) -> float:
    """The width of a node that says this."""
    return CHARACTER * len(text) + 20


def _labels(part: FunctionGraph, graph: Graph) -> dict[Key, str]:
    labels: dict[Key, str] = {("node", n, 0): short(i) for n, i in enumerate(part.instructions)}
    labels |= {("entry", n, 0): _entry_label(part, a, graph) for n, a in enumerate(part.entries)}
    for n, address in enumerate(part.exits):
        result = part.name == "predict" and address == graph.interface.prediction
        labels["exit", n, 0] = f"prediction {address}" if result else str(address)
    return labels


def _entry_label(part: FunctionGraph, address: Address, graph: Graph) -> str:
    """What comes in: a part of the interface, or an address and whether it begins as zero."""
    origins = part.origins[address]
    for role in ("features", "label", graph.interface.follow):
        if role in origins:
            return f"{role} {address}"
    if START not in origins:
        return str(address)
    return f"{address} = 0" if len(origins) == 1 else f"{address}, first 0"


def short(instruction: Instruction) -> str:
    """An instruction with few digits."""
    few = tuple(c if isinstance(c, int) else float(f"{c:.3g}") for c in instruction.constants)
    instruction = attrs.evolve(instruction, constants=few)
    text = format_instruction(instruction, draw=False)
    return text if len(text) <= 30 else f"{text[:29]}…"
