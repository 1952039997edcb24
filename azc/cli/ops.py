"""`azc ops`: the operations of programs, with an example of each."""

from typing import TYPE_CHECKING, Any

import click

from azc.cli.words import columns, json_text

if TYPE_CHECKING:
    from azc.ir import Op


@click.command(short_help="List the operations.")
@click.option("--json", "as_json", is_flag=True, help="Print the table as one JSON list.")
def ops(as_json: bool) -> None:
    """List the operations: code, name, how azl writes it, kinds, cost, set, what it does.

    Kinds are scalar, vector and matrix; the cost is the time relative to doing nothing. A search draws from
    the set original unless its configuration says ops = "extended", which has both, or lists operations.

    \b
      azc ops
      azc ops --json
    """
    from azc.ir import NO_OP, OPS

    if as_json:
        click.echo(json_text([_op_fields(op) for op in OPS], indent=2))
        return
    rows = [("code", "operation", "azl", "kinds", "cost", "set", "")]
    for op in OPS:
        cost = f"{op.cost / NO_OP.cost:.1f}"
        rows.append((str(op.code), op.name, example(op), _kinds(op), cost, op.op_set, op.doc))
    click.echo(columns(rows, right=(0, 4)))


def example(op: "Op") -> str:
    """Example of a statement with an operation."""
    from azc.ir import Instruction, address
    from azc.language import format_instruction

    if not op.result:
        return format_instruction(Instruction(op))
    operands = tuple(address(kind, index) for index, kind in enumerate(op.operands, 2))
    constants = tuple(_CONSTANTS[name] for name in op.constants)
    return format_instruction(Instruction(op, address(op.result, 1), operands, constants), draw=False)


_CONSTANTS = {
    "value": 0.5,
    "index": 0.25,
    "row": 0.25,
    "column": 0.75,
    "low": -1.0,
    "high": 1.0,
    "mean": 0.0,
    "sd": 1.0,
    "draw": 0,
}
"""Example values for constants, by name."""


def _kinds(op: "Op") -> str:
    return f"{' '.join(op.operands)} -> {op.result}".strip() if op.result else ""


def _op_fields(op: "Op") -> dict[str, Any]:
    from attrs import asdict

    return {**asdict(op), "constants": list(op.constants), "set": op.op_set, "azl": example(op)}
