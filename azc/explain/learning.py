"""Learning: by which rule a program changes each of the addresses that its prediction depends on.

A rule is found by comparing what a step adds to an address with the gradient of the prediction, both as
formulas; so backpropagation is recognised however it is written.
"""

from collections.abc import Callable, Iterator, Mapping
from math import inf, isclose
from typing import Final

import attrs

from azc.explain import formulas as f
from azc.explain.behaviour import INPUT, NEXT, STATE, Behaviour, Chain, next_state, output, put_in, state
from azc.explain.expansion import expanded
from azc.explain.formulas import Formula, Node
from azc.explain.gradients import gradient
from azc.ir import Address, Interface


@attrs.frozen
class ExampleLeaves:
    """Leaves of an example and its prediction, as Learn finds them."""

    features: Formula
    label: Formula
    prediction: Formula
    """What Predict gave."""
    replaced: Formula
    """What stands in its place: a probability, for classes."""

    @property
    def errors(self) -> list[tuple[str, Formula]]:
        """What SGD multiplies the prediction's gradient by, for each loss; that of the interface first."""
        y, p, q = self.label, self.prediction, self.replaced
        return [
            *([(LOG, f.minus(y, q))] if q != p else []),
            (SQUARED, f.minus(y, p)),
            (ABSOLUTE, f.apply("sign", f.minus(y, p))),
            (HEBB, y),
            (PERCEPTRON, f.minus(y, f.apply("step_above_zero", p))),
            (PERCEPTRON, f.minus(y, f.apply("step_from_zero", p))),
        ]


SQUARED: Final = "squared error"
LOG: Final = "log loss"
ABSOLUTE: Final = "absolute error"
PERCEPTRON: Final = "perceptron's error"
HEBB: Final = "Hebb"


@attrs.frozen
class Rule:
    """How a step changes an address: to keep * address + rate * error * gradient of the prediction."""

    error: str
    """Key of `ExampleLeaves.errors`."""
    rate: Formula
    """A scalar; it does not depend on the label."""
    keep: float = 1.0
    """Factor of the address itself: below 1 for weight decay."""
    velocity: Address | None = None
    """The address that collects the changes, with momentum."""
    momentum: float = 0.0
    """Factor of the velocity."""
    partial: bool = False
    """Whether some terms of the gradient are left out."""


@attrs.frozen
class Learning:
    """A behaviour whose weights are scaled so that they stand alone in the prediction, and its rules."""

    behaviour: Behaviour
    example: ExampleLeaves
    scales: Mapping[Address, float]
    """What an address is multiplied by to give what the formulas call it."""
    rules: Mapping[Address, Rule]
    """Of the addresses that change by a rule that is known."""
    settles: bool
    """Whether it is as the formulas say from the second step on only, when some numbers have been set."""

    def depends_on(self, leaf: Formula, where: Address) -> bool:
        """Whether what an address holds depends on an input, of this step or of earlier ones."""
        seen, waiting = set[Node](), [self.step.after[where]]
        known = {state(a).node: after for a, after in self.step.after.items()} | self.step.definitions
        while waiting:
            new = f.leaves(waiting) - seen
            seen |= new
            waiting = [known[one] for one in new if one in known]
        return leaf.node in seen

    @property
    def step(self) -> Chain:
        """Predict and Learn."""
        return self.behaviour.steps[0]

    @property
    def prediction(self) -> Formula:
        """What Predict computes, from states before the step."""
        return _from_before(self.step)


def example_of(interface: Interface) -> ExampleLeaves:
    """The leaves of an example."""
    predict, learn = interface.signature.functions[1:]
    prediction = output(predict.name, predict.outputs[0][0], interface.prediction.kind)
    return ExampleLeaves(
        put_in(predict.name, "features", interface.features.kind),
        put_in(learn.name, "label", interface.label.kind),
        prediction,
        f.apply(interface.follow, prediction) if interface.follow else prediction,
    )


def learning(found: Behaviour, interface: Interface) -> Learning:
    """By which rules a program of supervised learning learns."""
    example = example_of(interface)
    settled = _settled(found)
    found = _with(found, settled, {})
    scales = _of_weights(found.steps[0])
    whole = rescaled(found, scales)
    rules = _rules(whole, example)
    rates = _of_rates(whole, rules)
    if rates:
        scales |= rates
        whole = rescaled(whole, rates)
        rules = _rules(whole, example)
    return Learning(whole, example, scales, rules, bool(settled))


def _from_before(step: Chain) -> Formula:
    """The prediction, with formulas in place of what Predict itself has written."""
    prediction = next(iter(step.outputs.values()))
    written = {next_state(where).node: after for where, after in step.after.items()}
    for _ in written:
        if not f.leaves([prediction]) & written.keys():
            break
        (prediction,) = f.substituted([prediction], written)
    return prediction


# --- scales -------------------------------------------------------------------------------------------


def rescaled(found: Behaviour, scales: Mapping[Address, float]) -> Behaviour:
    """A behaviour in which leaves of states stand for multiples of their addresses."""
    leaves = {
        make(where).node: f.scaled(make(where), 1 / scale)
        for where, scale in scales.items()
        for make in (state, next_state)
    }
    return _with(found, leaves, scales)


def _with(found: Behaviour, leaves: Mapping[Node, Formula], scales: Mapping[Address, float]) -> Behaviour:
    """A behaviour with other formulas for leaves; without states that are no leaf any more."""
    if not leaves:
        return found
    gone = {where for where in found.first if leaves.get(state(where).node, state(where)).number is not None}

    def written(values: Mapping[Address, Formula]) -> dict[Address, Formula]:
        kept = {where: value for where, value in values.items() if where not in gone}
        new = f.substituted(kept.values(), leaves)
        return {a: f.scaled(v, scales.get(a, 1.0)) for a, v in zip(kept, new, strict=True)}

    def step(one: Chain) -> Chain:
        outputs = dict(zip(one.outputs, f.substituted(one.outputs.values(), leaves), strict=True))
        places = {where: name for where, name in one.written.items() if where not in gone}
        return attrs.evolve(one, outputs=outputs, after=written(one.after), written=places)

    return Behaviour(written(found.first), tuple(map(step, found.steps)), tuple(map(step, found.early)))


def _settled(found: Behaviour) -> dict[Node, Formula]:
    """Numbers for the leaves of addresses that every step sets to the same number."""
    numbers: dict[Node, Formula] = {}
    for where in found.first:
        ends = {step.after[where] for step in found.steps}
        ends |= {chain.after[where] for chain in found.early} - {state(where)}
        if len(ends) == 1 and (end := ends.pop()).number is not None:
            numbers |= {make(where).node: end for make in (state, next_state)}
    return numbers


def _of_weights(step: Chain) -> dict[Address, float]:
    """Scales that leave no number before the weights in a prediction: of those that it is linear in."""
    seen: dict[Address, set[float]] = {}
    for number, node in f.terms(_from_before(step)):
        below = f.leaves([Formula(1.0, node)])
        linear = _linear(node)
        for where in step.after:
            if state(where).node in below:
                fits = where.kind != "s" and state(where).node in linear
                seen.setdefault(where, set()).add(number if fits else 1.0)
    return {where: number for where, (number, *more) in seen.items() if not more and not is_one(number)}


def _linear(node: Node) -> set[Node]:
    """States that a node is linear in: one of them, or a sum of some, times what depends on no state."""
    if is_state(node):
        return {node}
    if node.head not in (f.SUM, f.PRODUCT, f.TOTAL, f.MATRIX_VECTOR):
        return set()
    parts = [part for power, part in node.parts if any(map(is_state, f.leaves([Formula(1.0, part)])))]
    if node.head == f.SUM:
        found = [_linear(part) for part in parts]
        return set[Node]().union(*found) if all(found) else set()
    alone = len(parts) == 1 and (node.head != f.PRODUCT or (1.0, parts[0]) in node.parts)
    return _linear(parts[0]) if alone else set()


def _of_rates(found: Behaviour, rules: Mapping[Address, Rule]) -> dict[Address, float]:
    """Scales that leave no number before a rate that is carried, if all rules have the same there."""
    seen: dict[Address, list[float]] = {}
    for rule in rules.values():
        for where in found.first:
            if where.kind == "s" and rule.rate.node in (state(where).node, next_state(where).node):
                seen.setdefault(where, []).append(rule.rate.coefficient)
    return {
        where: numbers[0]
        for where, numbers in seen.items()
        if all(is_one(number / numbers[0]) for number in numbers) and not is_one(numbers[0])
    }


# --- rules --------------------------------------------------------------------------------------------


def _rules(found: Behaviour, example: ExampleLeaves) -> dict[Address, Rule]:
    """Rules, of the first error that fits each address."""
    step = found.steps[0]
    rules: dict[Address, Rule] = {}
    for error, multiplier in example.errors:
        # Which weights may be new or old in an update is known when their own rules are: so look twice.
        for _ in range(2):
            own = {where for where, rule in rules.items() if rule.error == error}
            for where, rule in _rules_for(step, example, error, multiplier, own).items():
                rules.setdefault(where, rule)
    return rules


def _rules_for(
    step: Chain, example: ExampleLeaves, error: str, multiplier: Formula, weights: set[Address]
) -> dict[Address, Rule]:
    """Rules of one error; `weights` are the addresses that it is known for already."""
    # The error is one leaf, so that it is not multiplied out.
    seed = multiplier if multiplier.node.head == f.LEAF else f.leaf(multiplier.kind, "error")
    as_leaf = {multiplier.node: f.scaled(seed, 1 / multiplier.coefficient)}
    slopes = gradient(_from_before(step), seed, [state(where).node for where in step.after])
    fixed = {example.label.node, example.prediction.node, seed.node}
    rules = {}
    for where in step.after:
        direction = slopes.get(state(where).node)
        if direction is None or direction.number is not None:
            continue
        # A scalar has no direction that would tell, so that its rate may depend on less.
        own = {example.features.node, state(where).node} if where.kind == "s" else set()
        for change in _changes(step, where, weights | {where}):
            (added,) = f.substituted([change.rate], as_leaf)
            found = _rate(added, direction, fixed | own)
            if found is not None:
                rate, partial = found
                rules[where] = attrs.evolve(change, error=error, rate=rate, partial=partial)
                break
    return rules


def _changes(step: Chain, where: Address, weights: set[Address]) -> Iterator[Rule]:
    """Readings of an update as `Rule`s whose rate is the whole change: without and with a velocity."""
    keep, change = apart(step.after[where], where)
    if not 0 < keep <= 1 + 1e-9:
        return
    yield Rule("", _at_begin(change, step, weights), keep)
    scale, rest = f.split(change)
    if change.kind == "s":
        scale, rest = f.constant("s", change.coefficient), Formula(1.0, change.node)
    for other in step.after:
        if other != where and rest.node in (next_state(other).node, state(other).node):
            momentum, added = apart(step.after[other], other)
            if 0 <= momentum < 1:
                yield Rule("", f.times(scale, _at_begin(added, step, weights)), keep, other, momentum)


def apart(after: Formula, where: Address) -> tuple[float, Formula]:
    """The factor of an address in what it becomes, and the rest."""
    keep = next((number for number, node in f.terms(after) if node == state(where).node), 0.0)
    return keep, f.minus(after, f.scaled(state(where), keep))


def _at_begin(value: Formula, step: Chain, weights: set[Address]) -> Formula:
    """A formula with weights before the step in place of those after it, as SGD may use either, and without
    states that only pass on a value of the same step."""
    swapped = {}
    for where, after in step.after.items():
        if state(where).node not in f.leaves([after]):
            swapped[next_state(where).node] = after
        elif where in weights:
            swapped[next_state(where).node] = state(where)
    (found,) = f.substituted([value], swapped)
    ((function, name), prediction) = next(iter(step.outputs.items()))
    if prediction.number is None and prediction.node.head != f.LEAF:
        # Learn may compute the prediction once more.
        again = f.scaled(output(function, name, prediction.kind), 1 / prediction.coefficient)
        (found,) = f.substituted([found], {prediction.node: again})
    return found


def _rate(change: Formula, direction: Formula, fixed: set[Node]) -> tuple[Formula, bool] | None:
    """The positive scalar by which a change is a multiple of a direction, or of some of its terms.

    With it comes whether terms are left out; None if there is no such scalar. It depends on none of `fixed`.
    """

    def quotient(one: Formula, other: Formula) -> Formula | None:
        found = _quotient(one, other)
        return None if found is None or fixed & f.leaves([found]) or not _is_rate(found) else found

    whole = quotient(change, direction)
    if whole is not None:
        return whole, False
    if change.kind == "s":
        return None
    parts, remaining = expanded(change), expanded(direction)
    rates = set()
    for part in parts:
        found = [(other, rate) for other in remaining if (rate := quotient(part, other)) is not None]
        if not found:
            return None
        remaining.remove(found[0][0])
        rates.add(found[0][1])
    return (rates.pop(), bool(remaining)) if len(rates) == 1 else None


def _is_rate(value: Formula) -> bool:
    """Whether a scalar is surely not negative, if states that are scalars are not."""
    positive = ("sqrt", "exp", "absolute", "sigmoid", "std")
    return value.coefficient > 0 and all(
        power % 2 == 0
        or node.head in positive
        or node == f.SIZE.node
        or (is_state(node) and node.kind == "s")
        or (node.head == f.LEAF and node.name[0] == INPUT and node.kind == "s")
        or (node.head == f.TOTAL and all(inner % 2 == 0 for inner, _ in f.factors(node.parts[0][1])))
        for power, node in f.factors(value.node)
    )


def _quotient(one: Formula, other: Formula) -> Formula | None:
    """The scalar that one formula is of another; of scalars, their quotient."""
    if one.kind == "s":
        return f.times(one, f.inverse(other))
    (scale, rest), (divisor, same) = f.split(one), f.split(other)
    return f.times(scale, f.inverse(divisor)) if rest.node == same.node else None


# --- what is predicted --------------------------------------------------------------------------------


def degree(value: Formula, features: Node, of_functions: float = inf) -> float:
    """The degree of a formula as a polynomial of the features; infinite if it is none.

    `of_functions` is what functions of the features count as.
    """
    found: dict[Node, float] = {}
    for node in f.nodes_below([value.node]):
        below = [found[part] for _, part in node.parts]
        if node.head == f.LEAF:
            found[node] = float(node == features)
        elif node.head == f.PRODUCT:
            found[node] = sum(_of_power(found[part], power) for power, part in node.parts)
        elif node.head in _DEGREES:
            found[node] = _DEGREES[node.head](below)
        else:
            found[node] = of_functions if any(below) else 0.0
    return found[value.node]


def _of_power(inside: float, power: float) -> float:
    if inside == 0:
        return 0.0
    return inside * power if power > 0 else inf


_DEGREES: Final[dict[str, Callable[[list[float]], float]]] = {
    f.SUM: max,
    f.TOTAL: sum,
    f.TRANSPOSE: sum,
    f.MATRIX_VECTOR: sum,
    f.MATMUL: sum,
    f.OUTER: sum,
}


def is_one(number: float) -> bool:
    """Whether a number is 1 but for rounding."""
    return isclose(number, 1, rel_tol=1e-9)


def is_state(node: Node) -> bool:
    """Whether a node is what an address holds, before or after the step."""
    return node.head == f.LEAF and node.name[0] in (STATE, NEXT)
