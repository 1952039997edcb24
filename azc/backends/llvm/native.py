"""A whole program as machine code: Setup, Predict and Learn, one function each.

Each is called as a kernel is, so that a tape of one record runs it, and the driver of tapes drives it.
"""

from typing import Any, Final

import numpy as np
from llvmlite import ir

from azc.backends.llvm.context import field
from azc.backends.llvm.emit import Site, emit
from azc.backends.llvm.emitter import Emitter
from azc.backends.llvm.functions import called_by, provide_functions
from azc.backends.llvm.jit import MachineCode, assembly, compile_module
from azc.backends.llvm.kernels import KERNEL, RECORD
from azc.backends.llvm.layout import Layout
from azc.backends.llvm.values import F64, WORD, byte_offset
from azc.ir import ELEMENT_SETS, FUNCTIONS, Instruction, Literal, Program, element_number


class Native:
    """A compiled program; dropped, its machine code is freed."""

    def __init__(self, program: Program, layout: Layout):
        provide_functions(layout.shape, called_by(i.op for i in program.instructions()))
        self.layout: Final = layout
        self._code = MachineCode(compile_module(module(program, layout)), FUNCTIONS)

    @property
    def tapes(self) -> list[bytes]:
        """A tape of one record for each function: it is good as long as this object lives."""
        records = np.zeros(len(FUNCTIONS), dtype=RECORD)
        records["kernel"] = [self._code.addresses[name] for name in FUNCTIONS]
        return [record.tobytes() for record in records]


def native_text(program: Program, layout: Layout) -> tuple[str, str]:
    """The same as LLVM's text and as assembly."""
    return assembly(module(program, layout))


def module(program: Program, layout: Layout) -> ir.Module:
    """A program's three functions."""
    made = ir.Module("program")
    for name, instructions in zip(FUNCTIONS, program.functions, strict=True):
        function = ir.Function(made, KERNEL, name)
        _, memory, context = function.args
        for argument in (memory, context):
            argument.add_attribute("noalias")
        builder = ir.IRBuilder(function.append_basic_block())
        around = {what: field(builder, context, what) for what in ("scratch", "seeds", "step")}
        for instruction in instructions:
            site = _site(instruction, builder, memory, layout, around)
            emit(Emitter(builder, layout.shape), instruction.op, site)
        builder.ret_void()
    return made


def _site(
    instruction: Instruction,
    builder: ir.IRBuilder,
    memory: ir.Value,
    layout: Layout,
    around: dict[str, ir.Value],
) -> Site:
    op, shape = instruction.op, layout.shape

    def cells(place: Any, offset: int = 0) -> ir.Value:
        return byte_offset(builder, memory, ir.Constant(WORD, layout.offsets[place] + offset))

    element = element_number(instruction, shape.features) if op in ELEMENT_SETS else 0
    constants = [ir.Constant(F64, float(value)) for value in instruction.constants]
    if op.random:
        constants[-1] = ir.Constant(WORD, int(instruction.constants[-1]))
    return Site(
        out=memory
        if instruction.out is None
        else cells(instruction.out, element * shape.lanes * shape.number_bytes),
        cells=shape.cells(op.result) if op.result else 0,
        operands=tuple(
            cells((kind, operand) if isinstance(operand, Literal) else operand)
            for kind, operand in zip(op.operands, instruction.operands, strict=True)
        ),
        constants=tuple(constants),
        **around,
    )
