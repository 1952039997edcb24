"""Functions of the inner loop that Python calls: compiled when first called, or loaded if kept on disk."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import update_wrapper
from types import FunctionType
from typing import Any

import numba

from azc.errors import AzcError
from azc.search.engine.kept import is_kept, keep_compiled
from azc.signals import held_back


class EntryPoint:
    """A compiled function, kept on disk with all that it calls."""

    def __init__(self, function: FunctionType):
        self._function = function
        self._compiled = numba.njit(nogil=True, error_model="numpy")(function)
        self._is_ready = False
        update_wrapper(self, function)
        keep_compiled(self._compiled)

    @property
    def is_kept(self) -> bool:
        """Whether it was compiled before, by this process or another."""
        return is_kept(self._function)

    def prepare(self, *arguments: Any) -> None:
        """Compile or load it for arguments of such types; in the main thread Ctrl-C is heard meanwhile."""
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
        """Call it."""
        self.prepare(*arguments)
        return self._compiled(*arguments)


@contextmanager
def _between_passes(call: Callable[[], None]) -> Iterator[None]:
    """Call something before each pass of Numba's compiler, where an exception does no harm.

    Without Numba's events, which are not promised to stay, it is not called.
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
