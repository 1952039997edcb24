"""Whole searches: restarts, selection, limits, the final score, interruption; on tasks that take no time."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from search.making import length, params

from azc.errors import AzcError
from azc.ir import Program
from azc.search import Config, Found, Progress, run_search
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
        monkeypatch.setattr(room, "Evaluator", self.evaluator)
        # Scores here count dead code.
        monkeypatch.setattr(room, "Scorer", lambda fitness, eval_type: fitness)
        monkeypatch.setattr(room, "dead_code", lambda program, interface: program)

    def evaluator(self, tasks: list[Any]) -> Any:
        """What stands in for an evaluator of a set of tasks."""
        name = self.made[-1]

        class Fake:
            def fitness(_, program: Program) -> float:
                self.scored[name].append(program)
                return self.scores[name](program)

        return Fake()

    def run(self, report: Any = None, **search: Any) -> Found:
        """A search among ten programs."""
        settings = {"population_size": 10, "tournament_size": 3, "max_evals": 2000, "target_fitness": 2.0}

        def maker(name: str) -> Callable[[], list[Task]]:
            return lambda: self.made.append(name) or [TASK]  # type: ignore[func-returns-value]

        makers = {name: maker(name) for name in SETS}
        given = {key: value for key, value in (settings | search).items() if value is not None}
        return run_search(Config(params(search=given), "test", makers), report)


@pytest.fixture
def game(monkeypatch: pytest.MonkeyPatch) -> Game:
    """A game in which long programs win on all tasks."""
    return Game(monkeypatch)


def test_max_evals_ends_a_search(game: Game) -> None:
    """The search scores exactly so many programs in all, over all experiments."""
    found = game.run(max_evals=1234, restart_after=500)
    assert (found.evals, found.experiments) == (1234, 3)


def test_max_seconds_ends_a_search(game: Game) -> None:
    """The search ends in time though nothing else ends it."""
    found = game.run(max_seconds=0.3, max_evals=None)
    assert 0.2 < found.seconds < 2.0


def test_restart_after_ends_an_experiment(game: Game) -> None:
    """Each experiment's best is scored on the select tasks once, at its end."""
    found = game.run(max_evals=2000, restart_after=500)
    assert found.experiments == 4
    assert len(game.scored["select"]) == 4


def test_experiments_differ(game: Game) -> None:
    """A later experiment is no copy of the first."""
    game.run(max_evals=1000, restart_after=500)
    first, second = game.scored["select"]
    assert first != second


def test_a_select_score_at_the_target_ends_a_search(game: Game) -> None:
    """The first best that reaches the target on search and select tasks is the result."""
    found = game.run(target_fitness=0.5)
    assert found.evals < 2000
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
    found = game.run(max_evals=1500, restart_after=500)
    assert found.program is game.scored["select"][-1]


def test_the_final_tasks_are_made_and_used_once(game: Game) -> None:
    """The final tasks score only the program that is returned, and are not even made before."""
    found = game.run(max_evals=1000, restart_after=300)
    assert game.made == ["search", "select", "final"]
    assert game.scored["final"] == [found.program]
    assert found.final_fitness == 0.25


def test_interruption_returns_the_best_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends the search, which returns what it has."""

    def report(progress: Progress) -> None:
        if progress.evals >= 500:
            raise KeyboardInterrupt

    game = Game(monkeypatch)
    found = game.run(report, max_evals=None, max_seconds=60, restart_after=100)
    assert found.interrupted
    assert found.select_fitness == max(length(program) for program in game.scored["select"])


def test_interruption_before_anything_is_known_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing to return, Ctrl-C is what it always is."""

    def fitness(program: Program) -> float:
        if any(program.functions):
            raise KeyboardInterrupt
        return 0.0

    with pytest.raises(KeyboardInterrupt):
        Game(monkeypatch, search=fitness).run()


def test_progress_is_reported(game: Game) -> None:
    """Reports count upwards, name the experiment and say what time is left."""
    reports: list[Progress] = []
    game.run(reports.append, max_evals=3000, restart_after=1000, max_seconds=100)
    assert {r.experiment for r in reports} == {1, 2, 3}
    assert all(r.best_fitness > 0 for r in reports)
    assert all(a.evals < b.evals or a.experiment < b.experiment for a, b in pairwise(reports))
    assert all(0 <= r.time_left <= 100 for r in reports if r.time_left is not None)
    assert reports[-1].select_fitness is not None


def test_the_same_seed_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """All but the time is the same in another run."""
    first, second = (Game(monkeypatch).run(restart_after=300, seed=5) for _ in range(2))
    assert first.program == second.program
    assert (first.evals, first.best_fitness, first.experiments) == (
        second.evals,
        second.best_fitness,
        second.experiments,
    )


def test_select_tasks_of_another_type_are_an_error(game: Game, monkeypatch: pytest.MonkeyPatch) -> None:
    """All three sets have one evaluation type."""
    other = Task(np.ones((2, 4)), np.ones(2), np.ones((2, 4)), np.ones(2), eval_type="ACCURACY")
    makers = {
        "search": lambda: game.made.append("search") or [TASK],
        "select": lambda: [other],
        "final": lambda: [TASK],
    }
    with pytest.raises(AzcError, match=r"tasks\.select: a task of ACCURACY, expected RMS_ERROR"):
        run_search(Config(params(search={"max_evals": 10}), "test", makers))  # type: ignore[arg-type]
