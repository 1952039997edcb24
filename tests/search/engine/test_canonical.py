"""Live code in canonical form, and its key."""

from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from programs import program
from search.making import (
    ALL_OPS,
    canonical,
    canonical_program,
    key,
    params,
    renamed,
    scored,
    task,
)
from strategies import programs

from azc.evaluation import evaluate
from azc.ir import INTERFACES, KINDS, Instruction, Program, address
from azc.language import parse
from azc.passes import dead_code
from azc.passes.canonical import canonical as canonical_pass
from azc.search import Params
from azc.search.space import coding_of

TYPES = sorted(INTERFACES)
FEW = programs(max_instructions=6, max_address=4, features=4)
NUMBERS = {"scalars": 9, "vectors": 9, "matrices": 9}


def settings_for(program: Program, eval_type: str = "RMS_ERROR") -> Params:
    """A search with nine addresses of each kind, and the literals of a program."""
    return params(eval_type, initial=program, addresses=NUMBERS, ops=ALL_OPS)


@settings(max_examples=50)
@given(FEW, st.sampled_from(TYPES))
def test_live_code_is_what_dead_code_elimination_leaves(program: Program, eval_type: str) -> None:
    """The canonical form has the operations that dead-code elimination leaves, in each function."""
    live = canonical_program(settings_for(program, eval_type), program)
    left = dead_code(program, INTERFACES[eval_type])
    assert [[i.op for i in f] for f in live.functions] == [[i.op for i in f] for f in left.functions]


@settings(max_examples=50)
@given(FEW, st.sampled_from(TYPES))
def test_the_form_is_that_of_the_pass(program: Program, eval_type: str) -> None:
    """The inner loop and the pass give a program the same canonical form."""
    expected = canonical_pass(program, INTERFACES[eval_type])
    assert canonical_program(settings_for(program, eval_type), program) == expected


@settings(max_examples=50)
@given(FEW, st.sampled_from(TYPES))
def test_the_form_is_idempotent(program: Program, eval_type: str) -> None:
    """The canonical form of a canonical form is itself, with the same key."""
    settings = settings_for(program, eval_type)
    form = canonical_program(settings, program)
    assert canonical_program(settings, form) == form
    assert key(settings, form) == key(settings, program)


@settings(max_examples=50)
@given(FEW, FEW, st.sampled_from(TYPES))
def test_keys_are_equal_where_forms_are(one: Program, other: Program, eval_type: str) -> None:
    """Two programs have the same key if and only if they have the same canonical form."""
    both = Program(
        one["Setup"] + other["Setup"], one["Predict"] + other["Predict"], one["Learn"] + other["Learn"]
    )
    settings = settings_for(both, eval_type)
    same = canonical_program(settings, one) == canonical_program(settings, other)
    assert (key(settings, one) == key(settings, other)) == same


def other_names(draw: Any, eval_type: str) -> dict[Any, Any]:
    """Other names for all addresses but the interface's."""
    names = {}
    for kind in KINDS:
        every = [address(kind, i) for i in range(9)]
        own = [one for one in every if one not in INTERFACES[eval_type].addresses]
        names |= dict(zip(own, draw(st.permutations(own)), strict=True))
    return names


def exchanged(draw: Any, instruction: Instruction) -> Instruction:
    """The same instruction with the operands of a commutative operation perhaps exchanged."""
    if not instruction.op.commutative or draw(st.booleans()):
        return instruction
    return attrs.evolve(instruction, operands=instruction.operands[::-1])


@st.composite
def variants(draw: Any) -> tuple[str, Program, Program]:
    """A program and one that is the same but for names and the order of operands."""
    eval_type, program = draw(st.sampled_from(TYPES)), draw(FEW)
    other = renamed(program, other_names(draw, eval_type))
    functions = (tuple(exchanged(draw, i) for i in f) for f in other.functions)
    return eval_type, program, Program(*functions)


@settings(max_examples=50)
@given(variants())
def test_names_and_the_order_of_operands_do_not_matter(variant: tuple[str, Program, Program]) -> None:
    """Renamed and commuted variants of a program have the same key and canonical form."""
    eval_type, program, other = variant
    settings = settings_for(program, eval_type)
    assert canonical_program(settings, other) == canonical_program(settings, program)
    assert key(settings, other) == key(settings, program)


@settings(max_examples=50)
@given(variants())
def test_dead_code_does_not_matter(variant: tuple[str, Program, Program]) -> None:
    """A program without its dead code has the same key."""
    eval_type, program, other = variant
    settings = settings_for(program, eval_type)
    assert key(settings, dead_code(other, INTERFACES[eval_type])) == key(settings, program)


@settings(max_examples=50)
@given(st.data(), programs(max_instructions=4, max_address=4, features=4))
def test_every_change_of_live_code_matters(data: Any, program: Program) -> None:
    """A changed constant or a removed instruction in live code changes the key."""
    settings = settings_for(program)
    form = canonical_program(settings, program)
    positions = [(f, k) for f, function in enumerate(form.functions) for k in range(len(function))]
    assume(positions)
    where, which = data.draw(st.sampled_from(positions))
    functions = [list(function) for function in form.functions]
    instruction = functions[where][which]
    if instruction.constants:
        index = data.draw(st.integers(0, len(instruction.constants) - 1))
        name = instruction.op.constants[index]
        known = instruction.constants[index]
        other = 3 if name == "draw" else -0.0
        assume(repr(known) != repr(other))
        constants = (*instruction.constants[:index], other, *instruction.constants[index + 1 :])
        functions[where][which] = attrs.evolve(instruction, constants=constants)
    else:
        del functions[where][which]
    changed = Program(*map(tuple, functions))
    assert key(settings, changed) != key(settings, form)


PAIRS = {
    # texts, whether they are the same program
    ("s1 = s3 + s2", "s1 = s5 + s4"): True,
    ("s2 = 0.5; s3 = 0.25; s1 = s2 - s3", "s2 = 0.25; s3 = 0.5; s1 = s2 - s3"): False,
    ("s2 = 0.5; s3 = 0.25; s1 = s3 - s2", "s3 = 0.5; s2 = 0.25; s1 = s2 - s3"): True,
    ("s2 = 0.0; s1 = abs(s2)", "s2 = -0.0; s1 = abs(s2)"): False,
    ("s1 = 0.0", "s1 = -0.0"): False,
    ("s1 = gaussian(0, 1, draw=0)", "s1 = gaussian(0, 1, draw=1)"): False,
    ("v2[0] = 1; s1 = mean(v2)", "v2[0.0] = 1; s1 = mean(v2)"): False,
    ("v2[1] = 1; s1 = mean(v2)", "v3[1] = 1; s1 = mean(v3)"): True,
    ("s1 = 2 * s3", "s1 = s3 * 2"): True,
    ("s1 = s0 + s3", "s1 = s3 + s0"): True,
    ("s1 = s0 + s3", "s1 = s2 + s4"): False,
    ("s1 = minimum(s0, s3)", "s1 = minimum(s3, s0)"): False,
    ("s1 = abs(s4); s5 = 3", "NoOp(); s1 = abs(s2)"): True,
}


@pytest.mark.parametrize(("texts", "same"), PAIRS.items(), ids=lambda pair: str(pair))
def test_small_differences(texts: tuple[str, str], same: bool) -> None:
    """Pairs of similar Predict functions have the same key exactly if they are the same program."""
    one, other = (program(predict=text) for text in texts)
    settings = settings_for(Program((), one["Predict"] + other["Predict"]))
    assert (key(settings, one) == key(settings, other)) == same


LINES = ("s2 = {}", "s1 = s2 + s3; s4 = {}; s1 = s1 + s4", "s3 = {}")


@pytest.mark.parametrize("function", range(3))
def test_every_bit_of_a_constant_matters(function: int) -> None:
    """Programs that differ in one bit of a constant, in any function, differ in both words of their keys."""
    own = np.float64(1.5).view(np.int64)
    values = [own, *(own ^ np.int64(-(2**63) if bit == 63 else 1 << bit) for bit in range(64))]
    numbers = [float(value.view(np.float64)) for value in values]

    def constant(value: float) -> Program:
        return program(
            *(line.format(repr(value) if index == function else "0.5") for index, line in enumerate(LINES))
        )

    settings = settings_for(constant(1.5))
    keys = [key(settings, constant(value)) for value in numbers]
    assert len(set(keys)) == len(keys)
    for word in range(2):
        assert len({k[word] for k in keys}) == len(keys), word


def test_where_a_function_ends_matters() -> None:
    """The same instructions, divided otherwise into functions, have another key."""
    one = parse("def Setup():\n  s1 = 1\ndef Predict():\n  s1 = s1 + s1\n")
    other = parse("def Predict():\n  s1 = 1\n  s1 = s1 + s1\n")
    assert key(settings_for(one), one) != key(settings_for(one), other)


def test_addresses_never_written_become_one() -> None:
    """Addresses that are never written become one of each kind, the next after those written."""
    program = parse("def Predict():\n  s3 = s4 + s5\n  v4 = v5 + v6\n  s6 = dot(v4, v7)\n  s1 = s3 + s6\n")
    expected = parse("def Predict():\n  s2 = s4 + s4\n  v1 = v2 + v2\n  s3 = dot(v1, v2)\n  s1 = s2 + s3\n")
    assert canonical_program(settings_for(program), program) == expected


@settings(max_examples=50)
@given(programs(max_instructions=5, max_address=4, features=4), st.sampled_from(TYPES))
def test_the_form_computes_the_same(program: Program, eval_type: str) -> None:
    """The canonical form has the program's fitness bit for bit, in an evaluation and in the inner loop."""
    tasks = [task(seed, eval_type=eval_type) for seed in range(2)]
    form = canonical_program(settings_for(program, eval_type), program)
    assert evaluate(form, tasks).fitness.hex() == evaluate(program, tasks).fitness.hex()
    assert scored(form, tasks)[0].hex() == scored(program, tasks)[0].hex()


@settings(max_examples=50)
@given(FEW)
def test_the_live_genome_is_packed_as_any_other(program: Program) -> None:
    """A live genome has the sizes and words of the packed canonical form."""
    settings = settings_for(program)
    live = canonical(settings, program)
    rows = int(live.sizes.sum())
    genome, sizes = coding_of(settings.program).pack(canonical_program(settings, program), rows)
    assert live.sizes.tolist() == sizes.tolist()
    assert live.genome.reshape(-1, 4)[:rows].tolist() == genome.tolist()
