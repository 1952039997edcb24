"""The arrays of a population, and of children between being made and being scored.

The population is a ring in which children replace the oldest (Real, Liang, So, Le 2020, section
3).
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from azc.search.engine.compiled import apart, at, bits_of, compiled
from azc.search.engine.generator import Words
from azc.search.engine.genome import WORDS, Genome, Numbers, Scores, Sizes
from azc.search.engine.scoring import HurdleState
from azc.search.names import MUTATIONS

ORIGIN: Final = np.dtype(
    [
        ("id", np.int64),  # island << 40 | programs scored there
        ("parent", np.int64),  # its id, or NOBODY
        ("ancestor", np.int64),  # the id of the last ancestor that was a record, or NOBODY
        ("generations", np.int64),  # since that ancestor
        ("mutations", np.int64),  # 1 << number for each mutation applied
        ("parent_fitness", np.float64),
        ("full_fitness", np.int64),  # whether the fitness comes from all examples
        ("length", np.int64),  # live instructions
    ]
)
"""Where an individual comes from, as `origins` shows it."""
LINEAGE: Final = ORIGIN.itemsize // 8
"""Words of an individual's lineage: a field of `ORIGIN` each."""
ID, PARENT, ANCESTOR, GENERATIONS, APPLIED, PARENT_FITNESS, FULL_FITNESS, LENGTH = range(LINEAGE)
"""Indexes of the words, for the compiled loop."""
NOBODY: Final = -1
_HURDLE: Final = "hurdle"


def origins(lineage: Numbers) -> NDArray[Any]:
    """Lineages (..., 8) as records (...) with the fields of `ORIGIN`, without a copy."""
    return lineage.view(ORIGIN)[..., 0]


class State(NamedTuple):
    """A search between two steps, as arrays; [slot] is an index into the ring."""

    genomes: NDArray[np.int64]
    """[slot][instruction][word]"""
    sizes: NDArray[np.int64]
    """[slot][function]"""
    fitnesses: Scores
    keys: Numbers
    """[slot][2]: the key of the live code."""
    lineage: Numbers
    """[slot][word]: where each comes from."""
    generator: Words
    evals: Numbers
    """One number: programs scored since the beginning, first population included."""
    entered: Numbers
    """One number: programs that took a slot; those scored here, and migrants."""
    origin: Numbers
    """One number: what an individual's number counts from."""
    paid: Numbers
    """[mutation][2]: children that had it, and those of them that were better than their parents."""
    best_genome: Genome
    best_sizes: Sizes
    best_fitness: Scores
    """One number: the fitness of the first of the best programs ever seen; minus infinity before any."""
    best_lineage: Numbers
    record: Scores
    """One number: the best fitness ever, earlier experiments included."""
    hurdle: HurdleState


class Offspring(NamedTuple):
    """Programs between being made and being scored; [child]."""

    genomes: NDArray[np.int64]
    sizes: NDArray[np.int64]
    keys: Numbers
    lineage: Numbers
    fitnesses: Scores


def empty_state(
    size: int, room: int, window: int, generator: Words, origin: int = 0, record: float = -np.inf
) -> State:
    """Nobody alive yet."""
    return State(
        genomes=np.zeros((size, room, WORDS), dtype=np.int64),
        sizes=np.zeros((size, 3), dtype=np.int64),
        fitnesses=np.zeros(size),
        keys=np.zeros((size, 2), dtype=np.int64),
        lineage=np.zeros((size, LINEAGE), dtype=np.int64),
        generator=generator,
        evals=np.zeros(1, dtype=np.int64),
        entered=np.zeros(1, dtype=np.int64),
        origin=np.full(1, origin, dtype=np.int64),
        paid=np.zeros((len(MUTATIONS), 2), dtype=np.int64),
        best_genome=np.zeros((room, WORDS), dtype=np.int64),
        best_sizes=np.zeros(3, dtype=np.int64),
        best_fitness=np.full(1, -np.inf),
        best_lineage=np.zeros(LINEAGE, dtype=np.int64),
        record=np.full(1, record),
        hurdle=HurdleState(np.zeros(max(1, window)), np.zeros(1, dtype=np.int64), np.full(1, -np.inf)),
    )


def children(count: int, room: int) -> Offspring:
    """Room for some children."""
    return Offspring(
        np.zeros((count, room, WORDS), dtype=np.int64),
        np.zeros((count, 3), dtype=np.int64),
        np.zeros((count, 2), dtype=np.int64),
        np.zeros((count, LINEAGE), dtype=np.int64),
        np.zeros(count),
    )


def arrays_of(state: State) -> dict[str, NDArray[Any]]:
    """The arrays of a state by name, those of its hurdle as `hurdle/recent` and so on."""
    own = {name: array for name, array in state._asdict().items() if name != _HURDLE}
    return own | {f"{_HURDLE}/{name}": array for name, array in state.hurdle._asdict().items()}


def state_of(arrays: Mapping[str, Any]) -> State:
    """The state that has these arrays; the inverse of `arrays_of`. KeyError if one is missing."""
    own = {name: arrays[name] for name in State._fields if name != _HURDLE}
    hurdle = HurdleState(*(arrays[f"{_HURDLE}/{name}"] for name in HurdleState._fields))
    return State(**own, hurdle=hurdle)


@apart
def copy(genome: Genome, sizes: Sizes, to: Genome, to_sizes: Sizes) -> None:
    """Copy a genome, what it has and no more."""
    for function in range(3):
        to_sizes[function] = sizes[function]
    for word in range((sizes[0] + sizes[1] + sizes[2]) * WORDS):
        to[word] = genome[word]


@compiled
def child_of(children: Offspring, child: int, room: int) -> Offspring:
    """Children from one of them on."""
    return Offspring(
        at(children.genomes, child * room * WORDS),
        at(children.sizes, 3 * child),
        at(children.keys, 2 * child),
        at(children.lineage, LINEAGE * child),
        at(children.fitnesses, child),
    )


@compiled
def descended(lineage: Numbers, parent: Numbers, fitness: float) -> None:
    """Write the lineage of a child."""
    lineage[PARENT], lineage[ANCESTOR] = parent[ID], parent[ANCESTOR]
    lineage[GENERATIONS] = parent[GENERATIONS] + 1
    lineage[APPLIED], lineage[PARENT_FITNESS] = 0, bits_of(fitness)


@compiled
def unrelated(lineage: Numbers) -> None:
    """Write the lineage of a program without a parent in this population."""
    lineage[PARENT] = lineage[ANCESTOR] = NOBODY
    lineage[GENERATIONS] = lineage[APPLIED] = lineage[PARENT_FITNESS] = 0
