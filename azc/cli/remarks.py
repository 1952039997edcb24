"""Remarks of `azc run` on a result: tasks that stopped early and why, and predictions that are all equal."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs

from azc.cli.words import number_text
from azc.words import counted

if TYPE_CHECKING:
    from azc.evaluation import Evaluation, Stop
    from azc.ir import Program
    from azc.tasks import Task

SHOWN: Final = 3
"""Maximum number of tasks named one by one."""


@attrs.frozen
class Remarks:
    """Remarks on an evaluation."""

    tasks: "Sequence[Task]"
    stops: "list[Stop]"
    """All early stops."""
    constant: dict[int, float]
    """Tasks whose predictions are all equal, with the prediction."""

    @classmethod
    def on(
        cls, program: "Program", tasks: "Sequence[Task]", result: "Evaluation", precision: str
    ) -> "Remarks":
        """Find the remarks on a program's evaluation."""
        from azc.evaluation import constant_predictions, stops

        return cls(
            tasks,
            stops(program, tasks, result, precision=precision),
            constant_predictions(program, tasks, result, precision=precision),
        )

    def fields(self) -> dict[str, Any]:
        """Remarks for JSON; empty if there are none."""
        said: dict[str, Any] = {}
        if self.stops:
            said["stops"] = [attrs.asdict(stop) for stop in self.stops]
        if self.constant:
            said["constant_predictions"] = [self.constant.get(index) for index in range(len(self.tasks))]
        return said

    def sentences(self) -> Iterator[str]:
        """Remarks as sentences."""
        for stop in self.stops[:SHOWN]:
            yield self._stop_text(stop)
        rest = self.stops[SHOWN:]
        if rest:
            phases = [
                (phase, sum(stop.phase == phase for stop in rest)) for phase in ("training", "validation")
            ]
            where = " and ".join(f"{n:,} in {phase}" for phase, n in phases if n)
            yield f"{counted(len(rest), 'more task')} stopped early, {where}"
        if self.constant:
            yield self._constant_text()

    def _stop_text(self, stop: "Stop") -> str:
        task = self.tasks[stop.task]
        of = task.n_train if stop.phase == "training" else task.n_valid
        epoch = f" of epoch {stop.epoch}" if task.epochs > 1 else ""
        limit = f"greater than max_abs_error, {number_text(task.max_abs_error)}"
        why = f"the error was {limit}"
        if stop.error is not None:
            number = number_text(stop.error)
            why = "the error was nan" if stop.error != stop.error else f"the error was {number}, {limit}"
        where = f"in {stop.phase}{epoch}, at example {stop.example:,} of {of:,}"
        return f"task {stop.task} stopped early {where}: {why}"

    def _constant_text(self) -> str:
        index, value = next(iter(self.constant.items()))
        first = any(self.tasks[i].epochs > 1 for i in self.constant)
        which = "in the first validation" if first else "in validation"
        what = "class " * (self.tasks[index].interface.fitness == "share_right") + number_text(value)
        if len(self.tasks) == 1:
            return f"every prediction {which} was equal: {what}"
        some = "all" if len(self.constant) == len(self.tasks) else f"{len(self.constant):,} of"
        return (
            f"every prediction {which} was equal in {some} {len(self.tasks):,} tasks (task {index}: {what})"
        )
