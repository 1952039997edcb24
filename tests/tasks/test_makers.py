"""Makers: tasks from specifications and from tables of a configuration."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from azc.errors import AzcError
from azc.tasks import (
    ALIASES,
    MAKERS,
    SETS,
    WORDS,
    maker_from_table,
    parameters,
    set_defaults,
    tasks_from_spec,
    tasks_from_table,
)

CIFAR = Path(__file__).parents[1] / "data" / "images"


def same(one, other):
    """Whether two sets of tasks hold the same numbers."""
    return all(
        np.array_equal(a.train_x, b.train_x) and np.array_equal(a.valid_y, b.valid_y) and a.seed == b.seed
        for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize("kind", MAKERS)
def test_every_maker_explains_itself(kind):
    """Every maker has a docstring, and each of its parameters an explanation and a type."""
    maker = MAKERS[kind]
    assert maker.__doc__
    assert [p for p in parameters(maker) if not p.help or p.kind not in WORDS] == []
    assert all(p.default is None or type(p.default) is p.kind for p in parameters(maker))
    assert {"seed", "epochs", "max_abs_error"} <= {p.name for p in parameters(maker)}


def test_specification_equals_table():
    """A specification gives the same tasks as a table of the same parameters."""
    spec = tasks_from_spec("linear,features=8,train=10,valid=5,tasks=3,seed=3,max_abs_error=7.5")
    table = {
        "kind": "linear",
        "features": 8,
        "train": 10,
        "valid": 5,
        "tasks": 3,
        "seed": 3,
        "max_abs_error": 7.5,
    }
    assert len(spec) == 3
    assert same(spec, tasks_from_table(table))


def test_specifications_hold_lists(tmp_path):
    """Commas in brackets separate items of a list; paths are relative to the folder."""
    spec = f"projected, path={CIFAR.name}, train=10, valid=4, tasks=2, classes=[3, 5]"
    assert "cat = 1, dog = 0" in tasks_from_spec(spec, CIFAR.parent)[0].source


@pytest.mark.parametrize("alias", ALIASES)
def test_names_of_the_original_engine_are_aliases(alias):
    """The original engine's name of a kind gives the maker of that kind."""
    assert type(maker_from_table({"kind": alias})) is MAKERS[ALIASES[alias]]


def test_data_set_without_kind_is_projected():
    """A table with a data set but no kind is binary classification of its images."""
    table = {"dataset": "cifar10", "path": str(CIFAR), "train": 10, "valid": 4, "tasks": 1}
    assert tasks_from_table(table)[0].eval_type == "ACCURACY"


def test_sets_of_a_search_differ_by_default():
    """Search, select and final tasks have different seeds by default; a given seed is used unchanged."""
    table = {"kind": "linear", "tasks": 2}
    made = [task for name in SETS for task in tasks_from_table(table, defaults=set_defaults(name, 5))]
    assert len({task.seed for task in made}) == 6
    assert len({task.train_x.tobytes() for task in made}) == 6
    given = [tasks_from_table(table | {"seed": 9}, defaults=set_defaults("final", s)) for s in (1, 2)]
    assert same(*given)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("", "there are no tasks of kind ''"),
        ("liner", "no tasks of kind 'liner'; the nearest is 'linear'"),
        ("linear,featurs=3", "linear tasks have no parameter 'featurs'; the nearest is 'features'"),
        ("linear,features", "'features' in .*: expected name=value"),
        ("linear,features=x", "features must be a whole number, but is 'x'"),
        ("linear,features=1.5", "features must be a whole number"),
        ("linear,features=0", "features must be a whole number from 1 to 3072"),
        ("linear,seed=1,seed=2", "seed is given twice"),
        ("linear,max_abs_error=much", "max_abs_error must be a number, but is 'much'"),
        ("projected,classes=[3", "classes must be a list"),
        ("projected,classes=3", "classes must be a list .*, but is 3"),
        ("projected", "need a data set"),
        ("arrays", "arrays tasks need the parameter 'path'"),
    ],
)
def test_wrong_specification_is_an_error(spec, said):
    """The error for a wrong specification gives the nearest name, the type or what is missing."""
    with pytest.raises(AzcError, match=said):
        tasks_from_spec(spec)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "needs its kind"),
        ({"kind": 3}, "needs its kind"),
        ({"kind": "linear", "tasks": "ten"}, "tasks must be a whole number .*, but is 'ten'"),
        ({"kind": "linear", "tasks": True}, "tasks must be a whole number"),
        ({"kind": "linear", "tasks": 2.0}, "tasks must be a whole number"),
        ({"kind": "projected", "dataset": 3}, "dataset must be text"),
        ({"kind": "table", "path": "a.csv"}, "table tasks need the parameter 'target'"),
    ],
)
def test_wrong_table_is_an_error(table, said):
    """The error for a wrong table of a configuration gives the type or what is missing."""
    with pytest.raises(AzcError, match=said):
        tasks_from_table(table)


# --- arrays and tables from files ---------------------------------------------------------------------


def arrays(*front):
    """The four arrays of a task, with further axes in front."""
    rng = np.random.default_rng(0)
    shapes = {"train_x": (6, 3), "train_y": (6,), "valid_x": (2, 3), "valid_y": (2,)}
    return {name: rng.normal(size=(*front, *shape)) for name, shape in shapes.items()}


def test_arrays_of_a_file_are_a_task(tmp_path):
    """An npz file of four arrays is a task; its path is relative to the configuration."""
    given = arrays()
    np.savez(tmp_path / "x.npz", **given)
    (task,) = tasks_from_table({"kind": "arrays", "path": "x.npz", "epochs": 2}, tmp_path)
    assert np.array_equal(task.train_x, given["train_x"])
    assert task.train_order.shape == (2, 6)


def test_arrays_with_another_axis_are_several_tasks(tmp_path):
    """Arrays with one more axis in front are several tasks, each with its own seed."""
    given = arrays(4)
    np.savez(tmp_path / "x.npz", **given)
    tasks = tasks_from_spec("arrays,path=x.npz", tmp_path)
    assert len(tasks) == 4
    assert np.array_equal(tasks[2].valid_y, given["valid_y"][2])
    assert len({t.seed for t in tasks}) == 4


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"valid_y": None}, "has no array valid_y"),
        ({"valid_y": np.zeros(3)}, "valid_y must hold one label an example"),
        ({"train_y": np.array(3.0)}, r"the arrays have the shapes .*expected train_x .n, F., train_y .n,."),
    ],
)
def test_wrong_arrays_are_refused(tmp_path, change, said):
    """The error for a missing array or one of wrong shape names it."""
    np.savez(tmp_path / "x.npz", **{k: v for k, v in (arrays() | change).items() if v is not None})
    with pytest.raises(AzcError, match=said):
        tasks_from_spec("arrays,path=x.npz", tmp_path)


@pytest.mark.parametrize("name", ["train_x", "train_y", "valid_x", "valid_y"])
def test_arrays_must_be_finite(tmp_path, name):
    """The error for nan in an array names the file, the task, the array and the row."""
    given = arrays(3)
    given[name][2, 1] = np.nan
    np.savez(tmp_path / "x.npz", **given)
    with pytest.raises(AzcError, match=rf"x\.npz, task 2: {name} must hold finite .* holds nan in row 1"):
        tasks_from_spec("arrays,path=x.npz", tmp_path)


def test_table_is_divided_into_sets(tmp_path):
    """A csv file is divided into search, select and final rows, and standardised by its search rows."""
    rows = "".join(f"{i},{i % 7},{i * i % 11},{'xyz'[i % 3]}\n" for i in range(40))
    (tmp_path / "t.csv").write_text("a,b,c,y\n" + rows)
    table = {"kind": "table", "path": "t.csv", "target": "y", "eval_type": "MULTICLASS_ACCURACY", "tasks": 3}
    sets = [
        tasks_from_table(table, tmp_path, defaults=set_defaults(n, 1)) for n in ("search", "select", "final")
    ]
    values = [{row[0] for t in tasks for row in np.concatenate([t.train_x, t.valid_x])} for tasks in sets]
    assert list(map(len, values)) == [24, 8, 8]
    assert len(set.union(*values)) == 40
    assert sets[0][0].n_classes == 3
    assert np.allclose(np.concatenate([sets[0][0].train_x, sets[0][0].valid_x]).mean(axis=0), 0)


def test_a_table_is_no_array_file(tmp_path):
    """The error for a csv file with the kind `arrays` names the kind `table`."""
    with pytest.raises(AzcError, match='take kind = "table"'):
        tasks_from_spec("arrays,path=x.csv", tmp_path)


def test_tasks_import_no_heavy_packages():
    """Importing azc.tasks loads neither Pillow nor scikit-learn nor SciPy."""
    code = "import sys, azc.tasks; print([m for m in ('PIL', 'sklearn', 'scipy') if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
