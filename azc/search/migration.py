"""Migration: programs that leave an island and replace the oldest of another."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from azc.search.engine.genome import WORDS
from azc.search.engine.state import Offspring, State
from azc.search.params import Params
from azc.search.strategies import STRATEGIES


def migrants_of(state: State, slots: Sequence[int] | NDArray[np.int64]) -> Offspring:
    """Copies of the programs in some slots, to migrate."""
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
    if STRATEGIES[params.island.strategy].bins:
        return state.alive > 0
    return state.alive >= params.island.population_size


def insert_migrants(state: State, migrants: Offspring, bin_size: int | None = None) -> None:
    """Add migrants to a population, in order and in place; a migrant may become the experiment's best.

    bin_size: of a population in bins, where a migrant that is there already is left out.
    A migrant never counts as a record of the island, but raises the fitness that the next record must beat.
    """
    size, progress = len(state.fitnesses), state.progress[0]
    for row, fitness in enumerate(migrants.fitnesses.tolist()):
        slot = (
            int(progress["entered"]) % size
            if bin_size is None
            else _slot_in_bin(state, migrants, row, bin_size)
        )
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


def _slot_in_bin(state: State, migrants: Offspring, row: int, bin_size: int) -> int | None:
    """Slot for a migrant: a free one, or that of the worst program of its length.

    None if it is there already, or if no bin is for its length, which its sender may have forged.
    """
    length = migrants.lineage["length"][row]
    if not 0 <= length < len(state.fitnesses) // bin_size:
        return None
    same = np.flatnonzero(state.lineage["length"][: state.alive] == length)
    if (state.keys[same] == migrants.keys[row]).all(axis=1).any():
        return None
    if len(same) < bin_size:
        return state.alive
    return int(same[state.fitnesses[same].argmin()])
