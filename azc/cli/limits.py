"""Memory limits of `azc serve`, for all requests together."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from azc.errors import AzcError
from azc.memory import available_memory, gib

if TYPE_CHECKING:
    from azc.tasks import Task

LINE_EXPANSION: Final = 40
"""Maximum bytes of Python objects for a byte of JSON; `{"a":0},` takes the most."""
NUMBER_RETURNED: Final = 100
"""Maximum bytes of a returned number: in an array, as an object and as text."""
TASK_BYTES: Final = 2048
"""Bytes of a task besides its examples."""
MENTION_BYTES: Final = 1024
"""Bytes for each mention of a task in a request, by name or with its data."""
MAX_CHARACTER_BYTES: Final = 4
LONGEST_LINE: Final = 1 << 30


def default_memory() -> int:
    """Half of the available memory; the rest is for Python itself, and for reading a request."""
    return available_memory() // 2


def longest_line(max_memory: int) -> int:
    """Maximum bytes of a request, such that reading it surely fits."""
    return min(LONGEST_LINE, 2 * max_memory // LINE_EXPANSION)


def stored_bytes(tasks: "Iterable[Task]") -> int:
    """Bytes of some tasks."""
    return sum(_task_bytes(task) for task in tasks)


def named_bytes(tasks: "Mapping[str, Task]") -> int:
    """Bytes of some tasks and their names."""
    return stored_bytes(tasks.values()) + sum(MAX_CHARACTER_BYTES * len(name) for name in tasks)


def _task_bytes(task: "Task") -> int:
    order = 0 if task.train_order is None else task.train_order.nbytes
    arrays = (task.train_x, task.train_y, task.valid_x, task.valid_y)
    return int(TASK_BYTES + order + sum(array.nbytes for array in arrays))


def check_room(what: str, size: int, max_memory: int) -> None:
    """Raise AzcError if something takes more memory than requests may."""
    if size > max_memory:
        raise AzcError(
            f"{what} about {gib(size)}, and requests may take {gib(max_memory)} (azc serve --max-memory); "
            "take fewer or smaller tasks, or fewer addresses"
        )
