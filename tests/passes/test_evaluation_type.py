"""How a program meets its data, where somebody says it and where nobody does."""

import pytest
from programs import WEIGHTED

from azc import AzcError, parse
from azc.passes import evaluation_type

NUMBERS = parse(WEIGHTED)
CLASSES = parse("def Predict():\n  v2 = dot(m0, v0)\n  s3 = mean(v0)\n")
NOTHING = parse("def Predict():\n  s3 = mean(v0)\n")


def chosen(program, *said, **more):
    """The name of a program's evaluation type, and whether it was guessed."""
    found = evaluation_type(program, *said, **more)
    return found.interface.name, bool(found.guess)


@pytest.mark.parametrize("program", [NUMBERS, CLASSES, NOTHING])
def test_what_is_said_first_counts(program):
    """Whatever the program does."""
    assert chosen(program, None, "ACCURACY", "RMS_ERROR") == ("ACCURACY", False)


def test_without_a_word_it_is_the_default():
    """Where something is live under it, or nothing under any."""
    assert chosen(NUMBERS) == ("RMS_ERROR", False)
    assert chosen(NUMBERS, None, default="ACCURACY") == ("ACCURACY", False)
    assert chosen(NOTHING) == ("RMS_ERROR", False)


def test_without_a_word_another_type_is_tried():
    """Where nothing is live under the default; which was taken is said."""
    assert chosen(CLASSES) == ("MULTICLASS_ACCURACY", True)
    assert chosen(NUMBERS, default="MULTICLASS_ACCURACY") == ("RMS_ERROR", True)
    said = evaluation_type(CLASSES).guess
    assert said == (
        "evaluation type MULTICLASS_ACCURACY, under which 1 of 2 instructions are live; "
        "under RMS_ERROR none is"
    )


def test_another_word_is_an_error():
    """It names the types that there are."""
    with pytest.raises(AzcError, match=r"one of 'RMS_ERROR', .*, not 'R2'"):
        evaluation_type(NUMBERS, "R2")
