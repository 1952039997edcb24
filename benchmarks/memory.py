"""How much memory stays behind: programs compiled again and again, each with a constant of its own.

Machine code and tapes that are dropped must be freed: in 100,000 tape compilations and in 5,000 native
compilations memory may grow by less than 50 MB. `memory.py 1000 100` compiles fewer.
"""

import gc
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from time import perf_counter

from harness import MLP, SGD, show

import azc
from azc.evaluation import Evaluator
from azc.ir import Program

TAPES, NATIVES = 100_000, 5_000
PARTS = 5
PAGE = 4096


def resident() -> float:
    """The megabytes of this process in memory, as Linux tells it."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 1e6


def variants(text: str) -> Iterator[Program]:
    """Programs that differ in one constant, without end."""
    first, *others = azc.parse(text)["Setup"]
    rest = azc.parse(text)
    for number in count(1):
        changed = type(first)(first.op, first.out, (), (0.01 + 1e-9 * number,))
        yield Program((changed, *others), rest["Predict"], rest["Learn"])


def growth(text: str, backend: str, times: int) -> list[str]:
    """A row: megabytes at the start and after each part, what was added, and seconds."""
    evaluator = Evaluator(azc.Task([[1.0, 2.0]], [1.0], [[2.0, 1.0]], [1.0]), backend=backend)
    programs = variants(text)

    def run(n: int) -> None:
        for _ in range(n):
            evaluator.fitness(next(programs))

    run(20)
    begin, figures = perf_counter(), [resident()]
    for _ in range(PARTS):
        run(times // PARTS)
        figures.append(resident())
    shown = [f"{figure:.1f}" for figure in figures]
    return [*shown, f"{figures[-1] - figures[0]:+.1f}", f"{perf_counter() - begin:.0f}"]


def main() -> None:
    """Print the table."""
    tapes, natives = (int(text) for text in sys.argv[1:3]) if sys.argv[2:] else (TAPES, NATIVES)
    rows = [
        [f"{times:,} {backend}, {name}", *growth(text, backend, times)]
        for backend, times in (("kernels", tapes), ("native", natives))
        for name, text in (("sgd", SGD), ("mlp", MLP))
    ]
    parts = [f"{part}/{PARTS}" for part in range(1, PARTS + 1)]
    show("Memory in MB", ["compilations", "start", *parts, "grown", "s"], rows)


if __name__ == "__main__":
    main()
