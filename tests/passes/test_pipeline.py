"""Pipeline of passes: levels, stages, and the canonical form."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from passes.making import INTERFACE, busy_programs

import azc
from azc.ir import INTERFACES, MAX_INSTRUCTIONS, Address, Instruction, Interface, Program, address
from azc.passes import PASSES, after, canonical, carried, constants, dead_code, hoist, optimize

RMS = INTERFACES["RMS_ERROR"]


def test_levels() -> None:
    """Level 0 runs no pass, 1 dead code, 2 all passes; another level raises AzcError."""
    program = azc.parse("def Setup():\n  s2 = 1\n  s3 = 2\ndef Predict():\n  v1 = s2 * v0\n  s1 = norm(v1)\n")
    assert optimize(program, RMS, 0) is program
    assert optimize(program, RMS, 1) == dead_code(program, RMS)
    assert optimize(program, RMS) == azc.parse("def Predict():\n  s1 = norm(v0)\n")
    with pytest.raises(azc.AzcError, match="`level` must be a whole number from 0 to 2, not 3"):
        optimize(program, RMS, 3)


def test_stages() -> None:
    """`after` runs the passes up to the one named; an unknown name raises AzcError."""
    program = azc.parse("def Setup():\n  s2 = 1\n  s3 = 2\ndef Predict():\n  v1 = s2 * v0\n  s1 = norm(v1)\n")
    assert after(program, RMS, "dead_code") == dead_code(program, RMS)
    assert after(program, RMS, "constants") == constants(dead_code(program, RMS), RMS)
    with pytest.raises(azc.AzcError, match=r"one of 'dead_code', 'constants', .*, not 'magic'"):
        after(program, RMS, "magic")


@st.composite
def renamings(draw: st.DrawFn, interface: Interface) -> dict[Address, Address]:
    """New names for the addresses of small programs, except those of the interface."""
    names: dict[Address, Address] = {}
    for kind in "svm":
        every = [address(kind, index) for index in range(12)]
        free = [one for one in every if one not in interface.addresses]
        names |= dict(zip(free, draw(st.permutations(free)), strict=True))
    return names | {one: one for one in interface.addresses}


@settings(max_examples=60)
@given(data=st.data(), interface=INTERFACE)
def test_canonical_form_ignores_names_and_operand_order(data: st.DataObject, interface: Interface) -> None:
    """Programs that differ only in names and order of operands have one canonical form and hash."""
    program = data.draw(busy_programs(interface))
    names = data.draw(renamings(interface))

    def other(instruction: Instruction) -> Instruction:
        operands = [names[o] if isinstance(o, Address) else o for o in instruction.operands]
        if instruction.op.commutative:
            operands = data.draw(st.permutations(operands))
        out = instruction.out and names[instruction.out]
        return Instruction(instruction.op, out, tuple(operands), instruction.constants)

    renamed = Program(*(tuple(map(other, function)) for function in program.functions))
    one, two = canonical(program, interface), canonical(renamed, interface)
    assert one == two
    assert hash(one) == hash(two)


def test_canonical_form_keeps_draws() -> None:
    """Programs that differ in a draw have different canonical forms."""
    one, two = (azc.parse(f"def Predict():\n  s1 = gaussian(0, 1, draw={k})\n") for k in (0, 1))
    assert canonical(one, RMS) != canonical(two, RMS)


def test_hoisting_stops_at_the_longest_setup() -> None:
    """Instructions that do not fit into Setup are not hoisted."""
    setup = tuple(azc.parse("def Setup():\n  s2 = s2 + s3\n")["Setup"]) * (MAX_INSTRUCTIONS - 1)
    program = azc.parse("def Predict():\n  s4 = sin(s2)\n  s5 = cos(s2)\n  s1 = s4 + s5\n")
    full = hoist(Program(setup, program["Predict"], program["Learn"]), RMS)
    assert [len(function) for function in full.functions] == [MAX_INSTRUCTIONS, 2, 0]


@pytest.mark.parametrize(
    ("text", "trained", "validated"),
    [
        ("def Predict():\n  s1 = dot(v0, v1)\ndef Learn():\n  v1 = s0 * v0\n", "v1", ""),
        ("def Predict():\n  v1 = v0 + v1\n  s1 = norm(v1)\n", "v1", "v1"),
        ("def Predict():\n  v1 = v0 + v2\n  s1 = norm(v1)\n", "", ""),
        ("def Predict():\n  s1 = s1 + s2\n", "s1", "s1"),
    ],
)
def test_carried_addresses(text: str, trained: str, validated: str) -> None:
    """`carried` gives the addresses that carry state between examples, in training and in validation."""
    found = carried(azc.parse(text), RMS)
    in_training = found["Predict"] | found["Learn"]
    assert [" ".join(map(str, addresses)) for addresses in (in_training, found["Predict"])] == [
        trained,
        validated,
    ]


def test_every_pass_has_the_name_of_its_function() -> None:
    """Every pass has the name of its function, and a docstring."""
    assert all(run.__name__ == name and run.__doc__ for name, run in PASSES.items())
