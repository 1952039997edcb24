"""The table of studies, and how one is run."""

from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

import attrs

from azc.arguments import a_function, a_path, one_of, optional, takes, whole
from azc.errors import AzcError
from azc.paper import figure_4, figure_5
from azc.paper.result import StudyResult as StudyResult
from azc.paper.result import check_drawing
from azc.paper.trials import Trials

BUDGETS: Final = ("quick", "hour", "day")
"""How much of a study is run: to see that it works, in an hour of two cores, in eight hours of them."""
RESULT: Final = "result.md"


@attrs.frozen
class Study:
    """What a study shows, and how it is run: `run` gets trials, the configurations' folder and how much
    of each budget to run."""

    title: str
    run: Callable[[Trials, Path, Any], StudyResult]
    scales: dict[str, Any]


STUDIES: Final = {
    "figure-4": Study(
        "evolution against random search, over the difficulty of the task", figure_4.run, figure_4.SCALES
    ),
    "figure-5": Study(
        "a network with backpropagation, rediscovered on a teacher's data", figure_5.run, figure_5.SCALES
    ),
}


def configurations(name: str, own: str | Path | None, folder: Path) -> Path:
    """Copy the configurations of a study, azc's or one's own, into its folder; return where they are.

    Configurations that are there already stay: a study goes on with those with which it began. AzcError: they
    are others than one's own.
    """
    into = folder / "configurations"
    if into.exists():
        if own is not None and _texts(into) != _texts(Path(own)):
            raise AzcError(
                f"{into}: has other configurations than {own}; change them, or name another folder"
            )
        return into
    try:
        with as_file(files("azc.examples_paper") / name) as shipped:
            texts = _texts(Path(own or shipped))
        part = Path(mkdtemp(dir=folder))
        for file, text in texts.items():
            (part / file).write_bytes(text)
        part.rename(into)
    except OSError as error:
        raise AzcError(
            f"cannot copy configurations from {error.filename or own}: {error.strerror or error}"
        ) from None
    return into


def _texts(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".toml", ".azl")}


@takes(
    name=one_of(STUDIES),
    folder=a_path,
    budget=one_of(BUDGETS),
    n_jobs=whole(1, 4096),
    config_folder=optional(a_path),
    on_progress=optional(a_function),
)
def run_study(
    name: str,
    folder: str | Path,
    *,
    budget: str = "quick",
    n_jobs: int = 1,
    config_folder: str | Path | None = None,
    on_progress: Callable[[str], None] | None = None,
) -> StudyResult:
    """Run a study, or go on with it, and write what came out into its folder, with the figure.

    `config_folder` has configurations of your own, named as those in `examples/paper/`. `on_progress` gets a
    line about each trial that ends. AzcError if the folder cannot be used or a configuration is wrong.
    """
    study, folder = STUDIES[name], Path(folder)
    check_drawing()
    trials = Trials(folder, n_jobs, on_progress or (lambda line: None))
    try:
        where = configurations(name, config_folder, folder)
        found = study.run(trials, where, study.scales[budget])
    finally:
        trials.close()
    try:
        (folder / RESULT).write_text(found.markdown)
        found.draw(folder)
    except OSError as error:
        raise AzcError(f"cannot write in {folder}: {error.strerror or error}") from None
    return found
