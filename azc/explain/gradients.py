"""Gradients of formulas, which are formulas too: the chain rule, from the result back to the leaves."""

from collections.abc import Callable, Iterable
from typing import Final

from azc.explain import formulas as f
from azc.explain.formulas import Formula, Node

Derivative = Callable[[Formula, Formula], Formula]
"""The derivative of a function of one argument, from the argument and the function's value."""


def _ones(like: Formula) -> Formula:
    return f.constant(like.kind, 1.0)


def _zero(x: Formula, _: Formula) -> Formula:
    return f.constant(x.kind, 0.0)


def _of_log(x: Formula, _: Formula) -> Formula:
    return f.inverse(x)


def _of_tan(x: Formula, y: Formula) -> Formula:
    return f.plus(_ones(x), f.times(y, y))


def _of_arcsin(x: Formula, _: Formula) -> Formula:
    return f.inverse(f.apply("sqrt", f.minus(_ones(x), f.times(x, x))))


def _of_sigmoid(x: Formula, y: Formula) -> Formula:
    return f.times(y, f.minus(_ones(x), y))


DERIVATIVES: Final[dict[str, Derivative]] = {
    "absolute": lambda x, _: f.apply("sign", x),
    "sign": _zero,
    "step_above_zero": _zero,
    "step_from_zero": _zero,
    "relu": lambda x, _: f.apply("step_above_zero", x),
    "sqrt": lambda _, y: f.scaled(f.inverse(y), 0.5),
    "sin": lambda x, _: f.apply("cos", x),
    "cos": lambda x, _: f.negative(f.apply("sin", x)),
    "tan": _of_tan,
    "arcsin": _of_arcsin,
    "arccos": lambda x, y: f.negative(_of_arcsin(x, y)),
    "arctan": lambda x, _: f.inverse(f.plus(_ones(x), f.times(x, x))),
    "tanh": lambda x, y: f.minus(_ones(x), f.times(y, y)),
    "exp": lambda _, y: y,
    "log": _of_log,
    "sigmoid": _of_sigmoid,
}
"""Derivatives of functions of one argument, element by element."""


def gradient(value: Formula, seed: Formula, leaves: Iterable[Node]) -> dict[Node, Formula]:
    """The gradient of the inner product of a value and a seed with respect to some leaves, by leaf.

    `seed` is held fixed. A leaf on which the value depends through a function without a derivative here is
    left out.
    """
    wanted = set(leaves)
    order = f.nodes_below([value.node])
    varying: set[Node] = set()
    for node in order:
        if node in wanted or any(part in varying for _, part in node.parts):
            varying.add(node)
    arriving: dict[Node, list[Formula]] = {value.node: [f.scaled(seed, value.coefficient)]}
    found = {leaf: f.constant(leaf.kind, 0.0) for leaf in wanted}
    unknown: set[Node] = set()
    for node in reversed(order):
        if node not in varying or node not in arriving:
            continue
        adjoint = f.added(arriving[node], node.kind)
        if node in wanted:
            found[node] = adjoint
            continue
        parts = _parts(node, adjoint)
        if parts is None:
            unknown |= {part for part in f.nodes_below([node]) if part in wanted}
            continue
        for part, more in parts:
            if part in varying:
                arriving.setdefault(part, []).append(more)
    return {leaf: slope for leaf, slope in found.items() if leaf not in unknown}


def _parts(node: Node, adjoint: Formula) -> list[tuple[Node, Formula]] | None:
    """What reaches each part of a node; None if there is no rule."""
    if node.head == f.SUM:
        return [(part, f.scaled(adjoint, number)) for number, part in node.parts]
    if node.head == f.PRODUCT:
        return [(part, _of_factor(node, power, part, adjoint)) for power, part in node.parts]
    arguments = [Formula(number, part) for number, part in node.parts]
    if node.head in _LINEAR:
        found = _LINEAR[node.head](adjoint, *arguments)
    elif node.head in DERIVATIVES and node.kind == arguments[0].kind:
        derivative = DERIVATIVES[node.head](arguments[0], Formula(1.0, node))
        found = [f.times(adjoint, derivative)]
    else:
        return None
    pairs = zip(node.parts, found, strict=True)
    return [(part, f.scaled(more, number)) for (number, part), more in pairs]


def _of_factor(node: Node, power: float, part: Node, adjoint: Formula) -> Formula:
    others = f.times(Formula(1.0, node), f.inverse(Formula(1.0, part)))
    found = f.scaled(f.times(adjoint, others), power)
    return f.total(found) if part.kind == "s" != node.kind else found


def _of_product(adjoint: Formula, a: Formula, b: Formula) -> list[Formula]:
    return [f.matmul(adjoint, f.transpose(b)), f.matmul(f.transpose(a), adjoint)]


_LINEAR: Final[dict[str, Callable[..., list[Formula]]]] = {
    f.TOTAL: lambda adjoint, a: [f.filled(a.kind, adjoint)],
    f.TRANSPOSE: lambda adjoint, a: [f.transpose(adjoint)],
    f.MATRIX_VECTOR: lambda adjoint, m, v: [f.outer(adjoint, v), f.matrix_vector(f.transpose(m), adjoint)],
    f.OUTER: lambda adjoint, a, b: [f.matrix_vector(adjoint, b), f.matrix_vector(f.transpose(adjoint), a)],
    f.MATMUL: _of_product,
}
