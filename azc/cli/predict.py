"""`azc predict`: a program trained on a table predicts the rows of another."""

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import click

from azc.cli.options import backend, declared, eval_type, precision, setting_option

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from azc.evaluation import Learner
    from azc.ir import Program
    from azc.runs import Header
    from azc.tasks import Preprocessing, Table

ADDED = ("prediction", "probability")
"""The columns that are added; columns of these names are left out of the rows that are copied."""


@click.command(short_help="Train a program on a table, predict another.")
@click.argument("program")
@click.argument("other", required=False, metavar="[B.csv]")
@click.option("--train", required=True, metavar="A.csv", help="The table to train on.")
@click.option("--target", metavar="COLUMN", help="The column to predict; else the program's header's.")
@click.option("-o", "--output", metavar="OUT.csv", help="Write there and not to standard output.")
@eval_type("else the header's, else by the target")
@setting_option("--epochs", path="task.epochs", note="else the header's, else {default}")
@setting_option("--seed", path="task.seed", note="else the header's, else {default}")
@click.option("--fresh", is_flag=True, help="Take means, scales and classes from A.csv, not from the header.")
@backend
@precision
def predict(
    program: str,
    other: str | None,
    train: str,
    target: str | None,
    output: str | None,
    eval_type: str | None,
    epochs: int | None,
    seed: int | None,
    fresh: bool,
    backend: str,
    precision: str | None,
) -> None:
    """Train a program on a table and predict the rows of another, or of the same without B.csv.

    The output is B.csv with a column `prediction`: a number, or the class as the table names it. For two
    classes there is also `probability`, that of the second class in sorted order (yes of no and yes, 1 of 0
    and 1). B.csv need not have the target.

    The header of an evolved program says how to prepare the data; options override it. Without a header
    features are standardised by A.csv, and a target of text or two values is classes.

    \b
      azc predict best.azl --train table.csv new.csv --target price
      azc predict best.azl --train table.csv new.csv -o predicted.csv
    """
    from azc.cli.files import check_writable, write
    from azc.cli.mistaken import check_swapped, instead
    from azc.cli.programs import load_with_header
    from azc.cli.sources import applied, in_order, suited
    from azc.tasks import prepare, read_features, read_table

    if output is not None:
        check_writable(output)
    check_swapped(program, other, train)
    with instead("predict", program):
        loaded, header = load_with_header(program)
    header, target = applied(header, target, fresh=fresh, eval_type=eval_type, epochs=epochs, seed=seed)
    table = read_table(train, target)
    header = suited(loaded, program, table, header)
    how = header.preprocessing or prepare(table, None, header.eval_type)
    table = in_order(table, how)
    x = table.x if other is None else read_features(other, how.features)
    algorithm = _trained(loaded, table, how, header, backend, precision)
    text = _with_columns(other or train, _predicted(how, algorithm.predict(how.apply(x))))
    if output is None:
        click.echo(text, nl=False)
    else:
        write(output, text)


def _trained(
    program: "Program",
    table: "Table",
    how: "Preprocessing",
    header: "Header",
    backend: str,
    precision: str | None,
) -> "Learner":
    """A program trained on a table; its header says what the options do not."""
    from azc.evaluation import compile
    from azc.tasks import TASK

    algorithm = compile(
        program,
        len(how.features),
        eval_type=how.eval_type,
        n_classes=how.n_classes,
        backend=backend,
        precision=precision or header.precision or declared("request.precision").default,
        seed=header.seed or TASK["seed"].default,
    )
    algorithm.fit(how.apply(table.x), how.labels(table.target), header.epochs or TASK["epochs"].default)
    return algorithm


def _predicted(how: "Preprocessing", raw: "NDArray[np.floating]") -> list[list[str]]:
    """The values of the added columns, a list a row."""
    import numpy as np

    wide = raw.astype(np.float64)
    if not how.class_names:
        return [[repr(number)] for number in how.restored(wide).tolist()]
    if wide.ndim == 2:
        return [[how.class_names[index]] for index in wide.argmax(axis=1).tolist()]
    return [[how.class_names[share > 0.5], repr(share)] for share in wide.tolist()]


def _with_columns(path: str, added: list[list[str]]) -> str:
    """A table's text with columns behind its own."""
    from azc.tasks import csv_rows

    (_, names), *rows = csv_rows(Path(path))
    kept = [index for index, name in enumerate(names) if name.strip() not in ADDED]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*(names[index] for index in kept), *ADDED[: len(added[0])]])
    for (_, fields), values in zip(rows, added, strict=True):
        writer.writerow([*(fields[index] for index in kept), *values])
    return text.getvalue()
