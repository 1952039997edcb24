"""The eight mutations of the original engine, a table of small functions, each from functions to functions.

What a mutation cannot change (an empty function, one at its limit) it returns as it came: the child then
equals its parent.
"""

from collections.abc import Callable
from itertools import chain
from typing import Final

from azc.ir import Instruction, Program
from azc.search.instructions import altered, random_instruction
from azc.search.space import Space
from azc.search.stream import Stream

Function = tuple[Instruction, ...]
Functions = tuple[Function, ...]
"""Setup, Predict and Learn."""
Mutation = Callable[[Functions, Space, Stream], Functions]


def mutated(program: Program, space: Space, stream: Stream) -> Program:
    """A child of a program: with probability `mutate_prob` mutated once, else the same object."""
    if space.mutate_prob < 1.0 and stream.uniform() >= space.mutate_prob:
        return program
    functions = program.functions
    changed = MUTATIONS[space.mutation(stream)](functions, space, stream)
    return program if changed is functions else Program(*changed)


def redrawn(sizes: dict[int, int], functions: Functions, space: Space, stream: Stream) -> Functions:
    """Functions, by number, replaced by as many random instructions as given."""
    rest = [() if number in sizes else function for number, function in enumerate(functions)]
    for number, size in sizes.items():
        made: list[Instruction] = []
        for _ in range(size):
            made.append(_random_instruction(number, space, stream, *rest, made))
        rest[number] = tuple(made)
    return tuple(rest)


def alter_param(functions: Functions, space: Space, stream: Stream) -> Functions:
    """Alter one parameter (an address or a constant) of one instruction."""
    number, function = _function(functions, space, stream)
    if not function:
        return functions
    place = stream.below(len(function))
    changed = altered(function[place], space, stream)
    return functions if changed is function[place] else _with(functions, number, place, 1, changed)


def randomize_instruction(functions: Functions, space: Space, stream: Stream) -> Functions:
    """Replace one instruction by a random one."""
    number, function = _function(functions, space, stream)
    if not function:
        return functions
    place = stream.below(len(function))
    others = _with(functions, number, place, 1)
    return _with(functions, number, place, 1, _random_instruction(number, space, stream, *others))


def randomize_component_function(functions: Functions, space: Space, stream: Stream) -> Functions:
    """Replace all instructions of one function by random ones."""
    number, function = _function(functions, space, stream)
    return redrawn({number: len(function)}, functions, space, stream) if function else functions


def randomize_algorithm(functions: Functions, space: Space, stream: Stream) -> Functions:
    """Replace all instructions of every function that has operations by random ones."""
    return redrawn({number: len(functions[number]) for number in space.active}, functions, space, stream)


def identity(functions: Functions, space: Space, stream: Stream) -> Functions:
    """Change nothing."""
    return functions


def insert_instruction(functions: Functions, space: Space, stream: Stream) -> Functions:
    """Insert a random instruction anywhere, unless the function has its greatest size."""
    number, function = _function(functions, space, stream)
    if len(function) >= space.limits[number][1]:
        return functions
    return _inserted(functions, number, space, stream)


def remove_instruction(functions: Functions, space: Space, stream: Stream) -> Functions:
    """Remove an instruction, unless the function has its least size."""
    number, function = _function(functions, space, stream)
    if len(function) <= space.limits[number][0]:
        return functions
    return _with(functions, number, stream.below(len(function)), 1)


def trade_instruction(functions: Functions, space: Space, stream: Stream) -> Functions:
    """Insert a random instruction and then remove any one; limits do not matter, the size stays."""
    number, function = _function(functions, space, stream)
    if not function:
        return functions
    longer = _inserted(functions, number, space, stream)
    shorter = _with(longer, number, stream.below(len(longer[number])), 1)
    return functions if all(a is b for a, b in zip(shorter[number], function, strict=True)) else shorter


MUTATIONS: Final[dict[str, Mutation]] = {
    mutation.__name__: mutation
    for mutation in (
        alter_param,
        randomize_instruction,
        randomize_component_function,
        identity,
        insert_instruction,
        remove_instruction,
        trade_instruction,
        randomize_algorithm,
    )
}


def _function(functions: Functions, space: Space, stream: Stream) -> tuple[int, Function]:
    """A function that has operations, each equally likely however long."""
    active = space.active
    number = active[stream.below(len(active))] if len(active) > 1 else active[0]
    return number, functions[number]


def _random_instruction(
    number: int, space: Space, stream: Stream, *others: Function | list[Instruction]
) -> Instruction:
    ops = space.ops[number]
    return random_instruction(ops[stream.below(len(ops))], space, stream, chain(*others))


def _with(functions: Functions, number: int, place: int, width: int, *instructions: Instruction) -> Functions:
    """Functions with `width` instructions of one of them, from a place on, replaced by others."""
    function = functions[number]
    changed = (*function[:place], *instructions, *function[place + width :])
    return (*functions[:number], changed, *functions[number + 1 :])


def _inserted(functions: Functions, number: int, space: Space, stream: Stream) -> Functions:
    place = stream.below(len(functions[number]) + 1)
    return _with(functions, number, place, 0, _random_instruction(number, space, stream, *functions))
