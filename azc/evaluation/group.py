"""Evaluation by machine code: blocks of lanes in lockstep, kernels or a whole program compiled."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import Any, Final

import attrs
import numpy as np
from numpy.typing import NDArray

from azc.backends.llvm import (
    DONE,
    EPOCH,
    Block,
    Data,
    Entries,
    Native,
    Plan,
    Shape,
    driver,
    layout,
    locations,
    plan,
    scratch_cells,
)
from azc.evaluation.lanes import GroupKey, group_blocks, group_bytes, pack, stored_precision
from azc.evaluation.result import Memory, Report, addresses_shown, canonical, memory_report
from azc.evaluation.slices import Slices
from azc.evaluation.tapes import Tapes
from azc.ir import Address, Program
from azc.tasks import Task

NATIVE_KEPT: Final = 16
"""Maximum number of programs that stay compiled."""


@attrs.define
class _TaskBlock:
    """A block with its tasks and their packed examples."""

    block: Block
    tasks: list[Task]
    shape: Shape
    packed: Data | None = None
    epoch: int = 0
    ordered: bool = attrs.field(init=False)
    """Whether any task says in which order its examples are visited, which epochs may differ in."""

    @ordered.default
    def _any_order(self) -> bool:
        return any(task.train_order is not None for task in self.tasks)

    def data(self, epoch: int) -> Data:
        """The examples of an epoch, as visited."""
        if self.packed is None or (epoch != self.epoch and self.ordered):
            self.packed, self.epoch = pack(self.tasks, self.shape, epoch), epoch
        return self.packed


class Group:
    """Tasks of one shape, ready to evaluate programs on; not for two threads at once."""

    def __init__(
        self,
        key: GroupKey,
        tasks: Sequence[Task],
        precision: str,
        lanes: int | None = None,
        on_growth: Callable[[Program], None] = lambda program: None,
    ):
        self.key = key
        self._lanes: list[_TaskBlock] = []
        self._tapes = Tapes(key, on_growth)
        self._native: OrderedDict[tuple[Program, Shape, bool], Native] = OrderedDict()
        stored, done = stored_precision(tasks, precision), 0
        for used, shape in group_blocks(key, len(tasks), precision, stored, lanes):
            here = list(tasks[done : done + used])
            block = Block(
                shape,
                [task.seed for task in here],
                [task.max_abs_error for task in here],
                key.n_train,
                key.n_valid,
                key.epochs,
            )
            self._lanes.append(_TaskBlock(block, here, shape))
            done += used

    # --- memory ---------------------------------------------------------------------------------------

    def needed(self, program: Program, native: bool, exposed: bool) -> int:
        """Bytes that the blocks take once they have evaluated a program, with what earlier ones left."""
        used, ops = {*locations(program.instructions())}, {i.op for i in program.instructions()}
        if not native:
            used, ops = self._tapes.together(used), ops | self._tapes.ops
        return group_bytes(self.key, [lanes.shape for lanes in self._lanes], used, ops, exposed)

    def forget(self) -> None:
        """Give back memory, and forget what earlier programs used."""
        self._tapes.forget()
        for lanes in self._lanes:
            lanes.block.release()

    @property
    def nbytes(self) -> int:
        """The bytes of all blocks, their examples included."""
        return sum(lanes.block.nbytes for lanes in self._lanes)

    # --- the two forms --------------------------------------------------------------------------------

    def kernels(self, program: Program, want: frozenset[str]) -> list[Report]:
        """A report a task, by kernels."""
        return [
            report
            for lanes, entries in self._on_tape(program, "memory" in want)
            for report in self._reports(lanes, entries, want, program)
        ]

    def fitnesses(self, program: Program) -> list[float]:
        """A fitness a task, by kernels, and nothing else."""
        found: list[float] = []
        for lanes, entries in self._on_tape(program):
            self._run(lanes, entries)
            found += lanes.block.fitness[: lanes.block.used].tolist()
        return found

    def _on_tape(self, program: Program, exposed: bool = False) -> Iterator[tuple[_TaskBlock, Entries]]:
        for lanes in self._lanes:
            bound = self._tapes.bound(program, lanes.shape, exposed)
            if lanes.block.layout is not bound.binder.layout:
                lanes.block.use(bound.binder.layout, bound.scratch)
            lanes.block.load(bound.tapes, bound.learns, bound.binder, bound.batched)
            yield lanes, bound.entries

    def native(self, program: Program, want: frozenset[str]) -> list[Report]:
        """A report a task, by the whole program compiled; it is remembered for the next time."""
        reports: list[Report] = []
        steps = plan(program, self.key.interface, "memory" in want)
        for lanes in self._lanes:
            code = self._compiled(program, steps, lanes.shape, "memory" in want)
            if lanes.block.layout is not code.layout:
                ops = {instruction.op for instruction in program.instructions()}
                lanes.block.use(code.layout, scratch_cells(lanes.shape, self.key.n_classes, ops))
            lanes.block.load(code.tapes, bool(steps.learn), code)
            entries = driver(code.layout, self.key.interface, self.key.n_classes)
            reports += self._reports(lanes, entries, want, program)
        return reports

    def _compiled(self, program: Program, steps: Plan, shape: Shape, exposed: bool) -> Native:
        key = (program, shape, exposed)
        code = self._native.pop(key, None)
        if code is None:
            made = layout(shape, self.key.interface.addresses, locations(program.instructions()))
            code = Native(steps, made, self.key.interface)
        self._native[key] = code
        while len(self._native) > NATIVE_KEPT:
            self._native.popitem(last=False)
        return code

    # --- runs -----------------------------------------------------------------------------------------

    def _run(self, lanes: _TaskBlock, entries: Entries, exposed: bool = False) -> None:
        """A whole evaluation of a block; `exposed` if memory is looked at when it ends."""
        block, key = lanes.block, self.key
        slices = Slices.first(key.features)
        block.show(lanes.data(0))
        block.set("ordered", lanes.ordered)
        # Lanes whose validation stopped train on from where they stood, while others validated on.
        block.keep(exposed or (key.epochs > 1 and key.interface.valid_stops))
        block.start(entries)
        while True:
            begin = perf_counter()
            status = block.run(entries, slices.examples)
            if status == DONE:
                return
            if status == EPOCH:
                block.show(lanes.data(block.get("epoch")))
            else:
                slices.took(perf_counter() - begin)

    def _reports(
        self, lanes: _TaskBlock, entries: Entries, want: frozenset[str], program: Program
    ) -> list[Report]:
        block, errors = lanes.block, {}
        for name, rows in (("train_errors", block.n_train), ("valid_errors", block.n_valid)):
            errors[name] = np.zeros((rows, block.shape.lanes)) if name in want else None
            block.point(name, errors[name])
        self._run(lanes, entries, "memory" in want)
        for name in errors:
            block.point(name, None)
        shown = addresses_shown(program, self.key.interface) if "memory" in want else None
        return [_report(block, lane, errors, shown) for lane in range(block.used)]


def _report(
    block: Block, lane: int, errors: dict[str, NDArray[Any] | None], shown: dict[str, int] | None
) -> Report:
    ends = Ends.of(block, lane)
    counts = {"train_errors": ends.train_errors, "valid_errors": ends.valid_errors}
    return Report(
        fitness=float(block.fitness[lane]),
        stopped_early=ends.stopped_at != 0,
        train_steps=ends.train_steps,
        memory=None if shown is None else _memory(block, lane, shown),
        stopped_at=ends.stopped_at,
        **{
            name: None if rows is None else canonical(rows[: counts[name], lane])
            for name, rows in errors.items()
        },
    )


@attrs.frozen
class Ends:
    """The ends of a lane's training and validation, from the steps at which it stopped."""

    stopped_at: int
    """The step at which it first stopped, from 1; 0 if it did not."""
    train_steps: int
    """Training examples visited over all epochs, a failing one included."""
    train_errors: int
    """Errors of the first epoch's training."""
    valid_errors: int
    """Errors of the first epoch's validation, that of the example that stopped it left out."""

    @classmethod
    def of(cls, block: Block, lane: int) -> "Ends":
        """What the block says when an evaluation is done."""
        n_train, n_valid = block.n_train, block.n_valid
        stopped, ended = (int(block.row(name)[lane]) for name in ("stopped", "ended"))
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
