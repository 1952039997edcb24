"""The protocol of `azc serve`: a line of JSON in, a line of JSON out, whatever comes."""

import json
from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, NoReturn

from azc.cli.evaluator_pool import EvaluationRequest, EvaluatorPool, encoded, fault
from azc.cli.limits import default_memory
from azc.cli.request_process import Apart
from azc.cli.requests import RequestReader, nearest_text, shown, task_of
from azc.cli.words import jsonable
from azc.errors import AzcError
from azc.evaluation import BACKENDS, PRECISIONS, WANTS

if TYPE_CHECKING:
    from azc.tasks import Task

_DEFINE: Final = ("id", "define")
_EVALUATE: Final = ("id", "program", "task", "tasks", "backend", "precision", "return")


class ServerState:
    """What lives between requests, and how much they may take: bytes of memory, seconds of an evaluation."""

    def __init__(self, max_memory: int | None = None, max_seconds: float | None = None) -> None:
        self.max_memory = default_memory() if max_memory is None else max_memory
        self.bench: EvaluatorPool | Apart = (
            EvaluatorPool(self.max_memory) if max_seconds is None else Apart(self.max_memory, max_seconds)
        )


def answer(request: bytes, state: ServerState) -> bytes:
    """The answer to one request line, a line without its end; no input raises anything."""
    began = monotonic()
    identity: Any = None
    evaluation: EvaluationRequest | None = None

    def said() -> dict[str, Any]:
        nonlocal identity, evaluation
        fields, repeated = _fields(request)
        identity = fields.get("id")
        if repeated:
            raise AzcError(f"{shown(repeated)} stands twice in one object; leave one out")
        if "define" in fields:
            return _define(fields, state.bench)
        evaluation = _wanted(fields, state.bench)
        return {}

    found = encoded(said, state.bench.clear)
    return _line(identity, found if evaluation is None else state.bench.evaluate(evaluation, began))


def _line(identity: Any, said: bytes) -> bytes:
    """An answer with the id of its request."""
    try:
        back = json.dumps(jsonable(identity), allow_nan=False).encode()
        return b'{"id": %b, %b' % (back, said.removeprefix(b"{"))
    except (RecursionError, ValueError):
        # Only the client's own id can be nested that deeply, or hold a number that cannot be written.
        return _line(None, fault("the id cannot be sent back; take a simpler one"))
    except MemoryError:
        return _line(None, fault("this does not fit into memory; return less, or take a shorter id"))


def too_long(limit: int) -> bytes:
    """The answer to a request that is too long to be read."""
    return _line(None, fault(f"the request is longer than {limit:,} bytes; define tasks one by one"))


def _fields(request: bytes) -> tuple[dict[str, Any], str | None]:
    """The object that a line holds, and a name that stands twice in one object somewhere in it."""
    repeated: str | None = None

    def made(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeated
        fields = dict(pairs)
        if len(fields) < len(pairs) and repeated is None:
            seen: set[str] = set()
            repeated = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
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


def _define(fields: Mapping[str, Any], bench: EvaluatorPool | Apart) -> dict[str, Any]:
    reader = RequestReader(fields, "a request that defines", _DEFINE)
    named = reader.take("define", dict)
    # All or none: a task at fault must not leave half of the names defined.
    bench.define({name: task_of(value, f"define.{name[:60]}") for name, value in named.items()})
    return {"defined": list(named)}


def _wanted(fields: Mapping[str, Any], bench: EvaluatorPool | Apart) -> EvaluationRequest:
    reader = RequestReader(fields, "a request", _EVALUATE)
    program = reader.take("program", str)
    backend = reader.choice("backend", BACKENDS, "auto")
    precision = reader.choice("precision", PRECISIONS, "float64")
    want = reader.choices("return", WANTS)
    return EvaluationRequest(program, _tasks_given(reader, bench.tasks), backend, precision, want)


def _tasks_given(reader: RequestReader, known: "Mapping[str, Task]") -> "list[str | Task]":
    """The tasks of a request: names that are known, or tasks that it describes."""
    if ("task" in reader.fields) == ("tasks" in reader.fields):
        raise AzcError('a request that evaluates has either "task" or "tasks"')
    if "task" in reader.fields:
        return [_task(reader.fields["task"], "task", known)]
    given = reader.take("tasks", list)
    if not given:
        raise AzcError('"tasks" is empty; give at least one task or name')
    return [_task(value, f"tasks[{index}]", known) for index, value in enumerate(given)]


def _task(value: Any, where: str, known: "Mapping[str, Task]") -> "str | Task":
    if not isinstance(value, str):
        return task_of(value, where)
    if value not in known:
        raise AzcError(f"no task named {shown(value)} is defined; {nearest_text(value, known)}")
    return value
