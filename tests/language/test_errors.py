"""Errors show file, line and column, say what was expected, and report all problems at once."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from azc.language import AzlError, parse

INVALID = sorted((Path(__file__).parent / "invalid").glob("*.azl"))


def error_of(text: str | bytes, filename: str = "<azl>") -> AzlError:
    """Error of a text."""
    with pytest.raises(AzlError) as caught:
        parse(text, filename)
    return caught.value


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_invalid_files_have_the_expected_problems(path: Path) -> None:
    """An invalid file raises exactly the problems in its lines `#! line:column: message`."""
    text = path.read_text("utf-8")
    expected = [line.removeprefix("#! ") for line in text.splitlines() if line.startswith("#! ")]
    assert [f"{p.line}:{p.column}: {p.message}" for p in error_of(text).problems] == expected


def test_there_are_invalid_files() -> None:
    """The test above finds at least ten files."""
    assert len(INVALID) >= 10


def test_error_shows_the_line_and_a_caret() -> None:
    """An error shows file, line, column and message, then the line, then a caret under the column."""
    error = error_of("def Setup():\n  v1 = gausian(0, 1)  # draws\n", "net.azl")
    assert str(error) == (
        "net.azl:2:8: there is no operation gausian; did you mean gaussian?\n"
        "      v1 = gausian(0, 1)  # draws\n"
        "           ^"
    )
    assert (error.line, error.column) == (2, 8)
    assert error.problems[0].text == "  v1 = gausian(0, 1)  # draws"


@pytest.mark.parametrize(
    ("line", "gap"),
    [
        ("\ts1\t= ?", "\t  \t  "),
        ("s1 = s2 界", " " * 8),
        ("s1 = 0.5e 界", " " * 5),
        ("s1 = sin(s2  # 界", " " * 11),
    ],
)
def test_caret_is_under_the_column(line: str, gap: str) -> None:
    """The caret is aligned with tabs too; if something is missing, it is after the last character."""
    shown = str(error_of(f"def Setup():\n{line}")).splitlines()
    assert shown[1:] == [f"    {line}", f"    {gap}^"]


def test_caret_with_wide_and_combining_characters() -> None:
    """A wide character takes two columns, a combining one none; a control character is shown as one `�`."""
    assert str(error_of("# x\n\0")).splitlines()[-2:] == ["    �", "    ^"]
    error = error_of("def Setup():\n# 界\ns1 = 2 # 界\udc80".encode("utf-8", "surrogatepass"))
    assert str(error).splitlines()[-1] == "    " + " " * 11 + "^"
    error = error_of("# e\u0301 \x1b".encode() + b"\xff")
    assert str(error).splitlines()[-2:] == ["    # e\u0301 ��", "    " + " " * 5 + "^"]


def test_long_line_is_shown_around_the_column() -> None:
    """A long line is cut around the column, and the caret is right."""
    error = error_of("def Setup():\n" + " " * 500 + "oops" + " " * 500)
    _, shown, caret = str(error).splitlines()
    assert len(shown) < 140
    assert shown[caret.index("^") :].startswith("oops")


def test_all_problems_are_reported_in_one_pass() -> None:
    """All problems of a text are reported at once, in the order of its lines."""
    error = error_of("def Setup():\n" + "oops\n" * 30)
    assert [problem.line for problem in error.problems] == list(range(2, 32))
    assert str(error).count("^") == error.n_problems == 30


def test_error_can_be_pickled() -> None:
    """A pickled error keeps its problems and their total number."""
    error = pickle.loads(pickle.dumps(error_of("def Setup():\n" + "oops\n" * 130)))
    assert (len(error.problems), error.n_problems) == (100, 130)


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [
        (b"\xff", 1, 1),
        (b"def Setup():\n  s1 = 2 # \xc3\xa9\xe9", 2, 13),
        ("# é\ud800".encode("utf-8", "surrogatepass"), 1, 4),
    ],
)
def test_wrong_utf8_has_line_and_column(data: bytes, line: int, column: int) -> None:
    """Wrong UTF-8 is reported with line and column; columns count characters."""
    error = error_of(data)
    assert (error.line, error.column) == (line, column)
    assert "expected UTF-8" in str(error)


def test_lone_surrogate_in_a_string_is_wrong_utf8() -> None:
    """A lone surrogate in a string is reported as wrong UTF-8."""
    assert "expected UTF-8, found the byte 0xED" in str(error_of("#\ud800"))


def test_wrong_utf8_is_one_problem_among_others() -> None:
    """Wrong UTF-8 in a line does not hide problems in other lines."""
    assert [p.line for p in error_of(b"def Setup():\n\xff\noops\n").problems] == [2, 3]


def test_numbers_of_very_many_digits() -> None:
    """Integers of 5000 digits, beyond Python's limit, get the language's own error."""
    assert "absolute index" in str(error_of(f"def Setup():\nv1[{'9' * 5000}] = 1"))
    assert "draw=" in str(error_of(f"def Setup():\ns1 = uniform(0, 1, draw={'9' * 5000})"))


def test_importing_the_package_does_not_load_lark() -> None:
    """Importing azc.language does not load Lark."""
    code = "import sys, azc.language; sys.exit('lark' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
