"""Predict on a batch of examples at once: its tape and inputs, for programs that allow it.

A program allows it if Predict carries nothing from one example to the next and draws nothing: then no
prediction depends on examples before. Memory of a batch is laid out like that of one example, with lanes for
each example.
"""

from collections.abc import Sequence
from struct import Struct
from typing import Final, NamedTuple

from azc.arguments import explained, several
from azc.backends.llvm.code.layout import Layout, layout
from azc.backends.llvm.code.plan import Step
from azc.backends.llvm.code.tape import Binder
from azc.ir import (
    ELEMENT_SETS,
    KINDS,
    MAX_ADDRESSES,
    PREDICT,
    Address,
    Instruction,
    Interface,
    Program,
    an_instruction,
    an_interface,
)

_INPUT: Final = Struct("<qq")
_NO_MORE: Final = _INPUT.pack(0, 0)
MAX_INPUT_BYTES: Final = (len(KINDS) * MAX_ADDRESSES + 1) * _INPUT.size
"""Bytes of the longest list of inputs, of any program."""


class Batched(NamedTuple):
    """Predict on a batch: `batch_predict` and `batch_inputs` of the context."""

    predict: bytes
    inputs: bytes
    code: object
    """Owner of the machine code that the tape names."""


def inputs(predict: Sequence[Instruction], interface: Interface) -> list[Address] | None:
    """Addresses that Predict reads but does not write, and the prediction if unwritten; in order of reading.

    None if an example needs a value that another one left in memory, or draws a random number.
    """
    try:
        return _inputs(predict, interface)
    except Exception as error:
        raise explained(
            error, (_INSTRUCTIONS, "predict", predict), (an_interface, "interface", interface)
        ) from None


_INSTRUCTIONS: Final = several(an_instruction, "a sequence of Instructions")


def _inputs(predict: Sequence[Instruction], interface: Interface) -> list[Address] | None:
    known: set[Address | None] = {interface.features, interface.label}
    kept = {instruction.out for instruction in predict}
    found: dict[Address, None] = {}
    for instruction in predict:
        if instruction.op.random:
            return None
        for location in _read(instruction):
            if location in known:
                continue
            if location in kept:
                return None
            found[location] = None
        known.add(instruction.out)
    if interface.prediction not in known:
        found[interface.prediction] = None
    return [*found]


def _read(instruction: Instruction) -> list[Address]:
    """Addresses that an instruction reads; setting an element needs the other elements."""
    found = [operand for operand in instruction.operands if isinstance(operand, Address)]
    if instruction.op in ELEMENT_SETS and instruction.out is not None:
        found.append(instruction.out)
    return found


class BatchBinder:
    """Makes `Batched` of programs whose memory has a layout."""

    def __init__(self, made: Layout, interface: Interface):
        self._narrow, self._interface = made, interface
        self._binder = Binder(layout(made.shape.of_batch, tuple(made.offsets), ()))

    def bind(self, program: Program, steps: Sequence[Step]) -> Batched | None:
        """Predict on a batch, or None if the program does not allow it."""
        read = inputs(program[PREDICT], self._interface)
        if read is None:
            return None
        self._binder.forget()
        try:
            tape = self._binder.bind(steps)
        except KeyError:
            self._binder.admit(steps)
            tape = self._binder.bind(steps)
        offsets, cells = self._narrow.offsets, self._narrow.shape.cells
        pairs = [_INPUT.pack(offsets[location], cells(location.kind)) for location in read]
        return Batched(tape, b"".join([*pairs, _NO_MORE]), self._binder)
