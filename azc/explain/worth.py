"""Worth: what a program's fitness on tasks owes to each instruction, and to the value of each number."""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Final

import attrs
import numpy as np
from numpy.typing import NDArray

from azc.arguments import kind_of, one_of, several, takes
from azc.evaluation import PRECISIONS, Evaluator
from azc.ir import (
    Instruction,
    Interface,
    Program,
    a_program,
    an_interface,
    quantities,
    quantities_of,
    with_quantities,
)
from azc.passes import roles
from azc.tasks import Task

FACTORS: Final = (0.1, 0.3, 0.7, 1.0, 1.5, 3.0, 10.0)
"""What numbers are multiplied by."""
_TASKS: Final = several(kind_of(Task), "a sequence of tasks, at least one", 1)
_PRECISION: Final = one_of(PRECISIONS)


@attrs.frozen
class Difference:
    """A mean difference over tasks, with half the width of its 95 % interval (Student's t)."""

    mean: float
    half: float
    """nan for a single task."""


@attrs.frozen
class Curve:
    """Fitness for several values of one number."""

    instruction: Instruction
    value: float
    fitnesses: tuple[float, ...]
    """For the value times each of `FACTORS`."""


@takes(program=a_program, interface=an_interface, tasks=_TASKS, precision=_PRECISION)
def ablation(
    program: Program, interface: Interface, tasks: Sequence[Task], precision: str = "float64"
) -> dict[str, list[Difference]]:
    """What each instruction is worth: the fitness that is lost without it, by function.

    An instruction that is dead is worth nothing; it is not tried.
    """
    judge = Evaluator(tasks, precision=precision)
    whole = np.array(judge.evaluate(program).fitnesses, dtype=np.float64)
    found: dict[str, list[Difference]] = {}
    for name, function in roles(program, interface).items():
        found[name] = []
        for index, role in enumerate(function):
            if not role.live:
                found[name].append(Difference(0.0, 0.0))
                continue
            without = judge.evaluate(_without(program, name, index)).fitnesses
            found[name].append(difference(whole - np.array(without)))
    return found


def _without(program: Program, name: str, index: int) -> Program:
    """A program without an instruction."""
    return program.having(
        function[:index] + function[index + 1 :] if own == name else function
        for own, function in zip(program.names, program.functions, strict=True)
    )


def difference(values: NDArray[np.float64]) -> Difference:
    """The mean of paired differences, and half its interval."""
    n = len(values)
    spread = float(np.std(values, ddof=1)) if n > 1 else math.nan
    return Difference(float(np.mean(values)), student(n - 1) * spread / math.sqrt(n) if n > 1 else math.nan)


def student(freedom: int) -> float:
    """The 97.5 % point of Student's t, from 3 degrees of freedom on within 0.003.

    Source: Abramowitz and Stegun, 1964, 26.7.5.
    """
    if freedom < 3:
        return (math.nan, 12.706, 4.303)[freedom]
    z, n = NormalDist().inv_cdf(0.975), freedom
    series = (
        z,
        (z**3 + z) / (4 * n),
        (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2),
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3),
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * n**4),
    )
    return sum(series)


@takes(program=a_program, tasks=_TASKS, precision=_PRECISION)
def sensitivity(program: Program, tasks: Sequence[Task], precision: str = "float64") -> list[Curve]:
    """Fitness for several values of each number that is not 0."""
    judge = Evaluator(tasks, precision=precision)
    numbers, whole = quantities(program), judge.fitness(program)
    owners = [i for i in program.instructions() for _ in quantities_of(i)]
    curves = []
    for index, (instruction, value) in enumerate(zip(owners, numbers, strict=True)):
        if value == 0:
            continue
        fitnesses = tuple(
            whole if factor == 1 else judge.fitness(_with(program, numbers, index, value * factor))
            for factor in FACTORS
        )
        curves.append(Curve(instruction, value, fitnesses))
    return curves


def _with(program: Program, numbers: list[float], index: int, value: float) -> Program:
    """A program with another number at an index."""
    return with_quantities(program, [*numbers[:index], value, *numbers[index + 1 :]])
