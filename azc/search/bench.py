"""A set of tasks ready for the inner loop: blocks of lanes, and all that is known of them as addresses."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

import attrs
import numpy as np
from numpy.typing import NDArray

from azc.backends.llvm import (
    CLEAR,
    END,
    FIELDS,
    FORMS,
    PUT_FEATURES,
    Block,
    Data,
    Entries,
    Kernels,
    Layout,
    Location,
    Shape,
    aligned,
    driver,
    kernels,
    layout,
    numbers_for,
    pair_table,
    row_start,
    scratch_cells,
    variant_table,
)
from azc.evaluation import GroupKey, blocks, group_bytes, groups, pack, stored_precision
from azc.ir import KINDS, OPS, Address, Interface, Op
from azc.memory import check_fits
from azc.search.coding import Coding
from azc.search.engine.batches import MAX_INPUT_WORDS
from azc.search.engine.evaluation import Bench, Contexts, Fields
from azc.search.engine.genome import MAX_NUMBERED
from azc.search.engine.tape import NUMBERS, RECORD_WORDS
from azc.search.engine.tape import KernelTables as Tables
from azc.tasks import Task
from azc.words import counted

LONG: Final = 256
"""From so many features on an example may take a noticeable time; drivers then come back often."""
TAPES: Final = 4
"""Setup, Predict, Learn, and Predict on a batch of examples."""
FEW_EXAMPLES: Final = 1
ENDLESS: Final = 1 << 62


@attrs.frozen(eq=False)
class _SearchBlock:
    """A block of lanes with all that its machine code needs, kept alive together."""

    where: list[int]
    """The indexes of its tasks."""
    shape: Shape
    layout: Layout
    runs: dict[str, Block]
    """Contexts by what they run on: full, hurdle, probe."""
    tape: NDArray[np.int64]
    data: list[Data]
    """By epoch."""
    inputs: NDArray[np.int64]
    errors: list[NDArray[np.float64]]
    entries: Entries
    kernels: Kernels
    batch_kernels: Kernels


@attrs.frozen(eq=False)
class _BlockNeeds:
    """What blocks are made for."""

    coding: Coding
    ops: Collection[Op]
    room: int
    hurdle_train: int | None
    probe: tuple[int, int] | None


@attrs.frozen(eq=False)
class SearchBench:
    """A set of tasks on which the inner loop scores programs; not for two threads at once."""

    machine: Bench
    lanes: list[_SearchBlock]


def ready(
    tasks: Sequence[Task],
    coding: Coding,
    ops: Collection[Op],
    room: int,
    *,
    precision: str = "float64",
    lanes: int | None = None,
    hurdle_train: int | None = None,
    probe: tuple[int, int] | None = None,
) -> SearchBench:
    """Make tasks ready for programs of some operations that have no more instructions than there is room for.

    `hurdle_train` says how many training examples the hurdle looks at, `probe` how many training and
    validation examples the functional cache looks at, if there are such.
    """
    wanted = _BlockNeeds(coding, ops, room, hurdle_train, probe)
    made: list[_SearchBlock] = []
    cut = _cut(tasks, precision, lanes)
    _check_fits(cut, wanted, len(tasks))
    for key, where, pieces in cut:
        done = 0
        for used, shape in pieces:
            here = where[done : done + used]
            made.append(_lanes(key, [tasks[i] for i in here], here, shape, wanted))
            done += used
    return SearchBench(_machine(made, tasks, coding), made)


_Cut = list[tuple[GroupKey, list[int], list[tuple[int, Shape]]]]


def _cut(tasks: Sequence[Task], precision: str, lanes: int | None) -> _Cut:
    """Groups of tasks with their indexes, and the number of tasks and the shape of each block."""
    cut = []
    for key, where in groups(tasks).items():
        stored = stored_precision([tasks[i] for i in where], precision)
        cut.append((key, where, blocks(len(where), key.features, precision, stored, lanes, key.n_valid)))
    return cut


def _check_fits(cut: _Cut, wanted: _BlockNeeds, n_tasks: int) -> None:
    """An error unless all blocks fit into memory together, before any is made."""
    locations = [_location(wanted.coding, number) for number in wanted.coding.numbers]
    needed = (
        group_bytes(key, [shape for _, shape in pieces], locations, wanted.ops, False)
        for key, _, pieces in cut
    )
    check_fits(sum(needed), f"a search on {counted(n_tasks, 'task')}")


def _lanes(
    key: GroupKey, tasks: list[Task], where: list[int], shape: Shape, wanted: _BlockNeeds
) -> _SearchBlock:
    made = layout(
        shape, key.interface.addresses, [_location(wanted.coding, n) for n in wanted.coding.numbers]
    )
    code, of_batch = kernels(shape), kernels(shape.of_batch)
    code.require(numbers_for(wanted.ops))
    if shape.batch > 1:
        of_batch.require(numbers_for([op for op in wanted.ops if not op.random]))
    ordered = key.epochs > 1 and any(task.train_order is not None for task in tasks)
    data = [pack(tasks, shape, epoch) for epoch in range(key.epochs if ordered else 1)]
    found = _SearchBlock(
        where=where,
        shape=shape,
        layout=made,
        runs={},
        tape=aligned(TAPES * (wanted.room + 3) * RECORD_WORDS, np.int64),
        data=data * (1 if ordered else key.epochs),
        inputs=aligned(MAX_INPUT_WORDS, np.int64),
        errors=[],
        entries=driver(made, key.interface, key.n_classes),
        kernels=code,
        batch_kernels=of_batch,
    )
    scratch = scratch_cells(shape, key.n_classes, wanted.ops)
    for name, (n_train, n_valid, epochs) in _runs(key, wanted).items():
        block = Block(
            shape, [t.seed for t in tasks], [t.max_abs_error for t in tasks], n_train, n_valid, epochs
        )
        if name == "full":
            block.use(made, scratch)
            block.keep(epochs > 1 and key.interface.valid_stops)
        else:
            for field in ("cells", "scratch", "image", "batch_memory"):
                block.set(field, found.runs["full"].get(field))
        block.show(data[0])
        block.set("ordered", int(ordered and epochs > 1))
        block.set("batch_inputs", found.inputs.ctypes.data)
        for number, function in enumerate(("setup", "predict")):
            block.set(function, found.tape.ctypes.data + number * found.tape.nbytes // TAPES)
        found.runs[name] = block
        if name == "probe":
            for field, rows in (("train_errors", n_train), ("valid_errors", n_valid)):
                found.errors.append(np.zeros((rows, shape.lanes)))
                block.point(field, found.errors[-1])
    return found


def _runs(key: GroupKey, wanted: _BlockNeeds) -> dict[str, tuple[int, int, int]]:
    """How many training and validation examples and epochs each kind of run has."""
    runs = {"full": (key.n_train, key.n_valid, key.epochs)}
    if wanted.hurdle_train is not None:
        runs["hurdle"] = (min(wanted.hurdle_train, key.n_train), key.n_valid, 1)
    if wanted.probe is not None:
        n_train, n_valid = wanted.probe
        runs["probe"] = (min(n_train, key.n_train), min(n_valid, key.n_valid), 1)
    return runs


def _location(coding: Coding, number: int) -> Location:
    if number >= MAX_NUMBERED:
        return coding.literals[number - MAX_NUMBERED]
    location = coding.operand(number)
    assert isinstance(location, Address)
    return location


def _each(values: Iterable[int]) -> NDArray[np.int64]:
    return np.array(list(values), dtype=np.int64)


def _run(made: list[_SearchBlock], name: str, most_epochs: int) -> Contexts:
    blocks = [lanes.runs.get(name) for lanes in made]
    probes = name == "probe"

    def pointers(field: str) -> NDArray[np.int64]:
        rows = [[getattr(data, field).ctypes.data for data in lanes.data] for lanes in made]
        return _each(address for row in rows for address in (*row, *[0] * (most_epochs - len(row))))

    return Contexts(
        contexts=_each(block.address if block else 0 for block in blocks),
        n_train=_each(block.n_train if block else 0 for block in blocks),
        n_valid=_each(block.n_valid if block else 0 for block in blocks),
        train_errors=_each(lanes.errors[0].ctypes.data if probes and lanes.errors else 0 for lanes in made),
        valid_errors=_each(lanes.errors[1].ctypes.data if probes and lanes.errors else 0 for lanes in made),
        train_x=pointers("train_x"),
        train_y=pointers("train_y"),
        inputs=_each(_inputs(lanes, lanes.runs.get(name)) for lanes in made),
    )


def _inputs(lanes: _SearchBlock, block: Block | None) -> int:
    """Where what a batch needs is written, if a run has two batches or more."""
    wanted = block is not None and block.n_valid >= 2 * lanes.shape.batch > 2
    return lanes.inputs.ctypes.data if wanted else 0


def _offsets(lanes: _SearchBlock, coding: Coding, at_once: int) -> list[int]:
    row = [0] * NUMBERS
    for number in coding.numbers:
        row[number] = at_once * lanes.layout.offsets[_location(coding, number)]
    return row


def _tables(coding: Coding, interface: Interface) -> Tables:
    return Tables(
        variants=variant_table().ravel(),
        pairs=pair_table().ravel(),
        ops=len(OPS),
        features=coding.number(interface.features),
        label=coding.number(interface.label),
        prediction=coding.number(interface.prediction),
        end=END,
        put_features=PUT_FEATURES,
        clear=CLEAR,
        kinds=_each(KINDS.index(op.result) if op.result else len(KINDS) for op in OPS),
        random=_each(op.random for op in OPS),
    )


def _machine(made: list[_SearchBlock], tasks: Sequence[Task], coding: Coding) -> Bench:
    most_epochs = max(len(lanes.data) for lanes in made)
    long = max(lanes.shape.features for lanes in made) >= LONG
    return Bench(
        n_blocks=len(made),
        kernels=_tables(coding, tasks[0].interface),
        addresses=_each(
            address
            for lanes in made
            for code in (lanes.kernels, lanes.batch_kernels)
            for address in code.addresses
        ),
        n_kernels=len(FORMS),
        offsets=_each(
            offset
            for lanes in made
            for at_once in (1, lanes.shape.batch)
            for offset in _offsets(lanes, coding, at_once)
        ),
        cells=_each(n for lanes in made for n in (*map(lanes.shape.cells, KINDS), 0)),
        cell_bytes=_each(
            shape.lanes * shape.number_bytes
            for lanes in made
            for shape in (lanes.shape, lanes.shape.of_batch)
        ),
        features=_each(lanes.shape.features for lanes in made),
        lanes=_each(lanes.shape.lanes for lanes in made),
        used=_each(len(lanes.where) for lanes in made),
        tasks=_each(index for lanes in made for index in lanes.where),
        n_tasks=len(tasks),
        memories=_each(lanes.runs["full"].memory.ctypes.data for lanes in made),
        begins=_each(lanes.entries.addresses["begin"] for lanes in made),
        goes=_each(lanes.entries.addresses["go"] for lanes in made),
        tapes=_each(lanes.tape.ctypes.data for lanes in made),
        tape_bytes=made[0].tape.nbytes // TAPES,
        most_epochs=most_epochs,
        budget=FEW_EXAMPLES if long else ENDLESS,
        fitness_at=_each(row_start(lanes.shape, "fitness") for lanes in made),
        stopped_at=_each(row_start(lanes.shape, "stopped") for lanes in made),
        fields=Fields(*(FIELDS.index(name) for name in Fields._fields)),
        full=_run(made, "full", most_epochs),
        hurdle=_run(made, "hurdle", most_epochs),
        probe=_run(made, "probe", most_epochs),
        fitnesses=np.zeros(len(tasks)),
        stop=np.zeros(1, dtype=np.int64),
    )
