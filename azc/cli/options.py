"""Options that several commands share, declared once."""

from collections.abc import Callable
from typing import Any

import click

EVAL_TYPES = ("RMS_ERROR", "ACCURACY", "MULTICLASS_ACCURACY")

backend = click.option(
    "--backend",
    type=click.Choice(["auto", "kernels", "native", "python"]),
    default="auto",
    show_default=True,
    help="What runs the program; all give the same bits.",
)

overrides = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="TABLE.KEY=VALUE",
    help="Change the configuration; may be repeated.",
)


def precision(help: str, default: str | None = None) -> Callable[[Any], Any]:
    """The option for the numbers in memory."""
    return click.option(
        "--precision",
        type=click.Choice(["float64", "float32"]),
        default=default,
        show_default=default is not None,
        help=help,
    )


def eval_type(help: str, default: str | None = None) -> Callable[[Any], Any]:
    """The option for an evaluation type."""
    return click.option(
        "--eval",
        "eval_type",
        type=click.Choice(EVAL_TYPES),
        default=default,
        show_default=default is not None,
        help=help,
    )
