"""`azc run`: a program's fitness on tasks."""

from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from azc.cli.options import DeclaredOption, backend, declared, eval_type, precision, setting_option
from azc.cli.trace import step_text, traced
from azc.cli.words import columns, json_text
from azc.words import counted, fitness_text, seconds_text

if TYPE_CHECKING:
    from azc.cli.remarks import Remarks
    from azc.evaluation import Evaluation
    from azc.ir import Program
    from azc.tasks import Task

SHOWN_ALL, SHOWN_FIRST = 12, 5
"""Maximum number of tasks that are all listed; of more, the first few are."""


@click.command(short_help="Evaluate a program on tasks.")
@click.argument("program", metavar="PROGRAM|-")
@click.option("--task", "spec", metavar="SPEC", help="What to evaluate on; see above and `azc tasks`.")
@click.option("--data", metavar="TABLE.csv", help="A csv table to evaluate on instead.")
@click.option(
    "--target", metavar="COLUMN", help="The table's column to predict; else the program's header's."
)
@click.option(
    "--set",
    "part",
    cls=DeclaredOption,
    path="table.set",
    default="final",
    show_default=True,
    means="which rows of the table",
)
@eval_type("for a table")
@setting_option("--epochs", path="task.epochs", note="for a table; else {default}")
@setting_option("--seed", path="task.seed", means="the search's seed, which tasks depend on")
@backend
@precision
@click.option(
    "-O",
    "level",
    type=click.Choice(["0", "1", "2"]),
    default="2",
    show_default=True,
    help="Passes before the run: none, dead code, all; all give the same bits.",
)
@click.option(
    "--trace", type=click.IntRange(1), metavar="N", help="Show memory over the first task's N steps."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def run(
    program: str,
    spec: str | None,
    data: str | None,
    target: str | None,
    part: str,
    eval_type: str | None,
    epochs: int | None,
    seed: int | None,
    backend: str,
    precision: str | None,
    level: str,
    trace: int | None,
    as_json: bool,
) -> None:
    """Evaluate a program (`-`: standard input): fitness on each task and the mean.

    SPEC is a kind of tasks with parameters, or a table of a configuration. A csv table (--data) is prepared
    and divided as in a search, or as the program's header says.

    \b
      azc run network.azl --task linear,features=8,train=1000,valid=100,tasks=10,seed=3
      azc run network.azl --task search.toml:tasks.select
      azc run best.azl --data table.csv --target price
      azc run network.azl --task linear --trace 2
      azc run network.azl --task linear -O0
      azc explain --simplify network.azl | azc run - --task linear
    """
    from azc.cli.mistaken import check_kind, instead
    from azc.cli.programs import load_with_header
    from azc.cli.sources import applied, named_tasks, prepared

    if (spec is None) == (data is None):
        check_kind("run", program)
        raise click.UsageError("give either --task SPEC or --data TABLE.csv")
    if data is None:
        _only_for_tables(target=target, eval=eval_type, epochs=epochs)
    with instead("run", program):
        loaded, header = load_with_header(program)
    if spec is not None:
        with instead("run --task", spec):
            tasks = named_tasks(spec, seed)
    else:
        assert data is not None
        header, target = applied(header, target, eval_type=eval_type, epochs=epochs, seed=seed)
        tasks = prepared(data, target, header, loaded, program).tasks(part)
    precision = precision or header.precision or declared("request.precision").default
    report = _evaluated(loaded, tasks, int(level), backend, precision, trace)
    click.echo(json_text(report.fields()) if as_json else report.text())


class RunReport(NamedTuple):
    """An evaluation, and what else is printed with it."""

    tasks: "list[Task]"
    result: "Evaluation"
    precision: str
    seconds: float
    """Time of passes and evaluation."""
    steps: list[dict[str, Any]]
    """Trace of the first steps; empty without --trace."""
    remarks: "Remarks"

    def fields(self) -> dict[str, Any]:
        """The report for JSON."""
        from attrs import asdict

        fields = asdict(self.result, recurse=False)
        del fields["stopped_at"]  # a remark says it, for tasks that stopped
        given = {name: value for name, value in fields.items() if value is not None}
        trace = {"trace": self.steps} if self.steps else {}
        return given | {"seconds": self.seconds} | self.remarks.fields() | trace

    def text(self) -> str:
        """The report for people."""
        trace = [*map(step_text, self.steps), ""] if self.steps else []
        return "\n".join([*trace, self._fitness_text(), *self.remarks.sentences()])

    def _fitness_text(self) -> str:
        result = self.result
        rows = [
            (f"task {index}", fitness_text(fitness), "stopped early" if stopped else "")
            for index, (fitness, stopped) in enumerate(
                zip(result.fitnesses, result.stopped_early, strict=True)
            )
        ]
        if len(rows) > SHOWN_ALL:
            rows = [*rows[:SHOWN_FIRST], ("…", "", ""), *_summary(result)]
        if len(self.tasks) > 1:
            rows.append(("mean", fitness_text(result.fitness), ""))
        ran = [
            f"{result.backend}, {self.precision}",
            counted(sum(result.train_steps), "training step"),
            seconds_text(self.seconds),
        ]
        return f"{_tasks_text(self.tasks)}\n\n{columns(rows)}\n\n{', '.join(ran)}"


def _evaluated(
    program: "Program", tasks: "list[Task]", level: int, backend: str, precision: str, trace: int | None
) -> RunReport:
    """Evaluate a program after the passes of a level; trace the first `trace` steps of the first task."""
    from azc.cli.remarks import Remarks
    from azc.evaluation import evaluate

    begin = perf_counter()
    optimized = _optimized(program, tasks, level)
    result = evaluate(optimized, tasks, backend=backend, precision=precision)
    seconds = perf_counter() - begin
    # A trace shows the program as it was given.
    steps = [] if trace is None else list(traced(program, tasks[0], trace, precision))
    remarks = Remarks.on(optimized, tasks, result, precision)
    return RunReport(tasks, result, precision, seconds, steps, remarks)


def _optimized(program: "Program", tasks: "list[Task]", level: int) -> "Program":
    """The program after the passes of a level, which run only if the program fits all tasks."""
    from azc.ir import check_features
    from azc.passes import optimize

    for task in tasks:
        check_features(program, task.features)
    return optimize(program, tasks[0].interface, level)  # all are of one evaluation type


def _only_for_tables(**given: object) -> None:
    for name, value in given.items():
        if value is not None:
            raise click.UsageError(f"--{name} belongs to --data; a task says it itself")


def _summary(result: "Evaluation") -> list[tuple[str, str, str]]:
    from statistics import median

    early = sum(result.stopped_early)
    rows = [
        (name, fitness_text(of(result.fitnesses)), "")
        for name, of in (("min", min), ("median", median), ("max", max))
    ]
    return [*rows, ("stopped early", f"{early:,}", "")] if early else rows


def _tasks_text(tasks: "list[Task]") -> str:
    """What was evaluated on, where all tasks have it in common."""
    first = tasks[0]
    parts = [counted(len(tasks), "task")]
    alike = {(t.eval_type, t.features, t.n_train, t.n_valid, t.epochs) for t in tasks}
    if len(alike) == 1:
        parts += [
            first.eval_type,
            counted(first.features, "feature"),
            f"{first.n_train:,} + {first.n_valid:,} examples",
        ]
        if first.epochs > 1:
            parts.append(counted(first.epochs, "epoch"))
    return ", ".join(parts)
