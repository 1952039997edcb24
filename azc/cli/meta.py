"""`azc meta`: a strategy's own parameters, tuned over several searches."""

import os
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from azc.cli.options import overrides, setting_option
from azc.cli.words import columns, json_text
from azc.words import counted, seconds_text

if TYPE_CHECKING:
    from azc.runs import Generation, Spent, TunedStrategy


@click.command(short_help="Tune a strategy's parameters over searches.")
@click.argument("configs", nargs=-1, required=True, metavar="CONFIG.toml…")
@overrides
@click.option("--check", "checks", multiple=True, metavar="CONFIG.toml",
              help="A search that tuning does not see, to compare on; may be repeated.")  # fmt: skip
@click.option("--generations", type=click.IntRange(0, 100_000), default=10, show_default=True, metavar="N",
              help="Generations of parameters.")  # fmt: skip
@click.option("--seeds", type=click.IntRange(1, 1000), default=2, show_default=True, metavar="N",
              help="Runs of a search in each generation.")  # fmt: skip
@click.option("--check-seeds", type=click.IntRange(1, 1000), default=10, show_default=True, metavar="N",
              help="Runs of a search, before and after, in the comparison.")  # fmt: skip
@setting_option("--seed", path="search.seed", means="the first seed of all")
@click.option("--n-jobs", type=click.IntRange(1), default=1, show_default=True, metavar="N",
              help="The number of processes.")  # fmt: skip
@click.option("-o", "output", metavar="FILE", help="Write the parameters there instead of printing them.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def meta(
    configs: tuple[str, ...],
    overrides: tuple[str, ...],
    checks: tuple[str, ...],
    generations: int,
    seeds: int,
    check_seeds: int,
    seed: int | None,
    n_jobs: int,
    output: str | None,
    as_json: bool,
) -> None:
    """Tune a strategy's parameters by CMA-ES, over several searches, and print them as TOML.

    Mutation weights and the strategy's own numbers are multiplied by factors, to reach the targets of the
    searches with less of their budgets. Each configuration has a strategy, the same in all, a target and
    `max_evals` or `max_seconds`. The parameters before and after are then compared on seeds that tuning did
    not see, and on the searches of --check.

    \b
      azc meta linear.toml affine.toml --set search.strategy=size_bins --set search.max_evals=200_000
      azc meta small/*.toml --check large.toml --generations 30 --n-jobs 2 -o tuned.toml
    """
    from concurrent.futures import ProcessPoolExecutor
    from contextlib import ExitStack
    from multiprocessing import get_context

    from azc.cli.files import check_writable, write
    from azc.runs import tune_strategy

    if output is not None:
        check_writable(output)
    began = perf_counter()
    with ExitStack() as stack:
        executor = None
        if n_jobs > 1:
            executor = stack.enter_context(ProcessPoolExecutor(n_jobs, mp_context=get_context("spawn")))
        tuned = tune_strategy(
            configs,
            overrides,
            checks=checks,
            generations=generations,
            seeds=seeds,
            check_seeds=check_seeds,
            seed=seed or 0,
            executor=executor,
            on_generation=_say,
        )
    text = _toml(tuned)
    if output is not None:
        write(output, text)
    if as_json:
        click.echo(json_text(_report(tuned, perf_counter() - began)))
        return
    click.echo(_table(tuned), err=True)
    click.echo(f"\n{counted(tuned.runs, 'run')}, {seconds_text(perf_counter() - began)}\n", err=True)
    if output is None:
        click.echo(text, nl=False)


def _say(generation: "Generation") -> None:
    click.echo(f"generation {generation.number}: {generation.budget:.2f} of the budgets", err=True)


def _toml(tuned: "TunedStrategy") -> str:
    """The parameters as a table of a configuration."""
    import tomli_w

    return tomli_w.dumps({"search": {"strategy": tuned.strategy, **tuned.search}})


def _table(tuned: "TunedStrategy") -> str:
    """Before and after, for people."""
    heading = ("", "reached before", "after", "of the budget before", "after")
    rows = [
        (os.path.basename(old.path), _reached(old), _reached(new), f"{old.budget:.2f}", f"{new.budget:.2f}")
        for old, new in zip(tuned.before, tuned.after, strict=True)
    ]
    return columns([heading, *rows], right=(1, 2, 3, 4))


def _reached(spent: "Spent") -> str:
    return f"{spent.reached}/{spent.seeds}"


def _report(tuned: "TunedStrategy", seconds: float) -> dict[str, Any]:
    """The report for JSON."""
    import attrs

    compared = ({"before": attrs.asdict(a), "after": attrs.asdict(b)}
                for a, b in zip(tuned.before, tuned.after, strict=True))  # fmt: skip
    search = {"strategy": tuned.strategy, **tuned.search}
    return {"search": search, "compared": [*compared], "runs": tuned.runs, "seconds": seconds}
