"""A block of lanes: some tasks of one shape in lockstep, their data, their state and their memory."""

from collections.abc import Callable, Sequence
from ctypes import memset
from typing import Any, Final, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from azc.backends.llvm.context import CONTEXT
from azc.backends.llvm.entries import Entries
from azc.backends.llvm.kernels import RECORD
from azc.backends.llvm.layout import Layout, aligned
from azc.backends.llvm.shape import Shape
from azc.backends.llvm.worker import Worker
from azc.backends.memory import check_fits
from azc.ir import FUNCTIONS, MAX_INSTRUCTIONS

Array = NDArray[Any]
T = TypeVar("T")
FEATURES_THAT_TAKE_LONG: Final = 256
"""From so many features on, an example with a matrix product may take a noticeable time."""
_TAPE_BYTES: Final = (MAX_INSTRUCTIONS + 1) * RECORD.itemsize
_TAPE_STARTS: Final = (0, _TAPE_BYTES, 2 * _TAPE_BYTES)


@attrs.frozen
class Data:
    """The examples of a block's tasks, packed: x [example][feature][lane], y [example][lane] float64."""

    train_x: Array
    train_y: Array
    valid_x: Array
    valid_y: Array


class Block:
    """The state of a block of lanes, as arrays that Python and compiled code share.

    `used` lanes are tasks; the rest only fill vectors and never count.
    """

    def __init__(
        self,
        shape: Shape,
        seeds: Sequence[int],
        max_abs_error: Sequence[float],
        n_train: int,
        n_valid: int,
        n_classes: int = 0,
    ):
        lanes = shape.lanes
        self.shape = shape
        self.used = len(seeds)
        self.n_train, self.n_valid = n_train, n_valid
        self.context = np.zeros(1, dtype=CONTEXT)
        self._fields = self.context.view(np.int64)
        self._at = {name: i for i, name in enumerate(CONTEXT.names or ())}
        self._kept: dict[str, Array] = {}
        self.alive = self._row("alive", np.int64)
        self.valid_alive = self._row("valid_alive", np.int64)
        self.stopped = self._row("stopped", np.int64)
        self.fitness = self._row("fitness", np.float64)
        self._row("loss", np.float64)
        self._row("seeds", np.uint64)[: self.used] = np.array([s % 2**64 for s in seeds], dtype=np.uint64)
        self._row("max_abs_error", np.float64)[: self.used] = max_abs_error
        self._alive_at_start = np.array([-1] * self.used + [0] * (lanes - self.used), dtype=np.int64)
        self.set("n_train", n_train)
        self.set("n_valid", n_valid)
        self.set("n_classes", n_classes)
        self.address = self.context.ctypes.data
        tapes = aligned(3 * _TAPE_BYTES, np.uint8)
        self._tapes = memoryview(tapes.data)
        for name, start in zip(FUNCTIONS, _TAPE_STARTS, strict=True):
            self.point(name, tapes[start : start + _TAPE_BYTES])
        self.memory: Array = np.zeros(0)
        self.layout: Layout | None = None
        self._shown: Data | None = None
        self._worker: Worker[Any] | None = None
        self._code: object = None
        self._entries: Entries | None = None

    def _row(self, name: str, dtype: type) -> NDArray:  # type: ignore[type-arg]
        array = aligned(self.shape.lanes, dtype)
        self.point(name, array)
        return array

    def set(self, name: str, value: int) -> None:
        """Write a number of the context."""
        self._fields[self._at[name]] = value

    def get(self, name: str) -> int:
        """Read a number of the context."""
        return int(self._fields[self._at[name]])

    def point(self, name: str, array: Array | None) -> None:
        """Let a pointer of the context show an array, which stays alive as long; or nothing."""
        if array is None:
            self._kept.pop(name, None)
            self.set(name, 0)
        else:
            self._kept[name] = array
            self.set(name, array.ctypes.data)

    def use(self, layout: Layout, scratch_cells: int) -> None:
        """Make memory for a layout; an error if it does not fit."""
        self.settle()
        needed = (layout.cells + scratch_cells) * self.shape.lanes * self.shape.number_bytes
        check_fits(needed, self.shape.features)
        dtype = np.float64 if self.shape.precision == "float64" else np.float32
        self.layout = layout
        self.memory = aligned(layout.cells * self.shape.lanes, dtype)
        # Softmax keeps its shares in scratch as float64, whatever the precision of memory.
        self.point("scratch", aligned(scratch_cells * self.shape.lanes, np.float64))
        self._memory_address = self.memory.ctypes.data

    def show(self, data: Data) -> None:
        """Use these examples."""
        if data is self._shown:
            return
        self._shown = data
        for name in ("train_x", "train_y", "valid_x", "valid_y"):
            self.point(name, getattr(data, name))

    def load(self, tapes: Sequence[bytes], code: object) -> None:
        """Put the bound tapes of Setup, Predict and Learn in place; `code` owns what they lead to."""
        self.settle()
        self._code = code
        for start, tape in zip(_TAPE_STARTS, tapes, strict=True):
            self._tapes[start : start + len(tape)] = tape

    def start(self, entries: Entries) -> None:
        """Clear memory and state, and run Setup."""
        assert self.layout is not None
        self.settle()
        self._entries = entries
        memset(self._memory_address, 0, self.memory.nbytes)
        if self.layout.literals:
            self._fill_literals(self.layout)
        self.alive[:] = self._alive_at_start
        self.fitness[:] = 0.0
        self.set("at_learn", 0)
        self._called(entries.start)

    def _fill_literals(self, layout: Layout) -> None:
        lanes = self.shape.lanes
        with np.errstate(over="ignore"):  # beyond float32's range is infinite
            for first, count, value in layout.literals:
                self.memory[first * lanes : (first + count) * lanes] = value

    def open_epoch(self, number: int) -> None:
        """Stand before the first example of an epoch."""
        self.stopped[:] = -1
        self.set("position", 0)
        self.set("first_step", 1 + number * (self.n_train + self.n_valid))

    def run(self, entries: Entries, budget: int) -> int:
        """Go on with the epoch for at most so many examples; DONE, MORE or PAUSED."""
        self.set("budget", budget)
        return self._called(entries.epoch)

    def call(self, entry: Callable[[int, int], None]) -> None:
        """Run half a step on the example that the context shows."""
        self._called(entry)

    def _called(self, entry: Callable[[int, int], T]) -> T:
        """Call compiled code; where a single example may take long, so that Ctrl-C need not wait for it."""
        if self.shape.features < FEATURES_THAT_TAKE_LONG:
            return entry(self._memory_address, self.address)
        self.settle()
        worker = Worker(entry, self._memory_address, self.address, (self, self._code, self._entries))
        self._worker = worker
        try:
            return worker.result()
        except KeyboardInterrupt:
            self.set("budget", 0)  # what still runs ends with its example
            raise

    def settle(self) -> None:
        """Wait for what an interrupted call left running."""
        if self._worker is not None:
            self._worker.join()
            self._worker = None

    def cells(self) -> Array:
        """Memory as [cell][lane]."""
        return self.memory.reshape(-1, self.shape.lanes)
