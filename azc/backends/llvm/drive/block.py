"""`Block`: tasks of one shape that run together as lanes; their data, state and memory."""

from collections.abc import Callable, Collection, Sequence
from copy import copy
from functools import partial
from typing import Any, Final, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from azc.arguments import a_truth, takes, whole
from azc.backends.llvm.code.context import BATCH_ROWS, FIELDS, context_words, row_start
from azc.backends.llvm.code.kernels import RECORD
from azc.backends.llvm.code.layout import Layout, aligned
from azc.backends.llvm.drive.batches import MAX_INPUT_BYTES, Batched
from azc.backends.llvm.drive.calls import Entries, Worker
from azc.backends.llvm.lower.shape import Shape, a_shape
from azc.ir import MAX_INSTRUCTIONS, SUPERVISED
from azc.memory import at_features, check_fits

Array = NDArray[Any]
T = TypeVar("T")
FEATURES_THAT_TAKE_LONG: Final = 256
"""Features from which on an example with a matrix product may take noticeable time."""
TAPE_BYTES: Final = (MAX_INSTRUCTIONS + 3) * RECORD.itemsize
"""Bytes from one tape of a block to the next, as many as the longest has: its instructions, two steps with
which Predict may begin, and its end."""
_TAPES: Final = len(SUPERVISED)
ERRORS: Final = ("train_errors", "valid_errors")
_WORD_OF: Final = {name: index for index, name in enumerate(FIELDS)}


@attrs.frozen
class Data:
    """The examples of a block's tasks, packed: x [example][feature][lane] in the shape's stored precision,
    y [example][lane] float64; batch_x holds valid_x's whole batches as [batch][feature][example][lane]."""

    train_x: Array
    train_y: Array
    valid_x: Array
    valid_y: Array
    batch_x: Array | None = None


class Block:
    """The state of a block of lanes, as arrays that Python and compiled code share.

    `used` lanes are tasks; the others only fill vectors. An evaluation visits the first `n_train` and
    `n_valid` examples of the data. `seeds` and `max_abs_error` have an entry for each task. Tapes of Setup,
    Predict, Learn and of Predict on a batch, if the shape knows batches, lie at `tapes`, `TAPE_BYTES` each.
    """

    def __init__(
        self,
        shape: Shape,
        seeds: Sequence[int],
        max_abs_error: Sequence[float],
        n_train: int,
        n_valid: int,
        n_epochs: int = 1,
    ):
        self.shape = shape
        self.used = len(seeds)
        self.n_train, self.n_valid, self.n_epochs = n_train, n_valid, n_epochs
        self._view(aligned(context_words(shape), np.int64))
        self.row("seeds", np.uint64)[: self.used] = np.array([s % 2**64 for s in seeds], dtype=np.uint64)
        self.row("max_abs_error", np.float64)[: self.used] = max_abs_error
        for name in ("used", "n_train", "n_valid", "n_epochs"):
            self.set(name, getattr(self, name))
        batches = shape.batch > 1
        self._tapes = aligned((_TAPES + batches) * TAPE_BYTES, np.uint8)
        self._tape_bytes = memoryview(self._tapes.data)
        self.tapes: int = self._tapes.ctypes.data
        for index, name in enumerate(("setup", "predict")):
            self.set(name, self.tapes + index * TAPE_BYTES)
        self._pointed: dict[str, Array] = {}
        self._batch_inputs = aligned(MAX_INPUT_BYTES if batches else 0, np.uint8)
        self.batch_inputs: int = self._batch_inputs.ctypes.data
        """Address of the inputs of Predict on a batch, `MAX_INPUT_BYTES` at most."""
        self.set("batch_inputs", self.batch_inputs)
        if batches:
            self.point("batch_rows", aligned(BATCH_ROWS * shape.of_batch.lanes, np.int64))
        self.memory: Array = np.zeros(0)
        self.layout: Layout | None = None
        self._shown: Data | None = None
        self._worker: Worker[Any] | None = None
        self._code: object = None
        self._entries: Entries | None = None

    def _view(self, context: NDArray[np.int64]) -> None:
        self.context = context
        self._words = memoryview(context.data)
        self.address: int = context.ctypes.data
        self.training = self.row("training")
        self.fitness = self.row("fitness", np.float64)

    def another(self, n_train: int, n_valid: int) -> "Block":
        """A context for one epoch of these numbers of examples; it shares tasks, data, tapes and memory.

        Memory must be in use, and is given back with the first block.
        """
        made = copy(self)
        context = aligned(self.context.size, np.int64)
        context[:] = self.context
        made._view(context)
        made._pointed = dict(self._pointed)
        for name, value in (("n_train", n_train), ("n_valid", n_valid), ("n_epochs", 1)):
            setattr(made, name, value)
            made.set(name, value)
        made.keep(False)
        return made

    def row(self, name: str, dtype: type = np.int64) -> NDArray:  # type: ignore[type-arg]
        """A row of the context as an array [lane]; writing to it changes the context."""
        start = row_start(self.shape, name)
        return self.context[start : start + self.shape.lanes].view(dtype)

    def set(self, name: str, value: int) -> None:
        """Write a field of the context."""
        self._words[_WORD_OF[name]] = value

    def get(self, name: str) -> int:
        """Read a field of the context."""
        return self._words[_WORD_OF[name]]

    def point(self, name: str, array: Array | None) -> None:
        """Set a pointer of the context to an array, which is held as long, or to null."""
        if array is None:
            self._pointed.pop(name, None)
            self.set(name, 0)
        else:
            self._pointed[name] = array
            self.set(name, array.ctypes.data)

    def use(self, layout: Layout, scratch_cells: int) -> None:
        """Allocate memory for a layout. AzcError: it does not fit."""
        self.settle()
        wide = self.shape.of_batch
        needed = memory_bytes(self.shape, layout.cells, scratch_cells, bool(layout.literals), False)
        check_fits(needed, at_features(wide.features))
        self.release()
        dtype = np.float64 if self.shape.precision == "float64" else np.float32
        self.layout = layout
        self.memory = aligned(layout.cells * self.shape.lanes, dtype)
        self.set("cells", layout.cells)
        # Softmax stores its shares in scratch as float64, whatever the precision of memory.
        self.point("scratch", aligned(scratch_cells * wide.lanes, np.float64))
        self.point("image", self._image(layout, self.shape.lanes) if layout.literals else None)
        self.point("batch_memory", self._image(layout, wide.lanes) if self.shape.batch > 1 else None)
        self._memory_address = self.memory.ctypes.data

    def release(self) -> None:
        """Free the memory of the layout that was used last."""
        self.settle()
        self.layout, self.memory = None, np.zeros(0)
        for name in ("scratch", "image", "batch_memory", "stopped_memory"):
            self.point(name, None)

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays of the block, the data included."""
        own = (self.context, self._tapes, self._batch_inputs, self.memory)
        return sum(array.nbytes for array in (*own, *self._pointed.values()))

    def _image(self, layout: Layout, lanes: int) -> Array:
        """Memory as it is before Setup: zero but for literals."""
        image = aligned(layout.cells * lanes, self.memory.dtype)
        with np.errstate(over="ignore"):  # beyond float32's range is infinite
            for first, count, value in layout.literals:
                image[first * lanes : (first + count) * lanes] = value
        return image

    def keep(self, wanted: bool) -> None:
        """Choose whether the memory of a lane that stops is put back as it was, after the epoch."""
        if wanted != bool(self.get("stopped_memory")):
            self.point("stopped_memory", aligned(self.memory.size, self.memory.dtype) if wanted else None)

    def record(self, wanted: Collection[str]) -> dict[str, Array]:
        """Record some of `ERRORS` of first epochs from now on, as arrays [example][lane], and no others."""
        for name, rows in zip(ERRORS, (self.n_train, self.n_valid), strict=True):
            self.point(name, np.zeros((rows, self.shape.lanes)) if name in wanted else None)
        return {name: self._pointed[name] for name in ERRORS if name in wanted}

    def show(self, data: Data) -> None:
        """Point the context to these examples."""
        if data is self._shown:
            return
        self._shown = data
        for name in ("train_x", "train_y", "valid_x", "valid_y", "batch_x"):
            self.point(name, getattr(data, name))

    def load(
        self, tapes: Sequence[bytes], learns: bool, code: object, batched: Batched | None = None
    ) -> None:
        """Copy the bound tapes of Setup, Predict and Learn into the block; `code` owns what they name.

        `learns`: Learn has steps. `batched`: Predict on a batch, or None if validation goes one by one.
        """
        self.settle()
        self._code = (code, batched)
        for index, tape in enumerate(tapes if batched is None else (*tapes, batched.predict)):
            start = index * TAPE_BYTES
            self._tape_bytes[start : start + len(tape)] = tape
        self.set("learn", self.tapes + 2 * TAPE_BYTES if learns else 0)
        self.set("batch_predict", self.tapes + 3 * TAPE_BYTES if batched else 0)
        if batched is not None:
            self._batch_inputs.data[: len(batched.inputs)] = batched.inputs

    def start(self, entries: Entries) -> None:
        """Clear memory and state, and run Setup."""
        self.settle()
        self._entries = entries
        self._called(entries.begin)

    def run(self, entries: Entries, budget: int) -> int:
        """Continue the evaluation for at most `budget` examples; return DONE, MORE or EPOCH."""
        self.set("budget", budget)
        return self._called(entries.go)

    def clear(self) -> None:
        """Set memory to what it is before Setup."""
        self.settle()
        image = self._pointed.get("image")
        self.memory[:] = 0 if image is None else image

    def own(self, code: object) -> None:
        """Keep what owns compiled code that `call` runs, as long as the call lasts."""
        self._code = code

    def call(self, entry: Callable[[int, int], None]) -> None:
        """Run compiled code on memory and context in a thread, so that Ctrl-C need not wait."""
        self._in_thread(entry)

    def _called(self, entry: Callable[[int, int], T]) -> T:
        """Call compiled code; in a thread if an example may take long, so that Ctrl-C need not wait."""
        if self.shape.features < FEATURES_THAT_TAKE_LONG:
            return entry(self._memory_address, self.address)
        return self._in_thread(entry)

    def _in_thread(self, entry: Callable[[int, int], T]) -> T:
        self.settle()
        call: Callable[[], T] = partial(entry, self._memory_address, self.address)
        worker = Worker(call, self, self._code, self._entries)
        self._worker = worker  # before the call begins: Ctrl-C may come as soon as it has
        try:
            return worker.result()
        except KeyboardInterrupt:
            self.set("budget", 0)  # the call ends after its current example
            raise

    def settle(self) -> None:
        """Wait for a call that an interrupt left running."""
        if self._worker is not None:
            self._worker.join()
            self._worker = None

    def cells(self) -> Array:
        """Memory as [cell][lane]."""
        return self.memory.reshape(-1, self.shape.lanes)


@takes(shape=a_shape)
def state_bytes(shape: Shape) -> int:
    """Bytes of a block without examples and memory: its context, its tapes, its rows for batches."""
    batches = (TAPE_BYTES + MAX_INPUT_BYTES + 8 * BATCH_ROWS * shape.of_batch.lanes) * (shape.batch > 1)
    return 8 * context_words(shape) + _TAPES * TAPE_BYTES + batches


@takes(shape=a_shape, cells=whole(), scratch_cells=whole(), literals=a_truth, kept=a_truth)
def memory_bytes(shape: Shape, cells: int, scratch_cells: int, literals: bool, kept: bool) -> int:
    """Bytes of a block's memory in a layout with a number of cells, with scratch and a batch's memory.

    `literals`: memory is not all zero before Setup; `kept`: that of stopped lanes is put back (`Block.keep`).
    """
    wide = shape.of_batch.lanes
    lanes = shape.lanes * (1 + literals + kept) + wide * (shape.batch > 1)
    return cells * lanes * shape.number_bytes + 8 * scratch_cells * wide
