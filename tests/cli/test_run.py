"""`azc run`: fitness on tasks of any source."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import programs
import pytest
from click.testing import Result

import azc as package
from azc.cli.trace import value_text
from azc.ir import INTERFACES
from azc.search import load_config
from azc.tasks import tasks_from_spec

Azc = Callable[..., Result]
SPEC = "linear,features=3,train=50,valid=20,tasks=2"


def times_hidden(text: str) -> str:
    """The text with its time replaced."""
    return re.sub(r"[0-9.]+ (ms|s)$", "TIME", text, flags=re.MULTILINE)


def test_every_task_and_the_mean_are_printed(azc: Azc, linear: Path) -> None:
    """Output is the tasks' shape, the fitness of each task, the mean, and the effort."""
    output = azc("run", linear, "--task", SPEC, "--backend", "kernels").output
    fitnesses = package.evaluate(package.load(linear), tasks_from_spec(SPEC)).fitnesses
    assert times_hidden(output) == (
        "2 tasks, RMS_ERROR, 3 features, 50 + 20 examples\n\n"
        f"task 0  {fitnesses[0]:.6f}\ntask 1  {fitnesses[1]:.6f}\nmean    {sum(fitnesses) / 2:.6f}\n\n"
        "kernels, float64, 100 training steps, TIME\n"
    )


def test_many_tasks_are_summed_up(azc: Azc, linear: Path) -> None:
    """Of many tasks the first five are printed, then minimum, median, maximum and mean."""
    lines = azc("run", linear, "--task", "linear,train=9,valid=9,tasks=40").output.splitlines()
    names = [line.split("  ")[0] for line in lines[2:-2]]
    assert names == ["task 0", "task 1", "task 2", "task 3", "task 4", "…", "min", "median", "max", "mean"]


def test_early_stops_are_marked(azc: Azc, tmp_path: Path) -> None:
    """A task that stopped early is marked."""
    path = tmp_path / "wild.azl"
    path.write_text("def Predict():\n  s1 = 1e9\n")
    assert "task 0  0.000000  stopped early" in azc("run", path, "--task", "linear,tasks=1").output


def test_reasons_of_early_stops_are_printed(azc: Azc, tmp_path: Path) -> None:
    """Early stops of three tasks have phase, example, error and limit; the others are counted."""
    path = tmp_path / "wild.azl"
    path.write_text(programs.growing(60))
    lines = azc("run", path, "--task", "linear,train=9,valid=9,tasks=40").output.splitlines()
    for index, line in enumerate(lines[-4:-1]):
        assert re.fullmatch(
            rf"task {index} stopped early in training, at example 3 of 9: "
            r"the error was 1[12]\d\.?\d*, greater than max_abs_error, 100",
            line,
        )
    assert lines[-1] == "37 more tasks stopped early, 37 in training"
    path.write_text("def Predict():\n  s1 = s3 / s3\n")
    lines = azc("run", path, "--task", "linear,train=9,valid=9,tasks=1").output.splitlines()
    assert lines[-1] == "task 0 stopped early in training, at example 1 of 9: the error was nan"


def test_equal_predictions_are_reported(azc: Azc, tmp_path: Path, linear: Path) -> None:
    """Equal predictions are reported with their value, different ones are not."""
    path = tmp_path / "constant.azl"
    path.write_text("def Predict():\n  s1 = 0.5\n")
    one = azc("run", path, "--task", "linear,train=9,valid=9,tasks=1").output.splitlines()
    assert one[-1] == "every prediction in validation was equal: 0.5"
    many = azc("run", path, "--task", "linear,train=9,valid=9,tasks=3,epochs=2").output.splitlines()
    assert many[-1] == "every prediction in the first validation was equal in all 3 tasks (task 0: 0.5)"
    assert "equal" not in azc("run", linear, "--task", "linear,train=9,valid=9,tasks=3").output


def test_json_has_stops_and_constant_predictions(azc: Azc, tmp_path: Path) -> None:
    """JSON has early stops and constant predictions, only if there are any."""
    path = tmp_path / "odd.azl"
    path.write_text("def Predict():\n  s1 = 0.5\n")
    said = json.loads(azc("run", path, "--task", SPEC, "--json").stdout)
    assert said["constant_predictions"] == [0.5, 0.5]
    assert "stops" not in said
    path.write_text("def Predict():\n  s1 = s3 / s3\n")
    said = json.loads(azc("run", path, "--task", SPEC, "--json").stdout)
    assert said["stops"][1] == {"task": 1, "phase": "training", "epoch": 1, "example": 1, "error": "nan"}
    assert "constant_predictions" not in said


@pytest.mark.parametrize("backend", ["auto", "kernels", "native", "python"])
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_json_has_the_fields_of_evaluate(azc: Azc, linear: Path, backend: str, precision: str) -> None:
    """JSON has the fields of `azc.evaluate` and the seconds, with the same bits from every backend."""
    arguments = ("--task", SPEC, "--backend", backend, "--precision", precision, "--json")
    said = json.loads(azc("run", linear, *arguments).stdout)
    result = package.evaluate(package.load(linear), tasks_from_spec(SPEC), precision=precision)
    assert said.pop("seconds") > 0
    assert said == {
        "fitness": result.fitness,
        "fitnesses": result.fitnesses,
        "stopped_early": [False, False],
        "backend": result.backend if backend == "auto" else backend,
        "train_steps": [50, 50],
    }


def test_tasks_of_a_configuration_are_those_of_its_search(azc: Azc, linear: Path, tmp_path: Path) -> None:
    """`--task CONFIG:TABLE` gives the tasks of that search, with its seed or that of `--seed`."""
    path = tmp_path / "search.toml"
    path.write_text('[search]\nseed = 5\n[tasks.search]\nkind = "linear"\ntrain = 20\nvalid = 9\ntasks = 3\n')
    program = package.load(linear)
    for seed, option in ((None, ()), (8, ("--seed", 8))):
        expected = package.evaluate(program, load_config(path, seed=seed).tasks("select")).fitnesses
        for table in ("tasks.select", "select"):
            said = json.loads(azc("run", linear, "--task", f"{path}:{table}", "--json", *option).stdout)
            assert said["fitnesses"] == expected
    assert "There are" in azc("run", linear, "--task", path, code=1).stderr
    assert f"{path}:tasks.search" in azc("run", linear, "--task", f"{path}:tasks.serch", code=1).stderr


def test_a_table_is_prepared_and_divided(azc: Azc, linear: Path, tables: tuple[Path, Path]) -> None:
    """A table is divided into sets of rows; a target of words has the type ACCURACY, of numbers RMS_ERROR."""
    table, _ = tables
    outputs = [
        azc("run", linear, "--data", table, "--target", "kind", "--set", part).output
        for part in ("search", "select")
    ]
    assert outputs[0].startswith("10 tasks, ACCURACY, 3 features, 48 + 12 examples\n")
    assert outputs[1].startswith("10 tasks, ACCURACY, 3 features, 16 + 4 examples\n")
    other = azc("run", linear, "--data", table, "--target", "kind", "--seed", 1, "--epochs", 3).output
    assert other.startswith("10 tasks, ACCURACY, 3 features, 16 + 4 examples, 3 epochs\n")
    numbers = table.with_name("numbers.csv")
    numbers.write_text(re.sub(",[a-z]+$", "", table.read_text(), flags=re.MULTILINE))
    said = azc("run", linear, "--data", numbers, "--target", "c").output
    assert said.startswith("10 tasks, RMS_ERROR, 2 features, 16 + 4 examples\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give either --task SPEC or --data"),
        (["--task", "linear", "--data", "x.csv"], "give either --task SPEC or --data"),
        (["--task", "linear", "--target", "y"], "--target belongs to --data"),
        (["--task", "linear", "--epochs", "2"], "--epochs belongs to --data"),
    ],
)
def test_one_source_of_tasks_is_needed(azc: Azc, linear: Path, arguments: list[str], message: str) -> None:
    """Tasks come from `--task` or from `--data`, not from both, and options belong to one of them."""
    assert message in azc("run", linear, *arguments, code=2).stderr


def test_a_table_needs_a_target(azc: Azc, linear: Path, tables: tuple[Path, Path]) -> None:
    """`--target` is needed where no header names the target."""
    assert "--target" in azc("run", linear, "--data", tables[0], code=1).stderr


def test_a_trace_shows_what_changes(azc: Azc, linear: Path) -> None:
    """A trace shows changed addresses and their values after each phase of the first steps."""
    output = azc("run", linear, "--task", "linear,features=2,tasks=1,seed=4", "--trace", 1).output
    lines = output.splitlines()
    assert lines[:2] == ["before the first step", "  setup  s2  0.01"]
    assert re.fullmatch(r"step 1: label \S+, error \S+", lines[2])
    changed = [line[11:].split("  ")[0] for line in lines[3:9]]
    assert changed == ["v0", "s0", "s3", "s4", "v1", "v2"]
    assert [line[:11].strip() for line in lines[3:9]] == ["predict", "learn", "", "", "", ""]


def test_a_trace_agrees_with_an_evaluation(azc: Azc, linear: Path) -> None:
    """A trace has the errors of the evaluation, and its last values are those in memory."""
    spec = "linear,features=2,train=7,valid=1,tasks=1"
    steps = json.loads(azc("run", linear, "--task", spec, "--trace", 99, "--json").stdout)["trace"]
    result = package.evaluate(package.load(linear), tasks_from_spec(spec), want=("train_errors", "memory"))
    assert result.train_errors is not None
    assert result.memory is not None
    assert [step["error"] for step in steps[1:]] == result.train_errors[0].tolist()
    traced = dict[str, object]()
    for step in steps:
        for phase in ("setup", "predict", "learn"):
            traced |= step.get(phase, {})
    trained = {
        f"{kind}{index}": value.tolist()
        for kind in "svm"
        for index, value in enumerate(result.memory[0][kind])
        if value.any()
    }
    # Validation has changed these afterwards.
    for address in map(str, INTERFACES["RMS_ERROR"].addresses):
        traced.pop(address, None)
        trained.pop(address, None)
    assert traced.keys() == {"s2", "s3", "s4", "v1", "v2"}
    assert traced == trained


def test_a_trace_ends_where_training_stops(azc: Azc, tmp_path: Path) -> None:
    """A trace ends where training stops, with the error that was too great."""
    path = tmp_path / "wild.azl"
    path.write_text("def Predict():\n  s1 = 1e9\n")
    output = azc("run", path, "--task", "linear,tasks=1", "--trace", 5).output
    assert "error 1e+09, too great: training stops" in output
    assert "step 2" not in output


def test_long_values_are_cut(linear: Path) -> None:
    """Vectors are cut after six numbers; small matrices are complete."""
    import numpy as np

    assert value_text(np.arange(9.0)) == "[0, 1, 2, 3, 4, 5, …]"
    assert value_text(np.eye(2)) == "[[1, 0], [0, 1]]"


def test_levels_of_optimization_give_the_same_bits(azc: Azc, tmp_path: Path) -> None:
    """Optimization levels -O0 to -O2 and the default give the same bits; -O3 is an error."""
    path = tmp_path / "p.azl"
    path.write_text(programs.linear(0.01, "s5 = 4", "v2 = s9 * v0"))
    said = [json.loads(azc("run", path, "--task", SPEC, "--json", *o).stdout) for o in LEVELS]
    assert len({str(one | {"seconds": 0}) for one in said}) == 1
    assert "'3'" in azc("run", path, "--task", SPEC, "-O3", code=2).stderr


LEVELS = ([], ["-O0"], ["-O1"], ["-O2"])


@pytest.mark.parametrize(("options", "level"), [*zip(LEVELS, (2, 0, 1, 2), strict=True)])
def test_the_default_level_is_2(
    azc: Azc, linear: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], level: int
) -> None:
    """Passes run at the level of -O, by default 2."""
    levels = list[int]()
    monkeypatch.setattr("azc.passes.optimize", lambda program, _, level: levels.append(level) or program)
    azc("run", linear, "--task", SPEC, *options)
    assert levels == [level]


@pytest.mark.parametrize("level", LEVELS)
def test_faults_of_dead_code_are_found_at_every_level(azc: Azc, tmp_path: Path, level: list[str]) -> None:
    """A fault in dead code is an error at every optimization level."""
    path = tmp_path / "p.azl"
    path.write_text("def Setup():\n  v3[7] = 1\n")
    assert "there is no element 7" in azc("run", path, "--task", SPEC, *level, code=1).stderr
