"""Dataflow of a program all of whose code is live: what each point of it needs, reads and writes.

Point `k` of a function lies before its instruction `k`; the last one is its end. Sets of addresses are words.
"""

from typing import NamedTuple

import numpy as np

from azc.search.engine.canonical import CodeTables
from azc.search.engine.compiled import apart
from azc.search.engine.genome import (
    WORDS,
    Genome,
    Numbers,
    Sizes,
    bit,
    code_of,
    operand_of,
    out_of,
    start_of,
)


class Flow(NamedTuple):
    """Scratch memory, and the result."""

    live: Numbers
    """[function, point]: addresses whose values are read later."""
    written: Numbers
    """[function]: addresses that it writes."""
    read: Numbers
    """[function]: addresses that it reads."""
    sizes: Sizes
    """[function]: of the program when it was analysed; an operator may have changed it since."""


def flow(room: int) -> Flow:
    """Scratch memory for programs of up to `room` instructions."""
    functions = 3
    return Flow(
        np.zeros(room + functions, dtype=np.int64),
        *(np.zeros(functions, dtype=np.int64) for _ in range(3)),
    )


@apart
def live_at(flow: Flow, function: int, point: int) -> int:
    """Addresses whose values are read after a point of the program as it was analysed."""
    return int(flow.live[start_of(flow.sizes, function) + function + point])


@apart
def _backwards(
    genome: Genome, sizes: Sizes, function: int, after: int, flow: Flow, tables: CodeTables
) -> int:
    """Fill in a function's points, given the addresses live at its end; those live before it."""
    start = start_of(sizes, function)
    flow.live[start + function + sizes[function]] = after
    for row in range(start + sizes[function] - 1, start - 1, -1):
        word = genome[row * WORDS]
        written = bit(out_of(word))
        read = bit(operand_of(word, 0)) | bit(operand_of(word, 1)) | (written & -tables.keeps[code_of(word)])
        after = (after & ~written) | read
        flow.live[row + function] = after
        flow.written[function] |= written
        flow.read[function] |= read
    return int(after)


@apart
def analyse(genome: Genome, sizes: Sizes, tables: CodeTables, flow: Flow) -> None:
    """Compute the dataflow of a program."""
    for function in range(3):
        flow.written[function] = flow.read[function] = 0
        flow.sizes[function] = sizes[function]
    before_predict = before_learn = 0
    while True:
        # Learn follows Predict, or Predict itself in validation; features and label are written before both.
        after = tables.prediction | ((before_predict | before_learn) & ~tables.overwritten)
        first = _backwards(genome, sizes, 1, after, flow, tables)
        second = _backwards(genome, sizes, 2, first & ~tables.overwritten, flow, tables)
        if first == before_predict and second == before_learn:
            break
        before_predict, before_learn = first, second
    _backwards(genome, sizes, 0, before_predict & ~tables.overwritten, flow, tables)
