"""`azc tasks`: the kinds of tasks, with their parameters."""

import textwrap
from typing import TYPE_CHECKING, Any

import click

from azc.cli.words import columns, json_text

if TYPE_CHECKING:
    from azc.tasks import Parameter

WIDEST = 110


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
