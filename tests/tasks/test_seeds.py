"""Seeds of tasks and sets, and orders of epochs."""

import numpy as np
import pytest

from azc.errors import AzcError
from azc.tasks import epoch_orders, set_seed, task_seed


def test_seeds_of_tasks_and_sets_are_distinct():
    """Seeds of tasks and of sets are distinct and use 64 bits."""
    seeds = [task_seed(seed, task) for seed in range(20) for task in range(20)]
    seeds += [set_seed(seed, name) for seed in range(20) for name in ("search", "select", "final")]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**64 for seed in seeds)
    assert max(seeds) > 2**63


def test_seeds_of_the_sets_are_stable():
    """Seeds of sets never change, as published results depend on them."""
    assert [set_seed(2026, name) for name in ("search", "select", "final")] == [
        15412022212505770761,
        13273690847088504071,
        7080135054356681462,
    ]


def test_an_unknown_set_is_an_error():
    """The error for an unknown set names the sets."""
    with pytest.raises(AzcError, match="'search', 'select', 'final'"):
        set_seed(0, "test")


def test_later_epochs_are_shuffled():
    """The first epoch has the given order, later ones random permutations; a single epoch has no orders."""
    assert epoch_orders(1, 0, 50, 1) is None
    orders = epoch_orders(1, 0, 50, 4)
    assert orders.shape == (4, 50)
    assert orders[0].tolist() == list(range(50))
    assert np.array_equal(np.sort(orders, axis=1), np.tile(np.arange(50), (4, 1)))
    assert len({tuple(order) for order in orders}) == 4
    assert not np.array_equal(orders[1], epoch_orders(1, 1, 50, 4)[1])
