"""Live code in canonical form, and its key: what a program is known by, however it is written.

The same as `passes.canonical`, over genomes. It is stated twice because passes must not load Numba, and the
loop has no time for Python; a property test holds the two equal.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from azc.search.engine.compiled import apart, compiled
from azc.search.engine.genome import (
    WORDS,
    Genome,
    Numbers,
    Sizes,
    bit,
    code_of,
    operand_of,
    out_of,
    packed,
)

Key = NDArray[np.int64]
"""Two words, 128 bits."""
FIRST, SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_29, _32, _35 = (np.uint64(n) for n in (29, 32, 35))


class CodeTables(NamedTuple):
    """What liveness and canonical form must know; arrays by opcode or by number."""

    constants: Numbers
    """How many constants an operation has, its draw included."""
    keeps: Numbers
    """1 where an operation reads what it writes: element writes."""
    commutative: Numbers
    kinds: Numbers
    """The kind of a number: 0 scalar, 1 vector, 2 matrix."""
    starts: Numbers
    """The first number of each kind, and the end of the last."""
    overwritten: int
    """The set of what is put in before Predict and Learn."""
    prediction: int
    """The set of the prediction."""
    interface: int
    """The set of the interface's addresses: they keep their numbers."""


class Live(NamedTuple):
    """Scratch and result: a program's live code in canonical form."""

    genome: Genome
    sizes: Sizes
    written: Numbers
    """[instruction]: what it writes, as a set."""
    read: Numbers
    alive: Numbers
    names: Numbers
    """[number]: its canonical number, or -1."""
    free: Numbers
    """The next number of each kind."""
    zero: Numbers
    """The number of each kind's zero, or -1."""
    key: Key


def live(room: int) -> Live:
    """Scratch for genomes of some room."""
    return Live(
        genome=np.zeros((room + 1) * WORDS, dtype=np.int64),
        sizes=np.zeros(3, dtype=np.int64),
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
    """What is live before instructions start to end, from what is live after them; marks those alive.

    Without branches: they could not be predicted.
    """
    for row in range(end - 1, start - 1, -1):
        written = live.written[row]
        alive = (after & written) != 0
        mask = -np.int64(alive)
        after = (after & ~(written & mask)) | (live.read[row] & mask)
        live.alive[row] = alive
    return after


@compiled
def _mark(genome: Genome, sizes: Sizes, rules: CodeTables, live: Live) -> None:
    """Mark the instructions on which a later prediction depends."""
    setup, predict = sizes[0], sizes[0] + sizes[1]
    end = predict + sizes[2]
    for row in range(end):
        word = genome[row * WORDS]
        written = bit(out_of(word))
        live.written[row] = written
        kept = written & -rules.keeps[code_of(word)]
        live.read[row] = bit(operand_of(word, 0)) | bit(operand_of(word, 1)) | kept
    before_predict = before_learn = 0
    while True:
        # After Predict comes Learn, or in validation Predict again; both find the data put in anew.
        after = rules.prediction | ((before_predict | before_learn) & ~rules.overwritten)
        first = _before(live, setup, predict, after)
        second = _before(live, predict, end, first & ~rules.overwritten)
        if first == before_predict and second == before_learn:
            break
        before_predict, before_learn = first, second
    _before(live, 0, setup, before_predict & ~rules.overwritten)


@compiled
def _gather(genome: Genome, sizes: Sizes, live: Live) -> int:
    """Copy live instructions together; how many there are."""
    row = made = 0
    for function in range(3):
        begin = made
        for _ in range(sizes[function]):
            for word in range(WORDS):
                live.genome[made * WORDS + word] = genome[row * WORDS + word]
            made += live.alive[row]
            row += 1
        live.sizes[function] = made - begin
    return int(made)


@compiled
def _fresh(kind: int, rules: CodeTables, live: Live) -> int:
    """The next number of a kind that is no interface address."""
    number = live.free[kind]
    while rules.interface >> number & 1:
        number += 1
    live.free[kind] = number + 1
    return int(number)


@compiled
def _name(end: int, rules: CodeTables, live: Live) -> None:
    """Number what live code writes in order of first writing; what it only reads is zero, one of a kind."""
    names, numbers = live.names, rules.starts[3]
    for number in range(numbers):
        names[number] = number if rules.interface >> number & 1 else -1
    for kind in range(3):
        live.free[kind] = rules.starts[kind]
        live.zero[kind] = -1
    for row in range(end):
        number = out_of(live.genome[row * WORDS])
        if names[number] < 0:
            names[number] = _fresh(rules.kinds[number], rules, live)
    for row in range(end):
        for index in range(2):
            number = operand_of(live.genome[row * WORDS], index)
            if names[number] < 0:
                kind = rules.kinds[number]
                if live.zero[kind] < 0:
                    live.zero[kind] = _fresh(kind, rules, live)
                names[number] = live.zero[kind]


@compiled
def _rename(end: int, rules: CodeTables, live: Live) -> None:
    """Write the names, and exchangeable operands in order."""
    for row in range(end):
        word = live.genome[row * WORDS]
        code = code_of(word)
        a, b = live.names[operand_of(word, 0)], live.names[operand_of(word, 1)]
        swap = rules.commutative[code] and a > b
        live.genome[row * WORDS] = packed(code, live.names[out_of(word)], b if swap else a, a if swap else b)


@compiled
def _hash(rules: CodeTables, live: Live) -> None:
    """The key: all words that mean something, and where functions end."""
    first, second = FIRST, SECOND
    row = 0
    for function in range(3):
        first, second = mixed(first, second, np.uint64(live.sizes[function]))
        for _ in range(live.sizes[function]):
            for index in range(1 + rules.constants[code_of(live.genome[row * WORDS])]):
                first, second = mixed(first, second, np.uint64(live.genome[row * WORDS + index]))
            row += 1
    finish(first, second, live.key)


@compiled
def mixed(first: Any, second: Any, word: Any) -> Any:
    """A word more for two hashes of 64 bits.

    The second takes it turned around: what one multiplication cannot spread, like a sign, the other does.
    """
    first = (first ^ word) * FIRST
    second = (second ^ ((word << _29) | (word >> _35))) * SECOND
    return first ^ (first >> _32), second ^ (second >> _29)


@compiled
def finish(first: Any, second: Any, key: Key) -> None:
    """The key of all words so far."""
    first, second = (first ^ (first >> _29)) * SECOND, (second ^ (second >> _32)) * FIRST
    key[0], key[1] = np.int64(first ^ (first >> _32)), np.int64(second ^ (second >> _29))


@apart
def canonical(genome: Genome, sizes: Sizes, rules: CodeTables, live: Live) -> None:
    """Find a program's live code, write it in canonical form, and its key."""
    _mark(genome, sizes, rules, live)
    end = _gather(genome, sizes, live)
    _name(end, rules, live)
    _rename(end, rules, live)
    _hash(rules, live)
