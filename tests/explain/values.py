"""Values of formulas, in NumPy: what they are for numbers in place of their leaves."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from azc.explain import formulas as f
from azc.explain.formulas import Formula, Node
from azc.explain.functions import FUNCTIONS

Array = NDArray[np.float64]
_MAPS: Final[dict[str, Callable[..., Any]]] = {
    f.TOTAL: np.sum,
    f.MATRIX_VECTOR: np.matmul,
    f.MATMUL: np.matmul,
    f.OUTER: np.outer,
    f.TRANSPOSE: np.transpose,
    "std": np.std,
    "row_stds": lambda m: np.std(m, axis=1),
}


def values_of(formulas: Iterable[Formula], leaves: Mapping[Node, Any], features: int) -> list[Array]:
    """Values of formulas, for arrays of the leaves' shapes; draws are leaves here."""
    formulas = list(formulas)
    found: dict[Node, Array] = {f.SIZE.node: np.float64(features)} | dict(leaves)
    with np.errstate(all="ignore"):
        for node in f.nodes_below(value.node for value in formulas):
            if node not in found:
                found[node] = _value(node, found, features)
        return [value.coefficient * found[value.node] for value in formulas]


def _value(node: Node, found: Mapping[Node, Array], features: int) -> Array:
    if node.head == f.LEAF and node.name[0] == f.NUMBER:
        return np.asarray(float(node.name[1]))
    shape = (features,) * {"s": 0, "v": 1, "m": 2}[node.kind]
    if node.head == f.PRODUCT:
        made = np.ones(shape)
        for power, part in node.parts:
            made = made * found[part] ** power
        return made
    arguments = [number * found[part] for number, part in node.parts]
    if node.head == f.SUM:
        return np.asarray(sum(arguments))
    if node.head in _MAPS:
        return np.asarray(_MAPS[node.head](*arguments))
    numeric = FUNCTIONS[node.head].numeric
    assert numeric is not None, f"{node.head} has no value here; give one for the node"
    return np.asarray(numeric(*arguments))
