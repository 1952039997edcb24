"""The evaluators of `steady.toml` and `changing.toml`: how long policies keep poles upright."""

from functools import cache

import numpy as np
from simulator import Carts

SETS = {"search": (1, 32), "select": (2, 96), "final": (3, 512)}
"""Seed and number of the carts of each stage. A compiled policy has 32 lanes, so they go through by 32."""


@cache
def carts(stage, changing):
    """The carts of a stage, in groups of 32."""
    seed, count = SETS[stage]
    return [Carts(1000 * seed + group, 32, changing) for group in range(count // 32)]


def policy(algorithm):
    """A program as a policy, from its beginning on."""
    algorithm.start()
    return lambda state: algorithm.call("Act", observation=state)["force"]


def survived(algorithm, stage, changing):
    """The share of steps that carts survive; later means over some carts each."""
    return np.mean([group.episode(policy(algorithm)) for group in carts(stage, changing)], axis=0)


def steady(algorithms, stage="search"):
    """Scores where nothing changes."""
    return [survived(algorithm, stage, False) for algorithm in algorithms]


def changing(algorithms, stage="search"):
    """Scores where wind and motor change within an episode."""
    return [survived(algorithm, stage, True) for algorithm in algorithms]
