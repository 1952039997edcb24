"""Connected mutations of one parent: their children compute something else than their parents.

They know the dataflow of a program (`flow.py`) and choose addresses as a register allocator would. None knows
a task or an algorithm.

Each gets a program of live code alone, analysed, changes it in place and returns whether it could; if not,
the program is spoilt.
"""

from typing import Final

from azc.search.engine.compiled import apart, bits_of, float_of
from azc.search.engine.expressions import (
    EMPTY,
    SETUP,
    Variation,
    drawn,
    drawn_leaf,
    drawn_use,
    express,
    holding,
    kind_of,
    new_constant,
    read_at_end,
    read_instead,
    write_rows,
)
from azc.search.engine.flow import live_at
from azc.search.engine.generator import Words, below, exponential, normal, uniform
from azc.search.engine.genome import (
    ABSOLUTE,
    MAX_CONSTANTS,
    MAX_NUMBERED,
    NONE,
    OPERANDS,
    WORDS,
    Genome,
    Sizes,
    code_of,
    operand_of,
    out_of,
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
    n_operands,
    single,
    sort_bounds,
)

ANYWHERE: Final = 0.15
"""Probability that a leaf of `grow` or `alter` is any address."""
KEEP: Final = 0.6
"""Probability that a new expression reads the value in whose place it is read."""
IN_SETUP: Final = 0.15
"""Probability that `grow` chooses Setup."""
CLOSE: Final = 0.7
"""Probability that the readers of a removed instruction read one of its operands instead."""
CONSTANT: Final = 0.7
"""Probability that a constant is altered where an instruction has one."""
OTHER_OP: Final = 0.2
"""Probability that the operation is altered where no constant is."""
RENEW: Final = 0.1
"""Probability that an altered constant is drawn anew."""
SIGN: Final = 0.1
"""Probability that the sign of an altered constant flips."""


# --- more code ------------------------------------------------------------------------------------------


@apart
def grow(genome: Genome, sizes: Sizes, by: Variation, generator: Words) -> bool:
    """A use reads a new expression instead of its old value, which may be an operand of the expression."""
    function = 1 + below(generator, by.space.n_functions - 1)
    if uniform(generator) < IN_SETUP:
        function = SETUP
    point, operand, old = drawn_use(genome, sizes, function, read_at_end(function, by), generator)
    if old == EMPTY:
        return False
    inner = old if uniform(generator) < KEEP else -1
    leaves = holding(genome, sizes, function, point, by)
    count = express(
        function,
        by.tables.kinds[old],
        inner,
        old if operand < 0 else -1,
        leaves,
        ANYWHERE,
        live_at(by.flow, function, point),
        by,
        generator,
    )
    if count == 0 or not write_rows(
        genome, sizes, function, point, count, by.expression, by.space, generator
    ):
        return False
    row = start_of(sizes, function) + point + count
    return operand < 0 or read_instead(genome, row, operand, by.expression.out[0], by.space)


# --- less code ------------------------------------------------------------------------------------------


@apart
def _drawn_row(sizes: Sizes, space: Space, generator: Words) -> int:
    """A random instruction of a function that may change, or -1."""
    end = 0
    for function in range(space.n_functions):
        end += sizes[function] if space.n_ops[function] else 0
    if end == 0:
        return -1
    row = below(generator, end)
    for function in range(space.n_functions):
        if space.n_ops[function] == 0 and row >= start_of(sizes, function):
            row += sizes[function]
    return int(row)


@apart
def _function_of(sizes: Sizes, row: int) -> int:
    function = 0
    while row >= sizes[function]:
        row -= sizes[function]
        function += 1
    return function


@apart
def _inner(word: int, kind: int, space: Space, generator: Words) -> int:
    """Address of a kind that an instruction reads, a random one of several; `NONE` if there is none."""
    count = 0
    for index in range(OPERANDS):
        fits = kind_of(code_of(word), 1 + index, space) == kind
        count += fits and operand_of(word, index) < MAX_NUMBERED
    chosen = below(generator, count) if count > 1 else 0
    for index in range(OPERANDS):
        fits = kind_of(code_of(word), 1 + index, space) == kind
        if fits and operand_of(word, index) < MAX_NUMBERED:
            if chosen == 0:
                return operand_of(word, index)
            chosen -= 1
    return NONE


@apart
def shrink(genome: Genome, sizes: Sizes, by: Variation, generator: Words) -> bool:
    """Remove an instruction; mostly its readers read one of its own operands of that kind instead."""
    row = _drawn_row(sizes, by.space, generator)
    if row < 0:
        return False
    function, word = _function_of(sizes, row), genome[row * WORDS]
    end, last = start_of(sizes, function) + sizes[function], start_of(sizes, by.space.n_functions)
    code, out = code_of(word), out_of(word)
    kind = kind_of(code, 0, by.space)
    instead = _inner(word, kind, by.space, generator)
    if instead < MAX_NUMBERED and uniform(generator) < CLOSE:
        for reader in range(row + 1, end):
            for index in range(OPERANDS):
                if operand_of(genome[reader * WORDS], index) == out:
                    read_instead(genome, reader, index, instead, by.space)
            if out_of(genome[reader * WORDS]) == out:
                break
    for moved in range(row * WORDS, (last - 1) * WORDS):
        genome[moved] = genome[moved + WORDS]
    clear(genome, last - 1)
    sizes[function] -= 1
    return True


# --- as much code ---------------------------------------------------------------------------------------


@apart
def _stepped(role: int, value: float, space: Space, generator: Words) -> float:
    """A constant changed: by a factor or by a little, or drawn anew."""
    if role == INDEX or value == 0.0 or value - value != 0.0 or uniform(generator) < RENEW:
        return new_constant(role, space, generator)
    step = normal(generator, space.functions)
    if uniform(generator) < 0.5:
        changed = value * exponential(step, space.functions)
    else:
        changed = value + 0.1 * step * (abs(value) + 0.01)
    if role == SPREAD:
        return single(abs(changed))
    if uniform(generator) < SIGN:
        changed = -changed
    return changed if role == VALUE else single(changed)


@apart
def _alter_constant(genome: Genome, row: int, code: int, space: Space, generator: Words) -> None:
    index = below(generator, space.n_constants[code])
    word, role = row * WORDS + 1 + index, space.roles[MAX_CONSTANTS * code + index]
    value = genome[word]
    if value & ABSOLUTE != ABSOLUTE:
        genome[word] = bits_of(_stepped(role, float_of(value), space, generator))
    if space.sorted[code]:
        sort_bounds(genome, row)


@apart
def _alter_operation(genome: Genome, row: int, function: int, space: Space, generator: Words) -> bool:
    """Another operation with operands and result of the same kinds and as many constants."""
    word = genome[row * WORDS]
    code, count, chosen, first = code_of(word), 0, -1, function * space.most_ops
    for turn in range(2):
        for index in range(space.n_ops[function]):
            other = space.ops[first + index]
            fits = other != code and space.n_constants[other] == space.n_constants[code]
            fits &= space.random[other] == space.random[code]
            for part in range(ADDRESSES):
                fits &= kind_of(other, part, space) == kind_of(code, part, space)
            fits &= space.legal[PATTERNS * other + literals(word)] != 0
            if turn == 0:
                count += fits
            elif fits:
                if chosen == 0:
                    genome[row * WORDS] = word - code + other
                    if space.sorted[other]:
                        sort_bounds(genome, row)
                    return True
                chosen -= 1
        if count == 0:
            return False
        if turn == 0:
            chosen = below(generator, count)
    return False


@apart
def alter(genome: Genome, sizes: Sizes, by: Variation, generator: Words) -> bool:
    """One constant, one operand, the result's address, or another operation of the same kinds."""
    row = _drawn_row(sizes, by.space, generator)
    if row < 0:
        return False
    word = genome[row * WORDS]
    code, function = code_of(word), _function_of(sizes, row)
    if kind_of(code, 0, by.space) == NO_KIND:
        return False
    constants = by.space.n_constants[code]
    if constants and uniform(generator) < CONSTANT:
        _alter_constant(genome, row, code, by.space, generator)
        return True
    if uniform(generator) < OTHER_OP:
        return _alter_operation(genome, row, function, by.space, generator)
    operands = n_operands(code, by.space)
    part = below(generator, 1 + operands + constants)
    if part > operands:
        _alter_constant(genome, row, code, by.space, generator)
        return True
    kind = kind_of(code, part, by.space)
    point = row - start_of(sizes, function)
    if part:
        leaves = holding(genome, sizes, function, point, by)
        number = drawn_leaf(kind, leaves, ANYWHERE, by, generator)
        return number != EMPTY and read_instead(genome, row, part - 1, number, by.space)
    # Written to an address that nobody reads, the result would be lost.
    number = drawn(live_at(by.flow, function, point + 1) & by.writable[kind], generator)
    if number == EMPTY:
        return False
    genome[row * WORDS] = with_byte(word, 0, number)
    return True
