"""Signatures: how a program meets whoever runs it.

A signature says which functions a program has, in which order they may run, what is put into memory before
each of them and what is read after it. All that depends on how a program is run reads it there.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import attrs

from azc.ir.ops import MAX_ADDRESSES
from azc.ir.program import Address
from azc.problems import Problems, nearest, shown

Names = tuple[tuple[str, Address], ...]
"""Names of values, each with its address."""


def _named(given: Mapping[str, Address] | Names) -> Names:
    return tuple(given.items()) if isinstance(given, Mapping) else tuple(given)


@attrs.frozen
class Declaration:
    """A function as a signature declares it."""

    name: str
    inputs: Names = attrs.field(default=(), converter=_named)
    """Values that are put into memory before it runs."""
    clears: tuple[Address, ...] = ()
    """Addresses that are set to zero before it runs."""
    outputs: Names = attrs.field(default=(), converter=_named)
    """Values that are read after it has run."""
    opens_step: bool = True
    """Whether a call opens the next step of the draws; otherwise it shares the step of the call before it."""

    @property
    def key(self) -> str:
        """The name in configurations, in lower case."""
        return self.name.lower()

    @property
    def written(self) -> frozenset[Address]:
        """Addresses that whoever runs the program writes before the function runs."""
        return frozenset((*(where for _, where in self.inputs), *self.clears))

    @property
    def read(self) -> frozenset[Address]:
        """Addresses that whoever runs the program reads after it."""
        return frozenset(where for _, where in self.outputs)


@attrs.frozen
class Signature:
    """The functions of a program, and what whoever runs it does before and after each.

    The first function runs once, first, and only prepares memory. AzcError lists all that is wrong.
    """

    name: str
    functions: tuple[Declaration, ...]
    follows: tuple[tuple[str, str], ...] = attrs.field()
    """Pairs of functions of which the second may run after the first. If left out, all but the first function
    may run after any function."""

    @follows.default
    def _any_order(self) -> tuple[tuple[str, str], ...]:
        names = [one.name for one in self.functions]
        return tuple((before, after) for before in names for after in names[1:])

    def __attrs_post_init__(self) -> None:
        problems = Problems()
        for where, what in _faults(self):
            problems.add(where, what)
        problems.check()

    def __getitem__(self, key: str) -> Declaration:
        """The function of a name in lower case."""
        return next(one for one in self.functions if one.key == key)

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the functions in lower case."""
        return tuple(one.key for one in self.functions)

    @property
    def edges(self) -> tuple[tuple[str, str], ...]:
        """Pairs of functions, in lower case, of which the second may run after the first."""
        return tuple((before.lower(), after.lower()) for before, after in self.follows)

    @property
    def written(self) -> frozenset[Address]:
        """Addresses that the program's own code never writes, since whoever runs it writes them."""
        return frozenset[Address]().union(*(one.written for one in self.functions))


Fault = tuple[str, str]
"""Where it is, and what."""


def _faults(signature: Signature) -> Iterator[Fault]:
    names = [one.name for one in signature.functions]
    if not names:
        yield "functions", "there is none; expected at least two, of which the first prepares memory"
        return
    for name in dict.fromkeys(names):
        if not name.isidentifier():
            yield f"functions.{name}", "expected a name of letters, digits and underscores"
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
    for kind, pairs in (("inputs", one.inputs), ("outputs", one.outputs)):
        for name in _twice([name for name, _ in pairs]):
            yield f"{where}.{kind}", f"there are two of the name {name}"
    puts = (*(address for _, address in one.inputs), *one.clears)
    for address in _twice(puts):
        yield where, f"{address} is written twice before it runs; give each input an address of its own"
    for address in dict.fromkeys((*puts, *(address for _, address in one.outputs))):
        if address.index >= MAX_ADDRESSES:
            yield where, f"{address} is no address; expected at most {address.kind}{MAX_ADDRESSES - 1}"


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
    for name in names:
        if name not in reached:
            yield f"functions.{name}", "nothing leads to it, so it never runs; name it in follows"


def _twice(values: Any) -> list[Any]:
    found = list(values)
    return [value for value in dict.fromkeys(found) if found.count(value) > 1]


SETUP, PREDICT, LEARN = "Setup", "Predict", "Learn"
_ORDER: Final = ((SETUP, PREDICT), (PREDICT, LEARN), (LEARN, PREDICT), (PREDICT, PREDICT))


@cache
def supervised(features: Address, label: Address, prediction: Address) -> Signature:
    """The signature of supervised learning: an example is predicted, and in training learned."""
    return Signature(
        "supervised",
        (
            Declaration(SETUP),
            Declaration(PREDICT, {"features": features}, (label,), {"prediction": prediction}),
            Declaration(LEARN, {"features": features, "label": label}, opens_step=False),
        ),
        _ORDER,
    )
