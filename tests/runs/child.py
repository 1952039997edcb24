"""A run in its own process, for tests that kill it; a run that exists is resumed.

Prints a line of JSON for every round, then one for the result or the error.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from math import inf
from pathlib import Path
from types import MappingProxyType
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))


def main(
    run: str,
    workers: int = 0,
    overrides: Mapping[str, Any] = MappingProxyType({}),
    limits: Sequence[str] = (),
    share: float | None = None,
    commit: float = 0.0,
    pause: float = 0.0,
    kills: Sequence[float] = (),
    config: str | None = None,
) -> None:
    """Start a run with overrides, or of a configuration, or resume it with limits; pause after each round.

    `kills`: for each, a fork of this process begins or resumes the run and is killed after that share of the
    processor time that a whole run's rounds take; then the process itself computes the run.
    """
    from runs.making import EXAMPLE, said, settings, staff

    from azc.errors import AzcError
    from azc.runs import Callback, Progress, RunFolder, recorder, resume, run_search
    from azc.search import load_config

    class Tell(Callback):
        killed_after = 0.0

        def on_ready(self, workers: Any) -> None:
            # Not from the fork on: what a start takes varies more than the rounds do. SIGPROF has no handler.
            signal.setitimer(signal.ITIMER_PROF, self.killed_after)

        def on_round(self, progress: Progress) -> None:
            print(json.dumps({"round": progress.round}), flush=True)
            time.sleep(pause)

    recorder.COMMIT_SECONDS, recorder.SHARE_OF_TIME = commit, inf if share is None else share
    how: dict[str, Any] = {"workers": staff(workers), "callbacks": [tell := Tell()]}

    class Timed(Callback):
        def on_ready(self, workers: Any) -> None:
            self.began = time.process_time()

    def go() -> Any:
        if RunFolder(Path(run)).is_run:
            return resume(run, overrides=limits, **how)
        begun = load_config(config) if config else load_config(EXAMPLE, settings(overrides))
        return run_search(begun, run_dir=run, **how)

    if kills:
        # The first run compiles, so that the forks need not; the second one tells how long the rounds take.
        for name in ("compiles", "timed"):
            timed = Timed()
            begun = load_config(EXAMPLE, settings(overrides))
            run_search(begun, run_dir=Path(run).with_name(name), callbacks=[timed])
            took = time.process_time() - timed.began
    for share_of_run in kills:
        tell.killed_after = share_of_run * took
        _in_a_fork(go)
    tell.killed_after = 0.0
    try:
        found = go()
        print(json.dumps({"ended": found.ended, "result": said(found)}))
    except AzcError as error:
        print(json.dumps({"error": str(error)}))


def _in_a_fork(go: Any) -> None:
    pid = os.fork()
    if pid == 0:
        try:
            go()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
