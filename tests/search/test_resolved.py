"""Resolved configurations are complete, and give the same search when read from any folder."""

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
import tomli_w
from programs import WEIGHTED
from search.making import EXAMPLE_NAMES, EXAMPLES, TASKS_TABLE

from azc.language import format_program
from azc.search import PROGRAM, SEARCH, Config, load_config, table_config
from azc.search.resolved import initial_files
from azc.tasks import SETS, Task

FEW = [f"tasks.{name}.tasks=2" for name in SETS]
ARRAYS = ("train_x", "train_y", "valid_x", "valid_y", "train_order")


def written(config: Config, folder: Path) -> Path:
    """Path of the complete configuration as a new file, with its first programs beside it."""
    folder.mkdir(exist_ok=True)
    programs = config.params.program.initial
    if not isinstance(programs, str):
        for name, program in zip(initial_files(programs), programs, strict=True):
            (folder / name).write_text(format_program(program))
    path = folder / "resolved.toml"
    path.write_text(tomli_w.dumps(dict(config.tables)))
    return path


def assert_same_tasks(found: list[Task], expected: list[Task]) -> None:
    """Assert that tasks agree in everything, arrays bit for bit."""
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        for field in attrs.fields(Task):
            a, b = getattr(one, field.name), getattr(other, field.name)
            if field.name in ARRAYS and b is not None:
                assert (a.dtype, a.tobytes()) == (b.dtype, b.tobytes()), field.name
            else:
                assert a == b, field.name


def assert_same(found: Config, expected: Config) -> None:
    """Assert that two configurations give the same search."""
    assert found.params == expected.params
    assert [(kind.params, kind.tasks, kind.count) for kind in found.kinds] == [
        (kind.params, kind.tasks, kind.count) for kind in expected.kinds
    ]
    for name in {*SETS, *(kind.tasks for kind in expected.kinds)}:
        assert_same_tasks(found.tasks(name), expected.tasks(name))
    assert found.preprocessing == expected.preprocessing


def assert_stands(config: Config, folder: Path) -> None:
    """Assert that a configuration gives the same search when written out and read again, twice."""
    again = load_config(written(config, folder / "once"))
    assert_same(again, config)
    assert again.tables == config.tables
    assert_same(load_config(written(again, folder / "twice")), config)


@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_an_example_is_the_same_when_complete(name: str, tmp_path: Path) -> None:
    """A complete example, read in another folder, gives the same search."""
    if "digits" in name:
        pytest.importorskip("sklearn")
    assert_stands(load_config(EXAMPLES / f"{name}.toml", FEW, seed=3), tmp_path)


BASE = (
    """
[search]
n_islands = 6
[program]
addresses = {scalars = 4, vectors = 3, matrices = 1}"""
    + TASKS_TABLE
)


@pytest.fixture
def read(tmp_path: Path) -> Any:
    """Reads a configuration in a folder of its own."""

    def read(text: str = BASE, *overrides: str) -> Config:
        folder = tmp_path / "mine"
        folder.mkdir(exist_ok=True)
        (folder / "search.toml").write_text(text)
        return load_config(folder / "search.toml", overrides)

    return read


SETTINGS = {
    "nothing": (),
    "all of search": (
        "search.strategy=live_evolution",
        "search.mutations={alter_param=1.5, trade_instruction=2}",
        "search.functional_cache={train=4, valid=3}",
        "search.hurdle={train=3}",
        "search.train_budget={}",
        "search.precision=float32",
        "search.exact_cache=false",
        "search.restart_after=100",
        "search.patience=5000",
        "search.round_evals=10",
        "search.topology=full",
        "search.n_migrants=1",
        "search.max_evals=1000",
        "search.target_fitness=inf",
        "search.seed=18446744073709551615",
    ),
    "all of program": (
        "program.initial=linear",
        "program.addresses={scalars=5, vectors=3, matrices=1}",
        "program.ops=['SCALAR_SUM', 'SCALAR_SUM', 'VECTOR_SUM']",
        "program.learn_ops=[]",
        "program.sizes={setup=2}",
        "program.size_limits={learn=[0, 30]}",
    ),
    "random": ("program.initial=random", "program.sizes={learn=4}"),
    "sets of tasks": (
        "tasks.search.epochs=2",
        "tasks.select.train=7",
        "tasks.final.kind=affine",
        "tasks.final.tasks=3",
        "tasks.final.max_abs_error=7.5",
    ),
}


@pytest.mark.parametrize("what", SETTINGS)
def test_settings_are_the_same_when_complete(what: str, read: Any, tmp_path: Path) -> None:
    """Settings are the same in a complete configuration."""
    assert_stands(read(BASE, *SETTINGS[what]), tmp_path)


def test_a_complete_configuration_has_every_key(read: Any) -> None:
    """A complete configuration has every key, except those without a value."""
    tables = read().tables
    none = {"max_evals", "hurdle", "train_budget", "restart_after", "patience", "round_evals"}
    assert tables["search"].keys() == SEARCH.keys() - none
    assert tables["program"].keys() == PROGRAM.keys() - {"ops"}
    assert {*tables["tasks"]} == {*SETS}
    assert {table["kind"] for table in tables["tasks"].values()} == {"linear"}
    assert len({table["seed"] for table in tables["tasks"].values()}) == 3


KINDS = {
    "settings": "[[islands]]\ncount = 2\nmutate_prob = 0.5\n[[islands]]\nshare = 0.4\nhurdle = {train = 5}\n",
    "no islands left": "[[islands]]\ncount = 6\nmutations = ['alter_param']\n",
    "tasks": "[[islands]]\ntasks = {tasks = 3, epochs = 2}\n[[islands]]\ntasks = {features = 6, seed = 4}\n",
    "another kind of tasks": (
        '[[islands]]\ntasks = {kind = "affine", features = 6, train = 8, valid = 5, tasks = 3}\n'
    ),
}


@pytest.mark.parametrize("what", KINDS)
def test_islands_are_the_same_when_complete(what: str, read: Any, tmp_path: Path) -> None:
    """Kinds of islands and their tasks are the same in a complete configuration."""
    assert_stands(read(BASE + KINDS[what]), tmp_path)


def test_islands_with_simpler_tasks_are_the_same_when_complete(read: Any, tmp_path: Path) -> None:
    """Islands' tasks that lack parameters of the search tasks are the same in a complete configuration."""
    own = '[[islands]]\ntasks = {kind = "linear", features = 6, train = 8, valid = 5, tasks = 3}\n'
    assert_stands(read(BASE.replace('"linear"', '"two_layer"') + own), tmp_path)


def test_first_programs_are_files_beside_the_configuration(read: Any, tmp_path: Path) -> None:
    """Several first programs become numbered files beside the complete configuration."""
    (tmp_path / "mine").mkdir()
    for name, text in (
        ("b.azl", WEIGHTED),
        ("a.azl", "def Setup():\n  s2 = 0.1\n"),
    ):
        (tmp_path / "mine" / name).write_text(text)
    config = read(
        BASE, "program.initial=['b.azl', 'a.azl']", "program.size_limits={learn=[0, 3], setup=[0, 2]}"
    )
    assert config.tables["program"]["initial"] == ["initial-1.azl", "initial-2.azl"]
    assert_stands(config, tmp_path)


# --- tables ---------------------------------------------------------------------------------------------


def table(path: Path, target: str = "y", rows: int = 90) -> None:
    """A table of two features and a number or a class."""
    path.parent.mkdir(exist_ok=True)
    lines = [f"x,z,{target}"]
    for x, z in np.random.default_rng(0).normal(size=(rows, 2)):
        wanted = f"{x + 2 * z:.4f}" if target == "y" else "red" if x > z else "blue"
        lines.append(f"{x:.3f},{z:.3f},{wanted}")
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("target", ["y", "colour"])
def test_a_csv_table_is_the_same_when_complete(target: str, tmp_path: Path) -> None:
    """A csv table of numbers or classes has the same preprocessing in a complete configuration."""
    table(tmp_path / "mine.csv", target)
    config = table_config(
        str(tmp_path / "mine.csv"), target, overrides=["search.n_islands=3"], seed=4, epochs=2
    )
    assert config.preprocessing is not None
    assert_stands(config, tmp_path)


def test_csv_paths_are_relative_to_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A csv path given to `table_config` is relative to the working folder, and absolute when complete."""
    table(tmp_path / "mine.csv")
    monkeypatch.chdir(tmp_path)
    config = table_config("mine.csv", "y")
    path = written(config, tmp_path / "once")
    expected = config.tasks("search")
    monkeypatch.chdir(EXAMPLES)
    found = load_config(path)
    assert found.preprocessing == config.preprocessing
    assert found.tasks("search")[0].train_x.tobytes() == expected[0].train_x.tobytes()


def test_csv_paths_in_a_file_are_relative_to_it(read: Any, tmp_path: Path) -> None:
    """A csv path in a configuration is relative to its folder, and absolute when complete."""
    table(tmp_path / "mine" / "mine.csv")
    config = read("[tasks.search]\nkind = 'table'\npath = 'mine.csv'\ntarget = 'y'\n")
    assert config.tables["tasks"]["final"]["path"] == str(tmp_path / "mine" / "mine.csv")
    assert_stands(config, tmp_path)


def test_csv_paths_of_islands_are_relative_to_the_file(read: Any, tmp_path: Path) -> None:
    """Csv paths of islands are relative to the configuration's folder, and absolute when complete."""
    table(tmp_path / "mine" / "mine.csv")
    table(tmp_path / "mine" / "other.csv", rows=60)
    config = read(
        "[search]\nn_islands = 2\n[tasks.search]\nkind = 'table'\npath = 'mine.csv'\ntarget = 'y'\n"
        "[[islands]]\ntasks = {path = 'other.csv'}\n"
    )
    assert_stands(config, tmp_path)
