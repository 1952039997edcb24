"""How much a request may ask for, so that no client can use up the machine's memory and end the server."""

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from azc.errors import AzcError

if TYPE_CHECKING:
    from azc.ir import Program
    from azc.tasks import Task

LINE_EXPANSION: Final = 40
"""Bytes that a byte of JSON may take as Python's objects; `{"a":0},` takes the most."""
EXAMPLE_EXPANSION: Final = 3
"""How often examples are there at a time: in tasks, packed as lanes, and while they are packed."""
NUMBER_RETURNED: Final = 100
"""Bytes that a returned number may take as an array's, as an object and as text."""


def physical_memory() -> int:
    """The machine's memory in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def longest_line() -> int:
    """The longest request that surely fits when it is read, in bytes; at most 1 GiB."""
    return min(1 << 30, physical_memory() // LINE_EXPANSION)


def check_examples(tasks: "Iterable[Task]") -> None:
    """Raise an error unless the examples of all these tasks fit, a task that stands twice counted twice."""
    _check("the examples of these tasks take", EXAMPLE_EXPANSION * example_bytes(tasks))


def example_bytes(tasks: "Iterable[Task]") -> int:
    """The bytes of the examples of some tasks."""
    return sum(a.nbytes for t in tasks for a in (t.train_x, t.train_y, t.valid_x, t.valid_y))


def check_returned_memory(program: "Program", tasks: "Sequence[Task]") -> None:
    """Raise an error unless the program's memory on all these tasks can be sent back."""
    from azc.evaluation.result import ADDRESSES_SHOWN

    used = dict.fromkeys("svm", ADDRESSES_SHOWN)
    for place in program.addresses():
        used[place.kind] = max(used[place.kind], place.index + 1)
    numbers = sum(used["s"] + used["v"] * t.features + used["m"] * t.features**2 for t in tasks)
    _check('returning "memory" takes', NUMBER_RETURNED * numbers)


def _check(what: str, size: int) -> None:
    there = physical_memory()
    if size > there // 2:
        raise AzcError(
            f"{what} about {size / 2**30:.1f} GiB, and this machine has {there / 2**30:.1f} GiB; "
            "take fewer tasks, examples, features or addresses"
        )
