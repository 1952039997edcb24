"""Advice on what to type if a command was given a file of the wrong kind."""

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import Final

from azc.errors import AzcError
from azc.problems import SettingsError

LOOKED_AT: Final = 1 << 16
"""Maximum bytes of a file that are read to tell its kind."""
MAX_COLUMNS: Final = 20
"""Maximum number of columns that a message names."""
_SUFFIXES: Final = {
    ".azl": "program",
    ".csv": "table",
    ".tsv": "table",
    ".npz": "arrays",
    ".npy": "arrays",
    ".json": "json",
    ".toml": "configuration",
}
_BEGINNINGS: Final = (
    (rb"(\s*#.*\n)*\s*def\s+\w+\s*\(", "program"),
    (rb"PK\x03\x04|\x93NUMPY", "arrays"),
    (rb"\s*\{", "json"),
    (rb"(\s*#.*\n)*\s*(\[\[?[\w.]+\]|[\w.]+\s*=)", "configuration"),
    (rb"[^=\n]*[,;\t][^=\n]*\n", "table"),
)
"""Patterns for the beginnings of files, with the kind that each tells."""
_TABLE: Final = "is a table; type `azc evolve --data {path} --target COLUMN`"
_CONFIGURATION: Final = "is a configuration; type `azc evolve {path}`"
_INSTEAD: Final = {
    # the command, the kind of file: what it is and what to type
    ("evolve", "table"): _TABLE,
    ("evolve", "program"): (
        "is a program; type `azc evolve CONFIG.toml --initial-programs {path}` for a search that begins "
        "with it, or `azc run {path} --task SPEC` to evaluate it"
    ),
    ("evolve", "run"): (
        "is a run's folder; type `azc resume {path}` to resume it, or `azc evolve {path}/config.toml` "
        "for the same search from its beginning"
    ),
    ("evolve", "folder"): "is a folder; type `azc evolve {path}/CONFIG.toml` with a configuration's name",
    ("evolve", "arrays"): (
        'holds arrays; write CONFIG.toml with a table [tasks.search] of kind = "arrays" and path = "{path}", '
        "and type `azc evolve CONFIG.toml`"
    ),
    ("evolve", "json"): (
        "is JSON; a configuration is TOML, like examples/linear_regression.toml: write it so, and type "
        "`azc evolve CONFIG.toml`"
    ),
    ("config", "table"): ("is a table; type `azc config --data {path} --target COLUMN`"),
    ("config", "arrays"): ("holds arrays; type `azc config --kind arrays --set tasks.search.path={path}`"),
    ("config", "program"): "is a program; type `azc config --set program.initial={path}` to begin with it",
    ("config", "run"): "is a run's folder; type `azc config {path}/config.toml`",
    ("config", "folder"): "is a folder; type `azc config {path}/CONFIG.toml` with a configuration's name",
    ("run", "table"): "is a table; type `azc run PROGRAM.azl --data {path} --target COLUMN`",
    ("run", "configuration"): (
        "is a configuration; type `azc evolve {path}` to search, or "
        "`azc run PROGRAM.azl --task {path}:tasks.search` to evaluate a program on its tasks"
    ),
    ("run", "arrays"): "holds arrays; type `azc run PROGRAM.azl --task arrays,path={path}`",
    ("run", "folder"): "is a folder that holds no run; type `azc run PROGRAM.azl --task SPEC`",
    ("run --task", "table"): "is a table; type `azc run PROGRAM.azl --data {path} --target COLUMN`",
    ("run --task", "arrays"): "holds arrays; type `azc run PROGRAM.azl --task arrays,path={path}`",
    ("resume", "configuration"): _CONFIGURATION,
    ("resume", "table"): _TABLE,
    ("resume", "program"): (
        "is a program; type `azc resume RUN` with a run's folder, or `azc evolve CONFIG.toml "
        "--initial-programs {path}` for a search that begins with it"
    ),
    ("predict", "table"): (
        "is a table, and the program comes first; type `azc predict PROGRAM.azl --train TABLE.csv {path}`"
    ),
    ("predict", "configuration"): _CONFIGURATION,
}


def kind_of(path: str) -> str | None:
    """Kind of a file or folder by its name and beginning, if they tell; pipes and devices are not read."""
    given = Path(path)
    try:
        if given.is_dir():
            return "run" if (given / "config.toml").exists() else "folder"
        if not given.is_file():
            return None
        beginning = _beginning(given)
    except (OSError, ValueError):
        return None
    if suffix := _SUFFIXES.get(given.suffix.lower()):
        return suffix
    return next((kind for pattern, kind in _BEGINNINGS if re.match(pattern, beginning)), None)


def _beginning(given: Path) -> bytes:
    with given.open("rb") as file:
        return file.read(LOOKED_AT)


@contextmanager
def instead(command: str, path: str) -> Iterator[None]:
    """Raise an error that says what to type, if the code inside fails because the file is of a wrong kind."""
    try:
        yield
    except SettingsError:
        raise  # it could be read, so it is of the right kind
    except AzcError:
        check_kind(command, path)
        raise


def check_kind(command: str, path: str) -> None:
    """Raise an error that says what to type, if the file is of a kind that the command does not take."""
    kind = kind_of(path)
    if kind is not None and (text := _INSTEAD.get((command, kind))):
        said = text.replace("{path}", quote(path))
        raise AzcError(f"{path}: {said}{_columns(path) if kind == 'table' else ''}")


def check_swapped(program: str, other: str | None, train: str) -> None:
    """Raise an error that says what to type, if `azc predict` was given its table before its program."""
    if kind_of(program) == "table" and other is not None and kind_of(other) == "program":
        raise AzcError(
            f"{program}: is a table, and the program comes first; type "
            f"`azc predict {quote(other)} --train {quote(train)} {quote(program)}`"
        )


def _columns(path: str) -> str:
    """Names of a table's columns as the end of a message; empty if they cannot be read."""
    try:
        first = _beginning(Path(path)).decode("utf-8-sig", "replace").splitlines()[0]
        names = next(csv.reader([first], delimiter=max(",;\t", key=first.count)))
    except (OSError, IndexError, StopIteration, csv.Error):
        return ""
    names = [name.strip()[: MAX_COLUMNS * 2] for name in names]
    more = ", …" if len(names) > MAX_COLUMNS else ""
    return f", where COLUMN is one of {', '.join(names[:MAX_COLUMNS])}{more}"
