"""The evaluator of `search.toml`: how far an update rule brings the losses of small problems down."""

from functools import cache

import numpy as np
from problems import Problems

STEPS = 20
MOST = 6.0
"""Powers of ten that count, at most: below a millionth of its beginning a loss is as good as zero."""
SETS = {"search": (1, 32), "select": (2, 128), "final": (3, 512)}
"""Seed and number of the problems of each stage. A compiled rule has 32 lanes, so they go through by 32."""


@cache
def problems(stage):
    """The problems of a stage, in groups of 32."""
    seed, count = SETS[stage]
    return [Problems(1000 * seed + group, 32) for group in range(count // 32)]


def gains(update, group):
    """By how many powers of ten each loss of a group is lower after some steps; nan if one is no number.

    `update` is called with weights and gradients, and returns the change of weights.
    """
    weights = group.begin.copy()
    with np.errstate(all="ignore"):
        for _ in range(STEPS):
            weights += update(weights, group.gradient(weights))
        share = group.loss(weights) / group.loss(group.begin)
        # A loss that grew counts too, but is no reason for despair.
        return -np.log10(np.clip(share, 10**-MOST, 10**MOST))


def started(algorithm):
    """A program as an update rule, from its beginning on."""
    algorithm.start()
    return lambda weights, gradient: algorithm.call("Update", weights=weights, gradient=gradient)["change"]


def score(algorithms, stage="search"):
    """The gain on each problem of the search, for each rule; later means over some problems each."""
    return [
        np.mean([gains(started(algorithm), group) for group in problems(stage)], axis=0)
        for algorithm in algorithms
    ]
