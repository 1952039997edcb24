"""The random numbers of a search: the same everywhere, and going on from any position."""

import pytest

from azc.search.stream import BLOCK, Position, Stream

FIRST = [0.2166920645477366, 0.8452337844177844, [347, 888, 821]]


def take(stream: Stream, n: int) -> list[object]:
    """Some numbers of each kind."""
    return [(stream.uniform(), stream.factor(), stream.tournament()) for _ in range(n)]


@pytest.mark.parametrize("taken", [0, 1, 100, BLOCK // 7, BLOCK - 1, BLOCK, BLOCK + 1])
def test_a_stream_goes_on_from_its_position(taken: int) -> None:
    """A stream made at another's position gives what the other gives from there on."""
    stream = Stream(Position(3), 50, 7)
    take(stream, taken)
    again = Stream(stream.position, 50, 7)
    assert again.position == stream.position == Position(3, taken, taken, taken)
    assert take(again, 700) == take(stream, 700)


def test_the_numbers_are_fixed() -> None:
    """The first numbers of seed 1: a history written down anywhere is the same everywhere."""
    stream = Stream(Position(1), 1000, 3)
    assert [stream.uniform(), stream.factor(), stream.tournament()] == FIRST


def test_numbers_stay_below_their_bound() -> None:
    """Whole numbers and individuals are drawn from 0 to one below their number, all of them."""
    stream = Stream(Position(2), 5, 4)
    assert {stream.below(3) for _ in range(200)} == {0, 1, 2}
    assert {i for _ in range(200) for i in stream.tournament()} == {0, 1, 2, 3, 4}


def test_seeds_differ() -> None:
    """Another seed gives other numbers."""
    assert take(Stream(Position(1)), 3) != take(Stream(Position(2)), 3)
