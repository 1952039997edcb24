"""Options that several commands share, and options whose help and bounds come from declared settings."""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from azc.settings import Setting

_HOMES: Final = {
    "search": ("azc.search", "SEARCH"),
    "task": ("azc.tasks", "TASK"),
    "table": ("azc.tasks", "TABLE"),
    "request": ("azc.cli.serve", "EVALUATE_KEYS"),
    "request_task": ("azc.cli.serve", "TASK_KEYS"),
}
"""Module and name of the settings, by the first part of a path like `search.seed`."""


def declared(path: str) -> "Setting":
    """Setting of a path; loads its module."""
    table, _, name = path.partition(".")
    module, keys = _HOMES[table]
    found: Setting = getattr(import_module(module), keys)[name]
    return found


class DeclaredType(click.ParamType):  # type: ignore[type-arg]
    """Type of a declared setting, looked up when a value is given, so that `azc --help` loads nothing."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.name = path.rpartition(".")[2]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value to keep; a usage error says what was expected."""
        from azc.problems import CheckError

        check = declared(self.path).check
        try:
            return check(value if check.words else _number(value))
        except CheckError as wrong:
            return self.fail("; ".join(wrong.texts), param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem]":
        """Possible words that begin like the incomplete one."""
        from click.shell_completion import CompletionItem

        words = declared(self.path).check.words
        return [CompletionItem(word) for word in words if word.startswith(incomplete)]


def _number(text: Any) -> Any:
    """Number in a text; the text itself if it is not a number."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


class DeclaredOption(click.Option):
    """An option that is a declared setting.

    `note` is added to its help, {default} in it standing for the default; `means` replaces the declared help.
    """

    def __init__(self, *names: Any, path: str = "", note: str = "", means: str = "", **more: Any) -> None:
        more["type"] = DeclaredType(path)
        super().__init__(*names, **more)
        self.path = path
        self.note = note
        self.means = means

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Line of the help, made from the declaration."""
        key = declared(self.path)
        if key.check.words:
            self.metavar = f"[{'|'.join(key.check.words)}]"
        expected = "" if key.check.words else f" [{key.check.expected}]"
        note = self.note.format(default=key.default)
        text = "; ".join(filter(None, [self.means or key.help, note])).replace("`", "")
        self.help = f"{text[:1].upper()}{text[1:]}.{expected}"
        return super().get_help_record(ctx)


def setting_option(
    *names: str, path: str, note: str = "", means: str = "", metavar: str = "N"
) -> Callable[[Any], Any]:
    """An option for a declared setting, None if it is not given."""
    return click.option(*names, cls=DeclaredOption, path=path, note=note, means=means, metavar=metavar)


def eval_type(note: str) -> Callable[[Any], Any]:
    """The option for an evaluation type."""
    return setting_option("--eval", "eval_type", path="task.eval_type", note=note)


signature = click.option(
    "--signature",
    "signature_file",
    metavar="FILE",
    help="A TOML file whose table [signature] says the program's functions; else those in its comments, "
    "or Setup, Predict and Learn.",
)
backend = click.option(
    "--backend",
    cls=DeclaredOption,
    path="request.backend",
    default=lambda: declared("request.backend").default,
    note="else {default}",
)
precision = setting_option("--precision", path="request.precision", note="else the header's, else {default}")
overrides = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="TABLE.KEY=VALUE",
    help="Change the configuration; may be repeated.",
)
