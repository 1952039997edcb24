"""`azc ops` and `azc tasks`."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result

from azc.cli.lists import example
from azc.ir import OPS, Op
from azc.language import parse
from azc.tasks import ALIASES, MAKERS, parameters

Azc = Callable[..., Result]


def test_every_operation_has_a_line(azc: Azc) -> None:
    """In the order of their codes, aligned."""
    lines = azc("ops").output.splitlines()
    assert len(lines) == 1 + len(OPS)
    assert [line.split()[:2] for line in lines[1:]] == [[str(op.code), op.name] for op in OPS]
    assert (
        lines[28]
        == "  27  VECTOR_INNER_PRODUCT     s1 = dot(v2, v3)        v v -> s   1.4  original  inner product"
    )


def test_every_operation_is_listed_with_its_set(azc: Azc) -> None:
    """As a configuration names it, for people and in JSON."""
    sets = [op.op_set for op in OPS]
    head, *lines = azc("ops").output.splitlines()
    assert [line[head.index("set") :].split()[0] for line in lines] == sets
    assert [row["set"] for row in json.loads(azc("ops", "--json").stdout)] == sets


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_the_statement_shown_is_that_operation(op: Op) -> None:
    """It parses back to it."""
    (instruction,) = parse(f"def Setup():\n  {example(op)}\n").setup
    assert instruction.op is op


def test_operations_as_json_have_the_tables_columns(azc: Azc) -> None:
    """Numbers as numbers, constants as a list."""
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


def test_every_kind_of_tasks_is_listed_with_its_parameters(azc: Azc) -> None:
    """Names, defaults, explanations; no line is wider than the terminal."""
    output = azc("tasks").output
    for kind, maker in MAKERS.items():
        assert f"\n{kind}" in f"\n{output}"
        assert all(f"\n  {parameter.name} " in output for parameter in parameters(maker))
    assert all(alias in output for alias in ALIASES)
    assert max(map(len, output.splitlines())) <= 110


def test_kinds_of_tasks_as_json(azc: Azc) -> None:
    """A required parameter says so and has no default."""
    kinds = {entry["kind"]: entry for entry in json.loads(azc("tasks", "--json").stdout)}
    assert list(kinds) == list(MAKERS)
    assert kinds["linear"]["aliases"] == ["scalar_linear_regression"]
    features = kinds["linear"]["parameters"][0]
    assert (features["name"], features["type"], features["default"]) == ("features", "a whole number", 4)
    path = next(p for p in kinds["table"]["parameters"] if p["name"] == "path")
    assert (path["required"], path["default"]) == (True, None)
