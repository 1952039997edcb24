"""Signals held back while code runs in which an exception raised by their handlers would be lost."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

_NUMBERS: Final = tuple(
    signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""Signals that ask a process to end."""


@contextmanager
def held_back() -> Iterator[Callable[[], None]]:
    """Hold back signals that ask to end until this is left, or until what it gives is called; none is lost.

    Then their handlers are called as they would have been, and may raise. An exception in a callback of C
    code, such as LLVM's, is printed and forgotten by Python, so KeyboardInterrupt must not be raised there.
    Only Python's main thread hears signals; in another one nothing happens.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    before: dict[int, Any] = {}
    came: list[int] = []
    holding = True

    def hear(number: int, frame: FrameType | None) -> None:
        if holding:
            came.append(number)
        else:
            before[number](number, frame)

    def deliver() -> None:
        while came:
            before[number := came.pop(0)](number, None)

    try:
        for number in _NUMBERS:
            if callable(handler := signal.getsignal(number)):
                before[number] = handler
                signal.signal(number, hear)
        yield deliver
    finally:
        # From here on `hear` passes signals on, so that one that comes in between finds its handler.
        holding = False
        try:
            deliver()
        finally:
            for held, handler in before.items():
                signal.signal(held, handler)
