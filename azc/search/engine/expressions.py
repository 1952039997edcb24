"""New code for connected mutations: uses, leaves, and random expressions of instructions.

A use is an operand of an instruction, or what is read at a function's end: the prediction, or an address that
outlives it. A leaf is an address that holds something at a point of the program.
"""

from typing import Final, NamedTuple

from azc.search.engine.canonical import CodeTables
from azc.search.engine.compiled import apart, bits_of, compiled, count_bits, lowest_bit
from azc.search.engine.flow import Flow, live_at
from azc.search.engine.generator import Words, below, normal, uniform
from azc.search.engine.genome import (
    MAX_CONSTANTS,
    MAX_NUMBERED,
    NONE,
    OPERANDS,
    WORDS,
    Genome,
    Numbers,
    Scores,
    Sizes,
    bit,
    code_of,
    operand_of,
    out_of,
    packed_all,
    start_of,
    with_byte,
)
from azc.search.engine.mutation import (
    ADDRESSES,
    INDEX,
    NO_KIND,
    PATTERNS,
    SPREAD,
    VALUE,
    Space,
    clear,
    literals,
    single,
    smallest_free_draw,
    sort_bounds,
)

SETUP: Final = 0
"""The first function, which runs once."""
EMPTY: Final = -1
"""Drawn from an empty set."""
DEEPER: Final = 0.3
"""Probability that an operand of a new instruction is another new instruction."""
MAX_NEW: Final = 6
"""Maximum number of instructions of a new expression."""
MAX_DEPTH: Final = 3
FAMILY: Final = 6
"""Maximum number of children that differ in constants alone."""
VARIED: Final = 2
"""Maximum number of constants in which they differ."""


class Expression(NamedTuple):
    """Scratch memory for new instructions, the root first: [instruction]."""

    code: Numbers
    out: Numbers
    operands: Numbers
    """[instruction][operand]"""
    depth: Numbers


class Trial(NamedTuple):
    """Constants of Setup and the values to try for them."""

    n_constants: Numbers
    """[1]: number of these constants, at most `VARIED`."""
    rows: Numbers
    """[constant]: its instruction."""
    values: Scores
    """[child, constant]"""


class Variation(NamedTuple):
    """What connected mutations need to know of the search, and their scratch memory."""

    writable: Numbers
    """[kind]: addresses that may be written."""
    readable: Numbers
    """[kind]: all addresses."""
    given: Numbers
    """[function]: addresses that hold something before it begins, Setup's results left out."""
    readers: Numbers
    """Functions that have outputs."""
    n_readers: int
    learners: Numbers
    """Functions that have none and run again and again, so that they only change memory for later calls; the
    readers where there are none."""
    n_learners: int
    ends: Numbers
    """[function]: what counts as read at its end: its outputs, or 0 for all that later functions read."""
    outputs: int
    """All outputs that evolved code may write."""
    sums: Numbers
    """[function, kind]: opcode of a function's sum of two of a kind, or -1."""
    products: Numbers
    """[function, kind]: opcode of its product of a scalar and one of a kind, or -1."""
    constant: int
    """Opcode of Setup that sets a scalar to a constant, or -1."""
    space: Space
    tables: CodeTables
    flow: Flow
    expression: Expression
    trial: Trial
    fitting: Numbers
    """Scratch memory for rows, of which one is drawn: [row]"""


# --- sets of addresses ----------------------------------------------------------------------------------


@apart
def drawn(members: int, generator: Words) -> int:
    """A random member of a set, or `EMPTY`."""
    count = count_bits(members)
    if count == 0:
        return EMPTY
    for _ in range(below(generator, count)):
        members &= members - 1
    return int(lowest_bit(members))


# --- constants ------------------------------------------------------------------------------------------


@apart
def new_constant(role: int, space: Space, generator: Words) -> float:
    """A random constant, normally distributed where its role allows it."""
    if role == INDEX:
        return below(generator, 1 << 24) * 2.0**-24
    value = normal(generator, space.functions)
    if role == VALUE:
        return value
    return single(abs(value) if role == SPREAD else value)


@apart
def write_constants(genome: Genome, row: int, code: int, end: int, space: Space, generator: Words) -> None:
    """Draw all constants of an instruction."""
    if space.random[code]:
        genome[row * WORDS + 1 + space.n_constants[code]] = smallest_free_draw(genome, end, space)
    for index in range(space.n_constants[code]):
        value = new_constant(space.roles[MAX_CONSTANTS * code + index], space, generator)
        genome[row * WORDS + 1 + index] = bits_of(value)
    if space.sorted[code]:
        sort_bounds(genome, row)


# --- uses, leaves, operations ---------------------------------------------------------------------------


@apart
def kind_of(code: int, index: int, space: Space) -> int:
    """Kind of an operation's result (0) or operand (1 to 3)."""
    return int(space.kinds[ADDRESSES * code + index])


@apart
def touched(by: Variation) -> int:
    """All addresses in use."""
    found = by.tables.interface
    for function in range(by.space.n_functions):
        found |= by.flow.written[function] | by.flow.read[function]
    return found


@apart
def drawn_use(
    genome: Genome, sizes: Sizes, function: int, ends: int, generator: Words
) -> tuple[int, int, int]:
    """A random use in a function: its point, which operand (-1 at the end), and the address read.

    The address is `EMPTY` if the function has no use.
    """
    start, count = start_of(sizes, function), count_bits(ends)
    for row in range(start, start + sizes[function]):
        for index in range(OPERANDS):
            count += operand_of(genome[row * WORDS], index) < MAX_NUMBERED
    if count == 0:
        return 0, -1, EMPTY
    chosen = below(generator, count)
    for row in range(start, start + sizes[function]):
        for index in range(OPERANDS):
            number = operand_of(genome[row * WORDS], index)
            if number < MAX_NUMBERED:
                if chosen == 0:
                    return row - start, index, number
                chosen -= 1
    return int(sizes[function]), -1, drawn(ends, generator)


@apart
def holding(genome: Genome, sizes: Sizes, function: int, point: int, by: Variation) -> int:
    """Addresses that hold something worth reading at a point: what the function got, and what it wrote."""
    start = start_of(sizes, function)
    found = by.given[function] | live_at(by.flow, function, 0)
    for row in range(start, start + point):
        found |= bit(out_of(genome[row * WORDS]))
    return int(found)


@compiled
def one_of(functions: Numbers, count: int, generator: Words) -> int:
    """A random one of some functions; nothing is drawn where there is one."""
    return int(functions[below(generator, count) if count > 1 else 0])


@apart
def read_at_end(function: int, by: Variation) -> int:
    """Addresses that are read at a function's end: its outputs, or what outlives it."""
    if by.ends[function] != 0:
        return int(by.ends[function])
    return live_at(by.flow, function, by.flow.sizes[function]) & ~by.tables.overwritten


@apart
def drawn_leaf(kind: int, leaves: int, anywhere: float, by: Variation, generator: Words) -> int:
    """A leaf of a kind, or `EMPTY`."""
    if anywhere > 0.0 and uniform(generator) < anywhere:
        return drawn(by.readable[kind], generator)
    found = drawn(leaves & by.readable[kind], generator)
    return drawn(by.readable[kind], generator) if found == EMPTY and anywhere > 0.0 else found


@apart
def drawn_operation(function: int, kind: int, having: int, both: bool, space: Space, generator: Words) -> int:
    """A random operation of a function with results of a kind, or -1.

    having: kind that one operand must have, or -1; both: whether it must be one of two operands of that kind.
    """
    count, chosen, first = 0, -1, function * space.most_ops
    for turn in range(2):
        for index in range(space.n_ops[function]):
            code = space.ops[first + index]
            a, b = kind_of(code, 1, space) == having, kind_of(code, 2, space) == having
            c = kind_of(code, 3, space)
            wanted = a and b and c == NO_KIND if both else a or b or c == having
            fits = kind_of(code, 0, space) == kind and (having < 0 or wanted)
            if turn == 0:
                count += fits
            elif fits:
                if chosen == 0:
                    return int(code)
                chosen -= 1
        if count == 0:
            return -1
        if turn == 0:
            chosen = below(generator, count)
    return -1


# --- new instructions -----------------------------------------------------------------------------------


@apart
def put_node(index: int, code: int, out: int, depth: int, made: Expression) -> None:
    """Write an instruction of an expression, without its operands."""
    made.code[index], made.out[index], made.depth[index] = code, out, depth


@apart
def drawn_slot(code: int, kind: int, space: Space, generator: Words) -> int:
    """A random operand of a kind."""
    count = 0
    for index in range(OPERANDS):
        count += kind_of(code, 1 + index, space) == kind
    chosen = below(generator, count) if count > 1 else 0
    for index in range(OPERANDS):
        if kind_of(code, 1 + index, space) == kind:
            if chosen == 0:
                return index
            chosen -= 1
    return OPERANDS - 1


@apart
def express(
    function: int,
    kind: int,
    inner: int,
    out: int,
    leaves: int,
    anywhere: float,
    taken: int,
    by: Variation,
    generator: Words,
) -> int:
    """Make a random expression; its number of instructions, 0 if there is none.

    inner: address that the root reads, or -1. out: address that the root writes, or -1 for a free one.
    taken: addresses that no other instruction may write.
    """
    made = by.expression
    code = drawn_operation(function, kind, kind if inner >= 0 else -1, False, by.space, generator)
    if out < 0:
        out = drawn(by.writable[kind] & ~taken, generator)
    if code < 0 or out == EMPTY:
        return 0
    put_node(0, code, out, 0, made)
    taken |= bit(out)
    inner_slot = drawn_slot(code, kind, by.space, generator) if inner >= 0 else -1
    count, index = 1, 0
    while index < count:
        for operand in range(OPERANDS):
            wanted, number = kind_of(made.code[index], 1 + operand, by.space), NONE
            if index == 0 and operand == inner_slot:
                number = inner
            elif wanted != NO_KIND:
                number = EMPTY
                if count < MAX_NEW and made.depth[index] < MAX_DEPTH and uniform(generator) < DEEPER:
                    code = drawn_operation(function, wanted, -1, False, by.space, generator)
                    number = drawn(by.writable[wanted] & ~taken, generator) if code >= 0 else EMPTY
                    if number != EMPTY:
                        taken |= bit(number)
                        put_node(count, code, number, made.depth[index] + 1, made)
                        count += 1
                if number == EMPTY:
                    number = drawn_leaf(wanted, leaves, anywhere, by, generator)
                if number == EMPTY:
                    return 0
            made.operands[OPERANDS * index + operand] = number
        index += 1
    return count


@apart
def open_rows(genome: Genome, sizes: Sizes, function: int, point: int, count: int, space: Space) -> bool:
    """Make room for new instructions at a point, unless the function would grow beyond its limit."""
    if sizes[function] + count > space.limits[2 * function + 1]:
        return False
    first, end = start_of(sizes, function) + point, start_of(sizes, space.n_functions)
    for word in range(end * WORDS - 1, first * WORDS - 1, -1):
        genome[word + count * WORDS] = genome[word]
    for row in range(first, first + count):
        clear(genome, row)
    sizes[function] += count
    return True


@apart
def write_rows(
    genome: Genome,
    sizes: Sizes,
    function: int,
    point: int,
    count: int,
    made: Expression,
    space: Space,
    generator: Words,
) -> bool:
    """Insert an expression at a point, its root last."""
    if not open_rows(genome, sizes, function, point, count, space):
        return False
    end = start_of(sizes, space.n_functions)
    for index in range(count):
        row = start_of(sizes, function) + point + count - 1 - index
        code = made.code[index]
        first = OPERANDS * index
        a, b, c = made.operands[first], made.operands[first + 1], made.operands[first + 2]
        genome[row * WORDS] = packed_all(code, made.out[index], a, b, c)
        write_constants(genome, row, code, end, space, generator)
    return True


@apart
def read_instead(genome: Genome, row: int, operand: int, number: int, space: Space) -> bool:
    """Let an operand read another address; not if another operand, a literal, forbids it."""
    changed = with_byte(genome[row * WORDS], 1 + operand, number)
    if not space.legal[PATTERNS * code_of(changed) + literals(changed)]:
        return False
    genome[row * WORDS] = changed
    return True


@apart
def number_draws(genome: Genome, sizes: Sizes, first: int, last: int, space: Space) -> None:
    """Give random instructions, which came from another program, numbers of draws that are free."""
    end = start_of(sizes, space.n_functions)
    for row in range(first, last):
        code = code_of(genome[row * WORDS])
        if space.random[code]:
            word = row * WORDS + 1 + space.n_constants[code]
            genome[word] = -1
            genome[word] = smallest_free_draw(genome, end, space)
