"""Whole searches: restarts, selection, limits, the final score, interruption, progress, notices."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from math import inf
from time import sleep
from typing import Any

import attrs
import numpy as np
import pytest
from search.making import length, params, small, task, tasks

from azc.errors import AzcError
from azc.evaluation import evaluate
from azc.ir import Program
from azc.search import Config, Found, Params, Progress, Search, State, run_search
from azc.search import experiments as room
from azc.tasks import SETS, Task

TASK = Task(np.ones((2, 4)), np.ones(2), np.ones((2, 4)), np.ones(2))
Score = Callable[[Program], float]


def half(program: Program) -> float:
    """A fitness that no program raises."""
    return 0.5


class Game:
    """A search whose three sets of tasks are functions; it notes what was scored on which set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, search: Score = length, select: Score = length):
        self.scores: dict[str, Score] = {"search": search, "select": select, "final": lambda program: 0.25}
        self.scored: dict[str, list[Program]] = {name: [] for name in SETS}
        self.made: list[str] = []
        monkeypatch.setattr(room, "Evolution", lambda params, tasks: Told(self, params))
        monkeypatch.setattr(room, "Evaluator", self.evaluator)
        # Scores here count dead code.
        monkeypatch.setattr(room, "dead_code", lambda program, interface: program)

    def score(self, name: str, program: Program) -> float:
        """A program's score on a set."""
        self.scored[name].append(program)
        return self.scores[name](program)

    def evaluator(self, tasks: list[Task], **options: Any) -> Any:
        """What stands in for an evaluator of the set of tasks made last."""
        name = self.made[-1]

        class Fake:
            def fitness(_, program: Program) -> float:
                return self.score(name, program)

        return Fake()

    def config(self, **search: Any) -> Config:
        """A search among ten programs."""
        settings = {"population_size": 10, "tournament_size": 3, "max_evals": 600, "target_fitness": 2.0}

        def maker(name: str) -> Callable[[], list[Task]]:
            return lambda: self.made.append(name) or [TASK]  # type: ignore[func-returns-value]

        given = {key: value for key, value in (settings | search).items() if value is not None}
        return Config(params(search=given), "test", {name: maker(name) for name in SETS})

    def run(self, report: Any = None, **search: Any) -> Found:
        """The result of such a search."""
        return run_search(self.config(**search), report)


@attrs.define
class Told:
    """What stands in for an Evolution: it asks, scores and tells."""

    game: Game
    params: Params
    counts: dict[str, int] = attrs.field(factory=lambda: {"evaluated": 0})

    def advance(self, state: State, evals: int, target: float = inf, limit: int = 10**9) -> State:
        """One program after the other."""
        search = Search(self.params, state)
        for _ in range(min(evals, limit - int(state.evals[0]))):
            before, asked = search.best_fitness, search.ask()
            search.tell(asked, [self.game.score("search", program) for program in asked])
            self.counts["evaluated"] += 1
            if search.best_fitness > before and search.best_fitness >= target:
                break
        return search.state


@pytest.fixture
def game(monkeypatch: pytest.MonkeyPatch) -> Game:
    """A game in which long programs win on all tasks."""
    return Game(monkeypatch)


def test_max_evals_ends_a_search(game: Game) -> None:
    """The search scores exactly so many programs in all, over all experiments."""
    found = game.run(max_evals=234, restart_after=100)
    assert (found.evals, found.experiments) == (234, 3)
    assert len(game.scored["search"]) == found.counts["evaluated"] == 234


def test_max_seconds_ends_a_search(game: Game) -> None:
    """The search ends in time though nothing else ends it."""
    found = game.run(max_seconds=0.3, max_evals=None)
    assert 0.2 < found.seconds < 2.0


def test_restart_after_ends_an_experiment(game: Game) -> None:
    """Each experiment's best is scored on the select tasks once, at its end."""
    found = game.run(max_evals=600, restart_after=150)
    assert found.experiments == 4
    assert len(game.scored["select"]) == 4


def test_experiments_differ(game: Game) -> None:
    """A later experiment is no copy of the first."""
    game.run(max_evals=300, restart_after=150)
    first, second = game.scored["select"]
    assert first != second


def test_a_select_score_at_the_target_ends_a_search(game: Game) -> None:
    """The first best that reaches the target on search and select tasks is the result."""
    found = game.run(target_fitness=0.5)
    assert found.evals < 600
    assert found.select_fitness == found.best_fitness == length(found.program) >= 0.5
    assert game.scored["select"] == [found.program]


def test_every_new_best_at_the_target_is_scored_on_select(monkeypatch: pytest.MonkeyPatch) -> None:
    """A best that misses the target on the select tasks does not end the search, a later one may."""
    game = Game(monkeypatch, select=lambda program: length(program) - 0.2)
    found = game.run(target_fitness=0.5)
    assert found.select_fitness >= 0.5
    sizes = [length(program) for program in game.scored["select"]]
    assert sizes == sorted(set(sizes))
    assert len(sizes) > 1


def test_the_best_on_select_is_returned_and_of_equals_the_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Select tasks decide between experiments; of equal ones the later is taken."""
    game = Game(monkeypatch, select=half)
    found = game.run(max_evals=450, restart_after=150)
    assert found.program == game.scored["select"][-1]


def test_the_best_on_select_need_not_be_the_best_on_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the experiments' bests the one with the best select score is returned, with both its scores."""
    scores = iter([0.1, 0.9, 0.2])
    game = Game(monkeypatch, select=lambda program: next(scores))
    found = game.run(max_evals=450, restart_after=150)
    assert found.program == game.scored["select"][1]
    assert (found.select_fitness, found.best_fitness) == (0.9, length(found.program))


def test_the_final_tasks_are_made_and_used_once(game: Game) -> None:
    """The final tasks score only the program that is returned, and are not even made before."""
    found = game.run(max_evals=300, restart_after=100)
    assert game.made == ["search", "select", "final"]
    assert game.scored["final"] == [found.program]
    assert found.final_fitness == 0.25


def test_interruption_returns_the_best_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends the search, which returns what it has."""

    def report(progress: Progress) -> None:
        if progress.evals >= 300:
            raise KeyboardInterrupt

    game = Game(monkeypatch)
    found = game.run(report, max_evals=None, max_seconds=60, restart_after=100)
    assert found.interrupted
    assert found.select_fitness == max(length(program) for program in game.scored["select"])


def test_interruption_before_anything_is_known_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing to return, Ctrl-C is what it always is."""

    def fitness(program: Program) -> float:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Game(monkeypatch, search=fitness).run()


def test_progress_is_reported(game: Game) -> None:
    """Reports count upwards, name the experiment and say what time is left."""
    reports: list[Progress] = []
    game.run(reports.append, max_evals=450, restart_after=150, max_seconds=100)
    assert {r.experiment for r in reports} == {1, 2, 3}
    assert reports[-1].best_fitness > 0
    assert all(a.evals < b.evals or a.experiment < b.experiment for a, b in pairwise(reports))
    assert all(0 <= r.time_left <= 100 for r in reports if r.time_left is not None)
    assert reports[-1].select_fitness is not None


def test_progress_comes_about_ten_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a program takes, the search comes up for air."""

    def slow(program: Program) -> float:
        sleep(0.005)
        return length(program)

    reports: list[Progress] = []
    Game(monkeypatch, search=slow).run(reports.append, max_evals=None, max_seconds=1.0)
    assert 5 <= len(reports) <= 40
    assert all(b.seconds - a.seconds < 0.5 for a, b in pairwise(reports))


def test_the_same_seed_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """All but the time is the same in another run."""
    first, second = (Game(monkeypatch).run(restart_after=200, seed=5) for _ in range(2))
    assert first.program == second.program
    assert (first.evals, first.best_fitness, first.experiments) == (
        second.evals,
        second.best_fitness,
        second.experiments,
    )


@pytest.mark.parametrize("compiles", [False, True])
def test_a_first_compilation_is_announced(
    game: Game, monkeypatch: pytest.MonkeyPatch, compiles: bool
) -> None:
    """Who waits is told why; who does not is told nothing."""
    monkeypatch.setattr(room, "is_kept", lambda function: not compiles)
    notices: list[str] = []
    run_search(game.config(max_evals=10), None, notices.append)
    assert notices == [room.COMPILING] * compiles


def test_select_tasks_of_another_type_are_an_error(game: Game) -> None:
    """All three sets have one evaluation type."""
    other = Task(np.ones((2, 4)), np.ones(2), np.ones((2, 4)), np.ones(2), eval_type="ACCURACY")
    config = game.config(max_evals=10)
    config = Config(config.params, "test", {**config._makers, "select": lambda: [other]})
    with pytest.raises(AzcError, match=r"tasks\.select: a task of ACCURACY, expected RMS_ERROR"):
        run_search(config)


# --- with the inner loop itself -------------------------------------------------------------------------


def real(**search: Any) -> Config:
    """A search on small tasks of its own."""
    given = {"max_evals": 3000, "restart_after": 1000} | search
    chosen = small(3, {key: value for key, value in given.items() if value is not None}, initial="linear")
    sets = {"search": tasks(3), "select": [task(10), task(11)], "final": [task(20)]}
    return Config(chosen, "test", {name: partial(list, made) for name, made in sets.items()})


@pytest.mark.parametrize(
    "search", [{}, {"functional_cache": True, "batch_size": 7}, {"precision": "float32"}], ids=str
)
def test_what_is_found_has_the_scores_said(search: dict[str, Any]) -> None:
    """Without its dead code the program has the very scores on all three sets."""
    config = real(**search)
    found = run_search(config)
    fitness = {
        name: evaluate(found.program, config.tasks(name), precision=config.params.precision).fitness
        for name in SETS
    }
    # A score taken from the functional cache may be another program's.
    assert fitness["search"] == found.best_fitness or "functional_cache" in search
    assert (fitness["select"], fitness["final"]) == (found.select_fitness, found.final_fitness)
    assert (found.evals, found.experiments, found.interrupted) == (3000, 3, False)
    counts = found.counts
    assert counts["evaluated"] + counts["exact_hits"] + counts["functional_hits"] == 3000


def test_a_real_search_is_the_same_again() -> None:
    """However its time was divided, all but the time is the same."""
    first, second = (attrs.evolve(run_search(real()), seconds=0.0) for _ in range(2))
    assert first == second


def test_a_real_search_ends_in_time() -> None:
    """A search without other limits ends when its seconds are over."""
    found = run_search(real(max_evals=None, max_seconds=0.5))
    assert 0.1 < found.seconds < 1.5
    assert found.evals > 3000
    assert found.experiments > 1


def test_a_real_search_is_interrupted() -> None:
    """Ctrl-C in between returns the best so far, scored on all sets."""

    def report(progress: Progress) -> None:
        if progress.evals >= 2000:
            raise KeyboardInterrupt

    found = run_search(real(max_evals=10**9), report)
    assert found.interrupted
    assert found.select_fitness > 0


def test_a_real_search_ends_at_the_target() -> None:
    """It ends with the first program that reaches the target on search and select tasks."""
    begin = run_search(real(max_evals=1)).best_fitness
    found = run_search(real(max_evals=10**6, target_fitness=begin + 0.001))
    assert found.evals < 10**6
    assert min(found.best_fitness, found.select_fitness) >= begin + 0.001
