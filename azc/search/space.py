"""Tables for the inner loop: what mutation may write, and what liveness must know."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Final

import numpy as np
from numpy.typing import NDArray

from azc.ir import (
    BY_NAME,
    ELEMENT_SETS,
    KINDS,
    NO_OP,
    OPS,
    Address,
    Instruction,
    Literal,
    Op,
    address,
    instruction_faults,
    interface_of,
)
from azc.search.coding import Coding, coding, signed
from azc.search.engine.canonical import CodeTables
from azc.search.engine.genome import MAX_NUMBERED, NONE, WORDS
from azc.search.engine.mutation import NUMBER, PLACE, SPREAD, VALUE, Space
from azc.search.initial import first_programs
from azc.search.names import INSERTING, MUTATIONS
from azc.search.params import Params, writable

RULES: Final = {
    # meaning, constant
    ("constant", "value"): VALUE,
    ("element", "index"): PLACE,
    ("element", "row"): PLACE,
    ("element", "column"): PLACE,
    ("element", "value"): NUMBER,
    ("uniform", "low"): NUMBER,
    ("uniform", "high"): NUMBER,
    ("gaussian", "mean"): NUMBER,
    ("gaussian", "sd"): SPREAD,
}
_NO_KIND: Final = len(KINDS)


def _flat(rows: Sequence[Sequence[int]], width: int, fill: int = 0) -> NDArray[np.int64]:
    """Rows of unequal length one after the other, each padded to a width."""
    return np.array([value for row in rows for value in (*row, *[fill] * (width - len(row)))], dtype=np.int64)


def _kinds(op: Op) -> list[int]:
    kinds = [op.result, *op.operands, "", ""][:3]
    return [KINDS.index(kind) if kind else _NO_KIND for kind in kinds]


def _rules(op: Op) -> list[int]:
    return [RULES[op.meaning, name] for name in op.constants if name != "draw"]


def _legal(op: Op, pattern: int) -> bool:
    """Whether an operation allows literals exactly as operands whose bit is set in a pattern."""
    if not op.operands or pattern >> len(op.operands):
        return pattern == 0
    operands = tuple(
        Literal(0.5) if pattern >> index & 1 else address(kind, 5) for index, kind in enumerate(op.operands)
    )
    return not any(instruction_faults(Instruction(op, address(op.result, 5), operands)))


@lru_cache(maxsize=1)
def legal_patterns() -> NDArray[np.int64]:
    """[opcode][bits of literal operands]: 1 if such an instruction is legal."""
    return _flat([[int(_legal(op, pattern)) for pattern in range(4)] for op in OPS], WORDS)


@lru_cache(maxsize=1)
def _by_op() -> dict[str, NDArray[np.int64]]:
    """Columns of the table of operations that mutation reads."""
    return {
        "kinds": _flat([_kinds(op) for op in OPS], WORDS),
        "n_constants": np.array([len(_rules(op)) for op in OPS]),
        "rules": _flat([_rules(op) for op in OPS], WORDS),
        "sorted": np.array([int(op.meaning == "uniform") for op in OPS]),
        "random": np.array([int(op.random) for op in OPS]),
        "legal": legal_patterns(),
    }


def space(params: Params, functions: NDArray[np.int64]) -> Space:
    """Tables of what mutation may write; `functions`: memory addresses of `generator.FUNCTIONS`."""
    numbers = coding_of(params)
    writables = writable(params.eval_type, params.addresses)
    starts = numbers.starts
    written = [[start + i for i in writables[kind]] for kind, start in zip(KINDS, starts, strict=True)]
    ops = [[BY_NAME[name].code for name in names] for names in params.ops]
    active = [number for number, names in enumerate(ops) if names]
    most_ops = max(map(len, ops))
    return Space(
        ops=_flat(ops, most_ops),
        n_ops=np.array([len(names) for names in ops]),
        most_ops=most_ops,
        active=np.array(active),
        n_active=len(active),
        limits=np.array(params.size_limits).ravel(),
        readable=np.array(list(zip(starts, params.addresses, strict=True))).ravel(),
        writable=_flat(written, MAX_NUMBERED, NONE),
        n_writable=np.array([len(row) for row in written]),
        **_by_op(),
        mutate_prob=params.mutate_prob,
        mutations=np.array([MUTATIONS.index(name) for name, _ in params.mutations]),
        n_mutations=len(params.mutations),
        cumulative=np.array(list(accumulate(weight for _, weight in params.mutations)), dtype=np.float64),
        functions=functions,
    )


def rules(coding: Coding, eval_type: str) -> CodeTables:
    """Tables for liveness and canonical form."""
    interface = interface_of(eval_type)
    kinds = np.full(256, _NO_KIND, dtype=np.int64)
    for kind, (start, count) in enumerate(zip(coding.starts, coding.counts, strict=True)):
        kinds[start : start + count] = kind

    def bits(*addresses: Address) -> int:
        return signed(sum(1 << coding.number(address) for address in addresses))

    return CodeTables(
        constants=np.array([len(op.constants) for op in OPS]),
        keeps=np.array([int(op in ELEMENT_SETS) for op in OPS]),
        commutative=np.array([int(op.commutative) for op in OPS]),
        kinds=kinds,
        starts=np.array([*coding.starts, sum(coding.counts)]),
        overwritten=bits(*interface.overwritten),
        prediction=bits(interface.prediction),
        interface=bits(*interface.addresses),
    )


def room(params: Params) -> int:
    """Instructions that a genome has room for.

    One more than the size limits allow, since a trade inserts before it removes. Without inserting mutations
    it is the size of the longest first program.
    """
    if not INSERTING & dict(params.mutations).keys():
        first = first_programs(params)
        return max((sum(map(len, program.functions)) for program in first), default=sum(params.sizes))
    return sum(high for _, high in params.size_limits) + 1


@lru_cache(maxsize=16)
def coding_of(params: Params) -> Coding:
    """Numbers of addresses and literals in a search."""
    return coding(params.addresses, first_programs(params))


@lru_cache(maxsize=16)
def ops_of(params: Params) -> frozenset[Op]:
    """Operations that programs of a search may contain: those drawn, and those of the first programs."""
    drawn = {BY_NAME[name] for names in params.ops for name in names}
    first = (instruction for program in first_programs(params) for instruction in program.instructions())
    return frozenset(drawn | {NO_OP} | {instruction.op for instruction in first})
