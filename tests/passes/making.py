"""Generators of programs with work for passes, tasks, and results to compare."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import attrs
import numpy as np
from evaluation.comparing import observed
from hypothesis import strategies as st
from strategies import addresses, instructions

from azc.evaluation import Evaluator
from azc.ir import (
    INTERFACES,
    OPS,
    Address,
    Instruction,
    Interface,
    Literal,
    Operand,
    Program,
    instruction_faults,
)
from azc.language import parse
from azc.passes.equations import Equation, Pattern, Term, equation
from azc.passes.rules import COPIES, SIMPLER
from azc.tasks import Task

FEATURES = 3
MAX_ADDRESS = 3
VALUES = (
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    2.0,
    0.1,
    float("inf"),
    float("-inf"),
    float("nan"),
    5e-324,
    1e300,
    0.3,
    3.0,
    0.25,
)
FINITE = [value for value in VALUES if np.isfinite(value)]
EQUATIONS = [equation(text) for text in (*COPIES, *SIMPLER)]
INTERFACE = st.sampled_from(list(INTERFACES.values()))


def values() -> st.SearchStrategy[float]:
    """Numbers that occur in rules, and a few others."""
    return st.sampled_from(VALUES)


@st.composite
def written_out(draw: st.DrawFn, stated: Equation) -> list[Instruction]:
    """Instructions that compute an equation's left side; none if the drawn kinds do not fit."""
    made: list[Instruction] = []
    names: dict[str, Operand] = {}
    kind = draw(st.sampled_from("svm"))
    return made if _written(draw, stated.left, kind, names, made) is not None else []


def _written(
    draw: st.DrawFn, form: Pattern, kind: str, names: dict[str, Operand], made: list[Instruction]
) -> Address | None:
    ops = [op for op in OPS if op.meaning in form.meanings and op.result == kind]
    if not ops:
        return None
    op = draw(st.sampled_from(ops))
    operands = [
        _operand(draw, part, wanted, names, made)
        for part, wanted in zip(form.parts, op.operands, strict=True)
    ]
    if None in operands:
        return None
    out = draw(addresses(kind, MAX_ADDRESS))
    one = Instruction(op, out, tuple(operands))  # type: ignore[arg-type]
    if any(instruction_faults(one)):
        return None
    if op.commutative and draw(st.booleans()):
        one = attrs.evolve(one, operands=one.operands[::-1])
    made.append(one)
    return out


def _operand(
    draw: st.DrawFn, part: Term, kind: str, names: dict[str, Operand], made: list[Instruction]
) -> Operand | None:
    if isinstance(part, Literal):
        return part
    if isinstance(part, Pattern):
        return _written(draw, part, kind, names, made)
    if part == "c":
        return Literal(2.0 ** draw(st.integers(-130, 130)))
    return names.setdefault(part, draw(addresses(kind, MAX_ADDRESS)))


@st.composite
def bodies(draw: st.DrawFn, max_pieces: int = 10) -> tuple[Instruction, ...]:
    """A function of instructions, left sides of rules, and repeated instructions."""
    one = instructions(OPS, MAX_ADDRESS, features=FEATURES, values=values())
    body: list[Instruction] = []
    for _ in range(draw(st.integers(1, max_pieces))):
        match draw(st.sampled_from("iirrs")):
            case "i":
                body.append(draw(one))
            case "r":
                body += draw(written_out(draw(st.sampled_from(EQUATIONS))))
            case "s" if body:
                again = draw(st.sampled_from(body))
                other = again.out and draw(addresses(again.out.kind, MAX_ADDRESS))
                body.append(attrs.evolve(again, out=other))
    return tuple(body)


@st.composite
def observers(draw: st.DrawFn, interface: Interface, written: Sequence[Address]) -> tuple[Instruction, ...]:
    """Instructions that make the prediction depend on one of the addresses `written`."""
    goal, looked_at = interface.prediction, draw(st.sampled_from(written))
    texts = {
        "ss": f"{goal} = {looked_at} - {goal}",
        "sv": f"{goal} = dot({looked_at}, v0)",
        "sm": f"v3 = dot({looked_at}, v0)\n{goal} = dot(v3, v0)",
        "vs": f"{goal} = {looked_at} * v0",
        "vv": f"{goal} = v0 - {looked_at}",
        "vm": f"{goal} = dot({looked_at}, v0)",
    }
    return parse(f"def Predict():\n{texts[goal.kind + looked_at.kind]}\n")["Predict"]


@st.composite
def busy_programs(draw: st.DrawFn, interface: Interface) -> Program:
    """Programs over few addresses and special numbers, with much work for passes."""
    functions = [draw(bodies()), draw(bodies()), draw(bodies())]
    shared = [i for function in functions for i in function]
    if shared:
        # A repetition in another function, for values that last from one function to the next.
        functions[draw(st.integers(1, 2))] += (draw(st.sampled_from(shared)),)
    written = [i.out for function in functions for i in function if i.out is not None]
    for _ in range(draw(st.integers(1, 4)) if written else 0):
        functions[1] += draw(observers(interface, written))
    return Program(*functions)


@cache
def tasks(eval_type: str) -> list[Task]:
    """Four tasks: with and without special numbers, with and without a maximum error."""
    random = np.random.default_rng(0)

    def labels(n: int) -> Any:
        return random.normal(size=n) if eval_type == "RMS_ERROR" else random.integers(0, 2, n)

    def task(seed: int, epochs: int, max_abs_error: float, special: float) -> Task:
        x = random.normal(size=(10, FEATURES))
        x = np.where(random.random(x.shape) < special, random.choice(FINITE, size=x.shape), x)
        return Task(
            x[:6],
            labels(6),
            x[6:],
            labels(4),
            eval_type=eval_type,
            n_classes=2 if eval_type == "MULTICLASS_ACCURACY" else None,
            max_abs_error=max_abs_error,
            epochs=epochs,
            seed=seed,
        )

    return [task(1, 2, np.inf, 0.0), task(2, 1, 100.0, 0.0), task(3, 3, 1e200, 0.2), task(4, 2, np.inf, 0.2)]


@cache
def evaluator(eval_type: str, backend: str, precision: str) -> Evaluator:
    """Evaluator of an evaluation type's tasks on one backend."""
    return Evaluator(tasks(eval_type), backend=backend, precision=precision)


def seen(
    program: Program, eval_type: str, backend: str, precision: str, memory: bool = False
) -> dict[str, Any]:
    """Fitnesses, errors, stops and steps of a program, and with `memory` its memory at the end."""
    want = ("train_errors", "valid_errors", *(("memory",) if memory else ()))
    return observed(evaluator(eval_type, backend, precision).evaluate(program, want))
