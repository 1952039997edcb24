"""Checks of a configuration's tables together, without drawing tasks or decoding images."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from math import inf
from pathlib import Path
from typing import Any, Final

import attrs

from azc.errors import AzcError
from azc.evaluators import EVALUATOR, EvaluatorSettings
from azc.ir import Interface, Signature, SignatureLike, interface_of
from azc.problems import Problems, SettingProblem, SettingsError, nearest
from azc.search.checks import INITIAL
from azc.search.files import program_file
from azc.search.initial import first_programs
from azc.search.island_kinds import checked_kind, counts, of_search
from azc.search.params import Params, ProgramSettings, checked, conflicts, draft, parameters
from azc.search.resolved import evaluator_tables, program_table, search_table, tasks_table
from azc.search.sets import add_island_tasks, check_final, makers_of, set_name
from azc.search.space import coding_of
from azc.search.written import known_tables
from azc.settings import taken
from azc.tasks import SETS, Arrays, Maker, TableTasks, Task

FIRST_FINAL: Final = "the first of final"


NEED_TASKS: Final = ("hurdle", "functional_cache", "train_budget", "race")
"""Keys of `[search]` that have no meaning with an evaluator of one's own."""
ASSUMED: Final[Mapping[str, Any]] = {"target_fitness": inf, "race": False}
"""Defaults of `[search]` with an evaluator of one's own."""


@attrs.frozen(eq=False)
class CheckedTables:
    """Checked tables of a configuration; only the making of its tasks may still fail."""

    search: Mapping[str, Any]
    program: Mapping[str, Any]
    sets: Mapping[str, Maker]
    """Makers of tasks by the set's name; none with an evaluator of one's own."""
    makers: dict[str, Callable[[], Sequence[Task]]]
    islands: Sequence[Mapping[str, Any]]
    names: Sequence[str]
    """The set of tasks of each kind of islands."""
    numbers: Sequence[int]
    """Number of islands of each kind."""
    declared: SignatureLike
    evaluator: EvaluatorSettings | None
    """Who scores programs where there are no tasks."""
    folder: Path
    assumed: frozenset[str] = frozenset()
    """Keys of `search` that were not given, but have defaults of an evaluator of one's own."""

    @property
    def declared_as(self) -> str | Signature:
        """The signature, or the name of the evaluation type."""
        return self.declared.name if isinstance(self.declared, Interface) else self.declared

    def params(self, table: Mapping[str, Any] | None = None) -> Params:
        """Parameters of the search, or of islands with a table of their own."""
        return parameters({**self.search, **of_search(table or {})}, self.program, self.declared_as)


def check_tables(
    tables: Mapping[str, Any], folder: Path, seed: int | None, problems: Problems
) -> CheckedTables:
    """Check tables; SettingsError lists all that is wrong with them."""
    found = known_tables(tables, problems)
    search = seeded_table(found["search"], seed)
    signature = _signature(found["signature"], problems)
    evaluator, assumed = None, frozenset[str]()
    if not found["tasks"] and not problems.wrong("tasks"):
        evaluator = _evaluator(found.get("evaluator", {}), folder, problems)
        if "evaluator" in found:
            # Without the table the tasks may be given later.
            problems.add("search", *_without_meaning(search, found["islands"]))
        assumed = frozenset(ASSUMED.keys() - search.keys())
        search = {**ASSUMED, **search}
    else:
        for name in ("signature", "evaluator"):
            if found.get(name) is not None:
                problems.add(name, "belongs to an evaluator of your own, which has no tasks; remove [tasks]")
    program = own_program(found["program"], folder, signature, problems)
    given = checked("search", search, problems)
    shape = checked("program", program, problems, signature=signature)
    sets = makers_of(found["tasks"], given["seed"], problems) if evaluator is None else {}
    islands = found["islands"]
    numbers = _checked_islands(islands, given, problems)
    names = ["search"] * (len(islands) + 1)
    if evaluator is None:
        names = add_island_tasks(sets, found["tasks"], islands, given["seed"], problems)
        check_final(sets, folder, problems)
    makers: dict[str, Callable[[], Sequence[Task]]] = {
        name: cache(partial(made_tasks, name, maker.make, folder)) for name, maker in sets.items()
    }
    eval_type, n_train = _of_tasks(sets.get("search"), makers.get("search"), folder, problems)
    declared: SignatureLike | None = signature
    if signature is None and (eval_type is not None or evaluator is not None):
        declared = interface_of(eval_type or "RMS_ERROR")
    _check_together(given, shape, declared, problems)
    _check_hurdle(given, n_train, problems)
    _check_kinds(search, shape, islands, declared, n_train, problems)
    problems.check()
    assert declared is not None
    return CheckedTables(
        search, program, sets, makers, islands, names, numbers, declared, evaluator, folder, assumed
    )


def complete_tables(right: CheckedTables) -> dict[str, Any]:
    """The tables with every key."""
    params = right.params()
    own = [dict(table) for table in right.islands]
    for index, table in enumerate(own):
        if "tasks" in table:
            table["tasks"] = tasks_table(right.sets[f"islands[{index}].tasks"], right.folder)
    tables: dict[str, Any] = {"search": search_table(params), "program": program_table(params)}
    if right.evaluator is None:
        tables["tasks"] = {name: tasks_table(right.sets[name], right.folder) for name in SETS}
    else:
        tables |= evaluator_tables(right.evaluator, right.declared)
    return {**tables, **({"islands": own} if own else {})}


def _signature(table: Any, problems: Problems) -> Signature | None:
    """The signature of a table; None if there is none, or it is wrong."""
    if table is None:
        return None
    try:
        return Signature.from_table(table)
    except SettingsError as error:
        problems.found += [SettingProblem(f"signature.{one.where}", one.what) for one in error.problems]
    return None


def _evaluator(table: Mapping[str, Any], folder: Path, problems: Problems) -> EvaluatorSettings:
    """The settings of an evaluator; its folder is whole."""
    unknown = "there is no such key; {}"
    values = taken(
        "evaluator", table, EVALUATOR, problems, lambda key: unknown.format(nearest(key, EVALUATOR))
    )
    if values["python"] is not None and values["command"] is not None:
        problems.add("evaluator", "python and command; give one of them")
    named = values["python"] is not None or values["command"] is not None
    if named or values["folder"] is not None:
        values["folder"] = str((folder / Path(values["folder"] or ".").expanduser()).resolve())
    return EvaluatorSettings(**values)


def _without_meaning(search: Mapping[str, Any], islands: Sequence[Any]) -> list[str]:
    """What to say of keys that need tasks."""
    found = [name for name in NEED_TASKS if search.get(name)]
    for index, table in enumerate(islands):
        inner = table if isinstance(table, Mapping) else {}
        found += [f"islands[{index}].{name}" for name in (*NEED_TASKS, "tasks") if inner.get(name)]
    return [f"{name} needs tasks, which an evaluator of your own does not have; remove it" for name in found]


def _checked_islands(islands: Sequence[Any], given: Mapping[str, Any], problems: Problems) -> list[int]:
    """Number of islands of each table; empty if a table is wrong."""
    if problems.wrong("search.n_islands"):
        for index, table in enumerate(islands):
            checked_kind(index, table, problems, given["strategy"])
        return []
    with problems.at(""):
        return counts(islands, given["n_islands"], given["strategy"])
    return []


def _of_tasks(
    maker: Any, make: Callable[[], Sequence[Task]] | None, folder: Path, problems: Problems
) -> tuple[str | None, int | None]:
    """Evaluation type of the search tasks and their minimum of training examples; None if not known.

    The user's csv and npz files are read for it, whatever else is wrong; nothing is drawn or decoded.
    """
    if maker is None or make is None:
        return None, None
    if isinstance(maker, Arrays | TableTasks):
        with problems.at(""):
            tasks = make()
            return eval_type_of(tasks), min(task.n_train for task in tasks)
        return None, None
    named = getattr(maker, "path", "")
    if named and not (path := folder / Path(named).expanduser()).exists():
        problems.add("tasks.search", f"{path}: there is no such file or folder")
    return maker.evaluation, maker.train


def _check_together(
    given: Mapping[str, Any], shape: Mapping[str, Any], declared: SignatureLike | None, problems: Problems
) -> None:
    """Add conflicts within [search] and [program], the first programs included."""
    if problems.wrong("signature"):
        return
    parts = draft(given, shape, declared)
    problems.found += conflicts(parts, problems)
    if declared is None or problems.wrong("program"):
        return
    settings: ProgramSettings = parts["program"]
    coding = coding_of(settings)
    for number, program in enumerate(first_programs(settings), start=1):
        try:
            coding.pack(program, sum(map(len, program.functions)))
        except AzcError as error:
            problems.add(
                f"program.initial, program {number}",
                f"{error}; raise program.addresses, or change the program",
            )


def _check_kinds(
    search: Mapping[str, Any],
    shape: Mapping[str, Any],
    islands: Sequence[Any],
    declared: SignatureLike | None,
    n_train: int | None,
    problems: Problems,
) -> None:
    """Add conflicts that only some kinds of islands have."""
    known = {str(problem) for problem in problems.found}
    for index, table in enumerate(islands):
        wrong = problems.wrong(f"islands[{index}]", "signature")
        if not isinstance(table, Mapping) or wrong:
            continue
        given = checked("search", {**search, **of_search(table)}, Problems())
        found = Problems()
        found.found += conflicts(draft(given, shape, declared), problems)
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


def seeded_table(search: Mapping[str, Any], seed: int | None) -> dict[str, Any]:
    """The table `[search]` with a seed, if one is given."""
    return dict(search) if seed is None else {**search, "seed": seed}


def own_program(
    program: Mapping[str, Any], folder: Path, signature: Signature | None, problems: Problems
) -> dict[str, Any]:
    """The table with programs in place of their files' names; unreadable ones add problems."""
    named = program.get("initial")
    names = named if isinstance(named, list) else [named]
    files = [name for name in names if isinstance(name, str) and _is_file(name, folder)]
    if not files or len(files) < len(names):
        return dict(program)
    from azc.language import load

    programs = []
    for name in files:
        with problems.at("program.initial"):
            file = program_file(folder / Path(name).expanduser())
            programs.append(load(file, signature=signature))
    if len(programs) < len(files):
        return {key: value for key, value in program.items() if key != "initial"}
    return {**program, "initial": programs}


def _is_file(name: str, folder: Path) -> bool:
    """Whether a name stands for a program's file or a run's folder, and not for a known program."""
    return bool(re.search(r"\.azl$|/", name)) or (name not in INITIAL and (folder / name).is_dir())


def first_of(maker: Any) -> Maker:
    """Maker of the first of the same tasks, or of all if they cannot be made one by one.

    A csv table is read once, for all tasks, since the file may change before the run ends.
    """
    fewer = "tasks" in attrs.fields_dict(type(maker)) and not isinstance(maker, TableTasks)
    first: Maker = attrs.evolve(maker, tasks=1) if fewer else maker
    return first


def made_tasks(name: str, make: Callable[[Path], Sequence[Task]], folder: Path) -> Sequence[Task]:
    """Make the tasks of a set; errors name its key."""
    try:
        return make(folder)
    except AzcError as error:
        where = "tasks.final" if name == FIRST_FINAL else set_name(name)
        raise SettingsError([SettingProblem(where, str(error))]) from None


def eval_type_of(tasks: Sequence[Task]) -> str:
    """The evaluation type of tasks, at least one."""
    if not tasks:
        raise SettingsError([SettingProblem("tasks.search", "there are no tasks; expected at least one")])
    return tasks[0].eval_type
