"""A call of compiled code in a thread of its own, for those that would keep Ctrl-C waiting."""

from collections.abc import Callable
from threading import Thread
from typing import Final, Generic, TypeVar

T = TypeVar("T")
HEARING_SECONDS: Final = 0.1


class Worker(Generic[T]):
    """A call under way; it holds on to `owners`, whose memory and code it uses, until it has ended."""

    def __init__(self, entry: Callable[[int, int], T], memory: int, context: int, owners: object):
        self._found: list[T] = []

        def call() -> None:
            self._found.append(entry(memory, context))
            del held[:]

        held = [owners]
        self._thread = Thread(target=call, daemon=True)
        self._thread.start()

    def result(self) -> T:
        """What the call returns; KeyboardInterrupt comes through while it waits."""
        while self._thread.is_alive():
            self._thread.join(HEARING_SECONDS)
        return self._found[0]

    def join(self) -> None:
        """Wait for the end of the call."""
        self._thread.join()
