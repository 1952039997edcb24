"""What a configuration's values must be: small checks that return the value as `Params` keeps it.

A check raises a ValueError that says what was expected; whoever calls it names the key.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

import attrs

from azc.ir import FUNCTIONS, MAX_ADDRESSES, MAX_INSTRUCTIONS, Program
from azc.search.names import MUTATIONS, mutation_name, nearest, op_name
from azc.search.strategies import STRATEGIES

T = TypeVar("T")
MOST: Final = 2**63 - 1
"""Of whole numbers."""
Check = Callable[[Any], Any]
_FUNCTIONAL: Final = "{train = 10, valid = 10}, or true or false"
_HURDLE: Final = "{train = 100, quantile = 0.5, window = 100}"
_BUDGET: Final = '{baseline = "neural_network", factor = 2.0}'
BASELINES: Final = ("linear", "neural_network")
"""Known programs whose cost can be a measure."""
_SIZES: Final = "{setup = 5, predict = 1, learn = 4}"
_LIMITS: Final = "{setup = [1, 7], predict = [1, 11], learn = [1, 23]}"
_ADDRESSES: Final = "{scalars = 4, vectors = 3, matrices = 1}"
ADDRESS_NAMES: Final = ("scalars", "vectors", "matrices")
"""The kinds of memory, as a configuration names them."""
TOPOLOGIES: Final = ("ring", "random", "full", "none")
"""From whom migrants come: the island before, one that is drawn each time, all, nobody."""
INITIAL: Final = ("random", "empty", "linear", "neural_network")
"""What a search can begin with, apart from a program of one's own."""


def _bounds(low: float, high: float | None) -> str:
    return f"of at least {low}" if high is None else f"from {low} to {high}"


def shown(value: Any) -> str:
    """A value as an error shows it."""
    text = repr(value) if not (type(value) is int and abs(value) > MOST) else "beyond 2**63"
    return text if len(text) <= 200 else f"{text[:199]}…"


def whole(low: int, high: int | None = None) -> Check:
    """A whole number, bounds included."""

    def check(value: Any) -> int:
        if type(value) is not int or not low <= value <= (MOST if high is None else high):
            raise ValueError(f"expected a whole number {_bounds(low, high)}, but it is {shown(value)}")
        return value

    return check


def number(low: float, high: float | None = None) -> Check:
    """A number, bounds included; never nan."""

    def check(value: Any) -> float:
        # A whole number beyond all floats compares with them, but is none.
        fine = type(value) is float or (type(value) is int and abs(value) <= MOST)
        if not fine or not value >= low or (high is not None and value > high):
            raise ValueError(f"expected a number {_bounds(low, high)}, but it is {shown(value)}")
        return float(value)

    return check


def table(value: Any, known: Iterable[str], example: str) -> Mapping[str, Any]:
    """A table whose keys are all known."""
    if not isinstance(value, Mapping):
        raise ValueError(f"expected a table like {example}, but it is {value!r}")
    for key in value:
        if key not in known:
            raise ValueError(f"there is no key {key!r}; {nearest(key, known)}")
    return value


def each(names: tuple[str, ...], check: Check, example: str) -> Check:
    """A table with some of the names, each of its values checked."""

    def checked(value: Any) -> dict[str, Any]:
        return {name: _inside(name, check, v) for name, v in table(value, names, example).items()}

    return checked


def _inside(name: str, check: Callable[[Any], T], value: Any) -> T:
    try:
        return check(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def limits(value: Any) -> tuple[int, int]:
    """A least and a greatest size, both included."""
    fine = isinstance(value, (list, tuple)) and len(value) == 2 and all(type(n) is int for n in value)
    if not fine or not 0 <= value[0] <= value[1] <= MAX_INSTRUCTIONS:
        raise ValueError(
            f"expected [least, greatest], whole numbers from 0 to {MAX_INSTRUCTIONS}, but it is {value!r}"
        )
    return value[0], value[1]


def ops(value: Any) -> tuple[str, ...]:
    """A list of operations; one that stands twice is drawn twice as often."""
    if not isinstance(value, (list, tuple)):
        raise ValueError(f'expected a list of operations like ["SCALAR_SUM"], but it is {value!r}')
    return tuple(map(op_name, value))


def mutations(value: Any) -> tuple[tuple[str, float], ...]:
    """A table of weights; or a list, in which all weigh the same and one that stands twice weighs double."""
    if isinstance(value, (list, tuple)):
        names = [mutation_name(name, MUTATIONS) for name in value]
        weights = {name: float(names.count(name)) for name in names}
    elif isinstance(value, Mapping):
        weigh = number(0.0, 1e9)
        weights = {mutation_name(name, MUTATIONS): _inside(name, weigh, v) for name, v in value.items()}
    else:
        raise ValueError(f"expected a table like {{alter_param = 1.0}} or a list, but it is {value!r}")
    if not any(weights.values()):
        raise ValueError(f"expected a mutation with a weight above 0; there are {', '.join(MUTATIONS)}")
    return tuple((name, weight) for name, weight in weights.items() if weight > 0)


def initial(value: Any) -> str | tuple[Program, ...]:
    """One of the words, or programs of one's own."""
    if isinstance(value, str) and value in INITIAL:
        return value
    programs = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    if programs and all(isinstance(program, Program) for program in programs):
        return programs
    raise ValueError(
        f"expected an .azl file, a list of them, or a word, but it is {value!r}; {nearest(value, INITIAL)}"
    )


def one_of(names: Iterable[str]) -> Check:
    """One of some words."""
    known = list(names)

    def check(value: Any) -> str:
        if value not in known:
            raise ValueError(f"expected a word, but it is {value!r}; {nearest(value, known)}")
        return str(value)

    return check


def truth(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, but it is {value!r}")
    return value


@attrs.frozen
class Hurdle:
    """A first slice of the training examples, and who goes on from there to all of them."""

    train: int
    """The slice's training examples."""
    quantile: float
    """The share of children that stop at the hurdle."""
    window: int
    """How many children decide how high it is."""


def hurdle(value: Any) -> Hurdle:
    """A table that says what the hurdle is."""
    keys = {"train": whole(1), "quantile": number(0.0, 1.0), "window": whole(1, 1_000_000)}
    given = table(value, keys, _HURDLE)
    if "train" not in given:
        raise ValueError(f"expected a table with train, like {_HURDLE}")
    made = {"quantile": 0.5, "window": 100, **given}
    return Hurdle(**{name: _inside(name, check, made[name]) for name, check in keys.items()})


@attrs.frozen
class FunctionalCache:
    """How many examples of every task a program is known by."""

    train: int = 10
    valid: int = 10


def functional_cache(value: Any) -> FunctionalCache | None:
    """True, false, or a table of how many examples."""
    if isinstance(value, bool):
        return FunctionalCache() if value else None
    keys = {"train": whole(1), "valid": whole(1)}
    given = table(value, keys, _FUNCTIONAL)
    return FunctionalCache(**{name: _inside(name, keys[name], v) for name, v in given.items()})


@attrs.frozen
class TrainBudget:
    """What a program may cost: so many times what a known one does."""

    baseline: str
    factor: float


def train_budget(value: Any) -> TrainBudget:
    """A table that names the known program."""
    keys = {"baseline": one_of(BASELINES), "factor": number(0.0)}
    made = {"baseline": "neural_network", "factor": 2.0, **table(value, keys, _BUDGET)}
    return TrainBudget(**{name: _inside(name, check, made[name]) for name, check in keys.items()})


@attrs.frozen
class Key:
    """A key of a configuration: what its value must be, its default and what it is."""

    check: Check
    default: Any
    doc: str
    scope: str = "island"
    """What it holds for: an `island`, which `[[islands]]` may set; the whole `run`; as a `limit` its end."""


SEARCH: Final = {
    "strategy": Key(one_of(STRATEGIES), "regularized_evolution", "how children come about"),
    "population_size": Key(whole(1, 10_000_000), 100, "programs alive at a time"),
    "tournament_size": Key(whole(1, 1_000_000), 10, "programs drawn, of which the best is the parent"),
    "mutate_prob": Key(number(0.0, 1.0), 0.9, "how often a child is mutated; else it equals its parent"),
    "mutations": Key(mutations, None, "a table of weights, or a list"),
    "max_evals": Key(whole(1), None, "programs scored in all", "limit"),
    "max_seconds": Key(number(0.0), None, "seconds in all", "limit"),
    "batch_size": Key(whole(1, 100_000), 1, "children made from one snapshot of the population"),
    "precision": Key(one_of(("float64", "float32")), "float64", "of evaluation, on all tasks"),
    "exact_cache": Key(truth, True, "whether equal live code is run once; changes no result"),
    "functional_cache": Key(
        functional_cache, None, "whether what does the same on 10 + 10 examples is run once"
    ),
    "hurdle": Key(hurdle, None, "who stops after the first examples: a table of train, quantile, window"),
    "train_budget": Key(train_budget, None, "what live code may cost: a table of baseline, factor"),
    "restart_after": Key(whole(1), None, "programs scored in an experiment, then one starts from scratch"),
    "target_fitness": Key(number(0.0), 1.0, "ends the search on the select tasks; above 1: never", "limit"),
    "patience": Key(whole(1), None, "ends the search after so many programs without a better one", "limit"),
    "n_islands": Key(whole(1, 1 << 20), 1, "populations that evolve side by side", "run"),
    "epoch_evals": Key(whole(1), None, "programs an island scores between migrations", "run"),
    "topology": Key(one_of(TOPOLOGIES), "ring", "who migrates to whom", "run"),
    "n_migrants": Key(
        whole(0), 3, "programs that come from each source, winners of tournaments there", "run"
    ),
    "seed": Key(whole(0, 2**64 - 1), 0, "what all random numbers depend on", "run"),
}
WHOLE_RUN: Final = frozenset(name for name, key in SEARCH.items() if key.scope != "island")
"""Keys of `[search]` that hold for all islands."""
LIMITS: Final = tuple(name for name, key in SEARCH.items() if key.scope == "limit")
"""Keys of `[search]` that say only where a run ends: a run with others is the same one."""
PROGRAM: Final = {
    "initial": Key(initial, "empty", "what the population begins with: a word or an .azl file"),
    "sizes": Key(each(FUNCTIONS, whole(0, MAX_INSTRUCTIONS), _SIZES), {}, "instructions to begin with"),
    "size_limits": Key(each(FUNCTIONS, limits, _LIMITS), {}, "least and greatest sizes, both included"),
    "addresses": Key(each(ADDRESS_NAMES, whole(0, MAX_ADDRESSES), _ADDRESSES), {}, "addresses of each kind"),
    "ops": Key(ops, None, "operations of all functions"),
    "setup_ops": Key(ops, None, "operations of Setup, instead"),
    "predict_ops": Key(ops, None, "operations of Predict, instead"),
    "learn_ops": Key(ops, None, "operations of Learn, instead"),
}
"""The keys of a configuration's tables `[search]` and `[program]`."""
