"""The two forms of a driver: one that follows tapes, kept on disk; and one with a whole program inlined."""

from collections.abc import Callable
from ctypes import CFUNCTYPE, c_int64, c_void_p
from functools import lru_cache
from typing import Any, Final

from llvmlite import ir

from azc.backends.llvm.context import Frame
from azc.backends.llvm.driver import ENTRIES, Driver, Run
from azc.backends.llvm.emit import Site, emit
from azc.backends.llvm.functions import provide_functions
from azc.backends.llvm.jit import MachineCode, assembly, compile_module, kept
from azc.backends.llvm.kernels import call_kernel
from azc.backends.llvm.kernels import module as kernel_module
from azc.backends.llvm.layout import Layout
from azc.backends.llvm.shape import Shape
from azc.backends.llvm.values import F64, WORD, byte_offset
from azc.ir import ELEMENT_SETS, Address, Instruction, Interface, Literal, Program, element_number

_VOID: Final = CFUNCTYPE(None, c_void_p, c_void_p)
_STATUS: Final = CFUNCTYPE(c_int64, c_void_p, c_void_p)


class Entries:
    """A driver's functions, called with two addresses, memory and context; they let go of the GIL."""

    def __init__(self, code: MachineCode):
        self._code = code
        self.start: Callable[[int, int], None] = _VOID(code.addresses["start"])
        self.epoch: Callable[[int, int], int] = _STATUS(code.addresses["epoch"])
        self.predict: Callable[[int, int], None] = _VOID(code.addresses["predict"])
        self.follow: Callable[[int, int], None] = _VOID(code.addresses["follow"])
        self.learn: Callable[[int, int], None] = _VOID(code.addresses["learn"])


def _follow_tape(name: str) -> Run:
    return lambda frame: call_kernel(frame.e.builder, frame.get(name), frame.memory, frame.context)


def _inline(function: tuple[Instruction, ...], layout: Layout) -> Run:
    def run(frame: Frame) -> None:
        for instruction in function:
            emit(frame.e, instruction.op, _site(instruction, frame, layout))

    return run


def _site(instruction: Instruction, frame: Frame, layout: Layout) -> Site:
    op, shape = instruction.op, layout.shape

    def cells(place: Any, offset: int = 0) -> ir.Value:
        start = ir.Constant(WORD, layout.offsets[place] + offset)
        return byte_offset(frame.e.builder, frame.memory, start)

    element = element_number(instruction, shape.features) if op in ELEMENT_SETS else 0
    constants = [ir.Constant(F64, float(value)) for value in instruction.constants]
    if op.random:
        constants[-1] = ir.Constant(WORD, int(instruction.constants[-1]))
    return Site(
        out=frame.memory
        if instruction.out is None
        else cells(instruction.out, element * shape.lanes * shape.number_bytes),
        operands=tuple(
            cells((kind, operand) if isinstance(operand, Literal) else operand)
            for kind, operand in zip(op.operands, instruction.operands, strict=True)
        ),
        constants=tuple(constants),
        scratch=frame.get("scratch"),
        seeds=frame.get("seeds"),
        step=frame.get("step"),
    )


def interface_offsets(layout: Layout, interface: Interface) -> dict[Address, int]:
    """Where the interface's addresses lie."""
    return {where: layout.offsets[where] for where in interface.addresses}


def _tape_driver(
    shape: Shape, interface: Interface, n_classes: int, offsets: tuple[tuple[Address, int], ...]
) -> ir.Module:
    module = ir.Module("driver")
    runs = [_follow_tape(name) for name in ("setup", "predict", "learn")]
    Driver(shape, interface, n_classes, dict(offsets), *runs).build(module)
    return module


@lru_cache(maxsize=64)
def tape_driver(
    shape: Shape, interface: Interface, n_classes: int, offsets: tuple[tuple[Address, int], ...]
) -> Entries:
    """The driver that follows tapes."""
    provide_functions(shape)
    key = f"driver {shape} {interface} {n_classes} {offsets}"
    return Entries(kept(key, lambda: _tape_driver(shape, interface, n_classes, offsets), ENTRIES))


def native_module(program: Program, interface: Interface, n_classes: int, layout: Layout) -> ir.Module:
    """A driver with the whole program inlined."""
    module = ir.Module("program")
    runs = [_inline(function, layout) for function in program.functions]
    Driver(layout.shape, interface, n_classes, interface_offsets(layout, interface), *runs).build(module)
    return module


def native(program: Program, interface: Interface, n_classes: int, layout: Layout) -> Entries:
    """The same, ready to be called; dropped, it is freed."""
    provide_functions(layout.shape)
    return Entries(MachineCode(compile_module(native_module(program, interface, n_classes, layout)), ENTRIES))


def native_text(program: Program, interface: Interface, n_classes: int, layout: Layout) -> tuple[str, str]:
    """The same as LLVM's text and as assembly."""
    return assembly(native_module(program, interface, n_classes, layout))


def kernel_text(shape: Shape) -> tuple[str, str]:
    """A shape's kernels as LLVM's text and as assembly."""
    return assembly(kernel_module(shape), optimized=False)
