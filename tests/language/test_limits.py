"""Many problems are counted, the first of them shown, and the time is linear in the text."""

from itertools import cycle
from pathlib import Path
from time import process_time

import pytest

from azc.language import MAX_BYTES, AzlError, parse
from azc.language.errors import MAX_PROBLEMS

SECONDS = 2.0
INVALID = sorted((Path(__file__).parent / "invalid").glob("*.azl"))
FULL = MAX_BYTES - 100
"""Bytes of a text that is nearly as long as a text may be."""


def quickly(text: str | bytes) -> AzlError | None:
    """The error of a text; it takes little processor time, in the better of three tries."""
    taken = []
    for _ in range(3):
        begin, error = process_time(), None
        try:
            parse(text)
        except AzlError as raised:
            error = raised
            str(error)
        taken.append(process_time() - begin)
        if taken[-1] < SECONDS:
            return error
    raise AssertionError(f"took {min(taken):.1f} s")


def numbered(pattern: str) -> str:
    """As many lines as a text may hold, all unlike: the pattern with a number in place of #."""
    size, lines = 0, ["def Setup():"]
    for number in range(10**6):
        lines.append(pattern.replace("#", str(number)))
        size += len(lines[-1].encode()) + 1
        if size > FULL:
            return "\n".join(lines)
    raise AssertionError("the pattern is empty")


def test_the_first_problems_are_listed_and_the_others_counted() -> None:
    """300,000 bad lines: a hundred with their places, the others as a number."""
    error = quickly("x\n" * 300_000)
    assert error is not None
    assert (len(error.problems), error.n_problems) == (MAX_PROBLEMS, 300_000)
    assert [problem.line for problem in error.problems] == list(range(1, MAX_PROBLEMS + 1))
    assert str(error).endswith("\n<azl>: 299,900 more problems")
    assert str(error).count("^") == MAX_PROBLEMS


@pytest.mark.parametrize("n", [1, MAX_PROBLEMS, MAX_PROBLEMS + 1])
def test_the_count_is_right_at_the_limit(n: int) -> None:
    """Nothing is said of others where there are none."""
    error = quickly("x\n" * n)
    assert error is not None
    assert error.n_problems == n
    assert error.rest == ("" if n <= MAX_PROBLEMS else "<azl>: 1 more problem")


def test_every_kind_of_error_is_counted_quickly() -> None:
    """All lines of the invalid files in turn, no two alike, are as many problems as those files have."""
    lines, size = [], 0
    wrong = 0
    for number, (line, bad) in enumerate(cycle(_invalid_lines())):
        lines.append(f"{line}#{number}")
        size += len(lines[-1].encode()) + 1
        if size > FULL:
            break
        wrong += bad
    error = quickly("\n".join(["def Setup():", *lines[:-1]]))
    assert error is not None
    assert error.n_problems == wrong


def _invalid_lines() -> list[tuple[str, bool]]:
    """Statements of the invalid files, each with whether a problem is expected of it alone."""
    found = []
    for path in INVALID:
        for line in path.read_text("utf-8").splitlines():
            if line.strip() and not line.startswith(("#", "def")):
                try:
                    parse(f"def Setup():\n{line}")
                    found.append((line, False))
                except AzlError:
                    found.append((line, True))
    return [(line, bad) for line, bad in found if bad]


@pytest.mark.parametrize("pattern", ["é#", "s1=z#(s2)", "s#9=1", "v1=sin(v#)", "def f#():"])
def test_lines_that_are_all_unlike_are_read_quickly(pattern: str) -> None:
    """Unknown names, addresses, combinations, functions, signs: nothing depends on remembering lines."""
    error = quickly(numbered(pattern))
    assert error is not None
    assert error.n_problems > MAX_PROBLEMS


@pytest.mark.parametrize(
    "line",
    [
        "(" * FULL,
        "1" * FULL,
        "1_" * (FULL // 2),
        "1." * (FULL // 2),
        "a" * FULL,
        "abc " * (FULL // 4),
        "def " * (FULL // 4),
        "-" * FULL,
        "= " * (FULL // 2),
        "é" * (FULL // 2),
        "\t" * FULL + "?",
        "s1 = " + "1" * (FULL - 9) + "x",
        "s1 = -" + " " * (FULL - 9),
        "s1 = " + "a" * (FULL - 9) + "(s2)",
        "s1 = dot(" + "s1," * (FULL // 3 - 9) + "s1)",
        "s1 = " + "s2+" * (FULL // 3 - 9) + "s2",
        "s1 = " + "sin(" * (FULL // 4 - 9),
        "v1[" + "1," * (FULL // 2 - 9) + "1] = 1",
    ],
    ids=lambda line: f"{line[:8]}…{line[-4:]}",
)
def test_one_huge_line_is_read_quickly(line: str) -> None:
    """A line as long as the text may be is one problem."""
    error = quickly(f"def Setup():\n{line}")
    assert error is not None
    assert error.n_problems == 1


def test_bytes_that_are_no_text_are_counted_quickly() -> None:
    """Lines of wrong UTF-8."""
    error = quickly(b"\xff\n" * (MAX_BYTES // 2))
    assert error is not None
    assert error.n_problems == MAX_BYTES // 2


def test_a_text_that_is_too_long_is_not_read() -> None:
    """The limit of the text comes before all others: one problem, whatever the lines hold."""
    error = quickly("x\n" * MAX_BYTES)
    assert error is not None
    assert (error.n_problems, len(error.problems)) == (1, 1)
    assert "1 MiB" in str(error)
