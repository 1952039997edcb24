"""Strategies written in NumPy: what they see, what they may return, and that their histories repeat."""

import re
from math import inf
from typing import Any, ClassVar

import attrs
import numpy as np
import pytest
from search.making import flat, small, tasks

from azc.errors import AzcError
from azc.search import Evolution, Individuals, Params, Search, State, Strategy, register, start
from azc.search.migration import migrants_of
from azc.search.verifier import faults


@register
@attrs.frozen(kw_only=True)
class Watched(Strategy):
    """Random parents; children replace the oldest. It checks what it sees, and counts its calls."""

    name: ClassVar = "watched"
    answers: ClassVar[dict[str, Any]] = {}
    """What methods return instead, by name; an exception is raised."""

    def memory(self, n_tasks: int) -> Any:
        """Counts of calls, and the sum of the scores that entered."""
        return self._answer("memory", [("selected", "i8"), ("survived", "i8"), ("sums", "f8", (n_tasks,))])

    def select(self, population: Individuals, memory: Any, count: int, random: Any) -> Any:
        """Random parents of a population that is full."""
        check(population)
        assert sorted(population.arrivals) == list(population.arrivals.min() + np.arange(20))
        memory["selected"] += 1
        return self._answer("select", random.integers(20, size=count))

    def survive(self, population: Individuals, children: Individuals, memory: Any, random: Any) -> Any:
        """Slots of the oldest."""
        check(population)
        check(children)
        assert (children.arrivals == -1).all()
        memory["survived"] += 1
        memory["sums"] += children.scores.sum(axis=0)
        return self._answer("survive", super().survive(population, children, memory, random))

    def _answer(self, name: str, own: Any) -> Any:
        answer = self.answers.get(name, own)
        if isinstance(answer, Exception):
            raise answer
        return answer


def check(seen: Individuals) -> None:
    """Check that individuals are as promised."""
    assert {len(column) for column in seen} == {len(seen.fitnesses)}
    assert np.allclose(seen.scores.mean(axis=1), seen.fitnesses, atol=1e-12)
    assert (seen.lengths >= 0).all()
    assert (seen.parents < seen.ids).all()
    assert not any(column.flags.writeable for column in seen)


def watched(seed: int = 1, **search: Any) -> Params:
    """A small search with the strategy above."""
    return small(seed, {"strategy": "watched", "n_offspring": 6, **search}, initial="linear")


def evolved(chosen: Params, *evals: int) -> State:
    """The state after several advances."""
    evolution, state = Evolution(chosen, tasks()), start(chosen)
    for n in evals:
        state = evolution.advance(state, n, inf, sum(evals))
    return state


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the strategy's methods return instead."""
    found: dict[str, Any] = {}
    monkeypatch.setattr(Watched, "answers", found)
    return found


def test_a_strategy_in_numpy_searches() -> None:
    """Children are scored, counted, and replace whom the strategy says; its memory is a part of the state."""
    chosen = watched()
    state = evolved(chosen, 500)
    assert (state.evals, state.alive, state.entered) == (500, 20, 500)
    assert not [*faults(state, chosen, 4)]
    assert len({bytes(key) for key in state.keys}) > 10
    memory = state.memory.view(Evolution(chosen, tasks())._loop._record)[0]
    assert (memory["own"]["selected"], memory["own"]["survived"]) == (80, 80)
    assert sorted(memory["arrivals"]) == [*range(480, 500)]
    assert state.best_fitness >= state.fitnesses.max()
    assert state.paid[:, 0].sum() >= 480


def test_the_history_does_not_depend_on_the_division() -> None:
    """Advances in parts, also in another evolution each, give the state of a single advance."""
    whole = flat(evolved(watched(), 300))
    assert flat(evolved(watched(), 1, 100, 7, 192)) == whole
    chosen = watched()
    state = start(chosen)
    for n in (50, 130, 120):
        state = Evolution(chosen, tasks()).advance(state, n, inf, 300)
    assert flat(state) == whole
    assert flat(evolved(watched(seed=2), 300)) != whole


def test_migrants_are_children(answers: dict[str, Any]) -> None:
    """Migrants take the rows that the strategy gives them, or none."""
    chosen = watched()
    evolution, state = Evolution(chosen, tasks()), evolved(chosen, 100)
    migrants = migrants_of(evolved(watched(seed=2), 100), range(3))
    for rows in ([4, -1, 9], [-1, -1, -1]):
        answers["survive"] = np.array(rows)
        after = Evolution(chosen, tasks()).advance(state, 0)
        for array in after:
            if isinstance(array, np.ndarray):
                array.setflags(write=True)
        evolution.admit(after, migrants)
        for row, source in zip(rows, range(3), strict=True):
            if row >= 0:
                assert after.genomes[row].tobytes() == migrants.genomes[source].tobytes()
        assert after.entered == 100 + sum(row >= 0 for row in rows)
        assert not [*faults(after, chosen, 4)]


@pytest.mark.parametrize(
    ("method", "answer", "fault"),
    [
        ("select", [1, 2], "select returned int64 of shape (2,), expected 6 whole numbers"),
        ("select", np.zeros((6, 1), dtype=int), "select returned int64 of shape (6, 1), expected 6 whole"),
        ("select", np.zeros(6), "select returned float64 of shape (6,), expected 6 whole numbers"),
        ("select", None, "select returned object of shape (), expected 6 whole numbers"),
        ("select", [0, 0, 0, 20, 0, 0], "select returned 20, expected rows from 0 to 19"),
        ("select", [0, 0, 0, -1, 0, 0], "select returned -1, expected rows from 0 to 19"),
        ("select", np.full(6, 1 << 63, dtype=np.uint64), "expected rows from 0 to 19"),
        ("select", RuntimeError("no"), "select raised RuntimeError: no"),
        ("survive", [0, 1, 2, 3, 4, 20], "survive returned 20, expected rows from -1 to 19"),
        ("survive", [0, 1, 2, 3, 3, -1], "survive replaces row 3 twice, expected once at most"),
        ("survive", ValueError("bad"), "survive raised ValueError: bad"),
        ("memory", [("a", "O")], "memory has objects, expected numbers"),
        ("memory", [("a", "no such type")], "memory raised TypeError"),
        ("memory", KeyError("x"), "memory raised KeyError: 'x'"),
    ],
)
def test_a_wrong_answer_is_an_error(answers: dict[str, Any], method: str, answer: Any, fault: str) -> None:
    """What a strategy must not return is an error with its name, the method and what was expected."""
    answers[method] = answer
    with pytest.raises(AzcError, match=re.escape(f"strategy watched: {fault}" if method in fault else fault)):
        evolved(watched(), 100)


def test_more_children_than_the_population_has_rows() -> None:
    """Of more children than the population has rows, the last ones replace all."""
    state = evolved(watched(n_offspring=50), 170)
    assert (state.evals, state.alive, state.entered) == (170, 20, 80)
    assert state.lineage["id"].min() > 150


def test_a_state_with_another_memory_is_an_error() -> None:
    """A state whose memory has another size, as after a change of the strategy, is an error."""
    state = evolved(watched(), 100)
    with pytest.raises(AzcError, match=r"the state has 3 bytes of memory for watched, expected \d+"):
        Evolution(watched(), tasks()).advance(state._replace(memory=np.zeros(3, dtype=np.uint8)), 10)


def test_ask_and_tell_offers_it() -> None:
    """Asked and told, it selects parents once the population is full, and decides who is replaced then."""
    search, made = Search(watched(), n_tasks=2), 0
    for count in (7, 0, 9, 11, 5):
        search.tell(asked := search.ask(count), [[0.5, 0.25]] * len(asked))
        made += count
    memory = search.state.memory.view(search._loop._record)[0]
    assert search.state.evals == made == 32
    assert (memory["own"]["selected"], memory["own"]["survived"]) == (1, 2)
    assert len(search.population) == 20
    assert search.best_fitness == 0.375


@pytest.mark.parametrize(
    "more",
    [
        {"train_budget": {"baseline": "linear", "factor": 0.9}},
        {"hurdle": {"train": 4, "quantile": 0.3, "window": 25}},
    ],
    ids=["budget", "hurdle"],
)
def test_children_without_a_fitness_on_all_examples_are_not_shown(more: dict[str, Any]) -> None:
    """What is over budget or stopped at the hurdle counts as scored, but the strategy does not see it."""
    chosen = watched(**more)
    evolution = Evolution(chosen, tasks())
    state = evolution.advance(start(chosen), 800)
    stopped = evolution.counts["over_budget"] + evolution.counts["stopped_at_hurdle"]
    assert stopped > 0
    assert state.evals == 800 > state.entered
    assert not [*faults(state, chosen, 4)]
