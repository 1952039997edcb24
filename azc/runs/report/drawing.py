"""Drawing of a dataflow for the page's script: nodes, edges within functions, wires between functions."""

from typing import Any, Final

import attrs

from azc.ir import ELEMENT_SETS, LEARN, PREDICT, SETUP, Address, Instruction
from azc.language import format_instruction
from azc.runs.report.dataflow import ENTRY, EXIT, START, Edge, FunctionGraph, Graph

MAX_CHARACTERS: Final = 30
"""Maximum number of characters in a node; its tooltip has the whole instruction."""
_SUBTITLES: Final = {SETUP: "once", PREDICT: "for every example", LEARN: "for every training example"}
_KINDS: Final = {"s": "scalar", "v": "vector", "m": "matrix"}
Node = dict[str, str]


def drawing(graph: Graph) -> dict[str, Any]:
    """The graph as plain data, with a text label in place of the drawing for screen readers."""
    counts = ", ".join(f"{p.name} {len(p.instructions)}" for p in graph.parts)
    parts = {part.name: part for part in graph.parts}
    return {
        "label": f"Dataflow of the live code; instructions: {counts}. The listing says the same.",
        "functions": [_function(part, index) for index, part in enumerate(graph.parts)],
        "wires": [
            {
                "source": _port(parts[net.source], "exit", net.address),
                "target": _port(parts[target], "entry", net.address),
                "kind": _KINDS[net.address.kind],
                "carried": target in net.carried,
            }
            for net in graph.nets
            for target in net.targets
        ],
    }


def _function(part: FunctionGraph, index: int) -> dict[str, Any]:
    """A function with its nodes and edges."""
    return {
        "title": part.name,
        "subtitle": _SUBTITLES.get(part.name, "again and again") if index else _SUBTITLES[SETUP],
        "nodes": [
            *(_entry(part, address) for address in part.entries),
            *(_instruction(part, index) for index in range(len(part.instructions))),
            *(_exit(part, address) for address in part.exits),
        ],
        "edges": [_edge(part, edge) for edge in part.edges],
    }


def _entry(part: FunctionGraph, address: Address) -> Node:
    """Node of a value that enters: an input, from another function, or zero at the start."""
    origins = part.origins[address]
    name = _port(part, "entry", address)
    if given := part.given(address):
        return _node(name, "entry", f"{_KINDS[address.kind]} interface", f"{given} {address}")
    zero = "" if START not in origins else " = 0" if len(origins) == 1 else ", first 0"
    return _node(name, "entry", _KINDS[address.kind], f"{address}{zero}")


def _instruction(part: FunctionGraph, index: int) -> Node:
    instruction = part.instructions[index]
    kind = _KINDS[instruction.out.kind] if instruction.out else ""
    draws = instruction.op in ELEMENT_SETS or instruction.op.random
    full = f"{part.name}: {format_instruction(instruction, draws)}"
    return _node(f"{part.name}-node-{index}", "node", kind, short(instruction), full)


def _exit(part: FunctionGraph, address: Address) -> Node:
    """Node of a value that leaves: an output, as the prediction, or one that another function reads."""
    kind, name = _KINDS[address.kind], _port(part, "exit", address)
    if output := part.outputs.get(address):
        return _node(name, "exit", f"{kind} interface", f"{output} {address}")
    return _node(name, "exit", kind, str(address))


def _node(name: str, role: str, kind: str, text: str, full: str | None = None) -> Node:
    return {"name": name, "role": role, "kind": kind, "text": text, "full": full or text}


def _edge(part: FunctionGraph, edge: Edge) -> Node:
    """Edge from the write of a value to its read, within a function."""
    source, target = f"{part.name}-node-{edge.source}", f"{part.name}-node-{edge.target}"
    if edge.source == ENTRY:
        source = _port(part, "entry", edge.address)
    if edge.target == EXIT:
        target = _port(part, "exit", edge.address)
    return {"source": source, "target": target, "kind": _KINDS[edge.address.kind]}


def _port(part: FunctionGraph, role: str, address: Address) -> str:
    """Name of the node where an address enters (`entry`) or leaves (`exit`) a function."""
    addresses = part.entries if role == "entry" else part.exits
    return f"{part.name}-{role}-{addresses.index(address)}"


def short(instruction: Instruction) -> str:
    """An instruction with few digits, cut if it is too long for a node."""
    few = tuple(c if isinstance(c, int) else float(f"{c:.3g}") for c in instruction.constants)
    text = format_instruction(attrs.evolve(instruction, constants=few), draw=False)
    return text if len(text) <= MAX_CHARACTERS else f"{text[: MAX_CHARACTERS - 1]}…"
