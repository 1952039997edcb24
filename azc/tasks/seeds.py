"""Random numbers of tasks: the draw function, with a draw for each purpose and a step for each task.

Two numbers of one set are never the same draw, sets with different seeds share nothing, and a task does not
depend on the number of tasks in its set.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np

from azc.arguments import a_seed, argument, one_of, takes, whole
from azc.errors import AzcError
from azc.ir import permutation, uniforms
from azc.tasks.declared import TASK
from azc.tasks.sums import Whole

SETS = ("search", "select", "final")
"""The sets of tasks of a search, in the order of their use."""


MAX_ORDERS = 10**9
"""Maximum numbers in the orders of a task's epochs."""
_task = whole(0, 2**32 - 1)


class Purpose:
    """Numbers of draws, by what is drawn. Published results depend on them: add, never change."""

    TASK_SEED: Final = 0
    EPOCH_ORDER: Final = 1
    TRAIN_X: Final = 2
    VALID_X: Final = 3
    WEIGHTS: Final = 4
    FINAL_WEIGHTS: Final = 5
    BIAS: Final = 6
    CLASSES: Final = 7
    PROJECTION: Final = 8
    TRAIN_ORDER: Final = 9
    VALID_ORDER: Final = 10
    DIVISION: Final = 11
    SPLIT: Final = 12
    SET_SEED: Final = 13
    IMAGES: Final = 1 << 16
    """The images of class c: IMAGES + c."""


def _seed(seed: int, purpose: int, step: int) -> int:
    high, low = (int(u * 2.0**32) for u in uniforms(seed, 2, purpose, step))
    return high << 32 | low


@takes(seed=a_seed, task=_task)
def task_seed(seed: int, task: int) -> int:
    """The seed of a program's own draws on a task of the set with `seed`: 64 bits."""
    return _seed(seed, Purpose.TASK_SEED, task)


@takes(seed=a_seed, name=one_of(SETS))
def set_seed(seed: int, name: str) -> int:
    """The seed of the `search`, `select` or `final` tasks of a search with `seed`: 64 bits."""
    return _seed(seed, Purpose.SET_SEED, SETS.index(name))


@takes(seed=a_seed, task=_task, n_train=whole(1), epochs=argument(TASK["epochs"].check))
def epoch_orders(seed: int, task: int, n_train: int, epochs: int) -> Whole | None:
    """Orders of the training examples (epochs, n_train): the given one, then a random one for each epoch.

    None for one epoch, which has the given order.
    """
    if epochs == 1:
        return None
    if n_train * epochs > MAX_ORDERS:
        raise AzcError(
            f"the orders of {n_train} training examples in {epochs} epochs are more than {MAX_ORDERS} "
            "numbers; take fewer epochs or examples"
        )
    orders: Iterable[Whole] = (
        permutation(seed, n_train, Purpose.EPOCH_ORDER, task | epoch << 32) for epoch in range(1, epochs)
    )
    return np.stack([np.arange(n_train), *orders]).astype(np.int64)
