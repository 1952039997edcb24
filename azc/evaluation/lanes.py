"""Tasks as lanes: tasks of one shape form a group, a group is cut into blocks that suit the caches."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from azc.backends.llvm import Data, Shape, aligned, target
from azc.ir import Interface
from azc.tasks import Task

MATRIX_NUMBERS = 2048
"""Maximum numbers in a matrix of all lanes: half of a first-level cache, in float32 a quarter."""
MAX_VECTORS = 4
"""Maximum vector registers per cell."""
FEWEST_EXAMPLES, MAX_EXAMPLES = 4, 16
"""Minimum and maximum examples in a batch; smaller batches gain less than their memory costs."""
FEATURES = 16
"""Maximum features for batches: beyond them one example is work enough, and matrices would fill the cache."""


@attrs.frozen(cache_hash=True)
class GroupKey:
    """Shape that tasks must share to be evaluated in lockstep."""

    features: int
    n_train: int
    n_valid: int
    epochs: int
    interface: Interface
    n_classes: int


def groups(tasks: Sequence[Task]) -> dict[GroupKey, list[int]]:
    """Indexes of the tasks of each shape, in order."""
    found: dict[GroupKey, list[int]] = {}
    of_task: dict[int, list[int]] = {}  # the same task may occur thousands of times
    for index, task in enumerate(tasks):
        if id(task) not in of_task:
            key = GroupKey(
                task.features, task.n_train, task.n_valid, task.epochs, task.interface, task.n_classes or 0
            )
            of_task[id(task)] = found.setdefault(key, [])
        of_task[id(task)].append(index)
    return found


def blocks(
    n_tasks: int, features: int, precision: str, stored: str, lanes: int | None = None, n_valid: int = 0
) -> list[tuple[int, Shape]]:
    """Number of tasks and shape of each block; `lanes` sets the number of lanes.

    n_valid: validation examples that may be taken in batches; 0 for none.
    """
    vector_bytes = target().vector_bytes
    number_bytes = 8 if precision == "float64" else 4
    vector = vector_bytes // number_bytes
    most = lanes or _most_lanes(features, vector)
    shapes: dict[int, Shape] = {}
    found = []
    for start in range(0, n_tasks, most):
        used = min(most, n_tasks - start)
        width = lanes or min(most, _padded(used, vector))
        if width not in shapes:
            batch = _batch(features, width, vector, n_valid)
            shapes[width] = Shape(features, width, precision, vector_bytes, stored, batch)
        found.append((used, shapes[width]))
    return found


def packed_bytes(key: GroupKey, shape: Shape) -> int:
    """Bytes of a block's examples, as `pack` makes them."""
    batches = key.n_valid * (shape.batch > 1)
    labels = 8 * shape.lanes * (key.n_train + key.n_valid)
    return shape.example_bytes * (key.n_train + key.n_valid + batches) + labels


def _batch(features: int, lanes: int, vector: int, n_valid: int) -> int:
    """Examples in a batch: as many as make it as wide as the widest block; 1 if a batch is not worth its
    memory."""
    batch = min(MAX_EXAMPLES, _most_lanes(features, vector) // lanes)
    return batch if batch >= FEWEST_EXAMPLES and features <= FEATURES and n_valid >= 2 * batch else 1


def _most_lanes(features: int, vector: int) -> int:
    fitting = MATRIX_NUMBERS // (features * features)
    return max(1, min(MAX_VECTORS, fitting // vector)) * vector


def _padded(used: int, vector: int) -> int:
    """Number of lanes for `used` tasks: a multiple of the vector, or a smaller power of two."""
    width = vector
    while width >= 2 * used:
        width //= 2
    return -(-used // width) * width


def stored_precision(tasks: Sequence[Task], precision: str) -> str:
    """Precision of stored features: float32 if evaluation is in float32, or if that loses no bit."""
    if precision == "float32":
        return precision
    exact = all(_is_single(x) for task in tasks for x in (task.train_x, task.valid_x))
    return "float32" if exact else "float64"


def declared_precision(tasks: Sequence[Task], precision: str) -> str:
    """Widest precision of stored features, told from dtypes without a look at values."""
    single = precision == "float32" or all(task.train_x.dtype == np.float32 for task in tasks)
    return "float32" if single else "float64"


def _is_single(x: NDArray[Any]) -> bool:
    with np.errstate(over="ignore", invalid="ignore"):
        return np.array_equal(x.astype(np.float32), x, equal_nan=True)


def pack(tasks: Sequence[Task], shape: Shape, epoch: int) -> Data:
    """Examples of a block; lanes without a task repeat the first task."""
    filled = [*tasks, *[tasks[0]] * (shape.lanes - len(tasks))]
    orders = [None if t.train_order is None else t.train_order[epoch] for t in filled]
    visited = [(_visited(t.train_x, o), _visited(t.train_y, o)) for t, o in zip(filled, orders, strict=True)]
    valid_x = _packed([t.valid_x for t in filled], shape.stored)
    return Data(
        train_x=_packed([x for x, _ in visited], shape.stored),
        train_y=_packed([y for _, y in visited], "float64"),
        valid_x=valid_x,
        valid_y=_packed([t.valid_y for t in filled], "float64"),
        batch_x=_in_batches(valid_x, shape.batch) if shape.batch > 1 else None,
    )


def _in_batches(x: NDArray[Any], batch: int) -> NDArray[Any]:
    """Whole batches of examples as [batch][feature][example][lane]."""
    _, features, lanes = x.shape
    n_batches = len(x) // batch
    out = aligned(n_batches * batch * features * lanes, x.dtype).reshape(n_batches, features, batch, lanes)
    out[:] = x[: n_batches * batch].reshape(n_batches, batch, features, lanes).transpose(0, 2, 1, 3)
    return out


def _visited(array: NDArray[Any], order: NDArray[np.int64] | None) -> NDArray[Any]:
    return array if order is None else array[order]


def _packed(arrays: list[NDArray[Any]], dtype: str) -> NDArray[Any]:
    shape = (*arrays[0].shape, len(arrays))
    out = aligned(int(np.prod(shape)), np.dtype(dtype)).reshape(shape)
    with np.errstate(over="ignore", invalid="ignore"):
        for lane, array in enumerate(arrays):
            out[..., lane] = array
    return out
