"""Random instructions, and the mutations of the original engine, on a genome in place.

Draws are distributed as in the original, with three deliberate differences: a constant of exactly zero is
drawn afresh where the original could never change it, the bounds of a uniform draw are sorted at once, and
sizes reach their limits. A mutation that is impossible (an empty function, one at its size limit) changes
nothing: the child then equals its parent.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from azc.ir import KINDS
from azc.search.engine.compiled import apart, bits_of, compiled, float_of
from azc.search.engine.generator import Words, below, factor, uniform
from azc.search.engine.genome import (
    MAX_CONSTANTS,
    MAX_NUMBERED,
    NONE,
    NOTHING,
    OPERANDS,
    WORDS,
    Genome,
    Numbers,
    Sizes,
    code_of,
    operand_of,
    packed_all,
    start_of,
    with_byte,
)
from azc.search.names import MUTATIONS

(
    ALTER_PARAM,
    RANDOMIZE_INSTRUCTION,
    RANDOMIZE_COMPONENT_FUNCTION,
    IDENTITY,
    INSERT_INSTRUCTION,
    REMOVE_INSTRUCTION,
    TRADE_INSTRUCTION,
    RANDOMIZE_ALGORITHM,
) = (
    MUTATIONS.index(name)
    for name in (
        "alter_param",
        "randomize_instruction",
        "randomize_component_function",
        "identity",
        "insert_instruction",
        "remove_instruction",
        "trade_instruction",
        "randomize_algorithm",
    )
)
SIGN_FLIPS: Final = 0.1
"""Probability that altering a constant flips its sign instead of scaling it."""

# Roles of constants, which decide how one is drawn and altered, by number in `Space.roles`.
VALUE, INDEX, NUMBER, SPREAD = range(4)
ADDRESSES: Final = 1 + OPERANDS
"""Addresses of an instruction: its result and its operands."""
NO_KIND: Final = len(KINDS)
"""The kind of an address that an operation does not have."""
PATTERNS: Final = 1 << OPERANDS
"""Patterns of literal operands: none, the first, the second, both, and the same with the third."""


class Space(NamedTuple):
    """Legal results of mutation, as flat tables by function, by opcode or by kind."""

    n_functions: int
    ops: Numbers
    """[function][most_ops]: opcodes to draw from."""
    n_ops: Numbers
    most_ops: int
    active: Numbers
    """Functions that have operations to draw: only these are mutated."""
    n_active: int
    limits: Numbers
    """[function][2]: minimum and maximum size."""
    kinds: Numbers
    """[opcode][address]: kinds of result and operands, or `NO_KIND`."""
    readable: Numbers
    """[kind][2]: number of the first address, and how many there are."""
    writable: Numbers
    """[kind][64]: numbers of the addresses that may be written."""
    n_writable: Numbers
    n_constants: Numbers
    """[opcode]: constants that mutation draws: all but the number of a draw."""
    roles: Numbers
    """[opcode][constant]: its role."""
    sorted: Numbers
    """[opcode]: 1 if its two constants are bounds, to be sorted."""
    random: Numbers
    """[opcode]: 1 if its last constant is the number of a draw."""
    legal: Numbers
    """[opcode][pattern of literal operands]: 1 if such an instruction is legal."""
    mutate_prob: float
    mutations: Numbers
    n_mutations: int
    cumulative: NDArray[np.float64]
    """Cumulative weights of the mutations."""
    functions: Numbers
    """Memory addresses of `generator.FUNCTIONS`."""


# --- constants ------------------------------------------------------------------------------------------


@compiled
def single(value: float) -> float:
    """Round to float32, in which the original stores all constants but those of scalars."""
    return float(np.float64(np.float32(value)))


@compiled
def _fresh(role: int, generator: Words) -> float:
    if role == VALUE:
        return uniform(generator) * 2.0 - 1.0
    # 24 bits: exact in float32, and never rounded up to 1.
    fraction = below(generator, 1 << 24) * 2.0**-24
    return fraction * 2.0 - 1.0 if role == NUMBER else fraction


@compiled
def _altered(role: int, value: float, generator: Words, functions: Numbers) -> float:
    """Altered value of a constant: scaled, or with its sign flipped; an index or zero is drawn afresh."""
    if role == INDEX or value == 0.0:
        return _fresh(role, generator)
    if role != SPREAD and uniform(generator) < SIGN_FLIPS:
        changed = -value
    else:
        changed = value * factor(generator, functions)
    if np.isnan(changed):
        # A flipped sign would change the bits of a nan, but all nans are one value.
        return np.nan
    return changed if role == VALUE else single(changed)


@compiled
def sort_bounds(genome: Genome, row: int) -> None:
    """Put the bounds of a uniform draw in order."""
    low, high = genome[row * WORDS + 1], genome[row * WORDS + 2]
    if float_of(high) < float_of(low):
        genome[row * WORDS + 1], genome[row * WORDS + 2] = high, low


@apart
def smallest_free_draw(genome: Genome, end: int, space: Space) -> int:
    """Smallest number that is no random instruction's draw."""
    draw = 0
    while True:
        taken = False
        for row in range(end):
            code = code_of(genome[row * WORDS])
            taken |= space.random[code] and genome[row * WORDS + 1 + space.n_constants[code]] == draw
        if not taken:
            return draw
        draw += 1


# --- instructions ---------------------------------------------------------------------------------------


@compiled
def _output(kind: int, space: Space, generator: Words) -> int:
    return int(space.writable[kind * MAX_NUMBERED + below(generator, space.n_writable[kind])])


@compiled
def _operand(kind: int, space: Space, generator: Words) -> int:
    return int(space.readable[2 * kind] + below(generator, space.readable[2 * kind + 1]))


@compiled
def clear(genome: Genome, row: int) -> None:
    """Make an instruction a no-op."""
    genome[row * WORDS] = NOTHING
    for word in range(1, WORDS):
        genome[row * WORDS + word] = 0


@apart
def randomize_row(genome: Genome, row: int, end: int, function: int, space: Space, generator: Words) -> None:
    """Write a random instruction of a function; a draw gets the smallest number free in the program."""
    clear(genome, row)
    code = space.ops[function * space.most_ops + below(generator, space.n_ops[function])]
    first = ADDRESSES * code
    out_kind, a_kind, b_kind = space.kinds[first], space.kinds[first + 1], space.kinds[first + 2]
    c_kind = space.kinds[first + 3]
    if out_kind == NO_KIND:
        return
    out = _output(out_kind, space, generator)
    a = NONE if a_kind == NO_KIND else _operand(a_kind, space, generator)
    b = NONE if b_kind == NO_KIND else _operand(b_kind, space, generator)
    c = NONE if c_kind == NO_KIND else _operand(c_kind, space, generator)
    if space.random[code]:
        genome[row * WORDS + 1 + space.n_constants[code]] = smallest_free_draw(genome, end, space)
    genome[row * WORDS] = packed_all(code, out, a, b, c)
    for index in range(space.n_constants[code]):
        role = space.roles[MAX_CONSTANTS * code + index]
        genome[row * WORDS + 1 + index] = bits_of(_fresh(role, generator))
    if space.sorted[code]:
        sort_bounds(genome, row)


@compiled
def n_operands(code: int, space: Space) -> int:
    """Number of an operation's operands."""
    count = 0
    for index in range(1, ADDRESSES):
        count += space.kinds[ADDRESSES * code + index] != NO_KIND
    return count


@compiled
def literals(word: int) -> int:
    """Bits of the literal operands: 1 for the first, 2 for the second, 4 for the third."""
    a, b, c = operand_of(word, 0), operand_of(word, 1), operand_of(word, 2)
    found = (MAX_NUMBERED <= a < NONE) + 2 * (MAX_NUMBERED <= b < NONE)
    return found + 4 * (MAX_NUMBERED <= c < NONE)


@apart
def alter_row(genome: Genome, row: int, space: Space, generator: Words) -> None:
    """Draw one part of an instruction anew: output address, an operand, or a constant."""
    word = genome[row * WORDS]
    code = code_of(word)
    if space.kinds[ADDRESSES * code] == NO_KIND:
        return
    operands = n_operands(code, space)
    choice = below(generator, 1 + max(operands, 1))
    if choice == 0:
        genome[row * WORDS] = with_byte(word, 0, _output(space.kinds[ADDRESSES * code], space, generator))
    elif operands:
        changed = with_byte(word, choice, _operand(space.kinds[ADDRESSES * code + choice], space, generator))
        # If one of some hand-written literals is replaced, the other may be illegal; then nothing changes.
        if space.legal[PATTERNS * code + literals(changed)]:
            genome[row * WORDS] = changed
    else:
        _alter_constant(genome, row, code, space, generator)


@compiled
def _alter_constant(genome: Genome, row: int, code: int, space: Space, generator: Words) -> None:
    count = space.n_constants[code]
    index = below(generator, count) if count > 1 else 0
    value = float_of(genome[row * WORDS + 1 + index])
    changed = _altered(space.roles[MAX_CONSTANTS * code + index], value, generator, space.functions)
    genome[row * WORDS + 1 + index] = bits_of(changed)
    if space.sorted[code]:
        sort_bounds(genome, row)


# --- mutations ------------------------------------------------------------------------------------------


@apart
def randomize_function(genome: Genome, sizes: Sizes, function: int, space: Space, generator: Words) -> None:
    """Replace all instructions of a function by random ones; their draws may reuse the old numbers."""
    start, end = start_of(sizes, function), start_of(sizes, space.n_functions)
    for row in range(start, start + sizes[function]):
        clear(genome, row)
    for row in range(start, start + sizes[function]):
        randomize_row(genome, row, end, function, space, generator)


@apart
def randomize_algorithm(genome: Genome, sizes: Sizes, space: Space, generator: Words) -> None:
    """Replace all instructions of every function that has operations by random ones."""
    for index in range(space.n_active):
        function = space.active[index]
        start = start_of(sizes, function)
        for row in range(start, start + sizes[function]):
            clear(genome, row)
    for index in range(space.n_active):
        randomize_function(genome, sizes, space.active[index], space, generator)


@apart
def _insert(genome: Genome, sizes: Sizes, function: int, space: Space, generator: Words) -> None:
    """Insert a random instruction at a random position of a function."""
    index = start_of(sizes, function) + below(generator, sizes[function] + 1)
    end = start_of(sizes, space.n_functions)
    for word in range(end * WORDS - 1, index * WORDS - 1, -1):
        genome[word + WORDS] = genome[word]
    sizes[function] += 1
    clear(genome, index)
    randomize_row(genome, index, end + 1, function, space, generator)


@apart
def _remove(genome: Genome, sizes: Sizes, function: int, space: Space, generator: Words) -> None:
    """Remove a random instruction of a function."""
    index = start_of(sizes, function) + below(generator, sizes[function])
    end = start_of(sizes, space.n_functions)
    for word in range(index * WORDS, (end - 1) * WORDS):
        genome[word] = genome[word + WORDS]
    clear(genome, end - 1)
    sizes[function] -= 1


@apart
def mutate(genome: Genome, sizes: Sizes, mutation: int, space: Space, generator: Words) -> None:
    """Apply a mutation, by its number in `MUTATIONS`, to a genome in place."""
    if mutation == IDENTITY:
        return
    if mutation == RANDOMIZE_ALGORITHM:
        randomize_algorithm(genome, sizes, space, generator)
        return
    function = space.active[below(generator, space.n_active) if space.n_active > 1 else 0]
    size = sizes[function]
    if mutation == INSERT_INSTRUCTION:
        if size < space.limits[2 * function + 1]:
            _insert(genome, sizes, function, space, generator)
    elif mutation == REMOVE_INSTRUCTION:
        if size > space.limits[2 * function]:
            _remove(genome, sizes, function, space, generator)
    elif size > 0:
        _change(genome, sizes, function, mutation, space, generator)


@compiled
def _change(
    genome: Genome, sizes: Sizes, function: int, mutation: int, space: Space, generator: Words
) -> None:
    """Apply a mutation that keeps the size of the function."""
    if mutation == TRADE_INSTRUCTION:
        # Size limits do not matter, since the size stays the same.
        _insert(genome, sizes, function, space, generator)
        _remove(genome, sizes, function, space, generator)
        return
    if mutation == RANDOMIZE_COMPONENT_FUNCTION:
        randomize_function(genome, sizes, function, space, generator)
        return
    row = start_of(sizes, function) + below(generator, sizes[function])
    if mutation == ALTER_PARAM:
        alter_row(genome, row, space, generator)
    elif mutation == RANDOMIZE_INSTRUCTION:
        end = start_of(sizes, space.n_functions)
        randomize_row(genome, row, end, function, space, generator)


@compiled
def drawn_mutation(space: Space, generator: Words) -> int:
    """Number of a mutation, drawn by weight."""
    count = space.n_mutations
    if count == 1:
        return int(space.mutations[0])
    drawn = uniform(generator) * space.cumulative[count - 1]
    index = 0
    while drawn >= space.cumulative[index]:
        index += 1
    return int(space.mutations[index])
