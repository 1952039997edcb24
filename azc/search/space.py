"""Tables for the inner loop: what mutation may write, and what liveness must know."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Final

import numpy as np
from numpy.typing import NDArray

from azc.backends.llvm import function_addresses
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
    Signature,
    address,
    instruction_faults,
)
from azc.search.coding import Coding, coding, signed
from azc.search.engine.breeding import Breeding
from azc.search.engine.canonical import CodeTables, live
from azc.search.engine.generator import FUNCTIONS as ELEMENTARY
from azc.search.engine.genome import MAX_CONSTANTS, MAX_NUMBERED, NONE, NOTHING, WORDS
from azc.search.engine.mutation import (
    ADDRESSES,
    INDEX,
    NO_KIND,
    NUMBER,
    PATTERNS,
    SPREAD,
    VALUE,
    Space,
)
from azc.search.initial import first_programs
from azc.search.names import INSERTING, MUTATIONS
from azc.search.params import Params, ProgramSettings, writable
from azc.search.strategies import SizeBins

ROLES: Final = {
    # meaning, constant
    ("constant", "value"): VALUE,
    ("element", "index"): INDEX,
    ("element", "row"): INDEX,
    ("element", "column"): INDEX,
    ("element", "value"): NUMBER,
    ("uniform", "low"): NUMBER,
    ("uniform", "high"): NUMBER,
    ("gaussian", "mean"): NUMBER,
    ("gaussian", "sd"): SPREAD,
}


def _flat(rows: Sequence[Sequence[int]], width: int, fill: int = 0) -> NDArray[np.int64]:
    """Rows of unequal length one after the other, each padded to a width."""
    table = np.full((len(rows), width), fill, dtype=np.int64)
    for row, values in zip(table, rows, strict=True):
        row[: len(values)] = values
    return table.ravel()


def _kinds(op: Op) -> list[int]:
    kinds = [op.result, *op.operands, *[""] * ADDRESSES][:ADDRESSES]
    return [KINDS.index(kind) if kind else NO_KIND for kind in kinds]


def _roles(op: Op) -> list[int]:
    return [ROLES[op.meaning, name] for name in op.constants if name != "draw"]


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
    """[opcode][pattern of literal operands]: 1 if such an instruction is legal."""
    return _flat([[int(_legal(op, pattern)) for pattern in range(PATTERNS)] for op in OPS], PATTERNS)


@lru_cache(maxsize=1)
def _by_op() -> dict[str, NDArray[np.int64]]:
    """Columns of the table of operations that mutation reads."""
    return {
        "kinds": _flat([_kinds(op) for op in OPS], ADDRESSES),
        "n_constants": np.array([len(_roles(op)) for op in OPS]),
        "roles": _flat([_roles(op) for op in OPS], MAX_CONSTANTS),
        "sorted": np.array([int(op.meaning == "uniform") for op in OPS]),
        "random": np.array([int(op.random) for op in OPS]),
        "legal": legal_patterns(),
    }


def space(params: Params, functions: NDArray[np.int64]) -> Space:
    """Tables of what mutation may write; `functions`: memory addresses of `generator.FUNCTIONS`."""
    settings, island = params.program, params.island
    numbers = coding_of(settings)
    writables = writable(settings.signature, settings.addresses)
    starts = numbers.starts
    written = [[start + i for i in writables[kind]] for kind, start in zip(KINDS, starts, strict=True)]
    ops = [[BY_NAME[name].code for name in names] for names in settings.ops]
    active = [number for number, names in enumerate(ops) if names]
    most_ops = max(map(len, ops))
    return Space(
        n_functions=len(ops),
        ops=_flat(ops, most_ops),
        n_ops=np.array([len(names) for names in ops]),
        most_ops=most_ops,
        active=np.array(active),
        n_active=len(active),
        limits=np.array(settings.size_limits).ravel(),
        readable=np.array(list(zip(starts, settings.addresses, strict=True))).ravel(),
        writable=_flat(written, MAX_NUMBERED, NONE),
        n_writable=np.array([len(row) for row in written]),
        **_by_op(),
        mutate_prob=island.mutate_prob,
        mutations=np.array([MUTATIONS.index(name) for name, _ in island.mutations]),
        n_mutations=len(island.mutations),
        cumulative=np.array(list(accumulate(weight for _, weight in island.mutations)), dtype=np.float64),
        functions=functions,
    )


def code_tables(coding: Coding, signature: Signature) -> CodeTables:
    """Tables for liveness and canonical form."""
    kinds = np.full(256, NO_KIND, dtype=np.int64)
    for kind, (start, count) in enumerate(zip(coding.starts, coding.counts, strict=True)):
        kinds[start : start + count] = kind

    def bits(*addresses: Address) -> int:
        return signed(sum(1 << coding.number(address) for address in addresses))

    return CodeTables(
        n_functions=len(signature.functions),
        constants=np.array([len(op.constants) for op in OPS]),
        keeps=np.array([int(op in ELEMENT_SETS) for op in OPS]),
        commutative=np.array([int(op.commutative) for op in OPS]),
        kinds=kinds,
        starts=np.array([*coding.starts, sum(coding.counts)]),
        overwritten=bits(*signature.written),
        outputs=np.array([bits(*one.read) for one in signature.functions]),
        kept=np.array(
            [
                ~bits(*after.written) if (before.name, after.name) in signature.follows else 0
                for before in signature.functions
                for after in signature.functions
            ]
        ),
        interface=bits(*signature.addresses),
    )


def breeding(params: Params) -> Breeding:
    """Tables and scratch memory for making children; threads cannot share them."""
    settings, coding, size = params.program, coding_of(params.program), room(params)
    programs = first_programs(settings)
    if programs:
        genomes, sizes = map(np.stack, zip(*(coding.pack(p, size) for p in programs), strict=True))
    else:
        genomes = np.zeros((1, size, WORDS), dtype=np.int64)
        genomes[..., 0] = NOTHING
        sizes = np.array([[n if ops else 0 for n, ops in zip(settings.sizes, settings.ops, strict=True)]])
    strategy = params.island.strategy
    return Breeding(
        n_functions=len(settings.sizes),
        population_size=len(genomes) if strategy.bins and programs else strategy.population_size,
        room=size,
        space=space(params, function_addresses(ELEMENTARY)),
        tables=code_tables(coding, settings.signature),
        tournament_size=strategy.tournament_size if strategy.selects else 0,
        change_live_code=strategy.changes_live_code,
        random=not programs or not strategy.selects,
        first_count=len(genomes),
        first_genomes=genomes,
        first_sizes=sizes,
        live=live(size, len(settings.sizes)),
    )


def slots(params: Params) -> int:
    """Number of programs that a population has room for."""
    strategy = params.island.strategy
    if isinstance(strategy, SizeBins):
        return (1 + sum(high for _, high in params.program.size_limits)) * strategy.bin_size
    return strategy.population_size


def room(params: Params) -> int:
    """Instructions that a genome has room for.

    One more than the size limits allow, since a trade inserts before it removes. Without inserting mutations
    it is the size of the longest first program.
    """
    if not INSERTING & dict(params.island.mutations).keys():
        first = first_programs(params.program)
        return max((sum(map(len, program.functions)) for program in first), default=sum(params.program.sizes))
    return sum(high for _, high in params.program.size_limits) + 1


@lru_cache(maxsize=16)
def coding_of(settings: ProgramSettings) -> Coding:
    """Numbers of addresses and literals in a search."""
    return coding(settings.addresses, first_programs(settings), settings.signature.names)


@lru_cache(maxsize=16)
def ops_of(settings: ProgramSettings) -> frozenset[Op]:
    """Operations that programs of a search may contain: those drawn, and those of the first programs."""
    drawn = {BY_NAME[name] for names in settings.ops for name in names}
    first = (instruction for program in first_programs(settings) for instruction in program.instructions())
    return frozenset(drawn | {NO_OP} | {instruction.op for instruction in first})
