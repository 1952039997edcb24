"""The configuration of a search: a TOML file with overrides, or tasks that are there already."""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import attrs

from azc.errors import AzcError
from azc.ir import interface_of
from azc.search.checks import PROGRAM, SEARCH
from azc.search.defaults import default_tables
from azc.search.evolution import room
from azc.search.initial import first_programs
from azc.search.kinds import OWN as OWN_OF_ISLANDS
from azc.search.kinds import Kind, counts
from azc.search.names import nearest
from azc.search.params import Params, checked, parameters
from azc.search.resolved import program_table, search_table, tasks_table
from azc.search.space import coding_of
from azc.tasks import SETS, Maker, Preprocessing, TableTasks, Task, maker_from_table, set_defaults

TABLES: Final = ("search", "program", "tasks", "islands", "versions")
OWN: Final = ("seed", "set")
"""What a set of tasks never takes over from another."""
_FIRST_FINAL: Final = "the first of final"


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

    @kinds.default
    def _alike(self) -> tuple[Kind, ...]:
        return (Kind(self.params, "search", self.params.n_islands),)

    @tables.default
    def _without_tasks(self) -> Mapping[str, Any]:
        return {"search": search_table(self.params), "program": program_table(self.params)}

    def tasks(self, name: str) -> list[Task]:
        """The `search`, `select` or `final` tasks, or what a kind of island calls its own."""
        return self._of_source(self._makers[name])

    def _of_source(self, make: Callable[[], Sequence[Task]]) -> list[Task]:
        try:
            return list(make())
        except AzcError as error:
            raise AzcError(f"{self.source}: {error}") from None

    @property
    def comparable(self) -> set[int]:
        """The places of the kinds of islands whose fitness is that of `[tasks.search]` and `[search]`.

        All of them where there are none: then at least islands of one kind can be compared.
        """
        alike = {
            place
            for place, kind in enumerate(self.kinds)
            if (kind.tasks, kind.params.precision) == ("search", self.params.precision)
        }
        return alike or {*range(len(self.kinds))}

    def first_final(self) -> Task:
        """The first of the final tasks; no others are made where a maker can do without."""
        tasks = self._of_source(self._makers.get(_FIRST_FINAL, self._makers["final"]))
        if not tasks:
            raise AzcError(f"{self.source}: tasks.final: there are no tasks; expected at least one")
        return tasks[0]


def load_config(path: str | Path, overrides: Sequence[str] = (), seed: int | None = None) -> Config:
    """The configuration of a TOML file with the tables [search], [program] and [tasks.search].

    [tasks.select] and [tasks.final] without a kind of their own are [tasks.search] with what they change,
    from seeds of their own. An override is `table.key=value`, the value as in TOML or a bare word; `seed` is
    search.seed. Relative paths start at the file's folder. AzcError names the file and the key at fault.
    """
    path = Path(path)
    try:
        tables = _read(path)
        for override in overrides:
            _put(tables, override)
        return _config(tables, path, seed)
    except AzcError as error:
        raise AzcError(f"{path}: {error}") from None


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

    Overrides as for `load_config`, of search and program.
    """
    eval_type = _eval_type(search_tasks)
    features = max(task.features for task in search_tasks)
    tables: dict[str, Any] = default_tables(features, interface_of(eval_type).classes)
    for override in overrides:
        if override.startswith("tasks"):
            raise AzcError(f"{override}: the tasks are given; overrides are of search and program")
        _put(tables, override)
    _check_tables(tables)
    sets = dict(zip(SETS, (search_tasks, select_tasks, final_tasks), strict=True))
    makers: dict[str, Callable[[], Sequence[Task]]] = {name: partial(list, t) for name, t in sets.items()}
    search = _seeded(tables["search"], seed)
    params = parameters(search, _own_program(tables["program"], Path()), eval_type)
    return Config(params, source, makers)


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
    search: dict[str, Any] = {"kind": "table", "path": data, "target": target, **settings}
    maker = maker_from_table(search, defaults=set_defaults("search", seed or 0))
    assert isinstance(maker, TableTasks)
    how = maker.preprocessing()
    tables = default_tables(len(how.features), interface_of(how.eval_type).classes)
    tables["tasks"] = {"search": search}
    for override in overrides:
        _put(tables, override)
    # Relative paths start where the command does.
    return attrs.evolve(_config(tables, Path("table.toml"), seed), source=data)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise AzcError(f"cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        # tomllib says line and column; text that is not UTF-8 comes here too.
        raise AzcError(f"is no valid TOML: {error}") from None


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


def _config(tables: dict[str, Any], path: Path, seed: int | None) -> Config:
    _check_tables(tables)
    folder = path.parent
    search, program = _seeded(tables.get("search", {}), seed), tables.get("program", {})
    program = _own_program(program, folder)
    # Everything a person wrote is checked before data are read.
    given = checked("search", search, SEARCH)
    checked("program", program, PROGRAM)
    sets = _sets(tables.get("tasks", {}), given["seed"])
    islands = tables.get("islands", [])
    numbers, names = counts(islands, given["n_islands"]), ["search"] * (len(islands) + 1)
    for place, table in enumerate(islands):
        checked(f"islands[{place}]", _of_search(table), SEARCH)
        if "tasks" in table:
            names[place] = f"islands[{place}].tasks"
            sets[names[place]] = _island_tasks(names[place], tables["tasks"], table["tasks"], given["seed"])
    makers = {name: cache(partial(_made, name, maker.make, folder)) for name, maker in sets.items()}
    if (first := _first(sets["final"])) is not sets["final"]:
        makers[_FIRST_FINAL] = cache(partial(_made, _FIRST_FINAL, first.make, folder))
    eval_type = _eval_type(makers["search"]())
    params = parameters(search, program, eval_type)
    _check_first_programs(params)
    kinds = tuple(
        Kind(parameters(search | _of_search(table), program, eval_type), name, count)
        for table, name, count in zip((*islands, {}), names, numbers, strict=True)
        if count
    )
    for kind in kinds:
        if kind.tasks == "search":
            _check_hurdle(kind.params, makers["search"]())
    table = sets["search"]
    preprocessing = table.preprocessing(folder) if isinstance(table, TableTasks) else None
    return Config(params, str(path), makers, kinds, _complete(params, sets, islands, folder), preprocessing)


def _complete(
    params: Params, sets: Mapping[str, Maker], islands: Sequence[Mapping[str, Any]], folder: Path
) -> dict[str, Any]:
    """The tables with every key."""
    own = [dict(table) for table in islands]
    for place, table in enumerate(own):
        if "tasks" in table:
            table["tasks"] = tasks_table(sets[f"islands[{place}].tasks"], folder)
    return {
        "search": search_table(params),
        "program": program_table(params),
        "tasks": {name: tasks_table(sets[name], folder) for name in SETS},
        **({"islands": own} if islands else {}),
    }


def _of_search(table: Mapping[str, Any]) -> dict[str, Any]:
    """What a table of islands says of `[search]`."""
    return {key: value for key, value in table.items() if key not in OWN_OF_ISLANDS}


def _island_tasks(where: str, tasks: Mapping[str, Any], own: Any, seed: int) -> Maker:
    if not isinstance(own, Mapping):
        raise AzcError(f"{where}: expected a table like {{features = 8}}, but it is {own!r}")
    try:
        return maker_from_table({**tasks["search"], **own}, defaults=set_defaults("search", seed))
    except AzcError as error:
        raise AzcError(f"{where}: {error}") from None


def _check_tables(tables: Mapping[str, Any]) -> None:
    for name, values in tables.items():
        if name not in TABLES:
            raise AzcError(f"there is no table [{name}]; {nearest(name, TABLES)}")
        if name == "islands":
            if not isinstance(values, list):
                raise AzcError(f"islands: expected tables [[islands]], but it is {values!r}")
        elif not isinstance(values, Mapping):
            raise AzcError(f"{name}: expected a table, but it is {values!r}")
    for name, values in tables.get("tasks", {}).items():
        if name not in SETS:
            raise AzcError(f"tasks.{name}: there is no such set of tasks; {nearest(name, SETS)}")
        if not isinstance(values, Mapping):
            raise AzcError(f"tasks.{name}: expected a table, but it is {values!r}")


def _seeded(search: Mapping[str, Any], seed: int | None) -> dict[str, Any]:
    return dict(search) if seed is None else {**search, "seed": seed}


def _own_program(program: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The table with programs in the place of their files' names."""
    named = program.get("initial")
    names = named if isinstance(named, list) else [named]
    files = [name for name in names if isinstance(name, str) and re.search(r"\.azl$|/", name)]
    if not files or len(files) < len(names):
        return dict(program)
    from azc.language import load

    try:
        return {**program, "initial": [load(folder / Path(name).expanduser()) for name in files]}
    except AzcError as error:
        raise AzcError(f"program.initial: {error}") from None


def _check_first_programs(params: Params) -> None:
    """AzcError where a first program names what a search has not, before anything is begun."""
    coding = coding_of(params)
    for number, program in enumerate(first_programs(params), start=1):
        try:
            coding.pack(program, room(params))
        except AzcError as error:
            raise AzcError(
                f"program.initial, program {number}: {error}; raise program.addresses, or change the program"
            ) from None


def _sets(tables: Mapping[str, Mapping[str, Any]], seed: int) -> dict[str, Maker]:
    if "search" not in tables:
        raise AzcError('expected a table [tasks.search], with at least a kind like kind = "linear"')
    common = {key: value for key, value in tables["search"].items() if key not in OWN}
    makers: dict[str, Maker] = {}
    for name in SETS:
        table = tables.get(name, {})
        if name != "search" and not {"kind", "dataset"} & table.keys():
            table = {**common, **table}
        try:
            makers[name] = maker_from_table(table, defaults=set_defaults(name, seed))
        except AzcError as error:
            raise AzcError(f"tasks.{name}: {error}") from None
    return makers


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
        where = {_FIRST_FINAL: "tasks.final"}.get(name, f"tasks.{name}" if name in SETS else name)
        raise AzcError(f"{where}: {error}") from None


def _check_hurdle(params: Params, tasks: Sequence[Task]) -> None:
    fewest = min(task.n_train for task in tasks)
    if params.hurdle is not None and params.hurdle.train > fewest:
        raise AzcError(
            f"search.hurdle.train: {params.hurdle.train:,} are more than a task's {fewest:,} training "
            "examples; expected a first part of them"
        )


def _eval_type(tasks: Sequence[Task]) -> str:
    if not tasks:
        raise AzcError("tasks.search: there are no tasks; expected at least one")
    return tasks[0].eval_type
