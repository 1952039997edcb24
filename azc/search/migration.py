"""Migration: programs that leave an island and replace the oldest of another."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from azc.search.engine.genome import WORDS
from azc.search.engine.state import Offspring, State
from azc.search.params import Params


def migrants_of(state: State | Offspring, slots: Sequence[int] | NDArray[np.int64]) -> Offspring:
    """Copies of the programs in some rows, to migrate."""
    rows = np.asarray(slots, dtype=np.int64)
    return Offspring(*(getattr(state, name)[rows] for name in Offspring._fields))


def together(groups: Sequence[Offspring]) -> Offspring:
    """Migrants of several islands as one group; all genomes get the largest room."""
    room = max(group.genomes.shape[1] for group in groups)
    scores = min(group.scores.shape[1] for group in groups)
    parts = [fitted(group, room) for group in groups]
    parts = [part._replace(scores=part.scores[:, :scores]) for part in parts]
    return Offspring(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def fitted(made: Offspring, room: int, limits: Sequence[int] | None = None) -> Offspring:
    """The programs that fit into genomes with room for `room` instructions, in such genomes.

    limits: maximum sizes of functions; a program beyond one could outgrow its genome, and is left out.
    """
    able = made.sizes.sum(axis=1) <= room
    if limits is not None:
        able &= (made.sizes <= np.array(limits)).all(axis=1)
    genomes = np.zeros((int(able.sum()), room, WORDS), dtype=np.int64)
    shared = min(room, made.genomes.shape[1])
    genomes[:, :shared] = made.genomes[able, :shared]
    return Offspring(genomes, *(np.ascontiguousarray(array[able]) for array in made[1:]))


def is_full(state: State, params: Params) -> bool:
    """Whether a population sends and receives migrants."""
    strategy = params.island.strategy
    return state.alive > 0 if strategy.bins else state.alive >= strategy.population_size


def insert_migrants(state: State, migrants: Offspring, slot_of: Callable[[int], int | None]) -> None:
    """Add migrants to a population, in order and in place; a migrant may become the experiment's best.

    slot_of: the slot of each by its row, once those before it are in; None leaves it out. A migrant never
    counts as a record of the island, but raises the fitness that the next record must beat.
    """
    progress = state.progress[0]
    for row, fitness in enumerate(migrants.fitnesses.tolist()):
        slot = slot_of(row)
        if slot is None:
            continue
        for name in Offspring._fields:
            getattr(state, name)[slot] = getattr(migrants, name)[row]
        progress["entered"] += 1
        progress["alive"] = max(progress["alive"], slot + 1)
        if migrants.lineage["full_fitness"][row] and fitness > progress["best_fitness"]:
            state.best_genome[:], state.best_sizes[:] = migrants.genomes[row], migrants.sizes[row]
            state.best_lineage[0], progress["best_fitness"] = migrants.lineage[row], fitness
    progress["record"] = max(progress["record"], progress["best_fitness"])


def oldest(state: State) -> Callable[[int], int | None]:
    """Slots of migrants in a ring: each replaces the oldest."""
    return lambda row: state.entered % len(state.fitnesses)


def slots_in_bins(state: State, migrants: Offspring, bin_size: int) -> Callable[[int], int | None]:
    """Slots of migrants in bins: free ones, or those of the worst programs of their lengths.

    None for one that is there already, or whose length, which its sender may have forged, has no bin.
    """

    def slot(row: int) -> int | None:
        length = migrants.lineage["length"][row]
        if not 0 <= length < len(state.fitnesses) // bin_size:
            return None
        same = np.flatnonzero(state.lineage["length"][: state.alive] == length)
        if (state.keys[same] == migrants.keys[row]).all(axis=1).any():
            return None
        if len(same) < bin_size:
            return state.alive
        return int(same[state.fitnesses[same].argmin()])

    return slot
