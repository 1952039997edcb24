"""Elementary functions and draws as machine code: made once a vector width, shared by all other code.

Kernels and programs call them by name: `azc_exp_4_32` takes and returns four float64, as code for registers
of 32 bytes passes them.
"""

from functools import cache
from typing import Any, Final

import attrs
from llvmlite import ir

from azc.backends.llvm.jit import MachineCode, kept, publish
from azc.backends.llvm.shape import Shape
from azc.backends.llvm.target import Target, target
from azc.backends.llvm.values import F64, WORD, Arithmetic, Value, wide
from azc.ir import draws, elementary

ELEMENTARY: Final = ("sin", "cos", "tan", "arcsin", "arccos", "arctan", "exp", "log")
"""Operations of the language, a function of the same name each."""
_FUNCTIONS: Final[dict[str, tuple[Any, tuple[ir.Type, ...]]]] = {
    **{name: (getattr(elementary, name), (F64,)) for name in (*ELEMENTARY, "sigmoid")},
    "uniform": (draws.uniform, (WORD, WORD, WORD, WORD, F64, F64)),
    "gaussian": (draws.gaussian, (WORD, WORD, WORD, WORD, F64, F64)),
}


def function_module(shape: Shape, width: int) -> ir.Module:
    """All functions for vectors of `width` float64."""
    module = ir.Module("functions")
    for name, (function, types) in _FUNCTIONS.items():
        signature = ir.FunctionType(wide(F64, width), [wide(type_, width) for type_ in types])
        made = ir.Function(module, signature, shape.function(name, width))
        builder = ir.IRBuilder(made.append_basic_block())
        values = [Value(builder, argument) for argument in made.args]
        builder.ret(function(Arithmetic(builder, width), *values).raw)
    return module


@cache
def _published(vector_bytes: int, width: int, cpu: Target) -> MachineCode:
    """The functions of a width, to be found by name from now on, as long as the process lives."""
    shape = Shape(1, 1, vector_bytes=vector_bytes)
    names = [shape.function(name, width) for name in _FUNCTIONS]
    code = kept(f"functions {vector_bytes} {width}", lambda: function_module(shape, width), names)
    publish(code)
    return code


def provide_functions(shape: Shape) -> None:
    """Make sure that code for a shape finds the functions that it calls."""
    double = attrs.evolve(shape, precision="float64")
    for width in {part.width for part in (*shape.parts, *double.parts)}:
        _published(shape.vector_bytes, width, target())
