"""Callbacks that log a run elsewhere, in a thread: they neither slow the run down nor end it by an error."""

import atexit
import threading
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from importlib import import_module
from math import isfinite
from typing import Any, Final

from azc.errors import AzcError
from azc.runs.callbacks import Callback, Improvement, Progress
from azc.search import SearchResult

WRITE_SECONDS: Final = 1.0
"""Minimum seconds between two writes."""
PATIENCE: Final = 60.0
"""Maximum seconds that the end of a run waits for the last write."""
NAMES: Final = (
    "best_fitness",
    "median_fitness",
    "select_fitness",
    "evals_per_second",
    "experiments",
    "seconds",
)


def library(name: str, extra: str) -> Any:
    """Import a module that one of azc's extras installs; AzcError if it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        raise AzcError(f"{name} is not installed; expected it, as from pip install 'azc[{extra}]'") from None


def metrics_of(progress: Progress) -> dict[str, float]:
    """Metrics of a round by name, without nan, infinite and missing ones."""
    values = {name: getattr(progress, name) for name in NAMES}
    return finite(values | {f"counts/{name}": count for name, count in progress.counts.items()})


def results_of(found: SearchResult) -> dict[str, float]:
    """Fitness of a run's result by set of tasks, under names that rounds do not use."""
    return finite({f"result/{name}_fitness": value for name, value in found.fitness.items()})


def finite(values: Mapping[str, Any]) -> dict[str, float]:
    """The finite numbers among some values."""
    return {name: float(v) for name, v in values.items() if v is not None and isfinite(v)}


class Logger(Callback, ABC):
    """Base class: events are stored, and a thread calls the subclass's `begin`, `log` and `finish`.

    Between two writes only the latest event is stored. The first error of a subclass becomes a warning, or a
    call of `on_notice` if that is given, and nothing is written after it.
    """

    def __init__(self, on_notice: Callable[[str], None] | None = None) -> None:
        self._on_notice = on_notice
        self._settings: Mapping[str, Any] = {}
        self._progress: Progress | None = None
        self._best: Improvement | None = None
        self._found: SearchResult | None = None
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._warned = False

    @abstractmethod
    def begin(self, settings: Mapping[str, Any]) -> None:
        """Write the configuration (tables)."""

    @abstractmethod
    def log(self, progress: Progress, best: Improvement | None) -> None:
        """Write the progress, and the best program if it is new."""

    @abstractmethod
    def finish(self, found: SearchResult | None, evals: int) -> None:
        """Write the result, if there is one, and release everything; `evals`: programs scored."""

    def on_start(self, settings: Mapping[str, Any]) -> None:
        """Start the writing thread."""
        self._settings = settings
        self._over.clear()
        self._thread = threading.Thread(target=self._write, name=type(self).__name__, daemon=True)
        self._thread.start()
        # A run that fails does not call `on_end`; its last progress is written even so.
        atexit.register(self.close)

    def on_improvement(self, improvement: Improvement) -> None:
        """Store a new best program for the next write."""
        if improvement.run_record:
            self._best = improvement

    def on_round(self, progress: Progress) -> None:
        """Store the progress for the next write."""
        self._progress = progress

    def on_end(self, found: SearchResult) -> None:
        """Write the result and everything still stored."""
        self._found = found
        self.close()

    def close(self) -> None:
        """Write everything still stored, and stop; also after a run without a result."""
        atexit.unregister(self.close)
        thread, self._thread = self._thread, None
        if thread is not None:
            self._over.set()
            thread.join(PATIENCE)
            if thread.is_alive():
                self._warn(f"its last write takes more than {PATIENCE:g} s")

    def _write(self) -> None:
        try:
            self.begin(self._settings)
            told = best = None
            over = False
            while not over:
                over = self._over.wait(WRITE_SECONDS)
                if self._progress is not None and self._progress is not told:
                    # `_best` may belong to the round after this one.
                    told, now = self._progress, self._best
                    self.log(told, None if now is best else now)
                    best = now
            self.finish(self._found, told.evals if told else 0)
        except Exception as error:
            # A run must survive any error of a logging library.
            self._warn(f"{error or type(error).__name__}")

    def _warn(self, what: str) -> None:
        if self._warned:
            return
        self._warned = True
        sentence = f"{type(self).__name__}: {what}; nothing more is written there, and the run continues"
        if self._on_notice is None:
            warnings.warn(sentence, RuntimeWarning, stacklevel=2)
        else:
            self._on_notice(sentence)
