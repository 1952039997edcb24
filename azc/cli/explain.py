"""`azc explain`: what a program's instructions are for, and the same program in fewer."""

from typing import TYPE_CHECKING

import click

from azc.cli.options import eval_type, signature
from azc.cli.words import columns, number_text
from azc.words import counted

if TYPE_CHECKING:
    from azc.ir import Address, Program, SignatureLike
    from azc.passes import Role


@click.command(short_help="Say what a program's instructions are for.")
@click.argument("program", metavar="FILE|-")
@click.option("--simplify", is_flag=True, help="Print the program as the optimizer leaves it.")
@eval_type("else as its header or its run says")
@signature
def explain(program: str, simplify: bool, eval_type: str | None, signature_file: str | None) -> None:
    """Say what a program's instructions are for.

    A note beside an instruction says that it is dead (no output depends on it) or always gives the same
    number. Below stands what the program carries from one example, or one step, to the next.

    With --simplify the optimized program is printed instead. It gives the same outputs, errors and fitness to
    the last bit; inputs and outputs keep their addresses, the others are numbered anew.

    Without --eval and a signature the evaluation type is that of the program's header or of its run.
    Otherwise it is RMS_ERROR, or another one if nothing is live under that; a note on standard error says
    which.

    \b
      azc explain network.azl
      azc explain network.azl --simplify > simple.azl
      azc emit best.azl | azc explain -
      azc explain classifier.azl --simplify --eval MULTICLASS_ACCURACY
    """
    from azc.cli.programs import program_text, read_with_signature
    from azc.passes import optimize

    source, _, declared = read_with_signature(program, eval_type, signature_file)
    if simplify:
        click.echo(program_text(optimize(source.program, declared), declared), nl=False)
    else:
        click.echo(explained(source.program, declared))


def explained(program: "Program", signature: "SignatureLike") -> str:
    """Text of a program with a note beside each instruction, and a summary."""
    from azc.language import shows_draws
    from azc.passes import roles

    rows, draws = [], shows_draws(program)
    for name, function in roles(program, signature).items():
        rows += [(f"{name}:", ""), *(_marked(role, draws) for role in function)]
    return f"{columns(rows)}\n\n{_summary(program, signature)}"


def _marked(role: "Role", draws: bool) -> tuple[str, str]:
    """Text of an instruction, and its note."""
    from azc.language import format_instruction

    text = f"  {format_instruction(role.instruction, draws)}"
    if not role.live:
        return text, "dead"
    if role.value is None or not role.instruction.operands:
        return text, ""
    return text, f"always {number_text(role.value.value)}"


def _summary(program: "Program", signature: "SignatureLike") -> str:
    """Numbers of instructions, all, live and simplified, and the addresses carried between examples."""
    from azc.ir import PREDICT, Signature
    from azc.passes import carried, dead_code, optimize

    whole, live, simple = (
        sum(map(len, p.functions))
        for p in (program, dead_code(program, signature), optimize(program, signature))
    )
    kept = carried(program, signature)
    counts = f"{counted(whole, 'instruction')}, {live:,} live, {simple:,} when simplified"
    if isinstance(signature, Signature):
        return "\n".join(
            [counts, *(f"carried from step to step by {name}: {_names(a)}" for name, a in kept.items())]
        )
    return "\n".join(
        (
            counts,
            f"carried from example to example: {_names(frozenset().union(*kept.values()))}",
            f"also in validation: {_names(kept[PREDICT])}",
        )
    )


def _names(addresses: "frozenset[Address]") -> str:
    from azc.ir import KINDS

    ordered = sorted(addresses, key=lambda address: (KINDS.index(address.kind), address.index))
    return ", ".join(map(str, ordered)) or "nothing"
