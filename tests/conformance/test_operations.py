"""Single operations: every record of the original, on every backend.

A record's instruction is the Learn of a program: only Learn sees memory as it was written, except v0 and s0,
which are its arguments.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import attrs
import numpy as np
import pytest
from conformance.records import close, numbers, records

import azc
from azc.ir import Address, Instruction, Program, address

TOLERANCE = 1e-12
FEATURES = (2, 4, 8, 16)
ADDRESSES = 63
"""Addresses of a kind that a packed program gives to records: all but the first."""

Record = dict[str, Any]


def instruction_of(record: Record) -> Instruction:
    """A record's instruction, parsed from its text."""
    program = azc.parse(f"def Setup():\ndef Predict():\ndef Learn():\n  {record['text']}\n")
    (instruction,) = program["Learn"]
    assert instruction.op.name + "_OP" == record["op"]
    return instruction


def agrees(found: Any, expected: Any) -> bool:
    """Whether a result is the record's: within the tolerance, and zeros of the same sign."""
    found, expected = np.asarray(found), numbers(expected)
    zeros = (found == 0) & (expected == 0)
    signs = np.signbit(found[zeros]) == np.signbit(expected[zeros])
    return close(found, expected, TOLERANCE) and bool(np.all(signs))


def learned(program: Program, features: int, backend: str, cells: dict[Address, Any]) -> azc.Algorithm:
    """The algorithm after its Learn ran once on these cells."""
    algorithm = azc.compile(program, features, backend=backend)
    algorithm.predict_one(np.zeros(features))
    for where, value in cells.items():
        getattr(algorithm.memory, where.kind)[where.index] = numbers(value)
    x, y = cells.get(address("v", 0), np.zeros(features)), cells.get(address("s", 0), 0.0)
    algorithm.learn_one(numbers(x), float(y))
    return algorithm


def address_of(name: str) -> Address:
    """The address of a name such as `v2`."""
    return address(name[0], int(name[1:]))


def read(algorithm: azc.Algorithm, where: Address) -> Any:
    """The cells of an address."""
    return getattr(algorithm.memory, where.kind)[where.index]


@pytest.mark.parametrize("features", FEATURES)
@pytest.mark.parametrize("backend", ["python", "kernels"])
def test_a_record_gives_its_result(backend, features):
    """Every record on its own addresses gives the original's result."""
    wrong = []
    for record in (r for r in records("ops") if r["features"] == features):
        program = Program((), (), (instruction_of(record),))
        cells = {address_of(name): value for name, value in record["in"].items()}
        algorithm = learned(program, features, backend, cells)
        if not all(agrees(read(algorithm, address_of(n)), value) for n, value in record["out"].items()):
            wrong.append(record)
    assert not wrong


@attrs.define
class Packed:
    """Records that share no address, one after another in one Learn."""

    instructions: list[Instruction] = attrs.Factory(list)
    cells: dict[Address, Any] = attrs.Factory(dict)
    expected: list[tuple[Record, Address, Any]] = attrs.Factory(list)
    taken: dict[str, int] = attrs.Factory(lambda: dict.fromkeys("svm", 0))

    def has_room(self, instruction: Instruction) -> bool:
        """Whether enough addresses are free for an instruction."""
        kinds = [where.kind for where in Program((), (), (instruction,)).addresses()]
        return all(self.taken[kind] + kinds.count(kind) <= ADDRESSES for kind in "svm")

    def add(self, record: Record, instruction: Instruction) -> None:
        """Add a record on fresh addresses; equal addresses stay equal."""
        fresh: dict[Address, Address] = {}
        for where in sorted(Program((), (), (instruction,)).addresses(), key=str):
            self.taken[where.kind] += 1
            fresh[where] = address(where.kind, self.taken[where.kind])
        operands = tuple(fresh[o] if isinstance(o, Address) else o for o in instruction.operands)
        self.instructions.append(attrs.evolve(instruction, out=fresh[instruction.out], operands=operands))
        self.cells |= {fresh[address_of(name)]: value for name, value in record["in"].items()}
        self.expected += [(record, fresh[address_of(name)], value) for name, value in record["out"].items()]


@cache
def packs(features: int) -> tuple[Packed, ...]:
    """All records for a number of features, packed into few programs."""
    return tuple(_packs(features))


def _packs(features: int) -> Iterator[Packed]:
    pack = Packed()
    for record in (r for r in records("ops") if r["features"] == features):
        instruction = instruction_of(record)
        if not pack.has_room(instruction):
            yield pack
            pack = Packed()
        pack.add(record, instruction)
    yield pack


@pytest.mark.parametrize("features", FEATURES)
def test_packed_records_give_their_results_in_every_backend(features):
    """Records compiled together give the original's results, and equal bits in every backend."""
    wrong = []
    for pack in packs(features):
        program = Program((), (), tuple(pack.instructions))
        ran = {b: learned(program, features, b, pack.cells) for b in ("native", "kernels", "python")}
        for record, where, expected in pack.expected:
            found = {backend: np.asarray(read(algorithm, where)) for backend, algorithm in ran.items()}
            if not agrees(found["native"], expected):
                wrong.append(record)
            assert len({bits(value) for value in found.values()}) == 1, record
    assert not wrong


def bits(array: np.ndarray) -> bytes:
    """An array's bits, all nans alike."""
    return np.where(np.isnan(array), np.nan, array).tobytes()


def test_every_deterministic_operation_has_records():
    """The records cover all operations of the original except the random ones and NO_OP."""
    from azc.ir import ORIGINAL

    expected = {op.name + "_OP" for op in ORIGINAL if not op.random and op.name != "NO_OP"}
    assert {record["op"] for record in records("ops")} == expected
