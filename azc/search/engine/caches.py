"""Memory of what is known by keys of 128 bits: of live code, and of what programs do on their first examples.

A table of sets of four places: a key may stand in any place of its set, and when all are taken, the one that
was taken longest ago is overwritten. What is found therefore depends on what was entered before, and on
nothing else.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from azc.search.engine.canonical import Key
from azc.search.engine.compiled import apart, compiled

WAYS: Final = 4


class Cache(NamedTuple):
    """Two words by a key; a place that is free has the key 0."""

    keys: NDArray[np.uint64]
    """[set][way][2]"""
    values: NDArray[np.int64]
    """[set][way][2]"""
    oldest: NDArray[np.int64]
    """[set]: which way is overwritten next."""
    mask: int
    """Sets, less one: a power of two less one; -1 where nothing is remembered."""


def cache(entries: int) -> Cache:
    """Room for about so many entries; for none at all if 0."""
    sets = 1 << max(0, (entries // WAYS - 1).bit_length()) if entries else 0
    return Cache(
        np.zeros(sets * WAYS * 2, dtype=np.uint64),
        np.zeros(sets * WAYS * 2, dtype=np.int64),
        np.zeros(sets, dtype=np.int64),
        sets - 1,
    )


def forget(cache: Cache) -> None:
    """Forget everything."""
    cache.keys[:] = 0
    cache.oldest[:] = 0


@compiled
def _set(cache: Cache, key: Key) -> int:
    return int(np.int64(key[0]) & cache.mask)


@apart
def find(cache: Cache, key: Key) -> int:
    """Where in the values a key's begin, or -1."""
    if cache.mask < 0:
        return -1
    first = _set(cache, key) * WAYS
    for place in range(first, first + WAYS):
        if cache.keys[2 * place] == key[0] and cache.keys[2 * place + 1] == key[1]:
            return 2 * place
    return -1


@apart
def enter(cache: Cache, key: Key, first: int, second: int) -> None:
    """Remember two words under a key, in place of what was known."""
    if cache.mask < 0:
        return
    known = find(cache, key)
    if known >= 0:
        cache.values[known], cache.values[known + 1] = first, second
        return
    which = _set(cache, key)
    place = which * WAYS + cache.oldest[which]
    cache.oldest[which] = (cache.oldest[which] + 1) & (WAYS - 1)
    cache.keys[2 * place], cache.keys[2 * place + 1] = key[0], key[1]
    cache.values[2 * place], cache.values[2 * place + 1] = first, second
