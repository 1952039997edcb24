"""A run's folder: the paths of its files, and the lock that admits one process."""

import platform
import re
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Any, Final

import attrs

import azc
from azc.arguments import a_path, a_text, takes
from azc.errors import AzcError
from azc.ir import INTERFACES
from azc.language import format_program
from azc.reading import read_whole
from azc.runs.files import write_durably
from azc.search import BEST, CONFIG, Config, initial_files, load_config
from azc.storage import sweep

_LOCK: Final = ".lock"
LOOK_SECONDS: Final = 1.0
MAX_NAME: Final = 60
"""Maximum number of characters of a run's name in a folder's name."""


@takes(path=a_path)
@attrs.frozen(eq=False)
class RunFolder:
    """The folder of a run, and the paths of its files."""

    path: Path = attrs.field(converter=Path)

    @property
    def config(self) -> Path:
        """The configuration; a folder without it holds no run."""
        return self.path / CONFIG

    @property
    def history(self) -> Path:
        """The history database."""
        return self.path / "history.sqlite"

    @property
    def checkpoints(self) -> Path:
        """The folder of checkpoints."""
        return self.path / "checkpoints"

    @property
    def best(self) -> Path:
        """The best program."""
        return self.path / BEST

    @property
    def hall_of_fame(self) -> Path:
        """The best program of each length, as CSV."""
        return self.path / "hall_of_fame.csv"

    @property
    def log(self) -> Path:
        """The log of starts, notices and ends, a JSON object a line."""
        return self.path / "log.jsonl"

    @property
    def report(self) -> Path:
        """The report, as HTML."""
        return self.path / "report.html"

    @property
    def is_run(self) -> bool:
        """Whether the folder holds a run."""
        return self.config.exists()


@takes(name=a_text, below=a_path)
def named_folder(name: str, below: Path = Path("runs")) -> RunFolder:
    """Make a new folder named for the present time and `name`; unique even among processes.

    AzcError if no folder can be made in `below`.
    """
    plain = re.sub(r"[^\w.-]+", "-", name).strip("-.")[:MAX_NAME] or "search"
    stem = f"{datetime.now():%Y%m%d-%H%M%S}-{plain}"
    below = Path(below)
    try:
        below.mkdir(parents=True, exist_ok=True)
        return RunFolder(next(path for path in _names(below / stem) if _is_made(path)))
    except OSError as error:
        raise AzcError(f"cannot make a folder in {below}: {error.strerror or error}") from None


def _names(path: Path) -> Iterator[Path]:
    """A path, then alternatives to try while it exists."""
    yield path
    yield from (path.with_name(f"{path.name}-{again}") for again in count(2))


def _is_made(path: Path) -> bool:
    try:
        path.mkdir()
    except FileExistsError:
        return False
    return True


def opened(path: str | Path) -> RunFolder:
    """The folder of an existing run; AzcError if there is none."""
    folder = RunFolder(Path(path))
    try:
        if not folder.path.is_dir():
            raise AzcError(f"{path}: there is no such folder; expected a run's folder")
        is_run = folder.is_run
    except OSError as error:
        raise AzcError(f"cannot read {path}: {error.strerror or error}") from None
    if not is_run:
        raise AzcError(f"{path}: holds no run (no config.toml); `azc evolve --run-dir` may begin one there")
    return folder


def lock(folder: RunFolder) -> Any:
    """Lock a run's folder, making the folder if need be, until `release` or the end of the process.

    AzcError if another process holds it, or the folder cannot be written.
    """
    from filelock import FileLock, Timeout

    try:
        folder.path.mkdir(parents=True, exist_ok=True)
        held = FileLock(folder.path / _LOCK)
        # `is_on` holds the lock for a moment, so one failed try means nothing.
        held.acquire(timeout=LOOK_SECONDS)
    except Timeout:
        raise AzcError(f"{folder.path}: another process runs there; wait for it, or stop it") from None
    except OSError as error:
        raise AzcError(f"cannot write in {folder.path}: {error.strerror or error}") from None
    return held


def is_on(folder: RunFolder) -> bool:
    """Whether a process computes the run now; False also if that cannot be found out."""
    from filelock import FileLock, Timeout

    path = folder.path / _LOCK
    try:
        if path.exists():
            with FileLock(path).acquire(timeout=0):
                pass
    except Timeout:
        return True
    except OSError:
        pass
    return False


def discard(folder: RunFolder) -> None:
    """Delete azc's files from a folder that did not become a run, then the folder if it is empty."""
    prepare(folder)
    with suppress(OSError):
        for name in (_LOCK, folder.log.name):
            (folder.path / name).unlink(missing_ok=True)
        folder.path.rmdir()


def prepare(folder: RunFolder) -> None:
    """Delete the history and checkpoints of a run that was interrupted before it had a configuration."""
    for path in folder.path.glob("history.sqlite*"):
        path.unlink(missing_ok=True)
    for path in folder.checkpoints.glob("round-*.npz"):
        path.unlink(missing_ok=True)


def sweep_aside(folder: RunFolder) -> None:
    """Delete temporary files left by killed writers."""
    for written in (folder.config, folder.best, folder.hall_of_fame, folder.report):
        sweep(folder.path, written.name)


def write_config(folder: RunFolder, config: Config) -> None:
    """Write the complete configuration, which makes the folder a run; versions stay the first start's."""
    import tomli_w

    began = tables(folder).get("versions", {}) if folder.is_run else versions()
    initial = config.params.program.initial
    if not isinstance(initial, str) and not folder.is_run:
        for name, program in zip(initial_files(initial), initial, strict=True):
            write_durably(folder.path / name, format_program(program).encode())
    top = _TOP if "tasks" in config.tables else _WITHOUT_TASKS
    if config.evaluator is not None:
        top = _TOP if config.evaluator.python or config.evaluator.command else _WITHOUT_EVALUATOR
    text = top + tomli_w.dumps({**config.tables, "versions": began})
    write_durably(folder.config, text.encode())


_TOP: Final = "# A search, complete: `azc evolve` with this file repeats it.\n\n"
_WITHOUT_TASKS: Final = (
    "# A search whose tasks were given in Python: azc.resume(folder, tasks=...) resumes it.\n\n"
)
_WITHOUT_EVALUATOR: Final = (
    "# A search whose evaluator was given in Python: azc.resume(folder, evaluate=...) resumes it.\n\n"
)


def versions() -> dict[str, str]:
    """Versions of azc, Python and packages, and the machine: clues to a difference between results."""
    packages = {name: version(name) for name in ("numpy", "numba", "llvmlite")}
    return {
        "azc": azc.__version__,
        "python": platform.python_version(),
        **packages,
        "machine": platform.machine(),
        "system": platform.system(),
    }


def tables(folder: RunFolder) -> dict[str, Any]:
    """The tables of a run's configuration; AzcError if they cannot be read."""
    try:
        return tomllib.loads(read_whole(folder.config).decode())
    except OSError as error:
        raise AzcError(f"cannot read {folder.config}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise AzcError(f"{folder.config}: is not valid TOML: {error}; put it back from a copy") from None


def configured(folder: RunFolder, overrides: Sequence[str] = (), *, given: bool = False) -> Config:
    """The configuration of a run, with overrides; AzcError if it is wrong.

    given: whether its tasks are given.
    """
    if not given and not tables(folder).keys() & {"tasks", "evaluator"}:
        raise AzcError(
            f"{folder.config}: the run's tasks were given in Python; resume it there, with "
            "azc.resume(folder, tasks=...), or config=... if azc.search.default_config made it"
        )
    return load_config(folder.config, overrides)


def eval_type_of(folder: RunFolder) -> str | None:
    """Evaluation type of a run, from its configuration or else from its tasks.

    None if neither tells, as when the data are gone.
    """
    try:
        found = tables(folder)
        said = found.get("tasks", {}).get("search", {}).get("eval_type")
        return said if said in INTERFACES else configured(folder).params.program.eval_type
    except (AzcError, AttributeError, TypeError):  # damaged, or of another structure
        return None


def other_versions(folder: RunFolder) -> str:
    """Packages whose versions differ from those of the first start, as text; empty if none does."""
    began, here = tables(folder).get("versions", {}), versions()
    changed = [name for name in here if name in began and began[name] != here[name]]
    return ", ".join(f"{name} {here[name]} instead of {began[name]}" for name in changed)
