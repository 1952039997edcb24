"""Tables and scratch memory of connected mutations and of bins; loaded only by searches that use them."""

from collections.abc import Collection, Iterable

import numpy as np
from numpy.typing import NDArray

from azc.backends.llvm import function_addresses
from azc.ir import BY_NAME, FUNCTIONS, KINDS, NO_OP, Address, address, interface_of
from azc.search.coding import signed
from azc.search.engine.bins import Bins
from azc.search.engine.expressions import FAMILY, MAX_NEW, VARIED, Expression, Trial, Variation
from azc.search.engine.flow import flow
from azc.search.engine.generator import FUNCTIONS as ELEMENTARY
from azc.search.initial import first_programs
from azc.search.params import Params, writable
from azc.search.space import code_tables, coding_of, room, slots, space
from azc.search.strategies import SizeBins


def bins(params: Params, n_scores: int) -> Bins:
    """Tables and scratch memory of bins for programs with a fitness on each of `n_scores` tasks."""
    strategy = params.island.strategy
    assert isinstance(strategy, SizeBins)
    count = slots(params) // strategy.bin_size
    return Bins(
        n_bins=count,
        size=strategy.bin_size,
        pool_size=strategy.pool_size,
        shortest_of=strategy.shortest_of,
        n_scores=n_scores,
        first_given=any(
            any(i.op is not NO_OP for i in p.instructions()) for p in first_programs(params.program)
        ),
        by=variation(params),
        slots=np.zeros(slots(params), dtype=np.int64),
        filled=np.zeros(count, dtype=np.int64),
        taken=np.zeros(count, dtype=np.int64),
        n_taken=np.zeros(1, dtype=np.int64),
        pool=np.zeros(strategy.pool_size, dtype=np.int64),
        cases=np.zeros(n_scores, dtype=np.int64),
        distances=np.zeros(strategy.pool_size),
    )


def variation(params: Params) -> Variation:
    """Tables and scratch memory of connected mutations."""
    settings, numbers = params.program, coding_of(params.program)
    interface, writables = interface_of(settings.eval_type), writable(settings.eval_type, settings.addresses)

    def words(sets: Iterable[Iterable[Address]]) -> NDArray[np.int64]:
        return np.array([signed(sum(1 << numbers.number(one) for one in members)) for members in sets])

    def opcode(function: str, meanings: Collection[str], result: str, operands: str) -> int:
        ops = map(BY_NAME.__getitem__, settings.ops[FUNCTIONS.index(function)])
        wanted = (result, operands)
        return next(
            (op.code for op in ops if op.meaning in meanings and (op.result, op.operands) == wanted), -1
        )

    size = room(params)
    return Variation(
        writable=words([address(kind, index) for index in writables[kind]] for kind in KINDS),
        readable=words(
            [address(kind, index) for index in range(count)]
            for kind, count in zip(KINDS, settings.addresses, strict=True)
        ),
        given=words([[], [interface.features], interface.addresses]),
        sums=np.array([opcode("learn", {"add"}, kind, 2 * kind) for kind in KINDS]),
        products=np.array([opcode("learn", {"multiply", "scale"}, kind, f"s{kind}") for kind in KINDS]),
        constant=opcode("setup", {"constant"}, "s", ""),
        addition=opcode("predict", {"add"}, interface.prediction.kind, 2 * interface.prediction.kind),
        prediction=numbers.number(interface.prediction),
        space=space(params, function_addresses(ELEMENTARY)),
        tables=code_tables(numbers, settings.eval_type),
        flow=flow(size),
        expression=Expression(*(np.zeros(n * MAX_NEW, dtype=np.int64) for n in (1, 1, 2, 1))),
        trial=Trial(np.zeros(1, dtype=np.int64), np.zeros(VARIED, dtype=np.int64), np.zeros(FAMILY * VARIED)),
        fitting=np.zeros(size, dtype=np.int64),
    )
