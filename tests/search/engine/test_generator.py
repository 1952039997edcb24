"""The random generator of a search: its words and its distributions."""

import math

import numpy as np
import pytest
from search.making import generated

from azc.search.engine.generator import seeded

FIRST = [14971601782005023387, 13781649495232077965, 1847458086238483744]
"""First words of seed 1."""
MASK = 2**64 - 1


def xoshiro(state: list[int], n: int) -> list[int]:
    """The outputs of xoshiro256++ as its authors define it."""

    def rotated(x: int, k: int) -> int:
        return (x << k | x >> (64 - k)) & MASK

    found = []
    for _ in range(n):
        found.append((rotated((state[0] + state[3]) & MASK, 23) + state[0]) & MASK)
        t = state[1] << 17 & MASK
        state[2] ^= state[0]
        state[3] ^= state[1]
        state[1] ^= state[2]
        state[0] ^= state[3]
        state[2] ^= t
        state[3] = rotated(state[3], 45)
    return found


@pytest.mark.parametrize("state", [[1, 2, 3, 4], [MASK, 0, MASK, 1 << 63]])
def test_words_are_those_of_the_published_generator(state: list[int]) -> None:
    """Words and states are those of xoshiro256++."""
    words = np.array(state, dtype=np.uint64)
    found = generated("word", words, 50)
    assert found.view(np.uint64).tolist() == xoshiro(state, 50)
    assert words.tolist() == state


def test_the_numbers_of_a_seed_are_fixed() -> None:
    """The first words of seed 1 are fixed, so that histories are the same everywhere."""
    assert generated("word", seeded(1), 3).view(np.uint64).tolist() == FIRST


def test_seeds_and_experiments_differ() -> None:
    """Other seeds, and other experiments of a seed, give other numbers."""
    kinds = [(seed, stream) for seed in (0, 1, 2, 2**32, 2**64 - 1) for stream in (1, 2, 3)]
    assert len({tuple(seeded(*kind).tolist()) for kind in kinds}) == len(kinds)


def test_numbers_stay_below_their_bound() -> None:
    """Integers below a bound are drawn uniformly from 0."""
    found = np.bincount(generated("below", seeded(2), 70_000, 7).view(np.int64))
    assert len(found) == 7
    assert abs(found - 10_000).max() < 5 * math.sqrt(10_000)


def test_fractions_are_uniform() -> None:
    """Fractions lie in [0, 1), with the mean and variance of a uniform distribution."""
    found = generated("uniform", seeded(3), 100_000)
    assert 0 <= found.min() < 1e-4
    assert 1 - 1e-4 < found.max() < 1
    assert abs(found.mean() - 0.5) < 5 * math.sqrt(1 / 12 / 100_000)
    assert abs(found.var() - 1 / 12) < 1e-3


def test_factors_are_log_normal() -> None:
    """The logarithms of factors are normally distributed, with mean 0 and standard deviation 1."""
    logs = np.log(generated("factor", seeded(5), 100_000))
    assert abs(logs.mean()) < 5 / math.sqrt(len(logs))
    assert abs(logs.std() - 1) < 5 / math.sqrt(2 * len(logs))
    assert abs((logs**4).mean() - 3) < 0.2
