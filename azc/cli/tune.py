"""`azc tune`: a program's numbers, tuned on tasks."""

from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from azc.cli.options import declared, precision, setting_option
from azc.cli.words import json_text
from azc.words import counted, fitness_text, seconds_text

if TYPE_CHECKING:
    from azc.ir import Program
    from azc.search import Tuned
    from azc.tasks import Task


@click.command(short_help="Tune a program's numbers on tasks.")
@click.argument("program", metavar="PROGRAM|-")
@click.option("--task", "spec", required=True, metavar="SPEC", help="What to tune on; see `azc tasks`.")
@click.option("--check", "check", metavar="SPEC", help="Tasks that tuning does not see, to compare on.")
@click.option("--evals", type=click.IntRange(1, 10_000_000), default=1000, show_default=True, metavar="N",
              help="Programs to evaluate.")  # fmt: skip
@setting_option("--seed", path="task.seed", means="seed of tuning, and the search's, which tasks depend on")
@precision
@click.option("-o", "output", metavar="FILE", help="Write the program there instead of printing it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def tune(
    program: str,
    spec: str,
    check: str | None,
    evals: int,
    seed: int | None,
    precision: str | None,
    output: str | None,
    as_json: bool,
) -> None:
    """Tune a program's numbers (`-`: standard input) by CMA-ES, and print the program.

    Learning rates, the spread of initial weights, literals: each number that is not zero is multiplied by a
    factor and keeps its sign; zero may become anything. What the program does with them stays. Comments are
    not kept. Numbers fit the tasks that they are tuned on, so compare on others (--check).

    \b
      azc tune network.azl --task two_layer,features=4,train=1000,tasks=10
      azc tune best.azl --task search.toml:tasks.select --check search.toml:tasks.final -o tuned.azl
    """
    from azc.cli.mistaken import instead
    from azc.cli.programs import load_with_header
    from azc.cli.sources import named_tasks
    from azc.language import format_program
    from azc.search import tune as tuned_on

    with instead("tune", program):
        loaded, header = load_with_header(program)
    with instead("tune --task", spec):
        tasks = named_tasks(spec, seed)
    others: list[Task] = []
    if check is not None:
        with instead("tune --check", check):
            others = named_tasks(check, seed)
    precision = precision or header.precision or declared("request.precision").default
    began = perf_counter()
    tuned = tuned_on(loaded, tasks, evals=evals, seed=seed or 0, precision=precision)
    report = _report(tuned, perf_counter() - began, _compared(loaded, tuned.program, others, precision))
    text = format_program(tuned.program)
    if output is not None:
        from azc.cli.files import write

        write(output, text)
    if as_json:
        click.echo(json_text(report | {"program": text}))
        return
    click.echo(_sentences(report), err=True)
    if output is None:
        click.echo(text, nl=False)


def _compared(before: "Program", after: "Program", tasks: "list[Task]", precision: str) -> dict[str, float]:
    """Fitness on tasks that tuning did not see; empty without them."""
    if not tasks:
        return {}
    from azc.evaluation import Evaluator

    judge = Evaluator(tasks, precision=precision)
    return {"check_before": judge.fitness(before), "check_fitness": judge.fitness(after)}


def _report(tuned: "Tuned", seconds: float, compared: dict[str, float]) -> dict[str, Any]:
    """The report for JSON."""
    return {
        "before": tuned.before,
        "fitness": tuned.fitness,
        **compared,
        "numbers": tuned.numbers,
        "evals": tuned.evals,
        "seconds": seconds,
    }


def _sentences(report: dict[str, Any]) -> str:
    """The report for people."""
    rows = [("tuned on", report["before"], report["fitness"])]
    if "check_fitness" in report:
        rows.append(("on others", report["check_before"], report["check_fitness"]))
    lines = [f"{name:10} {fitness_text(old)} -> {fitness_text(new)}" for name, old, new in rows]
    work = f"{counted(report['numbers'], 'number')}, {counted(report['evals'], 'program')}"
    return "\n".join([*lines, f"{work}, {seconds_text(report['seconds'])}"])
