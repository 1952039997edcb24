"""The tasks that a command is asked to evaluate on: a specification, a configuration's, or a table's."""

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azc.errors import AzcError

if TYPE_CHECKING:
    from azc.cli.header import Header
    from azc.tasks import Preprocessing, Table, Task

_IN_CONFIGURATION = re.compile(r"(?P<file>.+\.toml)(:(?P<table>.*))?", re.DOTALL)


def named_tasks(spec: str, seed: int | None) -> "list[Task]":
    """The tasks of `linear,features=8,…` or of `search.toml:tasks.select`.

    The seed is that of the search whose tasks are meant; without it the configuration's.
    """
    from azc.tasks import tasks_from_spec

    found = _IN_CONFIGURATION.fullmatch(spec)
    if found is None:
        return tasks_from_spec(spec if seed is None else f"{spec},seed={seed}")
    return _configured(Path(found["file"]), found["table"] or "", seed)


def _configured(path: Path, wanted: str, seed: int | None) -> "list[Task]":
    from azc.tasks import SETS, set_defaults, tasks_from_table

    configuration = _read(path)
    tables = configuration.get("tasks", {})
    name = wanted.removeprefix("tasks.")
    if name not in tables or name not in SETS:
        there = ", ".join(f"{path}:tasks.{name}" for name in SETS if name in tables) or "none"
        raise AzcError(f"{path}: has no tasks {wanted!r}; there are {there}")
    if seed is None:
        seed = configuration.get("search", {}).get("seed", 0)
    return tasks_from_table(tables[name], path.parent, defaults=set_defaults(name, seed))


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise AzcError(f"cannot read {path}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise AzcError(f"{path}: is not TOML: {error}") from None


def table_tasks(
    data: str, target: str, part: str, header: "Header", tasks: int | None = None
) -> "list[Task]":
    """Tasks of a table's search, select or final rows, prepared and divided as the header says.

    Where it says nothing: as a search with seed 0 prepares and divides them.
    """
    from azc.tasks import divide, prepare, read_table, set_seed
    from azc.tasks import table_tasks as divided

    preprocessing, seed = header.preprocessing, header.seed or 0
    table = read_table(data, target)
    parts = divide(len(table), seed)
    if preprocessing is None:
        preprocessing = prepare(table, parts["search"], header.eval_type)
    table = in_order(table, preprocessing)
    given = {"tasks": tasks, "epochs": header.epochs, "max_abs_error": header.max_abs_error}
    settings: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return divided(table, preprocessing, parts[part], seed=set_seed(seed, part), **settings)


def in_order(table: "Table", preprocessing: "Preprocessing") -> "Table":
    """The table with exactly the columns that the preprocessing knows, in its order."""
    from attrs import evolve

    if missing := [name for name in preprocessing.features if name not in table.features]:
        raise AzcError(f"{table.source}: has no column {missing[0]!r}, which the program was evolved with")
    places = [table.features.index(name) for name in preprocessing.features]
    return evolve(table, features=preprocessing.features, x=table.x[:, places])


def applied(
    header: "Header", target: str | None, *, fresh: bool = False, **given: Any
) -> "tuple[Header, str]":
    """The header with what the command line says instead, and the column to predict.

    Another target or evaluation type, or `fresh`, leaves the header's preprocessing aside.
    """
    from attrs import evolve

    made = evolve(header, **{name: value for name, value in given.items() if value is not None})
    old = header.preprocessing
    if old is None:
        if target is None:
            raise AzcError("the program does not say which column it predicts; name it with --target COLUMN")
        return made, target
    target = old.target if target is None else target
    if target != old.target:
        made = evolve(made, eval_type=given.get("eval_type"))
    if fresh or target != old.target or made.eval_type != old.eval_type:
        made = evolve(made, preprocessing=None)
    return made, target
