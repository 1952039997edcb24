"""Table of meanings: each column agrees with the functions of `semantics.py`."""

import numpy as np
import pytest

from azc.backends.python.sources import definitions
from azc.ir import INTERFACE_FUNCTIONS, INTERFACES, MEANINGS, OPS, Op, semantics

SHAPES = {"s": lambda f: (), "v": lambda f: (f,), "m": lambda f: (f, f)}
COMPUTED = [op for op in OPS if hasattr(semantics, op.meaning)]


def used_by(name: str) -> set[str]:
    """Keys of all definitions that a function of `semantics.py` uses, directly or not."""
    found: set[str] = set()
    waiting = [f"semantics.{name}"]
    while waiting:
        uses = definitions()[waiting.pop()].uses - found
        found |= uses
        waiting += [key for key in uses if key in definitions()]
    return found


def called_by(name: str) -> set[str]:
    """Elementary functions and draws that a function calls, directly or through others of `semantics.py`."""
    found: set[str] = set()
    for key in {f"semantics.{name}", *used_by(name)}:
        if key.startswith("semantics."):
            found |= {use for use in definitions()[key].uses if use.startswith(("elementary.", "draws."))}
    return {key.split(".")[1] for key in found}


def arguments(op: Op, features: int) -> list[np.ndarray]:
    """Operands for an operation, each filled with one number."""
    return [np.full(SHAPES[kind](features), 0.1 + i)[()] for i, kind in enumerate(op.operands)]


def test_every_meaning_of_an_operation_has_a_row():
    """The tables of operations and of meanings name the same meanings."""
    assert {op.meaning for op in OPS} == MEANINGS.keys()


def test_every_function_of_an_interface_has_a_row():
    """The table has exactly the functions that the interfaces name for follow, errors and fitness."""
    rows = INTERFACES.values()
    named = {name for row in rows for name in (row.follow, row.train_error, row.valid_error, row.fitness)}
    assert named - {None} == INTERFACE_FUNCTIONS.keys()


@pytest.mark.parametrize("name", [name for name in MEANINGS if hasattr(semantics, name)])
def test_meaning_sums_if_its_function_folds(name):
    """The column `sums` is filled exactly for meanings whose function reaches `fold`."""
    assert bool(MEANINGS[name].sums) == ("semantics.fold" in used_by(name))


@pytest.mark.parametrize("op", COMPUTED, ids=lambda op: op.name)
def test_elements_do_not_depend_on_features_without_a_sum(op):
    """Without a sum, operands filled with numbers give the same elements for 2 and 5 features."""
    if MEANINGS[op.meaning].sums or op.random:
        return
    extra = [[f] if op.meaning == "fill" else [] for f in (2, 5)]
    few, many = (
        getattr(semantics, op.meaning)(*arguments(op, f), *more)
        for f, more in zip((2, 5), extra, strict=True)
    )
    assert set(np.ravel(few)) == set(np.ravel(many))


@pytest.mark.parametrize("name", [*(n for n in MEANINGS if hasattr(semantics, n)), *INTERFACE_FUNCTIONS])
def test_meaning_names_the_function_that_it_calls(name):
    """The column `calls` names the only elementary function or draw that a meaning's function calls."""
    named = INTERFACE_FUNCTIONS[name] if name in INTERFACE_FUNCTIONS else MEANINGS[name].calls
    assert called_by(name) == ({named} - {""})


def test_partial_meanings_are_the_element_writes():
    """The partial meanings are exactly those of operations written `v1[0] = 2`."""
    assert {op for op in OPS if MEANINGS[op.meaning].partial} == {op for op in OPS if op.symbol == "[]="}
