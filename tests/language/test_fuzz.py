"""Any input of any bytes parses or raises AzlError, nothing else."""

from hypothesis import given
from hypothesis import strategies as st
from language.pieces import PIECES
from strategies import programs

from azc.ir import Program
from azc.language import AzlError, format_program, format_text, parse


def assert_read_or_refused(text: str | bytes) -> None:
    """Parse, print and format a text, or check its problems."""
    try:
        program = parse(text)
    except AzlError as error:
        check_problems(error)
    else:
        assert parse(format_program(program)) == program
        once = format_text(text)
        assert parse(once) == program
        assert format_text(once) == once


def check_problems(error: AzlError) -> None:
    """Assert that every problem has a column in its line, and that the error prints as UTF-8."""
    assert error.problems
    assert all(p.line >= 1 and 1 <= p.column <= len(p.text) + 1 for p in error.problems)
    str(error).encode()


@given(st.binary(max_size=200))
def test_bytes(data: bytes) -> None:
    """Any bytes are a program or an error."""
    assert_read_or_refused(data)


@given(st.text(max_size=100))
def test_characters(text: str) -> None:
    """Any characters, lone surrogates included, are a program or an error."""
    assert_read_or_refused(text)


@given(st.lists(PIECES, max_size=40))
def test_sequences_of_tokens(pieces: list[str]) -> None:
    """Any sequence of tokens, right or nearly right, is a program or an error."""
    assert_read_or_refused("def Setup():\n" + "".join(pieces))


@given(programs(max_instructions=4), st.data())
def test_mutated_programs(program: Program, data: st.DataObject) -> None:
    """A program's text with a part replaced by tokens is a program or an error."""
    text = format_program(program)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 8)))
    middle = data.draw(st.lists(PIECES, max_size=3).map("".join))
    assert_read_or_refused(text[:start] + middle + text[end:])


@given(st.text(alphabet=st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])))
def test_comments_hold_any_characters(comment: str) -> None:
    """A comment of any characters changes no meaning, and the formatter keeps it."""
    text = f"def Setup():\n  s1 = 2  #{comment}\n"
    assert parse(text) == parse("def Setup():\n s1 = 2")
    assert format_text(text) == f"def Setup():\n  s1 = 2  #{comment}".rstrip(" \t") + "\n"
