"""The solver for analyses: facts carried along the control flow that every program has.

Setup runs once; then Predict and Learn take turns; in validation Predict runs alone, and what it leaves flows
into the next epoch. So Predict follows Setup, Learn or itself, and Learn follows Predict. Before each of them
the features and the label are put in, and in training what follows Predict may replace the prediction: where
those lie is the interface's row.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

import attrs

from azc.ir import Instruction, Program

Fact = TypeVar("Fact")
Function = tuple[Instruction, ...]


@attrs.frozen
class Facts(Generic[Fact]):
    """What holds before and after each function, wherever a run of the program may stand."""

    setup: tuple[Fact, Fact]
    predict: tuple[Fact, Fact]
    learn: tuple[Fact, Fact]


@attrs.frozen
class Backward(Generic[Fact]):
    """An analysis of what will happen: liveness and its kin."""

    nothing: Fact
    """What holds when nothing follows."""
    join: Callable[[Fact, Fact], Fact]
    through: Callable[[Function, Fact], Fact]
    """What holds before some instructions, from what holds after them."""
    put_in: Callable[[Fact], Fact]
    """The same across the moment when features and label are put in."""
    observed: Callable[[Fact, Fact], Fact]
    """What holds after Predict, from what holds before Learn and before the next Predict."""


def backward(program: Program, analysis: Backward[Fact]) -> Facts[Fact]:
    """Solve a backward analysis."""
    join, put_in = analysis.join, analysis.put_in
    before_predict = before_learn = analysis.nothing
    while True:
        after_predict = analysis.observed(put_in(before_learn), put_in(before_predict))
        after_learn = put_in(before_predict)
        first = join(before_predict, analysis.through(program.predict, after_predict))
        second = join(before_learn, analysis.through(program.learn, after_learn))
        if first == before_predict and second == before_learn:
            break
        before_predict, before_learn = first, second
    after_setup = put_in(before_predict)
    return Facts(
        setup=(analysis.through(program.setup, after_setup), after_setup),
        predict=(before_predict, after_predict),
        learn=(before_learn, after_learn),
    )
