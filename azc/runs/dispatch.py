"""Dispatch of rounds: a job is submitted as soon as its inputs exist, so that slow islands delay few others.

An island may be a few rounds ahead of others; its rounds after the end of the run are dropped. Results
depend neither on the order in which jobs end nor on failures.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from heapq import heappop, heappush
from time import perf_counter
from typing import Final

import attrs

from azc.errors import AzcError
from azc.runs.workers import LOST, Workers
from azc.search import Archipelago, Island, Outcome

AHEAD: Final = 8
"""Maximum number of rounds that an island may be ahead of the last complete one."""
MAX_FAILURES: Final = 3
"""Maximum number of times that a job may be lost while it was the only one given out."""
WAIT_SECONDS: Final = 0.5
"""Longest wait for an outcome at a time, so that Ctrl-C is heard."""
JobKey = tuple[int, int]
"""Round and island."""


@attrs.frozen(eq=False)
class Round:
    """A complete round."""

    number: int
    outcomes: list[Outcome]
    """By island."""


@attrs.define(eq=False)
class Dispatch:
    """The rounds of an archipelago, beginning with round `first`.

    islands: their states after the round before; None at the beginning of a run.
    """

    archipelago: Archipelago
    workers: Workers
    round_evals: int
    first: int = 1
    islands: list[Island] | None = None
    ending: Callable[[], bool] = lambda: False
    """Whether the next complete round is to be the last."""
    on_loss: Callable[[str], None] = lambda sentence: None
    check: Callable[[int, int, Outcome], None] = lambda number, round_number, outcome: None
    """Called with island, round and outcome; raises an error if the outcome is unsound."""
    idle_seconds: float = 0.0
    """Seconds spent waiting for lost workers to be replaced."""
    _done: dict[JobKey, Outcome] = attrs.field(factory=dict)
    _states: dict[int, dict[int, Island]] = attrs.field(factory=dict)
    """By round and island."""
    _ready: list[JobKey] = attrs.field(factory=list)
    _missing: dict[JobKey, int] = attrs.field(factory=dict)
    """Number of states that a job still waits for."""
    _waiting: dict[JobKey, list[JobKey]] = attrs.field(factory=dict)
    """Jobs that wait for a state."""
    _out: dict["Future[Outcome]", JobKey] = attrs.field(factory=dict)
    _suspected: dict[JobKey, int] = attrs.field(factory=dict)
    """Number of times that a job was lost with others, any of which may have killed the worker."""
    _failures: dict[JobKey, int] = attrs.field(factory=dict)
    """Number of times that a job was lost alone."""

    def __iter__(self) -> Iterator[Round]:
        """Yield complete rounds in order, without end."""
        numbers = range(self.archipelago.size)
        before = self.first - 1
        self._states[before] = dict(enumerate(self.islands or []))
        for round_number in range(self.first, self.first + AHEAD):
            self._open(round_number)
        round_number = self.first
        while True:
            while any((round_number, number) not in self._done for number in numbers):
                self._submit(round_number)
                self._collect()
            self._open(round_number + AHEAD)
            # Jobs of the next round are submitted before the caller handles this one, lest workers idle.
            if self.workers.width > 1 and not self.ending():
                self._submit(round_number + 1)
            yield Round(round_number, [self._done.pop((round_number, number)) for number in numbers])
            del self._states[round_number - 1]
            round_number += 1

    def _open(self, round_number: int) -> None:
        """Queue a round's jobs: ready ones at once, others when the states that they need exist."""
        there = self._states.setdefault(round_number - 1, {})
        for number in range(self.archipelago.size):
            needed = {number, *self.archipelago.sources(number, round_number)} if round_number > 1 else set()
            missing = [(round_number - 1, n) for n in needed if n not in there]
            if missing:
                self._missing[round_number, number] = len(missing)
            for key in missing:
                self._waiting.setdefault(key, []).append((round_number, number))
            if not missing:
                heappush(self._ready, (round_number, number))

    def _submit(self, current: int) -> None:
        """Submit ready jobs, those of early rounds first."""
        last = current if self.ending() else current + AHEAD
        while self._ready and len(self._out) < self._width() and self._ready[0][0] <= last:
            round_number, number = heappop(self._ready)
            job = self.archipelago.job(number, round_number, self._states[round_number - 1], self.round_evals)
            kind = self.archipelago.kind_of(number)
            try:
                self._out[self.workers.submit(kind, job)] = (round_number, number)
            except LOST as error:
                self._lost((round_number, number), error)

    def _width(self) -> int:
        """Maximum number of pending jobs; halved after each loss, to isolate the job that kills workers."""
        return max(1, self.workers.width >> max(self._suspected.values(), default=0))

    def _collect(self) -> None:
        """Wait for a job to end, and store its outcome; wake the jobs that waited for it."""
        done, _ = wait(self._out, WAIT_SECONDS, FIRST_COMPLETED)
        for future in done:
            key = self._out.pop(future)
            try:
                outcome = future.result()
            except LOST as error:
                self._lost(key, error)
                return
            self.check(key[1], key[0], outcome)
            for counts in (self._suspected, self._failures):
                counts.pop(key, None)
            self._done[key] = outcome
            self._states.setdefault(key[0], {})[key[1]] = outcome.island
            for job in self._waiting.pop(key, []):
                self._missing[job] -= 1
                if not self._missing[job]:
                    del self._missing[job]
                    heappush(self._ready, job)

    def _lost(self, key: JobKey, error: BaseException) -> None:
        """Queue a lost job again, with all other pending ones, and mend the workers.

        AzcError if the job was lost too often while it was the only one.
        """
        again = [key, *self._out.values()]
        self._out.clear()
        counts = self._failures if len(again) == 1 else self._suspected
        for lost in again:
            heappush(self._ready, lost)
            counts[lost] = counts.get(lost, 0) + 1
        if self._failures.get(key, 0) >= MAX_FAILURES:
            raise AzcError(
                f"island {key[1]}, round {key[0]}: its worker was lost {MAX_FAILURES} times, the "
                f"last with {error!r}; is there enough memory? The last checkpoint is kept"
            )
        self.on_loss(f"a worker was lost ({str(error) or type(error).__name__}); its round runs again")
        began = perf_counter()
        self.workers.mend()
        self.idle_seconds += perf_counter() - began
