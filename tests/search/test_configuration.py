"""Configurations: files, overrides, defaults, and errors that name the key and the nearest right one."""

import copy
import tomllib
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from programs import text
from search.making import TASKS_TABLE, params

from azc.errors import AzcError
from azc.ir import NO_OP, OP_SETS, OPS, ORIGINAL, Program
from azc.problems import SettingsError
from azc.search import Config, Params, default_config, load_config, parameters
from azc.search.checks import FunctionalCache, Hurdle, TrainBudget
from azc.tasks import Task, set_seed

GOOD = (
    """
[search]
population_size = 50
mutations = {alter_param = 2, INSERT_INSTRUCTION = 1.5, REMOVE_INSTRUCTION_MUTATION_TYPE = 1}

[program]
addresses = {scalars = 4, vectors = 3, matrices = 1}
ops = ["SCALAR_SUM", "VECTOR_INNER_PRODUCT_OP", "scalar_diff"]
setup_ops = ["SCALAR_CONST_SET", "SCALAR_CONST_SET"]
size_limits = {learn = [2, 9]}
"""
    + TASKS_TABLE
)


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Writes a configuration and returns its path."""

    def write(text: str = GOOD) -> Path:
        path = tmp_path / "search.toml"
        path.write_text(text)
        return path

    return write


def test_a_configuration_is_read(write: Any) -> None:
    """A file sets keys, with names in the original engine's spelling too; other keys have defaults."""
    read = load_config(write()).params
    island, program = read.island, read.program
    assert island.strategy.population_size == 50
    assert island.strategy.tournament_size == 10
    assert island.mutations == (
        ("alter_param", 2.0),
        ("insert_instruction", 1.5),
        ("remove_instruction", 1.0),
    )
    common = ("SCALAR_SUM", "VECTOR_INNER_PRODUCT", "SCALAR_DIFF")
    assert program.ops == (("SCALAR_CONST_SET",) * 2, common, common)
    assert program.size_limits[2] == (2, 9)
    assert program.sizes == (1, 1, 2)
    assert program.addresses == (4, 3, 1)
    assert program.eval_type == "RMS_ERROR"
    assert read.limits.max_seconds == 600


def test_a_list_of_mutations_weighs_by_count() -> None:
    """Mutations in a list weigh 1 for each occurrence."""
    names = ["ALTER_PARAM", "IDENTITY_MUTATION_TYPE", "alter_param"]
    assert params(search={"mutations": names}).island.mutations == (("alter_param", 2.0), ("identity", 1.0))


def test_scoring_can_be_configured(write: Any) -> None:
    """Strategy, offspring, precision, caches, hurdle and budget are keys of [search]."""
    read = load_config(
        write(),
        [
            "search.strategy=live_evolution",
            "search.n_offspring=8",
            "search.precision=float32",
            "search.exact_cache=false",
            "search.functional_cache={train = 50, valid = 30}",
            "search.hurdle={train = 10, quantile = 0.25, window = 50}",
            "search.train_budget={baseline = 'linear', factor = 3}",
        ],
    ).params.island
    assert (read.strategy.name, read.strategy.n_offspring, read.precision) == ("live_evolution", 8, "float32")
    assert (read.exact_cache, read.functional_cache) == (False, FunctionalCache(train=50, valid=30))
    assert read.hurdle == Hurdle(train=10, quantile=0.25, window=50)
    assert read.train_budget == TrainBudget(baseline="linear", factor=3.0)


def test_scoring_has_defaults(write: Any) -> None:
    """Hurdle, budget and functional cache have defaults, and are off without their keys."""
    read = load_config(write(), ["search.hurdle={train = 10}", "search.train_budget={}"]).params.island
    assert read.hurdle == Hurdle(train=10, quantile=0.5, window=100)
    assert read.train_budget == TrainBudget(baseline="neural_network", factor=2.0)
    cached = load_config(write(), ["search.functional_cache=true"]).params.island
    assert cached.functional_cache == FunctionalCache(train=10, valid=10)
    plain = load_config(write()).params.island
    assert (plain.hurdle, plain.train_budget, plain.functional_cache) == (
        None,
        None,
        None,
    )
    assert (plain.strategy.name, plain.precision, plain.exact_cache) == (
        "size_bins",
        "float64",
        True,
    )


def test_select_and_final_tasks_are_the_search_tasks_with_changes(write: Any) -> None:
    """Sets of tasks without a kind have the search tasks' parameters, but seeds of their own."""
    config = load_config(write(GOOD + "seed = 7\n[tasks.final]\ntasks = 3\n"), seed=5)
    search, select, final = (config.tasks(name) for name in ("search", "select", "final"))
    assert [len(tasks) for tasks in (search, select, final)] == [2, 2, 3]
    assert search[0].source == "linear, task 0 of seed 7"
    assert [tasks[0].source.split()[-1] for tasks in (select, final)] == [
        str(set_seed(5, name)) for name in ("select", "final")
    ]


def test_sets_may_be_of_a_kind_of_their_own(write: Any) -> None:
    """A set of tasks with a kind takes no parameters from the search tasks."""
    config = load_config(write(GOOD + '[tasks.select]\nkind = "affine"\nfeatures = 8\n'))
    assert config.tasks("select")[0].features == 8
    assert len(config.tasks("select")) == 10


def test_tasks_are_made_once_on_request(write: Any) -> None:
    """Tasks are made once, on request, so missing data of final tasks are an error only then."""
    config = load_config(write(GOOD + '[tasks.final]\ndataset = "no-such-data"\n'))
    assert config.tasks("search")[0] is config.tasks("search")[0]
    with pytest.raises(AzcError, match=r"tasks\.final: there is no data set 'no-such-data'"):
        config.tasks("final")


def test_overrides_are_toml_or_bare_words(write: Any) -> None:
    """Values of overrides are TOML, or else text; missing tables are added."""
    given = (
        "search.max_seconds=20",
        "program.initial=random",
        "program.sizes.learn = 3",
        "tasks.select.tasks=1",
    )
    config = load_config(write(), given)
    assert config.params.limits.max_seconds == 20.0
    assert config.params.program.initial == "random"
    assert config.params.program.sizes == (1, 1, 3)
    assert len(config.tasks("select")) == 1


def test_a_given_seed_replaces_the_files(write: Any) -> None:
    """The argument `seed` takes precedence over the file's seed and changes the tasks."""
    one, other = (load_config(write(), ["search.seed=3"], seed=seed) for seed in (None, 4))
    assert (one.params.run.seed, other.params.run.seed) == (3, 4)
    assert not np.array_equal(one.tasks("search")[0].train_x, other.tasks("search")[0].train_x)


def test_the_path_of_a_first_program_is_relative(write: Any, tmp_path: Path) -> None:
    """The path of a first program is relative to the configuration; its sizes are the initial sizes."""
    (tmp_path / "mine.azl").write_text(text(predict="s1 = dot(v0, v1); s1 = s1 + s2"))
    limits = "program.size_limits={setup = [0, 5], predict = [0, 5], learn = [0, 5]}"
    read = load_config(write(), ["program.initial=mine.azl", limits]).params
    assert isinstance(read.program.initial, tuple)
    assert [type(program) for program in read.program.initial] == [Program]
    assert read.program.sizes == (0, 2, 0)


def test_a_search_may_begin_with_several_programs(write: Any, tmp_path: Path) -> None:
    """A list of .azl files gives several first programs; the longest functions give the initial sizes."""
    (tmp_path / "one.azl").write_text(text(predict="s1 = dot(v0, v1); s1 = s1 + s2"))
    (tmp_path / "two.azl").write_text(text("s2 = 1", "s1 = dot(v0, v1)"))
    limits = "program.size_limits={setup = [0, 5], predict = [0, 5], learn = [0, 5]}"
    read = load_config(write(), ["program.initial=['one.azl', './two.azl']", limits]).params
    assert isinstance(read.program.initial, tuple)
    assert [tuple(map(len, program.functions)) for program in read.program.initial] == [(0, 2, 0), (1, 1, 0)]
    assert read.program.sizes == (1, 2, 0)


def test_given_sizes_widen_limits_that_are_not_given() -> None:
    """Sizes beyond the default limits widen these."""
    read = parameters({}, {"sizes": {"setup": 0, "learn": 40}}, "RMS_ERROR")
    assert (read.program.size_limits[0][0], read.program.size_limits[2][1]) == (0, 40)


def test_default_operations_are_the_originals() -> None:
    """The default operations are the original engine's without the no-op."""
    expected = tuple(op.name for op in ORIGINAL if op != NO_OP)
    assert parameters({}, {}, "RMS_ERROR").program.ops == (expected,) * 3
    assert parameters({}, {"ops": "original"}, "RMS_ERROR").program.ops == (expected,) * 3


def test_operations_are_given_by_the_name_of_a_set() -> None:
    """Operations can be a named set, for one function too; `extended` is all but the no-op."""
    read = parameters({}, {"ops": "extended", "learn_ops": "original", "predict_ops": []}, "RMS_ERROR")
    every, original = (tuple(op.name for op in ops if op != NO_OP) for ops in (OPS, ORIGINAL))
    assert read.program.ops == (every, (), original)


@pytest.mark.parametrize("ops", OP_SETS)
def test_a_named_set_has_only_operations_that_addresses_allow(ops: str) -> None:
    """A named set has no matrix operations without matrices, and never the no-op."""
    read = parameters({}, {"ops": ops, "addresses": {"matrices": 0}}, "RMS_ERROR")
    assert "SCALAR_SUM" in read.program.ops[1]
    assert not any("MATRIX" in name or name == "NO_OP" or "OUTER" in name for name in read.program.ops[1])


FAULTS = {
    # an override: what the message says
    "search.poplation_size=5": r"search\.poplation_size: there is no such key; .* 'population_size'",
    "search.population_size=0": r"search\.population_size: expected a whole number from 1 to .*, but it is 0",
    "search.population_size=many": r"search\.population_size: expected a whole number .* it is 'many'",
    "search.population_size=true": r"search\.population_size: expected a whole number .* it is True",
    "search.mutate_prob=1.5": r"search\.mutate_prob: expected a number from 0.0 to 1.0, but it is 1.5",
    "search.target_fitness=nan": r"search\.target_fitness: expected a number, but it is nan",
    "search.max_evals=1e6": r"search\.max_evals: expected a whole number of at least 1, but it is 1000000\.0",
    "search.seed=-1": r"search\.seed: expected a whole number",
    "search.mutations=['ALTER_PARM']": r"search\.mutations: .* no mutation 'ALTER_PARM'; .* 'alter_param'",
    "search.mutations={alter_param=-1}": r"search\.mutations: alter_param: expected a number",
    "search.mutations={alter_param=0}": r"search\.mutations: expected a mutation with a weight above 0",
    "search.mutations=[]": r"search\.mutations: expected a mutation with a weight above 0",
    "search.mutations=7": r"search\.mutations: expected a table like .* or a list, but it is 7",
    "search.initial=random": r"search\.initial: there is no such key",
    "search.strategy=live_evoluton": r"search\.strategy: .* the nearest is 'live_evolution'",
    "search.strategy=3": r"search\.strategy: expected a word, but it is 3",
    "search.n_offspring=0": r"search\.n_offspring: expected a whole number from 1 to 100000, but it is 0",
    "search.precision=float16": r"search\.precision: expected a word, but it is 'float16'; .* 'float\d\d'",
    "search.exact_cache=1": r"search\.exact_cache: expected true or false, but it is 1",
    "search.functional_cache=yes": r"search\.functional_cache: expected a table .*, but it is 'yes'",
    "search.functional_cache={train=0}": r"search\.functional_cache: train: expected a whole number",
    "search.functional_cache={tran=5}": r"search\.functional_cache: there is no key 'tran'; .* 'train'",
    "search.hurdle=true": r"search\.hurdle: expected a table like \{train = 100, .*\}, but it is True",
    "search.hurdle={}": r"search\.hurdle: expected a table with train",
    "search.hurdle={train=0}": r"search\.hurdle: train: expected a whole number of at least 1, but it is 0",
    "search.hurdle={train=5, quantil=1}": r"search\.hurdle: there is no key 'quantil'; .* 'quantile'",
    "search.hurdle={train=5, quantile=75}": r"search\.hurdle: quantile: expected a number from 0\.0 to 1\.0",
    "search.hurdle={train=5, window=0}": r"search\.hurdle: window: expected a whole number from 1 to",
    "search.train_budget=2": r"search\.train_budget: expected a table like \{baseline = .*, but it is 2",
    "search.train_budget={baseline='lenear'}": r"search\.train_budget: baseline: .* nearest is 'linear'",
    "search.train_budget={factor=-1}": r"search\.train_budget: factor: expected a number of at least 0",
    "search.train_budget={factr=1}": r"search\.train_budget: there is no key 'factr'; .* 'factor'",
    "program.initial=radnom": r"program\.initial: expected an \.azl file, .*; the nearest is 'random'",
    "program.initial=[]": r"program\.initial: expected an \.azl file, a list of them, .* it is \[\]",
    "program.initial=['random']": r"program\.initial: expected an \.azl file, a list .* it is \['random'\]",
    "program.initial=['no.azl', 'neither.azl']": r"program\.initial: .*no\.azl",
    "program.initial=no.azl": r"program\.initial: .*no\.azl",
    "program.ops=['SCALAR_SUMM']": r"program\.ops: .* no operation 'SCALAR_SUMM'; .* 'SCALAR_SUM'",
    "program.ops=[1]": r"program\.ops: there is no operation 1",
    "program.ops=SCALAR_SUM": r"program\.ops: expected a list of operations .* but it is 'SCALAR_SUM'",
    "program.ops=extendet": r"program\.ops: expected .*, but it is 'extendet'; the nearest is 'extended'",
    "program.ops=1": r"program\.ops: expected a list of operations",
    "program.sizes={lern=3}": r"program\.sizes: there is no key 'lern'; the nearest is 'learn'",
    "program.sizes=3": r"program\.sizes: expected a table like",
    "program.sizes={learn=10}": r"program\.sizes\.learn: 10 .*size_limits\.learn, expected from 2 to 9",
    "program.sizes={learn=-1}": r"program\.sizes: learn: expected a whole number .* it is -1",
    "program.size_limits={learn=[3, 2]}": r"program\.size_limits: learn: expected \[least, greatest\]",
    "program.size_limits={learn=3}": r"program\.size_limits: learn: expected \[least, greatest\]",
    "program.addresses={scalars=65}": r"program\.addresses: scalars: expected a whole number from 0 to 64",
    "program.addresses.scalars=1": r"program\.addresses: RMS_ERROR needs s1, .* scalars = 2, but it is 1",
    "program.addresses.matrices=zero": r"program\.addresses: matrices: expected a whole number",
    "tasks.serach.features=3": r"tasks\.serach: there is no such set of tasks; the nearest is 'search'",
    "tasks.search.featurs=3": r"tasks\.search: .*'featurs'; the nearest is 'features'",
    "tasks.select.features=0": r"tasks\.select: features must be",
    "tasks.final.kind=linera": r"tasks\.final: .*'linera'; the nearest is 'linear'",
    "serach.seed=3": r"there is no table \[serach\]; the nearest is 'search'",
    "tasks=3": r"'tasks=3': expected table\.key=value",
    "search.seed": r"'search\.seed': expected table\.key=value",
    "search.population_size.x=3": r"'search\.population_size\.x=3': population_size is not a table",
}


@pytest.mark.parametrize("override", FAULTS)
def test_errors_name_file_and_key(write: Any, override: str) -> None:
    """An error names the file and the key, and says what was expected."""
    path = write()
    with pytest.raises(AzcError, match=rf"{path}: {FAULTS[override]}"):
        load_config(path, [override])


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ({"ops": []}, r"program\.ops: no function has an operation"),
        (
            {"ops": ["MATRIX_SUM"], "addresses": {"matrices": 0}},
            r"program\.ops \(setup\): MATRIX_SUM reads matrices",
        ),
        (
            {"ops": ["SCALAR_BROADCAST"], "addresses": {"vectors": 1}},
            r"SCALAR_BROADCAST writes vectors, .* leaves none",
        ),
        (
            {"setup_ops": [], "initial": "random", "sizes": {"setup": 2}},
            r"program\.sizes\.setup: 2 random instructions",
        ),
    ],
)
def test_conflicting_keys_are_an_error(program: dict[str, Any], message: str) -> None:
    """Operations without addresses, or random programs without operations, are an error."""
    with pytest.raises(AzcError, match=message):
        parameters({}, program, "RMS_ERROR")


def test_many_classes_need_the_addresses_of_their_interface() -> None:
    """Tasks of many classes need the addresses of their interface."""
    with pytest.raises(AzcError, match="needs v2, so expected at least vectors = 3, but it is 2"):
        parameters({}, {"addresses": {"vectors": 2}}, "MULTICLASS_ACCURACY")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[search]\nseed == 3\n", r"is not valid TOML: .*line 2, column 7"),
        ("\xff", r"is not valid TOML"),
        ("[tasks.select]\nseed = 3\n", r"expected a table \[tasks\.search\]"),
        ("search = 3\n", r"search: expected a table, but it is 3"),
        ("[tasks]\nsearch = 3\n", r"tasks\.search: expected a table, but it is 3"),
        ("tasks = 3\n", r"tasks: expected a table"),
    ],
)
def test_files_that_are_no_configuration_are_errors(tmp_path: Path, text: str, message: str) -> None:
    """A file that is no configuration is an error with line and column, or with the missing table."""
    path = tmp_path / "bad.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(AzcError, match=rf"{path}: {message}"):
        load_config(path)


def test_tables_are_read_like_a_file(write: Any) -> None:
    """A dict of tables, with paths, tuples and numbers of NumPy, gives what a file with them gives."""
    tables = tomllib.loads(GOOD)
    tables["search"]["seed"] = np.int64(3)
    tables["program"]["ops"] = (*tables["program"]["ops"],)
    tables["program"]["size_limits"] = {"learn": np.array([2, 9])}
    before = copy.deepcopy(tables["tasks"])
    found, read = load_config(tables, ["search.n_islands=2"]), load_config(write(), ["search.n_islands=2"], 3)
    assert found.params == read.params
    assert found.tables == read.tables
    assert found.source == "tables"
    assert (tables["tasks"], "n_islands" in tables["search"]) == (before, False)
    assert load_config(found.tables).params == found.params
    assert load_config(MappingProxyType(tables)).tables["search"]["seed"] == 3
    tables["program"]["initial"] = Path("none.azl")
    with pytest.raises(AzcError, match=r"tables: program\.initial: cannot read none\.azl"):
        load_config(tables)


def test_wrong_tables_are_errors_in_their_order() -> None:
    """All that is wrong in a dict of tables is told with its key, in the order of the dict."""
    search: dict[Any, Any] = {"seed": None, 3: 4, "max_evals": object()}
    with pytest.raises(SettingsError) as caught:
        load_config({"tasks": {"search": {"kind": "linear"}}, "program": {"ops": 3}, "search": search})
    lines = str(caught.value).splitlines()
    assert [line.split(":")[:2] for line in lines] == [
        ["tables", " program.ops"],
        ["tables", " search"],
        ["tables", " search.seed"],
        ["tables", " search.max_evals"],
    ]
    with pytest.raises(AzcError, match=r"expected a table \[tasks\.search\]"):
        load_config({"tasks": {"final": {}}})
    endless: dict[str, Any] = {}
    endless["search"] = endless
    with pytest.raises(AzcError, match="tables: they are nested too deeply"):
        load_config(endless)
    with pytest.raises(AzcError, match="data is the content of a file"):
        load_config({}, data="")


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    """A missing file is an error with its name."""
    with pytest.raises(AzcError, match=r"none\.toml: cannot be read"):
        load_config(tmp_path / "none.toml")


TASKS = [Task(np.ones((2, 12)), np.ones(2), np.ones((2, 12)), np.ones(2), eval_type="ACCURACY")]


def test_ready_tasks_need_no_configuration() -> None:
    """Given tasks have default settings for tables, which overrides change."""
    config = default_config(
        TASKS, TASKS, TASKS, overrides=["search.max_seconds=5"], seed=9, source="table.csv"
    )
    assert isinstance(config, Config)
    assert isinstance(config.params, Params)
    assert (config.params.limits.max_seconds, config.params.run.seed, config.params.program.eval_type) == (
        5.0,
        9,
        "ACCURACY",
    )
    assert config.tasks("final") == TASKS


@pytest.mark.parametrize("override", ["tasks.search.seed=3", "serach.seed=3", "search.sed=3"])
def test_overrides_of_ready_tasks_are_checked(override: str) -> None:
    """With given tasks, overrides of the tasks or of unknown keys are errors."""
    with pytest.raises(AzcError):
        default_config(TASKS, TASKS, TASKS, overrides=[override])


@pytest.mark.parametrize(
    ("features", "initial", "matrices"), [(20, "neural_network", 3), (64, "linear", 3), (65, "linear", 0)]
)
def test_defaults_suit_the_number_of_features(features: int, initial: str, matrices: int) -> None:
    """By default, wide tables begin with linear regression, and the widest have no matrices."""
    x, y = np.ones((2, features)), np.ones(2)
    tasks = [Task(x, y, x, y)]
    read = default_config(tasks, tasks, tasks).params
    assert (read.program.initial, read.program.addresses[2]) == (initial, matrices)


def test_defaults_suit_many_classes() -> None:
    """By default, tasks of many classes have matrices, with many features too."""
    x, y = np.ones((2, 100)), np.array([0.0, 2.0])
    tasks = [Task(x, y, x, y, eval_type="MULTICLASS_ACCURACY", n_classes=3)]
    assert default_config(tasks, tasks, tasks).params.program.addresses[2] == 3


def test_a_byte_order_mark_is_ignored(write: Any) -> None:
    """A byte order mark before a configuration is ignored."""
    path = write()
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load_config(path).params.island.strategy.population_size == 50


def test_a_first_program_with_an_unknown_address_is_an_error(write: Any, tmp_path: Path) -> None:
    """A first program with an address that the search lacks is an error with the remedy."""
    learn = "def Learn():\n  s2 = s0 + s1\n  s3 = s2 - s1\n"
    for name, first in (("good", "s0"), ("bad", "s9")):
        text = f"def Setup():\ndef Predict():\n  s1 = {first} + s0\n{learn}"
        (tmp_path / f"{name}.azl").write_text(text)
    what = r"program\.initial, program 2: s9 is none of the search's; it has s0 to s3, v0 to v2, m0, "
    with pytest.raises(AzcError, match=rf"{what}.*; raise program\.addresses"):
        load_config(write(), ["program.initial=['good.azl', 'bad.azl']"])
