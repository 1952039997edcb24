"""Logger for MLflow: configuration as parameters, metrics over programs scored, programs as artifacts."""

import json
import os
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from azc.errors import AzcError
from azc.language import format_program
from azc.runs.callbacks import Improvement, Progress
from azc.runs.identity import flattened
from azc.runs.loggers import Logger, library, metrics_of, results_of
from azc.search import SearchResult

MAX_PARAMS: Final = 100
"""Maximum number of parameters in one call, as MLflow's server limits it."""
LONGEST_PARAM: Final = 500
"""Maximum characters of a parameter; longer ones are cut, and complete in configuration.json."""


class MLflow(Logger):
    """Logs a run of azc as a run of an MLflow experiment; a step is a program scored.

    Without `tracking_uri` MLflow's own setting or default applies. AzcError if the library is missing or
    cannot write there.
    """

    def __init__(
        self,
        experiment: str = "azc",
        *,
        run_name: str | None = None,
        tracking_uri: str | None = None,
        on_notice: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(on_notice)
        # MLflow prints links to stdout, among a run's result, unless the user has chosen that.
        os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
        client = library("mlflow", "mlflow").MlflowClient
        self._entities = library("mlflow.entities", "mlflow")
        try:
            self._client = client(tracking_uri=tracking_uri)
            self._experiment = self._id_of(experiment)
        except Exception as error:
            # The type of the error depends on MLflow's store.
            raise AzcError(f"MLflow cannot write to {tracking_uri or 'its default path'}: {error}") from None
        self._name, self._run = run_name, ""

    def _id_of(self, experiment: str) -> str:
        known = self._client.get_experiment_by_name(experiment)
        return str(known.experiment_id if known else self._client.create_experiment(experiment))

    def begin(self, settings: Mapping[str, Any]) -> None:
        """Write the configuration."""
        self._run = self._client.create_run(self._experiment, run_name=self._name).info.run_id
        params = [self._entities.Param(name, text) for name, text in parameters(settings).items()]
        for first in range(0, len(params), MAX_PARAMS):
            self._client.log_batch(self._run, params=params[first : first + MAX_PARAMS])
        self._text(json.dumps(settings, indent=2, default=str), "configuration.json")

    def log(self, progress: Progress, best: Improvement | None) -> None:
        """Write a round's metrics, and the best program if it is new."""
        values = metrics_of(progress)
        if best is not None:
            values["best_length"] = float(best.length)
            self._text(best.program, "best.azl")
        self._numbers(values, progress.evals)

    def finish(self, found: SearchResult | None, evals: int) -> None:
        """Write the result, and end MLflow's run."""
        if found is not None:
            self._numbers(results_of(found), evals)
            self._text(format_program(found.program), "result.azl")
            self._client.set_tag(self._run, "ended", found.ended)
        self._client.set_terminated(self._run, "FINISHED" if found is not None else "FAILED")

    def _numbers(self, values: Mapping[str, float], step: int) -> None:
        now = int(time.time() * 1000)
        metrics = [self._entities.Metric(name, value, now, step) for name, value in values.items()]
        self._client.log_batch(self._run, metrics=metrics)

    def _text(self, text: str, name: str) -> None:
        self._client.log_text(self._run, text, name)


def parameters(settings: Mapping[str, Any]) -> dict[str, str]:
    """Values of a configuration as texts, by names that MLflow accepts, like `search.population_size`."""
    texts = flattened(settings)
    return {
        re.sub(r"\[(\d+)\]", r".\1", name): (json.loads(text) if text.startswith('"') else text)[
            :LONGEST_PARAM
        ]
        for name, text in texts.items()
    }
