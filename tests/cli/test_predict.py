"""`azc predict`: train a program on a table and predict rows."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

import azc as package
from azc.cli.programs import load_with_header
from azc.runs.header import Header, header_text
from azc.tasks import prepare, read_features, read_table

Azc = Callable[..., Result]


def rows_of(text: str) -> list[dict[str, str]]:
    """The rows of a CSV."""
    return list(csv.DictReader(io.StringIO(text)))


def with_header(path: Path, header: Header) -> Path:
    """A copy of the program with a header, in the same folder."""
    other = path.with_name("best.azl")
    other.write_text(f"{header_text(header)}\n{path.read_text()}")
    return other


def test_classes_are_named_and_have_a_probability(azc: Azc, linear: Path, tables: tuple[Path, Path]) -> None:
    """Predictions of two classes are names with the probability of the second; other columns stay."""
    table, new = tables
    rows = rows_of(azc("predict", linear, "--train", table, new, "--target", "kind", "--epochs", 20).stdout)
    assert list(rows[0]) == ["note", "c", "b", "a", "prediction", "probability"]
    assert [row["note"] for row in rows] == [f"row {i}" for i in range(20)]
    assert all((float(row["probability"]) > 0.5) == (row["prediction"] == "up") for row in rows)
    right = sum((row["prediction"] == "up") == (float(row["a"]) > float(row["b"])) for row in rows)
    assert right >= 18


def test_predictions_are_those_of_the_compiled_algorithm(
    azc: Azc, linear: Path, tables: tuple[Path, Path]
) -> None:
    """Predictions are those of `azc.compile`, to the last digit."""
    table, new = tables
    rows = rows_of(azc("predict", linear, "--train", table, new, "--target", "kind").stdout)
    known = read_table(table, "kind")
    how = prepare(known)
    algorithm = package.compile(package.load(linear), 3, eval_type="ACCURACY")
    algorithm.fit(how.apply(known.x), how.labels(known.target))
    expected = algorithm.predict(how.apply(read_features(new, how.features)))
    assert [float(row["probability"]) for row in rows] == expected.tolist()


def test_a_regression_is_in_the_targets_own_units(azc: Azc, linear: Path, tmp_path: Path) -> None:
    """Predictions of a number are in its units; without a second table the training rows are predicted."""
    table = tmp_path / "t.csv"
    table.write_text("x,y\n" + "".join(f"{i},{1000 + 7 * i}\n" for i in range(50)))
    rows = rows_of(azc("predict", linear, "--train", table, "--target", "y", "--epochs", 50).stdout)
    assert list(rows[0]) == ["x", "y", "prediction"]
    assert all(abs(float(row["prediction"]) - float(row["y"])) < 1 for row in rows)


def test_the_header_says_how_data_are_prepared(azc: Azc, linear: Path, tables: tuple[Path, Path]) -> None:
    """The header gives means, scales, classes, target and epochs; options override it."""
    table, new = tables
    known = read_table(table, "kind")
    how = prepare(known, eval_type="ACCURACY")
    import attrs

    shifted = attrs.evolve(how, means=[mean + 1 for mean in how.means], class_names=("up", "down"))
    best = with_header(linear, Header(eval_type="ACCURACY", epochs=3, seed=2, preprocessing=shifted))
    assert load_with_header(str(best))[1].preprocessing == shifted
    algorithm = package.compile(package.load(linear), 3, eval_type="ACCURACY")
    for epochs, options in ((3, ()), (1, ("--epochs", 1))):
        algorithm.fit(shifted.apply(known.x), shifted.labels(known.target), epochs)
        expected = algorithm.predict(shifted.apply(read_features(new, how.features))).tolist()
        rows = rows_of(azc("predict", best, "--train", table, new, *options).stdout)
        assert [float(row["probability"]) for row in rows] == expected
        assert all((float(row["probability"]) > 0.5) == (row["prediction"] == "down") for row in rows)
    fresh = azc("predict", best, "--train", table, new, "--fresh", "--epochs", 1).stdout
    assert fresh == azc("predict", linear, "--train", table, new, "--target", "kind").stdout
    other = azc("predict", best, "--train", table, new, "--target", "c", code=1)
    assert "'kind'" in other.stderr


def test_a_column_that_is_missing_is_named(
    azc: Azc, linear: Path, tables: tuple[Path, Path], tmp_path: Path
) -> None:
    """A missing column in either table is an error that names it."""
    table, _ = tables
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1,2\n")
    assert "no column 'c'" in azc("predict", linear, "--train", table, bad, "--target", "kind", code=1).stderr
    how = prepare(read_table(table, "kind"))
    best = with_header(linear, Header(eval_type="ACCURACY", preprocessing=how))
    bad.write_text("a,b,kind\n1,2,up\n")
    assert (
        "no column 'c', which the program was evolved with"
        in azc("predict", best, "--train", bad, code=1).stderr
    )


def test_earlier_predictions_are_replaced(
    azc: Azc, linear: Path, tables: tuple[Path, Path], tmp_path: Path
) -> None:
    """Earlier predictions are replaced, so that an output can be an input."""
    table, new = tables
    out = tmp_path / "out.csv"
    arguments = ("--train", table, "--target", "kind")
    first = azc("predict", linear, new, *arguments).stdout
    assert azc("predict", linear, new, *arguments, "-o", out).output == ""
    assert out.read_text() == first
    assert azc("predict", linear, out, *arguments).stdout == first


def test_many_classes_are_named(azc: Azc, tmp_path: Path) -> None:
    """Predictions of many classes are names, without a probability."""
    program, table = tmp_path / "p.azl", tmp_path / "t.csv"
    program.write_text("def Predict():\n  v2 = 1 * v0\n")
    rows = [(1, 0, 0, "red"), (0, 1, 0, "green"), (0, 0, 1, "blue")]
    table.write_text("b,g,r,colour\n" + "".join(f"{c},{b},{a},{name}\n" for a, b, c, name in rows))
    arguments = ("--train", table, "--target", "colour", "--eval", "MULTICLASS_ACCURACY")
    found = rows_of(azc("predict", program, *arguments).stdout)
    assert [row["prediction"] for row in found] == ["red", "green", "blue"]
    assert "probability" not in found[0]


def test_a_target_is_needed(azc: Azc, linear: Path, tables: tuple[Path, Path]) -> None:
    """`--target` is needed where no header names the target."""
    assert "name it with --target" in azc("predict", linear, "--train", tables[0], code=1).stderr


@pytest.mark.parametrize("output", ["no/such/folder/out.csv", "."])
def test_an_output_that_cannot_be_written_is_an_error(
    azc: Azc, linear: Path, tables: tuple[Path, Path], output: str
) -> None:
    """An output path that cannot be written is an error before the table is read."""
    assert (
        f"cannot write {output}" in azc("predict", linear, "--train", "no.csv", "-o", output, code=1).stderr
    )
