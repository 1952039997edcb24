"""Machine code and tapes that are dropped are freed: a short form of `benchmarks/memory.py`."""

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
    """The bytes of this process in memory."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def evaluate(evaluator: Evaluator, times: int, native: bool) -> None:
    """Evaluate so many programs that were never seen before."""
    for _ in range(times):
        program = azc.parse(linear(1e-6 * next(SERIAL)))
        if native:
            evaluator.evaluate(program)
        else:
            evaluator.fitness(program)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read as Linux tells it")
@pytest.mark.parametrize(("backend", "before", "times"), [("kernels", 500, 2000), ("native", 40, 100)])
def test_compiling_again_and_again_takes_no_memory(backend, before, times):
    """After a while, thousands of tapes and a hundred programs of machine code leave next to nothing."""
    evaluator = Evaluator(azc.Task([[1.0, 2.0]], [1.0], [[2.0, 1.0]], [1.0]), backend=backend)
    evaluate(evaluator, before, backend == "native")
    start = resident()
    evaluate(evaluator, times, backend == "native")
    assert resident() - start < 4 * MEGABYTE
