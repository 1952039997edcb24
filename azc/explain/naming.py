"""Names: symbols and roles of the addresses that a program's formulas speak of."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Final

import attrs

from azc.explain import formulas as f
from azc.explain.behaviour import Behaviour, Chain, next_state, output, put_in, state
from azc.explain.formulas import Formula, Node
from azc.explain.gradients import gradient
from azc.explain.learning import Learning, degree, is_one
from azc.explain.notation import Style
from azc.ir import Address, Signature


@attrs.frozen
class Symbol:
    """A letter or a name, with a number if several share the letter."""

    letter: str
    number: str = ""

    def text(self, style: Style, prime: bool = False) -> str:
        """The symbol as a style writes it; with a prime it is the value after the step."""
        return style.symbol(self.letter, self.number, prime)


@attrs.frozen
class NamedAddress:
    """An address with a symbol, and what it is for."""

    symbol: Symbol
    role: str
    where: Address
    leaves: tuple[Node, ...] = ()
    """Leaves of formulas that it names."""
    scale: float = 1.0
    """The symbol is the address times this."""
    first: Formula | None = None
    """Of what is carried: its value before the first step."""


_LETTERS: Final = {
    "features": "x",
    "label": "y",
    "prediction": "ŷ",
    "learning rate": "η",
    "bias": "b",
    "velocity": "u",
    "running mean": "m",
}
_WEIGHTS: Final = {"s": "w", "v": "w", "m": "W"}
_OTHERS: Final = {"s": "c", "v": "u", "m": "A"}


def names_of(signature: Signature, found: Behaviour, learned: Learning | None) -> list[NamedAddress]:
    """Names of inputs, of outputs and of what is carried, in this order."""
    names = _given_names(signature, learned)
    outputs = frozenset(where for one in signature.functions for _, where in one.outputs)
    roles = [_role(where, found, learned, outputs) for where in found.first]
    letters = [_carried_letter(where, role) for where, role in zip(found.first, roles, strict=True)]
    symbols = _numbered(letters, {named.symbol for named in names})
    for where, role, symbol in zip(found.first, roles, symbols, strict=True):
        scale = learned.scales.get(where, 1.0) if learned else 1.0
        leaves = (state(where).node,)
        names.append(NamedAddress(symbol, role, where, leaves, scale, found.first[where]))
    return names


def _given_names(signature: Signature, learned: Learning | None) -> list[NamedAddress]:
    """Names of inputs and outputs; an input that is repeated has one name."""
    names: dict[tuple[str, Address], NamedAddress] = {}
    taken: set[str] = set()
    for one in signature.functions:
        for name, where in one.inputs:
            leaf = put_in(one.name, name, where.kind).node
            known = names.get((name, where)) if name in one.repeats else None
            if known is not None:
                names[name, where] = attrs.evolve(known, leaves=(*known.leaves, leaf))
            else:
                _name(names, taken, one.name, name, where, leaf, learned)
        for name, where in one.outputs:
            leaf = output(one.name, name, where.kind).node
            _name(names, taken, f"{one.name} out", name, where, leaf, learned)
    return [*names.values()]


def _name(
    names: dict[tuple[str, Address], NamedAddress],
    taken: set[str],
    function: str,
    name: str,
    where: Address,
    leaf: Node,
    learned: Learning | None,
) -> None:
    """Name an input or output; by its function too if the name is taken."""
    role = _known_as(name, learned)
    letter = _LETTERS.get(role, name) if learned else name
    if letter in taken:
        letter = f"{name} of {function}"
    taken.add(letter)
    key = (name, where) if (name, where) not in names else (letter, where)
    names[key] = NamedAddress(Symbol(letter), role, where, (leaf,))


def _known_as(name: str, learned: Learning | None) -> str:
    return name if learned is None or name in _LETTERS else "input"


def _carried_letter(where: Address, role: str) -> str:
    if role == "weights":
        return _WEIGHTS[where.kind]
    return _LETTERS.get(role, str(where))


def _numbered(letters: list[str], taken: set[Symbol]) -> Iterator[Symbol]:
    """Symbols of letters; those that occur twice, or are taken, are numbered."""
    others = {symbol.letter for symbol in taken}
    seen = set(taken)
    for letter in letters:
        if letters.count(letter) == 1 and letter not in others:
            yield Symbol(letter)
            continue
        symbol = next(made for number in count(1) if (made := Symbol(letter, str(number))) not in seen)
        seen.add(symbol)
        yield symbol


def _role(where: Address, found: Behaviour, learned: Learning | None, outputs: frozenset[Address]) -> str:
    """What a carried address is for."""
    if learned is not None:
        rules = learned.rules
        if where in rules:
            return "bias" if _is_added(where, learned) else "weights"
        if any(rule.velocity == where for rule in rules.values()):
            return "velocity"
        rates = f.leaves(rule.rate for rule in rules.values())
        if where.kind == "s" and {state(where).node, next_state(where).node} & rates:
            return "learning rate"
        itself = state(where).node
        if (
            where not in outputs
            and learned.depends_on(learned.example.label, where)
            and itself in f.leaves([learned.prediction])
            and itself in f.leaves([learned.step.after[where]])
        ):
            return "weights"
    return _kept(where, found.steps)


def _is_added(where: Address, learned: Learning) -> bool:
    """Whether a weight is added to what depends on the features and not multiplied by them, as a bias is."""
    itself, features = state(where).node, learned.example.features.node
    prediction = learned.prediction
    slopes = gradient(prediction, f.constant(prediction.kind, 1.0), [itself])
    if itself not in slopes or degree(slopes[itself], features, of_functions=0.0) > 0:
        return False
    for node in f.nodes_below([prediction.node]):
        terms = [part for _, part in node.parts] if node.head == f.SUM else []
        alone = any([part for _, part in f.factors(term)] == [itself] for term in terms)
        if alone and features in f.leaves(Formula(1.0, term) for term in terms):
            return True
    return False


def _kept(where: Address, steps: Iterable[Chain]) -> str:
    """What a carried address is for, from what becomes of it."""
    found = set()
    for step in steps:
        after = step.after[where]
        if after == state(where):
            continue
        terms = {node: number for number, node in f.terms(after)}
        keep = terms.pop(state(where).node, 0.0)
        if not terms and keep:
            found.add("decaying" if abs(keep) < 1 else "growing")
        elif 0 < keep < 1 and is_one(keep + sum(terms.values())):
            found.add("running mean")
        elif 0 < keep < 1:
            found.add("decaying sum")
        elif keep == 1:
            found.add("counter" if all(not node.parts for node in terms) else "sum")
        else:
            found.add("memory")
    return found.pop() if len(found) == 1 else "memory" if found else "set once"


# --- symbols of nodes ---------------------------------------------------------------------------------


def symbols_of(names: Iterable[NamedAddress], style: Style) -> dict[Node, str]:
    """Symbols of leaves."""
    found = {leaf: named.symbol.text(style) for named in names for leaf in named.leaves}
    for named in names:
        if named.first is not None:
            found[next_state(named.where).node] = named.symbol.text(style, prime=True)
    return found


_UNITS: Final = ("relu", "tanh", "sigmoid", "sin", "cos", "maximum")
MAX_SIZE: Final = 8
"""Maximum leaves in a formula before a part of it gets a letter."""
MAX_DEPTH: Final = 8
"""Maximum functions within functions before a part of a formula gets a letter."""


def intermediates(values: Iterable[Formula], error: Node | None) -> dict[Node, str]:
    """Letters of parts that get a line of their own: what is read twice, or would make a line too long."""
    roots = [value.node for value in values]
    order = f.nodes_below(roots)
    uses = Counter([*roots, *(part for node in order for _, part in node.parts)])
    arguments = {part for node in order if node.head in _UNITS for _, part in node.parts}
    found: dict[Node, str] = {}
    extent: dict[Node, tuple[int, int]] = {}
    for node in order:
        below = [extent[part] for _, part in node.parts]
        size = sum(leaves for leaves, _ in below) or 1
        depth = max((depth for _, depth in below), default=0) + 1
        twice = uses[node] > 1 and (size > 1 or node.head in _UNITS) and node.head != f.LEAF
        long = size > MAX_SIZE or depth > MAX_DEPTH
        if node == error or (node not in roots and (twice or long)):
            found[node] = "e" if node == error else _intermediate(node, arguments)
            size, depth = 1, 0
        extent[node] = size, depth
    return found


def _intermediate(node: Node, inside: set[Node]) -> str:
    if node.head in _UNITS:
        return "h"
    return "a" if node in inside and node.kind == "v" else _OTHERS[node.kind]


def numbered(letters: Mapping[Node, str], taken: set[Symbol]) -> dict[Node, Symbol]:
    """Symbols of intermediates."""
    return dict(zip(letters, _numbered([*letters.values()], taken), strict=True))
