"""Calls of compiled code: drivers, compiled and kept on disk, and calls in a thread of their own.

Drivers follow the tapes to which the context points, so one driver serves all programs of a layout.
"""

from collections.abc import Callable
from ctypes import CFUNCTYPE, c_int64, c_void_p, py_object
from functools import lru_cache, partial
from threading import Event, Thread
from typing import Final, Generic, TypeVar

import numpy as np
from llvmlite import ir

from azc.arguments import takes, whole
from azc.backends.llvm.code.functions import provide_functions
from azc.backends.llvm.code.jit import MachineCode, cached
from azc.backends.llvm.code.kernels import RECORD, call_kernel
from azc.backends.llvm.code.layout import Layout, a_layout
from azc.backends.llvm.drive.driver import ENTRIES, Driver, Run
from azc.backends.llvm.drive.loss import called_for
from azc.backends.llvm.lower.shape import Shape
from azc.ir import FUNCTIONS, Address, Interface, an_interface

T = TypeVar("T")
HEARING_SECONDS: Final = 0.1
"""Seconds between two looks for Ctrl-C while a call runs."""
_VOID: Final = CFUNCTYPE(None, c_void_p, c_void_p)
_KERNEL: Final = CFUNCTYPE(None, c_void_p, c_void_p, c_void_p, c_void_p)
_STATUS: Final = CFUNCTYPE(c_int64, c_void_p, c_void_p)


class Entries:
    """A driver's functions, called with the addresses of memory and context; they release the GIL."""

    def __init__(self, code: MachineCode):
        self._code = code
        self.addresses = code.addresses
        """Addresses of the functions by name, for callers that are compiled code themselves."""
        self.begin: Callable[[int, int], None] = _VOID(code.addresses["begin"])
        self.go: Callable[[int, int], int] = _STATUS(code.addresses["go"])


class Tape:
    """A bound tape that is run without a driver, with the addresses of memory, context and features.

    Whoever has it keeps alive what owns the code that it names.
    """

    def __init__(self, bound: bytes):
        self._records = np.frombuffer(bound, dtype=RECORD).copy()
        self.address: int = self._records.ctypes.data
        self.kernel: Callable[[int, int, int, int], None] = _KERNEL(int(self._records[0]["kernel"]))

    def run(self, memory: int, context: int, features: int = 0) -> None:
        """Follow the tape; `features` is needed if it reads them in place."""
        self.kernel(self.address, memory, context, features)


def array_entry(address: int, record: int, inputs: int) -> Callable[..., None]:
    """An entry at an address, called with the arrays of its inputs; it releases the GIL."""
    return partial(CFUNCTYPE(None, c_void_p, *[py_object] * inputs)(address), record)


def _follow_tape(name: str) -> Run:
    return lambda frame, x: call_kernel(frame.e.builder, frame.get(name), frame.memory, frame.context, x)


def _module(
    shape: Shape, interface: Interface, n_classes: int, offsets: tuple[tuple[Address, int], ...]
) -> ir.Module:
    module = ir.Module("driver")
    runs = [_follow_tape(name) for name in FUNCTIONS]
    Driver(shape, interface, n_classes, dict(offsets), *runs).build(module)
    return module


@takes(layout=a_layout, interface=an_interface, n_classes=whole(0, 3072))
def driver(layout: Layout, interface: Interface, n_classes: int) -> Entries:
    """The driver for a layout; layouts in which the interface's addresses have equal offsets share it."""
    offsets = tuple((where, layout.offsets[where]) for where in interface.addresses)
    return _driver(layout.shape, interface, n_classes, offsets)


@lru_cache(maxsize=64)
def _driver(
    shape: Shape, interface: Interface, n_classes: int, offsets: tuple[tuple[Address, int], ...]
) -> Entries:
    for lanes in (shape, shape.of_batch):
        provide_functions(lanes, called_for(interface))
    key = f"driver {shape} {interface} {n_classes} {offsets}"
    return Entries(cached(key, lambda: _module(shape, interface, n_classes, offsets), ENTRIES))


class Worker(Generic[T]):
    """A call in a thread of its own, which continues after Ctrl-C; `owners` are kept alive until it ends."""

    def __init__(self, call: Callable[[], T], *owners: object):
        self._held = [(call, owners)]
        self._found: list[T] = []
        self._ended = Event()

    def result(self) -> T:
        """Run the call and return its result; KeyboardInterrupt is raised while it runs."""
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
        """Wait until the call, which has begun, ends."""
        while not self._ended.wait(HEARING_SECONDS):
            pass
