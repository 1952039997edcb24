"""Calls of a Python function that scores programs, in this process."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from azc.evaluation import Algorithm, compile
from azc.evaluators.declared import EvaluatorSettings
from azc.evaluators.judge import CallFailedError
from azc.ir import Interface, Program, SignatureLike


class FunctionCaller:
    """Calls a function with programs, or with their algorithms."""

    def __init__(
        self,
        function: Callable[..., Any],
        settings: EvaluatorSettings,
        declared: SignatureLike,
        precision: str,
    ):
        self._function, self._settings = function, settings
        self._declared, self._precision = declared, precision
        self.takes_stage = _takes_stage(function)

    def __call__(self, programs: Sequence[Program], stage: str) -> object:
        """What the function returned; KeyboardInterrupt passes through."""
        try:
            given = [*programs] if self._settings.give == "programs" else [*map(self._compiled, programs)]
            return self._function(given, stage=stage) if self.takes_stage else self._function(given)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # the code is someone else's and may raise anything, SystemExit too
            raise CallFailedError("raised", f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        """Nothing to end."""

    def _compiled(self, program: Program) -> Algorithm:
        by: dict[str, Any] = (
            {"eval_type": self._declared.name}
            if isinstance(self._declared, Interface)
            else {"signature": self._declared}
        )
        lanes = self._settings.lanes
        features = self._settings.features
        algorithm: Algorithm = compile(
            program, features, lanes=lanes, seed=range(lanes), precision=self._precision, **by
        )
        return algorithm


def _takes_stage(function: Callable[..., Any]) -> bool:
    """Whether a function has a parameter `stage`, or takes any."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(one.name == "stage" or one.kind is one.VAR_KEYWORD for one in parameters)
