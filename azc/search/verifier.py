"""Verifier of states: what a search's arrays must hold, given its parameters.

The inner loop reads arrays through bare pointers and uses their values as opcodes, addresses and counts. A
state from a file, another process or a user is therefore verified first.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from azc.errors import AzcError
from azc.ir import ELEMENT_SETS, KINDS, MAX_DRAW, MAX_INSTRUCTIONS, OPS, Op, float_bits
from azc.search.coding import Coding
from azc.search.engine.genome import (
    ABSOLUTE,
    MAX_CONSTANTS,
    MAX_NUMBERED,
    NONE,
    OPERANDS,
    WORDS,
    Records,
)
from azc.search.engine.mutation import PATTERNS
from azc.search.engine.scoring import HurdleState
from azc.search.engine.state import (
    LINEAGE,
    NOBODY,
    Offspring,
    State,
    arrays_of,
    children,
    empty_state,
)
from azc.search.names import MUTATIONS
from azc.search.params import Params
from azc.search.space import coding_of, legal_patterns, ops_of, room, slots
from azc.search.strategies import SizeBins

MAX_COUNT: Final = 1 << 62
"""Exclusive bound of all counts, so that the sum of two cannot overflow."""
_NAN: Final = float_bits(float("nan"))
_NUMBER, _INDEX, _DRAW = range(1, 4)
"""Roles of constants; 0 where an operation has no constant."""
Arrays = Mapping[str, NDArray[Any]]
Layout = Mapping[str, tuple[np.dtype[Any], tuple[int, ...]]]


# --- arrays by name -------------------------------------------------------------------------------------


ANY: Final = -1
"""In the shape of a layout, a length that may be any."""


def _layout_of(arrays: Arrays, *, in_numpy: bool = False) -> Layout:
    """The layout of arrays; scores are of any number of tasks, the memory of a NumPy strategy of any size."""
    found = {name: (array.dtype, array.shape) for name, array in arrays.items()}
    dtype, shape = found["scores"]
    found["scores"] = dtype, (shape[0], ANY)
    if in_numpy:
        found["memory"] = arrays["memory"].dtype, (ANY,)
    return found


def layout_faults(arrays: Mapping[str, object], expected: Layout) -> Iterator[str]:
    """Faults of arrays, a sentence each: missing, or of an unexpected dtype or shape."""
    for name, (dtype, shape) in expected.items():
        array = arrays.get(name)
        if type(array) is not np.ndarray:
            yield f"{name} is {type(array).__name__}, expected an array"
        elif array.dtype != dtype or not _fits(array.shape, shape):
            yield f"{name} is {array.dtype} {array.shape}, expected {dtype} {shape}"


def _fits(shape: tuple[int, ...], expected: tuple[int, ...]) -> bool:
    same = zip(shape, expected, strict=False)
    return len(shape) == len(expected) and all(length in (own, ANY) for own, length in same)


# --- programs -------------------------------------------------------------------------------------------


class Tables(NamedTuple):
    """Legal contents of a search's programs, as lookup tables."""

    room: int
    """Number of instructions that a genome has room for."""
    keys: tuple[str, ...]
    """[function]: its key in a configuration."""
    limits: NDArray[np.int64]
    """[function]: maximum size."""
    layout: Layout
    """Dtypes and shapes of a state's arrays, by name."""
    out: NDArray[np.bool_]
    """[number << 8 | opcode]: whether the operation may write to that address; False for other opcodes."""
    operands: tuple[NDArray[np.bool_], ...]
    """The same for each operand."""
    legal: NDArray[np.bool_]
    """[opcode][pattern of literal operands]: whether the operation allows these literals."""
    constants: NDArray[np.int64]
    """[opcode][constant]: its role, or 0."""


@lru_cache(maxsize=16)
def tables_of(params: Params) -> Tables:
    """Lookup tables of a search."""
    numbers, ops, island = coding_of(params.program), ops_of(params.program), params.island
    window = island.hurdle.window if island.hurdle else 0
    empty = empty_state(
        slots(params),
        room(params),
        window,
        np.zeros(4, dtype=np.uint64),
        n_functions=len(params.program.sizes),
    )
    constants = np.zeros((256, MAX_CONSTANTS), dtype=np.int64)
    legal = np.zeros(PATTERNS * 256, dtype=np.bool_)
    legal[: PATTERNS * len(OPS)] = legal_patterns()
    for op in OPS:
        constants[op.code, : len(op.constants)] = _roles(op)
    return Tables(
        room=room(params),
        keys=params.program.signature.keys,
        limits=np.array([high for _, high in params.program.size_limits]),
        layout=_layout_of(arrays_of(empty), in_numpy=island.strategy.in_numpy),
        out=_may_stand(ops, [op.result for op in OPS], numbers, literals=False),
        operands=tuple(
            _may_stand(ops, [op.operands[index : index + 1] for op in OPS], numbers, literals=True)
            for index in range(OPERANDS)
        ),
        legal=legal,
        constants=constants,
    )


def _roles(op: Op) -> list[int]:
    indexed = op in ELEMENT_SETS
    return [_DRAW if n == "draw" else _INDEX if indexed and n != "value" else _NUMBER for n in op.constants]


def _may_stand(ops: frozenset[Op], kinds: list[str], numbers: Coding, *, literals: bool) -> NDArray[np.bool_]:
    """[number << 8 | opcode]: whether the number has the kind of address that the operation needs there."""
    found = np.zeros((256, 256), dtype=np.bool_)
    by_kind = {kind: numbers.numbers_of(kind, literals=literals) for kind in KINDS} | {"": [NONE]}
    for op in ops:
        found[by_kind[kinds[op.code]], op.code] = True
    return found.ravel()


def program_fault(
    genomes: NDArray[np.int64], sizes: NDArray[np.int64], tables: Tables, features: int | None = None
) -> tuple[int, str] | None:
    """First fault among programs, as the program's index and a sentence; None if all are sound.

    genomes: [program][instruction][word], int64; sizes: [program][function], int64. features: exclusive bound
    of element indices; None allows all that an instruction can hold.
    """
    wrong = ((sizes < 0) | (sizes > tables.limits)).any(axis=1)
    totals = sizes.sum(axis=1)
    wrong |= totals > genomes.shape[1]
    if wrong.any():
        which = int(wrong.argmax())
        names = ", ".join(f"{n} {high}" for n, high in zip(tables.keys, tables.limits.tolist(), strict=True))
        return which, f"sizes {sizes[which].tolist()}, expected at most {names}, in all {genomes.shape[1]}"
    used = np.arange(genomes.shape[1]) < totals[:, None]
    rows = np.flatnonzero(used)
    words = np.ascontiguousarray(genomes).reshape(-1, WORDS)
    word = words[rows, 0]
    code = word & 255
    sound = (word >> 40 == 0) & tables.out[word & 0xFFFF]
    literals = np.zeros(len(word), dtype=np.int64)
    for index, table in enumerate(tables.operands):
        number = (word >> (16 + 8 * index)) - (index == OPERANDS - 1) & 255
        sound &= table[number << 8 | code]
        literals |= ((number >= MAX_NUMBERED) & (number != NONE)).astype(np.int64) << index
    sound &= tables.legal[PATTERNS * code + literals]
    having = np.flatnonzero(tables.constants[code, 0])
    sound[having] &= _constants(words[rows[having], 1:], tables.constants[code[having]], features)
    if sound.all():
        return None
    row = int(rows[sound.argmin()])
    which, index = divmod(row, genomes.shape[1])
    return which, f"instruction {index + 1} is {_shown(words[row])}, which is none of the search's"


def _constants(
    values: NDArray[np.int64], roles: NDArray[np.int64], features: int | None
) -> NDArray[np.bool_]:
    """Whether all constants of each instruction fit their roles; values: [instruction][constant]."""
    number = ~np.isnan(np.ascontiguousarray(values).view(np.float64)) | (values == _NAN)
    end = MAX_DRAW if features is None else features
    named = (values & ABSOLUTE == ABSOLUTE) & (values ^ ABSOLUTE < end)
    draw = (values >= 0) & (values < MAX_DRAW)
    sound = np.select(
        [roles == _NUMBER, roles == _INDEX, roles == _DRAW], [number, number | named, draw], True
    )
    found: NDArray[np.bool_] = sound.all(axis=1)
    return found


def _shown(words: NDArray[np.int64]) -> str:
    """An instruction as errors show it."""
    first, *constants = words.tolist()
    code = first & 255
    name = OPS[code].name if code < len(OPS) else f"opcode {code}"
    numbers = [first >> shift & 255 for shift in (8, 16, 24)] + [(first >> 32) - 1 & 255]
    return f"{name} of the numbers {numbers} with the constants {constants}"


# --- states ---------------------------------------------------------------------------------------------


def faults(state: object, params: Params, features: int | None = None) -> Iterator[str]:
    """Faults of a state for a search with some parameters, a sentence each.

    features: fewest features of any task, if the tasks are known. Contents are examined only if all dtypes
    and shapes are right.
    """
    if not isinstance(state, State) or not isinstance(state.hurdle, HurdleState):
        yield f"is {type(state).__name__}, expected a State"
        return
    tables = tables_of(params)
    wrong = list(layout_faults(arrays_of(state), tables.layout))
    yield from wrong
    if wrong:
        return
    yield from _count_faults(state, params)
    yield from _score_faults(state)
    yield from _program_faults(state, tables, features)
    yield from _bin_faults(state, params)


def light_faults(state: object, params: Params) -> Iterator[str]:
    """Faults of a state, its programs and fitnesses left out; takes some microseconds."""
    if not isinstance(state, State) or not isinstance(state.hurdle, HurdleState):
        yield f"is {type(state).__name__}, expected a State"
        return
    wrong = list(layout_faults(arrays_of(state), tables_of(params).layout))
    yield from wrong or _count_faults(state, params)


def checked(state: State, params: Params, features: int | None = None) -> State:
    """The state itself; AzcError with all its faults if it does not fit the parameters."""
    if found := list(faults(state, params, features)):
        raise AzcError(
            f"the state does not fit the parameters: {'; '.join(found)}; expected one that start, Search or "
            "Evolution made with the same parameters"
        )
    return state


def _count_faults(state: State, params: Params) -> Iterator[str]:
    counts = {name: (state.progress[name][0], MAX_COUNT) for name in ("evals", "entered", "alive", "origin")}
    counts["alive"] = (state.progress["alive"][0], len(state.fitnesses) + 1)
    counts["hurdle/filled"] = (state.hurdle.threshold["filled"][0], len(state.hurdle.recent))
    for name, (value, end) in counts.items():
        if not 0 <= value < end:
            yield f"{name} is {value}, expected from 0 to {end - 1}"
    most = min(state.entered, len(state.fitnesses))
    if state.alive > most or (state.alive < most and not params.island.strategy.bins):
        yield f"alive is {state.alive} of {state.entered} that entered, expected {most}"
    if not ((state.paid[:, 1] >= 0) & (state.paid[:, 1] <= state.paid[:, 0])).all():
        yield "paid has children that are better than their parents, and fewer children"
    if not state.generator.any():
        yield "generator is all zeros, from which no random numbers come"


def _bin_faults(state: State, params: Params) -> Iterator[str]:
    """Faults of the lengths by which the programs of a population in bins are listed."""
    strategy = params.island.strategy
    if isinstance(strategy, SizeBins):
        size = strategy.bin_size
        n_bins = len(state.fitnesses) // size
        lengths = state.lineage["length"][: max(0, state.alive)]
        wrong = (lengths < 0) | (lengths >= n_bins)
        if wrong.any():
            yield f"a program of {lengths[wrong][0]} live instructions, expected fewer than {n_bins}"
        elif (counts := np.bincount(lengths, minlength=1)).max() > size:
            yield f"{counts.max()} programs of {counts.argmax()} live instructions, expected at most {size}"


def _score_faults(state: State) -> Iterator[str]:
    living = max(0, state.alive)
    scores: dict[str, Any] = {
        "fitnesses": state.fitnesses[:living],
        "scores": state.scores[:living],
        "early": state.early[:living],
        "best_fitness": state.best_fitness,
        "record": state.record,
        "hurdle/recent": state.hurdle.recent,
        "hurdle/height": state.hurdle.threshold["height"],
    }
    for name, values in scores.items():
        if np.isnan(values).any():
            yield f"{name} is nan, expected numbers"
    if state.best_fitness > state.record:
        yield f"best_fitness is {state.best_fitness}, which is more than the record {state.record}"
    full = state.lineage["full_fitness"][:living] != 0
    if (state.fitnesses[:living][full] > state.best_fitness).any():
        yield f"best_fitness is {state.best_fitness}, but a program alive is better"


def _program_faults(state: State, tables: Tables, features: int | None) -> Iterator[str]:
    living = max(0, state.alive)
    groups = [("slot {}", state.genomes[:living], state.sizes[:living], state.lineage[:living])]
    if state.best_fitness > -np.inf:
        best = (state.best_genome[None], state.best_sizes[None], state.best_lineage)
        groups.append(("the best program", *best))
    for name, genomes, sizes, lineage in groups:
        for found in (program_fault(genomes, sizes, tables, features), _lineage_fault(lineage, tables.room)):
            if found:
                yield f"{name.format(found[0])}: {found[1]}"


_BOUNDS: Final = (
    # field of `LINEAGE`, least value
    ("id", 0),
    ("parent", NOBODY),
    ("ancestor", NOBODY),
    ("generations", 0),
    ("mutations", 0),
    ("length", 0),
)


def _lineage_fault(lineage: Records, room: int) -> tuple[int, str] | None:
    """The first program whose lineage cannot be, and why."""
    ends = {"mutations": 1 << len(MUTATIONS), "length": room + 1}
    for name, low in _BOUNDS:
        end, values = ends.get(name, MAX_COUNT), lineage[name]
        wrong = (values < low) | (values >= end)
        if wrong.any():
            which = int(wrong.argmax())
            return which, f"its {name} is {values[which]}, expected from {low} to {end - 1}"
    return None


# --- programs between two states -----------------------------------------------------------------------


def children_faults(made: object, params: Params, features: int | None = None) -> Iterator[str]:
    """Faults of children or migrants, a sentence each; they may exceed this search's size limits."""
    if not isinstance(made, Offspring):
        yield f"are {type(made).__name__}, expected Offspring"
        return
    count, size = (*np.shape(made.genomes), 0, 0)[:2]
    wrong = list(
        layout_faults(
            made._asdict(), _layout_of(children(count, size, n_functions=len(params.program.sizes))._asdict())
        )
    )
    yield from wrong
    if wrong or not count:
        return
    for name in ("fitnesses", "scores", "early"):
        if np.isnan(getattr(made, name)).any():
            yield f"{name} is nan, expected numbers"
    tables = tables_of(params)
    anywhere = tables._replace(limits=np.full(len(params.program.sizes), min(size, MAX_INSTRUCTIONS)))
    if found := program_fault(made.genomes, made.sizes, anywhere, features):
        yield f"program {found[0]}: {found[1]}"
    if wrong_one := _lineage_fault(made.lineage, max(size, tables.room)):
        yield f"program {wrong_one[0]}: {wrong_one[1]}"


def check_children(made: Offspring, params: Params, features: int | None = None) -> Offspring:
    """The children themselves; AzcError with their faults if they do not fit the parameters."""
    if found := list(children_faults(made, params, features)):
        raise AzcError(f"the programs do not fit the parameters: {'; '.join(found)}")
    return made


def best_faults(genome: object, sizes: object, lineage: object, params: Params) -> Iterator[str]:
    """Faults of a program that an island found, a sentence each."""
    tables = tables_of(params)
    arrays = {"genome": genome, "sizes": sizes, "lineage": lineage}
    integers = np.dtype(np.int64)
    expected = {
        "genome": (integers, (tables.room, WORDS)),
        "sizes": (integers, (len(params.program.sizes),)),
        "lineage": (LINEAGE, (1,)),
    }
    wrong = list(layout_faults(arrays, expected))
    yield from wrong
    if not wrong:
        one: Any = arrays
        if found := program_fault(one["genome"][None], one["sizes"][None], tables):
            yield found[1]
        if fault := _lineage_fault(one["lineage"], tables.room):
            yield fault[1]
