"""`azc emit`: a program in any of the forms that it takes on its way to the machine."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from azc.cli.options import eval_type, precision
from azc.cli.words import columns, number_text

if TYPE_CHECKING:
    import numpy as np

    from azc.backends.llvm import Layout
    from azc.ir import Interface, Operand, Program


class Wanted(NamedTuple):
    """A program and what it is to be emitted for."""

    program: "Program"
    interface: "Interface"
    precision: str
    features: int
    lanes: int

    def layout(self) -> "Layout":
        """Where its addresses lie."""
        from azc.backends.llvm import Shape, layout, places, target
        from azc.ir import check_features

        check_features(self.program, self.features)
        shape = Shape(self.features, self.lanes, self.precision, target().vector_bytes)
        return layout(shape, self.interface.addresses, places(self.program.instructions()))


def ir(wanted: Wanted) -> str:
    """Every instruction with its operation and, where it draws, the draw."""
    from azc.ir import FUNCTIONS
    from azc.language import format_instruction

    rows = []
    for name in FUNCTIONS:
        function = getattr(wanted.program, name)
        rows += [(name, "", "")]
        rows += [(f"  {place}", i.op.name, format_instruction(i)) for place, i in enumerate(function)]
    return columns(rows) + "\n"


def python(wanted: Wanted) -> str:
    """Python source that needs only NumPy."""
    from azc.backends.python import source

    return source(wanted.program, wanted.interface, wanted.precision)


def bytecode(wanted: Wanted) -> str:
    """The disassembly of the same."""
    from azc.backends.python import disassembly

    return disassembly(wanted.program, wanted.interface, wanted.precision)


def llvm(wanted: Wanted) -> str:
    """The whole program as LLVM's text, optimized for this machine."""
    from azc.backends.llvm import native_text

    return native_text(wanted.program, wanted.layout())[0]


def asm(wanted: Wanted) -> str:
    """The same as assembly."""
    from azc.backends.llvm import native_text

    return native_text(wanted.program, wanted.layout())[1]


def tape(wanted: Wanted) -> str:
    """The records that kernels follow, in words: operation, byte offsets in memory, constants."""
    from azc.backends.llvm import tape as made
    from azc.ir import OPS

    layout = wanted.layout()
    rows = []
    for name, records in made(wanted.program, layout).items():
        rows += [(name, "", "", "", "")]
        instructions = getattr(wanted.program, name)
        for place, record in enumerate(records):
            code = int(record["kernel"])
            if code == len(OPS):
                rows += [(f"  {place}", "RETURN", "", "", "")]
                continue
            op, instruction = OPS[code], instructions[place]
            out = f"{instruction.out}@{record['out']}" if op.result else ""
            read = [
                f"{_operand_text(operand)}@{record[field]}"
                for field, operand in zip("ab", instruction.operands, strict=False)
            ]
            rows += [(f"  {place}", op.name, out, " ".join(read), _constants(record, op.constants))]
    return columns(rows) + "\n"


def _operand_text(operand: "Operand") -> str:
    from azc.ir import Literal

    return number_text(operand.value, 17) if isinstance(operand, Literal) else str(operand)


def _constants(record: "np.void", names: tuple[str, ...]) -> str:
    shown = [n for n in names if n not in ("index", "row", "column", "draw")]
    values = [
        f"{name}={float(record[field])!r}" for name, field in zip(shown, ("first", "second"), strict=False)
    ]
    return " ".join([*values, *([f"draw={record['draw']}"] if "draw" in names else [])])


FORMS: Final[dict[str, Callable[[Wanted], str]]] = {
    form.__name__: form for form in (ir, python, bytecode, llvm, asm, tape)
}


@click.command(short_help="Print a program in another form.")
@click.argument("program")
@click.option("--to", "form", type=click.Choice(list(FORMS)), required=True, help="The form; see above.")
@click.option(
    "--features",
    type=click.IntRange(1, 3072),
    metavar="F",
    default=4,
    show_default=True,
    help="For llvm, asm and tape.",
)
@click.option(
    "--lanes",
    type=click.IntRange(1, 256),
    metavar="N",
    default=1,
    show_default=True,
    help="Tasks in lockstep, for the same.",
)
@eval_type("How the program meets its data.", "RMS_ERROR")
@precision
def emit(program: str, form: str, features: int, lanes: int, eval_type: str, precision: str) -> None:
    """Print a program in one of its other forms.

    \b
      ir        every instruction with its operation and its draw
      python    source that runs alone; needs only NumPy
      bytecode  the disassembly of the same
      llvm      the whole program, optimized by LLVM for this machine
      asm       the same as assembly
      tape      the records that kernels follow

    \b
      azc emit network.azl --to python > network.py
      azc emit network.azl --to asm --features 16 --lanes 8
    """
    from azc.ir import interface_of
    from azc.language import load

    wanted = Wanted(load(program), interface_of(eval_type), precision, features, lanes)
    click.echo(FORMS[form](wanted), nl=False)
