"""The configuration of a search: a TOML file with overrides, or tasks that are there already."""

import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, TypeVar

import attrs

from azc.arguments import a_path, a_seed, a_text, fault, kind_of, optional, several, takes, text_or_bytes
from azc.errors import AzcError
from azc.ir import interface_of
from azc.reading import read_whole
from azc.search.checks import INITIAL, SEARCH
from azc.search.defaults import default_tables
from azc.search.files import program_file
from azc.search.initial import first_programs
from azc.search.island_kinds import Kind, checked_kind, counts, of_search
from azc.search.params import KEYS, Params, checked, conflicts, draft, parameters
from azc.search.resolved import program_table, search_table, tasks_table
from azc.search.sets import add_island_tasks, check_final, makers_of, set_name
from azc.search.space import coding_of, room
from azc.settings import Problems, SettingProblem, SettingsError, is_inside, nearest, shown
from azc.tasks import (
    SETS,
    Arrays,
    Maker,
    Preprocessing,
    TableTasks,
    Task,
    first_seen,
    maker_from_table,
    may_be_copies,
    missing_parameters,
    set_defaults,
)

TABLES: Final = ("search", "program", "tasks", "islands", "versions")
_FIRST_FINAL: Final = "the first of final"
Made = TypeVar("Made")


_overrides: Final = several(a_text, "a sequence of texts like search.max_seconds=20")
_seed: Final = optional(a_seed)
_data: Final = optional(text_or_bytes)
_tasks: Final = several(kind_of(Task), "a sequence of tasks, at least one", 1)


@takes(params=kind_of(Params), source=a_text)
@attrs.frozen(eq=False)
class Config:
    """All that a search needs; tasks are made when first asked for, and kept."""

    params: Params
    source: str
    """Where it comes from, for people."""
    _makers: Mapping[str, Callable[[], Sequence[Task]]]
    kinds: tuple[Kind, ...] = attrs.field()
    """The islands."""
    tables: Mapping[str, Any] = attrs.field()
    """The same as a configuration file would say it, complete; without `tasks` where these were given."""
    preprocessing: Preprocessing | None = None
    """How the search tasks' table is prepared, if they are made of one."""
    _compared: tuple[str, ...] = ()
    """Sets whose examples are compared with the final ones, as nothing else tells them apart."""

    @kinds.default
    def _alike(self) -> tuple[Kind, ...]:
        return (Kind(self.params, "search", self.params.n_islands),)

    @tables.default
    def _without_tasks(self) -> Mapping[str, Any]:
        return {"search": search_table(self.params), "program": program_table(self.params)}

    def tasks(self, name: str) -> list[Task]:
        """The `search`, `select` or `final` tasks, or what a kind of island calls its own."""
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
        """The indexes of the kinds of islands whose fitness is that of `[tasks.search]` and `[search]`.

        All of them where there are none: then at least islands of one kind can be compared.
        """
        alike = {
            index
            for index, kind in enumerate(self.kinds)
            if (kind.tasks, kind.params.precision) == ("search", self.params.precision)
        }
        return alike or {*range(len(self.kinds))}

    def first_final(self) -> Task:
        """The first of the final tasks; no others are made where a maker can do without.

        AzcError if final tasks are those that the search sees.
        """
        tasks = self._of_source(self._makers.get(_FIRST_FINAL, self._makers["final"]))
        if not tasks:
            raise AzcError(f"{self.source}: tasks.final: there are no tasks; expected at least one")
        if seen := first_seen(tasks, {name: self.tasks(name) for name in self._compared}):
            index, name, number = seen
            raise AzcError(
                f"{self.source}: tasks.final: task {index} validates on the examples of task {number} of "
                f"{set_name(name)}; expected examples that the search never sees"
            )
        return tasks[0]


def _toml_path(name: str, value: Any) -> Any:
    if isinstance(value, str | os.PathLike):
        return a_path(name, value)
    raise AzcError(
        f"load_config takes the path of a TOML file, but it is {shown(value)}; write tables that you have "
        "as TOML first, or take default_config for tasks that you have"
    )


@takes(path=_toml_path, overrides=_overrides, seed=_seed, data=_data)
def load_config(
    path: str | Path,
    overrides: Sequence[str] = (),
    seed: int | None = None,
    *,
    data: str | bytes | None = None,
) -> Config:
    """The configuration of a TOML file with the tables [search], [program] and [tasks.search].

    [tasks.select] and [tasks.final] without a kind of their own are [tasks.search] with what they change,
    from seeds of their own. An override is `table.key=value`, the value as in TOML or a bare word; `seed` is
    search.seed. Relative paths start at the file's folder. `data` is what the file holds, if it was read
    already.

    AzcError names the file and everything that is wrong in it, each with its key.
    """
    path = Path(path)

    def made(tables: Mapping[str, Any], problems: Problems) -> Config:
        return _config(_checked(tables, path.parent, seed, problems), str(path))

    return _from_file(path, data, overrides, made)


@attrs.frozen(eq=False)
class ConfigTables:
    """The tables of a configuration, checked without drawing tasks or decoding images."""

    given: Mapping[str, Any]
    """What a person wrote, overrides included."""
    complete: Mapping[str, Any]
    """Every key that has a value, with paths that no longer depend on a folder."""
    folder: Path
    """Where relative paths in `given` start."""


@takes(path=_toml_path, overrides=_overrides, data=_data)
def config_tables(
    path: str | Path, overrides: Sequence[str] = (), *, data: str | bytes | None = None
) -> ConfigTables:
    """The tables of a TOML file; arguments and errors as for `load_config`."""
    path = Path(path)
    return _from_file(path, data, overrides, partial(_tables_of, path.parent))


@takes(kind=a_text, overrides=_overrides)
def default_config_tables(kind: str, overrides: Sequence[str] = ()) -> ConfigTables:
    """The tables of a configuration that says nothing but the kind of its tasks, and overrides.

    Parameters that tasks of the kind need are missing if no override gives them.
    """
    tables: dict[str, Any] = {"tasks": {"search": {"kind": kind}}}
    problems = Problems()
    _put_all(overrides, tables, problems)
    search: Any = tables["tasks"]["search"]
    if not (missing := missing_parameters(search)):
        return _tables_of(Path(), tables, problems)
    try:
        maker_from_table(search)
    except SettingsError as error:
        problems.add("tasks.search", *(one.what for one in error.problems if one.key not in missing))
    # Other tasks stand in, so that all else is checked and complete.
    found = _tables_of(Path(), tables | {"tasks": {"search": {"kind": "linear"}}}, problems)
    return attrs.evolve(found, given=tables, complete={**found.complete, "tasks": tables["tasks"]})


def _tables_of(folder: Path, tables: Mapping[str, Any], problems: Problems) -> ConfigTables:
    return ConfigTables(tables, _complete(_checked(tables, folder, None, problems)), folder)


def _from_file(
    path: Path,
    data: str | bytes | None,
    overrides: Sequence[str],
    made: Callable[[Mapping[str, Any], Problems], Made],
) -> Made:
    """What is made of a file's tables with overrides; errors name the file and are in its order."""
    try:
        text = _read(path, data)
        tables, problems = _parsed(text), Problems()
        _put_all(overrides, tables, problems)
        try:
            return made(tables, problems)
        except SettingsError as error:
            raise SettingsError(_in_order(error.problems, tables, text), str(path)) from None
    except SettingsError:
        raise
    except AzcError as error:
        raise AzcError(f"{path}: {error}") from None


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
    """A configuration for tasks that are there already, with settings that suit tables.

    Overrides as for `load_config`, of search and program. A run refuses final tasks that the search sees.
    """
    eval_type = _eval_type(search_tasks)
    features = max(task.features for task in search_tasks)
    tables: dict[str, Any] = default_tables(features, interface_of(eval_type).classes)
    problems = Problems()
    for override in overrides:
        with problems.at(""):
            if override.startswith("tasks"):
                raise AzcError(f"{override}: the tasks are given; overrides are of search and program")
            _put(tables, override)
    found = _known_tables(tables, problems)
    program = _own_program(found["program"], Path(), problems)
    search = _seeded(found["search"], seed)
    given, shape = checked("search", search, problems), checked("program", program, problems)
    problems.found += conflicts(draft(given, shape, eval_type), problems)
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
    """A configuration for a table of one's own and a column to predict, with settings that suit tables.

    `settings` are parameters of tasks of the kind `table`: eval_type, epochs, max_abs_error.
    """
    tables, problems = _for_table(data, target, settings, seed), Problems()
    _put_all(overrides, tables, problems)
    # Relative paths start where the command does.
    return _config(_checked(tables, Path(), seed, problems), data)


@takes(data=a_path, target=a_text, overrides=_overrides)
def table_config_tables(data: str, target: str, overrides: Sequence[str] = ()) -> ConfigTables:
    """The tables of `table_config`."""
    tables, problems = _for_table(data, target, {}, None), Problems()
    _put_all(overrides, tables, problems)
    return _tables_of(Path(), tables, problems)


def _for_table(data: str, target: str, more: Mapping[str, Any], seed: int | None) -> dict[str, Any]:
    """Tables that suit a table of one's own: its features and evaluation type decide."""
    search: dict[str, Any] = {"kind": "table", "path": data, "target": target, **more}
    maker = maker_from_table(search, defaults=set_defaults("search", seed or SEARCH["seed"].default))
    assert isinstance(maker, TableTasks)
    how = maker.preprocessing()
    return {
        **default_tables(len(how.features), interface_of(how.eval_type).classes),
        "tasks": {"search": search},
    }


def _read(path: Path, data: str | bytes | None) -> str:
    try:
        found = read_whole(path) if data is None else data
        return found if isinstance(found, str) else found.decode("utf-8-sig")
    except OSError as error:
        raise AzcError(f"cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise AzcError(f"is no valid TOML: {error}") from None


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # tomllib says line and column.
        raise AzcError(f"is no valid TOML: {error}") from None


def _put_all(overrides: Sequence[str], tables: dict[str, Any], problems: Problems) -> None:
    for override in overrides:
        with problems.at(""):
            _put(tables, override)


def _put(tables: dict[str, Any], override: str) -> None:
    """Set one value, as `--set` gives it."""
    name, equals, text = override.partition("=")
    keys = [key.strip() for key in name.split(".")]
    if not equals or len(keys) < 2 or not all(keys):
        raise AzcError(f"{override!r}: expected table.key=value, like search.max_seconds=20")
    for key in keys[:-1]:
        tables = tables.setdefault(key, {})
        if not isinstance(tables, dict):
            raise AzcError(f"{override!r}: {key} is no table, so it has no key {keys[-1]!r}")
    tables[keys[-1]] = _value(text.strip())


def _value(text: str) -> Any:
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return parsed["value"] if len(parsed) == 1 else text


@attrs.frozen(eq=False)
class _Checked:
    """A configuration in which nothing is wrong that can be found without making its tasks."""

    search: Mapping[str, Any]
    program: Mapping[str, Any]
    sets: Mapping[str, Maker]
    makers: dict[str, Callable[[], Sequence[Task]]]
    islands: Sequence[Mapping[str, Any]]
    names: Sequence[str]
    """The set of tasks of each kind of islands."""
    numbers: Sequence[int]
    """How many islands there are of each kind."""
    eval_type: str
    folder: Path


def _checked(tables: Mapping[str, Any], folder: Path, seed: int | None, problems: Problems) -> _Checked:
    """The checked values of tables; all that is wrong with them is raised together."""
    found = _known_tables(tables, problems)
    search = _seeded(found["search"], seed)
    program = _own_program(found["program"], folder, problems)
    given, shape = checked("search", search, problems), checked("program", program, problems)
    sets = makers_of(found["tasks"], given["seed"], problems)
    islands = found["islands"]
    numbers = _checked_islands(islands, given["n_islands"], problems)
    names = add_island_tasks(sets, found["tasks"], islands, given["seed"], problems)
    check_final(sets, folder, problems)
    makers: dict[str, Callable[[], Sequence[Task]]] = {
        name: cache(partial(_made, name, maker.make, folder)) for name, maker in sets.items()
    }
    eval_type, n_train = _of_tasks(sets.get("search"), makers.get("search"), folder, problems)
    _check_together(given, shape, eval_type, problems)
    _check_hurdle(given, n_train, problems)
    _check_kinds(search, shape, islands, eval_type, n_train, problems)
    problems.check()
    assert eval_type is not None
    return _Checked(search, program, sets, makers, islands, names, numbers, eval_type, folder)


def _config(right: _Checked, source: str) -> Config:
    """The configuration of tables that were checked; the search tasks are made."""
    sets, makers, folder = right.sets, dict(right.makers), right.folder
    # Everything a person wrote was checked before data are drawn or decoded.
    eval_type = _eval_type(makers["search"]())
    if (first := _first(sets["final"])) is not sets["final"]:
        makers[_FIRST_FINAL] = cache(partial(_made, _FIRST_FINAL, first.make, folder))
    kinds = tuple(
        Kind(parameters({**right.search, **of_search(table)}, right.program, eval_type), name, count)
        for table, name, count in zip((*right.islands, {}), right.names, right.numbers, strict=True)
        if count
    )
    table = sets["search"]
    return Config(
        parameters(right.search, right.program, eval_type),
        source,
        makers,
        kinds,
        _complete(right),
        table.preprocessing(folder) if isinstance(table, TableTasks) else None,
        tuple(name for name in makers if name in sets and may_be_copies(sets[name], sets["final"], folder)),
    )


def _complete(right: _Checked) -> dict[str, Any]:
    """The tables with every key."""
    params = parameters(right.search, right.program, right.eval_type)
    own = [dict(table) for table in right.islands]
    for index, table in enumerate(own):
        if "tasks" in table:
            table["tasks"] = tasks_table(right.sets[f"islands[{index}].tasks"], right.folder)
    return {
        "search": search_table(params),
        "program": program_table(params),
        "tasks": {name: tasks_table(right.sets[name], right.folder) for name in SETS},
        **({"islands": own} if own else {}),
    }


def _known_tables(tables: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    """The tables that are known and of the right form; empty ones for all others."""
    found: dict[str, Any] = {"search": {}, "program": {}, "tasks": {}, "islands": []}
    for name, values in tables.items():
        if name not in TABLES:
            home = next((f"it is a key of [{table}]" for table in KEYS if name in KEYS[table]), None)
            what = f"there is no table [{name}]; {home or nearest(name, TABLES)}"
            problems.found.append(SettingProblem("", what, name))
        elif name == "islands" and not isinstance(values, list):
            problems.add(name, f"expected tables [[islands]], but it is {shown(values)}")
        elif name != "islands" and not isinstance(values, Mapping):
            problems.add(name, f"expected a table, but it is {shown(values)}")
        else:
            found[name] = values
    for name, values in found["tasks"].items():
        if name not in SETS:
            problems.add(f"tasks.{name}", f"there is no such set of tasks; {nearest(name, SETS)}")
        elif not isinstance(values, Mapping):
            problems.add(f"tasks.{name}", f"expected a table, but it is {shown(values)}")
    return found


def _in_order(
    problems: Sequence[SettingProblem], tables: Mapping[str, Any], text: str
) -> list[SettingProblem]:
    """Problems in the order of a file: by table, then by key; what is in no table goes first."""
    headers = [match[1] for match in re.finditer(r"^[ \t]*\[\[?[ \t]*([\w.]+)", text, re.MULTILINE)]
    key_paths = list(_key_paths(tables, ""))

    def rank(problem: SettingProblem) -> tuple[int, int]:
        where = problem.where or problem.key
        found = re.match(r"(tasks\.)?\w*", where)
        table = found[0] if found else ""
        header = next((i for i, name in enumerate(headers) if is_inside(name, table)), len(headers))
        inside = [i for i, key_path in enumerate(key_paths) if is_inside(where, key_path)]
        return (header if table else -1), max(inside, default=-1)

    return sorted(problems, key=rank)


def _key_paths(value: Any, where: str) -> Iterator[str]:
    """The names of everything in a table, in its order: `search`, `search.seed`, `islands[0].count`."""
    inner: Iterator[tuple[str, Any]] = iter(())
    if isinstance(value, Mapping):
        inner = ((f"{where}.{key}" if where else key, one) for key, one in value.items())
    elif isinstance(value, list) and where == "islands":
        inner = ((f"{where}[{index}]", one) for index, one in enumerate(value))
    for name, one in inner:
        yield name
        yield from _key_paths(one, name)


def _checked_islands(islands: Sequence[Any], n_islands: int, problems: Problems) -> list[int]:
    """How many islands each table is for; nothing if one is at fault."""
    if problems.wrong("search.n_islands"):
        for index, table in enumerate(islands):
            checked_kind(index, table, problems)
        return []
    with problems.at(""):
        return counts(islands, n_islands)
    return []


def _of_tasks(
    maker: Any, make: Callable[[], Sequence[Task]] | None, folder: Path, problems: Problems
) -> tuple[str | None, int | None]:
    """The evaluation type of the search tasks and their fewest training examples, None if not known.

    A file of a person's own is read for it, whatever else is wrong; nothing is drawn or decoded.
    """
    if maker is None or make is None:
        return None, None
    if isinstance(maker, Arrays | TableTasks):
        with problems.at(""):
            tasks = make()
            return _eval_type(tasks), min(task.n_train for task in tasks)
        return None, None
    named = getattr(maker, "path", "")
    if named and not (path := folder / Path(named).expanduser()).exists():
        problems.add("tasks.search", f"{path}: there is no such file or folder")
    return maker.evaluation, maker.train


def _check_together(
    given: Mapping[str, Any], shape: Mapping[str, Any], eval_type: str | None, problems: Problems
) -> None:
    """What does not go together in [search] and [program], the first programs included."""
    problems.found += conflicts(draft(given, shape, eval_type), problems)
    if eval_type is None or problems.wrong("program"):
        return
    # Keys of [search] change nothing of what programs may name.
    usual = checked("search", {}, Problems())
    params = Params(**draft(usual, shape, eval_type))
    coding = coding_of(params)
    for number, program in enumerate(first_programs(params), start=1):
        try:
            coding.pack(program, room(params))
        except AzcError as error:
            problems.add(
                f"program.initial, program {number}",
                f"{error}; raise program.addresses, or change the program",
            )


def _check_kinds(
    search: Mapping[str, Any],
    shape: Mapping[str, Any],
    islands: Sequence[Any],
    eval_type: str | None,
    n_train: int | None,
    problems: Problems,
) -> None:
    """What does not go together on islands of a kind, and does for all others."""
    known = {str(problem) for problem in problems.found}
    for index, table in enumerate(islands):
        if not isinstance(table, Mapping) or problems.wrong(f"islands[{index}]"):
            continue
        given = checked("search", {**search, **of_search(table)}, Problems())
        found = Problems()
        found.found += conflicts(draft(given, shape, eval_type), problems)
        _check_hurdle(given, None if "tasks" in table else n_train, found)
        problems.add(f"islands[{index}]", *(text for text in map(str, found.found) if text not in known))


def _check_hurdle(given: Mapping[str, Any], n_train: int | None, problems: Problems) -> None:
    hurdle = given["hurdle"]
    if hurdle is not None and n_train is not None and hurdle.train > n_train:
        problems.add(
            "search.hurdle.train",
            f"{hurdle.train:,} are more than a task's {n_train:,} training examples; expected a first part "
            "of them",
        )


def _seeded(search: Mapping[str, Any], seed: int | None) -> dict[str, Any]:
    return dict(search) if seed is None else {**search, "seed": seed}


def _own_program(program: Mapping[str, Any], folder: Path, problems: Problems) -> dict[str, Any]:
    """The table with programs instead of their files' names; without those that cannot be read."""
    named = program.get("initial")
    names = named if isinstance(named, list) else [named]
    files = [name for name in names if isinstance(name, str) and _is_file(name, folder)]
    if not files or len(files) < len(names):
        return dict(program)
    from azc.language import load

    programs = []
    for name in files:
        with problems.at("program.initial"):
            programs.append(load(program_file(folder / Path(name).expanduser())))
    if len(programs) < len(files):
        return {key: value for key, value in program.items() if key != "initial"}
    return {**program, "initial": programs}


def _is_file(name: str, folder: Path) -> bool:
    """Whether a name is that of a program's file or a run's folder, and no word."""
    return bool(re.search(r"\.azl$|/", name)) or (name not in INITIAL and (folder / name).is_dir())


def _first(maker: Any) -> Maker:
    """A maker of as few of the same tasks as it can, from the first on.

    A person's own table is read once, as a whole: it may be another before the run has ended.
    """
    fewer = "tasks" in attrs.fields_dict(type(maker)) and not isinstance(maker, TableTasks)
    first: Maker = attrs.evolve(maker, tasks=1) if fewer else maker
    return first


def _made(name: str, make: Callable[[Path], Sequence[Task]], folder: Path) -> Sequence[Task]:
    try:
        return make(folder)
    except AzcError as error:
        where = "tasks.final" if name == _FIRST_FINAL else set_name(name)
        raise SettingsError([SettingProblem(where, str(error))]) from None


def _eval_type(tasks: Sequence[Task]) -> str:
    if not tasks:
        raise SettingsError([SettingProblem("tasks.search", "there are no tasks; expected at least one")])
    return tasks[0].eval_type
