"""Division of a table's rows into parts for search, selection and the final score; tasks from a part."""

from pathlib import Path
from typing import Final

import attrs

from azc.arguments import a_path, a_seed, an_array, argument, kind_of, takes, whole
from azc.errors import AzcError
from azc.ir import INTERFACES, permutation
from azc.settings import TEXT, one_of, settings
from azc.tasks.declared import N_TASKS, SEED, TASK
from azc.tasks.parameters import parameter, parameter_of
from azc.tasks.preprocessing import Preprocessing, check_rows, prepare
from azc.tasks.seeds import SETS, Purpose, epoch_orders, task_seed
from azc.tasks.sums import Whole
from azc.tasks.tables import Table, read_table
from azc.tasks.task import Task

MIN_ROWS = 10
"""Minimum rows of a table that is divided: with fewer, a fifth of a fifth is nothing."""


MAX_ROWS = 10**8
"""Maximum rows of a table."""
_rows = an_array("iu", 1, "an array (n,) of the numbers of rows")


@takes(n_rows=whole(0, MAX_ROWS), seed=a_seed)
def divide(n_rows: int, seed: int) -> dict[str, Whole]:
    """Row numbers for `search` (60 %), `select` and `final` (20 % each), divided at random by the seed."""
    if n_rows < MIN_ROWS:
        raise AzcError(f"a table of {n_rows} rows cannot be divided; at least {MIN_ROWS} are needed")
    return parts(n_rows, seed)


def parts(n: int, seed: int) -> dict[str, Whole]:
    """Numbers from 0 to n - 1, 60 % for `search`, 20 % each for `select` and `final`, in random order."""
    order = permutation(seed, n, Purpose.DIVISION)
    ends = (0, n * 3 // 5, n * 4 // 5, n)
    return {name: order[ends[i] : ends[i + 1]] for i, name in enumerate(SETS)}


@takes(
    table=kind_of(Table),
    preprocessing=kind_of(Preprocessing),
    rows=_rows,
    tasks=argument(N_TASKS.check),
    seed=a_seed,
    epochs=argument(TASK["epochs"].check),
    max_abs_error=argument(TASK["max_abs_error"].check),
)
def table_tasks(
    table: Table,
    preprocessing: Preprocessing,
    rows: Whole,
    *,
    tasks: int = N_TASKS.default,
    seed: int = TASK["seed"].default,
    epochs: int = TASK["epochs"].default,
    max_abs_error: float = TASK["max_abs_error"].default,
) -> list[Task]:
    """Tasks of some rows of a table: each divides them at random, 80 % training and 20 % validation."""
    if len(rows) < 2:
        raise AzcError(f"{len(rows)} rows of {table.source} are too few for a task; at least 2 are needed")
    check_rows(rows, len(table))
    x, y = preprocessing.apply(table.x), preprocessing.labels(table.target)
    n_train = len(rows) * 4 // 5
    made = []
    for number in range(tasks):
        order = rows[permutation(seed, len(rows), Purpose.SPLIT, number)]
        train, valid = order[:n_train], order[n_train:]
        made.append(
            Task(
                x[train],
                y[train],
                x[valid],
                y[valid],
                eval_type=preprocessing.eval_type,
                max_abs_error=max_abs_error,
                epochs=epochs,
                train_order=epoch_orders(seed, number, n_train, epochs),
                n_classes=preprocessing.n_classes,
                seed=task_seed(seed, number),
                source=f"{table.source}, division {number} of seed {seed}",
            )
        )
    return made


@attrs.frozen(kw_only=True)
class TableTasks:
    """A csv table: its rows are divided into search, select and final; tasks divide those at random."""

    path: str = parameter("the csv file, relative to the configuration", TEXT)
    target: str = parameter("the column to predict", TEXT)
    set: str = parameter("which rows to take: search, select or final", one_of(SETS), "search")
    division: int = parameter("seed of the division of the rows, the same for all three sets", SEED, 0)
    eval_type: str = parameter("evaluation type; empty: by the target", one_of(("", *INTERFACES)), "")
    tasks: int = parameter_of(N_TASKS)
    seed: int = parameter_of(TASK["seed"], "seed of each task's division")
    epochs: int = parameter_of(TASK["epochs"])
    max_abs_error: float = parameter_of(TASK["max_abs_error"])

    @property
    def evaluation(self) -> str:
        """The evaluation type, if it is given."""
        return self.eval_type

    @takes(folder=a_path)
    def preprocessing(self, folder: Path = Path()) -> Preprocessing:
        """Preprocessing of the table's columns, with statistics of the search rows whatever the set."""
        return self._prepared(Path(folder))[1]

    def _prepared(self, folder: Path) -> tuple[Table, Preprocessing, Whole]:
        table = read_table(folder / Path(self.path).expanduser(), self.target)
        rows = divide(len(table), self.division)
        return table, prepare(table, rows["search"], self.eval_type or None), rows[self.set]

    @takes(folder=a_path)
    def make(self, folder: Path = Path()) -> list[Task]:
        """The tasks of the set."""
        table, preprocessing, rows = self._prepared(Path(folder))
        return table_tasks(
            table,
            preprocessing,
            rows,
            tasks=self.tasks,
            seed=self.seed,
            epochs=self.epochs,
            max_abs_error=self.max_abs_error,
        )


TABLE: Final = settings(TableTasks)
"""Settings of tasks of the kind `table`, by name."""
