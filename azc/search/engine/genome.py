"""Genome: a program as an array of instructions of four words each, [instruction][word].

Word 0 holds the opcode and the numbers of result and operands, of a third operand one more than its number,
so that 0 is none. Words 1 to 3 hold the constants in the order of the table, a float64 by its bits and a draw
as an integer. They stay words by index, since mutation and canonical form copy, compare and hash all words
alike; the functions below name the parts of word 0. The program's functions follow one another in the order
of the signature; `sizes` says how many instructions each has.
Addresses of a search share one number space (scalars, vectors, then matrices) below 64, so that a set of them
is one word. Literals come after.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from azc.search.engine.compiled import compiled

Genome = NDArray[np.int64]
"""[instruction][word]"""
Numbers = NDArray[np.int64]
Scores = NDArray[np.float64]
Records = NDArray[np.void]
"""Of a structured dtype; in the compiled loop `record_at` gives one, with its fields by name."""
Sizes = NDArray[np.int64]
"""[function]: number of its instructions."""
MAX_CONSTANTS: Final = 3
WORDS: Final = 1 + MAX_CONSTANTS
MAX_NUMBERED: Final = 64
"""Addresses that a search may have: each has a number below this, so that a set of them is one word."""
OPERANDS: Final = 3
"""Maximum number of operands."""
NONE: Final = 255
"""Number of a result or operand that an operation does not have."""
NOTHING: Final = NONE << 8 | NONE << 16 | NONE << 24
"""Word 0 of a no-op."""
ABSOLUTE: Final = (0xFFF8 << 48) - (1 << 64)
"""Mark of an absolute index of an element: no constant has these bits, since all nans are one."""
_BYTE: Final = 255


@compiled
def packed(code: int, out: int, a: int, b: int) -> int:
    """Word 0."""
    return code | out << 8 | a << 16 | b << 24


@compiled
def packed_all(code: int, out: int, a: int, b: int, c: int) -> int:
    """Word 0 of an operation of up to three operands."""
    return packed(code, out, a, b) | (c + 1 & _BYTE) << 32


@compiled
def code_of(word: int) -> int:
    """The opcode."""
    return word & _BYTE


@compiled
def out_of(word: int) -> int:
    """Number of the result's address."""
    return word >> 8 & _BYTE


@compiled
def operand_of(word: int, index: int) -> int:
    """Number of the first (0), second (1) or third (2) operand."""
    return (word >> (16 + 8 * index)) - (index == 2) & _BYTE


@compiled
def with_byte(word: int, index: int, number: int) -> int:
    """Word 0 with another number: 0 for the result, 1 to 3 for the operands."""
    shift = 8 + 8 * index
    return word & ~(_BYTE << shift) | (number + (index == 3) & _BYTE) << shift


@compiled
def bit(number: int) -> int:
    """Set of one address; empty for a literal or `NONE`."""
    return (1 << (number & 63)) & -int(number < MAX_NUMBERED)


@compiled
def start_of(sizes: Sizes, function: int) -> int:
    """Index of a function's first instruction; that of all functions is the number of all instructions."""
    start = 0
    for before in range(function):
        start += sizes[before]
    return int(start)
