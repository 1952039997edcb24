"""Evaluator pool of `azc serve`: defined tasks, and evaluators kept ready for later requests."""

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from azc.cli.serve.answers import ElementError, encoded
from azc.cli.serve.limits import MENTION_BYTES, RETURNED_NUMBER_BYTES, check_memory, named_bytes, stored_bytes
from azc.cli.serve.requests import EvaluationRequest
from azc.errors import AzcError
from azc.evaluation import Evaluation, Evaluator, reported_numbers
from azc.ir import Program, check_features, interface_of
from azc.language import Statement, format_program, parse, read
from azc.memory import MemoryLimitError, give_back
from azc.passes import canonical

if TYPE_CHECKING:
    from azc.tasks import Task

EVALUATORS_KEPT: Final = 8
"""Maximum number of evaluators kept ready, with packed examples and loaded kernels."""
KEPT_SHARE: Final = 4
"""Divisor: evaluators kept ready take at most this part of the memory."""
GIVEN_BACK_BYTES: Final = 2**26
"""Freed bytes after which memory is returned to the system; returning takes time."""
KEY_DIGITS: Final = 32
"""Hexadecimal digits of the key of a canonical form."""
RETURN_EXPANSION: Final = 10
"""Estimated bytes of memory for each byte of an answer."""


class _KeptEvaluator(NamedTuple):
    evaluator: Evaluator
    nbytes: int


class EvaluatorPool:
    """Defined tasks, and evaluators kept ready for the next request.

    max_memory: bytes that all of them may take, running evaluations included.
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

    def define(self, tasks: "Mapping[str, Task]") -> None:
        """Store tasks under names; AzcError if they exceed the memory."""
        replaced = {name: self.tasks[name] for name in tasks if name in self.tasks}
        stored = self._stored + named_bytes(tasks) - named_bytes(replaced)
        # A task needs memory for its packed examples too, or it could never be evaluated.
        check_memory("the defined tasks with their packed examples take", 3 * stored, self.max_memory)
        self._drop_with(replaced.values())
        self.tasks.update(tasks)
        self._stored = stored

    def clear(self) -> None:
        """Drop all evaluators."""
        while self._evaluators:
            self._drop_oldest()

    def evaluate(self, request: EvaluationRequest, received: float | None = None) -> bytes:
        """Evaluate; the result or the error as a JSON object. `received` has no effect: time is unlimited."""
        result = encoded(lambda: self._evaluated(request), self.clear)
        self._freed += RETURN_EXPANSION * len(result)
        if self._freed > GIVEN_BACK_BYTES:
            self._freed = 0
            give_back()
        return result

    def _evaluated(self, request: EvaluationRequest) -> dict[str, Any]:
        if not request.is_list:
            return self._one(request.programs[0], request)
        # Each program is answered on its own, so that a wrong one costs no other its answer.
        answers = (encoded(partial(self._one, text, request), self.clear) for text in request.programs)
        return {"programs": [json.loads(answer) for answer in answers]}

    def _one(self, text: str, request: EvaluationRequest) -> dict[str, Any]:
        """The answer for one program."""
        program = parse(text, "program", request.signature)
        result = self._on_tasks(text, program, request) if request.tasks else {}
        return result | (self._simplified(program, request) if request.simplify else {})

    def _simplified(self, program: Program, request: EvaluationRequest) -> dict[str, Any]:
        """Canonical form of a program, and its key; programs with equal keys compute the same."""
        first = next(iter(request.tasks), None)
        task = self.tasks[first] if isinstance(first, str) else first
        declared = request.signature or (task.interface if task else interface_of("RMS_ERROR"))
        form = format_program(canonical(program, declared))
        return {"canonical": form, "key": sha256(form.encode()).hexdigest()[:KEY_DIGITS]}

    def _on_tasks(self, text: str, program: Program, request: EvaluationRequest) -> dict[str, Any]:
        tasks = [self.tasks[task] if isinstance(task, str) else task for task in request.tasks]
        # Tasks that came with the request do not come again, so only named ones are worth keeping ready.
        keep = all(isinstance(task, str) for task in request.tasks)
        # The evaluator keeps its tasks alive, so their ids in the key stay theirs.
        key = (*map(id, tasks), request.backend, request.precision)
        other_bytes = self._other_bytes(program, request, tasks)
        kept = self._evaluators.pop(key, None)
        evaluator = (
            kept.evaluator if kept else Evaluator(tasks, backend=request.backend, precision=request.precision)
        )
        try:
            result = self._run(evaluator, program, request.want, other_bytes)
        except AzcError as error:
            if kept:
                self._keep(key, evaluator)
            missing = _missing_element(text, {task.features for task in tasks})
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
            **{name: getattr(result, name) for name in request.want},
        }

    def _other_bytes(self, program: Program, request: EvaluationRequest, tasks: "Sequence[Task]") -> int:
        """Bytes besides the evaluator's, of tasks and answer; AzcError if they alone exceed the memory."""
        own = [task for task in request.tasks if not isinstance(task, str)]
        other_bytes = self._stored + stored_bytes(own) + MENTION_BYTES * len(tasks)
        check_memory("the tasks of this request take", other_bytes, self.max_memory)
        if request.want:
            numbers = len(request.programs) * reported_numbers(program, tasks, request.want)
            other_bytes += RETURNED_NUMBER_BYTES * numbers
            check_memory(f"returning {', '.join(request.want)} takes", other_bytes, self.max_memory)
        return other_bytes

    def _run(self, evaluator: Evaluator, program: Program, want: list[str], other_bytes: int) -> Evaluation:
        """Evaluate, after dropping other evaluators if memory is short."""
        evaluator.max_bytes = self.max_memory - other_bytes - self.kept_bytes
        try:
            return evaluator.evaluate(program, want)
        except MemoryLimitError:
            if not self._evaluators:
                raise
        self.clear()
        evaluator.max_bytes = self.max_memory - other_bytes
        return evaluator.evaluate(program, want)

    def _keep(self, key: tuple[object, ...], evaluator: Evaluator) -> None:
        self._evaluators[key] = _KeptEvaluator(evaluator, evaluator.nbytes)
        max_bytes = self.max_memory // KEPT_SHARE
        while len(self._evaluators) > EVALUATORS_KEPT or self.kept_bytes > max_bytes:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        self._freed += self._evaluators.popitem(last=False)[1].nbytes

    def _drop_with(self, tasks: "Iterable[Task]") -> None:
        """Drop the evaluators of any of these tasks."""
        dropped = set(map(id, tasks))
        for key in [key for key in self._evaluators if dropped.intersection(key)]:
            self._freed += self._evaluators.pop(key).nbytes


def _missing_element(text: str, features: set[int]) -> tuple[int, int] | None:
    """Line and column of the first statement with an element that the fewest features do not have."""
    for number, line in enumerate(read(text, "program").lines, 1):
        if isinstance(line.content, Statement):
            try:
                check_features(Program((line.content.instruction,)), min(features))
            except AzcError:
                return number, line.start + 1
    return None
