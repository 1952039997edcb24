"""A stepper that runs a program as machine code."""

from collections.abc import Callable
from copy import copy
from time import perf_counter
from typing import Final

import numpy as np

from azc.backends.llvm import (
    CLEAR,
    DONE,
    PUT_FEATURES,
    RECORD,
    Binder,
    Block,
    Native,
    Plan,
    Shape,
    Step,
    Tape,
    array_entry,
    arrays_are_read,
    driver,
    layout,
    locations,
    plan_of_calls,
    scratch_cells,
    target,
)
from azc.evaluation.result import addresses_used
from azc.evaluation.slices import Slices
from azc.evaluation.stepper import Array, Cells
from azc.ir import KINDS, Address, Instruction, Interface, Program, Signature, address

LONG: Final = 10_000_000
"""Numbers from which on a call runs in a thread of its own, so that Ctrl-C is heard: some milliseconds."""
_SCALARS: Final = 8
"""Scalar addresses get memory in groups of this many, so that few drivers serve all programs."""


class CompiledMachine:
    """Runs a program as machine code, all lanes at once."""

    def __init__(
        self,
        program: Program,
        signature: Signature,
        features: int,
        precision: str,
        seeds: tuple[int, ...],
        backend: str,
        n_classes: int,
    ):
        shape = Shape(features, len(seeds), precision, target().vector_bytes)
        self._used = addresses_used(program, signature.addresses)
        self._room = self._used | {"s": -(-self._used["s"] // _SCALARS) * _SCALARS}
        made = layout(shape, _dense(self._room), locations(program.instructions()))
        ops = {instruction.op for instruction in program.instructions()}
        self._layout, self._scratch = made, scratch_cells(shape, n_classes, ops)
        self._seeds = seeds
        self._signature = signature
        self._long = [_work(function, shape) >= LONG for function in program.functions]
        self._load(plan_of_calls(program), backend)
        self._make_memory()

    def _load(self, steps: Plan, backend: str) -> None:
        """Make the tapes."""
        self._code: Binder | Native
        if backend == "kernels":
            self._code = Binder(self._layout)
            self._code.admit(self._code.unknown(steps))
            tapes = [self._code.bind(function) for function in steps.functions]
        else:
            self._code = Native(steps, self._layout, self._signature.functions[1:])
            tapes = self._code.tapes
        self._tapes = tapes
        self._runs = [Tape(tape) for tape in tapes]

    def _make_memory(self) -> None:
        shape = self._layout.shape
        self._block = Block(shape, self._seeds, [np.inf] * shape.lanes, 1, 0)
        self._block.use(self._layout, self._scratch)
        self._block.own(self._code)
        self._memory_address = self._block.memory.ctypes.data
        self._slices = Slices.first(shape.features)
        self.memory = _views(self._block.memory, shape, self._room, self._used)
        self.step = 0
        self.entries = self._array_entries()

    def _array_entries(self) -> list[Callable[..., None] | None]:
        functions = self._signature.functions
        made: list[Callable[..., None] | None] = [None] * len(functions)
        if not isinstance(self._code, Native) or not arrays_are_read():
            return made
        words = (self._memory_address, self._block.address)
        self._records = np.array([(*words, run.address) for run in self._runs], dtype=np.int64)
        for number, entry in enumerate(self._code.entries, 1):  # the first function is not called
            if not self._long[number]:
                record = self._records[number].ctypes.data
                made[number] = array_entry(entry, record, len(functions[number].inputs))
        return made

    @property
    def step(self) -> int:
        """The step of the draws, where machine code reads it."""
        return self._block.get("step")

    @step.setter
    def step(self, step: int) -> None:
        self._block.set("step", step)

    def twin(self) -> "CompiledMachine":
        """A second stepper that runs the same machine code."""
        made = copy(self)
        made._make_memory()
        made.clear()
        return made

    def clear(self) -> None:
        """Set memory to zero, but for literals."""
        self._block.clear()

    def run(self, number: int) -> None:
        """Run a function in all lanes."""
        tape, block = self._runs[number], self._block
        if self._long[number]:
            block.call(tape.run)
        else:
            tape.kernel(tape.address, self._memory_address, block.address, 0)

    def settle(self) -> None:
        """Wait for a call that an interrupt left running."""
        self._block.settle()

    def fit(self, interface: Interface, n_classes: int, x: Array, y: Array) -> None:
        """Predict and learn every row: an epoch of training in which no lane counts, so none stops."""
        block = self._block
        entries = driver(self._layout, interface, n_classes)
        tapes, owner = self._training_tapes(interface)
        block.load(tapes, True, (self._code, owner))
        block.training[:] = 0
        block.point("train_x", np.ascontiguousarray(x.transpose(1, 2, 0), dtype=block.memory.dtype))
        block.point("train_y", np.ascontiguousarray(y.T, dtype=np.float64))
        rows, before = x.shape[1], self.step
        for name, value in (("n_train", rows), ("position", 0), ("epoch", 0), ("first_step", before + 1)):
            block.set(name, value)
        while True:
            begin = perf_counter()
            if block.run(entries, self._slices.examples) == DONE:
                break
            self._slices.took(perf_counter() - begin)
        self.step = before + rows

    def _training_tapes(self, interface: Interface) -> tuple[list[bytes], Binder]:
        """Tapes for a driver, which first copy the features and clear the label; and what owns that code."""
        binder, tapes = Binder(self._layout), []
        for declared, tape in zip(self._signature.functions, self._tapes, strict=True):
            before = [Step(PUT_FEATURES, where=interface.features)] * (interface.features in declared.written)
            before += [Step(CLEAR, where=where) for where in declared.clears]
            binder.admit(before)
            tapes.append(binder.bind(before)[: -RECORD.itemsize] + tape)
        return tapes, binder


def _work(function: tuple[Instruction, ...], shape: Shape) -> int:
    """Numbers that a function touches, roughly."""
    cells = 0
    for op in (instruction.op for instruction in function):
        most = max((shape.cells(kind) for kind in (op.result, *op.operands) if kind), default=0)
        cells += most * (shape.features if op.symbol == "matmul" else 1)
    return cells * shape.lanes


def _dense(counts: dict[str, int]) -> list[Address]:
    return [address(kind, index) for kind in KINDS for index in range(counts[kind])]


def _views(memory: Array, shape: Shape, room: dict[str, int], used: dict[str, int]) -> Cells:
    """Memory [cell][lane] as (lanes, n, …), the addresses that are used."""
    rows, first, found = memory.reshape(-1, shape.lanes), 0, []
    for axes, kind in enumerate(KINDS):
        cells = shape.cells(kind)
        block = rows[first : first + room[kind] * cells]
        first += room[kind] * cells
        shaped = block.reshape(room[kind], *[shape.features] * axes, shape.lanes)
        found.append(np.moveaxis(shaped, -1, 0)[:, : used[kind]])
    return Cells(*found)
