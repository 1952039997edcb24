"""What an evaluation costs, by a measured model: it decides whether compiling a whole program pays."""

from collections.abc import Sequence
from typing import Final

from azc.ir import Instruction, Program
from azc.tasks import Task

# Measured on an AVX2 machine, float64; only the order of magnitude matters.
COMPILE_SECONDS: Final = 0.03
COMPILE_SECONDS_PER_INSTRUCTION: Final = 0.003
KERNEL_SECONDS: Final = 4e-9
"""Going to a kernel and coming into its own."""
CELL_SECONDS: Final = 0.25e-9
"""A number of memory, read, computed and written, in lanes."""
SAVED: Final = 0.4
"""The share of a kernel run that the whole program saves."""


def _cells(instruction: Instruction, features: int) -> int:
    """About how many numbers an instruction handles for each lane."""
    op = instruction.op
    if op.meaning == "matmul":
        return features**3
    kinds = op.operands + op.result
    size = features**2 if "m" in kinds else features if "v" in kinds else 1
    # A draw or an elementary function is worth some tens of plain operations.
    weight = 50 if op.random or (op.cost > 7_000_000 and kinds == "ss") else 1
    return size * weight


def kernel_seconds(program: Program, tasks: Sequence[Task]) -> float:
    """About how long kernels take."""
    total = 0.0
    for task in tasks:
        for function, times in (
            (program.predict, task.epochs * (task.n_train + task.n_valid)),
            (program.learn, task.epochs * task.n_train),
        ):
            cells = sum(_cells(instruction, task.features) for instruction in function)
            total += times * (cells * CELL_SECONDS + len(function) * KERNEL_SECONDS / 4)
    return total


def native_pays(program: Program, tasks: Sequence[Task]) -> bool:
    """Whether compiling the whole program and running it is faster than running kernels."""
    instructions = sum(map(len, program.functions))
    compiling = COMPILE_SECONDS + COMPILE_SECONDS_PER_INSTRUCTION * instructions
    return SAVED * kernel_seconds(program, tasks) > compiling
