"""The bench of a search: tables of addresses and numbers for the compiled loop."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

import attrs
import numpy as np
from numpy.typing import NDArray

from azc.backends.llvm import (
    CLEAR,
    END,
    ERRORS,
    FIELDS,
    FORMS,
    PUT_FEATURES,
    TAPE_BYTES,
    Block,
    Data,
    Entries,
    Kernels,
    Layout,
    Location,
    driver,
    kernels_for,
    layout,
    pair_table,
    row_start,
    scratch_cells,
    variant_table,
)
from azc.evaluation import Bench, TaskBlock, bench_bytes, cut
from azc.ir import KINDS, OPS, Address, Interface, Op
from azc.memory import check_fits
from azc.search.coding import Coding
from azc.search.engine.evaluation import BenchTables, Contexts, Fields
from azc.search.engine.genome import MAX_NUMBERED
from azc.search.engine.tape import NUMBERS
from azc.search.engine.tape import KernelTables as Tables
from azc.tasks import Task
from azc.words import counted

LONG: Final = 256
"""Minimum number of features for which drivers return often, since an example may take long."""
FEW_EXAMPLES: Final = 1
ENDLESS: Final = 1 << 62


@attrs.frozen(eq=False)
class _SearchBlock:
    """A block of the bench; keeps alive all memory and code that the tables point to."""

    tasks: TaskBlock
    layout: Layout
    runs: dict[str, Block]
    """Contexts by way of evaluation: full, first, probe."""
    data: list[Data]
    """Training examples by epoch."""
    errors: dict[str, NDArray[np.float64]]
    """Arrays for the probe's errors, by field."""
    entries: Entries
    kernels: Kernels
    batch_kernels: Kernels


@attrs.frozen(eq=False)
class _BlockNeeds:
    """Requirements that all blocks share."""

    coding: Coding
    ops: Collection[Op]
    first: tuple[int, int] | None
    probe: tuple[int, int] | None

    @property
    def locations(self) -> list[Location]:
        """Addresses and literals that programs may name."""
        return [_location(self.coding, number) for number in self.coding.numbers]


@attrs.frozen(eq=False)
class SearchBench:
    """Tasks made ready for the compiled loop; threads cannot share a bench."""

    tables: BenchTables
    blocks: list[_SearchBlock]


def ready(
    tasks: Sequence[Task],
    coding: Coding,
    ops: Collection[Op],
    *,
    precision: str = "float64",
    lanes: int | None = None,
    first: tuple[int, int] | None = None,
    probe: tuple[int, int] | None = None,
) -> SearchBench:
    """Make tasks ready for programs with some operations.

    first: maximum numbers of training and validation examples of the hurdle or the race; None without.
    probe: those of the probe for the functional cache; None without.
    """
    wanted = _BlockNeeds(coding, ops, first, probe)
    # Batches pay from the first validation example on, as the compiled loop tests programs for them cheaply.
    cuts = cut(tasks, precision, lanes, long_validation=0)
    check_fits(bench_bytes(cuts, wanted.locations, ops), f"a search on {counted(len(tasks), 'task')}")
    made = [_search_block(block, wanted) for block in Bench.of(cuts, tasks).blocks]
    return SearchBench(_tables(made, tasks, coding), made)


def _search_block(block: TaskBlock, wanted: _BlockNeeds) -> _SearchBlock:
    key, shape, full = block.key, block.shape, block.context
    made = layout(shape, key.interface.addresses, wanted.locations)
    code, of_batch = kernels_for(shape, wanted.ops)
    full.use(made, scratch_cells(shape, key.n_classes, wanted.ops))
    block.prepare()
    runs = {"full": full}
    for name, counts in (("first", wanted.first), ("probe", wanted.probe)):
        if counts is not None:
            runs[name] = full.another(min(counts[0], key.n_train), min(counts[1], key.n_valid))
    return _SearchBlock(
        tasks=block,
        layout=made,
        runs=runs,
        data=[block.examples(epoch) for epoch in range(key.epochs)],
        errors=runs["probe"].record(ERRORS) if "probe" in runs else {},
        entries=driver(made, key.interface, key.n_classes),
        kernels=code,
        batch_kernels=of_batch,
    )


def _location(coding: Coding, number: int) -> Location:
    if number >= MAX_NUMBERED:
        return coding.literals[number - MAX_NUMBERED]
    location = coding.operand(number)
    assert isinstance(location, Address)
    return location


def _each(values: Iterable[int]) -> NDArray[np.int64]:
    return np.array(list(values), dtype=np.int64)


def _contexts(made: list[_SearchBlock], name: str, most_epochs: int) -> Contexts:
    runs = [block.runs.get(name) for block in made]

    def examples(field: str) -> NDArray[np.int64]:
        rows = [[getattr(data, field).ctypes.data for data in block.data] for block in made]
        return _each(address for row in rows for address in (*row, *[0] * (most_epochs - len(row))))

    def errors(field: str) -> NDArray[np.int64]:
        wanted = name == "probe"
        return _each(block.errors[field].ctypes.data if wanted and block.errors else 0 for block in made)

    return Contexts(
        contexts=_each(run.address if run else 0 for run in runs),
        n_train=_each(run.n_train if run else 0 for run in runs),
        n_valid=_each(run.n_valid if run else 0 for run in runs),
        train_errors=errors("train_errors"),
        valid_errors=errors("valid_errors"),
        train_x=examples("train_x"),
        train_y=examples("train_y"),
        inputs=_each(_inputs(run) if run else 0 for run in runs),
    )


def _inputs(run: Block) -> int:
    """Memory address of the batch inputs; 0 if a context has fewer than two batches of two or more."""
    return run.batch_inputs if run.n_valid >= 2 * run.shape.batch > 2 else 0


def _offsets(block: _SearchBlock, coding: Coding, at_once: int) -> list[int]:
    row = [0] * NUMBERS
    for number in coding.numbers:
        row[number] = at_once * block.layout.offsets[_location(coding, number)]
    return row


def _kernel_tables(coding: Coding, interface: Interface) -> Tables:
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


def _tables(made: list[_SearchBlock], tasks: Sequence[Task], coding: Coding) -> BenchTables:
    shapes, full = [block.tasks.shape for block in made], [block.runs["full"] for block in made]
    most_epochs = max(len(block.data) for block in made)
    return BenchTables(
        n_blocks=len(made),
        kernels=_kernel_tables(coding, tasks[0].interface),
        addresses=_each(
            address
            for block in made
            for code in (block.kernels, block.batch_kernels)
            for address in code.addresses
        ),
        n_kernels=len(FORMS),
        offsets=_each(
            offset
            for block, shape in zip(made, shapes, strict=True)
            for at_once in (1, shape.batch)
            for offset in _offsets(block, coding, at_once)
        ),
        cells=_each(n for shape in shapes for n in (*map(shape.cells, KINDS), 0)),
        cell_bytes=_each(one.lanes * one.number_bytes for shape in shapes for one in (shape, shape.of_batch)),
        features=_each(shape.features for shape in shapes),
        lanes=_each(shape.lanes for shape in shapes),
        used=_each(run.used for run in full),
        tasks=_each(index for block in made for index in block.tasks.indexes),
        n_tasks=len(tasks),
        memories=_each(run.memory.ctypes.data for run in full),
        begins=_each(block.entries.addresses["begin"] for block in made),
        goes=_each(block.entries.addresses["go"] for block in made),
        tapes=_each(run.tapes for run in full),
        tape_bytes=TAPE_BYTES,
        most_epochs=most_epochs,
        budget=FEW_EXAMPLES if max(shape.features for shape in shapes) >= LONG else ENDLESS,
        fitness_at=_each(row_start(shape, "fitness") for shape in shapes),
        stopped_at=_each(row_start(shape, "first_stop") for shape in shapes),
        fields=Fields(*(FIELDS.index(name) for name in Fields._fields)),
        full=_contexts(made, "full", most_epochs),
        first=_contexts(made, "first", most_epochs),
        probe=_contexts(made, "probe", most_epochs),
        fitnesses=np.zeros(len(tasks)),
        partial_sums=np.zeros(len(tasks)),
        stop=np.zeros(1, dtype=np.int64),
    )
