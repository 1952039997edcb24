"""All problems of a configuration are reported at once, in the order of the file."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from azc.errors import AzcError
from azc.problems import MAX_PROBLEMS, SettingProblem, SettingsError
from azc.search import ISLANDS, PROGRAM, SEARCH, default_config, load_config, parameters
from azc.settings import settings as declared
from azc.tasks import MAKERS, Task


def problems(path: Path, text: str, *overrides: str) -> list[str]:
    """Problems that `load_config` reports of a configuration, without the file's name."""
    path = path / "search.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as error:
        load_config(path, overrides)
    found = list(map(str, error.value.problems))
    assert str(error.value) == "\n".join(f"{path}: {one}" for one in found)
    return found


WRONG = """
[tasks.search]
kind = "linera"
featurs = 3
tasks = 0

[search]
poplation_size = 5
tournament_size = 0
mutations = {alter_parm = 1, identity = -1}
initial = "random"
hurdle = {tran = 3, quantile = 7}
topology = "rign"

[program]
ops = ["SCALAR_SUMM", "VECTR_SUM", "SCALAR_SUM"]
sizes = {setup = 2, lern = 3}
size_limits = {learn = [3, 2]}
addresses = {scalars = 65}
initial = "missing.azl"

[tasks.select]
kind = "linear"
train = 0

[tasks.fnal]
train = 3

[[islands]]
count = 2
share = 0.4
mutate_prob = 3
seed = 3

[[islands]]
tasks = {features = 0, kind = "linear"}

[serach]
seed = 1
"""
TOLD = [
    "'foo': expected table.key=value",
    "tasks.search: there are no tasks of kind 'linera'; the nearest is 'linear'",
    "tasks.search: linear tasks have no parameter 'featurs'; the nearest is 'features'",
    "tasks.search: tasks must be a whole number from 1 to 100000 (number of tasks), but is 0",
    "search.poplation_size: there is no such key; the nearest is 'population_size'",
    "search.tournament_size: expected a whole number from 1 to 1000000, but it is 0",
    "search.mutations: there is no mutation 'alter_parm'; the nearest is 'alter_param'",
    "search.mutations: identity: expected a number from 0.0 to 1000000000.0, but it is -1",
    "search.initial: there is no such key; it belongs to [program]",
    "search.hurdle: there is no key 'tran'; the nearest is 'train'",
    "search.hurdle: quantile: expected a number from 0.0 to 1.0, but it is 7",
    "search.hurdle: expected a table with train, like",
    "search.topology: expected a word, but it is 'rign'; the nearest is 'ring'",
    "search.seed: expected a whole number from 0 to 18446744073709551615, but it is 'x'",
    "program.ops: there is no operation 'SCALAR_SUMM'; the nearest is 'SCALAR_SUM'",
    "program.ops: there is no operation 'VECTR_SUM'; the nearest is 'VECTOR_SUM'",
    "program.sizes: there is no key 'lern'; the nearest is 'learn'",
    "program.size_limits: learn: expected [least, greatest], whole numbers from 0 to 1000, but it is [3, 2]",
    "program.addresses: scalars: expected a whole number from 0 to 64, but it is 65",
    "program.initial: cannot read",
    "tasks.select: train must be a whole number of at least 1 (training examples a task), but is 0",
    "tasks.fnal: there is no such set of tasks; the nearest is 'final'",
    "islands[0]: count and share; give one of them",
    "islands[0].mutate_prob: expected a number from 0.0 to 1.0, but it is 3",
    "islands[0].seed: holds for the whole run;",
    "islands[1].tasks: features must be a whole number from 1 to 3072 (features an example), but is 0",
    "there is no table [serach]; the nearest is 'search'",
]


def test_all_problems_are_reported_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Wrong tables, keys, nested values, islands and overrides are all reported, in the order of the file."""
    found = problems(tmp_path, WRONG, "foo", "search.seed=x")
    assert [one[: len(said)] for one, said in zip(found, TOLD, strict=True)] == TOLD


CONFLICTS = """
[search]
strategy = "random_search"
topology = "full"
n_islands = 80
sed = 3
hurdle = {train = 50}
[program]
sizes = {setup = 20}
size_limits = {setup = [1, 7]}
addresses = {scalars = 1, matrices = 0}
predict_ops = ["MATRIX_SUM"]
[tasks.search]
kind = "linear"
train = 10
"""


def test_conflicts_are_reported_with_wrong_keys(tmp_path: Path) -> None:
    """Conflicts between valid values are reported together with wrong keys."""
    assert [one.split(":")[0] for one in problems(tmp_path, CONFLICTS)] == [
        "search.n_migrants",
        "search.strategy",
        "search.sed",
        "search.hurdle.train",
        "program.ops (predict)",
        "program.sizes.setup",
        "program.addresses",
    ]


def test_first_programs_and_data_are_reported_with_wrong_keys(tmp_path: Path) -> None:
    """Wrong first programs and missing files are reported together with wrong keys."""
    (tmp_path / "far.azl").write_text("def Predict():\n  s1 = s9 + s9\n")
    (tmp_path / "bad.azl").write_text("def Predict():\n  s1 = sss\n")
    tasks = "[tasks.search]\nkind = 'arrays'\npath = 'no.npz'\n"
    head = "[search]\nsed = 3\n[program]\naddresses = {scalars = 4}\n"
    first = "initial = ['far.azl', 'far.azl']\n"
    found = problems(tmp_path, f"{head}{first}[tasks.search]\nkind = 'linear'\n")
    assert [one.split(":")[0] for one in found] == [
        "search.sed",
        "program.initial, program 1",
        "program.initial, program 2",
    ]
    found = problems(tmp_path, f"{head}initial = ['bad.azl', 'gone.azl']\n{tasks}")
    assert [one.split(":")[0] for one in found] == ["search.sed", *["program.initial"] * 2, "tasks.search"]


def test_inherited_problems_are_reported_once(tmp_path: Path) -> None:
    """A problem of [tasks.search] is reported once, not for every set of tasks."""
    found = problems(
        tmp_path, "[tasks.search]\nkind = 'linear'\nfeatures = 0\nfoo = 1\n[tasks.final]\ntrain = 0\n"
    )
    assert [one.split(" ")[:2] for one in found] == [
        ["tasks.search:", "features"],
        ["tasks.search:", "linear"],
        ["tasks.final:", "train"],
    ]


def test_problems_follow_the_order_of_headers(tmp_path: Path) -> None:
    """Problems follow the order of headers, with other tables between those of tasks, too."""
    text = "[tasks.search]\nkind = 'linear'\nx = 1\n[program]\nx = 1\n[tasks.final]\nx = 1\n[search]\nx = 1\n"
    assert [one.split(".x")[0].split(":")[0] for one in problems(tmp_path, text)] == [
        "tasks.search",
        "program",
        "tasks.final",
        "search",
    ]


def test_a_key_outside_of_all_tables_is_reported_with_its_table(tmp_path: Path) -> None:
    """A key outside of all tables is reported with the table that it belongs to."""
    found = problems(tmp_path, "population_size = 3\n[tasks.search]\nkind = 'linear'\n")
    assert found == ["there is no table [population_size]; it is a key of [search]"]


def test_a_message_has_at_most_max_problems(tmp_path: Path) -> None:
    """A message has the first MAX_PROBLEMS problems and the number of others; the error has all."""
    keys = "".join(f"zz{number} = 1\n" for number in range(MAX_PROBLEMS + 23))
    path = tmp_path / "search.toml"
    path.write_text(f"[search]\n{keys}[tasks.search]\nkind = 'linear'\n")
    with pytest.raises(SettingsError) as error:
        load_config(path)
    assert len(error.value.problems) == MAX_PROBLEMS + 23
    lines = str(error.value).split("\n")
    assert (len(lines), lines[-1]) == (MAX_PROBLEMS + 1, "and 23 more problems")


def test_parameters_and_ready_tasks_report_all_problems() -> None:
    """`parameters` and `default_config` report all problems at once, too."""
    with pytest.raises(SettingsError) as error:
        parameters({"sed": 1, "seed": -1}, {"opps": []}, "RMS_ERROR")
    assert [one.where for one in error.value.problems] == ["search.sed", "search.seed", "program.opps"]
    sets = [[Task(np.full((2, 3), n), np.ones(2), np.full((2, 3), n), np.ones(2))] for n in (1.0, 2.0, 3.0)]
    wrong = ["tasks.search.seed=3", "serach.seed=3", "search.sed=3", "program.addresses.vectors=0"]
    with pytest.raises(SettingsError) as error:
        default_config(*sets, overrides=wrong)
    assert [one.where for one in error.value.problems][:4] == ["", "", "search.sed", "program.addresses"]


def test_an_error_of_settings_can_be_pickled() -> None:
    """A SettingsError survives pickling, by which workers send it."""
    error = SettingsError([SettingProblem("search.seed", "is wrong")], "x.toml")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.problems) == ("x.toml: search.seed: is wrong", error.problems)


# --- any value of any key --------------------------------------------------------------------------------

SCALARS = (
    st.booleans()
    | st.integers()
    | st.sampled_from([2**63, 2**64, 10**400, -(10**400)])
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["random", "linear", "alter_param", "SCALAR_SUM", "search", "all", "x.azl", "/", "\0"])
    | st.datetimes()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["train", "setup", "learn", "scalars", "factor", "a b", ""]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
"""Any value of TOML."""
KEYS = [
    *(("search", name) for name in SEARCH),
    *(("program", name) for name in PROGRAM),
    *(("islands", name) for name in ISLANDS),
    *((kind, name) for kind, maker in MAKERS.items() for name in ("kind", *declared(maker))),
]


@given(st.sampled_from(KEYS), VALUES)
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_value_is_accepted_or_reported(tmp_path: Path, key: tuple[str, str], value: Any) -> None:
    """Any value of any key is accepted, or gives an AzcError that begins with the file's name."""
    table, name = key
    tables: dict[str, Any] = {
        "tasks": {"search": {"kind": "linear", "tasks": 1, "train": 5, "valid": 5, "features": 2}}
    }
    if table in MAKERS:
        required = {one: "x" for one, how in declared(MAKERS[table]).items() if how.required}
        tables["tasks"]["search"] = {"kind": table, **required, name: value}
        assume(type(value) is not int or value < 100 or value > 2**63)  # else valid, with much to draw
    else:
        tables[table] = [{name: value}] if table == "islands" else {name: value}
    assert_told(tmp_path / "any.toml", tomli_w.dumps(tables))


def assert_told(path: Path, text: str) -> None:
    """Assert that a configuration is read, or gives an AzcError that begins with its file's name."""
    path.write_text(text)
    try:
        load_config(path)
    except AzcError as error:
        told = str(error)
    else:
        told = str(path)
    assert told.startswith(str(path))


@pytest.mark.parametrize("key", ["seed", "mutations", "hurdle", "mutate_prob"])
@pytest.mark.parametrize("form", ["{}", "[{}]", "{{train = {}}}"])
def test_huge_integers_are_reported(tmp_path: Path, key: str, form: str) -> None:
    """Integers with more digits than Python converts to text are reported."""
    number = form.format("0x" + "f" * 20_000)
    told = problems(tmp_path, f"[search]\n{key} = {number}\n[tasks.search]\nkind = 'linear'\n")
    assert all(one.startswith("search.") for one in told)


@pytest.mark.parametrize("given", [None, 3, b"x.toml", ["x.toml"]])
def test_only_a_path_or_tables_are_taken(given: Any) -> None:
    """`load_config` accepts only a path or a dict."""
    with pytest.raises(
        AzcError, match="load_config takes the path of a TOML file or a dict of its tables, not"
    ):
        load_config(given)
