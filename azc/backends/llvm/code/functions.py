"""Elementary functions and draws as machine code, compiled once for each vector width and called by name.

All other code shares them: `azc_exp_4_32` takes and returns four float64, in registers of 32 bytes.
"""

from collections.abc import Collection, Iterable
from functools import cache

import attrs
import numpy as np
from numpy.typing import NDArray

from azc.arguments import one_of, several, takes
from azc.backends.llvm.code.jit import MachineCode, cached, publish
from azc.backends.llvm.code.target import LOCK, Target, target
from azc.backends.llvm.lower.elementary import DEFINITIONS, ELEMENTARY_MEANINGS, called_by, function_module
from azc.backends.llvm.lower.shape import Shape
from azc.ir import Op


def _published(vector_bytes: int, name: str, width: int, cpu: Target) -> MachineCode:
    """Compile a function and publish its name, for as long as the process lives.

    This happens once: other code is linked to the function, so it must never be replaced.
    """
    with LOCK:
        return _made(vector_bytes, name, width, cpu)


@cache
def _made(vector_bytes: int, name: str, width: int, cpu: Target) -> MachineCode:
    shape = Shape(1, 1, vector_bytes=vector_bytes)
    key = f"function {name} {vector_bytes} {width}"
    code = cached(key, lambda: function_module(shape, name, width), [shape.function(name, width)])
    publish(code)
    return code


def provide_functions(shape: Shape, names: Iterable[str], more_widths: Iterable[int] = ()) -> None:
    """Publish functions that code for a shape calls, for the widths of its parts and for more."""
    double = attrs.evolve(shape, precision="float64")
    widths = {part.width for part in (*shape.parts, *double.parts)}.union(more_widths)
    for name in names:
        for width in widths:
            _published(shape.vector_bytes, name, width, target())


def provide_for(shape: Shape, ops: Collection[Op]) -> None:
    """Publish all functions that operations call in code for a shape."""
    provide_functions(shape, called_by(ops))
    # Long loops over elements take a register at a time and the rest one by one, however cells are cut.
    long = [op for op in ops if op.meaning in ELEMENTARY_MEANINGS and op.result != "s"]
    provide_functions(shape, called_by(long), (shape.vector, 1))


@takes(names=several(one_of(DEFINITIONS), "a sequence of names of functions"))
def function_addresses(names: Iterable[str]) -> "NDArray[np.int64]":
    """Addresses of elementary functions of one float64, in the order of names, for other compiled code."""
    here = target()
    codes = [_published(here.vector_bytes, name, 1, here) for name in names]
    return np.array([address for code in codes for address in code.addresses.values()], dtype=np.int64)
