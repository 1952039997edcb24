"""Protocol of `azc serve`: a request as a line of JSON, its answer as a line of JSON."""

import json
from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, NoReturn

from azc.cli.serve.answers import encoded, with_id
from azc.cli.serve.limits import default_memory
from azc.cli.serve.pool import EvaluatorPool
from azc.cli.serve.process import TimeLimitedPool
from azc.cli.serve.requests import DEFINE_KEYS, EVALUATE_KEYS, EvaluationRequest, fields_of, task_of
from azc.errors import AzcError
from azc.ir import Signature
from azc.language import signature_from_table
from azc.problems import MAX_SHOWN, Problems, nearest, shown

if TYPE_CHECKING:
    from azc.tasks import Task


class ServerState:
    """State that lasts from one request to the next: defined tasks and evaluators, with their limits.

    max_memory: bytes that tasks and evaluations may take, half of the available memory by default.
    max_seconds: time limit of an evaluation, none by default.
    """

    def __init__(self, max_memory: int | None = None, max_seconds: float | None = None) -> None:
        self.max_memory = default_memory() if max_memory is None else max_memory
        self.pool: EvaluatorPool | TimeLimitedPool = (
            EvaluatorPool(self.max_memory)
            if max_seconds is None
            else TimeLimitedPool(self.max_memory, max_seconds)
        )


def answer(line: bytes, state: ServerState) -> bytes:
    """Answer to a request, both as lines without their end; raises no error, whatever the line is."""
    received = monotonic()
    identity: Any = None
    evaluation: EvaluationRequest | None = None

    def read() -> dict[str, Any]:
        nonlocal identity, evaluation
        fields, repeated = _fields(line)
        identity = fields.get("id")
        if repeated:
            raise AzcError(f"{shown(repeated)} appears twice in one object; remove one")
        if "define" in fields:
            return _define(fields, state.pool)
        evaluation = _evaluation(fields, state.pool)
        return {}

    result = encoded(read, state.pool.clear)
    return with_id(identity, result if evaluation is None else state.pool.evaluate(evaluation, received))


def _fields(line: bytes) -> tuple[dict[str, Any], str | None]:
    """The object of a line, and a key that appears twice in it or in an object inside it."""
    repeated: str | None = None

    def made(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeated
        fields = dict(pairs)
        if len(fields) < len(pairs) and repeated is None:
            seen: set[str] = set()
            repeated = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        return fields

    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AzcError(f"the request is not UTF-8: byte 0x{line[error.start]:02X} at {error.start}") from None
    try:
        fields = json.loads(text, object_pairs_hook=made, parse_int=_integer, parse_constant=_refuse_constant)
    except ValueError as error:
        raise AzcError(f"the request is not JSON: {error}") from None
    if not isinstance(fields, dict):
        raise AzcError('a request is an object, like {"id": 1, "program": …, "task": …}')
    return fields, repeated


def _integer(digits: str) -> int | float:
    try:
        return -0.0 if digits == "-0" else int(digits)
    except ValueError:
        raise AzcError(f"a whole number has {len(digits):,} digits; write it as a float") from None


def _refuse_constant(name: str) -> NoReturn:
    word = {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}[name]
    raise AzcError(f'JSON has no {name}; write the string "{word}"')


def _define(fields: Mapping[str, Any], pool: EvaluatorPool | TimeLimitedPool) -> dict[str, Any]:
    """Define the tasks of a request, all of them or, after an error in one, none."""
    problems = Problems()
    named = fields_of("", fields, DEFINE_KEYS, problems)["define"]
    made: dict[str, Task | None] = {}
    for name, value in named.items() if isinstance(named, dict) else ():
        made[name] = task_of(value, f"define.{name[:MAX_SHOWN]}", problems)
        if problems.are_enough:
            break
    problems.check()
    pool.define({name: task for name, task in made.items() if task is not None})
    return {"defined": list(made)}


def _evaluation(fields: Mapping[str, Any], pool: EvaluatorPool | TimeLimitedPool) -> EvaluationRequest:
    """The evaluation that a request asks for."""
    problems = Problems()
    found = fields_of("", fields, EVALUATE_KEYS, problems)
    signature = _signature(found["signature"], problems)
    if ("program" in fields) == ("programs" in fields):
        problems.add("", 'a request that evaluates has either "program" or "programs"')
    given = {"task", "tasks"} & fields.keys()
    if found["signature"] is not None and given:
        problems.add("signature", "on tasks only programs of supervised learning run; leave one of them out")
    # Without tasks programs are only parsed and simplified.
    tasks = (
        _tasks_given(fields, found["tasks"], pool.tasks, problems) if given or not found["simplify"] else []
    )
    problems.check()
    return EvaluationRequest(
        programs=list(found["programs"] or [found["program"]]),
        is_list="programs" in fields,
        tasks=tasks,
        backend=found["backend"],
        precision=found["precision"],
        want=list(dict.fromkeys(found["return"])),
        simplify=found["simplify"],
        signature=signature,
    )


def _signature(table: Any, problems: Problems) -> Signature | None:
    """The signature that a request has; None without one, or if it is wrong."""
    if table is not None:
        with problems.at(""):
            return signature_from_table(table, "request")
    return None


def _tasks_given(
    fields: Mapping[str, Any], several: list[Any] | None, defined: "Mapping[str, Task]", problems: Problems
) -> "list[str | Task]":
    """Tasks of a request: names of defined tasks, and tasks made from its data."""
    if ("task" in fields) == ("tasks" in fields):
        problems.add("", 'a request that evaluates has either "task" or "tasks"')
    given = {f"tasks[{index}]": value for index, value in enumerate(several or ())}
    if "task" in fields:
        given["task"] = fields["task"]
    made: list[str | Task] = []
    for where, value in given.items():
        if isinstance(value, str) and value in defined:
            made.append(value)
        elif isinstance(value, str):
            problems.add(where, f"no task named {shown(value)} is defined; {nearest(value, defined)}")
        elif (task := task_of(value, where, problems)) is not None:
            made.append(task)
        if problems.are_enough:
            break
    return made
