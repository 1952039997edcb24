"""The solver for analyses: facts carried along the control flow that every program has.

Setup runs once; then Predict and Learn take turns; in validation Predict runs alone, and what it leaves flows
into the next epoch. Before each of Predict and Learn the features and the label are put in, and in training
what follows Predict may replace the prediction: what an analysis makes of that it says for each edge.
"""

from collections.abc import Callable
from functools import reduce
from typing import Final, Generic, TypeVar

import attrs

from azc.ir import FUNCTIONS, Address, Instruction, Interface, Program

Fact = TypeVar("Fact")
Function = tuple[Instruction, ...]

EDGES: Final = (("setup", "predict"), ("predict", "learn"), ("learn", "predict"), ("predict", "predict"))
"""Which function follows which."""


def overwritten_on(interface: Interface, source: str, target: str) -> frozenset[Address]:
    """The addresses that get new values on an edge: features, label, a prediction that is replaced."""
    replaced = interface.follow is not None and (source, target) == ("predict", "learn")
    return frozenset((*interface.overwritten, *((interface.prediction,) if replaced else ())))


@attrs.frozen
class Facts(Generic[Fact]):
    """What holds before and after each function, wherever a run of the program may stand."""

    setup: tuple[Fact, Fact]
    predict: tuple[Fact, Fact]
    learn: tuple[Fact, Fact]


@attrs.frozen
class Analysis(Generic[Fact]):
    """Facts of one kind, and how they flow: with the run (forward), or against it (backward)."""

    end: Fact
    """What holds where the flow begins: before Setup, or after the last function of a run, any of them."""
    join: Callable[[Fact, Fact], Fact]
    through: Callable[[str, Function, Fact], Fact]
    """What holds on the far side of a function, named first, from what holds on the near side."""
    along: Callable[[str, str, Fact], Fact]
    """The same for an edge, from its source to its target or against it."""


def forward(program: Program, analysis: Analysis[Fact]) -> Facts[Fact]:
    """Solve an analysis of what has happened; it begins with what Setup alone gives, and loses facts."""
    near, far = _solved(program, analysis, FUNCTIONS, against=False)
    return Facts(*((near[name], far[name]) for name in FUNCTIONS))


def backward(program: Program, analysis: Analysis[Fact]) -> Facts[Fact]:
    """Solve an analysis of what will happen; a run may end after any function."""
    near, far = _solved(program, analysis, FUNCTIONS[::-1], against=True)
    return Facts(*((far[name], near[name]) for name in FUNCTIONS))


def _solved(
    program: Program, analysis: Analysis[Fact], order: tuple[str, ...], against: bool
) -> tuple[dict[str, Fact], dict[str, Fact]]:
    """What holds on the near and on the far side of each function, once nothing changes any more."""
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
