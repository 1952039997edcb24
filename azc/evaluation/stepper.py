"""`Stepper`: a program run one half-step at a time, on any backend; and the cells of its memory."""

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
        """A copy of all cells."""
        return Cells(self.s.copy(), self.v.copy(), self.m.copy())

    def put(self, other: "Cells") -> None:
        """Overwrite all cells with those of another."""
        for kind in KINDS:
            getattr(self, kind)[...] = getattr(other, kind)


class Stepper(Protocol):
    """Runs a program one half-step at a time, on any backend."""

    memory: Cells
    step: int

    def start(self) -> None:
        """Clear memory and run Setup."""

    def twin(self) -> "Stepper":
        """A second stepper for the same program, with its own memory; `start` has not been called."""

    def predict(self, x: Array) -> None:
        """Write the features, clear the label, run Predict."""

    def follow(self) -> None:
        """Replace the prediction by what follows Predict in training, such as its sigmoid."""

    def learn(self, x: Array, y: float) -> None:
        """Write features and label, run Learn."""

    def fit(self, x: Array, y: Array) -> None:
        """Predict, follow and learn every row, each as the next step."""
