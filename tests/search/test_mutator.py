"""The mutator: children of given programs, the same for a seed, within the search's limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from search.test_any_signature import HEAVY_BALL, OPTIMIZER, SIGN_DESCENT, searching
from strategies import programs

import azc
from azc.errors import AzcError
from azc.ir import Program, interface_of, verify
from azc.passes import canonical, dead_code
from azc.search import Mutator, parameters

ADDRESSES = {"scalars": 10, "vectors": 10, "matrices": 10}
SIZES = {"size_limits": {"setup": [0, 60], "predict": [0, 60], "learn": [0, 60]}}
PARAMS = parameters({}, {"addresses": ADDRESSES, "ops": "extended", **SIZES}, "RMS_ERROR")


@given(st.lists(programs(max_address=9, literals=False), min_size=1, max_size=4), st.integers(0, 99))
def test_children_are_programs_of_live_code(given_programs: list[Program], seed: int) -> None:
    """A child is legal, has live code only, and nearly always computes something else than its parent."""
    interface = interface_of("RMS_ERROR")
    made = Mutator(PARAMS, seed)(given_programs)
    assert len(made) == len(given_programs)
    for child in made:
        verify(child)
        assert dead_code(child, interface) == child
    assert Mutator(PARAMS, seed)(given_programs) == made


def test_children_differ_from_their_parents() -> None:
    """Of many children of one program none computes the same, and most differ from each other."""
    params = searching(OPTIMIZER)
    made = Mutator(params, 1)([HEAVY_BALL, SIGN_DESCENT] * 100)
    forms = [canonical(child, OPTIMIZER) for child in made]
    assert canonical(HEAVY_BALL, OPTIMIZER) not in forms[::2]
    assert canonical(SIGN_DESCENT, OPTIMIZER) not in forms[1::2]
    assert len(set(map(azc.format_program, forms))) > 150


def test_what_a_search_could_not_have_is_an_error() -> None:
    """The error names the program: another signature, or an address that there is not."""
    mutate = Mutator(searching(OPTIMIZER))
    assert mutate([]) == []
    with pytest.raises(AzcError, match="program 1: the program has the functions Setup, Predict, Learn"):
        mutate([HEAVY_BALL, Program()])
    far = azc.parse("def Setup():\n  s60 = 1\ndef Update():\n  pass\n", signature=OPTIMIZER)
    with pytest.raises(AzcError, match="program 0: s60 is none of the search's"):
        mutate([far])
