"""Canonical live code as tapes, records written where the drivers read them.

The rules of `plan` and `tape` in `backends/llvm/code`, over genomes. They are stated twice because the Python
form must not load Numba, and the loop has no time for Python; a property test holds the bytes equal.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from azc.backends.llvm import RECORD
from azc.search.engine.canonical import CodeTables, Live
from azc.search.engine.compiled import apart, at, compiled, float_of
from azc.search.engine.genome import (
    ABSOLUTE,
    OPERANDS,
    WORDS,
    Genome,
    Numbers,
    code_of,
    operand_of,
    out_of,
    start_of,
)

RECORD_WORDS: Final = RECORD.itemsize // 8
NUMBERS: Final = 256
"""Addresses, literals and what is not there."""
NOWHERE: Final = -1
"""Number of the features' address where they are not read in place."""


class KernelTables(NamedTuple):
    """The tables of kernels in `backends/llvm/code/forms.py`, and what an evaluation type overwrites."""

    variants: NDArray[np.int16]
    """[opcode][features mask]"""
    pairs: NDArray[np.int16]
    """[first opcode][second opcode][operand taken][features mask]"""
    ops: int
    """Operations."""
    features: int
    """The number of the features' address."""
    label: int
    prediction: int
    end: int
    put_features: int
    clear: int
    kinds: Numbers
    """[opcode]: the kind of the result."""
    random: Numbers
    """[opcode]: 1 where an operation draws."""


class BlockLayout(NamedTuple):
    """Layout of the block of lanes that a tape runs on."""

    addresses: Numbers
    """[kernel number]: its machine code."""
    offsets: Numbers
    """[number]: offset of an address or literal in memory, in bytes; 0 if there is none."""
    cells: Numbers
    """[kind]: cells of one address of that kind; 0 for no kind."""
    cell_bytes: int
    features: int


@compiled
def _record(
    tape: Numbers, kernel: int, out: int, a: int, b: int, first: int, second: int, c: int, cells: int
) -> None:
    tape[0], tape[1], tape[2], tape[3] = kernel, out, a, b
    tape[4], tape[5], tape[6], tape[7] = first, second, c, cells


@compiled
def _element(word: int, features: int) -> int:
    """Index of the element that a constant names: absolute, or a fraction of the number of features."""
    if word & ABSOLUTE == ABSOLUTE:
        return word ^ ABSOLUTE
    exact = float(np.float64(np.float32(features) * np.float32(float_of(word))))
    if not exact >= 0.0:
        return 0
    return features - 1 if exact >= features else int(exact)


@apart
def _sets_element(genome: Genome, start: int, end: int, number: int, rules: CodeTables) -> bool:
    for row in range(start, end):
        word = genome[row * WORDS]
        if out_of(word) == number and rules.keeps[code_of(word)]:
            return True
    return False


@apart
def _reads(genome: Genome, start: int, end: int, number: int) -> int:
    """Number of reads of an operand in instructions `start` to `end`."""
    count = 0
    for row in range(start, end):
        word = genome[row * WORDS]
        for index in range(OPERANDS):
            count += operand_of(word, index) == number
    return count


@compiled
def _mask(word: int, features: int) -> int:
    """Bits of the operands that are the features."""
    mask = (operand_of(word, 0) == features) + 2 * (operand_of(word, 1) == features)
    return mask + 4 * (operand_of(word, 2) == features)


@apart
def _taken(
    first: int, second: int, genome: Genome, end: int, rules: CodeTables, kernels: KernelTables
) -> int:
    """Operand of the second instruction that is the first's result, if a kernel runs both as one; else -1."""
    pair = (code_of(first) * kernels.ops + code_of(second)) * 16
    if kernels.pairs[pair] < 0 and kernels.pairs[pair + 8] < 0:
        return -1
    result = out_of(first)
    found = _mask(second, result)
    if found == 0 or found == 3:
        return -1
    if result != out_of(second) and (rules.interface >> result & 1 or _reads(genome, 0, end, result) != 1):
        return -1
    return found - 1


@apart
def _plain(
    tape: Numbers,
    genome: Genome,
    row: int,
    features: int,
    rules: CodeTables,
    kernels: KernelTables,
    layout: BlockLayout,
) -> None:
    """The record of one instruction."""
    word = genome[row * WORDS]
    code, kind = code_of(word), kernels.kinds[code_of(word)]
    out, constants = layout.offsets[out_of(word)], rules.constants[code]
    first, second, draw = genome[row * WORDS + 1], genome[row * WORDS + 2], genome[row * WORDS + 3]
    if rules.keeps[code]:
        number = 0
        for index in range(constants - 1):
            number = number * layout.features + _element(genome[row * WORDS + 1 + index], layout.features)
        out += number * layout.cell_bytes
        first, second, draw = genome[row * WORDS + constants], 0, 0
    kernel = kernels.variants[code * 8 + _mask(word, features)]
    a, b = layout.offsets[operand_of(word, 0)], layout.offsets[operand_of(word, 1)]
    # Nothing that draws has operands.
    c = draw | layout.offsets[operand_of(word, 2)]
    _record(tape, layout.addresses[kernel], out, a, b, first, second, c, layout.cells[kind])


@compiled
def _pair(
    tape: Numbers,
    first: int,
    second: int,
    taken: int,
    features: int,
    kernels: KernelTables,
    layout: BlockLayout,
) -> None:
    """The record of two instructions at once."""
    mask = _mask(first, features)
    other = operand_of(second, 1 - taken)
    if other == features and out_of(first) != features:
        mask += 4
    form = kernels.pairs[((code_of(first) * kernels.ops + code_of(second)) * 2 + taken) * 8 + mask]
    a, b = layout.offsets[operand_of(first, 0)], layout.offsets[operand_of(first, 1)]
    cells = layout.cells[kernels.kinds[code_of(second)]]
    out, third = layout.offsets[out_of(second)], layout.offsets[other]
    _record(tape, layout.addresses[form], out, a, b, 0, 0, third, cells)


@compiled
def _put_in(tape: Numbers, number: int, kernel: int, kind: int, layout: BlockLayout) -> int:
    _record(tape, layout.addresses[kernel], layout.offsets[number], 0, 0, 0, 0, 0, layout.cells[kind])
    return RECORD_WORDS


@compiled
def write_tape(
    tape: Numbers, live: Live, function: int, rules: CodeTables, kernels: KernelTables, layout: BlockLayout
) -> bool:
    """Write a function's tape; return whether it has any step."""
    start = start_of(live.sizes, function)
    end, n_rows = start + live.sizes[function], start_of(live.sizes, live.n_functions)
    genome, features = live.genome, kernels.features if function else NOWHERE
    if function and _sets_element(genome, start, end, kernels.features, rules):
        tape = at(tape, _put_in(tape, kernels.features, kernels.put_features, 1, layout))
        features = NOWHERE
    if function == 1 and (
        _reads(genome, start, end, kernels.label) or _sets_element(genome, start, end, kernels.label, rules)
    ):
        kind = rules.kinds[kernels.label]
        tape = at(tape, _put_in(tape, kernels.label, kernels.clear, kind, layout))
    row, written = start, start < end
    while row < end:
        word = genome[row * WORDS]
        following = genome[(row + 1) * WORDS] if row + 1 < end else 0
        taken = _taken(word, following, genome, n_rows, rules, kernels) if row + 1 < end else -1
        if taken < 0:
            _plain(tape, genome, row, features, rules, kernels, layout)
        else:
            _pair(tape, word, following, taken, features, kernels, layout)
        row += 1 if taken < 0 else 2
        if out_of(word) == features or (taken >= 0 and out_of(following) == features):
            features = NOWHERE
        tape = at(tape, RECORD_WORDS)
    _record(tape, layout.addresses[kernels.end], 0, 0, 0, 0, 0, 0, 0)
    return bool(written)
