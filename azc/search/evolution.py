"""A search as state in, state out: asking for programs, and telling their fitness.

A state is plain arrays. With its parameters it decides all that follows, to the last bit, however the work is
divided into calls.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

import numpy as np

from azc.backends.llvm import function_addresses
from azc.errors import AzcError
from azc.ir import Program
from azc.search.coding import Coding
from azc.search.engine import evolution as engine
from azc.search.engine.breeding import Breeding
from azc.search.engine.canonical import live
from azc.search.engine.generator import FUNCTIONS, seeded
from azc.search.engine.genome import NOTHING, WORDS
from azc.search.engine.population import Population, children, population
from azc.search.engine.scoring import Hurdle
from azc.search.initial import first_programs
from azc.search.params import Params
from azc.search.space import coding_of, rules, space
from azc.search.strategies import STRATEGIES

State: TypeAlias = Population
"""A search between two steps; nothing else is needed to go on."""


ISLAND_BITS: Final = 40
"""An individual's number: its island's above so many bits, below them how many were scored there with it."""
EVALUATION: Final = (1 << ISLAND_BITS) - 1
"""The bits of an individual's number that count the programs scored on its island."""


def birth_of(individual: int) -> tuple[int, int]:
    """Where an individual was bred: its island, and how many programs that had scored with it."""
    return individual >> ISLAND_BITS, individual & EVALUATION


def start(
    params: Params, experiment: int = 1, *, island: int = 0, before: int = 0, record: float = -math.inf
) -> State:
    """A search in which nobody is alive yet; experiments and islands of a seed have draws of their own.

    `before` and `record`: how many programs earlier experiments scored there, and their best fitness.
    """
    window = params.hurdle.window if params.hurdle else 0
    seed = int(seeded(params.seed, -island)[0]) if island else params.seed
    return population(
        params.population_size,
        room(params),
        window,
        seeded(seed, experiment),
        origin=(island << ISLAND_BITS) + before,
        record=record,
    )


def copied(state: State) -> State:
    """A state of its own with the same content."""
    arrays = {name: array.copy() for name, array in state._asdict().items() if name != "hurdle"}
    return State(**arrays, hurdle=Hurdle(*(array.copy() for array in state.hurdle)))  # type: ignore[arg-type]


GROWING: Final = {"insert_instruction", "trade_instruction"}


def room(params: Params) -> int:
    """How many instructions a genome has room for: one too many, as a trade inserts before it removes."""
    if not GROWING & dict(params.mutations).keys():
        first = first_programs(params)
        return max((sum(map(len, program.functions)) for program in first), default=sum(params.sizes))
    return sum(high for _, high in params.size_limits) + 1


def breeding(params: Params) -> Breeding:
    """How children are made; it holds scratch memory, so no two threads may share one."""
    programs, size = first_programs(params), room(params)
    if programs:
        genomes, sizes = map(np.stack, zip(*(coding_of(params).pack(p, size) for p in programs), strict=True))
    else:
        genomes = np.zeros((1, size, WORDS), dtype=np.int64)
        genomes[..., 0] = NOTHING
        sizes = np.array([[n if ops else 0 for n, ops in zip(params.sizes, params.ops, strict=True)]])
    strategy = STRATEGIES[params.strategy]
    return Breeding(
        population_size=params.population_size,
        room=size,
        space=space(params, function_addresses(FUNCTIONS)),
        rules=rules(coding_of(params), params.eval_type),
        tournament_size=params.tournament_size if strategy.selects else 0,
        change_live_code=strategy.changes_live_code,
        random=not programs,
        first_count=len(genomes),
        first_genomes=genomes,
        first_sizes=sizes,
        live=live(size),
    )


class Search:
    """Evolution with an evaluator of one's own: ask for programs, tell their fitness.

    `state` may be kept and given to another Search with the same parameters, which goes on from there.
    """

    def __init__(self, params: Params, state: State | None = None):
        self.params = params
        self.state = start(params) if state is None else copied(state)
        self._breeding = breeding(params)
        self._coding = coding_of(params)

    def ask(self, n: int = 1) -> list[Program]:
        """So many programs to evaluate, made from the population as it stands.

        As long as the population is not full, they are individuals of the first one.
        """
        made = children(n, room(self.params))
        engine.breed_all(self.state, made, n, self._breeding)
        return [self._coding.unpack(*pair) for pair in zip(made.genomes, made.sizes, strict=True)]

    def tell(self, programs: Iterable[Program], fitnesses: Sequence[float]) -> None:
        """Let programs into the population with their fitness, each in the place of the oldest.

        They may be others than those asked for, of the search's addresses and no longer than its own can get.
        """
        told = list(programs)
        if len(told) != len(fitnesses):
            raise AzcError(f"{len(told)} programs, but {len(fitnesses)} fitnesses; expected one for each")
        made = children(len(told), room(self.params))
        for child, (program, fitness) in enumerate(zip(told, fitnesses, strict=True)):
            if math.isnan(fitness):
                raise AzcError(f"the fitness of program {child} is nan; expected a number")
            made.genomes[child], made.sizes[child] = self._coding.pack(program, room(self.params))
            made.fitnesses[child] = fitness
        engine.admit_all(self.state, made, len(told), self._breeding)

    @property
    def best(self) -> Program | None:
        """The first of the best programs ever told; None before any."""
        return best_of(self.state, self._coding)

    @property
    def best_fitness(self) -> float:
        """Its fitness; minus infinity before any."""
        return float(self.state.best_fitness[0])

    @property
    def population(self) -> list[Program]:
        """The programs alive."""
        alive = min(int(self.state.evals[0]), self.params.population_size)
        pairs = zip(self.state.genomes[:alive], self.state.sizes[:alive], strict=True)
        return [self._coding.unpack(*pair) for pair in pairs]


def best_of(state: State, coding: Coding) -> Program | None:
    """The best program that a state has seen; None before any."""
    if state.best_fitness[0] == -math.inf:
        return None
    return coding.unpack(state.best_genome, state.best_sizes)
