"""Watchers: callbacks that show a run on standard error: nothing of it, lines, or a display."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import click

from azc.cli.display import progress as texts
from azc.cli.files import ignoring_closed_reader
from azc.ir import SignatureLike
from azc.runs import Callback, Improvement, Progress
from azc.search import SearchResult


class Watcher(Callback):
    """A callback that also receives notices; this base shows nothing."""

    def notice(self, sentence: str) -> None:
        """Called with a sentence about a slow or failed step."""


class Lines(Watcher):
    """Writes a line on standard error now and then, and one for a new best program of the run."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._best: Improvement | None = None
        """Best program that no line has shown yet."""
        self._best_told = -texts.SECONDS_BETWEEN_BESTS
        self._told = perf_counter()

    def notice(self, sentence: str) -> None:
        """Write a notice."""
        _say(sentence)

    def on_start(self, settings: Mapping[str, Any]) -> None:
        """Write the run's name, seed and limits."""
        _say(texts.start_text(self._name, settings["search"]))

    def on_resume(self, progress: Progress) -> None:
        """Write the progress of the resumed run."""
        _say(texts.progress_text(progress))

    def on_improvement(self, improvement: Improvement) -> None:
        """Store a new best program until its round is complete."""
        if improvement.run_record:
            self._best = improvement

    def on_round(self, progress: Progress) -> None:
        """Write the lines that are due."""
        now = perf_counter()
        if self._best is not None and now - self._best_told >= texts.SECONDS_BETWEEN_BESTS:
            self._tell_best()
            self._best_told = now
        if now - self._told >= texts.SECONDS_BETWEEN_LINES:
            _say(texts.progress_text(progress))
            self._told = now

    def on_end(self, found: SearchResult) -> None:
        """Write the last best program."""
        self._tell_best()

    def _tell_best(self) -> None:
        if self._best is not None:
            _say(texts.improvement_text(self._best))
        self._best = None


def _say(line: str) -> None:
    """Write a line on standard error; a closed stream does not end the run."""
    with ignoring_closed_reader(sys.stderr):
        click.echo(line, err=True)


@contextmanager
def watching(quiet: bool, name: str, declared: SignatureLike | None = None) -> Iterator[Watcher]:
    """A watcher that shows a run on standard error; nothing at all if `quiet`.

    declared: signature, by which dead code in the best program is dimmed; None dims nothing.
    """
    if quiet:
        yield Watcher()
    elif not sys.stderr.isatty():
        yield Lines(name)
    else:
        from azc.cli.display.dashboard import Dashboard, console

        screen = console()
        if screen is None:
            yield Lines(name)
        else:
            with Dashboard(name, declared, screen) as dashboard:
                yield dashboard
