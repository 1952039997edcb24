"""The hall of fame: which programs enter and leave, and its file."""

import csv
import io
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from search.making import params

from azc.errors import AzcError
from azc.ir import interface_of
from azc.language import parse
from azc.runs.hall_of_fame import HALL_COLUMNS, Candidate, Entry, csv_text, entered, read_hall
from azc.search.space import coding_of, room

PARAMS = params()
CODING = coding_of(PARAMS.program)
INTERFACE = interface_of(PARAMS.program.eval_type)
PROGRAM = parse("def Setup():\n  s4 = 0.5\ndef Predict():\n  s1 = s4 + s4\ndef Learn():\n  s3 = s4 - s0\n")


def came(*pairs: tuple[int, float], island: int = 0, evaluation: int = 1) -> list[Candidate]:
    """Candidates, given as (length, fitness)."""
    genome, sizes = CODING.pack(PROGRAM, room(PARAMS))
    return [Candidate(length, fitness, island << 40 | evaluation, genome, sizes) for length, fitness in pairs]


def pairs(hall: tuple[Entry, ...]) -> list[tuple[int, float]]:
    """Lengths and fitnesses."""
    return [(entry.length, entry.fitness) for entry in hall]


@pytest.mark.parametrize(
    ("before", "new", "after"),
    [
        ([], [(3, 0.5)], [(3, 0.5)]),
        ([(3, 0.5)], [(3, 0.6)], [(3, 0.6)]),
        ([(3, 0.5)], [(3, 0.5)], [(3, 0.5)]),
        ([(3, 0.5)], [(4, 0.5)], [(3, 0.5)]),
        ([(3, 0.5)], [(2, 0.5)], [(2, 0.5)]),
        ([(3, 0.5)], [(2, 0.4), (4, 0.6)], [(2, 0.4), (3, 0.5), (4, 0.6)]),
        ([(2, 0.2), (3, 0.3), (4, 0.4)], [(1, 0.35)], [(1, 0.35), (4, 0.4)]),
        ([(2, 0.2)], [(0, 0.1), (9, 0.1)], [(0, 0.1), (2, 0.2)]),
    ],
    ids=str,
)
def test_a_program_better_than_all_shorter_ones_enters(before: Any, new: Any, after: Any) -> None:
    """A program better than all shorter ones enters; longer ones that are no better leave."""
    hall = entered((), came(*before), CODING, INTERFACE) if before else ()
    assert pairs(entered(hall, came(*new), CODING, INTERFACE)) == after


def test_the_hall_is_the_front_of_all_candidates() -> None:
    """The hall of fame is the Pareto front of all candidates, in any order."""
    draw = random.Random(3)
    drawn = [(draw.randrange(12), draw.randrange(40) / 40) for _ in range(300)]
    hall: tuple[Entry, ...] = ()
    for pair in drawn:
        hall = entered(hall, came(pair), CODING, INTERFACE)
    expected = [(n, f) for n, f in sorted({*drawn}) if all(g < f for m, g in {*drawn} - {(n, f)} if m <= n)]
    assert pairs(hall) == expected


def test_of_equals_the_first_stays() -> None:
    """The first of candidates with equal length and fitness stays."""
    hall = entered((), [*came((3, 0.5), island=1), *came((3, 0.5), island=2)], CODING, INTERFACE)
    assert [entry.island for entry in hall] == [1]


def test_an_entry_has_its_origin() -> None:
    """An entry has its island, its evaluation number, and the program's text without dead code."""
    (entry,) = entered((), came((3, 0.5), island=5, evaluation=1234), CODING, INTERFACE)
    assert (entry.island, entry.evaluation) == (5, 1234)
    assert (
        entry.program
        == "def Setup():\n  s4 = 0.5\n\ndef Predict():\n  s1 = s4 + s4\n\ndef Learn():\n  pass\n"
    )


def test_the_table_is_the_best_first_and_exact() -> None:
    """The CSV text has the best program first, and all digits of fitnesses."""
    hall = entered((), came((3, 1 / 3), (7, np.nextafter(1 / 3, 1))), CODING, INTERFACE)
    read = list(csv.DictReader(io.StringIO(csv_text(hall))))
    assert list(read[0]) == list(HALL_COLUMNS)
    assert [(int(row["length"]), float(row["fitness"])) for row in read] == pairs(hall)[::-1]
    assert [row["program"] for row in read] == [entry.program for entry in hall[::-1]]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"junk\n", "expected the columns length, fitness"),
        (b"\xff\xfe", "it is no UTF-8"),
        (",".join(HALL_COLUMNS).encode() + b"\n3,good,0,1,x\n", "could not convert"),
        (",".join(HALL_COLUMNS).encode() + b"\n3\n", "a row does not have 5 values"),
        (",".join(HALL_COLUMNS).encode() + b"\n3,0.5,0,1\n", "a row does not have 5 values"),
        (",".join(HALL_COLUMNS).encode() + b"\n3,0.5,0,1,x,y\n", "a row does not have 5 values"),
    ],
)
def test_a_damaged_hall_is_an_error(tmp_path: Path, data: bytes, why: str) -> None:
    """A damaged hall of fame gives an error that names its file."""
    (tmp_path / "hall.csv").write_bytes(data)
    with pytest.raises(AzcError, match=f"hall\\.csv: .*{why}"):
        read_hall(tmp_path / "hall.csv")


def test_a_missing_hall_is_empty(tmp_path: Path) -> None:
    """A missing hall of fame is empty; a folder at its path is an error."""
    assert read_hall(tmp_path / "hall.csv") == ()
    with pytest.raises(AzcError, match=r"cannot read .*: Is a directory"):
        read_hall(tmp_path)
