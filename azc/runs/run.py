"""Run: processes complete rounds in order until a limit, a callback or a signal ends it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from math import inf, isnan
from time import perf_counter
from typing import Any, Final

import attrs

from azc.errors import AzcError
from azc.evaluators import FAILURES
from azc.ir import Signature, SignatureLike
from azc.language import parse
from azc.runs.callbacks import Callback, Improvement, Progress
from azc.runs.checkpoints import Checkpoint
from azc.runs.dispatch import Dispatch, Round
from azc.runs.hall_of_fame import Candidate, Entry, candidates, entered, listed
from azc.runs.recorder import NoRecorder, Recorder
from azc.runs.records import failure_rows, improvement_rows, round_rows
from azc.runs.selection import Offer, Selection
from azc.runs.stopping import Signals
from azc.runs.workers import Notice, Workers
from azc.search import (
    COUNTS,
    LIMITS,
    Archipelago,
    Best,
    Coding,
    Config,
    Genome,
    Island,
    Outcome,
    Sizes,
    best_of_island,
    coding_of,
    island_faults,
    outcome_faults,
)

MAX_OFFERED: Final = 100
"""Maximum number of islands whose bests are scored on the select tasks at the end."""


@attrs.frozen(eq=False)
class Totals:
    """Counts and bests of a run after a round."""

    round: int = 0
    evals: int = 0
    seconds: float = 0.0
    improvements: int = 0
    best_fitness: float = -inf
    best_evals: int = 0
    """Programs scored in the run when the best fitness last improved."""
    counts: dict[str, int] = attrs.field(factory=dict)
    hall: tuple[Entry, ...] = ()
    cut_by: dict[str, float] = attrs.field(factory=dict)
    """Limits that have cut an island's round short so far, with their values at the time."""


def totals_of(values: Mapping[str, Any], kinds: int, signature: Signature | None = None) -> Totals:
    """Totals in a checkpoint of a run with `kinds` kinds of islands; ValueError if they are unsound.

    signature: that of the programs; None for supervised learning.
    """
    values = {name: value for name, value in values.items() if name != "selection"}
    try:
        hall = tuple(Entry(**entry) for entry in values["hall"])
        totals = Totals(**{**values, "hall": hall})
    except (TypeError, KeyError) as error:
        raise ValueError(f"its totals are unsound: {error}") from None
    counts = [getattr(totals, name) for name in ("round", "evals", "improvements", "best_evals")]
    counts += [
        *totals.counts.values(),
        *(n for e in hall for n in (e.length, e.island, e.evaluation, e.kind)),
    ]
    scores = [totals.seconds, totals.best_fitness, *(e.fitness for e in hall), *totals.cut_by.values()]
    sound = (
        all(type(count) is int and count >= 0 for count in counts)
        and all(isinstance(score, int | float) and not isnan(score) for score in scores)
        and all(entry.kind < kinds for entry in hall)
        and set(totals.counts) <= {*COUNTS, *FAILURES}
        and set(totals.cut_by) <= set(LIMITS)
        and 0 <= totals.seconds < inf
    )
    if not sound:
        raise ValueError("its totals have impossible numbers")
    for entry in hall:
        parse(entry.program, signature=signature)
    return totals


def _verify_selection(values: Mapping[str, Any], kinds: int, declared: SignatureLike) -> None:
    """Raise an error of any type if a checkpoint's selection is unsound."""
    made = Selection(None, declared)
    made.restore(dict(values))
    whole = [made.individual, made.kind, *chain(*values["last"])]
    if not all(type(number) is int and number >= 0 for number in whole) or made.kind >= kinds:
        raise ValueError("its selection has impossible numbers")
    if any(
        not isinstance(score, float | int) or isnan(score) for score in (made.fitness, made.search_fitness)
    ):
        raise ValueError("its selection has a fitness that is not a number")


@attrs.define(eq=False)
class Run:
    """A run in progress."""

    config: Config
    workers: Workers
    recorder: Recorder | NoRecorder
    callbacks: Sequence[Callback]
    selection: Selection
    archipelago: Archipelago
    totals: Totals = attrs.field(factory=Totals)
    islands: list[Island] | None = None
    signals: Signals = attrs.field(factory=Signals)
    stopped: bool = False
    """Whether a callback ended the run."""
    most_offered: int = 1
    """Maximum number of programs of fronts and runners-up that are scored after a round."""
    _before: float = 0.0
    """Seconds of search in earlier starts."""
    _began: float = 0.0
    _evals_before: int = 0
    _dispatch: Dispatch | None = None

    def compute(self, on_loss: Notice) -> str:
        """Compute rounds until the run ends; return the reason."""
        self.signals.awaited = "this round"
        self._start_clock()
        self._dispatch = Dispatch(
            self.archipelago,
            self.workers,
            self.config.params.run.round_evals or 1,
            first=self.totals.round + 1,
            islands=self.islands,
            ending=lambda: bool(self.signals.asked) or self.stopped or self._seconds_left() <= 0,
            on_loss=on_loss,
            check=self._check_outcome,
        )
        rounds = iter(self._dispatch)
        while not (why := self.ended()):
            self._take(next(rounds))
        self.signals.awaited = "its result is scored"
        return why

    def _check_outcome(self, number: int, round_number: int, outcome: Outcome) -> None:
        """Raise AzcError if a worker returned an unsound outcome."""
        params = self.config.kinds[self.archipelago.kind_of(number)].params
        if found := list(outcome_faults(outcome, params, number)):
            raise AzcError(
                f"island {number}, round {round_number}: its worker returned an unsound outcome: "
                f"{'; '.join(found)}; has it another version of azc, or faulty memory? The last checkpoint "
                "is kept"
            )

    def _start_clock(self) -> None:
        self._began, self._before = perf_counter(), self.totals.seconds
        self._evals_before = self.totals.evals

    def ended(self) -> str:
        """Reason why the run ends now, as `SearchResult.ended` names it; the empty string if it continues."""
        limits, totals = self.config.params.limits, self.totals
        ends = {
            "target": self.selection.fitness >= limits.target_fitness,
            "max_evals": limits.max_evals is not None and totals.evals >= limits.max_evals,
            "max_seconds": limits.max_seconds is not None and totals.seconds >= limits.max_seconds,
            "patience": limits.patience is not None and totals.evals - totals.best_evals >= limits.patience,
            "callback": self.stopped,
            self.signals.asked: bool(self.signals.asked),
        }
        return next((why for why, holds in ends.items() if holds), "")

    def _seconds(self) -> float:
        """Seconds of search over all starts, without time spent waiting for lost workers."""
        idle = self._dispatch.idle_seconds if self._dispatch is not None else 0.0
        return self._before + perf_counter() - self._began - idle

    def _seconds_left(self) -> float:
        limit = self.config.params.limits.max_seconds
        return inf if limit is None else limit - self._seconds()

    def _take(self, finished: Round) -> None:
        """Process a complete round: record it, update totals and selection, call the callbacks."""
        seconds = self._seconds()
        evals_before = [island.evals for island in self.islands or []] or [0] * self.archipelago.size
        improvements = self._improvements(finished, evals_before, seconds)
        rows = round_rows(finished, self.config.params.program.signature.keys, seconds)
        self.islands = [outcome.island for outcome in finished.outcomes]
        best = max((row["fitness"] for row in improvements if row["run_record"]), default=-inf)
        old, evals = self.totals, sum(island.evals for island in self.islands)
        self.totals = Totals(
            round=finished.number,
            evals=evals,
            seconds=seconds,
            improvements=old.improvements + len(improvements),
            best_fitness=max(old.best_fitness, best),
            best_evals=evals if best > old.best_fitness else old.best_evals,
            counts=_sum([old.counts, *(outcome.counts for outcome in finished.outcomes)]),
            hall=entered(old.hall, self._candidates(finished), self._coding, self._declared),
            cut_by={**self._cutting(evals_before), **old.cut_by},
        )
        self._select(finished)
        self.recorder.note(rounds=rows, improvements=improvements, failures=failure_rows(finished))
        told = [_improvement(row) for row in improvements]
        progress = self.progress(rows)
        for callback in self.callbacks:
            # Every callback gets every event, even if one of them ends the run.
            wishes = [callback.on_improvement(improvement) for improvement in told]
            self.stopped |= any([*wishes, callback.on_round(progress)])
        self.recorder.maybe_save(self.checkpoint)

    def _candidates(self, finished: Round) -> Iterator[Candidate]:
        for number, outcome in enumerate(finished.outcomes):
            if self._is_comparable(number):
                yield from candidates(outcome, self.archipelago.kind_of(number))

    def _is_comparable(self, number: int) -> bool:
        """Whether an island's fitness counts for the best fitness, patience and hall of fame of the run."""
        return self.archipelago.kind_of(number) in self.config.comparable

    @property
    def _coding(self) -> Coding:
        return coding_of(self.config.params.program)

    @property
    def _declared(self) -> SignatureLike:
        return self.config.params.program.declared

    def _cutting(self, evals_before: Sequence[int]) -> dict[str, float]:
        """Limits that may have cut an island's round short, with their values.

        With several offspring at a time, the state of an island that reached its share does not tell whether
        its round would have ended there anyway.
        """
        found = dict[str, float]()
        target, most = self.config.params.limits.target_fitness, self.config.params.limits.max_evals
        for number, (island, before) in enumerate(zip(self.islands or [], evals_before, strict=True)):
            share = self.archipelago.share(number)
            scored = island.evals - before
            missing = scored < (self.config.params.run.round_evals or 1)
            strategy = self.config.kinds[self.archipelago.kind_of(number)].params.island.strategy
            several = strategy.n_offspring > 1 or self.config.evaluator is not None
            if most is not None and share is not None and island.evals >= share and (missing or several):
                found["max_evals"] = most
            if missing and island.best_fitness >= target:
                found["target_fitness"] = target
        return found

    def _improvements(
        self, finished: Round, evals_before: Sequence[int], seconds: float
    ) -> list[dict[str, Any]]:
        best, rows = self.totals.best_fitness, list[dict[str, Any]]()
        for row in improvement_rows(finished, evals_before, self._coding, self._declared, seconds):
            better = row["fitness"] > best and self._is_comparable(row["island"])
            best = row["fitness"] if better else best
            number = self.totals.improvements + len(rows) + 1
            rows.append({**row, "number": number, "run_record": int(better)})
        return rows

    def _select(self, finished: Round) -> None:
        """Score on the select tasks: bests of ended experiments or at the target, fronts and runners-up.

        A front as soon as it is there: where search tasks are few, what is best on them in the end has
        learned them by heart. Runners-up, since among many of nearly equal fitness chance decides which is
        best on the search tasks.
        """
        for number, outcome in enumerate(finished.outcomes):
            for best in outcome.ended:
                self._offer(self.selection, number, best)
            if outcome.island.best_fitness >= self.config.params.limits.target_fitness:
                self._offer(self.selection, number, best_of_island(outcome.island))
        left: float = self.most_offered
        for of_front in (True, False):
            for number in self._in_turn(finished.number):
                left = self._offer_best(finished.outcomes[number], number, of_front, left)
        self.selection.end_round()

    def _in_turn(self, round_number: int) -> list[int]:
        """The islands, in each round another one first."""
        size = self.archipelago.size
        return [(round_number + number) % size for number in range(size)]

    def _offer_best(self, outcome: Outcome, number: int, of_front: bool, most: float) -> float:
        """Offer an island's front or its runners-up; how many more could be scored."""
        kind = self.archipelago.kind_of(number)
        if not self.config.kinds[kind].params.island.strategy.offers_front:
            return most
        # Of the front the longest first, so that of equals the shortest is kept.
        rows = [*listed(outcome.front)][::-1] if of_front else listed(outcome.runners_up)
        offers = (self._offer_of(*row) for row in rows)
        return self.selection.offer(offers, number, kind, most=most, better=not of_front)

    def _offer(self, selection: Selection, number: int, best: Best) -> None:
        """Offer an island's best to the selection, unless the island has none yet."""
        if best.fitness > -inf:
            offers = [self._offer_of(best.lineage[0], best.fitness, best.genome, best.sizes)]
            selection.offer(offers, number, self.archipelago.kind_of(number))

    def _offer_of(self, lineage: Any, fitness: float, genome: Genome, sizes: Sizes) -> Offer:
        return Offer(int(lineage["id"]), fitness, partial(self._coding.unpack, genome, sizes))

    def checkpoint(self) -> Checkpoint:
        """Checkpoint of the run, from which it can resume."""
        totals = attrs.asdict(self.totals)
        return Checkpoint(
            self.totals.round, self.islands or [], totals | {"selection": self.selection.to_dict()}
        )

    def verify(self, checkpoint: Checkpoint) -> None:
        """Raise an error of any type if a checkpoint does not fit this run."""
        if len(checkpoint.islands) != self.archipelago.size:
            raise ValueError(f"it has {len(checkpoint.islands)} islands, expected {self.archipelago.size}")
        for number, island in enumerate(checkpoint.islands):
            kind = self.config.kinds[self.archipelago.kind_of(number)]
            if found := list(island_faults(island, kind.params, number)):
                raise ValueError(f"island {number}: {'; '.join(found)}")
        signature = self.config.params.program.own_signature
        totals = totals_of(checkpoint.totals, len(self.config.kinds), signature)
        _verify_selection(checkpoint.totals["selection"], len(self.config.kinds), self._declared)
        evals = sum(island.evals for island in checkpoint.islands)
        if (totals.round, totals.evals) != (checkpoint.round, evals):
            raise ValueError(
                f"its totals are of round {totals.round} and {totals.evals} programs, its islands of round "
                f"{checkpoint.round} and {evals}"
            )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Restore the run from a checkpoint."""
        self.selection.restore(checkpoint.totals["selection"])
        signature = self.config.params.program.own_signature
        self.totals = totals_of(checkpoint.totals, len(self.config.kinds), signature)
        self.islands = checkpoint.islands
        self._start_clock()

    def selected(self) -> Selection:
        """Copy of the selection, after the best programs of all islands were offered to it."""
        selection = self.selection.copy()
        islands = sorted(enumerate(self.islands or []), key=lambda pair: -pair[1].best_fitness)
        for number, island in reversed(islands[:MAX_OFFERED]):
            self._offer(selection, number, best_of_island(island))
        return selection

    def progress(self, rows: Sequence[dict[str, Any]]) -> Progress:
        """Progress of the run; `rows`: those of the history for its last round."""
        totals = self.totals
        spent = totals.seconds - self._before
        rate = (totals.evals - self._evals_before) / spent if spent > 0 else 0.0
        most = self.config.params.limits.max_evals
        left = min(self._seconds_left(), inf if most is None or not rate else (most - totals.evals) / rate)
        medians = sorted(row["fitness_50"] for row in rows if self._is_comparable(row["island"]))
        return Progress(
            round=totals.round,
            evals=totals.evals,
            seconds=totals.seconds,
            evals_per_second=rate,
            best_fitness=totals.best_fitness,
            median_fitness=medians[len(medians) // 2],
            select_fitness=self.selection.select_fitness,
            selected=self.selection.program,
            experiments=sum(row["experiment"] for row in rows),
            n_islands=len(rows),
            time_left=None if left == inf else max(0.0, left),
            hall_of_fame=totals.hall,
            counts=totals.counts,
            rows=tuple(rows),
        )


def _sum(counts: Sequence[dict[str, int]]) -> dict[str, int]:
    names = dict.fromkeys(name for count in counts for name in count)
    return {name: sum(count.get(name, 0) for count in counts) for name in names}


def _improvement(row: dict[str, Any]) -> Improvement:
    names = [field.name for field in attrs.fields(Improvement)]
    values = {name: row[name] for name in names}
    return Improvement(
        **values
        | {
            "run_record": bool(row["run_record"]),
            "mutations": tuple(filter(None, row["mutations"].split(", "))),
        }
    )
