"""The keys of a configuration's tables `[search]`, `[program]` and `[[islands]]`, declared once.

Names, bounds, defaults and explanations of keys stand here and nowhere else: errors, parameters, complete
configurations and docs/configuration.md are made of them.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import attrs

from azc.arguments import MAX_SEED
from azc.evaluation import PRECISIONS
from azc.ir import FUNCTIONS, MAX_ADDRESSES, MAX_INSTRUCTIONS, OP_SETS, Program, Signature
from azc.problems import CheckError, nearest
from azc.search.names import MUTATIONS, mutation_name, op_name
from azc.search.strategies import EVEN, STRATEGIES, Strategy, strategy_class
from azc.settings import (
    TRUTH,
    Check,
    Setting,
    gathered,
    number,
    one_of,
    setting,
    settings,
    structured,
    table_of,
    whole,
)

BASELINES: Final = ("linear", "neural_network")
"""Known programs that a budget can be a multiple of."""
DEFAULT_SECONDS: Final = 600.0
"""Default max_seconds of a search without any limit."""
ADDRESS_NAMES: Final = ("scalars", "vectors", "matrices")
"""Names of the kinds of memory in a configuration."""
TOPOLOGIES: Final = ("ring", "random", "full", "none")
"""Sources of migrants: the island before, one drawn each time, all others, none."""
INITIAL: Final = ("random", "empty", "linear", "neural_network")
"""First programs to choose from, besides programs of one's own."""


# --- checks of values that are more than a number or a word ----------------------------------------------


def _size_limits(value: Any) -> tuple[int, int]:
    fine = isinstance(value, (list, tuple)) and len(value) == 2 and all(type(n) is int for n in value)
    if not fine or not 0 <= value[0] <= value[1] <= MAX_INSTRUCTIONS:
        raise CheckError
    return value[0], value[1]


def _ops(value: Any) -> str | tuple[str, ...]:
    if isinstance(value, str) and value in OP_SETS:
        return value
    if not isinstance(value, (list, tuple)):
        raise CheckError(hint=nearest(value, OP_SETS) if isinstance(value, str) else "")
    wrong, names = _named(value, op_name)
    if wrong:
        raise CheckError(*wrong)
    return tuple(names)


def _mutations(value: Any) -> tuple[tuple[str, float], ...]:
    if isinstance(value, (list, tuple)):
        wrong, names = _named(value, mutation_name)
        weights = {name: float(names.count(name)) for name in names}
    elif isinstance(value, Mapping):
        wrong, names = _named(value, mutation_name)
        more, weighed = gathered((str(word), number(0.0, 1e9), one) for word, one in value.items())
        wrong += more
        weights = dict(zip(names, weighed.values(), strict=False))
    else:
        raise CheckError
    if wrong:
        raise CheckError(*wrong)
    if not any(weights.values()):
        raise CheckError(f"expected a mutation with a weight above 0; there are {', '.join(MUTATIONS)}")
    return tuple((name, weight) for name, weight in weights.items() if weight > 0)


def _named(words: Iterable[Any], name: Callable[[Any], str]) -> tuple[list[str], list[str]]:
    """Faults of words that should be names, and the names of the others."""
    wrong: list[str] = []
    names: list[str] = []
    for word in words:
        try:
            names.append(name(word))
        except CheckError as error:
            wrong += error.texts
    return wrong, names


def _initial(value: Any) -> str | tuple[Program, ...]:
    if isinstance(value, str) and value in INITIAL:
        return value
    programs = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    if programs and all(isinstance(program, Program) for program in programs):
        return programs
    raise CheckError(hint=nearest(value, INITIAL))


def _share(value: Any) -> float:
    share: float = number(0.0, 1.0)(value)
    if not share:
        raise CheckError(f"expected a number above 0, but it is {value!r}")
    return share


def _functional_cache(value: Any) -> "FunctionalCache | None":
    if isinstance(value, bool):
        return FunctionalCache() if value else None
    taken: FunctionalCache = _CACHE_TABLE(value)
    return taken


def _strategy(value: Any) -> str:
    if not isinstance(value, str):
        raise CheckError(hint=nearest(value, STRATEGIES))
    strategy = strategy_class(value)
    if taken := [name for name in own_keys(value) if name in SEARCH]:
        raise CheckError(f"its parameters {', '.join(taken)} are keys of [search]; expected other names")
    return strategy.name


def _race(value: Any) -> "Race | None":
    if isinstance(value, bool):
        return Race() if value else None
    taken: Race = _RACE_TABLE(value)
    return taken


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise CheckError
    return value


LIMITS_OF_SIZE: Final = Check(f"[least, greatest], whole numbers from 0 to {MAX_INSTRUCTIONS}", _size_limits)
OPERATIONS: Final = Check(
    'a list of operations like ["SCALAR_SUM"] or the name of a set',
    _ops,
    f"sets are {', '.join(f'`{name}`' for name in OP_SETS)}",
)
"""A list of operations, in which one that stands twice is drawn twice as often, or one of `OP_SETS`."""
MUTATION_WEIGHTS: Final = Check(
    "a table like {alter_param = 1.0} or a list",
    _mutations,
    f"weights from 0 to 1e9 of {', '.join(f'`{name}`' for name in MUTATIONS)}",
)
"""A table of weights; or a list, in which all weigh the same and one that stands twice weighs double."""
FIRST_PROGRAMS: Final = Check(
    "an .azl file, a list of them, or a word", _initial, ", ".join(f"`{name}`" for name in INITIAL)
)
"""One of the words, or programs of one's own."""
SHARE: Final = Check("a number above 0, at most 1", _share)
STRATEGY: Final = Setting(
    Check("a word", _strategy, ", ".join(f"`{name}`" for name in STRATEGIES), words=tuple(STRATEGIES)),
    "size_bins",
    "strategy of selection and replacement: one of azc's, or one of your own by its name",
)


# --- tables inside of tables ----------------------------------------------------------------------------


@attrs.frozen
class Hurdle:
    """A hurdle: children that score low on the first training examples are not evaluated further."""

    train: int = setting("number of first training examples, on which every child is scored first", whole(1))
    quantile: float = setting("share of children that stop at the hurdle", number(0.0, 1.0), 0.5)
    window: int = setting("number of children between updates of the threshold", whole(1, 1_000_000), 100)


@attrs.frozen
class Race:
    """A race: children that do worse than their parents on the first examples are not evaluated further."""

    train: float = setting("share of the training examples, the first", number(0.0, 1.0), 1 / 16)
    valid: float = setting("share of the validation examples, the first", number(0.0, 1.0), 0.25)
    margin: float = setting("by how much fitness a child may be worse", number(0.0), 0.02)


@attrs.frozen
class FunctionalCache:
    """Numbers of examples of every task whose errors make a program's fingerprint."""

    train: int = setting("first training examples", whole(1), 10)
    valid: int = setting("first validation examples", whole(1), 10)


@attrs.frozen
class TrainBudget:
    """Maximum cost of a program, as a multiple of a known program's."""

    baseline: str = setting("the known program", one_of(BASELINES), "neural_network")
    factor: float = setting("multiple of its cost", number(0.0), 2.0)


_CACHE_TABLE: Final = structured(FunctionalCache, "{train = 10, valid = 10}, or true or false")
FUNCTIONAL_CACHE: Final = attrs.evolve(_CACHE_TABLE, take=_functional_cache)
_RACE_TABLE: Final = structured(Race, "{train = 0.0625, valid = 0.25, margin = 0.02}, or true or false")
RACE: Final = attrs.evolve(_RACE_TABLE, take=_race)
HURDLE: Final = structured(Hurdle, "{train = 100, quantile = 0.5, window = 100}")
TRAIN_BUDGET: Final = structured(TrainBudget, '{baseline = "neural_network", factor = 2.0}')
ISLAND_TASKS: Final = Check("a table like {features = 8}", _mapping)


# --- the tables -----------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class IslandSettings:
    """Keys of `[search]` that `[[islands]]` may change for some islands."""

    strategy: Strategy
    mutate_prob: float = setting(
        "probability that a child is mutated; otherwise it equals its parent", number(0.0, 1.0), 0.9
    )
    mutations: tuple[tuple[str, float], ...] = setting(
        "weights of the mutations, as a table; a list gives all the same weight",
        MUTATION_WEIGHTS,
        EVEN,
        unset="by strategy",
    )
    precision: str = setting("of evaluation, on all sets of tasks", one_of(PRECISIONS), "float64")
    exact_cache: bool = setting("whether equal live code is evaluated once; changes no result", TRUTH, True)
    functional_cache: FunctionalCache | None = setting(
        "whether programs that do the same on the first examples are evaluated once; changes results",
        FUNCTIONAL_CACHE,
        None,
        unset="`false`",
    )
    hurdle: Hurdle | None = setting(
        "ends the evaluation of low scores after the first examples: a table of train, quantile, window",
        HURDLE,
        None,
    )
    race: Race | None = setting(
        "ends the evaluation of children that do worse than their parents on the first examples, if those "
        "are at least 100; no meaning with a hurdle, or in strategies of the original kind",
        RACE,
        Race(),
        unset="`true`",
    )
    train_budget: TrainBudget | None = setting(
        "maximum cost of live code: a table of baseline, factor", TRAIN_BUDGET, None
    )
    restart_after: int | None = setting(
        "programs scored in an experiment of an island; then another begins from scratch", whole(1), None,
        unset="never",
    )  # fmt: skip

    @property
    def needs_tasks(self) -> bool:
        """Whether it has what means nothing with an evaluator of one's own."""
        return any((self.hurdle, self.functional_cache, self.train_budget))


@attrs.frozen(kw_only=True)
class RunSettings:
    """Keys of `[search]` that hold for all islands."""

    n_islands: int = setting("populations that evolve side by side", whole(1, 1 << 20), 1)
    round_evals: int | None = setting(
        "programs an island scores between migrations", whole(1), None,
        unset="about a second's worth, by the size of the tasks",
    )  # fmt: skip
    topology: str = setting("islands that migrants come from", one_of(TOPOLOGIES), "ring")
    n_migrants: int = setting("migrants from each source, winners of tournaments there", whole(0), 3)
    seed: int = setting("seed of all random numbers", whole(0, MAX_SEED), 0)


@attrs.frozen(kw_only=True)
class RunLimits:
    """Keys of `[search]` that only end a run; a run whose limits change stays the same run."""

    max_evals: int | None = setting("maximum number of programs scored, over all islands", whole(1), None)
    max_seconds: float | None = setting(
        "maximum seconds of search, over all starts",
        number(0.0),
        None,
        unset=f"{DEFAULT_SECONDS:g} without `max_evals`, else none",
    )
    target_fitness: float = setting(
        "fitness on the select tasks that ends the search; above 1: never, which is the default with an "
        "evaluator of one's own",
        number(),
        1.0,
    )
    patience: int | None = setting(
        "number of programs without a new best that ends the search", whole(1), None
    )


_ADDRESSES: Final = table_of(
    ADDRESS_NAMES, whole(0, MAX_ADDRESSES), "{scalars = 4, vectors = 3, matrices = 1}"
)
_SIZE: Final = whole(0, MAX_INSTRUCTIONS)
_SIZES: Final = table_of(FUNCTIONS, _SIZE, "{setup = 5, predict = 1, learn = 4}")
_LIMITS: Final = table_of(FUNCTIONS, LIMITS_OF_SIZE, "{setup = [1, 7], predict = [1, 11], learn = [1, 23]}")


@attrs.frozen(kw_only=True)
class ProgramTable:
    """The table `[program]`."""

    initial: str | tuple[Program, ...] = setting(
        "first programs of the population: a word, an .azl file or a list of them", FIRST_PROGRAMS, "empty"
    )
    sizes: Mapping[str, int] = setting(
        "number of instructions of each function in the first programs",
        _SIZES,
        {},
        unset="as the initial programs, else the least",
    )
    size_limits: Mapping[str, tuple[int, int]] = setting(
        "minimum and maximum number of instructions of each function; given `sizes` widen them",
        _LIMITS,
        {"setup": (1, 10), "predict": (1, 14), "learn": (1, 28)},
    )
    addresses: Mapping[str, int] = setting(
        "number of addresses of each kind",
        _ADDRESSES,
        {"scalars": 8, "vectors": 14, "matrices": 3},
    )
    ops: str | tuple[str, ...] = setting(
        "operations of all functions: of a set, those that the addresses allow; in a list, a repeated one "
        "is drawn twice as often",
        OPERATIONS,
        "original",
    )
    setup_ops: str | tuple[str, ...] | None = setting("of Setup, instead", OPERATIONS, None, unset="`ops`")
    predict_ops: str | tuple[str, ...] | None = setting(
        "of Predict, instead", OPERATIONS, None, unset="`ops`"
    )
    learn_ops: str | tuple[str, ...] | None = setting("of Learn, instead", OPERATIONS, None, unset="`ops`")


@attrs.frozen(kw_only=True)
class IslandsTable:
    """Keys of a table `[[islands]]` besides those of `[search]`."""

    count: int = setting("number of islands", whole(1), 1)
    share: float | None = setting("share of all islands, instead of `count`", SHARE, None)
    tasks: Mapping[str, Any] | None = setting("changes of `[tasks.search]` for them", ISLAND_TASKS, None)


def own_keys(strategy: object) -> dict[str, Setting]:
    """Keys of `[search]` that only a strategy from outside of azc has, by its name."""
    if not isinstance(strategy, str) or strategy in STRATEGIES:
        return {}
    try:
        keys = strategy_class(strategy).declared()
    except CheckError:  # whoever checks the key `strategy` says so
        return {}
    return {name: key for name, key in keys.items() if name not in STRATEGY_KEYS}


STRATEGY_KEYS: Final = {name: key for cls in STRATEGIES.values() for name, key in cls.declared().items()}
"""Keys of azc's own strategies; those that the chosen one does not have, have no meaning."""
ISLAND_KEYS: Final = {"strategy": STRATEGY, **STRATEGY_KEYS, **settings(IslandSettings)}
"""Keys of `[search]` that `[[islands]]` may change."""
SEARCH: Final = ISLAND_KEYS | settings(RunSettings) | settings(RunLimits)
"""Keys of `[search]`; a strategy from outside of azc may have more (`own_keys`)."""
PROGRAM: Final = settings(ProgramTable)
LIMITS_OF_FIRST: Final = (1, 10)
LIMITS_OF_OTHERS: Final = (1, 20)
"""Default limits of size of functions that are not those of supervised learning."""


@lru_cache(maxsize=64)
def program_keys(signature: Signature) -> dict[str, Setting]:
    """Keys of the table `[program]` for programs of a signature: some of them go by function."""
    keys = signature.keys
    if keys == FUNCTIONS:
        return PROGRAM
    first, *_, last = keys
    sizes = table_of(keys, _SIZE, f"{{{last} = 4}}")
    limits = table_of(keys, LIMITS_OF_SIZE, f"{{{last} = [0, 20]}}")
    defaults = dict.fromkeys(keys, LIMITS_OF_OTHERS) | {first: LIMITS_OF_FIRST}
    named = zip(keys, signature.names, strict=True)
    return {
        **{key: declared for key, declared in PROGRAM.items() if not key.endswith("_ops")},
        "sizes": attrs.evolve(PROGRAM["sizes"], check=sizes),
        "size_limits": attrs.evolve(PROGRAM["size_limits"], check=limits, default=defaults),
        **{f"{key}_ops": attrs.evolve(PROGRAM["setup_ops"], help=f"of {n}, instead") for key, n in named},
    }


LIMITS: Final = tuple(settings(RunLimits))
"""Names of the keys of `[search]` that only end a run."""
WHOLE_RUN: Final = frozenset((*settings(RunSettings), *LIMITS))
"""Names of the keys that `[[islands]]` may not change."""
OWN_OF_ISLANDS: Final = settings(IslandsTable)
ISLANDS: Final = OWN_OF_ISLANDS | ISLAND_KEYS
"""All keys of a table `[[islands]]`."""
