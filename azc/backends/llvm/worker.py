"""A call in a thread of its own, for those that would keep Ctrl-C waiting."""

from collections.abc import Callable
from threading import Event, Thread
from typing import Final, Generic, TypeVar

T = TypeVar("T")
HEARING_SECONDS: Final = 0.1


class Worker(Generic[T]):
    """A call that can be left running; `owners`, whose memory and code it uses, stay until it has ended."""

    def __init__(self, call: Callable[[], T], *owners: object):
        self._held = [(call, owners)]
        self._found: list[T] = []
        self._ended = Event()

    def result(self) -> T:
        """Run it, and return what it returns; KeyboardInterrupt comes through while it runs."""
        Thread(target=self._run, daemon=True).start()
        self.join()
        return self._found[0]

    def _run(self) -> None:
        held = self._held.pop()
        try:
            self._found.append(held[0]())
        finally:
            self._ended.set()

    def join(self) -> None:
        """Wait for the end of the call, which has begun."""
        while not self._ended.wait(HEARING_SECONDS):
            pass
