"""Memory of unused machine code and tapes is freed: a short form of `benchmarks/memory.py`."""

import gc
import sys
from itertools import count
from pathlib import Path

import pytest
from programs import linear

import azc
from azc.evaluation import Evaluator

MEGABYTE = 2**20
SERIAL = count(1)


def resident() -> int:
    """Resident memory of this process, in bytes."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def evaluate(evaluator: Evaluator, times: int, native: bool) -> None:
    """Evaluate some programs, each for the first time."""
    for _ in range(times):
        program = azc.parse(linear(1e-6 * next(SERIAL)))
        if native:
            evaluator.evaluate(program)
        else:
            evaluator.fitness(program)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read as Linux tells it")
@pytest.mark.parametrize(("backend", "before", "times"), [("kernels", 500, 2000), ("native", 40, 100)])
def test_compiling_many_programs_leaks_no_memory(backend, before, times):
    """After a warm-up, 2000 programs on kernels or 100 in native code take less than 4 MB of memory."""
    evaluator = Evaluator(azc.Task([[1.0, 2.0]], [1.0], [[2.0, 1.0]], [1.0]), backend=backend)
    evaluate(evaluator, before, backend == "native")
    start = resident()
    evaluate(evaluator, times, backend == "native")
    assert resident() - start < 4 * MEGABYTE
