"""Caches by keys of 128 bits: of live code, and of programs' behaviour on their first examples.

A cache is a table of sets of four ways: a key may be in any way of its set, and in a full set the way
written longest ago is overwritten. So what is found depends only on what was entered before.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from azc.search.engine.canonical import Key
from azc.search.engine.compiled import apart, compiled

WAYS: Final = 4
UNKNOWN: Final = -1
"""Value of a word before it is known; no fitness has these bits."""


class Cache(NamedTuple):
    """Words by key; a free way has the key 0."""

    keys: NDArray[np.int64]
    """[set][way][2]"""
    values: NDArray[np.int64]
    """[set][way][width]"""
    width: int
    oldest: NDArray[np.int64]
    """[set]: way to be overwritten next."""
    mask: int
    """Number of sets minus one, a power of two minus one; -1 for a cache that keeps nothing."""


def cache(entries: int, width: int) -> Cache:
    """A cache for at least `entries` keys with `width` words each; with 0 entries it keeps nothing."""
    sets = 1 << max(0, (entries // WAYS - 1).bit_length()) if entries else 0
    return Cache(
        np.zeros(sets * WAYS * 2, dtype=np.int64),
        np.zeros(sets * WAYS * width, dtype=np.int64),
        width,
        np.zeros(sets, dtype=np.int64),
        sets - 1,
    )


def forget(cache: Cache) -> None:
    """Empty the cache."""
    cache.keys[:] = 0
    cache.oldest[:] = 0


@compiled
def _set(cache: Cache, key: Key) -> int:
    return int(key[0] & cache.mask)


@apart
def find(cache: Cache, key: Key) -> int:
    """Index of a key's first value, or -1 if the key is not there."""
    if cache.mask < 0:
        return -1
    first = _set(cache, key) * WAYS
    for slot in range(first, first + WAYS):
        if cache.keys[2 * slot] == key[0] and cache.keys[2 * slot + 1] == key[1]:
            return slot * cache.width
    return -1


@apart
def entered(cache: Cache, key: Key) -> int:
    """Index of a key's first value, after entering the key if it was not there; -1 without a cache."""
    slot = find(cache, key)
    if slot >= 0 or cache.mask < 0:
        return slot
    which = _set(cache, key)
    way = which * WAYS + cache.oldest[which]
    cache.oldest[which] = (cache.oldest[which] + 1) & (WAYS - 1)
    cache.keys[2 * way], cache.keys[2 * way + 1] = key[0], key[1]
    for word in range(cache.width):
        cache.values[way * cache.width + word] = UNKNOWN
    return int(way * cache.width)
