"""The connected mutation `parameter`: new memory that one function reads and one changes.

It knows one thing about learning: that memory which outlives a call can be changed by a sum.
"""

from typing import Final

from azc.search.engine.compiled import apart
from azc.search.engine.expressions import (
    EMPTY,
    SETUP,
    Variation,
    drawn,
    drawn_leaf,
    drawn_operation,
    drawn_slot,
    drawn_use,
    express,
    holding,
    kind_of,
    one_of,
    open_rows,
    put_node,
    read_at_end,
    read_instead,
    touched,
    write_rows,
)
from azc.search.engine.flow import live_at
from azc.search.engine.generator import Words, below, uniform
from azc.search.engine.genome import NONE, OPERANDS, WORDS, Genome, Sizes, bit, packed, start_of
from azc.search.engine.mutation import NO_KIND

KEEP_BESIDE: Final = 0.8
"""Probability that a new parameter is read beside the old value instead of in its place."""
TRANSFORMED: Final = 0.5
"""Probability that a parameter of the kind wanted is not read itself, but an operation of it."""
INITIAL_VALUE: Final = 0.3
"""Probability that Setup sets a new parameter, if it has operations for that; else it begins at zero."""


@apart
def parameter(genome: Genome, sizes: Sizes, by: Variation, generator: Words) -> bool:
    """A use in a function with outputs reads a new parameter beside its old value; a function that has none,
    if there is one, ends with a sum that changes it."""
    reader = one_of(by.readers, by.n_readers, generator)
    learner = one_of(by.learners, by.n_learners, generator)
    number = _new_address(learner, by, generator)
    if number == EMPTY or not _read(genome, sizes, reader, number, by, generator):
        return False
    if uniform(generator) < INITIAL_VALUE and not _set_up(genome, sizes, number, by, generator):
        return False
    return _learn(genome, sizes, learner, number, by, generator)


@apart
def _new_address(learner: int, by: Variation, generator: Words) -> int:
    """An untouched address of a kind that the learner can sum, all such kinds alike; or `EMPTY`."""
    free, kinds = ~touched(by), 0
    for kind in range(3):
        kinds |= (by.sums[3 * learner + kind] >= 0 and by.writable[kind] & free != 0) << kind
    kind = drawn(kinds, generator)
    return drawn(by.writable[kind] & free, generator) if kind != EMPTY else EMPTY


@apart
def _read(genome: Genome, sizes: Sizes, reader: int, number: int, by: Variation, generator: Words) -> bool:
    """Let a use read a parameter, or an operation of it, beside the old value or alone."""
    made = by.expression
    point, operand, old = drawn_use(genome, sizes, reader, read_at_end(reader, by), generator)
    if old == EMPTY:
        return False
    kind, own = by.tables.kinds[old], by.tables.kinds[number]
    taken = live_at(by.flow, reader, point) | bit(number)
    beside, count, value = uniform(generator) < KEEP_BESIDE, 0, number
    out = old if operand < 0 else EMPTY
    # The instructions are numbered backwards: what is written last comes first.
    if beside:
        code = drawn_operation(reader, kind, kind, True, by.space, generator)
        if out == EMPTY:
            out = drawn(by.writable[kind] & ~taken, generator)
        if code < 0 or out == EMPTY:
            return False
        put_node(0, code, out, 0, made)
        taken |= bit(out)
        count = 1
    if own != kind or uniform(generator) < TRANSFORMED:
        to = out if not beside else EMPTY
        known = holding(genome, sizes, reader, point, by)
        value = _transformed(reader, count, kind, to, number, known, taken, by, generator)
        if value == EMPTY:
            return False
        count += 1
    elif not beside and operand < 0:
        return False
    if beside:
        first = below(generator, 2)
        made.operands[first], made.operands[1 - first], made.operands[2] = old, value, NONE
        value = out
    if count and not write_rows(genome, sizes, reader, point, count, made, by.space, generator):
        return False
    row = start_of(sizes, reader) + point + count
    return operand < 0 or read_instead(genome, row, operand, value, by.space)


@apart
def _transformed(
    reader: int,
    index: int,
    kind: int,
    out: int,
    number: int,
    leaves: int,
    taken: int,
    by: Variation,
    generator: Words,
) -> int:
    """Put a random operation of a parameter with a result of a kind; the address that it writes, or `EMPTY`.

    out: that address, or `EMPTY` for one that is free, not `taken`.
    """
    own, made = by.tables.kinds[number], by.expression
    code = drawn_operation(reader, kind, own, False, by.space, generator)
    if code >= 0 and out == EMPTY:
        out = drawn(by.writable[kind] & ~taken, generator)
    if code < 0 or out == EMPTY:
        return EMPTY
    put_node(index, code, out, 0, made)
    slot = drawn_slot(code, own, by.space, generator)
    for operand in range(OPERANDS):
        wanted, read = kind_of(code, 1 + operand, by.space), NONE
        if operand == slot:
            read = number
        elif wanted != NO_KIND:
            read = drawn_leaf(wanted, leaves, 0.0, by, generator)
            if read == EMPTY:
                return EMPTY
        made.operands[OPERANDS * index + operand] = read
    return int(out)


@apart
def _set_up(genome: Genome, sizes: Sizes, number: int, by: Variation, generator: Words) -> bool:
    """Let Setup end with a random expression for an address, if it has operations for that."""
    kind, end = by.tables.kinds[number], sizes[SETUP]
    count = express(SETUP, kind, -1, number, 0, 0.0, 0, by, generator)
    return count == 0 or write_rows(genome, sizes, SETUP, end, count, by.expression, by.space, generator)


@apart
def _learn(genome: Genome, sizes: Sizes, learner: int, number: int, by: Variation, generator: Words) -> bool:
    """Let a function end with `w = w + ...` for an address `w`."""
    flow, kind, end = by.flow, by.tables.kinds[number], sizes[learner]
    leaves = holding(genome, sizes, learner, end, by)
    taken = live_at(flow, learner, flow.sizes[learner]) | bit(number)
    count = express(learner, kind, -1, -1, leaves, 0.0, taken, by, generator)
    if count == 0 or not write_rows(genome, sizes, learner, end, count, by.expression, by.space, generator):
        return False
    change = by.expression.out[0]
    if not open_rows(genome, sizes, learner, end + count, 1, by.space):
        return False
    row = start_of(sizes, learner) + end + count
    genome[row * WORDS] = packed(by.sums[3 * learner + kind], number, number, change)
    return True
