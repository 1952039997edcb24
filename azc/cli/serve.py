"""The protocol of `azc serve`: a line of JSON in, a line of JSON out, whatever comes."""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NoReturn

from azc.cli.limits import check_examples, check_returned_memory, example_bytes, physical_memory
from azc.cli.requests import Reader, nearest_text, shown, task_of
from azc.cli.words import jsonable
from azc.errors import AzcError
from azc.evaluation import BACKENDS, PRECISIONS, WANTS, Evaluator
from azc.ir import Program, check_features
from azc.language import AzlError, parse
from azc.language.lines import Statement
from azc.language.reader import read

if TYPE_CHECKING:
    from azc.tasks import Task

EVALUATORS_KEPT: Final = 8
"""Sets of tasks that stay ready: their examples packed, their kernels loaded."""

_DEFINE: Final = ("id", "define")
_EVALUATE: Final = ("id", "program", "task", "tasks", "backend", "precision", "return")


class ElementError(AzcError):
    """A program's text that is at fault only on these tasks."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class State:
    """What lives between requests: the tasks that were defined, and evaluators ready for the next request."""

    def __init__(self) -> None:
        self.tasks: dict[str, Task] = {}
        self._evaluators: OrderedDict[tuple[object, ...], Evaluator] = OrderedDict()

    def evaluator(self, tasks: "Sequence[Task]", backend: str, precision: str, keep: bool) -> Evaluator:
        """An evaluator for these tasks; kept, it is the one of an earlier request if there is one."""
        # An evaluator holds its tasks, so that no other object gets their ids while the key is here.
        key = (*map(id, tasks), backend, precision)
        if key in self._evaluators:
            self._evaluators.move_to_end(key)
            return self._evaluators[key]
        check_examples(tasks)
        made = Evaluator(tasks, backend=backend, precision=precision)
        if keep:
            self._evaluators[key] = made
            self._drop_oldest()
        return made

    def _drop_oldest(self) -> None:
        held = [example_bytes(made.tasks) for made in self._evaluators.values()]
        while len(held) > 1 and (len(held) > EVALUATORS_KEPT or sum(held) > physical_memory() // 8):
            held.pop(0)
            self._evaluators.popitem(last=False)

    def forget(self, tasks: "Sequence[Task]") -> None:
        """Drop the evaluators that hold any of these tasks."""
        gone = set(map(id, tasks))
        for key in [key for key, made in self._evaluators.items() if gone.intersection(map(id, made.tasks))]:
            del self._evaluators[key]


def answer(request: bytes, state: State) -> bytes:
    """The answer to one request line, a line without its end; no input raises anything."""
    identity: Any = None
    try:
        fields, repeated = _fields(request)
        identity = fields.get("id")
        if repeated:
            raise AzcError(f'"{repeated[0]}" stands twice in one object; leave one out')
        said = _define(fields, state) if "define" in fields else _evaluate(fields, state)
    except AzlError as error:
        more = len(error.problems) - 1
        also = f" (and {more} more problem{'s' * (more > 1)})" if more else ""
        said = _fault(error.problems[0].message + also, error.line, error.column)
    except ElementError as error:
        said = _fault(str(error), error.line, error.column)
    except AzcError as error:
        said = _fault(str(error))
    except MemoryError:
        said = _fault("this does not fit into memory; use fewer features, examples or addresses")
    except RecursionError:
        said = _fault("the request is nested too deeply")
    except Exception as error:
        # A client must get its answer, and the next one its turn, even where azc itself is at fault.
        said = _fault(f"azc failed on this request: {type(error).__name__}: {error}")
    return _line({"id": identity, **said})


def _line(said: dict[str, Any]) -> bytes:
    try:
        return json.dumps(jsonable(said), allow_nan=False).encode()
    except (RecursionError, MemoryError, ValueError):
        # Only the client's own id can be nested that deeply, or hold a number that cannot be written.
        return json.dumps({"id": None, **_fault("the id cannot be sent back; take a simpler one")}).encode()


def too_long(limit: int) -> bytes:
    """The answer to a request that is too long to be read."""
    return _line(
        {"id": None, **_fault(f"the request is longer than {limit:,} bytes; define tasks one by one")}
    )


def _fault(message: str, line: int | None = None, column: int | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "line": line, "column": column}}


def _fields(request: bytes) -> tuple[dict[str, Any], list[str]]:
    """The object that a line holds, and the names that stand twice in one object somewhere in it."""
    repeated: list[str] = []

    def made(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields = dict(pairs)
        if len(fields) < len(pairs):
            names = [name for name, _ in pairs]
            repeated.extend(name for name in fields if names.count(name) > 1)
        return fields

    try:
        text = request.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AzcError(
            f"the request is not UTF-8: byte 0x{request[error.start]:02X} at {error.start}"
        ) from None
    try:
        fields = json.loads(text, object_pairs_hook=made, parse_int=_whole, parse_constant=_no_constant)
    except ValueError as error:
        raise AzcError(f"the request is not JSON: {error}") from None
    if not isinstance(fields, dict):
        raise AzcError('a request is an object, like {"id": 1, "program": …, "task": …}')
    return fields, repeated


def _whole(digits: str) -> int | float:
    try:
        return -0.0 if digits == "-0" else int(digits)
    except ValueError:
        raise AzcError(f"a whole number has {len(digits):,} digits; write it as a float") from None


def _no_constant(name: str) -> NoReturn:
    word = {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}[name]
    raise AzcError(f'JSON has no {name}; write the string "{word}"')


def _define(fields: Mapping[str, Any], state: State) -> dict[str, Any]:
    reader = Reader(fields, "a request that defines", _DEFINE)
    named = reader.take("define", dict)
    # All or none: a task at fault must not leave half of the names defined.
    made = {name: task_of(value, f"define.{name}") for name, value in named.items()}
    check_examples((state.tasks | made).values())
    state.forget([state.tasks[name] for name in made if name in state.tasks])
    state.tasks |= made
    return {"defined": list(made)}


def _evaluate(fields: Mapping[str, Any], state: State) -> dict[str, Any]:
    reader = Reader(fields, "a request", _EVALUATE)
    text = reader.take("program", str)
    program = parse(text, "program")
    backend = reader.choice("backend", BACKENDS, "auto")
    precision = reader.choice("precision", PRECISIONS, "float64")
    want = reader.choices("return", WANTS)
    given = _tasks_given(reader)
    tasks = [_task(value, where, state) for where, value in given.items()]
    if "memory" in want:
        check_returned_memory(program, tasks)
    # Tasks that came with the request do not come again: only those with names are worth keeping ready.
    keep = all(isinstance(value, str) for value in given.values())
    evaluator = state.evaluator(tasks, backend, precision, keep)
    try:
        result = evaluator.evaluate(program, want)
    except AzcError as error:
        place = _missing_element(text, {task.features for task in tasks})
        raise error if place is None else ElementError(str(error), *place) from None
    return {
        "backend": result.backend,
        "fitness": result.fitness,
        "fitnesses": result.fitnesses,
        "stopped_early": result.stopped_early,
        **{name: getattr(result, name) for name in want},
    }


def _missing_element(text: str, features: set[int]) -> tuple[int, int] | None:
    """Line and column of the first statement that names an element which rows of so many features lack."""
    for number, line in enumerate(read(text, "program").lines, 1):
        if isinstance(line.content, Statement):
            try:
                check_features(Program((line.content.instruction,)), min(features))
            except AzcError:
                return number, line.start + 1
    return None


def _tasks_given(reader: Reader) -> dict[str, Any]:
    """The tasks or names of a request, each under its place in it."""
    if ("task" in reader.fields) == ("tasks" in reader.fields):
        raise AzcError('a request that evaluates has either "task" or "tasks"')
    if "task" in reader.fields:
        return {"task": reader.fields["task"]}
    given = reader.take("tasks", list)
    if not given:
        raise AzcError('"tasks" is empty; give at least one task or name')
    return {f"tasks[{place}]": value for place, value in enumerate(given)}


def _task(value: Any, where: str, state: State) -> "Task":
    if not isinstance(value, str):
        return task_of(value, where)
    if value not in state.tasks:
        raise AzcError(f"no task named {shown(value)} is defined; {nearest_text(value, state.tasks)}")
    return state.tasks[value]
