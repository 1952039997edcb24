"""Hall of fame: the best program of each length that beats all shorter ones; the longest is best of all."""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import attrs

from azc.errors import AzcError
from azc.ir import SignatureLike
from azc.language import format_program
from azc.passes import dead_code
from azc.reading import read_whole
from azc.search import Coding, Genome, Offspring, Outcome, Sizes, birth_of

HALL_BYTES: Final = 2**28
"""Maximum size of the table: a long program at each of some thousand lengths."""
HALL_COLUMNS: Final = ("length", "fitness", "island", "evaluation", "program")


@attrs.frozen
class Entry:
    """A program in the hall of fame."""

    length: int
    """Number of live instructions."""
    fitness: float
    """Fitness on all examples of the search tasks."""
    island: int
    """Index of the island that found it."""
    evaluation: int
    """Evaluation number on that island, from 1."""
    program: str
    """Program text, without dead code."""
    kind: int = 0
    """Kind of the island that scored it, perhaps not the one that found it; not stored in the table."""


class Candidate(NamedTuple):
    """A program that may enter the hall of fame."""

    length: int
    fitness: float
    individual: int
    """Id of the individual."""
    genome: Genome
    sizes: Sizes
    kind: int = 0
    """Kind of the island that scored it."""


def listed(programs: Offspring) -> Iterator[tuple[Any, float, Genome, Sizes]]:
    """Lineage, fitness and code of each program."""
    return zip(programs.lineage, programs.fitnesses.tolist(), programs.genomes, programs.sizes, strict=True)


def candidates(outcome: Outcome, kind: int) -> Iterator[Candidate]:
    """Candidates of an island's round: its records, dead or alive, and the front of its population."""
    found = [(best.lineage[0], best.fitness, best.genome, best.sizes) for best in outcome.improvements]
    for origin, fitness, genome, sizes in (*found, *listed(outcome.front)):
        yield Candidate(int(origin["length"]), fitness, int(origin["id"]), genome, sizes, kind)


def entered(
    hall: tuple[Entry, ...], made: Iterable[Candidate], coding: Coding, declared: SignatureLike
) -> tuple[Entry, ...]:
    """The hall with new entries: candidates better than all entries that are not longer.

    Each removes the entries that are not shorter and not better than it.
    """
    for one in made:
        if all(entry.fitness < one.fitness for entry in hall if entry.length <= one.length):
            kept = [e for e in hall if e.length < one.length or e.fitness > one.fitness]
            hall = tuple(sorted([*kept, _entry(one, coding, declared)], key=lambda e: e.length))
    return hall


def _entry(one: Candidate, coding: Coding, declared: SignatureLike) -> Entry:
    island, evaluation = birth_of(one.individual)
    return Entry(
        length=one.length,
        fitness=one.fitness,
        island=island,
        evaluation=evaluation,
        program=format_program(dead_code(coding.unpack(one.genome, one.sizes), declared)),
        kind=one.kind,
    )


def read_hall(path: Path) -> tuple[Entry, ...]:
    """The hall of fame in a table, in the table's order.

    Empty if there is no file yet; AzcError if it cannot be read or is damaged.
    """
    try:
        text = read_whole(path, HALL_BYTES).decode()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise AzcError(f"cannot read {path}: {error.strerror or error}") from None
    except ValueError:
        raise _damaged(path, "it is no UTF-8") from None
    reader = csv.DictReader(io.StringIO(text))
    try:
        if tuple(reader.fieldnames or ()) != HALL_COLUMNS:
            raise _damaged(path, f"expected the columns {', '.join(HALL_COLUMNS)}")
        return tuple(map(_read, reader))
    except (ValueError, TypeError, csv.Error) as error:
        raise _damaged(path, str(error)) from None


def _read(row: dict[str, str]) -> Entry:
    if None in row or None in row.values():
        raise ValueError(f"a row does not have {len(HALL_COLUMNS)} values")
    numbers = {name: int(row[name]) for name in ("length", "island", "evaluation")}
    return Entry(fitness=float(row["fitness"]), program=row["program"], **numbers)


def _damaged(path: Path, why: str) -> AzcError:
    return AzcError(
        f"{path}: is not a hall of fame: {why}; remove it, the run's next checkpoint writes it again"
    )


def csv_text(hall: Iterable[Entry]) -> str:
    """The hall of fame as CSV, the best first."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HALL_COLUMNS)
    for entry in sorted(hall, key=lambda e: -e.fitness):
        writer.writerow([getattr(entry, name) for name in HALL_COLUMNS])
    return text.getvalue()
