"""Helpers for tests of the search: parameters, children, scores, histories, and measurements."""

import json
import lzma
import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import attrs
import numpy as np

from azc.backends.llvm import function_addresses
from azc.evaluation import Evaluator
from azc.ir import OPS, Address, Instruction, Program, address
from azc.search import Evolution, Params, Search, State, parameters, start
from azc.search.engine import loop
from azc.search.engine.caches import Cache, entered, find
from azc.search.engine.canonical import Live
from azc.search.engine.compiled import at, entry, pointers
from azc.search.engine.generator import FUNCTIONS as ELEMENTARY
from azc.search.engine.generator import below, factor, next_word, uniform
from azc.search.engine.state import children as room_for
from azc.search.space import coding_of, room
from azc.tasks import Task

HURDLE = {"train": 4, "quantile": 0.3, "window": 25}
WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "offspring": {"n_offspring": 7},
    "functional": {"functional_cache": True},
    "hurdle": {"hurdle": HURDLE},
    "budget": {"train_budget": {"baseline": "linear", "factor": 1.5}},
    "live": {"strategy": "live_evolution"},
}
"""Searches that take different paths through the inner loop."""
TASKS_TABLE = """
[tasks.search]
kind = "linear"
features = 4
train = 10
valid = 10
tasks = 2
"""
"""Tasks table of a small configuration."""
EXAMPLES = Path(__file__).parents[2] / "examples"
EXAMPLE_NAMES = sorted(
    str(path.relative_to(EXAMPLES).with_suffix(""))
    for path in EXAMPLES.rglob("*.toml")
    if "cifar" not in path.name and "[evaluator]" not in path.read_text()
)
"""The example configurations on tasks that need no download."""
ALL_OPS = [op.name for op in OPS]
FUNCTIONS = ("setup", "predict", "learn")


@cache
def measured() -> Any:
    """Counts of what the original engine's mutator did (`tests/data/mutations.json.xz`)."""
    path = Path(__file__).parents[1] / "data" / "mutations.json.xz"
    return json.loads(lzma.decompress(path.read_bytes()))


def params(eval_type: str = "RMS_ERROR", search: Mapping[str, Any] = {}, **program: Any) -> Params:
    """Parameters: the paper's strategy, ten addresses of a kind, all operations, sizes up to 12."""
    shape = {
        "addresses": {"scalars": 10, "vectors": 10, "matrices": 10},
        "ops": ALL_OPS,
        "size_limits": {name: [0, 12] for name in FUNCTIONS},
    }
    return parameters({"strategy": "regularized_evolution", **search}, shape | program, eval_type)


# --- mutation -------------------------------------------------------------------------------------------


def mutating(parent: Program, mutations: Any, **program: Any) -> Params:
    """A search with one program as its population and with every child mutated."""
    return params(
        search={
            "population_size": 1,
            "tournament_size": 1,
            "mutate_prob": 1.0,
            "mutations": mutations,
            "seed": 5,
        },
        initial=parent,
        **program,
    )


def children(
    settings: Params, parent: Program, n: int, marked: bool = False, seed: int = 5
) -> tuple[Any, Any]:
    """Genomes, [child][instruction][word], and sizes, [child][function], of `n` children of a program.

    With `marked`, most last words of the parent's instructions hold their row numbers.
    """
    search = Search(attrs.evolve(settings, run=attrs.evolve(settings.run, seed=seed)))
    search.tell([parent], [0.5])
    if marked:
        search.state.genomes[0, :, 3] = marks(search.state.genomes[0], parent)
    made = room_for(n, room(settings), n_functions=3)
    loop.breed_all(search.state, made, n, search._loop.breeding)
    return made.genomes, made.sizes


def marks(genome: Any, parent: Program) -> Any:
    """Last words of a genome, most of them replaced by row numbers that no new instruction has."""
    found = genome[:, 3].copy()
    for row, instruction in enumerate(parent.instructions()):
        if len(instruction.op.constants) < 3 or instruction.op.random:
            found[row] = 1000 + row
    return found


def unpacked(settings: Params, made: tuple[Any, Any]) -> list[Program]:
    """Children as programs."""
    return [coding_of(settings.program).unpack(*pair) for pair in zip(*made, strict=True)]


def close(count: float, total: int, expected: float, expected_total: int) -> bool:
    """Whether two counts can have the same rate: within five standard errors of each other."""
    rate = (count + expected) / (total + expected_total)
    error = (rate * (1 - rate) * (1 / total + 1 / expected_total)) ** 0.5
    return abs(count / total - expected / expected_total) <= 5 * error + 1e-12


def only(op: str, out: Any, operands: tuple[Any, ...] = (), constants: tuple[Any, ...] = ()) -> Instruction:
    """An instruction by the name of its operation."""
    return Instruction(next(o for o in OPS if o.name == op), out, operands, constants)


# --- canonical form -------------------------------------------------------------------------------------


def of_program(program: Program, eval_type: str = "RMS_ERROR", **search: Any) -> Params:
    """A search from a program, with the addresses of the program and its interface."""
    counts = {"s": 2, "v": 3, "m": 0}
    for used in program.addresses():
        counts[used.kind] = max(counts[used.kind], used.index + 1)
    names = ("scalars", "vectors", "matrices")
    return params(
        eval_type,
        search={"population_size": 1, "tournament_size": 1, **search},
        initial=program,
        addresses=dict(zip(names, counts.values(), strict=True)),
        ops=["SCALAR_SUM"],
        size_limits={name: [0, len(f)] for name, f in zip(FUNCTIONS, program.functions, strict=True)},
    )


def canonical(settings: Params, program: Program) -> Live:
    """A program's live code in canonical form, as the inner loop makes it."""
    search = Search(settings)
    search.tell([program], [0.5])
    return search._loop.breeding.live


def canonical_program(settings: Params, program: Program) -> Program:
    """A program's canonical form as the inner loop makes it, unpacked to a program."""
    live = canonical(settings, program)
    return coding_of(settings.program).unpack(live.genome.reshape(-1, 4), live.sizes)


def key(settings: Params, program: Program) -> tuple[int, ...]:
    """The key of a program's canonical form."""
    return tuple(map(int, canonical(settings, program).key))


def renamed(program: Program, names: Mapping[Address, Address]) -> Program:
    """A program with its addresses renamed."""

    def new(instruction: Instruction) -> Instruction:
        return attrs.evolve(
            instruction,
            out=names.get(instruction.out, instruction.out),
            operands=tuple(names.get(operand, operand) for operand in instruction.operands),
        )

    return Program(*(tuple(map(new, function)) for function in program.functions))


# --- scores ---------------------------------------------------------------------------------------------


def examples(seed: int, n: int, features: int, single: bool = False) -> np.ndarray:
    """Normally distributed numbers; with `single`, rounded to float32."""
    x = np.random.default_rng(seed).normal(size=(n, features))
    return x.astype(np.float32).astype(np.float64) if single else x


def task(
    seed: int = 0,
    features: int = 4,
    train: int = 12,
    valid: int = 6,
    eval_type: str = "RMS_ERROR",
    single: bool = False,
    **more: Any,
) -> Task:
    """A task that a linear model learns."""
    x = examples(seed, train + valid, features, single)
    raw = x @ np.random.default_rng(seed + 1000).normal(size=features)
    y = {
        "RMS_ERROR": raw,
        "ACCURACY": (raw > 0).astype(float),
        "MULTICLASS_ACCURACY": (np.abs(raw) > 0.5).astype(float) + (raw > 1),
    }[eval_type]
    classes = min(3, features) if eval_type == "MULTICLASS_ACCURACY" else None
    y = np.minimum(y, 1.0) if classes == 2 else y
    return Task(
        x[:train],
        y[:train],
        x[train:],
        y[train:],
        eval_type=eval_type,
        n_classes=classes,
        seed=seed + 7,
        **more,
    )


def scored(
    program: Program, tasks: Sequence[Task], lanes: int | None = None, **search: Any
) -> tuple[float, Evolution]:
    """A program's fitness in the inner loop, and the Evolution that scored it."""
    settings = of_program(program, tasks[0].eval_type, **search)
    evolution = Evolution(settings, tasks, lanes=lanes)
    state = evolution.advance(start(settings), 1)
    return float(state.fitnesses[0]), evolution


# --- histories ------------------------------------------------------------------------------------------


LINEAR_OPS = [
    "SCALAR_SUM",
    "SCALAR_DIFF",
    "SCALAR_PRODUCT",
    "VECTOR_INNER_PRODUCT",
    "VECTOR_SUM",
    "SCALAR_VECTOR_PRODUCT",
    "SCALAR_CONST_SET",
    "VECTOR_GAUSSIAN_SET",
]
SMALL: dict[str, Any] = {
    "strategy": "regularized_evolution",
    "population_size": 20,
    "tournament_size": 4,
    "target_fitness": 2.0,
}


def small(seed: int = 1, search: Mapping[str, Any] = {}, **program: Any) -> Params:
    """A search with a small population and linear regression's operations."""
    shape = {
        "addresses": {"scalars": 5, "vectors": 4, "matrices": 1},
        "ops": LINEAR_OPS,
        "size_limits": {name: [1, 8] for name in FUNCTIONS},
    }
    return parameters({**SMALL, "seed": seed, **search}, shape | program, "RMS_ERROR")


def tasks(n: int = 3) -> list[Task]:
    """A few small tasks."""
    return [task(seed) for seed in range(n)]


def flat(state: State) -> dict[str, bytes]:
    """All bits of a state, by name."""
    *arrays, hurdle = state
    names = (*State._fields[:-1], *hurdle._fields)
    return {name: array.tobytes() for name, array in zip(names, [*arrays, *hurdle], strict=True)}


def history(settings: Params, evolution: Evolution, evals: Sequence[int]) -> State:
    """The state after several advances; the limit is their sum."""
    state = start(settings)
    for n in evals:
        state = evolution.advance(state, n, math.inf, sum(evals))
    return state


def told(settings: Params, evaluator: Evaluator, times: int) -> State:
    """The state after asking for offspring, evaluating and telling them, `times` times."""
    search, size = Search(settings), settings.island.strategy.n_offspring
    for _ in range(times):
        rest = settings.island.strategy.population_size - search.state.evals
        asked = search.ask(min(size, rest) if rest > 0 else size)
        search.tell(asked, [evaluator.fitness(program) for program in asked])
    return search.state


def length(program: Program) -> float:
    """A fitness that favours long programs: 1 with 20 instructions."""
    return min(1.0, sum(map(len, program.functions)) / 20)


def writes(program: Program) -> set[str]:
    """The addresses that a program writes, as text."""
    return {str(i.out) for i in program.instructions() if i.out is not None}


def s(index: int) -> Address:
    """A scalar."""
    return address("s", index)


def v(index: int) -> Address:
    """A vector."""
    return address("v", index)


def m(index: int) -> Address:
    """A matrix."""
    return address("m", index)


# --- compiled functions, called on arrays ---------------------------------------------------------------

WORD, BELOW, UNIFORM, FACTOR = range(4)


@entry
def _generate(kind: int, generator: Any, functions: Any, bound: int, floats: Any, words: Any) -> None:
    state, addresses = pointers(Pair(generator, functions))
    for index in range(len(floats)):
        if kind == WORD:
            words[index] = np.int64(next_word(state))
        elif kind == BELOW:
            words[index] = below(state, bound)
        elif kind == UNIFORM:
            floats[index] = uniform(state)
        else:
            floats[index] = factor(state, addresses)


class Pair(NamedTuple):
    """A generator and the addresses of functions."""

    generator: Any
    functions: Any


def generated(kind: str, generator: Any, n: int, bound: int = 0) -> np.ndarray:
    """`n` numbers of a kind: word, below, uniform or factor; integers as floats of the same bits."""
    floats, words = np.zeros(n), np.zeros(n, dtype=np.int64)
    number = ("word", "below", "uniform", "factor").index(kind)
    _generate(number, generator, function_addresses(ELEMENTARY), bound, floats, words)
    return floats if number >= UNIFORM else words.view(np.float64)


class Keys(NamedTuple):
    """Keys, for a pointer to them."""

    keys: Any


@entry
def _use_cache(cache: Cache, keys: Any, values: Any, there: Any, enters: bool) -> None:
    known, names = pointers(cache), pointers(Keys(keys)).keys
    for row in range(len(values)):
        key = at(names, 2 * row)
        index = entered(known, key) if enters else find(known, key)
        there[row] = index >= 0
        if index >= 0:
            for word in range(known.width):
                if enters:
                    known.values[index + word] = values[row, word]
                else:
                    values[row, word] = known.values[index + word]


def enter(cache: Cache, keys: np.ndarray, values: np.ndarray) -> None:
    """Enter values, [key][word], under keys, in order."""
    _use_cache(cache, keys, values, np.zeros(len(keys), dtype=np.bool_), True)


def looked_up(cache: Cache, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values found under keys, and whether each key is known."""
    values = np.zeros((len(keys), cache.width), dtype=np.int64)
    there = np.zeros(len(keys), dtype=np.bool_)
    _use_cache(cache, keys, values, there, False)
    return values, there
