"""`azc ops`."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result

from azc.cli.ops import example
from azc.ir import OPS, Op
from azc.language import parse

Azc = Callable[..., Result]


def test_every_operation_has_a_line(azc: Azc) -> None:
    """All operations are listed in the order of their opcodes, in aligned columns."""
    lines = azc("ops").output.splitlines()
    assert len(lines) == 1 + len(OPS)
    assert [line.split()[:2] for line in lines[1:]] == [[str(op.code), op.name] for op in OPS]
    assert (
        lines[28]
        == "  27  VECTOR_INNER_PRODUCT     s1 = dot(v2, v3)        v v -> s     1.4  original  inner product"
    )


def test_every_operation_is_listed_with_its_set(azc: Azc) -> None:
    """Operations are listed with their set, in text and in JSON."""
    sets = [op.op_set for op in OPS]
    head, *lines = azc("ops").output.splitlines()
    assert [line[head.index("set") :].split()[0] for line in lines] == sets
    assert [row["set"] for row in json.loads(azc("ops", "--json").stdout)] == sets


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_the_example_of_an_operation_is_that_operation(op: Op) -> None:
    """The example of an operation parses to that operation."""
    (instruction,) = parse(f"def Setup():\n  {example(op)}\n")["Setup"]
    assert instruction.op is op


def test_operations_as_json_have_the_tables_columns(azc: Azc) -> None:
    """`--json` has the table's columns, with numbers as numbers and constants as a list."""
    rows = json.loads(azc("ops", "--json").stdout)
    assert len(rows) == len(OPS)
    assert rows[63] | {"doc": "", "cost": 0} == {
        "code": 63,
        "name": "VECTOR_GAUSSIAN_SET",
        "symbol": "gaussian",
        "axis": None,
        "operands": "",
        "result": "v",
        "constants": ["mean", "sd", "draw"],
        "commutative": False,
        "cost": 0,
        "meaning": "gaussian",
        "doc": "",
        "set": "original",
        "azl": "v1 = gaussian(0, 1)",
    }
