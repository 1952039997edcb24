"""Rounds given out: the same sequence in whatever order jobs end, whoever is lost."""

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
    """A round of an island: what it depends on."""

    number: int
    round: int
    inputs: tuple[str, ...]


def advance(job: Job) -> str:
    """An island after a round, as a function of the job."""
    return sha256(repr(job).encode()).hexdigest()[:8]


@attrs.frozen
class Islands:
    """Stands in for an archipelago."""

    size: int
    topology: str

    def sources(self, number: int, round_number: int) -> list[int]:
        """From where migrants come."""
        if round_number == 1 or self.size == 1:
            return []
        return TOPOLOGIES[self.topology](number, self.size, 7, round_number)

    def kind_of(self, number: int) -> int:
        """One kind."""
        return 0

    def job(self, number: int, round_number: int, states: Mapping[int, str], round_evals: int) -> Job:
        """What is computed of an island and its sources."""
        needed = [] if round_number == 1 else [number, *self.sources(number, round_number)]
        return Job(number, round_number, tuple(states[n] for n in needed))


def serial(islands: Islands, rounds: int) -> list[list[str]]:
    """The islands after each round, one after the other."""
    states: dict[int, str] = {}
    found = []
    for round_number in range(1, rounds + 1):
        states = {n: advance(islands.job(n, round_number, states, 1)) for n in range(islands.size)}
        found.append([*states.values()])
    return found


class Watched(Future):
    """A future that says when its result was taken."""

    def __init__(self, key: JobKey, taken: set[JobKey]):
        super().__init__()
        self.key, self.taken = key, taken

    def result(self, timeout: float | None = None) -> Any:
        """The result, which counts from now on."""
        outcome = super().result(timeout)
        self.taken.add(self.key)
        return outcome


@attrs.define(eq=False)
class Shaky:
    """Workers that do jobs in any order, and lose some; they see that nobody asks what he may not."""

    islands: Islands
    width: int
    random: Random
    loss: float = 0.0
    cursed: JobKey | None = None
    """A job that is always lost."""
    ending_from: int | None = None
    """The last round, wished for in time."""
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
        """Whether the wish to end was heard."""
        return self.ending_from is not None and self.complete >= self.ending_from - 1

    def submit(self, kind: int, job: Job) -> Any:
        """Take a job, or be lost at once."""
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
        """Whether a job is lost now; never so often that it is given up, unless it is cursed."""
        if key == self.cursed:
            return share == 1.0
        lost = self.losses.get(key, 0)
        if lost >= MAX_FAILURES - 1 or self.random.random() >= self.loss * share:
            return False
        self.losses[key] = lost + 1
        return True

    def wait(self, futures: Any, timeout: float, until: str) -> tuple[set[Any], set[Any]]:
        """Stands in for waiting: let a few jobs end, at times none."""
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
        """Whatever is out is lost."""
        self.out.clear()
        self.mended += 1

    def ready(self, on_notice: Any) -> int:
        """Always."""
        return self.width

    def close(self) -> None:
        """Nothing to close."""


def rounds_of(workers: Shaky, count: int, **options: Any) -> list[list[str]]:
    """The islands after each of the first rounds, as they were given out."""
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
    """Workers for some archipelago."""
    islands = st.builds(Islands, st.integers(1, 7), st.sampled_from([*TOPOLOGIES]))
    return st.builds(Shaky, islands, st.integers(1, 8), st.integers(0, 2**32).map(Random), **options)


@given(workers=shaky())
def test_rounds_are_those_of_one_after_the_other(workers: Shaky) -> None:
    """In whatever order jobs end, rounds are as if each waited for the one before; nothing is done twice."""
    assert rounds_of(workers, ROUNDS) == serial(workers.islands, ROUNDS)
    assert len(workers.given) == len(set(workers.given))


@given(workers=shaky(loss=st.floats(0.0, 0.5)))
def test_losses_change_nothing(workers: Shaky) -> None:
    """Lost jobs are given out again, and rounds come out the same."""
    assert rounds_of(workers, ROUNDS) == serial(workers.islands, ROUNDS)
    assert bool(workers.mended) == bool(workers.losses)


@given(workers=shaky(loss=st.sampled_from([0.0, 0.2]), ending_from=st.integers(1, ROUNDS)))
def test_no_round_begins_that_would_not_count(workers: Shaky) -> None:
    """Once the next complete round is to be the last, nothing of a later one is given out."""
    last = workers.ending_from
    assert last is not None
    assert rounds_of(workers, last) == serial(workers.islands, last)
    assert not workers.out or max(job.round for job in workers.out.values()) <= last + AHEAD - 1


@given(workers=shaky(), before=st.integers(1, 3))
def test_from_a_checkpoint(workers: Shaky, before: int) -> None:
    """From the islands of a round on, the rest is what it would have been."""
    whole = serial(workers.islands, before + 3)
    workers.taken |= {(e, n) for e in range(1, before + 1) for n in range(workers.islands.size)}
    found = rounds_of(workers, 3, first=before + 1, islands=whole[before - 1])
    assert found == whole[before:]


@given(workers=shaky(), data=st.data())
def test_job_that_is_always_lost(workers: Shaky, data: st.DataObject) -> None:
    """What is lost again and again is not given out for ever: the error names it."""
    round_number = data.draw(st.integers(1, 3))
    number = data.draw(st.integers(0, workers.islands.size - 1))
    workers.cursed = round_number, number
    with pytest.raises(AzcError, match=rf"island {number}, round {round_number}: .*{MAX_FAILURES} times"):
        rounds_of(workers, ROUNDS)
    assert workers.mended < MAX_FAILURES + workers.width.bit_length()


@given(workers=shaky(), data=st.data())
def test_who_was_with_a_job_that_is_always_lost_is_not_blamed(workers: Shaky, data: st.DataObject) -> None:
    """Where all that is in hand is lost with it, as when a pool of processes breaks."""
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
def test_nothing_is_kept_of_rounds_that_are_over(workers: Shaky) -> None:
    """What is remembered of a run does not grow with its length."""
    dispatch = Dispatch(workers.islands, workers, 1)
    with patch.object(room, "wait", workers.wait):
        for round_number in dispatch:
            if round_number.number == 20:
                break
    kept = [getattr(dispatch, field.name) for field in attrs.fields(Dispatch) if field.name.startswith("_")]
    assert all(len(values) <= (AHEAD + 1) * workers.islands.size for values in kept)


def test_notice_of_a_loss_says_what_happened() -> None:
    """An error without a text is told by its name."""
    workers, told = Shaky(Islands(1, "none"), 1, Random(1)), list[str]()
    dispatch = Dispatch(workers.islands, workers, 1, on_loss=told.append)
    dispatch._lost((1, 0), CancelledError())
    assert told == ["a worker was lost (CancelledError); its round runs again"]
