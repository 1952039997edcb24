"""Memory by keys of 128 bits: what is found, what is overwritten, what is forgotten."""

import numpy as np
import pytest
from search.making import enter, looked_up

from azc.search.engine.caches import WAYS, Cache, cache, forget


def keys(n: int, seed: int = 0) -> np.ndarray:
    """So many keys."""
    return np.random.default_rng(seed).integers(-(2**63), 2**63, size=(n, 2), dtype=np.int64)


def filled(entries: int, n: int, width: int = 2) -> tuple[Cache, np.ndarray, np.ndarray]:
    """A cache in which so much was entered, with its keys and values."""
    made, names = cache(entries, width), keys(n)
    values = np.arange(width * n, dtype=np.int64).reshape(n, width)
    enter(made, names, values)
    return made, names, values


@pytest.mark.parametrize("width", [1, 2, 4])
def test_what_was_entered_is_found(width: int) -> None:
    """All words come back; other keys are not known."""
    made, names, values = filled(1024, 200, width)
    found, there = looked_up(made, names)
    assert there.all()
    assert found.tolist() == values.tolist()
    assert not looked_up(made, keys(200, 1))[1].any()


@pytest.mark.parametrize("half", [0, 1])
def test_both_halves_of_a_key_count(half: int) -> None:
    """A key that differs in either word only, even in its highest bit, is another."""
    made, names, _ = filled(64, 10)
    names[:, half] ^= np.int64(-(2**63))
    assert not looked_up(made, names)[1].any()


def test_what_is_entered_again_is_updated_in_place() -> None:
    """A known key gets its new words, and takes no other place."""
    made, names, values = filled(4, 3)
    for _ in range(9):
        values += 100
        enter(made, names, values)
        found, there = looked_up(made, names)
        assert there.all()
        assert found.tolist() == values.tolist()


def test_of_one_set_the_place_taken_longest_ago_is_overwritten() -> None:
    """A full set forgets its keys in the order in which they came."""
    made, names, _ = filled(4, 10)
    assert looked_up(made, names)[1].tolist() == [False] * (10 - WAYS) + [True] * WAYS


def test_beyond_its_room_it_remembers_the_later() -> None:
    """Filled many times over, it has its full room of keys, with the words that belong to them."""
    made, names, values = filled(256, 5000)
    found, there = looked_up(made, names)
    assert there.sum() == 256
    assert (found[there] == values[there]).all()
    assert there[-200:].mean() > there[:4000].mean()


def test_a_cache_without_room_remembers_nothing() -> None:
    """Entering is no error, and finds nothing."""
    made, names, _ = filled(0, 10)
    assert not looked_up(made, names)[1].any()
    assert made.keys.size == made.values.size == made.oldest.size == 0


@pytest.mark.parametrize(("entries", "room"), [(4, 4), (8, 8), (1000, 1024), (1 << 18, 1 << 18)])
def test_room_is_a_power_of_two(entries: int, room: int) -> None:
    """Sets of four are chosen by the bits of a key."""
    assert cache(entries, 1).keys.size == 2 * room


def test_forgetting_leaves_it_as_new() -> None:
    """After forgetting nothing is found, and what follows is as from the beginning."""
    made, names, values = filled(16, 50)
    forget(made)
    assert not looked_up(made, names)[1].any()
    enter(made, names, values)
    other, _, _ = filled(16, 50)
    assert (made.keys == other.keys).all()
    assert (made.oldest == other.oldest).all()
