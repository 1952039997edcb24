"""Connected mutations by their numbers; the loops of all strategies that have them share this."""

from typing import Any, Final

import numpy as np

from azc.search.engine.breeding import Breeding, count_child, live_length
from azc.search.engine.canonical import canonical, drop_dead_code
from azc.search.engine.compiled import apart, compiled, record_at
from azc.search.engine.crossover import compose, exchange
from azc.search.engine.expressions import Variation
from azc.search.engine.families import anneal, scan
from azc.search.engine.flow import analyse
from azc.search.engine.generator import Words
from azc.search.engine.genome import Genome, Numbers, Sizes
from azc.search.engine.mutation import mutate
from azc.search.engine.parameter import parameter
from azc.search.engine.state import Offspring, State, unrelated
from azc.search.engine.variation import alter, grow, shrink
from azc.search.names import MUTATION_TABLE

GROW, PARAMETER, SCAN, SHRINK, ALTER, EXCHANGE, COMPOSE, ANNEAL = (
    number for number, mutation in enumerate(MUTATION_TABLE) if mutation.connected
)
CONNECTED_BITS: Final = sum(mutation.connected << number for number, mutation in enumerate(MUTATION_TABLE))
"""The mutations that know the dataflow, a bit each."""
FAMILY_BITS: Final = sum(mutation.family << number for number, mutation in enumerate(MUTATION_TABLE))
"""The mutations that make several children."""
MATE_BITS: Final = sum(mutation.mates << number for number, mutation in enumerate(MUTATION_TABLE))
"""The mutations that take code from another program."""
AGAIN: Final = 0.25
"""Probability that another mutation follows."""
MAX_TRIES: Final = 60
"""Maximum number of mutations of a child."""


@compiled
def needs_mate(mutation: int) -> bool:
    """Whether a mutation takes code from another program."""
    return MATE_BITS >> mutation & 1 != 0


@compiled
def makes_family(mutation: int) -> bool:
    """Whether a mutation makes several children, which differ in constants alone."""
    return FAMILY_BITS >> mutation & 1 != 0


@apart
def family(
    mutation: int, genome: Genome, sizes: Sizes, breeding: Breeding, by: Variation, generator: Words
) -> int:
    """Apply a mutation that makes several children; their number, 0 if it could not.

    `by.trial` then has what they differ in.
    """
    analyse(genome, sizes, breeding.tables, by.flow)
    if mutation == ANNEAL:
        return anneal(genome, sizes, by, generator)
    return scan(genome, sizes, by, generator)


@apart
def apply(
    mutation: int,
    genome: Genome,
    sizes: Sizes,
    mate: Genome,
    mate_sizes: Sizes,
    breeding: Breeding,
    by: Variation,
    generator: Words,
) -> bool:
    """Apply a mutation to live code in place; whether it could. The code is unsound if it could not.

    mate: live code of another program, for a mutation that needs it.
    """
    if CONNECTED_BITS >> mutation & 1 == 0:
        mutate(genome, sizes, mutation, breeding.space, generator)
        return True
    analyse(genome, sizes, by.tables, by.flow)
    if mutation == GROW:
        return grow(genome, sizes, by, generator)
    if mutation == PARAMETER:
        return parameter(genome, sizes, by, generator)
    if mutation == SHRINK:
        return shrink(genome, sizes, by, generator)
    if mutation == ALTER:
        return alter(genome, sizes, by, generator)
    if mutation == EXCHANGE:
        return exchange(genome, sizes, mate, mate_sizes, by, generator)
    return compose(genome, sizes, mate, mate_sizes, breeding.live.names, by, generator)


@apart
def keyed(genome: Genome, sizes: Sizes, key: Numbers, lineage: Any, breeding: Breeding) -> None:
    """Compute a child's key and length; its canonical form stays in the scratch."""
    canonical(genome, sizes, breeding.tables, breeding.live)
    key[0], key[1] = breeding.live.key[0], breeding.live.key[1]
    lineage.length = live_length(breeding.live)


@apart
def told(population: State, child: Offspring, bred_here: bool, breeding: Breeding) -> None:
    """Count a program that was scored elsewhere; only its live code stays, and its parent if bred here."""
    lineage = record_at(child.lineage, 0)
    drop_dead_code(child.genomes, child.sizes, breeding.tables, breeding.live)
    if not bred_here:
        unrelated(lineage)
    lineage.full_fitness = 1
    child.early[0] = -np.inf
    keyed(child.genomes, child.sizes, child.keys, lineage, breeding)
    count_child(population, child, 0)
