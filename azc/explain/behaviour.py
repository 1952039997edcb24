"""Behaviour: a program's functions as formulas of its inputs and of what it carries from step to step."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import attrs

from azc.arguments import takes
from azc.explain import formulas as f
from azc.explain.formulas import Formula, Node
from azc.explain.meanings import meant
from azc.ir import (
    KINDS,
    Address,
    Instruction,
    Interface,
    Literal,
    Program,
    Signature,
    SignatureLike,
    a_program,
    a_signature_like,
    signature_of,
)

Memory = dict[Address, Formula]
"""What addresses hold; those that are not in it hold what they held before the step."""
STATE: Final = "state"
NEXT: Final = "next"
INPUT: Final = "input"
OUTPUT: Final = "output"
ROUNDS: Final = 50
"""Maximum number of searches for addresses that never change; each finds one at least, or is the last."""


@attrs.frozen
class Chain:
    """Functions that run one after the other, as Predict and Learn on one example."""

    functions: tuple[str, ...]
    outputs: Mapping[tuple[str, str], Formula]
    """What each function's outputs are, by function and name."""
    after: Mapping[Address, Formula]
    """What the carried addresses hold after it."""
    written: Mapping[Address, str]
    """The function in which each carried address gets that value."""

    @property
    def definitions(self) -> dict[Node, Formula]:
        """What the leaves that name a value of the same step stand for."""
        outputs = {output(*name, value.kind).node: value for name, value in self.outputs.items()}
        return outputs | {next_state(where).node: value for where, value in self.after.items()}


@attrs.frozen
class Behaviour:
    """A program as formulas."""

    first: Mapping[Address, Formula]
    """What the carried addresses hold after the first function: those that an output depends on and that a
    step changes, or that hold no number."""
    steps: tuple[Chain, ...]
    """Every chain of functions of which each runs only after the one before it, as long as it can be."""
    early: tuple[Chain, ...] = ()
    """Beginnings of these chains that may be all of a step, as Predict in validation."""


def state(where: Address) -> Formula:
    """What an address holds before a step."""
    return f.leaf(where.kind, STATE, str(where))


def next_state(where: Address) -> Formula:
    """What an address holds after a step; that may be read in the same step."""
    return f.leaf(where.kind, NEXT, str(where))


def put_in(function: str, name: str, kind: str) -> Formula:
    """An input of a function."""
    return f.leaf(kind, INPUT, function, name)


def output(function: str, name: str, kind: str) -> Formula:
    """An output of a function, read by a later function of the same step."""
    return f.leaf(kind, OUTPUT, function, name)


@takes(program=a_program, signature=a_signature_like)
def behaviour(program: Program, signature: SignatureLike) -> Behaviour:
    """What a program computes, as formulas; over real numbers, so that its last bits may differ."""
    return _Walk(program, signature).behaviour()


@attrs.frozen
class _Ran:
    """A step up to some function."""

    functions: tuple[str, ...] = ()
    memory: Memory = attrs.field(factory=dict)
    outputs: dict[tuple[str, str], Formula] = attrs.field(factory=dict)
    after: Memory = attrs.field(factory=dict)
    """What carried addresses hold that are written for the last time."""
    named: dict[Node, Formula] = attrs.field(factory=dict)
    """Leaves by what they stand for, up to a number."""

    def holds(self, where: Address) -> Formula:
        return self.after.get(where, self.memory.get(where, state(where)))


class _Walk:
    """Runs a program on formulas."""

    def __init__(self, program: Program, signature: SignatureLike):
        self._signature: Signature = signature_of(signature)
        self._follow = signature.follow if isinstance(signature, Interface) else None
        self._functions = dict(zip(self._signature.names, program.functions, strict=True))
        self._addresses = {str(where): where for where in program.addresses() | self._signature.addresses}
        self._known: Memory = {}
        """Numbers in addresses that no step changes."""
        self._carried: tuple[Address, ...] = ()

    def behaviour(self) -> Behaviour:
        zeros = {where: f.constant(where.kind, 0.0) for where in self._addresses.values()}
        begin = self._signature.names[0]
        first = self._run(begin, _Ran((begin,), zeros)).memory
        for _ in range(ROUNDS):
            steps = [ran for ran, _ in self._steps()]
            constant = self._never_changed(first, steps)
            if not constant:
                break
            self._known |= constant
        self._carried = self._needed(steps)
        ends = [(self._chain(ran), is_early) for ran, is_early in self._steps()]
        return Behaviour(
            {where: first[where] for where in self._carried},
            tuple(chain for chain, is_early in ends if not is_early),
            tuple(chain for chain, is_early in ends if is_early),
        )

    def _chain(self, ran: _Ran) -> Chain:
        after = {where: ran.holds(where) for where in self._carried}
        written = {
            where: next((n for n in reversed(ran.functions) if self._writes(n, where)), ran.functions[0])
            for where, value in after.items()
            if value != state(where)
        }
        return Chain(ran.functions, ran.outputs, after, written)

    def _writes(self, name: str, where: Address) -> bool:
        return any(i.out == where for i in self._functions[name])

    def _never_changed(self, first: Memory, steps: list[_Ran]) -> Memory:
        """Addresses, not known before, that hold a number after the first function and after every step."""
        found = {}
        for where in self._addresses.values():
            same = (state(where), first[where])
            if where in self._known or where in self._signature.written or same[1].number is None:
                continue
            if all(ran.memory.get(where, same[0]) in same for ran in steps):
                found[where] = first[where]
        return found

    def _needed(self, steps: list[_Ran]) -> tuple[Address, ...]:
        """Addresses that outputs depend on, in this step or through later ones."""
        needed: set[Address] = set()
        waiting = [value for ran in steps for value in ran.outputs.values()]
        while waiting:
            states = {self._addresses[leaf.name[1]] for leaf in f.leaves(waiting) if leaf.name[0] == STATE}
            new = states - needed
            needed |= new
            waiting = [ran.memory[where] for where in new for ran in steps if where in ran.memory]
        return tuple(sorted(needed, key=lambda where: (KINDS.index(where.kind), where.index)))

    # --- chains of functions --------------------------------------------------------------------------

    def _steps(self) -> list[tuple[_Ran, bool]]:
        """All chains that may be a step, and whether they could go on."""
        heads = (name for name in self._signature.names[1:] if self._only_source(name) is None)
        return [found for name in heads for found in self._chains(self._ran(name, _Ran()))]

    def _chains(self, ran: _Ran) -> Iterator[tuple[_Ran, bool]]:
        last = ran.functions[-1]
        following = [b for a, b in self._signature.follows if a == last]
        within = [name for name in following if self._only_source(name) == last]
        for name in within:
            yield from self._chains(self._ran(name, ran))
        if len(within) < len(following) or not within:
            yield ran, bool(within)

    def _only_source(self, name: str) -> str | None:
        """The one function after which a function runs, if it runs after that one only."""
        sources = [a for a, b in self._signature.follows if b == name]
        return (
            sources[0] if len(sources) == 1 and sources[0] not in (name, self._signature.names[0]) else None
        )

    def _ran(self, name: str, before: _Ran) -> _Ran:
        """A step with one more function."""
        declared, memory = self._signature[name], dict(before.memory)
        source = before.functions[-1] if before.functions else None
        if source is not None:
            for given, where in self._signature[source].outputs:
                value = before.outputs[source, given]
                # What needs no name is handed on as it is, so that it may turn out never to change.
                if value.number is None and (value.node.head != f.LEAF or value.node.name[0] == NEXT):
                    value = output(source, given, where.kind)
                memory[where] = self._handed_on(source, name, value, where)
        for given, where in declared.inputs:
            repeats = source is not None and given in declared.repeats
            memory[where] = put_in(source if repeats and source else name, given, where.kind)
        memory |= {where: f.constant(where.kind, 0.0) for where in declared.clears}
        ran = self._run(name, attrs.evolve(before, functions=(*before.functions, name), memory=memory))
        outputs = {(name, given): self._value(where, ran.memory) for given, where in declared.outputs}
        named = {value.node: output(*key, value.kind) for key, value in outputs.items()}
        return attrs.evolve(
            ran, outputs=before.outputs | outputs, named=ran.named | _named(outputs.values(), named)
        )

    def _handed_on(self, source: str, target: str, value: Formula, where: Address) -> Formula:
        """An output as the next function finds it: in training the prediction may have been replaced."""
        if (source, target, where) in self._signature.replaced and self._follow:
            return f.apply(self._follow, value)
        return value

    # --- one function ---------------------------------------------------------------------------------

    def _run(self, name: str, ran: _Ran) -> _Ran:
        """A step after the instructions of its last function."""
        memory, after, named = dict(ran.memory), dict(ran.after), dict(ran.named)
        lasts = self._last_writes(name, ran)
        opening = [one for one in ran.functions if self._signature[one].opens_step]
        draws = opening[-1] if opening else ran.functions[0]
        for index, instruction in enumerate(self._functions[name]):
            where = instruction.out
            if where is None:
                continue
            value = self._written(instruction, draws, memory)
            if value.node in named:
                value = f.scaled(named[value.node], value.coefficient)
            memory[where] = value
            if lasts.get(where) == index:
                after[where] = value
                if value.node.head != f.LEAF or value.node == state(where).node:
                    memory[where] = next_state(where)
                    named |= _named([value], {value.node: next_state(where)})
        return attrs.evolve(ran, memory=memory, after=after, named=named)

    def _last_writes(self, name: str, ran: _Ran) -> dict[Address, int]:
        """Carried addresses that a function writes and none behind it in the step, with the last index."""
        lasts = {i.out: index for index, i in enumerate(self._functions[name]) if i.out in self._carried}
        later = self._behind(name) if lasts else set()
        return {where: index for where, index in lasts.items() if where is not None and where not in later}

    def _behind(self, name: str) -> set[Address | None]:
        """Addresses that functions behind one in a step write."""
        found: set[Address | None] = set()
        for source, target in self._signature.follows:
            if source == name and self._only_source(target) == name:
                found |= {i.out for i in self._functions[target]} | self._behind(target)
                found |= self._signature.overwritten(source, target)
        return found

    def _written(self, instruction: Instruction, draws: str, memory: Memory) -> Formula:
        operands = [
            f.constant(kind, operand.value) if isinstance(operand, Literal) else self._value(operand, memory)
            for kind, operand in zip(instruction.op.operands, instruction.operands, strict=True)
        ]
        assert instruction.out is not None
        return meant(instruction, draws, self._value(instruction.out, memory), operands)

    def _value(self, where: Address, memory: Memory) -> Formula:
        return memory.get(where) or self._known.get(where) or state(where)


def _named(values: Iterable[Formula], leaves: Mapping[Node, Formula]) -> dict[Node, Formula]:
    """Leaves by the nodes of the values that they stand for; leaves and numbers need no name."""
    return {
        value.node: f.scaled(leaves[value.node], 1 / value.coefficient)
        for value in values
        if value.node.head != f.LEAF and value.number is None and value.coefficient
    }
