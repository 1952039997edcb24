"""A stepper that runs a program as Python functions; what follows Predict, and labels in memory."""

from collections.abc import Callable
from copy import copy

import numpy as np

from azc.backends.python import functions_of
from azc.evaluation.result import addresses_used
from azc.evaluation.stepper import Array, Cells
from azc.ir import KINDS, Interface, Program, Signature, semantics


class PythonMachine:
    """Runs a program as Python functions, lane by lane."""

    def __init__(
        self, program: Program, signature: Signature, features: int, precision: str, seeds: tuple[int, ...]
    ):
        self._functions = functions_of(program, precision)
        self._signature, self._features, self._seeds = signature, features, seeds
        self._used = addresses_used(program, signature.addresses)
        self._dtype = np.dtype(precision)
        self.entries: list[Callable[..., None] | None] = [None] * len(signature.functions)
        self._make_memory()

    def _make_memory(self) -> None:
        lanes, used, f = len(self._seeds), self._used, self._features
        shapes = [(used["s"],), (used["v"], f), (used["m"], f, f)]
        self.memory = Cells(*(np.zeros((lanes, *shape), self._dtype) for shape in shapes))
        self._lanes = [_Lane(self.memory.of_lane(n), seed) for n, seed in enumerate(self._seeds)]
        self.step = 0

    def twin(self) -> "PythonMachine":
        """A second stepper that runs the same functions."""
        made = copy(self)
        made._make_memory()
        return made

    def clear(self) -> None:
        """Set memory to zero."""
        for kind in KINDS:
            getattr(self.memory, kind)[...] = 0

    def settle(self) -> None:
        """Nothing is left running."""

    def run(self, number: int) -> None:
        """Run a function in all lanes."""
        function = self._functions[number]
        for lane in self._lanes:
            lane.step = self.step
            function(lane)

    def fit(self, interface: Interface, n_classes: int, x: Array, y: Array) -> None:
        """Predict and learn every row."""
        features, label = self.memory.at(interface.features), self.memory.at(interface.label)
        follow = follower(interface, n_classes, self.memory)
        for row in range(x.shape[1]):
            self.step += 1
            features[...] = x[:, row]
            label[...] = 0
            self.run(1)
            follow()
            features[...] = x[:, row]
            put_labels(interface, label, y[:, row])
            self.run(2)


class _Lane:
    """Memory of one lane, as the functions of a module read it."""

    __slots__ = ("m", "s", "seed", "step", "v")

    def __init__(self, cells: Cells, seed: int):
        self.s, self.v, self.m = cells.s, cells.v, cells.m
        self.seed, self.step = seed % 2**64, 0


def follower(interface: Interface, n_classes: int, memory: Cells) -> Callable[[], None]:
    """Function that replaces the prediction in memory by what follows Predict in training."""
    if interface.follow is None:
        return lambda: None
    follow, predictions = getattr(semantics, interface.follow), memory.at(interface.prediction)

    def run() -> None:
        with np.errstate(all="ignore"):
            for lane in range(len(predictions)):
                predictions[lane] = follow(predictions[lane], n_classes)

    return run


def put_labels(interface: Interface, cells: Array, labels: Array) -> None:
    """Write a label for each lane, a class as a one among zeros."""
    if not interface.classes:
        with np.errstate(over="ignore"):  # beyond float32's range is infinite
            cells[...] = labels
        return
    cells[...] = 0
    cells[np.arange(len(cells)), labels.astype(int)] = 1
