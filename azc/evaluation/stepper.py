"""What a machine is that an algorithm is driven on, whatever the backend, and the cells of its memory."""

from typing import Any, Protocol

import attrs
from numpy.typing import NDArray

from azc.ir import KINDS

Array = NDArray[Any]


@attrs.frozen
class Cells:
    """All cells, to read and to write: s (n,), v (n, F), m (n, F, F), the addresses that the program uses."""

    s: Array
    v: Array
    m: Array

    def copy(self) -> "Cells":
        """The cells as they are now."""
        return Cells(self.s.copy(), self.v.copy(), self.m.copy())

    def put(self, other: "Cells") -> None:
        """Make all cells those of the other."""
        for kind in KINDS:
            getattr(self, kind)[...] = getattr(other, kind)


class Stepper(Protocol):
    """What runs a program one half-step at a time, whatever the backend."""

    memory: Cells
    step: int

    def start(self) -> None:
        """Clear memory and run Setup."""

    def twin(self) -> "Stepper":
        """Another machine for the same program, with memory of its own; `start` has not been called."""

    def predict(self, x: Array) -> None:
        """Put features in, clear the label, run Predict."""

    def follow(self) -> None:
        """What follows Predict in training."""

    def learn(self, x: Array, y: float) -> None:
        """Put features and label in, run Learn."""

    def fit(self, x: Array, y: Array) -> None:
        """The three for every row, each opening the next step."""
