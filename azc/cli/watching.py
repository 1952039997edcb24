"""Who shows a run on standard error: a display on a terminal, else lines."""

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azc.cli.watchers import Watcher


@contextmanager
def watching(quiet: bool, name: str, eval_type: str | None = None) -> "Iterator[Watcher]":
    """A callback that shows a run on standard error, and passes on notices; nothing at all if `quiet`.

    With `eval_type`, what no prediction depends on is dimmed in the best program.
    """
    from azc.cli.watchers import Lines, Watcher

    if quiet:
        yield Watcher()
    elif not sys.stderr.isatty():
        yield Lines(name)
    else:
        from azc.cli.dashboard import Dashboard, console

        screen = console()
        if screen is None:
            yield Lines(name)
        else:
            with Dashboard(name, eval_type, screen) as dashboard:
                yield dashboard
