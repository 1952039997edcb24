"""Numbers tuned by CMA-ES."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from programs import linear
from search.making import ALL_OPS, params, task
from strategies import programs

import azc
from azc.errors import AzcError
from azc.evaluation import Evaluator
from azc.ir import Address, Instruction, Literal, Program, faults, quantities, with_quantities
from azc.search import Search, tune
from azc.search.tuning import _moved


def some_tasks() -> list[azc.Task]:
    """Tasks of linear regression."""
    return [task(seed, train=60, valid=20) for seed in range(3)]


def test_a_learning_rate_is_tuned() -> None:
    """A bad learning rate becomes a good one, and the fitness is that of the program returned."""
    slow = azc.parse(linear(0.0005))
    tuned = tune(slow, some_tasks(), evals=300)
    judge = Evaluator(some_tasks())
    assert tuned.before == judge.fitness(slow) < 0.5
    assert tuned.fitness == judge.fitness(tuned.program) > 0.9
    assert (tuned.numbers, tuned.evals <= 300 + 20) == (1, True)
    assert tune(slow, some_tasks(), evals=300) == tuned
    assert tune(slow, some_tasks(), evals=300, seed=1) != tuned


def test_the_program_itself_is_the_least_that_comes_back() -> None:
    """With one evaluation, or nothing better, the program comes back as it was."""
    program = azc.parse(linear(0.05))
    assert tune(program, some_tasks(), evals=1).program == program
    useless = azc.parse("def Setup():\n  s3 = 0.1\ndef Predict():\n  s1 = s1 - s1\ndef Learn():\n  pass\n")
    tuned = tune(useless, some_tasks(), evals=50)
    assert (tuned.program, tuned.fitness) == (useless, tuned.before)


def test_a_program_without_numbers_is_an_error() -> None:
    """Nothing to tune is an error that says what was expected."""
    with pytest.raises(AzcError, match="no numbers to tune; expected a constant, a literal or a draw"):
        tune(azc.parse("def Predict():\n  s1 = norm(v0)\n"), some_tasks())


@settings(max_examples=60)
@given(programs(), st.integers(0, 2**32 - 1))
@example(azc.parse("def Learn():\n  s0 = gaussian(0, -0.0)\n"), 0)
def test_other_numbers_make_a_sound_program(program: Program, seed: int) -> None:
    """Whatever the numbers, the program stays sound, and all but its numbers stays as it was."""
    start = np.array(quantities(program))
    step = np.random.default_rng(seed).normal(size=len(start)) * 10
    tried = with_quantities(program, _moved(start, step).tolist())
    assert quantities(tried) or not len(start)
    assert [*faults(tried)] == [*faults(program)] == []
    assert shape(tried) == shape(program)
    assert (
        with_quantities(program, start.tolist()) == program
        or not np.isfinite(start).all()
        or unsorted(program)
    )


def unsorted(program: Program) -> bool:
    """Whether a uniform draw's bounds are not in order, or a spread is negative: tuning mends that."""
    return any(
        (i.op.meaning == "uniform" and i.constants[0] > i.constants[1])
        or ("sd" in i.op.constants and math.copysign(1, i.constants[1]) < 0)
        for i in program.instructions()
    )


def shape(program: Program) -> list[tuple[object, ...]]:
    """Operations, addresses, indices and draws of a program."""
    return [of(instruction) for function in program.functions for instruction in function]


def of(instruction: Instruction) -> tuple[object, ...]:
    """What tuning must not change of an instruction."""
    addresses = tuple(one if isinstance(one, Address) else "literal" for one in instruction.operands)
    pairs = zip(instruction.op.constants, instruction.constants, strict=True)
    fixed = tuple(value for name, value in pairs if name in ("index", "row", "column", "draw"))
    return instruction.op.name, instruction.out, addresses, fixed


def test_zero_and_signs() -> None:
    """Zero may become anything, other numbers keep their signs, infinite ones stay."""
    start = np.array([0.0, 2.0, -3.0])
    assert _moved(start, np.zeros(3)).tolist() == start.tolist()
    assert _moved(start, np.array([-1.0, 1.0, 1.0])) == pytest.approx([-0.1, 2 * np.e, -3 * np.e])
    assert np.isfinite(_moved(start, np.array([1e9, 1e9, -1e9]))).all()


def test_programs_of_a_search_can_be_tuned() -> None:
    """Programs of a search, with all its operations, can be tuned; none gets worse."""
    chosen = params(initial="random", ops=ALL_OPS, sizes={"setup": 4, "predict": 4, "learn": 4})
    for program in Search(chosen).ask(8):
        if quantities(program):
            tuned = tune(program, some_tasks(), evals=20)
            assert tuned.fitness >= tuned.before


def test_literals_are_numbers() -> None:
    """A literal operand is tuned like a constant."""
    program = azc.parse("def Predict():\n  s1 = s1 * 3.5\n")
    (found,) = quantities(program)
    assert found == 3.5
    changed = with_quantities(program, [4.5])
    assert next(changed.instructions()).operands[1] == Literal(4.5)
