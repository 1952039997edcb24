"""`Shape`: the features, lanes and precision that code is made for, and how a cell is cut into vectors."""

from collections.abc import Callable
from typing import Final

import attrs
from llvmlite import ir

from azc.arguments import a_text, fault, kind_of, one_of, takes, whole
from azc.backends.llvm.lower.values import F32, F64
from azc.ir import KINDS, MEANINGS, Op, an_op

UNROLLED: Final = 32
"""Maximum length of a sum, in elements, that is unrolled; longer ones loop over scratch memory."""


@attrs.frozen
class VectorSpan:
    """The `width` numbers of flat memory that one vector holds: the lanes from `lane` to `lane + lanes` of
    one cell, or several whole cells."""

    lane: "int | ir.Value"
    """A number, or an LLVM value in a loop over lanes."""
    lanes: int
    width: int


@attrs.frozen
class Shape:
    """Memory is [cell][lane]: lane = task, `features` cells a vector, features^2 a matrix."""

    features: int
    lanes: int
    precision: str = "float64"
    vector_bytes: int = 32
    stored: str = attrs.field()
    """Precision in which the examples' features are stored: float32 where that is exact, even if memory is
    float64."""

    batch: int = 1
    """Examples in a batch of validation; 1 where examples are validated one by one."""

    @stored.default
    def _as_memory(self) -> str:
        return self.precision

    @property
    def number(self) -> ir.Type:
        """LLVM type of a number in memory."""
        return F64 if self.precision == "float64" else F32

    @property
    def number_bytes(self) -> int:
        """Bytes of a number in memory."""
        return 8 if self.precision == "float64" else 4

    @property
    def stored_number(self) -> ir.Type:
        """LLVM type of a stored feature."""
        return F64 if self.stored == "float64" else F32

    @property
    def example_bytes(self) -> int:
        """Bytes of the features of an example, all lanes together."""
        return self.features * self.lanes * (8 if self.stored == "float64" else 4)

    @property
    def vector(self) -> int:
        """Numbers in a vector register."""
        return self.vector_bytes // self.number_bytes

    @property
    def parts(self) -> tuple[VectorSpan, ...]:
        """One cell, cut into vectors: whole registers, then powers of two."""
        parts, lane, width = [], 0, self.vector
        while lane < self.lanes:
            while width > self.lanes - lane:
                width //= 2
            parts.append(VectorSpan(lane, width, width))
            lane += width
        return tuple(parts)

    @property
    def of_one(self) -> "Shape":
        """The shape for one example at a time, for which kernels are made."""
        return attrs.evolve(self, batch=1)

    @property
    def of_batch(self) -> "Shape":
        """The shape of a batch's memory, whose lanes are examples times tasks."""
        return attrs.evolve(self, lanes=self.batch * self.lanes, batch=1)

    @property
    def group(self) -> int:
        """Cells in a vector register: more than 1 only if a register holds several times the lanes."""
        return self.vector // self.lanes if self.vector % self.lanes == 0 else 1

    @takes(name=a_text, width=whole(1))
    def function(self, name: str, width: int) -> str:
        """Symbol of an elementary function or draw; it names the registers, in which vectors are passed."""
        return f"azc_{name}_{width}_{self.vector_bytes}"

    def cells(self, kind: str) -> int:
        """Number of cells of a scalar (s), vector (v) or matrix (m)."""
        try:
            return {"s": 1, "v": self.features, "m": self.features**2}[kind]
        except Exception:
            raise fault("kind", f"one of {', '.join(KINDS)}", kind) from None

    @takes(op=an_op)
    def scratch_cells(self, op: Op) -> int:
        """Cells of scratch memory that an operation needs."""
        meaning = MEANINGS[op.meaning]
        buffer = self.cells(op.result) if meaning.buffered else 0
        return buffer + _PARTIAL_SUMS[meaning.sums](self, op)


_PRECISION: Final = one_of(("float64", "float32"))
_FIELDS: Final = {
    "features": whole(1, 3072),
    "lanes": whole(1, 1 << 16),
    "precision": _PRECISION,
    "vector_bytes": whole(1, 1 << 10),
    "stored": _PRECISION,
    "batch": whole(1, 1 << 16),
}


def _look_inside(shape: Shape) -> None:
    for name, check in _FIELDS.items():
        check(f"shape.{name}", getattr(shape, name))


a_shape: Final = kind_of(Shape, inside=_look_inside)
"""Check that an argument is a Shape whose fields are within their bounds."""


def sum_cells(n: int) -> int:
    """Cells of scratch memory for the partial sums of n numbers."""
    return 0 if n <= UNROLLED else (n + 1) // 2


_PARTIAL_SUMS: Final[dict[str, Callable[[Shape, Op], int]]] = {
    "": lambda shape, op: 0,
    "all": lambda shape, op: sum_cells(shape.cells(op.operands[0])),
    "row": lambda shape, op: sum_cells(shape.features),
    "columns": lambda shape, op: shape.features * sum_cells(shape.features),
}
"""Cells of scratch memory for partial sums, by the column `sums` of a meaning."""
