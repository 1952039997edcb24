"""Explanations: a program as a sentence, formulas and what its addresses are for."""

from collections.abc import Iterator

import attrs

from azc.arguments import takes
from azc.explain import formulas as f
from azc.explain.behaviour import Behaviour, Chain, behaviour, next_state, output, state
from azc.explain.formulas import Formula, Node
from azc.explain.learning import Learning, apart, learning
from azc.explain.naming import NamedAddress, intermediates, names_of, numbered, symbols_of
from azc.explain.notation import LATEX, UNICODE, FormulaWriter, Style
from azc.explain.parts import Part, known_parts
from azc.explain.sentence import RULES, Traits, effects, traits
from azc.ir import (
    Address,
    Interface,
    Program,
    SignatureLike,
    a_program,
    a_signature_like,
    signature_of,
)


@attrs.frozen
class Line:
    """An equation: what is on its left, and on its right."""

    left: str
    right: str


@attrs.frozen
class Explanation:
    """What a program means."""

    traits: Traits
    """What it predicts and how it learns."""
    effects: str
    """How many of its instructions have an effect."""
    names: tuple[NamedAddress, ...]
    behaviour: Behaviour
    """With weights scaled as `names` say."""
    parts: tuple[Part, ...]
    """Known parts of algorithms that it has."""
    learning: Learning | None
    """How it learns; None for programs of a signature of one's own."""
    signature: SignatureLike

    @property
    def sentence(self) -> str:
        """Summary and effects in a sentence."""
        return f"{self.traits.summary}; {self.effects}."

    def equations(self, latex: bool = False) -> list[tuple[str, list[Line]]]:
        """The equations of each function, by its name; a function of two chains is there twice.

        Where a step may end before its last function with other values, as in validation, these follow.
        """
        style = LATEX if latex else UNICODE
        behaviour = self.behaviour
        found = [pair for step in behaviour.steps for pair in self._of_step(step, style)]
        for chain in behaviour.early:
            wholes = [
                s.after for s in behaviour.steps if s.functions[: len(chain.functions)] == chain.functions
            ]
            last = chain.functions[-1]
            ending = {a: last for a in chain.written if any(chain.after[a] != whole[a] for whole in wholes)}
            lines = self._of_step(attrs.evolve(chain, outputs={}, written=ending), style)
            found += [(f"{name}, where nothing follows", of_function) for name, of_function in lines]
        return found

    def _of_step(self, step: Chain, style: Style) -> Iterator[tuple[str, list[Line]]]:
        symbols = symbols_of(self.names, style)
        equations = list(_equations(step))
        values = [value for _, _, right in equations for value in right]
        error = self.learning.example.errors[0][1].node if self.learning else None
        names = numbered(intermediates(values, error), {named.symbol for named in self.names})
        own = {node: symbol.text(style) for node, symbol in names.items()}
        folded = (error,) if error in own and error.head == f.SUM else ()
        writer, written = FormulaWriter(style, symbols | own, folded), set[Node]()
        for function in step.functions:
            lines = []
            for name, left, right in equations:
                if name != function:
                    continue
                for node in f.nodes_below(value.node for value in right):
                    if node in own and node not in written:
                        written.add(node)
                        lines.append(Line(own[node], writer.defining(node)))
                lines.append(Line(symbols[left], writer.sum_of(right)))
            if lines:
                yield function, lines

    def how(self, named: NamedAddress, latex: bool = False) -> str:
        """How weights are learned: the rule and its rate; nothing for what is no weight."""
        rule = self.learning.rules.get(named.where) if self.learning else None
        if rule is None:
            return "a rule of its own" if named.role == "weights" else ""
        said = f"{RULES[rule.error]}, rate {self._writer(latex).brief(rule.rate)}"
        if rule.velocity is not None:
            said += f", through {self._carrier(rule.velocity, latex)}"
        return said + (", terms left out" if rule.partial else "")

    def where(self, part: Part, latex: bool = False) -> str:
        """Where a known part is: the symbols of the addresses that carry it, or else its formulas."""
        if part.carried:
            return ", ".join(self._carrier(where, latex) for where in part.carried)
        return ", ".join(self._writer(latex).brief(value) for value in part.formulas)

    def symbol(self, named: NamedAddress, latex: bool = False) -> str:
        """An address's symbol."""
        return named.symbol.text(LATEX if latex else UNICODE)

    def scaled_address(self, named: NamedAddress) -> str:
        """An address with the number by which its letter is a multiple of it, as in `-0.2 v3`."""
        number = FormulaWriter(UNICODE, {}).number(named.scale)
        return str(named.where) if number == "1" else f"{number} {named.where}"

    def begins(self, named: NamedAddress, latex: bool = False) -> str:
        """The value of what is carried before the first step; nothing for what is not carried."""
        return "" if named.first is None else self._writer(latex).brief(named.first)

    def _carrier(self, where: Address, latex: bool) -> str:
        """Symbol of a carried address."""
        found = (named for named in self.names if named.where == where and named.first is not None)
        return self.symbol(next(found), latex)

    def _writer(self, latex: bool) -> FormulaWriter:
        style = LATEX if latex else UNICODE
        return FormulaWriter(style, symbols_of(self.names, style))


def _equations(step: Chain) -> Iterator[tuple[str, Node, list[Formula]]]:
    """NamedFunction, left side and terms of the right side of each equation of a step."""
    for function in step.functions:
        for (name, given), value in step.outputs.items():
            if name == function:
                yield function, output(name, given, value.kind).node, [value]
        for where, name in step.written.items():
            if name == function:
                keep, change = apart(step.after[where], where)
                kept = [f.scaled(state(where), keep)] if keep else []
                yield function, next_state(where).node, [*kept, change]


@takes(program=a_program, signature=a_signature_like)
def explain(program: Program, signature: SignatureLike) -> Explanation:
    """What a program computes and how it learns."""
    found = behaviour(program, signature)
    learned = learning(found, signature) if isinstance(signature, Interface) else None
    if learned is not None:
        found = learned.behaviour
    names = tuple(names_of(signature_of(signature), found, learned))
    kind = traits(signature, names, learned)
    parts = tuple(known_parts(found))
    return Explanation(kind, effects(program, signature), names, found, parts, learned, signature)
