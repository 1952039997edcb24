"""Evaluation by machine code: blocks of lanes in lockstep, kernels or a whole program compiled."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import Any, Final

import attrs
import numpy as np
from numpy.typing import NDArray

from azc.backends.llvm import (
    DONE,
    PAUSED,
    Binder,
    Block,
    Data,
    Entries,
    Native,
    Place,
    Shape,
    driver,
    layout,
    places,
    scratch_cells,
)
from azc.evaluation.lanes import GroupKey, blocks, pack
from azc.evaluation.result import Memory, Report, canonical, memory_report
from azc.evaluation.slices import Slices
from azc.ir import MAX_INSTRUCTIONS, Address, Op, Program, instruction_faults, verify
from azc.tasks import Task

NATIVE_KEPT: Final = 16
"""Whole programs that stay compiled."""


@attrs.define
class _Lanes:
    """A block with its tasks and their packed examples."""

    block: Block
    tasks: list[Task]
    shape: Shape
    packed: Data | None = None
    epoch: int = 0

    @property
    def ordered(self) -> bool:
        """Whether any task says in which order its examples are visited, which epochs may differ in."""
        return any(task.train_order is not None for task in self.tasks)

    def data(self, epoch: int) -> Data:
        """The examples of an epoch, as visited."""
        if self.packed is None or (epoch != self.epoch and self.ordered):
            self.packed, self.epoch = pack(self.tasks, self.shape, epoch), epoch
        return self.packed


class Group:
    """Tasks of one shape, ready to evaluate programs on; not for two threads at once."""

    def __init__(self, key: GroupKey, tasks: Sequence[Task], precision: str, lanes: int | None = None):
        self.key = key
        self._lanes: list[_Lanes] = []
        self._slices = Slices.first(key.features)
        self._tapes = _Tapes(key)
        self._native: OrderedDict[tuple[Program, Shape], Native] = OrderedDict()
        done = 0
        for used, shape in blocks(len(tasks), key.features, precision, lanes):
            here = list(tasks[done : done + used])
            block = Block(
                shape,
                [task.seed for task in here],
                [task.max_abs_error for task in here],
                key.n_train,
                key.n_valid,
                key.n_classes,
            )
            self._lanes.append(_Lanes(block, here, shape))
            done += used

    # --- the two forms --------------------------------------------------------------------------------

    def kernels(self, program: Program, want: frozenset[str]) -> list[Report]:
        """A report a task, by kernels."""
        return [r for lanes, entries in self._on_tape(program) for r in self._reports(lanes, entries, want)]

    def fitnesses(self, program: Program) -> list[float]:
        """A fitness a task, by kernels, and nothing else."""
        found: list[float] = []
        for lanes, entries in self._on_tape(program):
            self._run(lanes, entries, False)
            found += lanes.block.fitness[: lanes.block.used].tolist()
        return found

    def _on_tape(self, program: Program) -> Iterator[tuple[_Lanes, Entries]]:
        for lanes in self._lanes:
            bound = self._tapes.bound(program, lanes.shape)
            if lanes.block.layout is not bound.binder.layout:
                lanes.block.use(bound.binder.layout, bound.scratch)
            lanes.block.load(bound.tapes, bound.binder)
            yield lanes, bound.entries

    def native(self, program: Program, want: frozenset[str]) -> list[Report]:
        """A report a task, by the whole program compiled; it is remembered for the next time."""
        reports: list[Report] = []
        for lanes in self._lanes:
            code = self._compiled(program, lanes.shape)
            if lanes.block.layout is not code.layout:
                ops = {instruction.op for instruction in program.instructions()}
                lanes.block.use(code.layout, scratch_cells(lanes.shape, self.key.n_classes, ops))
            lanes.block.load(code.tapes, code)
            entries = driver(code.layout, self.key.interface, self.key.n_classes)
            reports += self._reports(lanes, entries, want)
        return reports

    def _compiled(self, program: Program, shape: Shape) -> Native:
        code = self._native.pop((program, shape), None)
        if code is None:
            made = layout(shape, self.key.interface.addresses, places(program.instructions()))
            code = Native(program, made)
        self._native[program, shape] = code
        while len(self._native) > NATIVE_KEPT:
            self._native.popitem(last=False)
        return code

    # --- runs -----------------------------------------------------------------------------------------

    def _run(self, lanes: _Lanes, entries: Entries, watch: bool, record: "_Record | None" = None) -> None:
        """All epochs of a block; watching, a lane's memory is looked at when it stops."""
        block, key = lanes.block, self.key
        pausing = watch or (key.epochs > 1 and key.interface.valid_stops)
        block.set("pause", pausing)
        block.show(lanes.data(0))
        block.start(entries)
        for epoch in range(key.epochs):
            if epoch:
                block.show(lanes.data(epoch))
            block.open_epoch(epoch)
            stops = self._epoch(block, entries)
            if record is not None:
                record.close_epoch(block, epoch, stops)
            if epoch + 1 == key.epochs or not block.alive.any():
                return
            # Validation went on for other lanes: a stopped one goes on from where it stopped.
            for lane, cells in stops.items():
                block.cells()[:, lane] = cells

    def _epoch(self, block: Block, entries: Entries) -> dict[int, NDArray[Any]]:
        """One epoch; the cells of each lane that stopped in it, if the block pauses at stops."""
        stops: dict[int, NDArray[Any]] = {}
        while True:
            begin = perf_counter()
            status = block.run(entries, self._slices.examples)
            if status == DONE:
                return stops
            if status == PAUSED:
                for lane in np.flatnonzero(block.stopped >= 0):
                    stops.setdefault(int(lane), block.cells()[:, lane].copy())
                if block.get("at_learn") and not block.alive.any():
                    return stops
                if not block.get("at_learn") and not block.valid_alive.any():
                    block.set("position", block.n_train + block.n_valid)
                continue
            self._slices.took(perf_counter() - begin)

    def _reports(self, lanes: _Lanes, entries: Entries, want: frozenset[str]) -> list[Report]:
        block = lanes.block
        record = _Record(block, want)
        self._run(lanes, entries, "memory" in want, record)
        return [
            Report(
                fitness=float(block.fitness[lane]),
                stopped_early=bool(record.stopped_early[lane]),
                train_steps=int(record.steps[lane]),
                train_errors=record.errors("train_errors", lane),
                valid_errors=record.errors("valid_errors", lane),
                memory=_memory(block, record.ended.get(lane), lane) if "memory" in want else None,
            )
            for lane in range(block.used)
        ]


def _memory(block: Block, ended: NDArray[Any] | None, lane: int) -> Memory:
    made = block.layout
    assert made is not None
    cells = block.cells()[:, lane] if ended is None else ended
    size = block.shape.lanes * block.shape.number_bytes
    rows = {
        (place.kind, place.index): cells[offset // size :][: block.shape.cells(place.kind)]
        for place, offset in made.offsets.items()
        if isinstance(place, Address)
    }
    return memory_report(rows, block.shape.features, cells.dtype)


class _Record:
    """What reports say beyond fitness, gathered an epoch at a time; arrays have an entry a lane."""

    def __init__(self, block: Block, want: frozenset[str]):
        lanes = block.shape.lanes
        self.stopped_early = np.zeros(lanes, dtype=bool)
        self.steps = np.zeros(lanes, dtype=np.int64)
        self.ended: dict[int, NDArray[Any]] = {}
        self._alive = np.ones(lanes, dtype=bool)
        self._counts: dict[str, NDArray[np.int64]] = {}
        self._errors = {}
        for name, rows in (("train_errors", block.n_train), ("valid_errors", block.n_valid)):
            if name in want:
                self._errors[name] = np.zeros((rows, lanes))
                block.point(name, self._errors[name])

    def close_epoch(self, block: Block, epoch: int, stops: dict[int, NDArray[Any]]) -> None:
        """Count the steps and errors of an epoch, and remember how stopped lanes ended."""
        stopped, n_train = block.stopped, block.n_train
        in_training = (stopped >= 0) & (stopped < n_train)
        self.steps += np.where(self._alive, np.where(in_training, stopped + 1, n_train), 0)
        self.stopped_early |= self._alive & (stopped >= 0)
        self.ended = {lane: cells for lane, cells in self.ended.items() if not self._alive[lane]} | stops
        if epoch == 0:
            self._counts["train_errors"] = np.where(in_training, stopped, n_train)
            visited = np.where(stopped >= n_train, stopped - n_train, block.n_valid)
            self._counts["valid_errors"] = np.where(in_training, 0, visited)
            for name in self._errors:
                block.point(name, None)
        self._alive = block.alive != 0

    def errors(self, name: str, lane: int) -> NDArray[np.float64] | None:
        """A lane's errors of the first epoch, if they were wanted."""
        if name not in self._errors:
            return None
        return canonical(self._errors[name][: self._counts[name][lane], lane])


@attrs.frozen
class _Bound:
    """A program's tapes for one shape, and what they run on."""

    tapes: list[bytes]
    binder: Binder
    scratch: int
    entries: Entries


class _Tapes:
    """Tapes of all programs share a layout for each shape; it grows when a program uses something new."""

    LITERALS: Final = 64
    """Literals that have cells at a time, before those of earlier programs are forgotten."""

    def __init__(self, key: GroupKey):
        self.key = key
        self._places: set[Place] = set()
        self._ops: set[Op] = set()
        self._binders: dict[Shape, tuple[Binder, int, Entries]] = {}

    def bound(self, program: Program, shape: Shape) -> _Bound:
        """A program's tapes."""
        functions = program.functions
        if max(map(len, functions)) > MAX_INSTRUCTIONS:
            verify(program)
        try:
            binder, scratch, entries = self._binders[shape]
            return _Bound([binder.bind(function) for function in functions], binder, scratch, entries)
        except KeyError:
            self._admit(program, shape)
            return self.bound(program, shape)

    def _admit(self, program: Program, shape: Shape) -> None:
        """Take in a program with instructions that were not seen before."""
        known = self._binders.get(shape)
        new = known[0].unknown(program) if known else list(program.instructions())
        if any(fault for instruction in new for fault in instruction_faults(instruction)):
            verify(program)
        wanted, ops = set(places(new)), {instruction.op for instruction in new}
        if not (wanted <= self._places and ops <= self._ops):
            self._grow(program, ops)
        if shape not in self._binders:
            made = layout(shape, self.key.interface.addresses, self._places)
            scratch = scratch_cells(shape, self.key.n_classes, self._ops)
            entries = driver(made, self.key.interface, self.key.n_classes)
            self._binders[shape] = (Binder(made, self._ops), scratch, entries)
        self._binders[shape][0].admit(program)

    def _grow(self, program: Program, ops: set[Op]) -> None:
        """Make room for what a program uses, and forget all tapes: places move."""
        wanted = set(places(program.instructions()))
        together = self._places | wanted
        crowded = sum(isinstance(place, tuple) for place in together) > self.LITERALS
        self._places = wanted if crowded else together
        self._ops |= ops
        self._binders.clear()
