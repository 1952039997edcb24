"""Connected mutations of two parents: one function exchanged, or two programs side by side."""

from azc.search.engine.compiled import apart
from azc.search.engine.expressions import (
    EMPTY,
    LEARN,
    PREDICT,
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
    start, size, end = start_of(sizes, function), sizes[function], sizes[0] + sizes[1] + sizes[2]
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
    """Names for another program's addresses that are free in this one; those of the interface keep theirs,
    but for the prediction, which gets one more. False if there are too few."""
    used = touched(by)
    for number in range(by.tables.starts[3]):
        names[number] = number if by.tables.interface >> number & 1 else -1
    for number in range(MAX_NUMBERED, NONE + 1):
        names[number] = number
    names[by.prediction] = -1
    for row in range(-1, rows):
        for part in range(ADDRESSES):
            number = by.prediction
            if row >= 0:
                number = other[row * WORDS] >> 8 * (1 + part) & NONE
            if names[number] < 0:
                names[number] = drawn(by.writable[by.tables.kinds[number]] & ~used, generator)
                if names[number] == EMPTY:
                    return False
                used |= bit(names[number])
    return True


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
        a, b = names[operand_of(word, 0)], names[operand_of(word, 1)]
        genome[(first + row) * WORDS] = packed(code_of(word), names[out_of(word)], a, b)
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
    """Two programs side by side: memory kept apart, predictions added; Learn sees their sum."""
    if by.addition < 0 or by.space.n_active < 3 or sizes[PREDICT] == 0 or other_sizes[PREDICT] == 0:
        return False
    for function in range(3):
        longest = by.space.limits[2 * function + 1]
        if sizes[function] + other_sizes[function] + (function == PREDICT) > longest:
            return False
    rows = other_sizes[0] + other_sizes[1] + other_sizes[2]
    if not _rename(other, rows, names, by, generator):
        return False
    second = names[by.prediction]
    _append(genome, sizes, SETUP, sizes[SETUP], other, other_sizes, names, by.space)
    _append(genome, sizes, PREDICT, sizes[PREDICT], other, other_sizes, names, by.space)
    end = sizes[PREDICT]
    open_rows(genome, sizes, PREDICT, end, 1, by.space)
    row = start_of(sizes, PREDICT) + end
    genome[row * WORDS] = packed(by.addition, by.prediction, by.prediction, second)
    # Learn sees the sum. Where the other one overwrites it, that comes last.
    names[by.prediction] = by.prediction
    overwrites, there = False, start_of(other_sizes, LEARN)
    for index in range(other_sizes[LEARN]):
        overwrites |= out_of(other[(there + index) * WORDS]) == by.prediction
    _append(genome, sizes, LEARN, sizes[LEARN] if overwrites else 0, other, other_sizes, names, by.space)
    return True
