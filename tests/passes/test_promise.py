"""The promise of passes: not one bit of errors, fitness and stops changes, by any pass or pair of passes.

AZC_TEST_EXAMPLES asks for a longer run than the short one of the test suite.
"""

import os
from collections.abc import Iterator

import pytest
from evaluation.comparing import differences
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from passes.making import FEATURES, INTERFACE, MAX_ADDRESS, busy_programs, seen, values
from strategies import programs

from azc.ir import Interface, Program, verify
from azc.passes import PASSES, optimize

pytestmark = pytest.mark.filterwarnings("error")
EXAMPLES = int(os.environ.get("AZC_TEST_EXAMPLES", "50"))
IN_PLACE = ("constants", "algebra", "copies", "subexpressions")
"""Passes after which memory holds the same, too, whenever the program is looked at."""
SETTINGS = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), print_blob=True)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Program, Interface]:
    """A program, busy or any, and an evaluation type."""
    interface = draw(INTERFACE)
    of_all = programs(max_address=MAX_ADDRESS, features=FEATURES)
    special = programs(max_address=MAX_ADDRESS, features=FEATURES, values=values())
    return draw(busy_programs(interface) | busy_programs(interface) | special | of_all), interface


def results(program: Program, interface: Interface) -> Iterator[tuple[str, Program, bool]]:
    """What every pass, every pair of passes and the pipeline make of a program; whether memory is kept."""
    yield "all", optimize(program, interface), False
    for first in PASSES:
        once = PASSES[first](program, interface)
        yield first, once, first in IN_PLACE
        for second in PASSES:
            kept = first in IN_PLACE and second in IN_PLACE
            yield f"{first}, {second}", PASSES[second](once, interface), kept


def assert_kept(program: Program, interface: Interface, backend: str, precision: str) -> None:
    """Assert that no result of passes shows other bits than the program."""
    shown = {m: seen(program, interface.name, backend, precision, m) for m in (False, True)}
    done = {(program, True), (program, False)}
    for name, result, memory in results(program, interface):
        if (result, memory) not in done:
            done.add((result, memory))
            found = seen(result, interface.name, backend, precision, memory)
            assert not differences(shown[memory], found), name


@pytest.mark.parametrize("precision", ["float64", "float32"])
@SETTINGS
@given(case=cases())
def test_no_bit_changes_by_kernels(precision: str, case: tuple[Program, Interface]) -> None:
    """Any pass, any pair of passes and all of them keep fitness, errors, stops and steps."""
    assert_kept(*case, "kernels", precision)


@pytest.mark.parametrize("precision", ["float64", "float32"])
@settings(SETTINGS, max_examples=max(1, EXAMPLES // 5))
@given(case=cases())
def test_no_bit_changes_in_python(precision: str, case: tuple[Program, Interface]) -> None:
    """The same by the backend that is the reference."""
    assert_kept(*case, "python", precision)


@pytest.mark.parametrize("precision", ["float64", "float32"])
@settings(SETTINGS, max_examples=max(1, EXAMPLES // 10))
@given(case=cases())
def test_no_bit_changes_in_native_code(precision: str, case: tuple[Program, Interface]) -> None:
    """The same by whole programs compiled."""
    assert_kept(*case, "native", precision)


@pytest.mark.parametrize("name", PASSES)
@SETTINGS
@given(case=cases())
def test_once_is_enough(name: str, case: tuple[Program, Interface]) -> None:
    """A pass changes nothing in what it made, and the verifier accepts that."""
    once = verify(PASSES[name](*case))
    assert PASSES[name](once, case[1]) == once


@SETTINGS
@given(case=cases(), level=st.integers(0, 2))
def test_once_through_the_pipeline_is_enough(case: tuple[Program, Interface], level: int) -> None:
    """Nor does a level change what it made; it never has more instructions."""
    program, interface = case
    once = verify(optimize(program, interface, level))
    assert optimize(once, interface, level) == once
    assert sum(map(len, once.functions)) <= sum(map(len, program.functions))


def test_passes_have_work() -> None:
    """Of the programs of these tests every pass changes a good part, so that the tests say something."""
    changed = dict.fromkeys(PASSES, 0)
    count = 200

    @settings(max_examples=count, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=cases())
    def look(case: tuple[Program, Interface]) -> None:
        program, interface = case
        for name, run in PASSES.items():
            changed[name] += run(program, interface) != program

    look()
    assert min(changed.values()) > count // 10, changed
