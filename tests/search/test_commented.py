"""Commented configurations: every key is printed with its explanation, and the meaning is unchanged."""

import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from search.making import TASKS_TABLE

from azc.search import ISLANDS, PROGRAM, SEARCH, config_tables, config_text, default_config_tables
from azc.search.checks import ADDRESS_NAMES, BASELINES, TOPOLOGIES
from azc.search.commented import WIDTH
from azc.search.names import UNCONNECTED
from azc.settings import settings as declared
from azc.tasks import MAKERS, SETS

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.toml"))
NEEDS_NO_FILE = [
    kind for kind, maker in MAKERS.items() if not any(p.required for p in declared(maker).values())
]


def printed(path: Path, folder: Path, *overrides: str) -> Path:
    """Path of a file's commented configuration, in another folder."""
    folder.mkdir(exist_ok=True)
    again = folder / "again.toml"
    again.write_text(config_text(config_tables(path, overrides)), "utf-8")
    return again


def assert_same(path: Path, folder: Path, *overrides: str) -> None:
    """Assert that a printed configuration means the same and is printed the same again."""
    expected = config_tables(path, overrides).complete
    again = printed(path, folder / "once", *overrides)
    found = config_tables(again).complete
    assert found == expected
    assert printed(again, folder / "twice").read_text("utf-8") == again.read_text("utf-8")


def section_of(text: str, table: str) -> str:
    """The lines of a printed table."""
    section = text.partition(f"\n[{table}]\n")[2]
    return re.split(r"^#?\[", section, maxsplit=1, flags=re.MULTILINE)[0]


def keys_of(text: str, table: str) -> list[str]:
    """The keys of a printed table, set or not, each once."""
    found = re.findall(r"^#?([a-z_]+)[.\w]* = ", section_of(text, table), re.MULTILINE)
    return list(dict.fromkeys(found))


def explanations_of(text: str, table: str) -> dict[str, str]:
    """The comments directly above the keys of a printed table, by key, each as one line."""
    found = re.findall(r"^((?:# .*\n)+)#?([a-z_]+)[.\w]* = ", section_of(text, table), re.MULTILINE)
    return {name: " ".join(comment.replace("\n# ", " ").split()) for comment, name in found}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_means_the_same(path: Path, tmp_path: Path) -> None:
    """A commented example means the same, in another folder too."""
    assert_same(path, tmp_path)


def test_paths_of_first_programs_are_absolute(tmp_path: Path) -> None:
    """Paths of first programs are printed as absolute paths."""
    (example,) = [path for path in EXAMPLES if path.stem == "damaged_network"]
    text = printed(example, tmp_path / "once").read_text()
    assert f'\ninitial = "{example.with_suffix(".azl").resolve()}"\n' in text


@pytest.mark.parametrize("kind", NEEDS_NO_FILE)
def test_a_new_configuration_has_the_defaults_of_its_kind(kind: str, tmp_path: Path) -> None:
    """A new configuration means the same as one with only its kind of tasks."""
    bare = tmp_path / "bare.toml"
    bare.write_text(f'[tasks.search]\nkind = "{kind}"\n')
    tables = default_config_tables(kind)
    assert tables.complete == config_tables(bare).complete
    assert config_text(tables) == config_text(config_tables(bare))
    assert_same(bare, tmp_path)


@pytest.mark.parametrize("kind", MAKERS)
def test_every_key_has_its_explanation(kind: str) -> None:
    """Every key of every table is printed directly below its explanation."""
    text = config_text(default_config_tables(kind))
    parameters = declared(MAKERS[kind])
    assert keys_of(text, "search") == list(SEARCH)
    assert keys_of(text, "program") == list(PROGRAM)
    assert keys_of(text, "tasks.search") == ["kind", *parameters]
    assert keys_of(text, "tasks.select") == keys_of(text, "tasks.final") == list(parameters)
    assert all(name in text.partition("A table [[islands]]")[2] for name in ISLANDS)
    for table, keys in {"search": SEARCH, "program": PROGRAM, "tasks.search": parameters}.items():
        explanations = explanations_of(text, table)
        for name, key in keys.items():
            assert explanations[name].startswith(f"# {key.help} [{key.check.expected}".replace("`", ""))
    assert max(map(len, text.splitlines())) <= WIDTH + len("#")


def test_keys_that_are_not_set_are_comments() -> None:
    """Keys that are not set are printed as comments with their defaults."""
    lines = config_text(default_config_tables("table")).splitlines()
    for line in ("#max_evals = …", "#max_seconds = 600.0", "#path = …", '#set = "final"'):
        assert line in lines
    assert "seed" not in tomllib.loads("\n".join(lines))["tasks"]["search"]


def test_sets_of_tasks_still_follow_the_search_tasks(tmp_path: Path) -> None:
    """A set of tasks prints only its own keys, so a change of the search tasks changes it, too."""
    path = tmp_path / "search.toml"
    path.write_text(f"{TASKS_TABLE}[tasks.final]\ntasks = 5\n")
    again = printed(path, tmp_path / "once")
    assert tomllib.loads(again.read_text())["tasks"]["final"] == {"tasks": 5}
    complete = config_tables(again, ["tasks.search.features=7"]).complete["tasks"]
    assert [complete[name]["features"] for name in SETS] == [7, 7, 7]


def test_a_set_of_a_kind_of_its_own_has_all_its_keys(tmp_path: Path) -> None:
    """A set of tasks with another kind prints all its keys."""
    path = tmp_path / "search.toml"
    path.write_text(f'{TASKS_TABLE}[tasks.final]\nkind = "affine"\ntrain = 20\n')
    assert keys_of(printed(path, tmp_path / "once").read_text(), "tasks.final") == [
        "kind",
        *declared(MAKERS["affine"]),
    ]
    assert_same(path, tmp_path)


ISLAND_TABLES = {
    "keys": "[[islands]]\ncount = 2\nhurdle = {train = 5}\nmutations = ['alter_param']\n",
    "tasks": "[[islands]]\nshare = 0.5\ntasks = {features = 6, seed = 3}\n",
    "another kind": "[[islands]]\n[islands.tasks]\nkind = 'two_layer'\nfeatures = 6\n[[islands]]\n",
    "arrays": "[[islands]]\ntasks = {kind = 'arrays', path = 'mine.npz'}\n",
}


@pytest.mark.parametrize("what", ISLAND_TABLES)
def test_islands_mean_the_same(what: str, tmp_path: Path) -> None:
    """Tables of islands mean the same, with tasks of another kind or file, too."""
    x, y = np.ones((6, 4)), np.zeros(6)
    np.savez(tmp_path / "mine.npz", train_x=x, train_y=y, valid_x=x, valid_y=y)
    path = tmp_path / "search.toml"
    path.write_text(f"[search]\nn_islands = 5\n{TASKS_TABLE}{ISLAND_TABLES[what]}")
    assert_same(path, tmp_path)


def test_csv_and_array_files_mean_the_same(tmp_path: Path) -> None:
    """Tasks from csv tables and array files mean the same."""
    (tmp_path / "mine.csv").write_text("a,b\n" + "".join(f"{i},{i % 7}\n" for i in range(60)))
    path = tmp_path / "search.toml"
    path.write_text(
        "[tasks.search]\nkind = 'table'\npath = 'mine.csv'\ntarget = 'b'\n[tasks.final]\ntasks = 3\n"
    )
    assert_same(path, tmp_path)
    x, y = np.arange(240.0).reshape(60, 4), np.zeros(60)
    np.savez(tmp_path / "mine.npz", train_x=x, train_y=y, valid_x=x + 1000, valid_y=y)
    for more in ("", "[tasks.select]\nepochs = 2\n"):
        path.write_text(f"[tasks.search]\nkind = 'arrays'\npath = 'mine.npz'\n{more}")
        assert_same(path, tmp_path)


# --- any configuration ----------------------------------------------------------------------------------

FUNCTIONS = ("setup", "predict", "learn")
COUNTS = st.integers(1, 10**6)
WEIGHTS = st.floats(0.001, 1e9)
SEARCH_TABLES = st.fixed_dictionaries(
    {},
    optional={
        "population_size": st.integers(10, 1000),
        "mutate_prob": st.floats(0, 1),
        "mutations": st.dictionaries(st.sampled_from(UNCONNECTED), WEIGHTS, min_size=1)
        | st.lists(st.sampled_from(UNCONNECTED), min_size=1),
        "max_evals": COUNTS,
        "max_seconds": st.floats(0, allow_nan=False),
        "functional_cache": st.booleans() | st.just({"train": 3}),
        "hurdle": st.fixed_dictionaries(
            {"train": st.integers(1, 10)}, optional={"quantile": st.floats(0, 1)}
        ),
        "train_budget": st.fixed_dictionaries({}, optional={"baseline": st.sampled_from(BASELINES)}),
        "restart_after": COUNTS,
        "target_fitness": st.floats(0, allow_nan=False),
        "round_evals": COUNTS,
        "topology": st.sampled_from(TOPOLOGIES),
        "seed": st.integers(0, 2**63 - 1),
    },
)
PROGRAM_TABLES = st.fixed_dictionaries(
    {},
    optional={
        "sizes": st.dictionaries(st.sampled_from(FUNCTIONS), st.integers(0, 40)),
        "addresses": st.fixed_dictionaries({}, optional={name: st.integers(6, 20) for name in ADDRESS_NAMES}),
        "ops": st.sampled_from(["original", "extended", ["SCALAR_SUM", "SCALAR_SUM"]]),
        "predict_ops": st.sampled_from(["extended", [], ["VECTOR_SUM"]]),
    },
)
CHANGES = st.fixed_dictionaries(
    {}, optional={"features": st.integers(1, 20), "epochs": st.integers(1, 9), "tasks": st.integers(1, 4)}
)


@given(search=SEARCH_TABLES, program=PROGRAM_TABLES, tasks=st.dictionaries(st.sampled_from(SETS), CHANGES))
@examples(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_configuration_means_the_same(tmp_path: Path, search: Any, program: Any, tasks: Any) -> None:
    """Any configuration means the same when printed."""
    base = tomllib.loads(TASKS_TABLE)["tasks"]["search"]
    tasks["search"] = base | tasks.get("search", {})
    path = tmp_path / "any.toml"
    path.write_text(tomli_w.dumps({"search": search, "program": program, "tasks": tasks}))
    assert_same(path, tmp_path)
