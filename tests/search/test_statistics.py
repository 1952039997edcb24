"""Statistics of a population and its front, compared with slow definitions."""

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from search.living import lived, settings

from azc.search import State
from azc.search.engine.generator import seeded
from azc.search.engine.state import empty_state
from azc.search.statistics import QUANTILES, front, runners_up, statistics

SIZE = 12
INDIVIDUALS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), st.integers(0, 6), st.booleans()), max_size=30
)
"""Fitness, length and whether the fitness is full."""


def of(individuals: list[tuple[float, int, bool]]) -> State:
    """A population that these individuals entered; the last of them are alive."""
    state = empty_state(SIZE, 4, 0, seeded(0), n_scores=2, n_functions=3)
    for index, (fitness, length, full) in enumerate(individuals):
        slot = index % SIZE
        state.fitnesses[slot] = fitness
        state.lineage["length"][slot], state.lineage["full_fitness"][slot] = length, full
        state.sizes[slot] = (length, 1, 2)
        state.keys[slot] = (length, round(fitness * 4))
        state.scores[slot] = (fitness, length % 2)
    state.progress["entered"][0] = len(individuals)
    state.progress["alive"][0] = min(len(individuals), len(state.fitnesses))
    return state


def alive(individuals: list[tuple[float, int, bool]]) -> list[tuple[float, int, bool]]:
    """The individuals alive, by slot."""
    ring = individuals[:SIZE]
    for index in range(SIZE, len(individuals)):
        ring[index % SIZE] = individuals[index]
    return ring


@given(INDIVIDUALS)
def test_quantiles_are_values_of_individuals(individuals: list[tuple[float, int, bool]]) -> None:
    """Quantiles of fitness and length are values of individuals, sorted, from the minimum to the maximum."""
    about, there = statistics(of(individuals)), alive(individuals)
    assert about.alive == len(there)
    for found, column in ((about.fitness, 0), (about.lengths, 1)):
        values = sorted(float(one[column]) for one in there)
        assert len(found) == len(QUANTILES)
        if not values:
            assert np.isnan(found).all()
            continue
        assert set(found.tolist()) <= set(values)
        assert (np.diff(found) >= 0).all()
        assert (found[0], found[-1]) == (values[0], values[-1])
        # A quantile has its share of the values on either side.
        for share, value in zip(QUANTILES, found.tolist(), strict=True):
            below, above = sum(v < value for v in values), sum(v > value for v in values)
            assert below <= share * (len(values) - 1) + 0.5 + 1e-9
            assert above <= (1 - share) * (len(values) - 1) + 0.5 + 1e-9


@given(INDIVIDUALS)
def test_sizes_are_means_and_programs_are_counted_by_key(
    individuals: list[tuple[float, int, bool]],
) -> None:
    """Sizes are means, and individuals with equal keys count as one distinct program."""
    about, there = statistics(of(individuals)), alive(individuals)
    assert about.distinct == len({(fitness, length) for fitness, length, _ in there})
    if there:
        assert about.sizes[0] == pytest.approx(np.mean([length for _, length, _ in there]))
        assert about.sizes[1:].tolist() == [1.0, 2.0]
    else:
        assert np.isnan(about.sizes).all()


@given(INDIVIDUALS)
def test_the_front_is_the_best_of_every_length(individuals: list[tuple[float, int, bool]]) -> None:
    """The front has the first best of each length with full fitness, if better than all shorter ones."""
    there = alive(individuals)
    able = [(length, fitness, slot) for slot, (fitness, length, full) in enumerate(there) if full]
    expected = []
    for length, fitness, slot in able:
        rivals = [other for other in able if other != (length, fitness, slot)]
        beaten = any(
            (other_fitness >= fitness and other_length < length)
            or (other_length == length and (other_fitness, -other_slot) > (fitness, -slot))
            for other_length, other_fitness, other_slot in rivals
        )
        if not beaten:
            expected.append((length, slot))
    found = front(of(individuals))
    assert found == [slot for _, slot in sorted(expected)]
    fitnesses, lengths = ([there[slot][column] for slot in found] for column in (0, 1))
    assert fitnesses == sorted(set(fitnesses))
    assert lengths == sorted(set(lengths))


@given(INDIVIDUALS)
def test_runners_up_are_the_best_beside_the_front(individuals: list[tuple[float, int, bool]]) -> None:
    """Of the programs with full fitness the best come next, one for each row of scores that is new."""
    there, state = alive(individuals), of(individuals)
    seen = {(there[slot][0], there[slot][1] % 2) for slot in front(state)}
    expected = []
    for fitness, length, slot in sorted((-one[0], one[1], slot) for slot, one in enumerate(there)):
        if there[slot][2] and (-fitness, length % 2) not in seen:
            seen.add((-fitness, length % 2))
            expected.append(slot)
    assert runners_up(state, front(state)) == expected
    with patch("azc.search.statistics.RUNNERS_UP", 2):
        assert runners_up(state, front(state)) == expected[:2]


def test_the_best_of_an_island_ends_quantiles_and_front() -> None:
    """The best fitness of an island is the last of its quantiles and of its front."""
    state = lived(settings(), 500).population
    about, best = statistics(state), front(state)
    assert about.alive == 20
    assert about.fitness[-1] == state.fitnesses.max() == state.fitnesses[best[-1]]
    assert 1 <= about.distinct <= 20
