"""Initial states of experiments, and the ids of individuals.

A state is plain arrays. Together with the parameters it determines every bit of the future, however the
work is divided into calls.
"""

import math
from typing import Final

from azc.arguments import kind_of, real, takes, whole
from azc.search.engine.generator import seeded
from azc.search.engine.state import State, arrays_of, empty_state, state_of
from azc.search.params import Params, a_params
from azc.search.space import room, slots

a_state: Final = kind_of(State, expected="a State", advice="azc.search.start gives one")
"""Check of an argument that is a state."""
ISLAND_BITS: Final = 40
"""An individual's id is island << 40 | evaluation number on that island."""
EVALUATION: Final = (1 << ISLAND_BITS) - 1
"""Mask of the evaluation number in an individual's id."""


def birth_of(individual: int) -> tuple[int, int]:
    """Birth of an individual: island index, and evaluation number there."""
    return individual >> ISLAND_BITS, individual & EVALUATION


@takes(
    params=a_params,
    experiment=whole(),
    island=whole(0, (1 << 63 - ISLAND_BITS) - 1),
    before=whole(0, EVALUATION),
    record=real(),
)
def start(
    params: Params, experiment: int = 1, *, island: int = 0, before: int = 0, record: float = -math.inf
) -> State:
    """Initial state of an experiment: an empty population, with random numbers of its own.

    They differ by seed, experiment and island. before: programs that earlier experiments of the island
    scored. record: their best fitness.
    """
    window = params.island.hurdle.window if params.island.hurdle else 0
    seed = int(seeded(params.run.seed, -island)[0]) if island else params.run.seed
    return empty_state(
        slots(params),
        room(params),
        window,
        seeded(seed, experiment),
        origin=(island << ISLAND_BITS) + before,
        record=record,
        n_functions=len(params.program.sizes),
    )


def copied(state: State) -> State:
    """A copy that shares no arrays."""
    return state_of({name: array.copy() for name, array in arrays_of(state).items()})
