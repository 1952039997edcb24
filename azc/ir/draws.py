"""Random numbers as a function of (seed, element, draw, step): Philox4x32-10, uniform and gaussian.

Like those of `azc.ir.elementary`, the functions over `o` are stated once for every backend. `uniforms`,
`gaussians` and `permutation` apply them with NumPy, to make data.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from azc.ir import arithmetic
from azc.ir.elementary import LOW_HALF, MAGNITUDE, log, reduce_near, sine

TWO_TO_MINUS_53 = 1.1102230246251565e-16
TWO_PI = 6.283185307179586

CHUNK = 1 << 16
"""Elements computed at a time, so that intermediate words stay in the cache and take little memory."""


def philox(o: Any, seed: Any, element: Any, draw: Any, step: Any) -> Any:
    """Return two words below 2^53, the bits of one Philox4x32-10 block (Salmon and others 2011).

    Arguments are words or Python ints, `element` and `draw` below 2^32. The key is the seed, low half
    first; the counter is element, draw, step's low half, step's high half. No product overflows: factors
    have 32 bits.
    """
    key_0, key_1 = seed & LOW_HALF, seed >> 32
    word_0, word_1, word_2, word_3 = element, draw, step & LOW_HALF, step >> 32
    for _ in range(10):
        product_0 = word_0 * 0xD2511F53
        product_1 = word_2 * 0xCD9E8D57
        word_0, word_1 = (product_1 >> 32) ^ word_1 ^ key_0, product_1 & LOW_HALF
        word_2, word_3 = (product_0 >> 32) ^ word_3 ^ key_1, product_0 & LOW_HALF
        key_0 = (key_0 + 0x9E3779B9) & LOW_HALF
        key_1 = (key_1 + 0xBB67AE85) & LOW_HALF
    return (word_0 | (word_1 << 32)) >> 11, (word_2 | (word_3 << 32)) >> 11


def uniform(o: Any, seed: Any, element: Any, draw: Any, step: Any, low: Any, high: Any) -> Any:
    """Return a number from low up to high: low + (high - low) a 2^-53, rounded after each step.

    low >= high gives low. If either is nan the formula holds, and gives nan.
    """
    a, _ = philox(o, seed, element, draw, step)
    drawn = low + (high - low) * (o.to_float(a) * TWO_TO_MINUS_53)
    return o.where(low >= high, low, drawn)


def gaussian(o: Any, seed: Any, element: Any, draw: Any, step: Any, mean: Any, sd: Any) -> Any:
    """Return a normally distributed number by Box and Muller's formula; the sign of sd does not matter.

    The angle is at most 2 pi, so the cosine is taken without the branch for far arguments; its bits are
    those of `cos`.
    """
    a, b = philox(o, seed, element, draw, step)
    radius = o.sqrt(-2.0 * log(o, (o.to_float(a) + 1.0) * TWO_TO_MINUS_53))
    angle = TWO_PI * (o.to_float(b) * TWO_TO_MINUS_53)
    return mean + o.floats(o.bits(sd) & MAGNITUDE) * (radius * sine(o, reduce_near(o, angle), 1))


def uniforms(
    seed: int, n: int, draw: int = 0, step: int = 0, low: float = 0.0, high: float = 1.0
) -> NDArray[np.float64]:
    """Return the uniform draws of elements 0 to n - 1, float64[n]; n <= 2^32, the seed modulo 2^64."""
    return _drawn(uniform, seed, n, draw, step, low, high)


def gaussians(
    seed: int, n: int, draw: int = 0, step: int = 0, mean: float = 0.0, sd: float = 1.0
) -> NDArray[np.float64]:
    """Return the gaussian draws of elements 0 to n - 1, float64[n]; n <= 2^32, the seed modulo 2^64."""
    return _drawn(gaussian, seed, n, draw, step, mean, sd)


def permutation(seed: int, n: int, draw: int = 0, step: int = 0) -> NDArray[np.intp]:
    """Return a uniformly random order of range(n), intp[n].

    The elements are sorted by the two numbers of their Philox block: by a, equal a by b, and where both are
    equal (once in about 2^107 / n^2 permutations) by the element.
    """
    a = np.empty(n, dtype=np.uint64)
    b = np.empty(n, dtype=np.uint64)
    for chunk, element in _chunks(n):
        a[chunk], b[chunk] = philox(arithmetic, np.uint64(seed % 2**64), element, draw, np.uint64(step))
    return np.lexsort((b, a))


def _drawn(
    kind: Any, seed: int, n: int, draw: int, step: int, first: float, second: float
) -> NDArray[np.float64]:
    """Return n draws of one kind, `uniform` or `gaussian`, with its two parameters."""
    key, position = np.uint64(seed % 2**64), np.uint64(step)
    parameters = np.float64(first), np.float64(second)
    drawn = np.empty(n)
    with np.errstate(all="ignore"):
        for chunk, element in _chunks(n):
            drawn[chunk] = kind(arithmetic, key, element, draw, position, *parameters)
    return drawn


def _chunks(n: int) -> list[tuple[slice, NDArray[np.uint64]]]:
    """Return the slices of range(n) that are computed at a time, each with its elements."""
    return [
        (slice(start, min(start + CHUNK, n)), np.arange(start, min(start + CHUNK, n), dtype=np.uint64))
        for start in range(0, n, CHUNK)
    ]
