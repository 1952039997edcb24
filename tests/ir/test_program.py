"""Programs and their parts are values: they compare, hash, copy and pickle by content."""

import copy
import itertools
import math
import multiprocessing
import os
import pickle
import subprocess
import sys

import attrs
import numpy as np
import pytest
from hypothesis import given
from strategies import programs

import azc
from azc.errors import AzcError
from azc.ir import (
    BY_NAME,
    ELEMENT_SETS,
    INTERFACES,
    NO_OP,
    OP_SETS,
    OPS,
    ORIGINAL,
    Address,
    Instruction,
    Literal,
    Program,
    address,
    verify,
)
from azc.passes import optimize

TEXT = """
def Setup():
  s2 = nan
  s3 = -0.0
  v1[2] = 1
  v1[0.5] = 1
  m0 = gaussian(0, 0.1)
def Predict():
  s1 = dot(v0, v1)
  v2 = maximum(0, v0)
def Learn():
  s3 = s0 - s1
  NoOp()
"""
PROGRAM = azc.parse(TEXT)
COPIES = (
    copy.copy,
    copy.deepcopy,
    *(lambda value, p=p: pickle.loads(pickle.dumps(value, p)) for p in range(pickle.HIGHEST_PROTOCOL + 1)),
)
every_copy = pytest.mark.parametrize("copied", COPIES)


def forged(**changes):
    """Operation with the opcode of SCALAR_SUM and other columns changed."""
    return attrs.evolve(BY_NAME["SCALAR_SUM"], **({"constants": ""} | changes))


def fitness(program):
    """Fitness of a program on a small task."""
    x = np.arange(12.0).reshape(4, 3)
    found = azc.evaluate(program, azc.Task(x, x[:, 0], x, x[:, 1]))
    return found.fitness


@every_copy
def test_copied_operation_is_the_row_of_the_table(copied):
    """A copied or unpickled operation is the same object as the row of the table."""
    assert all(copied(op) is op for op in OPS)
    assert copied(NO_OP) is NO_OP
    assert copied(ELEMENT_SETS) == ELEMENT_SETS


def test_equal_operation_is_accepted():
    """A new operation equal to a row has the row's hash and passes the verifier."""
    again = forged()
    assert again is not BY_NAME["SCALAR_SUM"]
    assert again == BY_NAME["SCALAR_SUM"]
    assert hash(again) == hash(BY_NAME["SCALAR_SUM"])
    one, two = (Instruction(op, address("s", 1), (address("s", 2),) * 2) for op in (again, OPS[1]))
    assert one == two
    verify(Program((), (one,)))


def test_operation_equals_no_other_object():
    """An operation compares with objects of other types, and equals none."""
    assert BY_NAME["SCALAR_SUM"] != "SCALAR_SUM"
    assert BY_NAME["SCALAR_SUM"] != BY_NAME["SCALAR_SUM"].code


@pytest.mark.parametrize(
    "changes",
    [{"code": 2}, {"code": -1}, {"code": len(OPS)}, {"symbol": "-"}, {"meaning": "subtract"}, {"cost": 1}],
)
def test_forged_operation_is_refused(changes):
    """An operation that differs from its row in a column equals no row, and the verifier refuses it."""
    op = forged(**changes)
    made = Instruction(op, address("s", 1), (address("s", 2),) * 2)
    assert op not in OPS
    assert made != attrs.evolve(made, op=BY_NAME["SCALAR_SUM"])
    with pytest.raises(AzcError, match="is not an operation of the table"):
        verify(Program((), (made,)))


def test_sets_of_operations_are_nested():
    """Each set of operations begins with the smaller ones; the original's is first, all of `OPS` last."""
    sets = list(OP_SETS.values())
    assert len(ORIGINAL) == 65
    assert sets[0] == ORIGINAL
    assert sets[-1] == OPS
    assert all(larger[: len(smaller)] == smaller for smaller, larger in itertools.pairwise(sets))


def test_set_of_an_operation_is_the_smallest():
    """`op_set` names the smallest set with an operation; it is empty for a forged one."""
    assert all(op.op_set == "original" for op in ORIGINAL)
    assert all(op.op_set == "extended" for op in OPS[len(ORIGINAL) :])
    assert forged(cost=1).op_set == ""


@every_copy
def test_copy_of_a_forged_operation_is_equal(copied):
    """A copy of a forged operation equals the forged one."""
    assert copied(forged(cost=1)) == forged(cost=1)


def test_forged_operation_is_refused_after_the_right_one():
    """An evaluator that has run the right operation still refuses the forged one."""
    right = Instruction(BY_NAME["SCALAR_SUM"], address("s", 1), (address("s", 2),) * 2)
    fitness(Program((), (right,)))
    x = np.ones((2, 2))
    evaluator = azc.evaluation.Evaluator(azc.Task(x, [0, 1], x, [0, 1]))
    evaluator.fitness(Program((), (right,)))
    with pytest.raises(AzcError, match="is not an operation of the table"):
        evaluator.fitness(Program((), (attrs.evolve(right, op=forged(cost=1)),)))


@every_copy
def test_copied_program_is_equal_and_runs_alike(copied):
    """A copied program is equal, passes the verifier and has the same fitness, optimized form and text."""
    again = copied(PROGRAM)
    assert again == PROGRAM
    assert hash(again) == hash(PROGRAM)
    assert verify(again) is again
    assert fitness(again) == fitness(PROGRAM)
    for interface in INTERFACES.values():
        assert optimize(again, interface) == optimize(PROGRAM, interface)
    assert azc.format_program(again) == azc.format_program(PROGRAM)


@every_copy
@pytest.mark.parametrize(
    "value",
    [
        address("v", 3),
        Address("v", 3),
        Literal(-0.0),
        Literal(math.nan),
        PROGRAM["Setup"][0],
        PROGRAM["Predict"][1],
        *INTERFACES.values(),
    ],
    ids=repr,
)
def test_copied_parts_are_equal(copied, value):
    """A copied address, literal, instruction or interface is equal, with the same hash."""
    assert copied(value) == value
    assert hash(copied(value)) == hash(value)


def test_copied_address_is_the_same_object():
    """An address is one object: copies and pickles give it back."""
    assert pickle.loads(pickle.dumps(address("m", 5))) is copy.deepcopy(address("m", 5)) is address("m", 5)


@given(programs())
def test_any_program_comes_back_from_a_pickle(program):
    """Any program equals its unpickled copy, with any constants."""
    again = pickle.loads(pickle.dumps(program))
    assert again == program
    assert hash(again) == hash(program)


CHILD = """
import pickle, sys
program, expected = pickle.load(sys.stdin.buffer), __import__("azc").parse(sys.argv[1])
assert program == expected
assert hash(program) == hash(expected)
assert {expected: 1}[program] == 1
assert {program["Setup"][0], expected["Setup"][0]} == {expected["Setup"][0]}
sys.stdout.buffer.write(pickle.dumps(program))
"""


@pytest.mark.parametrize("seed", ["1", "2"])
def test_hashes_are_not_pickled(seed):
    """A program unpickled in a process with another hash seed hashes like one parsed there."""
    hash(PROGRAM)
    done = subprocess.run(
        [sys.executable, "-c", CHILD, TEXT],
        input=pickle.dumps(PROGRAM),
        capture_output=True,
        env=os.environ | {"PYTHONHASHSEED": seed},
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    back = pickle.loads(done.stdout)
    assert back == PROGRAM
    assert {PROGRAM: 1}[back] == 1


def test_program_has_the_same_fitness_in_another_process():
    """A program sent to another process has the same fitness there."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(fitness, [PROGRAM]) == [fitness(PROGRAM)]
