"""Reproducibility: a seed gives one history, whatever the steps, caches, lanes, threads or process."""

import hashlib
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from search.making import HURDLE, WAYS, flat, history, small, tasks, told

from azc.evaluation import Evaluator
from azc.search import Evolution, Params, State, start
from azc.search.initial_state import copied

EVALS = 1500
KINDS: dict[str, dict[str, Any]] = {
    **WAYS,
    "float32": {"precision": "float32"},
    "everything": {
        "functional_cache": True,
        "hurdle": HURDLE,
        "n_offspring": 4,
        "train_budget": {"baseline": "linear", "factor": 2.0},
    },
}


def settings(kind: str, seed: int = 1, **search: Any) -> Params:
    """A search that begins with linear regression."""
    return small(seed, {**KINDS[kind], **search}, initial="linear")


def alone(chosen: Params, lanes: int | None = None, evals: Iterable[int] = (EVALS,)) -> State:
    """The state after a search."""
    return history(chosen, Evolution(chosen, tasks(), lanes=lanes), list(evals))


def digest(state: State) -> str:
    """Digest of all bits of a state."""
    return hashlib.sha256(b"".join(flat(state).values())).hexdigest()


@pytest.mark.parametrize("kind", KINDS)
def test_one_seed_gives_one_history(kind: str) -> None:
    """Two searches of one seed end in the same state; another seed in another."""
    one, again, other = (alone(settings(kind, seed)) for seed in (1, 1, 2))
    assert flat(one) == flat(again)
    assert one.genomes.tobytes() != other.genomes.tobytes()


@pytest.mark.parametrize("kind", ["plain", "offspring", "functional", "hurdle", "live", "everything"])
@pytest.mark.parametrize("steps", [(1,), (7, 33), (20, 100), (19, 1, 400)], ids=str)
def test_history_does_not_depend_on_how_it_is_divided(kind: str, steps: tuple[int, ...]) -> None:
    """Many small advances end in the same state as a single one."""
    total, parts = 250, list[int]()
    while sum(parts) < total:
        parts.append(min(steps[len(parts) % len(steps)], total - sum(parts)))
    assert flat(alone(settings(kind), evals=parts)) == flat(alone(settings(kind), evals=[total]))


@pytest.mark.parametrize("kind", ["plain", "offspring", "hurdle", "budget", "live", "float32"])
def test_the_exact_cache_changes_no_history(kind: str) -> None:
    """A search without the exact cache ends in the same state."""
    with_cache, without = (alone(settings(kind, exact_cache=on)) for on in (True, False))
    assert flat(with_cache) == flat(without)


def test_a_cache_that_overflows_changes_no_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache too small for the programs of a search does not change its history."""
    expected = alone(settings("hurdle"))
    monkeypatch.setattr("azc.search.evolution.KNOWN_ENTRIES", 8)
    assert flat(alone(settings("hurdle"))) == flat(expected)


@pytest.mark.parametrize("kind", ["functional", "everything"])
def test_the_exact_cache_changes_no_functional_history(kind: str) -> None:
    """A search with the functional cache ends in the same state without the exact cache."""
    with_cache, without = (alone(settings(kind, exact_cache=on)) for on in (True, False))
    assert flat(with_cache) == flat(without)


@pytest.mark.parametrize("kind", ["plain", "hurdle", "functional"])
@pytest.mark.parametrize("lanes", [1, 2, 8])
def test_lanes_change_no_history(kind: str, lanes: int) -> None:
    """The number of lanes does not change the history."""
    assert flat(alone(settings(kind), lanes)) == flat(alone(settings(kind)))


def test_two_threads_do_not_disturb_each_other() -> None:
    """Two searches in two threads at once end in the same states as each alone."""
    kinds, found = [("everything", 1), ("plain", 2)], dict[int, State]()

    def run(index: int) -> None:
        found[index] = alone(settings(*kinds[index]), evals=[200] * 20)

    threads = [Thread(target=run, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for index, kind in enumerate(kinds):
        assert flat(found[index]) == flat(alone(settings(*kind), evals=[4000])), kind


@pytest.mark.parametrize("kind", ["plain", "offspring", "hurdle"])
def test_a_new_evolution_continues_from_a_state(kind: str) -> None:
    """A new Evolution continues from a copied state with the same history."""
    chosen = settings(kind)
    evolution = Evolution(chosen, tasks())
    middle = history(chosen, evolution, [20, 7 * 40])
    kept = flat(middle)
    after = evolution.advance(middle, 7 * 100)
    assert flat(middle) == kept
    assert flat(Evolution(chosen, tasks()).advance(copied(middle), 7 * 100)) == flat(after)


def test_caches_change_no_later_experiment() -> None:
    """Caches filled in one experiment do not change the history of the next."""
    for kind in ("plain", "functional", "everything"):
        chosen = settings(kind)
        evolution = Evolution(chosen, tasks())
        history(chosen, evolution, [700])
        second = evolution.advance(start(chosen, 2), 700)
        assert flat(second) == flat(Evolution(chosen, tasks()).advance(start(chosen, 2), 700)), kind


@pytest.mark.parametrize("size", [1, 5, 20, 50])
def test_asking_and_telling_is_the_same(size: int) -> None:
    """Ask and tell with an Evaluator gives the same history, except for the lineage."""
    chosen = settings("plain", n_offspring=size)
    state = told(chosen, Evaluator(tasks()), 20)
    expected = alone(chosen, evals=[state.evals])
    known = ["id", "full_fitness", "length"]
    assert state.lineage[known].tolist() == expected.lineage[known].tolist()
    # Programs told have no known parents.
    unknown = {"lineage", "best_lineage", "paid"}
    found, right = ({n: v for n, v in flat(s).items() if n not in unknown} for s in (state, expected))
    assert found == right


FRESH = """
import sys
sys.path.insert(0, {folder!r})
from search.test_history import alone, digest, settings
print(digest(alone(settings("everything"))))
"""


def test_a_fresh_process_has_the_same_history() -> None:
    """A new process ends in the same state."""
    code = FRESH.format(folder=str(Path(__file__).parents[1]))
    found = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == digest(alone(settings("everything")))
