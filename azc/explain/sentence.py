"""The first sentence of an explanation: what is predicted, how it is learned, what has no effect."""

from collections.abc import Iterator, Sequence
from math import inf
from typing import Final

import attrs

from azc.explain import formulas as f
from azc.explain.behaviour import next_state, state
from azc.explain.formulas import Formula, Node
from azc.explain.functions import FUNCTIONS
from azc.explain.learning import (
    ABSOLUTE,
    HEBB,
    LOG,
    PERCEPTRON,
    SQUARED,
    Learning,
    Rule,
    apart,
    degree,
    is_one,
    is_state,
)
from azc.explain.naming import NamedAddress
from azc.explain.notation import UNICODE, FormulaWriter
from azc.ir import Program, SignatureLike, signature_of
from azc.passes import roles
from azc.words import counted

TRAINED: Final = {
    SQUARED: "trained by SGD on the squared error",
    LOG: "trained by SGD on the log loss",
    ABSOLUTE: "trained by SGD on the absolute error",
    PERCEPTRON: "trained by the perceptron's rule",
    HEBB: "trained by Hebb's rule, the label times what goes in",
}
RULES: Final = {SQUARED: "SGD", LOG: "SGD", ABSOLUTE: "SGD", PERCEPTRON: "perceptron", HEBB: "Hebb"}
"""The rule's name, for each error."""
_DEGREES: Final = {1: "linear", 2: "quadratic", 3: "cubic"}
_UNITS: Final = {"relu": "ReLU", "tanh": "tanh", "sigmoid": "sigmoid", "maximum": "max"}


@attrs.frozen
class Traits:
    """What kind of program it is, piece by piece."""

    model: str
    """Family of the prediction, as in `A linear model`; or of a signature of one's own what it gives."""
    bias: str = ""
    """`a bias`, `biases`, or nothing."""
    training: str = ""
    """By which rule it learns, or that it does not."""
    rates: str = ""
    more: tuple[str, ...] = ()
    """What else is known of the rule, as momentum."""
    own: tuple[str, ...] = ()
    """Symbols of what else learns, by rules that are not known."""

    @property
    def summary(self) -> str:
        """All of it in a clause."""
        said = self.model + (f" with {self.bias}" if self.bias else "")
        if self.training:
            # A clause that says more of the noun needs no comma.
            said += f"{'' if self.training.startswith('that ') else ','} {self.training}"
        said = ", ".join(filter(None, (said, self.rates, *self.more)))
        rule = "a rule of its own" if len(self.own) == 1 else "rules of their own"
        return f"{said}, but {' and '.join(self.own)} by {rule}" if self.own else said


OWN_RULE: Final = "with a learning rule of its own"


def traits(signature: SignatureLike, names: Sequence[NamedAddress], learned: Learning | None) -> Traits:
    """What kind of program it is."""
    return _of_learner(learned, names) if learned else Traits(_computes(signature, names))


def effects(program: Program, signature: SignatureLike) -> str:
    """How many instructions have no effect."""
    rows = [row for function in roles(program, signature).values() for row in function]
    dead = sum(not row.live for row in rows)
    if not rows:
        return "it has no instruction"
    if not dead:
        return (
            "its instruction has an effect"
            if len(rows) == 1
            else f"all {len(rows):,} instructions have an effect"
        )
    have = "has" if dead == 1 else "have"
    return f"{dead:,} of {_many(rows)} {have} no effect"


def _many(rows: Sequence[object]) -> str:
    return counted(len(rows), "instruction")


def _computes(signature: SignatureLike, names: Sequence[NamedAddress]) -> str:
    """For a signature of one's own: what each function gives from what, and what is carried."""
    parts = []
    for one in signature_of(signature).functions:
        if one.outputs:
            given = ", ".join(name for name, _ in one.outputs)
            parts.append(f"{one.name} gives {given}")
    carried = ", ".join(_symbol(named) for named in names if named.first is not None)
    parts.append(f"carries {carried} from step to step" if carried else "carries nothing from step to step")
    return " and ".join(parts)


def _symbol(named: NamedAddress) -> str:
    return named.symbol.text(UNICODE)


def _of_learner(learned: Learning, names: Sequence[NamedAddress]) -> Traits:
    model = _model(learned)
    biases = sum(named.role == "bias" for named in names)
    bias = "biases" if biases > 1 else "a bias" * biases
    states = {leaf for leaf in f.leaves([learned.prediction]) if is_state(leaf)}
    if not states:
        return Traits(model, bias)
    others = [
        named
        for named in names
        if named.first is not None and state(named.where).node in states and named.where not in learned.rules
    ]
    own = [_symbol(other) for other in others if other.role == "weights"]
    unknown = any(learned.depends_on(learned.example.label, other.where) for other in others)
    rules = [learned.rules[where] for where in learned.behaviour.first if where in learned.rules]
    later = ["from the second step on"] * learned.settles
    if rules:
        training = " and ".join(TRAINED[error] for error in dict.fromkeys(rule.error for rule in rules))
        return Traits(model, bias, training, _rates(rules, learned), (*_more(rules), *later), tuple(own))
    if unknown:
        return Traits(model, bias, OWN_RULE, more=tuple(later))
    sees = any(learned.depends_on(learned.example.features, other.where) for other in others)
    training = "that learns without the label" if sees else "that does not learn"
    return Traits(model, bias, training, more=tuple(later))


# --- the model ----------------------------------------------------------------------------------------


def _model(learned: Learning) -> str:
    prediction, features = learned.prediction, learned.example.features.node
    if prediction.number is not None:
        return f"A constant, {_number(prediction.number)}"
    power = degree(prediction, features)
    if power == 0:
        return "A prediction without the features"
    if power in _DEGREES:
        return f"A {_DEGREES[int(power)]} model"
    if power != inf:
        return f"A polynomial model of degree {power:g}"
    layers = _layers(prediction)
    if layers:
        units = " and ".join(dict.fromkeys(layers))
        return f"A {_LAYERS.get(len(layers) + 1, f'{len(layers) + 1}-layer')} network of {units} units"
    functions = sorted({n.head for n in f.nodes_below([prediction.node]) if n.head in _NONLINEAR})
    using = f" with {', '.join(functions)}" if functions else ""
    return f"A nonlinear model{using}"


_LAYERS: Final = {2: "two-layer", 3: "three-layer", 4: "four-layer"}
_NONLINEAR: Final = frozenset(FUNCTIONS) - {"gaussian", "uniform", "element"}


def _layers(prediction: Formula) -> list[str]:
    """Functions of hidden layers, first layer first: each is applied to a matrix times a vector."""
    found: dict[Node, list[str]] = {}
    for node in f.nodes_below([prediction.node]):
        below: list[str] = max((found[part] for _, part in node.parts), key=len, default=[])
        hidden = node.head in _UNITS and any(_is_layer(part) for _, part in node.parts)
        found[node] = [*below, _UNITS[node.head]] if hidden else below
    return found[prediction.node]


def _is_layer(node: Node) -> bool:
    terms = [part for _, part in node.parts] if node.head == f.SUM else [node]
    return any(
        factor.head == f.MATRIX_VECTOR and is_state(factor.parts[0][1])
        for term in terms
        for _, factor in f.factors(term)
    )


# --- the rule -----------------------------------------------------------------------------------------


def _more(rules: list[Rule]) -> Iterator[str]:
    """What else is known of rules."""
    momentum = sorted({rule.momentum for rule in rules if rule.velocity and rule.momentum})
    if momentum:
        yield f"momentum {_listed(momentum)}"
    if any(rule.partial for rule in rules):
        yield "with terms of the gradient left out"
    if any(rule.velocity and not rule.momentum for rule in rules):
        yield "one step late"
    decay = sorted({1 - rule.keep for rule in rules if not is_one(rule.keep)})
    if decay:
        yield f"weight decay {_listed(decay)} a step"


def _rates(rules: list[Rule], learned: Learning) -> str:
    """What is said of the rates: numbers, and numbers that change."""
    numbers = [rule.rate.number for rule in rules if rule.rate.number is not None]
    changing: dict[str, list[float]] = {"": numbers}
    rest = []
    for rate in dict.fromkeys(rule.rate for rule in rules if rule.rate.number is None):
        first, change = _schedule(rate, learned)
        if first is None:
            rest.append(change)
        else:
            changing.setdefault(change, []).append(first)
    said = [f"{_rate_or_rates(numbers)}{change}" for change, numbers in changing.items() if numbers]
    return ", and ".join([*said, *dict.fromkeys(rest)])


def _rate_or_rates(numbers: list[float]) -> str:
    shown = list(dict.fromkeys(map(_number, sorted(numbers))))
    return f"{'rate' if len(shown) == 1 else 'rates'} {' and '.join(shown)}"


def _schedule(rate: Formula, learned: Learning) -> tuple[float | None, str]:
    """The first value of a rate that is no number and how it changes; or no value and what it depends on."""
    for where, after in learned.step.after.items():
        if where.kind == "s" and rate.node in (state(where).node, next_state(where).node):
            first = f.scaled(learned.behaviour.first[where], rate.coefficient).number
            keep, rest = apart(after, where)
            if first is not None and rest.number == 0 and keep > 0:
                verb = "falling" if keep < 1 else "growing"
                return first, f", {verb} by {abs(keep - 1) * 100:.2g} % a step"
            return None, "with a rate that is drawn at first" if is_one(
                keep
            ) and rest.number == 0 else "with a rate that changes"
    what = "what was learned" if any(map(is_state, f.leaves([rate]))) else "the features"
    return None, f"with a rate that depends on {what}"


def _listed(numbers: list[float]) -> str:
    return " and ".join(map(_number, numbers))


def _number(value: float) -> str:
    return FormulaWriter(UNICODE, {}).number(value)
