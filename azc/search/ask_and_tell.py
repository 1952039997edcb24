"""Ask and tell: a search with an evaluator of the caller's."""

import math
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from azc.arguments import optional, real, several, takes, whole
from azc.errors import AzcError
from azc.ir import Program, a_program, check_names, faults
from azc.search.coding import Coding
from azc.search.engine.genome import Genome, Sizes
from azc.search.engine.state import State
from azc.search.initial_state import a_state, copied, start
from azc.search.loops import loop_class
from azc.search.params import Params, a_params
from azc.search.space import coding_of, ops_of, room
from azc.search.verifier import checked, program_fault, tables_of

MAX_ASKED: Final = 100_000
"""Maximum number of programs asked for at a time."""
_ASKED: Final = whole(0, MAX_ASKED)
_PROGRAMS: Final = several(a_program, "a sequence of Programs")
_FITNESSES: Final = several(real(nan=True), "a sequence of numbers")
_ROWS: Final = several(_FITNESSES, "a sequence of rows of numbers")
MAX_TASKS: Final = 10_000
"""Maximum number of tasks whose fitness is told one by one."""


class Search:
    """Evolution with your own evaluator: ask for programs, tell their fitness.

    `state` may be kept; another Search with the same parameters continues from it. `n_tasks`: number of
    fitnesses that are told of each program, one a task; their mean is its fitness, and `size_bins`, or a
    strategy of your own, may select by each. AzcError if other parameters made the state.
    """

    @takes(params=a_params, state=optional(a_state), n_tasks=whole(1, MAX_TASKS))
    def __init__(self, params: Params, state: State | None = None, *, n_tasks: int = 1):
        strategy = params.island.strategy
        self.params = params
        self.n_tasks = n_tasks
        self._loop = loop_class(strategy)(params, n_tasks if strategy.scores_tasks else 0)
        given = start(params) if state is None else checked(state, params)
        self._loop.verify(given)
        self.state = self._loop.begun(copied(given))
        self._coding = coding_of(params.program)
        self._room = room(params)

    def ask(self, n: int = 1) -> list[Program]:
        """Breed `n` programs to evaluate from one snapshot of the population.

        Until the population is full, they are individuals of the first population; with `size_bins` only
        until each of those was told.
        """
        n = _ASKED("n", n)
        made = self._loop.ask(self.state, n)
        return [self._coding.unpack(*pair) for pair in zip(made.genomes[:n], made.sizes[:n], strict=True)]

    def tell(
        self, programs: Iterable[Program], fitnesses: Iterable[float] | Iterable[Iterable[float]]
    ) -> None:
        """Add programs to the population with their fitness; the strategy says whom they replace.

        fitnesses: a number for each program; with `n_tasks` above 1 a row of so many numbers. Programs need
        not be those asked for, but must use the search's addresses and operations and keep its size limits. A
        fitness may be infinite, but not nan. AzcError otherwise; then no program is added.
        """
        told = _PROGRAMS("programs", programs)
        scores = self._scores(fitnesses)
        if len(told) != len(scores):
            raise AzcError(f"{len(told)} programs, but {len(scores)} fitnesses; expected one for each")
        made = self._loop.room_for(len(told))
        with np.errstate(invalid="ignore"):
            made.fitnesses[:] = scores.mean(axis=1)
        made.scores[:] = scores[:, : made.scores.shape[1]]
        for child, program in enumerate(told):
            if math.isnan(made.fitnesses[child]):
                raise AzcError(f"the fitness of program {child} is nan; expected a number")
            made.genomes[child], made.sizes[child] = self._packed(child, program)
        if told and (found := program_fault(made.genomes, made.sizes, tables_of(self.params))):
            which, why = found
            raise AzcError(f"program {which}: {_misfit(told[which], self.params) or why}")
        self._loop.tell(self.state, made)

    def _scores(self, fitnesses: Iterable[Any]) -> NDArray[np.float64]:
        """What was told of each program, checked: [program][task]."""
        if self.n_tasks == 1:
            return np.array(_FITNESSES("fitnesses", fitnesses), dtype=np.float64).reshape(-1, 1)
        rows = _ROWS("fitnesses", fitnesses)
        for row, own in enumerate(rows):
            if len(own) != self.n_tasks:
                raise AzcError(
                    f"fitnesses[{row}] has {len(own)} numbers; expected {self.n_tasks}, one for each task"
                )
        return np.array(rows, dtype=np.float64).reshape(-1, self.n_tasks)

    def _packed(self, child: int, program: Program) -> tuple[Genome, Sizes]:
        try:
            check_names(program, self.params.program.signature)
            return self._coding.pack(program, self._room)
        except AzcError as error:
            raise AzcError(f"program {child}: {error}") from None
        except (TypeError, ValueError, OverflowError, AttributeError, IndexError):
            # A program built by hand may hold objects other than instructions.
            faults = _misfit(program, self.params) or "holds what no program can"
            raise AzcError(f"program {child}: {faults}") from None

    @property
    def best(self) -> Program | None:
        """First program that reached the best fitness; None before any was told."""
        return best_of(self.state, self._coding)

    @property
    def best_fitness(self) -> float:
        """Best fitness; minus infinity before any was told."""
        return self.state.best_fitness

    @property
    def population(self) -> list[Program]:
        """Programs that are alive."""
        alive = self.state.alive
        pairs = zip(self.state.genomes[:alive], self.state.sizes[:alive], strict=True)
        return [self._coding.unpack(*pair) for pair in pairs]


def _misfit(program: Program, params: Params) -> str:
    """Reasons why a program cannot belong to a search, in words; empty if none is known."""
    found = list(faults(program))
    if found:
        return "; ".join(found)
    ops = ops_of(params.program)
    found += [
        f"{op.name} is none of the search's operations; add it to program.ops"
        for op in dict.fromkeys(instruction.op for instruction in program.instructions())
        if op not in ops
    ]
    found += [
        f"{name} has {len(function)} instructions, expected at most {high} (program.size_limits.{name})"
        for name, function, (_, high) in zip(
            params.program.signature.keys, program.functions, params.program.size_limits, strict=True
        )
        if len(function) > high
    ]
    return "; ".join(found)


def best_of(state: State, coding: Coding) -> Program | None:
    """The best program that a state has seen; None before any."""
    if state.best_fitness == -math.inf:
        return None
    return coding.unpack(state.best_genome, state.best_sizes)
