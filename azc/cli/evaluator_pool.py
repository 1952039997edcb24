"""Evaluator pool of `azc serve`: tasks by name, evaluators kept ready, results as JSON."""

import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from azc.cli.limits import MENTION_BYTES, NUMBER_RETURNED, check_room, named_bytes, stored_bytes
from azc.cli.words import jsonable
from azc.errors import AzcError
from azc.evaluation import Evaluation, Evaluator, reported_numbers
from azc.ir import Program, check_features
from azc.language import AzlError, Statement, parse, read
from azc.memory import MemoryLimitError, give_back

if TYPE_CHECKING:
    from azc.tasks import Task

EVALUATORS_KEPT: Final = 8
"""Maximum number of evaluators kept ready, with packed examples and loaded kernels."""
KEPT_SHARE: Final = 4
"""Divisor: evaluators may keep this part of the memory for requests."""

GIVEN_BACK_BYTES: Final = 2**26
"""Freed bytes after which memory is returned to the system; returning takes time."""
RETURN_EXPANSION: Final = 10
"""Estimated bytes of memory for each byte of an answer."""


class EvaluationRequest(NamedTuple):
    """Evaluation wanted by a request."""

    program: str
    tasks: "list[str | Task]"
    """Names of defined tasks, and tasks that came with the request."""
    backend: str
    precision: str
    want: list[str]


class ElementError(AzcError):
    """Raised for a program that names an element that some task's features lack."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class _KeptEvaluator(NamedTuple):
    evaluator: Evaluator
    nbytes: int


class EvaluatorPool:
    """Holds state between requests: defined tasks, and evaluators ready for the next request.

    max_memory: bytes that all of it may take, running evaluations included.
    """

    def __init__(self, max_memory: int) -> None:
        self.max_memory = max_memory
        self.tasks: dict[str, Task] = {}
        self._stored = 0
        self._freed = 0
        """Estimated bytes freed since memory was last returned to the system."""
        self._evaluators: OrderedDict[tuple[object, ...], _KeptEvaluator] = OrderedDict()

    @property
    def kept_bytes(self) -> int:
        """Bytes of the evaluators kept ready."""
        return sum(kept.nbytes for kept in self._evaluators.values())

    def define(self, made: "Mapping[str, Task]") -> None:
        """Store tasks under names."""
        replaced = {name: self.tasks[name] for name in made if name in self.tasks}
        stored = self._stored + named_bytes(made) - named_bytes(replaced)
        # A task needs room for its packed examples too, or it could never be evaluated.
        check_room("the defined tasks take, when they are used,", 3 * stored, self.max_memory)
        self._forget(replaced.values())
        self.tasks.update(made)
        self._stored = stored

    def clear(self) -> None:
        """Drop all evaluators."""
        while self._evaluators:
            self._drop_oldest()

    def evaluate(self, wanted: EvaluationRequest, began: float | None = None) -> bytes:
        """Evaluate, and answer with a JSON object, after a failure too; there is no time limit."""
        said = encoded(lambda: self._evaluated(wanted), self.clear)
        self._freed += RETURN_EXPANSION * len(said)
        if self._freed > GIVEN_BACK_BYTES:
            self._freed = 0
            give_back()
        return said

    def _evaluated(self, wanted: EvaluationRequest) -> dict[str, Any]:
        program = parse(wanted.program, "program")
        tasks = [self.tasks[task] if isinstance(task, str) else task for task in wanted.tasks]
        # Tasks that came with the request do not come again, so only named ones are worth keeping ready.
        keep = all(isinstance(task, str) for task in wanted.tasks)
        # The evaluator keeps its tasks alive, so their ids in the key stay theirs.
        key = (*map(id, tasks), wanted.backend, wanted.precision)
        beside = self._beside(program, wanted, tasks)
        kept = self._evaluators.pop(key, None)
        evaluator = (
            kept.evaluator if kept else Evaluator(tasks, backend=wanted.backend, precision=wanted.precision)
        )
        try:
            result = self._run(evaluator, program, wanted.want, beside)
        except AzcError as error:
            if kept:
                self._keep(key, evaluator)
            missing = _missing_element(wanted.program, {task.features for task in tasks})
            raise error if missing is None else ElementError(str(error), *missing) from None
        if keep:
            self._keep(key, evaluator)
        else:
            self._freed += evaluator.nbytes
        return {
            "backend": result.backend,
            "fitness": result.fitness,
            "fitnesses": result.fitnesses,
            "stopped_early": result.stopped_early,
            **{name: getattr(result, name) for name in wanted.want},
        }

    def _beside(self, program: Program, wanted: EvaluationRequest, tasks: "Sequence[Task]") -> int:
        """Bytes of tasks and answer; AzcError if they alone exceed the memory."""
        own = [task for task in wanted.tasks if not isinstance(task, str)]
        beside = self._stored + stored_bytes(own) + MENTION_BYTES * len(tasks)
        check_room("the tasks of this request take", beside, self.max_memory)
        if wanted.want:
            beside += NUMBER_RETURNED * reported_numbers(program, tasks, wanted.want)
            check_room(f"returning {', '.join(wanted.want)} takes", beside, self.max_memory)
        return beside

    def _run(self, evaluator: Evaluator, program: Program, want: list[str], beside: int) -> Evaluation:
        """Evaluate, after dropping other evaluators if memory is short."""
        evaluator.max_bytes = self.max_memory - beside - self.kept_bytes
        try:
            return evaluator.evaluate(program, want)
        except MemoryLimitError:
            if not self._evaluators:
                raise
        self.clear()
        evaluator.max_bytes = self.max_memory - beside
        return evaluator.evaluate(program, want)

    def _keep(self, key: tuple[object, ...], evaluator: Evaluator) -> None:
        self._evaluators[key] = _KeptEvaluator(evaluator, evaluator.nbytes)
        most = self.max_memory // KEPT_SHARE
        while len(self._evaluators) > EVALUATORS_KEPT or self.kept_bytes > most:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        self._freed += self._evaluators.popitem(last=False)[1].nbytes

    def _forget(self, tasks: "Iterable[Task]") -> None:
        """Drop the evaluators that hold any of some tasks."""
        gone = set(map(id, tasks))
        for key in [key for key in self._evaluators if gone.intersection(key)]:
            self._freed += self._evaluators.pop(key).nbytes


def encoded(
    call: Callable[[], dict[str, Any]], on_lack_of_memory: Callable[[], None] = lambda: None
) -> bytes:
    """Result of a call as a JSON object; every failure becomes an answer, so nothing is raised."""
    try:
        try:
            return json.dumps(jsonable(call()), allow_nan=False).encode()
        except MemoryError:
            on_lack_of_memory()
            raise
    except AzlError as error:
        more = error.n_problems - 1
        also = f" (and {more} more problem{'s' * (more > 1)})" if more else ""
        return fault(error.problems[0].message + also, error.line, error.column)
    except ElementError as error:
        return fault(str(error), error.line, error.column)
    except AzcError as error:
        return fault(str(error))
    except MemoryError:
        return fault("this does not fit into memory; use fewer features, examples, tasks or addresses")
    except RecursionError:
        return fault("the request is nested too deeply")
    except Exception as error:
        # Even a fault of azc must not leave this client without answer and the next one without service.
        return fault(f"azc failed on this request: {type(error).__name__}: {error}")


def fault(message: str, line: int | None = None, column: int | None = None) -> bytes:
    """Answer for an error."""
    return json.dumps({"error": {"message": message, "line": line, "column": column}}).encode()


def _missing_element(text: str, features: set[int]) -> tuple[int, int] | None:
    """Line and column of the first statement that names an element missing in the fewest features."""
    for number, line in enumerate(read(text, "program").lines, 1):
        if isinstance(line.content, Statement):
            try:
                check_features(Program((line.content.instruction,)), min(features))
            except AzcError:
                return number, line.start + 1
    return None
