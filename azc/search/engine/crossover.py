"""Connected mutations of two parents: one function exchanged, or two programs side by side."""

from azc.search.engine.compiled import apart, count_bits, lowest_bit
from azc.search.engine.expressions import (
    EMPTY,
    SETUP,
    Variation,
    drawn,
    number_draws,
    open_rows,
    touched,
)
from azc.search.engine.generator import Words, below
from azc.search.engine.genome import (
    MAX_NUMBERED,
    NONE,
    WORDS,
    Genome,
    Numbers,
    Sizes,
    bit,
    code_of,
    operand_of,
    out_of,
    packed,
    packed_all,
    start_of,
)
from azc.search.engine.mutation import ADDRESSES, Space, clear


@apart
def exchange(
    genome: Genome, sizes: Sizes, other: Genome, other_sizes: Sizes, by: Variation, generator: Words
) -> bool:
    """Take one function from another parent."""
    space = by.space
    function = space.active[below(generator, space.n_active)]
    start, size, end = start_of(sizes, function), sizes[function], start_of(sizes, space.n_functions)
    own, there = other_sizes[function], start_of(other_sizes, function)
    rest, shift = end - start - size, own - size
    # The functions behind it move first, from the side that is not overwritten.
    if shift > 0:
        for word in range((start + size + rest) * WORDS - 1, (start + size) * WORDS - 1, -1):
            genome[word + shift * WORDS] = genome[word]
    elif shift < 0:
        for word in range((start + size) * WORDS, (start + size + rest) * WORDS):
            genome[word + shift * WORDS] = genome[word]
    for word in range(own * WORDS):
        genome[start * WORDS + word] = other[there * WORDS + word]
    sizes[function] = own
    for row in range(end + shift, end):
        clear(genome, row)
    number_draws(genome, sizes, start, start + own, space)
    return True


@apart
def _rename(other: Genome, rows: int, names: Numbers, by: Variation, generator: Words) -> bool:
    """Names for another program's addresses that are free in this one; inputs keep theirs, outputs get
    another one. False if there are too few."""
    used = touched(by)
    for number in range(by.tables.starts[3]):
        kept = by.tables.interface & ~by.outputs
        names[number] = number if kept >> number & 1 else -1
    for number in range(MAX_NUMBERED, NONE + 1):
        names[number] = number
    outputs = by.outputs
    while outputs:
        if not _named(int(lowest_bit(outputs)), used, names, by, generator):
            return False
        used |= bit(names[lowest_bit(outputs)])
        outputs &= outputs - 1
    for row in range(rows):
        word = other[row * WORDS]
        for part in range(ADDRESSES):
            number = out_of(word) if part == 0 else operand_of(word, part - 1)
            if names[number] < 0:
                if not _named(number, used, names, by, generator):
                    return False
                used |= bit(names[number])
    return True


@apart
def _named(number: int, used: int, names: Numbers, by: Variation, generator: Words) -> bool:
    """Give an address a name that is free, of those that may be written."""
    names[number] = drawn(by.writable[by.tables.kinds[number]] & ~used, generator)
    return bool(names[number] != EMPTY)


@apart
def _append(
    genome: Genome,
    sizes: Sizes,
    function: int,
    point: int,
    other: Genome,
    other_sizes: Sizes,
    names: Numbers,
    space: Space,
) -> None:
    """Insert a function of another program, renamed."""
    count, there = other_sizes[function], start_of(other_sizes, function)
    open_rows(genome, sizes, function, point, count, space)
    first = start_of(sizes, function) + point
    for row in range(count):
        for index in range(WORDS):
            genome[(first + row) * WORDS + index] = other[(there + row) * WORDS + index]
        word = other[(there + row) * WORDS]
        a, b, c = names[operand_of(word, 0)], names[operand_of(word, 1)], names[operand_of(word, 2)]
        genome[(first + row) * WORDS] = packed_all(code_of(word), names[out_of(word)], a, b, c)
    number_draws(genome, sizes, first, first + count, space)


@apart
def compose(
    genome: Genome,
    sizes: Sizes,
    other: Genome,
    other_sizes: Sizes,
    names: Numbers,
    by: Variation,
    generator: Words,
) -> bool:
    """Two programs side by side: memory kept apart, outputs added; functions without any see the sums.

    An output that a program carries from call to call carries the sum.
    """
    if by.space.n_active < by.space.n_functions:
        return False
    for function in range(by.space.n_functions):
        outputs = by.tables.outputs[function] & by.outputs
        if outputs != 0 and (sizes[function] == 0 or other_sizes[function] == 0 or not _adds(function, by)):
            return False
        longest = by.space.limits[2 * function + 1]
        if sizes[function] + other_sizes[function] + count_bits(outputs) > longest:
            return False
    if not _rename(other, start_of(other_sizes, by.space.n_functions), names, by, generator):
        return False
    _append(genome, sizes, SETUP, sizes[SETUP], other, other_sizes, names, by.space)
    for index in range(by.n_readers):
        reader = by.readers[index]
        _append(genome, sizes, reader, sizes[reader], other, other_sizes, names, by.space)
        outputs = by.tables.outputs[reader] & by.outputs
        if by.n_readers > 1:
            # What neither writes here was added where it was written.
            outputs &= by.flow.written[reader] | _written(other, other_sizes, reader)
        _add_outputs(genome, sizes, reader, outputs, names, by)
    outputs = by.outputs
    while outputs:
        names[lowest_bit(outputs)] = lowest_bit(outputs)
        outputs &= outputs - 1
    for function in range(1, by.space.n_functions):
        if by.tables.outputs[function] & by.outputs == 0:
            # It sees the sums. Where the other one overwrites them, that comes last.
            overwrites, there = False, start_of(other_sizes, function)
            for row in range(there, there + other_sizes[function]):
                overwrites |= bit(out_of(other[row * WORDS])) & by.outputs != 0
            point = sizes[function] if overwrites else 0
            _append(genome, sizes, function, point, other, other_sizes, names, by.space)
    return True


@apart
def _adds(function: int, by: Variation) -> bool:
    """Whether a function has the operations to add all its outputs."""
    outputs = by.tables.outputs[function] & by.outputs
    while outputs:
        if by.sums[3 * function + by.tables.kinds[lowest_bit(outputs)]] < 0:
            return False
        outputs &= outputs - 1
    return True


@apart
def _written(genome: Genome, sizes: Sizes, function: int) -> int:
    """Addresses that a function writes."""
    found, start = 0, start_of(sizes, function)
    for row in range(start, start + sizes[function]):
        found |= bit(out_of(genome[row * WORDS]))
    return found


@apart
def _add_outputs(
    genome: Genome, sizes: Sizes, function: int, outputs: int, names: Numbers, by: Variation
) -> None:
    """Let a function end by adding some of the other program's outputs to its own."""
    while outputs:
        number, end = lowest_bit(outputs), sizes[function]
        open_rows(genome, sizes, function, end, 1, by.space)
        row, code = start_of(sizes, function) + end, by.sums[3 * function + by.tables.kinds[number]]
        genome[row * WORDS] = packed(code, number, number, names[number])
        outputs &= outputs - 1
