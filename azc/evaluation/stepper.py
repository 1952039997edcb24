"""`Stepper`: a program run function by function, on any backend; and the cells of its memory."""

from collections.abc import Callable
from typing import Any, Protocol

import attrs
from numpy.typing import NDArray

from azc.ir import KINDS, Address, Interface

Array = NDArray[Any]


@attrs.frozen(eq=False)
class Cells:
    """All cells, to read and to write: s (…, n), v (…, n, F), m (…, n, F, F), the addresses in use."""

    s: Array
    v: Array
    m: Array

    def at(self, where: Address) -> Array:
        """The cells of an address of memory with lanes, (lanes, …)."""
        cells: Array = getattr(self, where.kind)[:, where.index]
        return cells

    def of_lane(self, lane: int) -> "Cells":
        """The cells of one lane, without the axis of lanes."""
        return Cells(self.s[lane], self.v[lane], self.m[lane])

    def copy(self) -> "Cells":
        """A copy of all cells."""
        return Cells(self.s.copy(), self.v.copy(), self.m.copy())

    def put(self, other: "Cells") -> None:
        """Overwrite all cells with those of another."""
        for kind in KINDS:
            getattr(self, kind)[...] = getattr(other, kind)


class Stepper(Protocol):
    """Runs a program function by function, in lanes, on any backend."""

    memory: Cells
    """Cells with lanes as their first axis."""
    step: int
    """The step of the draws."""
    entries: list[Callable[..., None] | None]
    """For each function one that makes a whole call from the arrays of its inputs: it counts the step, stores
    inputs, clears, and runs; or None where the caller does all that."""

    def clear(self) -> None:
        """Set memory to what it is before the first function runs."""

    def run(self, number: int) -> None:
        """Run the function of a number on memory, in the present step."""

    def settle(self) -> None:
        """Wait for a function that an interrupt left running, before memory is read or written."""

    def twin(self) -> "Stepper":
        """A second stepper for the same program, with its own memory, which is clear."""

    def fit(self, interface: Interface, n_classes: int, x: Array, y: Array) -> None:
        """Predict, follow and learn rows x (lanes, n, F) and labels y (lanes, n), each as the next step."""
