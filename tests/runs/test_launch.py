"""Complete runs: restarts, selection, limits, final score, notices, the same result with all workers."""

import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from math import inf
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import attrs
import numpy as np
import pytest
from runs.making import EXAMPLE, At, example, history, often, same, settings, staff, with_islands
from search.making import length, params, small, task, tasks

from azc.backends.llvm.code import jit
from azc.errors import AzcError
from azc.evaluation import evaluate
from azc.ir import Program
from azc.runs import (
    Callback,
    Improvement,
    InProcess,
    OnExecutor,
    Processes,
    Progress,
    launch,
    processes,
    resume,
    run_search,
    scores,
    workers,
)
from azc.runs.selection import Offer, Selection
from azc.search import Config, Params, Search, SearchResult, State, default_config, load_config
from azc.search.archipelago import Archipelago
from azc.tasks import SETS, Task

TASK = Task(np.ones((2, 4)), np.ones(2), np.ones((2, 4)), np.ones(2))
Score = Callable[[Program], float]


def half(program: Program) -> float:
    """A fitness that no program raises."""
    return 0.5


class Game:
    """A search with functions for its three sets of tasks; it records what each set scored."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, search: Score = length, select: Score = length):
        self.scores: dict[str, Score] = {"search": search, "select": select, "final": lambda program: 0.25}
        self.scored: dict[str, list[Program]] = {name: [] for name in SETS}
        self.made: list[str] = []
        monkeypatch.setattr(workers, "_made", threading.local())
        monkeypatch.setattr(workers, "Evolution", lambda params, tasks: Told(self, params))
        monkeypatch.setattr(scores, "Evaluator", self.evaluator)
        # Scores here count dead code.
        monkeypatch.setattr(launch, "dead_code", lambda program, interface: program)

    def score(self, name: str, program: Program) -> float:
        """A program's score on a set."""
        self.scored[name].append(program)
        return self.scores[name](program)

    def evaluator(self, tasks: list[Task], **options: Any) -> Any:
        """Stand-in for an evaluator of the set of tasks made last."""
        name = self.made[-1]

        class Fake:
            def prepare(_, ops: Any) -> None:
                pass

            def fitness(_, program: Program) -> float:
                return self.score(name, program)

        return Fake()

    def config(self, **search: Any) -> Config:
        """A search among ten programs."""
        settings = {
            "population_size": 10,
            "tournament_size": 3,
            "max_evals": 600,
            "target_fitness": 2.0,
            "round_evals": 40,
        }

        def maker(name: str) -> Callable[[], list[Task]]:
            return lambda: self.made.append(name) or [TASK]  # type: ignore[func-returns-value]

        given = {key: value for key, value in (settings | search).items() if value is not None}
        return Config(params(search=given), "test", {name: maker(name) for name in SETS})

    def run(self, *callbacks: Callback, **search: Any) -> SearchResult:
        """The result of such a search."""
        return run_search(self.config(**search), callbacks=callbacks)


@attrs.define(eq=False)
class Told:
    """Stand-in for an Evolution: it asks, scores and tells."""

    game: Game
    params: Params
    evaluated: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """Everything is evaluated."""
        return dict.fromkeys(COUNTS, 0) | {"evaluated": self.evaluated}

    def forget(self) -> None:
        """Nothing is remembered."""

    def failed(self) -> tuple[()]:
        """Every program gets a score."""
        return ()

    def close(self) -> None:
        """Nothing was started."""

    def advance(self, state: State, evals: int, target: float = inf, limit: int = 10**9) -> State:
        """Score one program after the other."""
        search = Search(self.params, state)
        for _ in range(min(evals, limit - state.evals)):
            before, asked = search.best_fitness, search.ask()
            search.tell(asked, [self.game.score("search", program) for program in asked])
            self.evaluated += 1
            if search.best_fitness > before and search.best_fitness >= target:
                break
        return search.state


COUNTS = ("evaluated", "exact_hits", "functional_hits", "stopped_early", "stopped_at_hurdle", "over_budget")


@pytest.fixture
def game(monkeypatch: pytest.MonkeyPatch) -> Game:
    """A game in which long programs win on all tasks."""
    return Game(monkeypatch)


@attrs.define(eq=False)
class Noted(Callback):
    """Records all calls."""

    settings: list[Any] = attrs.field(factory=list)
    improvements: list[Improvement] = attrs.field(factory=list)
    rounds: list[Progress] = attrs.field(factory=list)
    found: list[SearchResult] = attrs.field(factory=list)

    def on_start(self, settings: Any) -> None:
        """Called once."""
        self.settings.append(settings)

    def on_improvement(self, improvement: Improvement) -> None:
        """Called for each."""
        assert len(self.rounds) == improvement.round - 1
        self.improvements.append(improvement)

    def on_round(self, progress: Progress) -> None:
        """Called after each."""
        self.rounds.append(progress)

    def on_end(self, found: SearchResult) -> None:
        """Called once."""
        self.found.append(found)


def test_max_evals_ends_a_search(game: Game) -> None:
    """A search scores exactly `max_evals` programs over all experiments."""
    found = game.run(max_evals=234, restart_after=100)
    assert (found.evals, found.experiments, found.ended) == (234, 3, "max_evals")
    assert len(game.scored["search"]) == found.counts["evaluated"] == 234


def test_restart_after_ends_an_experiment(game: Game) -> None:
    """Each experiment's best is scored on the select tasks once, at its end."""
    found = game.run(max_evals=600, restart_after=150)
    assert found.experiments == 4
    assert len(game.scored["select"]) == 4


def test_experiments_differ(game: Game) -> None:
    """Two experiments give different programs."""
    game.run(max_evals=300, restart_after=150)
    first, second = game.scored["select"]
    assert first != second


def test_a_select_score_at_the_target_ends_a_search(game: Game) -> None:
    """The first best that reaches the target on search and select tasks is the result."""
    found = game.run(target_fitness=0.5)
    assert (found.evals < 600, found.ended) == (True, "target")
    assert found.select_fitness == found.best_fitness == length(found.program) >= 0.5
    assert game.scored["select"] == [found.program]


def test_every_new_best_at_the_target_is_scored_on_select(monkeypatch: pytest.MonkeyPatch) -> None:
    """A best that misses the target on the select tasks does not end the search; a later one may."""
    game = Game(monkeypatch, select=lambda program: length(program) - 0.2)
    found = game.run(target_fitness=0.5)
    assert found.select_fitness >= 0.5
    sizes = [length(program) for program in game.scored["select"]]
    assert sizes == sorted(set(sizes))
    assert len(sizes) > 1


def test_of_equal_select_scores_the_later_is_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of experiments with equal select scores the later one's program is returned."""
    game = Game(monkeypatch, select=half)
    found = game.run(max_evals=450, restart_after=150)
    assert found.program == game.scored["select"][-1]


def test_the_best_on_select_need_not_be_the_best_on_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program with the best select score of all experiments is returned, with both its scores."""
    scores = iter([0.1, 0.9, 0.2])
    game = Game(monkeypatch, select=lambda program: next(scores))
    found = game.run(max_evals=450, restart_after=150)
    assert found.program == game.scored["select"][1]
    assert (found.select_fitness, found.best_fitness) == (0.9, length(found.program))


def test_the_final_tasks_are_used_once(game: Game) -> None:
    """The final tasks score only the returned program, once."""
    found = game.run(max_evals=300, restart_after=100)
    assert game.made[-1] == "final"
    assert game.scored["final"] == [found.program]
    assert found.final_fitness == 0.25


def test_callbacks_get_all_events(game: Game) -> None:
    """Callbacks get start and end once, each round, and before it its improvements, in rising order."""
    noted = Noted()
    found = game.run(noted, max_evals=450, restart_after=150)
    assert (len(noted.settings), noted.found) == (1, [found])
    assert [told.round for told in noted.rounds] == list(range(1, found.rounds + 1))
    assert all(a.evals < b.evals and a.seconds <= b.seconds for a, b in pairwise(noted.rounds))
    assert {told.experiments for told in noted.rounds} == {1, 2, 3}
    assert noted.rounds[-1].select_fitness is not None
    assert all(a.fitness < b.fitness and a.number + 1 == b.number for a, b in pairwise(noted.improvements))
    assert noted.improvements[-1].fitness == noted.rounds[-1].best_fitness


def test_the_time_left_is_told(game: Game) -> None:
    """The time left is from 0 to `max_seconds`."""
    noted = Noted()
    game.run(noted, max_seconds=100)
    assert all(told.time_left is not None and 0 <= told.time_left <= 100 for told in noted.rounds)


@pytest.mark.parametrize("compiles", [False, True])
def test_a_first_compilation_is_announced(
    game: Game, monkeypatch: pytest.MonkeyPatch, compiles: bool
) -> None:
    """A first compilation is announced by a notice; without one there is none."""
    monkeypatch.setattr(launch, "is_compiled", lambda params, told: not compiles)
    notices: list[str] = []
    run_search(game.config(max_evals=10), on_notice=notices.append)
    assert notices == [launch.COMPILING] * compiles


@pytest.mark.parametrize("name", ["select", "final"])
def test_tasks_of_another_type_are_an_error_before_the_run(game: Game, name: str) -> None:
    """Select or final tasks of another evaluation type are an error before the run."""
    other = Task(np.ones((2, 4)), np.ones(2), np.ones((2, 4)), np.ones(2), eval_type="ACCURACY")
    config = game.config(max_evals=10)
    config = Config(config.params, "test", {**config._makers, name: lambda: [other]})
    with pytest.raises(AzcError, match=rf"tasks\.{name}: a task of ACCURACY, expected RMS_ERROR"):
        run_search(config)
    assert not game.scored["search"]


# --- with the inner loop itself -------------------------------------------------------------------------


def real(**search: Any) -> Config:
    """A search on small tasks."""
    given = {"max_evals": 3000, "restart_after": 1000, "round_evals": 700} | search
    chosen = small(3, {key: value for key, value in given.items() if value is not None}, initial="linear")
    sets = {"search": tasks(3), "select": [task(10), task(11)], "final": [task(20)]}
    return Config(chosen, "test", {name: partial(list, made) for name, made in sets.items()})


@pytest.mark.parametrize(
    "search", [{}, {"functional_cache": True, "n_offspring": 7}, {"precision": "float32"}], ids=str
)
def test_the_program_has_the_scores_of_the_result(search: dict[str, Any]) -> None:
    """The returned program, without dead code, has the scores of the result on all three sets."""
    config = real(**search)
    found = run_search(config)
    fitness = {
        name: evaluate(found.program, config.tasks(name), precision=config.params.island.precision).fitness
        for name in SETS
    }
    assert fitness == found.fitness
    assert (found.evals, found.experiments, found.interrupted) == (3000, 3, False)
    counts = found.counts
    assert counts["evaluated"] + counts["exact_hits"] + counts["functional_hits"] == 3000


def test_another_seed_finds_another_program_in_the_same_process() -> None:
    """Searches with different seeds in one process find different programs, with the same seed the same."""
    sets = (tasks(3), [task(10)], [task(20)])
    overrides = ["search.max_evals=1000", "search.round_evals=500"]
    found = [run_search(default_config(*sets, seed=seed, overrides=overrides)) for seed in (1, 2, 1)]
    assert found[0].program != found[1].program
    assert same(found[0]) == same(found[2])


def test_another_target_holds_in_the_same_process() -> None:
    """Two searches in one process that differ only in their target each end at their own."""
    low = run_search(real(max_evals=3000, target_fitness=0.1))
    high = run_search(real(max_evals=3000, target_fitness=2))
    assert (low.ended, low.evals < 3000) == ("target", True)
    assert (high.ended, high.rounds) == ("max_evals", 5)


def test_the_folder_changes_nothing(tmp_path: Path) -> None:
    """A run with a folder has the same result as one without."""
    assert same(run_search(example())) == same(run_search(example(), run_dir=tmp_path / "run"))


# --- the same with all workers -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> tuple[SearchResult, list[Any]]:
    """Result and history of the small search."""
    run = tmp_path_factory.mktemp("reference") / "run"
    return same(run_search(example(), run_dir=run)), history(run)


@pytest.mark.parametrize(("share", "commit"), [(inf, 0.0), (0.1, 0.1), (0.0, inf)])
def test_checkpoints_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: Any, share: float, commit: float
) -> None:
    """Result and history are the same, however often checkpoints are written."""
    often(monkeypatch, share, commit=commit)
    assert (same(run_search(example(), run_dir=tmp_path)), history(tmp_path)) == reference


@pytest.mark.parametrize("count", [1, 2, 3])
def test_processes_change_nothing(tmp_path: Path, reference: Any, count: int) -> None:
    """Result and history are the same with any number of processes."""
    found = run_search(example(), run_dir=tmp_path, workers=staff(count))
    assert (same(found), history(tmp_path)) == reference


def test_threads_change_nothing(tmp_path: Path, reference: Any) -> None:
    """Result and history are the same with an executor of threads, which stays open."""
    with ThreadPoolExecutor(2) as executor:
        found = run_search(example(), run_dir=tmp_path, workers=partial(OnExecutor, executor=executor))
        assert executor.submit(int, "1").result() == 1
    assert (same(found), history(tmp_path)) == reference


def test_kinds_of_islands_are_the_same_in_threads(tmp_path: Path) -> None:
    """Islands of two kinds, which score migrants again, have the same result and history in threads."""
    config = with_islands(tmp_path, "[[islands]]\ncount = 1\nhurdle = {train = 5}\npopulation_size = 30\n")
    here = same(run_search(config, run_dir=tmp_path / "here"))
    with ThreadPoolExecutor(2) as executor:
        there = run_search(config, run_dir=tmp_path / "there", workers=partial(OnExecutor, executor=executor))
    assert same(there) == here
    assert history(tmp_path / "there") == history(tmp_path / "here")


@pytest.mark.parametrize("while_it_writes", [False, True])
def test_a_lost_worker_changes_nothing(tmp_path: Path, reference: Any, while_it_writes: bool) -> None:
    """A lost worker causes a notice; result and history are the same."""
    made: list[Processes] = []
    notices: list[str] = []

    def two(share: Any) -> Processes:
        made.append(Processes(share, 2))
        return made[0]

    def kill() -> None:
        pool: Any = made[0]._pool
        if while_it_writes:
            # A message is its length and its bytes; most of the bytes are missing.
            os.write(pool._result_queue._writer.fileno(), struct.pack("!i", 100_000) + b"half")
        os.kill(next(iter(pool._processes)), signal.SIGKILL)

    callbacks = [At(3, kill)]
    found = run_search(
        example(), run_dir=tmp_path, workers=two, callbacks=callbacks, on_notice=notices.append
    )
    assert (same(found), history(tmp_path)) == reference
    assert any("a worker was lost" in notice for notice in notices)


def test_processes_begin_with_tasks_of_any_size() -> None:
    """Processes start with tasks larger than a pipe's buffer."""
    large = Task(np.ones((100_000, 4)), np.ones(100_000), np.ones((2, 4)), np.ones(2))
    made = Processes(workers.Share(((params(), (large,)),), "large"), 3)
    try:
        assert made.ready() == 3
    finally:
        made.close()


def test_processes_that_end_during_mend_are_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Processes that end while `mend` starts them are replaced; after too many attempts it is an error."""
    begun: list[int] = []

    def start(self: Processes) -> None:
        begun.append(1)
        if len(begun) < failing:
            raise BrokenExecutor

    monkeypatch.setattr(Processes, "_start", start)
    failing = processes.TRIES
    Processes(workers.Share((), "none"), 2).mend()
    assert len(begun) == processes.TRIES
    failing = 100
    with pytest.raises(AzcError, match=f"ended {processes.TRIES} times during their start"):
        Processes(workers.Share((), "none"), 2).mend()


def test_a_process_that_ends_during_its_start_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: Any
) -> None:
    """A process that ends during its first start is replaced with a notice; the result is the same."""
    real, begun, notices = processes._hand_out, list[int](), list[str]()

    def hand_out(share: Any, count: int, pipe: Any) -> None:
        begun.append(count)
        # Without a share, processes end at once.
        real(share, count if len(begun) > 1 else 0, pipe)

    monkeypatch.setattr(processes, "_hand_out", hand_out)
    found = run_search(example(), run_dir=tmp_path, workers=2, on_notice=notices.append)
    assert (same(found), history(tmp_path)) == reference
    assert begun == [2, 2]
    assert any("a worker process ended during its start; another one replaces it" in n for n in notices)


SCRIPT = """
from azc.runs import run_search
from azc.search import load_config

config = load_config({path!r}, {settings!r})
print(run_search(config, workers=2).evals)
"""


@pytest.mark.parametrize("how", ["standard input", "a file"])
def test_a_script_needs_no_main_guard(tmp_path: Path, how: str) -> None:
    """A script without a main guard runs only once: worker processes do not import it."""
    ends = settings({"search.max_evals": 3000})
    text = SCRIPT.format(path=str(EXAMPLE), settings=ends)
    (tmp_path / "script.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "-" if how == "standard input" else "script.py"],
        input=text if how == "standard input" else "",
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("3000\n", "", 0)


def test_a_broken_executor_is_an_error(tmp_path: Path, reference: Any) -> None:
    """A broken executor is an error, and the run resumes with other workers."""
    executor = ThreadPoolExecutor(1, initializer=int, initargs=("no number",))
    with pytest.raises(AzcError, match="resume the run with another one"):
        run_search(example(), run_dir=tmp_path, workers=partial(OnExecutor, executor=executor))
    executor.shutdown()
    assert (same(resume(tmp_path)), history(tmp_path)) == reference


@pytest.mark.parametrize("who", [ThreadPoolExecutor(2), 1, 2], ids=["executor", "1", "2"])
def test_workers_may_be_an_executor_or_a_number(tmp_path: Path, reference: Any, who: Any) -> None:
    """`workers` may be an executor or a number of processes."""
    found = run_search(example(), run_dir=tmp_path, workers=who)
    assert (same(found), history(tmp_path)) == reference


def test_arguments_of_wrong_types_are_errors() -> None:
    """A configuration or workers of a wrong type give an AzcError that says what is expected."""
    wrong: Any = 3.5
    with pytest.raises(AzcError, match=r"must be a Config, not 3\.5; azc\.load_config gives one"):
        run_search(wrong)
    with pytest.raises(AzcError, match=r"search\.toml: cannot be read"):
        run_search("search.toml")
    with pytest.raises(
        AzcError, match="`workers` must be a number of processes from 1 to 1024, an executor or"
    ):
        run_search(example(), workers=wrong)


def test_more_workers_than_islands_cause_a_notice(tmp_path: Path) -> None:
    """More workers than islands cause a notice that some have nothing to do."""
    notices: list[str] = []
    run_search(example(n_islands=1, max_evals=2000), workers=2, on_notice=notices.append)
    assert any("2 workers, of which only 1 can be busy at a time" in notice for notice in notices)


def test_settings_and_ready_workers_are_told_first() -> None:
    """Callbacks get the configuration and the number of workers once each, before the first round."""
    told: list[Any] = []

    class Told(Callback):
        def on_start(self, settings: Any) -> None:
            told.append(settings["search"]["max_evals"])

        def on_ready(self, workers: int) -> None:
            told.append(workers)

        def on_round(self, progress: Any) -> None:
            told.append("round")

    run_search(example(max_evals=3000), callbacks=[Told()])
    assert told == [3000, 1, "round"]


def test_a_run_without_a_folder_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run without a folder writes nothing to the working directory."""
    monkeypatch.chdir(tmp_path)
    run_search(example(max_evals=3000))
    assert [*tmp_path.iterdir()] == []


def test_time_without_workers_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time spent waiting for lost workers does not count as search time."""

    class Away(InProcess):
        lost = False

        def submit(self, kind: int, job: Any) -> Any:
            if job.round == 2 and not self.lost:
                self.lost = True
                raise BrokenExecutor
            return super().submit(kind, job)

        def mend(self) -> None:
            sleep(1.0)

    began = perf_counter()
    found = run_search(example(), workers=Away)
    assert perf_counter() - began > 1.0
    assert found.seconds < perf_counter() - began - 1.0


def test_waiting_jobs_are_cancelled_at_the_end() -> None:
    """Jobs that an executor has not begun are cancelled when its workers close."""
    begins, config = threading.Event(), example()
    share = workers.Share(((config.params, tuple(config.tasks("search"))),), "nobody's")
    with ThreadPoolExecutor(1) as executor:
        executor.submit(begins.wait, 30.0)
        lent = OnExecutor(share, executor)
        future = lent.submit(0, Archipelago(config.kinds).job(0, 1, {}, 100))
        lent.close()
        begins.set()
    assert future.cancelled()


class Selected(Callback):
    """Notes what is selected after each round, and its fitness on the select tasks."""

    def __init__(self) -> None:
        self.noted: list[tuple[Program | None, float | None]] = []

    def on_round(self, progress: Progress) -> None:
        """Note it."""
        self.noted.append((progress.selected, progress.select_fitness))


def one_experiment(**search: Any) -> tuple[Config, Selected]:
    """A search in which no experiment ends before the run, and what notes its selection."""
    config = example(n_islands=2, restart_after=10_000, max_evals=10_000, **search)
    seen = Selected()
    run_search(config, callbacks=[seen])
    return config, seen


def test_fronts_are_selected_after_each_round() -> None:
    """In bins the best programs of each length are scored on the select tasks after each round."""
    mutations = "{grow = 2, parameter = 2, alter = 2, insert_instruction = 1}"
    config, seen = one_experiment(strategy="size_bins", mutations=mutations)
    tasks, fitnesses = config.tasks("select"), [fitness or 0.0 for _, fitness in seen.noted]
    assert fitnesses == [evaluate(program, tasks).fitness for program, _ in seen.noted if program]
    assert fitnesses == sorted(fitnesses)
    assert len({*fitnesses}) > 1


def test_runners_up_are_offered_after_all_fronts(monkeypatch: pytest.MonkeyPatch) -> None:
    """In each round another island is first; the fronts come first, longest first, and share no program with
    the runners-up, of which the best comes first."""
    rounds, offer = list[list[tuple[int, bool, list[Offer]]]]([[]]), Selection.offer
    end_round = Selection.end_round

    def noting(
        selection: Selection, offers: Iterable[Offer], island: int, *others: Any, **more: Any
    ) -> float:
        rounds[-1].append((island, more.get("better", False), [*offers]))
        return offer(selection, rounds[-1][-1][2], island, *others, **more)

    def ending(selection: Selection) -> None:
        rounds.append([])
        end_round(selection)

    monkeypatch.setattr(Selection, "offer", noting)
    monkeypatch.setattr(Selection, "end_round", ending)
    one_experiment(strategy="size_bins", mutations="{grow = 2, parameter = 2, alter = 2}")
    firsts = []
    for offered in rounds[:-1]:
        (one, *_), (other, *_) = offered[:2]
        firsts.append(one)
        assert [(island, runner_up) for island, runner_up, _ in offered] == [
            (one, False),
            (other, False),
            (one, True),
            (other, True),
        ]
        for (_, _, front), (_, _, runners_up) in zip(offered[:2], offered[2:], strict=True):
            for offers in (front, runners_up):
                fitnesses = [one.search_fitness for one in offers]
                assert fitnesses == sorted(fitnesses, reverse=True)
            assert front[0].search_fitness >= max(one.search_fitness for one in runners_up)
            individuals = [one.individual for one in (*front, *runners_up)]
            assert len({*individuals}) == len(individuals)
    assert all(one != other for one, other in pairwise(firsts))
    assert max(len(offers) for offered in rounds for _, _, offers in offered) == 50


def test_without_fronts_experiments_are_selected_when_they_end() -> None:
    """In a ring nothing is selected before an experiment ends."""
    _, seen = one_experiment(strategy="regularized_evolution")
    assert {*seen.noted} == {(None, None)}


@pytest.mark.parametrize(("tasks", "most"), [(2, 10), (4, 5), (15, 1), (1000, 1)])
def test_selecting_takes_a_fiftieth_of_a_round(tasks: int, most: int) -> None:
    """The more the select tasks cost, the fewer programs are scored on them after a round; at least one."""
    config = load_config(EXAMPLE, settings({"tasks.select.tasks": tasks}))
    assert scores.TaskScores(config).most_offered(500) == most


def test_nothing_is_compiled_while_the_clock_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the search and the selection need is compiled before it, also on a machine's first search."""
    compiled: list[str] = []
    compile_module = jit.compile_module

    def noting(module: Any) -> bytes:
        compiled.append(module.name)
        return compile_module(module)

    class Began(Callback):
        def on_ready(self, workers: int) -> None:
            self.before = len(compiled)

        def on_round(self, progress: Progress) -> None:
            self.after = len(compiled)

    monkeypatch.setattr(jit, "compile_module", noting)
    monkeypatch.setenv("AZC_CACHE", str(tmp_path))
    began = Began()
    # Shapes that no other test has, since a process compiles each once.
    tables = {"features": 11, "tasks": 5}
    sets = {f"tasks.search.{name}": value for name, value in tables.items()}
    run_search(load_config(EXAMPLE, settings({**sets, "tasks.select.tasks": 40})), callbacks=[began])
    assert 0 < began.before == began.after
