"""Connected mutations that ask for several children, which differ in constants of Setup alone.

Each knows one thing about learning: `scan`, that a factor is worth trying at several magnitudes; `anneal`,
that a factor may begin large and fade.

Each gets a program of live code alone, analysed, changes it in place, and leaves in `Trial` which constants
vary and the values to try. It returns the number of children, 0 if it could not; then the program is spoilt.
"""

from typing import Final

from azc.search.engine.compiled import apart, bits_of, float_of
from azc.search.engine.expressions import (
    EMPTY,
    FAMILY,
    LEARN,
    PREDICT,
    SETUP,
    VARIED,
    Trial,
    Variation,
    drawn,
    drawn_use,
    open_rows,
    read_instead,
    touched,
)
from azc.search.engine.flow import live_at
from azc.search.engine.generator import Words, below, exponential, uniform
from azc.search.engine.genome import NONE, WORDS, Genome, Sizes, bit, code_of, out_of, packed, start_of

OLD_CONSTANT: Final = 0.5
"""Probability that a constant that is there varies, where there is one."""
LN2: Final = 0.6931471805599453
LN10: Final = 2.302585092994046


# --- constants that vary --------------------------------------------------------------------------------


@apart
def try_values(genome: Genome, child: int, trial: Trial) -> None:
    """Write the values of one of the children."""
    for index in range(trial.n_constants[0]):
        genome[trial.rows[index] * WORDS + 1] = bits_of(trial.values[VARIED * child + index])


@apart
def _drawn_constant(genome: Genome, sizes: Sizes, among: int, by: Variation, generator: Words) -> int:
    """A random instruction of Setup that sets one of some addresses to a constant, or `EMPTY`."""
    count = 0
    for row in range(sizes[SETUP]):
        word = genome[row * WORDS]
        count += code_of(word) == by.constant and bit(out_of(word)) & among != 0
    if count == 0:
        return EMPTY
    chosen = below(generator, count)
    for row in range(sizes[SETUP]):
        word = genome[row * WORDS]
        if code_of(word) == by.constant and bit(out_of(word)) & among != 0:
            if chosen == 0:
                return row
            chosen -= 1
    return EMPTY


@apart
def _set_constant(genome: Genome, sizes: Sizes, number: int, by: Variation) -> bool:
    """Let Setup end by setting an address to a constant, which varies."""
    end, trial = sizes[SETUP], by.trial
    if not open_rows(genome, sizes, SETUP, end, 1, by.space):
        return False
    genome[end * WORDS] = packed(by.constant, number, NONE, NONE)
    trial.rows[trial.n_constants[0]] = end
    trial.n_constants[0] += 1
    return True


# --- magnitudes -----------------------------------------------------------------------------------------


@apart
def scan(genome: Genome, sizes: Sizes, by: Variation, generator: Words) -> int:
    """A constant of Setup, old or a new factor in Learn, at several magnitudes."""
    by.trial.n_constants[0] = 0
    row = EMPTY
    if uniform(generator) < OLD_CONSTANT:
        row = _drawn_constant(genome, sizes, -1, by, generator)
    if row == EMPTY:
        return _factor(genome, sizes, by, generator)
    value = float_of(genome[row * WORDS + 1])
    if value == 0.0:
        value = 0.01
    by.trial.n_constants[0] = 1
    by.trial.rows[0] = row
    for index, factor in enumerate((0.1, 0.3, 0.6, 1.7, 3.0, 10.0)):
        by.trial.values[VARIED * index] = factor * value
    return FAMILY


@apart
def _factor(genome: Genome, sizes: Sizes, by: Variation, generator: Words) -> int:
    """Let a use in Learn read its value times a new constant."""
    if by.constant < 0:
        return 0
    point, operand, old = drawn_use(genome, sizes, LEARN, 0, generator)
    if old == EMPTY or by.products[by.tables.kinds[old]] < 0:
        return 0
    kind, flow = by.tables.kinds[old], by.flow
    factor = drawn(by.writable[0] & ~touched(by), generator)
    if factor == EMPTY:
        return 0
    taken = live_at(flow, LEARN, point) | bit(factor)
    out = drawn(by.writable[kind] & ~taken, generator)
    if out == EMPTY or not open_rows(genome, sizes, LEARN, point, 1, by.space):
        return 0
    row = start_of(sizes, LEARN) + point
    genome[row * WORDS] = packed(by.products[kind], out, factor, old)
    if not read_instead(genome, row + 1, operand, out, by.space):
        return 0
    if not _set_constant(genome, sizes, factor, by):
        return 0
    for index, value in enumerate((1e-4, 1e-3, 1e-2, 0.1)):
        jitter = exponential(LN2 * (2.0 * uniform(generator) - 1.0), by.space.functions)
        by.trial.values[VARIED * index] = value * jitter
    return 4


# --- factors that fade ----------------------------------------------------------------------------------


@apart
def anneal(genome: Genome, sizes: Sizes, by: Variation, generator: Words) -> int:
    """A factor in Learn fades: each call ends by multiplying it by a constant just below one.

    It is a constant of Setup that Learn reads, or a new factor of a result of Learn that does not outlive it.
    Since what fades does less in all, it is tried up to ten times as large at the beginning.
    """
    product = by.products[0]
    if by.constant < 0 or product < 0:
        return 0
    by.trial.n_constants[0] = 0
    flow, free = by.flow, by.writable[0] & ~touched(by)
    decay = drawn(free, generator)
    if decay == EMPTY:
        return 0
    row, value = EMPTY, 1.0
    if uniform(generator) < OLD_CONSTANT:
        lasting = flow.read[LEARN] & ~flow.written[LEARN] & ~flow.written[PREDICT]
        row = _drawn_constant(genome, sizes, lasting, by, generator)
    if row != EMPTY:
        factor, value = out_of(genome[row * WORDS]), float_of(genome[row * WORDS + 1])
        by.trial.rows[0] = row
        by.trial.n_constants[0] = 1
    else:
        factor = drawn(free & ~bit(decay), generator)
        if factor == EMPTY or not _scaled(genome, sizes, factor, by, generator):
            return 0
        if not _set_constant(genome, sizes, factor, by):
            return 0
    end = sizes[LEARN]
    if not open_rows(genome, sizes, LEARN, end, 1, by.space):
        return 0
    genome[(start_of(sizes, LEARN) + end) * WORDS] = packed(product, factor, factor, decay)
    if not _set_constant(genome, sizes, decay, by):
        return 0
    loss = exponential(-LN10 * (2.0 + 2.0 * uniform(generator)), by.space.functions)
    for index in range(FAMILY):
        start = 1.0 if index < 2 else 3.0 if index < 4 else 10.0
        by.trial.values[VARIED * index] = start * value
        by.trial.values[VARIED * index + 1] = 1.0 - loss * (1.0 + 2.0 * (index % 2))
    return FAMILY


@apart
def _scaled(genome: Genome, sizes: Sizes, factor: int, by: Variation, generator: Words) -> bool:
    """Multiply a random result of Learn that does not outlive it by a factor, in place."""
    lasting, count, chosen = live_at(by.flow, LEARN, sizes[LEARN]), 0, -1
    first = start_of(sizes, LEARN)
    for turn in range(2):
        for point in range(sizes[LEARN]):
            out = out_of(genome[(first + point) * WORDS])
            fits = bit(out) & lasting == 0 and by.products[by.tables.kinds[out]] >= 0
            if turn == 0:
                count += fits
            elif fits:
                if chosen == 0:
                    if not open_rows(genome, sizes, LEARN, point + 1, 1, by.space):
                        return False
                    code = by.products[by.tables.kinds[out]]
                    genome[(first + point + 1) * WORDS] = packed(code, out, factor, out)
                    return True
                chosen -= 1
        if count == 0:
            return False
        if turn == 0:
            chosen = below(generator, count)
    return False
