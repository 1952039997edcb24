"""Caches with keys of 128 bits: what is found, overwritten and cleared."""

import numpy as np
import pytest
from search.making import enter, looked_up

from azc.search.engine.caches import WAYS, Cache, cache, forget


def keys(n: int, seed: int = 0) -> np.ndarray:
    """`n` random keys."""
    return np.random.default_rng(seed).integers(-(2**63), 2**63, size=(n, 2), dtype=np.int64)


def filled(entries: int, n: int, width: int = 2) -> tuple[Cache, np.ndarray, np.ndarray]:
    """A cache that `n` values were entered in, with their keys and values."""
    made, names = cache(entries, width), keys(n)
    values = np.arange(width * n, dtype=np.int64).reshape(n, width)
    enter(made, names, values)
    return made, names, values


@pytest.mark.parametrize("width", [1, 2, 4])
def test_entered_values_are_found(width: int) -> None:
    """Entered keys have their values; other keys are not found."""
    made, names, values = filled(1024, 200, width)
    found, there = looked_up(made, names)
    assert there.all()
    assert found.tolist() == values.tolist()
    assert not looked_up(made, keys(200, 1))[1].any()


@pytest.mark.parametrize("half", [0, 1])
def test_both_halves_of_a_key_count(half: int) -> None:
    """A key that differs only in the highest bit of either word is not found."""
    made, names, _ = filled(64, 10)
    names[:, half] ^= np.int64(-(2**63))
    assert not looked_up(made, names)[1].any()


def test_known_keys_are_updated_in_place() -> None:
    """Entering a known key updates its values without taking another entry."""
    made, names, values = filled(4, 3)
    for _ in range(9):
        values += 100
        enter(made, names, values)
        found, there = looked_up(made, names)
        assert there.all()
        assert found.tolist() == values.tolist()


def test_a_full_set_overwrites_its_oldest_entry() -> None:
    """A full set overwrites its oldest entry."""
    made, names, _ = filled(4, 10)
    assert looked_up(made, names)[1].tolist() == [False] * (10 - WAYS) + [True] * WAYS


def test_an_overfull_cache_has_later_keys() -> None:
    """An overfull cache is full of keys with their right values, mostly of the later ones."""
    made, names, values = filled(256, 5000)
    found, there = looked_up(made, names)
    assert there.sum() == 256
    assert (found[there] == values[there]).all()
    assert there[-200:].mean() > there[:4000].mean()


def test_a_cache_without_room_finds_nothing() -> None:
    """Entering in a cache without room is no error, and nothing is found."""
    made, names, _ = filled(0, 10)
    assert not looked_up(made, names)[1].any()
    assert made.keys.size == made.values.size == made.oldest.size == 0


@pytest.mark.parametrize(("entries", "room"), [(4, 4), (8, 8), (1000, 1024), (1 << 18, 1 << 18)])
def test_room_is_a_power_of_two(entries: int, room: int) -> None:
    """The number of entries is rounded up to a power of two."""
    assert cache(entries, 1).keys.size == 2 * room


def test_a_cleared_cache_is_like_a_new_one() -> None:
    """A cleared cache finds nothing, and fills up like a new one."""
    made, names, values = filled(16, 50)
    forget(made)
    assert not looked_up(made, names)[1].any()
    enter(made, names, values)
    other, _, _ = filled(16, 50)
    assert (made.keys == other.keys).all()
    assert (made.oldest == other.oldest).all()
