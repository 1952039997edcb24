"""Kernel forms: every operation, also with features read in place, and fused pairs of operations.

A kernel's number is its index in `FORMS`; stored tapes hold it. Below `END` it is an opcode.
"""

from collections.abc import Collection, Iterator
from functools import cache
from itertools import product
from typing import Final

import attrs
import numpy as np
from numpy.typing import NDArray

from azc.arguments import several, takes
from azc.ir import BY_NAME, OP_SETS, OPS, Op, an_op

END: Final = len(OPS)
"""Number of the kernel that returns, which ends every tape."""
PUT_FEATURES: Final = END + 1
"""Number of the kernel that copies the features into memory."""
CLEAR: Final = END + 2
"""Number of the kernel that clears cells."""

FUSED: Final = (
    ("SCALAR_DIFF", "SCALAR_PRODUCT"),
    ("SCALAR_VECTOR_PRODUCT", "VECTOR_SUM"),
    ("VECTOR_HEAVYSIDE", "VECTOR_PRODUCT"),
    ("VECTOR_OUTER_PRODUCT", "MATRIX_SUM"),
)
"""Pairs of operations that have a fused kernel: the second takes the first's result as an operand, element by
element, so that it need not go through memory. Rows may be added or deleted; no result changes."""


@attrs.frozen
class KernelForm:
    """Work of a kernel: one operation or a fused pair, and the operands that it reads from the features."""

    first: Op
    second: Op | None = None
    taken: int = 0
    """Index of the second's operand that is the first's result; 0 if the second is commutative."""
    features: tuple[int, ...] = ()
    """Operands that are the features: of one operation its own; of a pair 0 and 1 are the first's, 2 is the
    other operand of the second."""

    @property
    def ops(self) -> tuple[Op, ...]:
        """The operation, or both of the pair."""
        return (self.first,) if self.second is None else (self.first, self.second)

    @property
    def operands(self) -> tuple[int, ...]:
        """The operands, numbered as in `features`."""
        own = range(len(self.first.operands))
        return (*own, 2) if self.second is not None and len(self.second.operands) == 2 else (*own,)


def features_mask(features: Collection[int]) -> int:
    """Operands that are the features, as a mask: bit 0 is the first, bit 1 the second, bit 2 the third."""
    return sum(1 << operand for operand in features)


def _choices(vectors: list[int]) -> Iterator[tuple[int, ...]]:
    """All ways in which some of these operands are the features."""
    for chosen in product((False, True), repeat=len(vectors)):
        yield tuple(index for index, there in zip(vectors, chosen, strict=True) if there)


def _vectors(kinds: str, first: int = 0) -> list[int]:
    return [index for index, kind in enumerate(kinds, first) if kind == "v"]


def _with_features() -> Iterator[KernelForm]:
    for op in OPS:
        for features in _choices(_vectors(op.operands)):
            if features:
                yield KernelForm(op, features=features)


def _pairs() -> Iterator[KernelForm]:
    for first, second in ((BY_NAME[a], BY_NAME[b]) for a, b in FUSED):
        for taken in range(1 if second.commutative else len(second.operands)):
            others = second.operands[:taken] + second.operands[taken + 1 :]
            for features in _choices(_vectors(first.operands) + _vectors(others, 2)):
                yield KernelForm(first, second, taken, features)


_SPECIAL: Final = (None, None, None)
FORMS: Final[tuple[KernelForm | None, ...]] = (*map(KernelForm, OPS), *_SPECIAL, *_with_features(), *_pairs())
"""Form of each kernel, by number; None for `END`, `PUT_FEATURES` and `CLEAR`."""
NUMBERS: Final = {form: number for number, form in enumerate(FORMS) if form is not None}
PAIRS: Final = frozenset((form.first.code, form.second.code) for form in NUMBERS if form.second is not None)
"""Opcodes of the pairs in `FUSED`."""


@takes(ops=several(an_op, "a collection of Ops"))
def numbers_for(ops: Collection[Op]) -> list[int]:
    """Numbers of all kernels that programs of these operations may need."""
    given = frozenset(ops)
    return [n for n, form in enumerate(FORMS) if form is None or given.issuperset(form.ops)]


@cache
def numbers_of_sets() -> tuple[frozenset[int], ...]:
    """Numbers of all kernels for each set in `OP_SETS`, the smallest set first."""
    return tuple(frozenset(numbers_for(frozenset(ops))) for ops in OP_SETS.values())


def variant_table() -> NDArray[np.int16]:
    """Kernel numbers of operations, [opcode][features mask]; -1 means none."""
    table = np.full((len(OPS), 8), -1, dtype=np.int16)
    for form, number in NUMBERS.items():
        if form.second is None:
            table[form.first.code, features_mask(form.features)] = number
    return table


def pair_table() -> NDArray[np.int16]:
    """Kernel numbers of pairs, [first opcode][second opcode][operand taken][features mask]; -1 means none.

    If the second is commutative, both values of "operand taken" have the same number.
    """
    table = np.full((len(OPS), len(OPS), 2, 8), -1, dtype=np.int16)
    for form, number in NUMBERS.items():
        if form.second is not None:
            taken = slice(None) if form.second.commutative else form.taken
            table[form.first.code, form.second.code, taken, features_mask(form.features)] = number
    return table
