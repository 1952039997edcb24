"""What instructions and numbers are worth on tasks, as `azc explain --task` shows it."""

import math
from typing import TYPE_CHECKING, Any

import attrs

from azc.cli.words import columns, number_text
from azc.errors import AzcError
from azc.words import counted, fitness_text

if TYPE_CHECKING:
    from azc.explain import Curve, Difference
    from azc.ir import Program, SignatureLike

_BARS = "▁▂▃▄▅▆▇█"


@attrs.frozen
class Tried:
    """A program, tried on tasks with instructions left out and with other numbers."""

    fitness: float
    tasks: int
    draws: bool
    """Whether the program's text numbers its draws."""
    ablation: "dict[str, list[Difference]]"
    curves: "list[Curve]"

    def worth(self, function: str) -> list[str]:
        """What each instruction of a function is worth, as text; empty if nothing changes."""
        return [_difference(found) for found in self.ablation[function]]

    def text(self) -> str:
        """The fitness, and how it depends on the numbers."""
        from azc.explain import FACTORS

        lines = [f"fitness {fitness_text(self.fitness)} on {counted(self.tasks, 'task')}"]
        if self.curves:
            factors = ", ".join(f"{factor:g}" for factor in FACTORS)
            lines += [
                "",
                f"fitness with each number times {factors}:",
                columns(self._curve(curve) for curve in self.curves),
            ]
        return "\n".join(lines)

    def _curve(self, curve: "Curve") -> tuple[str, str, str]:
        """An instruction, its number, and bars from the lowest to the highest fitness."""
        from azc.explain import FACTORS
        from azc.language import format_instruction

        low, high = min(curve.fitnesses), max(curve.fitnesses)
        span = (high - low) or 1.0
        bars = "".join(_BARS[round((fitness - low) / span * (len(_BARS) - 1))] for fitness in curve.fitnesses)
        best = FACTORS[curve.fitnesses.index(high)]
        text = (
            f"{fitness_text(low)} to {fitness_text(high)}, best times {best:g}" if low < high else "no effect"
        )
        return (
            f"  {format_instruction(curve.instruction, self.draws)}",
            f"{number_text(curve.value)}  {bars}",
            text,
        )

    def table(self) -> dict[str, Any]:
        """The same as plain values."""
        from azc.explain import FACTORS
        from azc.language import format_instruction

        return {
            "fitness": self.fitness,
            "tasks": self.tasks,
            "worth": {
                name: [{"mean": one.mean, "half": _or_none(one.half)} for one in found]
                for name, found in self.ablation.items()
            },
            "numbers": [
                {
                    "instruction": format_instruction(curve.instruction, self.draws),
                    "value": curve.value,
                    "factors": [*FACTORS],
                    "fitness": [*curve.fitnesses],
                }
                for curve in self.curves
            ],
        }


def tried_on(spec: str, program: "Program", signature: "SignatureLike", precision: str | None) -> Tried:
    """A program tried on the tasks of a specification; AzcError if it is none of supervised learning."""
    from azc.cli.mistaken import instead
    from azc.cli.options import declared
    from azc.cli.sources import named_tasks
    from azc.evaluation import Evaluator
    from azc.explain import ablation, sensitivity
    from azc.ir import Interface
    from azc.language import shows_draws

    if not isinstance(signature, Interface):
        raise AzcError("--task is for programs of supervised learning; this one has a signature of its own")
    with instead("explain --task", spec):
        tasks = named_tasks(spec, None)
    used = precision or declared("request.precision").default
    fitness = Evaluator(tasks, precision=used).fitness(program)
    return Tried(
        fitness,
        len(tasks),
        shows_draws(program),
        ablation(program, signature, tasks, used),
        sensitivity(program, tasks, used),
    )


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _difference(found: "Difference") -> str:
    if found.mean == 0 and found.half == 0:
        return ""
    half = f" ± {found.half:.4f}" if math.isfinite(found.half) else ""
    return f"{found.mean:.4f}{half}".replace("-", "−")
