"""The protocol of `azc serve`: a line of JSON in, a line of JSON out, whatever comes."""

import json
from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, NoReturn

from azc.cli.evaluator_pool import EvaluationRequest, EvaluatorPool, encoded, fault
from azc.cli.limits import default_memory
from azc.cli.request_process import Apart
from azc.cli.requests import DEFINE_KEYS, EVALUATE_KEYS, fields_of, task_of
from azc.cli.words import jsonable
from azc.errors import AzcError
from azc.settings import MAX_SHOWN, Problems, nearest, shown

if TYPE_CHECKING:
    from azc.tasks import Task


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
    problems = Problems()
    named = fields_of("", fields, DEFINE_KEYS, problems)["define"]
    made: dict[str, Task | None] = {}
    for name, value in named.items() if isinstance(named, dict) else ():
        made[name] = task_of(value, f"define.{name[:MAX_SHOWN]}", problems)
        if problems.are_enough:
            break
    # All or none: a task at fault must not leave half of the names defined.
    problems.check()
    bench.define({name: task for name, task in made.items() if task is not None})
    return {"defined": list(made)}


def _wanted(fields: Mapping[str, Any], bench: EvaluatorPool | Apart) -> EvaluationRequest:
    problems = Problems()
    found = fields_of("", fields, EVALUATE_KEYS, problems)
    tasks = _tasks_given(fields, found["tasks"], bench.tasks, problems)
    problems.check()
    want = list(dict.fromkeys(found["return"]))
    return EvaluationRequest(found["program"], tasks, found["backend"], found["precision"], want)


def _tasks_given(
    fields: Mapping[str, Any], several: list[Any] | None, known: "Mapping[str, Task]", problems: Problems
) -> "list[str | Task]":
    """The tasks of a request: names that are known, or tasks that it describes."""
    if ("task" in fields) == ("tasks" in fields):
        problems.add("", 'a request that evaluates has either "task" or "tasks"')
    given = {f"tasks[{index}]": value for index, value in enumerate(several or ())}
    if "task" in fields:
        given["task"] = fields["task"]
    made: list[str | Task] = []
    for where, value in given.items():
        if isinstance(value, str) and value in known:
            made.append(value)
        elif isinstance(value, str):
            problems.add(where, f"no task named {shown(value)} is defined; {nearest(value, known)}")
        elif (task := task_of(value, where, problems)) is not None:
            made.append(task)
        if problems.are_enough:
            break
    return made
