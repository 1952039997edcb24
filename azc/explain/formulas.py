"""Formulas: what programs compute, as algebra over real numbers, in one form however it was written.

A formula is a number times a node. A node is a leaf, a sum, a product, or a function of formulas; sums
and products are flat, sorted and without like terms, and numbers are moved as far out as they can. So
`0.5 * dot(v1, v0) - dot(v0, v1)` and `-0.5 * dot(v0, v1)` are one formula. These are laws of real
numbers: a formula says what a program means, not its bits, nor where it gives inf or nan.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Final

import attrs
import numpy as np

from azc.explain.functions import FUNCTIONS, Scaling
from azc.ir import KINDS

Parts = tuple[tuple[float, "Node"], ...]
"""Terms with coefficients, factors with powers, or arguments with coefficients."""
LEAF: Final = "leaf"
NUMBER: Final = "number"
"""First name of the leaves that are inf and nan."""
SUM: Final = "sum"
PRODUCT: Final = "product"
TOTAL: Final = "total"
MATRIX_VECTOR: Final = "matrix_vector"
MATMUL: Final = "matmul"
OUTER: Final = "outer"
TRANSPOSE: Final = "transpose"


@attrs.frozen(eq=False)
class Node:
    """A leaf, a sum, a product or a function; equal nodes have equal digests."""

    kind: str
    """Scalar, vector or matrix, as `azc.ir.KINDS` has it."""
    head: str
    """What it is: `LEAF`, `SUM`, `PRODUCT`, or the name of a function."""
    parts: Parts = ()
    name: tuple[str, ...] = ()
    """What a leaf stands for; of a draw, its parameters and place."""

    digest: bytes = attrs.field(init=False, repr=False)
    """Hash of all that it is made of; sorting by it is the same in every process."""

    @digest.default
    def _hashed(self) -> bytes:
        hashed = blake2b(f"{self.kind}|{self.head}|{'|'.join(self.name)}".encode(), digest_size=16)
        for number, node in self.parts:
            # Numbers that differ by rounding are equal.
            hashed.update(f"|{number:.12g}".encode() + node.digest)
        return hashed.digest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)


@attrs.frozen
class Formula:
    """A number times a node."""

    coefficient: float
    node: Node

    @property
    def kind(self) -> str:
        """Scalar, vector or matrix."""
        return self.node.kind

    @property
    def number(self) -> float | None:
        """The number that it is, or that it is filled with; None if it depends on a leaf."""
        return self.coefficient if self.node.head == PRODUCT and not self.node.parts else None


def formula(coefficient: float, node: Node) -> Formula:
    """A number times a node, in normal form: times 0 it is 0, and inf and nan are factors of the node."""
    if coefficient == 0:
        return Formula(0.0, Node(node.kind, PRODUCT))
    if math.isfinite(coefficient):
        return Formula(float(coefficient), node)
    factor = Node("s", LEAF, (), (NUMBER, str(abs(coefficient))))
    sign = -1.0 if coefficient < 0 else 1.0
    return Formula(sign, product_of(node.kind, dict(_powers(node)) | {factor: 1.0}))


def constant(kind: str, value: float) -> Formula:
    """A number; or a vector or matrix filled with it."""
    return formula(float(value), Node(kind, PRODUCT))


def leaf(kind: str, *name: str) -> Formula:
    """What is known by its name only."""
    return Formula(1.0, Node(kind, LEAF, (), name))


SIZE: Final = leaf("s", "F")
"""F, the number of elements of a vector."""


def scaled(value: Formula, number: float) -> Formula:
    """A formula times a number."""
    return formula(value.coefficient * number, value.node)


def negative(value: Formula) -> Formula:
    """A formula with the other sign."""
    return scaled(value, -1.0)


# --- sums and products --------------------------------------------------------------------------------


def terms(value: Formula) -> Parts:
    """Terms of which a formula is the sum, with their coefficients."""
    if value.node.head == SUM:
        return tuple((value.coefficient * number, node) for number, node in value.node.parts)
    return () if value.number == 0 else ((value.coefficient, value.node),)


def added(values: Iterable[Formula], kind: str) -> Formula:
    """The sum of formulas of one kind; factors that all terms have stand before it."""
    found: dict[Node, float] = {}
    size: dict[Node, float] = {}
    for value in values:
        for number, node in terms(value):
            found[node] = found.get(node, 0.0) + number
            size[node] = size.get(node, 0.0) + abs(number)
    kept = {node: number for node, number in found.items() if abs(number) > _NOTHING * size[node]}
    if len(kept) < 2:
        return next((formula(number, node) for node, number in kept.items()), constant(kind, 0.0))
    common = frozenset[tuple[float, Node]].intersection(*(frozenset(factors(node)) for node in kept))
    if not common:
        return _sum(kept, kind)
    before = {node: power for power, node in common}
    rests = {node: {part: power for power, part in factors(node) if part not in before} for node in kept}
    inside = kind if any(part.kind == kind for rest in rests.values() for part in rest) else _widest(rests)
    rest = added((Formula(kept[node], product_of(inside, rests[node])) for node in kept), inside)
    return times(Formula(1.0, product_of(kind, before)), rest)


_NOTHING: Final = 1e-14
"""What rounding leaves of 0, as a share of the numbers that were added."""


def _widest(rests: Mapping[Node, Mapping[Node, float]]) -> str:
    """The widest kind of some factors."""
    return max((part.kind for rest in rests.values() for part in rest), key=KINDS.index, default="s")


def _sum(kept: Mapping[Node, float], kind: str) -> Formula:
    """A sum whose first coefficient is 1; or -1, so that a number in it has a plus."""
    parts = sorted(((number, node) for node, number in kept.items()), key=_order)
    first = parts[0][0]
    if parts[-1][0] / first < 0 and not parts[-1][1].parts and parts[-1][1].head == PRODUCT:
        first = -first
    return formula(first, Node(kind, SUM, tuple((number / first, node) for number, node in parts)))


def plus(a: Formula, b: Formula) -> Formula:
    """The sum of two formulas of one kind."""
    return added((a, b), a.kind)


def minus(a: Formula, b: Formula) -> Formula:
    """The difference of two formulas of one kind."""
    return added((a, negative(b)), a.kind)


def factors(node: Node) -> Parts:
    """Factors of which a node is the product, with their powers."""
    return node.parts if node.head == PRODUCT else ((1.0, node),)


def times(a: Formula, b: Formula) -> Formula:
    """The product: element by element, or of a scalar with all elements."""
    kind = max(a.kind, b.kind, key=KINDS.index)
    found: dict[Node, float] = {}
    for value in (a, b):
        for power, node in factors(value.node):
            found[node] = found.get(node, 0.0) + power
    coefficient = a.coefficient * b.coefficient
    if coefficient == 0:
        return constant(kind, 0.0)
    _gate(found)
    return formula(coefficient, product_of(kind, found))


def _gate(found: dict[Node, float]) -> None:
    """x where x is above 0, else 0, is relu(x)."""
    for step in [node for node in found if node.head == "step_above_zero" and found[node] == 1]:
        ((sign, inside),) = step.parts
        if sign == 1 and found.get(inside) == 1:
            del found[step], found[inside]
            unit = apply("relu", Formula(1.0, inside)).node
            found[unit] = found.get(unit, 0.0) + 1.0


def product_of(kind: str, powers: Mapping[Node, float]) -> Node:
    """The product of factors to powers."""
    kept = sorted(((power, node) for node, power in powers.items() if power != 0), key=_order)
    if len(kept) == 1 and kept[0][0] == 1 and kept[0][1].kind == kind:
        return kept[0][1]
    return Node(kind, PRODUCT, tuple(kept))


def _powers(node: Node) -> Iterator[tuple[Node, float]]:
    return ((part, power) for power, part in factors(node))


def raised(value: Formula, power: float) -> Formula:
    """A formula to a power, element by element; a whole one, as products and quotients make them."""
    with np.errstate(all="ignore"):
        coefficient = float(np.float64(value.coefficient) ** power)
    return formula(coefficient, product_of(value.kind, {node: p * power for p, node in factors(value.node)}))


def inverse(value: Formula) -> Formula:
    """One divided by it, element by element."""
    return raised(value, -1.0)


def filled(kind: str, value: Formula) -> Formula:
    """A vector or matrix that is filled with a scalar."""
    return times(value, constant(kind, 1.0))


def split(value: Formula) -> tuple[Formula, Formula]:
    """The scalar factors of a formula, its number among them, and the rest."""
    if value.kind == "s":
        return value, constant("s", 1.0)
    scalars = {node: power for power, node in factors(value.node) if node.kind == "s"}
    rest = {node: power for power, node in factors(value.node) if node.kind != "s"}
    return formula(value.coefficient, product_of("s", scalars)), Formula(1.0, product_of(value.kind, rest))


# --- linear maps: scalars are moved out of them -------------------------------------------------------


def total(value: Formula) -> Formula:
    """The sum of all elements; of a product of two vectors, their inner product."""
    scalar, rest = split(value)
    if rest.number is not None:
        return times(scalar, times(SIZE, SIZE) if value.kind == "m" else SIZE)
    return times(scalar, Formula(1.0, Node("s", TOTAL, ((1.0, rest.node),))))


def mean(value: Formula) -> Formula:
    """The mean of all elements."""
    size = times(SIZE, SIZE) if value.kind == "m" else SIZE
    return times(total(value), inverse(size))


def _bilinear(head: str, kind: str) -> Callable[[Formula, Formula], Formula]:
    def build(a: Formula, b: Formula) -> Formula:
        (one, left), (other, right) = split(a), split(b)
        made = Node(kind, head, ((1.0, left.node), (1.0, right.node)))
        return times(times(one, other), Formula(1.0, made))

    return build


_outer: Final = _bilinear(OUTER, "m")
_matrix_vector: Final = _bilinear(MATRIX_VECTOR, "v")
_matmul: Final = _bilinear(MATMUL, "m")


def outer(a: Formula, b: Formula) -> Formula:
    """The matrix of products a[i] b[j]."""
    if a.number is not None and b.number is not None:
        return constant("m", a.number * b.number)
    return _outer(a, b)


def matrix_vector(matrix: Formula, vector: Formula) -> Formula:
    """A matrix times a vector."""
    scalar, rest = split(matrix)
    if rest.node.head == OUTER:
        (_, left), (_, right) = rest.node.parts
        inner = total(times(Formula(1.0, right), vector))
        return times(times(scalar, inner), Formula(1.0, left))
    if rest.number is not None:  # filled with ones
        return filled("v", times(scalar, total(vector)))
    return _matrix_vector(matrix, vector)


def matmul(a: Formula, b: Formula) -> Formula:
    """The product of two matrices."""
    return _matmul(a, b)


def transpose(value: Formula) -> Formula:
    """The matrix with rows and columns exchanged."""
    scalar, rest = split(value)
    node = rest.node
    if rest.number is not None:
        turned = rest
    elif node.head == TRANSPOSE:
        turned = Formula(1.0, node.parts[0][1])
    elif node.head == OUTER:
        (_, left), (_, right) = node.parts
        turned = outer(Formula(1.0, right), Formula(1.0, left))
    else:
        turned = Formula(1.0, Node("m", TRANSPOSE, ((1.0, node),)))
    return times(scalar, turned)


BUILD: Final[dict[str, Callable[..., Formula]]] = {
    TOTAL: total,
    MATRIX_VECTOR: matrix_vector,
    MATMUL: matmul,
    OUTER: outer,
    TRANSPOSE: transpose,
}
"""What builds a node of each linear map."""


# --- functions ----------------------------------------------------------------------------------------


def apply(name: str, *arguments: Formula, kind: str | None = None) -> Formula:
    """A function of `FUNCTIONS`, element by element; a number if all arguments are numbers."""
    function = FUNCTIONS[name]
    kind = kind or max((a.kind for a in arguments), key=KINDS.index)
    numbers = [a.number for a in arguments]
    if function.numeric and all(number is not None for number in numbers):
        return constant(kind, function.of_numbers(*numbers))
    if numbers[0] is not None and name in _SPREADS:
        return constant(kind, 0.0)
    if name == "step_above_zero" and arguments[0].node.head == "relu" and arguments[0].coefficient > 0:
        ((sign, inside_relu),) = arguments[0].node.parts
        return apply(name, Formula(sign, inside_relu), kind=kind)
    if function.scaling and len(arguments) == 1:
        outside, inside = _moved_out(function.scaling, arguments[0].coefficient)
        return formula(outside, Node(kind, name, ((inside, arguments[0].node),)))
    parts = tuple((a.coefficient, a.node) for a in arguments)
    return Formula(1.0, Node(kind, name, tuple(sorted(parts, key=_order)) if function.commutes else parts))


_SPREADS: Final = ("std", "row_stds")
"""Functions that are 0 for equal elements."""


def _moved_out(scaling: Scaling, coefficient: float) -> tuple[float, float]:
    """What stands before a function, and what remains before its argument."""
    sign = -1.0 if coefficient < 0 else 1.0
    size = abs(coefficient)
    match scaling:
        case "odd":
            return sign, size
        case "even":
            return 1.0, size
        case "absolute":
            return size, 1.0
        case "sign":
            return sign, 1.0
        case "step":
            return 1.0, sign
        case "gate":
            return size, sign
        case "root":
            return (math.sqrt(size), sign)


def maximum(a: Formula, b: Formula) -> Formula:
    """The greater of two, element by element; relu if one is 0."""
    for one, other in ((a, b), (b, a)):
        if other.number == 0:
            return apply("relu", one)
    return a if a == b else apply("maximum", a, b)


def minimum(a: Formula, b: Formula) -> Formula:
    """The smaller of two, element by element."""
    if a.number == 0 or b.number == 0:
        return negative(maximum(negative(a), negative(b)))
    return a if a == b else apply("minimum", a, b)


def where(condition: Formula, a: Formula, b: Formula) -> Formula:
    """One of two, by a condition; relu if it is what is above 0, else 0."""
    if a == b:
        return a
    if b.number == 0 and condition == a:
        return apply("relu", a)
    return apply("where", condition, a, b)


def norm(value: Formula) -> Formula:
    """The square root of the sum of the squares."""
    return apply("sqrt", total(times(value, value)))


def row_norms(value: Formula) -> Formula:
    """The norm of each row."""
    return apply("sqrt", matrix_vector(times(value, value), constant("v", 1.0)))


def row_means(value: Formula) -> Formula:
    """The mean of each row."""
    return times(matrix_vector(value, constant("v", 1.0)), inverse(SIZE))


def _order(part: tuple[float, Node]) -> tuple[int, int, bytes]:
    """Order of terms and factors: leaves first, scalars before vectors, numbers last."""
    _, node = part
    place = 2 if node.head == PRODUCT and not node.parts else int(node.head != LEAF)
    return place, KINDS.index(node.kind), node.digest


# --- walks --------------------------------------------------------------------------------------------


def nodes_below(roots: Iterable[Node]) -> list[Node]:
    """All nodes that some are made of, themselves included, each once and after those it is made of."""
    found: dict[Node, None] = {}
    waiting = [(root, False) for root in roots]
    while waiting:
        node, ready = waiting.pop()
        if node in found:
            continue
        if ready:
            found[node] = None
            continue
        waiting.append((node, True))
        waiting += [(part, False) for _, part in node.parts]
    return list(found)


def substituted(values: Iterable[Formula], leaves: Mapping[Node, Formula]) -> list[Formula]:
    """Formulas with other formulas in place of some leaves."""
    values = list(values)
    found: dict[Node, Formula] = {}
    for node in nodes_below(value.node for value in values):
        found[node] = leaves[node] if node in leaves else rebuilt(node, found)
    return [scaled(found[value.node], value.coefficient) for value in values]


def rebuilt(node: Node, parts: Mapping[Node, Formula]) -> Formula:
    """A node of other parts than its own, in normal form."""
    if node.head == LEAF or not node.parts:
        return Formula(1.0, node)
    if node.head == PRODUCT:
        made = constant(node.kind, 1.0)
        for power, part in node.parts:
            made = times(made, raised(parts[part], power))
        return made
    arguments = [scaled(parts[part], number) for number, part in node.parts]
    if node.head == SUM:
        return added(arguments, node.kind)
    if node.head in BUILD:
        return BUILD[node.head](*arguments)
    if node.name:  # a draw, or an element that is set
        return Formula(
            1.0, Node(node.kind, node.head, tuple((a.coefficient, a.node) for a in arguments), node.name)
        )
    return apply(node.head, *arguments, kind=node.kind)


def leaves(values: Iterable[Formula]) -> set[Node]:
    """Leaves of which formulas are made."""
    return {node for node in nodes_below(value.node for value in values) if node.head == LEAF}
