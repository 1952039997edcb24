"""Limits: many problems are counted, the first ones shown, and the time is linear in the text."""

from itertools import cycle
from pathlib import Path
from time import process_time

import pytest

from azc.language import MAX_BYTES, AzlError, parse
from azc.language.errors import MAX_PROBLEMS

SECONDS = 2.0
INVALID = sorted((Path(__file__).parent / "invalid").glob("*.azl"))
FULL = MAX_BYTES - 100
"""Number of bytes just below the maximum of a text."""


def quickly(text: str | bytes) -> AzlError | None:
    """Error of a text, or None; the best of three tries takes less than `SECONDS` of processor time."""
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
    """Text of maximum length, of lines that all differ: the pattern with a number in place of #."""
    size, lines = 0, ["def Setup():"]
    for number in range(10**6):
        lines.append(pattern.replace("#", str(number)))
        size += len(lines[-1].encode()) + 1
        if size > FULL:
            return "\n".join(lines)
    raise AssertionError("the pattern is empty")


def test_first_problems_are_listed_and_the_others_counted() -> None:
    """Of 300,000 wrong lines the first hundred are shown with line and column, the others as a number."""
    error = quickly("x\n" * 300_000)
    assert error is not None
    assert (len(error.problems), error.n_problems) == (MAX_PROBLEMS, 300_000)
    assert [problem.line for problem in error.problems] == list(range(1, MAX_PROBLEMS + 1))
    assert str(error).endswith("\n<azl>: 299,900 more problems")
    assert str(error).count("^") == MAX_PROBLEMS


@pytest.mark.parametrize("n", [1, MAX_PROBLEMS, MAX_PROBLEMS + 1])
def test_count_is_right_at_the_limit(n: int) -> None:
    """The line about further problems appears only if there are any."""
    error = quickly("x\n" * n)
    assert error is not None
    assert error.n_problems == n
    assert error.rest == ("" if n <= MAX_PROBLEMS else "<azl>: 1 more problem")


def test_every_kind_of_error_is_counted_quickly() -> None:
    """Every wrong line of the invalid files, repeated up to the maximum length, is counted quickly."""
    lines, size = [], 0
    for number, line in enumerate(cycle(_invalid_lines())):
        lines.append(f"{line}#{number}")
        size += len(lines[-1].encode()) + 1
        if size > FULL:
            break
    error = quickly("\n".join(["def Setup():", *lines[:-1]]))
    assert error is not None
    assert error.n_problems == len(lines) - 1


def _invalid_lines() -> list[str]:
    """Statements of the invalid files that are wrong by themselves."""
    found = []
    for path in INVALID:
        for line in path.read_text("utf-8").splitlines():
            if line.strip() and not line.startswith(("#", "def")):
                try:
                    parse(f"def Setup():\n{line}")
                except AzlError:
                    found.append(line)
    return found


@pytest.mark.parametrize("pattern", ["é#", "s1=z#(s2)", "s#9=1", "v1=sin(v#)", "def f#():"])
def test_lines_that_all_differ_are_read_quickly(pattern: str) -> None:
    """A text of wrong lines that all differ is read quickly, without help from a cache of lines."""
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
def test_huge_line_is_read_quickly(line: str) -> None:
    """A wrong line of maximum length is one problem, found quickly."""
    error = quickly(f"def Setup():\n{line}")
    assert error is not None
    assert error.n_problems == 1


def test_wrong_utf8_is_counted_quickly() -> None:
    """Each line of wrong UTF-8 counts as a problem, and the text is read quickly."""
    error = quickly(b"\xff\n" * (MAX_BYTES // 2))
    assert error is not None
    assert error.n_problems == MAX_BYTES // 2


def test_text_beyond_the_limit_is_not_read() -> None:
    """A text beyond the maximum length is one problem, whatever its lines are."""
    error = quickly("x\n" * MAX_BYTES)
    assert error is not None
    assert (error.n_problems, len(error.problems)) == (1, 1)
    assert "1 MiB" in str(error)
