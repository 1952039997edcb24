"""Ask and tell: a search with an evaluator of the caller's."""

import math
from collections.abc import Iterable
from typing import Final

from azc.arguments import optional, real, several, takes, whole
from azc.errors import AzcError
from azc.ir import FUNCTIONS, Program, a_program, faults
from azc.search.coding import Coding
from azc.search.engine import loop
from azc.search.engine.genome import Genome, Sizes
from azc.search.engine.state import State, children
from azc.search.initial_state import a_state, copied, start
from azc.search.params import Params, a_params
from azc.search.space import breeding, coding_of, ops_of, room
from azc.search.verifier import checked, program_fault, tables_of

MAX_ASKED: Final = 100_000
"""Maximum number of programs asked for at a time."""
_ASKED: Final = whole(0, MAX_ASKED)
_PROGRAMS: Final = several(a_program, "a sequence of Programs")
_FITNESSES: Final = several(real(nan=True), "a sequence of numbers")


class Search:
    """Evolution with your own evaluator: ask for programs, tell their fitness.

    `state` may be kept; another Search with the same parameters continues from it. AzcError if other
    parameters made it.
    """

    @takes(params=a_params, state=optional(a_state))
    def __init__(self, params: Params, state: State | None = None):
        if params.island.strategy.scores_tasks:
            raise AzcError(
                f'search.strategy = "{params.island.strategy.name}" needs a fitness on each task, which only '
                "a search on tasks has; expected another strategy"
            )
        self.params = params
        self.state = start(params) if state is None else copied(checked(state, params))
        self._breeding = breeding(params)
        self._coding = coding_of(params.program)
        self._room = room(params)

    def ask(self, n: int = 1) -> list[Program]:
        """Breed `n` programs to evaluate from one snapshot of the population.

        Until the population is full, they are individuals of the first population.
        """
        n = _ASKED("n", n)
        made = children(n, self._room)
        loop.breed_all(self.state, made, n, self._breeding)
        return [self._coding.unpack(*pair) for pair in zip(made.genomes, made.sizes, strict=True)]

    def tell(self, programs: Iterable[Program], fitnesses: Iterable[float]) -> None:
        """Add programs to the population with their fitness; each replaces the oldest.

        They need not be those asked for, but must use the search's addresses and operations and keep its size
        limits. A fitness may be infinite, but not nan. AzcError otherwise; then no program is added.
        """
        told, scores = _PROGRAMS("programs", programs), _FITNESSES("fitnesses", fitnesses)
        if len(told) != len(scores):
            raise AzcError(f"{len(told)} programs, but {len(scores)} fitnesses; expected one for each")
        made = children(len(told), self._room)
        for child, (program, fitness) in enumerate(zip(told, scores, strict=True)):
            if math.isnan(fitness):
                raise AzcError(f"the fitness of program {child} is nan; expected a number")
            made.fitnesses[child] = fitness
            made.genomes[child], made.sizes[child] = self._packed(child, program)
        if told and (found := program_fault(made.genomes, made.sizes, tables_of(self.params))):
            which, why = found
            raise AzcError(f"program {which}: {_misfit(told[which], self.params) or why}")
        loop.admit_all(self.state, made, len(told), self._breeding)

    def _packed(self, child: int, program: Program) -> tuple[Genome, Sizes]:
        try:
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
            FUNCTIONS, program.functions, params.program.size_limits, strict=True
        )
        if len(function) > high
    ]
    return "; ".join(found)


def best_of(state: State, coding: Coding) -> Program | None:
    """The best program that a state has seen; None before any."""
    if state.best_fitness == -math.inf:
        return None
    return coding.unpack(state.best_genome, state.best_sizes)
