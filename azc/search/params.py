"""The parameters of a search: checked once, then frozen; the state of a search is apart from them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from azc.errors import AzcError
from azc.ir import BY_NAME, FUNCTIONS, KINDS, NO_OP, OPS, Op, Program, interface_of
from azc.search.checks import ADDRESS_NAMES, PROGRAM, SEARCH, FunctionalCache, Hurdle, Key, TrainBudget
from azc.search.names import nearest
from azc.search.strategies import STRATEGIES

DEFAULT_MUTATIONS: Final = (
    ("alter_param", 1.0),
    ("randomize_instruction", 1.0),
    ("randomize_component_function", 1.0),
    ("insert_instruction", 1.0),
    ("remove_instruction", 1.0),
)
DEFAULT_LIMITS: Final = ((1, 10), (1, 14), (1, 28))
DEFAULT_ADDRESSES: Final = (8, 14, 3)
DEFAULT_SECONDS: Final = 600.0
"""How long a search goes on to which nobody gave an end."""


@attrs.frozen
class Params:
    """What a search is to do; triples go by function (Setup, Predict, Learn) or by kind (s, v, m).

    `parameters` makes one from what a person writes and gives defaults.
    """

    eval_type: str
    ops: tuple[tuple[str, ...], ...]
    sizes: tuple[int, ...]
    size_limits: tuple[tuple[int, int], ...]
    addresses: tuple[int, ...]
    initial: str | tuple[Program, ...] = "empty"
    strategy: str = "regularized_evolution"
    population_size: int = 100
    tournament_size: int = 10
    mutate_prob: float = 0.9
    mutations: tuple[tuple[str, float], ...] = DEFAULT_MUTATIONS
    batch_size: int = 1
    precision: str = "float64"
    exact_cache: bool = True
    functional_cache: FunctionalCache | None = None
    hurdle: Hurdle | None = None
    train_budget: TrainBudget | None = None
    max_evals: int | None = None
    max_seconds: float | None = None
    restart_after: int | None = None
    target_fitness: float = 1.0
    patience: int | None = None
    n_islands: int = 1
    epoch_evals: int | None = None
    topology: str = "ring"
    n_migrants: int = 3
    seed: int = 0

    def __attrs_post_init__(self) -> None:
        _check_addresses(self)
        _check_ops(self)
        _check_sizes(self)
        _check_migrants(self)


def parameters(search: Mapping[str, Any], program: Mapping[str, Any], eval_type: str) -> Params:
    """Parameters from the tables `[search]` and `[program]`; AzcError names the key at fault."""
    given, shape = checked("search", search, SEARCH), checked("program", program, PROGRAM)
    if given["max_evals"] is None and given["max_seconds"] is None:
        given["max_seconds"] = DEFAULT_SECONDS
    if given["mutations"] is None:
        given["mutations"] = DEFAULT_MUTATIONS
    addresses = _each(ADDRESS_NAMES, shape["addresses"], DEFAULT_ADDRESSES)
    sizes = [shape["sizes"].get(name) for name in FUNCTIONS]
    if not isinstance(shape["initial"], str):
        longest = [max(map(len, same)) for same in zip(*(p.functions for p in shape["initial"]), strict=True)]
        sizes = [a if b is None else b for a, b in zip(longest, sizes, strict=True)]
    # A size that was given widens limits that were not.
    limits = [
        low_high if size is None else (min(low_high[0], size), max(low_high[1], size))
        for low_high, size in zip(DEFAULT_LIMITS, sizes, strict=True)
    ]
    size_limits = _each(FUNCTIONS, shape["size_limits"], limits)
    return Params(
        eval_type=eval_type,
        ops=_ops(shape, eval_type, addresses),
        sizes=tuple(low if size is None else size for size, (low, _) in zip(sizes, size_limits, strict=True)),
        size_limits=size_limits,
        addresses=addresses,
        initial=shape["initial"],
        **given,
    )


def checked(where: str, values: Mapping[str, Any], keys: Mapping[str, Key]) -> dict[str, Any]:
    """A table's values as `Params` keeps them, defaults for those not given."""
    if not isinstance(values, Mapping):
        raise AzcError(f"{where}: expected a table, but it is {values!r}")
    for name in values:
        if name not in keys:
            raise AzcError(f"{where}.{name}: there is no such key; {nearest(name, keys)}")
    result = {}
    for name, key in keys.items():
        try:
            result[name] = key.check(values[name]) if name in values else key.default
        except ValueError as error:
            raise AzcError(f"{where}.{name}: {error}") from None
    return result


def writable(eval_type: str, counts: Sequence[int]) -> dict[str, tuple[int, ...]]:
    """The addresses of each kind that evolved code may write, given how many of each kind there are."""
    taken = {(place.kind, place.index) for place in interface_of(eval_type).overwritten}
    return {
        kind: tuple(i for i in range(count) if (kind, i) not in taken)
        for kind, count in zip(KINDS, counts, strict=True)
    }


def _each(names: Sequence[str], given: Mapping[str, Any], defaults: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(given.get(name, default) for name, default in zip(names, defaults, strict=True))


def _ops(shape: Mapping[str, Any], eval_type: str, addresses: Sequence[int]) -> tuple[tuple[str, ...], ...]:
    common = shape["ops"]
    if common is None:
        common = tuple(op.name for op in OPS if op is not NO_OP and not _lacks(op, eval_type, addresses))
    own = [shape[f"{name}_ops"] for name in FUNCTIONS]
    return tuple(common if names is None else names for names in own)


def _lacks(op: Op, eval_type: str, addresses: Sequence[int]) -> str:
    """What an operation needs and the addresses do not give; empty if nothing."""
    counts, places = dict(zip(KINDS, addresses, strict=True)), writable(eval_type, addresses)
    names = dict(zip(KINDS, ADDRESS_NAMES, strict=True))
    for kind in op.operands:
        if counts[kind] == 0:
            return f"reads {names[kind]}, but program.addresses.{names[kind]} is 0"
    if op.result and not places[op.result]:
        kind = names[op.result]
        return f"writes {kind}, but program.addresses.{kind} = {counts[op.result]} leaves none to write"
    return ""


def _check_addresses(params: Params) -> None:
    counts = dict(zip(KINDS, params.addresses, strict=True))
    names = dict(zip(KINDS, ADDRESS_NAMES, strict=True))
    for place in interface_of(params.eval_type).addresses:
        if counts[place.kind] <= place.index:
            raise AzcError(
                f"program.addresses: {params.eval_type} needs {place}, so expected at least "
                f"{names[place.kind]} = {place.index + 1}, but it is {counts[place.kind]}"
            )


def _check_ops(params: Params) -> None:
    if not any(params.ops):
        raise AzcError("program.ops: no function has an operation; expected a list of operations")
    for function, names in zip(FUNCTIONS, params.ops, strict=True):
        for name in names:
            if lack := _lacks(BY_NAME[name], params.eval_type, params.addresses):
                raise AzcError(f"program.ops ({function}): {name} {lack}; raise it or remove the operation")


def _check_migrants(params: Params) -> None:
    sources = {"full": params.n_islands - 1, "none": 0}.get(params.topology, min(1, params.n_islands - 1))
    if sources * params.n_migrants > params.population_size:
        raise AzcError(
            f"search.n_migrants: {params.n_migrants} from each of {sources} islands are more than a "
            f'population of {params.population_size}; expected fewer, or topology = "random"'
        )


def _check_sizes(params: Params) -> None:
    for name, size, (low, high) in zip(FUNCTIONS, params.sizes, params.size_limits, strict=True):
        if not low <= size <= high:
            raise AzcError(
                f"program.sizes.{name}: {size} instructions are outside program.size_limits.{name}, "
                f"expected from {low} to {high}"
            )
    if not STRATEGIES[params.strategy].selects and params.initial != "random":
        raise AzcError(
            f"search.strategy: {params.strategy} makes every program as the first population is made; "
            'expected program.initial = "random"'
        )
    if params.initial == "random":
        for name, size, names in zip(FUNCTIONS, params.sizes, params.ops, strict=True):
            if size and not names:
                raise AzcError(
                    f"program.sizes.{name}: {size} random instructions, but program.{name}_ops is empty; "
                    "expected 0 (with program.size_limits from 0), or operations"
                )
