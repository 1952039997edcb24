"""`azc ops` and `azc tasks`: lists of the operations for programs and the kinds of tasks."""

import textwrap
from typing import TYPE_CHECKING, Any

import click

from azc.cli.words import columns, json_text

if TYPE_CHECKING:
    from azc.ir import Op
    from azc.tasks import Parameter

WIDEST = 110


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


@click.command(short_help="List the kinds of tasks and parameters.")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def tasks(as_json: bool) -> None:
    """List the kinds of tasks, with parameters and defaults.

    \b
      azc tasks

    \b
    A specification is a kind and what differs from its defaults:
      azc run algorithm.azl --task linear,features=8,train=1000,valid=100,tasks=10,seed=3
    In a configuration the same is a table:
      [tasks.search]
      kind = "linear"
      features = 8
    """
    from azc.tasks import ALIASES, MAKERS, parameters

    found = [
        {
            "kind": kind,
            "aliases": [alias for alias, name in ALIASES.items() if name == kind],
            "doc": (maker.__doc__ or "").partition("\n\n")[0],
            "parameters": [_parameter_fields(parameter) for parameter in parameters(maker)],
        }
        for kind, maker in MAKERS.items()
    ]
    click.echo(json_text(found, indent=2) if as_json else "\n\n".join(map(_maker_text, found)))


def _parameter_fields(parameter: "Parameter") -> dict[str, Any]:
    from azc.tasks import WORDS

    required = parameter.default is None
    kind = WORDS[parameter.kind]
    return {
        "name": parameter.name,
        "type": kind,
        "default": parameter.default,
        "required": required,
        "help": parameter.help,
    }


def _maker_text(maker: dict[str, Any]) -> str:
    alias = f" (also {', '.join(maker['aliases'])})" if maker["aliases"] else ""
    head = textwrap.fill(f"{maker['kind']}{alias}: {' '.join(maker['doc'].split())}", _width())
    rows = [(f"  {p['name']}", _default_text(p)) for p in maker["parameters"]]
    names = columns([*rows, (" " * 16, " " * 10)]).split("\n")
    start = max(map(len, names), default=0)
    start = max(start, 28) + 2
    lines = [
        textwrap.fill(p["help"], _width(), initial_indent=name.ljust(start), subsequent_indent=" " * start)
        for name, p in zip(names, maker["parameters"], strict=False)
    ]
    return "\n".join([head, *lines])


def _default_text(parameter: dict[str, Any]) -> str:
    default = parameter["default"]
    if parameter["required"]:
        return "(needed)"
    if default == "" or default == ():
        return "-"
    return str(list(default) if isinstance(default, tuple) else default)


def _width() -> int:
    import shutil

    return min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns)
