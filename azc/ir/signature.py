"""Signatures: how a program meets whoever runs it.

A signature says which functions a program has, in which order they may run, what is put into memory before
each of them and what is read after it. All that depends on how a program is run reads it there.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

import attrs

from azc.arguments import a_table, a_text, kind_of, several, takes, takes_settings
from azc.errors import AzcError
from azc.ir.ops import KINDS, MAX_ADDRESSES
from azc.ir.program import FUNCTION_NAME, LEARN, PREDICT, SETUP, Address, Program, address
from azc.problems import CheckError, Problems, nearest, shown
from azc.settings import TEXT, TRUTH, Check, gathered, list_of, setting, settings, taken

Names = tuple[tuple[str, Address], ...]
"""Names of values, each with its address."""
_ADDRESS: Final = re.compile(rf"([{''.join(KINDS)}])([0-9]{{1,9}})")


def _an_address(value: Any) -> Address:
    found = _ADDRESS.fullmatch(value) if isinstance(value, str) else None
    if found is None and not isinstance(value, Address):
        raise CheckError
    kind, index = (value.kind, value.index) if found is None else (found[1], int(found[2]))
    if not 0 <= index < MAX_ADDRESSES:
        raise CheckError(f"{value} is no address; they go from {kind}0 to {kind}{MAX_ADDRESSES - 1}")
    return address(kind, index)


def _names(value: Any) -> Names:
    pairs = tuple(value.items()) if isinstance(value, Mapping) else value
    if not isinstance(pairs, list | tuple) or not all(
        isinstance(pair, tuple) and len(pair) == 2 for pair in pairs
    ):
        raise CheckError
    named = [name for name, _ in pairs]
    if not all(isinstance(name, str) for name in named):
        raise CheckError
    wrong, found = gathered((name, ADDRESS, where) for name, where in pairs)
    wrong += [f"there are two of the name {name}" for name in _twice(named)]
    wrong += [f"{shown(name)}: {_A_NAME}" for name in found if not FUNCTION_NAME.fullmatch(name)]
    if wrong:
        raise CheckError(*wrong)
    return tuple(found.items())


_A_NAME: Final = "expected a name of ASCII letters, digits and underscores"
ADDRESS: Final = Check("an address, as in v0", _an_address)
_LIST: Final = list_of(TEXT, "a list of names")
_NAMED: Final = Check('a table of names with addresses, as in {weights = "v0"}', _names)


@takes_settings(name=a_text)
@attrs.frozen
class Declaration:
    """A function as a signature declares it."""

    name: str
    inputs: Names = setting("values that are put into memory before it runs, by name", _NAMED, ())
    clears: tuple[Address, ...] = setting(
        "addresses that are set to zero before it runs", list_of(ADDRESS, 'a list like ["s0"]'), ()
    )
    outputs: Names = setting("values that are read after it has run, by name", _NAMED, ())
    opens_step: bool = setting(
        "whether a call opens the next step of the draws, or shares the step of the call before it",
        TRUTH,
        True,
    )
    repeats: tuple[str, ...] = setting(
        "names of inputs that get the same values as in the call before it", _LIST, ()
    )

    @property
    def written(self) -> frozenset[Address]:
        """Addresses that whoever runs the program writes before the function runs."""
        return frozenset((*(where for _, where in self.inputs), *self.clears))

    @property
    def read(self) -> frozenset[Address]:
        """Addresses that whoever runs the program reads after it."""
        return frozenset(where for _, where in self.outputs)

    @property
    def repeated(self) -> frozenset[Address]:
        """Addresses of the inputs that are repeated."""
        return frozenset(where for name, where in self.inputs if name in self.repeats)

    def table(self) -> dict[str, Any]:
        """What it says, as plain values; what it leaves out is not there."""
        values = {
            "inputs": {name: str(where) for name, where in self.inputs},
            "clears": [str(where) for where in self.clears],
            "outputs": {name: str(where) for name, where in self.outputs},
            "repeats": [*self.repeats],
        }
        kept: dict[str, Any] = {name: value for name, value in values.items() if value}
        return kept if self.opens_step else kept | {"opens_step": False}


_KEYS: Final = settings(Declaration)
Pairs = tuple[tuple[str, str], ...]


@attrs.frozen(init=False)
class Signature:
    """The functions of a program, and what whoever runs it does before and after each.

    The first function runs once, first, and only prepares memory. `functions` are declarations, or a table of
    them by name with values like `{"inputs": {"weights": "v0"}, "outputs": {"change": "v2"}}`; the keys are
    `inputs`, `clears`, `outputs`, `opens_step` and `repeats`. SettingsError lists all that is wrong.
    """

    name: str
    functions: tuple[Declaration, ...]
    follows: Pairs
    """Pairs of functions of which the second may run after the first."""
    replaced: tuple[tuple[str, str, Address], ...]
    """Addresses that may get another value between two functions: the first, the second, the address. In
    training the prediction of probabilities is replaced after Predict."""

    @takes(name=a_text)
    def __init__(
        self,
        name: str,
        functions: Iterable[Declaration] | Mapping[str, Any],
        follows: Pairs | Mapping[str, Iterable[str]] | None = None,
        replaced: tuple[tuple[str, str, Address], ...] = (),
    ) -> None:
        """`follows`: for each function those that may run after it. If left out, all but the first may run
        after any. `replaced` is for azc's own signatures."""
        problems = Problems()
        declared = _declared(functions, problems)
        if not (name and name.isprintable()):
            problems.add("name", f"expected text in one line, but it is {shown(name)}")
        if not _are_replaced(replaced):
            problems.add(
                "replaced", f"expected triples of two functions and an Address, not {shown(replaced)}"
            )
        problems.check()
        names = [one.name for one in declared]
        pairs = _any_order(names) if follows is None else _pairs(follows, names, problems)
        # Setup is step 0, so it opens none.
        declared = (*(attrs.evolve(one, opens_step=False) for one in declared[:1]), *declared[1:])
        self.__attrs_init__(name, declared, pairs, replaced)
        for where, what in _faults(self):
            problems.add(where, what)
        problems.check()

    @classmethod
    def function(cls, variables: int | Iterable[str]) -> "Signature":
        """The signature of a formula: Predict takes a scalar for each variable and gives `value`.

        `variables` are their names, or how many there are: then x0, x1 and so on. They are at s2, s3 and so
        on, the value at s1. SettingsError if there are too many.
        """
        problems = Problems()
        names = _variables(variables, problems)
        problems.check()
        inputs = {name: address("s", 2 + index) for index, name in enumerate(names)}
        return cls(
            "function", {SETUP: {}, PREDICT: {"inputs": inputs, "outputs": {"value": address("s", 1)}}}
        )

    @classmethod
    @takes(table=a_table("a table with name and functions"))
    def from_table(cls, table: Mapping[str, Any]) -> "Signature":
        """The signature that a table says: name, functions, and follows where the order matters.

        `{"name": "function", "variables": ["x", "y"]}` is that of a formula.
        """
        problems = Problems()
        if "variables" in table:
            for key in table.keys() - {"name", "variables"}:
                problems.add(str(key), "does not go with variables, which are those of a formula; remove one")
            if table.get("name", "function") != "function":
                problems.add("variables", 'belong to name = "function"; write out functions for others')
            problems.check()
            return cls.function(table["variables"])
        for key in table:
            if key not in _TABLE:
                problems.add(str(key), f"there is no such key; {nearest(key, _TABLE)}")
        if not isinstance(table.get("name", ""), str):
            problems.add("name", f"expected text, but it is {shown(table['name'])}")
        functions: Any = table.get("functions")
        if not isinstance(functions, Mapping):
            found = "it is missing" if functions is None else f"it is {shown(functions)}"
            problems.add("functions", f"expected a table for each function, by its name, but {found}")
        problems.check()
        return cls(table.get("name", "program"), functions, table.get("follows"))

    def table(self) -> dict[str, Any]:
        """What it says, as plain values, which `from_table` reads."""
        order: dict[str, list[str]] = {}
        for before, after in self.follows:
            order.setdefault(before, []).append(after)
        table: dict[str, Any] = {
            "name": self.name,
            "functions": {one.name: one.table() for one in self.functions},
        }
        table["functions"][self.names[0]] = {}
        return table if self.follows == _any_order(self.names) else table | {"follows": order}

    def __getitem__(self, name: str) -> Declaration:
        """The function of a name; AzcError if there is none."""
        try:
            return self.functions[self.names.index(name)]
        except Exception:  # a user's own class may raise anything when it is compared
            raise AzcError(f"there is no function {shown(name)}; {nearest(name, self.names)}") from None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the functions."""
        return tuple(one.name for one in self.functions)

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the functions in lower case, as configurations have them."""
        return tuple(name.lower() for name in self.names)

    @property
    def addresses(self) -> frozenset[Address]:
        """Addresses that whoever runs the program reads or writes, so that their names must stay."""
        return self.written.union(*(one.read for one in self.functions))

    def overwritten(self, source: str, target: str) -> frozenset[Address]:
        """Addresses that get values from outside after one function and before another."""
        written = self[target].written
        return written.union(where for *pair, where in self.replaced if pair == [source, target])

    @property
    def written(self) -> frozenset[Address]:
        """Addresses that the program's own code never writes, since whoever runs it writes them."""
        return frozenset[Address]().union(*(one.written for one in self.functions))


_TABLE: Final = ("name", "functions", "follows", "variables")


def _variables(variables: Any, problems: Problems) -> list[str]:
    """Names of a formula's variables."""
    most = MAX_ADDRESSES - 2
    if isinstance(variables, int) and not isinstance(variables, bool) and 1 <= variables <= most:
        return [f"x{index}" for index in range(variables)]
    names = list(variables) if isinstance(variables, list | tuple) else []
    if not 1 <= len(names) <= most or not all(isinstance(name, str) for name in names):
        problems.add("variables", f"expected names or their number, from 1 to {most}, not {shown(variables)}")
        return []
    problems.add("variables", *(f"there are two of the name {name}" for name in _twice(names)))
    return names


def _are_replaced(value: Any) -> bool:
    return isinstance(value, tuple) and all(
        isinstance(one, tuple) and len(one) == 3 and isinstance(one[2], Address) for one in value
    )


_DECLARATIONS: Final = several(
    kind_of(Declaration), "Declarations, or a table of functions by name", into=tuple
)
_FOLLOWS: Final = 'for each function those that may run after it, as in {Setup = ["Update"]}'


def _declared(functions: Any, problems: Problems) -> tuple[Declaration, ...]:
    if not isinstance(functions, Mapping):
        found: tuple[Declaration, ...] = _DECLARATIONS("functions", functions)
        return found
    made = []
    for name, given in functions.items():
        where = f"functions.{name}"
        if isinstance(given, Mapping):
            made.append(Declaration(str(name), **taken(where, given, _KEYS, problems, _unknown)))
        else:
            problems.add(where, f"expected a table with some of {', '.join(_KEYS)}, but it is {shown(given)}")
    return tuple(made)


def _unknown(key: str) -> str:
    return f"there is no such key; {nearest(key, _KEYS)}"


def _any_order(names: Sequence[str]) -> Pairs:
    return tuple((before, after) for before in names for after in names[1:])


def _pairs(follows: Any, names: Sequence[str], problems: Problems) -> Pairs:
    try:
        if isinstance(follows, Mapping):
            follows = [(before, after) for before, some in follows.items() for after in _LIST(some)]
        pairs = {(before, after) for before, after in map(_LIST, follows)}
        return tuple(sorted(pairs, key=lambda pair: (*map(names.index, filter(names.__contains__, pair)),)))
    except Exception:  # a user's own class may raise anything
        problems.add("follows", f"expected {_FOLLOWS}, but it is {shown(follows)}")
        return ()


def check_names(program: Program, signature: Signature) -> None:
    """AzcError if a program's functions are not those of a signature."""
    if program.names != signature.names:
        raise AzcError(
            f"the program has the functions {', '.join(map(str, program.names))}, the signature "
            f"{signature.name} has {', '.join(signature.names)}; give the program's own signature where one "
            "is taken; on tasks only programs of supervised learning run"
        )


Fault = tuple[str, str]
"""Where it is, and what."""


def _faults(signature: Signature) -> Iterator[Fault]:
    names = [one.name for one in signature.functions]
    if not names:
        yield "functions", "there is none; expected at least two, of which the first prepares memory"
        return
    for name in dict.fromkeys(names):
        if not FUNCTION_NAME.fullmatch(name):
            yield f"functions.{name}", _A_NAME
        if [other.lower() for other in names].count(name.lower()) > 1:
            yield f"functions.{name}", "there are two of this name; names differ by more than case"
    for one in signature.functions:
        yield from _faults_of(one)
    first = signature.functions[0]
    if first.inputs or first.clears or first.outputs:
        yield (
            f"functions.{first.name}",
            "it only prepares memory; leave its inputs, clears and outputs out",
        )
    if not any(one.outputs for one in signature.functions):
        yield "functions", "no function has outputs, so nothing that a program does would matter"
    yield from _faults_of_order(signature, names)


def _faults_of(one: Declaration) -> Iterator[Fault]:
    where = f"functions.{one.name}"
    puts = (*(address for _, address in one.inputs), *one.clears)
    for twice in _twice(puts):
        yield where, f"{twice} is written twice before it runs; give each input an address of its own"
    for name in one.repeats:
        if name not in dict(one.inputs):
            yield f"{where}.repeats", f"there is no input {shown(name)}; {nearest(name, dict(one.inputs))}"


def _faults_of_order(signature: Signature, names: list[str]) -> Iterator[Fault]:
    reached, before = {names[0]}, set[str]()
    for pair in signature.follows:
        for name in pair:
            if name not in names:
                yield "follows", f"there is no function {shown(name)}; {nearest(name, names)}"
        if pair[1] == names[0]:
            yield "follows", f"{names[0]} runs once, first; nothing may run before it"
    while reached != before:
        before = set(reached)
        reached |= {target for source, target in signature.follows if source in before}
    sources = {one.name: [a for a, b in signature.follows if b == one.name] for one in signature.functions}
    for one in signature.functions:
        for name, where in one.inputs:
            others = [source for source in sources[one.name] if source in names]
            if name in one.repeats and not all((name, where) in signature[o].inputs for o in others):
                yield (
                    f"functions.{one.name}.repeats",
                    f"{name} is no input of all functions that may run before it, so it repeats nothing",
                )
    for name in names:
        if name not in reached:
            yield f"functions.{name}", "nothing leads to it, so it never runs; name it in follows"


a_signature: Final = kind_of(Signature, advice="make one with azc.Signature(…), or azc.load_signature(path)")
"""Check of an argument that is a Signature."""


def _twice(values: Any) -> list[Any]:
    found = list(values)
    return [value for value in dict.fromkeys(found) if found.count(value) > 1]


_ORDER: Final = ((SETUP, PREDICT), (PREDICT, LEARN), (LEARN, PREDICT), (PREDICT, PREDICT))


@cache
def supervised(features: Address, label: Address, prediction: Address, replaced: bool) -> Signature:
    """The signature of supervised learning: an example is predicted, and in training learned.

    `replaced`: whether the prediction gets another value before Learn.
    """
    return Signature(
        "supervised",
        (
            Declaration(SETUP),
            Declaration(PREDICT, (("features", features),), (label,), (("prediction", prediction),)),
            Declaration(
                LEARN,
                (("features", features), ("label", label)),
                opens_step=False,
                repeats=("features",),
            ),
        ),
        _ORDER,
        ((PREDICT, LEARN, prediction),) if replaced else (),
    )
