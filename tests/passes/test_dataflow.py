"""Dataflow along any control flow: the solver, compared with walks through the functions."""

from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import programs

from azc.ir import Declaration, Program, Signature, address
from azc.passes import Analysis, Function, reads
from azc.passes.dataflow import backward, forward

NAMES = ("First", "Second", "Third")
EDGES = st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES[1:])))
S1 = address("s", 1)
FACT = frozenset[object]
PROGRAMS = programs(max_instructions=4, max_address=3, features=2)


def signature(follows: set[tuple[str, str]]) -> Signature:
    """Three functions, the second with an output, that may also run in these orders."""
    functions = (
        Declaration("First"),
        Declaration("Second", {}, (), {"x": address("s", 1)}),
        Declaration("Third"),
    )
    follows = follows | {("First", "Second"), ("Second", "Third")}
    return Signature("walks", functions, tuple(sorted(follows)))


def walks(signature: Signature, length: int) -> list[tuple[str, ...]]:
    """All walks from the first function, of at most some functions."""
    found = [(NAMES[0],)]
    for walk in found:
        if len(walk) < length:
            found += [(*walk, after) for before, after in signature.follows if before == walk[-1]]
    return found


def live_before(function: Function, live: FACT) -> FACT:
    """Addresses live before a function, if these are live after it."""
    for instruction in reversed(function):
        if instruction.out in live:
            live = live - {instruction.out} | reads(instruction)
    return live


@settings(max_examples=60, deadline=None)
@given(PROGRAMS, EDGES)
def test_an_address_is_live_if_it_is_on_some_walk(program: Program, follows: set[tuple[str, str]]) -> None:
    """The solver's live addresses are those of all walks together, each followed backwards."""
    given_order, functions = signature(follows), dict(zip(NAMES, program.functions, strict=True))
    found = backward(
        program,
        given_order,
        Analysis(
            begins=lambda name: FACT(given_order[name].read),
            join=FACT.union,
            through=lambda _, function, live: live_before(function, live),
            along=lambda _before, _after, live: live,
        ),
    )
    expected = {name: FACT() for name in NAMES}
    for walk in walks(given_order, 7):
        live = FACT()
        for name in reversed(walk):
            live |= given_order[name].read
            expected[name] |= live
            live = live_before(functions[name], live)
    assert {name: after for name, (_, after) in found.items()} == expected


@settings(max_examples=60, deadline=None)
@given(PROGRAMS, EDGES)
def test_a_fact_holds_if_it_holds_on_every_walk(program: Program, follows: set[tuple[str, str]]) -> None:
    """The addresses that no function has written when another begins are those of no walk."""
    given_order, functions = signature(follows), dict(zip(NAMES, program.functions, strict=True))
    everything = FACT(program.addresses())
    found = forward(
        program,
        given_order,
        Analysis(
            begins=lambda _: everything,
            join=FACT.intersection,
            through=lambda _, function, untouched: untouched - {i.out for i in function},
            along=lambda _before, _after, untouched: untouched,
        ),
    )
    for walk in walks(given_order, 5):
        written = FACT(i.out for name in walk[:-1] for i in functions[name])
        assert found[walk[-1]][0] <= everything - written
    for name in NAMES:
        before = [walk[:-1] for walk in walks(given_order, 5) if walk[-1] == name]
        touched = FACT(i.out for walk in before for one in walk for i in functions[one])
        assert found[name][0] == everything - touched
