"""Random numbers of a search: xoshiro256++ (Blackman, Vigna 2018), whose four words are part of the state.

Logarithm, cosine and exponential are azc's own machine code, at the memory addresses `functions`: the same
bits on every machine.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from azc.search.engine.compiled import apart, call_number, compiled
from azc.search.engine.genome import Numbers

Words = NDArray[np.uint64]
FUNCTIONS: Final = ("log", "cos", "exp")
"""Elementary functions needed, in the order of their memory addresses."""
_LOG, _COS, _EXP = range(3)
_TURN: Final = 6.283185307179586
_UNIT: Final = 2.0**-53
_11, _17, _23, _45 = (np.uint64(n) for n in (11, 17, 23, 45))
_WORD: Final = np.uint64(64)
_STEP: Final = 0x9E3779B97F4A7C15


def seeded(seed: int, stream: int = 0) -> Words:
    """Initial words for a 64-bit seed: four outputs of SplitMix64; streams of a seed differ."""
    mask, words, state = 2**64 - 1, [], (seed + (stream << 32) * _STEP) & (2**64 - 1)
    for _ in range(4):
        state = (state + _STEP) & mask
        word = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & mask
        words.append(word ^ (word >> 31))
    return np.array(words, dtype=np.uint64)


@compiled
def _rotated(word: Any, by: Any) -> Any:
    return (word << by) | (word >> (_WORD - by))


@apart
def next_word(generator: Words) -> Any:
    """64 random bits."""
    a, b, c, d = generator[0], generator[1], generator[2], generator[3]
    result = _rotated(a + d, _23) + a
    shifted = b << _17
    c ^= a
    d ^= b
    generator[0], generator[1] = a ^ d, b ^ c
    generator[2], generator[3] = c ^ shifted, _rotated(d, _45)
    return result


@apart
def uniform(generator: Words) -> float:
    """A uniform number in [0, 1), a multiple of 2^-53."""
    return np.int64(next_word(generator) >> _11) * _UNIT


@apart
def below(generator: Words, n: int) -> int:
    """A uniform integer from 0 to n - 1."""
    return int(uniform(generator) * n)


@apart
def normal(generator: Words, functions: Numbers) -> float:
    """N(0, 1), by Box and Muller's formula."""
    open_unit = (np.int64(next_word(generator) >> _11) + 1.0) * _UNIT
    radius = np.sqrt(-2.0 * call_number(functions[_LOG], open_unit))
    return float(radius * call_number(functions[_COS], _TURN * uniform(generator)))


@compiled
def exponential(x: float, functions: Numbers) -> float:
    """exp(x)."""
    return float(call_number(functions[_EXP], x))


@compiled
def factor(generator: Words, functions: Numbers) -> float:
    """exp(N(0, 1))."""
    return exponential(normal(generator, functions), functions)
