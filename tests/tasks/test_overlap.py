"""Final tasks share no examples with the search: arrays are divided, and overlapping sets refused."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from azc.errors import AzcError
from azc.runs import run_search
from azc.search import Config, default_config, load_config
from azc.tasks import SETS, Task, set_seed, task_seed, tasks_from_spec
from azc.tasks.division import parts

Npz = Callable[..., Path]
Read = Callable[..., Config]


@pytest.fixture
def npz(tmp_path: Path) -> Npz:
    """Function that writes a file of arrays, every example with another number."""

    def write(
        name: str = "x.npz", n_tasks: int = 0, train: int = 20, valid: int = 10, start: int = 0
    ) -> Path:
        front, many = ((n_tasks,), n_tasks) if n_tasks else ((), 1)
        numbers = np.arange(start, start + many * (train + valid) * 2, dtype=np.float64).reshape(many, -1, 2)
        arrays = {
            "train_x": numbers[:, :train].reshape(*front, train, 2),
            "train_y": numbers[:, :train, 0].reshape(*front, train),
            "valid_x": numbers[:, train:].reshape(*front, valid, 2),
            "valid_y": numbers[:, train:, 0].reshape(*front, valid),
        }
        np.savez(tmp_path / name, **arrays)
        return tmp_path / name

    return write


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Function that reads a configuration with search tasks of the kind `arrays`."""

    def read(more: str = "", *overrides: str, path: str = "x.npz", seed: int = 0) -> Config:
        text = f'[search]\nn_islands = 4\nmax_evals = 50\n[tasks.search]\nkind = "arrays"\npath = "{path}"\n'
        (tmp_path / "search.toml").write_text(text + more)
        return load_config(tmp_path / "search.toml", overrides, seed)

    return read


def examples(tasks: list[Task]) -> set[float]:
    """The numbers of all examples of some tasks."""
    return {float(x[0]) for task in tasks for x in (*task.train_x, *task.valid_x)}


def sets(config: Config) -> dict[str, list[Task]]:
    """The three sets of tasks."""
    return {name: config.tasks(name) for name in SETS}


def test_one_task_is_divided_by_its_examples(npz: Npz, read: Read) -> None:
    """A single task is divided by its examples, 60, 20 and 20 % each of the training and validation ones."""
    npz(train=20, valid=10)
    found = sets(read())
    assert {name: [(t.n_train, t.n_valid) for t in tasks] for name, tasks in found.items()} == {
        "search": [(12, 6)],
        "select": [(4, 2)],
        "final": [(4, 2)],
    }
    seen = [examples(tasks) for tasks in found.values()]
    assert len(set.union(*seen)) == sum(map(len, seen)) == 30
    # Training and validation examples are not mixed, and their order is unchanged.
    assert max(found["search"][0].train_y) < 40 <= min(found["search"][0].valid_y)
    assert sorted(found["search"][0].train_y) == list(found["search"][0].train_y)


@pytest.mark.parametrize("n_tasks", [3, 4, 5, 10, 11])
def test_several_tasks_are_divided_by_task(npz: Npz, read: Read, n_tasks: int) -> None:
    """Three or more tasks are divided by task: each is unchanged, with its source, and a seed of its set."""
    path = npz(n_tasks=n_tasks)
    found = sets(read())
    whole = tasks_from_spec(f"arrays,path={path}")
    expected = {name: sorted(part.tolist()) for name, part in parts(n_tasks, 0).items()}
    assert [len(tasks) for tasks in found.values()] == [len(part) for part in expected.values()]
    assert min(map(len, found.values())) >= 1
    for name, part in expected.items():
        for task, number in zip(found[name], part, strict=True):
            for array in ("train_x", "train_y", "valid_x", "valid_y"):
                assert np.array_equal(getattr(task, array), getattr(whole[number], array))
            assert task.source == whole[number].source
            assert task.seed == task_seed(set_seed(0, name), number)
    assert len({task.seed for tasks in found.values() for task in tasks}) == n_tasks


def test_two_tasks_are_divided_by_their_examples(npz: Npz, read: Read) -> None:
    """Two tasks, too few for three sets, are divided by example."""
    npz(n_tasks=2)
    seen = [examples(tasks) for tasks in sets(read()).values()]
    assert len(set.union(*seen)) == sum(map(len, seen)) == 60


@given(st.integers(3, 400), st.integers(0, 2**64 - 1))
def test_parts_of_a_division(n: int, seed: int) -> None:
    """A division has every number in one part, of 60, 20 and 20 %, and no part is empty."""
    found = parts(n, seed)
    assert sorted(np.concatenate(list(found.values()))) == list(range(n))
    assert min(map(len, found.values())) >= 1
    assert list(map(len, found.values())) == [n * 3 // 5, n * 4 // 5 - n * 3 // 5, n - n * 4 // 5]


def test_division_depends_on_the_seed(npz: Npz, read: Read) -> None:
    """The same seed of a search gives the same division, another seed another."""
    npz(train=50, valid=50)
    first, again, other = (examples(read(seed=seed).tasks("final")) for seed in (0, 0, 1))
    assert first == again
    assert first != other


@pytest.mark.parametrize(("train", "valid", "what"), [(4, 9, "4 training"), (9, 4, "4 validation")])
def test_too_few_examples_are_an_error(npz: Npz, read: Read, train: int, valid: int, what: str) -> None:
    """Fewer than five training or validation examples cannot be divided; the error suggests a file."""
    npz(train=train, valid=valid)
    with pytest.raises(AzcError, match=rf"{what} examples cannot be divided .* at least 5 .* \(path\) for"):
        read()


def test_a_file_with_no_tasks_is_an_error(npz: Npz, read: Read) -> None:
    """Arrays with 0 tasks on the first axis are an error."""
    shapes = {"train_x": (0, 5, 2), "train_y": (0, 5), "valid_x": (0, 5, 2), "valid_y": (0, 5)}
    np.savez(npz(), **{name: np.zeros(shape) for name, shape in shapes.items()})
    with pytest.raises(AzcError, match=r"tasks\.search: .*x\.npz: holds no tasks"):
        read()


# --- separate files ---------------------------------------------------------------------------------------


def test_separate_files_are_not_divided(npz: Npz, read: Read) -> None:
    """Files are used completely if each set has its own."""
    for index, name in enumerate(SETS):
        npz(f"{name}.npz", start=1000 * index)
    more = '[tasks.select]\npath = "select.npz"\n[tasks.final]\npath = "final.npz"\n'
    found = sets(read(more, path="search.npz"))
    assert [len(examples(tasks)) for tasks in found.values()] == [30] * 3


def test_with_a_final_file_search_and_select_share_theirs(npz: Npz, read: Read) -> None:
    """With a file for final, select tasks without a file are all those of the search."""
    npz()
    npz("other.npz", start=1000)
    found = sets(read('[tasks.final]\npath = "other.npz"\n'))
    assert examples(found["search"]) == examples(found["select"])
    assert len(examples(found["search"])) == len(examples(found["final"])) == 30
    assert not examples(found["search"]) & examples(found["final"])


def test_with_a_select_file_search_and_final_are_divided(npz: Npz, read: Read) -> None:
    """A select file is used completely; search and final tasks are different parts of the search's file."""
    npz()
    npz("other.npz", start=1000)
    found = sets(read('[tasks.select]\npath = "other.npz"\n'))
    assert [len(examples(tasks)) for tasks in found.values()] == [18, 30, 6]
    assert not examples(found["search"]) & examples(found["final"])


def test_with_final_tasks_of_another_kind_arrays_are_not_divided(npz: Npz, read: Read) -> None:
    """Final tasks of another kind leave the complete file to the search."""
    npz()
    assert len(examples(read('[tasks.final]\nkind = "linear"\nfeatures = 2\n').tasks("search"))) == 30


@pytest.mark.parametrize("name", ["x.npz", "./x.npz", "hard.npz", "soft.npz", "{folder}/x.npz"])
@pytest.mark.parametrize("table", ["tasks.final", "both"])
def test_file_of_the_search_is_refused_as_final(npz: Npz, read: Read, name: str, table: str) -> None:
    """The search's file as an explicit final file, by any path or link, is an error that says what to do."""
    path = npz()
    os.link(path, path.with_name("hard.npz"))
    path.with_name("soft.npz").symlink_to("x.npz")
    name = name.format(folder=path.parent)
    own = f'[tasks.final]\npath = "{name}"\n'
    more = own if table == "tasks.final" else f'{own}[tasks.select]\npath = "x.npz"\n'
    said = r"tasks\.final: .* take the same examples of one file .*leave out path"
    with pytest.raises(AzcError, match=said):
        read(more)


def test_copy_of_the_searchs_file_is_refused_as_final(npz: Npz, read: Read) -> None:
    """A copy of the search's file is refused at the start of a run, by its examples."""
    path = npz()
    shutil.copy(path, path.with_name("copy.npz"))
    config = read('[tasks.final]\npath = "copy.npz"\n')
    with pytest.raises(AzcError, match=r"tasks\.final: task 0 validates on .* task 0 of tasks\.search"):
        run_search(config)


def test_parts_that_overlap_are_refused(npz: Npz, read: Read) -> None:
    """A part used twice, a part and the complete file, or parts of two divisions are refused."""
    npz()
    for more in (
        '[tasks.final]\nset = "search"\n',
        '[tasks.final]\nset = "all"\n',
        "[tasks.final]\ndivision = 5\n",
        '[[islands]]\ntasks = {set = "final"}\n',
        '[[islands]]\ntasks = {set = "all"}\n',
    ):
        with pytest.raises(AzcError, match=r"tasks\.final: the tasks of final and of .* one file"):
            read(more)


def test_islands_use_the_searchs_part_or_another_file(npz: Npz, read: Read) -> None:
    """An island's tasks are the search's part of the file, or all of a file of its own."""
    npz()
    npz("own.npz", start=1000)
    config = read('[[islands]]\ntasks = {epochs = 2}\n[[islands]]\ntasks = {path = "own.npz"}\n')
    first, second = (examples(config.tasks(f"islands[{index}].tasks")) for index in (0, 1))
    assert first == examples(config.tasks("search"))
    assert len(second) == 30


def test_a_specification_takes_all_of_a_file(npz: Npz) -> None:
    """A specification gives all tasks of a file, or a named part of them."""
    path = npz(n_tasks=5)
    assert len(tasks_from_spec(f"arrays,path={path}")) == 5
    assert len(tasks_from_spec(f"arrays,path={path},set=search")) == 3


# --- other kinds -------------------------------------------------------------------------------------------

TABLE = 'kind = "table"\npath = "t.csv"\ntarget = "y"\n'
SAME: dict[str, tuple[str, str]] = {
    # search tasks and final tasks
    "the same seed": ('kind = "linear"\nseed = 7\n', "seed = 7\ntasks = 3\n"),
    "a seed of its own kind": ('kind = "linear"\nseed = 7\n', 'kind = "linear"\nseed = 7\ntrain = 3\n'),
    "a kind that shares its weights": ('kind = "linear"\nseed = 7\n', 'kind = "affine"\nseed = 7\n'),
    "more features": ('kind = "linear"\nseed = 7\n', "seed = 7\nfeatures = 9\n"),
    "images": ('kind = "projected"\ndataset = "digits"\nseed = 7\n', "seed = 7\ntrain = 5\n"),
    "rows": (TABLE, 'set = "search"\n'),
    "rows of the select tasks": (TABLE, 'set = "select"\n'),
    "another division": (TABLE, "division = 3\n"),
    "rows by a link": (TABLE, TABLE.replace("t.csv", "link.csv") + 'set = "search"\n'),
}


@pytest.mark.parametrize("what", SAME)
def test_final_tasks_of_the_search_are_refused(tmp_path: Path, what: str) -> None:
    """Final tasks with the seed of search tasks, or with their rows of a table, are refused."""
    rows = "".join(f"{i % 7},{i % 5},{i % 3}\n" for i in range(40))
    (tmp_path / "t.csv").write_text("a,b,y\n" + rows)
    (tmp_path / "link.csv").symlink_to("t.csv")
    search, final = SAME[what]
    (tmp_path / "search.toml").write_text(f"[tasks.search]\n{search}[tasks.final]\n{final}")
    with pytest.raises(AzcError, match=r"tasks\.final: the tasks of final and of tasks\.\w+ "):
        load_config(tmp_path / "search.toml")


def test_sets_without_overlap_are_accepted(tmp_path: Path) -> None:
    """Search and final tasks of different seeds, given or default, are accepted."""
    for final in ("seed = 8\n", 'kind = "affine"\nseed = 8\n', 'kind = "affine"\n', ""):
        (tmp_path / "search.toml").write_text(
            f'[tasks.search]\nkind = "linear"\nseed = 7\n[tasks.final]\n{final}'
        )
        sets = load_config(tmp_path / "search.toml")
        (seen, *_), (unseen, *_) = sets.tasks("search"), sets.tasks("final")
        assert not np.array_equal(seen.valid_x, unseen.valid_x)


def some(seed: int) -> list[Task]:
    """Two tasks of a seed."""
    return tasks_from_spec(f"linear,features=2,train=5,valid=5,tasks=2,seed={seed}")


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("again", [lambda tasks: tasks, lambda tasks: some(1)], ids=["objects", "contents"])
def test_final_task_objects_of_search_or_select_are_refused(place: int, again: Any) -> None:
    """Final tasks that are, or equal, search or select tasks are refused at the start of a run."""
    given = [some(1), some(2)] if place == 0 else [some(2), some(1)]
    config = default_config(*given, [*some(3), *again(given[place])[1:]], overrides=["search.max_evals=9"])
    name = SETS[place]
    with pytest.raises(AzcError, match=rf"final: task 2 validates on .* task 1 of tasks\.{name};"):
        run_search(config)


def test_final_tasks_that_validate_on_training_examples_are_refused() -> None:
    """A final task that validates on a search task's training examples is refused."""
    (one, *_) = some(1)
    swapped = Task(one.valid_x, one.valid_y, one.train_x, one.train_y)
    with pytest.raises(AzcError, match=r"final: task 0 validates on the examples of task 0 of tasks\.search"):
        run_search(default_config([one], some(2), [swapped]))
