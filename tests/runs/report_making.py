"""Made-up run folders for tests of the report."""

from pathlib import Path
from random import Random
from typing import Any

from programs import linear

from azc.ir import Program
from azc.language import parse
from azc.runs.folder import RunFolder
from azc.runs.history import TABLES, History
from azc.runs.identity import FORMAT

CONFIG = """\
[search]
strategy = "regularized_evolution"
seed = 3
[tasks.search]
kind = "linear"
eval_type = "RMS_ERROR"
"""


def program(rate: float) -> str:
    """Linear regression with a learning rate; `s3 = 7` is dead."""
    return linear(rate, "s3 = 7")


def round_row(round_number: int, island: int, **values: Any) -> dict[str, Any]:
    """A row of the table `rounds`: 100 programs a round, experiments of 40 rounds."""
    reals = {name: 0.0 for name, kind in TABLES["rounds"].items() if kind.startswith("REAL")}
    integers = {name: 0 for name, kind in TABLES["rounds"].items() if kind.startswith("INTEGER")}
    return {
        **reals,
        **integers,
        "round": round_number,
        "island": island,
        "experiment": 1 + round_number // 40,
        "evals": 100 * round_number,
        "best_fitness": 1 - 1 / (round_number + 1 + island),
        "record_fitness": 1 - 1 / (round_number + 1 + island),
        "fitness_50": 0.4,
        "fitness_max": 1 - 1 / (round_number + 1 + island),
        "length_max": 9.0,
        "distinct_programs": 50,
        "alter_param_children": 80 * round_number,
        "alter_param_better": round_number,
        "exact_hits": 40,
        "evaluated_run": 60,
        "stopped_early_run": 10,
        "round_seconds": 0.1,
        "search_seconds": 0.1 * round_number,
        "finished_at": "2026-01-02T03:04:05.000+00:00",
        **values,
    }


def improvement_row(number: int, **values: Any) -> dict[str, Any]:
    """A row of the table `improvements`: each descends from the one before."""
    return {
        "number": number,
        "round": 1,
        "island": 0,
        "experiment": 1,
        "evaluation": 10 * number,
        "run_evals": 10 * number,
        "fitness": 1 - 1 / (number + 1),
        "run_record": 1,
        "individual": 10 * number,
        "parent": 10 * number - 1,
        "ancestor": 10 * number - 10 if number > 1 else None,
        "generations": 3,
        "mutations": "alter_param",
        "parent_fitness": 0.25,
        "length": 6,
        "program": program(number / 1000),
        "search_seconds": 0.1,
        "found_at": "2026-01-02T03:04:05.000+00:00",
        **values,
    }


def long_program(first: float, rate: float) -> str:
    """Linear regression after thirty dead lines."""
    dead = "".join(f"  s{5 + n % 3} = {n}\n" for n in range(30))
    return program(rate).replace("  s2", f"  s4 = {first}\n{dead}  s2", 1)


SHAPES = (
    "s{} = s{} + s{}",
    "s{} = dot(v{}, v{})",
    "v{} = s{} * v{}",
    "v{} = maximum(v{}, v{})",
    "m{} = outer(v{}, v{})",
    "v{} = dot(m{}, v{})",
    "s{} = sin(s{})",
)


def random_program(seed: int, lengths: tuple[int, int, int]) -> Program:
    """A program with these numbers of random instructions, on few addresses, most of them live."""
    random = Random(seed)

    def body(length: int) -> str:
        shapes = random.choices(SHAPES, k=length)
        return "".join(f"  {shape.format(*random.choices(range(1, 5), k=3))}\n" for shape in shapes)

    setup, predict, learn = map(body, lengths)
    last = "  s1 = dot(v1, v2)\n"
    return parse(f"def Setup():\n{setup}\ndef Predict():\n{predict}{last}\ndef Learn():\n{learn}")


def add_improvements(folder: RunFolder, *rows: dict[str, Any]) -> None:
    """Add rows to the table `improvements`."""
    history = History(folder.history)
    history.add("improvements", rows)
    history.commit()
    history.close()


def run(
    path: Path, *, rounds: int = 5, islands: int = 1, improvements: int = 4, ended: str | None = "max_evals"
) -> RunFolder:
    """A folder with a configuration and a history."""
    folder = RunFolder(path)
    path.mkdir(parents=True)
    folder.config.write_text(CONFIG)
    history = History(folder.history)
    history.set_meta({"format": FORMAT})
    start = history.begin({"first_round": 1, "started_at": "2026-01-02T03:04:00.000+00:00", "azc": "0"})
    history.add("rounds", (round_row(e, i) for e in range(1, rounds + 1) for i in range(islands)))
    history.add("improvements", map(improvement_row, range(1, improvements + 1)))
    history.commit()
    if ended:
        history.note(start, ended=ended, ended_at="2026-01-02T03:04:06.000+00:00")
    history.close()
    return folder
