"""Dataflow of a program all of whose code is live: what each point of it needs, reads and writes.

Point `k` of a function lies before its instruction `k`; the last one is its end. Sets of addresses are words.
"""

from typing import NamedTuple

import numpy as np

from azc.search.engine.canonical import CodeTables, live_after
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
    before: Numbers
    """[function]: addresses live before it."""


def flow(room: int, n_functions: int) -> Flow:
    """Scratch memory for programs of some functions with up to `room` instructions."""
    return Flow(
        np.zeros(room + n_functions, dtype=np.int64),
        *(np.zeros(n_functions, dtype=np.int64) for _ in range(4)),
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
        read = bit(operand_of(word, 0)) | bit(operand_of(word, 1)) | bit(operand_of(word, 2))
        read |= written & -tables.keeps[code_of(word)]
        after = (after & ~written) | read
        flow.live[row + function] = after
        flow.written[function] |= written
        flow.read[function] |= read
    return int(after)


@apart
def analyse(genome: Genome, sizes: Sizes, tables: CodeTables, flow: Flow) -> None:
    """Compute the dataflow of a program."""
    for function in range(tables.n_functions):
        flow.written[function] = flow.read[function] = flow.before[function] = 0
        flow.sizes[function] = sizes[function]
    changed = True
    while changed:
        changed = False
        # The first function comes last, since nothing runs before it.
        for function in range(1, tables.n_functions):
            after = live_after(function, flow.before, tables)
            before = _backwards(genome, sizes, function, after, flow, tables)
            changed |= before != flow.before[function]
            flow.before[function] = before
    _backwards(genome, sizes, 0, live_after(0, flow.before, tables), flow, tables)
