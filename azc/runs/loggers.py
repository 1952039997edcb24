"""Callbacks that write a run down elsewhere, in a thread: they do not slow it down, and no error ends it."""

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
"""The least time between two writes."""
PATIENCE: Final = 60.0
"""Seconds that the end of a run waits for the last write."""
NAMES: Final = (
    "best_fitness",
    "median_fitness",
    "select_fitness",
    "evals_per_second",
    "experiments",
    "seconds",
)


def library(name: str, extra: str) -> Any:
    """A module that comes with one of azc's extras."""
    try:
        return import_module(name)
    except ImportError:
        raise AzcError(f"{name} is not installed; expected it, as from pip install 'azc[{extra}]'") from None


def metrics_of(progress: Progress) -> dict[str, float]:
    """The numbers of a round by name; those that are none, like a fitness of nan, are left out."""
    values = {name: getattr(progress, name) for name in NAMES}
    return finite(values | {f"counts/{name}": count for name, count in progress.counts.items()})


def results_of(found: SearchResult) -> dict[str, float]:
    """The fitnesses of what a run found, under names that rounds do not use."""
    return finite({f"result/{name}_fitness": value for name, value in found.fitness.items()})


def finite(values: Mapping[str, Any]) -> dict[str, float]:
    """What is a finite number of some values."""
    return {name: float(v) for name, v in values.items() if v is not None and isfinite(v)}


class Logger(Callback, ABC):
    """A base: what is told is kept, and a thread calls `begin`, `log` and `finish`, which a subclass has.

    Of what comes in between two writes only the last is written. The first error of a subclass becomes a
    warning, given to `on_notice` if there is one, and nothing is written after it.
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
        """Write how far the run is; and its best program, if that is new."""

    @abstractmethod
    def finish(self, found: SearchResult | None, evals: int) -> None:
        """Write the result, if there is one, and let go of everything; `evals` programs were scored."""

    def on_start(self, settings: Mapping[str, Any]) -> None:
        """Begin to write."""
        self._settings = settings
        self._over.clear()
        self._thread = threading.Thread(target=self._write, name=type(self).__name__, daemon=True)
        self._thread.start()
        # A run that ends with an error tells nobody; what it came to is written even so.
        atexit.register(self.close)

    def on_improvement(self, improvement: Improvement) -> None:
        """Keep a new best program for the next write."""
        if improvement.run_record:
            self._best = improvement

    def on_round(self, progress: Progress) -> None:
        """Keep how far the run is for the next write."""
        self._progress = progress

    def on_end(self, found: SearchResult) -> None:
        """Write the result and all that is left."""
        self._found = found
        self.close()

    def close(self) -> None:
        """Write what is left, and end; also for a run that comes to no result."""
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
                    # The program may be of the round after this one, which is not told of yet.
                    told, now = self._progress, self._best
                    self.log(told, None if now is best else now)
                    best = now
            self.finish(self._found, told.evals if told else 0)
        except Exception as error:
            # Whatever a library raises: a run is worth more than its log.
            self._warn(f"{error or type(error).__name__}")

    def _warn(self, what: str) -> None:
        if self._warned:
            return
        self._warned = True
        sentence = f"{type(self).__name__}: {what}; nothing more is written there, and the run goes on"
        if self._on_notice is None:
            warnings.warn(sentence, RuntimeWarning, stacklevel=2)
        else:
            self._on_notice(sentence)
