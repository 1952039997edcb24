"""The arrays of a population, and of children between being made and being scored.

The population is a ring in which children replace the oldest (Real, Liang, So, Le 2020, section
3).
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from azc.search.engine.compiled import apart, at, compiled
from azc.search.engine.generator import Words
from azc.search.engine.genome import WORDS, Genome, Numbers, Records, Scores, Sizes, start_of
from azc.search.engine.scoring import THRESHOLD, HurdleState
from azc.search.names import MUTATIONS

LINEAGE: Final = np.dtype(
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
"""Origin of an individual."""
PROGRESS: Final = np.dtype(
    [
        ("evals", np.int64),  # programs scored since the beginning, first population included
        ("entered", np.int64),  # programs that took a slot: those scored here, and migrants
        ("alive", np.int64),  # slots that are taken, always the first ones
        ("origin", np.int64),  # what the ids of individuals count from
        ("best_fitness", np.float64),  # of the first of the best programs; minus infinity before any
        ("record", np.float64),  # the best fitness ever, earlier experiments included
    ]
)
"""The numbers of a search."""
NOBODY: Final = -1
_HURDLE: Final = "hurdle"


class State(NamedTuple):
    """A search between two steps, as arrays; [slot] is an index into the ring."""

    genomes: NDArray[np.int64]
    """[slot][instruction][word]"""
    sizes: NDArray[np.int64]
    """[slot][function]"""
    fitnesses: Scores
    scores: Scores
    """[slot][task]: fitness on each task; no tasks for strategies that do not ask."""
    early: Scores
    """[slot]: fitness on the first examples; 0 without a race."""
    keys: Numbers
    """[slot][2]: the key of the live code."""
    lineage: Records
    """[slot]: `LINEAGE`."""
    generator: Words
    progress: Records
    """One record: `PROGRESS`."""
    paid: Numbers
    """[mutation][2]: children that had it, and those of them that were better than their parents."""
    best_genome: Genome
    best_sizes: Sizes
    """The first of the best programs ever seen, of `progress.best_fitness`."""
    best_lineage: Records
    """One record: `LINEAGE`."""
    memory: NDArray[np.uint8]
    """Bytes of what a strategy written in NumPy remembers; none for those of azc."""
    hurdle: HurdleState

    @property
    def evals(self) -> int:
        """Programs scored since the beginning, first population included."""
        return int(self.progress["evals"][0])

    @property
    def entered(self) -> int:
        """Programs that took a slot: those scored here, and migrants."""
        return int(self.progress["entered"][0])

    @property
    def alive(self) -> int:
        """Number of slots that are taken."""
        return int(self.progress["alive"][0])

    @property
    def best_fitness(self) -> float:
        """Fitness of the first of the best programs ever seen; minus infinity before any."""
        return float(self.progress["best_fitness"][0])

    @property
    def record(self) -> float:
        """The best fitness ever, earlier experiments included."""
        return float(self.progress["record"][0])


class Offspring(NamedTuple):
    """Programs between being made and being scored; [child]."""

    genomes: NDArray[np.int64]
    sizes: NDArray[np.int64]
    keys: Numbers
    lineage: Records
    fitnesses: Scores
    early: Scores
    """[child]: before it is scored its parent's fitness on the first examples, then its own."""
    scores: Scores
    """[child][task]"""


def empty_state(
    size: int,
    room: int,
    window: int,
    generator: Words,
    origin: int = 0,
    record: float = -np.inf,
    n_scores: int = 0,
    *,
    n_functions: int,
) -> State:
    """State with an empty population; `n_scores`: tasks whose fitness it keeps one by one."""
    progress = np.array([(0, 0, 0, origin, -np.inf, record)], dtype=PROGRESS)
    threshold = np.array([(0, -np.inf)], dtype=THRESHOLD)
    return State(
        genomes=np.zeros((size, room, WORDS), dtype=np.int64),
        sizes=np.zeros((size, n_functions), dtype=np.int64),
        fitnesses=np.zeros(size),
        scores=np.zeros((size, n_scores)),
        early=np.zeros(size),
        keys=np.zeros((size, 2), dtype=np.int64),
        lineage=np.zeros(size, dtype=LINEAGE),
        generator=generator,
        progress=progress,
        paid=np.zeros((len(MUTATIONS), 2), dtype=np.int64),
        best_genome=np.zeros((room, WORDS), dtype=np.int64),
        best_sizes=np.zeros(n_functions, dtype=np.int64),
        best_lineage=np.zeros(1, dtype=LINEAGE),
        memory=np.zeros(0, dtype=np.uint8),
        hurdle=HurdleState(np.zeros(max(1, window)), threshold),
    )


def children(count: int, room: int, n_scores: int = 0, *, n_functions: int) -> Offspring:
    """Memory for `count` children."""
    return Offspring(
        np.zeros((count, room, WORDS), dtype=np.int64),
        np.zeros((count, n_functions), dtype=np.int64),
        np.zeros((count, 2), dtype=np.int64),
        np.zeros(count, dtype=LINEAGE),
        np.zeros(count),
        np.zeros(count),
        np.zeros((count, n_scores)),
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
def copy(genome: Genome, sizes: Sizes, to: Genome, to_sizes: Sizes, n_functions: int) -> None:
    """Copy the instructions that a genome has, and its sizes."""
    for function in range(n_functions):
        to_sizes[function] = sizes[function]
    for word in range(start_of(sizes, n_functions) * WORDS):
        to[word] = genome[word]


@compiled
def child_of(children: Offspring, child: int, room: int, n_scores: int, n_functions: int) -> Offspring:
    """Children from one of them on."""
    return Offspring(
        at(children.genomes, child * room * WORDS),
        at(children.sizes, n_functions * child),
        at(children.keys, 2 * child),
        at(children.lineage, child),
        at(children.fitnesses, child),
        at(children.early, child),
        at(children.scores, child * n_scores),
    )


@compiled
def descended(lineage: Any, parent: Any, fitness: float) -> None:
    """Write the lineage of a child."""
    lineage.parent, lineage.ancestor = parent.id, parent.ancestor
    lineage.generations, lineage.mutations = parent.generations + 1, 0
    lineage.parent_fitness = fitness


@compiled
def unrelated(lineage: Any) -> None:
    """Write the lineage of a program without a parent in this population."""
    lineage.parent = lineage.ancestor = NOBODY
    lineage.generations = lineage.mutations = 0
    lineage.parent_fitness = 0.0
