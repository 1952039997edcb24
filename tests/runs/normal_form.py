"""A run as a list of values, independent of names, file formats and layouts of arrays.

The list has all that configuration and seed determine: the history, the program found with its fitnesses,
and every population of the last checkpoint. Two versions of azc with equal lists search alike.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from runs.making import rows

from azc.language import format_program
from azc.runs import checkpoints
from azc.runs.identity import checksum, identity
from azc.search import MUTATIONS as ALL_MUTATIONS
from azc.search import Config, SearchResult
from azc.search.coding import Coding
from azc.search.islands import Island
from azc.search.space import coding_of

MUTATIONS = ALL_MUTATIONS[:8]
"""Mutations that existed when the digests were recorded; the searches give no weight to others."""
QUANTILES = ("min", "10", "25", "50", "75", "90", "max")
ROUNDS = (
    *("round", "island", "experiment", "evals", "best_fitness", "record_fitness"),
    *(f"fitness_{name}" for name in QUANTILES),
    *(f"length_{name}" for name in QUANTILES),
    *("setup_size", "predict_size", "learn_size", "distinct_programs", "migrants"),
)
IMPROVEMENTS = (
    *("number", "round", "island", "experiment", "evaluation", "run_evals", "fitness", "run_record"),
    *("individual", "parent", "ancestor", "generations", "mutations", "parent_fitness", "length", "program"),
)


def digest(config: Config, found: SearchResult, run: Path) -> str:
    """A checksum of a finished run's values."""
    sha = hashlib.sha256()
    for value in values(config, found, run):
        sha.update(f"{plain(value)}\n".encode())
    return sha.hexdigest()


def plain(value: Any) -> str:
    """A value as text; floats by their bits."""
    value = value.item() if isinstance(value, np.generic) else value
    return value.hex() if isinstance(value, float) else repr(value)


def values(config: Config, found: SearchResult, run: Path) -> Iterator[Any]:
    """All values in order."""
    paid = [f"{name}_{what}" for name in MUTATIONS for what in ("children", "better")]
    for row in rows(run, "SELECT * FROM rounds ORDER BY round, island"):
        yield from (row[name] for name in (*ROUNDS, *paid))
    for row in rows(run, "SELECT * FROM improvements ORDER BY number"):
        yield from (row[name] for name in IMPROVEMENTS)
    yield format_program(found.program)
    yield from (found.best_fitness, found.select_fitness, found.final_fitness, found.run_record)
    yield from (found.evals, found.experiments, found.individual, found.kind, found.ended)
    last = checkpoints.load(run / "checkpoints", 10**9, print, run=checksum(identity(config)))
    assert last is not None
    yield last.round
    for island in last.islands:
        yield from of_island(island, coding_of(config.params.program))


def of_island(island: Island, coding: Coding) -> Iterator[Any]:
    """An island's values: living individuals by slot, the best, counters and random numbers."""
    state = island.population
    alive = state.alive
    for slot in range(alive):
        yield format_program(coding.unpack(state.genomes[slot], state.sizes[slot]))
        yield state.fitnesses[slot]
        yield from of_lineage(state.lineage[slot])
    yield format_program(coding.unpack(state.best_genome, state.best_sizes))
    yield from of_lineage(state.best_lineage[0])
    yield from (state.best_fitness, state.record, island.experiment, island.before)
    paid = state.paid[: len(MUTATIONS)]
    yield from (
        state.evals,
        state.entered,
        state.progress["origin"][0],
        *paid.ravel(),
        *state.generator,
    )
    yield from state.hurdle.recent
    yield from state.hurdle.threshold[0].item()


def of_lineage(lineage: Any) -> Iterator[Any]:
    """An individual's lineage."""
    names = ("id", "parent", "ancestor", "generations", "length", "full_fitness")
    yield from (lineage[name].item() for name in names)
    yield from (name for index, name in enumerate(MUTATIONS) if lineage["mutations"] >> index & 1)
    yield lineage["parent_fitness"].item()
