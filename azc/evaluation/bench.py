"""The bench: tasks made ready to run programs on. It alone owns examples, memory and contexts.

`Evaluator` runs programs on it from Python, a search from its compiled loop.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import islice
from time import perf_counter
from typing import Final

import attrs

from azc.backends.llvm import (
    DONE,
    EPOCH,
    Block,
    Data,
    Entries,
    Location,
    Shape,
    cells_of,
    memory_bytes,
    scratch_cells,
    state_bytes,
)
from azc.evaluation.lanes import GroupKey, blocks, groups, pack, packed_bytes, stored_precision
from azc.evaluation.slices import Slices
from azc.ir import Op
from azc.tasks import Task

LONG_VALIDATION: Final = 4096
"""Minimum validation examples, over all epochs, for batches if Python makes the tapes: checking a program
for batches and binding one more tape take some ten microseconds."""


@attrs.frozen
class Cut:
    """Tasks to be run together as lanes, before anything is allocated."""

    key: GroupKey
    indexes: tuple[int, ...]
    shape: Shape


def cut(
    tasks: Sequence[Task],
    precision: str,
    lanes: int | None = None,
    *,
    long_validation: int | None = None,
    stored: Callable[[Sequence[Task], str], str] = stored_precision,
) -> list[Cut]:
    """Cut tasks into blocks: by their shape, then by the number of lanes that suits the caches.

    lanes: number of lanes, in place of a computed one. long_validation: minimum validation examples for
    batches, in place of `LONG_VALIDATION`. stored: precision in which features of tasks are stored.
    """
    long = LONG_VALIDATION if long_validation is None else long_validation
    found = []
    for key, where in groups(tasks).items():
        n_valid = key.n_valid if key.n_valid * key.epochs >= long else 0
        how = stored([tasks[index] for index in where], precision)
        rest = iter(where)
        for used, shape in blocks(len(where), key.features, precision, how, lanes, n_valid):
            found.append(Cut(key, tuple(islice(rest, used)), shape))
    return found


def bench_bytes(
    cuts: Iterable[Cut], wanted: Iterable[Location], ops: Collection[Op], exposed: bool = False
) -> int:
    """Bytes of a bench's blocks, with memory for some locations and operations.

    exposed: memory is read when an evaluation ends.
    """
    locations = {*wanted}
    counts = Counter((made.key, made.shape) for made in cuts)
    return sum(
        count * _block_bytes(key, shape, locations, ops, exposed) for (key, shape), count in counts.items()
    )


def _block_bytes(
    key: GroupKey, shape: Shape, wanted: set[Location], ops: Collection[Op], exposed: bool
) -> int:
    together = {*wanted, *key.interface.addresses}
    literals = any(isinstance(location, tuple) for location in together)
    cells, scratch = cells_of(shape, together), scratch_cells(shape, key.n_classes, ops)
    memory = memory_bytes(shape, cells, scratch, literals, exposed or _keeps(key))
    return state_bytes(shape) + packed_bytes(key, shape) + memory


def _keeps(key: GroupKey) -> bool:
    """Whether a lane's memory is kept when validation stops it, since its next epoch trains on from there."""
    return key.epochs > 1 and key.interface.valid_stops


class TaskBlock:
    """Tasks that run together as lanes: their examples, and the context for programs."""

    def __init__(self, made: Cut, tasks: Sequence[Task]):
        self.cut = made
        self.key, self.shape, self.indexes = made.key, made.shape, made.indexes
        self.tasks = [tasks[index] for index in made.indexes]
        self.ordered = self.key.epochs > 1 and any(task.train_order is not None for task in self.tasks)
        """Whether epochs visit the examples in different orders."""
        self.context = Block(
            self.shape,
            [task.seed for task in self.tasks],
            [task.max_abs_error for task in self.tasks],
            self.key.n_train,
            self.key.n_valid,
            self.key.epochs,
        )
        self._packed: Data | None = None
        self._epoch = 0

    def examples(self, epoch: int) -> Data:
        """Examples of an epoch in the order of their visit."""
        if self._packed is None or (epoch != self._epoch and self.ordered):
            self._packed, self._epoch = pack(self.tasks, self.shape, epoch), epoch
        return self._packed

    def prepare(self, exposed: bool = False) -> None:
        """Point the context to the first epoch; `exposed`: memory is read when an evaluation ends."""
        self.context.show(self.examples(0))
        self.context.set("ordered", self.ordered)
        self.context.keep(exposed or _keeps(self.key))

    def run(self, entries: Entries, exposed: bool = False) -> None:
        """Evaluate the loaded program on all examples, in slices between which Ctrl-C is heard."""
        slices = Slices.first(self.key.features)
        self.prepare(exposed)
        self.context.start(entries)
        while True:
            begin = perf_counter()
            status = self.context.run(entries, slices.examples)
            if status == DONE:
                return
            if status == EPOCH:
                self.context.show(self.examples(self.context.get("epoch")))
            else:
                slices.took(perf_counter() - begin)


@attrs.frozen(eq=False)
class Bench:
    """Tasks made ready to run programs on, block by block; threads cannot share a bench."""

    blocks: list[TaskBlock]

    @classmethod
    def of(cls, cuts: Iterable[Cut], tasks: Sequence[Task]) -> "Bench":
        """Bench of tasks that were cut into blocks."""
        return cls([TaskBlock(made, tasks) for made in cuts])

    def groups(self) -> dict[GroupKey, list[TaskBlock]]:
        """Blocks by the shape of their tasks."""
        found: dict[GroupKey, list[TaskBlock]] = {}
        for block in self.blocks:
            found.setdefault(block.key, []).append(block)
        return found
