"""Entry points of the inner loop, called by Python: compiled on first use, or loaded from the cache."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import update_wrapper
from types import FunctionType
from typing import Any

import numba

from azc.errors import AzcError
from azc.search.engine.disk_cache import cache_on_disk, is_cached
from azc.signals import held_back


class EntryPoint:
    """A compiled function, cached on disk with all that it calls."""

    def __init__(self, function: FunctionType):
        self._function = function
        self._compiled = numba.njit(nogil=True, error_model="numpy")(function)
        self._is_ready = False
        update_wrapper(self, function)
        cache_on_disk(self._compiled)

    @property
    def is_cached(self) -> bool:
        """Whether the compiled function is in the cache."""
        return is_cached(self._function)

    def prepare(self, *arguments: Any) -> None:
        """Compile or load it for arguments of these types; in the main thread Ctrl-C is heard meanwhile."""
        if self._is_ready:
            return
        if not hasattr(self._compiled, "compile"):
            raise AzcError(
                "NUMBA_DISABLE_JIT is set, but the loop of a search runs only as Numba compiles it; unset it"
            )
        with held_back() as deliver, _between_passes(deliver):
            self._compiled.compile(tuple(map(numba.typeof, arguments)))
        self._is_ready = True

    def __call__(self, *arguments: Any) -> Any:
        """Call the compiled function."""
        self.prepare(*arguments)
        return self._compiled(*arguments)


@contextmanager
def _between_passes(call: Callable[[], None]) -> Iterator[None]:
    """Call a function before each pass of Numba's compiler, where an exception does no harm.

    It is not called if this version of Numba lacks the events, which are no stable interface.
    """
    try:
        from numba.core import event

        class Listener(event.Listener):  # type: ignore[misc]
            def on_start(self, event: Any) -> None:
                call()

            def on_end(self, event: Any) -> None:
                pass

        installed = event.install_listener("numba:run_pass", Listener())
    except (ImportError, AttributeError):
        yield
        return
    with installed:
        yield
