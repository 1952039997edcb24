"""Identity of a run's search: the settings and data that must stay the same."""

from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from runs.making import EXAMPLE, example, settings

from azc.errors import AzcError
from azc.runs.identity import FORMAT, check_same, flattened, identity, task_digest
from azc.search import load_config
from azc.search.checks import LIMITS
from azc.tasks import SETS


def test_settings_have_full_names() -> None:
    """Settings in nested tables and in lists of tables have full names; other lists are values."""
    tables = {"a": {"b": {"c": 1}}, "d": [{"e": True}, {"e": "x"}], "f": [[1, 2]], "g": []}
    expected = {"a.b.c": "1", "d[0].e": "true", "d[1].e": '"x"', "f": "[[1, 2]]", "g": "[]"}
    assert flattened(tables) == expected


@pytest.mark.parametrize("limit", LIMITS)
def test_limits_are_no_part_of_the_identity(limit: str) -> None:
    """A limit does not change the identity of a search."""
    assert identity(example(**{limit: 3})) == identity(example())


def test_first_programs_have_the_checksum_of_earlier_releases(tmp_path: Path) -> None:
    """Runs that began earlier from programs of one's own can go on: their checksum stays."""
    path = tmp_path / "own.azl"
    path.write_text("def Setup():\n  s2 = 0.1\ndef Predict():\n  s1 = dot(v0, v1)\n")
    for initial, checksum in (([path], "6d65eae3f8754e57"), ([path, path], "f908db7a00cbeadd")):
        tables = {"kind": "linear", "features": 4, "train": 10, "valid": 10, "tasks": 2}
        made = load_config({"program": {"initial": list(map(str, initial))}, "tasks": {"search": tables}})
        assert identity(made)["the first programs"] == checksum


CACHE = {f"search.functional_cache{key}" for key in ("", ".train", ".valid")}
SEEDS = {f"{name}.seed" for name in ("search", "tasks.search", "tasks.select", "tasks.final")}


@pytest.mark.parametrize(
    ("override", "changed"),
    [
        ("search.seed=5", {*SEEDS, *(f"the data of tasks.{name}" for name in SETS)}),
        ("search.n_migrants=1", {"search.n_migrants"}),
        (
            "search.functional_cache=false",
            {f"search.functional_cache{key}" for key in ("", ".train", ".valid")},
        ),
        ("program.sizes.learn=7", {"program.sizes.learn"}),
        ("program.initial=empty", {"program.initial", "the first programs"}),
        ("tasks.select.valid=11", {"tasks.select.valid", "the data of tasks.select"}),
        ("tasks.final.tasks=3", {"tasks.final.tasks"}),
        ("tasks.final.valid=11", {"tasks.final.valid", "the data of tasks.final"}),
    ],
)
def test_other_settings_are_part_of_the_identity(override: str, changed: set[str]) -> None:
    """Settings other than limits change the identity, under their own names."""
    one, two = identity(example()), identity(load_config(EXAMPLE, [*settings(), override]))
    assert {name for name in {**one, **two} if one.get(name) != two.get(name)} == changed


def test_differences_are_named() -> None:
    """The error for another search names the differences, their values, and what to do."""
    now = {"search.seed": "1", "the data": "b"}
    began = now | {"format": FORMAT}
    check_same("run", now, began)
    with pytest.raises(AzcError, match=r"^run: cannot resume: the data have changed .*; restore that, or"):
        check_same("run", now, began | {"the data": "c"})
    with pytest.raises(AzcError, match=r"search\.seed is 1, but was 0 when the run began; restore"):
        check_same("run", now, began | {"search.seed": "0"})
    with pytest.raises(AzcError, match=r"islands\[0\]\.count is not given, but was 2 when"):
        check_same("run", now, began | {"islands[0].count": "2"})
    with pytest.raises(AzcError, match=r"search\.seed is 1, but was not given when"):
        check_same("run", now, {"format": FORMAT, "the data": "b"})
    with pytest.raises(AzcError, match="another version of azc; expected format"):
        check_same("run", now, now | {"format": "0"})
    with pytest.raises(AzcError, match="its history holds no run"):
        check_same("run", now, {})


def test_long_differences_are_cut() -> None:
    """Long values and long lists of differences are cut in the error."""
    now = {f"search.{letter}": f'"{letter * 100}"' for letter in "abcdefg"}
    with pytest.raises(AzcError) as raised:
        check_same("run", now, {"format": FORMAT})
    text = str(raised.value)
    assert f'search.a is "{"a" * 38}…, but was not given' in text
    assert "search.d is" in text
    assert "search.e" not in text
    assert "; and 3 more; restore that" in text


@pytest.mark.parametrize(
    "table",
    [
        "kind = 'linear'",
        "kind = 'affine'",
        "kind = 'two_layer'",
        "kind = 'projected'\ndataset = 'digits'\nheldout = [[0, 5], [3, 8]]",
        "kind = 'projected'\ndataset = 'digits'\nheldout = [[0, 5], [3, 8]]\npairs = 'heldout'",
        "kind = 'projected_multiclass'\ndataset = 'digits'",
    ],
)
@given(tasks=st.integers(1, 6), seed=st.integers(0, 2**64 - 1))
@hypothesis.settings(max_examples=5, deadline=None)
def test_first_final_is_the_first_final_task(table: str, tasks: int, seed: int) -> None:
    """`first_final` gives the first of the final tasks, whatever their number."""
    size = f"features = {16 if 'multiclass' in table else 4}\ntrain = 10\nvalid = 5\n"
    with TemporaryDirectory() as folder:
        path = Path(folder) / "search.toml"
        path.write_text(f"[search]\nseed = {seed}\n[tasks.search]\n{table}\n{size}tasks = {tasks}\n")
        config = load_config(path)
        assert task_digest(config.first_final()) == task_digest(config.tasks("final")[0])
