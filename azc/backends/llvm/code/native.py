"""`Native`: a whole program as machine code, with a function for each of the program's.

A function is called as a kernel is: a tape of one record runs it, and the same drivers follow that tape.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from llvmlite import ir

from azc.arguments import takes
from azc.backends.llvm.code.arrays import entry as emit_entry
from azc.backends.llvm.code.arrays import provide_columns
from azc.backends.llvm.code.context import field, lane_row
from azc.backends.llvm.code.forms import FORMS, PUT_FEATURES, KernelForm
from azc.backends.llvm.code.functions import provide_for
from azc.backends.llvm.code.fused import emit_fused, fused
from azc.backends.llvm.code.jit import MachineCode, assembly, compile_module
from azc.backends.llvm.code.kernels import KERNEL, RECORD, clear, emit_form, put_features
from azc.backends.llvm.code.layout import Layout, Location, a_layout, element_offset, operand_locations
from azc.backends.llvm.code.plan import Plan, Step, a_plan
from azc.backends.llvm.lower.emitter import Cells, Emitter, Features
from azc.backends.llvm.lower.moves import Site
from azc.backends.llvm.lower.values import F64, WORD, byte_offset
from azc.ir import Declaration, Instruction


class Native:
    """A compiled program; its machine code is freed with the object."""

    def __init__(self, plan: Plan, layout: Layout, called: Sequence[Declaration] = ()):
        ops = [i.op for steps in plan.functions for step in steps for i in step.instructions]
        provide_for(layout.shape, ops)
        self.layout: Final = layout
        self._symbols: Final = [symbol(name) for name in plan.names]
        self._entries: Final = [entry_symbol(one.name) for one in called]
        made = module(plan, layout)
        if called:
            provide_columns(layout.shape)
        for one, name in zip(called, self._entries, strict=True):
            emit_entry(made, name, one, layout)
        self._code = MachineCode(compile_module(made), [*self._symbols, *self._entries])

    @property
    def entries(self) -> list[int]:
        """Addresses of the entries of the functions in `called`, valid as long as this object lives."""
        return [self._code.addresses[name] for name in self._entries]

    @property
    def tapes(self) -> list[bytes]:
        """A tape of one record for each function, valid as long as this object lives."""
        records = np.zeros(len(self._symbols), dtype=RECORD)
        records["kernel"] = [self._code.addresses[name] for name in self._symbols]
        return [record.tobytes() for record in records]


def symbol(name: str) -> str:
    """Symbol of a function; no program can name one of the C library's, which code may call."""
    return f"azl_{name}"


def entry_symbol(name: str) -> str:
    """Symbol of the entry that takes arrays for a function."""
    return f"call.{name}"


@takes(plan=a_plan, layout=a_layout)
def native_text(plan: Plan, layout: Layout) -> tuple[str, str]:
    """A program's native code as LLVM's text and as assembly."""
    return assembly(module(plan, layout))


def module(plan: Plan, layout: Layout) -> ir.Module:
    """An LLVM module of a program's functions."""
    made = ir.Module("program")
    for name, steps in zip(plan.names, plan.functions, strict=True):
        _Function(made, symbol(name), layout).write(steps)
    return made


class _Function:
    """Emits one of a program's functions."""

    def __init__(self, module: ir.Module, name: str, layout: Layout):
        function = ir.Function(module, KERNEL, name)
        _, self._memory, context, self._x = function.args
        for argument in (self._memory, context):
            argument.add_attribute("noalias")
        self._layout = layout
        self._e = Emitter(ir.IRBuilder(function.append_basic_block()), layout.shape)
        self._around = {
            "scratch": field(self._e.builder, context, "scratch"),
            "seeds": lane_row(self._e.builder, context, layout.shape, "seeds"),
            "step": field(self._e.builder, context, "step"),
        }

    def write(self, steps: Sequence[Step]) -> None:
        """Emit all steps."""
        for loop in fused(steps):
            if len(loop) > 1:
                emit_fused(self._e, loop, self._cells, self._x)
                continue
            (step,) = loop
            form = FORMS[step.number]
            if form is not None:
                emit_form(self._e, form, self._site(step, form))
                continue
            where = step.where
            assert where is not None
            if step.number == PUT_FEATURES:
                put_features(self._e, self._cells(where), 0, Features(self._x))
            else:
                clear(self._e, self._cells(where), self._layout.shape.cells(where.kind))
        self._e.builder.ret_void()

    def _cells(self, location: Location, offset: int = 0) -> ir.Value:
        at = ir.Constant(WORD, self._layout.offsets[location] + offset)
        return byte_offset(self._e.builder, self._memory, at)

    def _site(self, step: Step, form: KernelForm) -> Site:
        instructions = step.instructions
        first, last = instructions[0], instructions[-1]
        return Site(
            out=self._cells(last.out, element_offset(first, self._layout.shape)),  # type: ignore[arg-type]
            cells=self._layout.shape.cells(last.op.result),
            operands=tuple(self._operand(location, form, instructions) for location in form.operands),
            constants=_constants(first),
            **self._around,
        )

    def _operand(self, number: int, form: KernelForm, instructions: Sequence[Instruction]) -> Cells:
        if number in form.features:
            return Features(self._x)
        if number < 2 or form.second is None:
            return self._cells([*operand_locations(instructions[0])][number])
        result = instructions[0].out
        return self._cells(next(at for at in operand_locations(instructions[1]) if at != result))


def _constants(instruction: Instruction) -> tuple[Any, ...]:
    constants = [ir.Constant(F64, float(value)) for value in instruction.constants]
    if instruction.op.random:
        constants[-1] = ir.Constant(WORD, int(instruction.constants[-1]))
    return tuple(constants)
