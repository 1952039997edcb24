"""`azc emit`: a program in another form, from text to machine code."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from azc.cli.options import DeclaredOption, declared, eval_type, precision, signature
from azc.cli.words import columns, number_text

if TYPE_CHECKING:
    import numpy as np

    from azc.backends.llvm import Layout, Plan, Step
    from azc.ir import Program, SignatureLike


class EmitRequest(NamedTuple):
    """A program to emit, with signature, precision, features and lanes."""

    program: "Program"
    signature: "SignatureLike"
    precision: str
    features: int
    lanes: int

    def layout(self) -> "Layout":
        """Layout of its memory."""
        from azc.backends.llvm import Shape, layout, locations, target
        from azc.ir import Interface, check_features

        check_features(self.program, self.features)
        shape = Shape(self.features, self.lanes, self.precision, target().vector_bytes)
        interface = isinstance(self.signature, Interface)
        first = self.signature.addresses if interface else sorted(self.signature.addresses, key=str)
        return layout(shape, first, locations(self.program.instructions()))

    def plan(self) -> "Plan":
        """Steps of its code."""
        from azc.backends.llvm import plan, plan_of_calls
        from azc.ir import Interface

        if isinstance(self.signature, Interface):
            return plan(self.program, self.signature)
        return plan_of_calls(self.program)


def azl(wanted: EmitRequest) -> str:
    """Text, as `azc fmt` writes it, with no comments but a signature."""
    from azc.cli.programs import program_text

    return program_text(wanted.program, wanted.signature)


def ir(wanted: EmitRequest) -> str:
    """Every instruction with its operation and, where it draws, the draw."""
    from azc.language import format_instruction

    rows = []
    for name, function in zip(wanted.program.names, wanted.program.functions, strict=True):
        rows += [(name, "", "")]
        rows += [(f"  {index}", i.op.name, format_instruction(i)) for index, i in enumerate(function)]
    return columns(rows) + "\n"


def python(wanted: EmitRequest) -> str:
    """Python source that needs only NumPy."""
    from azc.backends.python import source

    return source(wanted.program, wanted.signature, wanted.precision)


def bytecode(wanted: EmitRequest) -> str:
    """The disassembly of the same."""
    from azc.backends.python import disassembly

    return disassembly(wanted.program, wanted.signature, wanted.precision)


def llvm(wanted: EmitRequest) -> str:
    """The whole program as LLVM's text, optimized for this machine."""
    from azc.backends.llvm import native_text

    return native_text(wanted.plan(), wanted.layout())[0]


def asm(wanted: EmitRequest) -> str:
    """The same as assembly."""
    from azc.backends.llvm import native_text

    return native_text(wanted.plan(), wanted.layout())[1]


def tape(wanted: EmitRequest) -> str:
    """Records that kernels follow, in words: operations, byte offsets in memory, constants."""
    from azc.backends.llvm import tape as made

    layout, plan = wanted.layout(), wanted.plan()
    rows = []
    for (name, records), steps in zip(made(plan, layout).items(), plan.functions, strict=True):
        rows += [(name, "", "", "", "")]
        for index, (record, step) in enumerate(zip(records, steps, strict=False)):
            rows += [(f"  {index}", *_step(record, step))]
        rows += [(f"  {len(steps)}", "RETURN", "", "", "")]
    return columns(rows) + "\n"


_OPERANDS: Final = ("a", "b", "c")
"""Fields of a record with the offsets of the first, second and third operand."""


def _step(record: "np.void", step: "Step") -> tuple[str, str, str, str]:
    from azc.backends.llvm import FORMS, PUT_FEATURES

    form = FORMS[step.number]
    if form is None or step.first is None:
        name = "PUT_FEATURES" if step.number == PUT_FEATURES else "CLEAR"
        return name, f"{step.where}@{record['out']}", "", ""
    last = step.instructions[-1]
    read = []
    for number in form.operands:
        where = "x" if number in form.features else record[_OPERANDS[number]]
        read += [f"{_operand_text(step, number)}@{where}"]
    names = " ".join(op.name for op in form.ops)
    constants = () if step.second else form.first.constants
    return names, f"{last.out}@{record['out']}", " ".join(read), _constants(record, constants)


def _operand_text(step: "Step", number: int) -> str:
    """Text of an operand of a step; the third is the second instruction's other than the first's result."""
    from azc.ir import Literal

    operands = [*step.instructions[0].operands]
    if number == 2 and step.second is not None:
        first, second = step.instructions
        operands, number = [o for o in second.operands if o != first.out], 0
    operand = operands[number]
    return number_text(operand.value, 17) if isinstance(operand, Literal) else str(operand)


def _constants(record: "np.void", names: tuple[str, ...]) -> str:
    shown = [n for n in names if n not in ("index", "row", "column", "draw")]
    values = [
        f"{name}={float(record[field])!r}" for name, field in zip(shown, ("first", "second"), strict=False)
    ]
    return " ".join([*values, *([f"draw={record['c']}"] if "draw" in names else [])])


PASSES: Final = ("dead_code", "constants", "algebra", "copies", "subexpressions", "hoist", "canonical")
"""The passes in order, named here so that help loads none of them."""
FORMS: Final[dict[str, Callable[[EmitRequest], str]]] = {
    form.__name__: form for form in (azl, ir, python, bytecode, llvm, asm, tape)
}


@click.command(short_help="Print a program in another form.")
@click.argument("program")
@click.option(
    "--to",
    "form",
    type=click.Choice(list(FORMS)),
    default="azl",
    show_default=True,
    help="The form; see above.",
)
@click.option(
    "--after",
    "stage",
    type=click.Choice(PASSES),
    help="After the passes up to this one; else unchanged.",
)
@click.option(
    "--features",
    cls=DeclaredOption,
    path="request_task.features",
    metavar="F",
    default=4,
    show_default=True,
    note="for llvm, asm and tape",
)
@click.option(
    "--lanes",
    type=click.IntRange(1, 256),
    metavar="N",
    default=1,
    show_default=True,
    help="Tasks evaluated together, for llvm, asm and tape.",
)
@eval_type("else as its header or its run says")
@signature
@precision
def emit(
    program: str,
    form: str,
    stage: str | None,
    features: int,
    lanes: int,
    eval_type: str | None,
    signature_file: str | None,
    precision: str | None,
) -> None:
    """Print a program in another form, unchanged or after some passes.

    \b
      azl       text
      ir        every instruction with its operation and its draw
      python    source that runs alone; needs only NumPy
      bytecode  the disassembly of the same
      llvm      the whole program, optimized by LLVM for this machine
      asm       the same as assembly
      tape      the records that kernels follow

    Passes run in this order: dead_code, constants, algebra, copies, subexpressions, hoist, canonical. They
    change no bit of a result; `azc explain --simplify` repeats them until nothing changes.

    \b
      azc emit network.azl --to python > network.py
      azc emit network.azl --after constants
      azc emit network.azl --to asm --features 16 --lanes 8
    """
    from azc.cli.programs import read_with_signature

    source, header, declared_by = read_with_signature(program, eval_type, signature_file)
    loaded = source.program
    if stage is not None:
        from azc.passes import after

        loaded = after(loaded, declared_by, stage)
    precision = precision or header.precision or declared("request.precision").default
    wanted = EmitRequest(loaded, declared_by, precision, features, lanes)
    click.echo(FORMS[form](wanted), nl=False)
