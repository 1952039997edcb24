"""The two steppers: a program in Python, and as machine code."""

from copy import copy
from time import perf_counter

import numpy as np

from azc.backends.llvm import (
    DONE,
    Binder,
    Block,
    Native,
    Shape,
    driver,
    layout,
    locations,
    plan,
    scratch_cells,
    target,
)
from azc.evaluation.reference import loaded
from azc.evaluation.result import addresses_used
from azc.evaluation.slices import Slices
from azc.evaluation.stepper import Array, Cells
from azc.ir import KINDS, MAX_ADDRESSES, Address, Interface, Program, address, semantics


class PythonMachine:
    """Runs a program as a Python module."""

    def __init__(
        self,
        program: Program,
        interface: Interface,
        features: int,
        n_classes: int,
        precision: str,
        seed: int,
    ):
        self._module = loaded(program, interface, features, precision)
        self._interface, self._n_classes = interface, n_classes
        self._features, self._seed = features, seed
        self._make_memory()

    def _make_memory(self) -> None:
        self._cells = self._module.new_memory(self._features, self._seed)
        self.memory = Cells(self._cells.s, self._cells.v, self._cells.m)
        self.step = 0

    def twin(self) -> "PythonMachine":
        """A second stepper that runs the same module."""
        made = copy(self)
        made._make_memory()
        return made

    def start(self) -> None:
        """Clear memory and run Setup."""
        for kind in KINDS:
            getattr(self.memory, kind)[...] = 0
        self.step = 0
        self._module.setup(self._cells)

    def predict(self, x: Array) -> None:
        """Run Predict in the current step."""
        self._cells.step = self.step - 1
        self._module.predict(self._cells, x)

    def follow(self) -> None:
        """Replace the prediction by what follows Predict in training."""
        if self._interface.follow is not None:
            where = self._interface.prediction
            row = getattr(self.memory, where.kind)
            with np.errstate(all="ignore"):
                row[where.index] = getattr(semantics, self._interface.follow)(
                    row[where.index], self._n_classes
                )

    def learn(self, x: Array, y: float) -> None:
        """Run Learn."""
        self._module.learn(self._cells, x, y)

    def fit(self, x: Array, y: Array) -> None:
        """Predict and learn every row."""
        for row, label in zip(x, y, strict=True):
            self.step += 1
            self.predict(row)
            self.follow()
            self.learn(row, label)


class CompiledMachine:
    """Runs a program as machine code, in one lane."""

    def __init__(
        self,
        program: Program,
        interface: Interface,
        features: int,
        n_classes: int,
        precision: str,
        seed: int,
        backend: str,
    ):
        shape = Shape(features, 1, precision, target().vector_bytes)
        used = self._used = addresses_used(program, interface)
        # All scalar and vector addresses get memory, used or not, so that one driver serves all programs.
        made = layout(shape, _dense(used["m"]), locations(program.instructions()))
        ops = {instruction.op for instruction in program.instructions()}
        self._room = made, scratch_cells(shape, n_classes, ops)
        self._seed = seed
        self._entries = driver(made, interface, n_classes)
        self._code: Binder | Native
        steps = plan(program, interface, exposed=True)
        if backend == "kernels":
            binder = Binder(made, interface)
            binder.admit(binder.unknown(steps))
            self._code, self._tapes = binder, [binder.bind(function) for function in steps.functions]
        else:
            code = Native(steps, made, interface)
            self._code, self._tapes = code, code.tapes
        self._make_memory()

    def _make_memory(self) -> None:
        made, scratch = self._room
        self._block = Block(made.shape, [self._seed], [np.inf], 1, 0)
        self._block.use(made, scratch)
        self._block.load(self._tapes, True, self._code)
        self._slices = Slices.first(made.shape.features)
        self._x = np.zeros((1, made.shape.features), dtype=self._block.memory.dtype)
        self._y = np.zeros(1)
        self.memory = _views(self._block.memory, made.shape.features, self._used)

    def twin(self) -> "CompiledMachine":
        """A second stepper that runs the same machine code."""
        made = copy(self)
        made._make_memory()
        return made

    @property
    def step(self) -> int:
        """The current step."""
        return self._block.get("step")

    @step.setter
    def step(self, value: int) -> None:
        self._block.set("step", value)

    def start(self) -> None:
        """Clear memory and run Setup."""
        self._block.point("train_x", self._x)
        self._block.point("train_y", self._y)
        self._block.start(self._entries)

    def predict(self, x: Array) -> None:
        """Run Predict in the current step."""
        self._x[0] = x
        self._block.call(self._entries.predict)

    def follow(self) -> None:
        """Replace the prediction by what follows Predict in training."""
        self._block.call(self._entries.follow)

    def learn(self, x: Array, y: float) -> None:
        """Run Learn."""
        self._x[0], self._y[0] = x, y
        self._block.call(self._entries.learn)

    def fit(self, x: Array, y: Array) -> None:
        """Predict and learn every row: an epoch of training in which no lane counts, so none stops."""
        block, step = self._block, self.step
        block.training[:] = 0
        block.point("train_x", np.ascontiguousarray(x))
        block.point("train_y", np.ascontiguousarray(y, dtype=np.float64))
        block.set("n_train", len(x))
        block.set("position", 0)
        block.set("first_step", step + 1)
        while True:
            begin = perf_counter()
            if block.run(self._entries, self._slices.examples) == DONE:
                break
            self._slices.took(perf_counter() - begin)
        self.step = step + len(x)
        block.point("train_x", self._x)
        block.point("train_y", self._y)


def _dense(matrices: int) -> list[Address]:
    counts = {"s": MAX_ADDRESSES, "v": MAX_ADDRESSES, "m": matrices}
    return [address(kind, index) for kind in KINDS for index in range(counts[kind])]


def _views(cells: Array, features: int, used: dict[str, int]) -> Cells:
    f = features
    vectors = cells[MAX_ADDRESSES : MAX_ADDRESSES * (1 + f)].reshape(MAX_ADDRESSES, f)
    matrices = cells[MAX_ADDRESSES * (1 + f) :][: used["m"] * f * f].reshape(used["m"], f, f)
    return Cells(cells[: used["s"]], vectors[: used["v"]], matrices)
