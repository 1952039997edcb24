"""Files that a run writes: their content, and when they are written."""

import csv
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from runs.making import At, Broken, breaks, example, often, rows, with_islands

import azc
from azc.ir import interface_of
from azc.passes import dead_code
from azc.runs import Callback, Progress, checkpoints, read_header, recorder, resume, run_search
from azc.tasks import SETS

KINDS = [
    ("", {}),
    ("", {"functional_cache": "false"}),
    ("", {"hurdle": "{train = 5}"}),
    ("", {"hurdle": "{train = 5, quantile = 1.0}", "seed": 1}),
    ("[[islands]]\ncount = 1\nhurdle = {train = 5}\npopulation_size = 30\n", {}),
    ("[[islands]]\ncount = 1\ntasks = {features = 1, tasks = 1}\n", {}),
    ("[[islands]]\ncount = 1\nprecision = 'float32'\n", {}),
]


def test_the_best_program_has_the_scores_of_its_header(tmp_path: Path) -> None:
    """best.azl scores the header's fitnesses on all three sets; the header names island and evaluation."""
    config = example()
    found = run_search(config, run_dir=tmp_path / "läuft")
    text = (tmp_path / "läuft" / "best.azl").read_text()
    header, program = read_header(text, "best.azl"), azc.parse(text)
    assert program == found.program
    assert {name: azc.evaluate(program, config.tasks(name)).fitness for name in SETS} == header.fitness
    assert header.fitness == found.fitness
    assert (header.run, header.seed, header.eval_type) == ("läuft", 0, "RMS_ERROR")
    assert (header.island, header.evaluation) == (found.individual >> 40, found.individual & (1 << 40) - 1)
    (row,) = rows(tmp_path / "läuft", f"SELECT * FROM improvements WHERE individual = {found.individual}")
    assert (row["island"], row["evaluation"], row["fitness"]) == (
        header.island,
        header.evaluation,
        found.best_fitness,
    )


def test_the_best_so_far_is_written_during_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """best.azl is written with a checkpoint, with its fitness on the search tasks alone."""
    often(monkeypatch)
    config = example()
    with pytest.raises(Broken):
        run_search(config, run_dir=tmp_path, callbacks=[breaks(4)])
    text = (tmp_path / "best.azl").read_text()
    best = rows(tmp_path, "SELECT max(fitness) AS f FROM improvements WHERE round < 4")[0]["f"]
    assert dict(read_header(text, "best.azl").fitness) == {"search": best}
    assert azc.evaluate(azc.parse(text), config.tasks("search")).fitness == best


def test_the_best_so_far_is_scored_in_its_islands_precision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """best.azl is scored in its island's precision, even if `[search]` has another one."""
    often(monkeypatch)
    tables = "".join(f"[[islands]]\ncount = {n}\nprecision = 'float32'\nn_offspring = {n}\n" for n in (1, 2))
    config = with_islands(tmp_path, tables)
    with pytest.raises(Broken):
        run_search(config, run_dir=tmp_path / "run", callbacks=[breaks(3)])
    text = (tmp_path / "run" / "best.azl").read_text()
    header = read_header(text, "best.azl")
    assert header.precision == "float32"
    assert header.fitness == {
        "search": azc.evaluate(azc.parse(text), config.tasks("search"), precision="float32").fitness
    }


@pytest.mark.parametrize(("tables", "search"), KINDS, ids=str)
def test_the_hall_of_fame_is_a_front_of_true_scores(
    tmp_path: Path, tables: str, search: dict[str, Any]
) -> None:
    """The hall of fame rises strictly in length and fitness, and each fitness is exactly its program's."""
    config = with_islands(tmp_path, tables, **search)
    told: list[Progress] = []

    class Notes(Callback):
        def on_round(self, progress: Progress) -> None:
            told.append(progress)

    found = run_search(config, run_dir=tmp_path / "run", callbacks=[Notes()])
    precision = config.kinds[found.kind].params.island.precision
    assert (
        azc.evaluate(found.program, config.tasks("search"), precision=precision).fitness == found.best_fitness
    )
    for row in rows(tmp_path / "run", "SELECT * FROM improvements WHERE run_record"):
        assert azc.evaluate(azc.parse(row["program"]), config.tasks("search")).fitness == row["fitness"]
    assert row["fitness"] == told[-1].best_fitness
    with (tmp_path / "run" / "hall_of_fame.csv").open(newline="") as file:
        entries = list(csv.DictReader(file))[::-1]
    hall = told[-1].hall_of_fame
    assert [int(entry["length"]) for entry in entries] == [entry.length for entry in hall]
    assert [float(entry["fitness"]) for entry in entries] == [entry.fitness for entry in hall]
    assert [entry.length for entry in hall] == sorted({entry.length for entry in hall})
    assert [entry.fitness for entry in hall] == sorted({entry.fitness for entry in hall})
    for entry in entries:
        program = azc.parse(entry["program"])
        assert azc.evaluate(program, config.tasks("search")).fitness == float(entry["fitness"])
        live = dead_code(program, interface_of("RMS_ERROR"))
        assert sum(map(len, live.functions)) == int(entry["length"])


def test_no_round_has_a_better_program_than_the_hall(tmp_path: Path) -> None:
    """No individual alive at the end of a round is better than all of the hall of fame."""
    run_search(example(), run_dir=tmp_path)
    best = rows(tmp_path, "SELECT max(fitness_max) AS f FROM rounds")[0]["f"]
    with (tmp_path / "hall_of_fame.csv").open(newline="") as file:
        assert max(float(entry["fitness"]) for entry in csv.DictReader(file)) == best


def test_the_history_is_committed_during_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The history is committed during a run, here after every round."""
    often(monkeypatch)
    seen: list[int] = []

    def look() -> None:
        seen.append(rows(tmp_path, "SELECT max(round) AS e FROM rounds")[0]["e"])

    run_search(example(), run_dir=tmp_path, callbacks=[At(2, look), At(9, look)])
    assert seen == [2, 9]


class Clock:
    """Stand-in for the clock: a round takes a second, a checkpoint some seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, cost: float):
        self.now, self.saved, self.cost = 100.0, list[int](), cost
        monkeypatch.setattr(recorder, "perf_counter", lambda: self.now)
        real = checkpoints.save

        def save(folder: Path, checkpoint: Any, *more: Any) -> None:
            real(folder, checkpoint, *more)
            self.saved.append(checkpoint.round)
            self.now += self.cost

        monkeypatch.setattr(checkpoints, "save", save)

    def passes(self) -> None:
        """Advance by a second."""
        self.now += 1.0


@pytest.mark.parametrize(
    ("cost", "saved"),
    [
        (0.009, [*range(1, 31)]),
        (0.02, [1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30]),
        (0.1, [1, 10, 20, 30]),
        (100.0, [1, 30]),
    ],
)
def test_checkpoints_take_a_hundredth_of_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cost: float, saved: list[int]
) -> None:
    """Checkpoints are saved after the first round, the last, and others while they take 1 % of the time."""
    clock = Clock(monkeypatch, cost)
    watch = [At(round_number, clock.passes) for round_number in range(1, 31)]
    run_search(example(round_evals=100, max_evals=9000), run_dir=tmp_path, callbacks=watch)
    assert clock.saved == saved


def test_the_first_round_of_each_start_has_a_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first round of each start has a checkpoint, so that a run killed again and again advances."""
    monkeypatch.setattr(recorder, "SHARE_OF_TIME", 0.0)
    for round_number in range(1, 5):
        with pytest.raises(Broken):
            (resume if round_number > 1 else partial(run_search, example()))(  # type: ignore[operator]
                run_dir=tmp_path, callbacks=[breaks(round_number + 1)]
            )
        assert (
            max(path.name for path in (tmp_path / "checkpoints").iterdir()) == f"round-{round_number:010}.npz"
        )


def test_costly_checkpoints_are_rare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints after the first one are left out while they would exceed their share of the time."""
    often(monkeypatch, share=1e-6)
    with pytest.raises(Broken):
        run_search(example(), run_dir=tmp_path, callbacks=[breaks(9)])
    names = [path.name for path in (tmp_path / "checkpoints").iterdir()]
    assert names == ["round-0000000001.npz"]


def test_the_log_says_what_ended_a_run(tmp_path: Path) -> None:
    """The log names the error that ended a run."""
    with pytest.raises(Broken):
        run_search(example(), run_dir=tmp_path, callbacks=[breaks(2)])
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [(line["event"], line.get("why")) for line in log] == [("start", None), ("stop", "Broken")]
