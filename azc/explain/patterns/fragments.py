"""Fragments as formulas: what each computes, from leaves that stand for any value."""

from functools import cache
from importlib import resources
from typing import Final

import attrs

from azc.arguments import a_text, takes
from azc.errors import AzcError
from azc.explain import formulas as f
from azc.explain.behaviour import behaviour, put_in
from azc.explain.formulas import Formula, Node
from azc.ir import Address, Program, Signature
from azc.language import parse

DRAWS: Final = ("gaussian", "uniform")
_SETUP, _RUN = FUNCTIONS = ("Setup", "Run")


@attrs.frozen
class Fragment:
    """A known part of algorithms."""

    name: str
    says: str
    reference: str
    program: Program
    """Its functions Setup and Run."""
    holes: tuple[Node, ...]
    """Leaves that stand for any value."""
    numbers: tuple[Node, ...]
    """Leaves that stand for any number."""
    draws: tuple[Node, ...]
    """Draws, each of which stands for any of its distribution."""
    after: dict[Address, Formula]
    """What each carried address becomes."""
    results: tuple[Formula, ...]
    """What it computes beside."""


@takes(text=a_text)
def fragment(text: str) -> Fragment:
    """A fragment from its text: comments with name, what it does and its source, then Setup and Run.

    AzcError if the text is no azl, has other functions or misses one of the three comments.
    """
    comments = [line.removeprefix("#").strip() for line in text.splitlines() if line.startswith("#")]
    if len(comments) < 3 or not all(comments[:3]):
        raise AzcError(
            "a fragment begins with three lines of comment: its name, what it does, and its source"
        )
    empty = Signature("fragment", {_SETUP: {}, _RUN: {"outputs": {"any": "s0"}}})
    program = parse(text, signature=empty)
    return _as_formulas(program, *comments[:3])


def _as_formulas(program: Program, name: str, says: str, reference: str) -> Fragment:
    given = {i.out for i in program[_SETUP]}
    read: list[Address] = []
    written: dict[Address, bool] = {}
    """Addresses that Run writes, and whether they are read before."""
    for instruction in program[_RUN]:
        for operand in instruction.operands:
            if isinstance(operand, Address) and operand not in written and operand not in read:
                read.append(operand)
        if instruction.out is not None:
            written.setdefault(instruction.out, instruction.out in read)
    carried = [where for where in written if written[where]]
    inputs = [where for where in read if where not in carried]
    signature = Signature(
        "fragment",
        {
            _SETUP: {},
            _RUN: {"inputs": {str(a): str(a) for a in inputs}, "outputs": {str(a): str(a) for a in written}},
        },
    )
    (chain,) = behaviour(program.having([(), program[_RUN]]), signature).steps
    results = [
        value for (_, given_name), value in chain.outputs.items() if _is_result(given_name, program, carried)
    ]
    roots = [*chain.after.values(), *results]
    leaves = {where: put_in(_RUN, str(where), where.kind).node for where in inputs}
    return Fragment(
        name,
        says,
        reference,
        program,
        tuple(leaf for where, leaf in leaves.items() if where not in given),
        tuple(leaf for where, leaf in leaves.items() if where in given),
        tuple(node for node in f.nodes_below(value.node for value in roots) if node.head in DRAWS),
        dict(chain.after),
        tuple(value for value in results if value.node.head != f.LEAF),
    )


def _is_result(name: str, program: Program, carried: list[Address]) -> bool:
    """Whether what is left at an address is read by no later instruction."""
    function = program[_RUN]
    last = max(index for index, i in enumerate(function) if str(i.out) == name)
    later = {str(operand) for i in function[last + 1 :] for operand in i.operands}
    return name not in later and name not in map(str, carried)


@cache
def known_fragments() -> tuple[Fragment, ...]:
    """All fragments that come with azc, by name."""
    folder = resources.files("azc.explain.patterns")
    paths = sorted(
        (path for path in folder.iterdir() if path.name.endswith(".azl")), key=lambda path: path.name
    )
    return tuple(fragment(path.read_text("utf-8")) for path in paths)
