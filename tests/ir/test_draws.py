"""Draws: Philox against its published vectors, formulas, distributions, and the NumPy functions."""

from __future__ import annotations

import itertools
import math
import warnings
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from azc.ir import arithmetic, draws

words = st.integers(0, 2**64 - 1)
halves = st.integers(0, 2**32 - 1)
numbers = st.floats(-1e100, 1e100)


def textbook(seed: int, element: int, draw: int, step: int) -> list[int]:
    """Four words of Philox4x32-10 by the paper's definition, in Python integers."""
    mask = 2**32 - 1
    x, k = [element, draw, step & mask, step >> 32], [seed & mask, seed >> 32]
    for _ in range(10):
        p, q = 0xD2511F53 * x[0], 0xCD9E8D57 * x[2]
        x = [q >> 32 ^ x[1] ^ k[0], q & mask, p >> 32 ^ x[3] ^ k[1], p & mask]
        k = [(k[0] + 0x9E3779B9) & mask, (k[1] + 0xBB67AE85) & mask]
    return x


def integers(block: list[int]) -> tuple[int, int]:
    """Two 53-bit integers from a block's four words."""
    return (block[0] | block[1] << 32) >> 11, (block[2] | block[3] << 32) >> 11


def drawn(kind: Any, *arguments: Any) -> Any:
    """One draw with NumPy's arithmetic; integers become words, other numbers floats."""
    with np.errstate(all="ignore"):
        return kind(arithmetic, *(np.uint64(a) if isinstance(a, int) else np.float64(a) for a in arguments))


def same(a: float, b: float) -> bool:
    """Equal bits, any nan equal to any other."""
    return np.float64(a).tobytes() == np.float64(b).tobytes() or (math.isnan(a) and math.isnan(b))


VECTORS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


@pytest.mark.parametrize(("counter", "key", "expected"), VECTORS, ids=["zeros", "ones", "pi"])
def test_philox_gives_the_published_vectors(counter: str, key: str, expected: str) -> None:
    """Philox gives the known answers of Random123, with counter and key from seed, element, draw and step."""
    c, k, block = ([int(word, 16) for word in text.split()] for text in (counter, key, expected))
    seed, step = k[0] | k[1] << 32, c[2] | c[3] << 32
    assert textbook(seed, c[0], c[1], step) == block
    assert drawn(draws.philox, seed, c[0], c[1], step) == integers(block)


@given(words, halves, halves, words)
def test_philox_is_the_textbook_function(seed: int, element: int, draw: int, step: int) -> None:
    """Words and Python ints as arguments both give the two integers of the paper's function."""
    expected = integers(textbook(seed, element, draw, step))
    assert drawn(draws.philox, seed, element, draw, step) == expected
    assert draws.philox(arithmetic, seed, element, draw, step) == expected


def test_documented_values_are_drawn() -> None:
    """The numbers in docs/semantics.md are drawn: the uniform exactly, gaussians within 4 ulp."""
    assert draws.uniforms(2026, 8, draw=3, step=5)[7] == 0.9838933688078952
    expected = np.array([-0.32850685568897775, 0.6041691407621608, 0.6659537324863362])
    assert np.all(np.abs(draws.gaussians(2026, 3) - expected) <= 4 * np.spacing(np.abs(expected)))


@given(words, halves, halves, words, numbers, numbers)
def test_uniform_is_its_formula(
    seed: int, element: int, draw: int, step: int, low: float, high: float
) -> None:
    """A uniform draw is low + (high - low) (a 2^-53), each step rounded, or low if low >= high."""
    a, _ = integers(textbook(seed, element, draw, step))
    expected = low if low >= high else low + (high - low) * (a * 2.0**-53)
    assert same(drawn(draws.uniform, seed, element, draw, step, low, high), expected)


@pytest.mark.parametrize(
    ("low", "high"), [(1.0, 1.0), (2.0, -2.0), (math.inf, -math.inf), (math.inf, math.inf)]
)
def test_bounds_in_the_wrong_order_give_low(low: float, high: float) -> None:
    """Uniform draws with low >= high are low, infinite bounds included."""
    assert np.all(draws.uniforms(1, 5, low=low, high=high) == low)


@pytest.mark.parametrize(("low", "high"), [(math.nan, 1.0), (0.0, math.nan), (math.nan, math.nan)])
def test_nan_bounds_give_nan(low: float, high: float) -> None:
    """Uniform draws with a nan bound are nan."""
    assert np.all(np.isnan(draws.uniforms(1, 5, low=low, high=high)))


@given(words, halves, halves, words)
def test_gaussian_is_its_formula(seed: int, element: int, draw: int, step: int) -> None:
    """A standard gaussian is within 4 ulp of Box and Muller's formula with the C library's log and cos."""
    a, b = integers(textbook(seed, element, draw, step))
    radius = math.sqrt(-2 * math.log((a + 1) * 2.0**-53))
    expected = radius * math.cos(6.283185307179586 * (b * 2.0**-53))
    assert abs(drawn(draws.gaussian, seed, element, draw, step, 0.0, 1.0) - expected) <= 4 * math.ulp(
        expected
    )


@given(words, numbers, numbers)
def test_mean_and_deviation_scale_the_standard_draw(seed: int, mean: float, sd: float) -> None:
    """A gaussian is mean + |sd| z with the standard draw z, so the sign of sd does not matter."""
    z = drawn(draws.gaussian, seed, 1, 2, 3, 0.0, 1.0)
    assert drawn(draws.gaussian, seed, 1, 2, 3, mean, sd) == mean + abs(sd) * z
    assert drawn(draws.gaussian, seed, 1, 2, 3, mean, -sd) == mean + abs(sd) * z


def distance(sample: Any, cumulative: Any) -> float:
    """Kolmogorov and Smirnov's statistic times sqrt(n): above 1.95 once in a thousand samples."""
    expected = cumulative(np.sort(sample))
    n = len(sample)
    above, below = np.arange(1, n + 1) / n - expected, expected - np.arange(n) / n
    return float(max(above.max(), below.max()) * math.sqrt(n))


def normal(x: Any) -> Any:
    """The normal distribution function."""
    return np.array([0.5 * math.erfc(-v / math.sqrt(2)) for v in x])


def test_uniforms_are_uniform() -> None:
    """A hundred thousand draws have the uniform distribution between their bounds, and none is outside."""
    sample = draws.uniforms(11, 100_000, low=-2.0, high=6.0)
    assert sample.min() >= -2
    assert sample.max() < 6
    assert distance(sample, lambda x: (x + 2) / 8) < 1.95


def test_gaussians_are_normal() -> None:
    """A hundred thousand draws have the normal distribution function and its first four moments."""
    sample = draws.gaussians(12, 100_000, mean=3.0, sd=-2.0)
    z = (sample - 3) / 2
    assert distance(z, normal) < 1.95
    n = len(z)
    for power, moment, variance in [(1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)]:
        assert abs(np.mean(z**power) - moment) < 4 * math.sqrt(variance / n)


def test_elements_draws_steps_and_seeds_are_uncorrelated() -> None:
    """Gaussians of neighbouring seeds, draws, steps or elements are uncorrelated."""
    n = 50_000
    base = draws.gaussians(13, n)
    others = [
        draws.gaussians(14, n),
        draws.gaussians(13, n, draw=1),
        draws.gaussians(13, n, step=1),
        np.roll(base, 1),
    ]
    for other in others:
        assert abs(np.mean(base * other)) < 4 / math.sqrt(n)


def test_number_of_elements_changes_no_element() -> None:
    """Element i does not depend on the number of elements, across the borders of chunks too."""
    n = draws.CHUNK + 3
    many = draws.gaussians(15, n, draw=2, step=9)
    for i in (0, 1, draws.CHUNK - 1, draws.CHUNK, n - 1):
        assert many[i] == drawn(draws.gaussian, 15, i, 2, 9, 0.0, 1.0)
    assert np.array_equal(draws.gaussians(15, 100, draw=2, step=9), many[:100])


@pytest.mark.parametrize("seed", [0, 2**63 + 1, 2**64 - 1])
def test_seeds_count_modulo_two_to_64(seed: int) -> None:
    """Seeds that differ by 2^64 are the same."""
    expected = draws.uniforms(seed, 4)
    assert np.array_equal(draws.uniforms(seed + 2**64, 4), expected)
    assert np.array_equal(draws.uniforms(seed - 2**64, 4), expected)
    assert np.array_equal(draws.permutation(seed - 2**64, 9), draws.permutation(seed, 9))


def test_extreme_arguments_raise_no_warning() -> None:
    """Overflow of words and infinite parameters raise no warning."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        draws.uniforms(-1, 3, draw=2**32 - 1, step=2**64 - 1, low=-math.inf, high=math.inf)
        draws.gaussians(-1, 3, mean=math.inf, sd=-math.inf)
        draws.permutation(-1, 3)
    assert warned == []


@given(words, st.integers(0, 200))
def test_permutation_contains_every_index_once(seed: int, n: int) -> None:
    """A permutation contains every index once, for zero and one element too."""
    assert sorted(draws.permutation(seed, n).tolist()) == list(range(n))


def test_permutation_sorts_by_the_drawn_integers() -> None:
    """A permutation sorts the elements by their pairs (a, b), across the borders of chunks too."""
    n = draws.CHUNK + 3
    order = draws.permutation(16, n, draw=1, step=2)
    a, b = draws.philox(arithmetic, 16, np.arange(n, dtype=np.uint64), 1, 2)
    pairs = list(zip(a[order].tolist(), b[order].tolist(), strict=True))
    assert pairs == sorted(pairs)


def test_equal_first_integers_are_ordered_by_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ties in a are broken by b, ties in both by the element."""
    a, b = np.array([1, 0, 1, 1, 0], dtype=np.uint64), np.array([5, 7, 4, 5, 6], dtype=np.uint64)
    monkeypatch.setattr(draws, "philox", lambda o, seed, element, draw, step: (a, b))
    assert draws.permutation(0, 5).tolist() == [4, 1, 2, 0, 3]


def test_all_permutations_are_equally_likely() -> None:
    """The permutations of four elements are equally frequent over 2400 seeds (chi-squared, one in 1000)."""
    counts = Counter(tuple(draws.permutation(seed, 4).tolist()) for seed in range(2400))
    assert sum((counts[p] - 100) ** 2 / 100 for p in itertools.permutations(range(4))) < 49.7
