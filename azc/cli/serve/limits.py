"""Memory of `azc serve`: its limits, and estimates of what tasks and requests take."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from azc.errors import AzcError
from azc.memory import available_memory, gib

if TYPE_CHECKING:
    from azc.tasks import Task

LINE_EXPANSION: Final = 40
"""Maximum bytes of Python objects for a byte of JSON; `{"a":0},` takes the most."""
RETURNED_NUMBER_BYTES: Final = 100
"""Maximum bytes of a returned number: in an array, as an object and as text."""
TASK_BYTES: Final = 2048
"""Bytes of a task besides its examples."""
MENTION_BYTES: Final = 1024
"""Bytes for each task of a request, whether named or described."""
MAX_CHARACTER_BYTES: Final = 4
"""Maximum bytes of a character of a task's name."""
LONGEST_LINE: Final = 1 << 30
"""Maximum bytes of a request, whatever the memory."""


def default_memory() -> int:
    """Half of the available bytes; the rest is for Python itself, and for reading a request."""
    return available_memory() // 2


def longest_line(max_memory: int) -> int:
    """Maximum bytes of a request, such that its Python objects fit into twice `max_memory`."""
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


def check_memory(what: str, size: int, max_memory: int) -> None:
    """Raise AzcError if `size` bytes exceed `max_memory`; `what` is subject and verb, like "tasks take"."""
    if size > max_memory:
        raise AzcError(
            f"{what} about {gib(size)}, and requests may take {gib(max_memory)} (azc serve --max-memory); "
            "use fewer or smaller tasks, or fewer addresses"
        )
