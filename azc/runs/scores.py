"""Scores in the process of a run: for selection, and for the result."""

from typing import Final, Protocol

import attrs

from azc.errors import AzcError
from azc.evaluation import Evaluator
from azc.evaluators import Judge, OwnEvaluator
from azc.ir import Program
from azc.passes import canonical
from azc.runs.identity import set_name, task_digest
from azc.runs.workers import Notice
from azc.search import Config, numbers_of, ops_of
from azc.tasks import Task

MAX_TOLD: Final = 5
"""Maximum number of different failures of an evaluator that a run tells of, besides those of the search."""
SELECTING: Final = 0.02
"""Maximum share of a round's time for programs that are scored on the select tasks after it, estimated."""


class RunScores(Protocol):
    """Scores programs in this process: for selection, and at the end."""

    has_stages: bool
    """Whether there is more than the search's scores."""

    def check(self) -> None:
        """Raise AzcError at the start for what would cost a long run its result later."""

    def prepare(self) -> None:
        """Compile what selection needs, before the search's clock runs."""

    def score(self, name: str, program: Program, kind: int) -> float:
        """Fitness of a program of a kind of island, on the tasks or in the stage of a name."""

    def most_offered(self, round_evals: int) -> int:
        """Number of programs that may be scored for selection after a round, at least one.

        This process scores those of all islands, however many workers there are.
        """

    def close(self) -> None:
        """End what was started."""


@attrs.define
class TaskScores:
    """Sets of tasks; each is made ready when a program is first scored on it."""

    config: Config
    _first_final: str = ""
    """Checksum of the first final task when this start began."""
    _evaluators: dict[tuple[str, str], Evaluator] = attrs.field(factory=dict)
    has_stages: bool = True

    def of(self, name: str) -> list[Task]:
        """The tasks of a set."""
        return self._checked(name, self.config.tasks(name))

    def check(self) -> None:
        """Check select and final tasks at the start, since a later error could cost a long run its result."""
        self.of("select")
        self._first_final = task_digest(*self._checked("final", [self.config.first_final()]))

    def _checked(self, name: str, tasks: list[Task]) -> list[Task]:
        expected = self.config.params.program.eval_type
        for task in tasks:
            if task.eval_type != expected:
                raise AzcError(
                    f"{set_name(name)}: a task of {task.eval_type}, expected {expected} as the search tasks "
                    "have it"
                )
        return tasks

    def prepare(self) -> None:
        """Compile the kernels of the select tasks."""
        ops = ops_of(self.config.params.program)
        for kind in range(len(self.config.kinds)):
            self._evaluator("select", kind).prepare(ops)

    def score(self, name: str, program: Program, kind: int) -> float:
        """Fitness of a program on a set of tasks, in the precision of its kind of island."""
        return self._evaluator(name, kind).fitness(program)

    def _evaluator(self, name: str, kind: int) -> Evaluator:
        precision = self.config.kinds[kind].params.island.precision
        if (name, precision) not in self._evaluators:
            tasks = self.of(name)
            if name == "final" and task_digest(tasks[0]) != self._first_final:
                raise AzcError(
                    f"{self.config.source}: tasks.final: its data have changed since this start began; "
                    "restore them, then resuming the run gives its result"
                )
            self._evaluators[name, precision] = Evaluator(tasks, precision=precision)
        return self._evaluators[name, precision]

    def most_offered(self, round_evals: int) -> int:
        """As `RunScores` says, by the sizes of the tasks."""
        search, select = (sum(map(numbers_of, self.of(name))) for name in ("search", "select"))
        return max(1, int(SELECTING * round_evals * search / select))

    def close(self) -> None:
        """Nothing to end."""


@attrs.define
class EvaluatorScores:
    """Scores of an evaluator of one's own, by precision."""

    config: Config
    evaluator: OwnEvaluator
    tell: Notice
    """Called with a sentence for people to read."""
    has_stages: bool = False
    _told: set[str] = attrs.field(factory=set)
    _judges: dict[str, Judge] = attrs.field(factory=dict)

    def check(self) -> None:
        """Start the evaluator, so that one that cannot start is known at once."""
        self.has_stages = self._judge(0).caller.takes_stage
        if not self.has_stages:
            self.close()

    def _judge(self, kind: int) -> Judge:
        precision = self.config.kinds[kind].params.island.precision
        if precision not in self._judges:
            self._judges[precision] = self.evaluator.judge(precision)
        return self._judges[precision]

    def prepare(self) -> None:
        """Nothing to compile."""

    def score(self, name: str, program: Program, kind: int) -> float:
        """The mean of a program's scores in a stage; the worst if it got none."""
        # As in the search, so that code which changes nothing cannot change a score.
        form = canonical(program, self.evaluator.declared)
        rows, failures = self._judge(kind).scores([form], name)
        for failure in failures:
            if failure.message not in self._told and len(self._told) < MAX_TOLD:
                self._told.add(failure.message)
                self.tell(f"a program got no {name} score: {failure.message}")
        return float(rows.mean())

    def most_offered(self, round_evals: int) -> int:
        """As `RunScores` says, if a score takes as long as in the search."""
        return max(1, int(SELECTING * round_evals))

    def close(self) -> None:
        """End the evaluator's processes; they start again when needed."""
        for judge in self._judges.values():
            judge.caller.close()
