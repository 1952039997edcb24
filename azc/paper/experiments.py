"""The table of experiments, and how one is run."""

import shutil
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

import attrs

from azc.arguments import a_function, a_path, one_of, optional, takes, whole
from azc.errors import AzcError
from azc.paper import figure_4
from azc.paper.result import ExperimentResult as ExperimentResult
from azc.paper.trials import Trials

BUDGETS: Final = ("quick", "hour", "day")
"""How much of an experiment is run: to see that it works, in an hour of two cores, in eight hours of them."""
RESULT: Final = "result.md"


@attrs.frozen
class Experiment:
    """What an experiment shows, and how it is run: `run` gets trials, the configurations' folder and how much
    of each budget to run."""

    title: str
    run: Callable[[Trials, Path, Any], ExperimentResult]
    scales: dict[str, Any]


EXPERIMENTS: Final = {
    "figure-4": Experiment(
        "evolution against random search, over the difficulty of the task", figure_4.run, figure_4.SCALES
    ),
}


def configurations(name: str, own: str | Path | None, folder: Path) -> Path:
    """Copy the configurations of an experiment, azc's or one's own, into its folder; return where they are.

    Configurations that are there already stay: an experiment goes on with those with which it began.
    """
    into = folder / "configurations"
    if into.exists():
        return into
    try:
        with as_file(files("azc.examples_paper") / name) as shipped:
            shutil.copytree(own or shipped, into)
    except OSError as error:
        raise AzcError(
            f"cannot copy configurations from {error.filename or own}: {error.strerror or error}"
        ) from None
    return into


@takes(
    name=one_of(EXPERIMENTS),
    folder=a_path,
    budget=one_of(BUDGETS),
    n_jobs=whole(1, 4096),
    config_folder=optional(a_path),
    on_progress=optional(a_function),
)
def run_experiment(
    name: str,
    folder: str | Path,
    *,
    budget: str = "quick",
    n_jobs: int = 1,
    config_folder: str | Path | None = None,
    on_progress: Callable[[str], None] | None = None,
) -> ExperimentResult:
    """Run an experiment, or go on with it, and write what came out into its folder, with the figure.

    `config_folder` has configurations of your own, named as those in `examples/paper/`. `on_progress` gets a
    line about each trial that ends. AzcError if the folder cannot be used or a configuration is wrong.
    """
    experiment, folder = EXPERIMENTS[name], Path(folder)
    trials = Trials(folder, n_jobs, on_progress or (lambda line: None))
    try:
        where = configurations(name, config_folder, folder)
        found = experiment.run(trials, where, experiment.scales[budget])
        (folder / RESULT).write_text(found.markdown)
        found.draw(folder)
    except OSError as error:
        raise AzcError(f"cannot write in {folder}: {error.strerror or error}") from None
    finally:
        trials.close()
    return found
