"""Evaluation type of a program, given or guessed."""

import pytest
from programs import WEIGHTED

from azc import AzcError, parse
from azc.passes import evaluation_type

NUMBERS = parse(WEIGHTED)
CLASSES = parse("def Predict():\n  v2 = dot(m0, v0)\n  s3 = mean(v0)\n")
NOTHING = parse("def Predict():\n  s3 = mean(v0)\n")


def chosen(program, *said, **more):
    """Name of a program's evaluation type, and whether it was guessed."""
    found = evaluation_type(program, *said, **more)
    return found.interface.name, bool(found.guess)


@pytest.mark.parametrize("program", [NUMBERS, CLASSES, NOTHING])
def test_first_given_type_counts(program):
    """The first type given counts, for any program."""
    assert chosen(program, None, "ACCURACY", "RMS_ERROR") == ("ACCURACY", False)


def test_default_without_a_given_type():
    """Without a given type it is the default, if an instruction is live under it or none under any type."""
    assert chosen(NUMBERS) == ("RMS_ERROR", False)
    assert chosen(NUMBERS, None, default="ACCURACY") == ("ACCURACY", False)
    assert chosen(NOTHING) == ("RMS_ERROR", False)


def test_another_type_is_guessed_if_nothing_is_live():
    """If nothing is live under the default, another type is guessed, and `guess` names it."""
    assert chosen(CLASSES) == ("MULTICLASS_ACCURACY", True)
    assert chosen(NUMBERS, default="MULTICLASS_ACCURACY") == ("RMS_ERROR", True)
    said = evaluation_type(CLASSES).guess
    assert said == (
        "evaluation type MULTICLASS_ACCURACY, under which 1 of 2 instructions are live; "
        "under RMS_ERROR none is"
    )


def test_unknown_type_is_an_error():
    """An unknown evaluation type raises AzcError with the known ones."""
    with pytest.raises(AzcError, match=r"one of 'RMS_ERROR', .*, not 'R2'"):
        evaluation_type(NUMBERS, "R2")
