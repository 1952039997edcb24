"""Signals at moments in which an exception from their handlers would be lost or do harm."""

import _thread
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_NUMBERS: Final = tuple(
    signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""Signals that ask a process to end."""


@contextmanager
def held_back() -> Iterator[Callable[[], None]]:
    """Hold back signals that ask to end, until exit or until the yielded function is called; none is lost.

    Their handlers are then called as usual, and may raise. Python prints and forgets an exception in a
    callback of C code, such as LLVM's, so KeyboardInterrupt must not be raised there. Only Python's main
    thread hears signals; in other threads nothing happens.
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


_AGAIN_SECONDS: Final = 0.02


@contextmanager
def ctrl_c_postponed() -> Iterator[None]:
    """Raise KeyboardInterrupt at Ctrl-C as Python does, but never inside an import, and until it is heard.

    An interrupted import can end in any other error, or in none, and an exception in a callback or `__del__`
    is printed and forgotten. For azc's own processes: nothing happens if Ctrl-C has another handler, in
    threads other than the main one, and if this is already entered.
    """
    here = threading.current_thread() is threading.main_thread()
    if not here or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    # The thread waits already, since a handler may run in the middle of anything and cannot start one.
    postponed: SimpleQueue[bool] = SimpleQueue()
    threading.Thread(target=_send_again, args=(postponed,), daemon=True).start()
    hook = sys.unraisablehook

    def hear(number: int, frame: FrameType | None) -> None:
        if _is_importing(frame):
            postponed.put(True)
        else:
            raise KeyboardInterrupt

    def note(lost: "UnraisableHookArgs") -> None:
        if issubclass(lost.exc_type, KeyboardInterrupt):
            postponed.put(True)
        else:
            hook(lost)

    try:
        signal.signal(signal.SIGINT, hear)
        sys.unraisablehook = note
        yield
    finally:
        sys.unraisablehook = hook
        if signal.getsignal(signal.SIGINT) is hear:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        postponed.put(False)


def _send_again(postponed: "SimpleQueue[bool]") -> None:
    while postponed.get():
        time.sleep(_AGAIN_SECONDS)
        if hasattr(signal, "pthread_kill"):
            # Unlike `interrupt_main`, this also wakes a main thread that waits.
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        else:
            _thread.interrupt_main()


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
