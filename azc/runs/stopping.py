"""What ends a run: its limits, its target, patience, and the first Ctrl-C or SIGTERM."""

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Final, Self

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
"""What asks a run to end."""


class Signals:
    """While entered, the first Ctrl-C or SIGTERM is a wish to end, the second ends at once.

    Only in a process's main thread; elsewhere signals stay what they were. `on_first` is called with a
    sentence when the first comes.
    """

    def __init__(self, on_first: Callable[[str], None] = lambda sentence: None) -> None:
        self._on_first = on_first
        self.asked = ""
        """The signal that asked to end; empty while none did."""
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                self._before[number] = signal.signal(number, self._heard)
        return self

    def _heard(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = "Ctrl-C" if number == signal.SIGINT else "SIGTERM"
        self._on_first(f"{self.asked}: the run ends after this epoch; once more ends it at once")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
