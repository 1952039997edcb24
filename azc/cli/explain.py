"""`azc explain`: what a program means, in a sentence, in formulas and instruction by instruction."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from azc.cli.options import eval_type, precision, signature
from azc.cli.words import columns, number_text
from azc.words import counted

if TYPE_CHECKING:
    from azc.cli.worth import Tried
    from azc.explain import Explanation, NamedAddress
    from azc.ir import Address, Program, SignatureLike
    from azc.passes import Role


@click.command(short_help="Say what a program means.")
@click.argument("program", metavar="FILE|-")
@click.option("--simplify", is_flag=True, help="Print the program as the optimizer leaves it, and no more.")
@click.option("--latex", is_flag=True, help="Print the formulas alone, in LaTeX.")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
@click.option(
    "--task", "spec", metavar="SPEC", help="Say what each instruction is worth there; see `azc tasks`."
)
@precision
@eval_type("else as its header or its run says")
@signature
def explain(
    program: str,
    simplify: bool,
    latex: bool,
    as_json: bool,
    spec: str | None,
    precision: str | None,
    eval_type: str | None,
    signature_file: str | None,
) -> None:
    """Say what a program means.

    First comes a sentence: what the program predicts, how it learns, and how many of its instructions have no
    effect. Then its formulas, in which a prime marks the value after a step. They hold for real numbers, so
    terms and factors stand where they read best. Then what each letter is for, with its address and its value
    at first where that is not 0.

    Then the program, with a note beside an instruction that is dead (no output depends on it) or always gives
    the same number, and what it carries from one example, or one step, to the next.

    With --task the program is run on tasks, and again without each instruction. Beside it stands the fitness
    that is lost then: a mean over the tasks, with its 95 % interval. Numbers that are not 0 are tried at 0.1,
    0.3, 0.7, 1.5, 3 and 10 times their value.

    With --simplify the optimized program is printed instead. It gives the same outputs, errors and fitness to
    the last bit; inputs and outputs keep their addresses, the others are numbered anew.

    Without --eval and a signature the evaluation type is that of the program's header or of its run.
    Otherwise it is RMS_ERROR, or another one if nothing is live under that; a note on standard error says
    which.

    \b
      azc explain network.azl
      azc explain network.azl --latex
      azc explain network.azl --simplify > simple.azl
      azc explain network.azl --task two_layer,features=4,tasks=10
      azc emit best.azl | azc explain -
      azc explain classifier.azl --eval MULTICLASS_ACCURACY
    """
    from azc.cli.programs import program_text, read_with_signature
    from azc.cli.worth import tried_on
    from azc.explain import explain as explained
    from azc.passes import optimize

    if simplify + latex + as_json > 1:
        raise click.UsageError("--simplify, --latex and --json each print something else; give one of them")
    if spec is not None and (simplify or latex):
        raise click.UsageError("--task goes with --json or neither; leave out --simplify and --latex")
    source, header, declared = read_with_signature(program, eval_type, signature_file)
    if simplify:
        click.echo(program_text(optimize(source.program, declared), declared), nl=False)
        return
    found = explained(source.program, declared)
    tried = None
    if spec is not None:
        tried = tried_on(spec, source.program, declared, precision or header.precision)
    if latex:
        text = latex_text(found)
    elif as_json:
        import json

        text = json.dumps(table(source.program, declared, found, tried), indent=2, ensure_ascii=False)
    else:
        text = f"{meaning(found)}\n\nProgram:\n{marked_text(source.program, declared, tried)}"
        if tried is not None:
            text += f"\n\n{tried.text()}"
    click.echo(text.encode())  # formulas are UTF-8, whatever the terminal's encoding


def meaning(found: "Explanation") -> str:
    """The sentence, the formulas, and what each letter is for."""
    parts = [found.sentence]
    parts += [
        "\n".join((f"{name}:", *(f"  {line.left} = {line.right}" for line in lines)))
        for name, lines in found.equations()
    ]
    known = [(f"  {part.fragment.name}", found.where(part), part.fragment.reference) for part in found.parts]
    parts += [columns([*_legend(found)]), "Known parts:\n" + columns(known) if known else ""]
    return "\n\n".join(filter(None, parts))


def _legend(found: "Explanation") -> Iterator[tuple[str, ...]]:
    """Rows of what each letter is for: letter, role, address, how it is learned, value at first."""
    for named in found.names:
        begins = found.begins(named)
        first = f"at first {begins}" if begins else ""
        yield f"  {found.symbol(named)}", named.role, found.scaled_address(named), found.how(named), first


def latex_text(found: "Explanation") -> str:
    """The formulas as LaTeX, functions one below the other."""
    blocks = []
    for name, lines in found.equations(latex=True):
        rows = [rf"  {line.left} &= {line.right} \\" for line in lines]
        blocks.append("\n".join((f"% {name}", r"\begin{align*}", *rows, r"\end{align*}")))
    return "\n".join(blocks)


def table(
    program: "Program", signature: "SignatureLike", found: "Explanation", tried: "Tried | None" = None
) -> dict[str, Any]:
    """All that is known, as plain values."""
    from azc.language import format_instruction
    from azc.passes import roles

    said = {
        "sentence": found.sentence,
        "equations": [
            {
                "function": name,
                "lines": [
                    {"left": line.left, "right": line.right, "latex": f"{tex.left} = {tex.right}"}
                    for line, tex in zip(lines, latex, strict=True)
                ],
            }
            for (name, lines), (_, latex) in zip(found.equations(), found.equations(latex=True), strict=True)
        ],
        "symbols": [_symbol_table(found, named) for named in found.names],
        "parts": [
            {
                "name": part.fragment.name,
                "says": part.fragment.says,
                "reference": part.fragment.reference,
                "where": found.where(part),
                "addresses": [*map(str, part.carried)],
            }
            for part in found.parts
        ],
        "instructions": {
            name: [
                {
                    "text": format_instruction(role.instruction),
                    "live": role.live,
                    "always": number_text(role.value.value) if role.value else None,
                }
                for role in function
            ]
            for name, function in roles(program, signature).items()
        },
    }
    return said if tried is None else said | tried.table()


def _symbol_table(found: "Explanation", named: "NamedAddress") -> dict[str, Any]:
    return {
        "symbol": found.symbol(named),
        "latex": found.symbol(named, latex=True),
        "role": named.role,
        "address": str(named.where),
        "scale": named.scale,
        "rule": found.how(named) or None,
        "first": found.begins(named) or None,
    }


def marked_text(program: "Program", signature: "SignatureLike", tried: "Tried | None" = None) -> str:
    """Text of a program with a note and its worth beside each instruction, and a summary."""
    from azc.language import shows_draws
    from azc.passes import roles

    rows: list[tuple[str, ...]] = []
    draws = shows_draws(program)
    for name, function in roles(program, signature).items():
        worth = tried.worth(name) if tried else [""] * len(function)
        rows.append((f"{name}:", "", ""))
        rows += [(*_marked(role, draws), text) for role, text in zip(function, worth, strict=True)]
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
