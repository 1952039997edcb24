"""`plan`: the steps of a program, one kernel each; decides what is read in place and what is fused.

Tapes and native code are made from the same steps. Its rules, which change no result:

- A NO_OP makes no step.
- A function with features reads them in the data until it writes to their address, then in memory.
  If it sets an element of the features, or if memory is exposed, it begins by copying them.
- A function begins by clearing what the signature clears, if it reads it or sets an element of it, or if
  memory is exposed.
- Two neighbours that have a fused kernel are one step if exactly one operand of the second is the first's
  result, and nothing else reads that result: the second writes to the same address; or memory is not exposed,
  the address is none of the interface's, and no other operand of the program is that address.
  Neighbours are paired from the front; an instruction is in one pair.
- Learn is not run if it has no step.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import attrs

from azc.arguments import a_truth, explained, kind_of
from azc.backends.llvm.code.forms import CLEAR, PAIRS, PUT_FEATURES, pair_table, variant_table
from azc.ir import (
    ELEMENT_SETS,
    NO_OP,
    Address,
    Instruction,
    Interface,
    Op,
    Operand,
    Program,
    a_program,
    an_interface,
)

_VARIANTS: Final = variant_table().tolist()
_PAIRS: Final = {codes: pair_table()[codes].tolist() for codes in PAIRS}
_ELEMENT_SETS: Final = frozenset(op.code for op in ELEMENT_SETS)


class Step(NamedTuple):
    """One kernel's work: its number in `forms.FORMS`, and the one or two instructions that it executes."""

    number: int
    first: Instruction | None = None
    second: Instruction | None = None
    where: Address | None = None
    """The address that gets the features or is cleared, if there is no instruction."""

    @property
    def instructions(self) -> tuple[Instruction, ...]:
        """The instructions of the step, two if they are fused."""
        return tuple(i for i in (self.first, self.second) if i is not None)


@attrs.frozen
class Plan:
    """The steps of a program's functions, without `END`."""

    names: tuple[str, ...]
    functions: tuple[list[Step], ...]

    def __getitem__(self, name: str) -> list[Step]:
        """The steps of the function of a name."""
        return self.functions[self.names.index(name)]


def plan(program: Program, interface: Interface, exposed: bool = False) -> Plan:
    """The steps of a program; `exposed`: its memory is read after it ran."""
    try:
        return _plan(program, interface, exposed)
    except Exception as error:
        raise explained(
            error,
            (a_program, "program", program),
            (an_interface, "interface", interface),
            (a_truth, "exposed", exposed),
        ) from None


a_plan: Final = kind_of(Plan)
"""Check that an argument is a Plan."""


def _plan(program: Program, interface: Interface, exposed: bool) -> Plan:
    made: list[list[Step]] = []
    kept = frozenset(interface.addresses)
    for declared, function in zip(interface.signature.functions, program.functions, strict=True):
        steps, features = list[Step](), None
        if interface.features in declared.written:
            features = interface.features
            if exposed or _sets_element(function, features):
                steps, features = [Step(PUT_FEATURES, where=features)], None
        steps += [Step(CLEAR, where=at) for at in declared.clears if exposed or _sees(function, at)]
        made.append(steps + _Pairing(program, None if exposed else kept).steps(function, features))
    return Plan(program.names, tuple(made))


def plan_of_calls(program: Program) -> Plan:
    """The steps of a program whose caller writes its inputs into memory and reads all of memory."""
    pairing = _Pairing(program, None)
    return Plan(program.names, tuple(pairing.steps(function, None) for function in program.functions))


def _sets_element(function: Sequence[Instruction], where: Address) -> bool:
    return any(i.op.code in _ELEMENT_SETS and _is(i.out, where) for i in function)


def _sees(function: Sequence[Instruction], where: Address) -> bool:
    for instruction in function:
        if where.kind in instruction.op.operands and _count(instruction.operands, where):
            return True
    return _sets_element(function, where)


def _is(operand: Operand | None, where: Address) -> bool:
    """Equality of addresses, in a third of the time: making plans consists of it."""
    return isinstance(operand, Address) and operand.index == where.index and operand.kind == where.kind


def _count(operands: Sequence[Operand], where: Address) -> int:
    count = 0
    for operand in operands:
        count += operand is where or _is(operand, where)
    return count


class _Pairing:
    """Turns instructions into steps; fuses neighbours where the rules allow it.

    `kept`: addresses that are read from outside; None for all of them.
    """

    def __init__(self, program: Program, kept: frozenset[Address] | None):
        self._program, self._kept = program, kept

    def steps(self, function: Sequence[Instruction], features: Address | None) -> list[Step]:
        """A function's steps; `features`: the address that is read in place until it is written, or None."""
        made: list[Step] = []
        waiting: Instruction | None = None
        for instruction in (i for i in function if i.op.code != NO_OP.code):
            if waiting is not None and self._fused(waiting, instruction):
                made.append(_pair(waiting, instruction, features))
                features = _after(instruction, _after(waiting, features))
                waiting = None
                continue
            if waiting is not None:
                made.append(_single(waiting, features))
                features = _after(waiting, features)
            waiting = instruction
        return made if waiting is None else [*made, _single(waiting, features)]

    def _fused(self, first: Instruction, second: Instruction) -> bool:
        between = first.out
        if (first.op.code, second.op.code) not in PAIRS or between is None:
            return False
        if _count(second.operands, between) != 1:
            return False
        if _is(second.out, between):
            return True
        return self._kept is not None and between not in self._kept and not self._is_read_again(between)

    def _is_read_again(self, where: Address) -> bool:
        return sum(_count(i.operands, where) for i in self._program.instructions()) > 1


def _single(instruction: Instruction, features: Address | None) -> Step:
    mask = 0 if features is None else _mask(instruction.op, instruction.operands, features)
    return Step(_VARIANTS[instruction.op.code][mask], instruction)


def _pair(first: Instruction, second: Instruction, features: Address | None) -> Step:
    taken = second.operands.index(first.out)
    mask = 0
    if features is not None:
        mask = _mask(first.op, first.operands, features)
        if not _is(first.out, features):
            mask |= 4 * bool(_mask(second.op, second.operands, features))
    return Step(_PAIRS[first.op.code, second.op.code][taken][mask], first, second)


def _mask(op: Op, operands: Sequence[Operand], features: Address) -> int:
    """Mask of the operands that are the features, as `forms.features_mask` makes it."""
    if features.kind not in op.operands:
        return 0
    mask = 0
    for index, operand in enumerate(operands):
        if _is(operand, features):
            mask |= 1 << index
    return mask


def _after(instruction: Instruction, features: Address | None) -> Address | None:
    """The address that is still read in place after an instruction, or None."""
    return None if features is not None and _is(instruction.out, features) else features
