"""Signals that ask a run to end: Ctrl-C, SIGTERM, and SIGHUP when the terminal is gone."""

import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from types import FrameType, TracebackType
from typing import Any, Final, Self

from azc.errors import AzcError

SIGNALS: Final = tuple(
    signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""Signals that ask a run to end."""
NAMES: Final = {number: "Ctrl-C" if number == signal.SIGINT else number.name for number in SIGNALS}
"""Names of the signals for people."""


class Signals:
    """Signal handling while entered: the first signal asks to end, the second raises KeyboardInterrupt.

    Only in a process's main thread; elsewhere handlers stay as they were. A SIGHUP that is ignored (`nohup`)
    stays ignored. `on_first` is called with a sentence after the first signal.
    """

    def __init__(self, on_first: Callable[[str], None] = lambda sentence: None) -> None:
        self._on_first = on_first
        self.asked = ""
        """Name of the first signal; empty before one came."""
        self.awaited = ""
        """Work to be completed after the first signal; while empty, that signal ends the run at once."""
        self._before: dict[int, Any] = {}
        self._sentences: SimpleQueue[str | None] = SimpleQueue()
        self._teller = threading.Thread(target=self._tell, daemon=True)

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                if number.name == "SIGHUP" and signal.getsignal(number) == signal.SIG_IGN:
                    continue
                self._before[number] = signal.signal(number, self._heard)
        self._teller.start()
        return self

    def _tell(self) -> None:
        """Pass sentences on, in a thread: a signal may interrupt a write, and writes do not nest."""
        for sentence in iter(self._sentences.get, None):
            # With a full disk the run itself reports the error.
            with suppress(AzcError):
                self._on_first(sentence)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        if self.asked or not self.awaited:
            raise KeyboardInterrupt
        self.asked = NAMES[signal.Signals(number)]
        self._sentences.put(f"{self.asked}: the run ends after {self.awaited}; a second one ends it at once")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._sentences.put(None)
        self._teller.join()
