"""Known parts: where a program computes what a fragment computes, as formulas.

Values are put in for the leaves of the fragment, and the formulas that come out are looked up in those of the
program. So a part is found in whatever order and form its instructions are written.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from math import isclose

import attrs

from azc.explain import formulas as f
from azc.explain.behaviour import Behaviour, Chain, next_state, state
from azc.explain.expansion import expanded
from azc.explain.formulas import Formula, Node
from azc.explain.functions import FUNCTIONS
from azc.explain.learning import apart, is_one, is_state
from azc.explain.patterns import Fragment, known_fragments
from azc.ir import KINDS, Address

MAX_TRIED = 5_000
"""Maximum assignments that are tried for a fragment; in larger programs some parts are not found."""


@attrs.frozen
class Part:
    """A known part of a program."""

    fragment: Fragment
    carried: tuple[Address, ...]
    """The addresses in which it carries something."""
    formulas: tuple[Formula, ...]
    """What it computes: its results, or what the carried addresses become."""


def known_parts(found: Behaviour, fragments: Iterable[Fragment] | None = None) -> list[Part]:
    """Known parts of a program, each fragment in every place where it is found."""
    parts = []
    for chain in found.steps:
        computed = _Computed.of(chain)
        for one in known_fragments() if fragments is None else fragments:
            for variant in _variants(one):
                parts += [part for part in computed.places(variant) if part not in parts]
    return parts


@attrs.frozen
class _Computed:
    """A step of a program, made ready to look things up."""

    chain: Chain
    nodes: frozenset[Node]
    heads: frozenset[str]
    """Functions that it applies."""
    numbers: tuple[float, ...]
    """Numbers before terms."""
    values: Mapping[str, tuple[Formula, ...]]
    """Values that leaves may stand for, by kind."""

    @classmethod
    def of(cls, chain: Chain) -> "_Computed":
        roots = [*chain.outputs.values(), *chain.after.values()]
        # Multiplied out, parts within sums come to light.
        terms = [term for root in chain.outputs.values() for term in expanded(root)]
        nodes = f.nodes_below(root.node for root in (*roots, *terms))
        numbers = {number for root in roots for number, _ in f.terms(root)}
        numbers |= {number for node in nodes if node.head == f.SUM for number, _ in node.parts}
        values: dict[str, dict[Formula, None]] = {kind: {} for kind in KINDS}
        for node in nodes:
            # An outer product would turn a matrix times a vector into something else.
            if (node.head != f.PRODUCT or node.parts) and not any(
                part.head == f.OUTER for _, part in f.factors(node)
            ):
                values[node.kind][Formula(1.0, node)] = None
            for number, part in node.parts if node.head in FUNCTIONS else ():
                if number == -1:
                    values[part.kind][Formula(-1.0, part)] = None
            above = {part: power for power, part in f.factors(node) if power > 0}
            if node.head == f.PRODUCT and len(above) < len(node.parts):
                made = Formula(1.0, f.product_of(node.kind, above))
                if made.number is None:
                    values[made.kind][made] = None
        return cls(
            chain,
            frozenset(nodes),
            frozenset(node.head for node in nodes),
            tuple(sorted({1.0}.union(*({number, 1 / number} for number in numbers if number)))),
            {kind: tuple(found) for kind, found in values.items()},
        )

    def places(self, fragment: Fragment) -> Iterator[Part]:
        """Where a fragment is found."""
        if not _heads([*fragment.after.values(), *fragment.results]) <= self.heads:
            return
        states = list(fragment.after)
        tried = 0
        fitting = [[where for where in self.chain.after if where.kind == own.kind] for own in states]
        for addresses in product(*fitting):
            tried += 1
            if len({*addresses}) < len(addresses):
                continue
            for leaves in self._assignments(fragment, addresses):
                tried += 1
                if tried > MAX_TRIED:
                    return
                own = dict(zip(states, addresses, strict=True))
                for where, at in own.items():
                    leaves |= {state(where).node: state(at), next_state(where).node: next_state(at)}
                part = self._checked(fragment, own, leaves)
                if part is not None:
                    yield part
                    break

    def _assignments(
        self, fragment: Fragment, addresses: tuple[Address, ...]
    ) -> Iterator[dict[Node, Formula]]:
        """Values for the leaves of a fragment that may fit."""
        rests = [apart(self.chain.after[where], where) for where in addresses]
        keeps = {keep for keep, _ in rests} - {0.0, 1.0}
        numbers = sorted(keeps | {1 - keep for keep in keeps}) if addresses else self.numbers
        changes = [change for _, change in rests if change.number is None]
        # What a running mean is of: the change over what is not kept, where that leaves no number.
        means = [f.scaled(change, 1 / (1 - keep)) for keep, change in rests if keep != 1]
        changes += [value for value in means if is_one(abs(value.coefficient)) and value.number is None]
        choices: list[list[Formula]] = []
        leaves = (*fragment.numbers, *fragment.draws, *fragment.holes)
        for leaf in leaves:
            values = self.values[leaf.kind]
            if leaf in fragment.numbers:
                choices.append([f.constant(leaf.kind, number) for number in numbers])
            elif leaf in fragment.draws:
                choices.append([value for value in values if value.node.head == leaf.head])
            else:
                choices.append([*(change for change in changes if change.kind == leaf.kind), *values])
        for chosen in product(*choices):
            yield dict(zip(leaves, chosen, strict=True))

    def _checked(
        self, fragment: Fragment, own: Mapping[Address, Address], leaves: Mapping[Node, Formula]
    ) -> Part | None:
        """The part, if all that the fragment computes is in the program."""
        made = f.substituted([*fragment.after.values(), *fragment.results], leaves)
        for where, value in zip(fragment.after, made, strict=False):
            if not _contains(self.chain.after[own[where]], value):
                return None
        results = made[len(fragment.after) :]
        if not all(self._has(value) for value in results):
            return None
        return Part(fragment, tuple(own.values()), tuple(results or made))

    def _has(self, value: Formula) -> bool:
        """Whether a value is computed, as a whole or within a sum or a product."""
        if value.number is not None or is_state(value.node):
            return False
        if value.node in self.nodes:
            return True
        if value.node.head == f.SUM:
            return any(_ratio_of_terms(node, value.node) for node in self.nodes if node.head == f.SUM)
        if value.node.head == f.PRODUCT:
            return any(_divides(value.node, node) for node in self.nodes if node.head == f.PRODUCT)
        return False


def _heads(values: Iterable[Formula]) -> set[str]:
    """Functions that formulas apply."""
    nodes = f.nodes_below(value.node for value in values)
    return {node.head for node in nodes} - {f.LEAF, f.SUM, f.PRODUCT}


def _contains(whole: Formula, part: Formula) -> bool:
    """Whether the terms of a formula are among those of another."""
    found = {node: number for number, node in f.terms(whole)}
    return all(isclose(found.get(node, 0.0), number, rel_tol=1e-9) for number, node in f.terms(part))


def _divides(part: Node, whole: Node) -> bool:
    """Whether the factors of a product are among those of another."""
    powers = {node: power for power, node in whole.parts}
    return all(node in powers and 0 < power / powers[node] <= 1 for power, node in part.parts)


def _ratio_of_terms(whole: Node, part: Node) -> bool:
    """Whether the terms of a sum are among those of another, all multiplied by one number."""
    found = {node: number for number, node in whole.parts}
    ratios = [found.get(node, 0.0) / number for number, node in part.parts]
    return ratios[0] != 0 and all(isclose(ratio, ratios[0], rel_tol=1e-9) for ratio in ratios)


# --- variants -----------------------------------------------------------------------------------------


def _variants(one: Fragment) -> Iterator[Fragment]:
    """A fragment as it stands; and for matrices in place of vectors where that has a meaning."""
    yield one
    roots = [*one.after.values(), *one.results]
    heads = {node.head for node in f.nodes_below(root.node for root in roots)}
    kinds = {leaf.kind for leaf in (*one.holes, *one.numbers)} | {where.kind for where in one.after}
    if "m" not in kinds and not heads & {f.MATRIX_VECTOR, f.OUTER, f.MATMUL, f.TRANSPOSE}:
        yield attrs.evolve(
            one,
            holes=tuple(map(_raised, one.holes)),
            draws=tuple(map(_raised, one.draws)),
            after={_matrix(where): _of_matrices(value) for where, value in one.after.items()},
            results=tuple(map(_of_matrices, one.results)),
        )


def _matrix(where: Address) -> Address:
    return Address("m", where.index) if where.kind == "v" else where


def _of_matrices(value: Formula) -> Formula:
    return Formula(value.coefficient, _raised(value.node))


def _raised(node: Node) -> Node:
    """A node of matrices in place of vectors."""
    found: dict[Node, Node] = {}
    for one in f.nodes_below([node]):
        parts = tuple((number, found[part]) for number, part in one.parts)
        kind = "m" if one.kind == "v" else one.kind
        *source, own = one.name or ("",)
        name = (*source, own.replace("v", "m")) if one.head == f.LEAF else one.name
        found[one] = Node(kind, one.head, parts, name)
    return found[node]
