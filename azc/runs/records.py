"""Rows of the history, made from the outcomes of a round."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from math import isinf
from typing import Any

import attrs

from azc.ir import SignatureLike
from azc.language import format_program
from azc.passes import dead_code
from azc.runs.dispatch import Round
from azc.runs.history import QUANTILE_NAMES
from azc.search import MUTATIONS, NOBODY, Best, Coding, Outcome, birth_of


def now() -> str:
    """The present time in UTC, in ISO format to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def round_rows(finished: Round, keys: Sequence[str], search_seconds: float) -> list[dict[str, Any]]:
    """Rows for the table `rounds`, one an island; `keys` are those of the programs' functions."""
    finished_at = now()
    return [
        _round_row(finished.number, number, outcome, keys, search_seconds, finished_at)
        for number, outcome in enumerate(finished.outcomes)
    ]


def _round_row(
    round_number: int, number: int, outcome: Outcome, keys: Sequence[str], seconds: float, finished_at: str
) -> dict[str, Any]:
    island, about, counts = outcome.island, outcome.statistics, outcome.counts
    paid = island.population.paid.tolist()
    return {
        "round": round_number,
        "island": number,
        "experiment": island.experiment,
        "evals": island.evals,
        "best_fitness": island.best_fitness,
        "record_fitness": island.record,
        **{f"fitness_{name}": value for name, value in zip(QUANTILE_NAMES, about.fitness, strict=True)},
        **{f"length_{name}": value for name, value in zip(QUANTILE_NAMES, about.lengths, strict=True)},
        **{f"{key}_size": size for key, size in zip(keys, about.sizes, strict=True)},
        "distinct_programs": about.distinct,
        "migrants": outcome.migrants,
        **{
            f"{name}_{what}": paid[index][column]
            for index, name in enumerate(MUTATIONS)
            for column, what in enumerate(("children", "better"))
        },
        "exact_hits": counts["exact_hits"],
        "functional_hits": counts["functional_hits"],
        **{
            f"{name}_run": counts[name]
            for name in ("evaluated", "stopped_early", "stopped_at_hurdle", "over_budget")
        },
        "round_seconds": outcome.seconds,
        "search_seconds": seconds,
        "finished_at": finished_at,
    }


def failure_rows(finished: Round) -> list[dict[str, Any]]:
    """Rows for the table `failures`: programs to which an evaluator of one's own gave no score."""
    found_at = now()
    return [
        {"round": finished.number, "island": number, **attrs.asdict(failure), "found_at": found_at}
        for number, outcome in enumerate(finished.outcomes)
        for failure in outcome.failures
    ]


def improvement_rows(
    finished: Round,
    evals_before: Sequence[int],
    coding: Coding,
    declared: SignatureLike,
    search_seconds: float,
) -> Iterator[dict[str, Any]]:
    """Rows for the table `improvements`, in order of `run_evals`, without `number` and `run_record`."""
    found_at, total = now(), sum(evals_before)
    size = len(finished.outcomes)
    found = [
        (min(total + (_evaluation(best) - evals_before[number]) * size, _evals(finished)), number, best)
        for number, outcome in enumerate(finished.outcomes)
        for best in outcome.improvements
    ]
    for run_evals, number, best in sorted(found, key=lambda f: f[:2]):
        program = coding.unpack(best.genome, best.sizes)
        origin = best.lineage[0]
        has_parent = origin["parent"] != NOBODY
        parent_fitness = float(origin["parent_fitness"])
        yield {
            "round": finished.number,
            "island": number,
            "experiment": best.experiment,
            "evaluation": _evaluation(best),
            "run_evals": run_evals,
            "fitness": best.fitness,
            "individual": int(origin["id"]),
            "parent": int(origin["parent"]) if has_parent else None,
            "ancestor": int(origin["ancestor"]) if origin["ancestor"] != NOBODY else None,
            "generations": int(origin["generations"]),
            "mutations": ", ".join(_applied(int(origin["mutations"]))),
            "parent_fitness": parent_fitness if has_parent and not isinf(parent_fitness) else None,
            "length": sum(map(len, dead_code(program, declared).functions)),
            "program": format_program(program),
            "search_seconds": search_seconds,
            "found_at": found_at,
        }


def _evaluation(best: Best) -> int:
    return birth_of(int(best.lineage["id"][0]))[1]


def _evals(finished: Round) -> int:
    return sum(outcome.island.evals for outcome in finished.outcomes)


def _applied(bits: int) -> list[str]:
    return [name for index, name in enumerate(MUTATIONS) if bits >> index & 1]
