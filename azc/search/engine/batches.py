"""Inputs of Predict for validation in batches: found in canonical live code, if it allows batches.

These are the rules of `backends/llvm/drive/batches.py`, over genomes. They are stated twice: the Python form
must not load Numba, and the loop has no time for Python; a property test holds the bytes equal.
"""

from typing import Final

from azc.search.engine.canonical import CodeTables, Live
from azc.search.engine.compiled import apart, at, compiled
from azc.search.engine.genome import OPERANDS, WORDS, Numbers, bit, code_of, operand_of, out_of
from azc.search.engine.tape import BlockLayout, KernelTables

INPUT_WORDS: Final = 2
"""Words of an input: its offset and its number of cells."""


@compiled
def _read(word: int, slot: int, tables: CodeTables) -> int:
    """Set of one address read: an operand, or in the last slot the address of which an element is set."""
    if slot == OPERANDS:
        return int(bit(out_of(word)) & -tables.keeps[code_of(word)])
    return bit(operand_of(word, slot))


@compiled
def _number(word: int, slot: int) -> int:
    return out_of(word) if slot == OPERANDS else operand_of(word, slot)


@compiled
def _write(inputs: Numbers, number: int, tables: CodeTables, layout: BlockLayout) -> None:
    inputs[0], inputs[1] = layout.offsets[number], layout.cells[tables.kinds[number]]


@apart
def write_inputs(
    inputs: Numbers, live: Live, tables: CodeTables, kernels: KernelTables, layout: BlockLayout
) -> bool:
    """Write the inputs of Predict: addresses read but not written; False if it cannot run on batches."""
    start, end = live.sizes[0], live.sizes[0] + live.sizes[1]
    known, kept = tables.overwritten, 0
    for row in range(start, end):
        kept |= bit(out_of(live.genome[row * WORDS]))
    for row in range(start, end):
        word = live.genome[row * WORDS]
        if kernels.random[code_of(word)]:
            return False
        for slot in range(1 + OPERANDS):
            needed = _read(word, slot, tables) & ~known
            if needed & kept:
                return False
            if needed:
                known |= needed
                _write(inputs, _number(word, slot), tables, layout)
                inputs = at(inputs, INPUT_WORDS)
        known |= bit(out_of(word))
    if bit(kernels.prediction) & ~known:
        _write(inputs, kernels.prediction, tables, layout)
        inputs = at(inputs, INPUT_WORDS)
    inputs[0] = inputs[1] = 0
    return True
