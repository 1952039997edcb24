"""Expansion: products and maps of sums, multiplied out."""

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Final

from azc.explain import formulas as f
from azc.explain.formulas import Formula, Node

MAX_TERMS: Final = 64
"""Maximum terms of an expansion; a formula with more stays as it is."""


def expanded(value: Formula) -> list[Formula]:
    """Terms of which a formula is the sum, with products and maps of sums multiplied out."""
    found: dict[Node, list[Formula]] = {}
    for node in f.nodes_below([value.node]):
        found[node] = _multiplied_out(node, found) or [Formula(1.0, node)]
    return [f.scaled(one, value.coefficient) for one in found[value.node]]


def _multiplied_out(node: Node, terms_of: Mapping[Node, list[Formula]]) -> list[Formula]:
    """Terms of a node, from those of its parts; none if it stays as it is."""
    if node.head == f.SUM:
        made = [f.scaled(one, number) for number, part in node.parts for one in terms_of[part]]
        return made if len(made) <= MAX_TERMS else []
    if node.head != f.PRODUCT and node.head not in f.BUILD:
        return []
    # A power of a sum stays.
    apart = [terms_of[part] if node.head != f.PRODUCT or power == 1 else [] for power, part in node.parts]
    many = [terms for terms in apart if len(terms) > 1]
    if not many or math.prod(map(len, many)) > MAX_TERMS:
        return []
    choices = [terms or [Formula(1.0, part)] for terms, (_, part) in zip(apart, node.parts, strict=True)]
    return [_of_parts(node, chosen) for chosen in product(*choices)]


def _of_parts(node: Node, parts: Sequence[Formula]) -> Formula:
    """A product or a linear map with other parts."""
    if node.head != f.PRODUCT:
        return f.BUILD[node.head](
            *(f.scaled(p, number) for p, (number, _) in zip(parts, node.parts, strict=True))
        )
    made = f.constant(node.kind, 1.0)
    for part, (power, _) in zip(parts, node.parts, strict=True):
        made = f.times(made, f.raised(part, power))
    return made
