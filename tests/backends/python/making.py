"""Instructions for the tests of this folder, made without parsing azl."""

from azc.ir import BY_NAME, OPS, Instruction, Literal, Op, Program, address


def address_of(name):
    """The address with a name such as `v2`."""
    return address(name[0], int(name[1:]))


def instruction(op, out, *operands, constants=()):
    """An instruction; operands are names of addresses or numbers."""
    operands = tuple(address_of(o) if isinstance(o, str) else Literal(o) for o in operands)
    return Instruction(BY_NAME[op], address_of(out), operands, constants)


def any_instruction(op: Op, out=3, first=4) -> Instruction:
    """An instruction of an operation, with suitable addresses and constants."""
    constants = tuple({"draw": 7, "row": 1.0, "column": 0.0, "index": 0.5}.get(c, 0.25) for c in op.constants)
    operands = tuple(address(kind, first + i) for i, kind in enumerate(op.operands))
    return Instruction(op, address(op.result, out) if op.result else None, operands, constants)


EVERY_OPERATION = Program(tuple(map(any_instruction, OPS)))
