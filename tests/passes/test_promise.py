"""Promise of passes: no pass, pair of passes or pipeline changes a bit of errors, fitness and stops.

AZC_TEST_EXAMPLES sets the number of examples; the default is 50.
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
"""Passes that keep every bit of memory, too."""
SETTINGS = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), print_blob=True)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Program, Interface]:
    """A program, with much work for passes or any, and an evaluation type."""
    interface = draw(INTERFACE)
    of_all = programs(max_address=MAX_ADDRESS, features=FEATURES)
    special = programs(max_address=MAX_ADDRESS, features=FEATURES, values=values())
    return draw(busy_programs(interface) | busy_programs(interface) | special | of_all), interface


def results(program: Program, interface: Interface) -> Iterator[tuple[str, Program, bool]]:
    """Results of every pass, every pair of passes and the pipeline, and whether they keep memory."""
    yield "all", optimize(program, interface), False
    for first in PASSES:
        once = PASSES[first](program, interface)
        yield first, once, first in IN_PLACE
        for second in PASSES:
            kept = first in IN_PLACE and second in IN_PLACE
            yield f"{first}, {second}", PASSES[second](once, interface), kept


def assert_kept(program: Program, interface: Interface, backend: str, precision: str) -> None:
    """Assert that all results of passes have the program's bits."""
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
def test_passes_change_no_bit_on_kernels(precision: str, case: tuple[Program, Interface]) -> None:
    """Any pass, any pair of passes and the pipeline keep fitness, errors, stops and steps on kernels."""
    assert_kept(*case, "kernels", precision)


@pytest.mark.parametrize("precision", ["float64", "float32"])
@settings(SETTINGS, max_examples=max(1, EXAMPLES // 5))
@given(case=cases())
def test_passes_change_no_bit_in_python(precision: str, case: tuple[Program, Interface]) -> None:
    """Passes keep fitness, errors, stops and steps on the Python backend."""
    assert_kept(*case, "python", precision)


@pytest.mark.parametrize("precision", ["float64", "float32"])
@settings(SETTINGS, max_examples=max(1, EXAMPLES // 10))
@given(case=cases())
def test_passes_change_no_bit_in_native_code(precision: str, case: tuple[Program, Interface]) -> None:
    """Passes keep fitness, errors, stops and steps in native code."""
    assert_kept(*case, "native", precision)


@pytest.mark.parametrize("name", PASSES)
@SETTINGS
@given(case=cases())
def test_every_pass_is_idempotent(name: str, case: tuple[Program, Interface]) -> None:
    """Every pass is idempotent, and its result passes the verifier."""
    once = verify(PASSES[name](*case))
    assert PASSES[name](once, case[1]) == once


@SETTINGS
@given(case=cases(), level=st.integers(0, 2))
def test_pipeline_is_idempotent(case: tuple[Program, Interface], level: int) -> None:
    """Every level is idempotent, never adds instructions, and its result passes the verifier."""
    program, interface = case
    once = verify(optimize(program, interface, level))
    assert optimize(once, interface, level) == once
    assert sum(map(len, once.functions)) <= sum(map(len, program.functions))


def test_passes_have_work() -> None:
    """Every pass changes more than a tenth of the programs that these tests draw."""
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
