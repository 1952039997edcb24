"""Evaluation by machine code on a bench: by kernels that follow tapes, or by a compiled program."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Final

import attrs
from numpy.typing import NDArray

from azc.backends.llvm import (
    Block,
    Entries,
    Native,
    Plan,
    Shape,
    driver,
    kernels_for,
    layout,
    locations,
    plan,
    scratch_cells,
)
from azc.evaluation.bench import TaskBlock, bench_bytes
from azc.evaluation.lanes import GroupKey
from azc.evaluation.result import Memory, Report, addresses_shown, canonical, memory_report
from azc.evaluation.tapes import Tapes
from azc.ir import LEARN, Address, Op, Program

NATIVE_KEPT: Final = 16
"""Maximum number of compiled programs that a group keeps, each for a shape of memory."""


class Group:
    """Runs programs on the blocks of tasks that share a key; not for two threads at once."""

    def __init__(
        self,
        key: GroupKey,
        blocks: Sequence[TaskBlock],
        on_growth: Callable[[Program], None] = lambda program: None,
    ):
        self.key = key
        self.blocks = blocks
        self.indexes = [index for block in blocks for index in block.indexes]
        """Indexes of the tasks, in the order of the reports."""
        self._tapes = Tapes(key, on_growth)
        self._native: OrderedDict[tuple[Program, Shape, bool], Native] = OrderedDict()

    def prepare(self, ops: Collection[Op]) -> None:
        """Compile now what programs of some operations need on tapes."""
        interface = self.key.interface
        for shape in {block.shape for block in self.blocks}:
            kernels_for(shape, ops)
            driver(layout(shape, interface.addresses, ()), interface, self.key.n_classes)

    # --- memory ---------------------------------------------------------------------------------------

    def needed(self, program: Program, native: bool, exposed: bool) -> int:
        """Bytes of the blocks after they have evaluated a program, earlier programs' memory included."""
        used, ops = {*locations(program.instructions())}, {i.op for i in program.instructions()}
        if not native:
            used, ops = self._tapes.together(used), ops | self._tapes.ops
        return bench_bytes([block.cut for block in self.blocks], used, ops, exposed)

    def forget(self) -> None:
        """Free memory, and forget the addresses that earlier programs used."""
        self._tapes.forget()
        for block in self.blocks:
            block.context.release()

    @property
    def nbytes(self) -> int:
        """Bytes of all blocks, their examples included."""
        return sum(block.context.nbytes for block in self.blocks)

    # --- the two forms --------------------------------------------------------------------------------

    def kernels(self, program: Program, want: frozenset[str]) -> list[Report]:
        """Report of each task, by kernels."""
        return [
            report
            for block, entries in self._on_tape(program, "memory" in want)
            for report in self._reports(block, entries, want, program)
        ]

    def fitnesses(self, program: Program) -> list[float]:
        """Fitness on each task, by kernels."""
        found: list[float] = []
        for block, entries in self._on_tape(program):
            block.run(entries)
            found += block.context.fitness[: block.context.used].tolist()
        return found

    def _on_tape(self, program: Program, exposed: bool = False) -> Iterator[tuple[TaskBlock, Entries]]:
        for block in self.blocks:
            bound = self._tapes.bound(program, block.shape, exposed)
            if block.context.layout is not bound.binder.layout:
                block.context.use(bound.binder.layout, bound.scratch)
            block.context.load(bound.tapes, bound.learns, bound.binder, bound.batched)
            yield block, bound.entries

    def native(self, program: Program, want: frozenset[str]) -> list[Report]:
        """Report of each task, by native code, which is remembered for the next time."""
        reports: list[Report] = []
        steps = plan(program, self.key.interface, "memory" in want)
        for block in self.blocks:
            code = self._compiled(program, steps, block.shape, "memory" in want)
            if block.context.layout is not code.layout:
                ops = {instruction.op for instruction in program.instructions()}
                block.context.use(code.layout, scratch_cells(block.shape, self.key.n_classes, ops))
            block.context.load(code.tapes, bool(steps[LEARN]), code)
            entries = driver(code.layout, self.key.interface, self.key.n_classes)
            reports += self._reports(block, entries, want, program)
        return reports

    def _compiled(self, program: Program, steps: Plan, shape: Shape, exposed: bool) -> Native:
        key = (program, shape, exposed)
        code = self._native.pop(key, None)
        if code is None:
            made = layout(shape, self.key.interface.addresses, locations(program.instructions()))
            code = Native(steps, made)
        self._native[key] = code
        while len(self._native) > NATIVE_KEPT:
            self._native.popitem(last=False)
        return code

    def _reports(
        self, block: TaskBlock, entries: Entries, want: frozenset[str], program: Program
    ) -> list[Report]:
        context = block.context
        errors = context.record(want)
        block.run(entries, "memory" in want)
        context.record(())
        shown = addresses_shown(program, self.key.interface) if "memory" in want else None
        return [_report(context, lane, errors, shown) for lane in range(context.used)]


def _report(block: Block, lane: int, errors: dict[str, NDArray[Any]], shown: dict[str, int] | None) -> Report:
    ends = Ends.of(block, lane)
    counts = {"train_errors": ends.train_errors, "valid_errors": ends.valid_errors}
    return Report(
        fitness=float(block.fitness[lane]),
        stopped_early=ends.stopped_at != 0,
        train_steps=ends.train_steps,
        memory=None if shown is None else _memory(block, lane, shown),
        stopped_at=ends.stopped_at,
        **{name: canonical(rows[: counts[name], lane]) for name, rows in errors.items()},
    )


@attrs.frozen
class Ends:
    """Ends of a lane's training and validation, from the steps at which it stopped."""

    stopped_at: int
    """Step at which it first stopped, from 1; 0 if it did not."""
    train_steps: int
    """Training examples visited over all epochs, a failing one included."""
    train_errors: int
    """Number of training errors of the first epoch."""
    valid_errors: int
    """Number of validation errors of the first epoch, without that of an example that stopped it."""

    @classmethod
    def of(cls, block: Block, lane: int) -> "Ends":
        """Ends of a lane in the last evaluation of a block."""
        n_train, n_valid = block.n_train, block.n_valid
        stopped, ended = (int(block.row(name)[lane]) for name in ("first_stop", "training_stop"))
        steps = n_train * block.n_epochs
        if ended:
            epoch, position = divmod(ended - 1, n_train + n_valid)
            steps = n_train * epoch + position + 1
        first = stopped - 1 if 0 < stopped <= n_train + n_valid else n_train + n_valid
        return cls(stopped, steps, min(first, n_train), max(first - n_train, 0))


def _memory(block: Block, lane: int, shown: dict[str, int]) -> Memory:
    made = block.layout
    assert made is not None
    cells = block.cells()[:, lane]
    size = block.shape.lanes * block.shape.number_bytes
    rows = {
        (location.kind, location.index): cells[offset // size :][: block.shape.cells(location.kind)]
        for location, offset in made.offsets.items()
        if isinstance(location, Address)
    }
    return memory_report(rows, shown, block.shape.features, cells.dtype)
