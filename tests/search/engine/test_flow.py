"""Dataflow of genomes: what is live, read and written at each point."""

from typing import Any, NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from search.making import ALL_OPS, params
from strategies import programs

from azc.ir import INTERFACES, Program, interface_of
from azc.passes import dead_code
from azc.passes.dead_code import liveness
from azc.search.engine.canonical import CodeTables
from azc.search.engine.compiled import entry, pointers
from azc.search.engine.flow import Flow, analyse, flow
from azc.search.space import code_tables, coding_of

NUMBERS = {"scalars": 9, "vectors": 9, "matrices": 9}


class Packed(NamedTuple):
    """A packed program."""

    genome: Any
    sizes: Any


@entry
def _analyse(packed: Packed, tables: CodeTables, found: Flow) -> None:
    code = pointers(packed)
    analyse(code.genome, code.sizes, pointers(tables), pointers(found))


@settings(max_examples=80, deadline=None)
@given(programs(max_instructions=6, max_address=4, features=4), st.sampled_from(sorted(INTERFACES)))
def test_live_addresses_are_those_of_dead_code_elimination(program: Program, eval_type: str) -> None:
    """At both ends of each function the live addresses are those that the pass computes."""
    interface = interface_of(eval_type)
    program = dead_code(program, interface)
    chosen = params(eval_type, initial=program, addresses=NUMBERS, ops=ALL_OPS)
    coding = coding_of(chosen.program)
    genome, sizes = coding.pack(program, 40)
    found = flow(40, 3)
    _analyse(Packed(genome.ravel(), sizes), code_tables(coding, interface.signature), found)

    def numbers(word: Any) -> set[int]:
        return {number for number in range(64) if int(word) >> number & 1}

    expected = liveness(program, interface)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    for function, name in enumerate(program.names):
        first, last = starts[function] + function, starts[function + 1] + function
        before, after = expected[name]
        assert numbers(found.live[first]) == {coding.number(address) for address in before}
        assert numbers(found.live[last]) == {coding.number(address) for address in after}
        written = {coding.number(i.out) for i in program[name] if i.out is not None}
        assert numbers(found.written[function]) == written


def test_an_empty_program_needs_its_prediction() -> None:
    """Of an empty program the prediction alone is live, before and after Predict and Learn."""
    chosen = params(initial=Program(), addresses=NUMBERS)
    coding = coding_of(chosen.program)
    genome, sizes = coding.pack(Program(), 4)
    found = flow(4, 3)
    _analyse(Packed(genome.ravel(), sizes), code_tables(coding, interface_of("RMS_ERROR").signature), found)
    prediction = 1 << coding.number(interface_of("RMS_ERROR").prediction)
    assert found.live[:3].tolist() == [prediction] * 3
    assert not found.read.any()
