"""Tables and scratch memory of connected mutations and of bins; loaded only by searches that use them."""

from collections.abc import Collection, Iterable

import numpy as np
from numpy.typing import NDArray

from azc.backends.llvm import function_addresses
from azc.ir import BY_NAME, KINDS, NO_OP, Address, Declaration, Signature, address
from azc.search.coding import signed
from azc.search.engine.bins import Bins
from azc.search.engine.expressions import FAMILY, MAX_NEW, VARIED, Expression, Trial, Variation
from azc.search.engine.flow import flow
from azc.search.engine.generator import FUNCTIONS as ELEMENTARY
from azc.search.engine.genome import OPERANDS
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
    signature, writables = settings.signature, writable(settings.signature, settings.addresses)
    functions = range(len(signature.functions))

    def words(sets: Iterable[Iterable[Address]]) -> NDArray[np.int64]:
        return np.array([signed(sum(1 << numbers.number(one) for one in members)) for members in sets])

    def opcode(function: int, meanings: Collection[str], result: str, operands: str) -> int:
        ops = map(BY_NAME.__getitem__, settings.ops[function])
        wanted = (result, operands)
        return next(
            (op.code for op in ops if op.meaning in meanings and (op.result, op.operands) == wanted), -1
        )

    size = room(params)
    outputs = words(one.read - signature.written for one in signature.functions)
    readers = [number for number in functions if outputs[number]]
    learners = [n for n in functions[1:] if not outputs[n] and _lasts(signature, n, readers)]
    return Variation(
        writable=words([address(kind, index) for index in writables[kind]] for kind in KINDS),
        readable=words(
            [address(kind, index) for index in range(count)]
            for kind, count in zip(KINDS, settings.addresses, strict=True)
        ),
        given=words(_given(signature, one) for one in signature.functions),
        readers=np.array(readers),
        n_readers=len(readers),
        learners=np.array(learners or readers),
        n_learners=len(learners or readers),
        # Where no function only changes memory, what carries it on must count as read, too.
        ends=outputs if learners else np.zeros_like(outputs),
        outputs=int(np.bitwise_or.reduce(outputs)),
        sums=np.array([[opcode(n, {"add"}, kind, 2 * kind) for kind in KINDS] for n in functions]).ravel(),
        products=np.array(
            [[opcode(n, {"multiply", "scale"}, kind, f"s{kind}") for kind in KINDS] for n in functions]
        ).ravel(),
        constant=opcode(0, {"constant"}, "s", ""),
        space=space(params, function_addresses(ELEMENTARY)),
        tables=code_tables(numbers, settings.signature),
        flow=flow(size, len(functions)),
        expression=Expression(*(np.zeros(n * MAX_NEW, dtype=np.int64) for n in (1, 1, OPERANDS, 1))),
        trial=Trial(np.zeros(1, dtype=np.int64), np.zeros(VARIED, dtype=np.int64), np.zeros(FAMILY * VARIED)),
        fitting=np.zeros(size, dtype=np.int64),
    )


def _lasts(signature: Signature, function: int, readers: list[int]) -> bool:
    """Whether a function may run again and again, and a reader after it: then what it changes matters."""
    after, names = set[str](), signature.names
    waiting = {names[function]}
    while waiting:
        one = waiting.pop()
        new = {second for first, second in signature.follows if first == one} - after
        after |= new
        waiting |= new
    return names[function] in after and any(names[reader] in after for reader in readers)


def _given(signature: Signature, function: Declaration) -> set[Address]:
    """Addresses that hold something from outside before a function begins, so that it is worth reading them.

    They are its inputs; and in the step of another call, that one's inputs and outputs.
    """
    found = {where for _, where in function.inputs}
    if not function.opens_step:
        before = (signature[name] for name, after in signature.follows if after == function.name)
        found = found.union(*({*one.read, *(where for _, where in one.inputs)} for one in before))
    return found - {*function.clears}
