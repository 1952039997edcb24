"""Known parts are found where they are planted, and only there."""

from itertools import count

import numpy as np
import pytest
from programs import program

from azc.errors import AzcError
from azc.explain import behaviour, explain, known_parts
from azc.explain.patterns import Fragment, fragment, known_fragments
from azc.ir import BY_NAME, INTERFACES, OPS, Address, Instruction, Literal, Op, Program, address
from azc.passes import dead_code

SUPERVISED = INTERFACES["RMS_ERROR"]
MEANINGS = ("add", "subtract", "multiply", "scale", "tanh", "sin", "absolute")
PLAIN = [op for op in OPS if op.meaning in MEANINGS and op.result != "m"]
"""Operations that make up no known part, as long as there are no numbers."""
DRAWN = program("; ".join(f"{kind}{index} = gaussian(0, 1)" for kind in "sv" for index in range(1, 5)))
"""All addresses of random code hold something, so that none of it vanishes."""
ENDING = program(
    "", "s4 = dot(v2, v0); s5 = dot(v3, v0); s1 = s4 + s5", "s3 = s0 - s1; v5 = s3 * v0; v3 = v3 + v5"
)


def names_in(tried: Program) -> set[str]:
    """Names of the known parts of a program."""
    return {part.fragment.name for part in known_parts(behaviour(tried, SUPERVISED))}


def live_program(seed: int) -> Program:
    """A program of random code, most of it live, that reads and learns weights."""
    for attempt in count():
        random = np.random.default_rng((seed, attempt))

        def instruction(op: Op, random: np.random.Generator = random) -> Instruction:
            # s0, the label, is 0 in Predict.
            indexes = 1 + random.permutation(4)[: len(op.operands)]
            vectors = [0, *indexes] if random.integers(2) else indexes
            operands = tuple(
                address(kind, int(index))
                for kind, index in zip(op.operands, indexes if "s" in op.operands else vectors, strict=False)
            )
            return Instruction(op, address(op.result, int(random.integers(2, 5))), operands)

        def code(length: int, random: np.random.Generator = random) -> list[Instruction]:
            return [instruction(PLAIN[index]) for index in random.integers(len(PLAIN), size=length)]

        tried = Program(DRAWN["Setup"], (*code(12), *ENDING["Predict"]), (*code(6), *ENDING["Learn"]))
        live = dead_code(tried, SUPERVISED)
        if len(live["Predict"]) + len(live["Learn"]) >= 12:
            return live
    raise AssertionError


def planted(one: Fragment, host: Program, seed: int) -> Program:
    """A program that also computes what a fragment does, on values of its own, and predicts with the result.

    The fragment stands within the program's code, at other addresses, with other numbers and operands
    exchanged where that does not matter.
    """
    random = np.random.default_rng(seed)
    setup, run = one.program.functions
    given = {i.out for i in setup}
    written = [i.out for i in run if i.out is not None]
    predict = host["Predict"]
    place = int(random.integers(len(predict)))
    known = {Address("v", 0)} | {i.out for i in predict[:place] if i.out is not None}
    moved: dict[Address, Address] = {}
    for where in sorted(one.program.addresses(), key=str):
        fitting = sorted((a for a in known if a.kind == where.kind), key=str)
        if where in written or where in given or not fitting:
            moved[where] = address(where.kind, 10 + where.index)
        else:
            moved[where] = fitting[int(random.integers(len(fitting)))]

    def at(instruction: Instruction) -> Instruction:
        operands = tuple(o if isinstance(o, Literal) else moved[o] for o in instruction.operands)
        if instruction.op.commutative and random.integers(2):
            operands = operands[::-1]
        assert instruction.out is not None
        return Instruction(instruction.op, moved[instruction.out], operands, instruction.constants)

    constant = BY_NAME["SCALAR_CONST_SET"]
    numbers = [
        Instruction(constant, moved[where], (), (float(random.uniform(0.6, 0.98)),))
        for where in sorted(given, key=str)
        if where is not None
    ]
    last = moved[written[-1]]
    used = f"v20 = {last} + v0; s20 = dot(v20, v0)" if last.kind == "v" else f"s20 = 1 * {last}"
    ending = program("", f"{used}; s1 = s1 + s20")["Predict"]
    code = (*predict[:place], *map(at, run), *predict[place:], *ending)
    # A matrix that is read must hold something.
    matrices = (
        program("", "", "m10 = outer(v3, v0)")["Learn"] if any(h.kind == "m" for h in one.holes) else ()
    )
    return Program((*host["Setup"], *numbers), code, (*host["Learn"], *matrices))


PLANTED = [(one, seed) for seed in range(50) for one in [known_fragments()[seed % len(known_fragments())]]]


def test_planted_parts_are_found() -> None:
    """In 50 programs of random code, each with a part planted, at least 45 are found, and no other is named.

    A velocity may well be a running mean, and a mean of squares is one.
    """
    found = [(one.name, names_in(planted(one, live_program(seed), seed))) for one, seed in PLANTED]
    missed = [name for name, names in found if name not in names]
    assert len(missed) <= 5, missed
    beside = {"mean of squares": {"running mean"}, "momentum": {"running mean"}, "rate decay": {"momentum"}}
    wrong = [(name, names) for name, names in found if names - {name} - beside.get(name, set())]
    assert len(wrong) <= 5, wrong


def test_nothing_is_found_where_nothing_is() -> None:
    """In 50 programs of random code without a part none is named in at least 45."""
    named = [names for seed in range(100, 150) if (names := names_in(live_program(seed)))]
    assert len(named) <= 5, named


def test_fragments_are_complete() -> None:
    """Each fragment has a name of its own, says what it does and names a source with its year."""
    fragments = known_fragments()
    assert len({one.name for one in fragments}) == len(fragments)
    for one in fragments:
        assert one.says.endswith(".")
        assert any(
            word.strip(",:()").isdigit() and len(word.strip(",:()")) == 4 for word in one.reference.split()
        )
        assert one.after or one.results


def test_a_fragment_of_ones_own() -> None:
    """A text is a fragment; a number within an instruction stands for itself."""
    cube = fragment(
        "# cube\n# The third power.\n# nobody, 2026\ndef Run():\n  v1 = v0 * v0\n  v1 = v1 * v0\n"
    )
    tried = program("", "v3 = v0 * v2; v4 = v0 * v0; v4 = v4 * v0; s1 = dot(v3, v4)", "v2 = v2 + v0")
    (part, *_) = known_parts(behaviour(tried, SUPERVISED), [cube])
    assert part.fragment is cube
    double = fragment("# double\n# Twice.\n# nobody, 2026\ndef Run():\n  v1 = exp(v0)\n  v1 = 2 * v1\n")
    assert known_parts(
        behaviour(program("", "v1 = exp(v0); v1 = 2 * v1; s1 = mean(v1)"), SUPERVISED), [double]
    )


@pytest.mark.parametrize("text", ["def Run():\n  v1 = v0 + v0\n", "# a\n# b\ndef Run():\n  v1 = v0 + v0\n"])
def test_a_fragment_says_what_it_is(text: str) -> None:
    """A text without name, description and source is refused."""
    with pytest.raises(AzcError, match="three lines of comment"):
        fragment(text)


def test_matrices_have_the_same_parts() -> None:
    """What is stated for vectors is found for matrices."""
    learn = "s3 = s0 - s1; v2 = s3 * v0; m2 = outer(v2, v0); m1 = 0.9 * m1; m1 = m1 + m2; m0 = m0 + m1"
    tried = program("", "v1 = dot(m0, v0); s1 = dot(v1, v0)", learn)
    assert names_in(tried) == {"momentum", "bilinear form"}


def test_explanations_list_known_parts() -> None:
    """An explanation says where parts are: the letters of what carries them, or formulas."""
    found = explain(
        program(
            "",
            "s1 = dot(v0, v1)",
            "s3 = s0 - s1; s3 = s3 * 0.1; v2 = s3 * v0; v3 = 0.9 * v3; v3 = v3 + v2; v1 = v1 + v3",
        ),
        SUPERVISED,
    )
    assert [(part.fragment.name, found.where(part)) for part in found.parts][:1] == [("momentum", "u, w")]
