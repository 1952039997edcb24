"""Automaton of a line: the same language as the grammar's parser, token by token."""

from hypothesis import example, given
from hypothesis import strategies as st
from language.pieces import PIECES
from lark import Token as LarkToken
from lark import Tree, UnexpectedInput
from strategies import programs

from azc.ir import Program
from azc.language import format_program
from azc.language.syntax import parser, scan


def tokens_of(tree: Tree[LarkToken] | LarkToken | None) -> list[tuple[str, str, int | None]]:
    """The tokens of a tree in their order."""
    if isinstance(tree, Tree):
        return [token for child in tree.children for token in tokens_of(child)]
    return [] if tree is None else [(tree.type, str(tree), tree.start_pos)]


def assert_read_alike(line: str) -> None:
    """Assert that automaton and parser find the same rule and tokens, or an error in the same column."""
    found = scan(line)
    try:
        tree = parser().parse(line)
    except UnexpectedInput as error:
        assert found.accepts is not None
        column = len(line) if error.pos_in_stream is None else error.pos_in_stream
        assert found.column == column or line[found.column :].lstrip(" \t")[:1] in ("", "#")
        return
    assert found.accepts is None
    assert [tuple(token) for token in found.tokens] == tokens_of(tree)
    content = tree.children[0]
    assert found.rule == (content.data if isinstance(content, Tree) else None)


@given(
    st.lists(PIECES, max_size=14).map(lambda pieces: " ".join(pieces) if len(pieces) % 2 else "".join(pieces))
)
@example("s1 = s2 -3")
@example("s1 = s2(s3)")
@example("s1 = inf(s3)")
@example("def s1():")
@example("v1 = f(1, s2, -3, n_features, axis=0, draw=1) # x")
def test_pieces_are_read_as_the_parser_reads_them(line: str) -> None:
    """Any sequence of tokens, right or nearly right, is read as by the parser."""
    assert_read_alike(line.translate({ord("\n"): " ", ord("\r"): " "}))


@given(programs(max_instructions=3), st.data())
def test_lines_of_programs_are_read_as_the_parser_reads_them(program: Program, data: st.DataObject) -> None:
    """Lines of programs, unchanged or with a token inserted, are read as by the parser."""
    for line in format_program(program).splitlines():
        assert_read_alike(line)
        column = data.draw(st.integers(0, len(line)))
        assert_read_alike(
            line[:column] + data.draw(PIECES).translate({ord("\n"): " ", ord("\r"): " "}) + line[column:]
        )


def test_automaton_is_small() -> None:
    """A long line adds no states to those of a short one."""
    from azc.language.syntax import _states

    scan("v1 = dot(s1, 1, s1, 1, s1, n_features, axis=0)")
    before = len(_states)
    scan(f"v1 = dot({', '.join(['s1', '1'] * 14)}, n_features, axis=0)")
    assert len(_states) == before


def test_line_is_read_up_to_the_maximum_number_of_tokens() -> None:
    """A longer line is wrong at the first token beyond the maximum, whatever follows it."""
    from azc.language.syntax import MAX_TOKENS

    line = "s1 = dot(" + "s1, " * (MAX_TOKENS - 3)
    assert scan(line + "s1) # x").accepts == frozenset()  # a comment counts
    assert scan(line + "s1)").accepts is None
    found = scan(line + "s1, s1, ?")
    assert (found.accepts, len(found.tokens)) == (frozenset(), MAX_TOKENS + 1)
    assert found.column == len(line) + 4
