"""Evaluation in the compiled loop: writes a program's tapes for each block of a bench, calls the drivers.

`evaluation/bench.py` and `group.py` do the same in Python: they must not load Numba, whose import alone takes
half a second, longer than all of `azc run`. Tests hold the results equal.
"""

from typing import NamedTuple

import numpy as np

from azc.backends.llvm import DONE, EPOCH
from azc.search.engine.batches import write_inputs
from azc.search.engine.canonical import FIRST, SECOND, CodeTables, Live, finish, mixed
from azc.search.engine.compiled import apart, at, call_entry, compiled, float_of, words_at
from azc.search.engine.genome import Numbers, Scores
from azc.search.engine.tape import NUMBERS, BlockLayout, KernelTables, write_tape

_32 = np.uint64(32)


class Contexts(NamedTuple):
    """Contexts of a way of evaluation: full, first or probe; [block] unless stated otherwise."""

    contexts: Numbers
    """Memory addresses of the contexts, which differ in their numbers of examples; 0 for no context."""
    n_train: Numbers
    n_valid: Numbers
    train_errors: Numbers
    """Memory addresses of arrays of errors; 0 if they are not wanted."""
    valid_errors: Numbers
    train_x: Numbers
    """[block][epoch]: memory addresses of the examples in the order of their visit."""
    train_y: Numbers
    inputs: Numbers
    """Memory addresses of the batch inputs; 0 if validation has no batches."""


class Fields(NamedTuple):
    """Indexes of the context's words that are read and written here."""

    learn: int
    batch_predict: int
    budget: int
    epoch: int
    train_x: int
    train_y: int


class BenchTables(NamedTuple):
    """Everything needed to evaluate programs on a set of tasks; [block] unless stated otherwise."""

    n_blocks: int
    kernels: KernelTables
    addresses: Numbers
    """[block][2][kernel number]: machine code for one example, and for a batch."""
    n_kernels: int
    offsets: Numbers
    """[block][2][number]"""
    cells: Numbers
    """[block][4]: cells of each kind, then 0."""
    cell_bytes: Numbers
    """[block][2]"""
    features: Numbers
    lanes: Numbers
    used: Numbers
    tasks: Numbers
    """Indexes of the tasks, lane by lane and block by block."""
    n_tasks: int
    memories: Numbers
    begins: Numbers
    goes: Numbers
    tapes: Numbers
    """Memory addresses of Setup's tapes; those of Predict, Learn and Predict on a batch follow, each
    `tape_bytes` behind the one before."""
    tape_bytes: int
    most_epochs: int
    budget: int
    """Number of examples that a driver visits before it returns."""
    fitness_at: Numbers
    """Index of the context's word at which fitnesses begin."""
    stopped_at: Numbers
    fields: Fields
    full: Contexts
    """Contexts with all examples."""
    first: Contexts
    """Contexts with the first examples, of a hurdle or a race."""
    probe: Contexts
    """Contexts with the first examples of the functional cache."""
    fitnesses: Scores
    """[task]: fitness of the last evaluation on each."""
    partial_sums: Scores
    """[task]: scratch memory."""
    stop: Numbers
    """One number; if it is not 0 evaluation stops, and its results count for nothing."""


@compiled
def _layout(bench: BenchTables, block: int, batch: int) -> BlockLayout:
    """Layout for tapes: for one example (0) or for a batch (1)."""
    which = 2 * block + batch
    return BlockLayout(
        at(bench.addresses, which * bench.n_kernels),
        at(bench.offsets, which * NUMBERS),
        at(bench.cells, block * 4),
        bench.cell_bytes[which],
        bench.features[block],
    )


@compiled
def _can_batch(bench: BenchTables, run: Contexts, block: int, live: Live, tables: CodeTables) -> bool:
    """Whether Predict can validate batches; if so, its inputs are written into the context."""
    inputs = run.inputs[block]
    if inputs == 0:
        return False
    return write_inputs(words_at(inputs), live, tables, bench.kernels, _layout(bench, block, 0))


@apart
def write_tapes(bench: BenchTables, run: Contexts, live: Live, tables: CodeTables) -> None:
    """Write the tapes of live code for all blocks."""
    for block in range(bench.n_blocks):
        words = words_at(run.contexts[block])
        batched = _can_batch(bench, run, block, live, tables)
        tape, learn = bench.tapes[block], 0
        for number in range(4 if batched else 3):
            batch = number // 3
            function, layout = number - 2 * batch, _layout(bench, block, batch)
            steps = write_tape(words_at(tape), live, function, tables, bench.kernels, layout)
            if number == 2 and steps:
                learn = tape
            tape += bench.tape_bytes
        words[bench.fields.learn] = learn
        words[bench.fields.batch_predict] = tape - bench.tape_bytes if batched else 0


@compiled
def _show(bench: BenchTables, run: Contexts, block: int, epoch: int) -> None:
    """Point a context to the examples of an epoch."""
    words, index = words_at(run.contexts[block]), block * bench.most_epochs + epoch
    words[bench.fields.train_x] = run.train_x[index]
    words[bench.fields.train_y] = run.train_y[index]


@apart
def run(bench: BenchTables, run: Contexts) -> bool:
    """Evaluate the tapes on all blocks; whether any task stopped early."""
    stopped = False
    for block in range(bench.n_blocks):
        memory, context = bench.memories[block], run.contexts[block]
        words, status = words_at(context), EPOCH
        _show(bench, run, block, 0)
        call_entry(bench.begins[block], memory, context)
        while status != DONE and bench.stop[0] == 0:
            words[bench.fields.budget] = bench.budget
            status = call_entry(bench.goes[block], memory, context)
            if status == EPOCH:
                _show(bench, run, block, words[bench.fields.epoch])
        for lane in range(bench.used[block]):
            stopped |= words[bench.stopped_at[block] + lane] != 0
    return stopped


@apart
def mean(bench: BenchTables, run: Contexts) -> float:
    """Mean fitness of the tasks, summed in the order of `semantics.fold`.

    Stated again, since compiled code cannot call Python; a test holds both equal.
    """
    scores, task = bench.partial_sums, 0
    for block in range(bench.n_blocks):
        words = words_at(run.contexts[block])
        for lane in range(bench.used[block]):
            fitness = float_of(words[bench.fitness_at[block] + lane])
            scores[bench.tasks[task]] = bench.fitnesses[bench.tasks[task]] = fitness
            task += 1
    rest = bench.n_tasks
    while rest > 1:
        half = (rest + 1) // 2
        for index in range(rest - half):
            scores[index] += scores[index + half]
        rest = half
    return float(scores[0] / bench.n_tasks)


@compiled
def _error(
    train: Numbers, valid: Numbers, n_train: int, example: int, lane: int, count: int, lanes: int
) -> int:
    """Bits of a lane's error; 0 after the lane stopped."""
    if example >= count:
        return 0
    return int(
        train[example * lanes + lane] if example < n_train else valid[(example - n_train) * lanes + lane]
    )


@apart
def fingerprint(bench: BenchTables, run: Contexts, key: Numbers) -> None:
    """Compute the key of a program's behaviour: the bits of all errors until each task stopped, in pairs."""
    first, second = FIRST, SECOND
    for block in range(bench.n_blocks):
        lanes, stopped = bench.lanes[block], at(words_at(run.contexts[block]), bench.stopped_at[block])
        train, valid = words_at(run.train_errors[block]), words_at(run.valid_errors[block])
        n_train, n_examples = run.n_train[block], run.n_train[block] + run.n_valid[block]
        for lane in range(0, bench.used[block], 2):
            a_count = n_examples if stopped[lane] == 0 else stopped[lane] - 1
            b_count = 0
            if lane + 1 < bench.used[block]:
                b_count = n_examples if stopped[lane + 1] == 0 else stopped[lane + 1] - 1
            first, second = mixed(first, second, np.uint64(a_count << 32 | b_count))
            for example in range(max(a_count, b_count)):
                a = np.uint64(_error(train, valid, n_train, example, lane, a_count, lanes))
                b = np.uint64(_error(train, valid, n_train, example, lane + 1, b_count, lanes)) * FIRST
                first, second = mixed(first, second, a ^ (b << _32 | b >> _32))
    finish(first, second, key)
