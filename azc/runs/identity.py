"""Identity of a run: what must not change between its starts, and the check that it has not."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from azc.errors import AzcError
from azc.ir import BY_NAME, OPS, Op, Program
from azc.search import LIMITS, Config
from azc.tasks import SETS, Task

FORMAT: Final = "8"
"""Version of a run folder's database and checkpoints."""
N_FIRST: Final = 81
"""Number of operations when the format came to be."""
MAX_TOLD: Final = 4
"""Maximum number of differences that an error lists."""
WIDEST: Final = 40
"""Maximum number of characters of a value in an error."""


def flattened(value: Any, name: str = "") -> dict[str, str]:
    """Nested tables as one: each value as JSON by its full name, like `search.seed` or `islands[0].count`."""
    if isinstance(value, Mapping):
        inner = {f"{name}.{key}" if name else key: one for key, one in value.items()}
    elif isinstance(value, list | tuple) and value and all(isinstance(one, Mapping) for one in value):
        inner = {f"{name}[{index}]": one for index, one in enumerate(value)}
    else:
        return {name: json.dumps(value, default=str)}
    return {whole: text for key, one in inner.items() for whole, text in flattened(one, key).items()}


def identity(config: Config) -> dict[str, str]:
    """Settings of a search except limits, and checksums of the data that the settings only name.

    The result maps names, as errors show them, to texts.
    """
    own = {key: value for key, value in config.tables["search"].items() if key not in LIMITS}
    tables = {**config.tables, "search": own}
    if config.evaluator is not None:
        # Where it lies and how long it may take can change, and what it does cannot be known.
        free = ("folder", "seconds")
        tables["evaluator"] = {k: v for k, v in config.tables["evaluator"].items() if k not in free}
    # All tasks that the search depends on, but only the first of the final tasks: the others are made after
    # the search.
    names = dict.fromkeys([*(kind.tasks for kind in config.kinds), "select"])
    tasks = {name: config.tasks(name) for name in names} if config.evaluator is None else {}
    tasks |= {"final": [config.first_final()]} if config.evaluator is None else {}
    return {
        **flattened(tables),
        "the first programs": checksum(_first_programs(config.params.program.initial)),
        "the operations": checksum([repr(attrs.asdict(op)) for op in _known(config)]),
        **{
            f"the data of {set_name(name)}": checksum(list(map(task_digest, some)))
            for name, some in tasks.items()
        },
    }


def _known(config: Config) -> Sequence[Op]:
    """The table of operations: those as old as the format, and newer ones up to the last that the search has.

    So runs go on when operations are added that they cannot use.
    """
    program = config.params.program
    used = {BY_NAME[name] for names in program.ops for name in names}
    if not isinstance(program.initial, str):
        used |= {instruction.op for one in program.initial for instruction in one.instructions()}
    return OPS[: max(N_FIRST, 1 + max((op.code for op in used), default=0))]


def _first_programs(initial: str | tuple[Program, ...]) -> str:
    """First programs as text; runs that began earlier hold its checksum, so it must stay as it is."""
    if isinstance(initial, str):
        return repr(initial)
    keys = [(*zip(map(str.lower, one.names), one.functions, strict=True),) for one in initial]
    texts = [f"Program({', '.join(f'{key}={function!r}' for key, function in one)})" for one in keys]
    return f"({', '.join(texts)}{',' * (len(texts) == 1)})"


def set_name(name: str) -> str:
    """Name of a set of tasks in a configuration."""
    return f"tasks.{name}" if name in SETS else name


def check_same(where: object, now: Mapping[str, str], known: Mapping[str, str]) -> None:
    """Raise AzcError that lists what has changed since the run began."""
    check_format(where, known)
    began = {name: value for name, value in known.items() if name != "format"}
    changed = [name for name in {**now, **began} if now.get(name) != began.get(name)]
    if not changed:
        return
    told = [_difference(name, now.get(name), began.get(name)) for name in changed[:MAX_TOLD]]
    if more := len(changed) - len(told):
        told.append(f"and {more} more")
    raise AzcError(
        f"{where}: cannot resume: {'; '.join(told)}; restore that, or begin another run with `azc evolve`"
    )


def check_format(where: object, known: Mapping[str, str]) -> None:
    """Raise AzcError unless the history's facts say that the folder has this version's format."""
    if "format" not in known:
        raise AzcError(
            f"{where}: its history holds no run; was it copied without history.sqlite-wal? Put that back"
        )
    if known["format"] != FORMAT:
        raise AzcError(f"{where}: was written by another version of azc; expected format {FORMAT}")


def _difference(name: str, now: str | None, began: str | None) -> str:
    if name.startswith("the "):
        return f"{name} have changed since the run began"
    return f"{name} is {_said(now)}, but was {_said(began)} when the run began"


def _said(value: str | None) -> str:
    if value is None:
        return "not given"
    return value if len(value) <= WIDEST else f"{value[: WIDEST - 1]}…"


def checksum(value: Any) -> str:
    """First 16 hexadecimal digits of the SHA-256 of a value's JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]


def task_digest(task: Task) -> str:
    """Checksum of a task, examples included."""
    digest = hashlib.sha256()
    for array in (task.train_x, task.train_y, task.valid_x, task.valid_y, task.train_order):
        if array is not None:
            digest.update(f"{array.dtype} {array.shape}".encode())
            digest.update(array.tobytes())
    digest.update(repr((task.eval_type, task.max_abs_error, task.epochs, task.n_classes, task.seed)).encode())
    return digest.hexdigest()
