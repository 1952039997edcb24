"""What a search finds for its CPU seconds: the yardstick of strategies, operators and defaults.

    python benchmarks/discovery.py measure OUT.jsonl [--problem NAME…] [--variant "NAME: KEY=VALUE …"…]
                                   [--seeds FIRST:END] [--seconds CPU]
    python benchmarks/discovery.py table OUT.jsonl       # and `markdown`, as docs/discovery.md has it
    python benchmarks/discovery.py figure OUT.jsonl PICTURE.svg

A variant is a name and overrides of a problem's configuration: `paper:search.strategy=regularized_evolution`.
With a strategy of the original kind the file's table `[search]` holds; with another, azc's defaults.
`measure` runs every problem with every variant and every seed, each in a process of its own. Variants take
turns, so that all of them meet the same noise of the machine. Each run has the same CPU seconds, compilation
and the making of tasks left out. What is in OUT.jsonl already is not run again, so that a stopped measurement
resumes. CIFAR-10 needs its images below $AZC_DATA.

After a run, the programs that it would have returned are scored on tasks that it never saw: what they reach,
and after how many CPU seconds and programs, is what the table says.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import attrs
import tomli_w
from harness import show

import azc
from azc.evaluation import Evaluator
from azc.paper import SuccessRate
from azc.runs import Callback, run_search
from azc.search import SEARCH, load_config
from azc.search.strategies import strategy_class

HERE = Path(__file__).parent
EXAMPLES = HERE.parent / "examples"


@attrs.frozen
class Problem:
    """A search, the tasks that its programs are judged on, and the levels to reach there."""

    config: Path
    judged_on: str
    levels: tuple[float, ...]
    seconds: float
    """CPU seconds of a run, unless the command line says otherwise."""
    overrides: tuple[str, ...] = ()
    data: str = ""
    """Folder below $AZC_DATA that it needs."""
    own: tuple[str, ...] = ()
    """Overrides for strategies other than the file's."""


_ENDLESS = "search.target_fitness=2.0"
_AMPLE = (
    "program.addresses={scalars=8,vectors=12,matrices=4}",
    "program.size_limits={setup=[0,10],predict=[0,16],learn=[0,28]}",
    "program.sizes={setup=0,predict=0,learn=0}",
)
_SHORT = "search.round_evals=10_000"
"""Rounds short enough to see when a level was reached."""
_EMPTY = (*_AMPLE, "program.initial=empty", _SHORT)
_AFFINE_OPS = (
    'program.ops=["SCALAR_CONST_SET", "VECTOR_INNER_PRODUCT", "SCALAR_DIFF", "SCALAR_PRODUCT", '
    '"SCALAR_VECTOR_PRODUCT", "VECTOR_SUM", "SCALAR_SUM"]'
)
PROBLEMS = {
    "linear": Problem(EXAMPLES / "original" / "linear_regression.toml", "select", (0.9999,), 20, own=_EMPTY),
    "affine": Problem(
        EXAMPLES / "original" / "linear_regression.toml",
        "select",
        (0.9999,),
        20,
        ("tasks.search.kind=affine", _AFFINE_OPS),
        own=_EMPTY,
    ),
    "damaged": Problem(EXAMPLES / "damaged_network.toml", "select", (0.95,), 20),
    # A linear learner has 0.51 there, examples/two_layer_network.azl 0.84.
    "teacher": Problem(
        HERE / "two_layer_teacher.toml", "final", (0.6, 0.8, 0.84), 300, (_ENDLESS,), own=_AMPLE
    ),
    "digits": Problem(
        EXAMPLES / "original" / "projected_digits.toml",
        "final",
        (0.85, 0.9, 0.92),
        60,
        (_ENDLESS,),
        own=_AMPLE,
    ),
    # Logistic regression and a two-layer network by SGD, one epoch, tuned rates: 0.697 and 0.725.
    "cifar10": Problem(
        EXAMPLES / "original" / "projected_cifar10.toml",
        "final",
        (0.697, 0.725, 0.738, 0.744),
        120,
        (_ENDLESS,),
        "cifar10",
        (*_AMPLE, "search.train_budget.factor=1.2", "search.round_evals=400"),
    ),
}


# --- one run, in a process of its own -------------------------------------------------------------------


KEPT = ("precision", "train_budget", "target_fitness", "restart_after")
"""Keys of a file's `[search]` that hold for other strategies than the file's, too."""


@attrs.define
class Recorder(Callback):
    """The best program after each round, and the end of a run whose CPU seconds are used up."""

    seconds: float
    selects: bool
    """Whether the select tasks decide after every round, not only the search tasks."""
    began: float = 0.0
    best: str = ""
    champions: list[tuple[float, int, str]] = attrs.field(factory=list)
    """CPU seconds, programs scored, and the program."""
    spent: float = 0.0
    evals: int = 0

    def on_ready(self, workers: int) -> None:
        """Begin to count when everything is compiled."""
        self.began = process_time()

    def on_improvement(self, improvement: Any) -> None:
        """Note the program of a record."""
        if improvement.run_record:
            self.best = improvement.program

    def on_round(self, progress: Any) -> bool:
        """Note who is best now; end the run when its time is over."""
        self.spent, self.evals = process_time() - self.began, progress.evals
        if self.selects and progress.selected is not None:
            self.best = azc.format_program(progress.selected)
        if self.best and (not self.champions or self.champions[-1][2] != self.best):
            self.champions.append((self.spent, self.evals, self.best))
        return self.spent >= self.seconds


def run_once(problem: Problem, overrides: Sequence[str], seed: int, seconds: float) -> dict[str, Any]:
    """Search, then score every program that was the best after a round."""
    limits = (f"search.max_seconds={100 * seconds}", "search.max_evals=1_000_000_000_000")
    tables = tomllib.loads(problem.config.read_text())
    own: tuple[str, ...] = ()
    names = [word.partition("=")[2] for word in overrides if word.startswith("search.strategy=")]
    default = tables["search"].get("strategy", SEARCH["strategy"].default)
    if strategy_class(names[0] if names else default).scores_tasks:
        tables["search"] = {name: tables["search"][name] for name in KEPT if name in tables["search"]}
        own = problem.own
    words = [*problem.overrides, *own, *limits, *overrides]
    config = load_config(problem.config, words, seed, data=tomli_w.dumps(tables))
    recorder = Recorder(seconds, config.params.island.strategy.offers_front)
    found = run_search(config, callbacks=[recorder])
    judge = Evaluator(config.tasks(problem.judged_on), precision=config.params.island.precision)
    curve = [(spent, evals, judge.fitness(azc.parse(text))) for spent, evals, text in recorder.champions]
    return {
        "curve": curve,
        "seconds": recorder.spent,
        "evals": recorder.evals,
        "search_fitness": found.best_fitness,
        "score": judge.fitness(found.program),
        "counts": dict(found.counts),
        "program": azc.format_program(found.program),
    }


# --- many runs ------------------------------------------------------------------------------------------

KEYS = ("problem", "variant", "seed", "budget")


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The runs in a file; a line that was cut short by a stop is left out."""
    rows = []
    for line in path.read_text().splitlines() if path.exists() else ():
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return rows


def measure(arguments: argparse.Namespace) -> None:
    """Run what the file does not hold yet."""
    known = {tuple(row[key] for key in KEYS) for row in rows_of(arguments.out)}
    first, end = map(int, arguments.seeds.split(":"))
    for seed in range(first, end):
        for name in arguments.problem or PROBLEMS:
            problem = PROBLEMS[name]
            if problem.data and not (Path(os.environ.get("AZC_DATA", "")) / problem.data).is_dir():
                continue
            budget = arguments.seconds or problem.seconds
            for variant in arguments.variant:
                label, _, words = variant.partition(":")
                if (name, label, seed, budget) not in known:
                    work = [name, str(seed), str(budget), *words.split()]
                    row = dict(zip(KEYS, (name, label, seed, budget), strict=True))
                    write(arguments.out, row | _in_a_process(work))


def _in_a_process(work: Sequence[str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, __file__, "one", *work], stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def write(path: Path, row: dict[str, Any]) -> None:
    """Append a run to the file and print it in short."""
    with path.open("a") as file:
        file.write(json.dumps(row) + "\n")
    print(
        f"{row['problem']} {row['variant']} seed {row['seed']}: {row['score']:.4f} after "
        f"{row['seconds']:.1f} s, {row['evals']:,} programs",
        flush=True,
    )


COLUMNS_OF_PANELS = 3


# --- what came out --------------------------------------------------------------------------------------


def reached(row: dict[str, Any], level: float) -> tuple[float, int] | None:
    """CPU seconds and programs until the program that was best then had a level; None if none had."""
    return next(((spent, evals) for spent, evals, score in row["curve"] if score >= level), None)


def _groups(rows: Iterable[dict[str, Any]]) -> Iterator[tuple[str, float, str, list[dict[str, Any]]]]:
    groups: dict[tuple[str, float, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["problem"], row["budget"], row["variant"]), []).append(row)
    for (problem, budget, variant), found in sorted(groups.items(), key=lambda g: [*PROBLEMS].index(g[0][0])):
        yield problem, budget, variant, found


COLUMNS = ["problem", "variant", "level", "reached", "95 %", "CPU s", "programs", "score", "of seeds"]


def table(rows: Iterable[dict[str, Any]]) -> list[list[str]]:
    """A row for each problem, with its budget, each variant and each level.

    CPU seconds and programs until then are medians over all seeds, infinite where a level was not reached.
    The score at the end is a median, too, with the range over the seeds.
    """
    lines = []
    for problem, budget, variant, found in _groups(rows):
        scores = sorted(row["score"] for row in found)
        for level in PROBLEMS[problem].levels:
            when = [reached(row, level) or (math.inf, math.inf) for row in found]
            hits = sum(spent < math.inf for spent, _ in when)
            low, high = SuccessRate(hits, len(found)).interval
            seconds, programs = median(s for s, _ in when), median(p for _, p in when)
            lines.append(
                [
                    f"{problem}, {budget:g} s",
                    variant,
                    f"{level:g}",
                    f"{hits}/{len(found)}",
                    f"{low:.2f}-{high:.2f}",
                    f"{seconds:.1f}" if seconds < math.inf else "-",
                    f"{programs:,.0f}" if programs < math.inf else "-",
                    f"{median(scores):.4f}",
                    f"{scores[0]:.3f}-{scores[-1]:.3f}",
                ]
            )
    return lines


def markdown(rows: Iterable[dict[str, Any]]) -> str:
    """The table as docs/discovery.md holds it."""
    lines = [COLUMNS, ["---"] * len(COLUMNS), *table(rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def figure(rows: Iterable[dict[str, Any]], picture: Path) -> None:
    """Draw the score of the best program over CPU seconds: median and range of the seeds, by problem."""
    import matplotlib

    matplotlib.use("agg")
    matplotlib.rcParams["svg.fonttype"] = "none"
    import numpy as np
    from matplotlib import pyplot

    groups = list(_groups(rows))
    problems = list(dict.fromkeys((problem, budget) for problem, budget, _, _ in groups))
    n_rows = math.ceil(len(problems) / COLUMNS_OF_PANELS)
    size = (4 * COLUMNS_OF_PANELS, 3 * n_rows)
    made, axes = pyplot.subplots(n_rows, COLUMNS_OF_PANELS, figsize=size, squeeze=False, layout="constrained")
    for axis in axes.flat[len(problems) :]:
        axis.set_visible(False)
    for axis, (problem, budget) in zip(axes.flat, problems, strict=False):
        times = np.geomspace(budget / 100, budget, 80)
        for name, seconds, variant, found in groups:
            if (name, seconds) != (problem, budget):
                continue
            scores = np.array([[_score_at(row, t) for t in times] for row in found])
            (line,) = axis.plot(times, np.median(scores, axis=0), label=variant)
            low, high = scores.min(axis=0), scores.max(axis=0)
            axis.fill_between(times, low, high, alpha=0.15, color=line.get_color())
        for level in PROBLEMS[problem].levels:
            axis.axhline(level, color="0.7", linewidth=0.7, zorder=0)
        axis.set(title=problem, xlabel="CPU seconds", ylabel="score on unseen tasks", xscale="log")
    axes[0][0].legend(fontsize="small")
    made.savefig(picture, metadata={"Date": None} if picture.suffix == ".svg" else None)


def _score_at(row: dict[str, Any], time: float) -> float:
    return next((score for spent, _, score in reversed(row["curve"]) if spent <= time), 0.0)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    measuring = commands.add_parser("measure")
    measuring.add_argument("out", type=Path)
    measuring.add_argument("--problem", nargs="+", choices=PROBLEMS)
    measuring.add_argument("--variant", nargs="+", default=["default:"])
    measuring.add_argument("--seeds", default="1:6")
    measuring.add_argument("--seconds", type=float)
    one = commands.add_parser("one")
    one.add_argument("words", nargs="+")
    for name in ("table", "markdown"):
        commands.add_parser(name).add_argument("out", type=Path)
    drawing = commands.add_parser("figure")
    drawing.add_argument("out", type=Path)
    drawing.add_argument("picture", type=Path)
    arguments = parser.parse_args()
    if arguments.command == "measure":
        measure(arguments)
    elif arguments.command == "one":
        name, seed, seconds, *overrides = arguments.words
        print(json.dumps(run_once(PROBLEMS[name], overrides, int(seed), float(seconds))))
    elif arguments.command == "table":
        show("What a search finds", COLUMNS, table(rows_of(arguments.out)))
    elif arguments.command == "markdown":
        print(markdown(rows_of(arguments.out)))
    else:
        figure(rows_of(arguments.out), arguments.picture)


if __name__ == "__main__":
    main()
