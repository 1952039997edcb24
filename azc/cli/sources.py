"""Tasks to evaluate on, as commands name them: by a specification, a configuration or a table."""

import re
import sys
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from azc.errors import AzcError

if TYPE_CHECKING:
    from azc.ir import Program
    from azc.runs import Header
    from azc.tasks import Preprocessing, Table, Task, Whole

STDIN: Final = "<stdin>"
"""Name of standard input in messages."""
_IN_CONFIGURATION = re.compile(r"(?P<file>.+\.toml)(:(?P<table>.*))?", re.DOTALL)


def read_configuration(file: str) -> tuple[str, bytes | None]:
    """Arguments of `load_config` for a file: its name, and the content of standard input (`-`)."""
    if file != "-":
        return file, None
    from azc.reading import TEXT_BYTES, too_long

    data = sys.stdin.buffer.read(TEXT_BYTES + 1)
    if len(data) > TEXT_BYTES:
        raise too_long(STDIN, TEXT_BYTES)
    return STDIN, data


def named_tasks(spec: str, seed: int | None) -> "list[Task]":
    """Make the tasks of `linear,features=8,…` or of `search.toml:tasks.select`.

    `seed` is the seed of the configuration's search, or of the specification.
    """
    from azc.tasks import tasks_from_spec

    found = _IN_CONFIGURATION.fullmatch(spec)
    if found is None:
        return tasks_from_spec(spec if seed is None else f"{spec},seed={seed}")
    from azc.search import load_config
    from azc.tasks import SETS

    file, name = found["file"], (found["table"] or "").removeprefix("tasks.")
    if name not in SETS:
        there = ", ".join(f"{file}:tasks.{name}" for name in SETS)
        raise AzcError(f"{spec}: which tasks of the configuration? There are {there}")
    return load_config(file, seed=seed).tasks(name)


class Prepared(NamedTuple):
    """A table prepared for tasks: its columns in the order of the preprocessing, its rows divided."""

    table: "Table"
    how: "Preprocessing"
    rows: "dict[str, Whole]"
    header: "Header"

    def tasks(self, part: str) -> "list[Task]":
        """Make the tasks of the search, select or final rows, like a search with the header's seed."""
        from azc.tasks import set_seed, table_tasks

        given = {"epochs": self.header.epochs, "max_abs_error": self.header.max_abs_error}
        settings: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        seed = set_seed(self.header.seed or 0, part)
        return table_tasks(self.table, self.how, self.rows[part], seed=seed, **settings)


def prepared(data: str, target: str, header: "Header", program: "Program", path: str) -> Prepared:
    """Prepare and divide a table as the header says, else like a search with seed 0."""
    from azc.tasks import divide, prepare, read_table

    table = read_table(data, target)
    header = suited(program, path, table, header)
    rows = divide(len(table), header.seed or 0)
    how = header.preprocessing or prepare(table, rows["search"], header.eval_type)
    return Prepared(in_order(table, how), how, rows, header)


def suited(program: "Program", path: str, table: "Table", header: "Header") -> "Header":
    """Header with an evaluation type: its own, else that of the target, if anything is live under it."""
    from attrs import evolve

    from azc.cli.programs import decided
    from azc.tasks import target_type

    if header.preprocessing is not None or header.eval_type is not None:
        return header
    return evolve(header, eval_type=decided(program, path, None, target_type(table)).name)


def in_order(table: "Table", preprocessing: "Preprocessing") -> "Table":
    """The table with the columns of the preprocessing only, in its order."""
    from attrs import evolve

    if missing := [name for name in preprocessing.features if name not in table.features]:
        raise AzcError(f"{table.source}: has no column {missing[0]!r}, which the program was evolved with")
    columns = [table.features.index(name) for name in preprocessing.features]
    return evolve(table, features=preprocessing.features, x=table.x[:, columns])


def applied(
    header: "Header", target: str | None, *, fresh: bool = False, **given: Any
) -> "tuple[Header, str]":
    """Header with the values of the command line in place of its own, and the column to predict.

    Another target or evaluation type, or `fresh`, drops the header's preprocessing.
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
