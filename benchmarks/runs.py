"""What checkpoints and history cost, and what a second process brings.

The linear-regression example with a fixed number of programs: with nothing written down against a folder, and
four islands in one process beside this one against two. `runs.py 5 2000000 8000000`: rounds, and how many
programs for the first table and for the second.
"""

import sys
import tempfile
from functools import partial
from pathlib import Path

from harness import ROUNDS, alternated, seconds, show

from azc.runs import InProcess, Processes, run_search
from azc.search import Config, load_config

EXAMPLE = Path(__file__).parent.parent / "examples" / "original" / "linear_regression.toml"
ALONE, TOGETHER = 20_000_000, 20_000_000


def config(evals: int, *overrides: str) -> Config:
    """The example, ended by nothing but a number of programs."""
    return load_config(EXAMPLE, [f"search.max_evals={evals}", "search.target_fitness=2", *overrides])


def recorded(evals: int, rounds: int) -> None:
    """Seconds of the whole call, final scores and all files included."""

    def written() -> float:
        with tempfile.TemporaryDirectory() as folder:
            return seconds(lambda: run_search(config(evals), run_dir=Path(folder) / "run", workers=InProcess))

    run_search(config(1000))
    figures = alternated(
        {"nothing written": lambda: seconds(lambda: run_search(config(evals))), "a folder": written}, rounds
    )
    base = figures["nothing written"]
    rows = [[who, f"{took:.2f}", f"{took / base:.3f}"] for who, took in figures.items()]
    show(f"{evals:,} programs, seconds", ["what", "s", "times nothing"], rows)


def processes(evals: int, rounds: int) -> None:
    """Programs a second once all processes are ready."""

    def rate(count: int) -> float:
        found = run_search(config(evals, "search.n_islands=4"), workers=partial(Processes, count=count))
        return found.evals_per_second

    figures = alternated({"1 process": lambda: rate(1), "2 processes": lambda: rate(2)}, rounds)
    base = figures["1 process"]
    rows = [[who, f"{figure:,.0f}", f"{figure / base:.2f}"] for who, figure in figures.items()]
    show(f"{evals:,} programs on 4 islands", ["who", "programs/s", "times one"], rows)


def main() -> None:
    """Print both tables."""
    rounds, alone, together = (
        (int(text) for text in sys.argv[1:4]) if sys.argv[3:] else (ROUNDS, ALONE, TOGETHER)
    )
    recorded(alone, rounds)
    processes(together, rounds)


if __name__ == "__main__":
    main()
