"""Logger for TensorBoard: curves over programs scored, and the best program as text."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from azc.language import format_program
from azc.runs.callbacks import Improvement, Progress
from azc.runs.loggers import Logger, library, metrics_of, results_of
from azc.search import SearchResult


class TensorBoard(Logger):
    """Writes event files into a folder, for `tensorboard --logdir FOLDER`.

    A step is a program scored. AzcError if the library is missing.
    """

    def __init__(self, folder: str | Path, *, on_notice: Callable[[str], None] | None = None) -> None:
        super().__init__(on_notice)
        self._folder = str(folder)
        self._library = library("tensorboardX", "tensorboard")
        self._writer: Any = None

    def begin(self, settings: Mapping[str, Any]) -> None:
        """Write the configuration."""
        self._writer = self._library.SummaryWriter(self._folder)
        self._text("configuration", json.dumps(settings, indent=2, default=str), 0)
        self._writer.flush()

    def log(self, progress: Progress, best: Improvement | None) -> None:
        """Write a round's metrics, and the best program if it is new."""
        self._numbers(metrics_of(progress), progress.evals)
        if best is not None:
            self._numbers({"best_length": best.length}, progress.evals)
            self._text("best_program", best.program, progress.evals)
        self._writer.flush()

    def finish(self, found: SearchResult | None, evals: int) -> None:
        """Write the result."""
        if found is not None:
            self._numbers(results_of(found), evals)
            self._text("result", format_program(found.program), evals)
        self._writer.close()

    def _numbers(self, values: Mapping[str, float], step: int) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def _text(self, name: str, text: str, step: int) -> None:
        # TensorBoard reads Markdown, which keeps lines as they are if four blanks precede them.
        self._writer.add_text(name, "".join(f"    {line}\n" for line in text.splitlines()), step)
