"""The parameters of a search: checked once, then frozen; the state of a search is apart from them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, Final, cast

import attrs

from azc.arguments import a_table, fault, kind_of, takes
from azc.errors import AzcError
from azc.ir import (
    BY_NAME,
    FUNCTIONS,
    INTERFACES,
    KINDS,
    NO_OP,
    OP_SETS,
    Interface,
    Op,
    Program,
    Signature,
    SignatureLike,
    check_names,
    interface_of,
    own_signature,
    signature_of,
)
from azc.problems import Problems, SettingProblem, SettingsError, nearest, shown
from azc.search.checks import (
    ADDRESS_NAMES,
    DEFAULT_SECONDS,
    PROGRAM,
    SEARCH,
    IslandSettings,
    RunLimits,
    RunSettings,
    own_keys,
    program_keys,
)
from azc.search.names import UNCONNECTED
from azc.search.strategies import strategy_class
from azc.settings import Setting, settings, taken


@attrs.frozen(kw_only=True)
class ProgramSettings:
    """What programs may be; tuples go by function, in the signature's order, or by kind (s, v, m)."""

    declared: SignatureLike
    """The interface of an evaluation type, or a signature of one's own."""
    ops: tuple[tuple[str, ...], ...]
    """Operations to draw from, by function."""
    sizes: tuple[int, ...]
    """Instructions to begin with, by function."""
    size_limits: tuple[tuple[int, int], ...]
    """Minimum and maximum number of instructions, by function."""
    addresses: tuple[int, ...]
    """Number of addresses, by kind."""
    initial: str | tuple[Program, ...] = PROGRAM["initial"].default

    @property
    def signature(self) -> Signature:
        """How programs are run."""
        return signature_of(self.declared)

    @property
    def own_signature(self) -> Signature | None:
        """The signature, if it is one of your own; None for supervised learning."""
        return own_signature(self.declared)

    @property
    def interface(self) -> Interface:
        """The interface of programs of supervised learning; AzcError for others."""
        if isinstance(self.declared, Interface):
            return self.declared
        raise AzcError(
            f"programs of the signature {self.declared.name} are not evaluated on tasks; ask for programs "
            "and tell their fitness, with azc.search.Search"
        )

    @property
    def eval_type(self) -> str:
        """Name of the evaluation type of programs of supervised learning; AzcError for others."""
        return self.interface.name


@attrs.frozen(kw_only=True)
class Params:
    """What a search is to do; `parameters` makes one from what a person writes and gives defaults."""

    island: IslandSettings
    run: RunSettings
    limits: RunLimits
    program: ProgramSettings

    def __attrs_post_init__(self) -> None:
        try:
            problems = conflicts(self)
        except Exception as error:
            raise AzcError(
                f"parameters of wrong types ({type(error).__name__}); azc.search.parameters makes them"
            ) from None
        if problems:
            raise SettingsError(problems)


a_params: Final = kind_of(Params, advice="azc.search.parameters makes them")
"""A check of arguments."""


_table: Final = a_table("a table of keys and values")


def _declared(name: str, value: object) -> object:
    """Check for a signature, or the name of an evaluation type, which becomes its interface."""
    if isinstance(value, Signature):
        return value
    if isinstance(value, str) and value in INTERFACES:
        return interface_of(value)
    raise fault(name, f"a Signature or one of {', '.join(INTERFACES)}", value)


@takes(search=_table, program=_table, signature=_declared)
def parameters(search: Mapping[str, Any], program: Mapping[str, Any], signature: str | Signature) -> Params:
    """Parameters from the tables `[search]` and `[program]`; AzcError names all keys at fault.

    `signature` is one of your own, or the name of an evaluation type.
    """
    declared = cast(SignatureLike, signature)
    problems = Problems()
    given = checked("search", search, problems)
    shape = checked("program", program, problems, signature=signature_of(declared))
    problems.check()
    return Params(**draft(given, shape, declared))


def draft(
    search: Mapping[str, Any], program: Mapping[str, Any], declared: SignatureLike | None
) -> dict[str, Any]:
    """The fields of parameters from checked tables; conflicts between them are not looked for.

    `declared`: None while the evaluation type is not known.
    """
    signature = signature_of(declared or interface_of("RMS_ERROR"))
    default_limits = program_keys(signature)["size_limits"].default
    given, shape = dict(search), program
    if given["max_evals"] is None and given["max_seconds"] is None:
        given["max_seconds"] = DEFAULT_SECONDS
    strategy = strategy_class(given["strategy"])
    if given["mutations"] is SEARCH["mutations"].default:
        given["mutations"] = strategy.mutations
    if not strategy.races or given["hurdle"]:
        given["race"] = None
    given["strategy"] = strategy(**{name: given[name] for name in strategy.declared()})
    addresses = _each(ADDRESS_NAMES, shape["addresses"], PROGRAM["addresses"].default)
    sizes = [shape["sizes"].get(name) for name in signature.keys]
    if not isinstance(shape["initial"], str):
        own_programs = [one.functions for one in shape["initial"] if one.names == signature.names]
        longest = [max(map(len, same), default=0) for same in zip(*own_programs, strict=True)]
        sizes = [a if b is None else b for a, b in zip(longest or sizes, sizes, strict=True)]
    # A size that was given widens limits that were not.
    limits = {
        name: (low, high) if size is None else (min(low, size), max(high, size))
        for (name, (low, high)), size in zip(default_limits.items(), sizes, strict=True)
    }
    # The default itself is none that was given.
    own = shape["size_limits"] if shape["size_limits"] is not default_limits else {}
    size_limits = _each(signature.keys, own, limits)
    return {
        "island": IslandSettings(
            strategy=given["strategy"], **{name: given[name] for name in settings(IslandSettings)}
        ),
        "run": RunSettings(**{name: given[name] for name in settings(RunSettings)}),
        "limits": RunLimits(**{name: given[name] for name in settings(RunLimits)}),
        "program": ProgramSettings(
            # None in a draft alone.
            declared=cast(SignatureLike, declared),
            ops=_ops(shape, signature, addresses),
            sizes=tuple(
                low if size is None else size for size, (low, _) in zip(sizes, size_limits, strict=True)
            ),
            size_limits=size_limits,
            addresses=addresses,
            initial=shape["initial"],
        ),
    }


KEYS: Final[Mapping[str, dict[str, Setting]]] = {"search": SEARCH, "program": PROGRAM}
"""The keys of the tables that parameters are made of."""


def checked(
    name: str, values: Any, problems: Problems, where: str = "", signature: Signature | None = None
) -> dict[str, Any]:
    """The values of the table `search` or `program`, defaults for those not given or wrong.

    `where` is what the table is called where it stands elsewhere; `signature` that of the programs, if it is
    not supervised learning's.
    """
    if not isinstance(values, Mapping):
        problems.add(where or name, f"expected a table, but it is {shown(values)}")
        values = {}
    keys = KEYS[name] | (own_keys(values.get("strategy")) if name == "search" else {})
    if name == "program" and signature is not None:
        keys = program_keys(signature)
    return taken(where or name, values, keys, problems, lambda key: _unknown(name, key, keys))


def _unknown(table: str, key: str, keys: Iterable[str]) -> str:
    """What to say of a key that a table does not have."""
    if elsewhere := [other for other, keys in KEYS.items() if key in keys and other != table]:
        return f"there is no such key; it belongs to [{elsewhere[0]}]"
    return f"there is no such key; {nearest(key, keys)}"


def writable(signature: Signature, counts: Sequence[int]) -> dict[str, tuple[int, ...]]:
    """The addresses of each kind that evolved code may write, given how many of each kind there are."""
    taken = {(address.kind, address.index) for address in signature.written}
    return {
        kind: tuple(i for i in range(count) if (kind, i) not in taken)
        for kind, count in zip(KINDS, counts, strict=True)
    }


def _each(names: Sequence[str], given: Mapping[str, Any], defaults: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(given.get(name, defaults[name]) for name in names)


def _ops(
    shape: Mapping[str, Any], signature: Signature, addresses: Sequence[int]
) -> tuple[tuple[str, ...], ...]:
    def listed(ops: str | tuple[str, ...]) -> tuple[str, ...]:
        if not isinstance(ops, str):
            return ops
        fitting = (op for op in OP_SETS[ops] if op != NO_OP and not _lacks(op, signature, addresses))
        return tuple(op.name for op in fitting)

    own = (shape[f"{name}_ops"] for name in signature.keys)
    return tuple(listed(shape["ops"] if ops is None else ops) for ops in own)


def _lacks(op: Op, signature: Signature, addresses: Sequence[int]) -> str:
    """What an operation needs and the addresses do not give; empty if nothing."""
    counts, written = dict(zip(KINDS, addresses, strict=True)), writable(signature, addresses)
    names = dict(zip(KINDS, ADDRESS_NAMES, strict=True))
    for kind in op.operands:
        if counts[kind] == 0:
            return f"reads {names[kind]}, but program.addresses.{names[kind]} is 0"
    if op.result and not written[op.result]:
        kind = names[op.result]
        return f"writes {kind}, but program.addresses.{kind} = {counts[op.result]} leaves none to write"
    return ""


def _address_conflicts(params: Params) -> Iterator[tuple[str, str]]:
    program = params.program
    counts = dict(zip(KINDS, program.addresses, strict=True))
    names = dict(zip(KINDS, ADDRESS_NAMES, strict=True))
    for address in sorted(program.signature.addresses, key=str):
        if counts[address.kind] <= address.index:
            yield (
                "program.addresses",
                f"{program.declared.name} needs {address}, so expected at least "
                f"{names[address.kind]} = {address.index + 1}, but it is {counts[address.kind]}",
            )


def _op_conflicts(params: Params) -> Iterator[tuple[str, str]]:
    program = params.program
    if not any(program.ops):
        yield "program.ops", "no function has an operation; expected a list of operations"
    for function, names in zip(program.signature.keys, program.ops, strict=True):
        lacking: dict[str, list[str]] = {}
        for name in dict.fromkeys(names):
            if lack := _lacks(BY_NAME[name], program.signature, program.addresses):
                lacking.setdefault(lack, []).append(name)
        for lack, (name, *more) in lacking.items():
            others = f" (and {len(more)} more)" if more else ""
            yield f"program.ops ({function})", f"{name}{others} {lack}; raise it or remove the operation"


def _migrant_conflicts(params: Params) -> Iterator[tuple[str, str]]:
    run, population_size = params.run, params.island.strategy.population_size
    sources = {"full": run.n_islands - 1, "none": 0}.get(run.topology, min(1, run.n_islands - 1))
    if sources * run.n_migrants > population_size:
        yield (
            "search.n_migrants",
            f"{run.n_migrants} from each of {sources} islands are more than a "
            f'population of {population_size}; expected fewer, or topology = "random"',
        )


def _initial_conflicts(params: Params) -> Iterator[tuple[str, str]]:
    initial, signature = params.program.initial, signature_of(params.program.declared)
    if not isinstance(initial, str):
        for number, program in enumerate(initial, 1):
            problems = Problems()
            with problems.at("program.initial"):
                check_names(program, signature)
            yield from ((one.where, f"program {number}: {one.what}") for one in problems.found)
    elif isinstance(params.program.declared, Signature) and initial not in ("empty", "random"):
        yield (
            "program.initial",
            f"{initial} is a program of supervised learning; expected empty, random or programs of your own",
        )


def _keys(program: Any) -> tuple[str, ...]:
    """Keys of the functions; those of supervised learning in a draft, where the signature is not known."""
    return FUNCTIONS if program.declared is None else signature_of(program.declared).keys


def _size_conflicts(params: Params) -> Iterator[tuple[str, str]]:
    program = params.program
    for name, size, (low, high) in zip(_keys(program), program.sizes, program.size_limits, strict=True):
        if not low <= size <= high:
            yield (
                f"program.sizes.{name}",
                f"{size} instructions are outside program.size_limits.{name}, expected from {low} to {high}",
            )


def _strategy_conflicts(params: Params) -> Iterator[tuple[str, str]]:
    strategy = params.island.strategy
    if conflict := strategy.conflict(params.program.initial, params.program.ops):
        yield "search.strategy", conflict
    reads = signature_of(params.program.declared) if params.program.declared is not None else None
    if isinstance(reads, Signature) and not any(one.read - reads.written for one in reads.functions):
        yield "signature", "no output is at an address that evolved code may write; give one its own address"
    connected = [name for name, _ in params.island.mutations if name not in UNCONNECTED]
    if connected and not strategy.scores_tasks:
        yield (
            "search.mutations",
            f'{", ".join(connected)} need strategy = "size_bins"; {strategy.name} has '
            f"{', '.join(UNCONNECTED)}",
        )


def _random_conflicts(params: Params) -> Iterator[tuple[str, str]]:
    program = params.program
    if program.initial != "random":
        return
    for name, size, names in zip(_keys(program), program.sizes, program.ops, strict=True):
        if size and not names:
            yield (
                f"program.sizes.{name}",
                f"{size} random instructions, but program.{name}_ops is empty; "
                "expected 0 (with program.size_limits from 0), or operations",
            )


_OPS: Final = ("program.ops", *(f"program.{name}_ops" for name in FUNCTIONS))
_SIZES: Final = ("program.initial", "program.sizes", "program.size_limits")
CONFLICTS: Final[tuple[tuple[Callable[[Params], Iterator[tuple[str, str]]], bool, tuple[str, ...]], ...]] = (
    (
        _strategy_conflicts,
        False,
        ("search.strategy", "search.mutations", "program.initial", *_OPS),
    ),
    (
        _migrant_conflicts,
        False,
        ("search.n_islands", "search.topology", "search.n_migrants", "search.population_size"),
    ),
    (_initial_conflicts, True, ("program.initial",)),
    (_size_conflicts, False, _SIZES),
    (_random_conflicts, False, (*_SIZES, *_OPS)),
    (_address_conflicts, True, ("program.addresses",)),
    (_op_conflicts, True, ("program.addresses", *_OPS)),
)
"""What finds values that do not go together, whether it must know the evaluation type, and which keys must
be right before it can look."""


def conflicts(params: Params | Mapping[str, Any], known: Problems | None = None) -> list[SettingProblem]:
    """What does not go together in parameters, or in a draft but for what known problems spoil."""
    values: Any = SimpleNamespace(**params) if isinstance(params, Mapping) else params
    return [
        SettingProblem(where, what)
        for find, by_type, keys in CONFLICTS
        if not (by_type and values.program.declared is None) and not (known and known.wrong(*keys))
        for where, what in find(values)
    ]
