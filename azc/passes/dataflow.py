"""Dataflow analysis: a solver that carries facts along the control flow, which all programs share.

Setup runs once; then Predict and Learn alternate; in validation Predict runs alone, and its memory flows
into the next epoch. Features and label are written before Predict and Learn, and in training the prediction
may be replaced after Predict. An analysis states the effect of these writes for each edge.
"""

from collections.abc import Callable
from functools import reduce
from typing import Final, Generic, TypeVar

import attrs

from azc.ir import FUNCTIONS, Address, Instruction, Interface, Program

Fact = TypeVar("Fact")
Function = tuple[Instruction, ...]

EDGES: Final = (("setup", "predict"), ("predict", "learn"), ("learn", "predict"), ("predict", "predict"))
"""Pairs of functions of which the second may follow the first."""


def overwritten_on(interface: Interface, source: str, target: str) -> frozenset[Address]:
    """Addresses written from outside on an edge: features, label, and a replaced prediction."""
    replaced = interface.follow is not None and (source, target) == ("predict", "learn")
    return frozenset((*interface.overwritten, *((interface.prediction,) if replaced else ())))


@attrs.frozen
class Facts(Generic[Fact]):
    """Facts before and after each function, true whenever a run gets there."""

    setup: tuple[Fact, Fact]
    predict: tuple[Fact, Fact]
    learn: tuple[Fact, Fact]


@attrs.frozen
class Analysis(Generic[Fact]):
    """Kind of facts, and their flow: with the run (forward) or against it (backward)."""

    end: Fact
    """Fact where the flow begins: before Setup, or backward after any function, since a run may end there."""
    join: Callable[[Fact, Fact], Fact]
    through: Callable[[str, Function, Fact], Fact]
    """Fact behind a function, from its name, the function and the fact before it in the direction of flow."""
    along: Callable[[str, str, Fact], Fact]
    """Fact behind an edge, from source, target and the fact before it in the direction of flow."""


def forward(program: Program, analysis: Analysis[Fact]) -> Facts[Fact]:
    """Solve a forward analysis; it begins with the facts after Setup alone, and loses facts."""
    near, far = _solved(program, analysis, FUNCTIONS, against=False)
    return Facts(*((near[name], far[name]) for name in FUNCTIONS))


def backward(program: Program, analysis: Analysis[Fact]) -> Facts[Fact]:
    """Solve a backward analysis; a run may end after any function."""
    near, far = _solved(program, analysis, FUNCTIONS[::-1], against=True)
    return Facts(*((far[name], near[name]) for name in FUNCTIONS))


def _solved(
    program: Program, analysis: Analysis[Fact], order: tuple[str, ...], against: bool
) -> tuple[dict[str, Fact], dict[str, Fact]]:
    """Facts before and behind each function in the direction of flow, at the fixed point."""
    near: dict[str, Fact] = {}
    far: dict[str, Fact] = {}
    changed = True
    while changed:
        changed = False
        for name in order:
            arriving = [analysis.end] if against or name == order[0] else []
            for source, target in EDGES:
                begin, end = (target, source) if against else (source, target)
                if end == name and begin in far:
                    arriving.append(analysis.along(source, target, far[begin]))
            fact = reduce(analysis.join, arriving)
            if name not in near or fact != near[name]:
                near[name], changed = fact, True
                far[name] = analysis.through(name, getattr(program, name), fact)
    return near, far
