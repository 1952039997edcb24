"""Connected mutations that make several children, which differ in constants of Setup alone.

Each knows one thing about learning: `scan`, that a factor is worth trying at several magnitudes; `anneal`,
that a factor may begin large and decay.

Each gets a program of live code alone, analysed, changes it in place, and leaves in `Trial` which constants
vary and the values to try. It returns the number of children, 0 if it could not; then the program is spoilt.
"""

from typing import Final

from azc.search.engine.compiled import apart, bits_of, float_of
from azc.search.engine.expressions import (
    EMPTY,
    SETUP,
    VARIED,
    Trial,
    Variation,
    drawn,
    drawn_use,
    one_of,
    open_rows,
    read_instead,
    touched,
)
from azc.search.engine.flow import live_at
from azc.search.engine.generator import Words, below, exponential, uniform
from azc.search.engine.genome import (
    NONE,
    WORDS,
    Genome,
    Sizes,
    bit,
    code_of,
    operand_of,
    out_of,
    packed,
    start_of,
)

OLD_CONSTANT: Final = 0.5
"""Probability that a constant that is there varies, where there is one."""
MAGNITUDES: Final = (0.1, 0.3, 0.6, 1.7, 3.0, 10.0)
"""Factors that `scan` tries for a constant that is there."""
NEW_FACTORS: Final = (1e-4, 1e-3, 1e-2, 0.1)
"""Factors that `scan` tries where there was none, each times 0.5 to 2."""
BEGINNINGS: Final = (1.0, 3.0, 10.0)
"""Factors that `anneal` tries for the beginning of what decays."""
LEAST_DECREMENT: Final = 1e-4
"""By how much a factor that decays is below one at least; at most a hundred times as much."""
DECREMENTS: Final = (1.0, 3.0)
"""Multiples of the decrement that `anneal` tries."""
IN_PLACE_OF_ZERO: Final = 0.01
"""What a constant of zero counts as, since no multiple of it is another."""
LN2: Final = 0.6931471805599453
LN100: Final = 4.605170185988092


# --- constants that vary --------------------------------------------------------------------------------


@apart
def write_values(genome: Genome, child: int, trial: Trial) -> None:
    """Write the values of one of the children."""
    for index in range(trial.n_constants[0]):
        genome[trial.rows[index] * WORDS + 1] = bits_of(trial.values[VARIED * child + index])


@apart
def _drawn_constant(genome: Genome, sizes: Sizes, among: int, by: Variation, generator: Words) -> int:
    """A random instruction of Setup that sets one of some addresses to a constant, or `EMPTY`."""
    count = 0
    for row in range(sizes[SETUP]):
        word = genome[row * WORDS]
        if code_of(word) == by.constant and bit(out_of(word)) & among != 0:
            by.fitting[count] = row
            count += 1
    return int(by.fitting[below(generator, count)]) if count else EMPTY


@apart
def _value(genome: Genome, row: int) -> float:
    value = float_of(genome[row * WORDS + 1])
    return value if value != 0.0 else IN_PLACE_OF_ZERO


@apart
def _set_constant(genome: Genome, sizes: Sizes, number: int, by: Variation) -> bool:
    """Let Setup end by setting an address to a constant, which varies."""
    end = sizes[SETUP]
    if not open_rows(genome, sizes, SETUP, end, 1, by.space):
        return False
    genome[end * WORDS] = packed(by.constant, number, NONE, NONE)
    _vary(end, by.trial)
    return True


@apart
def _vary(row: int, trial: Trial) -> None:
    """Let the constant of an instruction vary, too."""
    trial.rows[trial.n_constants[0]] = row
    trial.n_constants[0] += 1


# --- magnitudes -----------------------------------------------------------------------------------------


@apart
def scan(genome: Genome, sizes: Sizes, by: Variation, generator: Words) -> int:
    """A constant of Setup, an old one or a new factor in a learner, at several magnitudes."""
    by.trial.n_constants[0] = 0
    row = EMPTY
    if uniform(generator) < OLD_CONSTANT:
        row = _drawn_constant(genome, sizes, -1, by, generator)
    if row == EMPTY:
        return _factor(genome, sizes, by, generator)
    _vary(row, by.trial)
    for index, magnitude in enumerate(MAGNITUDES):
        by.trial.values[VARIED * index] = magnitude * _value(genome, row)
    return len(MAGNITUDES)


@apart
def _factor(genome: Genome, sizes: Sizes, by: Variation, generator: Words) -> int:
    """Let a use in a learner read its value times a new constant."""
    if by.constant < 0:
        return 0
    learner = one_of(by.learners, by.n_learners, generator)
    point, operand, old = drawn_use(genome, sizes, learner, 0, generator)
    if old == EMPTY or by.products[3 * learner + by.tables.kinds[old]] < 0:
        return 0
    kind, flow = by.tables.kinds[old], by.flow
    factor = drawn(by.writable[0] & ~touched(by), generator)
    if factor == EMPTY:
        return 0
    taken = live_at(flow, learner, point) | bit(factor)
    out = drawn(by.writable[kind] & ~taken, generator)
    if out == EMPTY or not open_rows(genome, sizes, learner, point, 1, by.space):
        return 0
    row = start_of(sizes, learner) + point
    genome[row * WORDS] = packed(by.products[3 * learner + kind], out, factor, old)
    if not read_instead(genome, row + 1, operand, out, by.space):
        return 0
    if not _set_constant(genome, sizes, factor, by):
        return 0
    for index, value in enumerate(NEW_FACTORS):
        jitter = exponential(LN2 * (2.0 * uniform(generator) - 1.0), by.space.functions)
        by.trial.values[VARIED * index] = value * jitter
    return len(NEW_FACTORS)


# --- factors that decay ---------------------------------------------------------------------------------


@apart
def anneal(genome: Genome, sizes: Sizes, by: Variation, generator: Words) -> int:
    """A factor in a learner decays: each call ends by multiplying it by a constant just below one.

    It is a constant of Setup that only the learner reads, or a new factor of one of its temporaries. Since
    what decays does less in all, it is tried up to ten times as large at the beginning.
    """
    learner = one_of(by.learners, by.n_learners, generator)
    product = by.products[3 * learner]
    if by.constant < 0 or product < 0:
        return 0
    by.trial.n_constants[0] = 0
    free, row, value = by.writable[0] & ~touched(by), EMPTY, 1.0
    decay = drawn(free, generator)
    if decay == EMPTY:
        return 0
    if uniform(generator) < OLD_CONSTANT:
        row = _drawn_constant(genome, sizes, _rates(genome, sizes, learner, by), by, generator)
    if row != EMPTY:
        factor, value = out_of(genome[row * WORDS]), _value(genome, row)
        _vary(row, by.trial)
    else:
        factor = drawn(free & ~bit(decay), generator)
        if factor == EMPTY or not _scaled(genome, sizes, learner, factor, by, generator):
            return 0
        if not _set_constant(genome, sizes, factor, by):
            return 0
    end = sizes[learner]
    if not open_rows(genome, sizes, learner, end, 1, by.space):
        return 0
    genome[(start_of(sizes, learner) + end) * WORDS] = packed(product, factor, factor, decay)
    if not _set_constant(genome, sizes, decay, by):
        return 0
    decrement = LEAST_DECREMENT * exponential(LN100 * uniform(generator), by.space.functions)
    count = 0
    for beginning in BEGINNINGS:
        for multiple in DECREMENTS:
            by.trial.values[VARIED * count] = beginning * value
            by.trial.values[VARIED * count + 1] = 1.0 - multiple * decrement
            count += 1
    return count


@apart
def _rates(genome: Genome, sizes: Sizes, learner: int, by: Variation) -> int:
    """Scalars that Setup writes once and only a learner reads, but for those by which others decay."""
    once = twice = decays = 0
    for row in range(sizes[SETUP]):
        out = bit(out_of(genome[row * WORDS]))
        twice |= once & out
        once |= out
    flow, first = by.flow, start_of(sizes, learner)
    lasting = live_at(flow, learner, 0) & live_at(flow, learner, sizes[learner])
    for row in range(first, first + sizes[learner]):
        word = genome[row * WORDS]
        if code_of(word) == by.products[3 * learner] and operand_of(word, 0) == out_of(word):
            decays |= bit(operand_of(word, 1)) & -(bit(out_of(word)) & lasting != 0)
    used = flow.written[learner]
    for function in range(by.space.n_functions):
        if function != learner:
            used |= flow.read[function] | (flow.written[function] if function != SETUP else 0)
    return int(once & ~twice & ~decays & flow.read[learner] & ~used & by.writable[0])


@apart
def _scaled(genome: Genome, sizes: Sizes, learner: int, factor: int, by: Variation, generator: Words) -> bool:
    """Multiply a random temporary of a learner by a factor, in place."""
    lasting, first, count = live_at(by.flow, learner, sizes[learner]), start_of(sizes, learner), 0
    for point in range(sizes[learner]):
        out = out_of(genome[(first + point) * WORDS])
        if bit(out) & lasting == 0 and by.products[3 * learner + by.tables.kinds[out]] >= 0:
            by.fitting[count] = point
            count += 1
    if count == 0:
        return False
    point = by.fitting[below(generator, count)]
    if not open_rows(genome, sizes, learner, point + 1, 1, by.space):
        return False
    row = first + point
    out = out_of(genome[row * WORDS])
    genome[(row + 1) * WORDS] = packed(by.products[3 * learner + by.tables.kinds[out]], out, factor, out)
    return True
