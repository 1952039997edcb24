"""`azc explain`: what a program's instructions are for, and the same program in fewer."""

from typing import TYPE_CHECKING

import click

from azc.cli.options import eval_type
from azc.cli.words import columns, number_text
from azc.words import counted

if TYPE_CHECKING:
    from azc.ir import Address, Interface, Program
    from azc.passes import Role


@click.command(short_help="Say what a program's instructions are for.")
@click.argument("program", metavar="FILE|-")
@click.option("--simplify", is_flag=True, help="Print the program as the optimizer leaves it.")
@eval_type("else as its header or its run says")
def explain(program: str, simplify: bool, eval_type: str | None) -> None:
    """Say what a program's instructions are for.

    A note beside an instruction says that it is dead (no prediction depends on it) or always gives the same
    number. Below stands what the program carries from one example to the next.

    With --simplify the optimized program is printed instead. It gives the same predictions, errors and
    fitness to the last bit; features, label and prediction keep their addresses, the others are numbered
    anew.

    Without --eval the evaluation type is that of the program's header or of its run. Otherwise it is
    RMS_ERROR, or another one if nothing is live under that; a note on standard error says which.

    \b
      azc explain network.azl
      azc explain network.azl --simplify > simple.azl
      azc emit best.azl | azc explain -
      azc explain classifier.azl --simplify --eval MULTICLASS_ACCURACY
    """
    from azc.cli.programs import load_with_interface
    from azc.language import format_program
    from azc.passes import optimize

    loaded, _, interface = load_with_interface(program, eval_type)
    if simplify:
        click.echo(format_program(optimize(loaded, interface)), nl=False)
    else:
        click.echo(explained(loaded, interface))


def explained(program: "Program", interface: "Interface") -> str:
    """Text of a program with a note beside each instruction, and a summary."""
    from azc.language import shows_draws
    from azc.passes import roles

    rows, draws = [], shows_draws(program)
    for name, function in roles(program, interface).items():
        rows += [(f"{name}:", ""), *(_marked(role, draws) for role in function)]
    return f"{columns(rows)}\n\n{_summary(program, interface)}"


def _marked(role: "Role", draws: bool) -> tuple[str, str]:
    """Text of an instruction, and its note."""
    from azc.language import format_instruction

    text = f"  {format_instruction(role.instruction, draws)}"
    if not role.live:
        return text, "dead"
    if role.value is None or not role.instruction.operands:
        return text, ""
    return text, f"always {number_text(role.value.value)}"


def _summary(program: "Program", interface: "Interface") -> str:
    """Numbers of instructions, all, live and simplified, and the addresses carried between examples."""
    from azc.ir import PREDICT
    from azc.passes import carried, dead_code, optimize

    whole, live, simple = (
        sum(map(len, p.functions))
        for p in (program, dead_code(program, interface), optimize(program, interface))
    )
    kept = carried(program, interface)
    return "\n".join(
        (
            f"{counted(whole, 'instruction')}, {live:,} live, {simple:,} when simplified",
            f"carried from example to example: {_names(frozenset().union(*kept.values()))}",
            f"also in validation: {_names(kept[PREDICT])}",
        )
    )


def _names(addresses: "frozenset[Address]") -> str:
    from azc.ir import KINDS

    ordered = sorted(addresses, key=lambda address: (KINDS.index(address.kind), address.index))
    return ", ".join(map(str, ordered)) or "nothing"
