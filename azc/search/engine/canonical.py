"""Canonical form of live code, and its key: programs with equal keys compute the same, however written.

It is that of `passes.canonical`, over genomes. It is stated twice: passes must not load Numba, and the
loop has no time for Python; a property test holds the two equal.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from azc.search.engine.compiled import apart, compiled
from azc.search.engine.genome import (
    NOTHING,
    OPERANDS,
    WORDS,
    Genome,
    Numbers,
    Sizes,
    bit,
    code_of,
    operand_of,
    out_of,
    packed_all,
    start_of,
)

Key = NDArray[np.int64]
"""Two words, 128 bits in all."""
FIRST, SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_29, _32, _35 = (np.uint64(n) for n in (29, 32, 35))


class CodeTables(NamedTuple):
    """Tables for liveness and canonical form; arrays by opcode, by number of an address or literal, or by
    function; sets of addresses are words."""

    n_functions: int
    constants: Numbers
    """Number of constants of an operation, its draw included."""
    keeps: Numbers
    """1 for operations that read what they write, since they set only an element; else 0."""
    commutative: Numbers
    kinds: Numbers
    """Kind of an address: 0 scalar, 1 vector, 2 matrix."""
    starts: Numbers
    """Number of each kind's first address, then the end of the last kind."""
    overwritten: int
    """Addresses that whoever runs the program writes, before any function."""
    outputs: Numbers
    """[function]: addresses that are read after it."""
    kept: Numbers
    """[function][function]: addresses that nobody writes between the first and the second; none at all where
    the second may not run after the first."""
    interface: int
    """Addresses that are written or read from outside, which keep their numbers."""


class Live(NamedTuple):
    """Scratch memory, and the result: live code of a program in canonical form."""

    n_functions: int
    genome: Genome
    sizes: Sizes
    before: Numbers
    """[function]: addresses live before it."""
    written: Numbers
    """[instruction]: set of the address that it writes."""
    read: Numbers
    alive: Numbers
    names: Numbers
    """[number]: its number in canonical form, or -1."""
    free: Numbers
    """Next free number of each kind."""
    zero: Numbers
    """Number of each kind's address for all that are zero, or -1."""
    key: Key


def live(room: int, n_functions: int) -> Live:
    """Scratch memory for genomes of some functions with room for `room` instructions."""
    return Live(
        n_functions=n_functions,
        genome=np.zeros((room + 1) * WORDS, dtype=np.int64),
        sizes=np.zeros(n_functions, dtype=np.int64),
        before=np.zeros(n_functions, dtype=np.int64),
        written=np.zeros(room, dtype=np.int64),
        read=np.zeros(room, dtype=np.int64),
        alive=np.zeros(room, dtype=np.int64),
        names=np.arange(256),
        free=np.zeros(3, dtype=np.int64),
        zero=np.zeros(3, dtype=np.int64),
        key=np.zeros(2, dtype=np.int64),
    )


@compiled
def _before(live: Live, start: int, end: int, after: int) -> int:
    """Set of addresses live before instructions `start` to `end`, given those live after; marks live ones.

    Without branches, since they would be unpredictable.
    """
    for row in range(end - 1, start - 1, -1):
        written = live.written[row]
        alive = (after & written) != 0
        mask = -np.int64(alive)
        after = (after & ~(written & mask)) | (live.read[row] & mask)
        live.alive[row] = alive
    return after


@compiled
def live_after(function: int, before: Numbers, tables: CodeTables) -> int:
    """Addresses live after a function, given those live before each: its outputs, and what others read."""
    after = tables.outputs[function]
    for other in range(1, tables.n_functions):
        after |= before[other] & tables.kept[function * tables.n_functions + other]
    return int(after)


@compiled
def _mark(genome: Genome, sizes: Sizes, tables: CodeTables, live: Live) -> None:
    """Mark the live instructions."""
    for row in range(start_of(sizes, tables.n_functions)):
        word = genome[row * WORDS]
        written = bit(out_of(word))
        live.written[row] = written
        kept = written & -tables.keeps[code_of(word)]
        live.read[row] = bit(operand_of(word, 0)) | bit(operand_of(word, 1)) | bit(operand_of(word, 2)) | kept
    for function in range(tables.n_functions):
        live.before[function] = 0
    changed = True
    while changed:
        changed = False
        start = sizes[0]
        for function in range(1, tables.n_functions):
            after = live_after(function, live.before, tables)
            before = _before(live, start, start + sizes[function], after)
            changed |= before != live.before[function]
            live.before[function] = before
            start += sizes[function]
    _before(live, 0, sizes[0], live_after(0, live.before, tables))


@compiled
def _gather(genome: Genome, sizes: Sizes, live: Live) -> int:
    """Copy the live instructions one after the other; their number."""
    row = made = 0
    for function in range(live.n_functions):
        begin = made
        for _ in range(sizes[function]):
            for word in range(WORDS):
                live.genome[made * WORDS + word] = genome[row * WORDS + word]
            made += live.alive[row]
            row += 1
        live.sizes[function] = made - begin
    return int(made)


@compiled
def _fresh(kind: int, tables: CodeTables, live: Live) -> int:
    """Next free number of a kind, interface addresses skipped."""
    number = live.free[kind]
    while tables.interface >> number & 1:
        number += 1
    live.free[kind] = number + 1
    return int(number)


@compiled
def _name(end: int, tables: CodeTables, live: Live) -> None:
    """Number addresses in order of first write; those only read are zero, and share one for each kind."""
    names, numbers = live.names, tables.starts[3]
    for number in range(numbers):
        names[number] = number if tables.interface >> number & 1 else -1
    for kind in range(3):
        live.free[kind] = tables.starts[kind]
        live.zero[kind] = -1
    for row in range(end):
        number = out_of(live.genome[row * WORDS])
        if names[number] < 0:
            names[number] = _fresh(tables.kinds[number], tables, live)
    for row in range(end):
        for index in range(OPERANDS):
            number = operand_of(live.genome[row * WORDS], index)
            if names[number] < 0:
                kind = tables.kinds[number]
                if live.zero[kind] < 0:
                    live.zero[kind] = _fresh(kind, tables, live)
                names[number] = live.zero[kind]


@compiled
def _rename(end: int, tables: CodeTables, live: Live) -> None:
    """Replace numbers by canonical ones, and sort the operands of commutative operations."""
    for row in range(end):
        word = live.genome[row * WORDS]
        code = code_of(word)
        a, b = live.names[operand_of(word, 0)], live.names[operand_of(word, 1)]
        swap = tables.commutative[code] and a > b
        out, c = live.names[out_of(word)], live.names[operand_of(word, 2)]
        live.genome[row * WORDS] = packed_all(code, out, b if swap else a, a if swap else b, c)


@compiled
def _hash(tables: CodeTables, live: Live) -> None:
    """Compute the key from all words in use and the sizes of the functions."""
    first, second = FIRST, SECOND
    row = 0
    for function in range(live.n_functions):
        first, second = mixed(first, second, np.uint64(live.sizes[function]))
        for _ in range(live.sizes[function]):
            for index in range(1 + tables.constants[code_of(live.genome[row * WORDS])]):
                first, second = mixed(first, second, np.uint64(live.genome[row * WORDS + index]))
            row += 1
    finish(first, second, live.key)


@compiled
def mixed(first: Any, second: Any, word: Any) -> Any:
    """Mix a word into two hashes of 64 bits.

    The second hash takes it rotated: bits like a sign, which one multiplication spreads badly, spread in the
    other.
    """
    first = (first ^ word) * FIRST
    second = (second ^ ((word << _29) | (word >> _35))) * SECOND
    return first ^ (first >> _32), second ^ (second >> _29)


@compiled
def finish(first: Any, second: Any, key: Key) -> None:
    """Finish the two hashes; the key."""
    first, second = (first ^ (first >> _29)) * SECOND, (second ^ (second >> _32)) * FIRST
    key[0], key[1] = np.int64(first ^ (first >> _32)), np.int64(second ^ (second >> _29))


@apart
def drop_dead_code(genome: Genome, sizes: Sizes, tables: CodeTables, live: Live) -> None:
    """Leave only the live code of a program."""
    _mark(genome, sizes, tables, live)
    end, before = _gather(genome, sizes, live), start_of(sizes, live.n_functions)
    for word in range(end * WORDS):
        genome[word] = live.genome[word]
    for word in range(end * WORDS, before * WORDS):
        genome[word] = NOTHING if word % WORDS == 0 else 0
    for function in range(live.n_functions):
        sizes[function] = live.sizes[function]


@apart
def canonical(genome: Genome, sizes: Sizes, tables: CodeTables, live: Live) -> None:
    """Compute a program's live code in canonical form, and its key."""
    _mark(genome, sizes, tables, live)
    end = _gather(genome, sizes, live)
    _name(end, tables, live)
    _rename(end, tables, live)
    _hash(tables, live)
