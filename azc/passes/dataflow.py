"""Dataflow analysis: a solver that carries facts along the control flow, which is the signature's.

Whoever runs a program writes to memory before a function runs, and in training may replace the prediction
after Predict. An analysis states the effect of these writes for each edge.
"""

from collections.abc import Callable
from functools import reduce
from typing import Generic, TypeVar

import attrs

from azc.ir import Instruction, Program, Signature

Fact = TypeVar("Fact")
Function = tuple[Instruction, ...]
Facts = dict[str, tuple[Fact, Fact]]
"""Facts before and after each function, true whenever a run gets there."""


@attrs.frozen
class Analysis(Generic[Fact]):
    """Kind of facts, and their flow: with the run (forward) or against it (backward)."""

    begins: Callable[[str], Fact]
    """Fact where the flow begins: before the first function; backward after any, as a run may end there."""
    join: Callable[[Fact, Fact], Fact]
    through: Callable[[str, Function, Fact], Fact]
    """Fact behind a function, from its name, the function and the fact before it in the direction of flow."""
    along: Callable[[str, str, Fact], Fact]
    """Fact behind an edge, from source, target and the fact before it in the direction of flow."""


def forward(program: Program, signature: Signature, analysis: Analysis[Fact]) -> Facts[Fact]:
    """Solve a forward analysis; it begins with the facts after the first function alone, and loses facts."""
    near, far = _solved(program, signature, analysis, against=False)
    return {name: (near[name], far[name]) for name in signature.names}


def backward(program: Program, signature: Signature, analysis: Analysis[Fact]) -> Facts[Fact]:
    """Solve a backward analysis; a run may end after any function."""
    near, far = _solved(program, signature, analysis, against=True)
    return {name: (far[name], near[name]) for name in signature.names}


def _solved(
    program: Program, signature: Signature, analysis: Analysis[Fact], against: bool
) -> tuple[dict[str, Fact], dict[str, Fact]]:
    """Facts before and behind each function in the direction of flow, at the fixed point."""
    functions = dict(zip(signature.names, program.functions, strict=True))
    order, edges = [*functions], signature.follows
    if against:
        order.reverse()
    near: dict[str, Fact] = {}
    far: dict[str, Fact] = {}
    changed = True
    while changed:
        changed = False
        for name in order:
            arriving = [analysis.begins(name)] if against or name == order[0] else []
            for source, target in edges:
                begin, end = (target, source) if against else (source, target)
                if end == name and begin in far:
                    arriving.append(analysis.along(source, target, far[begin]))
            if not arriving:
                continue  # a walk that gets here goes through functions that come later in the order
            fact = reduce(analysis.join, arriving)
            if name not in near or fact != near[name]:
                near[name], changed = fact, True
                far[name] = analysis.through(name, functions[name], fact)
    return near, far
