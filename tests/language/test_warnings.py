"""Warnings about legal text that is surely not meant: message, line and column; none for sound text."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import programs

from azc.ir import INTERFACES, Program, interface_of
from azc.language import format_program
from azc.language.reader import read
from azc.language.warnings import WARNINGS, warnings_of

EXAMPLES = Path(__file__).parents[2] / "examples"
CLEAN = {
    "linear": ("RMS_ERROR", "programs/readme_linear_regression.azl"),
    "figure 5": ("RMS_ERROR", "programs/figure_5_neural_network.azl"),
    "empty": ("RMS_ERROR", "programs/slide_example_2_empty.azl"),
    "logistic": ("ACCURACY", "logistic_regression.azl"),
    "softmax": ("MULTICLASS_ACCURACY", "softmax_regression.azl"),
    "network": ("RMS_ERROR", "two_layer_network.azl"),
}
"""Examples without flaws; the others were found by a search, drawn at random or damaged."""


def said(text: str, eval_type: str = "RMS_ERROR") -> list[str]:
    """The warnings of a text: `line:column: message`."""
    found = warnings_of(read(text, "<azl>"), interface_of(eval_type))
    assert all(problem.severity == "warning" for problem in found)
    return [f"{problem.line}:{problem.column}: {problem.message}" for problem in found]


@pytest.mark.parametrize(("eval_type", "path"), CLEAN.values(), ids=CLEAN.keys())
def test_sound_examples_have_no_warnings(eval_type: str, path: str) -> None:
    """Carefully written programs get no warning."""
    assert said((EXAMPLES / path).read_text(), eval_type) == []


def test_address_never_written() -> None:
    """An address never written gets a warning wherever it is read; an element write counts as a write."""
    text = "def Setup():\n  v3[0] = 1\ndef Predict():\n  s1 = s9 * s9\n  s2 = dot(v0, v3)\n  s1 = s1 + s2\n"
    message = "s9 is never written, so it is always 0"
    assert said(text) == [f"4:8: {message}", f"4:13: {message}"]


def test_operands_in_exchanged_order_keep_their_columns() -> None:
    """`v * s` means `s * v`; the warning has the operand's column in the text."""
    text = "def Predict():\n  v1 = v0 * s9\n  s1 = mean(v1)\n"
    assert said(text) == ["2:13: s9 is never written, so it is always 0"]


def test_addresses_of_the_interface_count_as_written() -> None:
    """The label counts as written, and so does the prediction where a probability replaces it."""
    text = "def Predict():\n  s1 = s2 + 1\ndef Learn():\n  s2 = s0 - s1\n"
    assert said(text) == []
    only_follow = "def Predict():\n  v1 = s2 * v0\ndef Learn():\n  s2 = s1 + s2\n"
    assert not any("s1 is never" in message for message in said(only_follow, "ACCURACY"))
    assert any("s1 is never" in message for message in said(only_follow, "RMS_ERROR"))


def test_instruction_without_effect() -> None:
    """An instruction on which no prediction depends gets a warning; NoOp() gets none."""
    text = "def Predict():\n  s5 = 2\n  s1 = mean(v0)\n  NoOp()\n  pass\ndef Learn():\n  s1 = 3\n"
    message = "this has no effect: no prediction depends on it"
    assert said(text) == [f"2:3: {message}", f"7:3: {message}"]


def test_program_without_a_prediction() -> None:
    """If nothing writes the prediction, the warning names it."""
    assert said("def Predict():\n  s2 = mean(v0)\n") == [
        "2:3: this has no effect: nothing writes s1, the prediction"
    ]


def test_prediction_depends_on_the_evaluation_type() -> None:
    """The prediction is v2 for MULTICLASS_ACCURACY, so writing it has an effect there only."""
    text = "def Predict():\n  v2 = 2 * v0\n"
    assert said(text, "MULTICLASS_ACCURACY") == []
    assert len(said(text, "RMS_ERROR")) == 1


def test_negative_standard_deviation() -> None:
    """A negative standard deviation gets a warning, a negative mean none."""
    text = (
        "def Setup():\n  s1 = gaussian(0, -0.5)\n  v1 = gaussian(-1, 0)\ndef Predict():\n  s1 = dot(v1, v0)\n"
    )
    assert "2:20: the sign of a standard deviation does not matter; write 0.5" in said(text)
    assert not any(message.startswith("3:") for message in said(text))


@pytest.mark.parametrize(("interval", "warned"), [("2, 1", True), ("2, 2", True), ("1, 2", False)])
def test_empty_interval(interval: str, warned: bool) -> None:
    """A uniform draw with low >= high gets a warning."""
    text = f"def Predict():\n  s1 = uniform({interval})\n"
    assert said(text) == ["2:16: low is not below high, so every draw is 2"] * warned


def test_label_read_before_learn() -> None:
    """Reading the label in Setup or Predict gets a warning, unless the function has written s0 before."""
    text = "def Setup():\n  s3 = s0 + 1\ndef Predict():\n  s2 = s0 + s3\n  s1 = s2 + 1\n"
    assert said(text) == [
        "2:8: s0 is 0 in Setup: the label is put in before Learn",
        "4:8: s0 is 0 in Predict: the label is put in before Learn",
    ]
    text = "def Predict():\n  s0 = 2\n  s1 = s0 + 1\n"
    assert not any("put in before Learn" in message and message.startswith("3:") for message in said(text))


def test_features_read_in_setup() -> None:
    """Reading the features in Setup gets a warning."""
    text = "def Setup():\n  s3 = mean(v0)\ndef Predict():\n  s1 = s3 + 1\n"
    assert said(text) == ["2:13: v0 is 0 in Setup: the features are put in before Predict"]


def test_address_read_in_setup_before_it_is_written() -> None:
    """Reading an address in Setup before it is written gets a warning: it is 0."""
    text = "def Setup():\n  s3 = s4 + 1\n  s4 = s3 + 1\ndef Predict():\n  s1 = s3 + s4\n"
    assert said(text) == ["2:8: s4 is 0 here: nothing in Setup has written it before"]


def test_features_and_label_written() -> None:
    """Writing features or label gets a warning: they are overwritten."""
    text = "def Predict():\n  v0 = 2 * v0\n  s1 = mean(v0)\ndef Learn():\n  s0 = 1\n"
    assert said(text) == [
        "2:3: v0 is where the features are put in before Predict and before Learn, "
        "so what is written here does not last; take another address",
        "5:3: s0 is where the label is put in before Learn and zero is put in before Predict, "
        "so what is written here does not last; take another address",
    ]


@pytest.mark.parametrize(
    ("number", "message"),
    [
        ("1e999", "1e999 is beyond the range of float64, so it is inf"),
        ("-1e999", "-1e999 is beyond the range of float64, so it is -inf"),
        ("1e-999", "1e-999 is nearer to 0 than any float64, so it is 0"),
        ("inf", None),
        ("-inf", None),
        ("nan", None),
        ("0e99", None),
        ("5e-324", None),
    ],
)
def test_number_beyond_the_range_of_float64(number: str, message: str | None) -> None:
    """A number that becomes inf or 0 by rounding gets a warning; inf and 0 written so get none."""
    expected = [] if message is None else [f"2:8: {message}"]
    assert said(f"def Predict():\n  s1 = {number}\n") == expected
    assert said(f"def Predict():\n  s1 = {number} + s0\n")[: len(expected)] == expected


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ("0.0", None),
        ("0.999", None),
        ("3071", None),
        ("1.0", "a fraction is from 0 to below 1; 1 means the last element"),
        ("-0.5", "a fraction is from 0 to below 1; -0.5 means the first element"),
        ("nan", "a fraction is from 0 to below 1; nan means the first element"),
        ("3072", "there is no element 3072: a task has at most 3,072 features"),
    ],
)
def test_index_beyond_the_elements(index: str, message: str | None) -> None:
    """A fraction outside [0, 1) or an index beyond the most features of a task gets a warning."""
    text = f"def Setup():\n  v1[{index}] = 2\ndef Predict():\n  s1 = dot(v1, v0)\n"
    assert said(text) == ([] if message is None else [f"2:6: {message}"])


def test_warnings_come_in_the_order_of_the_lines() -> None:
    """Warnings are sorted by line and column, at most one for each, in any order of functions."""
    text = "def Learn():\n  s0 = s9\n".replace("s9", "s9 + 1e999") + "def Setup():\n  s3 = 1e999\n"
    positions = [tuple(map(int, message.split(":")[:2])) for message in said(text)]
    assert positions == sorted(set(positions))
    assert len(positions) == 5


@given(programs(max_instructions=4, max_address=3), st.sampled_from(sorted(INTERFACES)))
def test_every_program_can_be_checked(program: Program, eval_type: str) -> None:
    """Warnings on any program have a column in their line, the line's text and the severity."""
    text = format_program(program)
    for problem in warnings_of(read(text, "<azl>"), interface_of(eval_type)):
        assert 1 <= problem.column <= len(problem.text)
        assert problem.text == text.splitlines()[problem.line - 1]
        assert ": warning: " in str(problem)


def test_every_rule_is_listed() -> None:
    """RULES holds all functions of the module that return `Found`."""
    import azc.language.warnings as module

    rules = {
        value
        for name, value in vars(module).items()
        if callable(value) and getattr(value, "__annotations__", {}).get("return") is module.Found
    }
    assert rules == {*WARNINGS}
