"""`Layout`: offsets in memory of the addresses and literals that a program uses."""

from collections.abc import Iterable, Iterator
from typing import Final

import attrs
import numpy as np
from numpy.typing import NDArray

from azc.arguments import explained, fault, kind_of, several, takes, whole
from azc.backends.llvm.lower.shape import Shape, a_shape, sum_cells
from azc.errors import AzcError
from azc.ir import ELEMENT_SETS, Address, Instruction, Literal, Op, an_instruction, an_op, element_number

ALIGNMENT: Final = 64
"""Bytes of a cache line, and of the widest vector."""
Location = Address | tuple[str, Literal]
"""Anything with cells in memory: an address, or a literal with the kind of its operand."""


def locations(instructions: Iterable[Instruction]) -> Iterator[Location]:
    """Addresses and literals that instructions read or write, with repetitions."""
    try:
        for instruction in instructions:
            if instruction.out is not None:
                yield instruction.out
            yield from operand_locations(instruction)
    except Exception as error:
        raise explained(error, (_INSTRUCTIONS, "instructions", instructions)) from None


_INSTRUCTIONS: Final = several(an_instruction, "a sequence of Instructions")


def operand_locations(instruction: Instruction) -> Iterator[Location]:
    """Locations of an instruction's operands, in order."""
    for kind, operand in zip(instruction.op.operands, instruction.operands, strict=True):
        yield (kind, operand) if isinstance(operand, Literal) else operand


def element_offset(instruction: Instruction, shape: Shape) -> int:
    """Offset in bytes of the element that an instruction sets, from the start of its address; else 0."""
    if instruction.op not in ELEMENT_SETS:
        return 0
    return element_number(instruction, shape.features) * shape.lanes * shape.number_bytes


@attrs.frozen
class Layout:
    """Offsets in bytes of addresses and literals in memory, and the number of all cells."""

    shape: Shape
    offsets: dict[Location, int]
    cells: int
    literals: tuple[tuple[int, int, float], ...]
    """First cell, number of cells and value, for each literal."""


a_layout: Final = kind_of(Layout)
"""Check that an argument is a Layout."""


def _location(name: str, value: object) -> object:
    is_literal = isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], Literal)
    if not (isinstance(value, Address) or is_literal):
        raise fault(name, "an Address, or a kind with a Literal", value)
    return value


_LOCATIONS: Final = several(_location, "a sequence of Addresses and literals")


@takes(shape=a_shape, first=_LOCATIONS, wanted=_LOCATIONS)
def layout(shape: Shape, first: Iterable[Location], wanted: Iterable[Location]) -> Layout:
    """Lay out addresses and literals, each once: `first` in their order, then the others of `wanted`.

    `first` are the interface's addresses: their offsets are part of a driver, so they must not depend on the
    program.
    """
    offsets: dict[Location, int] = {}
    literals: list[tuple[int, int, float]] = []
    cells = 0
    front = tuple(first)
    for location in (*front, *sorted(set(wanted) - set(front), key=_order)):
        size = shape.cells(_kind(location))
        offsets[location] = cells * shape.lanes * shape.number_bytes
        if isinstance(location, tuple):
            literals.append((cells, size, location[1].value))
        cells += size
    return Layout(shape, offsets, cells, tuple(literals))


def cells_of(shape: Shape, wanted: Iterable[Location]) -> int:
    """Number of cells of distinct locations."""
    try:
        return sum(shape.cells(_kind(location)) for location in wanted)
    except Exception as error:
        raise explained(error, (a_shape, "shape", shape), (_LOCATIONS, "wanted", wanted)) from None


def _kind(location: Location) -> str:
    return location[0] if isinstance(location, tuple) else location.kind


def _order(location: Location) -> tuple[int, bool, str]:
    return ("svm".index(_kind(location)), isinstance(location, tuple), repr(location))


@takes(shape=a_shape, n_classes=whole(0, 3072), ops=several(an_op, "a sequence of Ops"))
def scratch_cells(shape: Shape, n_classes: int, ops: Iterable[Op]) -> int:
    """Cells of scratch memory that operations need, and softmax if there are classes."""
    softmax = n_classes and 1 + n_classes + sum_cells(n_classes)
    return max((shape.scratch_cells(op) for op in ops), default=0) + softmax


def aligned(count: int, dtype: type | np.dtype) -> NDArray:  # type: ignore[type-arg]
    """An array of zeros that begins on a cache line; AzcError if it does not fit into memory."""
    try:
        size = np.dtype(dtype).itemsize
        raw = np.zeros(count * size + ALIGNMENT, dtype=np.uint8)
        start = -raw.ctypes.data % ALIGNMENT
        return raw[start : start + count * size].view(dtype)
    except MemoryError:
        raise AzcError(f"{count} numbers of {size} bytes do not fit into memory") from None
    except Exception as error:
        raise explained(error, (whole(0, 1 << 40), "count", count), (_dtype, "dtype", dtype)) from None


def _dtype(name: str, value: object) -> object:
    try:
        if np.dtype(value).kind in "fiu":  # type: ignore[call-overload]
            return value
    except Exception:
        pass
    raise fault(name, "a dtype of numbers", value)
