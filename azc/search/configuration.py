"""Configuration of a search: from a TOML file or tables, with overrides, or for given tasks."""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, TypeVar

import attrs

from azc.arguments import a_path, a_seed, a_text, fault, kind_of, optional, several, takes, text_or_bytes
from azc.errors import AzcError
from azc.evaluators import EvaluatorSettings
from azc.ir import interface_of
from azc.problems import Problems, SettingsError, shown
from azc.search.checked_tables import (
    FIRST_FINAL,
    CheckedTables,
    check_tables,
    complete_tables,
    eval_type_of,
    first_of,
    made_tasks,
    own_program,
    seeded_table,
)
from azc.search.checks import SEARCH
from azc.search.defaults import default_tables
from azc.search.island_kinds import Kind
from azc.search.params import Params, checked, conflicts, draft, parameters
from azc.search.resolved import program_table, search_table
from azc.search.sets import set_name
from azc.search.written import in_order, known_tables, plain_tables, put_all, put_override, read_toml
from azc.tasks import (
    SETS,
    Preprocessing,
    TableTasks,
    Task,
    first_seen,
    maker_from_table,
    may_be_copies,
    missing_parameters,
    set_defaults,
)

Made = TypeVar("Made")
GIVEN: Final = "tables"
"""Name of a configuration that is no file."""


_overrides: Final = several(a_text, "a sequence of texts like search.max_seconds=20")
_seed: Final = optional(a_seed)
_data: Final = optional(text_or_bytes)
_tasks: Final = several(kind_of(Task), "a sequence of tasks, at least one", 1)


@takes(params=kind_of(Params), source=a_text)
@attrs.frozen(eq=False)
class Config:
    """Configuration of a search, complete; tasks are made when first asked for, and kept."""

    params: Params
    source: str
    """Its origin in words, such as a file's name."""
    _makers: Mapping[str, Callable[[], Sequence[Task]]]
    kinds: tuple[Kind, ...] = attrs.field()
    """Kinds of islands."""
    tables: Mapping[str, Any] = attrs.field()
    """The same as tables of a file, complete; without `tasks` if these were given."""
    preprocessing: Preprocessing | None = None
    """Preprocessing of the search tasks' csv table, if they have one."""
    _compared: tuple[str, ...] = ()
    """Sets whose examples are compared with the final ones, since their parameters do not rule out copies."""
    evaluator: EvaluatorSettings | None = None
    """Who scores programs, if no tasks do."""
    _right: CheckedTables | None = None
    """The tables that it was made of; None if its tasks were given."""

    @kinds.default
    def _alike(self) -> tuple[Kind, ...]:
        return (Kind(self.params, "search", self.params.run.n_islands),)

    @tables.default
    def _without_tasks(self) -> Mapping[str, Any]:
        return {"search": search_table(self.params), "program": program_table(self.params)}

    def tasks(self, name: str) -> list[Task]:
        """The `search`, `select` or `final` tasks, or the own tasks of a kind of islands.

        AzcError if there are none, since an evaluator of one's own scores programs.
        """
        if self.evaluator is not None:
            raise AzcError(
                f"{self.source}: has no tasks; add a table [tasks.search], or give tasks= to azc.run_search"
            )
        if not isinstance(name, str) or name not in self._makers:
            raise fault("name", f"one of {', '.join(self._makers)}", name)
        return self._of_source(self._makers[name])

    def _of_source(self, make: Callable[[], Sequence[Task]]) -> list[Task]:
        try:
            return list(make())
        except AzcError as error:
            raise AzcError(f"{self.source}: {error}") from None

    @property
    def comparable(self) -> set[int]:
        """Indexes of the kinds of islands with the tasks and the precision of the configuration itself.

        If there are none, of all kinds: then at least islands of one kind can be compared.
        """
        alike = {
            index
            for index, kind in enumerate(self.kinds)
            if (kind.tasks, kind.params.island.precision) == ("search", self.params.island.precision)
        }
        return alike or {*range(len(self.kinds))}

    def with_tasks(self, tasks: Mapping[str, Sequence[Task]]) -> "Config":
        """The same search on given tasks: a sequence of them for each of `search`, `select` and `final`.

        AzcError if they do not fit, or islands have tasks of their own. A run refuses final tasks that the
        search sees.
        """
        sets = _sets(tasks)
        right, eval_type = self._right, eval_type_of(sets["search"])
        if self.params.program.own_signature is not None:
            raise AzcError(
                f"{self.source}: programs of a signature of your own do not run on tasks; remove [signature],"
                " or give evaluate="
            )
        if any(kind.tasks != "search" for kind in self.kinds):
            raise AzcError(f"{self.source}: some islands have tasks of their own, so that none can be given")
        makers: dict[str, Callable[[], Sequence[Task]]] = {n: partial(list, t) for n, t in sets.items()}
        if right is None:
            if eval_type != self.params.program.eval_type:
                raise AzcError(
                    f"tasks: they are of {eval_type}, expected {self.params.program.eval_type} as in "
                    f"{self.source}"
                )
            return attrs.evolve(self, makers=makers)
        search = {key: value for key, value in right.search.items() if key not in right.assumed}
        own = attrs.evolve(right, search=search, declared=interface_of(eval_type), evaluator=None)
        params = own.params()
        tables: dict[str, Any] = {"search": search_table(params), "program": program_table(params)}
        if own.islands:
            tables["islands"] = list(map(dict, own.islands))
        return Config(params, self.source, makers, _kinds(own), tables, compared=("search", "select"))

    def first_final(self) -> Task:
        """The first of the final tasks; the others are made only if the maker cannot make one alone.

        AzcError if the search sees the final tasks.
        """
        tasks = self._of_source(self._makers.get(FIRST_FINAL, self._makers["final"]))
        if not tasks:
            raise AzcError(f"{self.source}: tasks.final: there are no tasks; expected at least one")
        if seen := first_seen(tasks, {name: self.tasks(name) for name in self._compared}):
            index, name, number = seen
            raise AzcError(
                f"{self.source}: tasks.final: task {index} validates on the examples of task {number} of "
                f"{set_name(name)}; expected examples that the search never sees"
            )
        return tasks[0]


def _file_or_tables(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return value
    if isinstance(value, str | os.PathLike):
        return a_path(name, value)
    raise AzcError(
        f"load_config takes the path of a TOML file or a dict of its tables, not {shown(value)}; "
        "take default_config for your tasks"
    )


@takes(source=_file_or_tables, overrides=_overrides, seed=_seed, data=_data)
def load_config(
    source: str | Path | Mapping[str, Any],
    overrides: Sequence[str] = (),
    seed: int | None = None,
    *,
    data: str | bytes | None = None,
) -> Config:
    """Read a configuration: a TOML file with the tables [search], [program] and [tasks.search], or a dict.

    Without [tasks.search] programs are scored by an evaluator of one's own, which [evaluator] describes, and
    are those of [signature].

    [tasks.select] and [tasks.final] without a kind of their own inherit the keys of [tasks.search], but have
    seeds of their own. An override is `table.key=value`, the value as in TOML or a bare word; `seed` is
    search.seed. Relative paths start at the file's folder, those in a dict at the working directory. `data`
    is the file's content, if it was read already.

    AzcError names the file (`tables` for a dict) and lists everything that is wrong in it, each with its key.
    """
    if isinstance(source, Mapping):
        if data is not None:
            raise AzcError("data is the content of a file, but tables are given; leave one of them out")
        tables = source
        read, name, folder = (lambda problems: plain_tables(tables, problems)), GIVEN, Path()
    else:
        path = Path(source)
        read, name, folder = (lambda _: read_toml(path, data)), str(path), path.parent

    def made(tables: Mapping[str, Any], problems: Problems) -> Config:
        return _config(check_tables(tables, folder, seed, problems), name)

    return _from_tables(read, name, overrides, made)


@attrs.frozen(eq=False)
class ConfigTables:
    """The tables of a configuration, checked without drawing tasks or decoding images."""

    given: Mapping[str, Any]
    """The given keys, overrides included."""
    complete: Mapping[str, Any]
    """Every key that has a value, with absolute paths."""
    folder: Path
    """Folder at which relative paths in `given` start."""


@takes(path=a_path, overrides=_overrides, data=_data)
def config_tables(
    path: str | Path, overrides: Sequence[str] = (), *, data: str | bytes | None = None
) -> ConfigTables:
    """The tables of a TOML file; overrides, data and errors as for `load_config`."""
    path = Path(path)
    return _from_tables(
        lambda _: read_toml(path, data), str(path), overrides, partial(_tables_of, path.parent)
    )


@takes(kind=a_text, overrides=_overrides)
def default_config_tables(kind: str, overrides: Sequence[str] = ()) -> ConfigTables:
    """The tables of a configuration with the kind of its tasks, overrides, and defaults for all else.

    Required parameters of the tasks are missing if no override gives them.
    """
    tables: dict[str, Any] = {"tasks": {"search": {"kind": kind}}}
    problems = Problems()
    put_all(overrides, tables, problems)
    search: Any = tables["tasks"]["search"]
    if not (missing := missing_parameters(search)):
        return _tables_of(Path(), tables, problems)
    try:
        maker_from_table(search)
    except SettingsError as error:
        problems.add("tasks.search", *(one.what for one in error.problems if one.key not in missing))
    # With other tasks in their place all else can be checked and completed.
    found = _tables_of(Path(), tables | {"tasks": {"search": {"kind": "linear"}}}, problems)
    return attrs.evolve(found, given=tables, complete={**found.complete, "tasks": tables["tasks"]})


def _tables_of(folder: Path, tables: Mapping[str, Any], problems: Problems) -> ConfigTables:
    return ConfigTables(tables, complete_tables(check_tables(tables, folder, None, problems)), folder)


def _from_tables(
    read: Callable[[Problems], tuple[dict[str, Any], str]],
    name: str,
    overrides: Sequence[str],
    made: Callable[[Mapping[str, Any], Problems], Made],
) -> Made:
    """Result of `made` for tables with overrides; errors begin with a name and are in the tables' order.

    `read` gives the tables and the text of the file that had them.
    """
    problems = Problems()
    try:
        tables, text = read(problems)
        put_all(overrides, tables, problems)
        try:
            return made(tables, problems)
        except SettingsError as error:
            raise SettingsError(in_order(error.problems, tables, text), name) from None
    except SettingsError:
        raise
    except AzcError as error:
        raise AzcError(f"{name}: {error}") from None


@takes(
    search_tasks=_tasks,
    select_tasks=_tasks,
    final_tasks=_tasks,
    overrides=_overrides,
    seed=_seed,
    source=a_text,
)
def default_config(
    search_tasks: Sequence[Task],
    select_tasks: Sequence[Task],
    final_tasks: Sequence[Task],
    *,
    overrides: Sequence[str] = (),
    seed: int | None = None,
    source: str = "tasks",
) -> Config:
    """Configuration for given tasks, with defaults that suit tables.

    Overrides as for `load_config`, of search and program. A run refuses final tasks that the search sees.
    """
    eval_type = eval_type_of(search_tasks)
    features = max(task.features for task in search_tasks)
    tables: dict[str, Any] = default_tables(features, interface_of(eval_type).classes)
    problems = Problems()
    for override in overrides:
        with problems.at(""):
            if override.startswith("tasks"):
                raise AzcError(f"{override}: the tasks are given; override keys of search and program")
            put_override(tables, override)
    found = known_tables(tables, problems)
    program = own_program(found["program"], Path(), None, problems)
    search = seeded_table(found["search"], seed)
    given, shape = checked("search", search, problems), checked("program", program, problems)
    problems.found += conflicts(draft(given, shape, interface_of(eval_type)), problems)
    problems.check()
    sets = dict(zip(SETS, (search_tasks, select_tasks, final_tasks), strict=True))
    makers: dict[str, Callable[[], Sequence[Task]]] = {name: partial(list, t) for name, t in sets.items()}
    params = parameters(search, program, eval_type)
    return Config(params, source, makers, compared=("search", "select"))


@takes(data=a_path, target=a_text, overrides=_overrides, seed=_seed)
def table_config(
    data: str,
    target: str,
    *,
    overrides: Sequence[str] = (),
    seed: int | None = None,
    **settings: Any,
) -> Config:
    """Configuration for a csv table and its column to predict, with defaults that suit tables.

    `settings` are parameters of tasks of the kind `table`: eval_type, epochs, max_abs_error.
    """
    tables, problems = _for_table(data, target, settings, seed), Problems()
    put_all(overrides, tables, problems)
    # Relative paths start at the working directory.
    return _config(check_tables(tables, Path(), seed, problems), data)


@takes(data=a_path, target=a_text, overrides=_overrides)
def table_config_tables(data: str, target: str, overrides: Sequence[str] = ()) -> ConfigTables:
    """The tables of `table_config`."""
    tables, problems = _for_table(data, target, {}, None), Problems()
    put_all(overrides, tables, problems)
    return _tables_of(Path(), tables, problems)


def _for_table(data: str, target: str, more: Mapping[str, Any], seed: int | None) -> dict[str, Any]:
    """Default tables for a csv table, by its features and evaluation type."""
    search: dict[str, Any] = {"kind": "table", "path": data, "target": target, **more}
    maker = maker_from_table(search, defaults=set_defaults("search", seed or SEARCH["seed"].default))
    assert isinstance(maker, TableTasks)
    how = maker.preprocessing()
    return {
        **default_tables(len(how.features), interface_of(how.eval_type).classes),
        "tasks": {"search": search},
    }


def _config(right: CheckedTables, source: str) -> Config:
    """Configuration from checked tables; the search tasks are made."""
    sets, makers, folder = right.sets, dict(right.makers), right.folder
    if right.evaluator is not None:
        return Config(
            right.params(),
            source,
            {},
            _kinds(right),
            complete_tables(right),
            evaluator=right.evaluator,
            right=right,
        )
    # Only now, with all tables checked, are data drawn or decoded.
    right = attrs.evolve(right, declared=interface_of(eval_type_of(makers["search"]())))
    if (first := first_of(sets["final"])) is not sets["final"]:
        makers[FIRST_FINAL] = cache(partial(made_tasks, FIRST_FINAL, first.make, folder))
    table = sets["search"]
    return Config(
        right.params(),
        source,
        makers,
        _kinds(right),
        complete_tables(right),
        table.preprocessing(folder) if isinstance(table, TableTasks) else None,
        tuple(name for name in makers if name in sets and may_be_copies(sets[name], sets["final"], folder)),
        right=right,
    )


def _kinds(right: CheckedTables) -> tuple[Kind, ...]:
    """The kinds of islands that there are."""
    return tuple(
        Kind(right.params(table), name, count)
        for table, name, count in zip((*right.islands, {}), right.names, right.numbers, strict=True)
        if count
    )


def _sets(tasks: object) -> dict[str, list[Task]]:
    """Given sets of tasks, checked."""
    if not isinstance(tasks, Mapping) or {*tasks} != {*SETS}:
        raise fault("tasks", f"a dict with a sequence of tasks for each of {', '.join(SETS)}", tasks)
    return {name: _tasks(f"tasks[{name!r}]", tasks[name]) for name in SETS}
