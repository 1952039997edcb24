"""Dispatch of rounds: the same rounds in any order of outcomes and after any losses of workers."""

from collections.abc import Mapping
from concurrent.futures import BrokenExecutor, CancelledError, Future
from concurrent.futures.process import BrokenProcessPool
from hashlib import sha256
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from azc.errors import AzcError
from azc.runs import dispatch as room
from azc.runs.dispatch import AHEAD, MAX_FAILURES, Dispatch
from azc.search.archipelago import TOPOLOGIES

LOSSES = (BrokenExecutor, BrokenProcessPool, CancelledError, ConnectionResetError)
ROUNDS = 6
JobKey = tuple[int, int]


@attrs.frozen
class Job:
    """A round of an island, and the states that it depends on."""

    number: int
    round: int
    inputs: tuple[str, ...]


def advance(job: Job) -> str:
    """An island's state after a round: a hash of the job."""
    return sha256(repr(job).encode()).hexdigest()[:8]


@attrs.frozen
class Islands:
    """Stand-in for an archipelago."""

    size: int
    topology: str

    def sources(self, number: int, round_number: int) -> list[int]:
        """Islands that send migrants to this one."""
        if round_number == 1 or self.size == 1:
            return []
        return TOPOLOGIES[self.topology](number, self.size, 7, round_number)

    def kind_of(self, number: int) -> int:
        """All islands are of kind 0."""
        return 0

    def job(self, number: int, round_number: int, states: Mapping[int, str], round_evals: int) -> Job:
        """A job with the states of the island and its sources."""
        needed = [] if round_number == 1 else [number, *self.sources(number, round_number)]
        return Job(number, round_number, tuple(states[n] for n in needed))


def serial(islands: Islands, rounds: int) -> list[list[str]]:
    """States of the islands after each round, computed one round after another."""
    states: dict[int, str] = {}
    found = []
    for round_number in range(1, rounds + 1):
        states = {n: advance(islands.job(n, round_number, states, 1)) for n in range(islands.size)}
        found.append([*states.values()])
    return found


class Watched(Future):
    """A future that records when its result is fetched."""

    def __init__(self, key: JobKey, taken: set[JobKey]):
        super().__init__()
        self.key, self.taken = key, taken

    def result(self, timeout: float | None = None) -> Any:
        """The result; from now on the job counts as done."""
        outcome = super().result(timeout)
        self.taken.add(self.key)
        return outcome


@attrs.define(eq=False)
class Shaky:
    """Workers that do jobs in any order and lose some; they assert that each submitted job is allowed."""

    islands: Islands
    width: int
    random: Random
    loss: float = 0.0
    cursed: JobKey | None = None
    """A job that is always lost."""
    ending_from: int | None = None
    """The last round, if the run is to end; known when the round before it is complete."""
    given: list[JobKey] = attrs.field(factory=list)
    out: dict[Any, Job] = attrs.field(factory=dict)
    taken: set[JobKey] = attrs.field(factory=set)
    _complete: int = 0
    losses: dict[JobKey, int] = attrs.field(factory=dict)
    mended: int = 0

    @property
    def complete(self) -> int:
        """The last complete round."""
        while all((self._complete + 1, number) in self.taken for number in range(self.islands.size)):
            self._complete += 1
        return self._complete

    def ending(self) -> bool:
        """Whether the next complete round is the last."""
        return self.ending_from is not None and self.complete >= self.ending_from - 1

    def submit(self, kind: int, job: Job) -> Any:
        """Accept a job, or fail at once as a lost worker does."""
        key = job.round, job.number
        assert key not in self.taken, "it was done before"
        assert job not in self.out.values(), "it is given out already"
        assert len(self.out) < self.width
        assert job.round <= self.complete + AHEAD
        assert self.ending_from is None or not self.ending() or job.round <= self.ending_from
        self.given.append(key)
        if self.is_lost(key, 0.3):
            raise self.random.choice(LOSSES)("at once")
        future = Watched(key, self.taken)
        self.out[future] = job
        return future

    def is_lost(self, key: JobKey, share: float = 1.0) -> bool:
        """Whether a job is lost now; fewer than MAX_FAILURES times, unless it is cursed."""
        if key == self.cursed:
            return share == 1.0
        lost = self.losses.get(key, 0)
        if lost >= MAX_FAILURES - 1 or self.random.random() >= self.loss * share:
            return False
        self.losses[key] = lost + 1
        return True

    def wait(self, futures: Any, timeout: float, until: str) -> tuple[set[Any], set[Any]]:
        """Stand-in for `wait`: end a random number of jobs, possibly none."""
        assert set(futures) == set(self.out)
        chosen = self.random.sample([*self.out], self.random.randint(0, len(self.out)))
        for future in chosen:
            job = self.out.pop(future)
            if self.is_lost(future.key):
                future.set_exception(self.random.choice(LOSSES)("while it ran"))
            else:
                future.set_result(SimpleNamespace(island=advance(job)))
        return set(chosen), set(self.out)

    def mend(self) -> None:
        """Drop all pending jobs."""
        self.out.clear()
        self.mended += 1

    def ready(self, on_notice: Any) -> int:
        """All workers are ready at once."""
        return self.width

    def close(self) -> None:
        """Nothing to close."""


def rounds_of(workers: Shaky, count: int, **options: Any) -> list[list[str]]:
    """States of the islands after each of the first `count` rounds of a dispatch."""
    told: list[str] = []
    dispatch = Dispatch(workers.islands, workers, 1, ending=workers.ending, on_loss=told.append, **options)
    first = options.get("first", 1)
    found = []
    with patch.object(room, "wait", workers.wait):
        for round_number in dispatch:
            assert round_number.number == first + len(found)
            assert workers.complete >= round_number.number or first > 1
            found.append([outcome.island for outcome in round_number.outcomes])
            if len(found) == count:
                break
    assert len(told) == workers.mended
    return found


def shaky(**options: Any) -> st.SearchStrategy[Shaky]:
    """Workers for a random archipelago."""
    islands = st.builds(Islands, st.integers(1, 7), st.sampled_from([*TOPOLOGIES]))
    return st.builds(Shaky, islands, st.integers(1, 8), st.integers(0, 2**32).map(Random), **options)


@given(workers=shaky())
def test_rounds_equal_serial_rounds(workers: Shaky) -> None:
    """Rounds equal those computed serially, in any order of outcomes; no job is submitted twice."""
    assert rounds_of(workers, ROUNDS) == serial(workers.islands, ROUNDS)
    assert len(workers.given) == len(set(workers.given))


@given(workers=shaky(loss=st.floats(0.0, 0.5)))
def test_losses_change_nothing(workers: Shaky) -> None:
    """Lost jobs are submitted again, and the rounds stay the same."""
    assert rounds_of(workers, ROUNDS) == serial(workers.islands, ROUNDS)
    assert bool(workers.mended) == bool(workers.losses)


@given(workers=shaky(loss=st.sampled_from([0.0, 0.2]), ending_from=st.integers(1, ROUNDS)))
def test_no_job_after_the_last_round(workers: Shaky) -> None:
    """No job of a later round is submitted once the next complete round is to be the last."""
    last = workers.ending_from
    assert last is not None
    assert rounds_of(workers, last) == serial(workers.islands, last)
    assert not workers.out or max(job.round for job in workers.out.values()) <= last + AHEAD - 1


@given(workers=shaky(), before=st.integers(1, 3))
def test_rounds_from_a_checkpoint(workers: Shaky, before: int) -> None:
    """Rounds from a checkpoint's states equal the rest of an uninterrupted run."""
    whole = serial(workers.islands, before + 3)
    workers.taken |= {(e, n) for e in range(1, before + 1) for n in range(workers.islands.size)}
    found = rounds_of(workers, 3, first=before + 1, islands=whole[before - 1])
    assert found == whole[before:]


@given(workers=shaky(), data=st.data())
def test_job_that_is_always_lost(workers: Shaky, data: st.DataObject) -> None:
    """A job that is always lost ends the run with an error that names it."""
    round_number = data.draw(st.integers(1, 3))
    number = data.draw(st.integers(0, workers.islands.size - 1))
    workers.cursed = round_number, number
    with pytest.raises(AzcError, match=rf"island {number}, round {round_number}: .*{MAX_FAILURES} times"):
        rounds_of(workers, ROUNDS)
    assert workers.mended < MAX_FAILURES + workers.width.bit_length()


@given(workers=shaky(), data=st.data())
def test_only_the_job_that_breaks_the_pool_is_blamed(workers: Shaky, data: st.DataObject) -> None:
    """A job that always breaks the pool is named in the error, not the jobs lost along with it."""
    round_number = data.draw(st.integers(1, 3))
    number = data.draw(st.integers(0, workers.islands.size - 1))
    cursed = round_number, number

    def breaks(futures: Any, timeout: float, until: str) -> tuple[set[Any], set[Any]]:
        broken = any(future.key == cursed for future in workers.out)
        done = {*workers.out} if broken else {workers.random.choice([*workers.out])}
        for future in done:
            job = workers.out.pop(future)
            if broken:
                future.set_exception(BrokenProcessPool())
            else:
                future.set_result(SimpleNamespace(island=advance(job)))
        return done, set(workers.out)

    with (
        patch.object(Shaky, "wait", lambda workers, *how: breaks(*how)),
        pytest.raises(AzcError, match=rf"^island {number}, round {round_number}: "),
    ):
        rounds_of(workers, ROUNDS)
    assert workers.mended < MAX_FAILURES + workers.width.bit_length()


@given(workers=shaky())
def test_memory_does_not_grow_with_rounds(workers: Shaky) -> None:
    """A dispatch stores entries of at most AHEAD + 1 rounds."""
    dispatch = Dispatch(workers.islands, workers, 1)
    with patch.object(room, "wait", workers.wait):
        for round_number in dispatch:
            if round_number.number == 20:
                break
    kept = [getattr(dispatch, field.name) for field in attrs.fields(Dispatch) if field.name.startswith("_")]
    assert all(len(values) <= (AHEAD + 1) * workers.islands.size for values in kept)


def test_notice_of_a_loss_says_what_happened() -> None:
    """The notice of a loss names the error's class if the error has no text."""
    workers, told = Shaky(Islands(1, "none"), 1, Random(1)), list[str]()
    dispatch = Dispatch(workers.islands, workers, 1, on_loss=told.append)
    dispatch._lost((1, 0), CancelledError())
    assert told == ["a worker was lost (CancelledError); its round runs again"]
