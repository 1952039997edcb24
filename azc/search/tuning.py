"""Numbers of a program, tuned by CMA-ES (Hansen 2016, arXiv 1604.00772), which the library `cmaes` does."""

from collections.abc import Sequence
from typing import Final

import attrs
import numpy as np
from numpy.typing import NDArray

from azc.arguments import MAX_SEED, kind_of, one_of, several, takes, whole
from azc.errors import AzcError
from azc.evaluation import PRECISIONS, Evaluator
from azc.ir import Program, a_program, quantities, with_quantities
from azc.tasks import Task

SIGMA: Final = 0.5
"""First step size: factors of constants are spread by exp(0.5)."""
STEP_FROM_ZERO: Final = 0.1
"""What a step of 1 adds to a constant that is zero."""
MAX_STEP: Final = 20.0
"""Maximum step: factors from exp(-20) to exp(20)."""
MAX_EVALS: Final = 10_000_000


@attrs.frozen
class Tuned:
    """A program with tuned numbers."""

    program: Program
    """The best that was seen, maybe the one given."""
    fitness: float
    before: float
    """Fitness of the program given."""
    numbers: int
    """How many numbers could change."""
    evals: int
    """Number of programs evaluated."""


@takes(
    program=a_program,
    tasks=several(kind_of(Task), "a sequence of tasks, at least one", 1),
    evals=whole(1, MAX_EVALS),
    seed=whole(0, MAX_SEED),
    precision=one_of(PRECISIONS),
)
def tune(
    program: Program,
    tasks: Sequence[Task],
    *,
    evals: int = 1000,
    seed: int = 0,
    precision: str = "float64",
) -> Tuned:
    """Raise a program's fitness on tasks by changing its numbers, in at most about `evals` evaluations.

    A number that is not zero is multiplied by a factor and keeps its sign; zero may become anything. Bounds
    of a uniform draw stay in order; indices of elements stay. The same seed gives the same result. AzcError
    if the program has no numbers, or cannot run on the tasks.
    """
    from cmaes import CMA

    judge = Evaluator(tasks, precision=precision)
    before = judge.fitness(program)
    start = np.array(quantities(program))
    if not len(start):
        raise AzcError("the program has no numbers to tune; expected a constant, a literal or a draw")
    best, fitness, done = program, before, 1
    optimizer = CMA(mean=np.zeros(len(start)), sigma=SIGMA, seed=seed % (1 << 32))
    while done < evals:
        told = []
        for _ in range(optimizer.population_size):
            step = optimizer.ask()
            tried = with_quantities(program, _moved(start, step).tolist())
            scored = judge.fitness(tried)
            told.append((step, -scored))
            if scored > fitness:
                best, fitness = tried, scored
        done += len(told)
        optimizer.tell(told)
        if optimizer.should_stop():
            break
    return Tuned(best, fitness, before, len(start), done)


def _moved(start: NDArray[np.float64], step: NDArray[np.float64]) -> NDArray[np.float64]:
    """Numbers after a step."""
    step = np.clip(step, -MAX_STEP, MAX_STEP)
    with np.errstate(over="ignore"):
        moved: NDArray[np.float64] = np.where(start == 0, STEP_FROM_ZERO * step, start * np.exp(step))
    return moved
