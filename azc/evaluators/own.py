"""An evaluator of one's own, as a run has it: settings, signature, and a function if one was given."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from azc.errors import AzcError
from azc.evaluators.declared import EvaluatorSettings
from azc.evaluators.judge import Judge
from azc.ir import SignatureLike


@attrs.frozen(eq=False)
class OwnEvaluator:
    """Who scores programs: a function of this process, or one of a module, or a command."""

    settings: EvaluatorSettings
    declared: SignatureLike
    function: Callable[..., Any] | None = None
    """Function given in Python; it is called in this process, without a time limit."""

    def judge(self, precision: str) -> Judge:
        """A judge of programs compiled in a precision; a process is started if need be.

        AzcError if there is no evaluator, or it cannot be started.
        """
        settings = self.settings
        folder = Path(settings.folder or ".").absolute()
        if self.function is not None:
            from azc.evaluators.functions import FunctionCaller

            return Judge(FunctionCaller(self.function, settings, self.declared, precision), settings.cases)
        if settings.python is not None:
            from azc.evaluators.processes import PythonCaller

            begin = {
                "python": settings.python,
                "folder": str(folder),
                "settings": settings,
                "declared": self.declared,
                "precision": precision,
            }
            return Judge(PythonCaller(begin, folder, settings.seconds), settings.cases)
        if settings.command is not None:
            from azc.evaluators.commands import CommandCaller

            caller = CommandCaller(settings.command, folder, settings.seconds, takes_stage=settings.stages)
            return Judge(caller, settings.cases)
        raise AzcError("there is no evaluator; expected evaluator.python, evaluator.command or a function")
