"""Every public function, constructor and method works or raises AzcError, whatever values it is called with.

Public names are those in `__all__`; `inspect` gives the parameters. Right and wrong values are in
`wrong_arguments_examples.py`: a new public function needs right values there for parameters of new
names.
"""

import importlib
import inspect
import resource
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from types import ModuleType
from typing import Any

import attrs
import pytest
from wrong_arguments_examples import MACHINERY, OBJECTS, STARTING, example, found, wrong_values

from azc import AzcError
from azc.tasks import MAKERS

ROOMS = (
    "azc",
    "azc.ir",
    "azc.language",
    "azc.passes",
    "azc.tasks",
    "azc.evaluation",
    "azc.search",
    "azc.runs",
    "azc.backends.llvm",
    "azc.backends.python",
    "azc.importer",
)
SECONDS = 5.0
"""Maximum processor time of a call; generous, as machines that run tests are busy."""
BYTES = 1 << 30
"""Maximum memory that a call may allocate."""


@attrs.frozen
class Public:
    """A public callable: a function, a constructor or a method."""

    name: str
    call: Callable[..., Any]
    owner: type | None = None
    """The class of a constructor or a method."""

    @property
    def is_plain(self) -> bool:
        """Whether it is called without a receiver."""
        return not inspect.isfunction(self.call) or self.owner is None

    @property
    def parameters(self) -> list[inspect.Parameter]:
        """The parameters with names, except `self`."""
        found = [*inspect.signature(self.call).parameters.values()]
        named = [p for p in found if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        return named if self.is_plain else named[1:]


def _exported() -> Iterator[tuple[str, Any]]:
    for room in ROOMS:
        module: ModuleType = importlib.import_module(room)
        for name in module.__all__:
            value = getattr(module, name)
            if getattr(value, "__module__", "") != "azc.arguments":  # the names of checks come from azc only
                yield f"{room}.{name}", value
    for maker in MAKERS.values():
        yield f"azc.tasks.MAKERS.{maker.__name__}", maker


def _is_called(made: type) -> bool:
    return not getattr(made, "_is_protocol", False)


def _methods(name: str, made: type) -> Iterator[Public]:
    # Of makers only `make` is public.
    for attribute in ["make"] if name.startswith("azc.tasks.MAKERS") else dir(made):
        static = inspect.getattr_static(made, attribute)
        own = any(attribute in vars(base) for base in made.__mro__ if base.__module__.startswith("azc"))
        if attribute.startswith("_") or not own:
            continue
        if inspect.isfunction(static):
            yield Public(f"{name}.{attribute}", static, made)
        elif isinstance(static, (classmethod, staticmethod)):
            yield Public(f"{name}.{attribute}", getattr(made, attribute), made)


def public() -> list[Public]:
    """All public callables, each once."""
    found: dict[int, Public] = {}
    for name, value in _exported():
        if inspect.isclass(value) and _is_called(value):
            if not issubclass(value, BaseException) and value not in MACHINERY:
                found.setdefault(id(value), Public(name, value, value))
            for method in () if value in MACHINERY else _methods(name, value):
                found.setdefault(id(getattr(method.call, "__func__", method.call)), method)
        elif inspect.isroutine(value):
            found.setdefault(id(value), Public(name, value))
    return [*found.values()]


PUBLIC = public()


class _TooLong(BaseException):
    """Raised by the alarm; no function under test catches it."""


@contextmanager
def limited() -> Iterator[None]:
    """Limit the time and memory of a call."""

    def ring(*_: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGPROF, ring)
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + BYTES, hard))
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        signal.signal(signal.SIGPROF, before)


def outcome(function: Public, receiver: tuple[Any, ...], arguments: dict[str, Any]) -> str:
    """Fault of a call; empty if it works or raises AzcError."""
    try:
        with limited(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            placed = [arguments[p.name] for p in function.parameters if p.kind is p.POSITIONAL_ONLY]
            named = {p.name: p for p in function.parameters if p.kind is not p.POSITIONAL_ONLY}
            result = function.call(
                *receiver, *placed, **{name: value for name, value in arguments.items() if name in named}
            )
            if inspect.isgenerator(result) or hasattr(result, "__next__"):
                list(islice(result, 1000))
    except AzcError as error:
        return "" if str(error).strip() else "an AzcError that says nothing"
    except _TooLong:
        return f"no answer in {SECONDS} s"
    except Exception as error:
        where = inspect.trace()[-1]
        return f"{type(error).__name__}: {error} ({where.filename.split('/azc/')[-1]}:{where.lineno})"
    return ""


@pytest.mark.parametrize("function", PUBLIC, ids=lambda function: function.name)
def test_wrong_values_are_azc_errors(function, tmp_path, monkeypatch):
    """A call with one wrong value works or raises AzcError: each parameter gets each wrong value in turn."""
    monkeypatch.chdir(tmp_path)
    if function.name.startswith(("azc.search", "azc.runs")):
        found()  # compile first, as that takes longer than a call may
    receiver = () if function.is_plain else (OBJECTS[function.owner](),)
    # Parameters with a default are included, so that none lacks an entry in EXAMPLES.
    constructed = function.owner if function.call is function.owner else None
    right = {p.name: example(function.name, constructed, p.name) for p in function.parameters}
    required = {p.name: right[p.name] for p in function.parameters if p.default is p.empty}
    faults: dict[str, list[str]] = {}
    for arguments in () if function.name.endswith(STARTING) else (required, right):
        if wrong := outcome(function, receiver, arguments):
            faults.setdefault(wrong, []).append("right values")
    for parameter in function.parameters:
        for words, value in wrong_values(function.name, parameter.name):
            if wrong := outcome(function, receiver, {**required, parameter.name: value}):
                faults.setdefault(wrong, []).append(f"{parameter.name} = {words}")
    assert not faults, "\n".join(f"{', '.join(given)}: {fault}" for fault, given in faults.items())
